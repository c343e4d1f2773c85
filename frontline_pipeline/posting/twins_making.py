"""Making the twins that 24SevenOffice does not have, batch by batch.

Belongs here: intent, call, what became of each item; a call that one item spoiled for all.
Does not: which are to be made (twins_walk.py), the call itself (twins_customers.py, twins_products.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import pandas as pd

from frontline_pipeline.masterdata import cleaning
from frontline_pipeline.office.items import ItemState
from frontline_pipeline.posting import links
from frontline_pipeline.posting.link_book import LinkBook, Seen, Twin
from frontline_pipeline.posting.twins_register import Item, Made, Register, Result

_WHOLE_CALL = "fault"
"""The refusal of a whole call that one item of it may have caused."""
_CALLER = frozenset({"login", "identity", "not_authenticated", "credentials", "http"})
"""Refusals that have nothing to do with the items."""


class Maker:
    """Makes for one walk; what it makes and what it cannot stands in the result."""

    def __init__(self, book: LinkBook, register: Register, result: Result) -> None:
        self._book, self._register, self._result = book, register, result
        self.stopped = ""
        """Why nothing more is sent; empty while all is well."""
        self._made: list[Twin] = []
        self._to_record: list[Twin] = []
        """Made by the last call; recorded in the transaction of the next intent, or at the end."""

    def make(self, rows: pd.DataFrame) -> list[Twin]:
        """The twins that were made of `rows`, recorded. Raises the failure that none of the items has caused."""
        items = cleaning.records(rows)
        batch = self._register.write_batch
        self._made = []
        for start in range(0, len(items), batch):
            self._batch(items[start : start + batch])
        if self._to_record:
            self._recorded(self._book.record(self._to_record))
        return self._made

    def hold_unsent(self, keys: Collection[str]) -> None:
        """These were not sent, since an earlier call of the run went wrong."""
        self._result.hold(keys, "not_sent", f"nothing was sent for it: {self.stopped}; run again")

    def _batch(self, part: Sequence[Item]) -> None:
        """One call."""
        if self.stopped:
            self.hold_unsent([each["link_key"] for each in part])
            return
        wanted = [Seen(each["link_key"], each["content_hash"]) for each in part]
        self._recorded(self._book.intend(wanted, self._to_record))
        answers = self._register.make(part)
        self._stop_for_the_caller(part, answers)
        if len(part) > 1 and all(each.refusal == _WHOLE_CALL for each in answers):
            # One item may have spoiled the call for all: halves, until it stands alone.
            self._book.settle(self._words(part, answers, "refused"), links.NOT_SENT)
            half = len(part) // 2
            self._batch(part[:half])
            self._batch(part[half:])
            return
        self._answered(part, answers)

    def _recorded(self, at: dt.datetime) -> None:
        self._result.link(self._to_record, at)
        self._to_record = []

    def _stop_for_the_caller(self, part: Sequence[Item], answers: Sequence[Made]) -> None:
        """Raises the failure that none of the items has caused: nobody is logged in, nothing left the house."""
        failed = [each for each in answers if each.state == "not_sent" or each.refusal in _CALLER]
        if len(failed) == len(answers) and failed[0].error is not None:
            self._book.settle(dict.fromkeys((each["link_key"] for each in part), failed[0].error.kind), links.NOT_SENT)
            raise failed[0].error

    def _answered(self, part: Sequence[Item], answers: Sequence[Made]) -> None:
        """What was made is noted; the rest is settled and held."""
        refused = self._words(part, answers, "refused")
        self._book.settle(refused, links.REFUSED)
        for key, why in refused.items():
            self._result.hold([key], "refused", f"{why}; mend it in Frontline or there, and run again")
        not_sent = self._words(part, answers, "not_sent")
        self._book.settle(not_sent, links.NOT_SENT)
        for key, why in not_sent.items():
            self._result.hold([key], "not_sent", why)
        for key, why in self._words(part, answers, "unknown").items():
            self.stopped = "the answer to an earlier call of this run was lost"
            self._result.hold(
                [key], "unknown", f"{why}; it is looked for by its key when this is run again, never made twice"
            )
        self._to_record = [
            Twin(each["link_key"], each["content_hash"], answer.office_id, answer.number, "created")
            for each, answer in zip(part, answers, strict=True)
            if answer.state == "saved" and answer.office_id is not None
        ]
        self._made += self._to_record

    def _words(self, part: Sequence[Item], answers: Sequence[Made], state: ItemState) -> dict[str, str]:
        """Why, by key, of the items that stand in `state`."""
        personal = self._register.personal
        return {
            each["link_key"]: cleaning.without_values(answer.words, part, personal)
            for each, answer in zip(part, answers, strict=True)
            if answer.state == state
        }
