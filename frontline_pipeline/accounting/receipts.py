"""Proof of a store-day's receipts: do they tie by themselves, and do they sum to the Z-reports?

Belongs here: the rules of the asset `receipts` over the receipts of one store-day.
Does not: reading the frames (receipt_rows.py), sums that the Z-report itself needs (receipt_facts.py), the rules of a Z-report
(z_report.py).

Credit sales and credit returns stay in the frames and out of the sums: they are not cash sales (kassasystemforskrifta s. 2-8-2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from frontline_pipeline.accounting.from_frames import into_till
from frontline_pipeline.accounting.mapping import is_included
from frontline_pipeline.accounting.model import Finding, ZKey, ZReport
from frontline_pipeline.accounting.money import Ore, display
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
    delivered,
    receipt_rows,
    summed,
)
from frontline_pipeline.accounting.rules import CAP, FIX_AT_SOURCE, make_finding, name, z_finding
from frontline_pipeline.accounting.validity import Failure, failures, findings
from frontline_pipeline.accounting.vat import rate_text
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import (
    RECEIPT_FRAMES,
    RECEIPT_LINES,
    RECEIPT_PAYMENTS,
    RECEIPT_VAT,
    RECEIPTS,
    TIP_KIND,
)
from frontline_pipeline.settings import StoreProfile

Sums = dict[str, Ore]
RateSums = dict[tuple[str, int], tuple[Ore, Ore]]


@dataclass(frozen=True)
class ReceiptProof:
    """Receipts frames and what is wrong or odd with them."""

    bundle: Bundle
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """True when a finding keeps the store-day from being posted."""
        return any(finding.holds for finding in self.findings)

    def of(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)


def prove_receipts(raw_receipts: Bundle, z_reports: tuple[ZReport, ...], profile: StoreProfile) -> ReceiptProof:
    """All rules of the asset `receipts` over one store-day.

    Where none were delivered the bundle is empty with status `not_delivered` (or `closed`), which passes unless the store's
    setting is `receipts: expected`.
    """
    if profile.store.receipts == "none" or not delivered(raw_receipts):
        status = raw_receipts.status if raw_receipts.status is not Status.OK else Status.NOT_DELIVERED
        empty = {spec.name: spec.empty() for spec in RECEIPT_FRAMES}
        bundle = replace(raw_receipts, status=status, frames=empty)
        return ReceiptProof(bundle, tuple(_missing(z, profile) for z in z_reports if _awaited(z, profile)))
    broken = failures(raw_receipts, RECEIPT_FRAMES)
    step = "Nothing was posted. The extract breaks the contract; correct it at its source and import it again."
    found = findings(broken, "receipts_valid", raw_receipts, step)
    if any(failure.structural for failure in broken):
        empty = {spec.name: spec.empty() for spec in RECEIPT_FRAMES}
        return ReceiptProof(replace(raw_receipts, frames=empty), tuple(found))
    rows = receipt_rows(raw_receipts)
    found += _unknown_z(raw_receipts, rows, z_reports)
    sums = _Sums(rows)
    found += _orphans(raw_receipts, rows)
    for z in z_reports:
        if z.key not in sums.keys:
            if z.receipt_count or z.return_count or z.sales_total:
                found.append(_missing(z, profile))
            continue
        found += rule_receipts_tie_internally(z, sums, profile)
        found += rule_receipts_sum_to_sales(z, sums)
        found += rule_receipts_sum_to_tenders(z, sums, profile)
        found += rule_receipts_sum_to_vat(z, sums, profile)
    return ReceiptProof(raw_receipts, tuple(found))


@dataclass(frozen=True, slots=True)
class Payments:
    """What the receipts of one Z say of its tenders."""

    paid: Sums
    """Tender code -> payments on sales and returns."""
    other: Sums
    """Tender code -> payments on receipts of kind other."""
    unpaid: Sequence[tuple[str, Ore, Ore]]
    """(receipt, amount + rounding, sum of its payments) of sales and returns where the two differ."""


class _Sums:
    """Everything the rules compare, summed once for all Z-reports of the store-day."""

    def __init__(self, rows: ReceiptRows) -> None:
        sold = [head for head in rows.heads if head.kind in SALES_KINDS]
        lines = rows.sold_lines
        whole = {ZKey(*z) for z in rows.whole_lines()}
        self.keys = {ZKey(*z) for z in rows.zs}
        self.sales = _totals(sold)
        self.other = _totals(head for head in rows.heads if head.kind == OTHER)
        self.paid = _by_tender(p for p in rows.payments if p.kind in SALES_KINDS)
        self.paid_other = _by_tender(p for p in rows.payments if p.kind == OTHER)
        self.with_payments, self.with_lines = _keys(p.z for p in rows.payments), _keys(line.z for line in lines)
        by_rate = _line_rates(line for line in lines if line.stated)
        self.line_vat = {key: rates for key, rates in by_rate.items() if key in whole}
        self.apart_vat = _vat_rates(v for v in rows.vat if v.kind in SALES_KINDS)
        self.unpaid = _gaps(sold, lambda head: head.amount + head.rounding, rows.payments, self.with_payments)
        self.unlined = _gaps(sold, lambda head: head.amount, lines, self.with_lines)

    def payments(self, key: ZKey) -> Payments:
        return Payments(self.paid.get(key, {}), self.paid_other.get(key, {}), self.unpaid.get(key, []))


def _keys(zs: Iterable[Z]) -> set[ZKey]:
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


def _awaited(z: ZReport, profile: StoreProfile) -> bool:
    return profile.store.receipts == "expected" and bool(z.receipt_count or z.return_count or z.sales_total)


def _missing(z: ZReport, profile: StoreProfile) -> Finding:
    warn = profile.store.receipts != "expected"
    count = z.receipt_count + z.return_count
    message = f"{name(z)} has {count} receipts by its own count, but none were delivered."
    step = (
        "Posted without this proof, because the store's setting does not require receipts. Ask why they did not come."
        if warn
        else f"Nothing was posted. Import the receipts of this day, or set stores.{profile.code}.receipts: optional."
    )
    return z_finding("receipts_delivered", z, message, step, warn=warn, expected=str(count), actual="0")


def _unknown_z(receipts: Bundle, rows: ReceiptRows, zs: tuple[ZReport, ...]) -> list[Finding]:
    known = {z.key for z in zs}
    found = [
        Failure(RECEIPTS.name, f"receipts has rows of Z {k.z_number} on register {k.register}, which z_reports lacks.",
                False, False, k.register, k.z_number)
        for k in sorted(_keys(rows.zs) - known)
    ]  # fmt: skip
    return findings(found, "receipts_valid", receipts, FIX_AT_SOURCE)


def _orphans(receipts: Bundle, rows: ReceiptRows) -> list[Finding]:
    out: list[Finding] = []
    children = ((RECEIPT_LINES, rows.lines), (RECEIPT_VAT, rows.vat), (RECEIPT_PAYMENTS, rows.payments))
    for spec, found in children:
        for register, z, receipt in sorted({row.of for row in found if row.kind is None})[:CAP]:
            out.append(
                make_finding(
                    "receipts_tie_internally",
                    receipts.store,
                    receipts.business_day,
                    f"{spec.name} has rows of receipt {receipt} on register {register} (Z {z}), which receipts lacks.",
                    FIX_AT_SOURCE,
                    register=register,
                    z_number=z,
                    subject=f"receipt {receipt}",
                )
            )
    return out


def _not_delivered(rule: str, z: ZReport, profile: StoreProfile, what: str, frame: str) -> Finding:
    warn = profile.store.receipts != "expected"
    message = f"{name(z)}: its receipts came without {what}, so this was not proven."
    step = f"Deliver {frame} with the receipts." if warn else f"Nothing was posted. Deliver {frame} with the receipts."
    return z_finding(rule, z, message, step, warn=warn)


def rule_receipts_tie_internally(z: ZReport, sums: _Sums, profile: StoreProfile) -> list[Finding]:
    """Per receipt: payments = amount + rounding, and lines = amount (DOMAIN A.4).

    Where the tips of the Z equal the sum by which payments exceed receipts, the tip was paid with the receipt: no fault.
    """
    rule = "receipts_tie_internally"
    unpaid = sums.unpaid.get(z.key, [])
    if _tips_inside(z, sums, profile):
        unpaid = [gap for gap in unpaid if gap[2] < gap[1]]
    odd = [(r, due, paid, "payments are", "amount + rounding is") for r, due, paid in unpaid]
    odd += [(r, due, lines, "lines sum to", "its amount is") for r, due, lines in sums.unlined.get(z.key, [])]
    out = [
        z_finding(
            rule,
            z,
            f"{name(z)}: receipt {receipt} does not tie: {verb} {display(have)}, {other} {display(want)}, "
            f"difference {display(have - want)}.",
            FIX_AT_SOURCE,
            subject=f"receipt {receipt}",
            expected=want,
            actual=have,
        )
        for receipt, want, have, verb, other in odd[:CAP]
    ]
    if len(odd) > CAP:
        out.append(z_finding(rule, z, f"{name(z)}: {len(odd) - CAP} more receipts do not tie.", FIX_AT_SOURCE))
    return out


def _tips_inside(z: ZReport, sums: _Sums, profile: StoreProfile) -> Ore:
    return tips_inside(z, sums.payments(z.key), profile)


def tips_inside(z: ZReport, payments: Payments, profile: StoreProfile) -> Ore:
    """Tips that lie in the payments of receipts: their sum, when it is exactly what payments exceed receipts by; else 0."""
    tips = sum(m.amount for m in z.movements if m.kind == TIP_KIND and is_included(m, profile))
    excess = sum(paid - due for _, due, paid in payments.unpaid if paid > due)
    return tips if tips == excess else 0


def rule_receipts_sum_to_sales(z: ZReport, sums: _Sums) -> list[Finding]:
    """Amounts of sales and returns sum to total cash sales (kassasystemforskrifta s. 2-8-2 e)."""
    total = sums.sales.get(z.key, 0)
    if total == z.sales_total:
        return []
    message = (
        f"{name(z)}: receipts sum to {display(total)}, total sales are {display(z.sales_total)}, "
        f"difference {display(total - z.sales_total)}."
    )
    step = f"{FIX_AT_SOURCE} A receipt is missing, stands twice or belongs to another Z."
    if other := sums.other.get(z.key, 0):
        step += f" Receipts of kind other, which are no sales, sum to {display(other)}."
    return [z_finding("receipts_sum_to_sales", z, message, step, expected=z.sales_total, actual=total)]


def rule_receipts_sum_to_tenders(z: ZReport, sums: _Sums, profile: StoreProfile) -> list[Finding]:
    """Payments on receipts, and the movements that the tender totals contain, sum to the Z per tender."""
    rule = "receipts_sum_to_tenders"
    if z.key not in sums.with_payments:
        return [_not_delivered(rule, z, profile, "payments", "receipt_payments")] if sums.sales.get(z.key) else []
    out: list[Finding] = []
    stated = stated_tenders(z)
    for tender_code, gap in sorted(tender_gaps(z, stated, sums.payments(z.key), profile).items()):
        total = stated.get(tender_code, 0)
        message = (
            f"{name(z)}: receipts and movements paid with {tender_code} sum to {display(total - gap)}, "
            f"the Z says {display(total)}, difference {display(-gap)}."
        )
        step = f"{FIX_AT_SOURCE} Two tenders that differ by the same amount mean a receipt under the wrong tender."
        out.append(z_finding(rule, z, message, step, subject=tender_code, expected=total, actual=total - gap))
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
    with_receipts = tips_inside(z, payments, profile)
    for movement in z.movements:
        if not is_included(movement, profile) or (movement.kind == TIP_KIND and with_receipts):
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


def rule_receipts_sum_to_vat(z: ZReport, sums: _Sums, profile: StoreProfile) -> list[Finding]:
    """Base and VAT of receipts sum to the Z per VAT code and rate, from lines or from receipt_vat; one of them must tie."""
    sources = [s for s in (sums.line_vat.get(z.key), sums.apart_vat.get(z.key)) if s is not None]
    if not sources:
        missing = _not_delivered(
            "receipts_sum_to_vat", z, profile, "VAT per rate", "receipt_lines with VAT code and rate, or receipt_vat,"
        )
        return [missing] if sums.sales.get(z.key) else []
    return min((list(_vat_gaps(z, source)) for source in sources), key=len)


def _vat_gaps(z: ZReport, receipts: RateSums) -> Iterator[Finding]:
    stated = {(line.vat_code, line.rate): (line.base, line.vat) for line in z.vat}
    for key in sorted({*stated, *receipts}):
        (base, vat), (own_base, own_vat) = stated.get(key, (0, 0)), receipts.get(key, (0, 0))
        if (base, vat) == (own_base, own_vat):
            continue
        rate = rate_text(key[1])
        message = (
            f"{name(z)}: at {rate} (VAT code {key[0]}) receipts sum to base {display(own_base)} and VAT {display(own_vat)}, "
            f"the Z says base {display(base)} and VAT {display(vat)}."
        )
        same_base = base == own_base
        yield z_finding(
            "receipts_sum_to_vat",
            z,
            message,
            FIX_AT_SOURCE,
            subject=f"{'VAT' if same_base else 'base'} at {rate}",
            expected=vat if same_base else base,
            actual=own_vat if same_base else own_base,
        )
