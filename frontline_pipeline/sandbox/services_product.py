"""ProductService: products and their categories (API.md, section 5).

Belongs here: turning messages into searches and records and back.
Does not: the rules (masterdata_rules.py), storage (ledger_records.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.masterdata_rules import decimal_of, place_category, place_product
from frontline_pipeline.sandbox.services_records import integers, projected, save_each, wanted_fields
from frontline_pipeline.sandbox.wire import Given, Payload, SoapFault, utc_moment

PATH = "/Logistics/Product/V001/ProductService.asmx"


def save_products(call: Call, around: Surroundings) -> Answer:
    """Create or update; every item answers for itself."""
    client = call.client()

    def save_one(given: dict[str, Given]) -> Mapping[str, Payload]:
        number, fields = place_product(given, around.records, client, around.options.unique_product_numbers)
        return {**given, "Id": str(around.records.put(client, "product", number, fields))}

    return save_each(call, around, "products", save_one)


def get_products(call: Call, around: Surroundings) -> Answer:
    """Products that fit everything given, expired ones included; only the fields asked for."""
    client = call.client()
    search = call.body.child("searchParams")
    if search is None:
        raise SoapFault("Server", "searchParams is missing")
    names = wanted_fields(call.body, "returnProperties", call.body.fields_of("Product"))
    ids = integers(search, "ProductIds", around.options.max_items)
    one = search.given_integer("Id")
    if one is not None:
        ids = [one] if ids is None or one in ids else []
    keys = {name: [search.text(name)] for name in ("No", "EAN1") if search.text(name)}
    category = search.given_integer("CategoryId")
    if category is not None:
        keys["CategoryId"] = [str(category)]
    found = around.records.find(client, "product", ids=ids, keys=keys, changed_after=utc_moment(search, "DateChanged"))
    name = search.text("Name").casefold()
    price = search.given_decimal("Price")
    kept = [record for record in found if name in str(record.fields.get("Name", "")).casefold()]
    kept = [record for record in kept if price is None or decimal_of(record.fields.get("Price")) == price]
    return Answer([projected(record, names, around.options.date_style) for record in kept])


def save_categories(call: Call, around: Surroundings) -> Answer:
    """Create or update categories; every item answers for itself."""
    client = call.client()

    def save_one(given: dict[str, Given]) -> Mapping[str, Payload]:
        number, fields = place_category(given, around.records, client)
        return {**given, "Id": str(around.records.put(client, "category", number, fields))}

    return save_each(call, around, "categories", save_one)


def get_categories(call: Call, around: Surroundings) -> Answer:
    """All categories; only the fields asked for."""
    client = call.client()
    names = wanted_fields(call.body, "returnProperties", call.body.fields_of("Category"))
    return Answer(
        [projected(record, names, around.options.date_style) for record in around.records.find(client, "category")]
    )


HANDLERS: Handlers = {
    "GetCategories": get_categories,
    "GetProducts": get_products,
    "SaveCategories": save_categories,
    "SaveProducts": save_products,
}
