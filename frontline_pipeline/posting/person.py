"""A person's word about one document: resolve, retry, skip, resume, reverse, deleted.

Belongs here: what each word means in each state, who said it and why, and what to do instead where it means nothing.
Does not: ask the ledger, send, correct (correcting.py) or roll back a range (rollback.py).

A word that denies (absent, skip, reverse, deleted) is about what the person saw. What was sent after the word was spoken, and before
it could be written, they cannot have seen: they are asked to look again.

There is no state without a way on (a test walks all of them): what is in the ledger can be corrected, or be declared reversed
by hand; what is not can be retried or skipped; a skip and a rollback can be taken back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.errors import NotResolvable
from frontline_pipeline.posting.lease import is_free
from frontline_pipeline.posting.payload import z_words
from frontline_pipeline.posting.probing import NUMBER_TAKEN
from frontline_pipeline.posting.records import BACK, BY_HAND, DELETED, ORDER, REVERSAL, REVERSAL_SUFFIX, Actor, Document
from frontline_pipeline.posting.schema import document
from frontline_pipeline.posting.sending import DUPLICATE
from frontline_pipeline.posting.states import IN_LEDGER, TRANSITIONS, UNDECIDED, Event, State

HAND_ENTERED = "hand_entered"
"""Problem kind of a store-day that looks as if a person had entered it in the ledger already."""
MAYBE_DRAFT = "maybe_draft"
"""Problem kind of a store-day of which a draft may be out that the lost log knew of."""

_RESOLVABLE = UNDECIDED | {State.DISPUTED}


def resolve(database: Database, key: str, *, found: bool, reason: str, who: str) -> Document:
    """A person has looked in 24SevenOffice for a document whose outcome is unknown or disputed, or for a deleted draft.

    `key` is its reference or document key. found: it is there, so it is posted (or drafted, by its mode); a store-day that
    a person had entered by hand becomes skipped. Not found: it may be sent again, under the same number, so that a late first
    request collides instead of doubling; only when the number is known to be used by another voucher does the next attempt
    take a new one. A draft that is not there any more was deleted: its Z-reports are free for a new revision.
    Raises NotResolvable, also when it was sent again before "not found" could be written.
    """
    _want_reason(key, reason)
    spoken = _last_sent(database, key)
    with database.writing() as connection:
        actor = Actor(who, database.now(connection))
        wanted = _RESOLVABLE if found else _RESOLVABLE | {State.DRAFTED}
        named = _named(connection, key, wanted, "resolve")
        if not found:
            _refuse_what_was_sent_since(named, spoken)
        held = _settled(database, connection, named, actor)
        if found:
            event = Event.FOUND_DRAFT if held.mode is Mode.DRAFT else Event.FOUND_POSTED
            if held.problem_kind == HAND_ENTERED:
                event = Event.SKIP
            return documents.transition(connection, held, event, actor, f"found in the ledger: {reason}")
        return documents.transition(
            connection,
            held,
            Event.ABSENT,
            actor,
            f"not in the ledger: {reason}",
            # What was never sent cannot land late. An order has no number before it is there.
            reached_ledger=held.reached_ledger if held.kind == ORDER else held.transaction_no is not None,
            releases_number=held.problem_kind in (DUPLICATE, NUMBER_TAKEN),
            changes={"attempts": 0, **({"purpose": DELETED} if held.state is State.DRAFTED else {})},
        )


def retry(database: Database, key: str, *, reason: str, who: str) -> Document:
    """Let a document be sent again by the next run: after a refusal, after too many attempts, after it vanished from the
    ledger. Its attempts count anew. One whose outcome is unknown is looked for again, and sent only if it is not there.

    Raises NotResolvable, also when another document has taken its Z-reports meanwhile.
    """
    return _said(database, key, Event.RETRY, "retry", f"to be sent again: {reason}", reason, who, {"attempts": 0})


def skip(database: Database, key: str, *, reason: str, who: str) -> Document:
    """A person decides that the pipeline does not post a document. Its Z-reports stay taken until `resume`.

    Raises NotResolvable; what is posted is corrected, rolled back or reversed instead.
    """
    return _said(database, key, Event.SKIP, "skip", f"skipped: {reason}", reason, who)


def resume(database: Database, key: str, *, reason: str, who: str) -> Document:
    """Take a skip back: the next run posts the document. Raises NotResolvable."""
    return _said(database, key, Event.RESUME, "resume", f"skip taken back: {reason}", reason, who, {"attempts": 0})


def reverse(database: Database, key: str, *, reason: str, who: str) -> Document:
    """A person has reversed a voucher in 24SevenOffice with one of their own: the log takes their word.

    The way on for what is drifted, doubled or matched, which no command corrects by itself. Both vouchers stand, and a read-back
    expects this one. Its Z-reports are free: the next run posts a new revision. Raises NotResolvable.
    """
    why = f"reversed by hand in the ledger: {reason}"
    return _said(database, key, Event.REVERSE, "reverse", why, reason, who, {"purpose": BY_HAND})


def deleted(database: Database, key: str, *, reason: str, who: str) -> Document:
    """A person has deleted a voucher (or a draft) in 24SevenOffice: the log takes their word, and a read-back that finds it says so.

    Otherwise as `reverse`. The difference tells a deleted voucher whose first request lands late, and whose sales are then there
    beside those of the next revision, from one that is reversed and stands. Raises NotResolvable.
    """
    why = f"deleted in the ledger: {reason}"
    return _said(database, key, Event.REVERSE, "deleted", why, reason, who, {"purpose": DELETED})


def _said(
    database: Database,
    key: str,
    event: Event,
    word: str,
    why: str,
    reason: str,
    who: str,
    changes: dict[str, object] | None = None,
) -> Document:
    _want_reason(key, reason)
    wanted = {state for state in State if event in TRANSITIONS[state]}
    if event in TRANSITIONS[State.UNKNOWN]:
        wanted |= UNDECIDED
    spoken = _last_sent(database, key)
    with database.writing() as connection:
        actor = Actor(who, database.now(connection))
        named = _named(connection, key, wanted, word)
        if event in _DENYING:
            _refuse_what_was_sent_since(named, spoken)
        if named.state is State.REVERSED:
            return documents.mark(connection, named, word, actor, None, why, purpose=BY_HAND)
        found = _settled(database, connection, named, actor)
        if found.kind == REVERSAL and found.state in IN_LEDGER and event is not Event.SKIP:
            raise NotResolvable(
                f"{found.reference} is a reversal, and its journal counts as reversed",
                kind="reversal",
                next_step="put it right in 24SevenOffice (enter it again with this reference if it was deleted); the next "
                "read-back sees it",
            )
        if event is Event.REVERSE or (event is Event.RETRY and found.state is State.MISSING):
            _refuse_with_open_reversal(connection, found, event)
        # A document that may be in the ledger stays so in the log's eyes: RETRY of a vanished one reuses its number.
        kind, problem = (found.problem_kind, found.problem) if event is Event.RETRY and _stays(found) else (None, None)
        try:
            return documents.transition(
                connection,
                found,
                event,
                actor,
                why,
                changes={**(changes or {}), "problem_kind": _kept(kind), "problem": problem},
            )
        except IntegrityError:
            raise NotResolvable(
                f"document {found.reference}: {z_words(found.z_keys)} is in another document by now",
                kind="taken",
                next_step=f"`frontline preview --store {found.store} --day {found.business_day}` shows both",
            ) from None


_DENYING = (Event.SKIP, Event.REVERSE)


def _last_sent(database: Database, key: str) -> Mapping[int, dt.datetime | None]:
    """When each document of a key was last sent, as the word is spoken."""
    with database.reading() as connection:
        return {each.id: each.sent_at for each in _known(connection, key)}


def _refuse_what_was_sent_since(found: Document, spoken: Mapping[int, dt.datetime | None]) -> None:
    """By what was sent and not by the clock, which may be set back."""
    if found.sent_at is not None and found.sent_at != spoken.get(found.id):
        raise NotResolvable(
            f"{found.reference} was sent again while this was said, as number {found.transaction_no}",
            kind="sent_since",
            next_step="look in 24SevenOffice once more, then say what is there now",
        )


def _refuse_with_open_reversal(connection: sa.Connection, found: Document, event: Event) -> None:
    """While a reversal of ours may be in the ledger, or may yet reach it, its journal is neither sent again (the two would cancel
    out) nor reversed by hand (it would be taken back twice); both would look right."""
    known = documents.revisions(connection, found.company, REVERSAL, found.document_key + REVERSAL_SUFFIX)
    for each in known:
        # One that lands later takes a journal along that was sent again, but not one that a person reversed.
        may_land = event is Event.REVERSE and each.state is State.PLANNED and each.reached_ledger
        if each.revision == found.revision and (may_land or each.state in UNDECIDED | IN_LEDGER | {State.DISPUTED}):
            raise NotResolvable(
                f"{found.reference} has a reversal, {each.reference}, that is {each.state}",
                kind="reversal",
                next_step="run the correction or the rollback again, which goes on with the reversal; or look for it in "
                "24SevenOffice and resolve it, or skip it, first",
            )


def _stays(found: Document) -> bool:
    return TRANSITIONS[found.state][Event.RETRY] is found.state


def _kept(kind: str | None) -> str | None:
    """A used number stays used; that there were too many attempts is over."""
    return None if kind == "exhausted" else kind


def _want_reason(key: str, reason: str) -> None:
    if not reason.strip():
        raise NotResolvable(
            f"document {key} is resolved by a person, who gives a reason",
            kind="reason",
            next_step="say in --reason where you looked and what you saw",
        )


def _settled(database: Database, connection: sa.Connection, held: Document, actor: Actor) -> Document:
    """What is being sent is not for a person; the leftover of a crash is unknown. The caller holds the write lock."""
    if held.state is not State.SENDING:
        return held
    if not is_free(database, connection, held.company):
        raise NotResolvable(
            f"document {held.reference} is being sent right now",
            kind="sending",
            next_step="wait for that run to end; if it was killed, its lease runs out by itself",
        )
    return documents.transition(
        connection,
        held,
        Event.LOST,
        actor,
        "the writer died between intent and answer",
        problem_kind="crash",
        reached_ledger=True,
        changes={"sent_at": actor.at},
    )


def _known(connection: sa.Connection, key: str) -> list[Document]:
    d = document.c
    return documents.find(connection, sa.or_(d.reference == key, d.document_key == key))


def _named(connection: sa.Connection, key: str, wanted: Collection[State], word: str) -> Document:
    """The one document of a reference or document key that stands where `word` means something."""
    known = _known(connection, key)
    # Said to be deleted, and yet there: it may have been reversed instead.
    fitting = [each for each in known if each.state in wanted or (word == "reverse" and each.problem_kind == BACK)]
    if len(fitting) == 1:
        return fitting[0]
    if not known:
        raise NotResolvable(
            f"the posting log has no document {key!r}",
            kind="no_document",
            next_step="`frontline preview --store ... --day ...` lists those of a store-day",
        )
    if fitting:
        names = ", ".join(each.reference for each in fitting)
        raise NotResolvable(
            f"{key!r} names several documents: {names}", kind="ambiguous", next_step="give the reference of one"
        )
    last = known[-1]
    if word == "resolve":
        raise NotResolvable(
            f"document {last.reference} ({z_words(last.z_keys)}) is {last.state}, its outcome is known",
            kind="decided",
            next_step="there is nothing to resolve",
        )
    raise NotResolvable(
        f"document {last.reference} ({z_words(last.z_keys)}) is {last.state}: {word} means nothing there",
        kind="decided",
        next_step=_instead(last),
    )


def _instead(found: Document) -> str:
    """What a person can do where the word they gave means nothing."""
    day = f"--store {found.store} --day {found.business_day}"
    if found.state is State.SKIPPED:
        return f"`frontline resume {found.reference} --reason ...` takes the skip back"
    if found.state is State.DRAFTED and found.kind == ORDER:
        return f"delete the draft in 24SevenOffice, then `frontline resolve {found.reference} --absent --reason ...`"
    if found.state is State.ROLLED_BACK:
        return f"`frontline release --store {found.store} --from {found.business_day} --to {found.business_day}` releases it"
    if found.state is State.REVERSED:
        return "it is history; the next run posts a new revision"
    if found.state is State.DRAFTED:
        return "post or delete the draft in 24SevenOffice; a deleted one is `frontline resolve --absent`"
    if found.state in IN_LEDGER and found.kind == ORDER:
        return (
            f"mend it in 24SevenOffice, or `frontline correct {day} --order ...` makes a credit note and a new invoice"
        )
    if found.state in IN_LEDGER:
        return f"`frontline correct {day}` or `frontline rollback` reverses it"
    if found.state in UNDECIDED | {State.DISPUTED}:
        return f"`frontline resolve {found.reference} --found` or `--absent` says what the ledger has"
    return f"`frontline retry {found.reference}` or `frontline skip {found.reference}`, with --reason"
