"""What became of the documents whose outcome is unknown: looked for, adopted, held, or sent again under their own number.

Belongs here: the leftovers of crashed writers, and the way of an unknown posted document - probe, settle, probe, send again -
for all of a company, before anything new is sent for it.
Does not: the probe itself (probing.py), the sending itself (sending.py), drafts: they wait for a person (log.resolve).

Sending again needs three things at once: the ledger does not show the voucher, it has had `posting.settle_seconds` since the
last sending to show it, and the same number goes out with the same content, so that a late first request collides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.errors import NotSent, Rejected
from frontline_pipeline.posting import deciding, documents, lease, probing, queries
from frontline_pipeline.posting.attempt import exhaust, words_of
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.payload import read_payload, sent_again
from frontline_pipeline.posting.preflight import check_client
from frontline_pipeline.posting.records import Document, Intent
from frontline_pipeline.posting.sending import DUPLICATE, Desk, Sender
from frontline_pipeline.posting.states import Event, State
from frontline_pipeline.settings import Company

_MOST = 20
"""How many documents one run looks for; one series has at most one that waits for its number."""
_LONGEST_WAIT = 120.0
"""Seconds that one run waits for the ledger to settle; what needs longer is held, and the next run goes on."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What came of one document. `resent`: it was sent again now. `hold`: why it stays unknown, when that is no final word."""

    document: Document
    message: str
    resent: bool = False
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What came of all that were looked for, by document id, and the calls it took (lookups not included)."""

    found: dict[int, Recovered]
    calls: int = 0


def mark_crashed(desk: Desk, open_ones: Callable[[sa.Connection, str], list[Document]] = queries.undecided) -> None:
    """Under the lease nobody else sends for the company, so what is `sending` is the leftover of a crash: now `unknown`.

    `open_ones`: the company's documents whose outcome is not known, vouchers or orders."""
    with desk.database.reading() as connection:
        if not any(each.state is State.SENDING for each in open_ones(connection, desk.company_code)):
            return
    with desk.database.writing() as connection:
        now = lease.confirm(desk.database, connection, desk.held)
        why = f"found sending under lease {desk.held.token}: its writer died between intent and answer"
        for each in open_ones(connection, desk.company_code):
            if each.state is State.SENDING:
                documents.transition(
                    connection,
                    each,
                    Event.LOST,
                    desk.actor(now),
                    why,
                    problem_kind="crash",
                    reached_ledger=True,
                    # A slow holder may have called until this moment.
                    changes={"sent_at": now},
                )


def recover(desk: Desk, company: Company, disputed: tuple[int, ...] = ()) -> Recovery:
    """Look for every unknown posted document of the company, and for those `disputed` ones that a run is asked for.

    Raises FencedOut when the lease is lost on the way; what the ledger refuses or does not answer leaves a document as it is.
    """
    with desk.database.reading() as connection:
        waiting = [
            each
            for each in queries.undecided(connection, desk.company_code)
            if each.state is State.UNKNOWN and each.mode is Mode.POSTED
        ][:_MOST]
        waiting += [documents.by_id(connection, each) for each in disputed]
    if not waiting:
        return Recovery({})
    work = _Work(desk, company)
    found = {each.id: work.one(each) for each in waiting}
    return Recovery(found, work.sender.calls)


class _Work:
    def __init__(self, desk: Desk, company: Company) -> None:
        self.desk = desk
        self.company = company
        self.sender = Sender(desk)
        self._patience = _LONGEST_WAIT
        self._waited: set[int] = set()

    def one(self, found: Document) -> Recovered:
        try:
            check_client(self.desk.company_code, self.company, self.desk.lookups)
            seen = self.sender.probe(found)
            if seen.event is None and found.state is State.UNKNOWN and self._wait_to_settle(found):
                seen = self.sender.probe(found)
        except (NotSent, Rejected, Refused) as failure:
            if isinstance(failure, NotSent) and failure.kind == "fenced_out":
                raise
            return Recovered(found, f"it could not be looked for: {failure}", hold=Hold.NOT_SENT)
        if seen.event is not None:
            return self._seen(found, seen)
        return self._absent(found)

    def _seen(self, found: Document, seen: probing.Probe) -> Recovered:
        now = probing.record(self.desk.database, found, seen, self.desk.actor)
        if now.state is State.POSTED:
            return Recovered(
                now, f"adopted by probe: the ledger has it as number {now.transaction_no}, equal line by line"
            )
        return Recovered(now, words_of(now, now.problem or seen.words))

    def _absent(self, found: Document) -> Recovered:
        settings = self.desk.posting
        if found.state is State.DISPUTED:
            return Recovered(found, deciding.disputed_words(found))
        left = self._seconds_to_settle(found)
        if left > 0:
            return Recovered(
                found,
                f"settling: the ledger does not show it, which counts only {settings.settle_seconds} s after its last sending "
                f"({left:.0f} s to go); run again",
                hold=Hold.SETTLING,
            )
        if found.problem_kind == DUPLICATE:
            why = "the ledger called its number or reference used, yet shows no voucher with either"
            return Recovered(found, f"its outcome is unknown: {why}. {deciding.what_to_look_for(found)}")
        if settings.resend == "hold":
            why = "the ledger does not show it, and posting.resend is hold"
            return Recovered(found, f"its outcome is unknown: {why}. {deciding.what_to_look_for(found)}")
        if found.attempts >= settings.attempts:
            now = exhaust(self.desk, found)
            return Recovered(now, now.problem or "", hold=Hold.EXHAUSTED)
        return self._send_again(found)

    def _send_again(self, found: Document) -> Recovered:
        """The same content under the same number: from the log, so that a late first request is its equal."""
        sent = sent_again(read_payload(found.payload, found.reference))
        waited = "after it had settled" if self.desk.posting.settle_seconds else "at once (settle_seconds is 0)"
        with self.desk.database.writing() as connection:
            now = lease.confirm(self.desk.database, connection, self.desk.held)
            actor = self.desk.actor(now)
            why = f"not in the ledger {waited}, by reference, by number and line by line"
            planned = documents.transition(connection, found, Event.ABSENT, actor, why, reached_ledger=True)
            why = f"sent again under its own number {found.transaction_no}"
            intended = documents.write_intent(connection, _intent(planned), planned, actor, why)
        answer = self.sender.send(intended, sent)
        words = answer.why if answer.hold is not None else words_of(answer.document, answer.why)
        return Recovered(answer.document, f"sent again: {words}", resent=True, hold=answer.hold)

    # Settling

    def _seconds_to_settle(self, found: Document) -> float:
        if found.sent_at is None or found.id in self._waited:
            return 0.0
        with self.desk.database.reading() as connection:
            age = (self.desk.database.now(connection) - found.sent_at).total_seconds()
        return self.desk.posting.settle_seconds - age

    def _wait_to_settle(self, found: Document) -> bool:
        """Wait until "not found" counts; whether there was anything to wait for, and the patience for it."""
        left = self._seconds_to_settle(found)
        if left <= 0 or left > self._patience:
            return False
        self._patience -= left
        step = self.desk.held.ttl_seconds / 3
        begun = self.desk.waiting.monotonic()
        while (rest := left - (self.desk.waiting.monotonic() - begun)) > lease.MOMENT:
            self.desk.waiting.sleep(min(rest, step))
            lease.renew(self.desk.database, self.desk.held)
        # Measured here, since the database's clock may be set back meanwhile.
        self._waited.add(found.id)
        return True


def _intent(found: Document) -> Intent:
    if found.type_no is None or found.transaction_no is None:
        raise ValueError(f"document {found.reference} was never sent")
    return Intent(
        company=found.company,
        store=found.store,
        business_day=found.business_day,
        ledger_date=found.ledger_date,
        document_key=found.document_key,
        revision=found.revision,
        reference=found.reference,
        granularity=found.granularity,
        content_hash=found.content_hash,
        payload=found.payload,
        mode=found.mode,
        type_no=found.type_no,
        series_id=found.series_id,
        year_id=found.year_id,
        transaction_no=found.transaction_no,
        z_keys=found.z_keys,
        kind=found.kind,
        purpose=found.purpose,
        reason=found.reason,
    )
