"""The nouns of order transfer: an order document with its rows, and what customers and products are called in 24SevenOffice.

Belongs here: frozen dataclasses that building and sending share.
Does not: behaviour (build.py, posting/), frames (frames/orders.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.settings_orders import Form, Prices


@dataclass(frozen=True, slots=True)
class ProductKey:
    """A product in 24SevenOffice: its internal id (never its visible number), and its VAT rate there, None when not known."""

    product_id: int
    rate: int | None = None


@dataclass(frozen=True)
class Keys:
    """What Frontline's customers and articles are called in 24SevenOffice, as matched before."""

    customers: Mapping[str, int] = field(default_factory=dict)
    products: Mapping[str, ProductKey] = field(default_factory=dict)
    held_customers: Mapping[str, str] = field(default_factory=dict)
    """Customer key -> why matching holds it."""
    held_products: Mapping[str, str] = field(default_factory=dict)
    """Article -> why matching holds it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A delivery address; personal data, never logged."""

    name: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        return "Address(...)"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One row; quantity in thousandths, discount and rate in thousandths of a percent, amounts in øre."""

    line_id: str
    kind: str
    article: str | None
    product_id: int | None
    text: str | None
    quantity: int
    price: Ore
    discount: int
    amount: Ore
    amount_excl_vat: Ore
    rate: int | None
    tax_code: str | None
    department_id: int | None = None
    project_id: int | None = None
    dimensions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderReceipt:
    """A receipt that an order holds."""

    register: str
    receipt_id: str
    z_number: str | None = None
    original_receipt: str | None = None


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """One order as it goes to 24SevenOffice. The fields that hold personal data do not show in its repr."""

    store: str
    business_day: dt.date
    document_key: str
    order_id: str
    source: str
    kind: str
    form: Form
    status: str
    credit: bool
    customer: str
    customer_id: int
    ordered_on: dt.date
    currency: str
    total: Ore
    total_excl_vat: Ore
    prices: Prices
    rows: tuple[OrderRow, ...]
    original_order: str | None = None
    payment_days: int | None = None
    reference: str | None = field(default=None, repr=False)
    kid: str | None = None
    title: str | None = field(default=None, repr=False)
    delivery_date: dt.date | None = None
    delivery: Address | None = field(default=None, repr=False)
    distribution: str | None = None
    automatic_sending: bool = False
    invoice_email: str | None = field(default=None, repr=False)
    department_id: int | None = None
    project_id: int | None = None
    external_status: int | None = None
    receipts: tuple[OrderReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An order that went out, and of which Frontline has nothing left."""

    document_key: str
    order_id: str


@dataclass(frozen=True, slots=True)
class OrderHold:
    """An order that is not sent, and why; keys only."""

    order_id: str
    rule: str
    message: str
    next_step: str
