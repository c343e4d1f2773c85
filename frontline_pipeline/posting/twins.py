"""Customers and products find their twins in 24SevenOffice, or are made there, each once.

Belongs here: what is known already and needs nothing, and the lease around the walk over the rest.
Does not: the walk (twins_walk.py), speak of customers or products (twins_customers.py, twins_products.py), the table (links.py).

The rules that keep it to one twin per key: a key has one row in the link table; the intent is on disk before the call; a key whose
answer was lost is looked for by our own key before anything else, and "not found" counts only when `posting.settle_seconds` have
passed since the call; one lease per company keeps other runs out meanwhile.
"""

from __future__ import annotations

import pandas as pd

from frontline_pipeline.frames.masters import CHANGES
from frontline_pipeline.posting import links
from frontline_pipeline.posting.clerk import Clerk
from frontline_pipeline.posting.link_book import LinkBook
from frontline_pipeline.posting.preflight import check_client
from frontline_pipeline.posting.twins_register import Register, Result
from frontline_pipeline.posting.twins_walk import Walk, of_keys


class Twins(Clerk):
    """Finds or makes the twins of one company in one run."""

    def find(self, wanted: pd.DataFrame, register: Register, store: str) -> Result:
        """Twins of `wanted` (unique `link_key`, `content_hash`, the columns of the steps and groups).

        What is linked and unchanged needs neither lease nor call. Raises NotInitialised, Refused (wrong client), NotSent (the lease
        is busy, the service is not reached: nothing was made for what is not linked), Rejected (nobody may log in).
        """
        self._log.require_initialised()
        known = links.read(self._database, self._company_code, register.kind, wanted["link_key"])
        result = _from_links(wanted, known)
        if not _open(wanted, known).any():
            return _not_sold(result, wanted)
        with self._held_lease() as held:
            # Another run may have made them while this one waited.
            known = links.read(self._database, self._company_code, register.kind, wanted["link_key"])
            result = _from_links(wanted, known)
            rows = wanted[_open(wanted, known)]
            if len(rows):
                book = LinkBook(self._database, held, register.kind, store, self._run_id)
                Walk(book, register, result, known, self._check_client, self._posting.settle_seconds).run(rows)
        return _not_sold(result, wanted)

    def _check_client(self) -> None:
        check_client(self._company_code, self._company, self._lookups)


def _open(wanted: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
    """Rows that are not both linked and unchanged; what is no longer sold and not linked needs no twin."""
    linked = known["content_hash"].where(known["state"].eq(links.LINKED))
    unneeded = ~_sold(wanted) & of_keys(wanted, known["state"]).isna()
    same = of_keys(wanted, linked).eq(wanted["content_hash"])
    return ~unneeded & ~same.fillna(False).astype("bool")


def _sold(wanted: pd.DataFrame) -> pd.Series:
    return wanted["active"] if "active" in wanted.columns else pd.Series(True, index=wanted.index)


def _not_sold(result: Result, wanted: pd.DataFrame) -> Result:
    """Says of what is no longer sold and has no twin that it gets none."""
    keys = wanted.loc[~_sold(wanted), "link_key"]
    keys = keys[result.rows.loc[keys, ["office_id", "reason"]].isna().all(axis=1).to_numpy()]
    result.hold(keys, "not_sold", "is no longer sold and was never linked; it is neither looked for nor made")
    return result


def _from_links(wanted: pd.DataFrame, known: pd.DataFrame) -> Result:
    linked = known[known["state"].eq(links.LINKED)]
    rows = linked.reindex(wanted["link_key"])[["office_id", "number", "how", "matched_at"]]
    rows["fresh"] = False
    rows["reason"] = pd.Series(None, index=rows.index, dtype="object")
    rows["words"] = pd.Series(None, index=rows.index, dtype="object")
    return Result(rows, CHANGES.empty())
