"""Why a Z-report does not add up: ranked causes, each with its evidence and what to do.

Belongs here: the equations of a Z (sheet.py), the faults that could move them (suspects_*.py), the shortest account (explain.py),
advice (words.py).
Does not: deciding that it does not add up (z_report.py, z_vat.py, receipts.py), and it never repairs anything: no amount is plugged.

Every suspect is a Z-report as it would be without one fault. A suspect explains an imbalance when it leaves no equation and no rule
broken, alone or with one other; the explanation that takes least to say comes first. What the data cannot tell apart is given the same
rank. docs/diagnosis.md has the measured results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from frontline_pipeline.accounting.causes import Cause
from frontline_pipeline.accounting.diagnosis.explain import Explanation, explanations
from frontline_pipeline.accounting.diagnosis.sheet import Fitting, Loose, Sheet, Suspect
from frontline_pipeline.accounting.diagnosis.suspects_digits import digit_suspects
from frontline_pipeline.accounting.diagnosis.suspects_groups import group_suspects, loose_groups
from frontline_pipeline.accounting.diagnosis.suspects_movements import (
    loose_movements,
    loose_turnover,
    movement_suspects,
    turnover_suspects,
)
from frontline_pipeline.accounting.diagnosis.suspects_receipts import (
    account_suspects,
    receipt_suspects,
    return_suspects,
    undelivered,
)
from frontline_pipeline.accounting.diagnosis.suspects_registers import register_suspects
from frontline_pipeline.accounting.diagnosis.suspects_tenders import loose_tenders, rounding_suspects, tender_suspects
from frontline_pipeline.accounting.diagnosis.suspects_vat import vat_rows, vat_suspects
from frontline_pipeline.accounting.diagnosis.suspects_vat_loose import loose_vat
from frontline_pipeline.accounting.diagnosis.words import ADVICE, told
from frontline_pipeline.accounting.model import Finding, ZKey, ZReport
from frontline_pipeline.accounting.receipt_rows import delivered, receipt_rows
from frontline_pipeline.accounting.receipt_sums import ReceiptSums
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.settings import StoreProfile

MOST = 4
"""Causes listed; more would not help a person."""

EXPLAINED = frozenset(
    {
        "z_balances",
        "rounding_known",
        "rounding_only_with_cash",
        "vat_sums_to_sales",
        "vat_matches_rate",
        "vat_base_is_net",
        "vat_rate_valid",
        "article_groups_sum",
        "receipts_tie_internally",
        "receipts_sum_to_sales",
        "receipts_sum_to_tenders",
        "receipts_sum_to_vat",
    }
)
"""Rules whose findings are given causes."""


def diagnose(
    zs: Sequence[ZReport], profile: StoreProfile, receipts: Bundle | None = None
) -> dict[ZKey, tuple[Cause, ...]]:
    """Causes per Z-report of a store-day that does not add up, likeliest first; none for one that does.

    `receipts`: those of the store-day when they can be read (proof.usable_receipts). A Z that stands twice is judged once.
    """
    rows = receipt_rows(receipts) if receipts is not None and delivered(receipts) else None
    sums = ReceiptSums(rows) if rows is not None else None
    found: dict[ZKey, tuple[Cause, ...]] = {}
    for z in zs:
        siblings = [other for other in zs if other.key != z.key]
        sheet = Sheet(z, profile, siblings, rows, sums)
        if not sheet.balanced and z.key not in found:
            found[z.key] = causes(sheet)
    return found


def causes(sheet: Sheet) -> tuple[Cause, ...]:
    """Causes of one unbalanced Z-report, likeliest first, at most MOST."""
    suspects = [suspect for suspect in _suspects(sheet) if suspect is not None]
    return _ranked(explanations(sheet, suspects, list(_loose(sheet)), list(_fitting(sheet))))


def _suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    return chain(
        tender_suspects(sheet),
        rounding_suspects(sheet),
        movement_suspects(sheet),
        turnover_suspects(sheet),
        return_suspects(sheet),
        account_suspects(sheet),
        receipt_suspects(sheet),
        vat_suspects(sheet),
        group_suspects(sheet),
        digit_suspects(sheet),
        register_suspects(sheet),
    )


def _loose(sheet: Sheet) -> Iterator[Loose]:
    return chain(
        loose_tenders(sheet), loose_movements(sheet), loose_turnover(sheet), loose_vat(sheet), loose_groups(sheet)
    )


def _fitting(sheet: Sheet) -> Iterator[Fitting]:
    return chain(undelivered(sheet), vat_rows(sheet))


def _ranked(found: Sequence[Explanation]) -> tuple[Cause, ...]:
    out: dict[tuple[str, str], Cause] = {}
    for number, explanation in enumerate(found):
        # Equal are the explanations that cost the same as the best one; one that shares a fault with another is not told again.
        told_already = any((fault.kind.value, fault.subject) in out for fault in explanation.faults)
        rank = 1 if explanation.bits == found[0].bits and not told_already else len(out) + 1
        for fault in explanation.faults:
            if len(out) == MOST:
                return tuple(out.values())
            out.setdefault(
                (fault.kind.value, fault.subject),
                Cause(
                    rank,
                    fault.kind,
                    fault.subject,
                    fault.evidence,
                    ADVICE[fault.kind],
                    together=len(explanation.faults) > 1,
                    partial=explanation.partial,
                    explanation=number + 1,
                ),
            )
        if number > 10 * MOST:
            break
    return tuple(out.values())


def with_causes(
    findings: Sequence[Finding], zs: Sequence[ZReport], profile: StoreProfile, receipts: Bundle | None = None
) -> list[Finding]:
    """The findings; those about figures that do not add up carry the causes of their Z, in words in `next_step` as well."""
    concerned = [f for f in findings if f.rule in EXPLAINED and f.register is not None]
    if not any(f.rule != "rounding_known" or f.holds for f in concerned):
        return list(findings)
    named = diagnose(zs, profile, receipts)
    return [_with(finding, named) for finding in findings]


def _with(finding: Finding, named: dict[ZKey, tuple[Cause, ...]]) -> Finding:
    if finding.rule not in EXPLAINED or finding.register is None or finding.z_number is None:
        return finding
    causes_ = named.get(ZKey(finding.register, finding.z_number), ())
    if not causes_:
        return finding
    return replace(finding, causes=causes_, next_step=f"{finding.next_step} {told(causes_)}")
