"""X09: the call limit, with and without Retry-After, shared with another integration: backs off, loses nothing, ends in time.

The real posting code, the real client and its governor, against the sandbox over sockets, on one clock of the test.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from frontline_pipeline.office.governor import WINDOW_SECONDS, CallGovernor
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.states import State
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline_tests.posting.fake_ledger import VirtualTime, fresh_log, poster, profile, voucher
from frontline_pipeline_tests.posting.sandboxed import CLIENT, LOGIN

DAYS = range(101, 109)


@dataclass
class World:
    """One machine: its time, its sandbox, its posting log, its state directory."""

    time: VirtualTime
    server: SandboxServer
    root: Path

    def clock(self) -> float:
        return self.time.of_database(None).timestamp()

    def governor(self, ceiling: int = 6000, max_wait: float = 20.0) -> CallGovernor:
        path = self.root / "quota" / "sandbox.calls"
        return CallGovernor(path, ceiling, max_wait_seconds=max_wait, clock=self.clock, sleep=self.time.sleep)

    def session(self, governor: CallGovernor | None, state: str = "state") -> OfficeSession:
        url = self.server.url
        return OfficeSession("fjord", url, url, lambda: LOGIN, self.root / state, 5.0, governor=governor)

    def sent(self) -> Counter[str]:
        """Calls that reached the sandbox, by how they ended."""
        found: Counter[str] = Counter()
        for row in self.server.app.statistics.as_dict().values():
            found.update(row["verdicts"])  # type: ignore[arg-type]
        return found

    def backfill(self, session: OfficeSession) -> list[Outcome]:
        """One run per store-day, as Dagster has it, each with the same session file and governor."""
        log = self.log
        return [
            poster(log, Ledger(session), waiting=self.time).post([voucher(z)], profile())[0]  # type: ignore[arg-type]
            for z in DAYS
        ]

    def __post_init__(self) -> None:
        self.log = fresh_log(self.root, self.time)

    def in_ledger(self) -> list[str]:
        return sorted(each.lines[0].invoice_no for each in self.server.app.book.vouchers("fjord"))


ALL = sorted(f"oslo/K1/Z{z}/r1" for z in DAYS)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    time = VirtualTime()
    now = time.of_database
    with SandboxServer(":memory:", [CLIENT], clock=lambda: now(None).timestamp()) as server:
        yield World(time, server, tmp_path)


def run_until_done(world: World, session: OfficeSession, pause: float, most_runs: int) -> int:
    """Backfill again and again, `pause` seconds apart, until all is posted; the number of runs."""
    for run in range(1, most_runs + 1):
        outcomes = world.backfill(session)
        assert {outcome.state for outcome in outcomes} <= {State.POSTED, State.VERIFIED, Hold.NOT_SENT}, outcomes
        if all(outcome.done for outcome in outcomes):
            return run
        assert all("no room before" in o.message or "limit" in o.message for o in outcomes if not o.done)
        world.time.sleep(pause)
    raise AssertionError(f"not done after {most_runs} runs")


def test_X09_the_ceiling_of_our_own_is_never_passed_and_nothing_is_lost(world: World) -> None:
    """A ceiling far below the work: the service never has to refuse, and each later run does the rest."""
    world.server.app.conditions.quota.set(20, 3600)
    session = world.session(world.governor(ceiling=12))
    runs = run_until_done(world, session, pause=WINDOW_SECONDS, most_runs=6)
    assert runs > 1
    assert world.in_ledger() == ALL
    assert "fault" not in world.sent(), "no call was refused"
    assert world.sent()["Ok"] == len(ALL), "each voucher was saved by one call"


def test_X09_a_quarantine_is_waited_out_by_every_process(world: World) -> None:
    """Another integration behind the same address has used up the hour: one refused call, then silence until it ends."""
    world.time.sleep(600)
    world.server.app.conditions.quota.set(30, 3600)
    stranger = world.session(None, "stranger")
    for _ in range(29):
        Ledger(stranger).fiscal_years()
    session = world.session(world.governor())
    first = world.backfill(session)
    assert {outcome.state for outcome in first} == {Hold.NOT_SENT}
    assert world.sent()["fault"] <= 1
    before = world.sent()
    for process in range(3):
        world.backfill(world.session(world.governor(), f"process-{process}"))
        world.time.sleep(900)
    assert world.sent() == before, "nobody called while the quarantine lasted"
    world.time.sleep(3600)
    runs = run_until_done(world, session, pause=3600, most_runs=3)
    assert runs <= 2
    assert world.in_ledger() == ALL


def test_X09_what_is_left_is_believed_before_it_runs_out(world: World) -> None:
    """The answers say how many calls are left to all who share the address; at none, no call is wasted on a refusal."""
    world.server.app.conditions.quota.set(10, 600)
    session = world.session(world.governor())
    run_until_done(world, session, pause=600, most_runs=6)
    assert world.in_ledger() == ALL
    assert world.sent()["fault"] == 0


def test_X09_a_short_wait_is_waited_within_the_run(world: World) -> None:
    """What ends within the bound costs no failed run, and the run takes no longer than its bounds allow."""
    world.server.app.conditions.quota.set(10, 15)
    begin = world.time.now
    governor = world.governor(max_wait=20)
    assert run_until_done(world, world.session(governor), pause=0, most_runs=1) == 1
    assert world.in_ledger() == ALL
    assert 0 < governor.waited_seconds <= world.time.now - begin + 0.001 <= 60


@pytest.mark.parametrize(("seconds", "silence"), [(90, 90), (0, 3600)])
def test_X09_http_429_with_and_without_retry_after(world: World, seconds: int, silence: int) -> None:
    """Retry-After is obeyed; without it the next full hour is waited for, as the vendor's FAQ says."""
    world.server.app.faults.arm({"operation": "SaveBundleList", "kind": "http_429", "after": 3, "seconds": seconds})
    session = world.session(world.governor())
    outcomes = world.backfill(session)
    assert [outcome.done for outcome in outcomes] == [True] * 3 + [False] * 5
    sent = world.sent()
    world.time.sleep(silence - 25)
    world.backfill(session)
    assert world.sent() == sent
    world.time.sleep(30)
    assert run_until_done(world, session, pause=0, most_runs=1) == 1
    assert world.in_ledger() == ALL
    numbers = [each.transaction_no for each in world.server.app.book.vouchers("fjord")]
    assert sorted(numbers) == list(range(1, 9)), "the refused one kept its number"


def test_X09_a_limit_in_the_middle_of_a_login_loses_nothing(world: World) -> None:
    world.server.app.faults.arm({"operation": "Login", "kind": "quota", "seconds": 45})
    session = world.session(world.governor())
    assert {outcome.state for outcome in world.backfill(session)} == {Hold.NOT_SENT}
    world.time.sleep(60)
    assert run_until_done(world, session, pause=0, most_runs=1) == 1
    assert world.in_ledger() == ALL


def test_X09_the_message_says_until_when(world: World) -> None:
    start = dt.datetime.fromtimestamp(world.clock(), dt.UTC)
    governor = world.governor()
    governor.refused("Quarantine ends at 2026-11-24 07:00:00", None)
    outcome = world.backfill(world.session(governor))[0]
    assert start.hour == 6
    assert "2026-11-24 07:00:00 UTC" in outcome.message
    assert "quarantine" in outcome.message
