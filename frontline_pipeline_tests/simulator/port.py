"""The ledger as the posting code sees it: the model's answers, and every way to fail, by the pipeline's own classification.

Belongs here: LedgerPort over the books, what each fault of a call does to the ledger and to the caller.
Does not: decide when a fault strikes (simulation.py), hold vouchers (books.py). Wire, zeep and session are not simulated: their
tests show that what happens on a socket becomes the failures that are raised here.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Protocol

from frontline_pipeline.office.errors import NotSent, OfficeError, ReadFailed, Rejected, Unknown
from frontline_pipeline.office.models import LedgerVoucher, Transaction
from frontline_pipeline.office.saving import save_failure
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger
from frontline_pipeline_tests.simulator import points
from frontline_pipeline_tests.simulator.books import Books, Request
from frontline_pipeline_tests.simulator.scheduler import Actor, Crash, Scheduler

_KINDS = {"reset": "reset", "time-out": "timeout", "500": "http", "garbage": "unreadable", "empty": "unreadable"}
_SECONDS = {"time-out": 60.0}
_LOGIN_SECONDS = 20.0


class World(Protocol):
    """What a call asks of the simulation."""

    scheduler: Scheduler
    books: Books

    def strikes(self, point: str) -> str: ...
    def leaves(self, voucher: LedgerVoucher, actor: Actor) -> None: ...
    def lands(self, request: Request) -> None: ...
    def effect(self, voucher: LedgerVoucher) -> None: ...
    def searched(self, actor: Actor, first: dt.date, last: dt.date) -> None: ...
    def delay(self) -> float: ...


class Port(FakeLedger):
    """LedgerPort for one process. The registers are those of the fake ledger of the posting tests."""

    def __init__(self, world: World, actor: Actor) -> None:
        super().__init__()
        self._world = world
        self._actor = actor

    # Questions

    def client_information(self):
        self._ask("lookup: client_information")
        return super().client_information()

    def fiscal_years(self):
        self._ask("lookup: fiscal_years")
        return super().fiscal_years()

    def accounts(self):
        self._ask("lookup: accounts")
        return super().accounts()

    def voucher_types(self):
        self._ask("lookup: voucher_types")
        return super().voucher_types()

    def tax_codes(self):
        self._ask("lookup: tax_codes")
        return super().tax_codes()

    def departments(self):
        self._ask("lookup: departments")
        return super().departments()

    def projects(self):
        self._ask("lookup: projects")
        return super().projects()

    def dimensions(self):
        self._ask("lookup: dimensions")
        return super().dimensions()

    def dimension_values(self, type_id: int):
        self._ask("lookup: dimension_values")
        return super().dimension_values(type_id)

    def next_transaction_no(self, on: dt.date, series_id: int) -> int:
        self._ask(points.call("number"))
        return self._world.books.next_number(on)

    def transactions(
        self,
        date_from: dt.date,
        date_to: dt.date,
        number_from: int | None = None,
        number_to: int | None = None,
        reference: str | None = None,
    ) -> list[Transaction]:
        self._ask(points.call("search"))
        found = self._world.books.search(date_from, date_to, number_from, number_to, self._world.scheduler.now)
        self._world.searched(self._actor, date_from, date_to)
        return found

    def _ask(self, point: str) -> None:
        """One question: its moment, and its failure."""
        fault = self._strikes(point)
        if fault == "dies":
            self._die()
        if fault in _KINDS:
            self._takes(_SECONDS.get(fault, 1.0))
            raise ReadFailed(f"simulated: {fault}", kind=_KINDS[fault], operation=point)
        self._refuse(fault, point)

    # The one write

    def save(self, voucher: LedgerVoucher) -> None:
        # Nobody else acts between the intent and this: what leaves late is the fault "lease expires".
        if self._actor.dead:
            raise Crash
        point = points.call("save")
        self._world.leaves(voucher, self._actor)
        fault = self._strikes(point)
        if fault == "dies before":
            self._die()
        self._refuse(fault, point)
        if fault == "not saved":
            raise _result(voucher, "NotSaved", "simulated: account is closed")
        how, _, when = fault.partition(" ")
        if fault in ("dies, request under way", "time-out, arrives late"):
            self._world.lands(Request(voucher))
            if fault.startswith("dies"):
                self._die()
            how, when = "time-out", "before"
        if when == "before":
            self._takes(_SECONDS.get(how, 1.0))
            raise self._lost(voucher, how)
        if not self._world.books.save(voucher, self._world.scheduler.now):
            raise _result(voucher, "DuplicateData", "number is used")
        self._world.effect(voucher)
        if fault == "dies after":
            self._die()
        if fault == "slow answer":
            self._takes(self._world.delay())
        elif when == "after":
            self._takes(_SECONDS.get(how, 1.0))
            raise self._lost(voucher, how)

    def _lost(self, voucher: LedgerVoucher, how: str) -> OfficeError:
        """The answer that did not come, by the code that classifies it where that is pure."""
        if how == "empty":
            return _result(voucher, "", "")
        return Unknown(f"simulated: {how}", kind=_KINDS[how], operation="save")

    # What both share

    def _refuse(self, fault: str, point: str) -> None:
        """Failures before anything is done in the ledger, for a question as for a write."""
        if fault == "session lost":
            # office/session.py logs in once and repeats: the caller sees but a slow call.
            self._takes(_LOGIN_SECONDS)
        elif fault == "refused connection":
            raise NotSent("simulated: connection refused", kind="connect", operation=point)
        elif fault == "quota":
            raise NotSent("simulated: the call limit is reached", kind="limit", operation=point)
        elif fault == "login refused":
            raise Rejected("simulated: refused even after a new login", kind="not_authenticated", operation=point)

    def _strikes(self, point: str) -> str:
        if self._actor.dead:
            raise Crash
        return self._world.strikes(point)

    def _takes(self, seconds: float) -> None:
        self._world.scheduler.sleep(seconds)

    def _die(self) -> None:
        self._actor.dead = True
        raise Crash


def _result(voucher: LedgerVoucher, kind: str, words: str) -> OfficeError:
    failure = save_failure(voucher, SimpleNamespace(Type=kind, Description=words))
    if failure is None:
        raise AssertionError(f"{kind} counts as success")
    return failure
