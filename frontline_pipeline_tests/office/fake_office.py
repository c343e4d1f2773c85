"""A programmable stand-in for the HTTP side of 24SevenOffice, on a real socket.

Belongs here: answers and accidents as a test asks for them, and a record of what arrived.
Does not: behave like a ledger (sandbox/).
"""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from frontline_pipeline.office.services import SERVICES

REPO = Path(__file__).parents[2]
REAL_WSDLS = REPO.parent / "shared" / "24sevenoffice" / "wsdl"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

APPLICATION_ID = "c0ffee00-1111-2222-3333-canary000000".replace("canary000000", "0ca9a90ca9a9")
IDENTITY_ID = "1de9717a-0000-4444-8888-0ca9a9000000"
USERNAME = "canary.user@example.no"
PASSWORD = "canary-passw0rd-æøå<&>"
SESSION_PREFIX = "canarysession"
CANARIES = (APPLICATION_ID, IDENTITY_ID, USERNAME, "canary.user", PASSWORD, "canary-passw0rd", SESSION_PREFIX)


@dataclass
class Received:
    """One request as it arrived."""

    path: str
    operation: str
    action: str
    cookie: str | None
    authorization: str | None
    connection: int
    body: bytes


@dataclass
class Respond:
    """An answer: status, body, headers; or an accident by name."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    accident: str | None = None
    delay: float = 0.0


Script = Callable[[Received], Respond]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeOffice

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = self.fake.pages.get(self.path)
        self.play(Respond(b"no page", 404) if page is None else Respond(page))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        action = self.headers.get("SOAPAction", "").strip('"')
        request = Received(
            self.path,
            action.rsplit("/", 1)[-1],
            action,
            self.headers.get("Cookie"),
            self.headers.get("Authorization"),
            self.client_address[1],
            body,
        )
        with self.fake.lock:
            self.fake.received.append(request)
            answer = self.fake.answer(request)
        self.play(answer)

    def play(self, answer: Respond) -> None:
        if answer.delay:
            self.fake.stop_waiting.wait(answer.delay)
        if answer.accident == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True
            return
        if answer.accident == "hang up":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(answer.status)
        headers = {"Content-Type": "text/xml; charset=utf-8", **answer.headers}
        body = answer.body
        headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.accident == "half":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if answer.accident == "drip":
            for byte in body:
                if self.fake.stop_waiting.wait(0.1):
                    break
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            return
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        return


class FakeOffice:
    """A server whose next answers per operation are queued; unqueued operations get their default answer."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.logins = 0
        self.login_result: str | None = None
        self.valid: set[str] = set()
        self.check_sessions = False
        self.queues: dict[str, deque[Respond | Script]] = {}
        self.defaults: dict[str, Respond | Script] = {}
        self.lock = threading.Lock()
        self.stop_waiting = threading.Event()
        self.pages: dict[str, bytes] = {}
        self.server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"fake": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.stop_waiting.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def answer(self, request: Received) -> Respond:
        queue = self.queues.get(request.operation)
        if queue:
            found: Respond | Script = queue.popleft()
        elif request.operation in self.defaults:
            found = self.defaults[request.operation]
        elif request.operation == "Login":
            found = self._login()
        elif request.operation == "HasSession":
            found = reply(request, f"<HasSessionResult>{str(self.knows(request)).lower()}</HasSessionResult>")
        else:
            found = reply(request, "")
        if self.check_sessions and request.operation not in ("Login", "HasSession") and not self.knows(request):
            return fault("Server", "Client is not authenticated on this identity")
        return found if isinstance(found, Respond) else found(request)

    def knows(self, request: Received) -> bool:
        return (request.cookie or "").removeprefix("ASP.NET_SessionId=") in self.valid

    def _login(self) -> Script:
        self.logins += 1
        session_id = f"{SESSION_PREFIX}{self.logins:011d}" if self.login_result is None else self.login_result
        if session_id:
            self.valid.add(session_id)
        return lambda request: reply(request, f"<LoginResult>{session_id}</LoginResult>")

    def queue(self, operation: str, *answers: Respond | Script) -> None:
        self.queues.setdefault(operation, deque()).extend(answers)

    def count(self) -> Counter[str]:
        return Counter(request.operation for request in self.received)


def namespace(request: Received) -> str:
    return next(service.namespace for service in SERVICES.values() if service.path == request.path)


def envelope(inner: str) -> bytes:
    return f'<?xml version="1.0"?><s:Envelope xmlns:s="{SOAP}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def reply(request: Received, inner: str, **headers: str) -> Respond:
    name = f"{request.operation}Response"
    return Respond(envelope(f'<{name} xmlns="{namespace(request)}">{inner}</{name}>'), headers=headers)


def result(inner: str, **headers: str) -> Script:
    """A well-formed answer whose result element holds `inner`."""
    return lambda request: reply(request, f"<{request.operation}Result>{inner}</{request.operation}Result>", **headers)


def fault(code: str, text: str, status: int = 500) -> Respond:
    text = re.sub("&", "&amp;", text).replace("<", "&lt;")
    return Respond(
        envelope(f"<s:Fault><faultcode>s:{code}</faultcode><faultstring>{text}</faultstring></s:Fault>"), status
    )
