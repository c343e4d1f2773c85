"""Routes a request of the stand-in to a service, a page or a control question, and counts it.

Belongs here: dispatch, session look-up, the interceptor, statistics, turning failures into faults.
Does not: sockets (server.py), what operations do (services_*.py), rendering (pages.py).
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from frontline_pipeline.sandbox import (
    pages,
    services_account,
    services_authenticate,
    services_lookup,
    services_transaction,
    wire,
)
from frontline_pipeline.sandbox.calls import Call, Handlers, Interceptor, Reply, SandboxOptions, Surroundings
from frontline_pipeline.sandbox.ledger_store import LedgerStore
from frontline_pipeline.sandbox.ledger_vouchers import VoucherBook
from frontline_pipeline.sandbox.wire import SoapFault
from frontline_pipeline.sandbox.wsdl_book import Service, WsdlBook

log = logging.getLogger(__name__)

SESSION_COOKIE = "ASP.NET_SessionId"

_HANDLERS: Mapping[str, Handlers] = {
    services_account.PATH.lower(): services_account.HANDLERS,
    services_authenticate.PATH.lower(): services_authenticate.HANDLERS,
    services_transaction.PATH.lower(): services_transaction.HANDLERS,
    services_lookup.CLIENT_PATH.lower(): services_lookup.CLIENT_HANDLERS,
    services_lookup.PROJECT_PATH.lower(): services_lookup.PROJECT_HANDLERS,
}
#: What a bug in a handler raises; all else (KeyboardInterrupt, MemoryError) ends the thread.
_BUGS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, sqlite3.Error)

_XML = "text/xml; charset=utf-8"
_JSON = "application/json; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request; header names in lower case. `address` is scheme and host as the caller sees them."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    address: str


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One HTTP reply; `drop` means close the connection without an answer."""

    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


class Statistics:
    """How often each operation was called and how it ended, since the start."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._verdicts: Counter[tuple[str, str]] = Counter()

    def count(self, operation: str, verdict: str) -> None:
        """Note one call."""
        with self._lock:
            self._verdicts[operation, verdict] += 1

    def as_dict(self) -> dict[str, dict[str, object]]:
        """`{"Account.SaveBundleList": {"calls": 3, "verdicts": {"Ok": 2, "NotSaved": 1}}}`, by name."""
        with self._lock:
            rows = sorted(self._verdicts.items())
        result: dict[str, dict[str, object]] = {}
        for (operation, _), _count in rows:
            verdicts = {verdict: count for (name, verdict), count in rows if name == operation}
            result[operation] = {"calls": sum(verdicts.values()), "verdicts": verdicts}
        return result


class SandboxApp:
    """The stand-in without its socket."""

    def __init__(
        self,
        store: LedgerStore,
        wsdls: WsdlBook,
        options: SandboxOptions,
        interceptor: Interceptor,
        control: bool,
    ) -> None:
        self.store = store
        self.book = VoucherBook(store)
        self.statistics = Statistics()
        self.interceptor = interceptor
        self.control = control
        self._wsdls = wsdls
        self._around = Surroundings(store, self.book, options)

    def answer(self, request: HttpRequest) -> HttpReply:
        """Answer one request; never raises for what a caller sent."""
        url = urlsplit(request.target)
        if request.method == "POST":
            if url.path.startswith("/_sandbox/"):
                return self._control(url.path, request)
            service = self._wsdls.at(url.path)
            return self._soap(service, request) if service is not None else _no_page(url.path)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        return self._page(url.path, query, request.address)

    # Pages and control

    def _page(self, path: str, query: Mapping[str, str], address: str) -> HttpReply:
        if path == "/":
            return HttpReply(200, _HTML, pages.ledger_page(self.store, self.book, query.get("client")).encode())
        if path == "/_sandbox/stats":
            return _json(200, self.statistics.as_dict())
        if path == "/_sandbox/vouchers":
            return self._vouchers(query)
        service = self._wsdls.at(path)
        if service is None:
            return _no_page(path)
        if any(name.lower() == "wsdl" for name in query):
            return HttpReply(200, _XML, service.description(address + service.path))
        names = "\n".join(sorted(service.operations))
        return HttpReply(200, _TEXT, f"{service.name}\n\n{names}\n\nThe WSDL: {path}?wsdl\n".encode())

    def _vouchers(self, query: Mapping[str, str]) -> HttpReply:
        known = [client.code for client in self.store.clients()]
        wanted = query.get("client")
        if wanted is not None and wanted not in known:
            return _json(404, {"error": f"no client '{wanted}'; known are {', '.join(known)}"})
        state = None if query.get("drafts", "0") not in {"0", ""} else "posted"
        found = [
            voucher
            for code in ([wanted] if wanted is not None else known)
            for voucher in reversed(self.book.vouchers(code, state))
        ]
        return _json(200, {"vouchers": pages.vouchers_json(found)})

    def _control(self, path: str, request: HttpRequest) -> HttpReply:
        if not self.control:
            return _json(403, {"error": "this stand-in was started without control"})
        # A page of another site cannot send this content type without the browser asking first.
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _json(415, {"error": "send application/json"})
        try:
            wanted = json.loads(request.body or b"{}")
            if path == "/_sandbox/years":
                self.store.set_year_locked(str(wanted["client"]), int(wanted["year"]), bool(wanted["locked"]))
                return _json(200, {"done": True})
            if path == "/_sandbox/identities":
                self.store.set_identity_blocked(str(wanted["identity"]), bool(wanted["blocked"]))
                return _json(200, {"done": True})
            if path == "/_sandbox/sessions/expire":
                return _json(200, {"ended": self.store.expire_sessions()})
        except (ValueError, TypeError) as error:
            return _json(400, {"error": f"not understood: {type(error).__name__}"})
        except KeyError as error:
            return _json(404, {"error": f"unknown or missing: {error.args[0]}"})
        return _json(404, {"error": f"no control action at {path}"})

    # SOAP

    def _soap(self, service: Service, request: HttpRequest) -> HttpReply:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/xml":
            return HttpReply(415, _TEXT, b"SOAP 1.1 is served here: Content-Type must be text/xml\n")
        reply = self._reply(service, request)
        headers = {}
        if reply.cookie is not None:
            headers["Set-Cookie"] = f"{SESSION_COOKIE}={reply.cookie}; path=/; HttpOnly"
        return HttpReply(reply.status, _XML, reply.body, headers, reply.drop)

    def _reply(self, service: Service, request: HttpRequest) -> Reply:
        name = f"{service.label}.?"
        try:
            message = wire.read_request(service, request.body, request.headers.get("soapaction", ""))
            token = session_token(request.headers.get("cookie", ""))
            session = self.store.session(token)
            call = Call(service.label, message.operation.name, message.body, token, session)
            name = call.name
            reply = self.interceptor.before(call) or self._perform(service, call)
            reply = self.interceptor.after(call, reply)
        except SoapFault as fault:
            reply = _fault(fault)
        except _BUGS:
            log.exception("%s failed inside the stand-in", name)
            reply = _fault(SoapFault("Server", "The stand-in failed to answer; its log says why"), "error")
        self.statistics.count(name, reply.verdict)
        return reply

    def _perform(self, service: Service, call: Call) -> Reply:
        handler = _HANDLERS.get(service.path.lower(), {}).get(call.operation)
        if handler is None:
            raise SoapFault("Server", f"{call.name} is in the WSDL, but this stand-in does not perform it")
        try:
            answer = handler(call, self._around)
        except SoapFault as fault:
            # Made here, so that the interceptor's `after` sees faults as well.
            return _fault(fault)
        body = wire.write_answer(service, service.operations[call.operation], answer.payload)
        return Reply(200, body, answer.verdict, answer.cookie)


def session_token(cookies: str) -> str | None:
    """The session id in a Cookie header, or None."""
    for part in cookies.split(";"):
        name, found, value = part.strip().partition("=")
        if found and name == SESSION_COOKIE:
            return value.strip().strip('"') or None
    return None


def _fault(fault: SoapFault, verdict: str = "fault") -> Reply:
    return Reply(500, wire.write_fault(fault), verdict)


def _json(status: int, content: object) -> HttpReply:
    return HttpReply(status, _JSON, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")


def _no_page(path: str) -> HttpReply:
    return HttpReply(404, _TEXT, f"Nothing is served at {path}\n".encode())
