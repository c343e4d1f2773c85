"""Receipts as rows of plain values, and what is summed over them."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.accounting.receipt_facts import receipt_facts
from frontline_pipeline.accounting.receipt_rows import ReceiptRows, receipt_rows, summed
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, RECEIPT_LINES, RECEIPTS
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline_tests.strategies import DAY, Till, profile, receipts_bundle

KEY = ZKey("K1", "7")


def bundle(heads: pd.DataFrame, lines: pd.DataFrame | None = None) -> Bundle:
    frames = {spec.name: spec.empty() for spec in RECEIPT_FRAMES}
    frames[RECEIPTS.name] = RECEIPTS.conform(heads)
    if lines is not None:
        frames[RECEIPT_LINES.name] = RECEIPT_LINES.conform(lines)
    return Bundle("oslo", DAY, Status.OK, frames)


def heads(**columns: object) -> pd.DataFrame:
    base = {"register": "K1", "z_number": "7", "kind": "sale", "amount": 100, "rounding": 0}
    return pd.DataFrame({**base, **columns})


def test_the_last_sale_of_the_repeated_hour_is_the_later_instant() -> None:
    """02:40 summer time comes before 02:20 winter time, whatever the clock shows."""
    utc = pd.to_datetime(["2026-10-25T01:20:00Z", "2026-10-25T00:40:00Z"]).as_unit("us").tz_convert(OSLO)
    (last,) = receipt_facts(bundle(heads(receipt_id=["1", "2"], occurred_at=utc)), profile()).last_sales.values()
    assert last.isoformat() == "2026-10-25T02:20:00+01:00"
    assert last.fold == 1


def test_the_last_sale_is_no_pay_in_and_no_credit_sale() -> None:
    utc = pd.to_datetime([f"2026-11-23T1{hour}:00:00Z" for hour in range(4)]).as_unit("us").tz_convert(OSLO)
    kinds = ["sale", "return", "other", "credit_sale"]
    found = receipt_facts(bundle(heads(receipt_id=list("1234"), kind=kinds, occurred_at=utc)), profile()).last_sales
    assert found[KEY].astimezone(dt.UTC).hour == 11


def test_a_line_takes_the_kind_of_its_receipt_in_the_same_z() -> None:
    line = {"register": "K1", "line_id": "1", "amount": 5, "amount_excl_vat": 4, "vat_code": "3", "rate": 25_000}
    lines = pd.DataFrame([{**line, "z_number": "7", "receipt_id": "1"}, {**line, "z_number": "8", "receipt_id": "1"}])
    rows = receipt_rows(bundle(heads(receipt_id=["1"], kind="return"), lines))
    assert [(row.of, row.kind, row.stated) for row in rows.lines] == [
        (("K1", "7", "1"), "return", True),
        (("K1", "8", "1"), None, True),
    ]
    assert rows.whole_lines() == {("K1", "7")}


def test_sums_are_sorted_with_what_is_empty_last_and_zero_kept() -> None:
    rows = [("b", 2), (None, 5), ("a", 1), ("b", -2)]
    found = summed(rows, lambda _: ("K1", "7"), lambda row: (row[0],), lambda row: row[1])
    assert found == {KEY: [("a", 1), ("b", 0), (None, 5)]}


def test_a_till_gives_all_its_rows() -> None:
    till = Till("K1", "102").ring(12_540, pay="CASH").ring(10_280, pay="VIPPS")
    given = receipts_bundle(till)
    rows: ReceiptRows = receipt_rows(given)
    assert [len(part) for part in (rows.heads, rows.lines, rows.vat, rows.payments)] == [
        len(given[spec.name]) for spec in RECEIPT_FRAMES
    ]
    assert rows.zs == [("K1", "102")]
