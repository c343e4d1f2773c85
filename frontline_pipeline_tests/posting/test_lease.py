"""The lease: one writer, a growing token, a dead holder that stops nobody for long."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.posting import lease
from frontline_pipeline.posting.database import open_database
from frontline_pipeline.posting.errors import FencedOut, LeaseBusy
from frontline_pipeline.posting.log import open_log
from frontline_pipeline_tests.posting import workers
from frontline_pipeline_tests.posting.fake_ledger import FileLedger, NoWaiting, poster, profile, voucher


class Clock:
    """The log's clock in a test's hand."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)

    def __call__(self, _connection: object) -> dt.datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def database(log_url, clock):
    opened = open_database(log_url, clock)
    yield opened
    opened.dispose()


def test_tokens_only_grow(database):
    tokens = []
    for _ in range(3):
        with lease.held_lease(database, "fjord", "a", 60, 0) as held:
            tokens.append(held.token)
    assert tokens == [1, 2, 3]


def test_companies_have_leases_of_their_own(database):
    assert lease.acquire(database, "fjord", "a", 60, 0).token == 1
    assert lease.acquire(database, "vidde", "b", 60, 0).token == 1


def test_a_held_lease_is_busy_and_names_its_holder(database):
    lease.acquire(database, "fjord", "machine:17", 60, 0)
    waiting = NoWaiting()
    with pytest.raises(LeaseBusy, match=r"'fjord' is held by machine:17 for up to 60 s more; waited 5 s") as raised:
        lease.acquire(database, "fjord", "b", 60, 5, waiting)
    assert isinstance(raised.value, NotSent)
    assert waiting.now == pytest.approx(5)


def test_an_expired_lease_is_taken_over_and_its_holder_fenced_out(database, clock):
    slow = lease.acquire(database, "fjord", "slow", 60, 0)
    clock.pass_seconds(60)
    taken = lease.acquire(database, "fjord", "next", 60, 0)
    assert taken.token > slow.token
    with pytest.raises(FencedOut, match="token 1"), database.writing() as connection:
        lease.confirm(database, connection, slow)
    with pytest.raises(FencedOut):
        lease.renew(database, slow)
    # Its release does not take the lease from the new holder.
    lease.release(database, slow)
    with pytest.raises(LeaseBusy):
        lease.acquire(database, "fjord", "third", 60, 0)


def test_an_expired_lease_that_nobody_took_is_lost_too(database, clock):
    """Otherwise a holder could write the moment before somebody takes it over."""
    slow = lease.acquire(database, "fjord", "slow", 60, 0)
    clock.pass_seconds(61)
    with pytest.raises(FencedOut):
        lease.renew(database, slow)


def test_a_renewed_lease_lives_on(database, clock):
    held = lease.acquire(database, "fjord", "a", 60, 0)
    for _ in range(5):
        clock.pass_seconds(50)
        lease.renew(database, held)
    with pytest.raises(LeaseBusy):
        lease.acquire(database, "fjord", "b", 60, 0)


def test_a_released_lease_is_taken_at_once(database):
    with lease.held_lease(database, "fjord", "a", 60, 0):
        pass
    assert lease.acquire(database, "fjord", "b", 60, 0).token == 2


def test_a_killed_holder_is_succeeded_after_the_time_to_live(log_url):
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    worker = context.Process(target=workers.hold_for_ever, args=(log_url, ready))
    worker.start()
    assert ready.get(timeout=30) == 1
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    opened = open_database(log_url)
    with pytest.raises(LeaseBusy, match="dead:"):
        lease.acquire(opened, "fjord", "next", 60, 0)
    assert lease.acquire(opened, "fjord", "next", 60, 10).token == 2
    opened.dispose()


def test_two_processes_never_hold_it_together(log_url, tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    open_database(log_url).dispose()
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    processes = [context.Process(target=workers.count_up, args=(log_url, str(counter), gate)) for _ in range(2)]
    for worker in processes:
        worker.start()
    for worker in processes:
        worker.join(60)
    assert counter.read_text() == "20"


def _post(url: str, path: str, gate, results) -> None:
    log = open_log(url)
    mine = poster(log, FileLedger(Path(path)), holder=str(os.getpid()), lease_wait_seconds=60)
    mine._waiting = lease.SystemWaiting()
    gate.wait()
    outcomes = mine.post([voucher(102), voucher(103)], profile())
    results.put([(outcome.done, outcome.already) for outcome in outcomes])


def test_two_processes_post_one_store_day_once(log_url, tmp_path):
    log = open_log(log_url)
    log.initialise("test")
    log.close()
    path = tmp_path / "ledger.sqlite"
    ledger = FileLedger(path)
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    processes = [context.Process(target=_post, args=(log_url, str(path), gate, results)) for _ in range(2)]
    for worker in processes:
        worker.start()
    outcomes = [pair for _ in processes for pair in results.get(timeout=60)]
    for worker in processes:
        worker.join()
    assert [done for done, _ in outcomes] == [True] * 4
    assert sum(already for _, already in outcomes) == 2
    assert sorted(v.reference for v in ledger.vouchers) == ["oslo/K1/Z102/r1", "oslo/K1/Z103/r1"]


def _die_in_the_call(url: str, path: str) -> None:
    log = open_log(url)
    ledger = FileLedger(Path(path))
    keep = ledger._keep

    def keep_and_die(sent) -> None:
        keep(sent)
        os.kill(os.getpid(), signal.SIGKILL)

    ledger._keep = keep_and_die
    poster(log, ledger, holder="dead", lease_ttl_seconds=10).post([voucher()], profile())


def test_a_worker_killed_in_the_call_leaves_one_voucher_that_the_next_adopts(log_url, tmp_path):
    log = open_log(log_url)
    log.initialise("test")
    path = tmp_path / "ledger.sqlite"
    ledger = FileLedger(path)
    worker = multiprocessing.get_context("spawn").Process(target=_die_in_the_call, args=(log_url, str(path)))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert [each.reference for each in log.unknowns()] == ["oslo/K1/Z102/r1"]
    # Shorten the wait: the time to live has passed.
    with log.database.writing() as connection:
        connection.execute(lease.lease.update().values(expires_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)))
    outcomes = poster(log, ledger).post([voucher(102), voucher(103)], profile())
    assert [str(outcome.state) for outcome in outcomes] == ["posted", "posted"]
    assert "adopted by probe" in outcomes[0].message
    assert [v.reference for v in ledger.vouchers] == ["oslo/K1/Z102/r1", "oslo/K1/Z103/r1"]
    log.close()
