"""Takings in foreign currency: converted once on the day's total, and how far the register's own kroner may be from that.

Belongs here: the conversion of a tender row, its residual, the bound of the residual.
Does not: accounts (mapping.py), ledger lines (voucher.py).

The ledger is kept in NOK (bokføringsloven s. 4). A register converts each payment and rounds it; converting the day's total once gives
some øre more or less, and the difference is agio or disagio, never a plug (scenario A26).
"""

from __future__ import annotations

from frontline_pipeline.accounting.model import Finding, TenderLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.rules import FIX_AT_SOURCE, name, z_finding
from frontline_pipeline.frames.spec import SCALE, Kind

HOME = "NOK"
PAR: int = 10 ** SCALE[Kind.EXCHANGE]
"""Exchange rate of one krone per unit, in millionths."""


def is_foreign(tender: TenderLine) -> bool:
    """Whether the customers paid in another currency than kroner."""
    return tender.currency != HOME


def converted(tender: TenderLine) -> Ore:
    """What the row is worth in øre: its foreign total at its rate, half an øre away from zero; the register's kroner without them."""
    if not is_foreign(tender) or tender.amount_currency is None or not tender.exchange_rate:
        return tender.amount
    size = (2 * abs(tender.amount_currency) * tender.exchange_rate + PAR) // (2 * PAR)
    return size if tender.amount_currency >= 0 else -size


def exchange_residual(tender: TenderLine) -> Ore:
    """The register's kroner less the converted total: positive when the register counted it too high."""
    return tender.amount - converted(tender)


def most_residual(tender: TenderLine, payments: int) -> Ore:
    """Whole øre that rounding can explain: per payment half an øre of the kroner, and half a hundredth of the currency at its rate."""
    return max(payments, 1) * (PAR + (tender.exchange_rate or 0)) // (2 * PAR)


def rule_currency_converted(z: ZReport) -> list[Finding]:
    """A foreign total comes with its rate, and at that rate gives the register's kroner within rounding."""
    out: list[Finding] = []
    for tender in z.tenders:
        what = f"{name(z)}: tender {tender.tender} in {tender.currency}"
        if not is_foreign(tender):
            if tender.amount_currency not in (None, tender.amount):
                message = f"{what} has an amount in currency of {display(tender.amount_currency or 0)}, but {display(tender.amount)} in kroner."
                out.append(z_finding("currency_converted", z, message, FIX_AT_SOURCE, subject=tender.tender))
            continue
        if tender.amount_currency is None:
            continue
        if not tender.exchange_rate or tender.exchange_rate < 0:
            message = f"{what} has {display(tender.amount_currency)} {tender.currency} but no exchange rate."
            out.append(z_finding("currency_converted", z, message, FIX_AT_SOURCE, subject=tender.tender))
            continue
        payments = tender.count or (z.receipt_count + z.return_count)
        most = most_residual(tender, abs(payments))
        if abs(exchange_residual(tender)) > most:
            message = (
                f"{what}: {display(tender.amount_currency)} {tender.currency} at the rate of the Z are {display(converted(tender))}, "
                f"the Z says {display(tender.amount)}; rounding of {max(abs(payments), 1)} payments explains at most {display(most)}."
            )
            step = f"{FIX_AT_SOURCE} The rate, the amount in {tender.currency} or the amount in kroner is wrong."
            out.append(
                z_finding(
                    "currency_converted",
                    z,
                    message,
                    step,
                    subject=f"{tender.tender} {tender.currency}",
                    expected=converted(tender),
                    actual=tender.amount,
                )
            )
    return out
