"""HTTP under the SOAP client: sends one request once, and knows for certain whether any of it left.

Belongs here: connections, time limits, the session cookie, and the split of failures into `NotSent` and `Unknown`.
Does not: understand SOAP (wire.py), log in (session.py), retry anything.

Why its own connections: the HTTP library reports a certificate that does not fit and a TLS failure in the middle of the
answer as the same exception, and a reset before and after sending likewise. So each connection notes the moment at
which the first byte of a request is handed to the socket; a failure before it is `NotSent`, any after it `Unknown`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from lxml import etree
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from zeep.transports import Transport

from frontline_pipeline.office.credentials import SecretText
from frontline_pipeline.office.errors import NotSent, Unknown
from frontline_pipeline.office.services import SESSION_COOKIE

CONNECT_TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 256 * 1024 * 1024
"""A month of a busy ledger is some ten megabytes; beyond this the answer is not one of ours."""

_CHUNK = 64 * 1024
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_PROXY: dict[str, str | None] = {"http": None, "https": None, "all": None}


class _Progress(threading.local):
    """Whether any byte of this thread's current request was handed to a socket."""

    sent = False


_progress = _Progress()


class _NotingConnection(HTTPConnection):
    """An HTTP connection that notes when a request starts to leave. Setting up a proxy tunnel does not count."""

    _connecting = False

    def connect(self) -> None:
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None and not self._connecting:
            self.connect()
        if not self._connecting:
            _progress.sent = True
        super().send(data)


class _NotingTlsConnection(HTTPSConnection):
    """The same over TLS; the handshake belongs to connecting."""

    _connecting = False

    def connect(self) -> None:
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None and not self._connecting:
            self.connect()
        if not self._connecting:
            _progress.sent = True
        super().send(data)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _NotingConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _NotingTlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class _OnceAdapter(HTTPAdapter):
    """An adapter that never repeats a request and whose connections note when one leaves."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over HTTP: status, body and headers. Not printed: an answer to Login holds the session id."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def _no_authentication(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Stands in the place of an authentication, so that a `.netrc` on the machine is not sent to the service."""
    return request


class OfficeTransport(Transport):
    """zeep transport that sends exactly once and never logs a message, since the one of Login holds the password.

    The cookie is set as a header of each request and answers' cookies are ignored: a not-authenticated answer brings
    a fresh, anonymous session id that must not displace ours.
    """

    def __init__(self, timeout_seconds: float) -> None:
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, _OnceAdapter())
        session.auth = _no_authentication
        super().__init__(  # type: ignore[no-untyped-call]  # zeep is typed in part
            timeout=timeout_seconds, operation_timeout=timeout_seconds, session=session
        )
        self._timeout = timeout_seconds

    def get(self, address: str, params: object, headers: object) -> requests.Response:
        """Refused: no operation of the service is sent by GET."""
        raise NotSent("a GET was asked for, but this service is called by POST only", kind="message")

    def load(self, url: str) -> bytes:
        """The bytes of a local file. Refuses the network: WSDLs ship in the package."""
        if urlsplit(url).scheme in ("http", "https"):
            raise NotSent(f"refused to load {url}: the shipped WSDLs need nothing from the network", kind="message")
        return bytes(super().load(url))  # type: ignore[no-untyped-call]

    def send(
        self, address: str, envelope: etree._Element, soap_action: str, cookie: SecretText | None, *, fresh: bool
    ) -> Answer:
        """Send one SOAP envelope and return the answer, whatever its status.

        `fresh` opens a new connection: on one that was kept alive the service may just have hung up, and a write
        would then be `Unknown` for nothing. The time limit covers the whole answer, not each piece of it.

        Raises NotSent when no byte of the request left, Unknown when some did and no whole answer came.
        """
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{soap_action}"'}
        if cookie is not None:
            headers["Cookie"] = f"{SESSION_COOKIE}={cookie.reveal()}"
        if fresh:
            self.session.close()
        host = urlsplit(address).hostname or address
        _progress.sent = False
        outcome = self._exchange(address, etree.tostring(envelope, xml_declaration=True, encoding="utf-8"), headers)
        if isinstance(outcome, Answer):
            return outcome
        # Raised here and not where it was caught: the library's exception keeps the request with its cookie and body.
        if _progress.sent:
            raise Unknown(
                f"{outcome} while waiting for the answer of {host}; the request had left, so its effect is not known",
                kind="no_answer",
            )
        raise NotSent(
            f"{outcome} before anything was sent to {host}; check the base URL in the settings and the network, "
            "then run again",
            kind="connection",
        )

    def _exchange(self, address: str, body: bytes, headers: dict[str, str]) -> Answer | str:
        """The answer, or in a few words what went wrong."""
        deadline = time.monotonic() + self._timeout
        proxies = _NO_PROXY if urlsplit(address).hostname in _LOOPBACK else None
        try:
            with self.session.post(
                address,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_TIMEOUT_SECONDS, self._timeout), self._timeout),
                allow_redirects=False,
                stream=True,
                proxies=proxies,  # type: ignore[arg-type]  # None per scheme means "none", which the stubs don't know
            ) as response:
                pieces: list[bytes] = []
                size = 0
                # read1 returns what has come; read would wait for a whole chunk, past any deadline.
                while piece := response.raw.read1(_CHUNK, decode_content=True):
                    pieces.append(piece)
                    size += len(piece)
                    if size > MAX_ANSWER_BYTES:
                        return f"an answer of more than {MAX_ANSWER_BYTES // 1024**2} MB"
                    if time.monotonic() > deadline:
                        return f"no whole answer within {self._timeout:g} s"
                return Answer(response.status_code, b"".join(pieces), response.headers)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            return _in_words(error)


def _in_words(error: Exception) -> str:
    """A failure of the HTTP library in a few words of ours; its own text is never quoted."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, requests.exceptions.Timeout):
        return "time-out"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS failure"
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy failure"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema | UnicodeError):
        return "unusable URL"
    if "NameResolution" in repr(error):
        return "unknown host name"
    if "Read timed out" in repr(error):
        return "time-out"
    return "connection failure"
