"""What the receipts of a store-day sum to, beside what its Z-reports say.

Belongs here: the sums that the proof of receipts and the diagnosis both compare with a Z-report, made once for all of them, and how
movements and tips lie in them.
Does not: reading the frames (receipt_rows.py), judging (receipts.py), naming a cause (diagnosis/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from frontline_pipeline.accounting.from_frames import into_till
from frontline_pipeline.accounting.mapping import is_included
from frontline_pipeline.accounting.model import ZKey, ZReport
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.receipt_rows import (
    OTHER,
    SALES_KINDS,
    Head,
    Line,
    Of,
    Payment,
    ReceiptRows,
    VatRow,
    Z,
    summed,
)
from frontline_pipeline.frames.raw import TIP_KIND
from frontline_pipeline.settings import StoreProfile

Sums = dict[str, Ore]
RateSums = dict[tuple[str, int], tuple[Ore, Ore]]


@dataclass(frozen=True, slots=True)
class Payments:
    """What the receipts of one Z say of its tenders (øre)."""

    paid: Sums
    """Tender code -> payments on sales and returns."""
    other: Sums
    """Tender code -> payments on receipts of kind other."""
    unpaid: Sequence[tuple[str, Ore, Ore]]
    """(receipt, amount + rounding, sum of its payments) of sales and returns where the two differ."""


class ReceiptSums:
    """Everything the rules compare (øre), summed once for all Z-reports of the store-day."""

    def __init__(self, rows: ReceiptRows) -> None:
        sold = [head for head in rows.heads if head.kind in SALES_KINDS]
        lines = rows.sold_lines
        whole = {ZKey(*z) for z in rows.whole_lines()}
        self.keys = {ZKey(*z) for z in rows.zs}
        self.sales = _totals(sold)
        self.other = _totals(head for head in rows.heads if head.kind == OTHER)
        self.paid = _by_tender(p for p in rows.payments if p.kind in SALES_KINDS)
        self.paid_other = _by_tender(p for p in rows.payments if p.kind == OTHER)
        self.with_payments, self.with_lines = keys_of(p.z for p in rows.payments), keys_of(line.z for line in lines)
        by_rate = _line_rates(line for line in lines if line.stated)
        self.line_vat = {key: rates for key, rates in by_rate.items() if key in whole}
        self.apart_vat = _vat_rates(v for v in rows.vat if v.kind in SALES_KINDS)
        self.unpaid = _gaps(sold, lambda head: head.amount + head.rounding, rows.payments, self.with_payments)
        self.unlined = _gaps(sold, lambda head: head.amount, lines, self.with_lines)

    def payments(self, key: ZKey) -> Payments:
        """Those of one Z."""
        return Payments(self.paid.get(key, {}), self.paid_other.get(key, {}), self.unpaid.get(key, []))


def keys_of(zs: Iterable[Z]) -> set[ZKey]:
    """The Z-reports of rows, each once."""
    return {ZKey(*z) for z in set(zs)}


def _totals(heads: Iterable[Head]) -> dict[ZKey, Ore]:
    return {key: total for key, ((total,),) in summed(heads, lambda h: h.z, lambda _: (), lambda h: h.amount).items()}


def _by_tender(payments: Iterable[Payment]) -> dict[ZKey, Sums]:
    found = summed(payments, lambda p: p.z, lambda p: (p.tender,), lambda p: p.amount)
    return {key: dict(rows) for key, rows in found.items()}


def _line_rates(lines: Iterable[Line]) -> dict[ZKey, RateSums]:
    rows = [(line, line.amount - line.amount_excl_vat if line.vat is None else line.vat) for line in lines]
    return _rates((line.z, line.vat_code or "", line.rate or 0, line.amount_excl_vat, vat) for line, vat in rows)


def _vat_rates(vat: Iterable[VatRow]) -> dict[ZKey, RateSums]:
    return _rates((v.z, v.vat_code, v.rate, v.base, v.vat) for v in vat)


def _rates(rows: Iterable[tuple[Z, str, int, Ore, Ore]]) -> dict[ZKey, RateSums]:
    out: dict[Z, RateSums] = {}
    for z, code, rate, base, vat in rows:
        of_z = out.setdefault(z, {})
        before = of_z.get((code, rate), (0, 0))
        of_z[code, rate] = (before[0] + base, before[1] + vat)
    return {ZKey(*z): of_z for z, of_z in out.items()}


def _gaps(
    heads: Iterable[Head], due: Callable[[Head], Ore], children: Iterable[Line] | Iterable[Payment], judged: set[ZKey]
) -> dict[ZKey, list[tuple[str, Ore, Ore]]]:
    """Per Z: (receipt, due, sum of its children) where the two differ, in the order of receipts."""
    found: dict[Of, Ore] = {}
    for child in children:
        found[child.of] = found.get(child.of, 0) + child.amount
    out: dict[ZKey, list[tuple[str, Ore, Ore]]] = {}
    for head in sorted((h for h in heads if found.get(h.of, 0) != due(h)), key=lambda h: h.of):
        key = ZKey(*head.z)
        if key in judged:
            out.setdefault(key, []).append((head.of[2], due(head), found.get(head.of, 0)))
    return out


def stated_tenders(z: ZReport) -> Sums:
    """What the Z says per tender code, its currencies together."""
    stated: Sums = {}
    for tender in z.tenders:
        stated[tender.tender] = stated.get(tender.tender, 0) + tender.amount
    return stated


def tender_gaps(z: ZReport, stated: Sums, payments: Payments, profile: StoreProfile) -> Sums:
    """What the Z says per tender beyond what receipts and movements explain; empty when all is explained.

    A movement is either on a receipt of kind `other`, or only in the Z (with its tender, or without). Both readings are tried, and
    the one that leaves least unexplained is kept.
    """
    paid, other = payments.paid, payments.other
    plain = {t: stated.get(t, 0) - paid.get(t, 0) for t in {*stated, *paid, *other}}
    by_receipt = {t: gap - other.get(t, 0) for t, gap in plain.items()}
    moved = dict(plain)
    loose: list[Ore] = []
    inside = tips_inside(z, payments, profile)
    for movement in z.movements:
        if not is_included(movement, profile) or (movement.kind == TIP_KIND and inside):
            continue
        if movement.tender:
            moved[movement.tender] = moved.get(movement.tender, 0) - into_till(movement)
        else:
            loose.append(into_till(movement))
    open_gaps = {t: gap for t, gap in moved.items() if gap}
    if loose and len(open_gaps) <= len(loose) and sum(open_gaps.values()) == sum(loose):
        return {}
    candidates = [{t: gap for t, gap in by_receipt.items() if gap}, open_gaps]
    return min(candidates, key=lambda gaps: sum(abs(gap) for gap in gaps.values()))


def tips_inside(z: ZReport, payments: Payments, profile: StoreProfile) -> Ore:
    """Tips that lie in the payments of receipts: their sum, when it is exactly what payments exceed receipts by; else 0."""
    tips = sum(m.amount for m in z.movements if m.kind == TIP_KIND and is_included(m, profile))
    excess = sum(paid - due for _, due, paid in payments.unpaid if paid > due)
    return tips if tips == excess else 0
