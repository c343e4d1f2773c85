"""Sums over the receipts of a store-day, per Z-report.

Belongs here: receipts -> ReceiptFacts.
Does not: reading the frames (receipt_rows.py), comparing the sums with the Z-report (receipts.py, z_report.py).

Credit sales and credit returns are not part of cash sales (kassasystemforskrifta s. 2-8-2, second paragraph): they stay in the
frames and out of the sums.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from frontline_pipeline.accounting.model import GroupSales, ReceiptFacts, ZKey
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.on_account import on_account_receipts
from frontline_pipeline.accounting.receipt_rows import (
    CREDIT_KINDS,
    SALES_KINDS,
    Head,
    Payment,
    ReceiptRows,
    Z,
    delivered,
    receipt_rows,
    summed,
)
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.settings import StoreProfile

LIMIT_PER_RECEIPT: Ore = 50
"""Cash rounds to the whole krone: at most 50 øre on a receipt (DOMAIN C.4)."""


@dataclass(frozen=True)
class Facts:
    """What the receipts of a store-day say, per Z-report that has any."""

    facts: Mapping[ZKey, ReceiptFacts]
    last_sales: Mapping[ZKey, dt.datetime]
    """Time of the last cash sale or return, where receipts carry a time."""


NOTHING = Facts({}, {})


def receipt_facts(receipts: Bundle | None, profile: StoreProfile) -> Facts:
    """What the receipts say; of their sums nothing when the store's setting is `none`.

    Frames must be structurally valid (validity.py).
    """
    if receipts is None or not delivered(receipts):
        return NOTHING
    rows = receipt_rows(receipts)
    return Facts({} if profile.store.receipts == "none" else facts_by_z(rows, profile), _last_sales(rows.heads))


def _last_sales(heads: Iterable[Head]) -> dict[ZKey, dt.datetime]:
    latest: dict[Z, dt.datetime] = {}
    for head in heads:
        if head.kind not in SALES_KINDS or head.occurred_at is None:
            continue
        before = latest.get(head.z)
        # As instants: Python compares two times of one zone by the clock, which repeats an hour in October.
        if before is None or head.occurred_at.astimezone(dt.UTC) > before.astimezone(dt.UTC):
            latest[head.z] = head.occurred_at
    return {ZKey(*z): time for z, time in latest.items()}


def business_day_of(moment: dt.datetime, cut_off: dt.time) -> dt.date:
    """The business day of a moment in local time: before the cut-off it is the evening before."""
    return moment.date() - dt.timedelta(days=1) if moment.time() < cut_off else moment.date()


def _by_day(heads: Iterable[Head], cut_off: dt.time) -> dict[Z, tuple[tuple[dt.date, Ore], ...]]:
    """Cash sales and returns of each Z by business day; a Z with a receipt without time is left out."""
    sums: dict[Z, Counter[dt.date]] = defaultdict(Counter)
    untimed: set[Z] = set()
    for head in heads:
        if head.kind not in SALES_KINDS:
            continue
        if head.occurred_at is None:
            untimed.add(head.z)
        else:
            sums[head.z][business_day_of(head.occurred_at, cut_off)] += head.amount
    return {z: tuple(sorted(days.items())) for z, days in sums.items() if z not in untimed}


def facts_by_z(rows: ReceiptRows, profile: StoreProfile) -> dict[ZKey, ReceiptFacts]:
    """What the rows say of each Z-report that has any."""
    number = Counter(head.z for head in rows.heads if head.kind in SALES_KINDS)
    counted = [head for head in rows.heads if head.kind not in CREDIT_KINDS]
    rounding: Counter[Z] = Counter()
    for head in counted:
        rounding[head.z] += head.rounding
    no_cash, too_large = _odd_rounding(counted, rows.payments, profile)
    rates = _rates(rows)
    by_day = _by_day(rows.heads, profile.store.cut_off)
    paid = summed(
        [p for p in rows.payments if p.customer is not None and p.kind not in CREDIT_KINDS],
        lambda p: p.z,
        lambda p: (p.tender, p.customer),
        lambda p: p.amount,
    )
    on_account = on_account_receipts(rows, profile)
    return {
        (key := ZKey(*z)): ReceiptFacts(
            count=number[z],
            rounding=rounding[z],
            rounding_without_cash=tuple(no_cash[z]),
            rounding_too_large=tuple(too_large[z]),
            lines_by_rate=tuple((code, rate, n) for code, rate, n in rates[z].lines),
            gross_by_rate=tuple((code, rate, n) for code, rate, n in rates[z].gross),
            group_sales=tuple(GroupSales(group or "", code, rate, n) for group, code, rate, n in rates[z].groups),
            paid_by_customer=tuple((tender, customer, n) for tender, customer, n in paid.get(key, [])),
            sales_by_original_date=tuple(
                (code, rate, None if day is None else day.date(), n) for code, rate, day, n in rates[z].dates
            ),
            sales_by_day=by_day.get(z, ()),
            on_account=on_account.get(z, ()),
        )
        for z in rows.zs
    }


@dataclass(frozen=True)
class _Rates:
    """Sums of one Z per VAT code and rate, sorted: (vat_code, rate, ..., sum)."""

    lines: list[tuple[Any, ...]]
    gross: list[tuple[Any, ...]]
    groups: list[tuple[Any, ...]]
    dates: list[tuple[Any, ...]]


def _rates(rows: ReceiptRows) -> dict[Z, _Rates]:
    """From the lines where they all state code and rate; else from receipt_vat; else nothing."""
    lines = rows.sold_lines
    stated = [line for line in lines if line.stated]
    # A line of zero rounds nothing and widens no bound.
    count = summed([s for s in stated if s.amount], lambda s: s.z, lambda s: (s.vat_code, s.rate), lambda _: 1)
    gross = summed(stated, lambda s: s.z, lambda s: (s.vat_code, s.rate), lambda s: s.amount)
    groups = summed(stated, lambda s: s.z, lambda s: (s.article_group, s.vat_code, s.rate), lambda s: s.amount_excl_vat)
    dates = summed(stated, lambda s: s.z, lambda s: (s.vat_code, s.rate, s.original_sale_date), lambda s: s.amount)
    whole = rows.whole_lines()
    apart = summed(
        [v for v in rows.vat if v.kind in SALES_KINDS],
        lambda v: v.z,
        lambda v: (v.vat_code, v.rate),
        lambda v: v.base + v.vat,
    )
    total = Counter(line.z for line in lines)
    out: dict[Z, _Rates] = {}
    for z in rows.zs:
        key = ZKey(*z)
        if z in whole:
            out[z] = _Rates(count.get(key, []), gross.get(key, []), groups.get(key, []), dates.get(key, []))
        else:
            # Lines that name no rate: each rate has at most all of them.
            bound = [(code, rate, total[z]) for code, rate, _ in apart.get(key, [])] if total[z] else []
            out[z] = _Rates(bound, apart.get(key, []), [], [])
    return out


Odd = Mapping[Z, list[tuple[str, Ore]]]


def _odd_rounding(heads: Iterable[Head], payments: Iterable[Payment], profile: StoreProfile) -> tuple[Odd, Odd]:
    """Receipts that round though no cash was paid, and receipts that round by more than 50 øre, in the order of their ids."""
    rounded = sorted((head for head in heads if head.rounding), key=lambda head: head.of)
    is_cash = cache(profile.is_cash)
    cash = {p.of for p in payments if is_cash(p.tender, p.tender_type)}
    # A Z whose payments were not delivered says nothing about cash.
    known = {p.z for p in payments}
    return (
        _named(head for head in rounded if head.of not in cash and head.z in known),
        _named(head for head in rounded if abs(head.rounding) > LIMIT_PER_RECEIPT),
    )


def _named(heads: Iterable[Head]) -> Odd:
    out: dict[Z, list[tuple[str, Ore]]] = defaultdict(list)
    for head in heads:
        out[head.z].append((head.of[2], head.rounding))
    return out
