"""The stand-in against the real service's WSDLs (October 2024), where a copy stands beside the repository."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server_kit import (
    ACCOUNT,
    ATTACHMENT,
    AUTHENTICATE,
    CLIENT,
    COMPANY,
    INVOICE,
    NS,
    PRODUCT,
    PROJECT,
    REAL_WSDLS,
    TRANSACTION,
    Stranger,
    assert_valid_answer,
    company,
    envelope,
    fault_of,
    line,
    post,
    real_wsdls,
    sale,
)

from frontline_pipeline.office import companies, invoices, products
from frontline_pipeline.office.services import SERVICES
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.sandbox.wsdl_book import SHIPPED_WSDLS, WsdlBook

TRANSACTION_NS = "http://24sevenoffice.com/webservices/economy/accounting/"
NIL = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"'
CREDENTIAL = (
    "<credential><ApplicationId>11111111-2222-3333-4444-555555555555</ApplicationId><Password>{}</Password>"
    "<Username>robot@nord.example</Username></credential>"
)
WINDOW = "<DateStart>2026-01-01T00:00:00</DateStart><DateEnd>2026-12-31T23:59:59</DateEnd>"
#: Made by the fixture: an empty ghost file, and one with bytes that each of the two tests would save once more.
FILE = "<file><Id>1</Id><Type>Pdf</Type><StampNo>0</StampNo></file>"
FRAMED_FILE = (
    "<file><Id>2</Id><Type>Pdf</Type><StampNo>0</StampNo><FrameInfo><ImageFrameInfo><Id>1</Id><StampNo>1</StampNo>"
    "<Status>0</Status></ImageFrameInfo></FrameInfo></file>"
)
ENTRY = "<Entry><AccountNo>1900</AccountNo><Date>2026-11-23T00:00:00</Date></Entry>"


def named(element: str, names: tuple[str, ...]) -> str:
    return f"<{element}>{''.join(f'<string>{name}</string>' for name in names)}</{element}>"


#: One message of every operation that the stand-in performs: path, operation, content.
MESSAGES = [
    (AUTHENTICATE, "Login", CREDENTIAL.format("secret-nord")),
    (AUTHENTICATE, "Login", CREDENTIAL.format("wrong")),
    (AUTHENTICATE, "Login", ""),
    (AUTHENTICATE, "HasSession", ""),
    (AUTHENTICATE, "GetIdentities", ""),
    (AUTHENTICATE, "GetIdentity", ""),
    (AUTHENTICATE, "SetIdentityById", f"<identityId>{company().all_identities()[0].id}</identityId>"),
    (ACCOUNT, "SaveBundleList", ""),
    (
        ACCOUNT,
        "SaveBundleList",
        "<BundleList><Bundles><Bundle><YearId>2026</YearId><Vouchers><Voucher><TransactionNo>90</TransactionNo>"
        f"<Entries>{ENTRY}</Entries><Sort>2</Sort></Voucher></Vouchers><Sort>2</Sort></Bundle></Bundles></BundleList>",
    ),
    (
        ACCOUNT,
        "GetEntryId",
        "<argEntryId><Date>2026-01-01T00:00:00</Date><SortNo>102</SortNo><EntryNo>0</EntryNo></argEntryId>",
    ),
    (ACCOUNT, "GetAccountList", ""),
    (ACCOUNT, "GetTypeList", ""),
    (ACCOUNT, "GetTaxCodeList", ""),
    (ACCOUNT, "CheckAccountNo", "<accountList><AccountData><AccountNo>4</AccountNo></AccountData></accountList>"),
    (
        TRANSACTION,
        "GetTransactions",
        f"<searchParams>{WINDOW}<SystemType {NIL}/><HasInvoiceId {NIL}/></searchParams>",
    ),
    (TRANSACTION, "GetTransactionTypes", ""),
    (TRANSACTION, "GetFiscalYears", ""),
    (TRANSACTION, "GetUserDefinedDimensions", ""),
    (TRANSACTION, "GetUserDefinedDimensionValues", "<DimensionType>101</DimensionType>"),
    (CLIENT, "GetClientInformation", ""),
    (CLIENT, "GetDepartmentList", ""),
    (CLIENT, "GetCurrencyList", ""),
    (CLIENT, "GetTypeGroupList", "<module>All</module>"),
    (PROJECT, "GetProjectNameList", ""),
    (ATTACHMENT, "GetStampNo", ""),
    (ATTACHMENT, "GetMaxRequestLength", ""),
    (ATTACHMENT, "Create", "<type>Pdf</type>"),
    (ATTACHMENT, "AppendChunk", f"{FILE}<buffer></buffer><offset>0</offset>"),
    (
        COMPANY,
        "SaveCompanies",
        "<companies><Company><Name>New AS</Name><Country>NO</Country></Company><Company><Name>x</Name></Company></companies>",
    ),
    (
        COMPANY,
        "GetCompanies",
        f"<searchParams><CompanyIds><int>500</int></CompanyIds></searchParams>{named('returnProperties', companies.RETURNED)}",
    ),
    (COMPANY, "GetCompanySyncList", f"<syncSearchParameters><Active {NIL}/></syncSearchParameters>"),
    (
        PRODUCT,
        "SaveProducts",
        "<products><Product><Name>Coffee</Name><CategoryId>1</CategoryId><Price>79.20</Price><No>01</No></Product>"
        "<Product><Name>Tea</Name><CategoryId>99</CategoryId></Product></products>",
    ),
    (
        PRODUCT,
        "GetProducts",
        f"<searchParams><No>01</No></searchParams>{named('returnProperties', products.RETURNED)}",
    ),
    (PRODUCT, "GetCategories", named("returnProperties", products.CATEGORY_RETURNED)),
    (PRODUCT, "SaveCategories", "<categories><Category><Name>Tools</Name></Category><Category/></categories>"),
    (
        INVOICE,
        "SaveInvoices",
        f"<invoices><InvoiceOrder><CustomerId>500</CustomerId><DateOrdered>2026-11-23T00:00:00</DateOrdered><IncludeVAT {NIL}/>"
        "<InvoiceRows><InvoiceRow><ProductId>1</ProductId><Price>10</Price><Quantity>2</Quantity></InvoiceRow></InvoiceRows>"
        f"</InvoiceOrder><InvoiceOrder><CustomerId>9</CustomerId><IncludeVAT {NIL}/></InvoiceOrder></invoices>",
    ),
    (
        INVOICE,
        "UpdateInvoices",
        f"<invoices><InvoiceOrder><OrderId>1</OrderId><IncludeVAT {NIL}/></InvoiceOrder></invoices>",
    ),
    (
        INVOICE,
        "GetInvoices",
        "<searchParams><CustomerIds><int>500</int></CustomerIds></searchParams>"
        f"{named('invoiceReturnProperties', invoices.RETURNED)}{named('rowReturnProperties', invoices.ROW_RETURNED)}",
    ),
    (INVOICE, "GetOrderSyncList", "<syncParams><RegisteredAfter>2026-01-01T00:00:00</RegisteredAfter></syncParams>"),
    (INVOICE, "GetPaymentMethods", ""),
    (INVOICE, "GetDeliveryMethods", ""),
    (ATTACHMENT, "Save", f"{FRAMED_FILE}<location>Retrieval</location>"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [company()]) as running:
        peer = Stranger(running.url)
        assert peer.login(company())
        udd = {"UserDefinedDimensions": {"UserDefinedDimension": [{"Type": 101, "Value": "oslo"}]}}
        rich = [line(1500, "1.00", CustomerId=500, DepartmentId=10, InvoiceReferenceNo="k", **udd), line(3200, "-1.00")]
        assert peer.save(*sale(), number=1).Type == "Ok"
        assert peer.save(*rich, number=2).Type == "Ok"
        for _ in range(2):
            running.app.attachments.create("nord", "Pdf")
        running.app.attachments.next_stamp("nord")
        yield running


@pytest.fixture(scope="module")
def cookie(server: SandboxServer) -> str:
    return f"ASP.NET_SessionId={Stranger(server.url).login(company())}"


@pytest.fixture(autouse=True)
def ghost(server: SandboxServer) -> None:
    """File 2 is a ghost with bytes in it at the start of every test, whatever the one before saved."""
    with server.store.writing() as db:
        db.execute("update attachments set saved_at = null, stamp_no = null, content = x'25' where id = 2")


def content_of(path: str, operation: str, content: str) -> bytes:
    namespace = TRANSACTION_NS if path in {TRANSACTION, ATTACHMENT} else NS
    return envelope(f'<{operation} xmlns="{namespace}">{content}</{operation}>')


@pytest.mark.parametrize(("path", "operation", "content"), MESSAGES)
def test_every_answer_is_valid_against_the_shipped_schema(
    server: SandboxServer, cookie: str, path: str, operation: str, content: str
) -> None:
    answer = assert_valid_answer(post(server.url, path, content_of(path, operation, content), Cookie=cookie), path)
    assert answer.tag.endswith(f"}}{operation}Response")


@pytest.mark.parametrize(("path", "operation", "content"), MESSAGES)
def test_every_answer_is_valid_against_the_real_schema(
    server: SandboxServer, cookie: str, path: str, operation: str, content: str
) -> None:
    book = real_wsdls()
    assert_valid_answer(post(server.url, path, content_of(path, operation, content), Cookie=cookie), path, book)


def test_nothing_found_is_an_empty_list_not_a_missing_one(server: SandboxServer, cookie: str) -> None:
    """A reader must be able to tell "no such journal" from an answer that lost its content."""
    message = content_of(
        TRANSACTION,
        "GetTransactions",
        MESSAGES[14][2].replace("<SystemType", "<TransactionNoStart>999</TransactionNoStart><SystemType"),
    )
    answer = assert_valid_answer(post(server.url, TRANSACTION, message, Cookie=cookie), TRANSACTION)
    assert [(each.tag.rpartition("}")[2], len(each)) for each in answer] == [("GetTransactionsResult", 0)]


def test_the_client_and_the_stand_in_agree_on_paths_and_actions() -> None:
    book = WsdlBook(SHIPPED_WSDLS)
    for known in SERVICES.values():
        service = book.at(known.path)
        assert service is not None, known.path
        assert service.path == known.path
        assert {known.soap_action(name) for name in service.operations} == {
            x.action for x in service.operations.values()
        }
    assert len(list(book)) == len(SERVICES)


def test_every_operation_of_the_shipped_wsdls_is_performed() -> None:
    tried = {(path.lower(), operation) for path, operation, _ in MESSAGES}
    offered = {(service.path.lower(), name) for service in WsdlBook(SHIPPED_WSDLS) for name in service.operations}
    assert offered <= tried


def test_the_stand_in_runs_on_the_real_wsdls_as_well() -> None:
    real_wsdls()
    with SandboxServer(":memory:", [company()], wsdl_folder=REAL_WSDLS) as server:
        stranger = Stranger(server.url)
        assert stranger.login(company())
        assert stranger.save(*sale()).Type == "Ok"
        assert [each.AccountNo for each in stranger.posted()] == [1900, 3000, 2700]
        credential = {
            "ApplicationId": str(company().application_id),
            "Username": company().username,
            "Password": "secret-nord",
        }
        auth = stranger.service(AUTHENTICATE)
        (own,) = auth.GetIdentitiesWithCredential(credential)
        assert own.Id == str(company().all_identities()[0].id)
        assert auth.GetIdentitiesWithCredential({**credential, "Password": "wrong"}) is None
        assert auth.SetIdentity(own) is True
        response = post(server.url, CLIENT, envelope(f'<GetUsers xmlns="{NS}"/>'))
        assert fault_of(response) == (
            "soap:Server",
            "Client.GetUsers is in the WSDL, but this stand-in does not perform it",
        )
