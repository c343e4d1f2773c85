"""AccountService V004: saving journals, number series, accounts, types, tax codes (API.md, section 3).

Belongs here: turning messages into voucher requests and answers back.
Does not: the rules (voucher_rules.py), storage (ledger_vouchers.py).
"""

from __future__ import annotations

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.ledger_store import AccountRow
from frontline_pipeline.sandbox.ledger_vouchers import EntryRequest, VoucherRequest
from frontline_pipeline.sandbox.voucher_rules import WARNINGS, Refusal, Registers, SaveMode, place
from frontline_pipeline.sandbox.wire import Node, Payload, SoapFault

PATH = "/Economy/Account/V004/Accountservice.asmx"


def save_bundle_list(call: Call, around: Surroundings) -> Answer:
    """Save all vouchers of a request or none. Every refusal is a Type with a Description, over HTTP 200 (API.md, 3.3)."""
    if call.session is None:
        return _verdict("NotAuthenticated", "The session is missing or has ended; log in again")
    client = call.session.client
    try:
        mode, vouchers = _read(call.body.child("BundleList"))
        with around.store.writing():
            registers = Registers.of(around.store, client, around.options.rules.tax_reference)
            for voucher in vouchers:
                # One by one, so that a number used twice within one request is seen; a refusal undoes them all.
                placed = place(voucher, mode, registers, around.book, client, around.options.rules)
                if call.alter is not None:
                    placed = call.alter(placed)
                around.book.save(client, [placed])
    except Refusal as refusal:
        return _verdict(refusal.type, refusal.text)
    return _verdict("Ok", "")


def _verdict(type_: str, text: str) -> Answer:
    return Answer({"Type": type_, "Description": text}, verdict=type_)


def _read(bundle_list: Node | None) -> tuple[SaveMode, list[VoucherRequest]]:
    if bundle_list is None:
        raise Refusal("Exception", "BundleList is missing")
    option = bundle_list.integer("SaveOption")
    if option not in {0, 1}:
        raise Refusal("Exception", f"SaveOption {option} is unknown; 0 posts, 1 saves a draft")
    ignored = frozenset(bundle_list.texts("IgnoreWarnings"))
    if unknown := ignored - WARNINGS:
        raise Refusal("Exception", f"IgnoreWarnings: '{sorted(unknown)[0]}' is not a warning of this service")
    mode = SaveMode(draft=option == 1, allow_difference=bundle_list.flag("AllowDifference"), ignored=ignored)
    default_customer = bundle_list.integer("DefaultCustomerId")
    vouchers = [
        _voucher(bundle, voucher, default_customer)
        for bundle in bundle_list.items("Bundles")
        for voucher in bundle.items("Vouchers")
    ]
    if not vouchers:
        raise Refusal("Exception", "The request holds no voucher")
    return mode, vouchers


def _voucher(bundle: Node, voucher: Node, default_customer: int) -> VoucherRequest:
    return VoucherRequest(
        year=bundle.integer("YearId"),
        bundle_type=bundle.integer("Sort"),
        type_number=voucher.integer("Sort"),
        transaction_no=voucher.integer("TransactionNo"),
        bundle_name=bundle.text("Name"),
        direct_accounting=bundle.flag("BundleDirectAccounting"),
        entries=tuple(_entry(entry, default_customer) for entry in voucher.items("Entries")),
    )


def _entry(entry: Node, default_customer: int) -> EntryRequest:
    day = entry.moment("Date")
    if day is None:
        raise Refusal("Exception", "An entry has no Date")
    due = entry.moment("DueDate")
    period = entry.moment("PeriodDate")
    return EntryRequest(
        sequence=entry.decimal("SequenceId"),
        account=entry.integer("AccountNo"),
        day=day.date(),
        amount=entry.decimal("Amount"),
        vat_amount=entry.decimal("VatAmount"),
        tax_reference=entry.text("TaxNo").strip(),
        customer=entry.integer("CustomerId") or default_customer,
        department=entry.integer("DepartmentId"),
        project=entry.integer("ProjectId"),
        dimensions=tuple((each.integer("Type"), each.text("Value")) for each in entry.items("UserDefinedDimensions")),
        invoice_no=entry.text("InvoiceReferenceNo"),
        ocr=entry.text("InvoiceOcr"),
        comment=entry.text("Comment"),
        currency=entry.text("CurrencyId"),
        currency_rate=entry.decimal("CurrencyRate"),
        currency_unit=entry.integer("CurrencyUnit"),
        due_day=None if due is None else due.date(),
        period_day=None if period is None else period.date(),
        stamp_no=entry.integer("StampNo"),
        link=entry.text("LinkId").lower(),
    )


def get_entry_id(call: Call, around: Surroundings) -> Answer:
    """The next free number of a series (SortNo = EntrySeriesId) in the year of a date; -1 where there is none.

    It only looks: until a voucher is saved, the next question gets the same number (API.md, 3.2).
    """
    client = call.client()
    asked = call.body.child("argEntryId")
    day = None if asked is None else asked.moment("Date")
    if asked is None or day is None:
        raise SoapFault("Client", "argEntryId with a Date is required")
    series = asked.integer("SortNo")
    year = next((each for each in around.store.fiscal_years(client) if each.holds(day.date())), None)
    known = series in {each.series_id for each in around.store.voucher_types(client) if each.number > 0}
    number = around.book.next_number(client, year.year, series) if known and year is not None else -1
    return Answer({"Date": day, "SortNo": series, "EntryNo": number})


def get_account_list(call: Call, around: Surroundings) -> Answer:
    """The chart of accounts. AccountTax holds the default code's id, TaxNo its number."""
    client = call.client()
    ids = {code.number: code.tax_id for code in around.store.tax_codes(client)}
    return Answer([_account(account, ids) for account in around.store.accounts(client)])


def _account(account: AccountRow, ids: dict[str, int]) -> Payload:
    tax = account.tax_number
    return {
        "AccountId": 100_000 + account.number,
        "AccountNo": account.number,
        "AccountName": account.name,
        "AccountTax": ids.get(tax, 0),
        "TaxNo": int(tax) if tax.isdigit() else 0,
    }


def get_type_list(call: Call, around: Surroundings) -> Answer:
    """The voucher types with their number series."""
    return Answer(
        [
            {"TypeId": each.type_id, "Title": each.title, "EntrySeriesId": each.series_id, "TypeNo": each.number}
            for each in around.store.voucher_types(call.client())
        ]
    )


def get_tax_code_list(call: Call, around: Surroundings) -> Answer:
    """The VAT codes; TaxRate in percent."""
    return Answer(
        [
            {
                "TaxId": code.tax_id,
                "TaxNo": code.number,
                "TaxName": code.name,
                "TaxRate": code.rate,
                "AccountNo": code.vat_account,
            }
            for code in around.store.tax_codes(call.client())
        ]
    )


def check_account_no(call: Call, around: Surroundings) -> Answer:
    """For each account asked about: Ok, AccountDontExist, or NameDontMatch where a name was sent and differs."""
    chart = {account.number: account for account in around.store.accounts(call.client())}
    answers: list[Payload] = []
    for asked in call.body.items("accountList"):
        number, name = asked.integer("AccountNo"), asked.text("AccountName")
        found = chart.get(number)
        error = "AccountDontExist" if found is None else "NameDontMatch" if name not in {"", found.name} else "Ok"
        answers.append({"AccountNo": number, "AccountName": name, "Error": error})
    return Answer(answers)


HANDLERS: Handlers = {
    "CheckAccountNo": check_account_no,
    "GetAccountList": get_account_list,
    "GetEntryId": get_entry_id,
    "GetTaxCodeList": get_tax_code_list,
    "GetTypeList": get_type_list,
    "SaveBundleList": save_bundle_list,
}
