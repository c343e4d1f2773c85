"""How orders go to 24SevenOffice: the part of the settings under `orders` of a company or store.

Belongs here: the models of kinds of orders, orders made from sales, and how a store's are laid over its company's.
Does not: account maps (settings_ledger.py), making order documents (orders/), sending them (posting/).

API.md sections 6 and 11 leave open whether a row's price includes VAT, which status an accountant expects where, and whether the
tax code of a row is the code's number or its id: each is a setting here or in `ledger`, with the default that is read back and
compared, so that a wrong guess shows at the first order and not in the books.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from frontline_pipeline.settings_values import KeyPath, Misplaced, Model, Number, Whole

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


Form = Literal["draft", "order", "invoice"]
"""What an order becomes in 24SevenOffice. draft: an invoice draft (fakturakladd), OrderStatus Draft; order: a sales order
(salgsordre), OrderStatus Confirmed or ForInvoicing; invoice: OrderStatus Invoiced with DateInvoiced, booked at once and not to be
edited afterwards."""
Prices = Literal["excl_vat", "incl_vat"]
Distribution = Literal["unchanged", "print", "email", "electronic"]


class OrderKind(Model):
    """What becomes of one kind of order."""

    form: Form = "draft"
    """draft: an invoice draft that a person looks at; order: a sales order; invoice: invoiced at once."""
    status: Literal["Confirmed", "ForInvoicing", "Web"] = "Confirmed"
    """OrderStatus of the form `order`; which of them the accountant expects is unproven."""
    distribution: Distribution | None = None
    """How the invoice reaches the customer, where the order itself does not say; unset = as the customer's card says."""
    automatic_sending: bool = False
    """False sends Distributor Manual, so that 24SevenOffice sends nothing by itself."""
    prices: Prices = "excl_vat"
    """Which price stands on the rows; sent with IncludeVAT to match. Unproven: the totals are read back and compared."""
    title: str = Field("", max_length=100)
    """Comment on the document (InvoiceTitle) where the order has none."""


class SalesOrders(Model):
    """Orders made from receipts whose tender goes by order (`way: order` of the tender)."""

    every: Literal["day", "week", "month"] = "day"
    """One order per customer and day, ISO week (Monday to Sunday) or calendar month; made on the last day of it."""
    kind: str
    """Key of `kinds`: what the order becomes."""
    fallback_article: str | None = None
    """Article for receipt lines that name none (a product of that number must be known); unset holds such a receipt's order."""
    list_receipts: bool = True
    """A text row before the rows of each receipt, with its day, register and number."""


class OrderRules(Model):
    """Kinds of orders, orders from sales and what all orders share; a store's are laid over its company's, key by key."""

    kinds: dict[str, OrderKind] = Field({})
    """By kind of order, as the extract names it. A kind that is missing here holds its orders."""
    from_sales: SalesOrders | None = None
    """Orders made from sales on customer account; unset makes none."""
    products: dict[str, Number] = Field({})
    """Article in Frontline -> internal product Id in 24SevenOffice (not its visible No), where products are not matched. A match
    wins."""
    currencies: tuple[Currency, ...] | None = None
    """Currencies that orders may have; default NOK alone. A rate for another is taken from the client's own table."""
    external_status: tuple[Whole, Whole] | None = None
    """A range of whole numbers; each order gets one as ExternalStatus, so that it can be searched for. Unset sends none."""
    tax_settings: Literal["where_differs", "always", "never"] | None = None
    """When a row states its VAT: where the product's own rate differs or is not known (default), always, or never."""
    total_tolerance: Whole | None = Field(None, ge=0, le=100)
    """Øre by which the totals that 24SevenOffice computes may differ from the order's; default 0."""
    department_id: Number | None = None
    """Department of orders, where it is another than the store's."""
    project_id: Number | None = None
    """Project of orders, where it is another than the store's."""
    batch: Whole | None = Field(None, ge=1, le=100)
    """Orders in one call; default 20. A lost answer then concerns so many."""

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        if problems := tuple(self._problems()):
            raise Misplaced(problems)
        return self

    def _problems(self) -> Iterator[tuple[KeyPath, str]]:
        if self.external_status is not None and not 0 < self.external_status[0] <= self.external_status[1] < 2**31:
            yield ("external_status",), "two whole numbers, the lower first, as [100000, 199999]"


class ResolvedOrders(Model):
    """OrderRules with every default filled in."""

    kinds: dict[str, OrderKind]
    from_sales: SalesOrders | None
    products: dict[str, int]
    currencies: tuple[str, ...]
    external_status: tuple[int, int] | None
    tax_settings: Literal["where_differs", "always", "never"]
    total_tolerance: int
    department_id: int | None
    project_id: int | None
    batch: int

    @property
    def used(self) -> bool:
        """Whether any order can be sent by these settings."""
        return bool(self.kinds)


def resolve_orders(company: OrderRules, store: OrderRules) -> ResolvedOrders:
    """The store's rules over the company's, key by key, over the defaults."""
    tolerance = store.total_tolerance if store.total_tolerance is not None else company.total_tolerance
    return ResolvedOrders(
        kinds={**company.kinds, **store.kinds},
        from_sales=store.from_sales or company.from_sales,
        products={**company.products, **store.products},
        currencies=store.currencies or company.currencies or ("NOK",),
        external_status=store.external_status or company.external_status,
        tax_settings=store.tax_settings or company.tax_settings or "where_differs",
        total_tolerance=tolerance or 0,
        department_id=store.department_id or company.department_id,
        project_id=store.project_id or company.project_id,
        batch=store.batch or company.batch or 20,
    )
