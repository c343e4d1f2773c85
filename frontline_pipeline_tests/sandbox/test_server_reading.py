"""Reading from the stand-in: posted lines by every search, and the registers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import zeep
from server_kit import ACCOUNT, CLIENT, PROJECT, TRANSACTION, Stranger, company, line, sale

from frontline_pipeline.sandbox.calls import SandboxOptions
from frontline_pipeline.sandbox.seed import SandboxFiscalYear, default_chart
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.sandbox.wire import DateStyle

YEARS = (SandboxFiscalYear(year=2025), SandboxFiscalYear(year=2026))
CUSTOMER = {"CustomerId": 500, "InvoiceReferenceNo": "Z-oslo-1", "InvoiceOcr": "123", "Comment": "Account sale"}
PLACE = {"DepartmentId": 10, "ProjectId": 7}
UDD = {"UserDefinedDimensions": {"UserDefinedDimension": [{"Type": 101, "Value": "oslo"}]}}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    """A ledger with three posted vouchers and a draft; saved at 2026-11-24 02:00 UTC, the last one an hour later."""
    with SandboxServer(":memory:", [company(fiscal_years=YEARS)]) as running:
        now = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)
        clock = [now.timestamp()]
        running.store.clock = lambda: clock[0]
        peer = Stranger(running.url)
        assert peer.login(company())
        first = [line(1500, "125.00", **CUSTOMER, **PLACE, **UDD), *sale()[1:]]
        second = [line(1920, "50.00", SequenceId=Decimal(30)), line(3100, "-50.00", TaxNo="5", SequenceId=Decimal(40))]
        third = [{**each, "Date": dt.datetime(2026, 12, 1)} for each in sale()]
        assert peer.save(*first, number=11).Type == "Ok"
        assert peer.save(*second, number=12, sort=3).Type == "Ok"
        assert peer.save(*sale(), number=13, option=1).Type == "Ok"
        clock[0] += 3600
        assert peer.save(*third, number=14).Type == "Ok"
        yield running


@pytest.fixture(scope="module")
def stranger(server: SandboxServer) -> Stranger:
    peer = Stranger(server.url)
    assert peer.login(company())
    return peer


DAY23 = {"DateStart": dt.datetime(2026, 11, 23), "DateEnd": dt.datetime(2026, 11, 23, 23, 59, 59)}
SEARCHES: dict[str, tuple[dict[str, Any], set[int], int]] = {
    "everything posted, no draft": ({}, {11, 12, 14}, 8),
    "one day": (DAY23, {11, 12}, 5),
    "end at midnight leaves the day out": ({**DAY23, "DateEnd": dt.datetime(2026, 11, 23)}, set(), 0),
    "start after midnight leaves the day out": ({**DAY23, "DateStart": dt.datetime(2026, 11, 23, 0, 0, 1)}, set(), 0),
    "number from": ({"TransactionNoStart": 12}, {12, 14}, 5),
    "number to": ({"TransactionNoEnd": 12}, {11, 12}, 5),
    "one number": ({"TransactionNoStart": 11, "TransactionNoEnd": 11}, {11}, 3),
    "number of a draft": ({"TransactionNoStart": 13, "TransactionNoEnd": 13}, set(), 0),
    "accounts": ({"AccountNoStart": 3000, "AccountNoEnd": 3099}, {11, 14}, 2),
    "invoice": ({"InvoiceNo": "Z-oslo-1"}, {11}, 1),
    "part of an invoice": ({"InvoiceNo": "Z-oslo"}, set(), 0),
    "with an invoice": ({"HasInvoiceId": True}, {11}, 1),
    "without an invoice": ({"HasInvoiceId": False}, {11, 12, 14}, 7),
    "customer": ({"CustomerId": 500}, {11}, 1),
    "department": ({"DepartmentId": 10}, {11}, 1),
    "project": ({"ProjectId": 7}, {11}, 1),
    "type by id": ({"TransactionTypeId": 503}, {12}, 2),
    "type by number finds nothing": ({"TransactionTypeId": 3}, set(), 0),
    "VAT code": ({"VatCode": 5}, {12}, 1),
    "open entries": ({"ShowOpenEntries": True}, {11}, 1),
    "system type": ({"SystemType": "Miscellaneous"}, {11, 12, 14}, 8),
    "other system type": ({"SystemType": "CashSale"}, set(), 0),
    "registered after, in local time": ({"RegisteredAfter": dt.datetime(2026, 11, 24, 3, 30)}, {14}, 3),
    "changed, in UTC": (
        {
            "DateSearchParameters": "DateChangedUTC",
            "DateStart": dt.datetime(2026, 11, 24, 2),
            "DateEnd": dt.datetime(2026, 11, 24, 2, 30),
        },
        {11, 12},
        5,
    ),
    "all at once": ({**DAY23, "InvoiceNo": "Z-oslo-1", "CustomerId": 500, "AccountNoStart": 1500}, {11}, 1),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches(stranger: Stranger, name: str) -> None:
    search, numbers, lines = SEARCHES[name]
    found = stranger.posted(**search)
    assert ({each.TransactionNo for each in found}, len(found)) == (numbers, lines)


def test_link_id_finds_its_line_and_no_guid(stranger: Stranger) -> None:
    found = stranger.posted(InvoiceNo="Z-oslo-1")[0]
    assert [each.Id for each in stranger.posted(LinkId=found.LinkId)] == [found.Id]


def test_dates_are_required(stranger: Stranger) -> None:
    service = stranger.service(TRANSACTION)
    with pytest.raises(zeep.exceptions.Fault, match="DateStart and DateEnd are required"):
        service.GetTransactions({"DateStart": dt.datetime(2026, 1, 1)})
    with pytest.raises(zeep.exceptions.Fault, match="searchParams is required"):
        service.GetTransactions(None)


def test_a_line_carries_what_was_sent(stranger: Stranger) -> None:
    (found,) = stranger.posted(InvoiceNo="Z-oslo-1")
    assert found.Date == dt.datetime(2026, 11, 23)
    assert (found.AccountNo, found.Amount, found.TransactionNo) == (1500, Decimal("125.00"), 11)
    assert (found.InvoiceNo, found.OCR, found.Comment) == ("Z-oslo-1", "123", "Account sale")
    assert (found.TransactionTypeId, found.Period, found.PeriodDate) == (502, 11, dt.date(2026, 11, 1))
    assert (found.Currency, found.CurrencyRate, found.CurrencyUnit) == ("NOK", 1, 1)
    assert found.RegistrationDate == dt.datetime(2026, 11, 24, 3)
    assert (found.Open, found.Hidden) == (True, False)
    shown = {(each.Type, each.TypeId, each.Name, each.Value) for each in found.Dimensions.Dimension}
    assert shown == {
        ("Customer", None, None, "500"),
        ("Department", None, None, "10"),
        ("Project", None, None, "7"),
        ("UserDefined", 101, "Oslo", "oslo"),
    }
    vat_codes = {each.AccountNo: each.VatCode for each in stranger.posted(TransactionNoStart=11, TransactionNoEnd=11)}
    assert vat_codes == {1500: 0, 3000: 3, 2700: 0}


def test_sequence_is_the_clients_own_where_it_gave_one(stranger: Stranger) -> None:
    assert [each.SequenceNo for each in stranger.posted(TransactionTypeId=503)] == [30, 40]
    assert [each.SequenceNo for each in stranger.posted(TransactionNoStart=11, TransactionNoEnd=11)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("style", "winter", "summer"),
    [
        ("local", dt.datetime(2026, 11, 23), dt.datetime(2026, 7, 1)),
        ("utc", dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC), dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC)),
        ("utc_naive", dt.datetime(2026, 11, 22, 23), dt.datetime(2026, 6, 30, 22)),
    ],
)
def test_returned_dates_in_each_style(style: str, winter: dt.datetime, summer: dt.datetime) -> None:
    with SandboxServer(":memory:", [company()], options=SandboxOptions(date_style=DateStyle(style))) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        assert stranger.save(*sale()).Type == "Ok"
        found = stranger.posted()[0]
        assert found.Date == winter
        assert found.PeriodDate == dt.date(2026, 11, 1)
        july = line(1900, "0.00") | {"Date": dt.datetime(2026, 7, 1)}
        assert stranger.save(july, number=2).Type == "Ok"
        assert stranger.posted()[0].Date == summer


def test_an_unknown_date_style_is_refused() -> None:
    with pytest.raises(ValueError, match="date style 'helsinki'"):
        DateStyle("helsinki")


def test_a_date_with_offset_is_the_day_it_is_in_oslo() -> None:
    with SandboxServer(":memory:", [company()]) as fresh:
        stranger = Stranger(fresh.url)
        stranger.login(company())
        late = line(1900, "0.00") | {"Date": dt.datetime(2026, 11, 22, 23, tzinfo=dt.UTC)}
        assert stranger.save(late).Type == "Ok"
        assert stranger.posted()[0].Date == dt.datetime(2026, 11, 23)


# Registers


def test_accounts(stranger: Stranger) -> None:
    accounts = {each.AccountNo: each for each in stranger.service(ACCOUNT).GetAccountList()}
    assert len(accounts) == len(default_chart()) >= 60
    assert {1500, 1579, 1900, 1909, 1920, 2380, 2700, 2703, 2740, 2903, 2930, 3000, 3900, 7740, 7799} <= set(accounts)
    assert (accounts[3030].AccountTax, accounts[3030].TaxNo) == (20, 31), "the id of the code, and its number"


def test_tax_codes_have_ids_that_are_not_their_numbers(stranger: Stranger) -> None:
    codes = {each.TaxNo: each for each in stranger.service(ACCOUNT).GetTaxCodeList()}
    rates = {"3": "25", "31": "15", "32": "11.11", "33": "12", "1": "25", "11": "15", "5": "0", "6": "0", "7": "0"}
    assert {number: codes[number].TaxRate for number in rates} == {no: Decimal(rate) for no, rate in rates.items()}
    assert [codes[number].AccountNo for number in ("3", "31", "32", "33", "5")] == [2700, 2701, 2702, 2703, None]
    assert codes["5"].TaxId == 8
    mixed_up = [each for each in codes.values() if str(each.TaxId) != each.TaxNo]
    assert len(mixed_up) > len(codes) / 2
    confusable = {str(each.TaxId) for each in mixed_up} & set(codes)
    assert confusable, "an id that is another code's number shows a mix-up as a wrong code, not as an unknown one"


def test_types_series_and_transaction_types_tell_the_same(stranger: Stranger) -> None:
    types = stranger.service(ACCOUNT).GetTypeList()
    again = stranger.service(TRANSACTION).GetTransactionTypes()
    assert [(each.TypeNo, each.TypeId, each.Title) for each in types] == [(x.No, x.Id, x.Title) for x in again]
    assert any(each.TypeNo < 0 for each in types)
    assert all(each.TypeNo != each.EntrySeriesId != each.TypeId for each in types)


def test_check_account_no(stranger: Stranger) -> None:
    asked = [
        {"AccountNo": 1900},
        {"AccountNo": 1900, "AccountName": "Till cash"},
        {"AccountNo": 1900, "AccountName": "Bank"},
        {"AccountNo": 4},
    ]
    answers = stranger.service(ACCOUNT).CheckAccountNo({"AccountData": asked})
    assert [each.Error for each in answers] == ["Ok", "Ok", "NameDontMatch", "AccountDontExist"]


def test_fiscal_years_end_exclusively(stranger: Stranger) -> None:
    years = stranger.service(TRANSACTION).GetFiscalYears()
    assert [(each.StartingDate, each.EndingDate, each.IsLocked) for each in years] == [
        (dt.datetime(2025, 1, 1), dt.datetime(2026, 1, 1), False),
        (dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1), False),
    ]
    assert len({each.Id for each in years}) == 2


def test_dimensions_and_values(stranger: Stranger) -> None:
    service = stranger.service(TRANSACTION)
    assert [(each.TypeId, each.Name) for each in service.GetUserDefinedDimensions()] == [(101, "Store"), (102, "Chain")]
    values = service.GetUserDefinedDimensionValues(101)
    assert [(each.Value, each.Name) for each in values] == [("bergen", "Bergen"), ("oslo", "Oslo")]
    assert service.GetUserDefinedDimensionValues(999) is None


def test_client_lookups(stranger: Stranger) -> None:
    service = stranger.service(CLIENT)
    client = service.GetClientInformation()
    assert (client.Name, client.OrganizationNumber, client.DefaultCurrency) == ("Nord Handel AS", "987654321", "NOK")
    assert [(each.Id, each.Name) for each in service.GetDepartmentList()] == [(10, "Oslo"), (20, "Bergen")]
    assert [each.Symbol for each in service.GetCurrencyList()] == ["NOK", "EUR", "SEK", "USD"]
    everything, sales, purchases = (service.GetTypeGroupList(module) for module in ("All", "Sale", "Purchase"))
    assert {each.AccountId for each in sales} == {3000, 3030, 3050, 3100}
    assert {each.AccountId for each in purchases} == {4300}
    assert len(everything) == len(sales) + len(purchases)


def test_projects(stranger: Stranger) -> None:
    assert [(each.Id, each.Name) for each in stranger.service(PROJECT).GetProjectNameList()] == [
        (7, "Christmas market")
    ]
