"""Proof of one Z-report: does it add up?

Belongs here: the arithmetic that a Z must satisfy, each rule a pure function of one ZReport and the store's profile.
Does not: reading frames (from_frames.py), what needs a setting (mapping.py), sums over receipts (receipts.py), continuity from
Z to Z (chain.py), naming the cause (diagnosis/).
"""

from __future__ import annotations

from collections import Counter

from frontline_pipeline.accounting.from_frames import expected_tenders, included_movements
from frontline_pipeline.accounting.model import Finding, RoundingSource, ZReport
from frontline_pipeline.accounting.money import Ore, display, text
from frontline_pipeline.accounting.receipt_facts import LIMIT_PER_RECEIPT, business_day_of
from frontline_pipeline.accounting.rules import CAP, FIX_AT_SOURCE, name, z_finding
from frontline_pipeline.settings import StoreProfile


def rule_z_unique(zs: tuple[ZReport, ...]) -> list[Finding]:
    """The same (register, Z number) stands once; 0102 and 102 are one number (kassasystemforskrifta s. 2-8-3: never reused)."""
    seen = Counter((z.register, _plain(z.z_number)) for z in zs)
    out: list[Finding] = []
    for z in zs:
        times = seen.pop((z.register, _plain(z.z_number)), 1)
        if times > 1:
            message = f"{name(z)} stands {times} times in {z.store} {z.business_day}; a Z number is used once."
            step = "Nothing was posted. Find out which row is right and remove the other from the extract."
            out.append(z_finding("z_unique", z, message, step, expected="1", actual=str(times)))
    return out


def _plain(z_number: str) -> str:
    return (z_number.lstrip("0") or "0") if z_number.isdigit() else z_number


def rule_z_balances(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Tenders = sales + rounding + pay-ins - pay-outs + tips, the last three as the vendor rule says (DOMAIN D).

    With unknown rounding a difference that rounding could explain is left to `rounding_known`, a larger one is reported here.
    """
    expected = expected_tenders(z, profile)
    difference = z.tender_total - expected
    if difference == 0 or (z.rounding is None and abs(difference) <= possible_rounding(z)):
        return []
    message = (
        f"{name(z)} does not balance: tenders say {display(z.tender_total)}, sales + rounding + movements say "
        f"{display(expected)}, difference {display(difference)}."
    )
    step = f"{FIX_AT_SOURCE} Nothing is plugged."
    parts = f"sales {display(z.sales_total)}, rounding {display(z.rounding or 0)}, movements {display(included_movements(z, profile))}"
    return [z_finding("z_balances", z, message, step, subject=parts, expected=expected, actual=z.tender_total)]


def possible_rounding(z: ZReport) -> Ore:
    """The most that the cash sales and refunds of a Z can have been rounded by, in øre."""
    return LIMIT_PER_RECEIPT * (z.receipt_count + z.return_count)


def rule_rounding_known(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Rounding comes from the register or its receipts; a residual is taken only by setting, in draft, with a WARN (DOMAIN 0.1)."""
    residual = z.tender_total - expected_tenders(z, profile)
    if z.rounding is None:
        message = (
            f"ROUNDING_UNKNOWN: {name(z)} states no cash rounding and no receipts give it; "
            f"the tenders differ from sales and movements by {display(residual)}."
        )
        step = (
            "Nothing was posted. Deliver the rounding (column z_reports.rounding, 0.00 when there was none) or the receipts. "
            f"Or, knowing that it can hide other faults, set stores.{profile.code}.rounding: derive (drafts only)."
        )
        return [z_finding("rounding_known", z, message, step, expected="a stated rounding", actual="none")]
    if z.rounding_source is RoundingSource.DERIVED:
        message = f"{name(z)}: rounding {display(z.rounding)} is the residual, by the store's setting; it may hide a fault of that size."
        step = "Look at the draft before you post it: is this the rounding of the day's cash receipts?"
        return [z_finding("rounding_known", z, message, step, warn=True, actual=z.rounding)]
    facts = z.receipts
    if facts is not None and facts.rounding != z.rounding:
        message = (
            f"{name(z)} says rounding {display(z.rounding)}, its {facts.count} receipts sum to {display(facts.rounding)}, "
            f"difference {display(z.rounding - facts.rounding)}."
        )
        return [z_finding("rounding_known", z, message, FIX_AT_SOURCE, expected=facts.rounding, actual=z.rounding)]
    return []


def rule_rounding_only_with_cash(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Only notes and coins are rounded, to the whole krone: at most 0.50 per cash sale or refund (DOMAIN C.4).

    With receipts each is judged by itself; without, the sum is bounded by the number of receipts and needs a cash tender.
    """
    rule = "rounding_only_with_cash"
    if z.receipts is not None:
        large = dict(z.receipts.rounding_too_large)
        odd = [
            (receipt, amount, f"{text(amount)}: at most 0.50 is possible", "at most 0.50")
            for receipt, amount in large.items()
        ] + [
            (receipt, amount, f"{text(amount)} though no cash was paid", "0.00")
            for receipt, amount in z.receipts.rounding_without_cash
            if receipt not in large
        ]
        found = [
            z_finding(
                rule,
                z,
                f"{name(z)}: receipt {receipt} has rounding {words}.",
                FIX_AT_SOURCE,
                subject=f"receipt {receipt}",
                expected=expected,
                actual=amount,
            )
            for receipt, amount, words, expected in odd[:CAP]
        ]
        if len(odd) > CAP:
            more = f"{name(z)}: {len(odd) - CAP} more receipts have impossible rounding."
            found.append(z_finding(rule, z, more, FIX_AT_SOURCE))
        if found:
            return found
    if not z.rounding:
        return []
    if not _took_cash(z, profile):
        message = f"{name(z)} has rounding {display(z.rounding)} but no cash; only notes and coins are rounded."
        step = f"{FIX_AT_SOURCE} If a tender is cash without SAF-T type 12001, set `cash: true` on it in the settings."
        return [z_finding(rule, z, message, step, expected=0, actual=z.rounding)]
    receipts = z.receipts.count if z.receipts else z.receipt_count + z.return_count
    if abs(z.rounding) > LIMIT_PER_RECEIPT * receipts:
        most = LIMIT_PER_RECEIPT * receipts
        message = f"{name(z)} has rounding {display(z.rounding)}; {receipts} receipts can round by at most {display(most)} in all."
        return [z_finding(rule, z, message, FIX_AT_SOURCE, expected=f"at most {display(most)}", actual=z.rounding)]
    return []


def _took_cash(z: ZReport, profile: StoreProfile) -> bool:
    cash = [t for t in z.tenders if profile.is_cash(t.tender, t.tender_type)]
    # Sales and refunds may cancel out: a row of zero with returns in the Z can still have been rounded.
    return any(t.amount or t.count for t in cash) or bool(cash and (z.return_count or z.receipts))


def rule_article_groups_sum(z: ZReport) -> list[Finding]:
    """Article groups are incl. VAT and net of returns, so they sum to total sales (DOMAIN A.3); not delivered = nothing to prove."""
    total = sum(group.amount for group in z.article_groups)
    if not z.article_groups or total == z.sales_total:
        return []
    message = (
        f"{name(z)}: article groups sum to {display(total)}, total sales are {display(z.sales_total)}, "
        f"difference {display(total - z.sales_total)}."
    )
    step = "Posted all the same: the voucher does not use the groups of the Z. Ask Frontline which group is missing."
    return [z_finding("article_groups_sum", z, message, step, expected=z.sales_total, actual=total)]


def rule_business_day_agrees(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """The day of the last sale less the cut-off, and that of the close, are the business day (ARCHITECTURE; scenario B11)."""
    cut_off = profile.store.cut_off
    out: list[Finding] = []
    for label, moment in (("the last sale was", z.last_sale_at), ("it was closed", z.closed_at)):
        if moment is None or business_day_of(moment, cut_off) == z.business_day:
            continue
        message = (
            f"{name(z)} belongs to {z.business_day}, but {label} at {moment:%Y-%m-%d %H:%M} "
            f"(cut-off {cut_off:%H:%M}); it is booked on {z.business_day}."
        )
        step = "Check that the business day is right, above all around the turn of a month or year and a change of VAT rate."
        day = business_day_of(moment, cut_off)
        out.append(z_finding("business_day_agrees", z, message, step, expected=str(day), actual=str(z.business_day)))
    return out + _several_days(z)


def _several_days(z: ZReport) -> list[Finding]:
    """A Z that was not run each evening (bokføringsforskriften s. 5-3-14) holds the sales of several days; they are booked on one."""
    days = z.receipts.sales_by_day if z.receipts else ()
    if len(days) < 2:
        return []
    told = ", ".join(f"{day} {display(amount)}" for day, amount in days)
    message = f"{name(z)} holds the sales of {len(days)} days ({told}); all are booked on {z.business_day}."
    step = "A register is to be closed each day it is used. Keep the explanation with the settlement."
    if {(day.year, day.month) for day, _ in days} != {(z.business_day.year, z.business_day.month)}:
        step += " The days lie in different months: look whether a part belongs to another VAT period or year, and move it by hand."
    return [
        z_finding("business_day_agrees", z, message, step, subject="several days", expected="1", actual=str(len(days)))
    ]
