"""Products and their categories as ProductService takes and gives them, as frozen dataclasses.

Belongs here: products, categories; None = not set, not asked for, or not to be sent. Money is Decimal kroner.
Does not: talk to the service (products.py), match or decide what is written (the caller).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

ACTIVE, EXPIRED = 1, 0
"""StatusId of a product (API.md section 5)."""

StatusId = Literal[0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product. `product_id` is the internal key that order rows refer to (None = new), `no` the number people see.

    Nothing says that `no` or `ean` is unique there. `price`, `in_price` and `cost` are kroner excluding VAT (inferred,
    API.md section 5). `tax_rate` is in percent. `changed_at` is in UTC and read only. A new product needs a name and `category_id`.
    """

    product_id: int | None = None
    no: str | None = None
    ean: str | None = None
    name: str | None = None
    category_id: int | None = None
    status_id: int | None = None
    price: Decimal | None = None
    in_price: Decimal | None = None
    cost: Decimal | None = None
    tax_rate: Decimal | None = None
    description: str | None = None
    supplier_id: int | None = None
    supplier_product_code: str | None = None
    stock_controlled: bool | None = None
    changed_at: dt.datetime | None = None

    @property
    def expired(self) -> bool:
        """True when the product is out of use there."""
        return self.status_id == EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A product category; every product belongs to one. `category_id` None = new."""

    category_id: int | None = None
    name: str | None = None
    no: str | None = None
    parent_id: int | None = None
