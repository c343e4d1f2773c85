"""Account maps and posting choices: the part of the settings that says where money goes.

Belongs here: the models under `ledger` of a company or store, and how a store's are laid over its company's.
Does not: companies and stores (settings.py), making vouchers (accounting/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self, TypeVar

from pydantic import Field, model_validator

from frontline_pipeline.frames.raw import MOVEMENT_KINDS, PAY_IN_KINDS, TIP_KIND
from frontline_pipeline.settings_values import AccountNo, Currency, KeyPath, Misplaced, Model, Number, Whole

_T = TypeVar("_T")
SALES_CODES = ("3", "31", "32", "33", "5", "51", "52", "6", "7")
"""SAF-T standard tax codes a sale may carry (DOMAIN C.2); 0 and the others are for purchases."""


class VatCode(Model):
    """Where sales of one SAF-T standard tax code go."""

    sales_account: AccountNo
    """Credit: sales excl. VAT."""
    vat_account: AccountNo | None = None
    """Credit: output VAT; the account of the tax code in 24SevenOffice (`frontline check` compares). None for zero rates."""
    tax_code: str | None = None
    """The tax code's visible number in 24SevenOffice; None posts without a code."""
    article_groups: dict[str, AccountNo] = Field({})
    """Sales account per article group, used when `sales_per_article_group` is on."""


class TenderRule(Model):
    """Where takings of one tender go."""

    account: AccountNo
    """Debit: cash 1900, card clearing, Vipps settlement, gift cards 2901, receivables 1500, ..."""
    customer: Number | Literal["from_receipt"] | None = None
    """Receivables need a customer: one collective customer number, or the receipt's customer, whose key in Frontline must then be
    the customer number in 24SevenOffice: journals do not use the links of matched customers."""
    tax_code: str | None = None
    """Tax code of the tender's line; None posts without one, as is right for money."""
    cash: bool | None = None
    """True when it is notes and coins, which alone may be rounded; None: SAF-T type 12001 says so."""
    currency_accounts: dict[Currency, AccountNo] = Field({})
    """Debit account for takings in another currency than NOK: cash in EUR 1905, in other currencies 1908. Foreign notes need one;
    a foreign card is settled in NOK on `account`."""
    difference_account: AccountNo | None = None
    """Account of this tender's count difference (a card terminal's, say); None: `accounts.cash_difference`."""

    def account_in(self, currency: str) -> int:
        """The account of takings in a currency."""
        return self.currency_accounts.get(currency, self.account)

    way: Literal["journal", "order"] = "journal"
    """The one way of sales on account: journal books them as a receivable; order leaves the receipts paid with it out of the
    journal, and they go to 24SevenOffice as orders (`orders.from_sales`, or an order that names the receipt)."""


class MovementRule(Model):
    """Where a pay-in, pay-out or tip goes."""

    account: AccountNo
    """Credited by pay-ins and tips, debited by pay-outs."""
    customer: Number | Literal["from_party"] | None = None
    """Receivables need a customer: one collective customer number, or the party the register names, by its number in
    24SevenOffice."""
    tender: str | None = None
    """The tender whose account takes the money when the register's tender totals do not include the movement."""
    tax_code: str | None = None
    """Tax code of the account's line; None posts without one, as is right for a debt. Income takes one: bottle deposit on 3900."""
    counter_account: AccountNo | None = None
    """Of a write-off (gift_card_expired, credit_note_expired), which no tender pays: credit, 3900 in the standard chart."""
    counter_tax_code: str | None = None
    """Tax code of the counter account's line: 7, income without VAT treatment."""


class CreditSales(Model):
    """Credit sales and their returns, which a Z-report states apart from its sales and without VAT: booked from their receipts."""

    way: Literal["journal", "none"] = "journal"
    """journal: with the Z-report, receivable against sales and VAT of the receipts, which must sum to what the Z states. none: not
    booked, with a warning; for a store whose company books them. As orders they go by `orders.from_sales`, and then not here."""
    account: AccountNo | None = None
    """Debit: receivables, 1500 in the standard chart."""
    customer: Number | Literal["from_receipt"] = "from_receipt"
    """The customer that each receipt names, by its number in 24SevenOffice, or one collective customer number."""
    tax_code: str | None = None
    """Tax code of the receivable's line; None posts without one, as is right for money."""

    @model_validator(mode="after")
    def _account_of_the_journal(self) -> Self:
        if self.way == "journal" and self.account is None:
            raise Misplaced([(("account",), "the account of the receivables, where way is journal")])
        return self


class Accounts(Model):
    """Accounts that are not tenders, sales or movements. Unset = the store-day is held when one is needed."""

    rounding: AccountNo | None = None
    """Cash rounding (øreavrunding), 7740 in the standard chart."""
    cash_difference: AccountNo | None = None
    """Counted against expected cash (kassedifferanse), 1909 in the standard chart."""
    exchange_difference: AccountNo | None = None
    """What is left when the day's total in a foreign currency is converted once (agio and disagio, 8060 and 8160)."""


TendersInclude = Literal["pay_ins", "pay_outs", "tips"]


class LedgerRules(Model):
    """Account maps and posting choices; a company's are merged with its stores' (a store's key wins)."""

    voucher_type: Whole | None = Field(None, ge=1)
    """Number (TypeNo) of the voucher type in 24SevenOffice, sent as Sort."""
    vat_codes: dict[str, VatCode] = Field({}, json_schema_extra={"propertyNames": {"enum": list(SALES_CODES)}})
    """By SAF-T standard tax code: 3 (25 %), 31 (15 %), 32 (raw fish), 33 (12 %), 5/6/7/51/52 (0 %)."""
    pos_vat_codes: dict[str, str] = Field({})
    """Register's own VAT code -> SAF-T standard code, where the extract maps it wrongly (0 is a purchase code)."""
    tenders: dict[str, TenderRule] = Field({})
    """By the register's tender code, or by SAF-T payment code (12001 ...) for every tender of that type."""
    movements: dict[str, MovementRule] = Field({}, json_schema_extra={"propertyNames": {"enum": list(MOVEMENT_KINDS)}})
    """By kind of movement."""
    movement_types: dict[str, str] = Field({})
    """Register's own pay-in/pay-out code -> kind of movement. Whether money came in or went out stays as the register says: a
    pay-out under a code of a pay-in takes one back."""
    movement_vat_codes: dict[str, str] = Field({})
    """Register's own VAT code under which it counts money that is no turnover among its sales (gift cards, agency sales, bottle
    deposit) -> kind of movement, whose account is credited instead of a sales account. Without VAT only."""
    movement_article_groups: dict[str, str] = Field({})
    """The same by article group, for registers that have no VAT code of its own for it."""
    credit_sales: CreditSales | None = None
    """Credit sales that the Z-report states apart; unset: not booked, with a warning, unless `orders.from_sales` makes orders of them."""
    accounts: Accounts = Accounts()
    """Accounts that are neither tenders, sales nor movements."""
    sales_per_article_group: bool | None = None
    """A sales line per article group, on the accounts of `article_groups`; default false."""
    vat_posting: Literal["explicit", "system"] | None = None
    """explicit (default): net and VAT lines as the Z says. system: gross with tax code, drafts only; 24SevenOffice computes."""
    vat_line_code: Literal["none", "same"] | None = None
    """Whether VAT lines carry the tax code; unproven against a real client, default none."""
    tax_reference: Literal["number", "id"] | None = None
    """Whether TaxNo takes the code's number or its id; unproven against a real client, default number."""
    voucher_language: Literal["nb", "en"] | None = None
    """Language of the texts in the ledger; default nb."""
    tenders_include: tuple[TendersInclude, ...] | None = None
    """The vendor rule: which movements the register's tender totals contain; default all three."""
    lines_per_receipt: Whole | None = Field(None, ge=1, le=1000)
    """Bounds VAT rounding where neither receipts nor the frame count lines (default 10; warns)."""

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        if problems := tuple(self._problems()):
            raise Misplaced(problems)
        return self

    def _problems(self) -> Iterator[tuple[KeyPath, str]]:
        kinds = f"one of {', '.join(MOVEMENT_KINDS)}"
        for kind in self.movements:
            if kind not in MOVEMENT_KINDS:
                yield ("movements", kind), f"no kind of movement; {kinds}"
        for name in ("movement_types", "movement_vat_codes", "movement_article_groups"):
            for own, kind in getattr(self, name).items():
                if kind not in MOVEMENT_KINDS:
                    yield (name, own), f"{kinds} (got {kind!r})"
                elif name != "movement_types" and kind not in (*PAY_IN_KINDS, TIP_KIND):
                    incoming = ", ".join((*PAY_IN_KINDS, TIP_KIND))
                    yield (name, own), f"a kind that brings money in, one of {incoming} (got {kind!r})"
        codes = f"a SAF-T standard code of sales, one of {', '.join(SALES_CODES)}"
        for code in self.vat_codes:
            if code not in SALES_CODES:
                yield ("vat_codes", code), codes
        for own, code in self.pos_vat_codes.items():
            if code not in SALES_CODES:
                yield ("pos_vat_codes", own), f"{codes} (got {code!r})"
        if len(set(self.tenders_include or ())) != len(self.tenders_include or ()):
            yield ("tenders_include",), "each only once"


class ResolvedRules(Model):
    """LedgerRules with every default filled in."""

    voucher_type: int | None
    vat_codes: dict[str, VatCode]
    pos_vat_codes: dict[str, str]
    tenders: dict[str, TenderRule]
    movements: dict[str, MovementRule]
    movement_types: dict[str, str]
    movement_vat_codes: dict[str, str]
    movement_article_groups: dict[str, str]
    credit_sales: CreditSales | None
    """None: the journal does not book them."""
    accounts: Accounts
    sales_per_article_group: bool
    vat_posting: Literal["explicit", "system"]
    vat_line_code: Literal["none", "same"]
    tax_reference: Literal["number", "id"]
    voucher_language: Literal["nb", "en"]
    tenders_include: tuple[TendersInclude, ...]
    lines_per_receipt: int


def resolve_rules(company: LedgerRules, store: LedgerRules) -> ResolvedRules:
    """The store's rules over the company's, key by key, over the defaults."""

    def first(*values: _T | None, default: _T) -> _T:
        return next((v for v in values if v is not None), default)

    credit = store.credit_sales or company.credit_sales
    return ResolvedRules(
        voucher_type=store.voucher_type or company.voucher_type,
        vat_codes={**company.vat_codes, **store.vat_codes},
        pos_vat_codes={**company.pos_vat_codes, **store.pos_vat_codes},
        tenders={**company.tenders, **store.tenders},
        movements={**company.movements, **store.movements},
        movement_types={**company.movement_types, **store.movement_types},
        movement_vat_codes={**company.movement_vat_codes, **store.movement_vat_codes},
        movement_article_groups={**company.movement_article_groups, **store.movement_article_groups},
        credit_sales=credit if credit is not None and credit.way == "journal" else None,
        accounts=Accounts(
            rounding=store.accounts.rounding or company.accounts.rounding,
            cash_difference=store.accounts.cash_difference or company.accounts.cash_difference,
            exchange_difference=store.accounts.exchange_difference or company.accounts.exchange_difference,
        ),
        sales_per_article_group=first(store.sales_per_article_group, company.sales_per_article_group, default=False),
        vat_posting=first(store.vat_posting, company.vat_posting, default="explicit"),
        vat_line_code=first(store.vat_line_code, company.vat_line_code, default="none"),
        tax_reference=first(store.tax_reference, company.tax_reference, default="number"),
        voucher_language=first(store.voucher_language, company.voucher_language, default="nb"),
        tenders_include=first(store.tenders_include, company.tenders_include, default=("pay_ins", "pay_outs", "tips")),
        lines_per_receipt=first(store.lines_per_receipt, company.lines_per_receipt, default=10),
    )


def is_pay_in(kind: str) -> bool:
    """Whether a kind of movement brings money into the till."""
    return kind in PAY_IN_KINDS
