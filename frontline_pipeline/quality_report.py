"""The report of the quality check before go-live: what is to be mended or known, most blocking first.

Belongs here: its parts, its items, their order, the verdict.
Does not: finding them (quality.py, quality_chain.py, quality_masters.py, quality_online.py), printing (command/).

A report holds keys, settings and amounts, no name, phone or e-mail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from frontline_pipeline.store_day import Verdict

EXAMPLES = 5
"""Store-days or keys named per item; the rest is counted."""


class Part(StrEnum):
    """What an item is about, in the order of a report."""

    EXTRACTS = "extracts"
    """Cannot be read, or not delivered."""
    MAPPING = "settings missing"
    """Tenders, VAT codes, article groups, accounts, movements, registers without a mapping."""
    BALANCE = "days that do not balance"
    PROOF = "other rules of the proof"
    Z_NUMBERS = "Z numbers"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    LEDGER = "24SevenOffice"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to mend or to know. `days`: store-days it holds; `count`: how many things it concerns; `examples`: their keys.

    `blocks`: posting, matching or making is held until it is mended; else it is worth a look.
    """

    part: Part
    what: str
    blocks: bool
    message: str
    next_step: str
    days: int = 0
    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What the check says of a range of extracts. `numbers`: what would become of customers and products, by kind and company."""

    stores: tuple[str, ...]
    first: dt.date | None
    last: dt.date | None
    verdicts: dict[Verdict, int]
    items: tuple[Item, ...]
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    online: bool = False

    @property
    def ready(self) -> bool:
        """Whether nothing blocks and at least one store-day would be posted."""
        return not self.blocking and self.verdicts.get(Verdict.OK, 0) > 0

    @property
    def blocking(self) -> tuple[Item, ...]:
        """What must be mended, most blocking first."""
        return tuple(item for item in self.items if item.blocks)

    @property
    def others(self) -> tuple[Item, ...]:
        """What is worth a look."""
        return tuple(item for item in self.items if not item.blocks)

    @property
    def verdict(self) -> str:
        """The last line: yes, or how much is to be mended."""
        if self.ready:
            asked = "" if self.online else " 24SevenOffice was not asked: run with --online before the first posting."
            return f"Yes: nothing holds these extracts.{asked}"
        if not self.blocking:
            return "No: there is no store-day that would be posted."
        things = "1 thing" if len(self.blocking) == 1 else f"{len(self.blocking)} things"
        return f"No: {things} to mend first. Nothing was sent."


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Most blocking first: what holds most days, then what concerns most things."""
    parts = list(Part)
    return tuple(sorted(items, key=lambda i: (not i.blocks, -i.days, -i.count, parts.index(i.part), i.what)))
