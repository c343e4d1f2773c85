"""Real processes, SIGKILL at every durable step, the sandbox over real sockets, both databases: the vouchers are counted.

Belongs here: the matrix kill-point x task x mode x database. Does not: faults without a death (scenarios/), a simulated clock
(test_crashes.py), runs through Dagster (dagster/test_dagster_killed_worker.py).

Workers are forked from one process that has imported everything (nursery.py), so that a death costs no seconds of imports.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.posting.log import open_log
from frontline_pipeline.posting.states import State
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline_tests import nursery
from frontline_pipeline_tests.posting.fake_ledger import DAY, expire_leases
from frontline_pipeline_tests.posting.mortal_workers import HERE, Task, do, work
from frontline_pipeline_tests.posting.sandboxed import CLIENT, SAVE, calls, in_ledger, session_on

KEY, REVERSAL, SECOND = "oslo/K1/Z102/r1", "oslo/K1/Z102/rev/r1", "oslo/K1/Z102/r2"
READ = "Transaction.GetTransactions"


@dataclass(frozen=True)
class At:
    """Where the worker dies: at a place of its own (mortal_workers.py), at the n-th time, ..."""

    place: str
    time_reached: int = 1


@dataclass(frozen=True)
class InCall:
    """... or in a call that the sandbox holds: before its effect, after it, or so that the effect comes when all is over."""

    when: str
    operation: str = SAVE
    passed: int = 0
    kind: str = "timeout"


LATE = InCall("before", kind="delay")
NOT_SENT = {
    "lease taken": At("lease taken"),
    "number known": At("number known"),
    "intent not committed": At("inside intent of journal"),
}
OPEN = {
    "intent committed": At("after intent of journal"),
    "call lost on its way": InCall("before"),
    "call still on its way": LATE,
    "saved, no answer": InCall("after"),
    "answer in hand": At("answered save"),
    "answer not committed": At("inside accepted of journal"),
}
RECORDED = {"answer committed": At("after accepted of journal")}


class Shop:
    """One posting log, one client of the sandbox, and workers that live and die on them."""

    def __init__(self, url: str, server: SandboxServer, state: Path) -> None:
        self.server = server
        self.log = open_log(url)
        self.log.initialise("test")
        self.task = Task(url, server.url, state, "post")
        self.ledger = Ledger(session_on(server.url, state))

    def here(self, what: str = "post", **changes: Any) -> list[str]:
        """Do something in this process, to prepare a case."""
        return do(replace(self.task, what=what, **changes), self.log, self.ledger, "prepared")

    def kill(self, point: At | InCall, what: str = "post", **changes: Any) -> None:
        """A worker begins the task and is killed at the point; its lease runs out."""
        task = replace(self.task, what=what, **changes)
        if isinstance(point, At):
            mode = "draft" if task.mode == "draft" else "posted"
            place = point.place.replace("accepted of", f"accepted_{mode} of")
            with self._worker(task, place, point.time_reached) as (process, pipe):
                assert _told(process, pipe) == HERE, f"the worker never came to {place}"
                _kill(process)
        else:
            armed = {"operation": point.operation, "kind": point.kind, "when": point.when, "after": point.passed}
            fault = self.server.app.faults.arm({**armed, "seconds": 3600})
            saved = len(self.server.app.book.vouchers(CLIENT.code)) + (
                1 if point.passed or point.when == "after" else 0
            )
            with self._worker(task, "", 1) as (process, _):
                _until(lambda: fault.hits == 1 or not process.is_alive(), "the call reaches the sandbox")
                if point.operation == SAVE and point.when == "after":
                    _until(lambda: len(self.server.app.book.vouchers(CLIENT.code)) >= saved, "the effect happens")
                assert fault.hits == 1, f"the worker ended before {point}"
                _kill(process)
            if point != LATE:
                self.server.app.faults.clear()
        expire_leases(self.log)

    def again(self, what: str = "post", **changes: Any) -> list[str]:
        """A new process does the task to its end."""
        task = replace(self.task, what=what, **changes)
        with self._worker(task, "", 1) as (process, pipe):
            told = _told(process, pipe)
            process.join(30)
        assert isinstance(told, list), told
        return told

    def let_the_late_request_arrive(self) -> None:
        """What was still on its way when its sender died; only a case with such a call has one."""
        before = self.counted_saves()
        if self.server.app.faults.clear():
            _until(lambda: self.counted_saves() > before, "the late request arrives")

    def counted_saves(self) -> int:
        return sum(self.server.app.statistics.as_dict().get(SAVE, {"verdicts": {}})["verdicts"].values())  # type: ignore[attr-defined]

    def vouchers(self) -> dict[tuple[str, str], int]:
        return dict(in_ledger(self.server))

    def agrees(self) -> None:
        """The log knows the number of everything that is in the ledger, and nothing of it is open."""
        known = {each.reference: each.transaction_no for each in self.log.documents()}
        for each in self.server.app.book.vouchers(CLIENT.code):
            assert known[each.lines[0].invoice_no] == each.transaction_no
        assert self.log.unknowns() == []

    def balances(self) -> dict[int, int]:
        found: Counter[int] = Counter()
        for each in self.ledger.transactions(DAY, DAY):
            found[each.account] += each.amount
        return {account: amount for account, amount in found.items() if amount}

    def _worker(self, task: Task, place: str, time_reached: int) -> _Worker:
        return _Worker(task, place, time_reached)


class _Worker:
    """A process and the pipe from it; whatever happens, it does not outlive the block."""

    def __init__(self, *arguments: Any) -> None:
        context = nursery.context()
        self._pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=work, args=(*arguments, theirs), daemon=True)

    def __enter__(self) -> tuple[Any, Connection]:
        self._process.start()
        return self._process, self._pipe

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.join(10)
        self._pipe.close()


def _kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    assert process.exitcode == -signal.SIGKILL


def _told(process: Any, pipe: Connection) -> Any:
    _until(lambda: pipe.poll(0.02) or not process.is_alive(), "the worker says something")
    return pipe.recv() if pipe.poll() else f"died by itself with {process.exitcode}"


def _until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, f"not within a minute: {what}"
        time.sleep(0.01)


@pytest.fixture
def shop(log_url: str, tmp_path: Path) -> Iterator[Shop]:
    with SandboxServer(":memory:", [CLIENT]) as server:
        made = Shop(log_url, server, tmp_path / "state")
        yield made
        server.app.faults.clear()
        made.log.close()


def points(*groups: dict[str, At | InCall]) -> pytest.MarkDecorator:
    found = {name: point for group in groups for name, point in group.items()}
    return pytest.mark.parametrize("point", found.values(), ids=found)


@points(NOT_SENT, OPEN, RECORDED)
def test_a_posted_voucher_is_there_once_whenever_its_worker_is_killed(shop: Shop, point: At | InCall):
    shop.kill(point)
    assert shop.again() == ["posted"]
    shop.let_the_late_request_arrive()
    assert shop.vouchers() == {(KEY, "posted"): 1}
    assert shop.here("read back") == ["verified"]
    shop.agrees()


@points(NOT_SENT, RECORDED)
def test_a_draft_is_there_once_when_its_worker_is_killed_before_the_intent_or_after_the_answer(shop: Shop, point: At):
    shop.kill(point, mode="draft")
    assert shop.again(mode="draft") == ["drafted"]
    assert shop.vouchers() == {(KEY, "draft"): 1}
    shop.agrees()


@points(OPEN)
def test_a_draft_whose_worker_is_killed_in_between_is_held_for_a_person(shop: Shop, point: At | InCall):
    shop.kill(point, mode="draft")
    there, saves = shop.vouchers(), calls(shop.server, SAVE)
    assert there in ({}, {(KEY, "draft"): 1})
    assert shop.again(mode="draft") == ["unknown"]
    assert shop.here(mode="draft") == ["unknown"]
    assert (shop.vouchers(), calls(shop.server, SAVE)) == (there, saves), "nothing is sent until a person has looked"
    assert [each.reference for each in shop.log.unknowns()] == [KEY]
    shop.log.resolve(KEY, found=bool(there), reason="looked among the drafts", who="anna")
    assert shop.again(mode="draft") == ["drafted"]
    shop.let_the_late_request_arrive()
    assert shop.vouchers() == {(KEY, "draft"): 1}
    shop.agrees()


RECOVERY = {
    "crash seen, not committed": At("inside lost of journal"),
    "crash seen": At("after lost of journal"),
    "looked for": At("answered transactions"),
    "intent to send again not committed": At("inside intent of journal"),
    "intent to send again": At("after intent of journal"),
    "sent again, lost on its way": InCall("before"),
    "sent again, saved, no answer": InCall("after"),
    "answer of the second in hand": At("answered save"),
    "answer of the second committed": At("after accepted of journal"),
}


@points(RECOVERY)
def test_a_second_worker_killed_while_it_looks_for_what_the_first_left(shop: Shop, point: At | InCall):
    shop.kill(OPEN["call lost on its way"])
    shop.kill(point)
    assert shop.again() == ["posted"]
    assert shop.vouchers() == {(KEY, "posted"): 1}
    assert shop.here("read back") == ["verified"]
    shop.agrees()


@points({"adoption not committed": At("inside adopted of journal"), "adopted": At("after adopted of journal")})
def test_a_second_worker_killed_while_it_adopts(shop: Shop, point: At):
    shop.kill(OPEN["saved, no answer"])
    shop.kill(point)
    assert shop.again() == ["posted"]
    assert calls(shop.server, SAVE) == 1
    assert shop.vouchers() == {(KEY, "posted"): 1}
    shop.agrees()


READING = {
    "question asked": InCall("before", READ),
    "answer in hand": At("answered transactions"),
    "verdict not committed": At("inside read_equal of journal"),
    "verdict committed": At("after read_equal of journal"),
}


@points(READING)
def test_a_read_back_killed_on_its_way_judges_nothing_wrong(shop: Shop, point: At | InCall):
    assert shop.here() == ["posted"]
    shop.kill(point, "read back")
    (found,) = shop.log.documents()
    assert found.state in (State.POSTED, State.VERIFIED), "a lost answer is no missing voucher"
    assert shop.again("read back") == ["verified"]
    assert shop.vouchers() == {(KEY, "posted"): 1}


REVERSING = {
    "examined": At("answered transactions"),
    "intent to reverse not committed": At("inside intent of reversal"),
    "intent to reverse": At("after intent of reversal"),
    "reversal lost on its way": InCall("before"),
    "reversal saved, no answer": InCall("after"),
    "answer of the reversal in hand": At("answered save"),
    "answer of the reversal not committed": At("inside accepted of reversal"),
    "reversed": At("after accepted of reversal"),
}
REVISION = {
    "intent of the revision": At("after intent of journal"),
    "revision lost on its way": InCall("before", passed=1),
    "revision saved, no answer": InCall("after", passed=1),
    "answer of the revision in hand": At("answered save", 2),
    "answer of the revision not committed": At("inside accepted of journal"),
    "corrected": At("after accepted of journal"),
}


@points(REVERSING, REVISION)
def test_a_correction_goes_on_wherever_it_was_killed(shop: Shop, point: At | InCall):
    assert shop.here() == ["posted"]
    shop.kill(point, "correct", net=20_000)
    assert shop.again("correct", net=20_000) in (["corrected"], ["unchanged"])
    assert shop.vouchers() == {(KEY, "posted"): 1, (REVERSAL, "posted"): 1, (SECOND, "posted"): 1}
    assert shop.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}
    assert set(shop.here("read back")) == {"verified"}
    shop.agrees()


@points(REVERSING)
def test_a_rollback_goes_on_wherever_it_was_killed(shop: Shop, point: At | InCall):
    assert shop.here() == ["posted"]
    shop.kill(point, "roll back")
    assert shop.again("roll back") == ["rolled_back"]
    assert shop.vouchers() == {(KEY, "posted"): 1, (REVERSAL, "posted"): 1}
    assert shop.balances() == {}
    assert shop.again() == ["rolled_back"], "off automatic posting until it is released"
    shop.agrees()
