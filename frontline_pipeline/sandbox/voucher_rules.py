"""What the stand-in refuses to save, in the order in which it looks.

Belongs here: the rules of SaveBundleList over one voucher, as functions of the voucher and the client's registers.
Does not: reading SOAP (services_account.py), storing (ledger_vouchers.py).

Where API.md leaves the real service open (its section 11), the rule here is the strict one and a field of `RuleOptions`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from frontline_pipeline.sandbox.ledger_attachments import AttachmentBook
from frontline_pipeline.sandbox.ledger_store import (
    AccountRow,
    FiscalYearRow,
    LedgerStore,
    TaxCodeRow,
    VoucherTypeRow,
)
from frontline_pipeline.sandbox.ledger_vouchers import (
    EntryRequest,
    PlacedVoucher,
    VoucherBook,
    VoucherRequest,
)

#: No line may reach this many kroner: a slipped decimal point, and beyond what the file can hold.
LARGEST_AMOUNT = Decimal(10) ** 13

VAT_NOT_IN_BALANCE = "vatisnotinbalance"
VAT_MISSES_FOUNDATION = "vatismissingfoundation"
INVOICE_EXISTS = "invoicealreadyexists"
CUSTOMER_MISMATCH = "customermismatchbankaccount"
WARNINGS = frozenset({VAT_NOT_IN_BALANCE, VAT_MISSES_FOUNDATION, INVOICE_EXISTS, CUSTOMER_MISMATCH})


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """How the stand-in decides what the real service does not document.

    `tax_reference`: whether Entry.TaxNo carries a code's number (TaxNo) or its id (TaxId).
    `accept_used_numbers`: take a TransactionNo twice instead of answering DuplicateData.
    VAT lines may miss the coded bases x rate by `vat_tolerance_ore`, plus `vat_tolerance_line_ore` per coded line, plus
    `vat_tolerance_permille` of the VAT: a till rounds VAT per receipt line, half an øre each, so a long day drifts by up
    to about that share; a base taken gross, a wrong rate or a lost VAT line misses by far more.
    """

    tax_reference: str = "number"
    accept_used_numbers: bool = False
    vat_tolerance_ore: int = 100
    vat_tolerance_line_ore: int = 1
    vat_tolerance_permille: int = 1

    def __post_init__(self) -> None:
        if self.tax_reference not in {"number", "id"}:
            raise ValueError(f"tax_reference {self.tax_reference!r} is unknown; expected number or id")


class Refusal(Exception):
    """The ledger does not save. `type` is a ResponsType of SaveBundleList."""

    def __init__(self, type_: str, text: str) -> None:
        super().__init__(text)
        self.type = type_
        self.text = text


@dataclass(frozen=True, slots=True)
class SaveMode:
    """The switches of one SaveBundleList call."""

    draft: bool
    allow_difference: bool
    ignored: frozenset[str]


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers of one client that rules look things up in."""

    years: Mapping[int, FiscalYearRow]
    types: Mapping[int, VoucherTypeRow]
    accounts: Mapping[int, AccountRow]
    tax_codes: Mapping[str, TaxCodeRow]
    vat_accounts: frozenset[int]
    departments: frozenset[int]
    projects: frozenset[int]
    dimension_types: frozenset[int]
    dimension_values: frozenset[tuple[int, str]]
    has_customer: Callable[[int], bool]
    has_stamp: Callable[[int], bool]

    @classmethod
    def of(cls, store: LedgerStore, client: str, tax_reference: str) -> Registers:
        """Read a client's registers; `tax_codes` is keyed by what Entry.TaxNo is expected to carry."""
        codes = store.tax_codes(client)
        by_id = tax_reference == "id"
        return cls(
            years={year.year: year for year in store.fiscal_years(client)},
            types={each.number: each for each in store.voucher_types(client)},
            accounts={account.number: account for account in store.accounts(client)},
            tax_codes={str(code.tax_id) if by_id else code.number: code for code in codes},
            vat_accounts=frozenset(code.vat_account for code in codes if code.vat_account is not None),
            departments=frozenset(number for number, _ in store.named("departments", client)),
            projects=frozenset(number for number, _ in store.named("projects", client)),
            dimension_types=frozenset(number for number, _ in store.named("dimension_types", client)),
            dimension_values=frozenset((type_id, value) for type_id, value, _ in store.dimension_values(client)),
            has_customer=lambda number: store.has_customer(client, number),
            has_stamp=lambda number: AttachmentBook(store).has(client, number),
        )

    def tax_code(self, reference: str) -> TaxCodeRow | None:
        """The VAT code of a line; None for "" and "0", which mean no VAT."""
        return self.tax_codes.get(reference) if reference not in {"", "0"} else None


def place(
    voucher: VoucherRequest, mode: SaveMode, registers: Registers, book: VoucherBook, client: str, options: RuleOptions
) -> PlacedVoucher:
    """Hold a voucher against every rule and say where it goes. Raises Refusal at the first rule that it breaks."""
    label = f"Voucher {voucher.transaction_no}"
    kind = _check_head(voucher, registers, label)
    for position, entry in enumerate(voucher.entries, start=1):
        _check_account(entry, registers, f"{label}, line {position}", options)
    for position, entry in enumerate(voucher.entries, start=1):
        _check_dimensions(entry, registers, f"{label}, line {position}")
    for position, entry in enumerate(voucher.entries, start=1):
        _check_amounts(entry, f"{label}, line {position}")
    _check_balance(voucher, mode, label)
    _check_number(voucher, kind, book, client, options, label)
    system_vat = mode.draft and not voucher.direct_accounting
    if not system_vat:
        _check_vat(voucher, mode, registers, options, label)
    _check_invoice(voucher, mode, book, client, label)
    return PlacedVoucher(
        request=voucher,
        state="draft" if mode.draft else "posted",
        series_id=kind.series_id,
        type_id=kind.type_id,
        system_vat=system_vat,
        tax_numbers=tuple(_tax_number(entry, registers) for entry in voucher.entries),
        vat_ore=tuple(_vat_inside(entry, registers) if system_vat else 0 for entry in voucher.entries),
    )


def _check_head(voucher: VoucherRequest, registers: Registers, label: str) -> VoucherTypeRow:
    """Year, dates, lock, type, entries (API.md 3.1 YearId, 3.2 Sort: only numbers above zero)."""
    year = registers.years.get(voucher.year)
    if year is None:
        raise Refusal("NotSaved", f"{label}: fiscal year {voucher.year} is not set up")
    for entry in voucher.entries:
        if not year.holds(entry.day):
            raise Refusal("NotSaved", f"{label}: date {entry.day} does not lie in fiscal year {voucher.year}")
    if year.locked:
        raise Refusal("NotSaved", f"{label}: fiscal year {voucher.year} is locked")
    for sort in (voucher.bundle_type, voucher.type_number):
        if sort <= 0 or sort not in registers.types:
            raise Refusal("Exception", f"{label}: Sort {sort} is not the number of a voucher type open to clients")
    if not voucher.entries:
        raise Refusal("NotSaved", f"{label}: there are no entries")
    return registers.types[voucher.type_number]


def _check_account(entry: EntryRequest, registers: Registers, label: str, options: RuleOptions) -> None:
    account = registers.accounts.get(entry.account)
    if account is None:
        raise Refusal("NotSaved", f"{label}: account {entry.account} is not in the chart of accounts")
    if entry.tax_reference not in {"", "0"} and entry.tax_reference not in registers.tax_codes:
        known = "the number" if options.tax_reference == "number" else "the id"
        raise Refusal("NotSaved", f"{label}: TaxNo '{entry.tax_reference}' is not {known} of a tax code")
    if account.kind != "ledger" and not entry.customer:
        raise Refusal("NotSaved", f"{label}: account {entry.account} ({account.kind}) needs a CustomerId")
    if entry.customer and not registers.has_customer(entry.customer):
        raise Refusal("NotSaved", f"{label}: CustomerId {entry.customer} does not exist")
    if entry.stamp_no and not registers.has_stamp(entry.stamp_no):
        raise Refusal("NotSaved", f"{label}: StampNo {entry.stamp_no} is not that of a saved attachment")


def _check_dimensions(entry: EntryRequest, registers: Registers, label: str) -> None:
    if entry.department and entry.department not in registers.departments:
        raise Refusal("NotSaved", f"{label}: DepartmentId {entry.department} does not exist")
    if entry.project and entry.project not in registers.projects:
        raise Refusal("NotSaved", f"{label}: ProjectId {entry.project} does not exist")
    for type_id, value in entry.dimensions:
        if type_id not in registers.dimension_types:
            raise Refusal("NotSaved", f"{label}: dimension type {type_id} does not exist")
        if (type_id, value) not in registers.dimension_values:
            raise Refusal("NotSaved", f"{label}: value '{value}' does not exist in dimension type {type_id}")


def _check_amounts(entry: EntryRequest, label: str) -> None:
    """At most two decimals (API.md 3.1 Amount)."""
    for name, amount in (("Amount", entry.amount), ("VatAmount", entry.vat_amount)):
        if abs(amount) >= LARGEST_AMOUNT:
            raise Refusal("NotSaved", f"{label}: {name} {amount} is out of range")
        if amount != amount.quantize(Decimal("0.01")):
            raise Refusal("NotSaved", f"{label}: {name} {amount} has more than two decimals")


def _check_balance(voucher: VoucherRequest, mode: SaveMode, label: str) -> None:
    difference = sum((entry.amount for entry in voucher.entries), Decimal(0))
    if difference and not (mode.draft and mode.allow_difference):
        raise Refusal("NotSaved", f"{label}: does not balance, the difference is {difference:.2f}")


def _check_number(
    voucher: VoucherRequest, kind: VoucherTypeRow, book: VoucherBook, client: str, options: RuleOptions, label: str
) -> None:
    number = voucher.transaction_no
    if number <= 0:
        raise Refusal("NotSaved", f"{label}: TransactionNo must be above zero; ask GetEntryId for one")
    if not options.accept_used_numbers and book.number_is_used(client, voucher.year, kind.series_id, number):
        raise Refusal(
            "DuplicateData", f"{label}: number {number} is already used in series {kind.series_id} of {voucher.year}"
        )


def _check_vat(voucher: VoucherRequest, mode: SaveMode, registers: Registers, options: RuleOptions, label: str) -> None:
    """VAT lines against the bases that carry a code, per VAT account (API.md 3.4)."""
    expected: defaultdict[int, Decimal] = defaultdict(Decimal)
    coded: defaultdict[int, int] = defaultdict(int)
    actual: defaultdict[int, int] = defaultdict(int)
    for entry in voucher.entries:
        code = registers.tax_code(entry.tax_reference)
        if entry.account in registers.vat_accounts:
            # A line on a VAT account is VAT, never a base, with or without a code of its own.
            actual[entry.account] += entry.amount_ore
        elif code is not None and code.vat_account is not None and code.rate:
            expected[code.vat_account] += entry.amount_ore * code.rate / 100
            coded[code.vat_account] += 1
    for account in sorted(expected.keys() | actual.keys()):
        due = expected.get(account, Decimal(0))
        tolerance = (
            options.vat_tolerance_ore
            + options.vat_tolerance_line_ore * coded.get(account, 0)
            + abs(due) * options.vat_tolerance_permille / 1000
        )
        if abs(actual.get(account, 0) - due) <= tolerance:
            continue
        warning = VAT_NOT_IN_BALANCE if account in coded else VAT_MISSES_FOUNDATION
        if warning in mode.ignored:
            continue
        found = Decimal(actual.get(account, 0)).scaleb(-2)
        raise Refusal(
            "NotSaved",
            f"{label}: {warning}: account {account} holds {found:.2f}, the lines with its tax code call for"
            f" {due.scaleb(-2):.2f}",
        )


def _check_invoice(voucher: VoucherRequest, mode: SaveMode, book: VoucherBook, client: str, label: str) -> None:
    if INVOICE_EXISTS in mode.ignored:
        return
    for invoice_no in sorted({entry.invoice_no for entry in voucher.entries if entry.customer and entry.invoice_no}):
        if book.invoice_is_used(client, invoice_no):
            raise Refusal("NotSaved", f"{label}: {INVOICE_EXISTS}: invoice '{invoice_no}' is on another voucher")


def _tax_number(entry: EntryRequest, registers: Registers) -> str:
    code = registers.tax_code(entry.tax_reference)
    return "0" if code is None else code.number


def _vat_inside(entry: EntryRequest, registers: Registers) -> int:
    """VAT in øre inside a gross line, rounded half up: what the system books when a person posts the draft."""
    code = registers.tax_code(entry.tax_reference)
    if code is None or not code.rate or entry.account in registers.vat_accounts:
        return 0
    return int((entry.amount_ore * code.rate / (100 + code.rate)).to_integral_value(ROUND_HALF_UP))
