"""Made-up customers, products and orders of a store-day as the extract contract, version 1.

Belongs here: a few orders that add up to the øre, of any number, seeded; and the folder they are delivered in.
Does not: Z-reports and receipts (generate_contract.py), faults.

Names are made up; organisation numbers have a right check digit and begin with 99900, which no real company has.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from stdnum.no import orgnr

from frontline_pipeline.accounting.vat import vat_on
from frontline_pipeline.frames.raw_master import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.frontline.framefiles import write_frame

_CUSTOMERS = ("Sjøboden AS", "Kontor & Co AS", "Fjellstua AS", "Brygga Drift AS", "Nord Idrettslag", "Havna Kafe AS")
_PRODUCTS = (
    ("100201", "Ullgenser", 25_000, 89_900),
    ("100305", "Regnjakke", 25_000, 119_900),
    ("004711", "Termokopp", 25_000, 14_900),
    ("200100", "Matpakke", 15_000, 8_900),
    ("300001", "Guidebok", 0, 29_900),
)
"""Article, name, rate, net price in øre."""


def write_orders(
    folder: Path,
    day: dt.date,
    kinds: Sequence[str],
    number: int = 3,
    seed: int = 1,
    suffix: Literal["csv", "parquet"] = "csv",
) -> list[Path]:
    """Deliver `number` orders with a store-day, their kinds in turn, and the customers and products that they name."""
    rng = random.Random(f"{seed}/{day}")  # noqa: S311
    customers = [_customer(n) for n in range(min(number, len(_CUSTOMERS)))]
    orders: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for at in range(number):
        order_id = f"{day:%y%m%d}-{at + 1:03d}"
        rows = [_line(order_id, position, rng) for position in range(1, rng.randint(1, 4) + 1)]
        lines += rows
        orders.append(
            {
                "order_id": order_id,
                "kind": kinds[at % len(kinds)],
                "customer": customers[at % len(customers)]["customer"],
                "ordered_at": pd.Timestamp(dt.datetime.combine(day, dt.time(9 + at % 9)), tz=OSLO),
                "currency": "NOK",
                "total": sum(row["amount"] for row in rows),
                "total_excl_vat": sum(row["amount_excl_vat"] for row in rows),
                "payment_days": 14,
            }
        )
    products = [
        {"article": article, "name": name, "rate": rate, "price_excl_vat": price, "active": True}
        for article, name, rate, price in _PRODUCTS
    ]
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for spec, rows_of in ((CUSTOMERS, customers), (PRODUCTS, products), (ORDERS, orders), (ORDER_LINES, lines)):
        path = folder / f"{spec.name}.{suffix}"
        write_frame(spec.conform(pd.DataFrame(rows_of)), spec, path)
        paths.append(path)
    return paths


def _customer(at: int) -> dict[str, Any]:
    stem = f"99900{301 + at}"
    return {
        "customer": f"K-{at + 1:04d}",
        "kind": "business",
        "name": _CUSTOMERS[at],
        "organisation_number": _checked(stem),
        "country": "NO",
    }


def _checked(stem: str) -> str | None:
    """The number with its check digit; None for a stem that has none."""
    return next((stem + digit for digit in "0123456789" if orgnr.is_valid(stem + digit)), None)


def _line(order_id: str, position: int, rng: random.Random) -> dict[str, Any]:
    article, name, rate, price = rng.choice(_PRODUCTS)
    pieces, discount = rng.randint(1, 5), rng.choice((0, 0, 0, 10_000))
    net = (2 * pieces * price * (100_000 - discount) + 100_000) // 200_000
    return {
        "order_id": order_id,
        "line_id": str(position),
        "kind": "item",
        "article": article,
        "text": name,
        "quantity": pieces * 1000,
        "price": price,
        "discount": discount or None,
        "amount": net + vat_on(net, rate),
        "amount_excl_vat": net,
        "rate": rate,
    }
