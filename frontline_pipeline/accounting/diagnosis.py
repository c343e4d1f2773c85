"""Why a Z-report may not balance: candidates in words.

Belongs here: comparing the difference of an unbalanced Z with amounts that would explain it.
Does not: deciding that it does not balance (z_report.py), and it never repairs anything: no amount is plugged.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pandas as pd

from frontline_pipeline.accounting.from_frames import expected_tenders, into_till, movement_group
from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.receipt_facts import LIMIT_PER_RECEIPT
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.accounting.vat import rate_text
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import RECEIPTS
from frontline_pipeline.settings import StoreProfile

MOST = 4
"""Candidates listed; more would not help a person."""


def why_unbalanced(z: ZReport, profile: StoreProfile, receipts: Bundle | None = None) -> tuple[str, ...]:
    """Candidates for the difference between tenders and what the Z says, likeliest first; empty for a balanced Z.

    Each is a clause such as "equals the rounding with the wrong sign". Receipts, when given, are searched for an equal amount.
    """
    difference = z.tender_total - expected_tenders(z, profile)
    if difference == 0:
        return ()
    found: list[str] = []
    for source in (
        _vendor_rule(z, profile, difference),
        _rounding(z, difference),
        _tenders(z, difference),
        _credit(z, difference),
        _vat(z, difference),
        _receipt(z, difference, receipts),
    ):
        found += [words for words in source if words not in found]
    # A ninth of all differences is divisible by nine: worth saying only when nothing better explains it.
    return tuple(found[:MOST] or _digits(difference))


def _vendor_rule(z: ZReport, profile: StoreProfile, difference: Ore) -> Iterator[str]:
    by_group: dict[str, Ore] = {}
    for movement in z.movements:
        if group := movement_group(movement.kind):
            by_group[group] = by_group.get(group, 0) + into_till(movement)
    moving = sorted(group for group, amount in by_group.items() if amount)
    now = set(profile.rules.tenders_include)
    for size in range(1, len(moving) + 1):
        for toggled in combinations(moving, size):
            # Counting a group that was left out raises what is expected; leaving one out lowers it.
            change = sum(-by_group[g] if g in now else by_group[g] for g in toggled)
            if change == difference:
                rule = sorted(now.symmetric_difference(toggled))
                verb = "counts" if set(toggled) - now else "does not count"
                yield (
                    f"it balances if the register {verb} {' and '.join(toggled).replace('_', '-')} in its tender totals: "
                    f"compare the store's setting tenders_include, which would be [{', '.join(rule)}]"
                )


def _rounding(z: ZReport, difference: Ore) -> Iterator[str]:
    rounding = z.rounding or 0
    if rounding and difference == -2 * rounding:
        yield f"it is twice the rounding {display(rounding)}: its sign is the wrong way round"
    elif rounding and difference == -rounding:
        yield f"it is the rounding {display(rounding)}: the tenders were not rounded, or it is counted twice"
    cash = any(t.tender_type == "12001" for t in z.tenders)
    if z.rounding == 0 and cash and abs(difference) <= LIMIT_PER_RECEIPT * (z.receipt_count + z.return_count):
        yield "it is small enough for cash rounding, which the register gives as 0.00"


def _tenders(z: ZReport, difference: Ore) -> Iterator[str]:
    known = {t.tender for t in z.tenders}
    for count in z.counts:
        if count.tender not in known and count.expected == -difference:
            yield f"it is what was expected in {count.tender}, a tender that was counted but is missing from the Z"
    for tender in z.tenders:
        if tender.amount and tender.amount == difference:
            yield f"it is the amount of tender {tender.tender}: counted twice, or not part of the sales"
        if tender.amount and 2 * tender.amount == difference:
            yield f"it is twice the amount of tender {tender.tender}: its sign is the wrong way round"
    for movement in z.movements:
        if movement.amount and abs(difference) == 2 * abs(movement.amount):
            yield f"it is twice the {movement.kind} of {display(movement.amount)}: its direction is the wrong way round"
        elif movement.amount and abs(difference) == abs(movement.amount):
            yield f"it is the {movement.kind} of {display(movement.amount)}: missing on one side, or counted twice"


def _credit(z: ZReport, difference: Ore) -> Iterator[str]:
    for label, amount in (("credit sales", z.credit_sales), ("credit memos", z.credit_memos)):
        if amount and abs(difference) == abs(amount):
            yield f"it is the {label} of {display(amount)}, which are not part of cash sales"


def _vat(z: ZReport, difference: Ore) -> Iterator[str]:
    total = sum(line.vat for line in z.vat)
    if total and abs(difference) == abs(total):
        yield f"it is the VAT of the day, {display(total)}: total sales or the tenders leave it out, or hold it twice"
    for line in z.vat:
        if line.vat and abs(difference) == abs(line.vat) != abs(total):
            yield f"it is the VAT at {rate_text(line.rate)}, {display(line.vat)}"
        gross = line.base + line.vat
        if gross and abs(difference) == abs(gross):
            yield f"it is the sales at {rate_text(line.rate)}, {display(gross)}"


def _receipt(z: ZReport, difference: Ore, receipts: Bundle | None) -> Iterator[str]:
    if receipts is None:
        return
    heads = frame_of(receipts, RECEIPTS)
    mine = heads[(heads["register"] == z.register) & (heads["z_number"] == z.z_number)]
    equal: pd.DataFrame = mine[mine["amount"].abs() == abs(difference)]
    if 0 < len(equal) <= 3:
        names = ", ".join(sorted(str(r) for r in equal["receipt_id"]))
        yield f"it is the amount of receipt {names}: missing from one side, or counted twice"


def _digits(difference: Ore) -> Iterator[str]:
    # Swapping two neighbouring digits always changes a number by a multiple of nine.
    if difference % 9 == 0:
        yield "it is divisible by nine, as when two digits were swapped by hand"
