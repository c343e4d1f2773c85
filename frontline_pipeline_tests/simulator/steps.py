"""What a story does, step by step: each starts the actors that do it with the real code.

Belongs here: the steps by their names (`STEPS`).
Does not: faults, actors, time (simulation.py), the order of steps (plan.py).
"""

from __future__ import annotations

from collections.abc import Callable

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting.comparison import compare
from frontline_pipeline.posting.correcting import correct
from frontline_pipeline.posting.readback import sweep
from frontline_pipeline.posting.records import JOURNAL
from frontline_pipeline.posting.rollback import release, roll_back
from frontline_pipeline.posting.states import IN_LEDGER
from frontline_pipeline_tests.simulator import story
from frontline_pipeline_tests.simulator.person import ANNA, asks
from frontline_pipeline_tests.simulator.plan import Step
from frontline_pipeline_tests.simulator.port import Port
from frontline_pipeline_tests.simulator.scheduler import Actor
from frontline_pipeline_tests.simulator.world import World


class Steps(World):
    """A world in which the steps of a story can be done."""

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
                self._poster(actor),
                VoucherSet(self._vouchers(z), ()),
                story.profile(),
                reason="late void",
                who=ANNA + "-c",
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
            release(
                self._log(actor),
                story.COMPANY,
                story.STORE,
                story.FIRST,
                story.LAST,
                reason="right after all",
                who=ANNA,
            )

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

    def _enter(self, _step: Step) -> None:
        self.tell("a person " + self.person.enters(None))

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
        colliding = [each for each in self.books.under_way if self.books.with_reference(each.voucher.reference)]
        self.books.under_way = [each for each in self.books.under_way if each not in colliding]
        self._settle_all()
        # Of what is there already a late request may still come.
        self.books.under_way = colliding
        self._reset()
        self.promises.log_lost()

    def _adopt(self, _step: Step) -> None:
        def body(actor: Actor) -> None:
            self._adopts(self._log(actor), Port(self, actor))

        self._start("adopt", body)

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

    def _land(self, step: Step) -> None:
        for each in list(self.books.under_way):
            if not step.z or any(f"/Z{z}/" in each.voucher.reference for z in step.z):
                self._arrives(each)

    def _remove(self, step: Step) -> None:
        for z in step.z:
            for entry in self.books.with_reference(f"oslo/K1/Z{z}/r1"):
                self.books.delete(entry, self.scheduler.now)
                self.tell(f"a person deletes {entry.voucher.reference}")

    def _slow_search(self, step: Step) -> None:
        self.books.lag_until = self.scheduler.now + step.number

    def _switch_mode(self, _step: Step) -> None:
        self._mode = Mode.POSTED if self._mode is Mode.DRAFT else Mode.DRAFT


STEPS: dict[str, Callable[[Steps, Step], Callable[[], bool] | None]] = {
    "run": Steps._run,
    "race": Steps._race,
    "run day": Steps._run_day,
    "change": Steps._change,
    "correct": Steps._correct,
    "roll back": Steps._roll_back,
    "release": Steps._release,
    "sweep": Steps._sweep,
    "word": Steps._word,
    "say skip": lambda world, step: world._say("skip")(step),
    "say resume": lambda world, step: world._say("resume")(step),
    "say resolve": lambda world, step: world._say("resolve")(step),
    "hand": Steps._hand,
    "remove": Steps._remove,
    "edit": Steps._edit,
    "enter": Steps._enter,
    "enter day": Steps._enter_day,
    "lose log": Steps._lose_log,
    "adopt": Steps._adopt,
    "preview": Steps._preview,
    "wait": Steps._wait,
    "land": Steps._land,
    "slow search": Steps._slow_search,
    "switch mode": Steps._switch_mode,
}
