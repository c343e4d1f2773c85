"""Suspects among tenders and rounding.

Belongs here: a tender missing, counted twice, with its sign flipped, or under another's name; rounding lost, turned, or without cash.
Does not: pay-ins, pay-outs and tips (suspects_movements.py), digits (suspects_digits.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import (
    PAID,
    ROUNDING_OF_RECEIPTS,
    TENDERS,
    Loose,
    Sheet,
    Suspect,
)
from frontline_pipeline.accounting.model import RoundingSource, TenderLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.z_report import possible_rounding

SURE, LIKELY, POSSIBLE, FREE = 4, 7, 10, 20
"""Bits to name a suspect: a second record says so; an amount of the Z fits; it fits in a less usual way; any amount would fit."""
UNNAMED = 32
"""Bits to say no more than which amount is wrong; dearer than any two named causes."""
ANY: Ore = 10**15


def tender_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Each tender missing, doubled, flipped; or a payment moved from one tender to another."""
    z = sheet.z
    for index, row in enumerate(z.tenders):
        if not row.amount:
            continue
        others = (*z.tenders[:index], *z.tenders[index + 1 :])
        without = replace(z, tenders=others)
        twins = [other for other in others if other.amount == row.amount]
        told = f"tender {row.tender} is {display(row.amount)}"
        if any(twin.tender == row.tender for twin in twins):
            words = f"{told} and stands in the Z twice with that amount"
            yield sheet.suspect(CauseKind.TENDER_DOUBLED, row.tender, without, SURE, words)
        elif twins:
            words = f"{told}, just as {twins[0].tender} is: one payment under two names"
            yield sheet.suspect(CauseKind.TENDER_DOUBLED, row.tender, without, LIKELY, words)
        else:
            words = (
                f"without tender {row.tender} of {display(row.amount)} the figures agree: counted twice, or a subtotal"
            )
            yield sheet.suspect(CauseKind.TENDER_DOUBLED, row.tender, without, POSSIBLE, words)
        if row.amount % 2 == 0:
            half = replace(z, tenders=(*others, replace(row, amount=row.amount // 2)))
            words = f"{told}, twice the {display(row.amount // 2)} with which the figures agree"
            yield sheet.suspect(CauseKind.TENDER_DOUBLED, row.tender, half, LIKELY, words)
        turned = replace(z, tenders=(*others, replace(row, amount=-row.amount)))
        words = f"{told}; the figures agree with {display(-row.amount)}"
        yield sheet.suspect(CauseKind.SIGN_FLIPPED, f"tender {row.tender}", turned, LIKELY, words)
    yield from _missing(sheet)
    yield from _swapped(sheet)


def _missing(sheet: Sheet) -> Iterator[Suspect | None]:
    z = sheet.z
    stated: dict[str, Ore] = defaultdict(int)
    for row in z.tenders:
        stated[row.tender] += row.amount
    for count in z.counts:
        if not stated[count.tender] and count.expected:
            found = replace(z, tenders=(*z.tenders, TenderLine(count.tender, None, count.expected)))
            words = f"{display(count.expected)} was expected in {count.tender} when it was counted, and the Z has no such tender"
            yield sheet.suspect(CauseKind.TENDER_MISSING, count.tender, found, SURE, words)
    for (name, tender), gap in sheet.off.items():
        if name == PAID and not stated[tender]:
            found = replace(z, tenders=(*z.tenders, TenderLine(tender, None, -gap)))
            words = f"the receipts have {display(-gap)} paid with {tender}, and the Z has nothing there"
            yield sheet.suspect(CauseKind.TENDER_MISSING, tender, found, SURE, words)


def _swapped(sheet: Sheet) -> Iterator[Suspect | None]:
    gaps = sorted((tender, gap) for (name, tender), gap in sheet.off.items() if name == PAID)
    for over, gap in gaps:
        for short, other in gaps:
            if gap > 0 and other == -gap:
                words = f"{over} has {display(gap)} more than its receipts and {short} as much less"
                effect = {(PAID, over): gap, (PAID, short): -gap}
                yield Suspect(CauseKind.TENDER_SWAPPED, f"{over} for {short}", effect, frozenset(), LIKELY, words)


def rounding_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """The rounding lost, with its sign turned, stated though nobody paid it, or on receipts without cash."""
    z, facts = sheet.z, sheet.z.receipts

    def rounded(amount: Ore) -> ZReport:
        return replace(z, rounding=amount, rounding_source=RoundingSource.COLUMN)

    if z.rounding is None:
        amount = sheet.residual(rounded(0), sheet.profile).get(TENDERS, 0)
        words = f"the register states no rounding, and {display(amount)} would make the tenders agree"
        yield sheet.suspect(CauseKind.ROUNDING_LOST, "rounding", rounded(amount), SURE, words)
        return
    if facts is not None and facts.rounding != z.rounding and z.rounding_source is RoundingSource.COLUMN:
        words = f"the Z says {display(z.rounding)}, its receipts were rounded by {display(facts.rounding)} in all"
        kind = CauseKind.SIGN_FLIPPED if facts.rounding == -z.rounding else CauseKind.ROUNDING_LOST
        yield sheet.suspect(kind, "rounding", rounded(facts.rounding), SURE, words)
    if z.rounding:
        words = f"the rounding is {display(z.rounding)}; the figures agree with {display(-z.rounding)}"
        yield sheet.suspect(CauseKind.SIGN_FLIPPED, "rounding", rounded(-z.rounding), LIKELY, words)
        words = f"the Z says rounding {display(z.rounding)}, and the tenders were not rounded"
        yield sheet.suspect(CauseKind.ROUNDING_NOT_TAKEN, "rounding", rounded(0), LIKELY, words)
    yield _without_cash(sheet)


def _without_cash(sheet: Sheet) -> Suspect | None:
    z, facts = sheet.z, sheet.z.receipts
    raised = frozenset(flag for flag in sheet.flags if flag[0] == "rounding_only_with_cash")
    if not raised:
        return None
    odd = (*facts.rounding_without_cash, *facts.rounding_too_large) if facts else ()
    if odd:
        names = ", ".join(sorted({receipt for receipt, _ in odd})[:3])
        words = f"receipt {names} is rounded by {display(odd[0][1])}, and only cash is rounded, by 0.50 at most"
        return Suspect(CauseKind.ROUNDING_ON_CARD, f"receipt {names}", {}, raised, SURE, words)
    words = f"the Z rounds by {display(z.rounding or 0)}, and its cash sales cannot be rounded by that"
    return Suspect(CauseKind.ROUNDING_ON_CARD, "rounding", {}, raised, SURE, words)


def loose_tenders(sheet: Sheet) -> Iterator[Loose]:
    """Tenders and rounding of unknown size."""
    z = sheet.z
    cash = any(sheet.profile.is_cash(t.tender, t.tender_type) for t in z.tenders)
    if z.rounding == 0 and z.rounding_source is RoundingSource.COLUMN and cash and sheet.sums is None:
        most = possible_rounding(z)
        yield Loose(CauseKind.ROUNDING_LOST, {TENDERS: 1}, -most, most, 4 + most.bit_length(), _lost_rounding)
    # Without its cash tender a Z has rounding and no cash.
    no_cash = frozenset(flag for flag in sheet.flags if flag[0] == "rounding_only_with_cash")
    if sheet.paid is None:
        absent = sorted(set(sheet.profile.rules.tenders) - {t.tender for t in z.tenders if t.amount})
        if absent:
            yield Loose(CauseKind.TENDER_MISSING, {TENDERS: -1}, 1, ANY, FREE, partial(_absent, absent), no_cash)
        yield Loose(CauseKind.AMOUNT_WRONG, {TENDERS: 1}, -ANY, ANY, UNNAMED, _tenders_off)
        return
    known = {t.tender for t in z.tenders} | {w[1] for w in sheet.off if w[0] == PAID}
    known |= {t.tender for other in sheet.siblings for t in other.tenders}
    for tender in sorted(known):
        direction = {TENDERS: 1, (PAID, tender): 1}
        yield Loose(CauseKind.AMOUNT_WRONG, direction, -ANY, ANY, UNNAMED, partial(_one_tender, tender))
        if not any(t.tender == tender and t.amount for t in z.tenders):
            gone = {TENDERS: -1, (PAID, tender): -1}
            bits = SURE if tender in sheet.paid else FREE
            yield Loose(CauseKind.TENDER_MISSING, gone, 1, ANY, bits, partial(_no_row, tender), no_cash)
    if z.rounding_source is RoundingSource.COLUMN:
        if z.rounding == 0:
            lost, most = {TENDERS: 1, ROUNDING_OF_RECEIPTS: -1}, possible_rounding(z)
            yield Loose(CauseKind.ROUNDING_LOST, lost, -most, most, POSSIBLE, _lost_rounding)
        direction = {TENDERS: -1, ROUNDING_OF_RECEIPTS: 1}
        yield Loose(CauseKind.AMOUNT_WRONG, direction, -ANY, ANY, UNNAMED, _rounding_off)


def _lost_rounding(amount: Ore) -> tuple[str, str]:
    return "rounding", f"the Z says rounding 0.00, and {display(amount)} is small enough to be that of its cash sales"


def _absent(tenders: list[str], amount: Ore) -> tuple[str, str]:
    names = ", ".join(tenders[:4])
    return (
        tenders[0] if len(tenders) == 1 else "",
        f"{display(amount)} is missing from the tenders, and the Z has none of {names}, which the settings know",
    )


def _tenders_off(amount: Ore) -> tuple[str, str]:
    return "tenders", f"the tenders are {display(amount)} off, and nothing in the Z has that amount"


def _one_tender(tender: str, amount: Ore) -> tuple[str, str]:
    return f"tender {tender}", f"{tender} is {display(amount)} off what its receipts were paid with"


def _no_row(tender: str, amount: Ore) -> tuple[str, str]:
    return tender, f"{display(amount)} should stand at tender {tender}, and the Z has nothing there"


def _rounding_off(amount: Ore) -> tuple[str, str]:
    return "rounding", f"the rounding is {display(amount)} off the sum over its receipts"
