"""The posting log as the rest of the house sees it: opened, initialised, asked, resolved.

Belongs here: opening, `frontline init`, questions for status and preview, a person's answer to an unknown outcome.
Does not: send (poster.py), read the ledger (readback.py), change states by itself (documents.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode, ZKey
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.database import Database, DatabaseClock, open_database
from frontline_pipeline.posting.documents import Actor, Document, HistoryEntry
from frontline_pipeline.posting.errors import LogInUse, NotInitialised, NotResolvable
from frontline_pipeline.posting.lease import is_free
from frontline_pipeline.posting.payload import z_words
from frontline_pipeline.posting.schema import document, meta
from frontline_pipeline.posting.states import UNDECIDED, Event, State

WORST_FIRST = (
    State.UNKNOWN,
    State.SENDING,
    State.DUPLICATED,
    State.DRIFTED,
    State.MISSING,
    State.REJECTED,
    State.PLANNED,
    State.DRAFTED,
    State.POSTED,
    State.VERIFIED,
    State.SKIPPED,
    State.REVERSED,
)
"""A store-day stands where its worst document stands."""


@dataclass(frozen=True, slots=True)
class DayPosting:
    """What the log knows of one store-day: its current documents, and the state of the worst of them."""

    store: str
    business_day: dt.date
    state: State
    documents: tuple[Document, ...]


class PostingLog:
    """One posting log. Safe to share between threads; every process opens its own."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def close(self) -> None:
        """Close the database."""
        self.database.dispose()

    # Initialisation

    def is_initialised(self) -> bool:
        """Whether a person has said that this log may send."""
        with self.database.reading() as connection:
            return connection.execute(sa.select(meta.c.id)).first() is not None

    def require_initialised(self) -> None:
        """Raises NotInitialised for a log that nobody has declared new."""
        if not self.is_initialised():
            raise NotInitialised(
                "this posting log is empty and was never initialised: nothing is sent, since a lost log looks the same "
                "and everything would be posted twice",
                kind="not_initialised",
                next_step="run `frontline init --fresh` if nothing was posted by this pipeline before; otherwise restore "
                "the log from its backup",
            )

    def initialise(self, who: str, how: str = "fresh") -> None:
        """Declare the log new, so that it may send. Doing it again changes nothing while the log holds no documents.

        Raises LogInUse when it holds documents already.
        """
        with self.database.writing() as connection:
            held = connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one()
            if held:
                raise LogInUse(
                    f"the posting log already holds {held} document{'s' if held > 1 else ''}",
                    kind="in_use",
                    next_step="nothing needs to be initialised; to begin anew, point posting.url_env to another database",
                )
            if connection.execute(sa.select(meta.c.id)).first() is None:
                now = self.database.now(connection)
                connection.execute(meta.insert().values(id=1, initialised_at=now, initialised_by=who, how=how))

    # Questions

    def documents(
        self,
        *,
        company: str | None = None,
        store: str | None = None,
        day_from: dt.date | None = None,
        day_to: dt.date | None = None,
        states: Iterable[State] | None = None,
    ) -> list[Document]:
        """Documents, every revision of them, by company, store, business days (both included) and state."""
        d = document.c
        where: list[sa.ColumnElement[bool]] = []
        if company is not None:
            where.append(d.company == company)
        if store is not None:
            where.append(d.store == store)
        if day_from is not None:
            where.append(d.business_day >= day_from)
        if day_to is not None:
            where.append(d.business_day <= day_to)
        if states is not None:
            where.append(d.state.in_([state.value for state in states]))
        with self.database.reading() as connection:
            return documents.find(connection, *where)

    def days(self, stores: Iterable[str], day_from: dt.date, day_to: dt.date) -> dict[tuple[str, dt.date], DayPosting]:
        """What the log knows of each store-day in a window, for a grid; store-days without a document are left out."""
        wanted = set(stores)
        grouped: dict[tuple[str, dt.date], list[Document]] = {}
        for each in self.documents(day_from=day_from, day_to=day_to):
            if each.store in wanted:
                grouped.setdefault((each.store, each.business_day), []).append(each)
        return {key: _day(*key, found) for key, found in grouped.items()}

    def day(self, store: str, business_day: dt.date) -> DayPosting | None:
        """What the log knows of one store-day; None when it has no document of it."""
        return self.days([store], business_day, business_day).get((store, business_day))

    def state_of(self, store: str, business_day: dt.date) -> State | None:
        """Where a store-day stands: the state of its worst document; None without one."""
        found = self.day(store, business_day)
        return found.state if found else None

    def unknowns(self, company: str | None = None) -> list[Document]:
        """Documents whose outcome is not known, oldest first."""
        return self.documents(company=company, states=UNDECIDED)

    def history(self, found: Document) -> list[HistoryEntry]:
        """All transitions of a document, oldest first."""
        with self.database.reading() as connection:
            return documents.history(connection, found.id)

    def split_new(self, company: str, z_keys: Iterable[ZKey]) -> tuple[dict[ZKey, Document], list[ZKey]]:
        """Z-reports that are already in a live document, with it, and those that are not (in the order given).

        In per-store granularity only the latter go into the next voucher; the poster gives it the key `store/day.2` when
        `store/day` is taken.
        """
        asked = list(dict.fromkeys(z_keys))
        with self.database.reading() as connection:
            live = documents.live_documents_of(connection, company, asked)
        taken = {key: each for each in live for key in each.z_keys}
        return {key: taken[key] for key in asked if key in taken}, [key for key in asked if key not in taken]

    # A person's word

    def resolve(self, key: str, *, found: bool, reason: str, who: str) -> Document:
        """A person has looked in 24SevenOffice for a document whose outcome is unknown.

        `key` is its reference or document key. found: it is there, so it is posted (or drafted, by its mode). Not found: it
        may be sent again, under the same number, so that a late first request collides instead of doubling; only when the
        ledger had called that number used does the next attempt take a new one. Raises NotResolvable.
        """
        if not reason.strip():
            raise NotResolvable(
                f"document {key} is resolved by a person, who gives a reason",
                kind="reason",
                next_step="say in --reason where you looked and what you saw",
            )
        with self.database.writing() as connection:
            actor = Actor(who, self.database.now(connection))
            held = self._undecided(connection, key)
            if held.state is State.SENDING:
                if not is_free(self.database, connection, held.company):
                    raise NotResolvable(
                        f"document {held.reference} is being sent right now",
                        kind="sending",
                        next_step="wait for that run to end; if it was killed, its lease runs out by itself",
                    )
                held = documents.transition(
                    connection,
                    held,
                    Event.LOST,
                    actor,
                    "the writer died between intent and answer",
                    problem_kind="crash",
                    reached_ledger=True,
                )
            if found:
                event = Event.FOUND_DRAFT if held.mode is Mode.DRAFT else Event.FOUND_POSTED
                return documents.transition(connection, held, event, actor, f"found in the ledger: {reason}")
            return documents.transition(
                connection,
                held,
                Event.ABSENT,
                actor,
                f"not in the ledger: {reason}",
                reached_ledger=True,
                releases_number=held.problem_kind == "duplicate",
            )

    def _undecided(self, connection: sa.Connection, key: str) -> Document:
        d = document.c
        known = documents.find(connection, sa.or_(d.reference == key, d.document_key == key))
        open_ones = [each for each in known if each.state in UNDECIDED]
        if len(open_ones) == 1:
            return open_ones[0]
        if not known:
            raise NotResolvable(
                f"the posting log has no document {key!r}",
                kind="no_document",
                next_step="`frontline status` lists them",
            )
        if open_ones:
            names = ", ".join(each.reference for each in open_ones)
            raise NotResolvable(
                f"{key!r} names several documents: {names}", kind="ambiguous", next_step="give the reference of one"
            )
        last = known[-1]
        raise NotResolvable(
            f"document {last.reference} ({z_words(last.z_keys)}) is {last.state}, its outcome is known",
            kind="decided",
            next_step="there is nothing to resolve",
        )


def _day(store: str, business_day: dt.date, found: list[Document]) -> DayPosting:
    latest: dict[tuple[str, str], Document] = {}
    for each in sorted(found, key=lambda item: (item.document_key, item.revision)):
        latest[each.kind, each.document_key] = each
    current = tuple(latest.values())
    worst = min((each.state for each in current), key=WORST_FIRST.index)
    return DayPosting(store, business_day, worst, current)


def open_log(url: str, clock: DatabaseClock | None = None) -> PostingLog:
    """Open (and if need be make or upgrade) the posting log at a SQLAlchemy URL. Raises LogUnusable."""
    return PostingLog(open_database(url, clock))
