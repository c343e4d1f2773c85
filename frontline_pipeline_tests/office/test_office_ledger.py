"""The typed calls: what is sent, and what is made of the answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from fake_office import FakeOffice, Received, Respond, reply, result
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from frontline_pipeline.office import convert
from frontline_pipeline.office.errors import ReadFailed, Rejected
from frontline_pipeline.office.ledger import Ledger, LedgerPort
from frontline_pipeline.office.models import (
    Account,
    ClientInformation,
    Department,
    DimensionType,
    DimensionValue,
    FiscalYear,
    LedgerLine,
    LedgerVoucher,
    Project,
    TaxCode,
    Transaction,
    TransactionDimension,
    VoucherType,
)

OK = result("<Type>Ok</Type>")
LINE = LedgerLine(
    account=1500,
    amount=12345,
    tax_code="3",
    comment="Z 101 oslo\nkundesalg \x07" + "å" * 100,
    customer_id=10042,
    department_id=3,
    project_id=7,
    dimensions=((101, "SENTRUM"), (102, "A")),
    due_date=dt.date(2026, 12, 7),
    vat_amount=2469,
)
DRAFT = LedgerVoucher(
    reference="oslo/K1/Z101/r1",
    date=dt.date(2026, 11, 23),
    year_id=2026,
    type_no=9,
    transaction_no=1001,
    draft=True,
    name="Dagsoppgjør oslo 2026-11-23",
    lines=(LINE, LedgerLine(account=3000, amount=-12345)),
    ignore_warnings=("customermismatchbankaccount",),
)


def tree(node: etree._Element) -> object:
    """An element as (name, text) or (name, [children]); order kept."""
    name = etree.QName(node).localname
    return (name, [tree(child) for child in node]) if len(node) else (name, node.text)


def sent(request: Received) -> object:
    return tree(etree.fromstring(request.body)[0][0])


def bundle(mode: str, head: list[object], warnings: list[object]) -> object:
    entries = [
        (
            "Entry",
            [
                ("CustomerId", "10042"),
                ("AccountNo", "1500"),
                ("Date", "2026-11-23T00:00:00"),
                ("DueDate", "2026-12-07T00:00:00"),
                ("Amount", "123.45"),
                ("VatAmount", "24.69"),
                ("CurrencyId", "NOK"),
                ("DepartmentId", "3"),
                ("ProjectId", "7"),
                (
                    "UserDefinedDimensions",
                    [
                        ("UserDefinedDimension", [("Type", "101"), ("Value", "SENTRUM")]),
                        ("UserDefinedDimension", [("Type", "102"), ("Value", "A")]),
                    ],
                ),
                ("InvoiceReferenceNo", "oslo/K1/Z101/r1"),
                ("TaxNo", "3"),
                ("Comment", ("Z 101 oslo kundesalg  " + "å" * 100)[:75]),
            ],
        ),
        (
            "Entry",
            [
                ("AccountNo", "3000"),
                ("Date", "2026-11-23T00:00:00"),
                ("Amount", "-123.45"),
                ("CurrencyId", "NOK"),
                ("InvoiceReferenceNo", "oslo/K1/Z101/r1"),
                ("Comment", None),
            ],
        ),
    ]
    voucher = ("Voucher", [("TransactionNo", "1001"), ("Entries", entries), ("Sort", "9")])
    return (
        "SaveBundleList",
        [
            (
                "BundleList",
                [
                    ("Bundles", [("Bundle", [("YearId", "2026"), ("Vouchers", [voucher]), ("Sort", "9"), *head])]),
                    ("AllowDifference", "false"),
                    ("DirectLedger", "false"),
                    ("SaveOption", mode),
                    *warnings,
                ],
            )
        ],
    )


def test_a_draft_on_the_wire(office: FakeOffice, ledger: Ledger) -> None:
    office.queue("SaveBundleList", OK)
    ledger.save(DRAFT)
    head = [("Name", "Dagsoppgjør oslo 2026-11-23"), ("BundleDirectAccounting", "true")]
    warnings = [("IgnoreWarnings", [("string", "customermismatchbankaccount")])]
    assert sent(office.received[-1]) == bundle("1", head, warnings)
    assert office.received[-1].action == "http://24sevenOffice.com/webservices/SaveBundleList"


def test_a_posted_voucher_on_the_wire(office: FakeOffice, ledger: Ledger) -> None:
    office.queue("SaveBundleList", OK)
    ledger.save(replace(DRAFT, draft=False, ignore_warnings=()))
    assert sent(office.received[-1]) == bundle("0", [], []), "Name and BundleDirectAccounting concern drafts only"


def test_lookups(office: FakeOffice, ledger: Ledger) -> None:
    port: LedgerPort = ledger
    office.defaults = {
        "GetClientInformation": result(
            "<IsUsingFactoring>false</IsUsingFactoring><Name>Nord AS</Name><ReminderDays>1</ReminderDays>"
            "<ReminderDays2>1</ReminderDays2><ReminderDays3>1</ReminderDays3><UserId>1</UserId>"
            "<OrganizationNumber>987 654 321</OrganizationNumber><DefaultCurrency>NOK</DefaultCurrency>"
        ),
        "GetFiscalYears": result(
            "".join(
                f"<FiscalYear><Id>00000000-0000-0000-0000-0000000000{year % 100}</Id><StartingDate>{start}</StartingDate>"
                f"<EndingDate>{end}</EndingDate><IsLocked>{locked}</IsLocked></FiscalYear>"
                for year, start, end, locked in (
                    (26, "2026-01-01T00:00:00", "2027-01-01T00:00:00", "false"),
                    (25, "2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z", "true"),
                )
            )
        ),
        "GetAccountList": result(
            "<AccountData><AccountId>7</AccountId><AccountNo>3000</AccountNo><AccountName>Salg</AccountName>"
            "<AccountTax>8</AccountTax><TaxNo>5</TaxNo></AccountData><AccountData><AccountNo>1920</AccountNo></AccountData>"
        ),
        "GetTypeList": result(
            "<TypeData><TypeId>1</TypeId><Title>Kasse</Title><EntrySeriesId>4</EntrySeriesId><TypeNo>9</TypeNo></TypeData>"
            "<TypeData><TypeId>2</TypeId><Title>System</Title><EntrySeriesId>4</EntrySeriesId><TypeNo>-3</TypeNo></TypeData>"
        ),
        "GetTaxCodeList": result(
            "<TaxCodeElement><TaxId>8</TaxId><TaxNo>5</TaxNo><TaxName>Fri</TaxName><TaxRate>0</TaxRate></TaxCodeElement>"
            "<TaxCodeElement><TaxId>9</TaxId><TaxNo>32</TaxNo><TaxName>R\u00e5fisk</TaxName><TaxRate>11.11</TaxRate>"
            "<AccountNo>2702</AccountNo></TaxCodeElement>"
        ),
        "GetDepartmentList": result("<Department><Id>3</Id><Name>Oslo</Name><Email>x@y.no</Email></Department>"),
        "GetProjectNameList": result("<ProjectShort><Id>7</Id></ProjectShort>"),
        "GetUserDefinedDimensions": result(
            "<Dimension><Type>UserDefined</Type><Name>Kanal</Name><TypeId>101</TypeId></Dimension>"
        ),
        "GetUserDefinedDimensionValues": result(
            "<Dimension><Type>UserDefined</Type><Name>Sentrum</Name><Value>S</Value><TypeId>101</TypeId></Dimension>"
        ),
    }
    assert port.client_information() == ClientInformation("Nord AS", "987 654 321", "NOK")
    years = port.fiscal_years()
    assert years == [
        FiscalYear(2025, dt.date(2025, 1, 1), dt.date(2026, 1, 1), True),
        FiscalYear(2026, dt.date(2026, 1, 1), dt.date(2027, 1, 1), False),
    ]
    assert [year.holds(dt.date(2025, 12, 31)) for year in years] == [True, False]
    assert [year.holds(dt.date(2026, 1, 1)) for year in years] == [False, True]
    assert port.accounts() == [Account(3000, "Salg", 7, 8, 5), Account(1920, "", 0, 0, 0)]
    assert port.voucher_types() == [VoucherType(1, "Kasse", 4, 9)]
    assert port.tax_codes() == [TaxCode(8, "5", "Fri", 0, None), TaxCode(9, "32", "Råfisk", 11110, 2702)]
    assert port.departments() == [Department(3, "Oslo")]
    assert port.projects() == [Project(7, "")]
    assert port.dimensions() == [DimensionType(101, "Kanal")]
    assert port.dimension_values(101) == [DimensionValue(101, "S", "Sentrum")]
    assert sent(office.received[-1]) == ("GetUserDefinedDimensionValues", [("DimensionType", "101")])


def test_empty_lookups_are_empty_lists(ledger: Ledger) -> None:
    assert (ledger.accounts(), ledger.projects(), ledger.dimensions(), ledger.fiscal_years()) == ([], [], [], [])


@pytest.mark.parametrize(
    ("operation", "row"),
    [
        ("GetAccountList", "<AccountData><AccountName>no number</AccountName></AccountData>"),
        ("GetAccountList", "<AccountData><AccountNo>abc</AccountNo></AccountData>"),
        ("GetAccountList", "<AccountData/>"),
        ("GetAccountList", '<AccountData xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'),
    ],
)
def test_a_row_without_what_it_must_have_makes_the_answer_unusable(
    office: FakeOffice, ledger: Ledger, operation: str, row: str
) -> None:
    office.queue(operation, result(row))
    with pytest.raises(ReadFailed, match="cannot be used") as caught:
        ledger.accounts()
    assert caught.value.__context__ is None


def test_no_client_information_is_no_answer(ledger: Ledger) -> None:
    with pytest.raises(ReadFailed, match="holds no client"):
        ledger.client_information()


def test_next_number(office: FakeOffice, ledger: Ledger) -> None:
    entry = "<Date>2026-11-23T00:00:00</Date><SortNo>4</SortNo><EntryNo>{}</EntryNo>"
    office.queue("GetEntryId", *(result(entry.format(number)) for number in (1001, 0, -1)))
    assert ledger.next_transaction_no(dt.date(2026, 11, 23), 4) == 1001
    assert sent(office.received[-1]) == (
        "GetEntryId",
        [("argEntryId", [("Date", "2026-11-23T00:00:00"), ("SortNo", "4"), ("EntryNo", "0")])],
    )
    for number in (0, -1):
        with pytest.raises(Rejected, match=rf"no number for series 4 on 2026-11-23 \(it answered {number}\)") as caught:
            ledger.next_transaction_no(dt.date(2026, 11, 23), 4)
        assert caught.value.kind == "series"


@pytest.mark.parametrize(
    "inner", ["", "<GetEntryIdResult/>", "<GetEntryIdResult><SortNo>4</SortNo></GetEntryIdResult>"]
)
def test_no_next_number_is_no_answer(office: FakeOffice, ledger: Ledger, inner: str) -> None:
    office.queue("GetEntryId", lambda request: reply(request, inner))
    with pytest.raises(ReadFailed):
        ledger.next_transaction_no(dt.date(2026, 11, 23), 4)


ROW = (
    "<Transaction><Date>{date}</Date><AccountNo>3000</AccountNo><Currency>NOK</Currency><CurrencyRate>1</CurrencyRate>"
    "<CurrencyUnit>1</CurrencyUnit><Amount>{amount}</Amount><StampNo>-2147483648</StampNo><Period>11</Period>"
    "<TransactionTypeId>1</TransactionTypeId><Comment>Z 101</Comment><TransactionNo>1001</TransactionNo>"
    "<VatCode>3</VatCode><Id>ABCDEF00-1111-2222-3333-444444444444</Id><LinkId>5</LinkId>"
    "<InvoiceNo>oslo/K1/Z101/r1</InvoiceNo><SequenceNo>2</SequenceNo><SystemType>InvoiceLoss</SystemType>"
    "<DueDate>0001-01-01T00:00:00</DueDate><Dimensions><Dimension><Type>Department</Type><Name>Oslo</Name>"
    "<Value>3</Value><TypeId>-2147483648</TypeId></Dimension></Dimensions>"
    "<RegistrationDate>2026-11-24T05:00:00</RegistrationDate><DateChanged>2026-11-24T06:00:00+01:00</DateChanged>"
    "<Hidden>false</Hidden><Open>true</Open><HasVatDividend>false</HasVatDividend><PeriodDate>2026-11-01</PeriodDate>"
    "</Transaction>"
)
EXPECTED = Transaction(
    date=dt.date(2026, 11, 23),
    transaction_no=1001,
    account=3000,
    amount=-10050,
    amount_is_exact=True,
    vat_code=3,
    invoice_no="oslo/K1/Z101/r1",
    comment="Z 101",
    line_id="abcdef00-1111-2222-3333-444444444444",
    sequence_no=2,
    type_id=1,
    system_type="InvoiceLoss",
    currency="NOK",
    due_date=None,
    registered_at=dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC),
    changed_at=dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC),
    period_date=dt.date(2026, 11, 1),
    link_id=5,
    stamp_no=None,
    ocr="",
    hidden=False,
    is_open=True,
    dimensions=(TransactionDimension("Department", None, "3"),),
)


def test_transactions(office: FakeOffice, ledger: Ledger) -> None:
    office.queue("GetTransactions", result(ROW.format(date="2026-11-23T00:00:00", amount="-100.5000")))
    found = ledger.transactions(dt.date(2026, 11, 1), dt.date(2026, 11, 30), 1000, 1002, "oslo/K1/Z101/r1")
    assert found == [EXPECTED]
    assert sent(office.received[-1]) == (
        "GetTransactions",
        [
            (
                "searchParams",
                [
                    ("DateSearchParameters", "EntryDate"),
                    ("DateStart", "2026-11-01T00:00:00"),
                    ("DateEnd", "2026-11-30T23:59:59"),
                    ("TransactionNoStart", "1000"),
                    ("TransactionNoEnd", "1002"),
                    ("SystemType", None),
                    ("HasInvoiceId", None),
                    ("InvoiceNo", "oslo/K1/Z101/r1"),
                ],
            )
        ],
    )
    assert b'nil="true"' in office.received[-1].body
    assert office.received[-1].action == "http://24sevenoffice.com/webservices/economy/accounting/GetTransactions"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23T00:00:00", "2026-11-23"),
        ("2026-11-22T23:00:00", "2026-11-23"),
        ("2026-11-22T23:00:00Z", "2026-11-23"),
        ("2026-07-22T22:00:00Z", "2026-07-23"),
        ("2026-07-22T21:00:00Z", "2026-07-23"),
        ("2026-11-23T00:00:00+01:00", "2026-11-23"),
        ("2026-11-23T01:00:00+02:00", "2026-11-23"),
        ("2026-12-31T23:00:00", "2027-01-01"),
        ("2028-02-28T22:00:00", "2028-02-29"),
        ("2026-11-23T12:00:00", "2026-11-23"),
        ("2026-11-23T02:00:00", "2026-11-23"),
    ],
)
def test_a_date_survives_the_clocks_of_the_service(
    office: FakeOffice, ledger: Ledger, written: str, meant: str
) -> None:
    office.queue("GetTransactions", result(ROW.format(date=written, amount="1")))
    assert ledger.transactions(dt.date(2026, 1, 1), dt.date(2026, 12, 31))[0].date.isoformat() == meant


def test_a_fraction_of_an_øre_is_told(office: FakeOffice, ledger: Ledger) -> None:
    office.queue("GetTransactions", result(ROW.format(date="2026-11-23T00:00:00", amount="100.005")))
    line = ledger.transactions(dt.date(2026, 11, 1), dt.date(2026, 11, 30))[0]
    assert (line.amount, line.amount_is_exact) == (10000, False)


@pytest.mark.parametrize("amount", ["abc", "", "NaN", "INF"])
def test_an_amount_that_is_none_makes_the_answer_unusable(office: FakeOffice, ledger: Ledger, amount: str) -> None:
    office.queue("GetTransactions", result(ROW.format(date="2026-11-23T00:00:00", amount=amount)))
    with pytest.raises(ReadFailed):
        ledger.transactions(dt.date(2026, 11, 1), dt.date(2026, 11, 30))


def test_an_empty_list_is_not_the_same_as_no_list(office: FakeOffice, ledger: Ledger) -> None:
    window = (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    office.queue("GetTransactions", result(""))
    assert ledger.transactions(*window) == []
    office.defaults["GetTransactions"] = lambda request: reply(request, "")
    with pytest.raises(ReadFailed, match="not even an empty one"):
        ledger.transactions(*window)
    assert Ledger(ledger.session, absent_is_empty=True).transactions(*window) == []


def test_identities(office: FakeOffice, ledger: Ledger) -> None:
    office.queue(
        "GetIdentities",
        result(
            "<Identity><Id>1de9717a-0000-4444-8888-000000000001</Id><User><Name>Ola</Name></User>"
            "<Client><Id>42</Id><Name>Nord AS</Name></Client><IsCurrent>true</IsCurrent><IsDefault>false</IsDefault>"
            "<IsProtected>false</IsProtected></Identity>"
        ),
    )
    (found,) = ledger.session.identities()
    assert (found.client_id, found.client_name, found.is_current, found.is_default) == (42, "Nord AS", True, False)
    assert "Ola" not in repr(found)


def test_a_read_after_a_lost_answer_just_works(office: FakeOffice, ledger: Ledger) -> None:
    office.queue("GetAccountList", Respond(accident="reset"))
    with pytest.raises(ReadFailed):
        ledger.accounts()
    assert ledger.accounts() == []


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_øre_survive_the_way_there_and_back(amount: int) -> None:
    written = str(convert.kroner(amount))
    assert written[-3] == "."
    assert convert.ore(Decimal(written)) == (amount, True)


@settings(deadline=None)
@given(st.text())
def test_a_comment_is_short_and_fit_for_xml(value: str) -> None:
    cut = convert.comment(value)
    assert len(cut) <= 75
    assert convert.comment(cut) == cut
    node = etree.Element("c")
    node.text = cut
    assert "\n" not in cut
