"""How much CPU and memory a store-day's orders cost: 5,000 orders with 25,000 rows, from delivered frames to documents.

Belongs here: frames of that size, and the measured steps.
Does not: sending (its cost is the calls), the other benchmarks.

`python -m frontline_pipeline_tests.benchmarks.orders` prints seconds of CPU per step and the peak memory of the process.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import TypeVar

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

T = TypeVar("T")
NUMBER, ROWS, ARTICLES, CUSTOMERS = 5_000, 5, 2_000, 1_000


def delivered_day(number: int = NUMBER, rows: int = ROWS) -> Bundle:
    """A store-day's orders whose totals are right, made by column."""
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
            "article": pd.Series([f"A{n % ARTICLES}" for n in range(total)], dtype="str"),
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
            "customer": [f"C{n % CUSTOMERS}" for n in range(number)],
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


def measured(name: str, step: Callable[[], T]) -> T:
    """Run a step and print its CPU seconds."""
    begun = time.process_time()
    result = step()
    print(f"{name:<28}{time.process_time() - begun:8.2f} s CPU")
    return result


def main() -> None:
    """Print the figures."""
    profile = order_profile()
    keys = Keys(
        customers={f"C{n}": 10_000 + n for n in range(CUSTOMERS)},
        products={f"A{n}": ProductKey(500 + n, 25_000) for n in range(ARTICLES)},
    )
    raw = delivered_day()
    begun = time.process_time()
    proof = measured("proof", lambda: prove_orders(raw, profile))
    assert not proof.held
    heads, lines = raw[ORDERS.name], raw[ORDER_LINES.name]
    built = measured(
        "documents (frames)",
        lambda: build_documents(heads, lines, delivered(heads, profile), profile, keys, proof.held, DAY),
    )
    assert len(built.documents) == NUMBER
    assert len(built.rows) == NUMBER * ROWS
    bundle = Bundle("oslo", DAY, Status.OK, united(built))
    documents = measured("documents (objects)", lambda: documents_from(bundle))
    assert len(documents) == NUMBER
    print(f"{'all':<28}{time.process_time() - begun:8.2f} s CPU")
    print(f"{'peak memory':<28}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main()
