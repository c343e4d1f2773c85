"""TransactionService: reading posted lines, fiscal years, types, dimensions (API.md, 3.5).

Belongs here: turning search parameters into a search and lines into transactions.
Does not: the SQL (ledger_vouchers.py).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.ledger_vouchers import Line, LineSearch
from frontline_pipeline.sandbox.wire import OSLO, DateStyle, Node, Payload, SoapFault

PATH = "/Economy/Accounting/V001/TransactionService.asmx"

_EQUAL = {"ProjectId": "project", "CustomerId": "customer", "DepartmentId": "department", "LinkId": "link_id"}
_EQUAL |= {"TransactionTypeId": "type_id"}
_LEAST = {"AccountNoStart": "account", "TransactionNoStart": "transaction_no"}
_MOST = {"AccountNoEnd": "account", "TransactionNoEnd": "transaction_no"}


def get_transactions(call: Call, around: Surroundings) -> Answer:
    """Posted lines that fit every parameter sent; drafts never show. DateStart and DateEnd are required."""
    client = call.client()
    asked = call.body.child("searchParams")
    if asked is None:
        raise SoapFault("Client", "searchParams is required")
    by_change = asked.text("DateSearchParameters") == "DateChangedUTC"
    zone: dt.tzinfo = dt.UTC if by_change else OSLO
    start, end = asked.moment("DateStart", zone), asked.moment("DateEnd", zone)
    if start is None or end is None:
        raise SoapFault("Client", "DateStart and DateEnd are required")
    if asked.text("SystemType") not in {"", "Miscellaneous"}:
        return Answer([])
    search = LineSearch(client)
    if by_change:
        search.changed_from, search.changed_before = start, end
    else:
        # A line's date is a midnight: DateEnd at 00:00 leaves that day out, 23:59:59 takes it in (API.md, 3.5).
        search.first_day = _first_midnight_from(start)
        search.last_day = _last_midnight_before(end)
    registered = asked.moment("RegisteredAfter")
    if registered is not None:
        search.saved_from = registered.replace(tzinfo=OSLO).astimezone(dt.UTC).replace(tzinfo=None)
    if around.conditions.lag_seconds:
        now = dt.datetime.fromtimestamp(around.store.clock(), dt.UTC).replace(tzinfo=None)
        search.saved_until = now - dt.timedelta(seconds=around.conditions.lag_seconds)
    _narrow(asked, search)
    names = {(type_id, value): name for type_id, value, name in around.store.dimension_values(client)}
    return Answer([_transaction(line, around.options.date_style, names) for line in around.book.lines(search)])


def _first_midnight_from(moment: dt.datetime) -> dt.date:
    day = moment.date()
    return day if moment.time() == dt.time() else day + dt.timedelta(days=1)


def _last_midnight_before(moment: dt.datetime) -> dt.date:
    day = moment.date()
    return day - dt.timedelta(days=1) if moment.time() == dt.time() else day


def _narrow(asked: Node, search: LineSearch) -> None:
    for names, wanted in ((_EQUAL, search.equal), (_LEAST, search.least), (_MOST, search.most)):
        for element, column in names.items():
            value = asked.given_integer(element)
            if value is not None:
                wanted[column] = value
    if invoice := asked.text("InvoiceNo"):
        search.equal["invoice_no"] = invoice
    vat_code = asked.given_integer("VatCode")
    if vat_code is not None:
        search.equal["tax_number"] = str(vat_code)
    search.has_invoice = asked.given_flag("HasInvoiceId")
    search.open_only = asked.given_flag("ShowOpenEntries") is True


def _transaction(line: Line, dates: DateStyle, names: dict[tuple[int, str], str]) -> Payload:
    saved, changed = _oslo(line.saved_at), _oslo(line.changed_at)
    return {
        "Date": dates.midnight(line.day),
        "AccountNo": line.account,
        "Currency": line.currency or "NOK",
        "CurrencyRate": line.currency_rate or Decimal(1),
        "CurrencyUnit": line.currency_unit,
        "Amount": Decimal(line.amount_ore).scaleb(-2),
        "StampNo": line.stamp_no,
        "Period": line.period_day.month,
        "TransactionTypeId": line.type_id,
        "Comment": line.comment,
        "TransactionNo": line.transaction_no,
        "VatCode": int(line.tax_number) if line.tax_number.isdigit() else 0,
        "Id": line.guid,
        "LinkId": line.link_id,
        "InvoiceNo": line.invoice_no,
        "SequenceNo": line.sequence_no,
        "SystemType": "Miscellaneous",
        "DueDate": dates.midnight(line.due_day or line.day),
        "Dimensions": _dimensions(line, names),
        "RegistrationDate": dates.local(saved),
        "DateChanged": dates.local(changed),
        "Hidden": False,
        "Open": line.customer != 0,
        "OCR": line.ocr,
        "HasVatDividend": False,
        "PeriodDate": line.period_day,
    }


def _oslo(moment: dt.datetime) -> dt.datetime:
    """A stored moment (UTC) as Oslo's clock shows it, to the second."""
    return moment.replace(tzinfo=dt.UTC).astimezone(OSLO).replace(tzinfo=None, microsecond=0)


def _dimensions(line: Line, names: dict[tuple[int, str], str]) -> list[Payload]:
    built_in = (("Customer", line.customer), ("Department", line.department), ("Project", line.project))
    shown: list[Payload] = [{"Type": kind, "Value": str(value)} for kind, value in built_in if value]
    for type_id, value in line.dimensions:
        name = names.get((type_id, value), "")
        shown.append({"Type": "UserDefined", "Name": name, "Value": value, "TypeId": type_id})
    return shown


def get_transaction_types(call: Call, around: Surroundings) -> Answer:
    """The voucher types; No is what Sort wants, Id is what TransactionTypeId holds."""
    return Answer(
        [
            {"Turnover": each.turnover, "Title": each.title, "No": each.number, "Id": each.type_id}
            for each in around.store.voucher_types(call.client())
        ]
    )


def get_fiscal_years(call: Call, around: Surroundings) -> Answer:
    """The fiscal years; EndingDate is exclusive."""
    dates = around.options.date_style
    return Answer(
        [
            {
                "Id": year.id,
                "StartingDate": dates.midnight(year.start),
                "EndingDate": dates.midnight(year.end),
                "IsLocked": year.locked,
            }
            for year in around.store.fiscal_years(call.client())
        ]
    )


def get_user_defined_dimensions(call: Call, around: Surroundings) -> Answer:
    """The user-defined dimension types."""
    return Answer(
        [
            {"Type": "UserDefined", "Name": name, "TypeId": type_id}
            for type_id, name in around.store.named("dimension_types", call.client())
        ]
    )


def get_user_defined_dimension_values(call: Call, around: Surroundings) -> Answer:
    """The values of one user-defined dimension type; none for an unknown type."""
    client = call.client()
    wanted = call.body.integer("DimensionType")
    return Answer(
        [
            {"Type": "UserDefined", "Name": name, "Value": value, "TypeId": type_id}
            for type_id, value, name in around.store.dimension_values(client)
            if type_id == wanted
        ]
    )


HANDLERS: Handlers = {
    "GetFiscalYears": get_fiscal_years,
    "GetTransactionTypes": get_transaction_types,
    "GetTransactions": get_transactions,
    "GetUserDefinedDimensionValues": get_user_defined_dimension_values,
    "GetUserDefinedDimensions": get_user_defined_dimensions,
}
