"""The posting log as the rest of the house sees it: opened, initialised, asked, resolved.

Belongs here: opening, `frontline init`, questions for status and preview, the door to a person's word.
Does not: send (poster.py), read the ledger (readback.py), say what a person's word means (person.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.orders.period import SALES
from frontline_pipeline.posting import documents, person
from frontline_pipeline.posting.database import Database, DatabaseClock, open_database
from frontline_pipeline.posting.errors import LogInUse, NotInitialised
from frontline_pipeline.posting.order_keys import receipt_key
from frontline_pipeline.posting.records import AFTER_ALL, ORDER, REVERSAL, VOUCHERS, Document, HistoryEntry
from frontline_pipeline.posting.schema import document, meta
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State

WORST_FIRST = (
    State.UNKNOWN,
    State.SENDING,
    State.DISPUTED,
    State.DUPLICATED,
    State.DRIFTED,
    State.MISSING,
    State.REJECTED,
    State.PLANNED,
    State.DRAFTED,
    State.POSTED,
    State.VERIFIED,
    State.SKIPPED,
    State.ROLLED_BACK,
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
                "the log from its backup, or rebuild it from the ledger with `frontline adopt`",
            )

    def initialise(self, who: str, how: str = "fresh") -> None:
        """Declare the log new (`fresh`), or rebuilt from the ledger (`adopt`), so that it may send.

        Doing it again changes nothing. Raises LogInUse for a fresh start of a log that holds documents already.
        """
        with self.database.writing() as connection:
            held = connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one()
            if held and how == "fresh":
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
        dated: tuple[dt.date, dt.date] | None = None,
        kinds: Iterable[str] = VOUCHERS,
    ) -> list[Document]:
        """Documents, every revision of them, by company, store, business days (both included), state, and the window of
        dates that they have in the ledger (both included). Vouchers, unless `kinds` says otherwise."""
        d = document.c
        where: list[sa.ColumnElement[bool]] = [d.kind.in_(tuple(kinds))]
        if company is not None:
            where.append(d.company == company)
        if store is not None:
            where.append(d.store == store)
        if day_from is not None:
            where.append(d.business_day >= day_from)
        if day_to is not None:
            where.append(d.business_day <= day_to)
        if dated is not None:
            where.append(d.ledger_date.between(*dated))
        if states is not None:
            where.append(d.state.in_([state.value for state in states]))
        with self.database.reading() as connection:
            return documents.find(connection, *where)

    def days(
        self, stores: Iterable[str], day_from: dt.date, day_to: dt.date, kinds: Iterable[str] = VOUCHERS
    ) -> dict[tuple[str, dt.date], DayPosting]:
        """What the log knows of each store-day in a window, for a grid; store-days without a document are left out. Vouchers, unless
        `kinds` says otherwise."""
        wanted = set(stores)
        grouped: dict[tuple[str, dt.date], list[Document]] = {}
        for each in self.documents(day_from=day_from, day_to=day_to, kinds=kinds):
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

    def orders(
        self,
        *,
        company: str | None = None,
        store: str | None = None,
        day_from: dt.date | None = None,
        day_to: dt.date | None = None,
        states: Iterable[State] | None = None,
    ) -> list[Document]:
        """Orders, every revision of them; as `documents`."""
        return self.documents(
            company=company, store=store, day_from=day_from, day_to=day_to, states=states, kinds=(ORDER,)
        )

    def orders_holding(self, company: str, receipts: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Document]:
        """The live order that holds each of these (register, receipt id); those in none are left out."""
        asked = {receipt_key(*each): each for each in receipts}
        with self.database.reading() as connection:
            live = documents.live_documents_of(connection, company, asked)
        return {asked[key]: each for each in live for key in each.z_keys if key in asked}

    def receipts_in_orders(self, company: str, receipts: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (register, receipt id) a live order holds: they are out of every journal."""
        return set(self.orders_holding(company, receipts))

    def sales_orders(self, company: str, store: str, days: Iterable[dt.date]) -> list[Document]:
        """Orders made from a store's sales on these days, as far as they are out."""
        d = document.c
        with self.database.reading() as connection:
            return documents.find(
                connection,
                d.company == company,
                d.store == store,
                d.kind == ORDER,
                d.business_day.in_(set(days)),
                d.state.in_([state.value for state in IN_LEDGER]),
                d.document_key.startswith(f"{store}/{SALES}", autoescape=True),
            )

    def unknowns(self, company: str | None = None) -> list[Document]:
        """Documents whose outcome is not known, orders too, oldest first."""
        return self.documents(company=company, states=UNDECIDED, kinds=(*VOUCHERS, ORDER))

    def by_reference(self, company: str, reference: str) -> Document | None:
        """The document that a reference names; None when the log has none."""
        d = document.c
        with self.database.reading() as connection:
            found = documents.find(connection, d.company == company, d.reference == reference)
        return found[0] if found else None

    def references(self, company: str, wanted: Iterable[str]) -> set[str]:
        """Which of these references the log has a document of."""
        names = sorted(set(wanted))
        known: set[str] = set()
        with self.database.reading() as connection:
            for start in range(0, len(names), 500):
                where = (document.c.company == company, document.c.reference.in_(names[start : start + 500]))
                known.update(connection.scalars(sa.select(document.c.reference).where(*where)))
        return known

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

    # A person's word (person.py says what each means, and when)

    def resolve(self, key: str, *, found: bool, reason: str, who: str) -> Document:
        """A person has looked in 24SevenOffice for a document: it is there, or it is not. Raises NotResolvable."""
        return person.resolve(self.database, key, found=found, reason=reason, who=who)

    def retry(self, key: str, *, reason: str, who: str) -> Document:
        """Let the next run send it again. Raises NotResolvable."""
        return person.retry(self.database, key, reason=reason, who=who)

    def skip(self, key: str, *, reason: str, who: str) -> Document:
        """The pipeline does not post it, until that is taken back. Raises NotResolvable."""
        return person.skip(self.database, key, reason=reason, who=who)

    def resume(self, key: str, *, reason: str, who: str) -> Document:
        """Take a skip back. Raises NotResolvable."""
        return person.resume(self.database, key, reason=reason, who=who)

    def reverse(self, key: str, *, reason: str, who: str) -> Document:
        """A person has reversed it in 24SevenOffice with a voucher of their own. Raises NotResolvable."""
        return person.reverse(self.database, key, reason=reason, who=who)

    def deleted(self, key: str, *, reason: str, who: str) -> Document:
        """A person has deleted it in 24SevenOffice. Raises NotResolvable."""
        return person.deleted(self.database, key, reason=reason, who=who)


def _day(store: str, business_day: dt.date, found: list[Document]) -> DayPosting:
    latest: dict[tuple[str, str], Document] = {}
    for each in sorted(found, key=lambda item: (item.document_key, item.revision)):
        latest[each.kind, each.document_key] = each
    # A voucher that was taken back, and is not in the ledger as it was, stays in sight whatever came after it.
    wrong = [each for each in found if each.problem_kind in AFTER_ALL and each not in latest.values()]
    current = (*latest.values(), *wrong)
    states = [each.state for each in current if not _quiet(each, current)]
    states += [AFTER_ALL[each.problem_kind] for each in current if each.problem_kind in AFTER_ALL]
    worst = min(states, key=WORST_FIRST.index)
    return DayPosting(store, business_day, worst, current)


def _quiet(found: Document, current: Iterable[Document]) -> bool:
    """A reversal that stands as it should says nothing of the day beside its journal."""
    if found.kind != REVERSAL:
        return False
    if not any(each.kind != REVERSAL for each in current):
        return False
    taken_back = all(each.state not in IN_LEDGER for each in current if each.kind != REVERSAL)
    return found.state is State.VERIFIED or (found.state is State.POSTED and taken_back)


def open_log(url: str, clock: DatabaseClock | None = None) -> PostingLog:
    """Open (and if need be make or upgrade) the posting log at a SQLAlchemy URL. Raises LogUnusable."""
    return PostingLog(open_database(url, clock))
