"""The shipped WSDLs: equal to the real ones where used, and our messages valid against both schemas."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
import zeep
from fake_office import REAL_WSDLS, FakeOffice
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from frontline_pipeline.office import companies, invoices, products, wsdl_diff
from frontline_pipeline.office.companies import company_message
from frontline_pipeline.office.convert import comment
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.office.models_companies import Address, Addresses, Company, Emails, Phones
from frontline_pipeline.office.models_orders import Order, OrderLine, TaxSettings
from frontline_pipeline.office.models_products import Product
from frontline_pipeline.office.orders_message import order_message
from frontline_pipeline.office.products import product_message
from frontline_pipeline.office.saving import KNOWN_WARNINGS, bundle_list, check_voucher
from frontline_pipeline.office.services import ACCOUNT, SERVICES, Service
from frontline_pipeline.office.wire import Wire, document

XSD = "{http://www.w3.org/2001/XMLSchema}"
SOAP_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
WIRE = Wire({"api": "http://127.0.0.1:1", "webservices": "http://127.0.0.1:1"}, 1.0)

FULL_ENTRY = {
    "SequenceId": 1,
    "CustomerId": 12345,
    "AccountNo": 1500,
    "Date": dt.datetime(2026, 11, 23),
    "DueDate": dt.datetime(2026, 12, 7),
    "Amount": "100.00",
    "VatAmount": "20.00",
    "CurrencyId": "NOK",
    "BaseRate": "1",
    "CurrencyRate": "1",
    "CurrencyUnit": 1,
    "DepartmentId": 1,
    "ProjectId": 2,
    "UserDefinedDimensions": {"UserDefinedDimension": [{"Type": 101, "Value": "A"}]},
    "InvoiceReferenceNo": "oslo/K1/Z101/r1",
    "InvoiceOcr": "1",
    "TaxNo": "3",
    "PeriodDate": dt.datetime(2026, 11, 1),
    "Comment": "Dagsoppgjør",
    "StampNo": 1,
    "BankAccountNo": "1",
    "LinkId": "00000000-0000-0000-0000-00000000000a",
    "Links": {"LinkModel": [{"LineId": "00000000-0000-0000-0000-00000000000b"}]},
}
FULL_BUNDLES = {
    "BundleList": {
        "Bundles": {
            "Bundle": [
                {
                    "YearId": 2026,
                    "Vouchers": {"Voucher": [{"TransactionNo": 1, "Entries": {"Entry": [FULL_ENTRY]}, "Sort": 9}]},
                    "Sort": 9,
                    "Name": "x",
                    "BundleDirectAccounting": True,
                    "UseAutoBaseRate": True,
                }
            ]
        },
        "AllowDifference": False,
        "DirectLedger": False,
        "SaveOption": 1,
        "DefaultCustomerId": 0,
        "IgnoreWarnings": {"string": ["vatisnotinbalance"]},
    }
}
FULL_SEARCH = {
    "DateSearchParameters": "EntryDate",
    "ShowOpenEntries": True,
    "LinkId": 1,
    "DateStart": dt.datetime(2026, 11, 1),
    "DateEnd": dt.datetime(2026, 11, 30, 23, 59, 59),
    "ProjectId": 1,
    "CustomerId": 1,
    "DepartmentId": 1,
    "AccountNoStart": 1000,
    "AccountNoEnd": 9999,
    "TransactionNoStart": 1,
    "TransactionNoEnd": 2,
    "TransactionTypeId": 9,
    "SystemType": "Miscellaneous",
    "RegisteredAfter": dt.datetime(2026, 11, 1),
    "HasInvoiceId": True,
    "InvoiceNo": "oslo/K1/Z101/r1",
    "VatCode": 3,
}
ACCOUNT_DATA = {"AccountId": 1, "AccountNo": 1500, "AccountName": "Kundefordringer", "AccountTax": 0, "TaxNo": 0}
IMAGE_FILE = {
    "Id": 1,
    "Type": "Pdf",
    "StampNo": 0,
    "StampMeta": {"KeyValuePair": [{"Key": "Description", "Value": "Z 101"}]},
    "FrameInfo": {"ImageFrameInfo": [{"Id": 1, "StampNo": 7, "Status": 0}]},
    "ContactId": {"int": [1]},
}
GUID = "c0ffee00-1111-2222-3333-444444444444"
FULL_ADDRESS = Address(
    street="Gate 1", state="x", postal_code="0150", postal_area="Oslo", name="Navn", city="Oslo", country="NO"
)
FULL_ADDRESSES = Addresses(post=FULL_ADDRESS, delivery=FULL_ADDRESS, visit=Address(country="NO"), invoice=FULL_ADDRESS)
FULL_COMPANY = Company(
    company_id=7,
    external_id="frontline/k-1",
    organisation_number="987654321",
    name="Æ & Ø <AS>",
    first_name="Å",
    nick_name="n",
    kind="Consumer",
    addresses=FULL_ADDRESSES,
    phones=Phones(home="1", fax="2", mobile="3", primary="4", work="5"),
    emails=Emails(home="a@x.no", invoice="b@x.no", primary="c@x.no", work="d@x.no", alternative="e@x.no"),
    url="https://x.no",
    country="NO",
    note="n",
    invoice_language="no",
    status=1,
    price_list=2,
    discount=Decimal("2.5"),
    type_group=3,
    distribution="EMail",
    currency="NOK",
    payment_days=-3,
    gln="1234567890123",
    vat_number="NO987654321MVA",
    invoice_blocked=False,
    ledger_customer_account=1500,
    choose_number=True,
)
FULL_PRODUCT = Product(
    product_id=3,
    no="0042",
    ean="7038010000010",
    name="Kaffe",
    category_id=1,
    status_id=1,
    price=Decimal("1E+2"),
    in_price=Decimal("0.0000001"),
    cost=Decimal("-1.50"),
    tax_rate=Decimal(25),
    description="d",
    supplier_id=2,
    supplier_product_code="s",
    stock_controlled=True,
)
FULL_LINE = OrderLine(
    product_id=3,
    row_id=1,
    change="Edit",
    name="Kaffe",
    price=Decimal("99.90"),
    quantity=Decimal("-0.333"),
    discount_rate=Decimal("12.5"),
    cost=Decimal(1),
    in_price=Decimal(1),
    type_group_id=1,
    sequence_no=1,
    project_id=1,
    department_id=2,
    tax=TaxSettings(tax_code=3, tax_account=2700, tax_rate=Decimal(25)),
    dimensions=((101, "A"),),
)
FULL_ORDER = Order(
    customer_id=7,
    order_id=9,
    invoice_id=None,
    status="Invoiced",
    reference_number="order/oslo/1",
    external_status=500001,
    ordered_on=dt.date(2026, 11, 23),
    invoiced_on=dt.date(2026, 11, 23),
    delivered_on=dt.date(2026, 11, 24),
    include_vat=True,
    payment_days=14,
    payment_method_id=1,
    currency="EUR",
    currency_rate=Decimal("11.7"),
    currency_unit=1,
    title="t",
    text="x",
    ocr="1234",
    your_reference="y",
    our_reference_id=1,
    customer_name="n",
    customer_organisation_number="987654321",
    delivery_name="n",
    delivery_phone="5",
    addresses=FULL_ADDRESSES,
    invoice_email="a@x.no",
    gln="1234567890123",
    distributor="Manual",
    distribution="EMail",
    delivery_method_id=1,
    type_of_sale_id=1,
    project_id=1,
    department_id=2,
    dimensions=((101, "A"), (102, "B")),
    credited_invoice_id=1,
    credited_order_id=2,
    skip_stock=True,
    round_factor=Decimal("1.0"),
    lines=(FULL_LINE, OrderLine(kind="Text", name="Takk", change="Add")),
)
MOMENT = dt.datetime(2026, 11, 1, 12, 0, 0)
COMPANY_FIELDS = {"string": list(companies.RETURNED)}
PRODUCT_FIELDS = {"string": list(products.RETURNED)}

MESSAGES: dict[str, list[tuple[str, dict[str, object]]]] = {
    "authenticate": [
        (
            "Login",
            {"credential": {"ApplicationId": GUID, "IdentityId": GUID, "Password": "p<&>", "Username": "u@x.no"}},
        ),
        ("Login", {"credential": {"ApplicationId": GUID}}),
        ("HasSession", {}),
        ("GetIdentities", {}),
        ("GetIdentity", {}),
        ("SetIdentityById", {"identityId": GUID}),
    ],
    "account": [
        ("SaveBundleList", FULL_BUNDLES),
        ("SaveBundleList", {}),
        ("GetEntryId", {"argEntryId": {"Date": dt.datetime(2026, 11, 23), "SortNo": 1, "EntryNo": 0}}),
        ("GetEntryId", {}),
        ("GetAccountList", {}),
        ("GetTypeList", {}),
        ("GetTaxCodeList", {}),
        ("CheckAccountNo", {"accountList": {"AccountData": [ACCOUNT_DATA, {"AccountNo": 1}]}}),
        ("CheckAccountNo", {}),
    ],
    "transaction": [
        ("GetTransactions", {"searchParams": FULL_SEARCH}),
        ("GetTransactions", {"searchParams": {}}),
        ("GetTransactionTypes", {}),
        ("GetFiscalYears", {}),
        ("GetUserDefinedDimensions", {}),
        ("GetUserDefinedDimensionValues", {"DimensionType": 101}),
    ],
    "client": [
        ("GetClientInformation", {}),
        ("GetDepartmentList", {}),
        ("GetTypeGroupList", {"module": "Sale"}),
        ("GetCurrencyList", {}),
    ],
    "project": [("GetProjectNameList", {})],
    "attachment": [
        ("GetStampNo", {}),
        ("GetMaxRequestLength", {}),
        ("Create", {"type": "Pdf"}),
        ("AppendChunk", {"file": IMAGE_FILE, "buffer": b"%PDF-1.4\x00\xff", "offset": 0}),
        ("Save", {"file": IMAGE_FILE, "location": "Retrieval"}),
        ("Save", {"location": "Journal"}),
    ],
    "company": [
        ("SaveCompanies", {"companies": {"Company": [company_message(FULL_COMPANY), company_message(Company())]}}),
        (
            "GetCompanies",
            {
                "searchParams": {
                    "ExternalId": "k",
                    "CompanyIds": {"int": [1, 2]},
                    "ChangedAfter": MOMENT,
                    "OrganizationNumber": "987654321",
                },
                "returnProperties": COMPANY_FIELDS,
            },
        ),
        ("GetCompanySyncList", {"syncSearchParameters": {"Page": 1}}),
        (
            "GetCompanySyncList",
            {"syncSearchParameters": {"Page": 1, "Active": True, "ChangedAfter": MOMENT, "RegisteredAfter": MOMENT}},
        ),
    ],
    "product": [
        ("SaveProducts", {"products": {"Product": [product_message(FULL_PRODUCT), product_message(Product())]}}),
        ("SaveCategories", {"categories": {"Category": [{"Id": 1, "Name": "n", "No": "1", "ParentId": 2}]}}),
        ("GetCategories", {"returnProperties": {"string": list(products.CATEGORY_RETURNED)}}),
        (
            "GetProducts",
            {
                "searchParams": {
                    "CategoryId": 1,
                    "No": "0042",
                    "EAN1": "7038010000010",
                    "DateChanged": MOMENT,
                    "ProductIds": {"int": [1]},
                },
                "returnProperties": PRODUCT_FIELDS,
            },
        ),
    ],
    "invoice": [
        (
            "SaveInvoices",
            {"invoices": {"InvoiceOrder": [order_message(FULL_ORDER), order_message(Order(customer_id=1))]}},
        ),
        (
            "UpdateInvoices",
            {"invoices": {"InvoiceOrder": [order_message(Order(customer_id=1, order_id=2, title="t"))]}},
        ),
        (
            "GetInvoices",
            {
                "searchParams": {
                    "CustomerIds": {"int": [1]},
                    "ChangedAfter": MOMENT,
                    "InvoiceIds": {"int": [1]},
                    "OrderIds": {"int": [1]},
                    "ExternalStatus": {"int": [1]},
                },
                "invoiceReturnProperties": {"string": list(invoices.RETURNED)},
                "rowReturnProperties": {"string": list(invoices.ROW_RETURNED)},
            },
        ),
        ("GetOrderSyncList", {"syncParams": {"ChangedAfter": MOMENT, "RegisteredAfter": MOMENT}}),
        ("GetPaymentMethods", {}),
        ("GetDeliveryMethods", {}),
    ],
}
CASES = [(name, operation, arguments) for name, messages in MESSAGES.items() for operation, arguments in messages]


def real_wsdls() -> Path:
    if not REAL_WSDLS.is_dir():
        pytest.skip(f"NOT PROVEN against the real schema: {REAL_WSDLS} with the real WSDLs is not there")
    return REAL_WSDLS


def schemas_of(path: Path, folder: Path) -> dict[str, etree.XMLSchema]:
    """One validator per target namespace of a WSDL; the inline schemas become files that include each other."""
    root = etree.parse(str(path)).getroot()
    inline = list(root.iter(f"{XSD}schema"))
    names = {schema.get("targetNamespace"): f"{path.stem}-{index}.xsd" for index, schema in enumerate(inline)}
    for schema in inline:
        for imported in schema.findall(f"{XSD}import"):
            imported.set("schemaLocation", names[imported.get("namespace")])
        (folder / names[schema.get("targetNamespace")]).write_bytes(etree.tostring(schema))
    return {space: etree.XMLSchema(file=str(folder / name)) for space, name in names.items()}


def real_file(service: Service) -> Path:
    shipped = wsdl_diff.load_shipped(service)
    for path in sorted(real_wsdls().glob("*.wsdl")):
        found = wsdl_diff.parse(path.read_bytes(), path.name)
        if found.namespace == shipped.namespace and shipped.operations.keys() <= found.operations.keys():
            return path
    raise AssertionError(f"no real WSDL for {service.name}")


@pytest.fixture(scope="session")
def shipped_schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree.XMLSchema]:
    folder = tmp_path_factory.mktemp("shipped")
    return {name: schemas_of(service.wsdl, folder)[service.namespace] for name, service in SERVICES.items()}


@pytest.fixture(scope="session")
def real_schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree.XMLSchema]:
    folder = tmp_path_factory.mktemp("real")
    return {name: schemas_of(real_file(service), folder)[service.namespace] for name, service in SERVICES.items()}


def payload(service: Service, operation: str, arguments: dict[str, object]) -> etree._Element:
    """The body of a message, read again from its bytes as the service would."""
    message = etree.fromstring(etree.tostring(WIRE.message(service, operation, arguments)))
    return message.find(SOAP_BODY)[0]


def assert_valid(schema: etree.XMLSchema, element: etree._Element) -> None:
    assert schema.validate(element), schema.error_log


def test_every_shipped_operation_has_a_message_here() -> None:
    for name, service in SERVICES.items():
        assert {operation for operation, _ in MESSAGES[name]} == set(wsdl_diff.load_shipped(service).operations)


@pytest.mark.parametrize(("name", "operation", "arguments"), CASES)
def test_messages_are_valid_against_the_shipped_schema(
    shipped_schemas: dict[str, etree.XMLSchema], name: str, operation: str, arguments: dict[str, object]
) -> None:
    assert_valid(shipped_schemas[name], payload(SERVICES[name], operation, arguments))


@pytest.mark.parametrize(("name", "operation", "arguments"), CASES)
def test_messages_are_valid_against_the_real_schema(
    real_schemas: dict[str, etree.XMLSchema], name: str, operation: str, arguments: dict[str, object]
) -> None:
    assert_valid(real_schemas[name], payload(SERVICES[name], operation, arguments))


def test_the_schema_check_can_fail(shipped_schemas: dict[str, etree.XMLSchema]) -> None:
    element = payload(ACCOUNT, "GetEntryId", {"argEntryId": {"Date": dt.date(2026, 1, 1), "SortNo": 1, "EntryNo": 0}})
    assert not shipped_schemas["account"].validate(element), "a date without a time is not a dateTime"


texts = st.text(st.characters(codec="utf-8"), max_size=120)
ids = st.none() | st.integers(1, 2**31 - 1)
dates = st.dates(dt.date(2010, 1, 1), dt.date(2035, 12, 31))
lines = st.builds(
    LedgerLine,
    account=st.integers(1000, 9999),
    amount=st.integers(-(10**12), 10**12),
    tax_code=st.none() | st.sampled_from(["0", "3", "31", "33"]),
    comment=texts,
    customer_id=ids,
    department_id=ids,
    project_id=ids,
    dimensions=st.lists(
        st.tuples(st.integers(101, 110), st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True)), max_size=2
    ).map(tuple),
    due_date=st.none() | dates,
    stamp_no=st.none() | st.integers(0, 2**31 - 1),
    vat_amount=st.none() | st.integers(-(10**10), 10**10),
)


@st.composite
def vouchers(draw: st.DrawFn) -> LedgerVoucher:
    drawn = draw(st.lists(lines, min_size=1, max_size=8))
    balance = LedgerLine(account=1920, amount=-sum(line.amount for line in drawn))
    return LedgerVoucher(
        reference=draw(st.from_regex(r"[a-z]{2,8}/K[0-9]/Z[0-9]{1,6}/r[0-9]", fullmatch=True)),
        date=draw(dates),
        year_id=draw(st.integers(2010, 2035)),
        type_no=draw(st.integers(1, 99)),
        transaction_no=draw(st.integers(1, 2**31 - 1)),
        draft=draw(st.booleans()),
        name=draw(texts),
        lines=(*drawn, balance),
        direct_accounting=draw(st.booleans()),
        direct_ledger=draw(st.booleans()),
        ignore_warnings=tuple(draw(st.sets(st.sampled_from(sorted(KNOWN_WARNINGS))))),
    )


@settings(max_examples=60, deadline=None)
@given(voucher=vouchers())
def test_any_voucher_makes_a_valid_message_that_keeps_its_øre(
    shipped_schemas: dict[str, etree.XMLSchema], voucher: LedgerVoucher
) -> None:
    check_voucher(voucher)
    element = payload(ACCOUNT, "SaveBundleList", {"BundleList": bundle_list(voucher)})
    assert_valid(shipped_schemas["account"], element)
    if REAL_WSDLS.is_dir():
        assert_valid(_real_account_schema(), element)
    space = {"t": ACCOUNT.namespace}
    entries = element.findall(".//t:Entry", space)
    sent = [entry.findtext("t:Amount", namespaces=space) for entry in entries]
    # Read back as text, not through our own conversion: two decimals, never an exponent.
    assert [int(amount.replace(".", "")) for amount in sent] == [line.amount for line in voucher.lines]
    assert all(amount[-3] == "." and "e" not in amount.lower() for amount in sent)
    assert {entry.findtext("t:InvoiceReferenceNo", namespaces=space) for entry in entries} == {voucher.reference}
    for entry, line in zip(entries, voucher.lines, strict=True):
        assert (entry.findtext("t:Comment", namespaces=space) or "") == comment(line.comment)
        assert len(comment(line.comment)) <= 75
        assert entry.findtext("t:StampNo", namespaces=space) == (str(line.stamp_no) if line.stamp_no else None)
    assert element.findtext(".//t:SaveOption", namespaces=space) == ("1" if voucher.draft else "0")
    assert element.findtext(".//t:AllowDifference", namespaces=space) == "false"


amounts = st.decimals(Decimal("-1e9"), Decimal("1e9"), places=4)
plain = st.none() | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=50
)
addresses = st.builds(
    Address, street=plain, postal_code=plain, city=plain, name=plain, country=st.none() | st.just("NO")
)
address_groups = st.none() | st.builds(Addresses, post=st.none() | addresses, delivery=st.none() | addresses)
company_values = st.builds(
    Company,
    company_id=ids,
    external_id=plain,
    organisation_number=st.none() | st.just("987654321"),
    name=plain,
    kind=st.none() | st.sampled_from(["Consumer", "Business", "Supplier"]),
    addresses=address_groups,
    phones=st.none() | st.builds(Phones, mobile=plain, primary=plain),
    emails=st.none() | st.builds(Emails, invoice=plain),
    payment_days=st.none() | st.integers(-5, 120),
    distribution=st.none() | st.sampled_from(["Print", "EMail", "ElectronicInvoice", "Default"]),
    discount=st.none() | amounts,
)
product_values = st.builds(
    Product, product_id=ids, no=plain, ean=plain, name=plain, category_id=ids, price=st.none() | amounts, cost=amounts
)
order_lines = st.builds(
    OrderLine,
    product_id=ids,
    row_id=ids,
    change=st.none() | st.sampled_from(["None", "Add", "Edit", "Delete"]),
    kind=st.sampled_from(["Normal", "Text"]),
    name=plain,
    price=st.none() | amounts,
    quantity=amounts,
    tax=st.none() | st.builds(TaxSettings, tax_code=ids, tax_rate=st.none() | amounts),
    dimensions=st.lists(st.tuples(st.integers(101, 110), st.just("A")), max_size=2).map(tuple),
)
order_values = st.builds(
    Order,
    customer_id=st.integers(1, 2**31 - 1),
    order_id=ids,
    status=st.none() | st.sampled_from(["Draft", "Confirmed", "ForInvoicing", "Invoiced", "Offer"]),
    ordered_on=st.none() | dates,
    invoiced_on=st.none() | dates,
    include_vat=st.none() | st.booleans(),
    reference_number=plain,
    addresses=address_groups,
    currency=st.none() | st.sampled_from(["NOK", "EUR"]),
    currency_rate=st.none() | amounts,
    lines=st.none() | st.lists(order_lines, max_size=3).map(tuple),
)
_OPERATIONS = (
    (companies.SAVING, company_values),
    (products.SAVING, product_values),
    (invoices.SAVING, order_values),
    (invoices.UPDATING, order_values),
)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_item_makes_a_valid_message(
    shipped_schemas: dict[str, etree.XMLSchema], real_or_none: dict[str, etree.XMLSchema] | None, data: st.DataObject
) -> None:
    saving, values = data.draw(st.sampled_from(_OPERATIONS))
    chosen = data.draw(st.lists(values, max_size=3))
    message = {saving.argument: {saving.element: [saving.message(item) for item in chosen]}}
    element = payload(saving.service, saving.operation, message)
    assert_valid(shipped_schemas[saving.service.name], element)
    if real_or_none is not None:
        assert_valid(real_or_none[saving.service.name], element)
    assert len(element[0]) == len(chosen)


@pytest.fixture(scope="session")
def real_or_none(tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree.XMLSchema] | None:
    """The real schemas where they stand beside the repository; the test above holds against the shipped ones in any case."""
    if not REAL_WSDLS.is_dir():
        return None
    folder = tmp_path_factory.mktemp("real-any")
    return {name: schemas_of(real_file(service), folder)[service.namespace] for name, service in SERVICES.items()}


_real: list[etree.XMLSchema] = []


def _real_account_schema() -> etree.XMLSchema:
    if not _real:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            _real.append(schemas_of(real_file(ACCOUNT), Path(folder))[ACCOUNT.namespace])
    return _real[0]


def test_shipped_wsdls_equal_the_real_ones() -> None:
    found = wsdl_diff.compare_with_folder(real_wsdls())
    assert [str(difference) for difference in found if difference.severity == "error"] == []
    assert [difference.place for difference in found if difference.service == "transaction"] == ["GetAggregated"]


def test_a_folder_of_shipped_wsdls_has_no_difference(tmp_path: Path) -> None:
    for index, service in enumerate(SERVICES.values()):
        (tmp_path / f"{index}-any-name.wsdl").write_bytes(service.wsdl.read_bytes())
    assert wsdl_diff.compare_with_folder(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "severity", "place"),
    [
        ('name="Amount" type="xsd:decimal"', 'name="Amount" type="xsd:double"', "error", "Amount type"),
        ('name="Sort" type="xsd:int"/>', 'name="Sort" type="xsd:int" minOccurs="0"/>', "error", "Sort minOccurs"),
        ('default="true"', 'default="false"', "error", "UseAutoBaseRate default"),
        ('name="TaxNo" type="xsd:string"', 'name="TaxCode" type="xsd:string"', "error", "TaxNo"),
        ('<xsd:enumeration value="NotSaved"/>', "", "error", "Type values"),
        (
            '<xsd:enumeration value="NotSaved"/>',
            '<xsd:enumeration value="NotSaved"/><xsd:enumeration value="Queued"/>',
            "info",
            "Type values",
        ),
        (
            'name="LinkModel" type="tns:LinkModel" minOccurs="0" maxOccurs="unbounded" nillable="true"',
            'name="LinkModel" type="tns:LinkModel" minOccurs="0" maxOccurs="unbounded"',
            "error",
            "LinkModel nillable",
        ),
        ("webservices/GetEntryId", "webservices/v2/GetEntryId", "error", "GetEntryId soapAction"),
        ("Economy/Account/V004", "Economy/Account/V005", "error", "address"),
        ("[0-9a-fA-F]{8}-", "[0-9A-F]{8}-", "error", "LinkId type"),
    ],
)
def test_a_changed_wsdl_is_told(tmp_path: Path, old: str, new: str, severity: str, place: str) -> None:
    for service in SERVICES.values():
        (tmp_path / service.wsdl.name).write_bytes(service.wsdl.read_bytes())
    path = tmp_path / "account.wsdl"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = wsdl_diff.compare_with_folder(tmp_path)
    assert [d for d in found if d.severity == severity and d.place.endswith(place) and d.service == "account"], found
    if severity == "info":
        assert not [d for d in found if d.severity == "error"]


def test_a_changed_order_is_told(tmp_path: Path) -> None:
    for service in SERVICES.values():
        (tmp_path / service.wsdl.name).write_bytes(service.wsdl.read_bytes())
    path = tmp_path / "account.wsdl"
    lines_of_file = path.read_text(encoding="utf-8").splitlines()
    index = next(i for i, line in enumerate(lines_of_file) if 'name="SortNo"' in line)
    lines_of_file[index], lines_of_file[index + 1] = lines_of_file[index + 1], lines_of_file[index]
    path.write_text("\n".join(lines_of_file), encoding="utf-8")
    assert [d.place for d in wsdl_diff.compare_with_folder(tmp_path)] == ["order of elements", "order of elements"]


def test_a_missing_service_is_told_and_other_files_are_passed_over(tmp_path: Path) -> None:
    for service in SERVICES.values():
        if service.name != "project":
            (tmp_path / service.wsdl.name).write_bytes(service.wsdl.read_bytes())
    found = wsdl_diff.compare_with_folder(tmp_path)
    assert [(d.severity, d.service) for d in found] == [("error", "project")]


@pytest.mark.parametrize("content", [b"", b"not xml", b"<html/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"])
def test_what_is_no_wsdl_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.wsdl").write_bytes(content)
    with pytest.raises(wsdl_diff.WsdlUnreadable, match=r"odd\.wsdl"):
        wsdl_diff.compare_with_folder(tmp_path)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(wsdl_diff.WsdlUnreadable, match=r"no \*\.wsdl"):
        wsdl_diff.compare_with_folder(tmp_path)


def test_an_entity_is_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-from-disk")
    text = SERVICES["project"].wsdl.read_text(encoding="utf-8").split("?>", 1)[1]
    bomb = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file://{secret}">]>' + text.replace(
        "ProjectShort_", "&x;"
    ).replace("Active projects", "&x;")
    found = wsdl_diff.parse(bomb.encode(), "bomb.wsdl")
    assert "canary-from-disk" not in repr(found)


def test_live_wsdls_are_fetched_from_both_hosts(office: FakeOffice) -> None:
    office.pages = {f"{service.path}?wsdl": service.wsdl.read_bytes() for service in SERVICES.values()}
    assert wsdl_diff.compare_with_hosts(office.url, office.url + "/") == []


def test_a_host_without_wsdl_is_named(office: FakeOffice) -> None:
    with pytest.raises(wsdl_diff.WsdlUnreadable, match=r"authenticate\.asmx\?wsdl gave no WSDL"):
        wsdl_diff.compare_with_hosts("http://127.0.0.1:1", office.url)
    with pytest.raises(wsdl_diff.WsdlUnreadable, match="HTTP 404"):
        wsdl_diff.compare_with_hosts(office.url, office.url)


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda service: service.name)
def test_table_and_wsdl_agree(service: Service) -> None:
    shipped = wsdl_diff.load_shipped(service)
    assert shipped.namespace == service.namespace
    assert [address.endswith(service.path) for address in shipped.addresses] == [True]
    assert shipped.addresses[0].startswith(f"https://{service.host}.24sevenoffice.com/")
    assert {operation: service.soap_action(operation) for operation in shipped.operations} == shipped.operations
    assert service.writes <= shipped.operations.keys()
    assert isinstance(document(service.name).bindings[service.binding_qname], zeep.wsdl.bindings.Soap11Binding)
