"""Frames that the pipeline makes of customers and products: cleaned, matched, and the keys that are returned.

Belongs here: names, kinds, units and keys of the columns of these frames.
Does not: delivered frames (raw_master.py), how they are made (masterdata/).
"""

from __future__ import annotations

from dataclasses import replace

from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

T, N, B, TS = Kind.TEXT, Kind.INT, Kind.BOOL, Kind.TIMESTAMP

_HELD = Column("held_by", T, "rule that holds the row: nothing is looked up, made or changed for it", nullable=True)
_HASH = Column(
    "content_hash", T, "BLAKE2 of everything that could be sent; the same hash = nothing changed", max_length=32
)
_LINK = Column("link_key", T, "key of the link table: the delivered key, with the store before it where stores differ")

CLEAN_CUSTOMERS = FrameSpec(
    "customers",
    "Customers as they would be sent: numbers normalised, texts cut to 24SevenOffice's lengths, what cannot be used left out.",
    CUSTOMERS.key,
    (
        *CUSTOMERS.columns,
        _LINK,
        Column("external_id", T, "our key as it stands in ExternalId"),
        _HASH,
        _HELD,
    ),
)
CLEAN_PRODUCTS = FrameSpec(
    "products",
    "Products as they would be sent: item numbers as delivered, EAN checked, price and category as 24SevenOffice wants them.",
    PRODUCTS.key,
    (
        *PRODUCTS.columns,
        _LINK,
        Column("sales_price", Kind.MONEY, "price as 24SevenOffice has it (excl. VAT, by setting)", nullable=True),
        Column("category_id", N, "category in 24SevenOffice", nullable=True),
        _HASH,
        _HELD,
    ),
)
NOTES = FrameSpec(
    "notes",
    "What was found wrong with a row: keys and field names, never a value of a personal field.",
    (),
    (
        Column("key", T, "customer key or item number"),
        Column("rule", T, "name of the rule"),
        Column("field", T, "column it concerns"),
        Column("holds", B, "true: the row is held; false: a warning"),
        Column("words", T, "what is wrong and what was done about it"),
    ),
)

LINKED_STATES = ("linked", "held")
HOW = ("external_id", "customer_number", "organisation_number", "number", "ean", "created", "person")
"""How a link came about: the step of matching, or `created`; `person` said so."""

_MATCH = (
    Column(
        "state",
        T,
        "linked: the twin is known; held: it is not, and nothing that depends on it goes on",
        choices=LINKED_STATES,
    ),
    Column(
        "office_id",
        N,
        "Id in 24SevenOffice; of a customer also its number; of a product what order lines refer to",
        nullable=True,
    ),
    Column("number", T, "customer number, or item number (No), in 24SevenOffice", nullable=True),
    Column("how", T, "how the link came about", nullable=True, choices=HOW),
    Column("matched_at", TS, "when", nullable=True),
    Column("fresh", B, "true: this run made the link"),
    Column("reason", T, "why it is held, in a word", nullable=True),
    Column("words", T, "why it is held and what to do", nullable=True),
)


def _matched(name: str, doc: str, key: Column) -> FrameSpec:
    return FrameSpec(name, doc, (key.name,), (key, *_MATCH))


def _keys(name: str, doc: str, key: Column) -> FrameSpec:
    columns = {c.name: c for c in _MATCH}
    wanted = (replace(columns["office_id"], nullable=False), replace(columns["number"], nullable=True))
    how = (replace(columns["how"], nullable=False), replace(columns["matched_at"], nullable=False))
    return FrameSpec(name, doc, (key.name,), (key, *wanted, *how))


MATCHED_CUSTOMERS = _matched(
    "customers", "Customers of the store-day with their twins in 24SevenOffice.", CUSTOMERS.by_name["customer"]
)
MATCHED_PRODUCTS = _matched(
    "products", "Products of the store-day with their twins in 24SevenOffice.", PRODUCTS.by_name["article"]
)
CHANGES = FrameSpec(
    "changes",
    "What was changed in 24SevenOffice, field by field; of personal fields only that they were.",
    (),
    (
        Column("key", T, "customer key or item number"),
        Column("office_id", N, "Id in 24SevenOffice"),
        Column("field", T, "field that was changed"),
        Column("was", T, "what it was; `(personal)` or `(empty)`"),
        Column("now", T, "what it is"),
    ),
)
CUSTOMER_KEYS = _keys("customer_keys", "Customer keys returned to Frontline.", CUSTOMERS.by_name["customer"])
PRODUCT_KEYS = _keys("product_keys", "Product keys returned to Frontline.", PRODUCTS.by_name["article"])
