"""The one table of 24SevenOffice's services: which WSDL, which host, which path.

Belongs here: what client and sandbox must agree on (API.md section 1), and which operations write.
Does not: open connections or load WSDLs into zeep (session.py, wire.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Host = Literal["api", "webservices"]

WSDL_FOLDER = Path(__file__).parent / "wsdl"
"""The WSDLs that ship in the package; written for this project, so nothing is fetched at import or at run time."""

_OFFICE = "http://24sevenOffice.com/webservices"
# Another namespace, not a typing slip: lower-case o and a trailing slash.
_ACCOUNTING = "http://24sevenoffice.com/webservices/economy/accounting/"

SESSION_COOKIE = "ASP.NET_SessionId"
"""Name of the cookie that carries the session id to every service on both hosts (API.md section 2)."""


@dataclass(frozen=True, slots=True)
class Service:
    """One SOAP service: its WSDL file, the host it lives on, its path there, its namespace and its SOAP 1.1 binding."""

    name: str
    host: Host
    path: str
    namespace: str
    binding: str
    writes: frozenset[str] = frozenset()

    @property
    def wsdl(self) -> Path:
        """Path of the shipped WSDL."""
        return WSDL_FOLDER / f"{self.name}.wsdl"

    @property
    def binding_qname(self) -> str:
        """Name of the SOAP 1.1 binding in Clark notation, as zeep wants it."""
        return f"{{{self.namespace}}}{self.binding}"

    def soap_action(self, operation: str) -> str:
        """SOAPAction of an operation: namespace, one slash, operation (API.md section 1)."""
        separator = "" if self.namespace.endswith("/") else "/"
        return f"{self.namespace}{separator}{operation}"

    def is_write(self, operation: str) -> bool:
        """True for an operation whose repetition could double something in the ledger."""
        return operation in self.writes


AUTHENTICATE = Service("authenticate", "api", "/authenticate/v001/authenticate.asmx", _OFFICE, "AuthenticateSoap")
ACCOUNT = Service(
    "account",
    "api",
    "/Economy/Account/V004/Accountservice.asmx",
    _OFFICE,
    "AccountServiceSoap",
    writes=frozenset({"SaveBundleList"}),
)
TRANSACTION = Service(
    "transaction",
    "api",
    "/Economy/Accounting/V001/TransactionService.asmx",
    _ACCOUNTING,
    "TransactionServiceSoap",
)
CLIENT = Service("client", "api", "/Client/V001/ClientService.asmx", _OFFICE, "ClientServiceSoap")
ATTACHMENT = Service(
    "attachment",
    "webservices",
    "/Economy/Accounting/Accounting_V001/AttachmentService.asmx",
    _ACCOUNTING,
    "AttachmentServiceSoap",
    writes=frozenset({"Create", "AppendChunk", "Save"}),
)
PROJECT = Service("project", "webservices", "/Project/V001/ProjectService.asmx", _OFFICE, "ProjectServiceSoap")
COMPANY = Service(
    "company",
    "api",
    "/CRM/Company/V001/CompanyService.asmx",
    _OFFICE,
    "CompanyServiceSoap",
    writes=frozenset({"SaveCompanies"}),
)
PRODUCT = Service(
    "product",
    "api",
    "/Logistics/Product/V001/ProductService.asmx",
    _OFFICE,
    "ProductServiceSoap",
    writes=frozenset({"SaveProducts", "SaveCategories"}),
)
INVOICE = Service(
    "invoice",
    "api",
    "/Economy/InvoiceOrder/V001/InvoiceService.asmx",
    _OFFICE,
    "InvoiceServiceSoap",
    writes=frozenset({"SaveInvoices", "UpdateInvoices"}),
)

SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        service.name: service
        for service in (
            AUTHENTICATE,
            ACCOUNT,
            TRANSACTION,
            CLIENT,
            PROJECT,
            ATTACHMENT,
            COMPANY,
            PRODUCT,
            INVOICE,
        )
    }
)
"""Every service by its short name."""
