"""Z-reports as objects, from the frames of a store-day.

Belongs here: frames -> ZReport, where the rounding comes from, and the order of Z-reports.
Does not: sums over receipts (receipt_facts.py), judging what it finds (z_report.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from frontline_pipeline.accounting.credit_sales import with_credit
from frontline_pipeline.accounting.model import (
    ArticleGroup,
    Count,
    Movement,
    ReceiptFacts,
    RoundingSource,
    TenderLine,
    VatLine,
    ZKey,
    ZReport,
)
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.plain import Row, rows
from frontline_pipeline.accounting.receipt_facts import receipt_facts
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import (
    PAY_IN_KINDS,
    PAY_OUT_KINDS,
    TIP_KIND,
    WRITE_OFF_KINDS,
    Z_ARTICLE_GROUPS,
    Z_COUNTS,
    Z_MOVEMENTS,
    Z_REPORTS,
    Z_TENDERS,
    Z_VAT,
)
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.settings import StoreProfile

_DIGITS = re.compile(r"(\d+)")


def z_order(key: ZKey) -> tuple[str, tuple[tuple[int, int, str], ...], str]:
    """Sort key of a Z-report: register, then Z number with its digits compared as numbers (Z9 before Z10)."""
    chunks = tuple((0, int(c), "") if c.isdigit() else (1, 0, c) for c in _DIGITS.split(key.z_number) if c)
    return key.register, chunks, key.z_number


def movement_group(kind: str) -> str | None:
    """The word of the vendor rule (`tenders_include`) that a kind of movement belongs to, `write_offs` for those that move no money;
    None for an unknown kind."""
    if kind in PAY_IN_KINDS:
        return "pay_ins"
    if kind in PAY_OUT_KINDS:
        return "pay_outs"
    if kind in WRITE_OFF_KINDS:
        return "write_offs"
    return "tips" if kind == TIP_KIND else None


def into_till(movement: Movement) -> Ore:
    """Signed øre that a movement puts into the till: pay-ins and tips positive, pay-outs negative, write-offs nothing."""
    return _direction(movement.kind) * movement.amount


def _direction(kind: str) -> int:
    return {"pay_ins": 1, "tips": 1, "pay_outs": -1}.get(movement_group(kind) or "", 0)


def _movement(row: Row, profile: StoreProfile) -> Movement:
    """The movement of a row. Its meaning is the settings', its direction the register's: a code that the register lists both among
    pay-ins and pay-outs (change fetched and brought back, a gift card sold and taken back) is one kind, with either sign."""
    kind, amount = profile.movement_kind(row["kind"], row["source_type"]), row["amount"]
    if _direction(kind) * _direction(row["kind"]) < 0:
        amount = -amount
    return Movement(kind, amount, row["source_type"], row["tender"], row["party"])


def included_movements(z: ZReport, profile: StoreProfile) -> Ore:
    """Signed øre of the movements that the vendor's tender totals contain (DOMAIN D, booking identity)."""
    return sum(into_till(m) for m in z.movements if movement_group(m.kind) in profile.rules.tenders_include)


def expected_tenders(z: ZReport, profile: StoreProfile) -> Ore:
    """What the tenders must sum to, with unknown rounding counted as zero (DOMAIN D, booking identity)."""
    return z.sales_total + (z.rounding or 0) + included_movements(z, profile)


def z_reports_from(
    store_code: str, z_bundle: Bundle, receipts: Bundle | None, profile: StoreProfile
) -> tuple[ZReport, ...]:
    """The Z-reports of a store-day, sorted by register and Z number; one per row, a repeated one stands twice.

    Takes raw or proven Z frames. The rounding is the column's, else the sum over delivered receipts, else zero where nothing was
    sold, else unknown (None) - or the residual when the store's setting `rounding: derive` says so.
    Frames must be structurally valid (validity.py); a missing column raises KeyError.
    """
    said = receipt_facts(receipts, profile)
    facts, last = said.facts, said.last_sales
    vat, tenders, groups, movements, counts = (
        _by_z(z_bundle, spec) for spec in (Z_VAT, Z_TENDERS, Z_ARTICLE_GROUPS, Z_MOVEMENTS, Z_COUNTS)
    )
    found: list[ZReport] = []
    for row in rows(frame_of(z_bundle, Z_REPORTS)):
        key = ZKey(row["register"], row["z_number"])
        z = ZReport(
            store=store_code,
            business_day=row["business_day"].date(),
            register=key.register,
            z_number=key.z_number,
            sales_total=row["sales_total"],
            rounding=None,
            rounding_source=RoundingSource.UNKNOWN,
            vat=_vat(vat[key], facts.get(key), profile),
            tenders=_sorted(
                TenderLine(
                    r["tender"],
                    r["tender_type"],
                    r["amount"],
                    r["count"],
                    r["currency"],
                    r["exchange_rate"],
                    r["amount_currency"],
                )
                for r in tenders[key]
            ),
            movements=_sorted(_movement(r, profile) for r in movements[key]),
            counts=_sorted(
                Count(r["tender"], r["counted"], r["expected"], r["counted_by"], r["drawer"]) for r in counts[key]
            ),
            article_groups=_sorted(ArticleGroup(r["article_group"], r["amount"], r["group_type"]) for r in groups[key]),
            credit_sales=row["credit_sales"] or 0,
            credit_memos=row["credit_memos"] or 0,
            receipt_count=row["receipt_count"],
            return_count=row["return_count"] or 0,
            # Some registers state it as negative (DOMAIN A.3).
            return_amount=None if row["return_amount"] is None else abs(row["return_amount"]),
            opened_at=row["opened_at"],
            closed_at=row["closed_at"],
            grand_total_sales=row["grand_total_sales"],
            grand_total_return=row["grand_total_return"],
            grand_total_net=row["grand_total_net"],
            receipts=facts.get(key),
            last_sale_at=last.get(key),
            source_sha256=row["source_sha256"],
        )
        found.append(_with_rounding(z, row, profile))
    return tuple(sorted(with_credit(found, receipts, profile), key=lambda z: z_order(z.key)))


def _with_rounding(z: ZReport, row: Row, profile: StoreProfile) -> ZReport:
    stated = row["rounding"]
    proven = row.get("rounding_source")
    if proven == RoundingSource.UNKNOWN:
        stated = None
    elif proven is not None and stated is not None:
        return replace(z, rounding=stated, rounding_source=RoundingSource(proven))
    if stated is not None:
        return replace(z, rounding=stated, rounding_source=RoundingSource.COLUMN)
    if z.receipts is not None:
        return replace(z, rounding=z.receipts.rounding, rounding_source=RoundingSource.RECEIPTS)
    if z.sales_total == z.receipt_count == z.return_count == 0:
        return replace(z, rounding=0, rounding_source=RoundingSource.NO_RECEIPTS)
    if profile.store.rounding == "derive":
        residual = z.tender_total - expected_tenders(z, profile)
        return replace(z, rounding=residual, rounding_source=RoundingSource.DERIVED)
    return z


def _vat(delivered: list[Row], facts: ReceiptFacts | None, profile: StoreProfile) -> tuple[VatLine, ...]:
    gross = {(code, rate): amount for code, rate, amount in facts.gross_by_rate} if facts else {}
    lines = {(code, rate): count for code, rate, count in facts.lines_by_rate} if facts else {}
    out: list[VatLine] = []
    for row in delivered:
        key = (row["vat_code"], row["rate"])
        stated = row["gross"]
        out.append(
            VatLine(
                key[0],
                profile.standard_vat_code(key[0], row["standard_code"]),
                key[1],
                row["base"],
                row["vat"],
                gross.get(key) if stated is None else stated,
                lines.get(key, row["line_count"]),
            )
        )
    return _sorted(out)


def _by_z(bundle: Bundle, spec: FrameSpec) -> Mapping[ZKey, list[Row]]:
    grouped: dict[ZKey, list[Row]] = defaultdict(list)
    for row in rows(frame_of(bundle, spec)):
        grouped[ZKey(row["register"], row["z_number"])].append(row)
    return grouped


def _sorted(items: Iterable[Any]) -> tuple[Any, ...]:
    # repr is a total order over dataclasses with optional fields, and the same for equal content.
    return tuple(sorted(items, key=repr))
