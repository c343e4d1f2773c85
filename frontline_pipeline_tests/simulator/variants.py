"""Known-bad variants of the posting code: each breaks one rule of exactly-once, and the simulator must notice.

Belongs here: the smallest change that makes the code wrong in one known way, put in and taken out again.
Does not: judge (promises.py), assert (test_variants.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import sqlalchemy as sa

from frontline_pipeline.office.errors import Unknown
from frontline_pipeline.posting import documents, lease, probing, recovery
from frontline_pipeline.posting.attempt import Attempt
from frontline_pipeline.posting.comparing import Verdict, judge_document
from frontline_pipeline.posting.lease import Lease
from frontline_pipeline.posting.payload import read_payload, sent_again
from frontline_pipeline.posting.sending import Sender
from frontline_pipeline.posting.states import Event

Variant = Callable[[], "Iterator[None]"]


@contextmanager
def send_before_intent() -> Iterator[None]:
    """The voucher goes out first, and what was sent is written down afterwards."""
    intend = Attempt._intend

    def wrong(self, destination, sent):
        self._desk.ledger().save(sent)
        return intend(self, destination, sent)

    def answered(self, found, sent):
        return self._record(found, Event.ACCEPTED_POSTED, "the ledger answered Ok", reached=True)

    with patch.object(Attempt, "_intend", wrong), patch.object(Sender, "send", answered):
        yield


@contextmanager
def blind_retry() -> Iterator[None]:
    """A lost answer is answered by sending again, without looking."""
    send = Sender.send

    def wrong(self, found, sent):
        ledger = self._desk.ledger()

        class Eager:
            def save(self, voucher):
                try:
                    ledger.save(voucher)
                except Unknown:
                    ledger.save(voucher)

            def __getattr__(self, name):
                return getattr(ledger, name)

        desk = self._desk
        self._desk = replace(desk, ledger=Eager)
        try:
            return send(self, found, sent)
        finally:
            self._desk = desk

    with patch.object(Sender, "send", wrong):
        yield


@contextmanager
def new_number_on_resend() -> Iterator[None]:
    """What is sent again takes the next free number instead of its own."""

    def wrong(self, found):
        number = self.sender.next_number(found.ledger_date, found.series_id, found.year_id)
        content = {**read_payload(found.payload, found.reference), "number": number}
        from frontline_pipeline.posting.payload import encode

        with self.desk.database.writing() as connection:
            now = lease.confirm(self.desk.database, connection, self.desk.held)
            actor = self.desk.actor(now)
            planned = documents.transition(connection, found, Event.ABSENT, actor, "gone", reached_ledger=True)
            intent = replace(recovery._intent(planned), transaction_no=number, payload=encode(content))
            intended = documents.write_intent(connection, intent, planned, actor, "sent again")
        answer = self.sender.send(intended, sent_again(content))
        return recovery.Recovered(answer.document, "sent again", resent=True, hold=answer.hold)

    with patch.object(recovery._Work, "_send_again", wrong):
        yield


@contextmanager
def no_lease() -> Iterator[None]:
    """Every worker believes that it is the only one."""
    tokens = iter(range(1_000_000, 2_000_000))

    def taken(database, company, holder, ttl_seconds, wait_seconds, waiting=None):
        return Lease(company, holder, next(tokens), ttl_seconds)

    with (
        patch.object(lease, "acquire", taken),
        patch.object(lease, "confirm", lambda database, connection, held: database.now(connection)),
        patch.object(recovery, "mark_crashed", lambda desk: None),
    ):
        yield


@contextmanager
def no_fencing() -> Iterator[None]:
    """The lease is taken, and never looked at again: a slow holder writes on after it ran out."""

    def by_state_alone(connection: sa.Connection, found, **values):
        d = documents.document
        where = (d.c.id == found.id, d.c.state == found.state.value)
        if connection.execute(d.update().where(*where).values(**values)).rowcount != 1:
            raise documents.IllegalTransition("changed", kind="changed_meanwhile", next_step="")

    with (
        patch.object(lease, "confirm", lambda database, connection, held: database.now(connection)),
        patch.object(documents, "_compare_and_set", by_state_alone),
    ):
        yield


@contextmanager
def adopt_without_comparing() -> Iterator[None]:
    """Whatever carries the reference counts as what was sent."""

    def wrong(found, ledger):
        if ledger.with_reference(found.reference):
            return Verdict(Event.READ_EQUAL)
        return judge_document(found, ledger)

    with patch.object(probing, "judge_document", wrong):
        yield


VARIANTS = {
    each.__name__: each
    for each in (
        send_before_intent,
        blind_retry,
        new_number_on_resend,
        no_lease,
        no_fencing,
        adopt_without_comparing,
    )
}
