"""The nouns of the pure core: Z-report, finding, voucher.

Belongs here: frozen dataclasses that the proof, the voucher and the posting log share.
Does not: behaviour (z_report.py, voucher.py), frames (frames/).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from frontline_pipeline.accounting.causes import Cause, likeliest
from frontline_pipeline.accounting.money import Ore


@dataclass(frozen=True, slots=True, order=True)
class ZKey:
    """(register, Z number): the unit of import, idempotency and conflict."""

    register: str
    z_number: str


@dataclass(frozen=True, slots=True)
class VatLine:
    """Sales in one VAT code and rate; rate in thousandths of a percent, amounts in øre."""

    vat_code: str
    standard_code: str | None
    rate: int
    base: Ore
    vat: Ore
    gross: Ore | None = None
    """Stated by the register or summed from receipts; None when neither gives it."""
    line_count: int | None = None


@dataclass(frozen=True, slots=True)
class TenderLine:
    tender: str
    tender_type: str | None
    amount: Ore
    count: int | None = None
    currency: str = "NOK"
    exchange_rate: int | None = None
    """NOK per unit of currency, in millionths."""
    amount_currency: int | None = None
    """Hundredths of the currency; `amount` is what the register made of it in NOK."""


@dataclass(frozen=True, slots=True)
class ArticleGroup:
    article_group: str
    amount: Ore
    group_type: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A pay-in, pay-out, tip or write-off; amount positive for its direction, negative when it takes one back."""

    kind: str
    amount: Ore
    source_type: str | None = None
    tender: str | None = None
    party: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted against what should be there."""

    tender: str
    counted: Ore
    expected: Ore
    counted_by: str | None = None
    drawer: str | None = None

    @property
    def difference(self) -> Ore:
        """Surplus positive, shortage negative."""
        return self.counted - self.expected


class RoundingSource(StrEnum):
    COLUMN = "column"
    RECEIPTS = "receipts"
    NO_RECEIPTS = "no_receipts"
    """Zero, because the Z holds neither a sale nor a return."""
    DERIVED = "derived"
    """The residual, only with the store's setting `rounding: derive` (forces draft, warns)."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GroupSales:
    """Sales of one article group in one VAT code and rate, from receipt lines; for sales accounts per article group."""

    article_group: str
    vat_code: str
    rate: int
    base: Ore


@dataclass(frozen=True, slots=True)
class OnAccount:
    """A receipt on customer account; amounts in øre, a return negative."""

    register: str
    receipt_id: str
    customer: str | None
    amount: Ore
    """Total incl. VAT, before rounding."""
    paid: tuple[tuple[str, Ore], ...]
    """(tender, amount) of its payments on account."""
    vat: tuple[tuple[str, int, Ore, Ore], ...]
    """(vat_code, rate, base, VAT)."""
    groups: tuple[tuple[str, str, int, Ore], ...] = ()
    """(article group, vat_code, rate, base)."""
    by_order: bool = False
    """The settings send it as an order; else the journal books it."""
    outside: bool = False
    """A credit sale or credit return: no part of the Z-report's sums. The journal holds it only with `ledger.credit_sales`."""
    at_till: tuple[tuple[str, Ore], ...] = ()
    """(tender, amount) of what a credit sale says was paid with a tender of the till."""

    @property
    def on_account(self) -> Ore:
        """What of it was not paid at the till."""
        return self.amount if self.outside else sum(amount for _, amount in self.paid)


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """What the receipts of one Z say, summed; None in a ZReport when no receipts were delivered."""

    count: int
    rounding: Ore
    rounding_without_cash: tuple[tuple[str, Ore], ...] = ()
    """(receipt id, rounding) of receipts that round though no cash was paid."""
    rounding_too_large: tuple[tuple[str, Ore], ...] = ()
    """(receipt id, rounding) of receipts whose rounding exceeds 50 øre."""
    lines_by_rate: tuple[tuple[str, int, int], ...] = ()
    """(vat_code, rate, number of receipt lines)."""
    gross_by_rate: tuple[tuple[str, int, Ore], ...] = ()
    """(vat_code, rate, gross incl. VAT)."""
    group_sales: tuple[GroupSales, ...] = ()
    paid_by_customer: tuple[tuple[str, str, Ore], ...] = ()
    """(tender, customer key, amount) of payments on receipts that name a customer."""
    sales_by_original_date: tuple[tuple[str, int, dt.date | None, Ore], ...] = ()
    """(vat_code, rate, day of the sale a return takes back or None, gross): which day decides whether a rate was valid."""
    sales_by_day: tuple[tuple[dt.date, Ore], ...] = ()
    """(business day by the time of the receipt, gross) of cash sales and returns; empty where a receipt has no time."""
    on_account: tuple[OnAccount, ...] = ()
    """Its receipts on customer account, by receipt id."""


@dataclass(frozen=True, slots=True)
class ZReport:
    """One Z-report, complete; amounts in øre, sale positive. Sorted tuples, so that equal content is equal objects."""

    store: str
    business_day: dt.date
    register: str
    z_number: str
    sales_total: Ore
    rounding: Ore | None
    rounding_source: RoundingSource
    vat: tuple[VatLine, ...]
    tenders: tuple[TenderLine, ...]
    movements: tuple[Movement, ...] = ()
    counts: tuple[Count, ...] = ()
    article_groups: tuple[ArticleGroup, ...] = ()
    credit_sales: Ore = 0
    credit_memos: Ore = 0
    receipt_count: int = 0
    return_count: int = 0
    return_amount: Ore | None = None
    """Returns incl. VAT, positive; None where the register does not say."""
    opened_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    grand_total_sales: Ore | None = None
    grand_total_return: Ore | None = None
    grand_total_net: Ore | None = None
    receipts: ReceiptFacts | None = None
    last_sale_at: dt.datetime | None = None
    source_sha256: str | None = None
    credit: ZReport | None = None
    """Its credit sales and their returns, which its own sums leave out, as their receipts tell them: total, VAT and receipts. Only where
    the journal books them (`ledger.credit_sales`) and there are any; None else."""

    @property
    def key(self) -> ZKey:
        return ZKey(self.register, self.z_number)

    @property
    def tender_total(self) -> Ore:
        return sum(t.amount for t in self.tenders)


class Severity(StrEnum):
    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd with a store-day, in words a person can act on.

    `expected` and `actual` are text (amounts with two decimals); `rule` is the name of the asset check it belongs to.
    """

    rule: str
    severity: Severity
    blocking: bool
    store: str
    business_day: dt.date
    message: str
    next_step: str
    register: str | None = None
    z_number: str | None = None
    subject: str | None = None
    """What it concerns: a VAT rate, a tender, a receipt."""
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None
    causes: tuple[Cause, ...] = ()
    """What may lie behind it, likeliest first, where figures do not add up (diagnosis/); `next_step` says them in words."""

    @property
    def cause(self) -> str:
        """The likeliest cause in one line, or those that are equally likely; "" for none."""
        return " or ".join(
            " and ".join(f"{c.kind.value} ({c.subject})" if c.subject else c.kind.value for c in explanation)
            for explanation in likeliest(self.causes)
        )

    @property
    def holds(self) -> bool:
        """True when this finding keeps the store-day from being posted."""
        return self.blocking and self.severity is Severity.ERROR


class Mode(StrEnum):
    """How the ledger receives a voucher."""

    DRAFT = "draft"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class VoucherLine:
    """One ledger line; exactly one of debit and credit is above zero (øre)."""

    account: int
    debit: Ore
    credit: Ore
    text: str
    tax_code: str | None = None
    customer_id: int | None = None
    department_id: int | None = None
    project_id: int | None = None
    dimensions: tuple[tuple[int, str], ...] = ()
    role: str = ""
    """What the line carries: sales (all that the Z counts among its sales, gift cards too), vat, tender, rounding, exchange, movement
    or difference; credit, credit_sales and credit_vat of credit sales that the Z states apart. Not sent; the proof before sending reads
    it."""
    vat_key: str = ""
    """`<SAF-T code>@<rate>` on sales and VAT lines, which ties them to the voucher's `VatControl`."""
    subject: str = ""
    """What of the role: article group, tender code, kind of movement, or register, Z number and tender of a count. Not sent; the
    tie-out reads it."""

    @property
    def amount(self) -> Ore:
        """Signed as 24SevenOffice wants it: debit positive, credit negative."""
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class VatControl:
    """What the Z-reports of a voucher, and their credit sales, say of one VAT code and rate: the lines are proven against it right
    before sending."""

    standard_code: str
    rate: int
    base: Ore
    vat: Ore

    @property
    def vat_key(self) -> str:
        return f"{self.standard_code}@{self.rate}"


@dataclass(frozen=True, slots=True)
class Voucher:
    """A balanced journal of one Z-report (per register) or of a store-day (per store)."""

    store: str
    business_day: dt.date
    document_key: str
    """`store/register/Znr` or `store/day`; the posting log adds the revision."""
    z_keys: tuple[ZKey, ...]
    mode: Mode
    text: str
    lines: tuple[VoucherLine, ...] = field(default=())
    vat_posting: str = "explicit"
    """`explicit`: net and VAT lines; `system`: gross with tax code, drafts only (ARCHITECTURE decision)."""
    vat_control: tuple[VatControl, ...] = ()
