"""How much CPU a store-day's orders cost: 5,000 orders with 25,000 rows, from delivered frames to documents.

Belongs here: frames of that size, and the measured steps.
Does not: sending (its cost is the calls), customers and products of the same day (masters.py, which runs this too).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.orders.build import build_documents, delivered, united
from frontline_pipeline.orders.from_frames import documents_from
from frontline_pipeline.orders.model import Keys, ProductKey
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline_tests.orders.order_kit import order_profile
from frontline_pipeline_tests.strategies import DAY

NUMBER, ROWS = 5_000, 5


def delivered_day(customers: Sequence[str], articles: Sequence[str], number: int = NUMBER, rows: int = ROWS) -> Bundle:
    """A store-day's orders of these, whose totals are right, made by column."""
    total = number * rows
    at = np.arange(total)
    net = (at % 90 + 1) * 1000
    quantity = at % 9 + 1
    amount_net = net * quantity
    rate = np.where(at % 3 == 0, 15_000, 25_000)
    amount = amount_net + amount_net * rate // 100_000
    names = pd.Series([f"O{n}" for n in range(number)], dtype="str")
    lines = pd.DataFrame(
        {
            "order_id": names.repeat(rows).reset_index(drop=True),
            "line_id": pd.Series((at % rows + 1).astype(str), dtype="str"),
            "kind": "item",
            "article": pd.Series([articles[n % len(articles)] for n in range(total)], dtype="str"),
            "quantity": quantity * 1000,
            "price": net,
            "amount": amount,
            "amount_excl_vat": amount_net,
            "rate": rate,
        }
    )
    sums = lines.groupby("order_id", sort=False)[["amount", "amount_excl_vat"]].sum()
    heads = pd.DataFrame(
        {
            "order_id": names,
            "kind": "base",
            "customer": [customers[n % len(customers)] for n in range(number)],
            "ordered_at": pd.Timestamp(DAY, tz="Europe/Oslo"),
            "currency": "NOK",
            "total": sums["amount"].to_numpy(),
            "total_excl_vat": sums["amount_excl_vat"].to_numpy(),
        }
    )
    return Bundle(
        "oslo",
        DAY,
        Status.OK,
        {ORDERS.name: ORDERS.conform(heads), ORDER_LINES.name: ORDER_LINES.conform(lines)},
    )


def steps(customers: dict[str, int], articles: dict[str, int]) -> dict[str, float]:
    """Seconds of CPU per step; `customers` and `articles`: the ids of all keys that there are."""
    profile = order_profile()
    keys = Keys(customers=customers, products={name: ProductKey(n, 25_000) for name, n in articles.items()})
    raw = delivered_day(list(customers), list(articles))
    heads, lines = raw[ORDERS.name], raw[ORDER_LINES.name]
    at = [time.process_time()]
    proof = prove_orders(raw, profile)
    at.append(time.process_time())
    built = build_documents(heads, lines, delivered(heads, profile), profile, keys, proof.held, DAY)
    at.append(time.process_time())
    documents = documents_from(Bundle("oslo", DAY, Status.OK, united(built)))
    at.append(time.process_time())
    if proof.held or len(documents) != NUMBER or len(built.rows) != NUMBER * ROWS:
        raise SystemExit(f"{len(documents)} documents with {len(built.rows)} rows, {len(proof.held)} held")
    return {name: at[n + 1] - at[n] for n, name in enumerate(("proven", "as frames", "as objects"))}
