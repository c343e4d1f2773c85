"""What 24SevenOffice makes of an order's rows: the totals it will compute, before anything is sent.

Belongs here: row and total amounts from quantity, price, discount and rate, exact, for one row and for columns of rows; the text of a
row whose amount no price in whole øre gives.
Does not: rules about orders (proof.py), comparing what came back (posting/).

How the service rounds is not documented (API.md section 11, point 4). Taken as: each row is rounded half away from zero to the øre,
VAT per row. Where that is wrong the totals that are read back differ, and the order is reported.
"""

from __future__ import annotations

import pandas as pd

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.vat import WHOLE, contained_vat, vat_on
from frontline_pipeline.settings_orders import Prices

_SCALE = 1000 * WHOLE


def row_total(quantity: int, price: Ore, discount: int) -> Ore:
    """Quantity (thousandths) x price less discount (thousandths of a percent), rounded half away from zero."""
    exact = quantity * price * (WHOLE - discount)
    size = (2 * abs(exact) + _SCALE) // (2 * _SCALE)
    return size if exact >= 0 else -size


def row_amounts(quantity: int, price: Ore, discount: int, rate: int | None, prices: Prices) -> tuple[Ore, Ore]:
    """(incl. VAT, excl. VAT) of a row whose price is excl. or incl. VAT."""
    stated = row_total(quantity, price, discount)
    if prices == "incl_vat":
        return stated, stated - contained_vat(stated, rate or 0)
    return stated + vat_on(stated, rate or 0), stated


def unit_price(quantity: int, amount: Ore, discount: int) -> Ore | None:
    """The price in whole øre with which a row comes out at `amount`; None when there is none."""
    scale = quantity * (WHOLE - discount)
    if scale == 0:
        return 0 if amount == 0 else None
    size = (2 * abs(amount) * _SCALE + abs(scale)) // (2 * abs(scale))
    price = size if (amount >= 0) == (scale > 0) else -size
    return price if row_total(quantity, price, discount) == amount else None


def one_piece(quantity: int, words: str | None) -> str:
    """Text of a row that goes as one piece: how many it says, exact from its thousandths, and of what ("1234.567 x Cable")."""
    whole, part = divmod(abs(quantity), 1000)
    number = f"{'-' if quantity < 0 else ''}{whole}" + (f".{part:03d}".rstrip("0") if part else "")
    return f"{number} x {words or ''}".strip()[:300]


def amounts_of(frame: pd.DataFrame, prices: pd.Series) -> tuple[list[Ore], list[Ore]]:
    """(incl., excl.) of rows with columns quantity, price, discount, rate; `prices` says for each which price stands on it."""
    incl: list[Ore] = []
    excl: list[Ore] = []
    columns = (frame["quantity"], frame["price"], frame["discount"], frame["rate"].fillna(0), prices)
    for quantity, price, discount, rate, of in zip(*(column.tolist() for column in columns), strict=True):
        with_vat, without = row_amounts(quantity, price, discount, int(rate), of)
        incl.append(with_vat)
        excl.append(without)
    return incl, excl
