"""Products of one company's 24SevenOffice: find, list, save (API.md section 5).

Belongs here: the typed calls of ProductService and the message of a product and of a category.
Does not: match, decide what is created or changed, or keep links (the caller); keep a session (session.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from frontline_pipeline.office import rows_masterdata as rows
from frontline_pipeline.office.items import BATCH, ItemOutcome, Saving, found_rows, read_batches, save_all, searchable
from frontline_pipeline.office.models_products import ACTIVE, EXPIRED, Category, Product
from frontline_pipeline.office.services import PRODUCT
from frontline_pipeline.office.session import OfficeSession

RETURNED = (
    "Id",
    "No",
    "EAN1",
    "Name",
    "CategoryId",
    "StatusId",
    "Price",
    "InPrice",
    "Cost",
    "TaxRate",
    "Description",
    "SupplierId",
    "SupplierProductCode",
    "StockControlled",
    "DateChanged",
)
"""Fields asked for: what a comparison needs. Never CashPriceIncTax, a binary fraction."""

CATEGORY_RETURNED = ("Id", "Name", "No", "ParentId")

_LENGTHS = {"no": 100, "ean": 50, "name": 125, "description": 500}
_MONEY = ("price", "in_price", "cost")


class ProductPort(Protocol):
    """What a caller needs of the products there. All reads raise NotSent, ReadFailed or Rejected; saves raise none of them."""

    def by_ids(self, product_ids: Sequence[int]) -> list[Product]:
        """Products by internal id; those not found are missing in the answer."""

    def by_no(self, no: str) -> list[Product]:
        """Products with this number, expired ones included; more than one is possible."""

    def by_ean(self, ean: str) -> list[Product]:
        """Products with this EAN, expired ones included; more than one is possible."""

    def changed_since(self, changed_after: dt.datetime) -> list[Product]:
        """Products changed after a time, in one call."""

    def categories(self) -> list[Category]:
        """All product categories."""

    def save(self, products: Sequence[Product]) -> list[ItemOutcome[Product]]:
        """Create or update; every item says for itself what became of it."""

    def save_categories(self, categories: Sequence[Category]) -> list[ItemOutcome[Category]]:
        """Create or update categories."""


class Products:
    """ProductService of the company that `session` belongs to. `batch_size`, `absent_is_empty`: as for `Companies`."""

    def __init__(self, session: OfficeSession, *, batch_size: int = BATCH, absent_is_empty: bool = False) -> None:
        self.session = session
        self._batch_size = batch_size
        self._absent_is_empty = absent_is_empty

    def by_ids(self, product_ids: Sequence[int]) -> list[Product]:
        """Products by internal id, one call per batch; those not found are missing in the answer."""
        found: list[Product] = []
        for batch in read_batches(product_ids, self._batch_size):
            found += self._search({"ProductIds": {"int": list(batch)}})
        return found

    def by_no(self, no: str) -> list[Product]:
        """Products whose number is exactly this one, leading zeros and case included; filtered here too, since whether the
        service matches in part is not documented."""
        return [product for product in self._search({"No": searchable(no)}) if product.no == no]

    def by_ean(self, ean: str) -> list[Product]:
        """Products whose EAN1 is exactly this one; filtered here too, as `by_no`."""
        return [product for product in self._search({"EAN1": searchable(ean)}) if product.ean == ean]

    def changed_since(self, changed_after: dt.datetime) -> list[Product]:
        """Products changed after a time (UTC), in one call. Long ago = all of them; there is no paging."""
        return self._search({"DateChanged": rows.since(changed_after)})

    def categories(self) -> list[Category]:
        """All product categories."""
        arguments: dict[str, object] = {"returnProperties": {"string": list(CATEGORY_RETURNED)}}
        return found_rows(
            self.session, PRODUCT, "GetCategories", arguments, rows.category, absent_is_empty=self._absent_is_empty
        )

    def save(self, products: Sequence[Product]) -> list[ItemOutcome[Product]]:
        """Create (no `product_id`) or update, in batches; see items.py for what an outcome means."""
        return save_all(self.session, SAVING, products, self._batch_size)

    def save_categories(self, categories: Sequence[Category]) -> list[ItemOutcome[Category]]:
        """Create (no `category_id`) or update, in batches."""
        return save_all(self.session, SAVING_CATEGORIES, categories, self._batch_size)

    def _search(self, search: dict[str, object]) -> list[Product]:
        arguments = {"searchParams": search, "returnProperties": {"string": list(RETURNED)}}
        return found_rows(
            self.session, PRODUCT, "GetProducts", arguments, rows.product, absent_is_empty=self._absent_is_empty
        )


def product_problem(product: Product) -> str | None:
    """Why a product cannot be right, before anything is sent; None when nothing is wrong."""
    if product.product_id is None and not (product.name or "").strip():
        return "a new product needs a name"
    if product.product_id is None and product.category_id is None:
        return "a new product needs a category"
    for field, limit in _LENGTHS.items():
        value = getattr(product, field)
        if value is not None and len(value) > limit:
            return f"its {field} has {len(value)} characters, and the field takes {limit}"
    for field in _MONEY:
        problem = money_problem(field, getattr(product, field))
        if problem is not None:
            return problem
    if product.status_id not in (None, ACTIVE, EXPIRED):
        return f"its status {product.status_id} is neither {ACTIVE} (active) nor {EXPIRED} (expired)"
    return None


def money_problem(field: str, value: Decimal | None) -> str | None:
    """Why an amount cannot be sent; None when it can."""
    if value is not None and not isinstance(value, Decimal):
        return f"its {field} is a {type(value).__name__}, not a Decimal"
    if value is not None and not value.is_finite():
        return f"its {field} is not a number"
    return None


def product_message(product: Product) -> dict[str, object]:
    """The Product element. What is None is left out, so that what stands there stays (inferred, API.md section 5)."""
    given: dict[str, object | None] = {
        "SupplierId": product.supplier_id,
        "Id": product.product_id,
        "Name": product.name,
        "TaxRate": product.tax_rate,
        "StatusId": product.status_id,
        "CategoryId": product.category_id,
        "InPrice": product.in_price,
        "Description": product.description,
        "Cost": product.cost,
        "EAN1": product.ean,
        "Price": product.price,
        "No": product.no,
        "SupplierProductCode": product.supplier_product_code,
        "StockControlled": product.stock_controlled,
    }
    return {name: value for name, value in given.items() if value is not None}


def _category_problem(category: Category) -> str | None:
    if category.category_id is None and not (category.name or "").strip():
        return "a new category needs a name"
    return None


def _category_message(category: Category) -> dict[str, object]:
    given: dict[str, object | None] = {
        "Id": category.category_id,
        "Name": category.name,
        "No": category.no,
        "ParentId": category.parent_id,
    }
    return {name: value for name, value in given.items() if value is not None}


SAVING: Saving[Product] = Saving(
    service=PRODUCT,
    operation="SaveProducts",
    argument="products",
    element="Product",
    noun="product",
    keys=lambda product: (product.no or "", f"id {product.product_id}" if product.product_id is not None else ""),
    office_id=lambda product: product.product_id,
    problem=product_problem,
    message=product_message,
    read=rows.product,
    personal=lambda product: (),
)
"""How products are saved."""

SAVING_CATEGORIES: Saving[Category] = Saving(
    service=PRODUCT,
    operation="SaveCategories",
    argument="categories",
    element="Category",
    noun="category",
    keys=lambda category: (
        category.no or "",
        category.name or "",
        f"id {category.category_id}" if category.category_id is not None else "",
    ),
    office_id=lambda category: category.category_id,
    problem=_category_problem,
    message=_category_message,
    read=rows.category,
    personal=lambda category: (),
)
"""How categories are saved."""
