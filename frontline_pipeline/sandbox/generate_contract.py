"""Simulated days as the Frontline extract contract, version 1: a folder of frames per store and business day.

Belongs here: rows of the contract's frames from register days, and the folder.
Does not: what happened (shop.py), file formats (frontline/framefiles.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import pandas as pd

from frontline_pipeline.frames.raw import (
    RECEIPT_LINES,
    RECEIPT_PAYMENTS,
    RECEIPTS,
    Z_ARTICLE_GROUPS,
    Z_COUNTS,
    Z_MOVEMENTS,
    Z_REPORTS,
    Z_TENDERS,
    Z_VAT,
)
from frontline_pipeline.frames.spec import OSLO, FrameSpec, Kind
from frontline_pipeline.frontline.framefiles import write_frame
from frontline_pipeline.sandbox.generate_saft_parts import RETURN_LINE, SALE_LINE
from frontline_pipeline.sandbox.shop_clock import Clock
from frontline_pipeline.sandbox.shop_model import Receipt, RegisterDay, Report
from frontline_pipeline.sandbox.shop_profiles import GROUPS, MOVEMENT_TYPES, STANDARD_VAT_CODES, TENDERS
from frontline_pipeline.sandbox.shop_special import (
    EURO_CODE,
    EURO_RATE,
    SPECIAL_GROUPS,
    SPECIAL_MOVEMENTS,
    SPECIAL_TENDERS,
    euro_cents,
)

Suffix = Literal["csv", "parquet"]
Row = tuple[object, ...]

Z_SPECS = (Z_REPORTS, Z_VAT, Z_TENDERS, Z_ARTICLE_GROUPS, Z_MOVEMENTS, Z_COUNTS)
RECEIPT_SPECS = (RECEIPTS, RECEIPT_LINES, RECEIPT_PAYMENTS)
_TENDERS = {**TENDERS, **SPECIAL_TENDERS}
_MOVEMENTS = {**MOVEMENT_TYPES, **SPECIAL_MOVEMENTS}
_GROUPS = {**GROUPS, **SPECIAL_GROUPS}
PAR = 1_000_000
"""Exchange rate of the krone, in millionths."""


def write_store_day(folder: Path, days: Iterable[RegisterDay], suffix: Suffix, *, with_receipts: bool) -> list[Path]:
    """Writes the frames of one store-day into `folder`; the paths written, or none when nothing was delivered."""
    frames = store_day_frames(days, with_receipts=with_receipts)
    if not frames:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for spec in (*Z_SPECS, *RECEIPT_SPECS):
        if spec.name in frames:
            path = folder / f"{spec.name}.{suffix}"
            write_frame(frames[spec.name], spec, path)
            paths.append(path)
    return paths


def store_day_frames(days: Iterable[RegisterDay], *, with_receipts: bool) -> dict[str, pd.DataFrame]:
    """The contract's frames of one store-day, as its schemas want them; empty when no register delivered.

    A repeated Z-report stands twice in every Z frame.
    """
    delivered = [day for day in days if day.delivered]
    if not delivered:
        return {}
    specs = (*Z_SPECS, *RECEIPT_SPECS) if with_receipts else Z_SPECS
    rows: dict[str, list[Row]] = {spec.name: [] for spec in specs}
    for day in delivered:
        for _ in range(2 if day.repeated else 1):
            for name, z_rows in _z_rows(day).items():
                rows[name].extend(z_rows)
        if with_receipts:
            _add_receipts(rows, day)
    return {spec.name: _frame(spec, rows[spec.name]) for spec in specs}


def _frame(spec: FrameSpec, rows: list[Row]) -> pd.DataFrame:
    if not rows:
        return spec.empty()
    columns: dict[str, pd.Series] = {}
    for column, values in zip(spec.columns, zip(*rows, strict=True), strict=True):
        if column.kind is Kind.TIMESTAMP:
            seconds = pd.Series(values, dtype="int64")
            columns[column.name] = pd.to_datetime(seconds, unit="s", utc=True).dt.tz_convert(OSLO)
        elif column.kind in (Kind.TEXT, Kind.DATE):
            columns[column.name] = pd.Series(values, dtype="object")
        else:
            # Int64 and not the default: a None among numbers would make floats of them.
            columns[column.name] = pd.Series(values, dtype="Int64")
    return spec.conform(pd.DataFrame(columns))


def _z_rows(day: RegisterDay) -> dict[str, list[Row]]:
    report, z = day.report, (day.register, str(day.z_number))
    movements: list[Row] = [
        (*z, _MOVEMENTS[code], code, tally.count, tally.amount, tender or None, None)
        for (code, tender), tally in sorted(report.movements.items())
    ]
    movements += [
        (*z, "tip", None, tally.count, tally.amount, tender, None) for tender, tally in sorted(report.tips.items())
    ]
    return {
        "z_reports": [_z_report(day)],
        "z_vat": [
            (*z, code, STANDARD_VAT_CODES[code], rate, total.base, total.vat, total.gross, total.lines)
            for (code, rate), total in sorted(report.vat.items())
        ],
        "z_tenders": [
            (*z, tender, _TENDERS[tender][0], tally.count, tally.amount, *_currency(tender, tally.amount))
            for tender, tally in sorted(report.tender_totals().items())
        ],
        "z_article_groups": [
            (*z, group, _GROUPS[group][0], tally.count * 1000, tally.amount)
            for group, tally in sorted(report.group_totals().items())
        ],
        "z_movements": movements,
        "z_counts": [(*z, *row) for row in _counts(day)],
    }


def _currency(tender: str, amount: int) -> tuple[str, int | None, int | None]:
    """Currency, exchange rate and amount in the currency of a tender's row; payments in euros are whole cents."""
    return ("EUR", EURO_RATE, euro_cents(amount)) if tender == EURO_CODE else ("NOK", None, None)


def _counts(day: RegisterDay) -> Iterator[Row]:
    if not (day.expected_cash or day.counted_cash):
        return
    if day.drawers == 1:
        yield "KONTANT", day.counted_cash, day.expected_cash, day.closed_by, None
        return
    # The second drawer holds half of the cash in whole hundreds, and is always right.
    second = max(0, min(day.expected_cash, day.counted_cash) // 20_000 * 10_000)
    yield "KONTANT", day.counted_cash - second, day.expected_cash - second, day.closed_by, "1"
    yield "KONTANT", second, second, day.closed_by, "2"


def _z_report(day: RegisterDay) -> Row:
    report, clock = day.report, Clock(day.day)
    return (
        day.register,
        str(day.z_number),
        day.day,
        clock.epoch(day.opened_at),
        clock.epoch(day.closed_at),
        report.sales_total,
        report.rounding,
        report.credit_sales.amount,
        report.credit_memos.amount,
        report.opening_float,
        report.receipt_count,
        report.drawer_openings,
        *_pairs(report),
        0,
        0,
        0,
        0,
        report.training.count,
        report.training.amount,
        report.grand_total_sales,
        report.grand_total_return,
        report.grand_total_net,
        None,
        None,
    )


def _pairs(report: Report) -> Iterator[int]:
    """Counts and amounts of letters n to t, in the order of the frame."""
    for tally in (
        report.copies,
        report.proformas,
        report.returns,
        report.discounts,
        report.voids,
        report.corrections,
    ):
        yield tally.count
        yield tally.amount
    yield sum(tally.count for tally in report.inquiries.values())
    yield sum(tally.amount for tally in report.inquiries.values())


def _add_receipts(rows: dict[str, list[Row]], day: RegisterDay) -> None:
    clock, z = Clock(day.day), str(day.z_number)
    receipts, lines, payments = (rows[spec.name] for spec in RECEIPT_SPECS)
    for receipt in day.receipts:
        if not receipt.counts:
            continue
        key = (day.register, z, str(receipt.nr))
        receipts.append((*key, *_receipt(receipt, clock)))
        line_type = RETURN_LINE if receipt.kind in ("return", "credit_return") else SALE_LINE
        for number, line in enumerate(receipt.lines, start=1):
            lines.append(
                (
                    *key,
                    str(number),
                    line_type,
                    line.group,
                    line.article,
                    line.quantity,
                    line.amount,
                    line.amount_ex,
                    line.vat_code,
                    STANDARD_VAT_CODES[line.vat_code],
                    line.rate,
                    line.vat,
                    receipt.original_day,
                )
            )
        for number, (tender, amount) in enumerate(receipt.payments, start=1):
            reference = day.reference(receipt) if tender == "KORT" else None
            currency, exchange_rate, _ = _currency(tender, amount)
            payments.append(
                (*key, number, tender, _TENDERS[tender][0], amount, currency, exchange_rate or PAR, reference)
            )


def _receipt(receipt: Receipt, clock: Clock) -> Row:
    return (
        receipt.nr,
        "other" if receipt.kind == "movement" else receipt.kind,
        clock.epoch(receipt.at),
        receipt.amount,
        receipt.amount_ex,
        receipt.rounding,
        receipt.customer,
        receipt.operator,
        str(receipt.original_nr) if receipt.original_nr is not None else None,
    )
