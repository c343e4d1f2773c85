"""Documents of the posting log: rows in and out, and the only way their state may change.

Belongs here: intents, transitions with their history, the Z-report guard's rows. Every function works inside the caller's
transaction.
Does not: say what a row holds (records.py), decide what to do with it (poster.py), open transactions (database.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode, ZKey
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.records import (
    JOURNAL,
    REVERSAL,
    REVERSAL_SUFFIX,
    ROLLBACK,
    Actor,
    Document,
    HistoryEntry,
    Intent,
)
from frontline_pipeline.posting.schema import document, document_history, z_in_document
from frontline_pipeline.posting.states import IN_LEDGER, Event, State, advance, holds_z_reports

__all__ = ["JOURNAL", "Actor", "Document", "HistoryEntry", "Intent"]


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


def by_references(connection: sa.Connection, company: str, references: Iterable[str]) -> list[Document]:
    """Documents of a company by what the ledger knows them by."""
    names, found = sorted(set(references)), list[Document]()
    for start in range(0, len(names), 500):
        found += find(connection, document.c.company == company, document.c.reference.in_(names[start : start + 500]))
    return found


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


def write_intent(
    connection: sa.Connection,
    intent: Intent,
    existing: Document | None,
    actor: Actor,
    why: str = "intent before the call",
    *,
    by_person: bool = False,
) -> Document:
    """Make the intent: the document becomes `sending` with its number, its Z-reports are taken.

    `existing` is the row of the same key and revision, planned or rejected; its content is replaced by the intent's.
    `by_person`: the attempts count anew; so they do for other content. Raises sqlalchemy IntegrityError when a Z-report or
    the number belongs to another document, IllegalTransition when `existing` changed meanwhile.
    """
    again = existing is not None and existing.content_hash == intent.content_hash and not by_person
    content = {
        **_content(intent),
        "attempts": existing.attempts + 1 if existing is not None and again else 1,
        "sent_at": actor.at,
        "owns_number": True,
        "event": Event.INTENT.value,
        "fencing_token": actor.fencing_token,
        "run_id": actor.run_id,
        "problem_kind": None,
        "problem": None,
        "updated_at": actor.at,
    }
    if existing is None:
        document_id = _insert(connection, intent, actor, State.SENDING, content)
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
    _remember(connection, document_id, before, after, Event.INTENT, intent, actor, why, True)
    claim(connection, document_id, intent.company, intent.z_keys)
    return by_id(connection, document_id)


def plan(connection: sa.Connection, intent: Intent, actor: Actor, why: str) -> Document:
    """Write a document that was not sent from here, as `planned` with its content; its Z-reports are not taken yet.

    Raises IntegrityError when its number belongs to another document.
    """
    content = {
        **_content(intent),
        "attempts": 0,
        "sent_at": None,
        "owns_number": intent.transaction_no is not None,
        "fencing_token": actor.fencing_token,
        "run_id": actor.run_id,
        "problem_kind": None,
        "problem": None,
        "updated_at": actor.at,
    }
    document_id = _insert(connection, intent, actor, State.PLANNED, content)
    _remember(connection, document_id, None, State.PLANNED, "planned", intent, actor, why, payload=True)
    claim(connection, document_id, intent.company, intent.z_keys, live=False)
    return by_id(connection, document_id)


def fill(connection: sa.Connection, found: Document, row: Intent, actor: Actor, why: str) -> Document:
    """Give an adopted document what only the extract knows: its Z-reports, and the content that the ledger was found equal to.

    Raises IntegrityError when a Z-report is in another live document.
    """
    content = {"content_hash": row.content_hash, "payload": row.payload, "granularity": row.granularity}
    _compare_and_set(connection, found, **content, updated_at=actor.at)
    note(connection, found, "adopted", actor, why)
    claim(connection, found.id, found.company, row.z_keys, live=found.live)
    return by_id(connection, found.id)


def _content(intent: Intent) -> dict[str, object]:
    return {
        "store": intent.store,
        "business_day": intent.business_day,
        "ledger_date": intent.ledger_date,
        "reference": intent.reference,
        "granularity": intent.granularity,
        "content_hash": intent.content_hash,
        "payload": intent.payload,
        "mode": intent.mode.value,
        "type_no": intent.type_no,
        "series_id": intent.series_id,
        "year_id": intent.year_id,
        "transaction_no": intent.transaction_no,
        "purpose": intent.purpose,
        "reason": intent.reason,
    }


def _insert(
    connection: sa.Connection, intent: Intent, actor: Actor, state: State, content: Mapping[str, object]
) -> int:
    found = connection.execute(
        document.insert().values(
            company=intent.company,
            kind=intent.kind,
            document_key=intent.document_key,
            revision=intent.revision,
            state=state.value,
            reached_ledger=False,
            created_at=actor.at,
            **content,
        )
    )
    key = found.inserted_primary_key
    return int(key[0]) if key is not None else 0


def claim(
    connection: sa.Connection, document_id: int, company: str, z_keys: Iterable[ZKey], *, live: bool = True
) -> None:
    """Set the Z-reports of a document. Raises IntegrityError when one is in another live document."""
    connection.execute(z_in_document.delete().where(z_in_document.c.document_id == document_id))
    rows = [
        {
            "document_id": document_id,
            "company": company,
            "register": key.register,
            "z_number": key.z_number,
            "live": live,
        }
        for key in z_keys
    ]
    if rows:
        connection.execute(z_in_document.insert(), rows)


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
    claims: bool = True,
    changes: Mapping[str, object] | None = None,
) -> Document:
    """Move a document by `event`, remember it, and take or free its Z-reports.

    `changes`: further columns that go with it (attempts, sent_at, links). `claims=False` takes no Z-reports though the new
    state holds them: they are another document's, and this one only has to be seen. A reversal that turns out to be in the
    ledger takes its journal along, in the same transaction. Raises IllegalTransition when the machine has no such step or
    the row is no longer as `found` says, IntegrityError when a Z-report is in another live document.
    """
    after = advance(found.state, event)
    reached = found.reached_ledger if reached_ledger is None else reached_ledger
    values: dict[str, object] = {
        "state": after.value,
        "event": event.value,
        "reached_ledger": reached,
        "problem_kind": problem_kind,
        "problem": why if problem_kind else None,
        "updated_at": actor.at,
        "run_id": actor.run_id or found.run_id,
        **(changes or {}),
    }
    if releases_number:
        values["owns_number"] = False
    _compare_and_set(connection, found, **values)
    _remember(connection, found.id, found.state, after, event, found, actor, why, payload=False)
    live = holds_z_reports(after, reached_ledger=reached)
    if claims or not live:
        # By the rows and not by the state before: a document may be out whose Z-reports are another's.
        z = z_in_document.c
        connection.execute(
            z_in_document.update()
            .where(z.document_id == found.id, z.live.is_(sa.false() if live else sa.true()))
            .values(live=live)
        )
    if found.kind == REVERSAL and after in IN_LEDGER and found.state not in IN_LEDGER:
        _take_journal_along(connection, found, actor)
    return by_id(connection, found.id)


def _take_journal_along(connection: sa.Connection, reversal: Document, actor: Actor) -> None:
    key = reversal.document_key.removesuffix(REVERSAL_SUFFIX)
    for journal in revisions(connection, reversal.company, JOURNAL, key):
        if journal.revision == reversal.revision and journal.state in IN_LEDGER:
            event = Event.ROLL_BACK if reversal.purpose == ROLLBACK else Event.REVERSE
            why = f"reversed by {reversal.reference}, number {reversal.transaction_no}"
            if reversal.reason:
                why += f": {reversal.reason}"
            transition(connection, journal, event, actor, why, claims=False)


def mark(
    connection: sa.Connection,
    found: Document,
    event: str,
    actor: Actor,
    kind: str | None,
    why: str,
    **changes: object,
) -> Document:
    """Set or clear (kind None) the problem of a document that stays where it is, and remember it. `changes`: further columns."""
    values = {"problem_kind": kind, "problem": why if kind else None, "updated_at": actor.at, **changes}
    _compare_and_set(connection, found, **values)
    note(connection, found, event, actor, why)
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
            next_step=f"`frontline preview --store {found.store} --day {found.business_day}` shows where it stands now",
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
