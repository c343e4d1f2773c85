"""How a story ends: no more faults, and everything is done that a house does until all stands as it should.

Belongs here: the rounds of recovery, and when all stands.
Does not: judge what came of it (promises.py).
"""

from __future__ import annotations

from collections.abc import Callable

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.posting.correcting import correct
from frontline_pipeline.posting.payload import read_payload
from frontline_pipeline.posting.records import JOURNAL, REVERSAL, Document
from frontline_pipeline.posting.rollback import release
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline_tests.simulator import story
from frontline_pipeline_tests.simulator.person import ANNA
from frontline_pipeline_tests.simulator.plan import TTL, Step
from frontline_pipeline_tests.simulator.port import Port
from frontline_pipeline_tests.simulator.promises import is_red
from frontline_pipeline_tests.simulator.scheduler import Actor
from frontline_pipeline_tests.simulator.steps import Steps

ROUNDS = 10
"""Rounds after which what does not stand yet is a dead end."""


class Ending(Steps):
    """A world that can come to its end."""

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
            if any(
                each.voucher.reference in self.promises.intents and each.voucher.reference not in known
                for each in self.books.entries
            ):
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
        # A skipped reversal stays so: its journal was taken back by hand.
        open_ones = [each for each in known if not (each.state is State.SKIPPED and each.kind == REVERSAL)]
        if any(each.state not in good or is_red(each) for each in open_ones):
            return False
        if any(each.state is State.DRAFTED and len(self.books.with_reference(each.reference)) != 1 for each in known):
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
