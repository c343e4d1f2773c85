"""An invoice that changed in Frontline, put right on a person's word: a credit note for what is out, then a new invoice.

Belongs here: the two steps, each with its own intent, in an order that can be taken up again after any crash.
Does not: run by itself (a run holds such an order as changed), update drafts and sales orders (order_poster.py does).

The credit note refers to the invoice (ReferenceInvoiceId, ReferenceOrderId: API.md section 6) and turns its rows; once it is there the
invoice counts as reversed, and the new one is the next revision. Nothing new is sent while the credit note's outcome is unknown.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from frontline_pipeline.office.errors import NotSent, Rejected
from frontline_pipeline.office.models import TaxCode
from frontline_pipeline.orders.model import OrderDocument, Withdrawn
from frontline_pipeline.posting import documents, preflight
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.order_deciding import BROKEN, decide_order, form_of, invoice_of, left_over, outcome_of
from frontline_pipeline.posting.order_payload import credit_of, credit_to_save, encode_order, order_hash, read_order
from frontline_pipeline.posting.order_poster import OrderPoster
from frontline_pipeline.posting.order_recovery import recover_orders
from frontline_pipeline.posting.order_sending import CREDIT_SUFFIX, OrderSender, Piece
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import reference
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.records import CORRECT, ORDER, Document, Intent
from frontline_pipeline.posting.sending import Desk
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline.settings import StoreProfile


def correct_order(
    poster: Poster,
    orders: OrderPoster,
    found: OrderDocument | Withdrawn,
    profile: StoreProfile,
    *,
    reason: str,
    who: str,
    today: dt.date,
) -> list[Outcome]:
    """Credit the invoice that is out for `found`, dated `today`, then send `found` as a new invoice; of a withdrawn one
    nothing is sent anew.

    Outcomes of the credit note and of the new invoice; a single one when there is nothing to correct, or when the credit note
    is not there yet. Raises NotInitialised, LeaseBusy, ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a correction needs a reason")
    with poster.desk(who, reason) as desk:
        sender = OrderSender(desk, orders.port)
        recover_orders(sender)
        credit = _credit(poster, found, profile, desk, sender, today)
    if isinstance(found, Withdrawn):
        return [] if credit is None else [credit]
    if credit is not None and not credit.done:
        return [credit]
    if credit is not None and credit.already and credit.document_key == found.document_key:
        return [credit]
    return [*([credit] if credit is not None else []), *orders.post([found], profile)]


def _credit(
    poster: Poster,
    found: OrderDocument | Withdrawn,
    profile: StoreProfile,
    desk: Desk,
    sender: OrderSender,
    today: dt.date,
) -> Outcome | None:
    """The credit note of what is out; None when it was credited before, or nothing is out."""
    company = poster.company_code
    with desk.database.reading() as connection:
        known = documents.revisions(connection, company, ORDER, found.document_key)
        last = known[-1] if known else None
        notes = documents.revisions(connection, company, ORDER, found.document_key + CREDIT_SUFFIX)
        if last is None or last.state is State.REVERSED:
            there = [each for each in notes if each.state in IN_LEDGER] if isinstance(found, Withdrawn) else []
            return outcome_of(there[-1], "it was credited before", already=True) if there else None
        decision = None if isinstance(found, Withdrawn) else decide_order(connection, company, found)
    if last.state not in IN_LEDGER:
        return outcome_of(last, f"it is {last.state}; only what is out is corrected")
    if isinstance(found, OrderDocument) and last.content_hash == order_hash(found):
        return outcome_of(last, "says the same already; nothing was written", already=True)
    if form_of(last) != "invoice":
        return _held(last, Hold.CHANGED, left_over(last)) if isinstance(found, Withdrawn) else None
    if isinstance(found, OrderDocument) and not isinstance(decision, Outcome):
        return None
    if last.state in BROKEN:
        # A credit note turns what was sent; of an invoice that is gone, edited or there twice it would take back another sum.
        told = (
            decision
            if isinstance(decision, Outcome)
            else _held(
                last, Hold.CHANGED, f"{last.state} there ({last.problem or 'no words'}): mend it in 24SevenOffice first"
            )
        )
        return replace(told, message=f"{told.message}, or credit it there and `frontline reverse {last.reference}`")
    existing = next((each for each in notes if each.revision == last.revision), None)
    if existing is not None and existing.state not in (State.PLANNED, State.REJECTED):
        return outcome_of(existing, f"its credit note is {existing.state}: {existing.problem or 'look for it first'}")
    try:
        codes = _codes(last, profile, desk)
        preflight.open_date(last.document_key, today, profile, desk.lookups)
    except (Refused, Rejected) as refusal:
        return _held(last, Hold.REFUSED, str(refusal))
    except NotSent as failure:
        return _held(last, Hold.NOT_SENT, str(failure))
    piece = credit_piece(last, existing, profile, codes, today)
    sent = sender.send([piece])[0]
    if sent.document is None:
        return _held(last, sent.hold or Hold.NOT_SENT, sent.why)
    judged = sender.read_back([sent.document]) if sent.document.state in IN_LEDGER else {}
    now = judged.get(sent.document.id, sent.document)
    return outcome_of(now, f"credit note {now.transaction_no} of {last.reference}: {sent.why}", calls=sender.calls)


def _held(last: Document, hold: Hold, words: str) -> Outcome:
    return replace(outcome_of(last, words), state=hold)


def _codes(last: Document, profile: StoreProfile, desk: Desk) -> dict[str, TaxCode]:
    preflight.check_client(profile.company_code, profile.company, desk.lookups)
    rows = read_order(last.payload, last.reference)["rows"]
    return desk.lookups.tax_codes() if any(row["tax"] is not None for row in rows) else {}


def credit_piece(
    last: Document, existing: Document | None, profile: StoreProfile, codes: dict[str, TaxCode], today: dt.date
) -> Piece:
    """The credit note of an invoice that is out, ready to be sent."""
    sent = credit_of(read_order(last.payload, last.reference), last.transaction_no or 0, invoice_of(last), today)
    key = last.document_key + CREDIT_SUFFIX
    named = reference(key, last.revision)
    intent = Intent(
        company=last.company,
        store=last.store,
        business_day=last.business_day,
        ledger_date=today,
        document_key=key,
        revision=last.revision,
        reference=named,
        granularity=last.granularity,
        content_hash=last.content_hash,
        payload=encode_order(sent),
        mode=last.mode,
        type_no=None,
        series_id=None,
        year_id=None,
        transaction_no=None,
        z_keys=(),
        kind=ORDER,
        purpose=CORRECT,
    )
    wire = credit_to_save(sent, named, codes, profile.rules.tax_reference == "id")
    return Piece(intent, existing, wire, f"credit note of {last.reference}")
