"""The world of one seed: the ledger, the clock, who acts, and the faults that wait for them.

Belongs here: what strikes at a kill-point, actors and what may come out of them, what the doors of the log and the port ask.
Does not: say what a step does (steps.py), how a story ends (ending.py), judge (promises.py).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.office.errors import OfficeError, Unknown
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting.adopting import adopt
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import sent_again
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.records import Document
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.simulator import story
from frontline_pipeline_tests.simulator.books import Books, Request
from frontline_pipeline_tests.simulator.memory import Broken, MortalDatabase, Reset
from frontline_pipeline_tests.simulator.person import ANNA, Person
from frontline_pipeline_tests.simulator.plan import SETTLE, TTL, Arm, Plan
from frontline_pipeline_tests.simulator.port import Port
from frontline_pipeline_tests.simulator.promises import Promises
from frontline_pipeline_tests.simulator.scheduler import Actor, Crash, Scheduler

EPOCH = dt.datetime(2026, 11, 25, 6, tzinfo=dt.UTC)
_MOMENT = 0.05
_ALL = tuple(story.NETS)


class World:
    """The world of one seed. Use once."""

    def __init__(self, plan: Plan, engine: sa.Engine, reset: Reset) -> None:
        self.plan = plan
        self._engine = engine
        self._reset = reset
        # Apart from the plan's own draw, so that a longer plan does not change the rest.
        self._rng = Random(f"{plan.seed} acts")
        self.scheduler = Scheduler(self._rng)
        self.books = Books(plan.traits)
        self.promises = Promises(self.books, self.scheduler, SETTLE, ANNA)
        # After a lost log an edited reversal is taken as the ledger has it: no extract says what it should be.
        spares = any(each.what == "lose log" for each in plan.steps)
        self.person = Person(self.books, self.scheduler, self._rng, spares_reversals=spares)
        self.covered: Counter[tuple[str, str]] = Counter()
        self.trace: list[str] = []
        self._armed = [Arm(*plan.target)]
        self._scripted: list[tuple[str, str]] = []
        self._injecting = True
        self._wild = False
        self._disturbed = False
        self._died = False
        self._versions = dict.fromkeys(_ALL, 0)
        self._mode = plan.mode
        self._wanted: set[int] = set()
        self._day_used = False
        self._steps = 0
        self._looking = PostingLog(MortalDatabase(engine, self._now, self))

    def _now(self, _connection: sa.Connection) -> dt.datetime:
        return EPOCH + dt.timedelta(milliseconds=round(self.scheduler.now * 1000))

    def tell(self, words: str) -> None:
        who = self.scheduler.current.name if self.scheduler.current else "-"
        self.trace.append(f"{self.scheduler.now:10.2f} {who:<12} {words}")

    # What the doors and the port ask (memory.Faults, port.World)

    def strikes(self, point: str) -> str:
        """A moment passes; the fault that the caller has to act out, "" for none or one of the world around it."""
        self.scheduler.give_way(_MOMENT)
        if not self._injecting:
            return ""
        fault = self._due(point)
        if not fault or (fault == "late arrival" and not self.books.under_way):
            return ""
        self.covered[point, fault] += 1
        self._disturbed = True
        self.tell(f"{point} ~ {fault}")
        if fault.startswith("dies"):
            self._died = True
        return "" if self._around(fault) else fault

    def _due(self, point: str) -> str:
        for each in self._scripted:
            if each[0] == point:
                self._scripted.remove(each)
                return each[1]
        for arm in self._armed:
            if arm.point == point:
                if arm.fault == "late arrival" and not self.books.under_way:
                    continue
                if arm.skip:
                    arm.skip -= 1
                    continue
                self._armed.remove(arm)
                if (arm.point, arm.fault) == self.plan.target:
                    self._go_wild()
                return arm.fault
        return ""

    def _go_wild(self) -> None:
        """Now the other faults wait too."""
        if not self._wild:
            self._wild = True
            self._armed += [replace(each) for each in self.plan.armed]

    def _around(self, fault: str) -> bool:
        """A fault of the world around the process; whether it was one."""
        if fault == "late arrival":
            for each in list(self.books.under_way):
                self._arrives(each)
        elif fault == "search lags":
            self.books.lag_until = self.scheduler.now + self._rng.choice((20.0, 90.0, 300.0))
        elif fault == "person acts":
            self.tell("a person " + self.person.acts())
        elif fault == "second worker":
            self._worker(self._some_z())
            self.scheduler.sleep(self._rng.choice((_MOMENT, 1.0, 20.0)))
        elif fault == "lease expires":
            self._worker(self._some_z(), delay=TTL)
            self.scheduler.sleep(TTL + self._rng.choice((1.0, 90.0, 500.0)))
        else:
            return False
        return True

    def written(self, connection: sa.Connection, actor: Actor | None) -> None:
        self.promises.written(connection, actor)

    def leaves(self, voucher: LedgerVoucher, actor: Actor) -> None:
        self.promises.leaves(voucher, actor)

    def lands(self, request: Request) -> None:
        self.books.under_way.append(request)
        delay = self._rng.choice(self.plan.landing)
        if delay >= 0:
            self.scheduler.at(self.scheduler.now + delay, lambda: self._arrives(request))

    def _arrives(self, request: Request) -> None:
        """A request that was thought lost."""
        if request not in self.books.under_way:
            return
        self.books.under_way.remove(request)
        self._disturbed = True
        taken = self.books.save(request.voucher, self.scheduler.now)
        words = "lands late" if taken else "arrives late and is refused: its number is used"
        self.tell(f"{request.voucher.reference} (number {request.voucher.transaction_no}) {words}")
        if taken:
            self.promises.effect(request.voucher, late=True)

    def effect(self, voucher: LedgerVoucher) -> None:
        self.tell(f"the ledger takes {voucher.reference} as number {voucher.transaction_no}")
        self.promises.effect(voucher)

    def searched(self, actor: Actor, first: dt.date, last: dt.date) -> None:
        self.promises.searched(actor, first, last)

    def delay(self) -> float:
        return self._rng.choice((5.0, 70.0, TTL + 60.0, 900.0))

    # Actors

    def _start(self, name: str, body: Callable[[Actor], None], delay: float = 0.0) -> None:
        def guarded() -> None:
            try:
                body(actor)
            except Crash:
                self.tell("dies")
            except Unknown as error:
                self.promises.violated("no unknown outcome gets lost", f"{name}: {error!r}")
            except (OfficeError, PostingError, Broken) as error:
                self.tell(f"ends with {type(error).__name__}: {error}"[:300])
            except Exception as error:  # noqa: BLE001 - whatever else comes out is a fault of the code
                self.promises.violated("no other error", f"{name}: {error!r}"[:500])

        actor = self.scheduler.start(name, guarded, delay)

    def _worker(self, z: tuple[int, ...], *, day: bool = False, delay: float = 0.0, wait: int | None = None) -> None:
        self._wanted |= set(z)

        def body(actor: Actor) -> None:
            vouchers = self._day() if day else self._vouchers(z)
            for each in self._poster(actor, wait).post(vouchers, story.profile()):
                self.tell(f"{each.reference}: {each.state}")

        self._start("worker", body, delay)

    def _poster(self, actor: Actor, wait: int | None = None) -> Poster:
        plan = self.plan
        wait = plan.lease_wait if wait is None else wait
        settings = story.posting(plan.attempts, plan.resend, SETTLE, TTL, wait, plan.number_source)
        port = Port(self, actor)
        return Poster(
            self._log(actor),
            story.COMPANY,
            story.settings().companies[story.COMPANY],
            lambda: port,
            posting=settings,
            waiting=self.scheduler,
            run_id=actor.name,
            holder=actor.name,
        )

    def _log(self, actor: Actor) -> PostingLog:
        return PostingLog(MortalDatabase(self._engine, self._now, self, actor))

    def _documents(self) -> list[Document]:
        return self._looking.documents(company=story.COMPANY)

    def _some_z(self) -> tuple[int, ...]:
        return self._rng.choice(((102,), (103,), (102, 103), (102, 103, 104)))

    def _vouchers(self, z: tuple[int, ...]) -> tuple[Voucher, ...]:
        return tuple(story.voucher(each, self._versions[each], self._mode) for each in z)

    def _day(self) -> tuple[Voucher, ...]:
        return (story.day_voucher((self._versions[102], self._versions[103]), self._mode),)

    def _adopts(self, log: PostingLog, port: Port, *, mending: bool = True) -> None:
        def expected(_profile: StoreProfile, day: dt.date) -> list[Voucher]:
            return [each for each in self._vouchers(_ALL) if each.business_day == day]

        done = adopt(
            log, port, story.COMPANY, [story.profile()], story.FIRST, story.LAST, who=ANNA + "-a", expected=expected
        )
        again = False
        for conflict in done.conflicts:
            self.tell(f"adopt: {conflict.message}")
            if mending and "takes back what is not there" in conflict.message:
                # Whoever reads that enters the journal again, and adopts once more.
                journal = conflict.subject.replace("/rev/", "/")
                self.books.enter(sent_again(self.promises.intents[journal][-1]), self.scheduler.now)
                again = True
        if again:
            self.scheduler.sleep(1000.0)
            self._adopts(log, port, mending=False)

    def _settle_all(self) -> None:
        for each in list(self.books.under_way):
            if self._rng.random() < 0.5:
                self._arrives(each)
        self.books.under_way.clear()
        self.scheduler.sleep(1000.0)
