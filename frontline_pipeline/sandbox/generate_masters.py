"""Customers and products of simulated shops, as frames of the extract contract.

Belongs here: who buys on account and what is on the price list, made up from a shop's profile.
Does not: orders, the days of a shop (shop.py), file formats (frontline/framefiles.py).

Everything is made up; organisation numbers have a right check digit but begin with 999 0, which nobody has been given.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import pandas as pd
from stdnum import ean
from stdnum.no import orgnr

from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.frontline.framefiles import write_frame
from frontline_pipeline.sandbox.shop_profiles import CUSTOMERS as CUSTOMER_KEYS
from frontline_pipeline.sandbox.shop_profiles import PROFILES, rate_on
from frontline_pipeline.sandbox.shop_spec import ShopSpec

_NAMES = ("Fjell", "Havn", "Nord", "Bjørk", "Elv", "Skog", "Bre", "Holme", "Lyng", "Tind", "Vik", "Øy")
_WEIGHED = "per kg"


def customers_of(shop: ShopSpec) -> pd.DataFrame:
    """CUSTOMERS that buy on account, two companies to one person; the same for every store, as in a chain."""
    numbers = _organisation_numbers(len(CUSTOMER_KEYS))
    rows: list[dict[str, object]] = []
    for position, key in enumerate(CUSTOMER_KEYS):
        name, private = _NAMES[position % len(_NAMES)], position % 3 == 2
        rows.append(
            {
                "customer": key,
                "kind": "private" if private else "business",
                "name": f"{name}sen" if private else f"{name} Eksempel AS",
                "first_name": "Kim" if private else None,
                "organisation_number": None if private else f"NO {numbers[position]} MVA",
                "email": f"{key}@eksempel.example",
                "phone": f"2200{key[-4:]}",
                "street": f"Eksempelgata {position + 1}",
                "postal_code": f"{position + 101:04d}",
                "city": "Oslo",
                "country": "NO",
                "payment_days": None if private else 14,
            }
        )
    return _frame(CUSTOMERS, rows)


def products_of(shop: ShopSpec, day: dt.date) -> pd.DataFrame:
    """PRODUCTS: the price list of the shop's profile, with the rates of `day`."""
    rows: list[dict[str, object]] = []
    # A company's shops may sell by several price lists: no EAN stands on two of them.
    price_list = list(PROFILES).index(shop.profile)
    for position, article in enumerate(PROFILES[shop.profile].articles):
        stem = f"703999{price_list:02d}{position:04d}"
        rows.append(
            {
                "article": article.number,
                "name": article.name,
                "ean": None if article.weighed else stem + ean.calc_check_digit(stem),
                "article_group": article.group,
                "price": article.price,
                "cost": article.price * 2 // 5,
                "vat_code": article.vat_code,
                "rate": rate_on(article.vat_code, day),
                "active": True,
                "description": _WEIGHED if article.weighed else None,
            }
        )
    return _frame(PRODUCTS, rows)


def write_masters(folder: Path, shop: ShopSpec, day: dt.date, suffix: Literal["csv", "parquet"]) -> list[Path]:
    """Writes the customers and products of a store-day into `folder`; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for spec, frame in ((CUSTOMERS, customers_of(shop)), (PRODUCTS, products_of(shop, day))):
        paths.append(folder / f"{spec.name}.{suffix}")
        write_frame(frame, spec, paths[-1])
    return paths


def _frame(spec: FrameSpec, rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = {name: pd.Series([row.get(name) for row in rows], dtype="object") for name in spec.column_names}
    return spec.conform(pd.DataFrame(columns))


def _organisation_numbers(count: int) -> list[str]:
    found: list[str] = []
    for start in range(999_001_00, 999_010_00):
        found += [number for digit in range(10) if orgnr.is_valid(number := f"{start}{digit}")]
        if len(found) >= count:
            break
    return found[:count]
