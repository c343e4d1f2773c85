"""The stand-in of 24SevenOffice as an HTTP server on a local port.

Belongs here: sockets, threads, HTTP/1.1 framing, starting and stopping.
Does not: what is answered (app.py and the services).

Both hosts of the real service (`api.` and `webservices.`) are this one address: their paths do not collide.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from frontline_pipeline.sandbox.app import HttpReply, HttpRequest, SandboxApp
from frontline_pipeline.sandbox.calls import Interceptor, PassThrough, SandboxOptions
from frontline_pipeline.sandbox.ledger_store import LedgerStore
from frontline_pipeline.sandbox.seed import SandboxClient, seed
from frontline_pipeline.sandbox.wsdl_book import SHIPPED_WSDLS, WsdlBook

log = logging.getLogger(__name__)

#: A month of a busy ledger in one request is a few megabytes; beyond this somebody sends the wrong thing.
LARGEST_BODY = 32 * 1024 * 1024
#: How long a connection may stand idle before its thread gives up.
IDLE_SECONDS = 120.0
_HOST_HEADER = re.compile(r"^[A-Za-z0-9.\-]+(:\d+)?$|^\[[0-9a-fA-F:]+\](:\d+)?$")


class _Handler(BaseHTTPRequestHandler):
    server: _HttpServer
    protocol_version = "HTTP/1.1"
    server_version = "frontline-sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    # Head and body leave in one piece: otherwise Nagle and delayed acknowledgement cost 40 ms a call.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        with self.server.busy:
            self._send(self._answer(b""))

    def do_DELETE(self) -> None:
        with self.server.busy:
            self._send(self._answer(b""))

    def do_POST(self) -> None:
        with self.server.busy:
            body = self._body()
            if body is not None:
                self._send(self._answer(body))

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._refuse(411, "Content-Length is required")
            return None
        if int(length) > LARGEST_BODY:
            self._refuse(413, f"At most {LARGEST_BODY} bytes are read")
            return None
        if self.headers.get("Content-Encoding", "identity") != "identity":
            self._refuse(415, "Send the body without Content-Encoding")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: int, text: str) -> None:
        # The unread body would be taken for the next request.
        self.close_connection = True
        self._send(HttpReply(status, "text/plain; charset=utf-8", f"{text}\n".encode()))

    def _answer(self, body: bytes) -> HttpReply:
        host = self.headers.get("Host", "")
        address = f"http://{host}" if _HOST_HEADER.match(host) else self.server.address
        headers = {name.lower(): value for name, value in self.headers.items()}
        return self.server.app.answer(
            HttpRequest(self.command, self.path, headers, body, address, str(self.client_address[0]))
        )

    def _send(self, reply: HttpReply) -> None:
        if reply.drop:
            self.close_connection = True
            return
        if reply.accident == "reset":
            self._reset()
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if self.close_connection or self.server.stopping:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if reply.accident == "half":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self.wfile.flush()
            self._reset()
            return
        self.wfile.write(reply.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """End the connection by a TCP reset; what is left of the handler finds it closed."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.closed(self.connection)
        os.close(self.connection.detach())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        log.debug("%s " + format, self.client_address[0], *args)


class _Busy:
    """Counts requests under way, so that a stop can wait for them."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._change:
            self._count += 1

    def __exit__(self, *error: object) -> None:
        with self._change:
            self._count -= 1
            self._change.notify_all()

    def wait(self, seconds: float) -> bool:
        with self._change:
            return self._change.wait_for(lambda: self._count == 0, seconds)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: SandboxApp) -> None:
        self.app = app
        self.busy = _Busy()
        self.stopping = False
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self.server_address[1]}"

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def end_connections(self) -> None:
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # The other side was faster.
                    continue

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("a connection ended with an error", exc_info=True)


class SandboxServer:
    """A stand-in of 24SevenOffice: real HTTP, real SOAP, one SQLite file.

    Use it as a context manager, or `start()` (own thread) and `stop()`, or `serve_forever()` in the foreground.
    The port is bound at once, so `url` is known before the first answer; `port=0` takes a free one.
    """

    def __init__(
        self,
        db_path: str | Path,
        clients: Iterable[SandboxClient],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        options: SandboxOptions | None = None,
        control: bool = False,
        interceptor: Interceptor | None = None,
        wsdl_folder: Path = SHIPPED_WSDLS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the ledger at `db_path` (or `:memory:`), seed `clients` and bind the port.

        `control` opens the control endpoint (docs/sandbox.md). `clock` is what sessions, saving, the quota and the lag go by.

        Raises OSError when the port is taken, WsdlError when a WSDL cannot be used, ValueError for clashing clients.
        """
        wsdls = WsdlBook(wsdl_folder)
        self.store = LedgerStore(db_path, clock=clock)
        try:
            seed(self.store, clients)
            self.app = SandboxApp(self.store, wsdls, options or SandboxOptions(), interceptor or PassThrough(), control)
            self._http = _HttpServer(host, port, self.app)
        except BaseException:
            self.store.close()
            raise
        self._thread: threading.Thread | None = None
        self._served = False
        self._stopped = False

    @property
    def url(self) -> str:
        """`http://127.0.0.1:<port>`: the base URL of both hosts, without a slash at the end."""
        return self._http.address

    @property
    def port(self) -> int:
        """The port that was bound."""
        return int(self._http.server_address[1])

    def start(self) -> Self:
        """Serve in a thread of its own."""
        self._served = True
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="frontline-sandbox", daemon=True
        )
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in the foreground until Ctrl-C or SIGTERM, then stop in good order."""
        in_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGTERM, _interrupt) if in_main else None
        self._served = True
        try:
            self._http.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            log.info("asked to stop")
        finally:
            if in_main:
                signal.signal(signal.SIGTERM, before)
            self.stop()

    def stop(self, grace_seconds: float = 5.0) -> None:
        """Take no new connection, let requests under way end, close the ledger. A second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._http.stopping = True
        self.app.end()
        if self._served:
            self._http.shutdown()
        self._http.server_close()
        deadline = time.monotonic() + grace_seconds
        if not self._http.busy.wait(grace_seconds):
            log.warning("requests were still under way after %s s", grace_seconds)
        self._http.end_connections()
        if self._thread is not None:
            self._thread.join(max(0.1, deadline - time.monotonic()))
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
