"""Sums over the receipts of a store-day, per Z-report; vectorised.

Belongs here: receipts frames -> ReceiptFacts, and the joins that receipts.py also needs.
Does not: comparing the sums with the Z-report (receipts.py, z_report.py).

Credit sales and credit returns are not part of cash sales (kassasystemforskrifta s. 2-8-2, second paragraph): they stay in the
frames and out of the sums.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from frontline_pipeline.accounting.model import GroupSales, ReceiptFacts, ZKey
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_LINES, RECEIPT_PAYMENTS, RECEIPT_VAT, RECEIPTS
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.settings import StoreProfile

SALES_KINDS = ("sale", "return")
CREDIT_KINDS = ("credit_sale", "credit_return")
Z_COLUMNS = ["register", "z_number"]
RECEIPT_COLUMNS = [*Z_COLUMNS, "receipt_id"]
LIMIT_PER_RECEIPT: Ore = 50
"""Cash rounds to the whole krone: at most 50 øre on a receipt (DOMAIN C.4)."""


def delivered(receipts: Bundle | None) -> bool:
    """Whether receipts came with this store-day."""
    return receipts is not None and receipts.status is Status.OK and len(frame_of(receipts, RECEIPTS)) > 0


def with_receipt(receipts: Bundle, spec: FrameSpec) -> pd.DataFrame:
    """A child frame with the columns `kind` and `customer` of its receipt; a row without a receipt has an empty kind."""
    parents = frame_of(receipts, RECEIPTS)[[*RECEIPT_COLUMNS, "kind", "customer"]].drop_duplicates(RECEIPT_COLUMNS)
    return frame_of(receipts, spec).merge(parents, on=RECEIPT_COLUMNS, how="left")


def sales_only(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of cash sales and returns."""
    return frame[frame["kind"].isin(SALES_KINDS)]


def pays_cash(payments: pd.DataFrame, profile: StoreProfile) -> pd.Series:
    """Whether each payment is in notes and coins, by the tender's rule or its SAF-T type."""
    pairs = payments[["tender", "tender_type"]].drop_duplicates()
    cash = [
        profile.is_cash(str(tender), None if pd.isna(kind) else str(kind))
        for tender, kind in zip(pairs["tender"], pairs["tender_type"], strict=True)
    ]
    known = pairs.assign(cash=pd.Series(cash, index=pairs.index, dtype="bool"))
    return payments[["tender", "tender_type"]].merge(known, on=["tender", "tender_type"], how="left")["cash"]


def whole_lines(lines: pd.DataFrame) -> set[ZKey]:
    """Z-reports whose receipt lines all name VAT code and rate, amounts of zero excepted."""
    silent = (lines["vat_code"].isna() | lines["rate"].isna()) & (lines["amount"] != 0)
    return {ZKey(*key) for key, bad in items(silent.groupby([lines[c] for c in Z_COLUMNS]).any()) if not bad}


def last_sales(receipts: Bundle | None) -> dict[ZKey, dt.datetime]:
    """Time of the last cash sale or return per Z-report, where receipts carry a time."""
    if receipts is None or not delivered(receipts):
        return {}
    timed = sales_only(frame_of(receipts, RECEIPTS)).dropna(subset=["occurred_at"])
    latest = timed.groupby(Z_COLUMNS)["occurred_at"].max()
    return {ZKey(*key): value.to_pydatetime() for key, value in items(latest)}


def receipt_facts(receipts: Bundle | None, profile: StoreProfile) -> dict[ZKey, ReceiptFacts]:
    """What the receipts say, per Z-report that has any; empty when none were delivered or the store's setting is `none`.

    Frames must be structurally valid (validity.py).
    """
    if receipts is None or not delivered(receipts) or profile.store.receipts == "none":
        return {}
    heads = frame_of(receipts, RECEIPTS)
    counted = heads[~heads["kind"].isin(CREDIT_KINDS)]
    lines = sales_only(with_receipt(receipts, RECEIPT_LINES))
    payments = with_receipt(receipts, RECEIPT_PAYMENTS)
    counts = items(sales_only(heads).groupby(Z_COLUMNS).size())
    rounding = items(counted.groupby(Z_COLUMNS)["rounding"].sum())
    no_cash, too_large = _odd_rounding(counted, payments, profile)
    pairs = heads[Z_COLUMNS].drop_duplicates()
    keys = [ZKey(str(r), str(z)) for r, z in zip(pairs["register"], pairs["z_number"], strict=True)]
    rates = _rates(receipts, lines, keys)
    customers = payments[payments["customer"].notna() & ~payments["kind"].isin(CREDIT_KINDS)]
    paid = grouped(customers, ["tender", "customer"])

    number = {ZKey(*key): int(value) for key, value in counts}
    rounded = {ZKey(*key): int(value) for key, value in rounding}
    return {
        key: ReceiptFacts(
            count=number.get(key, 0),
            rounding=rounded.get(key, 0),
            rounding_without_cash=tuple(no_cash[key]),
            rounding_too_large=tuple(too_large[key]),
            lines_by_rate=tuple((code, int(rate), n) for code, rate, n in rates[key].lines),
            gross_by_rate=tuple((code, int(rate), n) for code, rate, n in rates[key].gross),
            group_sales=tuple(
                GroupSales("" if pd.isna(group) else str(group), code, int(rate), n)
                for group, code, rate, n in rates[key].groups
            ),
            paid_by_customer=tuple((tender, customer, n) for tender, customer, n in paid[key]),
            sales_by_original_date=tuple(
                (code, int(rate), None if pd.isna(day) else day.date(), n) for code, rate, day, n in rates[key].dates
            ),
        )
        for key in keys
    }


@dataclass(frozen=True)
class _Rates:
    """Sums of one Z per VAT code and rate, sorted: (vat_code, rate, ..., sum)."""

    lines: list[tuple[Any, ...]]
    gross: list[tuple[Any, ...]]
    groups: list[tuple[Any, ...]]
    dates: list[tuple[Any, ...]]


def _rates(receipts: Bundle, lines: pd.DataFrame, keys: list[ZKey]) -> dict[ZKey, _Rates]:
    """From the lines where they all state code and rate; else from receipt_vat; else nothing."""
    by = ["vat_code", "rate"]
    stated = lines[lines["vat_code"].notna() & lines["rate"].notna()]
    # A line of zero rounds nothing and widens no bound.
    count = grouped(stated[stated["amount"] != 0].assign(one=1), by, "one")
    gross = grouped(stated, by)
    groups = grouped(stated, ["article_group", *by], "amount_excl_vat")
    dates = grouped(stated, [*by, "original_sale_date"])
    whole = whole_lines(lines)
    heads = sales_only(with_receipt(receipts, RECEIPT_VAT))
    apart = grouped(heads.assign(amount=heads["base"] + heads["vat"]), by)
    total = {ZKey(*key): int(n) for key, n in items(lines.groupby(Z_COLUMNS).size())}
    out: dict[ZKey, _Rates] = {}
    for key in keys:
        if key in whole:
            out[key] = _Rates(count[key], gross[key], groups[key], dates[key])
        else:
            # Lines that name no rate: each rate has at most all of them.
            bound = [(code, rate, total[key]) for code, rate, _ in apart[key]] if key in total else []
            out[key] = _Rates(bound, apart[key], [], [])
    return out


def _odd_rounding(
    heads: pd.DataFrame, payments: pd.DataFrame, profile: StoreProfile
) -> tuple[Mapping[ZKey, list[tuple[str, Ore]]], Mapping[ZKey, list[tuple[str, Ore]]]]:
    """Receipts that round though no cash was paid, and receipts that round by more than 50 øre."""
    rounded = heads[heads["rounding"] != 0]
    if rounded.empty:
        return defaultdict(list), defaultdict(list)
    large = rounded[rounded["rounding"].abs() > LIMIT_PER_RECEIPT]
    paid = payments[pays_cash(payments, profile).to_numpy(dtype=bool)] if len(payments) else payments
    cash = paid[RECEIPT_COLUMNS].drop_duplicates().assign(cash=True)
    known = payments[Z_COLUMNS].drop_duplicates().assign(known=True)
    judged = rounded.merge(cash, on=RECEIPT_COLUMNS, how="left").merge(known, on=Z_COLUMNS, how="left")
    # A Z whose payments were not delivered says nothing about cash.
    without = judged[judged["cash"].isna() & judged["known"].notna()]
    return _named(without), _named(large)


def _named(frame: pd.DataFrame) -> Mapping[ZKey, list[tuple[str, Ore]]]:
    out: dict[ZKey, list[tuple[str, Ore]]] = defaultdict(list)
    ordered = frame.sort_values(RECEIPT_COLUMNS)
    for register, z, receipt, amount in zip(*(ordered[c] for c in (*RECEIPT_COLUMNS, "rounding")), strict=True):
        out[ZKey(str(register), str(z))].append((str(receipt), int(amount)))
    return out


def grouped(frame: pd.DataFrame, by: list[str], column: str = "amount") -> defaultdict[ZKey, list[tuple[Any, ...]]]:
    """Per Z: rows (group values..., sum of `column`), sorted by the group values; empty groups are kept."""
    out: defaultdict[ZKey, list[tuple[Any, ...]]] = defaultdict(list)
    if frame.empty:
        return out
    sums = frame.groupby([*Z_COLUMNS, *by], dropna=False, sort=True)[column].sum()
    for key, value in items(sums):
        out[ZKey(str(key[0]), str(key[1]))].append((*key[2:], int(value)))
    return out


def items(series: pd.Series) -> list[tuple[Any, Any]]:
    """(index, value) pairs of a small result."""
    return list(series.items())
