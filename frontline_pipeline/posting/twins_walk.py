"""The walk over the customers or products of a store-day that are not known, or not as they were, under the company's lease.

Belongs here: what is known of a key, lookup, matching, linking, and which of the new ones are made.
Does not: decide by columns (masterdata/), make (twins_making.py), change what is linked (twins_changing.py), the table
(link_book.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pandas as pd

from frontline_pipeline.masterdata import matching
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.posting import links
from frontline_pipeline.posting.link_book import LinkBook, Twin
from frontline_pipeline.posting.twins_changing import Changer
from frontline_pipeline.posting.twins_making import Maker
from frontline_pipeline.posting.twins_register import Register, Result


def of_keys(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    """`values`, by link key, for each of `rows`. Not `map`, which forgets the type when nothing is known."""
    return values.reindex(rows["link_key"]).set_axis(rows.index)


def _or_none(values: pd.Series) -> list[str | None]:
    return [each if isinstance(each, str) else None for each in values.tolist()]


class Walk:
    """One walk. `known`: what the link table has of these keys; `check_client`: raises Refused when the client is another."""

    def __init__(
        self,
        book: LinkBook,
        register: Register,
        result: Result,
        known: pd.DataFrame,
        check_client: Callable[[], None],
        settle_seconds: float,
    ) -> None:
        self._book, self._register, self._result, self._known = book, register, result, known
        self._check_client, self._settle_seconds = check_client, settle_seconds
        self._maker = Maker(book, register, result)
        self._changer = Changer(book, register, result)
        self._owners: dict[int, str] = {}
        """Office id -> the key that has it."""

    def run(self, rows: pd.DataFrame) -> None:
        """What is linked is changed, what is not is matched or made; all of it stands in the result."""
        linked = of_keys(rows, self._known["state"]).eq(links.LINKED)
        self._changed(rows[linked])
        unknown = rows[~linked]
        unknown = unknown[~self._settling(unknown)]
        if len(unknown):
            self._check_client()
            self._unknown(unknown)
        self._result.tell()

    def _changed(self, rows: pd.DataFrame) -> None:
        if not len(rows):
            return
        if self._changer.ever:
            self._check_client()
        self._changer.apply(rows.assign(office_id=of_keys(rows, self._known["office_id"]).astype("int64")))

    def _settling(self, rows: pd.DataFrame) -> pd.Series:
        """Rows whose last call is so young that 24SevenOffice may still be working on it: nobody looks, nobody sends."""
        youngest = self._book.now() - dt.timedelta(seconds=self._settle_seconds)
        intended = self._known["sent_at"].where(self._known["state"].eq(links.INTENDED))
        young = of_keys(rows, intended).gt(pd.Timestamp(youngest)).fillna(False).astype("bool")
        self._result.hold(
            rows.loc[young, "link_key"],
            "settling",
            f"was sent less than {self._settle_seconds} s ago and the answer was lost; run again later, it is looked for by its key "
            "then",
        )
        return young

    def _unknown(self, rows: pd.DataFrame) -> None:
        register = self._register
        steps = list(register.steps)
        if register.key_step not in steps and self._known["state"].eq(links.INTENDED).any():
            # What may have been made is found by our key, whatever steps are switched on.
            steps.insert(0, register.key_step)
        linked = self._book.linked()["office_id"]
        ids = linked.tolist()
        for key, office_id in zip(linked.index, ids, strict=True):
            self._owners.setdefault(office_id, key)
        office = register.look_up(rows, steps, ids, self._book.renew)
        while len(rows):
            rows, made = self._round(rows, office, steps)
            office = pd.concat([office, made], ignore_index=True) if len(made) else office
            if self._maker.stopped or not len(made):
                break
        if self._maker.stopped:
            self._maker.hold_unsent(rows["link_key"])

    def _round(
        self, rows: pd.DataFrame, office: pd.DataFrame, steps: Sequence[Step]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Match, link, make. Returns the rows that wait for a twin made in this round, and what was made as `office` has it."""
        register = self._register
        found = matching.find(rows, office, steps)
        owners = pd.Series(self._owners.values(), index=pd.Index(self._owners, dtype="Int64"), dtype="str")
        owned = matching.taken(found, rows, owners, share=register.share)
        for verdict in matching.HELD:
            self._hold_found(rows, found, found.verdict.eq(verdict), verdict, steps)
        self._hold_found(rows, found, owned, "taken", steps)
        hits = found.verdict.eq("hit") & ~owned
        self._link(rows[hits], found, hits, office)
        new = rows[found.verdict.eq("none")]
        if not register.create:
            self._result.hold(
                new["link_key"],
                "not_found",
                f"24SevenOffice has no such {register.one}, and the settings make none (create: false); make it there",
            )
            return rows.iloc[:0], office.iloc[:0]
        first, later = self._twins_of_frontline(new)
        made = self._make(first)
        if not len(made):
            self._result.hold(
                later["link_key"], "shared", "waits for another of the same organisation number; run again"
            )
            later = later.iloc[:0]
        return later, made

    def _twins_of_frontline(self, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """New rows that would be made, and those that share a value of a step with one of them: held, or left for the next round."""
        waiting = pd.Series(False, index=new.index)
        for step in self._register.steps:
            # Our own key is unique; a number that Frontline has of both and 24SevenOffice does not have binds nothing.
            if step == self._register.key_step or step.how == "customer_number":
                continue
            shared = matching.shared_values(new, step.wanted)
            if self._register.share:
                waiting |= shared & new[step.wanted].duplicated(keep="first")
                continue
            self._result.hold(
                new.loc[shared & ~waiting, "link_key"],
                "shared",
                f"another {self._register.one} of Frontline has {step.words} too; only one can be made of it: mend one of them",
            )
            new, waiting = new[~shared], waiting[~shared]
        return new[~waiting], new[waiting]

    def _make(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Makes `rows`; what was made, as `look_up` has it."""
        made = {twin.key: twin for twin in self._maker.make(rows)}
        if not made:
            return rows.iloc[:0]
        there = rows[[key in made for key in rows["link_key"]]]
        twins = [made[key] for key in there["link_key"]]
        self._own(twins)
        return pd.DataFrame(
            {
                **{step.office: there[step.wanted] for step in self._register.steps},
                "office_id": [twin.office_id for twin in twins],
                "number": pd.array([twin.number for twin in twins], dtype="str"),
                "active": True,
            }
        )

    def _link(self, rows: pd.DataFrame, found: matching.Found, hits: pd.Series, office: pd.DataFrame) -> None:
        if rows.empty:
            return
        ids = found.office_id[hits].astype("int64")
        numbers = office.drop_duplicates("office_id").set_index("office_id")["number"]
        # Found again by our key after its answer was lost: it was made, and looks as it was sent then.
        intended = of_keys(rows, self._known["state"]).eq(links.INTENDED)
        ours = intended & found.how[hits].eq(self._register.key_step.how)
        as_sent = ours & of_keys(rows, self._known["content_hash"]).eq(rows["content_hash"])
        twins = [
            Twin(*values)
            for values in zip(
                rows["link_key"],
                # Any other twin does not look like what Frontline has: until the policies were applied, its hash is none.
                rows["content_hash"].where(as_sent, ""),
                ids.tolist(),
                _or_none(ids.map(numbers)),
                found.how[hits].where(~ours, "created"),
                strict=True,
            )
        ]
        self._result.link(twins, self._book.record(twins))
        self._own(twins)
        self._changer.apply(rows[~as_sent].assign(office_id=ids[~as_sent]), told=False)

    def _own(self, twins: Sequence[Twin]) -> None:
        for twin in twins:
            self._owners.setdefault(twin.office_id, twin.key)

    def _hold_found(
        self, rows: pd.DataFrame, found: matching.Found, which: pd.Series, reason: str, steps: Sequence[Step]
    ) -> None:
        words = {step.how: step.words for step in steps}
        one = self._register.one
        for index in rows.index[which]:
            by = words.get(str(found.how[index]), "it")
            candidates = found.candidates[index]
            told = {
                "ambiguous": f"{by} stands at several {one}s in 24SevenOffice: {candidates}; make all but one inactive there",
                "archived": f"the {one} with {by} in 24SevenOffice, {candidates}, is not active; make it active there, or mend {by}",
                "doubtful": f"{by} is that of {one} {candidates}; mend {by} in Frontline, or what differs",
                "taken": f"{one} {found.office_id[index]} in 24SevenOffice has {by}, and another key of Frontline has or wants it "
                f"too; mend one of them{self._register.or_share}",
            }
            self._result.hold([str(rows.at[index, "link_key"])], reason, told[reason])
