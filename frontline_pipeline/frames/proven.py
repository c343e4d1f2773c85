"""Frames that the pipeline makes: proven Z-reports, and vouchers with their lines.

Belongs here: names, kinds, units and keys of the columns of these frames.
Does not: delivered frames (raw.py), how a voucher is made (accounting/voucher.py) or turned into frames (accounting/voucher_frames.py).
"""

from __future__ import annotations

from dataclasses import replace

from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES, Z_REPORTS
from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

T, N, M, R, D = Kind.TEXT, Kind.INT, Kind.MONEY, Kind.RATE, Kind.DATE

ROUNDING_SOURCES = ("column", "receipts", "no_receipts", "derived", "unknown")

_ROUNDING = "cash rounding (øreavrunding), signed; 0 while `rounding_source` is unknown, which holds the day"
PROVEN_Z_REPORTS = FrameSpec(
    "z_reports",
    "Proven Z-reports: as delivered, with the rounding filled in and where it came from.",
    Z_REPORTS.key,
    (
        *(
            replace(column, nullable=False, doc=_ROUNDING) if column.name == "rounding" else column
            for column in Z_REPORTS.columns
        ),
        Column(
            "rounding_source",
            T,
            "column: stated by the register; receipts: their sum; no_receipts: nothing was sold; derived: the residual, by setting",
            choices=ROUNDING_SOURCES,
        ),
    ),
)
PROVEN_Z_FRAMES = (PROVEN_Z_REPORTS, *(spec for spec in Z_FRAMES if spec is not Z_REPORTS))
"""What the asset z_reports carries."""
PROVEN_RECEIPT_FRAMES = RECEIPT_FRAMES
"""What the asset receipts carries: as delivered, proven against the Z-reports."""

_KEY = Column("document_key", T, "`store/register/Znr` or `store/day`")

VOUCHERS = FrameSpec(
    "vouchers",
    "One row per voucher.",
    ("document_key",),
    (
        _KEY,
        Column("store", T, "store code"),
        Column("business_day", D, "business day, the date of the journal"),
        Column("mode", T, "draft (kladd) or posted", choices=("draft", "posted")),
        Column("vat_posting", T, "explicit net and VAT lines, or gross and code", choices=("explicit", "system")),
        Column("text", T, "text of the voucher"),
    ),
)
VOUCHER_LINES = FrameSpec(
    "voucher_lines",
    "Ledger lines in the order they are sent; exactly one of debit and credit is above zero.",
    ("document_key", "line"),
    (
        _KEY,
        Column("line", N, "1, 2, ... in the order sent", minimum=1),
        Column("account", N, "ledger account", minimum=1),
        Column("debit", M, "debit", minimum=0),
        Column("credit", M, "credit", minimum=0),
        Column("text", T, "text of the line", max_length=75),
        Column("tax_code", T, "tax code in 24SevenOffice", nullable=True),
        Column("customer_id", N, "customer number in 24SevenOffice", nullable=True),
        Column("department_id", N, "department", nullable=True),
        Column("project_id", N, "project", nullable=True),
        Column("dimensions", T, "user-defined dimensions as JSON, a list of [type id, value]"),
        Column(
            "role",
            T,
            "what the line carries: sales, vat, tender, rounding, exchange, movement, difference, credit (credit_sales, credit_vat)",
        ),
        Column("vat_key", T, "SAF-T code and rate of sales and VAT lines", nullable=True),
        Column(
            "subject", T, "article group, tender, kind of movement, or register, Z and tender of a count", nullable=True
        ),
    ),
)
VOUCHER_Z = FrameSpec(
    "voucher_z",
    "Which Z-reports a voucher books; a Z-report without a voucher had nothing to book.",
    ("register", "z_number"),
    (
        Column("register", T, "cash register id"),
        Column("z_number", T, "Z number"),
        Column("document_key", T, "the voucher; empty = skipped, nothing to book", nullable=True),
    ),
)
VOUCHER_VAT = FrameSpec(
    "voucher_vat",
    "What the Z-reports of a voucher, and their credit sales, say per VAT code and rate: the control total of its sales and VAT lines.",
    ("document_key", "standard_code", "rate"),
    (
        _KEY,
        Column("standard_code", T, "SAF-T standard tax code"),
        Column("rate", R, "VAT rate", minimum=0),
        Column("base", M, "VAT base"),
        Column("vat", M, "output VAT"),
    ),
)
VOUCHER_FRAMES = (VOUCHERS, VOUCHER_LINES, VOUCHER_Z, VOUCHER_VAT)
"""What the asset journal_vouchers carries."""
