"""What a simulated register keeps and produces: lines, payments, receipts, log events, the day, and the state carried on.

Belongs here: plain data of the sandbox's simulated shop, amounts in øre, quantities in thousandths, rates in thousandths of
a percent, times in seconds after midnight of the business day.
Does not: chance (shop.py), sums (shop_report.py), writing (generate_saft.py, generate_contract.py).
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from frontline_pipeline.accounting.money import Ore

Seconds = int
"""Seconds after midnight of the business day; 86 400 and above is the night after it."""

ReceiptKind = Literal["sale", "return", "credit_sale", "credit_return", "movement"]


class Line(NamedTuple):
    """A receipt line. Lines of the price list are shared between receipts, so that a big day stays small in memory."""

    article: str
    group: str
    quantity: int
    amount: Ore
    amount_ex: Ore
    vat: Ore
    vat_code: str
    rate: int
    discount: Ore = 0
    """Taken off at the till, positive; `amount` is after it."""


class Payment(NamedTuple):
    tender: str
    amount: Ore


@dataclass(slots=True)
class Receipt:
    """One transaction of the register's journal, in the order of `nr`.

    `movement` names the pay-in or pay-out code when `kind` is "movement"; such a transaction has no lines. A tip is part of
    the payments and not of the amount: payments = amount + rounding + tip.
    """

    nr: int
    kind: ReceiptKind
    at: Seconds
    operator: str
    lines: tuple[Line, ...]
    amount: Ore
    amount_ex: Ore
    rounding: Ore
    payments: tuple[Payment, ...]
    tip: Ore = 0
    customer: str | None = None
    original_nr: int | None = None
    original_day: dt.date | None = None
    movement: str | None = None
    void: bool = False
    training: bool = False

    @property
    def counts(self) -> bool:
        """Whether it takes part in sums: void and training receipts do not."""
        return not (self.void or self.training)


class LogEvent(NamedTuple):
    """An entry of the register's electronic journal that is not a receipt; `code` is the register's own event code."""

    at: Seconds
    code: str
    operator: str | None = None
    nr: int | None = None
    text: str | None = None
    group: str | None = None
    amount: Ore = 0


class Returnable(NamedTuple):
    """A sold line that a customer may bring back, on this or a later day."""

    nr: int
    day: dt.date
    line: Line
    tender: str
    customer: str | None


class Tally:
    """A count and an amount."""

    __slots__ = ("amount", "count")

    def __init__(self, count: int = 0, amount: Ore = 0) -> None:
        self.count = count
        self.amount = amount

    def add(self, amount: Ore, count: int = 1) -> None:
        self.count += count
        self.amount += amount

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and (self.count, self.amount) == (other.count, other.amount)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Tally({self.count}, {self.amount})"


@dataclass(slots=True)
class VatTotal:
    base: Ore = 0
    vat: Ore = 0
    gross: Ore = 0
    lines: int = 0


@dataclass(slots=True)
class Report:
    """Content of an X or Z report (kassasystemforskrifta s. 2-8-2, letters e to z); amounts in øre."""

    sales_total: Ore = 0
    rounding: Ore = 0
    groups: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """(operator, article group) -> receipts net of return receipts, amount incl. VAT."""
    tenders: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """(operator, tender) -> payments net of refunds, amount incl. movements and tips."""
    tips: dict[str, Tally] = field(default_factory=dict)
    """By tender."""
    vat: dict[tuple[str, int], VatTotal] = field(default_factory=dict)
    """(VAT code, rate); bases are net."""
    movements: dict[tuple[str, str], Tally] = field(default_factory=dict)
    """(code, tender) -> count, amount positive for its direction."""
    opening_float: Ore = 0
    receipt_count: int = 0
    drawer_openings: int = 0
    copies: Tally = field(default_factory=Tally)
    proformas: Tally = field(default_factory=Tally)
    returns: Tally = field(default_factory=Tally)
    discounts: Tally = field(default_factory=Tally)
    voids: Tally = field(default_factory=Tally)
    corrections: Tally = field(default_factory=Tally)
    inquiries: dict[str, Tally] = field(default_factory=dict)
    """Price look-ups by article group."""
    training: Tally = field(default_factory=Tally)
    credit_sales: Tally = field(default_factory=Tally)
    credit_memos: Tally = field(default_factory=Tally)
    """Returns of credit sales, positive. Neither is in the sales, the VAT or the tenders."""
    grand_total_sales: Ore = 0
    grand_total_return: Ore = 0
    tender_faults: dict[str, Ore] = field(default_factory=dict)
    """What a fault adds to the register's total of a tender; empty on an honest report."""

    @property
    def grand_total_net(self) -> Ore:
        return self.grand_total_sales - self.grand_total_return

    def tender_totals(self) -> dict[str, Tally]:
        """Totals by tender over all operators, with what a fault added."""
        totals = _fold(self.tenders)
        for tender, amount in self.tender_faults.items():
            totals.setdefault(tender, Tally()).amount += amount
        return totals

    def group_totals(self) -> dict[str, Tally]:
        """Totals by article group over all operators."""
        return _fold(self.groups)

    def movement_total(self, codes: tuple[str, ...]) -> Ore:
        """Sum of the movements with these codes, positive for their direction."""
        return sum(tally.amount for (code, _), tally in self.movements.items() if code in codes)


def _fold(by_operator: dict[tuple[str, str], Tally]) -> dict[str, Tally]:
    totals: dict[str, Tally] = {}
    for (_, key), tally in sorted(by_operator.items()):
        totals.setdefault(key, Tally()).add(tally.amount, tally.count)
    return totals


@dataclass(slots=True)
class RegisterState:
    """What a register carries from one day to the next. Mutated by the simulation; days must be run in order."""

    register: str
    z_number: int = 0
    x_number: int = 0
    next_nr: int = 1001
    next_event: int = 2001
    grand_total_sales: Ore = 0
    grand_total_return: Ore = 0
    drawer: Ore = 0
    """Cash in the drawer at opening: the change float."""
    returnable: deque[Returnable] = field(default_factory=lambda: deque(maxlen=60))


@dataclass(slots=True)
class RegisterDay:
    """One register's business day, closed by one Z-report."""

    store: str
    register: str
    day: dt.date
    z_number: int
    opened_at: Seconds
    """Time of the first transaction; of the opening when there was none."""
    closed_at: Seconds
    closed_by: str
    receipts: list[Receipt]
    log: list[LogEvent]
    """In order of time; the events of receipts are not here, they follow from the receipts."""
    report: Report
    x_reports: dict[int, tuple[str, Report]]
    """Position in `log` -> (X number, report)."""
    expected_cash: Ore
    """What should lie in the drawer at the close: float + cash takings."""
    counted_cash: Ore
    grand_total_before: tuple[Ore, Ore]
    """Grand total sales and returns before this day."""
    first_event: int = 0
    delivered: bool = True
    """False when a fault loses the day: it happened, its number is used, no extract tells of it."""
    repeated: bool = False
    """True when a fault delivers the Z-report twice."""
    terminal: int = 0
    drawers: int = 1
    """Drawers that are counted one by one; two share the cash."""

    def reference(self, receipt: Receipt) -> str:
        """Reference of the card terminal for a receipt's card payment."""
        return f"BAX: {self.terminal}-{receipt.nr:08d}"
