"""The names of all rules of the proof, and how a finding is made from one.

Belongs here: the table of rules (name, asset whose check it is, blocking or not, description), the helper that makes a Finding.
Does not: the rules themselves (z_report.py, mapping.py, receipts.py), Dagster's checks (checks/, which are made from this table).
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

from frontline_pipeline.accounting.model import Finding, Severity, ZReport
from frontline_pipeline.accounting.money import Ore, text


class Rule(NamedTuple):
    """One rule: the asset whose check it is, whether a failure holds the store-day, what it says."""

    asset: Literal["z_reports", "receipts"]
    blocking: bool
    description: str


RULES: dict[str, Rule] = {
    "frames_valid": Rule(
        "z_reports", True, "Columns, types, keys and choices of the Z frames are as the contract says."
    ),
    "z_unique": Rule("z_reports", True, "No Z-report stands twice in the store-day."),
    "z_balances": Rule(
        "z_reports", True, "Tenders = sales + rounding + pay-ins - pay-outs + tips, by the store's vendor rule."
    ),
    "rounding_known": Rule(
        "z_reports", True, "Cash rounding is stated by the register or its receipts, never a residual."
    ),
    "rounding_only_with_cash": Rule(
        "z_reports", True, "Rounding only where cash was paid, at most 0.50 per cash sale or refund."
    ),
    "vat_sums_to_sales": Rule(
        "z_reports", True, "Base + VAT of all rates = total sales exactly, per rate where the gross is known."
    ),
    "vat_matches_rate": Rule("z_reports", True, "VAT is what base and rate give, within half an øre per receipt line."),
    "vat_base_is_net": Rule("z_reports", True, "The VAT base is net of VAT, and VAT was not taken of the gross."),
    "currency_converted": Rule(
        "z_reports",
        True,
        "Takings in foreign currency, converted once at their rate, are the kroner of the Z within rounding.",
    ),
    "article_groups_sum": Rule("z_reports", False, "Article groups sum to total sales."),
    "vat_rate_valid": Rule("z_reports", True, "Each rate was in force in Norway on the day of the sale."),
    "everything_mapped": Rule(
        "z_reports", True, "Every register, tender, VAT code, movement, customer and account has its setting."
    ),
    "business_day_agrees": Rule("z_reports", False, "Last sale and close belong to the business day of the Z-report."),
    "credit_sales_apart": Rule("z_reports", False, "No credit sales that would have to be booked apart from the Z."),
    "credit_sales_proven": Rule(
        "z_reports", True, "Credit sales that the journal books are their receipts, in total and with their VAT."
    ),
    "lines_estimated": Rule("z_reports", False, "The number of receipt lines per rate is known, not estimated."),
    "open_as_planned": Rule("z_reports", False, "The store was open by its calendar."),
    "receipts_delivered": Rule(
        "receipts", True, "Receipts came with the Z-reports where the store's setting expects them."
    ),
    "receipts_valid": Rule(
        "receipts", True, "Columns, types, keys and choices of the receipt frames are as the contract says."
    ),
    "receipts_tie_internally": Rule(
        "receipts", True, "On each receipt the payments are amount + rounding, and the lines sum to the amount."
    ),
    "receipts_sum_to_tenders": Rule("receipts", True, "Payments on receipts sum to the Z-report per tender."),
    "receipts_sum_to_vat": Rule("receipts", True, "Base and VAT of receipts sum to the Z-report per rate."),
    "receipts_sum_to_sales": Rule("receipts", True, "Sales and returns sum to the Z-report's total sales."),
}
"""Rule name -> asset, blocking, description. A finding may still be a WARN under a blocking rule; `Finding.holds` decides."""

FIX_AT_SOURCE = (
    "Nothing was posted. Compare with the printed Z-report; correct the extract at Frontline and import it again."
)

CAP = 20
"""Findings listed per rule and Z-report or frame; more are counted, not listed."""


def make_finding(
    rule: str,
    store: str,
    business_day: dt.date,
    message: str,
    next_step: str,
    *,
    z: ZReport | None = None,
    warn: bool = False,
    register: str | None = None,
    z_number: str | None = None,
    subject: str | None = None,
    expected: Ore | str | None = None,
    actual: Ore | str | None = None,
) -> Finding:
    """A finding of `rule`: ERROR and blocking as the table says, or WARN when the rule does not block or `warn` is set.

    Amounts given as øre become text with two decimals, and their difference (actual - expected) is filled in.
    """
    blocking = RULES[rule].blocking and not warn
    both = isinstance(expected, int) and isinstance(actual, int)
    return Finding(
        rule=rule,
        severity=Severity.ERROR if blocking else Severity.WARN,
        blocking=blocking,
        store=store,
        business_day=business_day,
        message=message,
        next_step=next_step,
        register=z.register if z else register,
        z_number=z.z_number if z else z_number,
        subject=subject,
        expected=text(expected) if isinstance(expected, int) else expected,
        actual=text(actual) if isinstance(actual, int) else actual,
        difference=text(int(actual) - int(expected)) if both and actual is not None and expected is not None else None,
    )


def z_finding(
    rule: str,
    z: ZReport,
    message: str,
    next_step: str,
    *,
    warn: bool = False,
    subject: str | None = None,
    expected: Ore | str | None = None,
    actual: Ore | str | None = None,
) -> Finding:
    """A finding about one Z-report."""
    return make_finding(
        rule,
        z.store,
        z.business_day,
        message,
        next_step,
        z=z,
        warn=warn,
        subject=subject,
        expected=expected,
        actual=actual,
    )


def name(z: ZReport) -> str:
    """How messages name a Z-report."""
    return f"Z {z.z_number} on register {z.register}"
