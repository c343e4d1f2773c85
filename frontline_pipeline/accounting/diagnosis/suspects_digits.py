"""Suspects by typing: two neighbouring digits of one amount were swapped.

Belongs here: every amount of the Z with two of its digits swapped back.
Does not: amounts that are wrong in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import Sheet, Suspect
from frontline_pipeline.accounting.diagnosis.suspects_movements import words_of
from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.vat import rate_text

BITS = 8
"""More than for a cause that names an event: each amount has several pairs of digits, so that a chance hit is likelier."""


class Cell(NamedTuple):
    """One amount of the Z, and the Z with another amount in its place."""

    name: str
    amount: Ore
    put: Callable[[Ore], ZReport]


def cells(z: ZReport) -> Iterator[Cell]:
    """The amounts that are compared with others."""
    yield Cell("total sales", z.sales_total, lambda amount: replace(z, sales_total=amount))
    for tender in z.tenders:
        yield Cell(f"tender {tender.tender}", tender.amount, partial(_put, z, "tenders", tender, "amount"))
    for movement in z.movements:
        yield Cell(words_of(movement.kind), movement.amount, partial(_put, z, "movements", movement, "amount"))
    for row in z.vat:
        rate = rate_text(row.rate)
        yield Cell(f"base at {rate}", row.base, partial(_put, z, "vat", row, "base"))
        yield Cell(f"VAT at {rate}", row.vat, partial(_put, z, "vat", row, "vat"))
    for group in z.article_groups:
        name = f"group {group.article_group}"
        yield Cell(name, group.amount, partial(_put, z, "article_groups", group, "amount"))


def _put(z: ZReport, rows: str, row: Any, column: str, amount: Ore) -> ZReport:
    changed = tuple(replace(each, **{column: amount}) if each is row else each for each in getattr(z, rows))
    return replace(z, **{rows: changed})  # type: ignore[arg-type]


def swaps(amount: Ore) -> set[Ore]:
    """The amount with two neighbouring digits swapped, each way; a first digit of 0 that fell away is put back."""
    digits, sign = f"0{abs(amount):03d}", -1 if amount < 0 else 1
    out = {
        sign * int(digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :])
        for i in range(len(digits) - 1)
        if digits[i] != digits[i + 1]
    }
    return out - {amount}


def digit_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Each amount with two digits swapped back."""
    for cell in cells(sheet.z):
        for amount in sorted(swaps(cell.amount)):
            words = (
                f"{cell.name} is {display(cell.amount)}; with two digits swapped, {display(amount)}, the figures agree"
            )
            yield sheet.suspect(CauseKind.DIGITS_SWAPPED, cell.name, cell.put(amount), BITS, words)
