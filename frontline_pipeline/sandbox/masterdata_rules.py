"""What the stand-in refuses of a company, a product or a category (API.md, sections 4 and 5).

Belongs here: the rules of one item, as functions of what is given and what is there.
Does not: SOAP (services_company.py, services_product.py), storage (ledger_records.py).

Where API.md leaves the real service open, the rule here is the strict one.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from frontline_pipeline.sandbox.ledger_records import Fields, RecordBook
from frontline_pipeline.sandbox.services_records import ItemRefused
from frontline_pipeline.sandbox.wire import Given

_COMPANY_LENGTHS = {"OrganizationNumber": 20, "Name": 200, "FirstName": 50, "NickName": 200, "Url": 255}
_PRODUCT_LENGTHS = {"Name": 125, "Description": 500, "EAN1": 50, "No": 100}
_COUNTRY_LETTERS = 2


def place_company(given: dict[str, Given], records: RecordBook, client: str) -> tuple[int | None, Fields]:
    """The number to save a company under (None = the next free one) and its fields. Raises ItemRefused."""
    fields: Fields = dict(given)
    chosen = str(fields.pop("ExplicitlySpecifyNewCompanyId", "false")) in {"true", "1"}
    number = number_of(fields.get("Id"))
    known = None if number is None else records.get(client, "company", number)
    _lengths(fields, _COMPANY_LENGTHS)
    if chosen and number is None:
        raise ItemRefused("ExplicitlySpecifyNewCompanyId needs an Id")
    if chosen and known is not None:
        raise ItemRefused(f"Company number {number} is already in use")
    if number is not None and known is None and not chosen:
        raise ItemRefused(f"Company {number} does not exist")
    if known is None and not str(fields.get("Name", "")).strip():
        raise ItemRefused("Name is required")
    country = fields.get("Country", "" if known is None else known.fields.get("Country", ""))
    if len(str(country)) != _COUNTRY_LETTERS:
        raise ItemRefused("Country is required, as a code of two letters")
    kind = str(fields.get("Type", "" if known is None else known.fields.get("Type", "")))
    if fields.get("FirstName") and kind != "Consumer":
        raise ItemRefused("FirstName is for Type Consumer only")
    return number, fields


def place_product(
    given: dict[str, Given], records: RecordBook, client: str, unique_numbers: bool
) -> tuple[int | None, Fields]:
    """As place_company, of a product."""
    fields: Fields = dict(given)
    number = number_of(fields.get("Id"))
    known = None if number is None else records.get(client, "product", number)
    _lengths(fields, _PRODUCT_LENGTHS)
    if number is not None and known is None:
        raise ItemRefused(f"Product {number} does not exist")
    if known is None and not str(fields.get("Name", "")).strip():
        raise ItemRefused("Name is required")
    category = number_of(fields.get("CategoryId"))
    if category is None and known is None:
        raise ItemRefused("CategoryId is required")
    if category is not None and records.get(client, "category", category) is None:
        raise ItemRefused(f"Category {category} does not exist")
    if str(fields.get("StatusId", "1")).strip() not in {"0", "1"}:
        raise ItemRefused("StatusId is 1 (active) or 0 (expired)")
    if unique_numbers and fields.get("No"):
        others = records.find(client, "product", keys={"No": [str(fields["No"])]})
        if any(other.id != number for other in others):
            raise ItemRefused(f"Product number '{fields['No']}' is already in use")
    if known is None:
        fields.setdefault("StatusId", "1")
    return number, fields


def place_category(given: dict[str, Given], records: RecordBook, client: str) -> tuple[int | None, Fields]:
    """As place_company, of a product category."""
    fields: Fields = dict(given)
    number = number_of(fields.get("Id"))
    known = None if number is None else records.get(client, "category", number)
    if number is not None and known is None:
        raise ItemRefused(f"Category {number} does not exist")
    if known is None and not str(fields.get("Name", "")).strip():
        raise ItemRefused("Name is required")
    parent = number_of(fields.get("ParentId"))
    if parent is not None and records.get(client, "category", parent) is None:
        raise ItemRefused(f"Category {parent} does not exist")
    return number, fields


def number_of(value: object) -> int | None:
    """A given number, None where none was given."""
    return None if value is None else int(str(value).strip())


def decimal_of(value: object) -> Decimal | None:
    """A given amount, None where none was given."""
    return None if value is None else Decimal(str(value).strip())


def _lengths(fields: Mapping[str, object], limits: Mapping[str, int]) -> None:
    for name, limit in limits.items():
        if len(str(fields.get(name, ""))) > limit:
            raise ItemRefused(f"{name} is longer than {limit} characters")
