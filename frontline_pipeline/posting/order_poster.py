"""Sending the orders of a store: settled ones first, the rest in batches under the company's lease, all read back.

Belongs here: the order over several orders, the lease around them, what each run does about what an earlier one left open.
Does not: the steps of a batch (order_sending.py), what the log decides (order_deciding.py), the client's registers (order_checking.py),
build documents (orders/).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from frontline_pipeline.accounting.money import display
from frontline_pipeline.office.errors import NotSent, ReadFailed, Rejected
from frontline_pipeline.office.models import TaxCode
from frontline_pipeline.orders.model import OrderDocument
from frontline_pipeline.posting import documents, lease, preflight
from frontline_pipeline.posting.attempt import exhaust
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.order_changes import not_updatable, update_of
from frontline_pipeline.posting.order_checking import check_order
from frontline_pipeline.posting.order_deciding import (
    SendOrder,
    decide_order,
    form_of,
    held_order,
    invoice_of,
    mode_of,
    original_of,
    outcome_of,
    what_to_look_for,
)
from frontline_pipeline.posting.order_keys import receipt_key
from frontline_pipeline.posting.order_payload import order_hash, order_payload, read_order, to_save
from frontline_pipeline.posting.order_port import OrderFound, OrderPort
from frontline_pipeline.posting.order_recovery import Recovery, recover_orders
from frontline_pipeline.posting.order_sending import OrderSender, Piece
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.records import ORDER, Document, Intent
from frontline_pipeline.posting.sending import Desk
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True, slots=True)
class _Ready:
    """An order that may go now."""

    send: SendOrder
    piece: Piece


class OrderPoster:
    """Sends orders of one company. `poster` gives the log, the lease and the lookups; the Invoice service is opened at the first
    question to it. `stores`: codes of the company's stores, among which a credit note's original is looked for."""

    def __init__(self, poster: Poster, port: Callable[[], OrderPort], stores: Sequence[str]) -> None:
        self._poster = poster
        self._database = poster.log.database
        self._company = poster.company_code
        self._stores = tuple(stores)
        self._open = port
        self._port: OrderPort | None = None

    def post(self, orders: Sequence[OrderDocument], profile: StoreProfile) -> list[Outcome]:
        """Send orders of one store; one outcome each, in their order, and a bad one does not stop the others.

        What is already out and was read back needs neither lease nor call. Raises NotInitialised, and what a broken database
        raises; ValueError for an order of another store.
        """
        self._poster.log.require_initialised()
        for each in orders:
            if each.store != profile.code or profile.company_code != self._company:
                raise ValueError(f"order {each.document_key} is not of store {profile.code} of company {self._company}")
        outcomes = self._settled(orders)
        if all(outcome is not None for outcome in outcomes):
            return [outcome for outcome in outcomes if outcome is not None]
        try:
            with self._poster.desk() as desk:
                return self._under_lease(orders, profile, desk, outcomes)
        except NotSent as busy:
            return [
                outcome or held_order(each, 1, Hold.NOT_SENT, str(busy))
                for each, outcome in zip(orders, outcomes, strict=True)
            ]

    def _settled(self, orders: Sequence[OrderDocument]) -> list[Outcome | None]:
        out: list[Outcome | None] = []
        with self._database.reading() as connection:
            for each in orders:
                decision = decide_order(connection, self._company, each)
                settled = isinstance(decision, Outcome) and decision.state not in (State.POSTED, State.DRAFTED)
                out.append(decision if settled and isinstance(decision, Outcome) else None)
        return out

    def _under_lease(
        self, orders: Sequence[OrderDocument], profile: StoreProfile, desk: Desk, outcomes: list[Outcome | None]
    ) -> list[Outcome]:
        sender = OrderSender(desk, self.port)
        try:
            preflight.check_client(self._company, profile.company, desk.lookups)
        except (Refused, Rejected) as refusal:
            return self._all(orders, outcomes, Hold.REFUSED, str(refusal))
        gaps = [position for position, outcome in enumerate(outcomes) if outcome is None]
        recovery = recover_orders(sender, self._maybe_there([orders[position] for position in gaps]))
        out = _Touched()
        # Credit notes last: their original may be among the others.
        gaps.sort(key=lambda position: orders[position].credit)
        for last in (False, True):
            wanted = [position for position in gaps if orders[position].credit is last]
            size = profile.orders.batch
            for start in range(0, len(wanted), size):
                self._batch(wanted[start : start + size], orders, profile, sender, recovery, outcomes, out)
        self._read_back(sender, orders, outcomes, out)
        return [outcome for outcome in outcomes if outcome is not None]

    def _maybe_there(self, orders: Sequence[OrderDocument]) -> tuple[Document, ...]:
        """Orders of this run that are to be sent again though a first request may have arrived."""
        found: list[Document] = []
        with self._database.reading() as connection:
            for each in orders:
                decision = decide_order(connection, self._company, each)
                existing = decision.existing if isinstance(decision, SendOrder) else None
                if existing is not None and existing.reached_ledger and existing.state is State.PLANNED:
                    found.append(existing)
                elif isinstance(decision, Outcome) and decision.state in (State.POSTED, State.DRAFTED):
                    known = documents.revisions(connection, self._company, ORDER, each.document_key)
                    # A person said that it is there; its number is not known yet.
                    found += [one for one in known[-1:] if one.transaction_no is None]
        return tuple(found)

    def _batch(
        self,
        positions: Sequence[int],
        orders: Sequence[OrderDocument],
        profile: StoreProfile,
        sender: OrderSender,
        recovery: Recovery,
        outcomes: list[Outcome | None],
        out: _Touched,
    ) -> None:
        ready: list[tuple[int, _Ready]] = []
        there = self._those_to_update(positions, orders, sender)
        for position in positions:
            done = self._prepare(orders[position], profile, sender, recovery, there, out)
            if isinstance(done, Outcome):
                outcomes[position] = done
            else:
                ready.append((position, done))
        if not ready:
            return
        before = sender.calls
        for (position, going), sent in zip(ready, sender.send([going.piece for _, going in ready]), strict=True):
            order, send = orders[position], going.send
            document = sent.document
            if document is not None and document.state in IN_LEDGER:
                out.sent.append(document)
                outcomes[position] = outcome_of(document, _words(document, sent.why))
            elif sent.hold is not None or document is None:
                hold = sent.hold or Hold.NOT_SENT
                outcomes[position] = held_order(order, send.revision, hold, sent.why)
            else:
                outcomes[position] = outcome_of(document, _words(document, sent.why))
        first = outcomes[ready[0][0]]
        if first is not None:
            outcomes[ready[0][0]] = replace(first, calls=first.calls + sender.calls - before)

    def _those_to_update(
        self, positions: Sequence[int], orders: Sequence[OrderDocument], sender: OrderSender
    ) -> dict[int, OrderFound] | str:
        """Orders that are out and changed in Frontline, as 24SevenOffice has them now, by order number; in words why not."""
        wanted: list[int] = []
        with self._database.reading() as connection:
            for position in positions:
                decision = decide_order(connection, self._company, orders[position])
                base = decision.base if isinstance(decision, SendOrder) else None
                if base is not None and base.transaction_no is not None:
                    wanted.append(base.transaction_no)
        if not wanted:
            return {}
        try:
            sender.calls += 1
            return {each.order_id: each for each in self.port().find_orders(order_ids=wanted)}
        except (NotSent, ReadFailed, Rejected) as failure:
            return str(failure)

    def _prepare(
        self,
        order: OrderDocument,
        profile: StoreProfile,
        sender: OrderSender,
        recovery: Recovery,
        there: dict[int, OrderFound] | str,
        out: _Touched,
    ) -> _Ready | Outcome:
        with self._database.reading() as connection:
            decision = decide_order(connection, self._company, order)
            if isinstance(decision, Document):
                return _open(decision, recovery)
            if isinstance(decision, Outcome):
                if decision.state in (State.POSTED, State.DRAFTED):
                    known = documents.revisions(connection, self._company, ORDER, order.document_key)
                    out.sent.append(known[-1])
                return decision
            original = original_of(connection, self._company, self._stores, order) if order.credit else None
        if isinstance(original, str):
            words = (
                f"a credit note over {display(-order.total)}, and {original}. It is held until that is sent; where it was invoiced "
                "otherwise, credit it by hand and `frontline skip` this one"
            )
            return held_order(order, decision.revision, Hold.REFUSED, words)
        existing = decision.existing
        if existing is not None and existing.id in recovery.holds:
            # Declared absent before, yet a first request may have arrived: not looked for, not sent.
            hold, words = recovery.holds[existing.id]
            return held_order(order, decision.revision, hold or Hold.NOT_SENT, words, existing.transaction_no)
        if existing is not None and not sender.desk.reason and self._is_spent(sender.desk, existing, order):
            now = exhaust(sender.desk, existing)
            return held_order(order, decision.revision, Hold.EXHAUSTED, now.problem or "", now.transaction_no)
        try:
            codes = check_order(order, decision, profile, sender.desk.lookups)
        except Refused as refusal:
            return held_order(order, decision.revision, Hold.REFUSED, str(refusal))
        except NotSent as failure:
            return held_order(order, decision.revision, Hold.NOT_SENT, str(failure))
        except Rejected as refusal:
            sender.desk.lookups.reread()
            return held_order(order, decision.revision, Hold.REFUSED, str(refusal))
        return self._ready(order, decision, profile, original, codes, there)

    def _is_spent(self, desk: Desk, existing: Document, order: OrderDocument) -> bool:
        return existing.attempts >= desk.posting.attempts and existing.content_hash == order_hash(order)

    def _ready(
        self,
        order: OrderDocument,
        send: SendOrder,
        profile: StoreProfile,
        original: Document | None,
        codes: dict[str, TaxCode],
        there: dict[int, OrderFound] | str,
    ) -> _Ready | Outcome:
        refers = (original.transaction_no or 0, invoice_of(original)) if original is not None else None
        payload = order_payload(order, send.form, send.status, profile.orders.total_tolerance, refers)
        sent = read_order(payload, send.reference)
        wire = to_save(order, sent, send.reference, codes, profile.rules.tax_reference == "id")
        keys = tuple(receipt_key(each.register, each.receipt_id) for each in order.receipts)
        why = "intent before the call"
        if send.base is not None:
            base = send.base
            if isinstance(there, str):
                return held_order(
                    order, send.revision, Hold.NOT_SENT, f"it could not be read before its update: {there}"
                )
            found = there.get(base.transaction_no or 0)
            old = read_order(base.payload, base.reference)
            refused = not_updatable(base, found)
            if refused is not None or found is None:
                return held_order(order, send.revision, Hold.CHANGED, refused or "it is gone", base.transaction_no)
            wire = update_of(wire, sent, old, found)
            keys = tuple(key for key in keys if key not in base.z_keys)
            why = f"update of {base.reference}, order {base.transaction_no}, row by row"
        intent = Intent(
            company=self._company,
            store=order.store,
            business_day=order.business_day,
            ledger_date=order.business_day if send.form == "invoice" else order.ordered_on,
            document_key=order.document_key,
            revision=send.revision,
            reference=send.reference,
            granularity=send.form,
            content_hash=order_hash(order),
            payload=payload,
            mode=mode_of(send.form),
            type_no=None,
            series_id=None,
            year_id=None,
            transaction_no=send.base.transaction_no if send.base is not None else None,
            z_keys=keys,
            kind=ORDER,
        )
        return _Ready(send, Piece(intent, send.existing, wire, why))

    def _read_back(
        self,
        sender: OrderSender,
        orders: Sequence[OrderDocument],
        outcomes: list[Outcome | None],
        out: _Touched,
    ) -> None:
        """Totals incl. and excl. VAT and rows, as 24SevenOffice has them, against what was sent."""
        lease.renew(self._database, sender.desk.held)
        judged = {each.document_key: each for each in sender.read_back(out.sent).values()}
        for position, order in enumerate(orders):
            now, before = judged.get(order.document_key), outcomes[position]
            if now is None or before is None:
                continue
            words = "" if now.state in (State.VERIFIED, State.DRAFTED) else f"; read back: {now.problem or now.state}"
            outcomes[position] = replace(
                before, state=now.state, message=before.message + words, warnings=(words[2:],) if words else ()
            )

    def _all(
        self, orders: Sequence[OrderDocument], outcomes: Sequence[Outcome | None], hold: Hold, words: str
    ) -> list[Outcome]:
        return [outcome or held_order(each, 1, hold, words) for each, outcome in zip(orders, outcomes, strict=True)]

    def port(self) -> OrderPort:
        """The Invoice service, opened once."""
        if self._port is None:
            self._port = self._open()
        return self._port


class _Touched:
    """Orders that are out and not read back yet."""

    def __init__(self) -> None:
        self.sent: list[Document] = []


def _open(found: Document, recovery: Recovery) -> Outcome:
    hold, words = recovery.holds.get(found.id, (None, ""))
    if not words:
        words = f"its outcome is unknown: {found.problem or 'no answer was recorded'}. {what_to_look_for(found)}"
    outcome = outcome_of(found, words)
    return replace(outcome, state=hold) if hold is not None else outcome


def _words(found: Document, why: str) -> str:
    if found.state in IN_LEDGER:
        return f"{form_of(found)} {found.transaction_no}: {why}"
    if found.state in UNDECIDED:
        return f"its outcome is unknown: {found.problem or why}. {what_to_look_for(found)}"
    return f"{found.state}: {why}"
