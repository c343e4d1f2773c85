"""A worker as a process of its own that stands still at a named durable step, so that its parent can kill it there.

Belongs here: the tasks (post, correct, roll back, read back) over real SOAP and a real database, and the places to stand still.
Does not: kill, count, assert (test_killed_workers.py). The package knows nothing of this: the places are wrapped from outside.

A place is named by what the posting log just wrote: `inside intent of journal` (written, not committed) and `after intent of
journal` (committed), for every word of a document's history; or `lease taken`, `number known`, `answered save`,
`answered transactions`, for an answer in hand of which nothing is written yet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode, Voucher
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.posting import documents, lease
from frontline_pipeline.posting.correcting import correct
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.readback import read_back
from frontline_pipeline.posting.rollback import roll_back
from frontline_pipeline_tests.posting.fake_ledger import DAY, poster, profile, voucher
from frontline_pipeline_tests.posting.sandboxed import session_on

HERE = "here"


@dataclass(frozen=True)
class Task:
    """What a worker is told: log, sandbox, state directory, mode, and what to do at which net amount (øre)."""

    log_url: str
    server_url: str
    state: Path
    what: str
    mode: str = "posted"
    net: int = 10_000
    posting: dict[str, Any] = field(default_factory=dict)

    def voucher(self) -> Voucher:
        return voucher(net=self.net, mode=Mode(self.mode))

    def poster(self, log: PostingLog, ledger: Ledger, holder: str) -> Poster:
        # The ledger's search does not lag here, so "not found" counts at once.
        words = {"settle_seconds": 0, **self.posting}
        return poster(log, ledger, holder=holder, waiting=lease.SystemWaiting(), **words)  # type: ignore[arg-type]


class Stop:
    """The place to stand still at: its name, and at which time it is reached."""

    def __init__(self, place: str, pipe: Connection, time_reached: int = 1) -> None:
        self._place, self._pipe, self._left = place, pipe, time_reached

    def reach(self, place: str) -> None:
        if place != self._place:
            return
        self._left -= 1
        if self._left == 0:
            self._pipe.send(HERE)
            time.sleep(600)


class WatchedDatabase(Database):
    """Reaches `inside ...` and `after ...` for everything that a transaction wrote to a document's history."""

    def __init__(self, database: Database, stop: Stop) -> None:
        super().__init__(database.engine, database._clock)
        self._stop = stop
        self._written: list[str] = []
        remember = documents._remember

        def noted(connection: sa.Connection, *arguments: Any, **named: Any) -> None:
            remember(connection, *arguments, **named)
            event, content = arguments[3], arguments[4]
            self._written.append(f"{event} of {content.kind}")

        documents._remember = noted

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        self._written.clear()
        with super().writing() as connection:
            yield connection
            written = list(self._written)
            for each in written:
                self._stop.reach(f"inside {each}")
        for each in written:
            self._stop.reach(f"after {each}")


class WatchedLedger(Ledger):
    """Reaches a place with each answer in hand."""

    stop: Stop

    def save(self, voucher: Any) -> None:
        super().save(voucher)
        self.stop.reach("answered save")

    def next_transaction_no(self, *asked: Any) -> int:
        number = super().next_transaction_no(*asked)
        self.stop.reach("number known")
        return number

    def transactions(self, *asked: Any, **named: Any) -> Any:
        found = super().transactions(*asked, **named)
        self.stop.reach("answered transactions")
        return found


def work(task: Task, place: str, time_reached: int, pipe: Connection) -> None:
    """Do the task, standing still at `place` (never for an empty one); else send what came of it, in words."""
    stop = Stop(place, pipe, time_reached)
    acquire = lease.acquire

    def acquired(*arguments: Any, **named: Any) -> lease.Lease:
        held = acquire(*arguments, **named)
        stop.reach("lease taken")
        return held

    lease.acquire = acquired
    opened = open_log(task.log_url)
    log = PostingLog(WatchedDatabase(opened.database, stop))
    ledger = WatchedLedger(session_on(task.server_url, task.state))
    ledger.stop = stop
    pipe.send(do(task, log, ledger, f"worker for {place or 'the rest'}"))


def do(task: Task, log: PostingLog, ledger: Ledger, holder: str) -> list[str]:
    """The task itself; what came of each document, in one word."""
    store = profile(mode=task.mode)
    if task.what == "post":
        return [str(each.state) for each in task.poster(log, ledger, holder).post([task.voucher()], store)]
    if task.what == "read back":
        return [str(each.state) for each in read_back(log, ledger, "fjord", DAY)]
    mine = task.poster(log, ledger, holder)
    if task.what == "correct":
        done = correct(mine, VoucherSet((task.voucher(),), ()), store, reason="late void", who="anna")
        return [str(each.result) for each in done]
    return [str(each.result) for each in roll_back(mine, store, DAY, DAY, reason="wrong shop", who="anna")]
