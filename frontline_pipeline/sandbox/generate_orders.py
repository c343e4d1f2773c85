"""Made-up orders of a store-day as the extract contract, version 1.

Belongs here: a few orders of a simulated shop that add up to the øre, seeded, by its customers and its price list.
Does not: customers and products (generate_masters.py), Z-reports and receipts (generate_contract.py), faults.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from frontline_pipeline.accounting.vat import WHOLE, vat_on
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.frontline.framefiles import write_frame
from frontline_pipeline.sandbox.generate_masters import customers_of
from frontline_pipeline.sandbox.shop_profiles import PROFILES, rate_on
from frontline_pipeline.sandbox.shop_spec import ShopSpec


def write_orders(
    folder: Path,
    shop: ShopSpec,
    day: dt.date,
    kinds: Sequence[str],
    number: int = 3,
    seed: int = 1,
    suffix: Literal["csv", "parquet"] = "csv",
) -> list[Path]:
    """Deliver `number` orders with a store-day, their kinds in turn; the shop's customers and products stand beside them."""
    rng = random.Random(f"{seed}|{shop.store}|{day}")  # noqa: S311 - made-up orders, no secrets
    customers = customers_of(shop)["customer"].tolist()
    orders: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for at in range(number):
        order_id = f"{day:%y%m%d}-{at + 1:03d}"
        rows = [_line(order_id, position, shop, day, rng) for position in range(1, rng.randint(1, 4) + 1)]
        lines += rows
        orders.append(
            {
                "order_id": order_id,
                "kind": kinds[at % len(kinds)],
                "customer": customers[at % len(customers)],
                "ordered_at": pd.Timestamp(dt.datetime.combine(day, dt.time(9 + at % 9)), tz=OSLO),
                "currency": "NOK",
                "total": sum(row["amount"] for row in rows),
                "total_excl_vat": sum(row["amount_excl_vat"] for row in rows),
                "payment_days": 14,
            }
        )
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for spec, rows_of in ((ORDERS, orders), (ORDER_LINES, lines)):
        path = folder / f"{spec.name}.{suffix}"
        write_frame(spec.conform(pd.DataFrame(rows_of)), spec, path)
        paths.append(path)
    return paths


def _line(order_id: str, position: int, shop: ShopSpec, day: dt.date, rng: random.Random) -> dict[str, Any]:
    article = rng.choice(PROFILES[shop.profile].articles)
    rate = rate_on(article.vat_code, day)
    price = article.price * WHOLE // (WHOLE + rate)
    pieces, discount = rng.randint(1, 5), rng.choice((0, 0, 0, 10_000))
    net = (2 * pieces * price * (WHOLE - discount) + WHOLE) // (2 * WHOLE)
    return {
        "order_id": order_id,
        "line_id": str(position),
        "kind": "item",
        "article": article.number,
        "text": article.name,
        "quantity": pieces * 1000,
        "price": price,
        "discount": discount or None,
        "amount": net + vat_on(net, rate),
        "amount_excl_vat": net,
        "rate": rate,
    }
