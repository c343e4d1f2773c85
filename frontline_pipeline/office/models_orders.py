"""Orders, drafts and invoices as InvoiceService takes and gives them, as frozen dataclasses.

Belongs here: orders and their rows; None = not set, not asked for, or not to be sent. Money is Decimal kroner.
Does not: talk to the service (invoices.py), decide what is ordered or invoiced (the caller).

Names, addresses and e-mails are personal data: they are left out of every `repr`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from frontline_pipeline.office.models_companies import Addresses

OrderStatus = Literal[
    "None",
    "Offer",
    "Pack",
    "Invoiced",
    "Web",
    "Repeating",
    "CollectingOrder",
    "Return",
    "Distribution",
    "Rest",
    "ForInvoicing",
    "OvertimeRent",
    "Confirmed",
    "OrderState_Sent",
    "Production",
    "PaymentReminder",
    "OnAccount",
    "Lending",
    "InvoicedCashAccount",
    "InvoicedPack",
    "Inactive",
    "Hours",
    "OrderState_SuperStore",
    "Draft",
]
"""OrderSlipStateType of the service (API.md section 6)."""

INVOICED_STATUSES = frozenset({"Invoiced", "InvoicedCashAccount", "InvoicedPack"})
"""States after which only title and reference number may change (API.md section 6)."""

ChangeState = Literal["None", "Add", "Edit", "Delete"]
RowKind = Literal["Normal", "Text", "TextBold"]
OrderDistribution = Literal["Unchanged", "Print", "EMail", "ElectronicInvoice"]
Distributor = Literal["Default", "Manual", "Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSettings:
    """The VAT of a row where it differs from the product's. `tax_code`: id or number is not documented [API.md section 6]."""

    tax_code: int | None = None
    tax_account: int | None = None
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """A row of an order. `product_id` is required unless `kind` is Text.

    On an existing order a row is changed with `row_id` and `change` Edit or Delete; a new one needs `change` Add. `price` per
    unit in kroner, with or without VAT by the order's `include_vat`. `discount_rate` in percent. `dimensions` are
    (dimension type id, value) pairs. `vat_rate` (percent) and `product_no` are read only.
    """

    product_id: int | None = None
    row_id: int | None = None
    change: ChangeState | None = None
    kind: RowKind = "Normal"
    name: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    discount_rate: Decimal | None = None
    cost: Decimal | None = None
    in_price: Decimal | None = None
    type_group_id: int | None = None
    sequence_no: int | None = None
    project_id: int | None = None
    department_id: int | None = None
    tax: TaxSettings | None = None
    dimensions: tuple[tuple[int, str], ...] = ()
    vat_rate: Decimal | None = None
    product_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, a draft or an invoice (by `status`).

    `order_id` None = new. `reference_number` (at most 50 characters) holds our key; it cannot be searched there, so `external_status`
    may hold a number that can. `include_vat` None = the service's default. `credited_invoice_id`, `credited_order_id`: the original
    of a credit note. `total_incl_vat` and `total_vat` (kroner), `invoice_id` and `changed_at` (UTC) are read only.
    `lines` None = not asked for; when saving, the rows to add, edit or delete.
    """

    customer_id: int
    order_id: int | None = None
    invoice_id: int | None = None
    status: OrderStatus | None = None
    reference_number: str | None = None
    external_status: int | None = None
    ordered_on: dt.date | None = None
    invoiced_on: dt.date | None = None
    delivered_on: dt.date | None = None
    include_vat: bool | None = None
    payment_days: int | None = None
    payment_method_id: int | None = None
    currency: str | None = None
    currency_rate: Decimal | None = None
    currency_unit: int | None = None
    title: str | None = None
    text: str | None = field(default=None, repr=False)
    ocr: str | None = None
    your_reference: str | None = field(default=None, repr=False)
    our_reference_id: int | None = None
    customer_name: str | None = field(default=None, repr=False)
    customer_organisation_number: str | None = None
    delivery_name: str | None = field(default=None, repr=False)
    delivery_phone: str | None = field(default=None, repr=False)
    addresses: Addresses | None = field(default=None, repr=False)
    invoice_email: str | None = field(default=None, repr=False)
    gln: str | None = None
    distributor: Distributor | None = None
    distribution: OrderDistribution | None = None
    delivery_method_id: int | None = None
    type_of_sale_id: int | None = None
    project_id: int | None = None
    department_id: int | None = None
    dimensions: tuple[tuple[int, str], ...] = ()
    credited_invoice_id: int | None = None
    credited_order_id: int | None = None
    skip_stock: bool | None = None
    round_factor: Decimal | None = None
    lines: tuple[OrderLine, ...] | None = None
    total_incl_vat: Decimal | None = None
    total_vat: Decimal | None = None
    changed_at: dt.datetime | None = None

    @property
    def is_invoiced(self) -> bool:
        """True when only title and reference number may still change."""
        return self.status in INVOICED_STATUSES

    @property
    def total_excl_vat(self) -> Decimal | None:
        """Total without VAT, when both totals were read."""
        if self.total_incl_vat is None or self.total_vat is None:
            return None
        return self.total_incl_vat - self.total_vat
