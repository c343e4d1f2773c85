"""May this order be sent, and as what? Decided from the posting log alone, before any call.

Belongs here: the comparison of an order with what is already out, the revision it gets, the original of a credit note.
Does not: send (order_sending.py), change anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.orders.model import OrderDocument
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.order_keys import order_key, receipt_key
from frontline_pipeline.posting.order_payload import order_differences, order_hash, read_order
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import reference
from frontline_pipeline.posting.records import ORDER, Document
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.settings_orders import Form

_FEW = 6
BROKEN = frozenset({State.DRIFTED, State.MISSING, State.DUPLICATED})
"""States of an order that 24SevenOffice does not hold as it was sent."""


@dataclass(frozen=True, slots=True)
class SendOrder:
    """It may go as this revision, over `existing` when an earlier attempt left a row; `base`: the revision that it updates."""

    found: OrderDocument
    revision: int
    existing: Document | None
    base: Document | None

    @property
    def reference(self) -> str:
        """What 24SevenOffice will know it by."""
        return reference(self.found.document_key, self.revision)

    @property
    def form(self) -> Form:
        """The order's own form, or that of what is out already."""
        return form_of(self.base) if self.base is not None else self.found.form

    @property
    def status(self) -> str:
        """OrderStatus; an update leaves that of what is out."""
        return read_order(self.base.payload, self.base.reference)["status"] if self.base else self.found.status


def form_of(document: Document) -> Form:
    """The form of an order that is out."""
    if document.granularity == "invoice":
        return "invoice"
    return "order" if document.granularity == "order" else "draft"


def mode_of(form: Form) -> Mode:
    """Draft or posted, as the log and its reports know it."""
    return Mode.DRAFT if form == "draft" else Mode.POSTED


def invoice_of(document: Document) -> int | None:
    """The invoice number that 24SevenOffice gave an order; None while it has none."""
    if document.links is None:
        return None
    number = json.loads(document.links).get("invoice")
    return int(number) if number is not None else None


def decide_order(connection: sa.Connection, company: str, found: OrderDocument) -> SendOrder | Outcome | Document:
    """What the log says of an order: send it, what came of it before or why it is held, or a document whose outcome is not
    known and must be looked for first."""
    known = documents.revisions(connection, company, ORDER, found.document_key)
    if not known:
        return SendOrder(found, 1, None, None)
    last = known[-1]
    base = next((each for each in reversed(known) if each.state in IN_LEDGER and each.id != last.id), None)
    if last.state in UNDECIDED:
        return last
    if last.state is State.REVERSED:
        return SendOrder(found, last.revision + 1, None, None)
    if last.state in (State.PLANNED, State.REJECTED):
        return SendOrder(found, last.revision, last, base)
    if last.state is State.SKIPPED:
        words = (
            f"a person decided that it is not sent; `frontline resume {last.reference} --reason ...` takes that back"
        )
        return outcome_of(last, words)
    if last.state in IN_LEDGER:
        return _in_ledger(last, found)
    said = last.problem or "something else stands in 24SevenOffice in its place"
    return outcome_of(
        last,
        f"held, 24SevenOffice does not show what was sent: {said}. Look at it there, then run `frontline resolve "
        f"{last.reference} --found` (it is this one) or `--absent` (it is not), with `--reason ...`",
    )


def _in_ledger(last: Document, found: OrderDocument) -> SendOrder | Outcome:
    named = f"{form_of(last)} {last.transaction_no}"
    if last.content_hash == order_hash(found):
        note = ""
        if last.state in BROKEN:
            note = f"; the last reading found it {last.state}: {last.problem or ''}"
        return outcome_of(last, f"already sent as {named}, nothing was written{note}", already=True)
    told = "; ".join(order_differences(read_order(last.payload, last.reference), found)[:_FEW])
    if last.state in BROKEN:
        return held_order(
            found,
            last.revision,
            Hold.CHANGED,
            f"it is out as {named}, {last.state} there ({last.problem or 'no words'}), and changed in Frontline: {told}. Mend it "
            "in 24SevenOffice first",
            last.transaction_no,
        )
    if form_of(last) == "invoice":
        return held_order(
            found,
            last.revision,
            Hold.CHANGED,
            f"it is invoiced as order {last.transaction_no}, and changed in Frontline: {told}. An invoice is not edited; "
            f"`frontline correct --store {last.store} --day {last.business_day} --order {found.order_id} --reason ...` makes a "
            "credit note and a new invoice",
            last.transaction_no,
        )
    return SendOrder(found, last.revision + 1, None, last)


def original_of(connection: sa.Connection, company: str, stores: Sequence[str], found: OrderDocument) -> Document | str:
    """The order that a credit note refers to, which must be out (scenario E10); in words why there is none.

    By the order it names, in its own store or another of the company; for one made of returns, by the receipts they take back.
    """
    if found.original_order is not None:
        known: dict[str, Document] = {}
        for store in stores:
            for each in documents.revisions(connection, company, ORDER, order_key(store, found.original_order)):
                if each.state in IN_LEDGER:
                    known[store] = each
        own = known.get(found.store)
        if own is not None:
            return own
        if len(known) == 1:
            return next(iter(known.values()))
        if known:
            return f"original order {found.original_order} was sent by several stores: {', '.join(sorted(known))}"
        return f"original order {found.original_order} was never sent"
    wanted = [receipt_key(each.register, each.original_receipt) for each in found.receipts if each.original_receipt]
    live = [each for each in documents.live_documents_of(connection, company, wanted) if each.state in IN_LEDGER]
    if len(live) == 1:
        return live[0]
    if live:
        return f"its returns belong to several orders: {', '.join(each.reference for each in live)}"
    return (
        "it names no original order" if not wanted else "the receipts that it takes back are in no order that was sent"
    )


def left_over(document: Document) -> str:
    """What a person does about a draft or sales order that is out though Frontline has nothing left of it."""
    return f"nothing takes its place: {taking_back(document)}"


def taking_back(document: Document) -> str:
    """How a person takes an order out of 24SevenOffice, and says so; then its receipts are free."""
    if form_of(document) == "invoice" or invoice_of(document) is not None:
        return f"make a credit note of it in 24SevenOffice, then say so with `frontline reverse {document.reference} --reason ...`"
    return (
        f"delete {form_of(document)} {document.transaction_no} in 24SevenOffice, then say so with `frontline deleted {document.reference} "
        "--reason ...`"
    )


def outcome_of(document: Document, message: str, *, already: bool = False, calls: int = 0) -> Outcome:
    """The outcome that an order's own state tells."""
    return Outcome(
        document.document_key,
        document.reference,
        document.revision,
        document.state,
        document.transaction_no,
        document.mode,
        already,
        f"{document.reference}: {message}",
        calls,
    )


def held_order(
    found: OrderDocument, revision: int, hold: Hold, message: str, number: int | None = None, calls: int = 0
) -> Outcome:
    """The outcome of an order that was not sent."""
    named = reference(found.document_key, revision)
    return Outcome(
        found.document_key, named, revision, hold, number, mode_of(found.form), False, f"{named}: {message}", calls
    )


def what_to_look_for(document: Document) -> str:
    """How a person finds out what became of an order, and says so."""
    customer = read_order(document.payload, document.reference)["customer"]
    return (
        f"Look among the orders of customer {customer} in 24SevenOffice for the reference {document.reference}, then run "
        f"`frontline resolve {document.reference} --found` or `--absent`, with `--reason ...`"
    )
