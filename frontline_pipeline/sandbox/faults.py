"""Faults of single calls, armed over the control endpoint: what can go wrong before and after an effect.

Belongs here: the faults, which call each of them hits, and what goes out instead of the answer.
Does not: the endpoint (control.py), sockets (server.py), circumstances of all calls (conditions.py).

Every fault is deterministic: it counts the calls that fit it. One with a `chance` draws from a generator of its own `seed`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import random
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from frontline_pipeline.sandbox import wire
from frontline_pipeline.sandbox.calls import Call, Reply
from frontline_pipeline.sandbox.conditions import quarantine_text
from frontline_pipeline.sandbox.ledger_vouchers import PlacedVoucher
from frontline_pipeline.sandbox.wire import SoapFault

log = logging.getLogger(__name__)

When = Literal["before", "after"]
Kind = Literal[
    "reset",
    "half",
    "timeout",
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "fault",
    "garbage",
    "empty",
    "no_result",
    "quota",
    "not_authenticated",
    "delay",
    "late_arrival",
    "not_saved",
    "other_amounts",
    "item_refused",
]
KINDS: tuple[str, ...] = get_args(Kind)
#: The service gives these before it does anything, or they are the effect itself: there is no "after".
BEFORE_ONLY = frozenset(
    {"quota", "http_429", "not_authenticated", "late_arrival", "not_saved", "other_amounts", "item_refused"}
)
SAVE = "Account.SaveBundleList"
SAVE_ORDERS = "Invoice.SaveInvoices"
_ITEM_SAVES = ("Company.SaveCompanies", "Product.SaveProducts", "Product.SaveCategories", SAVE_ORDERS)
#: These concern what is saved, so only some operations can have them.
SAVE_ONLY: Mapping[str, tuple[str, ...]] = {
    "not_saved": (SAVE,),
    "other_amounts": (SAVE, SAVE_ORDERS),
    "item_refused": _ITEM_SAVES,
}
#: How much `other_amounts` moves from one line to another: a krone, so that the voucher still balances.
MOVED_ORE = 100

Perform = Callable[[Call], Reply]


@dataclass(slots=True)
class Fault:
    """One armed fault.

    `operation`: `Account.SaveBundleList`, `SaveBundleList` or `*`. `client`: only calls on a session of this client.
    It lets `after_calls` fitting calls pass and then hits `times` of them; 0 = until it is cleared.
    `seconds`: how long a time-out holds the connection, a delay lasts, a late request needs; or Retry-After of http_429.
    """

    id: int
    operation: str
    kind: Kind
    when: When = "before"
    times: int = 1
    after_calls: int = 0
    seconds: float = 0.0
    client: str | None = None
    chance: float = 1.0
    seed: int = 0
    seen: int = 0
    hits: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r} is unknown; known are {', '.join(KINDS)}")
        if self.when not in get_args(When):
            raise ValueError(f"when {self.when!r} is unknown; it is before or after")
        if self.when == "after" and self.kind in BEFORE_ONLY:
            raise ValueError(f"{self.kind} happens before the effect only")
        fitting = SAVE_ONLY.get(self.kind)
        if fitting is not None and self.operation not in {*fitting, *(name.partition(".")[2] for name in fitting)}:
            known = ", ".join(name.partition(".")[2] for name in fitting)
            raise ValueError(f"{self.kind} is for operation {known} only")
        if self.times < 0 or self.after_calls < 0 or not 0 <= self.seconds <= 3600 or not 0 <= self.chance <= 1:
            raise ValueError("times and after must be 0 or more, seconds 0 to 3600, chance 0 to 1")
        self._random.seed(self.seed)

    def fits(self, call: Call) -> bool:
        """Whether the fault is about this call."""
        if self.operation not in {"*", call.name, call.operation}:
            return False
        return self.client is None or (call.session is not None and call.session.client == self.client)

    def due(self) -> bool:
        """Count a call that fits, and whether it is one to hit."""
        self.seen += 1
        if self.seen <= self.after_calls or (self.times and self.hits >= self.times):
            return False
        if self.chance < 1 and self._random.random() >= self.chance:
            return False
        self.hits += 1
        return True

    def as_dict(self) -> dict[str, object]:
        """The fault as the endpoint shows it."""
        shown = {each.name: getattr(self, each.name) for each in dataclasses.fields(self) if each.name[0] != "_"}
        shown["after"] = shown.pop("after_calls")
        return shown


class FaultBox:
    """The armed faults, and requests that are still to arrive. Safe for threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._made = 0
        self._late: dict[int, tuple[threading.Timer, Callable[[], None]]] = {}
        self._arriving = 0
        self._ended = threading.Event()

    # Arming

    def arm(self, wanted: Mapping[str, object]) -> Fault:
        """Add a fault. Raises KeyError for a missing key, ValueError or TypeError for a wrong one."""
        words = dict(wanted)
        if unknown := set(words) - _WORDS:
            raise ValueError(
                f"{sorted(unknown)[0]} is not a property of a fault; known are {', '.join(sorted(_WORDS))}"
            )
        words["after_calls"] = words.pop("after", 0)
        for name in ("operation", "kind"):
            if name not in words:
                raise KeyError(name)
        for name, types in _TYPES.items():
            if name in words and (isinstance(words[name], bool) or not isinstance(words[name], types)):
                raise TypeError(f"{name} is not of its type")
        with self._lock:
            self._made += 1
            fault = Fault(id=self._made, **words)  # type: ignore[arg-type]  # the types were looked at just above
            self._faults.append(fault)
        return fault

    def clear(self) -> int:
        """Disarm all faults and end time-outs and delays under way; requests still to arrive stay. Returns how many faults."""
        with self._lock:
            count = len(self._faults)
            self._faults.clear()
            ended, self._ended = self._ended, threading.Event()
        ended.set()
        return count

    def as_dict(self) -> dict[str, object]:
        """The armed faults, spent ones included, and how many requests are still to arrive."""
        with self._lock:
            return {
                "faults": [fault.as_dict() for fault in self._faults],
                "still_to_arrive": len(self._late) + self._arriving,
            }

    def arrive(self) -> int:
        """Let every late request arrive now; returns how many. They have taken effect when this returns."""
        with self._lock:
            keys = list(self._late)
        return sum(self._take_effect(key) for key in keys)

    def end(self) -> None:
        """The stand-in stops: nothing is held any longer, and what has not arrived never will."""
        with self._lock:
            for timer, _ in self._late.values():
                timer.cancel()
            self._late.clear()
            self._ended.set()

    # Hitting

    def around(self, call: Call, perform: Perform) -> Reply:
        """The reply to a call, by `perform` or as the first due fault has it."""
        with self._lock:
            hit = next((fault for fault in [each for each in self._faults if each.fits(call)] if fault.due()), None)
            # Of the moment of the call: who clears the faults ends this waiting, and not the next.
            ended = self._ended
        if hit is None:
            return perform(call)
        if hit.kind == "delay":
            return self._delay(hit, call, perform, ended)
        if hit.kind == "late_arrival":
            return self._later(hit, call, perform)
        if hit.kind == "other_amounts":
            reply = perform(dataclasses.replace(call, alter=_other_amounts, alter_rows=True))
            return dataclasses.replace(reply, verdict=f"{reply.verdict}, other amounts")
        if hit.kind == "item_refused":
            reply = perform(dataclasses.replace(call, refuse_first=True))
            return dataclasses.replace(reply, verdict=f"{reply.verdict}, item refused")
        done = perform(call) if hit.when == "after" else None
        if hit.kind == "timeout":
            ended.wait(hit.seconds or 3600.0)
            return Reply(0, b"", _verdict(hit), drop=True)
        return self._instead(hit, call, done)

    def _delay(self, hit: Fault, call: Call, perform: Perform, ended: threading.Event) -> Reply:
        if hit.when == "after":
            reply = perform(call)
            ended.wait(hit.seconds)
            return reply
        ended.wait(hit.seconds)
        return perform(call)

    def _later(self, hit: Fault, call: Call, perform: Perform) -> Reply:
        """A reset now, the effect after `seconds` (or at `arrive`)."""

        def effect() -> None:
            try:
                perform(call)
            except SoapFault:
                log.info("a late %s was refused", call.name)
            except sqlite3.ProgrammingError:
                log.info("a late %s came after the end", call.name)

        with self._lock:
            self._made += 1
            key = self._made
            timer = threading.Timer(hit.seconds, self._take_effect, [key])
            timer.daemon = True
            self._late[key] = (timer, effect)
        timer.start()
        return Reply(0, b"", _verdict(hit), accident="reset")

    def _take_effect(self, key: int) -> int:
        with self._lock:
            found = self._late.pop(key, None)
            if found is None:
                return 0
            # Until the effect is there, it counts as still to arrive.
            self._arriving += 1
        found[0].cancel()
        try:
            found[1]()
        finally:
            with self._lock:
                self._arriving -= 1
        return 1

    def _instead(self, hit: Fault, call: Call, done: Reply | None) -> Reply:
        verdict = _verdict(hit)
        if hit.kind in {"reset", "half"}:
            body = b"<Envelope><Body>" if done is None else done.body
            return Reply(200, body, verdict, accident="reset" if hit.kind == "reset" else "half")
        if hit.kind.startswith("http_"):
            headers = {"Retry-After": f"{hit.seconds:.0f}"} if hit.kind == "http_429" and hit.seconds else {}
            page = f"<html><body><h1>{hit.kind[5:]}</h1></body></html>".encode()
            return Reply(int(hit.kind[5:]), page, verdict, kind="text/html; charset=utf-8", headers=headers)
        if hit.kind == "garbage":
            return Reply(200, b'{"ok": tru\x00 <Envelope', verdict)
        if hit.kind == "empty":
            return Reply(200, b"", verdict)
        if hit.kind == "no_result":
            return Reply(200, wire.write_empty(call.namespace, call.operation), verdict)
        if hit.kind == "not_saved" or (hit.kind == "not_authenticated" and call.name == SAVE):
            type_, words = _REFUSALS[hit.kind]
            content = {"Type": type_, "Description": words}
            return Reply(200, wire.write_plain(call.namespace, call.operation, content), verdict)
        return Reply(500, wire.write_fault(self._fault_of(hit)), verdict)

    def _fault_of(self, hit: Fault) -> SoapFault:
        if hit.kind == "quota":
            ends = dt.datetime.fromtimestamp(self._clock() + (hit.seconds or 60.0), dt.UTC)
            return SoapFault("Server", quarantine_text(1, ends + dt.timedelta(seconds=1)))
        if hit.kind == "not_authenticated":
            return SoapFault("Server", "Client is not authenticated on this identity")
        return SoapFault("Server", "Object reference not set to an instance of an object.")


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "operation": str,
    "kind": str,
    "when": str,
    "times": int,
    "after_calls": int,
    "seconds": (int, float),
    "client": (str, type(None)),
    "chance": (int, float),
    "seed": int,
}
_WORDS = (set(_TYPES) - {"after_calls"}) | {"after"}
_REFUSALS = {
    "not_saved": ("NotSaved", "The journal was not saved"),
    "not_authenticated": ("NotAuthenticated", "The session is missing or has ended; log in again"),
}


def _verdict(fault: Fault) -> str:
    return f"{fault.kind} {fault.when} effect"


def _other_amounts(placed: PlacedVoucher) -> PlacedVoucher:
    """The same voucher with a krone moved between its outer lines and its first VAT code lost: it still balances."""
    entries = list(placed.request.entries)
    moved = dataclasses.replace(entries[0], amount=entries[0].amount + MOVED_ORE // 100)
    entries[0] = moved
    entries[-1] = dataclasses.replace(entries[-1], amount=entries[-1].amount - MOVED_ORE // 100)
    codes = list(placed.tax_numbers)
    coded = next((position for position, code in enumerate(codes) if code != "0"), None)
    if coded is not None:
        codes[coded] = "0"
    request = dataclasses.replace(placed.request, entries=tuple(entries))
    return dataclasses.replace(placed, request=request, tax_numbers=tuple(codes))
