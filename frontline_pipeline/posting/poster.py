"""Posting the vouchers of a store: settled ones first, the rest one by one under the company's lease.

Belongs here: the order over several vouchers, the lease around them, the leftovers of crashed writers.
Does not: the steps of one voucher (attempt.py), build vouchers (accounting/), compare the ledger afterwards (readback.py).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting import deciding, documents, lease
from frontline_pipeline.posting.attempt import Attempt, Desk
from frontline_pipeline.posting.deciding import InProgress
from frontline_pipeline.posting.documents import Actor
from frontline_pipeline.posting.lease import Lease, SystemWaiting, Waiting
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import reference
from frontline_pipeline.posting.proof import problem_with
from frontline_pipeline.posting.states import Event, State
from frontline_pipeline.settings import Company, PostingSettings, StoreProfile


def default_holder() -> str:
    """Machine and process: enough to find a holder that hangs."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Poster:
    """Posts vouchers of one company. One instance per run; `post` may be called many times."""

    def __init__(
        self,
        log: PostingLog,
        company_code: str,
        company: Company,
        ledger_factory: Callable[[], LedgerPort],
        *,
        posting: PostingSettings | None = None,
        waiting: Waiting | None = None,
        run_id: str = "",
        holder: str | None = None,
    ) -> None:
        """`ledger_factory` is called at the first question to the ledger, so that what is already posted needs no login."""
        self._log = log
        self._database = log.database
        self._company_code = company_code
        self._company = company
        self._factory = ledger_factory
        self._posting = posting or PostingSettings()
        self._waiting = waiting or SystemWaiting()
        self._run_id = run_id
        self._holder = holder or default_holder()
        self._port: LedgerPort | None = None
        self._lookups = Lookups(self._database, company_code, self._ledger, self._posting.lookups_ttl_seconds)

    def post(self, vouchers: Sequence[Voucher], profile: StoreProfile) -> list[Outcome]:
        """Post vouchers of one store, in their order; one outcome each, and a bad one does not stop the others.

        What is already in the ledger needs neither lease nor call. A lease that stays busy makes outcomes `not_sent`. Raises
        NotInitialised for a log that nobody declared new, ValueError for a voucher of another store or company, and what a
        broken database raises.
        """
        self._log.require_initialised()
        if profile.company.organisation_number != self._company.organisation_number:
            raise ValueError(f"store {profile.code} belongs to another company than {self._company_code}")
        for voucher in vouchers:
            if voucher.store != profile.code or profile.company_code != self._company_code:
                raise ValueError(
                    f"voucher {voucher.document_key} is not of store {profile.code} of company {self._company_code}"
                )
        outcomes = [self._settled(voucher) for voucher in vouchers]
        if any(outcome is None for outcome in outcomes):
            self._post_under_lease(vouchers, profile, outcomes)
        return [outcome for outcome in outcomes if outcome is not None]

    def _settled(self, voucher: Voucher) -> Outcome | None:
        """What came of a voucher without a lease: it does not stand, or the log settles it."""
        problem = problem_with(voucher)
        if problem is not None:
            return _unsent(voucher, Hold.UNPROVEN, problem)
        with self._database.reading() as connection:
            decision = deciding.decide(connection, self._company_code, voucher)
        return decision if isinstance(decision, Outcome) else None

    def _post_under_lease(
        self, vouchers: Sequence[Voucher], profile: StoreProfile, outcomes: list[Outcome | None]
    ) -> None:
        """Fill the gaps of `outcomes`."""
        gaps = [position for position, outcome in enumerate(outcomes) if outcome is None]
        settings = self._posting
        try:
            held = lease.acquire(
                self._database,
                self._company_code,
                self._holder,
                settings.lease_ttl_seconds,
                settings.lease_wait_seconds,
                self._waiting,
            )
        except NotSent as busy:
            for position in gaps:
                outcomes[position] = _unsent(vouchers[position], Hold.NOT_SENT, str(busy))
            return
        try:
            for position in gaps:
                outcomes[position] = self._post_one(vouchers[position], profile, held, first=position == gaps[0])
        finally:
            lease.release(self._database, held)

    def _post_one(self, voucher: Voucher, profile: StoreProfile, held: Lease, *, first: bool) -> Outcome:
        try:
            if first:
                self._mark_crashed(held)
            else:
                lease.renew(self._database, held)
        except NotSent as lost:
            return _unsent(voucher, Hold.NOT_SENT, str(lost))
        with self._database.reading() as connection:
            decision = deciding.decide(connection, self._company_code, voucher)
        if isinstance(decision, Outcome):
            return decision
        if isinstance(decision, InProgress):
            return _unsent(voucher, Hold.NOT_SENT, "another worker is sending it at this moment; run again")
        asked_before = self._lookups.calls
        desk = Desk(self._database, self._company_code, self._lookups, self._ledger, self._holder, self._run_id, held)
        outcome = Attempt(desk, voucher, profile, decision).run()
        return replace(outcome, calls=outcome.calls + self._lookups.calls - asked_before)

    def _mark_crashed(self, held: Lease) -> None:
        """Under the lease nobody else sends for the company, so what is `sending` is the leftover of a crash."""
        with self._database.reading() as connection:
            if not any(each.state is State.SENDING for each in documents.undecided(connection, self._company_code)):
                return
        with self._database.writing() as connection:
            now = lease.confirm(self._database, connection, held)
            actor = Actor(self._holder, now, self._run_id, held.token)
            why = f"found sending under lease {held.token}: its writer died between intent and answer"
            for each in documents.undecided(connection, self._company_code):
                if each.state is State.SENDING:
                    documents.transition(
                        connection, each, Event.LOST, actor, why, problem_kind="crash", reached_ledger=True
                    )

    def _ledger(self) -> LedgerPort:
        if self._port is None:
            self._port = self._factory()
        return self._port


def _unsent(voucher: Voucher, hold: Hold, message: str) -> Outcome:
    return deciding.held(voucher.document_key, reference(voucher.document_key, 1), 1, voucher, hold, message)
