"""The raw frames of a store-day, as Frontline delivers them: the tables of the extract contract, version 1.

Belongs here: names, kinds, units and keys of delivered columns, and nothing else - readers, pandera schemas and the contract's
documentation are all made from these tables.
Does not: customers, products and orders (raw_master.py), how a file or a view is read (frontline/), frames that the pipeline itself
makes (proven.py).

Sources: kassasystemforskrifta s. 2-8-2 and 2-8-3 (content of a Z-report) and SAF-T Cash Register v1.00 (`eventReport`,
`cashtransaction`). Amounts are signed: a sale is positive, a return negative; money into the till positive, out of it negative,
except where a column says otherwise.
"""

from __future__ import annotations

from frontline_pipeline.frames.raw_master import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS
from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

T, N, M, R, Q, X, D, TS = (
    Kind.TEXT,
    Kind.INT,
    Kind.MONEY,
    Kind.RATE,
    Kind.QUANTITY,
    Kind.EXCHANGE,
    Kind.DATE,
    Kind.TIMESTAMP,
)

PAY_IN_KINDS = (
    "gift_card_sale",
    "credit_note_issue",
    "deposit",
    "payment_on_account",
    "agency_sale",
    "donation",
    "bottle_deposit",
    "cash_difference",
    "float_in",
    "other_pay_in",
)
PAY_OUT_KINDS = (
    "bank_deposit",
    "float_out",
    "petty_cash",
    "gift_card_payout",
    "credit_note_payout",
    "bottle_deposit_refund",
    "tip_payout",
    "other_pay_out",
)
TIP_KIND = "tip"
WRITE_OFF_KINDS = ("gift_card_expired", "credit_note_expired")
"""A debt to customers that lapses: no money moves, so no tender total holds it."""
MOVEMENT_KINDS = (*PAY_IN_KINDS, *PAY_OUT_KINDS, TIP_KIND, *WRITE_OFF_KINDS)
"""The closed list of movements: money through the till that is not a sale (DOMAIN: pay-ins, pay-outs, tips), and write-offs."""

RECEIPT_KINDS = ("sale", "return", "credit_sale", "credit_return", "other")

_REGISTER = Column("register", T, "cash register id (kassapunkt), as in the store's settings", max_length=100)
_Z = Column("z_number", T, "running number of the Z-report on that register", max_length=35)
_RECEIPT = Column("receipt_id", T, "receipt number, unique on its register (SAF-T transID)", max_length=100)

Z_REPORTS = FrameSpec(
    "z_reports",
    "One row per Z-report (dagsoppgjør). The unit of import, idempotency and conflict is (register, Z number).",
    ("register", "z_number"),
    (
        _REGISTER,
        _Z,
        Column(
            "business_day", D, "the day the takings belong to; a close after midnight belongs to the evening before"
        ),
        Column("opened_at", TS, "first sale or start of the period", nullable=True),
        Column("closed_at", TS, "when the Z-report was run", nullable=True),
        Column("sales_total", M, "total cash sales incl. VAT, net of returns, before cash rounding (letter e)"),
        Column("rounding", M, "cash rounding (øreavrunding), signed; empty = take it from the receipts", nullable=True),
        Column(
            "credit_sales",
            M,
            "credit sales receipted at the till (2nd paragraph); not part of sales_total",
            nullable=True,
        ),
        Column("credit_memos", M, "returns of credit sales, positive", nullable=True),
        Column("opening_float", M, "change float at opening (letter k)", nullable=True),
        Column("receipt_count", N, "sales receipts (letter l), returns not counted", minimum=0),
        Column("drawer_openings", N, "drawer openings without a sale (letter m)", nullable=True, minimum=0),
        Column("copy_count", N, "receipt copies (letter n)", nullable=True, minimum=0),
        Column("copy_amount", M, "amount on receipt copies", nullable=True),
        Column("proforma_count", N, "provisional receipts (letter o)", nullable=True, minimum=0),
        Column("proforma_amount", M, "amount on provisional receipts", nullable=True),
        Column("return_count", N, "return receipts (letter p)", nullable=True, minimum=0),
        Column("return_amount", M, "returns incl. VAT, positive", nullable=True),
        Column("discount_count", N, "discounts keyed at the till (letter q)", nullable=True, minimum=0),
        Column("discount_amount", M, "amount of discounts keyed at the till", nullable=True),
        Column("void_count", N, "aborted sales (letter r)", nullable=True, minimum=0),
        Column("void_amount", M, "amount of aborted sales", nullable=True),
        Column("correction_count", N, "line corrections before the receipt (letter s)", nullable=True, minimum=0),
        Column("correction_amount", M, "amount of line corrections", nullable=True),
        Column("price_inquiry_count", N, "price look-ups (letter t)", nullable=True, minimum=0),
        Column("price_inquiry_amount", M, "amount of price look-ups", nullable=True),
        Column("other_correction_count", N, "other corrections (letter u)", nullable=True, minimum=0),
        Column("other_correction_amount", M, "amount of other corrections", nullable=True),
        Column(
            "delivery_count", N, "delivery receipts: credit sales invoiced later (letter v)", nullable=True, minimum=0
        ),
        Column("delivery_amount", M, "amount on delivery receipts", nullable=True),
        Column("training_count", N, "training receipts (letter w)", nullable=True, minimum=0),
        Column("training_amount", M, "amount on training receipts", nullable=True),
        Column("grand_total_sales", M, "accumulated sales of the register (letter x)", nullable=True),
        Column("grand_total_return", M, "accumulated returns, positive (letter y)", nullable=True),
        Column("grand_total_net", M, "grand total sales less returns (letter z)", nullable=True),
        Column("source_file", T, "name of the file the row came from", nullable=True),
        Column("source_sha256", T, "SHA-256 of that file, for the audit trail (bokføringsloven s. 6)", nullable=True),
    ),
)

Z_VAT = FrameSpec(
    "z_vat",
    "Taxable and tax-free sales and VAT by rate (letter j).",
    ("register", "z_number", "vat_code", "rate"),
    (
        _REGISTER,
        _Z,
        Column("vat_code", T, "the register's own VAT code"),
        Column("standard_code", T, "SAF-T standard tax code the register maps it to, e.g. 3, 31, 33, 5", nullable=True),
        Column("rate", R, "VAT rate in force at the sale", minimum=0),
        Column("base", M, "VAT base: sales excl. VAT"),
        Column("vat", M, "output VAT"),
        Column("gross", M, "sales incl. VAT of this rate, when the register gives it apart", nullable=True),
        Column(
            "line_count", N, "receipt lines in this rate, which bounds the rounding of VAT", nullable=True, minimum=0
        ),
    ),
)

Z_TENDERS = FrameSpec(
    "z_tenders",
    "Takings by tender (letter g), after cash rounding, refunds deducted.",
    ("register", "z_number", "tender", "currency"),
    (
        _REGISTER,
        _Z,
        Column("tender", T, "the register's own tender code; the key of the tender map in the settings"),
        Column(
            "tender_type", T, "SAF-T payment code 12001 cash, 12002 debit card, ... 12011 mobile app", nullable=True
        ),
        Column("count", N, "number of payments, net of refunds", nullable=True),
        Column("amount", M, "amount in NOK"),
        Column("currency", T, "currency the customer paid in", max_length=3),
        Column("exchange_rate", X, "NOK per unit of currency", nullable=True),
        Column(
            "amount_currency",
            M,
            "amount in that currency, which the ledger converts once; empty for NOK",
            nullable=True,
        ),
    ),
)

Z_ARTICLE_GROUPS = FrameSpec(
    "z_article_groups",
    "Sales by main group (letter f), incl. VAT, net of returns.",
    ("register", "z_number", "article_group"),
    (
        _REGISTER,
        _Z,
        Column("article_group", T, "the register's own group code"),
        Column("group_type", T, "SAF-T group code 04001 ...", nullable=True),
        Column("count", Q, "receipts net of return receipts", nullable=True),
        Column("amount", M, "amount incl. VAT"),
    ),
)

Z_MOVEMENTS = FrameSpec(
    "z_movements",
    "Money through the till that is not a sale: pay-ins, pay-outs and tips (letter i and 2nd paragraph).",
    (),
    (
        _REGISTER,
        _Z,
        Column("kind", T, "what it is", choices=MOVEMENT_KINDS),
        Column(
            "source_type",
            T,
            "the register's own code; `movement_types` in the settings refines the kind by it",
            nullable=True,
        ),
        Column("count", N, "number of movements", nullable=True),
        Column("amount", M, "amount, positive for its direction (a pay-out of 500 is 500.00); negative = reversed"),
        Column("tender", T, "tender it was paid with, when the register says", nullable=True),
        Column("party", T, "key of the customer or supplier, when there is one", nullable=True),
    ),
)

Z_COUNTS = FrameSpec(
    "z_counts",
    "Counted takings of the daily settlement (bokføringsforskriften s. 5-3-14).",
    ("register", "z_number", "tender", "drawer"),
    (
        _REGISTER,
        _Z,
        Column("tender", T, "tender that was counted"),
        Column("counted", M, "amount counted"),
        Column("expected", M, "amount that should be there (float included on both sides, or on neither)"),
        Column("counted_by", T, "id of the person who counted; never a name", nullable=True),
        Column("drawer", T, "drawer, when the register has several", nullable=True, max_length=20),
    ),
)

RECEIPTS = FrameSpec(
    "receipts",
    "One row per receipt in the Z-report that closes it; void and training receipts left out.",
    ("register", "receipt_id"),
    (
        _REGISTER,
        _Z,
        _RECEIPT,
        Column("sequence", N, "running transaction number on the register (SAF-T nr)", nullable=True),
        Column("kind", T, "what it is", choices=RECEIPT_KINDS),
        Column("occurred_at", TS, "time of the sale", nullable=True),
        Column("amount", M, "total incl. VAT, before rounding; negative for a return"),
        Column("amount_excl_vat", M, "total excl. VAT", nullable=True),
        Column("rounding", M, "cash rounding of this receipt, signed"),
        Column("customer", T, "customer key, for sales on account", nullable=True),
        Column("operator", T, "id of the operator; never a name", nullable=True),
        Column("original_receipt", T, "receipt that a return refers to", nullable=True),
    ),
)

RECEIPT_LINES = FrameSpec(
    "receipt_lines",
    "Lines of the receipts.",
    ("register", "receipt_id", "line_id"),
    (
        _REGISTER,
        _Z,
        _RECEIPT,
        Column("line_id", T, "line number on the receipt"),
        Column("line_type", T, "the register's own line type", nullable=True),
        Column("article_group", T, "the register's own group code", nullable=True),
        Column("article", T, "item number, leading zeros kept", nullable=True),
        Column("quantity", Q, "quantity, negative for a return", nullable=True),
        Column("amount", M, "line total incl. VAT"),
        Column("amount_excl_vat", M, "line total excl. VAT"),
        Column("vat_code", T, "the register's own VAT code", nullable=True),
        Column("standard_code", T, "SAF-T standard tax code", nullable=True),
        Column("rate", R, "VAT rate", nullable=True, minimum=0),
        Column("vat", M, "VAT of the line", nullable=True),
        Column(
            "original_sale_date",
            D,
            "on a return: the day of the sale it takes back, which decides the rate",
            nullable=True,
        ),
    ),
)

RECEIPT_VAT = FrameSpec(
    "receipt_vat",
    "VAT per rate of each receipt, for registers that state it on the receipt and not on its lines.",
    ("register", "receipt_id", "vat_code", "rate"),
    (
        _REGISTER,
        _Z,
        _RECEIPT,
        Column("vat_code", T, "the register's own VAT code"),
        Column("standard_code", T, "SAF-T standard tax code", nullable=True),
        Column("rate", R, "VAT rate", minimum=0),
        Column("base", M, "VAT base"),
        Column("vat", M, "VAT"),
    ),
)

RECEIPT_PAYMENTS = FrameSpec(
    "receipt_payments",
    "How each receipt was paid.",
    ("register", "receipt_id", "payment_id"),
    (
        _REGISTER,
        _Z,
        _RECEIPT,
        Column("payment_id", N, "1, 2, ... in the order paid", minimum=1),
        Column("tender", T, "the register's own tender code"),
        Column("tender_type", T, "SAF-T payment code", nullable=True),
        Column("amount", M, "amount in NOK, after rounding; negative for a refund"),
        Column("currency", T, "currency paid in", max_length=3),
        Column("exchange_rate", X, "NOK per unit of currency", nullable=True),
        Column("reference", T, "terminal reference", nullable=True),
    ),
)

Z_FRAMES = (Z_REPORTS, Z_VAT, Z_TENDERS, Z_ARTICLE_GROUPS, Z_MOVEMENTS, Z_COUNTS)
"""What the asset raw_z_reports carries."""
RECEIPT_FRAMES = (RECEIPTS, RECEIPT_LINES, RECEIPT_VAT, RECEIPT_PAYMENTS)
"""What the asset raw_receipts carries."""
MASTER_FRAMES = (CUSTOMERS, PRODUCTS, ORDERS, ORDER_LINES)
"""In the contract; not read by the Z-report flow."""
ALL_FRAMES = (*Z_FRAMES, *RECEIPT_FRAMES, *MASTER_FRAMES)
REQUIRED_FRAMES = ("z_reports", "z_vat", "z_tenders")
"""A delivered store-day must have these; the others may be left out."""
