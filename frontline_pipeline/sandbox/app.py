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
    services_attachment,
    services_authenticate,
    services_company,
    services_invoice,
    services_lookup,
    services_product,
    services_transaction,
    wire,
)
from frontline_pipeline.sandbox.calls import (
    XML,
    Accident,
    Call,
    Handlers,
    Interceptor,
    Reply,
    SandboxOptions,
    Surroundings,
)
from frontline_pipeline.sandbox.conditions import Conditions
from frontline_pipeline.sandbox.control import Control
from frontline_pipeline.sandbox.faults import FaultBox
from frontline_pipeline.sandbox.ledger_attachments import AttachmentBook
from frontline_pipeline.sandbox.ledger_records import KINDS_BY_PAGE, RecordBook
from frontline_pipeline.sandbox.ledger_store import LedgerStore
from frontline_pipeline.sandbox.ledger_vouchers import VoucherBook
from frontline_pipeline.sandbox.wire import SoapFault
from frontline_pipeline.sandbox.wsdl_book import Service, WsdlBook

log = logging.getLogger(__name__)

SESSION_COOKIE = "ASP.NET_SessionId"

_HANDLERS: Mapping[str, Handlers] = {
    services_account.PATH.lower(): services_account.HANDLERS,
    services_attachment.PATH.lower(): services_attachment.HANDLERS,
    services_authenticate.PATH.lower(): services_authenticate.HANDLERS,
    services_company.PATH.lower(): services_company.HANDLERS,
    services_product.PATH.lower(): services_product.HANDLERS,
    services_invoice.PATH.lower(): services_invoice.HANDLERS,
    services_transaction.PATH.lower(): services_transaction.HANDLERS,
    services_lookup.CLIENT_PATH.lower(): services_lookup.CLIENT_HANDLERS,
    services_lookup.PROJECT_PATH.lower(): services_lookup.PROJECT_HANDLERS,
}
#: What a bug in a handler raises; all else (KeyboardInterrupt, MemoryError) ends the thread.
_BUGS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, sqlite3.Error)

_JSON = "application/json; charset=utf-8"
#: Pages for everybody; the rest of /_sandbox/ is control.
_OPEN = frozenset({"/_sandbox/stats", "/_sandbox/vouchers", "/_sandbox/attachments", *KINDS_BY_PAGE})
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request; header names in lower case. `address` is scheme and host as the caller sees them, `peer` where it calls from."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    address: str
    peer: str = ""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One HTTP reply; `drop` means close the connection without an answer, `accident` see calls.Reply."""

    status: int
    kind: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    accident: Accident | None = None


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
        self.faults = FaultBox(store.clock)
        self.conditions = Conditions(store.clock)
        self.attachments = AttachmentBook(store)
        self.records = RecordBook(store)
        self._wsdls = wsdls
        self._control = Control(
            store,
            self.faults,
            self.conditions,
            self.records,
            frozenset(f"{service.label}.{name}" for service in wsdls for name in service.operations),
        )
        self._around = Surroundings(store, self.book, self.attachments, self.records, options, self.conditions)

    def end(self) -> None:
        """Let go of every request that a fault holds; the stand-in stops."""
        self.faults.end()

    def answer(self, request: HttpRequest) -> HttpReply:
        """Answer one request; never raises for what a caller sent."""
        url = urlsplit(request.target)
        if request.method == "DELETE":
            return self._act(url.path, request)
        if request.method == "POST":
            if url.path.startswith("/_sandbox/"):
                return self._act(url.path, request)
            service = self._wsdls.at(url.path)
            return self._soap(service, request) if service is not None else _no_page(url.path)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        if url.path.startswith("/_sandbox/") and url.path not in _OPEN:
            return self._act(url.path, request)
        return self._page(url.path, query, request.address)

    # Pages and control

    def _page(self, path: str, query: Mapping[str, str], address: str) -> HttpReply:
        if path == "/":
            return HttpReply(
                200,
                _HTML,
                pages.ledger_page(self.store, self.book, self.attachments, self.records, query.get("client")).encode(),
            )
        if path == "/_sandbox/stats":
            return _json(200, self.statistics.as_dict())
        if path == "/_sandbox/vouchers":
            return self._vouchers(query)
        if path == "/_sandbox/attachments":
            return self._attachments(query)
        if path in KINDS_BY_PAGE:
            return self._records(path, query)
        service = self._wsdls.at(path)
        if service is None:
            return _no_page(path)
        if any(name.lower() == "wsdl" for name in query):
            return HttpReply(200, XML, service.description(address + service.path))
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

    def _attachments(self, query: Mapping[str, str]) -> HttpReply:
        """The saved attachments of a client as JSON, or with `stamp` the file itself."""
        client, stamp = query.get("client", ""), query.get("stamp")
        if stamp is None:
            return _json(200, {"attachments": pages.attachments_json(self.attachments.saved(client))})
        # More digits than SQLite's integers have are no stamp number either.
        found = self.attachments.content(client, int(stamp)) if stamp.isdecimal() and len(stamp) < 10 else None
        if found is None:
            return _json(404, {"error": f"client '{client}' has no attachment with stamp number {stamp}"})
        return HttpReply(200, pages.media_type(found[0]), found[1])

    def _records(self, path: str, query: Mapping[str, str]) -> HttpReply:
        """The companies, products, categories or orders of a client as JSON."""
        client = query.get("client", "")
        known = [each.code for each in self.store.clients()]
        if client not in known:
            return _json(404, {"error": f"no client '{client}'; known are {', '.join(known)}"})
        found = self.records.find(client, KINDS_BY_PAGE[path])
        return _json(200, {path.rpartition("/")[2]: pages.records_json(found)})

    def _act(self, path: str, request: HttpRequest) -> HttpReply:
        """A control action; only where the stand-in was started with control."""
        action = self._control.action(request.method, path)
        if request.method == "GET" and action is None:
            return _no_page(path)
        if not self.control:
            return _json(403, {"error": "this stand-in was started without control"})
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        # A page of another site cannot send this content type, nor a DELETE, without the browser asking first.
        if request.method == "POST" and kind != "application/json":
            return _json(415, {"error": "send application/json"})
        if action is None:
            return _json(404, {"error": f"no control action at {path}"})
        try:
            wanted = json.loads(request.body or b"{}")
            if not isinstance(wanted, dict):
                raise TypeError("send a JSON object")
            return _json(200, action(wanted))
        except (ValueError, TypeError) as error:
            return _json(400, {"error": f"not understood: {error}"})
        except KeyError as error:
            return _json(404, {"error": f"unknown or missing: {error.args[0]}"})

    # SOAP

    def _soap(self, service: Service, request: HttpRequest) -> HttpReply:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/xml":
            return HttpReply(415, _TEXT, b"SOAP 1.1 is served here: Content-Type must be text/xml\n")
        reply, limit = self._reply(service, request)
        headers = {**limit, **reply.headers}
        if reply.cookie is not None:
            headers["Set-Cookie"] = f"{SESSION_COOKIE}={reply.cookie}; path=/; HttpOnly"
        return HttpReply(reply.status, reply.kind, reply.body, headers, reply.drop, reply.accident)

    def _reply(self, service: Service, request: HttpRequest) -> tuple[Reply, Mapping[str, str]]:
        """The reply, and the headers that tell of the quota."""
        name = f"{service.label}.?"
        limit: Mapping[str, str] = {}
        try:
            message = wire.read_request(service, request.body, request.headers.get("soapaction", ""))
            token = session_token(request.headers.get("cookie", ""))
            session = self.store.session(token)
            call = Call(service.label, message.operation.name, message.body, token, session, service.namespace)
            name = call.name
            refusal, limit = self.conditions.quota.take(request.peer)
            if refusal is not None:
                raise refusal
            reply = self.interceptor.before(call) or self.faults.around(call, lambda c: self._perform(service, c))
            reply = self.interceptor.after(call, reply)
        except SoapFault as fault:
            reply = _fault(fault)
        except _BUGS:
            log.exception("%s failed inside the stand-in", name)
            reply = _fault(SoapFault("Server", "The stand-in failed to answer; its log says why"), "error")
        self.statistics.count(name, reply.verdict)
        return reply, limit

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
