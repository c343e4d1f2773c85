"""Faults that a real till or export makes, put into one register's day on request.

Belongs here: the closed list of faults, each changing exactly what its text says and nothing else.
Does not: finding them (accounting/, checks/), chance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.sandbox.shop_model import Payment, RegisterDay, RegisterState, VatTotal
from frontline_pipeline.sandbox.shop_profiles import whole_kroner
from frontline_pipeline.sandbox.shop_report import summarise

FaultKind = Literal[
    "unbalanced",
    "one_ore",
    "vat_of_gross",
    "unknown_tender",
    "missing_day",
    "duplicate_z",
    "z_gap",
    "rounding_on_card",
    "receipt_lost",
    "grand_total",
]

FAULTS: dict[FaultKind, str] = {
    "unbalanced": "the Z-report's card tender is 500.00 too low; its receipts are right",
    "one_ore": "the Z-report's card tender is 0.01 too low; its receipts are right",
    "vat_of_gross": "the Z-report gives gross sales as VAT base and takes VAT of gross, as the withdrawn 2016 example does",
    "unknown_tender": "one tender (Vipps, else card, else cash) is called MYNTAPP, type 12999, in Z-report and receipts alike",
    "missing_day": "the day is never delivered; its Z number is used up",
    "duplicate_z": "the Z-report is delivered twice, its receipts once",
    "z_gap": "the register skips one Z number before this Z-report",
    "rounding_on_card": "one receipt paid by card is rounded to whole kroner (by 0.40 when it is whole already); all sums agree",
    "receipt_lost": "one sales receipt is not delivered, though the Z-report counts it",
    "grand_total": "grand total sales and net of this Z-report are 1000.00 too high; the next day runs on from the right ones",
}

UNKNOWN_TENDER = "MYNTAPP"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one place; without a register it strikes all of the store's. Raises ValueError for an unknown kind."""

    kind: FaultKind
    store: str
    day: dt.date
    register: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"{self.kind!r} is no fault; known: {', '.join(FAULTS)}")

    def strikes(self, store: str, register: str, day: dt.date) -> bool:
        return (self.store, self.day) == (store, day) and self.register in (None, register)


def before_day(kind: FaultKind, state: RegisterState) -> None:
    """What a fault does to the register before the day is run."""
    if kind == "z_gap":
        state.z_number += 1


def after_day(kind: FaultKind, day: RegisterDay) -> None:
    """What a fault does to the day that was run; raises ValueError when the day has nothing it could strike."""
    if kind in _AFTER:
        _AFTER[kind](day)


def _impossible(kind: FaultKind, day: RegisterDay, what: str) -> ValueError:
    return ValueError(
        f"fault {kind} needs {what} on register {day.register} of {day.store} on {day.day}; there is none"
    )


def _card_too_low(kind: FaultKind, amount: Ore) -> Callable[[RegisterDay], None]:
    def strike(day: RegisterDay) -> None:
        if "KORT" not in day.report.tender_totals():
            raise _impossible(kind, day, "a card payment")
        day.report.tender_faults["KORT"] = -amount

    return strike


def _vat_of_gross(day: RegisterDay) -> None:
    day.report.vat = {
        (code, rate): VatTotal(total.gross, _percent(total.gross, rate), total.gross, total.lines)
        for (code, rate), total in day.report.vat.items()
    }


def _percent(amount: Ore, rate: int) -> Ore:
    """`rate` of `amount`, half up; the sign kept."""
    if amount < 0:
        return -_percent(-amount, rate)
    return (2 * amount * rate + 100_000) // 200_000


def _unknown_tender(day: RegisterDay) -> None:
    used = {payment.tender for receipt in day.receipts if receipt.counts for payment in receipt.payments}
    tender = next((t for t in ("VIPPS", "KORT", "KONTANT") if t in used), None)
    if tender is None:
        raise _impossible("unknown_tender", day, "a payment by Vipps, card or cash")
    for receipt in day.receipts:
        receipt.payments = tuple(
            Payment(UNKNOWN_TENDER, p.amount) if p.tender == tender else p for p in receipt.payments
        )
    _sum_again(day)


def _rounding_on_card(day: RegisterDay) -> None:
    paid_by_card = [
        r
        for r in day.receipts
        if r.counts and r.kind == "sale" and not r.tip and [p.tender for p in r.payments] == ["KORT"]
    ]
    if not paid_by_card:
        raise _impossible("rounding_on_card", day, "a sale paid by card alone")
    receipt = next((r for r in paid_by_card if r.amount % 100), paid_by_card[0])
    receipt.rounding = whole_kroner(receipt.amount) - receipt.amount or -40
    receipt.payments = (Payment("KORT", receipt.amount + receipt.rounding),)
    _sum_again(day)


def _receipt_lost(day: RegisterDay) -> None:
    index = next((i for i, r in enumerate(day.receipts) if r.counts and r.kind == "sale"), None)
    if index is None:
        raise _impossible("receipt_lost", day, "a sale")
    del day.receipts[index]


def _missing_day(day: RegisterDay) -> None:
    day.delivered = False


def _duplicate_z(day: RegisterDay) -> None:
    day.repeated = True


def _grand_total(day: RegisterDay) -> None:
    day.report.grand_total_sales += 100_000


def _sum_again(day: RegisterDay) -> None:
    day.report = summarise(day.receipts, day.log, day.report.opening_float, day.grand_total_before)
    # Earlier X reports of the day are summed over the same, now changed receipts.
    for position, (number, report) in day.x_reports.items():
        so_far = [r for r in day.receipts if r.at < day.log[position].at]
        again = summarise(so_far, day.log[:position], report.opening_float, day.grand_total_before)
        day.x_reports[position] = (number, again)


_AFTER: dict[FaultKind, Callable[[RegisterDay], None]] = {
    "unbalanced": _card_too_low("unbalanced", 50_000),
    "one_ore": _card_too_low("one_ore", 1),
    "vat_of_gross": _vat_of_gross,
    "unknown_tender": _unknown_tender,
    "missing_day": _missing_day,
    "duplicate_z": _duplicate_z,
    "rounding_on_card": _rounding_on_card,
    "receipt_lost": _receipt_lost,
    "grand_total": _grand_total,
}
if set(FAULTS) != set(get_args(FaultKind)):
    raise RuntimeError("FAULTS and FaultKind name different faults")
