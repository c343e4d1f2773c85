"""What a stand-in client (company) is made of, and putting it into the store.

Belongs here: the description of a client, the default chart of accounts, tax codes, voucher types, and `seed`.
Does not: the SQL (ledger_store.py) and the rules that use these registers (voucher_rules.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

if TYPE_CHECKING:
    from frontline_pipeline.sandbox.ledger_store import LedgerStore


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SandboxAccount(_Frozen):
    """An account of the chart. `kind` says whether a line on it needs a customer or supplier (reskontro)."""

    number: int = Field(ge=1, le=32767)
    name: str
    kind: Literal["ledger", "receivable", "payable"] = "ledger"
    tax_number: str = "0"


class SandboxTaxCode(_Frozen):
    """A VAT code. `rate` is in percent; TaxId and TaxNo differ for most codes, as on a real client (API.md, 3.4)."""

    tax_id: int = Field(ge=1)
    number: str
    name: str
    rate: Decimal = Decimal(0)
    vat_account: int | None = None


class SandboxVoucherType(_Frozen):
    """A voucher type: its number (Sort), its id, and the number series it draws from (API.md, 3.2)."""

    number: int
    type_id: int
    title: str
    series_id: int
    turnover: bool = False


class SandboxFiscalYear(_Frozen):
    """A calendar year that is set up in the ledger."""

    year: int = Field(ge=1900, le=9998)
    locked: bool = False


class SandboxDimensionType(_Frozen):
    """A user-defined dimension; custom types are numbered from 101 (API.md, section 6)."""

    type_id: int = Field(ge=101)
    name: str
    values: tuple[tuple[str, str], ...] = ()


class SandboxIdentity(_Frozen):
    """A user's access to this client; a blocked one cannot be logged in to."""

    id: UUID
    blocked: bool = False


def default_chart() -> tuple[SandboxAccount, ...]:
    """Account numbers a Norwegian shop commonly uses (DOMAIN.md C.5), with names of our own."""
    ledger = {
        1460: "Goods for resale",
        1570: "Advances to staff",
        1579: "Claims on card and wallet companies",
        1700: "Prepaid costs",
        1900: "Till cash",
        1901: "Card settlement under way, bank card",
        1902: "Card settlement under way, Visa",
        1903: "Card settlement under way, Mastercard",
        1904: "Wallet settlement under way",
        1905: "Cash on its way to the bank",
        1908: "Foreign notes in the till",
        1909: "Till difference, unexplained",
        1911: "Payouts not yet received",
        1920: "Current account",
        1921: "Current account, card and wallet takings",
        1950: "Withheld tax account",
        1960: "Account in foreign currency",
        2380: "Clearing, card acquirers",
        2600: "Withheld tax",
        2700: "VAT on sales, full rate",
        2701: "VAT on sales, food rate",
        2702: "VAT on sales, raw fish",
        2703: "VAT on sales, low rate",
        2704: "VAT on sales, older rates",
        2710: "VAT on purchases, full rate",
        2711: "VAT on purchases, food rate",
        2713: "VAT on purchases, low rate",
        2740: "VAT settled with the state",
        2900: "Received in advance from customers",
        2901: "Gift cards not yet used",
        2902: "Credit notes not yet used",
        2903: "Deposits on orders",
        2910: "Owed to staff",
        2930: "Wages and tips to pay",
        2990: "Other short-term debt",
        3000: "Shop sales, full rate",
        3010: "Own make sold, full rate",
        3020: "Services sold, full rate",
        3030: "Food sold, food rate",
        3035: "Raw fish sold",
        3040: "Own food sold, food rate",
        3050: "Services sold, low rate",
        3081: "Discounts, full rate",
        3083: "Discounts, food rate",
        3100: "Zero-rated sales",
        3110: "Zero-rated own make",
        3120: "Zero-rated services",
        3181: "Discounts, zero-rated",
        3200: "Sales without VAT",
        3210: "Own make without VAT",
        3220: "Services without VAT",
        3281: "Discounts, without VAT",
        3700: "Commission earned",
        3705: "Commission earned, zero-rated",
        3710: "Commission earned, without VAT",
        3900: "Sundry income",
        4300: "Goods bought",
        5000: "Wages",
        6300: "Rent",
        6540: "Small equipment",
        6800: "Office costs",
        7740: "Cash rounding",
        7770: "Bank and card fees",
        7775: "Commission to card companies",
        7798: "Sundry cost, deductible",
        7799: "Sundry cost, not deductible",
        8040: "Interest earned",
        8060: "Exchange gain",
        8140: "Interest paid",
        8160: "Exchange loss",
    }
    taxes = {3000: "3", 3010: "3", 3020: "3", 3030: "31", 3035: "32", 3040: "31", 3050: "33", 3081: "3", 3083: "31"}
    taxes |= {3100: "5", 3110: "5", 3120: "5", 3181: "5", 3200: "6", 3210: "6", 3220: "6", 3281: "6", 4300: "1"}
    accounts = [SandboxAccount(number=no, name=name, tax_number=taxes.get(no, "0")) for no, name in ledger.items()]
    accounts.append(SandboxAccount(number=1500, name="Owed by customers", kind="receivable"))
    accounts.append(SandboxAccount(number=2400, name="Owed to suppliers", kind="payable"))
    return tuple(sorted(accounts, key=lambda account: account.number))


def default_tax_codes() -> tuple[SandboxTaxCode, ...]:
    """SAF-T code numbers (DOMAIN.md C.2) with ids that mostly differ from them, so that a mix-up shows."""
    rows: Sequence[tuple[int, str, str, str, int | None]] = (
        (23, "0", "Outside VAT, purchases", "0", None),
        (7, "1", "VAT on purchases, full rate", "25", 2710),
        (12, "11", "VAT on purchases, food rate", "15", 2711),
        (14, "13", "VAT on purchases, low rate", "12", 2713),
        (3, "3", "VAT on sales, full rate", "25", 2700),
        (20, "31", "VAT on sales, food rate", "15", 2701),
        (21, "32", "VAT on sales, raw fish", "11.11", 2702),
        (22, "33", "VAT on sales, low rate", "12", 2703),
        (8, "5", "Zero-rated sales", "0", None),
        (9, "51", "Reverse charge at home", "0", None),
        (10, "52", "Export", "0", None),
        (6, "6", "Outside the VAT Act", "0", None),
        (11, "7", "Income without VAT treatment", "0", None),
    )
    return tuple(
        SandboxTaxCode(tax_id=tax_id, number=number, name=name, rate=Decimal(rate), vat_account=account)
        for tax_id, number, name, rate, account in rows
    )


def default_voucher_types() -> tuple[SandboxVoucherType, ...]:
    """Voucher types whose number, id and series all differ; the negative one belongs to the system."""
    return (
        SandboxVoucherType(number=-1, type_id=900, title="System closing", series_id=190),
        SandboxVoucherType(number=1, type_id=501, title="General voucher", series_id=101),
        SandboxVoucherType(number=2, type_id=502, title="Shop takings", series_id=102, turnover=True),
        SandboxVoucherType(number=3, type_id=503, title="Bank", series_id=103),
        SandboxVoucherType(number=4, type_id=504, title="Opening balance", series_id=101),
    )


def default_years() -> tuple[SandboxFiscalYear, ...]:
    """Last year, this year and the next, all open."""
    this = dt.datetime.now(dt.UTC).year
    return tuple(SandboxFiscalYear(year=year) for year in (this - 1, this, this + 1))


class SandboxClient(_Frozen):
    """One client (company) of the stand-in with its registers and the credentials that open it.

    Two clients may share a user name: the user then has an identity on each, and the password must be the same.
    """

    code: str = Field(pattern=r"^[a-z0-9_-]+$")
    name: str
    organisation_number: str = Field(pattern=r"^[0-9]{9}$")
    application_id: UUID
    username: str = Field(min_length=1)
    password: SecretStr
    identities: tuple[SandboxIdentity, ...] = ()
    currency: str = "NOK"
    accounts: tuple[SandboxAccount, ...] = Field(default_factory=default_chart)
    tax_codes: tuple[SandboxTaxCode, ...] = Field(default_factory=default_tax_codes)
    voucher_types: tuple[SandboxVoucherType, ...] = Field(default_factory=default_voucher_types)
    fiscal_years: tuple[SandboxFiscalYear, ...] = Field(default_factory=default_years)
    departments: tuple[tuple[int, str], ...] = ()
    projects: tuple[tuple[int, str], ...] = ()
    dimensions: tuple[SandboxDimensionType, ...] = ()
    customers: tuple[tuple[int, str], ...] = ()
    product_categories: tuple[tuple[int, str], ...] = ((1, "Goods"), (2, "Food"), (3, "Services"))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        numbers = {account.number for account in self.accounts}
        for code in self.tax_codes:
            if code.vat_account is not None and code.vat_account not in numbers:
                raise ValueError(f"tax code {code.number} posts to account {code.vat_account}, which the chart lacks")
            if code.rate and code.vat_account is None:
                raise ValueError(f"tax code {code.number} has a rate and no VAT account")
        return self

    def all_identities(self) -> tuple[SandboxIdentity, ...]:
        """The identities given, or one derived from the client's code, the same at every start."""
        derived = uuid5(NAMESPACE_URL, f"sandbox-identity:{self.code}:{self.username}")
        return self.identities or (SandboxIdentity(id=derived),)

    @property
    def client_id(self) -> int:
        """The number this client goes by in Identity.Client.Id."""
        return int(self.organisation_number)


def seed(store: LedgerStore, clients: Iterable[SandboxClient]) -> None:
    """Add what is missing: clients, years, accounts, codes, customers. Never changes or removes a posting.

    What is already there stays as it is (a year locked meanwhile stays locked); only a client's name and organisation
    number and a user's password are taken over when they have changed.
    Raises ValueError when two clients give one user different passwords.
    """
    clients = tuple(clients)
    passwords: dict[str, str] = {}
    for client in clients:
        secret = client.password.get_secret_value()
        if passwords.setdefault(client.username, secret) != secret:
            raise ValueError(f"client {client.code}: its user is given another password than at an earlier client")
    for client in clients:
        store.add_client(client)
