"""Sending orders: intents before the call, one call for several orders, each answer written down, totals read back.

Belongs here: the steps of one batch - intents, call, answers, reading back - and what supersedes what.
Does not: hold the lease and choose the order of things (order_poster.py), what was left unknown (order_recovery.py), decide
(order_deciding.py).

The order is that of journals: what is sent stands in the posting log before the call, and what a crash leaves behind is looked
for before anything is sent again. OrderId comes from 24SevenOffice, so nothing collides there: an order is found by our key in
ReferenceNumber alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from frontline_pipeline.office.errors import NotSent, OfficeError, ReadFailed, Rejected, Unknown
from frontline_pipeline.posting import documents, lease
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.order_comparing import judge_order
from frontline_pipeline.posting.order_deciding import invoice_of
from frontline_pipeline.posting.order_keys import receipt_key
from frontline_pipeline.posting.order_payload import read_order
from frontline_pipeline.posting.order_port import OrderFound, OrderPort, OrderSaved, OrderToSave
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.records import CORRECT, ORDER, Actor, Document, Intent
from frontline_pipeline.posting.sending import BEFORE_SENDING, Desk
from frontline_pipeline.posting.states import IN_LEDGER, READABLE, UNDECIDED, Event, State, advance

CREDIT_SUFFIX = "/credit"
"""Document key of the credit note by which a correction takes an invoice back, after the invoice's own key."""
READ_AT_ONCE = 500
"""Orders in one GetInvoices call; the service takes 1000 (API.md section 6)."""
_FEW = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """One order of a batch: its intent, the row of an earlier attempt, what goes on the wire."""

    intent: Intent
    existing: Document | None
    wire: OrderToSave
    why: str = "intent before the call"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sending made of one order; `hold` when it is not the document's own state that says so."""

    document: Document | None
    hold: Hold | None
    why: str


@dataclass
class OrderSender:
    """The steps of sending and reading back. `calls` counts what it asked of the Invoice service."""

    desk: Desk
    port: Callable[[], OrderPort]
    calls: int = field(default=0)

    def send(self, pieces: Sequence[Piece]) -> list[Sent]:
        """One request for all of them; when 24SevenOffice refuses it whole, one request for each."""
        intended = self._intend(pieces)
        going = [
            (position, piece, now)
            for position, (piece, now) in enumerate(zip(pieces, intended, strict=True))
            if isinstance(now, Document)
        ]
        out: list[Sent] = [now if isinstance(now, Sent) else Sent(now, None, "") for now in intended]
        if not going:
            return out
        answers = self._call([piece.wire for _, piece, _ in going])
        if isinstance(answers, Rejected) and len(going) > 1 and answers.kind not in BEFORE_SENDING:
            # One bad order spoils the request: taken back, and each by itself.
            for position, piece, now in going:
                back = self._record(now, Event.NOT_SENT, f"the request was refused whole: {answers}", kind=answers.kind)
                again = Piece(piece.intent, back.document, piece.wire, "sent by itself, since its batch was refused")
                out[position] = self.send([again])[0]
            return out
        for index, (position, _, now) in enumerate(going):
            out[position] = self._answer(now, answers[index] if isinstance(answers, list) else answers)
        return out

    def _intend(self, pieces: Sequence[Piece]) -> list[Document | Sent]:
        """The intents, on disk when this returns, in one transaction. Raises FencedOut (a NotSent)."""
        desk = self.desk
        out: list[Document | Sent] = []
        with desk.database.writing() as connection:
            now = lease.confirm(desk.database, connection, desk.held)
            for piece in pieces:
                try:
                    with connection.begin_nested():
                        made = documents.write_intent(
                            connection,
                            piece.intent,
                            piece.existing,
                            desk.actor(now),
                            desk.why(piece.why),
                            by_person=bool(desk.reason),
                        )
                except IntegrityError:
                    why = (
                        f"{piece.intent.reference}: a receipt of it is in another order that was sent; nothing was sent. Look with "
                        f"`frontline status --orders --store {piece.intent.store}`"
                    )
                    out.append(Sent(piece.existing, Hold.CONFLICT, why))
                except IllegalTransition as change:
                    out.append(Sent(piece.existing, Hold.NOT_SENT, f"a person changed it meanwhile: {change}"))
                else:
                    out.append(made)
        return out

    def _call(self, wires: Sequence[OrderToSave]) -> list[OrderSaved] | NotSent | Rejected | Unknown:
        self.calls += 1
        try:
            saved = self.port().save_orders(wires)
        except (NotSent, Rejected, Unknown) as failure:
            return failure
        if len(saved) != len(wires):
            return Unknown(
                f"24SevenOffice answered for {len(saved)} of {len(wires)} orders; they may or may not be saved",
                kind="unreadable",
                operation="SaveInvoices",
            )
        return saved

    def _answer(self, now: Document, answer: OrderSaved | OfficeError) -> Sent:
        if isinstance(answer, OrderSaved) and answer.failure is not None:
            answer = answer.failure
        if isinstance(answer, NotSent):
            return self._record(now, Event.NOT_SENT, str(answer), kind=answer.kind, hold=Hold.NOT_SENT)
        if isinstance(answer, Rejected):
            if answer.kind in BEFORE_SENDING:
                return self._record(now, Event.NOT_SENT, str(answer), kind=answer.kind, hold=Hold.REFUSED)
            return self._record(now, Event.REJECTED, str(answer), kind=answer.kind, reached=True)
        if isinstance(answer, OfficeError):
            return self._record(now, Event.LOST, str(answer), kind=answer.kind, reached=True)
        if answer.refusal is not None:
            return self._record(now, Event.REJECTED, answer.refusal, kind="refused", reached=True)
        if answer.order_id is None:
            # Success without a number proves nothing (scenario X17).
            words = "24SevenOffice answered without an order number; it may or may not be saved"
            return self._record(now, Event.LOST, words, kind="unreadable", reached=True)
        return self.accepted(now, answer.order_id, answer.invoice_id, "24SevenOffice saved it")

    def accepted(
        self, now: Document, order_id: int, invoice_id: int | None, why: str, event: Event | None = None
    ) -> Sent:
        """Write down that an order is there, with its numbers; what it replaces or takes back becomes history."""
        if event is None:
            event = Event.ACCEPTED_DRAFT if now.granularity == "draft" else Event.ACCEPTED_POSTED
        changes = {"transaction_no": order_id, "links": json.dumps({"invoice": invoice_id})}
        return self._record(now, event, why, reached=True, changes=changes)

    def _record(
        self,
        found: Document,
        event: Event,
        why: str,
        *,
        kind: str | None = None,
        hold: Hold | None = None,
        reached: bool | None = None,
        changes: dict[str, object] | None = None,
    ) -> Sent:
        """Write an answer down. Needs no lease: it is a fact even when the lease was lost during the call."""
        with self.desk.database.writing() as connection:
            at = self.desk.database.now(connection)
            actor = self.desk.actor(at)
            now = documents.by_id(connection, found.id)
            open_still = now.state in UNDECIDED or now.state is State.PLANNED
            if not open_still or now.fencing_token != found.fencing_token:
                documents.note(connection, now, "late_answer", actor, why)
                return Sent(now, hold, why)
            if event is Event.LOST:
                changes = {**(changes or {}), "sent_at": at}
            if now.state is State.UNKNOWN and event is Event.LOST:
                return Sent(now, hold, why)
            after = advance(now.state, event)
            if after in IN_LEDGER:
                supersede(connection, now, actor, why)
            now = documents.transition(
                connection, now, event, actor, why, problem_kind=kind, reached_ledger=reached, changes=changes
            )
            if after in IN_LEDGER:
                claim_receipts(connection, now)
        return Sent(now, hold, why)

    # Reading back

    def read_back(self, out: Sequence[Document]) -> dict[int, Document]:
        """Read orders that are out, compare them with what was sent, and record the verdicts; by document id.

        What cannot be read stays as it is, and the next run reads it again.
        """
        numbered = [each for each in out if each.transaction_no is not None]
        done: dict[int, Document] = {}
        for start in range(0, len(numbered), READ_AT_ONCE):
            chunk = numbered[start : start + READ_AT_ONCE]
            self.calls += 1
            try:
                there = self.port().find_orders(order_ids=[each.transaction_no or 0 for each in chunk])
            except (NotSent, ReadFailed, Rejected):
                continue
            by_number: dict[int, list[OrderFound]] = {}
            for found in there:
                by_number.setdefault(found.order_id, []).append(found)
            with self.desk.database.writing() as connection:
                for each in chunk:
                    mine = by_number.get(each.transaction_no or 0, [])
                    done[each.id] = self._judged(connection, each, mine)
        return done

    def _judged(self, connection: sa.Connection, each: Document, mine: Sequence[OrderFound]) -> Document:
        now = documents.by_id(connection, each.id)
        if now.state not in IN_LEDGER:
            return now
        verdict, found = judge_order(now, read_order(now.payload, now.reference), mine)
        event = verdict.event or Event.READ_ABSENT
        if now.state not in READABLE and event is Event.READ_ABSENT:
            # A draft may be gone because a person deleted it; the log lets a person say so.
            event_state = now.state
        else:
            event_state = advance(now.state, event)
        told = "; ".join(str(each) for each in verdict.differences[:_FEW])
        links = json.dumps({"invoice": found.invoice_id}) if found is not None else now.links
        actor = self.desk.actor(self.desk.database.now(connection))
        if event_state is now.state and (now.problem or "") == told:
            return invoiced_since(connection, now, found, actor)
        if event_state is now.state and event_state is State.DRAFTED:
            return documents.mark(connection, now, str(event), actor, State.MISSING.value, told)
        kind = None if event_state is State.VERIFIED else event_state.value
        why = told or "24SevenOffice has what was sent, totals equal"
        try:
            return documents.transition(connection, now, event, actor, why, problem_kind=kind, changes={"links": links})
        except IllegalTransition:
            return documents.by_id(connection, each.id)


def invoiced_since(connection: sa.Connection, now: Document, found: OrderFound | None, actor: Actor) -> Document:
    """An order that reads as before, with the invoice that somebody made of it there since: a credit note refers to its number."""
    if found is None or found.invoice_id is None or found.invoice_id == invoice_of(now):
        return now
    why = now.problem if now.problem_kind else None
    links = json.dumps({"invoice": found.invoice_id})
    words = why or f"invoiced in 24SevenOffice as {found.invoice_id}"
    return documents.mark(connection, now, "invoiced", actor, now.problem_kind, words, links=links)


def supersede(connection: sa.Connection, now: Document, actor: Actor, at_why: str) -> None:
    """What an order that is there now replaces becomes history: the revision it updated, or the invoice that it credits."""
    if now.document_key.endswith(CREDIT_SUFFIX) and now.purpose == CORRECT:
        key = now.document_key.removesuffix(CREDIT_SUFFIX)
        old = [each for each in _live(connection, now.company, key) if each.revision == now.revision]
        why = f"credited by {now.reference}"
    else:
        old = [each for each in _live(connection, now.company, now.document_key) if each.revision < now.revision]
        why = f"updated to {now.reference}"
    for each in old:
        documents.transition(connection, each, Event.REVERSE, actor, f"{why} ({at_why})")


def _live(connection: sa.Connection, company: str, key: str) -> list[Document]:
    return [each for each in documents.revisions(connection, company, ORDER, key) if each.state in IN_LEDGER]


def claim_receipts(connection: sa.Connection, now: Document) -> None:
    """All receipts of an order that is there; an update's intent took only those that its predecessor did not have."""
    sent = read_order(now.payload, now.reference)
    keys = [receipt_key(register, receipt) for register, receipt in sent["receipts"]]
    if set(keys) != set(now.z_keys):
        documents.claim(connection, now.id, now.company, keys)
