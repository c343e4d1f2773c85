"""Documents of the posting log: rows in and out, and the only way their state may change.

Belongs here: the Document dataclass, intents, transitions with their history, the Z-report guard's rows. Every function
works inside the caller's transaction.
Does not: decide what to do with a document (poster.py), open transactions for itself (database.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode, ZKey
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.schema import document, document_history, z_in_document
from frontline_pipeline.posting.states import UNDECIDED, Event, State, advance, holds_z_reports

JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Document:
    """One revision of one document, as the log has it.

    `transaction_no` is None until the first intent. `reached_ledger`: a request may have reached the ledger, so that a
    number of it may be used there. `problem` is the last failure in words, without personal data.
    """

    id: int
    company: str
    store: str
    business_day: dt.date
    kind: str
    document_key: str
    revision: int
    reference: str
    granularity: str
    content_hash: str
    payload: str
    mode: Mode
    type_no: int | None
    series_id: int | None
    year_id: int | None
    transaction_no: int | None
    owns_number: bool
    state: State
    reached_ledger: bool
    problem_kind: str | None
    problem: str | None
    fencing_token: int
    run_id: str
    created_at: dt.datetime
    updated_at: dt.datetime
    z_keys: tuple[ZKey, ...] = ()

    @property
    def live(self) -> bool:
        """Whether its Z-reports are taken."""
        return holds_z_reports(self.state, reached_ledger=self.reached_ledger)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One transition, as it is kept for ever."""

    at: dt.datetime
    from_state: State | None
    to_state: State
    event: str
    who: str
    why: str
    transaction_no: int | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be sent: everything the log must know before the call."""

    company: str
    store: str
    business_day: dt.date
    document_key: str
    revision: int
    reference: str
    granularity: str
    content_hash: str
    payload: str
    mode: Mode
    type_no: int
    series_id: int
    year_id: int
    transaction_no: int
    z_keys: tuple[ZKey, ...]
    kind: str = JOURNAL


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts (a run's holder or a person), in which run, under which lease token, at what time of the log's clock."""

    who: str
    at: dt.datetime
    run_id: str = ""
    fencing_token: int = 0


def find(
    connection: sa.Connection, *where: sa.ColumnElement[bool], order_by: Sequence[sa.Column[int]] = ()
) -> list[Document]:
    """Documents that satisfy all of `where`, with their Z-reports, oldest first unless ordered otherwise."""
    rows = connection.execute(sa.select(document).where(*where).order_by(*(order_by or (document.c.id,)))).mappings()
    found = [_document(row) for row in rows]
    if not found:
        return []
    keys: dict[int, list[ZKey]] = {each.id: [] for each in found}
    ids = list(keys)
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        z_rows = connection.execute(
            sa.select(z_in_document.c.document_id, z_in_document.c.register, z_in_document.c.z_number)
            .where(z_in_document.c.document_id.in_(chunk))
            .order_by(z_in_document.c.register, z_in_document.c.z_number)
        )
        for document_id, register, z_number in z_rows:
            keys[document_id].append(ZKey(register, z_number))
    return [replace(each, z_keys=tuple(keys[each.id])) for each in found]


def _document(row: sa.RowMapping) -> Document:
    values = {**row, "mode": Mode(row["mode"]), "state": State(row["state"])}
    return Document(**values)


def by_id(connection: sa.Connection, document_id: int) -> Document:
    """One document. Raises KeyError when there is none."""
    found = find(connection, document.c.id == document_id)
    if not found:
        raise KeyError(document_id)
    return found[0]


def live_documents_of(connection: sa.Connection, company: str, z_keys: Iterable[ZKey]) -> list[Document]:
    """Live documents of the company that hold any of `z_keys`."""
    wanted = set(z_keys)
    ids: set[int] = set()
    for register in {key.register for key in wanted}:
        numbers = [key.z_number for key in wanted if key.register == register]
        ids.update(
            connection.scalars(
                sa.select(z_in_document.c.document_id).where(
                    z_in_document.c.company == company,
                    z_in_document.c.live.is_(sa.true()),
                    z_in_document.c.register == register,
                    z_in_document.c.z_number.in_(numbers),
                )
            )
        )
    return find(connection, document.c.id.in_(ids)) if ids else []


def revisions(connection: sa.Connection, company: str, kind: str, document_key: str) -> list[Document]:
    """All revisions of a document key, oldest first."""
    return find(
        connection,
        document.c.company == company,
        document.c.kind == kind,
        document.c.document_key == document_key,
        order_by=(document.c.revision,),
    )


def history(connection: sa.Connection, document_id: int) -> list[HistoryEntry]:
    """All transitions of a document, oldest first."""
    h = document_history.c
    rows = connection.execute(
        sa.select(h.at, h.from_state, h.to_state, h.event, h.who, h.why, h.transaction_no, h.content_hash)
        .where(h.document_id == document_id)
        .order_by(h.id)
    )
    return [HistoryEntry(row[0], State(row[1]) if row[1] else None, State(row[2]), *row[3:]) for row in rows]


def write_intent(connection: sa.Connection, intent: Intent, existing: Document | None, actor: Actor) -> Document:
    """Make the intent: the document becomes `sending` with its number, its Z-reports are taken.

    `existing` is the row of the same key and revision, planned or rejected; its content is replaced by the intent's. Raises
    sqlalchemy IntegrityError when a Z-report or the number belongs to another document, IllegalTransition when `existing`
    changed meanwhile.
    """
    content = {
        "store": intent.store,
        "business_day": intent.business_day,
        "reference": intent.reference,
        "granularity": intent.granularity,
        "content_hash": intent.content_hash,
        "payload": intent.payload,
        "mode": intent.mode.value,
        "type_no": intent.type_no,
        "series_id": intent.series_id,
        "year_id": intent.year_id,
        "transaction_no": intent.transaction_no,
        "owns_number": True,
        "fencing_token": actor.fencing_token,
        "run_id": actor.run_id,
        "problem_kind": None,
        "problem": None,
        "updated_at": actor.at,
    }
    if existing is None:
        found = connection.execute(
            document.insert().values(
                company=intent.company,
                kind=intent.kind,
                document_key=intent.document_key,
                revision=intent.revision,
                state=State.SENDING.value,
                reached_ledger=False,
                created_at=actor.at,
                **content,
            )
        )
        key = found.inserted_primary_key
        document_id = int(key[0]) if key is not None else 0
        before = State.PLANNED
        _remember(connection, document_id, None, before, "planned", intent, actor, "new document", payload=False)
    else:
        document_id = existing.id
        before = existing.state
        if before is not State.PLANNED:
            before = advance(before, Event.RETRY)
            _remember(connection, document_id, existing.state, before, Event.RETRY, intent, actor, "sent again", False)
        _compare_and_set(connection, existing, state=advance(before, Event.INTENT).value, **content)
    after = advance(before, Event.INTENT)
    _remember(connection, document_id, before, after, Event.INTENT, intent, actor, "intent before the call", True)
    _claim(connection, document_id, intent)
    return by_id(connection, document_id)


def _claim(connection: sa.Connection, document_id: int, intent: Intent) -> None:
    connection.execute(z_in_document.delete().where(z_in_document.c.document_id == document_id))
    connection.execute(
        z_in_document.insert(),
        [
            {
                "document_id": document_id,
                "company": intent.company,
                "register": key.register,
                "z_number": key.z_number,
                "live": True,
            }
            for key in intent.z_keys
        ],
    )


def transition(
    connection: sa.Connection,
    found: Document,
    event: Event,
    actor: Actor,
    why: str,
    *,
    problem_kind: str | None = None,
    reached_ledger: bool | None = None,
    releases_number: bool = False,
) -> Document:
    """Move a document by `event`, remember it, and take or free its Z-reports.

    Raises IllegalTransition when the machine has no such step or the row is no longer as `found` says.
    """
    after = advance(found.state, event)
    reached = found.reached_ledger if reached_ledger is None else reached_ledger
    values: dict[str, object] = {
        "state": after.value,
        "reached_ledger": reached,
        "problem_kind": problem_kind,
        "problem": why if problem_kind else None,
        "updated_at": actor.at,
        "run_id": actor.run_id or found.run_id,
    }
    if releases_number:
        values["owns_number"] = False
    _compare_and_set(connection, found, **values)
    _remember(connection, found.id, found.state, after, event, found, actor, why, payload=False)
    live = holds_z_reports(after, reached_ledger=reached)
    if live != found.live:
        connection.execute(z_in_document.update().where(z_in_document.c.document_id == found.id).values(live=live))
    return by_id(connection, found.id)


def note(connection: sa.Connection, found: Document, event: str, actor: Actor, why: str) -> None:
    """Remember something about a document that does not move it."""
    _remember(connection, found.id, found.state, found.state, event, found, actor, why, payload=False)


def _compare_and_set(connection: sa.Connection, found: Document, **values: object) -> None:
    """Change a row only if it still stands as it was read, by state and fencing token."""
    done = connection.execute(
        document.update()
        .where(
            document.c.id == found.id,
            document.c.state == found.state.value,
            document.c.fencing_token == found.fencing_token,
        )
        .values(**values)
    )
    if done.rowcount != 1:
        raise IllegalTransition(
            f"document {found.reference} is no longer {found.state}",
            kind="changed_meanwhile",
            next_step="run `frontline status` for where it stands now",
        )


def _remember(
    connection: sa.Connection,
    document_id: int,
    before: State | None,
    after: State,
    event: str,
    content: Intent | Document,
    actor: Actor,
    why: str,
    payload: bool,
) -> None:
    connection.execute(
        document_history.insert().values(
            document_id=document_id,
            at=actor.at,
            from_state=before.value if before else None,
            to_state=after.value,
            event=str(event),
            who=actor.who,
            why=why,
            transaction_no=content.transaction_no,
            content_hash=content.content_hash,
            payload=content.payload if payload else None,
        )
    )


def owned_numbers(connection: sa.Connection, company: str, series_id: int, year_id: int, at_least: int) -> set[int]:
    """Numbers from `at_least` on that documents of the log own in a series and year."""
    d = document.c
    return set(
        connection.scalars(
            sa.select(d.transaction_no).where(
                d.company == company,
                d.series_id == series_id,
                d.year_id == year_id,
                d.owns_number.is_(sa.true()),
                d.transaction_no >= at_least,
            )
        )
    )


def undecided(connection: sa.Connection, company: str, series_id: int | None = None) -> list[Document]:
    """Documents whose outcome is not known (`sending`, `unknown`), of a company or of one of its series."""
    where = [document.c.company == company, document.c.state.in_([state.value for state in UNDECIDED])]
    if series_id is not None:
        where.append(document.c.series_id == series_id)
    return find(connection, *where)
