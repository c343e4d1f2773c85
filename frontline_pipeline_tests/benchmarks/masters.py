"""Measures customers, products and orders of one store-day: cleaned, matched, built and recorded; without Dagster and without SOAP.

Belongs here: `python -m ...benchmarks.masters FOLDER CUSTOMERS PRODUCTS`, figures as JSON.
Does not: the steps of orders (orders.py), targets (__main__.py).

The client in memory has half of the customers (by organisation number) and half of the products (by item number); the rest is made.
Then the orders of those customers with those products. Then the same store-day again, when everything is known.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from stdnum import ean as gtin
from stdnum.no import orgnr

from frontline_pipeline.frames.masters import MATCHED_CUSTOMERS, MATCHED_PRODUCTS
from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.masterdata.customers import Cleaned, clean_customers
from frontline_pipeline.masterdata.matched import matched
from frontline_pipeline.masterdata.products import clean_products
from frontline_pipeline.office.models_companies import Company
from frontline_pipeline.posting.twins import Twins
from frontline_pipeline.posting.twins_customers import Customers
from frontline_pipeline.posting.twins_products import ProductsOfClient
from frontline_pipeline.posting.twins_register import Register
from frontline_pipeline.settings_masterdata import CustomerRules, MasterDataRules, ProductRules
from frontline_pipeline_tests.benchmarks import orders
from frontline_pipeline_tests.benchmarks.ground import peak_mb
from frontline_pipeline_tests.posting.fake_client import FakeCompanies, FakeProducts
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, NoWaiting, fresh_log, settings


def organisation_numbers(count: int) -> list[str]:
    """Numbers with the right check digit."""
    found: list[str] = []
    for start in range(900_000_00, 999_999_99):
        found += [number for digit in range(10) if orgnr.is_valid(number := f"{start}{digit}")]
        if len(found) >= count:
            break
    return found[:count]


def raw_customers(numbers: list[str]) -> pd.DataFrame:
    """Business customers with everything that Frontline has of one."""
    count = len(numbers)
    return CUSTOMERS.conform(
        pd.DataFrame(
            {
                "customer": [f"K-{n}" for n in range(count)],
                "kind": "business",
                "name": [f"Firma {n} AS" for n in range(count)],
                "organisation_number": [f"NO {x[:3]} {x[3:6]} {x[6:]} MVA" for x in numbers],
                "email": [f"post{n}@firma.example" for n in range(count)],
                "phone": [str(20_000_000 + n) for n in range(count)],
                "street": [f"Gata {n}" for n in range(count)],
                "postal_code": "0150",
                "city": "Oslo",
                "country": "NO",
                "payment_days": 14,
            }
        )
    )


def raw_products(count: int) -> pd.DataFrame:
    """Products with everything that Frontline has of one."""
    stems = [f"70300{n:07d}" for n in range(count)]
    return PRODUCTS.conform(
        pd.DataFrame(
            {
                "article": [f"{n:06d}" for n in range(count)],
                "name": [f"Vare {n}" for n in range(count)],
                "ean": [stem + gtin.calc_check_digit(stem) for stem in stems],
                "article_group": "100",
                "price": np.arange(count) * 100 + 12_500,
                "cost": np.arange(count) * 50,
                "rate": 25_000,
                "active": True,
            }
        )
    )


def main(folder: str, customers: str, products: str) -> None:
    """The first day and the second, in seconds of CPU and calls to the client, and the first day's orders."""
    log = fresh_log(Path(folder))
    common = MasterDataRules()
    numbers = organisation_numbers(int(customers))
    companies, goods = FakeCompanies(), FakeProducts()
    for number in numbers[::2]:
        companies.there[len(companies.there) + 10_001] = Company(
            company_id=len(companies.there) + 10_001, name="There", organisation_number=number
        )
    for n in range(0, int(products), 2):
        goods.has(no=f"{n:06d}", name="There")
    delivered, wares = raw_customers(numbers), raw_products(int(products))
    days: list[tuple[Callable[[], Cleaned], Register, FrameSpec]] = [
        (
            lambda: clean_customers(delivered, "oslo", CustomerRules(), "salt"),
            Customers(companies, CustomerRules(), common),
            MATCHED_CUSTOMERS,
        ),
        (
            lambda: clean_products(wares, ProductRules(default_category=1), "salt"),
            ProductsOfClient(goods, ProductRules(default_category=1), common),
            MATCHED_PRODUCTS,
        ),
    ]
    cpu, calls = [], []
    ids: dict[str, dict[str, int]] = {}
    for _ in range(2):
        companies.calls, goods.calls = [], []
        started = time.process_time()
        for clean, register, spec in days:
            cleaned = clean()
            twins = Twins(log, "fjord", settings().companies["fjord"], FakeLedger, waiting=NoWaiting())  # type: ignore[arg-type,return-value]
            found = twins.find(cleaned.rows[cleaned.rows["held_by"].isna()], register, "oslo")
            rows = matched(spec, cleaned.rows, cleaned.notes, found.rows)
            if not rows["state"].eq("linked").all():
                raise SystemExit(f"not all are linked: {rows['reason'].value_counts().to_dict()}")
            ids[spec.name] = dict(zip(rows[spec.key[0]].tolist(), rows["office_id"].tolist(), strict=True))
        cpu.append(time.process_time() - started)
        calls.append(len(companies.calls) + len(goods.calls))
    built = orders.steps(ids[MATCHED_CUSTOMERS.name], ids[MATCHED_PRODUCTS.name])
    print(json.dumps({"first": cpu[0], "second": cpu[1], "orders": built, "calls": calls, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
