"""One seed: its story told with the real posting code, faults on the way, recovery, and the promises judged all along.

Belongs here: the world of one seed, what a step does, faults of the world around a process, what makes a story end.
Does not: draw (plan.py), judge (promises.py), run many (campaign.py).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode, Voucher, ZKey
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.office.errors import OfficeError, Unknown
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting.adopting import adopt
from frontline_pipeline.posting.comparison import compare
from frontline_pipeline.posting.correcting import correct
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import read_payload, sent_again
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.readback import sweep
from frontline_pipeline.posting.records import JOURNAL, Document
from frontline_pipeline.posting.rollback import release, roll_back
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.simulator import story
from frontline_pipeline_tests.simulator.books import Books, Request
from frontline_pipeline_tests.simulator.memory import Broken, MortalDatabase, Reset
from frontline_pipeline_tests.simulator.person import ANNA, Person, asks
from frontline_pipeline_tests.simulator.plan import SETTLE, TTL, Plan, Step, draw
from frontline_pipeline_tests.simulator.port import Port
from frontline_pipeline_tests.simulator.promises import Promises, is_red
from frontline_pipeline_tests.simulator.scheduler import Actor, Crash, NeverEnds, Scheduler

EPOCH = dt.datetime(2026, 11, 25, 6, tzinfo=dt.UTC)
ROUNDS = 10
_MOMENT = 0.05
_ALL = tuple(story.NETS)


@dataclass(frozen=True)
class Result:
    """What came of a seed. `trace` tells it in order, `covered` counts kill-point and fault, `steps` what was done."""

    seed: int
    profile: str
    violations: tuple[str, ...]
    trace: tuple[str, ...]
    covered: Counter[tuple[str, str]]
    steps: int


class Simulation:
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
        self._armed = list(plan.armed)
        self._scripted: list[tuple[str, str]] = []
        self._injecting = True
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

    def run(self) -> Result:
        """Tell the story, let it recover, and judge."""
        self._reset()
        try:
            self._looking.initialise("seed")
            for step in self.plan.steps:
                self._step(step)
                if self.promises.violations:
                    break
            else:
                self._recover()
        except NeverEnds as endless:
            self.promises.violated("it ends", str(endless))
        return Result(
            self.plan.seed,
            self.plan.profile,
            tuple(self.promises.violations),
            tuple(self.trace),
            self.covered,
            self._steps,
        )

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
                return arm.fault
        return ""

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

    # Steps

    def _step(self, step: Step) -> None:
        self._scripted = list(step.faults)
        self._disturbed = self._died = False
        self.tell(f"--- {step}")
        done = _STEPS[step.what](self, step)
        self.scheduler.run()
        self._steps += 1
        clean = step.what == "sweep" and not self._disturbed and self._all_shows() and bool(done and done())
        self.promises.after_step(self._documents(), clean)
        pause = TTL + 60.0 if self._died and self._rng.random() < 0.8 else self._rng.choice((1.0, 10.0, 90.0))
        self.scheduler.sleep(pause)

    def _all_shows(self) -> bool:
        lag = max(self.plan.traits.lag, 600.0 if self.scheduler.now < self.books.lag_until else 0.0) + 30.0
        return all(each.stored_at + lag <= self.scheduler.now for each in self.books.entries)

    def _run(self, step: Step) -> None:
        self._worker(step.z or self._some_z())

    def _race(self, step: Step) -> None:
        for _ in range(2):
            self._worker(step.z or self._some_z(), wait=self._rng.choice((0, 2, 20)))

    def _run_day(self, _step: Step) -> None:
        self._day_used = True
        self._worker((102, 103), day=True)

    def _change(self, step: Step) -> None:
        for z in step.z:
            self._versions[z] ^= 1

    def _correct(self, step: Step) -> None:
        z = step.z or self._some_z()

        def body(actor: Actor) -> None:
            for each in correct(
                self._poster(actor), VoucherSet(self._vouchers(z), ()), story.profile(), reason="late void", who=ANNA + "-c"
            ):
                self.tell(f"correct {each.reference}: {each.result}")

        self._start("correct", body)

    def _roll_back(self, _step: Step) -> None:
        def body(actor: Actor) -> None:
            for each in roll_back(
                self._poster(actor), story.profile(), story.FIRST, story.LAST, reason="wrong shop", who=ANNA + "-r"
            ):
                self.tell(f"roll back {each.reference}: {each.result}")

        self._start("rollback", body)

    def _release(self, _step: Step) -> None:
        def body(actor: Actor) -> None:
            release(self._log(actor), story.COMPANY, story.STORE, story.FIRST, story.LAST, reason="right after all", who=ANNA)

        self._start("release", body)

    def _sweep(self, _step: Step) -> Callable[[], bool]:
        ended: list[bool] = []

        def body(actor: Actor) -> None:
            log, stores = self._log(actor), story.settings().stores
            found = sweep(log, Port(self, actor), story.COMPANY, 1, today=story.DAYS[102], stores=stores)
            for each in found.disagreements:
                self.tell(f"sweep: {each.document.reference} is {each.state}")
            for stranger in found.strangers:
                self.tell(f"sweep: a stranger, {stranger.reference}")
            ended.append(True)

        self._start("sweep", body)
        return lambda: bool(ended)

    def _word(self, _step: Step) -> None:
        """An honest word about some document."""

        def body(actor: Actor) -> None:
            known = self._documents()
            if not known:
                return
            asking = [each for each in known if asks(each)]
            found = self._rng.choice(asking or known)
            log = self._log(actor)
            if not asking and found.kind == JOURNAL and found.state in IN_LEDGER:
                words = self.person.takes_back(log, found)
            else:
                words = self.person.answers(log, found)
            if words:
                self.tell("a person " + words)

        self._start("person", body)

    def _say(self, what: str) -> Callable[[Step], None]:
        def said(step: Step) -> None:
            def body(actor: Actor) -> None:
                reference = f"oslo/K1/Z{step.z[0]}/r1"
                there = bool(self.books.with_reference(reference))
                log = self._log(actor)
                if what == "resolve":
                    log.resolve(reference, found=there, reason="looked", who=ANNA)
                elif not there:
                    (log.skip if what == "skip" else log.resume)(reference, reason="said so", who=ANNA)
                self.tell(f"a person says {what} {reference}")

            self._start("person", body)

        return said

    def _hand(self, _step: Step) -> None:
        self.tell("a person " + self.person.acts())

    def _edit(self, _step: Step) -> None:
        self.tell("a person " + self.person.edits_the_last())

    def _enter_day(self, step: Step) -> None:
        made = self._vouchers(step.z)[0]
        lines = tuple(
            # As a person would: the same accounts and amounts, no key of ours.
            story.as_entered(line)
            for line in made.lines
        )
        like = LedgerVoucher("", made.business_day, made.business_day.year, 5, 0, False, "", lines)
        self.tell("a person " + self.person.enters(like))

    def _lose_log(self, _step: Step) -> None:
        """The log is gone. Whoever rebuilds it waits until nothing is under way any more."""
        self._settle_all()
        self._reset()
        self.promises.log_lost()

    def _adopt(self, _step: Step) -> None:
        def body(actor: Actor) -> None:
            self._adopts(self._log(actor), Port(self, actor))

        self._start("adopt", body)

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

    def _preview(self, step: Step) -> None:
        def body(actor: Actor) -> None:
            log = self._log(actor)
            for each in self._vouchers(step.z):
                compare(log, story.COMPANY, each)
                log.split_new(story.COMPANY, each.z_keys)
            for found in log.documents(company=story.COMPANY):
                log.history(found)

        self._start("preview", body)

    def _wait(self, step: Step) -> None:
        self.scheduler.sleep(step.number)

    def _land(self, _step: Step) -> None:
        for each in list(self.books.under_way):
            self._arrives(each)

    def _slow_search(self, step: Step) -> None:
        self.books.lag_until = self.scheduler.now + step.number

    def _switch_mode(self, _step: Step) -> None:
        self._mode = Mode.POSTED if self._mode is Mode.DRAFT else Mode.DRAFT

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
        settings = story.posting(plan.attempts, plan.resend, SETTLE, TTL, plan.lease_wait if wait is None else wait)
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

    # The end

    def _settle_all(self) -> None:
        for each in list(self.books.under_way):
            if self._rng.random() < 0.5:
                self._arrives(each)
        self.books.under_way.clear()
        self.scheduler.sleep(1000.0)

    def _recover(self) -> None:
        """No more faults: time passes, runs go on, a person answers what they are asked - until all stands as it should."""
        self.tell("--- recovery")
        self._injecting = False
        self._settle_all()
        for number in range(ROUNDS):
            if self._round(number) or self.promises.violations:
                break
        total = sum(story.NETS[z][self._versions[z]] for z in self._wanted)
        balances = {story.CARD: total + total // 4, 2700: -(total // 4), 3000: -total}
        self.promises.at_end(self._documents(), self._wanted, balances)

    def _round(self, number: int) -> bool:
        """Look; when something does not stand yet, do what is to be done. Whether all stood."""
        self.tell(f"--- round {number + 1}")
        self.scheduler.sleep(1000.0)
        if not self._looking.is_initialised():
            self._one(lambda: self._adopt(Step("adopt")))
        swept = self._one(lambda: self._sweep(Step("sweep")))
        known = self._documents()
        self.promises.after_step(known, bool(swept and swept()))
        if self._stands(known):
            return True
        self._one(self._puts_right)
        z = tuple(sorted(self._wanted))
        self._one(lambda: self._worker(z))
        if self._day_used:
            self._one(lambda: self._worker((102, 103), day=True))
        if self._outdated(self._documents()):
            self._one(lambda: self._correct_all(z))
        self.promises.books_hold()
        return False

    def _one(self, begin: Callable[[], object]) -> Callable[[], bool] | None:
        found = begin()
        self.scheduler.run()
        self.scheduler.sleep(TTL + 700.0)
        return found if callable(found) else None

    def _puts_right(self) -> None:
        def body(actor: Actor) -> None:
            self.person.unmatches()
            log = self._log(actor)
            for each in self._documents():
                words = self.person.answers(log, each)
                if words:
                    self.tell("a person " + words)
            if any(each.state is State.ROLLED_BACK for each in self._documents()):
                release(log, story.COMPANY, story.STORE, story.FIRST, story.LAST, reason="after all", who=ANNA)
            known = {each.reference for each in self._documents()}
            if any(each.voucher.reference in self.promises.intents and each.voucher.reference not in known for each in self.books.entries):
                self._adopts(log, Port(self, actor))

        self._start("person", body)

    def _correct_all(self, z: tuple[int, ...]) -> None:
        def body(actor: Actor) -> None:
            forms = [self._vouchers(z), *([self._day()] if self._day_used else [])]
            for vouchers in forms:
                for each in correct(
                    self._poster(actor), VoucherSet(vouchers, ()), story.profile(), reason="late void", who=ANNA + "-c"
                ):
                    if not each.done:
                        self.tell(f"correct {each.reference}: {each.result} {each.message}"[:200])
                        self._goes_by_hand(actor, each.reference)

        self._start("correct", body)

    def _goes_by_hand(self, actor: Actor, reference: str) -> None:
        """What cannot be corrected from here - a draft, what was matched - a person takes back and says so."""
        found = self._looking.by_reference(story.COMPANY, reference)
        if found is not None and found.state in (State.DRAFTED, State.VERIFIED):
            self.tell("a person " + self.person.takes_back(self._log(actor), found))

    def _stands(self, known: list[Document]) -> bool:
        """Whether all that is wanted is in the log as posted and read back, or as a draft, with today's content."""
        good = (State.VERIFIED, State.DRAFTED, State.REVERSED, State.PLANNED, State.REJECTED)
        if any(each.state not in good or is_red(each) for each in known):
            return False
        if any(each.state is State.DRAFTED and not self.books.with_reference(each.reference) for each in known):
            return False
        out = {key for each in known if each.state in (State.VERIFIED, State.DRAFTED) for key in each.z_keys}
        wanted = {ZKey("K1", str(z)) for z in self._wanted}
        return wanted <= out and not self._outdated(known)

    def _outdated(self, known: list[Document]) -> bool:
        """Whether something is out with other content than today's."""
        return any(self._is_outdated(each) for each in known if each.kind == JOURNAL and each.state in IN_LEDGER)

    def _is_outdated(self, found: Document) -> bool:
        net = sum(story.NETS[int(key.z_number)][self._versions[int(key.z_number)]] for key in found.z_keys)
        sent = read_payload(found.payload, found.reference)
        return net + net // 4 != sum(line["amount"] for line in sent["lines"] if line["account"] == story.CARD)


_STEPS: dict[str, Callable[[Simulation, Step], Callable[[], bool] | None]] = {
    "run": Simulation._run,
    "race": Simulation._race,
    "run day": Simulation._run_day,
    "change": Simulation._change,
    "correct": Simulation._correct,
    "roll back": Simulation._roll_back,
    "release": Simulation._release,
    "sweep": Simulation._sweep,
    "word": Simulation._word,
    "say skip": lambda world, step: world._say("skip")(step),
    "say resume": lambda world, step: world._say("resume")(step),
    "say resolve": lambda world, step: world._say("resolve")(step),
    "hand": Simulation._hand,
    "edit": Simulation._edit,
    "enter day": Simulation._enter_day,
    "lose log": Simulation._lose_log,
    "adopt": Simulation._adopt,
    "preview": Simulation._preview,
    "wait": Simulation._wait,
    "land": Simulation._land,
    "slow search": Simulation._slow_search,
    "switch mode": Simulation._switch_mode,
}


def simulate(seed: int, engine: sa.Engine, reset: Reset) -> Result:
    """One seed on an engine whose log `reset` empties."""
    return Simulation(draw(seed), engine, reset).run()
