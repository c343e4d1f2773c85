"""What the walk of twins_walk.py needs of a client's customers or products, and what it says of them.

Belongs here: the protocol `Register`, the answer of one item, the result of a walk.
Does not: the walk (twins_walk.py), the registers themselves (twins_customers.py, twins_products.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import pandas as pd

from frontline_pipeline.masterdata.changes import Group
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.office.items import ItemOutcome, ItemState
from frontline_pipeline.posting.link_book import Twin

BeforeCall = Callable[[], None]
"""Prolongs the lease; for a walk of many calls, each of which may take its time."""
Item = dict[str, Any]
"""One wanted row, as `cleaning.records` has it."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one item that was to be made or changed (office/items.py): its id and number, or the error."""

    state: ItemState
    office_id: int | None = None
    number: str | None = None
    error: OfficeError | None = None

    @property
    def words(self) -> str:
        """Why it was not saved."""
        return str(self.error) if self.error else self.state

    @property
    def refusal(self) -> str:
        """The kind of the refusal; empty when it was not refused."""
        return self.error.kind if self.error is not None and self.state == "refused" else ""


_Item = TypeVar("_Item")


def made_of(
    outcome: ItemOutcome[_Item], office_id: Callable[[_Item], int | None], number: Callable[[_Item], str | None]
) -> Made:
    """An item's outcome, whatever the item is."""
    if outcome.answer is None or outcome.state != "saved":
        return Made(outcome.state, error=outcome.error)
    return Made("saved", office_id(outcome.answer), number(outcome.answer))


class Register(Protocol):
    """The customers or the products of one client, as the walk needs them. Reads raise ReadFailed or Rejected."""

    kind: str
    one: str
    """The word in messages: customer, product."""
    steps: tuple[Step, ...]
    """The steps that are switched on, in order."""
    key_step: Step
    """By our own key: how something that was made is found again."""
    groups: tuple[Group, ...]
    create: bool
    share: bool
    """Whether two keys may share a twin."""
    or_share: str
    """How to let them, to end a sentence; empty when they never may."""
    write_batch: int
    personal: tuple[str, ...]
    """Columns whose values may stand in no message."""

    def look_up(
        self, wanted: pd.DataFrame, steps: Sequence[Step], known: Sequence[int], before_call: BeforeCall
    ) -> pd.DataFrame:
        """What 24SevenOffice has that any of the steps could hit: `office_id`, `number`, `active`, the steps' columns. `known`: ids
        that are linked already."""

    def make(self, items: Sequence[Item]) -> list[Made]:
        """Make these, in one call; what became of each, in their order."""

    def twins(self, ids: Sequence[int], before_call: BeforeCall) -> pd.DataFrame:
        """The fields of these twins, indexed by id, in the columns of the wanted rows, and `active`."""

    def change(self, items: Sequence[Item]) -> list[Made]:
        """Save these twins (`office_id`) as they stand here, in one call; what became of each."""


@dataclass
class Result:
    """What the walk says of each key."""

    rows: pd.DataFrame = field(repr=False)
    """Indexed by link key: office_id, number, how, matched_at, fresh, reason, words."""
    changed: pd.DataFrame = field(repr=False)
    """CHANGES."""
    warnings: list[str] = field(default_factory=list)
    _linked: list[tuple[Twin, dt.datetime]] = field(default_factory=list, repr=False)

    def hold(self, keys: Collection[str], reason: str, words: str) -> None:
        """These keys get no twin, and why."""
        if len(keys):
            self.rows.loc[list(keys), ["reason", "words"]] = [reason, words]

    def link(self, twins: Sequence[Twin], at: dt.datetime) -> None:
        """Twins that were recorded `at`; they stand in `rows` after `tell`."""
        self._linked += [(each, at) for each in twins]

    def tell(self) -> None:
        """Puts what was linked into `rows`, all at once: a frame takes its time for each entry."""
        if not self._linked:
            return
        told = pd.DataFrame(
            {
                "office_id": pd.array([each.office_id for each, _ in self._linked], dtype="Int64"),
                "number": pd.array([each.number for each, _ in self._linked], dtype="str"),
                "how": pd.array([each.how for each, _ in self._linked], dtype="str"),
                "matched_at": pd.to_datetime(pd.Series([at for _, at in self._linked]), utc=True),
                "fresh": True,
            }
        ).set_index(pd.Index([each.key for each, _ in self._linked], dtype="str"))
        for name in told:
            self.rows.loc[told.index, name] = told[name].array
        self._linked = []
