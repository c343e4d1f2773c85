"""What the walk of twins.py needs of a client's customers or products, and what it says of them.

Belongs here: the protocol `Register`, the answer of one item, the result of a walk.
Does not: the walk (twins.py), the registers themselves (twins_customers.py, twins_products.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import pandas as pd

from frontline_pipeline.masterdata.changes import Group
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.office.items import ItemOutcome, ItemState

BeforeCall = Callable[[], None]
"""Prolongs the lease; for a walk of many calls, each of which may take its time."""


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

    def make(self, rows: pd.DataFrame) -> list[Made]:
        """Make these, in one call; what became of each, in their order."""

    def twins(self, ids: Sequence[int], before_call: BeforeCall) -> pd.DataFrame:
        """The fields of these twins, indexed by id, in the columns of the wanted rows, and `active`."""

    def change(self, rows: pd.DataFrame) -> list[Made]:
        """Save these twins as they stand in `rows`, in one call; what became of each."""


@dataclass
class Result:
    """What the walk says of each key."""

    rows: pd.DataFrame = field(repr=False)
    """Indexed by link key: office_id, number, how, matched_at, fresh, reason, words."""
    changed: pd.DataFrame = field(repr=False)
    """CHANGES."""
    warnings: list[str] = field(default_factory=list)
