"""The raw frames of customers, products and orders, as Frontline delivers them: tables of the extract contract, version 1.

Belongs here: names, kinds, units and keys of delivered columns.
Does not: Z-reports and receipts (raw.py), frames that the pipeline makes of these (masters.py), the lengths of 24SevenOffice's
fields: a name that is too long for it is cut with a warning, not refused (masterdata/).
"""

from __future__ import annotations

from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

T, N, M, R, Q, D, TS, B = (
    Kind.TEXT,
    Kind.INT,
    Kind.MONEY,
    Kind.RATE,
    Kind.QUANTITY,
    Kind.DATE,
    Kind.TIMESTAMP,
    Kind.BOOL,
)

CUSTOMER_KINDS = ("private", "business")


def _personal(name: str, doc: str, max_length: int | None = None) -> Column:
    return Column(name, T, doc, nullable=True, max_length=max_length, personal=True)


def _address(prefix: str, what: str) -> tuple[Column, ...]:
    """The five columns of an address; an address without any of them is not there."""
    return (
        _personal(f"{prefix}_name", f"name on the {what}, when it is another than the customer's"),
        _personal(f"{prefix}_street", f"street of the {what}"),
        _personal(f"{prefix}_postal_code", f"postal code of the {what}, leading zeros kept"),
        _personal(f"{prefix}_city", f"postal area of the {what}"),
        Column(f"{prefix}_country", T, f"two-letter country code of the {what}", nullable=True, max_length=2),
    )


CUSTOMERS = FrameSpec(
    "customers",
    "Customers of the store (used by customer matching).",
    ("customer",),
    (
        Column("customer", T, "customer key in Frontline", max_length=100),
        Column("kind", T, "private or business", choices=CUSTOMER_KINDS),
        Column("name", T, "company or last name", personal=True),
        _personal("first_name", "first name of a private customer"),
        Column("organisation_number", T, "nine digits, with or without NO and MVA", nullable=True),
        _personal("email", "e-mail"),
        _personal("phone", "phone"),
        _personal("street", "street of the postal address"),
        _personal("postal_code", "postal code, leading zeros kept"),
        _personal("city", "postal area"),
        Column("country", T, "two-letter country code", nullable=True, max_length=2),
        Column("payment_days", N, "payment time in days", nullable=True, minimum=0),
        Column("changed_at", TS, "last change in Frontline", nullable=True),
        Column(
            "customer_number", N, "customer number in 24SevenOffice, when Frontline has it", nullable=True, minimum=1
        ),
        _personal("mobile", "mobile phone"),
        _personal("invoice_email", "e-mail that invoices go to"),
        *_address("invoice", "invoice address"),
        *_address("delivery", "delivery address"),
    ),
)

PRODUCTS = FrameSpec(
    "products",
    "Products of the store (used by product matching).",
    ("article",),
    (
        Column("article", T, "item number, leading zeros kept", max_length=100),
        Column("name", T, "product name"),
        Column("ean", T, "EAN / GTIN", nullable=True),
        Column("article_group", T, "group code; the key of the category map in the settings", nullable=True),
        Column("price", M, "price incl. VAT", nullable=True),
        Column("price_excl_vat", M, "price excl. VAT", nullable=True),
        Column("cost", M, "cost price", nullable=True),
        Column("vat_code", T, "the register's own VAT code", nullable=True),
        Column("rate", R, "VAT rate", nullable=True, minimum=0),
        Column("active", B, "false when the product is no longer sold"),
        Column("changed_at", TS, "last change in Frontline", nullable=True),
        Column("description", T, "longer text of the product", nullable=True),
    ),
)

ORDERS = FrameSpec(
    "orders",
    "Orders and order bases (ordregrunnlag; used by order transfer).",
    ("order_id",),
    (
        Column("order_id", T, "order key in Frontline", max_length=50),
        Column("kind", T, "kind of order; the key of the order settings"),
        Column("customer", T, "customer key"),
        Column("ordered_at", TS, "time of the order"),
        Column("currency", T, "currency", max_length=3),
        Column("total", M, "total incl. VAT"),
        Column("total_excl_vat", M, "total excl. VAT"),
        Column("original_order", T, "order that a return or credit refers to", nullable=True),
        _personal("reference", "the customer's reference", 50),
        Column("payment_days", N, "payment time in days", nullable=True, minimum=0),
        Column("kid", T, "payment id (KID)", nullable=True, max_length=25),
        Column("changed_at", TS, "last change in Frontline", nullable=True),
        Column("delivery_date", D, "date of delivery", nullable=True),
        Column(
            "register", T, "cash register of the receipt that the order was rung up on", nullable=True, max_length=100
        ),
        Column("receipt_id", T, "that receipt, on its register", nullable=True, max_length=100),
        Column("text", T, "comment on the document", nullable=True, max_length=750, personal=True),
        Column(
            "distribution",
            T,
            "how the invoice is sent; empty = as the settings or the customer say",
            nullable=True,
            choices=("print", "email", "electronic"),
        ),
        _personal("invoice_email", "e-mail that this invoice goes to"),
        *_address("delivery", "delivery address"),
        _personal("delivery_phone", "phone at the delivery address"),
    ),
)

ORDER_LINES = FrameSpec(
    "order_lines",
    "Lines of the orders.",
    ("order_id", "line_id"),
    (
        Column("order_id", T, "order key in Frontline", max_length=50),
        Column("line_id", T, "line number"),
        Column("kind", T, "item or text line", choices=("item", "text")),
        Column("article", T, "item number", nullable=True),
        Column("text", T, "line text", nullable=True, max_length=300),
        Column("quantity", Q, "quantity, negative for what is returned", nullable=True),
        Column("price", M, "unit price excl. VAT", nullable=True),
        Column("discount", R, "discount in percent, 0-100", nullable=True, minimum=0),
        Column("amount", M, "line total incl. VAT"),
        Column("amount_excl_vat", M, "line total excl. VAT"),
        Column("vat_code", T, "the register's own VAT code", nullable=True),
        Column("rate", R, "VAT rate", nullable=True, minimum=0),
        Column("department_id", N, "department in 24SevenOffice, when the line has its own", nullable=True, minimum=0),
        Column("project_id", N, "project in 24SevenOffice, when the line has its own", nullable=True, minimum=0),
    ),
)
