"""Frames of orders that the pipeline makes: order documents with their rows, the receipts behind them, and what is held.

Belongs here: names, kinds, units and keys of the columns of these frames.
Does not: delivered orders (raw_master.py), how a document is made (orders/), how it is sent (posting/).
"""

from __future__ import annotations

from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

T, N, M, R, Q, D, B = Kind.TEXT, Kind.INT, Kind.MONEY, Kind.RATE, Kind.QUANTITY, Kind.DATE, Kind.BOOL

FORMS = ("draft", "order", "invoice")
PRICES = ("excl_vat", "incl_vat")
SOURCES = ("order", "sales")

_KEY = Column("document_key", T, "`store/order/<order id>`, or `store/sales/<customer>/<period>`", max_length=200)


def _text(name: str, doc: str, *, personal: bool = False) -> Column:
    return Column(name, T, doc, nullable=True, personal=personal)


ORDER_DOCUMENTS = FrameSpec(
    "order_documents",
    "One row per order as it goes to 24SevenOffice.",
    ("document_key",),
    (
        _KEY,
        Column("order_id", T, "order key in Frontline, or the key of an order made from sales"),
        Column("source", T, "delivered as an order, or made from sales", choices=SOURCES),
        Column("kind", T, "kind of order; the key of the order settings"),
        Column("form", T, "what it becomes", choices=FORMS),
        Column("status", T, "OrderStatus in 24SevenOffice"),
        Column("credit", B, "a credit note: its total is negative"),
        _text("original_order", "order that a credit note refers to"),
        Column("customer", T, "customer key in Frontline"),
        Column("customer_id", N, "customer number in 24SevenOffice", minimum=1),
        Column("ordered_on", D, "day of the order"),
        Column("currency", T, "currency", max_length=3),
        Column("total", M, "total incl. VAT"),
        Column("total_excl_vat", M, "total excl. VAT"),
        Column("prices", T, "which price stands on the rows", choices=PRICES),
        Column("payment_days", N, "payment time in days", nullable=True),
        _text("reference", "the customer's reference", personal=True),
        _text("kid", "payment id (KID)"),
        _text("title", "comment on the document", personal=True),
        Column("delivery_date", D, "date of delivery", nullable=True),
        _text("delivery_name", "name at the delivery address", personal=True),
        _text("delivery_street", "street of the delivery address", personal=True),
        _text("delivery_postal_code", "postal code of the delivery address", personal=True),
        _text("delivery_city", "postal area of the delivery address", personal=True),
        _text("delivery_country", "two-letter country code of the delivery address"),
        _text("delivery_phone", "phone at the delivery address", personal=True),
        _text("distribution", "print, email, electronic or unchanged; empty = as the customer's card says"),
        Column("automatic_sending", B, "whether 24SevenOffice may send it to the customer by itself"),
        _text("invoice_email", "e-mail that the invoice goes to", personal=True),
        Column("department_id", N, "department in 24SevenOffice", nullable=True),
        Column("project_id", N, "project in 24SevenOffice", nullable=True),
        Column("external_status", N, "a searchable number, where the settings give a range", nullable=True),
    ),
)
ORDER_ROWS = FrameSpec(
    "order_rows",
    "Rows of the order documents, in the order they are sent.",
    ("document_key", "position"),
    (
        _KEY,
        Column("position", N, "1, 2, ... in the order sent", minimum=1),
        Column("line_id", T, "line number in Frontline"),
        Column("kind", T, "item or text row", choices=("item", "text")),
        _text("article", "item number in Frontline"),
        Column("product_id", N, "internal product id in 24SevenOffice", nullable=True),
        _text("text", "text of the row"),
        Column("quantity", Q, "quantity; 0 on a text row"),
        Column("price", M, "unit price, excl. or incl. VAT as the document's `prices` says; 0 on a text row"),
        Column("discount", R, "discount in percent", minimum=0),
        Column("amount", M, "row total incl. VAT"),
        Column("amount_excl_vat", M, "row total excl. VAT"),
        Column("rate", R, "VAT rate; empty on a text row", nullable=True),
        _text("tax_code", "the tax code's number in 24SevenOffice, where the row states its VAT"),
        Column("department_id", N, "department in 24SevenOffice", nullable=True),
        Column("project_id", N, "project in 24SevenOffice", nullable=True),
        Column("dimensions", T, "user-defined dimensions as JSON, a list of [type id, value]"),
    ),
)
ORDER_RECEIPTS = FrameSpec(
    "order_receipts",
    "The receipts that an order holds: each is in at most one order, and then in no journal.",
    ("register", "receipt_id"),
    (
        _KEY,
        Column("register", T, "cash register id"),
        Column("receipt_id", T, "receipt number on its register"),
        Column("z_number", T, "Z-report that closes the receipt; empty where an order only names it", nullable=True),
        Column("business_day", D, "business day of the receipt", nullable=True),
        _text("original_receipt", "receipt that a return refers to"),
    ),
)
ORDER_HOLDS = FrameSpec(
    "order_holds",
    "Orders that are not sent, and why; the others of the store-day go on.",
    (),
    (
        Column("order_id", T, "order key"),
        Column("rule", T, "the rule that holds it"),
        Column("message", T, "why, in words; keys only"),
        Column("next_step", T, "what to do"),
    ),
)
ORDER_FRAMES = (ORDERS, ORDER_LINES)
"""What the assets raw_orders and orders carry."""
ORDER_DOCUMENT_FRAMES = (ORDER_DOCUMENTS, ORDER_ROWS, ORDER_RECEIPTS, ORDER_HOLDS)
"""What the asset order_documents carries."""
