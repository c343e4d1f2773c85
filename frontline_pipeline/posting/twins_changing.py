"""What a change in Frontline does to the twins in 24SevenOffice.

Belongs here: reading the twins, saving what differs by the policies, recording what they look like then.
Does not: compare (masterdata/changes.py), link or make (twins_walk.py, twins_making.py).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from frontline_pipeline.frames.masters import CHANGES
from frontline_pipeline.masterdata import changes, cleaning
from frontline_pipeline.posting.link_book import LinkBook, Seen
from frontline_pipeline.posting.twins_register import Register, Result


class Changer:
    """Changes for one walk."""

    def __init__(self, book: LinkBook, register: Register, result: Result) -> None:
        self._book, self._register, self._result = book, register, result

    @property
    def ever(self) -> bool:
        """Whether any policy lets anything be changed; else nothing is asked."""
        return changes.ever(self._register.groups)

    def apply(self, rows: pd.DataFrame, *, told: bool = True) -> None:
        """Linked rows (`office_id`) whose content is new: the policies decide what 24SevenOffice gets of it. `told`: the link table
        says what they looked like before; False when it says that this is not known."""
        if not len(rows):
            return
        if self.ever:
            register = self._register
            twins = register.twins([int(each) for each in rows["office_id"].unique()], self._book.renew)
            gone = ~rows["office_id"].isin(twins.index)
            for key, office_id in zip(rows.loc[gone, "link_key"], rows.loc[gone, "office_id"], strict=True):
                self._result.warnings.append(
                    f"{register.one} {key}: its twin {office_id} is no longer in 24SevenOffice"
                )
            different = changes.differences(rows[~gone], twins, register.groups)
            if told:
                # What the twin looks like is not known from here until the answer: were it lost, and Frontline went back to what
                # it had before, the old content would pass for what stands there.
                self._book.seen(Seen(key, "") for key in different.rows["link_key"])
            refused = self._save(different.rows)
            rows = rows[[key not in refused for key in rows["link_key"]]]
            shown = different.told
            if refused:
                shown = shown[~shown["key"].isin(refused)]
            self._result.changed = CHANGES.conform(pd.concat([self._result.changed, shown], ignore_index=True))
        self._book.seen(_looks(rows))

    def _save(self, rows: pd.DataFrame) -> set[str]:
        """Saves changed twins; the keys of those that were refused. An update whose answer was lost is made again: the same twice is
        the same."""
        refused: set[str] = set()
        items = cleaning.records(rows)
        batch = self._register.write_batch
        for start in range(0, len(items), batch):
            part = items[start : start + batch]
            self._book.renew()
            for each, answer in zip(part, self._register.change(part), strict=True):
                if answer.state != "saved":
                    refused.add(each["link_key"])
                    words = cleaning.without_values(answer.words, part, self._register.personal)
                    self._result.warnings.append(
                        f"{self._register.one} {each['link_key']} was not changed in 24SevenOffice: {words}"
                    )
        return refused


def _looks(rows: pd.DataFrame) -> Iterable[Seen]:
    return map(Seen, rows["link_key"], rows["content_hash"])
