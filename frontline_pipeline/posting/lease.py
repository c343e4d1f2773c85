"""One writer per company: a lease with a fencing token, kept in the posting log.

Belongs here: acquire with a bounded wait, renew, release, the check inside the transaction that writes an intent.
Does not: know what the holder does with it (poster.py).

A lease runs out by itself, so a killed holder stops nobody for longer than its time to live. A holder that was only slow
is kept out by its token: every acquisition makes a greater one, and an intent is written only in a transaction that finds
its own token still in the row and the lease not expired. All times are the database's (database.py).
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.errors import FencedOut, LeaseBusy
from frontline_pipeline.posting.schema import lease

_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_POLL_SECONDS = 0.25
MOMENT = 0.001
"""Seconds that are no waiting: a clock that moves by what it was told to sleep may never move by less than its precision."""


class Waiting(Protocol):
    """How waiting is measured and done; a simulation has its own. Never stored, never compared with stored times."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""


class SystemWaiting:
    """Real seconds."""

    def monotonic(self) -> float:
        """The machine's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to one company's ledger, while `token` is the one in the log."""

    company: str
    holder: str
    token: int
    ttl_seconds: float


def acquire(
    database: Database,
    company: str,
    holder: str,
    ttl_seconds: float,
    wait_seconds: float,
    waiting: Waiting | None = None,
) -> Lease:
    """Take the company's lease, waiting at most `wait_seconds` for another holder to release it or to run out.

    Raises LeaseBusy (a NotSent) when it is still held then; the message names the holder and how long it has left.
    """
    clock = waiting or SystemWaiting()
    deadline = clock.monotonic() + wait_seconds
    while True:
        taken = _try(database, company, holder, ttl_seconds)
        if isinstance(taken, Lease):
            return taken
        left = deadline - clock.monotonic()
        if left <= MOMENT:
            raise LeaseBusy(
                f"the lease of company {company!r} is held by {taken.holder} for up to {taken.seconds_left:.0f} s more; "
                f"waited {wait_seconds:.0f} s, nothing was sent; run again when that run has ended",
                kind="lease_busy",
            )
        clock.sleep(min(_POLL_SECONDS, left))


@dataclass(frozen=True, slots=True)
class _Held:
    holder: str
    seconds_left: float


def _try(database: Database, company: str, holder: str, ttl_seconds: float) -> Lease | _Held:
    with database.writing() as connection:
        row = _locked_row(connection, company)
        now = database.now(connection)
        if row.holder is not None and row.expires_at > now:
            return _Held(row.holder, (row.expires_at - now).total_seconds())
        token = row.fencing_token + 1
        connection.execute(
            lease.update()
            .where(lease.c.company == company)
            .values(holder=holder, fencing_token=token, expires_at=now + dt.timedelta(seconds=ttl_seconds))
        )
    return Lease(company, holder, token, ttl_seconds)


class _Row(NamedTuple):
    holder: str | None
    fencing_token: int
    expires_at: dt.datetime


def _locked_row(connection: sa.Connection, company: str) -> _Row:
    """The lease row of a company, made if need be and locked until the transaction ends."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
    connection.execute(
        insert(lease)
        .values(company=company, holder=None, fencing_token=0, expires_at=_LONG_AGO)
        .on_conflict_do_nothing(index_elements=[lease.c.company])
    )
    row = connection.execute(
        sa.select(lease.c.holder, lease.c.fencing_token, lease.c.expires_at)
        .where(lease.c.company == company)
        .with_for_update()
    ).one()
    return _Row(*row)


def confirm(database: Database, connection: sa.Connection, held: Lease) -> dt.datetime:
    """Inside the caller's write transaction: the lease is still ours and is prolonged; returns the log's time.

    The row stays locked until that transaction ends, so nobody can take the lease between this check and the commit.
    Raises FencedOut (a NotSent) when the token has moved on or the lease has run out.
    """
    row = _locked_row(connection, held.company)
    now = database.now(connection)
    if row.fencing_token != held.token or row.holder is None or row.expires_at <= now:
        raise FencedOut(
            f"the lease of company {held.company!r} (token {held.token}) was lost before the intent was written; "
            "nothing was sent for it; run again",
            kind="fenced_out",
        )
    connection.execute(
        lease.update()
        .where(lease.c.company == held.company)
        .values(expires_at=now + dt.timedelta(seconds=held.ttl_seconds))
    )
    return now


def renew(database: Database, held: Lease) -> None:
    """Prolong the lease by its time to live. Raises FencedOut when it was lost."""
    with database.writing() as connection:
        confirm(database, connection, held)


def release(database: Database, held: Lease) -> None:
    """Give the lease back; does nothing when another holder has it already. The token stays, so that it only grows."""
    with database.writing() as connection:
        connection.execute(
            lease.update()
            .where(lease.c.company == held.company, lease.c.fencing_token == held.token)
            .values(holder=None, expires_at=_LONG_AGO)
        )


def is_free(database: Database, connection: sa.Connection, company: str) -> bool:
    """Inside a write transaction: whether nobody holds the company's lease; nobody can take it until the transaction ends."""
    row = _locked_row(connection, company)
    return row.holder is None or row.expires_at <= database.now(connection)


@contextmanager
def held_lease(
    database: Database,
    company: str,
    holder: str,
    ttl_seconds: float,
    wait_seconds: float,
    waiting: Waiting | None = None,
) -> Iterator[Lease]:
    """`acquire` and `release` around a block."""
    held = acquire(database, company, holder, ttl_seconds, wait_seconds, waiting)
    try:
        yield held
    finally:
        release(database, held)
