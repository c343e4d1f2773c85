"""A store, its ledger and its posting log on one virtual clock, for tests that tell a story.

Belongs here: the short words of such stories: run, correct, roll back, read back, what the ledger holds.
Does not: assert anything by itself but the promise that holds always (`keep_the_promise`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.posting.correcting import Correction, correct
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.readback import Agreement, Sweep, read_back, sweep
from frontline_pipeline.posting.rollback import Rollback, release, roll_back
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import (
    DAY,
    Crash,
    FakeLedger,
    VirtualTime,
    expire_leases,
    poster,
    profile,
    settings,
)


class World:
    """One company. `posting`: settings of every poster; `store`: settings of oslo."""

    def __init__(self, url: str, ledger: FakeLedger | None = None, /, *, initialise: bool = True, **posting: object):
        self.time = VirtualTime()
        self.ledger = ledger or FakeLedger()
        self.ledger.clock = self.time.monotonic
        self.log = open_log(url, self.time.of_database)
        if initialise:
            self.log.initialise("test")
        self.posting = posting
        self.store: dict[str, object] = {}

    def later(self, seconds: float) -> None:
        self.time.now += seconds

    def poster(self, holder: str = "worker", log: PostingLog | None = None, **posting: object) -> Poster:
        return poster(log or self.log, self.ledger, holder=holder, waiting=self.time, **{**self.posting, **posting})

    def run(self, *vouchers: Voucher, **posting: object) -> list[Outcome]:
        """What a materialisation of the store-day does."""
        return self.poster(**posting).post(vouchers, profile(**self.store))

    def crash(self, *vouchers: Voucher, fault: str) -> None:
        """A run that dies in its call; its lease runs out."""
        self.ledger.faults = [fault]
        try:
            self.run(*vouchers)
        except Crash:
            expire_leases(self.log)
            return
        raise AssertionError("nothing crashed")

    def correct(self, *vouchers: Voucher, skipped=(), log: PostingLog | None = None) -> list[Correction]:
        return correct(
            self.poster(log=log),
            VoucherSet(vouchers, tuple(skipped)),
            profile(**self.store),
            reason="late void",
            who="anna",
        )

    def roll_back(self, first: dt.date = DAY, last: dt.date = DAY) -> list[Rollback]:
        return roll_back(self.poster(), profile(**self.store), first, last, reason="wrong shop", who="anna")

    def release(self, first: dt.date = DAY, last: dt.date = DAY) -> None:
        release(self.log, "fjord", "oslo", first, last, reason="right after all", who="anna")

    def read_back(self, month: dt.date = DAY) -> list[Agreement]:
        return read_back(self.log, self.ledger, "fjord", month)

    def sweep(self, months: int = 1, today: dt.date = DAY) -> Sweep:
        stores = settings().stores
        return sweep(self.log, self.ledger, "fjord", months, today=today, stores=stores)

    def state(self, reference: str) -> State:
        found = self.log.by_reference("fjord", reference)
        assert found is not None, reference
        return found.state

    def history(self, reference: str) -> list[str]:
        found = self.log.by_reference("fjord", reference)
        assert found is not None, reference
        return [f"{entry.event} {entry.why} ({entry.who})" for entry in self.log.history(found)]

    def in_ledger(self) -> list[str]:
        return [each.reference for each in self.ledger.vouchers]

    def balances(self) -> dict[int, int]:
        """Øre per account over all posted vouchers."""
        found: Counter[int] = Counter()
        for each in self.ledger.vouchers:
            for line in () if each.draft else each.lines:
                found[line.account] += line.amount
        return {account: amount for account, amount in found.items() if amount}


def keep_the_promise(log: PostingLog, ledger: FakeLedger) -> None:
    """At most one voucher per reference and per number, debit = credit, all of it known to the log."""
    counts = Counter(each.reference for each in ledger.vouchers)
    assert max(counts.values(), default=0) <= 1, counts
    numbers = Counter((each.year_id, each.transaction_no) for each in ledger.vouchers)
    assert max(numbers.values(), default=0) <= 1, numbers
    known = {each.reference: each for each in log.documents()}
    for each in ledger.vouchers:
        assert sum(line.amount for line in each.lines) == 0
        assert each.reference in known
        assert known[each.reference].reached_ledger or known[each.reference].state in (State.SENDING, State.UNKNOWN)


def standing(log: PostingLog, ledger: FakeLedger) -> dict[str, int]:
    """How many vouchers of each Z-report stand in the ledger, reversals counted off."""
    found: Counter[str] = Counter()
    for each in log.documents():
        there = sum(each.reference == v.reference for v in ledger.vouchers)
        if each.kind == "reversal":
            journal = log.by_reference(each.company, each.reference.replace("/rev/", "/"))
            for key in journal.z_keys if journal else ():
                found[f"{key.register}/{key.z_number}"] -= there
        for key in each.z_keys:
            found[f"{key.register}/{key.z_number}"] += there
    return dict(found)


class MortalDatabase(Database):
    """Dies at the n-th write transaction: before it, inside it (so that it is rolled back), or right after its commit."""

    def __init__(self, database: Database, kill_at: int, where: str) -> None:
        super().__init__(database.engine, database._clock)
        self.kill_at, self.where, self.writes, self.dead = kill_at, where, 0, False

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        self.writes += 1
        here = self.writes == self.kill_at
        self._die_if(self.dead or (here and self.where == "before"))
        with super().writing() as connection:
            yield connection
            self._die_if(here and self.where == "inside")
        self._die_if(here and self.where == "after")

    def _die_if(self, now: bool) -> None:
        if now:
            self.dead = True
            raise Crash


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'posting.sqlite'}"
