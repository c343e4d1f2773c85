"""The frame of the tie-out: each figure of a store-day on its four sides.

Belongs here: names, kinds, units and key of its columns.
Does not: how the sides are found and compared (accounting/tie_out.py).
"""

from __future__ import annotations

from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

T, M, B = Kind.TEXT, Kind.MONEY, Kind.BOOL

SIDES = ("receipts", "z_report", "voucher", "ledger")
"""The four sides, in the order of the money's way."""

MEASURES = (
    "total",
    "sales",
    "vat",
    "tender",
    "rounding",
    "movement",
    "difference",
    "credit",
    "credit_sales",
    "credit_vat",
    "other",
)
"""What a figure is of: sales incl. VAT before rounding, sales and VAT per rate, takings per tender, cash rounding, money through the
till, counted against expected, credit sales that the Z states apart (their total, and per rate sales and VAT), and what only the ledger
has."""

TIE_OUT = FrameSpec(
    "tie_out",
    "One row per figure of a store-day. A side is empty where it does not exist; 0 where it exists and has no such figure.",
    ("register", "z_number", "measure", "subject"),
    (
        Column("register", T, "cash register; several, joined by +, where one voucher line holds them together"),
        Column("z_number", T, "Z number; several, joined by +, where one voucher line holds them together"),
        Column("measure", T, "what the figure is of", choices=MEASURES),
        Column("subject", T, "SAF-T code and rate, tender code, kind of movement; - where the measure says all"),
        Column("receipts", M, "sum of the receipts; a sale is positive", nullable=True),
        Column("z_report", M, "what the Z-report says", nullable=True),
        Column(
            "orders",
            M,
            "the part of the Z-report that goes to 24SevenOffice as orders, not in the voucher",
            nullable=True,
        ),
        Column("voucher", M, "sum of the voucher's lines, with the sign of the Z-report", nullable=True),
        Column("ledger", M, "what 24SevenOffice holds, with the sign of the Z-report", nullable=True),
        Column("agrees", B, "whether the sides that exist are equal"),
        Column("because_of", T, "receipts that make the difference, where the receipts side differs", nullable=True),
    ),
)
"""What the asset tie_out carries."""
