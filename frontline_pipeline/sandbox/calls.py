"""What a service of the stand-in is given and what it hands back.

Belongs here: the call, the surroundings, the handler type, and the one place where a call can be intercepted.
Does not: HTTP (server.py), the services themselves (services_*.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from frontline_pipeline.sandbox.conditions import Conditions
from frontline_pipeline.sandbox.ledger_attachments import AttachmentBook
from frontline_pipeline.sandbox.ledger_records import RecordBook
from frontline_pipeline.sandbox.ledger_store import LedgerStore, Session
from frontline_pipeline.sandbox.ledger_vouchers import PlacedVoucher, VoucherBook
from frontline_pipeline.sandbox.voucher_rules import RuleOptions
from frontline_pipeline.sandbox.wire import DateStyle, Node, Payload, SoapFault

XML = "text/xml; charset=utf-8"
Accident = Literal["reset", "half"]


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How the stand-in behaves where the real service is not documented; every default is the strict reading.

    `session_seconds`: life of a session from login, not prolonged by use. `date_style`: see wire.DateStyle.
    `max_request_kb`: what GetMaxRequestLength answers, the whole request in kilobytes. `sync_page`: companies on a page of
    the sync list. `max_items`: items of one save or ids of one search. `unique_product_numbers`: refuse a second product with a No.
    """

    rules: RuleOptions = field(default_factory=RuleOptions)
    session_seconds: float = 8 * 3600
    date_style: DateStyle = field(default_factory=DateStyle)
    max_request_kb: int = 4096
    sync_page: int = 1000
    max_items: int = 1000
    unique_product_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every handler works on."""

    store: LedgerStore
    book: VoucherBook
    attachments: AttachmentBook
    records: RecordBook
    options: SandboxOptions
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Call:
    """One operation that a client asked for. `token` is the session id that came with it, living or not.

    `alter` changes a voucher between the rules and its storing: a ledger that stores something else than it was sent;
    `alter_rows` does so with an order's rows. `refuse_first` refuses the first item of a save of many.
    """

    service: str
    operation: str
    body: Node
    token: str | None
    session: Session | None
    namespace: str = ""
    alter: Callable[[PlacedVoucher], PlacedVoucher] | None = None
    alter_rows: bool = False
    refuse_first: bool = False

    @property
    def name(self) -> str:
        """`Account.SaveBundleList`: the name under which calls are counted."""
        return f"{self.service}.{self.operation}"

    def client(self) -> str:
        """The client the session is on. Raises the fault of a missing session (API.md, section 2)."""
        if self.session is None:
            raise SoapFault("Server", "Client is not authenticated on this identity")
        return self.session.client


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers; `verdict` is counted in the statistics, `cookie` is set as the session cookie."""

    payload: Payload
    verdict: str = "answered"
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out over HTTP. `drop` closes the connection without sending anything.

    `accident`: `reset` sends a TCP reset instead of an answer, `half` does so after half of the body.
    """

    status: int
    body: bytes
    verdict: str = "answered"
    cookie: str | None = None
    drop: bool = False
    accident: Accident | None = None
    kind: str = XML
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call, Surroundings], Answer]
Handlers = Mapping[str, Handler]


class Interceptor(Protocol):
    """The one place where a call can be changed: before its effect, or after it and before the reply leaves."""

    def before(self, call: Call) -> Reply | None:
        """A reply instead of the effect, or None to let the call through."""

    def after(self, call: Call, reply: Reply) -> Reply:
        """The reply that leaves, after the effect has happened."""


class PassThrough:
    """The interceptor that changes nothing."""

    def before(self, call: Call) -> Reply | None:
        """Let every call through."""
        return None

    def after(self, call: Call, reply: Reply) -> Reply:
        """Send the reply as it is."""
        return reply
