"""The names of the rules that orders are proven by, and how a finding is made from one.

Belongs here: the table of rules, the helper that makes a finding about one order.
Does not: the rules themselves (proof.py, build.py), Dagster's checks (checks/orders.py).
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from frontline_pipeline.accounting.model import Finding, Severity
from frontline_pipeline.accounting.money import Ore, text


class OrderRule(NamedTuple):
    """One rule: whether a failure holds all orders of the store-day (else only the order it names), and what it says."""

    blocking: bool
    description: str


ORDER_RULES: dict[str, OrderRule] = {
    "orders_valid": OrderRule(True, "Columns, types, keys and choices of the order frames are as the contract says."),
    "order_complete": OrderRule(False, "Every order has rows, and every row an order."),
    "order_known": OrderRule(False, "Kind of order and currency are among the settings' own."),
    "order_totals": OrderRule(False, "Totals incl. and excl. VAT are the sums of the rows, to the øre."),
    "order_discount": OrderRule(False, "Discounts lie between 0 and 100 %."),
    "order_row_amounts": OrderRule(False, "A row's net is quantity x price less discount, within half an øre."),
    "order_vat": OrderRule(
        False, "VAT of each row is what its net and rate give, and the rate was in force; its VAT code has accounts."
    ),
}
"""Rule name -> what it holds, description: the checks of the asset `orders`."""

DELIVER_AGAIN = "The order was not sent; the others go on. Correct it in Frontline and deliver it again."


def order_finding(
    rule: str,
    store: str,
    day: dt.date,
    message: str,
    next_step: str = DELIVER_AGAIN,
    *,
    subject: str | None = None,
    expected: Ore | str | None = None,
    actual: Ore | str | None = None,
) -> Finding:
    """A finding about one order (`subject`: its key); amounts in øre become text with two decimals."""
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        blocking=ORDER_RULES[rule].blocking,
        store=store,
        business_day=day,
        message=message,
        next_step=next_step,
        subject=subject,
        expected=text(expected) if isinstance(expected, int) else expected,
        actual=text(actual) if isinstance(actual, int) else actual,
        difference=text(actual - expected) if isinstance(actual, int) and isinstance(expected, int) else None,
    )
