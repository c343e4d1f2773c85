"""Proof of a store-day's receipts: do they tie by themselves, and do they sum to the Z-reports?

Belongs here: the rules of the asset `receipts` over the receipts of one store-day.
Does not: reading the frames (receipt_rows.py), summing them (receipt_sums.py; receipt_facts.py for what the Z-report itself needs),
the rules of a Z-report (z_report.py).

Credit sales and credit returns stay in the frames and out of the sums: they are not cash sales (kassasystemforskrifta s. 2-8-2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from frontline_pipeline.accounting.diagnosis import with_causes
from frontline_pipeline.accounting.model import Finding, ZReport
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.receipt_rows import (
    ReceiptRows,
    delivered,
    receipt_rows,
)
from frontline_pipeline.accounting.receipt_sums import (
    RateSums,
    ReceiptSums,
    keys_of,
    stated_tenders,
    tender_gaps,
    tips_inside,
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
)
from frontline_pipeline.settings import StoreProfile


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
    found += tie_out(raw_receipts, z_reports, profile)
    return ReceiptProof(raw_receipts, tuple(with_causes(found, z_reports, profile, raw_receipts)))


def tie_out(receipts: Bundle, z_reports: tuple[ZReport, ...], profile: StoreProfile) -> list[Finding]:
    """The rules over receipts frames that are structurally valid (validity.py): what ties, and what does not."""
    rows = receipt_rows(receipts)
    found = _unknown_z(receipts, rows, z_reports)
    sums = ReceiptSums(rows)
    found += _orphans(receipts, rows)
    for z in z_reports:
        if z.key not in sums.keys:
            if z.receipt_count or z.return_count or z.sales_total:
                found.append(_missing(z, profile))
            continue
        found += rule_receipts_tie_internally(z, sums, profile)
        found += rule_receipts_sum_to_sales(z, sums)
        found += rule_receipts_sum_to_tenders(z, sums, profile)
        found += rule_receipts_sum_to_vat(z, sums, profile)
    return found


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
        for k in sorted(keys_of(rows.zs) - known)
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


def rule_receipts_tie_internally(z: ZReport, sums: ReceiptSums, profile: StoreProfile) -> list[Finding]:
    """Per receipt: payments = amount + rounding, and lines = amount (DOMAIN A.4).

    Where the tips of the Z equal the sum by which payments exceed receipts, the tip was paid with the receipt: no fault.
    """
    rule = "receipts_tie_internally"
    unpaid = sums.unpaid.get(z.key, [])
    if tips_inside(z, sums.payments(z.key), profile):
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


def rule_receipts_sum_to_sales(z: ZReport, sums: ReceiptSums) -> list[Finding]:
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


def rule_receipts_sum_to_tenders(z: ZReport, sums: ReceiptSums, profile: StoreProfile) -> list[Finding]:
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


def rule_receipts_sum_to_vat(z: ZReport, sums: ReceiptSums, profile: StoreProfile) -> list[Finding]:
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
