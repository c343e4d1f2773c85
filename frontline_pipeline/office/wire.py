"""One SOAP call: build the message, send it once, read the answer, name the failure.

Belongs here: zeep, envelopes, faults, HTTP statuses, and what each of them says about the ledger.
Does not: log in or renew a session (session.py), know what an answer means for a voucher (ledger.py).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import zeep
import zeep.exceptions
from lxml import etree
from zeep.wsdl import Document

from frontline_pipeline.office.credentials import SecretText
from frontline_pipeline.office.errors import (
    NotAuthenticated,
    NotSent,
    OfficeError,
    ReadFailed,
    Rejected,
    Unknown,
    foreign_text,
)
from frontline_pipeline.office.services import SERVICES, Service
from frontline_pipeline.office.transport import Answer, OfficeTransport

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"

# Signs in a fault's text (API.md section 2). The wording is the vendor's and may change, so the tests are loose.
_NOT_AUTHENTICATED = re.compile(r"not\s+authenticated|session\s+(has\s+)?(expired|timed out)", re.IGNORECASE)
_LIMIT = re.compile(r"limit\s+exceeded|quarantine", re.IGNORECASE)
_IDENTITY = re.compile(r"identity\s*(id)?\s+is\s+blocked", re.IGNORECASE)

# What zeep's parser raises on bytes that are XML but not the answer: its own errors, and Python's from its converters.
_UNREADABLE = (zeep.exceptions.Error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Reply:
    """A readable answer; its value is not printed. `present` is False when the result element itself was absent, which zeep does not tell."""

    value: Any = field(repr=False)
    present: bool


def operation_name(service: Service, operation: str) -> str:
    """How a call is named in messages and counts."""
    return f"{service.name}.{operation}"


@functools.cache
def document(name: str) -> Document:
    """The shipped WSDL of a service, parsed once per process, from the file only."""
    settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    # force_https would rewrite addresses; the address always comes from the settings of the company.
    settings.force_https = False
    return Document(str(SERVICES[name].wsdl), OfficeTransport(1.0), settings=settings)  # type: ignore[arg-type]


class Wire:
    """The services of one company's two hosts. No network at construction; one zeep client per service, made lazily."""

    def __init__(self, base_urls: Mapping[str, str], timeout_seconds: float) -> None:
        self.base_urls = {host: checked_base_url(url) for host, url in base_urls.items()}
        self._transport = OfficeTransport(timeout_seconds)
        self._clients: dict[str, tuple[zeep.Client, Any]] = {}

    def address(self, service: Service) -> str:
        """The URL a service is called at."""
        return self.base_urls[service.host] + service.path

    def message(self, service: Service, operation: str, arguments: Mapping[str, object]) -> etree._Element:
        """The SOAP envelope of a call. Raises NotSent when it cannot be built from these arguments."""
        client, proxy = self._client(service)
        try:
            envelope: etree._Element = client.create_message(  # type: ignore[no-untyped-call]
                proxy, operation, **arguments
            )
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError) as error:
            problem = type(error).__name__
        else:
            return envelope
        # zeep's text may quote the arguments, so only the kind of problem is told.
        raise NotSent(
            f"{operation_name(service, operation)}: the message could not be built ({problem}); nothing was sent",
            kind="message",
            operation=operation_name(service, operation),
        )

    def call(
        self,
        service: Service,
        operation: str,
        arguments: Mapping[str, object],
        cookie: SecretText | None,
        secrets: Iterable[str],
    ) -> tuple[Reply | OfficeError, Mapping[str, str]]:
        """Call once. Gives the reply or the failure (returned, not raised) and the headers of the answer.

        Returned, so that the caller raises from a frame that holds neither arguments nor envelope: tools that print
        the variables of a traceback would print the password with them.
        """
        try:
            envelope = self.message(service, operation, arguments)
            answer = self._transport.send(
                self.address(service),
                envelope,
                service.soap_action(operation),
                cookie,
                fresh=service.is_write(operation),
            )
        except OfficeError as error:
            return _for_operation(error, service, operation), {}
        outcome = self._read(service, operation, answer, tuple(secrets))
        return outcome, answer.headers

    def _client(self, service: Service) -> tuple[zeep.Client, Any]:
        if service.name not in self._clients:
            client = zeep.Client(  # type: ignore[no-untyped-call]
                document(service.name), transport=self._transport
            )
            proxy = client.create_service(  # type: ignore[no-untyped-call]
                service.binding_qname, self.address(service)
            )
            self._clients[service.name] = (client, proxy)
        return self._clients[service.name]

    def _read(self, service: Service, operation: str, answer: Answer, secrets: tuple[str, ...]) -> Reply | OfficeError:
        body = _soap_body(answer.body)
        if body is not None:
            fault = body.find(f"{_SOAP}Fault")
            if fault is not None:
                return _from_fault(service, operation, fault, secrets)
        if answer.status != 200:
            return _from_status(service, operation, answer, secrets)
        result = None if body is None else body.find(f"{{{service.namespace}}}{operation}Response")
        if body is None or result is None:
            what = "an empty answer" if not answer.body.strip() else "an answer that is not the SOAP reply expected"
            return _ambiguous(service, operation, what, kind="unreadable")
        operation_proxy = document(service.name).bindings[service.binding_qname].get(operation)  # type: ignore[no-untyped-call]
        try:
            _drop_unknown(result, operation_proxy.output.body.type)
            value = operation_proxy.process_reply(body.getparent())
        except _UNREADABLE as error:
            return _ambiguous(
                service, operation, f"a reply that zeep cannot read ({type(error).__name__})", kind="unreadable"
            )
        return Reply(value, present=result.find(f"{{{service.namespace}}}{operation}Result") is not None)


def _drop_unknown(node: etree._Element, xsd_type: Any) -> None:
    """Take out of an answer the elements that our WSDL does not know.

    The vendor adds fields over the years; zeep refuses such an answer when strict, and loses the fields after the
    new one when not. A save whose answer cannot be read would be `Unknown` for nothing.
    """
    known = {child.qname.text: child.type for _, child in getattr(xsd_type, "elements", ())}
    for child in list(node):
        if child.tag not in known:
            if known:
                node.remove(child)
        else:
            _drop_unknown(child, known[child.tag])


def checked_base_url(url: str) -> str:
    """A base URL without trailing slash. Raises ValueError for one that is not http(s), or would leak a password."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a base URL must start with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("a base URL must not hold a user name or password; they belong in environment variables")
    if parts.query or parts.fragment:
        raise ValueError("a base URL must not hold a query or a fragment")
    if parts.scheme == "http" and parts.hostname.lower().endswith(".24sevenoffice.com"):
        raise ValueError(f"use https:// for {parts.hostname}: the password would travel in clear text")
    return url.rstrip("/")


def _soap_body(content: bytes) -> etree._Element | None:
    """The SOAP Body of an answer, or None when it is no SOAP envelope. No entities, no DTD, no network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    docinfo: Any = root.getroottree().docinfo
    if root.tag != f"{_SOAP}Envelope" or docinfo.doctype:
        return None
    return root.find(f"{_SOAP}Body")


def _for_operation(error: OfficeError, service: Service, operation: str) -> OfficeError:
    """The same failure with the call's name; a lost answer to a question is `ReadFailed`."""
    name = operation_name(service, operation)
    text = str(error) if str(error).startswith(name) else f"{name}: {error}"
    if isinstance(error, Unknown) and not service.is_write(operation):
        return ReadFailed(text, kind=error.kind, operation=name)
    return type(error)(text, kind=error.kind, operation=name)


def _ambiguous(service: Service, operation: str, what: str, kind: str) -> OfficeError:
    """A failure after which a write may or may not have happened, and a question is simply unanswered."""
    name = operation_name(service, operation)
    if service.is_write(operation):
        return Unknown(f"{name}: {what}; the effect of the call is not known", kind=kind, operation=name)
    return ReadFailed(f"{name}: {what}; nothing was changed, run again", kind=kind, operation=name)


def _from_fault(service: Service, operation: str, fault: etree._Element, secrets: tuple[str, ...]) -> OfficeError:
    """What a SOAP fault says about the ledger.

    The text is looked at first, since the service wraps its own refusals (not authenticated, call limit, blocked
    identity) in `soap:Server`. Of the rest, `Client`, `VersionMismatch` and `MustUnderstand` mean that the
    message was not understood, so nothing was done: `Rejected`. `Server` means that it failed while working, and it does
    not say how far it came: `Unknown` for a write, `ReadFailed` for a question.
    """
    name = operation_name(service, operation)
    raw = fault.findtext("faultstring") or ""
    code = (fault.findtext("faultcode") or "").rsplit(":", 1)[-1].strip()
    text = foreign_text(raw, secrets)
    if _NOT_AUTHENTICATED.search(raw):
        return NotAuthenticated(f"{name}: the session is not valid", kind="not_authenticated", operation=name)
    if _LIMIT.search(raw):
        return NotSent(
            f"{name}: the call limit of 24SevenOffice is reached ({text}); wait until it ends, then run again",
            kind="limit",
            operation=name,
        )
    if _IDENTITY.search(raw):
        return Rejected(
            f"{name}: the configured identity is blocked ({text}); unset it, list the identities of the login with "
            "`frontline check`, and configure one that is open",
            kind="identity",
            operation=name,
        )
    if code in ("Client", "VersionMismatch", "MustUnderstand"):
        return Rejected(
            f"{name}: the service could not read the message ({text}); compare the WSDLs with `frontline wsdl-diff`",
            kind="fault",
            operation=name,
        )
    return _ambiguous(service, operation, f"the service failed ({text})", kind="fault")


def _from_status(service: Service, operation: str, answer: Answer, secrets: tuple[str, ...]) -> OfficeError:
    """What an HTTP status without SOAP fault says about the ledger.

    4xx is given before the operation runs, so nothing was done. 408 is the exception: proxies also give it
    after passing the request on. 3xx and 5xx can come from an error handler that ran after the effect.
    """
    name = operation_name(service, operation)
    status = answer.status
    if status == 429:
        after = foreign_text(answer.headers.get("Retry-After"), secrets)
        return NotSent(
            f"{name}: too many calls (HTTP 429, Retry-After: {after}); wait, then run again",
            kind="limit",
            operation=name,
        )
    if 400 <= status < 500 and status != 408:
        return Rejected(
            f"{name}: refused with HTTP {status} at {service.path}; check the base URLs in the settings",
            kind="http",
            operation=name,
        )
    return _ambiguous(service, operation, f"HTTP {status} without a SOAP fault", kind="http")
