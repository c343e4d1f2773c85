"""The products of a client, as the walk of twins_walk.py needs them.

Belongs here: which calls look products up, and how a row of the frame becomes a Product and back (API.md section 5).
Does not: the walk (twins_walk.py), the calls themselves (office/products.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from frontline_pipeline.frames.masters import CLEAN_PRODUCTS
from frontline_pipeline.masterdata import changes
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.office.errors import ReadFailed
from frontline_pipeline.office.models_products import ACTIVE, EXPIRED, Product
from frontline_pipeline.office.products import ProductPort
from frontline_pipeline.posting import links
from frontline_pipeline.posting.twins_register import BeforeCall, Item, Made, made_of
from frontline_pipeline.settings_masterdata import MasterDataRules, ProductRules

NUMBER = Step("number", "article", "number", "the item number (No)")
EAN = Step("ean", "ean", "ean", "the EAN")
FIELDS = ("name", "description", "sales_price", "cost", "ean", "category_id", "active")
"""Columns that a Product holds."""
LONG_AGO = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
"""Changed since then: all of them."""


class ProductsOfClient:
    """See `posting.twins.Register`."""

    kind, one = links.PRODUCT, "product"
    or_share = ""
    key_step = NUMBER
    personal: tuple[str, ...] = ()
    share = False

    def __init__(self, port: ProductPort, rules: ProductRules, common: MasterDataRules) -> None:
        self._port, self._rules, self._common = port, rules, common
        self.write_batch = common.write_batch
        self.create = rules.create
        self.groups = changes.product_groups(rules.update)
        on = {NUMBER: rules.match.number, EAN: rules.match.ean}
        self.steps = tuple(step for step, wanted in on.items() if wanted)

    def look_up(
        self, wanted: pd.DataFrame, steps: Sequence[Step], known: Sequence[int], before_call: BeforeCall
    ) -> pd.DataFrame:
        """A few products one by one; many by one call for all products there, whose answer must hold those that are `known`."""
        if len(wanted) <= self._common.single_lookups:
            found = self._singly(wanted, steps, before_call)
        else:
            before_call()
            found = self._port.changed_since(LONG_AGO)
            self._require_complete(found, known, before_call)
        return pd.DataFrame(
            {
                "office_id": pd.array([each.product_id for each in found], dtype="int64"),
                "number": pd.array([each.no for each in found], dtype="str"),
                "ean": pd.array([each.ean for each in found], dtype="str"),
                "active": pd.array([not each.expired for each in found], dtype="bool"),
            }
        ).drop_duplicates("office_id", ignore_index=True)

    def _singly(self, wanted: pd.DataFrame, steps: Sequence[Step], before_call: BeforeCall) -> list[Product]:
        found: list[Product] = []
        for step, ask in ((NUMBER, self._port.by_no), (EAN, self._port.by_ean)):
            for value in wanted[step.wanted].dropna() if step in steps else ():
                before_call()
                found += ask(str(value))
        return found

    def _require_complete(self, found: Sequence[Product], known: Sequence[int], before_call: BeforeCall) -> None:
        """That DateChanged lists every product is inferred, and "not there" is what makes a product: one that is known to be there
        and is not in the list shows that it does not."""
        missing = sorted(set(known) - {each.product_id for each in found})[: self._common.read_batch]
        if not missing:
            return
        before_call()
        there = self._port.by_ids(missing)
        if there:
            raise ReadFailed(
                f"the list of all products lacks {len(there)} that are there (first: {there[0].product_id}); nothing is made of it. "
                "Raise masterdata.single_lookups, so that products are looked up one by one",
                kind="incomplete",
                operation="product.GetProducts",
            )

    def make(self, items: Sequence[Item]) -> list[Made]:
        """One SaveProducts."""
        return self._save([self._product(row) for row in items])

    def twins(self, ids: Sequence[int], before_call: BeforeCall) -> pd.DataFrame:
        """The fields of these products."""
        found: list[Product] = []
        for start in range(0, len(ids), self._common.read_batch):
            before_call()
            found += self._port.by_ids(ids[start : start + self._common.read_batch])
        there = {each.product_id: _fields(each) for each in found}
        frame = pd.DataFrame(list(there.values()), index=list(there), columns=list(FIELDS))
        return frame.astype({name: CLEAN_PRODUCTS.by_name[name].dtype for name in FIELDS})

    def change(self, items: Sequence[Item]) -> list[Made]:
        """One SaveProducts of what Frontline and the policies want there."""
        return self._save([self._product(row, int(row["office_id"])) for row in items])

    def _save(self, products: list[Product]) -> list[Made]:
        return [made_of(each, lambda p: p.product_id, lambda p: p.no) for each in self._port.save(products)]

    def _product(self, row: Item, product_id: int | None = None) -> Product:
        new = product_id is None
        rate = row["rate"]
        return Product(
            product_id=product_id,
            no=row["article"] if new else None,
            ean=row["ean"],
            name=row["name"],
            category_id=row["category_id"],
            status_id=ACTIVE if row["active"] else EXPIRED,
            price=_kroner(row["sales_price"]),
            cost=_kroner(row["cost"]),
            tax_rate=Decimal(rate).scaleb(-3) if new and self._rules.tax_rate and rate is not None else None,
            description=row["description"],
        )


def _kroner(ore: int | None) -> Decimal | None:
    return None if ore is None else Decimal(ore).scaleb(-2)


def _ore(kroner: Decimal | None) -> int | None:
    """Øre of a price there; prices there may have more decimals than øre, and are compared rounded half up."""
    return None if kroner is None else int((kroner * 100).to_integral_value("ROUND_HALF_UP"))


def _fields(product: Product) -> dict[str, object]:
    return {
        "name": product.name,
        "description": product.description,
        "sales_price": _ore(product.price),
        "cost": _ore(product.cost),
        "ean": product.ean,
        "category_id": product.category_id,
        "active": not product.expired,
    }
