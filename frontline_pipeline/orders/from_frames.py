"""Order documents as objects, from the frames of a store-day.

Belongs here: frames (frames/orders.py) -> OrderDocument and OrderHold.
Does not: make the frames (build.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from frontline_pipeline.accounting.plain import rows, tuples
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.orders import ORDER_DOCUMENTS, ORDER_HOLDS, ORDER_RECEIPTS, ORDER_ROWS
from frontline_pipeline.orders.model import Address, OrderDocument, OrderHold, OrderReceipt, OrderRow

_ROW = (
    "line_id",
    "kind",
    "article",
    "product_id",
    "text",
    "quantity",
    "price",
    "discount",
    "amount",
    "amount_excl_vat",
    "rate",
    "tax_code",
    "department_id",
    "project_id",
)
_SAME = (
    "document_key",
    "order_id",
    "source",
    "kind",
    "status",
    "credit",
    "customer",
    "customer_id",
    "currency",
    "total",
    "total_excl_vat",
    "prices",
    "original_order",
    "payment_days",
    "reference",
    "kid",
    "title",
    "distribution",
    "automatic_sending",
    "invoice_email",
    "department_id",
    "project_id",
    "external_status",
)


def documents_from(bundle: Bundle) -> tuple[OrderDocument, ...]:
    """The order documents of a bundle of order_documents, in its order."""
    of_rows: dict[str, list[OrderRow]] = defaultdict(list)
    frame = frame_of(bundle, ORDER_ROWS).sort_values(["document_key", "position"], kind="stable")
    dimensions: dict[str, tuple[tuple[int, str], ...]] = {}
    for key, told, *values in tuples(frame, ("document_key", "dimensions", *_ROW)):
        if told not in dimensions:
            dimensions[told] = tuple((type_id, value) for type_id, value in json.loads(told))
        of_rows[key].append(OrderRow(**dict(zip(_ROW, values, strict=True)), dimensions=dimensions[told]))
    receipts: dict[str, list[OrderReceipt]] = defaultdict(list)
    for row in rows(frame_of(bundle, ORDER_RECEIPTS)):
        receipts[row["document_key"]].append(
            OrderReceipt(row["register"], row["receipt_id"], row["z_number"], row["original_receipt"])
        )
    return tuple(
        OrderDocument(
            store=bundle.store,
            business_day=bundle.business_day,
            form=row["form"],
            ordered_on=row["ordered_on"].date(),
            rows=tuple(of_rows[row["document_key"]]),
            receipts=tuple(receipts[row["document_key"]]),
            delivery=_delivery(row),
            delivery_date=row["delivery_date"].date() if row["delivery_date"] else None,
            **{name: row[name] for name in _SAME},
        )
        for row in rows(frame_of(bundle, ORDER_DOCUMENTS))
    )


def holds_from(bundle: Bundle) -> tuple[OrderHold, ...]:
    """The orders of a bundle of order_documents that are held."""
    return tuple(OrderHold(**row) for row in rows(frame_of(bundle, ORDER_HOLDS)))


def _delivery(row: dict[str, Any]) -> Address | None:
    parts = [row[f"delivery_{name}"] or "" for name in ("name", "street", "postal_code", "city", "country", "phone")]
    return Address(*parts) if any(parts) else None
