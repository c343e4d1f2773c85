"""Shared by the stand-in's tests: a client to seed, a zeep stranger, raw SOAP, a plain voucher.

Belongs here: what several test_server_*.py need. Does not: assertions.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
import zeep
from lxml import etree
from zeep.transports import Transport

from frontline_pipeline.sandbox.seed import (
    SandboxClient,
    SandboxDimensionType,
    SandboxFiscalYear,
    SandboxIdentity,
)
from frontline_pipeline.sandbox.wsdl_book import SHIPPED_WSDLS, WsdlBook

REPO = Path(__file__).resolve().parents[2]
REAL_WSDLS = REPO.parent / "shared" / "24sevenoffice" / "wsdl"

ACCOUNT = "/Economy/Account/V004/Accountservice.asmx"
ATTACHMENT = "/Economy/Accounting/Accounting_V001/AttachmentService.asmx"
AUTHENTICATE = "/authenticate/v001/authenticate.asmx"
COMPANY = "/CRM/Company/V001/CompanyService.asmx"
INVOICE = "/Economy/InvoiceOrder/V001/InvoiceService.asmx"
PRODUCT = "/Logistics/Product/V001/ProductService.asmx"
CLIENT = "/Client/V001/ClientService.asmx"
PROJECT = "/Project/V001/ProjectService.asmx"
TRANSACTION = "/Economy/Accounting/V001/TransactionService.asmx"

APPLICATION = UUID("11111111-2222-3333-4444-555555555555")
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NS = "http://24sevenOffice.com/webservices"
DAY = dt.datetime(2026, 11, 23)


def company(code: str = "nord", **changes: Any) -> SandboxClient:
    """A client with one of everything."""
    values: dict[str, Any] = {
        "code": code,
        "name": f"{code.title()} Handel AS",
        "organisation_number": {"nord": "987654321", "syd": "912345678"}[code],
        "application_id": APPLICATION,
        "username": f"robot@{code}.example",
        "password": f"secret-{code}",
        "fiscal_years": (SandboxFiscalYear(year=2025, locked=True), SandboxFiscalYear(year=2026)),
        "departments": ((10, "Oslo"), (20, "Bergen")),
        "projects": ((7, "Christmas market"),),
        "dimensions": (
            SandboxDimensionType(type_id=101, name="Store", values=(("oslo", "Oslo"), ("bergen", "Bergen"))),
            SandboxDimensionType(type_id=102, name="Chain", values=(("a", "Chain A"),)),
        ),
        "customers": ((500, "Account customers"), (600, "A supplier")),
    }
    return SandboxClient(**{**values, **changes})


def identity(number: int, blocked: bool = False) -> SandboxIdentity:
    return SandboxIdentity(id=UUID(int=number), blocked=blocked)


class Stranger:
    """zeep as a client that knows nothing but the served WSDL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self._clients: dict[str, zeep.Client] = {}

    def service(self, path: str) -> Any:
        if path not in self._clients:
            self._clients[path] = zeep.Client(f"{self.url}{path}?wsdl", transport=Transport(session=self.http))
        return self._clients[path].service

    def login(self, client: SandboxClient, **changes: str) -> str:
        credential = {
            "ApplicationId": str(client.application_id),
            "Username": client.username,
            "Password": client.password.get_secret_value(),
            **changes,
        }
        token = self.service(AUTHENTICATE).Login(credential)
        return token or ""

    def save(self, *lines: dict[str, Any], **switches: Any) -> Any:
        return self.service(ACCOUNT).SaveBundleList(bundle_list(*lines, **switches))

    def posted(self, **search: Any) -> list[Any]:
        window = {"DateStart": dt.datetime(2026, 1, 1), "DateEnd": dt.datetime(2026, 12, 31, 23, 59, 59)}
        return self.service(TRANSACTION).GetTransactions({**window, **search}) or []


def line(account: int, amount: str, **more: Any) -> dict[str, Any]:
    return {"AccountNo": account, "Date": DAY, "Amount": Decimal(amount), **more}


def sale() -> list[dict[str, Any]]:
    """125.00 in cash: 100.00 and 25 % VAT."""
    return [line(1900, "125.00"), line(3000, "-100.00", TaxNo="3"), line(2700, "-25.00")]


def bundle_list(*lines: dict[str, Any], **switches: Any) -> dict[str, Any]:
    number = switches.pop("number", 1)
    sort = switches.pop("sort", 2)
    bundle = {
        "YearId": switches.pop("year", 2026),
        "Sort": switches.pop("bundle_sort", sort),
        "Name": switches.pop("name", "Takings"),
        "BundleDirectAccounting": switches.pop("direct", True),
        "Vouchers": {"Voucher": [{"TransactionNo": number, "Sort": sort, "Entries": {"Entry": list(lines)}}]},
    }
    ignored = switches.pop("ignore", None)
    warnings = {} if ignored is None else {"IgnoreWarnings": {"string": ignored}}
    return {"Bundles": {"Bundle": [bundle]}, "SaveOption": switches.pop("option", 0), **warnings, **switches}


def envelope(body: str, header: str = "", namespace: str = SOAP) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{namespace}">'
        f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def post(url: str, path: str, body: bytes, action: str = "", **headers: str) -> requests.Response:
    kind = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return requests.post(url + path, data=body, headers={**kind, **headers}, timeout=20)


def fault_of(response: requests.Response) -> tuple[str, str]:
    """Code and text of a fault; fails the test where there is none."""
    fault = etree.fromstring(response.content).find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
    assert fault is not None, response.text
    assert response.status_code == 500
    return fault.findtext("faultcode") or "", fault.findtext("faultstring") or ""


def real_wsdls() -> WsdlBook:
    if not REAL_WSDLS.is_dir():
        pytest.skip(f"NOT CHECKED against the real WSDLs: {REAL_WSDLS} is not there")
    return WsdlBook(REAL_WSDLS)


def assert_valid_answer(response: requests.Response, path: str, *books: WsdlBook) -> etree._Element:
    """The answer element, valid against the shipped schema and each of `books`."""
    body = etree.fromstring(response.content).find(f"{{{SOAP}}}Body")
    assert body is not None
    assert len(body) == 1
    for book in (WsdlBook(SHIPPED_WSDLS), *books):
        service = book.at(path)
        assert service is not None
        assert service.schema_error(body[0]) is None
    return body[0]
