"""Customers and products of a 24SevenOffice client in memory, behind the ports of office/: for products' tests and the benchmark.

Belongs here: the two ports with what they hold, and their calls counted as the real clients would make them.
Does not: faults of customers (fake_register.py), SOAP (the sandbox answers that).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from frontline_pipeline.office.errors import Rejected, Unknown
from frontline_pipeline.office.items import ItemOutcome
from frontline_pipeline.office.models_companies import Company, SyncCompany
from frontline_pipeline.office.models_products import Category, Product


class FakeCompanies:
    """CompanyPort."""

    def __init__(self) -> None:
        self.there: dict[int, Company] = {}
        self.archived: set[int] = set()
        self.calls: list[str] = []

    def has(self, **fields: object) -> int:
        """Somebody made a customer by hand; its number."""
        number = 10_001 + len(self.there)
        self.there[number] = Company(**{"company_id": number, "name": "By hand", **fields})  # type: ignore[arg-type]
        return number

    def by_ids(self, company_ids: Sequence[int]) -> list[Company]:
        self.calls.append("by_ids")
        return [self.there[each] for each in company_ids if each in self.there]

    def by_external_id(self, external_id: str) -> list[Company]:
        self.calls.append("by_external_id")
        return [each for each in self.there.values() if each.external_id == external_id]

    def by_organisation_number(self, organisation_number: str) -> list[Company]:
        self.calls.append("by_organisation_number")
        return [each for each in self.there.values() if each.organisation_number == organisation_number]

    def sync_list(
        self,
        changed_after: dt.datetime | None = None,
        registered_after: dt.datetime | None = None,
        active: bool | None = None,
    ) -> list[SyncCompany]:
        self.calls += ["sync_list"] * max(1, -(-len(self.there) // 1000))
        return [
            SyncCompany(number, each.external_id, None, None, number not in self.archived)
            for number, each in self.there.items()
        ]

    def changed_since(self, changed_after: dt.datetime) -> list[Company]:
        self.calls.append("changed_since")
        return list(self.there.values())

    def save(self, companies: Sequence[Company]) -> list[ItemOutcome[Company]]:
        self.calls.append("save")
        out: list[ItemOutcome[Company]] = []
        for each in companies:
            number = each.company_id or 10_001 + len(self.there)
            given = {name: value for name in Company.__slots__ if (value := getattr(each, name)) is not None}
            kept = replace(self.there.get(number, Company()), **{**given, "company_id": number})  # type: ignore[arg-type]
            self.there[number] = kept
            out.append(ItemOutcome(each.external_id or str(number), "saved", kept))
        return out


class FakeProducts:
    """ProductPort. `faults`: one word per coming save, taken from the front; `hides`: ids that lists leave out."""

    def __init__(self) -> None:
        self.there: dict[int, Product] = {}
        self.calls: list[str] = []
        self.faults: list[str] = []
        self.refuse: set[str] = set()
        self.hides: set[int] = set()

    def has(self, **fields: object) -> int:
        """Somebody made a product by hand; its id."""
        number = 501 + len(self.there)
        plain = {"product_id": number, "name": "By hand", "category_id": 1, "status_id": 1}
        self.there[number] = Product(**{**plain, **fields})  # type: ignore[arg-type]
        return number

    def by_ids(self, product_ids: Sequence[int]) -> list[Product]:
        self.calls.append("by_ids")
        return [self.there[each] for each in product_ids if each in self.there]

    def by_no(self, no: str) -> list[Product]:
        self.calls.append("by_no")
        return [each for each in self.there.values() if each.no == no]

    def by_ean(self, ean: str) -> list[Product]:
        self.calls.append("by_ean")
        return [each for each in self.there.values() if each.ean == ean]

    def changed_since(self, changed_after: dt.datetime) -> list[Product]:
        self.calls.append("changed_since")
        return [each for number, each in self.there.items() if number not in self.hides]

    def categories(self) -> list[Category]:
        self.calls.append("categories")
        return [Category(category_id=1, name="All")]

    def save(self, products: Sequence[Product]) -> list[ItemOutcome[Product]]:
        self.calls.append("save")
        fault = self.faults.pop(0) if self.faults else ""
        lost = Unknown("time-out", kind="timeout")
        if fault == "lost_before":
            return [ItemOutcome(each.no or "", "unknown", error=lost) for each in products]
        out: list[ItemOutcome[Product]] = []
        for each in products:
            if each.no in self.refuse:
                error = Rejected(f"product {each.no!r}: 24SevenOffice refused it", kind="exception")
                out.append(ItemOutcome(each.no or "", "refused", error=error))
                continue
            number = each.product_id or 501 + len(self.there)
            given = {name: value for name in Product.__slots__ if (value := getattr(each, name)) is not None}
            kept = replace(self.there.get(number, Product()), **{**given, "product_id": number})  # type: ignore[arg-type]
            self.there[number] = kept
            out.append(ItemOutcome(each.no or str(number), "saved", kept))
        if fault == "lost_after":
            return [ItemOutcome(each.no or "", "unknown", error=lost) for each in products]
        return out

    def save_categories(self, categories: Sequence[Category]) -> list[ItemOutcome[Category]]:
        raise NotImplementedError("categories are a person's to make")
