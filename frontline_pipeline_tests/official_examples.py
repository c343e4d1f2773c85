"""The figures of the two official SAF-T Cash Register examples, as frames (amounts in øre).

Belongs here: the Z-report and receipts of the 2021 example and of the withdrawn 2016 example, keyed in from the published files.
Does not: reading the XML (frontline/saft.py has its own tests).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.strategies import LEDGER, frames, profile

REGISTER = "11.222-33.44.567"
KEY = {"register": REGISTER, "z_number": "1"}


def official_profile(**store: Any) -> StoreProfile:
    """A profile whose registers and tenders are those of the examples."""
    tenders = {"CASH": {"account": 1900}, "DEBCARD": {"account": 1920}}
    return profile({**LEDGER, "tenders": tenders}, registers=[REGISTER], **store)


def _bundles(day: dt.date, head: dict[str, Any], vat: list[tuple[str, str, int, int, int]], tenders: dict[str, int],
             groups: dict[str, int], receipts: list[tuple[str, str, int, int, str, list[tuple[int, int, str, int]]]]
             ) -> tuple[Bundle, Bundle]:  # fmt: skip
    kinds = {"CASH": "12001", "DEBCARD": "12002"}
    standard = {"0": "0", "1": "33", "2": "31", "3": "3"}
    z_rows = {
        "z_reports": [{**KEY, "business_day": pd.Timestamp(day), "receipt_count": 3, **head}],
        "z_vat": [{**KEY, "vat_code": c, "standard_code": s, "rate": r, "base": b, "vat": v} for c, s, r, b, v in vat],
        "z_tenders": [
            {**KEY, "tender": t, "tender_type": kinds[t], "amount": a, "currency": "NOK"} for t, a in tenders.items()
        ],
        "z_article_groups": [{**KEY, "article_group": g, "amount": a} for g, a in groups.items()],
    }
    rows: dict[str, list[dict[str, Any]]] = {"receipts": [], "receipt_lines": [], "receipt_payments": []}
    for number, kind, amount, rounding, tender, lines in receipts:
        own = {**KEY, "receipt_id": number}
        rows["receipts"].append({**own, "kind": kind, "amount": amount, "rounding": rounding})
        rows["receipt_payments"].append(
            {**own, "payment_id": 1, "tender": tender, "tender_type": kinds[tender], "currency": "NOK",
             "amount": amount + (rounding if abs(rounding) <= 50 else 0)}
        )  # fmt: skip
        for position, (gross, tax, code, rate) in enumerate(lines, 1):
            rows["receipt_lines"].append(
                {**own, "line_id": str(position), "amount": gross, "amount_excl_vat": gross - tax, "vat": tax,
                 "vat_code": code, "standard_code": standard[code], "rate": rate, "article_group": "100"}
            )  # fmt: skip
    return (
        Bundle("oslo", day, Status.OK, frames(Z_FRAMES, z_rows)),
        Bundle("oslo", day, Status.OK, frames(RECEIPT_FRAMES, rows)),
    )


def example_2021() -> tuple[Bundle, Bundle]:
    """The current example: net bases, one return, cash rounding -0.40 on a receipt, 13.42 where rate x base gives 13.41."""
    return _bundles(
        dt.date(2020, 1, 1),
        {"sales_total": 51420, "return_count": 1, "return_amount": 1640},
        [
            ("0", "0", 0, 0, 0),
            ("1", "33", 12000, 0, 0),
            ("2", "31", 15000, 8938, 1342),
            ("3", "3", 25000, 32912, 8228),
        ],
        {"CASH": 29500, "DEBCARD": 21880},
        {"100": 10280, "200": 23200, "300": 17940},
        [
            ("1000", "sale", 8640, 0, "DEBCARD", [(3280, 428, "2", 15000), (2580, 337, "2", 15000), (2780, 363, "2", 15000)]),
            ("1001", "sale", 29540, -40, "CASH", [(11600, 2320, "3", 25000), (17940, 3588, "3", 25000)]),
            ("1002", "sale", 14880, 0, "DEBCARD", [(11600, 2320, "3", 25000), (3280, 428, "2", 15000)]),
            ("1003", "return", -1640, 0, "DEBCARD", [(-1640, -214, "2", 15000)]),
        ],
    )  # fmt: skip


def example_2016() -> tuple[Bundle, Bundle]:
    """The withdrawn example: base gross, VAT taken of the gross, rounding rows that hold a dummy of 1234.56."""
    return _bundles(
        dt.date(2016, 1, 1),
        {"sales_total": 53060},
        [
            ("0", "0", 0, 0, 0),
            ("1", "33", 10000, 0, 0),
            ("2", "31", 15000, 11920, 1788),
            ("3", "3", 25000, 41140, 10285),
        ],
        {"CASH": 29540, "DEBCARD": 23520},
        {"100": 11920, "200": 23200, "300": 17940},
        [
            ("1000", "sale", 8640, 123456, "DEBCARD", [(3280, 492, "2", 15000), (2580, 387, "2", 15000), (2780, 417, "2", 15000)]),
            ("1001", "sale", 29540, 123456, "CASH", [(11600, 2900, "3", 25000), (17940, 4485, "3", 25000)]),
            ("1002", "sale", 14880, 123456, "DEBCARD", [(11600, 2900, "3", 25000), (3280, 492, "2", 15000)]),
        ],
    )  # fmt: skip
