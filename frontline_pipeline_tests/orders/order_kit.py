"""Orders for tests: delivered frames that hold by construction, keys, settings.

Belongs here: builders of orders and of the profile they go by.
Does not: assertions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from frontline_pipeline.accounting.vat import vat_on
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.orders.build import Built, build_documents, delivered, united
from frontline_pipeline.orders.from_frames import documents_from
from frontline_pipeline.orders.model import Keys, OrderDocument, ProductKey
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline.settings import Settings, StoreProfile
from frontline_pipeline_tests.strategies import DAY, LEDGER

KINDS: dict[str, Any] = {
    "base": {"form": "draft"},
    "customer": {"form": "order", "status": "ForInvoicing"},
    "web": {"form": "invoice"},
}
KEYS = Keys(
    customers={"C1": 10001, "C2": 10002},
    products={"A1": ProductKey(501, 25_000), "A2": ProductKey(502, 15_000), "A3": ProductKey(503)},
)


def order_profile(
    orders: Mapping[str, Any] | None = None,
    tenders: Mapping[str, Any] | None = None,
    movements: Mapping[str, Any] | None = None,
    **store: Any,
) -> StoreProfile:
    """Store oslo of company nordlys with three kinds of orders; `orders`, `tenders` and `movements` are laid over."""
    ledger = {
        **LEDGER,
        # One that the ledger in memory knows (posting/fake_ledger.py).
        "voucher_type": 5,
        "tenders": {**LEDGER["tenders"], **(tenders or {})},
        "movements": {**LEDGER["movements"], **(movements or {})},
    }
    settings = Settings.model_validate(
        {
            "companies": {
                "nordlys": {
                    "name": "Nordlys AS",
                    "organisation_number": "999999999",
                    "office": {"application_id_env": "A", "username_env": "B", "password_env": "C"},
                    "ledger": ledger,
                    "orders": {"kinds": KINDS, **(orders or {})},
                }
            },
            "stores": {
                "oslo": {"name": "Oslo", "company": "nordlys", "registers": ["K1", "K2"], **store},
                "bergen": {"name": "Bergen", "company": "nordlys", "registers": ["B1"]},
            },
            "partitions": {"start": "2016-01-01"},
        }
    )
    return settings.store("oslo")


@dataclass(frozen=True)
class Row:
    """One item row: net unit price in øre, quantity in thousandths, discount and rate in thousandths of a percent."""

    article: str = "A1"
    price: int = 10_000
    quantity: int = 1000
    discount: int = 0
    rate: int = 25_000
    text: str | None = None


def order(
    order_id: str = "O1", *rows: Row | str, kind: str = "base", customer: str = "C1", **more: Any
) -> dict[str, Any]:
    """A delivered order whose totals are right; a text in place of a Row is a text row."""
    lines: list[dict[str, Any]] = []
    for number, row in enumerate(rows or (Row(),), 1):
        head = {"order_id": order_id, "line_id": str(number)}
        if isinstance(row, str):
            lines.append({**head, "kind": "text", "text": row, "amount": 0, "amount_excl_vat": 0})
            continue
        exact = row.quantity * row.price * (100_000 - row.discount)
        scale = 100_000_000
        net = (2 * abs(exact) + scale) // (2 * scale) * (1 if exact >= 0 else -1)
        lines.append(
            {
                **head,
                "kind": "item",
                "article": row.article,
                "text": row.text,
                "quantity": row.quantity,
                "price": row.price,
                "discount": row.discount or None,
                "amount_excl_vat": net,
                "amount": net + vat_on(net, row.rate),
                "rate": row.rate,
            }
        )
    return {
        "order_id": order_id,
        "kind": kind,
        "customer": customer,
        "ordered_at": pd.Timestamp(dt.datetime.combine(DAY, dt.time(12)), tz="Europe/Oslo"),
        "currency": "NOK",
        "total": sum(line["amount"] for line in lines),
        "total_excl_vat": sum(line["amount_excl_vat"] for line in lines),
        **more,
        "_lines": lines,
    }


def raw_bundle(*orders: Mapping[str, Any], day: dt.date = DAY) -> Bundle:
    """A store-day's delivered orders."""
    heads = [{key: value for key, value in each.items() if key != "_lines"} for each in orders]
    lines = [line for each in orders for line in each["_lines"]]
    frames = {
        ORDERS.name: ORDERS.conform(pd.DataFrame(heads)) if heads else ORDERS.empty(),
        ORDER_LINES.name: ORDER_LINES.conform(pd.DataFrame(lines)) if lines else ORDER_LINES.empty(),
    }
    return Bundle("oslo", day, Status.OK, frames)


def built(*orders: Mapping[str, Any], mine: StoreProfile | None = None, keys: Keys = KEYS, day: dt.date = DAY) -> Built:
    """Proof and build of a store-day's delivered orders."""
    raw, mine = raw_bundle(*orders, day=day), mine or order_profile()
    proof = prove_orders(raw, mine)
    assert not proof.broken, [f.message for f in proof.findings]
    heads = raw[ORDERS.name]
    return build_documents(heads, raw[ORDER_LINES.name], delivered(heads, mine), mine, keys, proof.held, day)


def documents(*orders: Mapping[str, Any], **options: Any) -> tuple[OrderDocument, ...]:
    """The documents of orders none of which may be held."""
    done = built(*orders, **options)
    assert not done.holds, done.holds
    day = options.get("day", DAY)
    return documents_from(Bundle("oslo", day, Status.OK, united(done)))
