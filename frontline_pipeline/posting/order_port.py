"""What sending orders needs of 24SevenOffice's Invoice service, in our own nouns.

Belongs here: the order as it is saved and as it is read, what came of saving it, the protocol of the calls.
Does not: SOAP (office/), decide what is sent (order_sending.py). Quantities are thousandths, discounts thousandths of a percent,
amounts øre.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.orders.model import Address

Change = Literal["Add", "Edit", "Delete"]


@dataclass(frozen=True, slots=True)
class RowTax:
    """A row's own VAT (TaxSettings): the code as it is sent, its rate and its VAT account."""

    code: str
    rate: int
    account: int | None


@dataclass(frozen=True, slots=True)
class RowToSave:
    """One row. `row_id` and `change` on an order that exists: rows are edited one by one (API.md section 6)."""

    kind: str
    product_id: int | None
    text: str | None = field(repr=False)
    quantity: int
    price: Ore
    discount: int
    tax: RowTax | None = None
    department_id: int | None = None
    project_id: int | None = None
    dimensions: tuple[tuple[int, str], ...] = ()
    row_id: int | None = None
    change: Change | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class OrderToSave:
    """One order as it is sent. Personal fields do not show in its repr."""

    reference: str
    """ReferenceNumber: our key, at most 50 characters."""
    order_id: int | None
    """None makes a new order."""
    customer_id: int
    status: str
    ordered_on: dt.date
    invoiced_on: dt.date | None
    prices_incl_vat: bool
    currency: str
    rows: tuple[RowToSave, ...]
    payment_days: int | None = None
    your_reference: str | None = field(default=None, repr=False)
    kid: str | None = None
    title: str | None = field(default=None, repr=False)
    delivery: Address | None = field(default=None, repr=False)
    delivery_date: dt.date | None = None
    distribution: str | None = None
    automatic_sending: bool = False
    invoice_email: str | None = field(default=None, repr=False)
    department_id: int | None = None
    project_id: int | None = None
    external_status: int | None = None
    reference_order_id: int | None = None
    """The original of a credit note."""
    reference_invoice_id: int | None = None


@dataclass(frozen=True, slots=True)
class OrderSaved:
    """What came of one order of a request, in the order sent: its numbers, the refusal in the service's words, or the failure that
    leaves it unsent or unknown."""

    order_id: int | None
    invoice_id: int | None = None
    refusal: str | None = None
    failure: OfficeError | None = None


@dataclass(frozen=True, slots=True)
class RowFound:
    """A row as 24SevenOffice has it, in its order."""

    row_id: int
    kind: str
    product_id: int | None
    quantity: int
    price: Ore
    discount: int


@dataclass(frozen=True, slots=True)
class OrderFound:
    """An order as 24SevenOffice has it; totals as it computed them."""

    order_id: int
    invoice_id: int | None
    reference: str
    customer_id: int
    status: str
    total: Ore
    total_vat: Ore
    rows: tuple[RowFound, ...] = ()
    credits_order: int | None = None
    """The order that a credit note refers to."""
    credits_invoice: int | None = None

    @property
    def is_invoiced(self) -> bool:
        """Whether it can't be edited any more."""
        return self.status == "Invoiced" or self.invoice_id is not None


class OrderPort(Protocol):
    """The Invoice service. The reads raise NotSent, ReadFailed or Rejected; only `save_orders` may raise Unknown."""

    def save_orders(self, orders: Sequence[OrderToSave]) -> list[OrderSaved]:
        """Save orders in one request; one answer each. Rejected: none of them was saved."""

    def find_orders(
        self,
        *,
        order_ids: Sequence[int] = (),
        customer_ids: Sequence[int] = (),
        changed_after: dt.datetime | None = None,
    ) -> list[OrderFound]:
        """Orders by id, or those of customers; with their rows."""

    def registered_orders(self, since: dt.datetime) -> list[int]:
        """Numbers of all orders of the client that were registered after a time."""
