"""Posting the vouchers of a store: settled ones first, the rest one by one under the company's lease.

Belongs here: the order over several vouchers, the lease around them.
Does not: what was left unknown before (recovery.py), the steps of one voucher (attempt.py), build vouchers (accounting/),
compare the ledger afterwards (readback.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from frontline_pipeline.accounting.model import Mode, Voucher
from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.posting import deciding, documents, lease
from frontline_pipeline.posting import recovery as recovery_module
from frontline_pipeline.posting.attaching import Attach
from frontline_pipeline.posting.attempt import Attempt, with_calls
from frontline_pipeline.posting.clerk import Clerk
from frontline_pipeline.posting.deciding import InProgress
from frontline_pipeline.posting.lease import Lease
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.payload import reference
from frontline_pipeline.posting.proof import problem_with
from frontline_pipeline.posting.recovery import Recovered, Recovery
from frontline_pipeline.posting.sending import Desk
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import StoreProfile


class Poster(Clerk):
    """Posts vouchers of one company. One instance per run; `post` may be called many times."""

    attach: Attach | None = None
    """Uploads the documents of a voucher before it is sent; set it before `post` where documents are wanted."""

    def post(self, vouchers: Sequence[Voucher], profile: StoreProfile) -> list[Outcome]:
        """Post vouchers of one store, in their order; one outcome each, and a bad one does not stop the others.

        What is already in the ledger needs neither lease nor call. A lease that stays busy makes outcomes `not_sent`. Raises
        NotInitialised for a log that nobody declared new, ValueError for a voucher of another store or company, and what a
        broken database raises.
        """
        self._log.require_initialised()
        self.check_store(vouchers, profile)
        outcomes = [self._settled(voucher) for voucher in vouchers]
        if any(outcome is None for outcome in outcomes):
            self._post_under_lease(vouchers, profile, outcomes)
        return [outcome for outcome in outcomes if outcome is not None]

    @contextmanager
    def desk(self, who: str | None = None, reason: str = "") -> Iterator[Desk]:
        """The company's lease with what sending needs, for a correction or a rollback; released at the end.

        Raises NotInitialised, LeaseBusy (a NotSent) when another writer holds it longer than the settings wait.
        """
        self._log.require_initialised()
        with self._held_lease() as held:
            yield self._desk(held, who, reason)

    def _desk(self, held: Lease, who: str | None = None, reason: str = "") -> Desk:
        return Desk(
            self._database,
            self._company_code,
            self._lookups,
            self._ledger,
            who or self._holder,
            self._run_id,
            held,
            self._posting,
            self._waiting,
            reason,
            self.attach,
        )

    def check_store(self, vouchers: Sequence[Voucher], profile: StoreProfile) -> None:
        """Raises ValueError for a profile of another company, or a voucher of another store."""
        if profile.company.organisation_number != self._company.organisation_number:
            raise ValueError(f"store {profile.code} belongs to another company than {self._company_code}")
        for voucher in vouchers:
            if voucher.store != profile.code or profile.company_code != self._company_code:
                raise ValueError(
                    f"voucher {voucher.document_key} is not of store {profile.code} of company {self._company_code}"
                )

    def _settled(self, voucher: Voucher) -> Outcome | None:
        """What came of a voucher without a lease: it does not stand, or the log settles it.

        What is unknown or disputed in posted mode is not settled: a run looks for it in the ledger.
        """
        problem = problem_with(voucher)
        if problem is not None:
            return _unsent(voucher, Hold.UNPROVEN, problem)
        with self._database.reading() as connection:
            decision = deciding.decide(connection, self._company_code, voucher)
        return decision if isinstance(decision, Outcome) and not _to_be_looked_for(decision) else None

    def _post_under_lease(
        self, vouchers: Sequence[Voucher], profile: StoreProfile, outcomes: list[Outcome | None]
    ) -> None:
        """Fill the gaps of `outcomes`."""
        gaps = [position for position, outcome in enumerate(outcomes) if outcome is None]
        try:
            held = self._acquired()
        except NotSent as busy:
            for position in gaps:
                outcomes[position] = _unsent(vouchers[position], Hold.NOT_SENT, str(busy))
            return
        try:
            desk = self._desk(held)
            recovery = self._recover(desk, [vouchers[position] for position in gaps])
            for position in gaps:
                outcome = (
                    _unsent(vouchers[position], Hold.NOT_SENT, recovery)
                    if isinstance(recovery, str)
                    else self._post_one(vouchers[position], profile, desk, recovery)
                )
                if position == gaps[0] and isinstance(recovery, Recovery):
                    outcome = with_calls(outcome, recovery.calls)
                outcomes[position] = outcome
        finally:
            lease.release(self._database, held)

    def _recover(self, desk: Desk, vouchers: Sequence[Voucher]) -> Recovery | str:
        """All unknown outcomes of the company first: no new number is taken while one is open. In words, when the lease was
        lost over it."""
        asked_before = self._lookups.calls
        try:
            recovery_module.mark_crashed(desk)
            found = recovery_module.recover(desk, self._company, self._disputed(vouchers))
        except NotSent as lost:
            return str(lost)
        return replace(found, calls=found.calls + self._lookups.calls - asked_before)

    def _disputed(self, vouchers: Sequence[Voucher]) -> tuple[int, ...]:
        """Documents of these vouchers that the ledger disputed: a person may have mended it there."""
        with self._database.reading() as connection:
            return tuple(
                {
                    each.id: None
                    for voucher in vouchers
                    for each in documents.live_documents_of(connection, self._company_code, voucher.z_keys)
                    if each.state is State.DISPUTED and each.transaction_no is not None and each.mode is Mode.POSTED
                }
            )

    def _post_one(self, voucher: Voucher, profile: StoreProfile, desk: Desk, recovery: Recovery) -> Outcome:
        try:
            lease.renew(self._database, desk.held)
        except NotSent as lost:
            return _unsent(voucher, Hold.NOT_SENT, str(lost))
        with self._database.reading() as connection:
            decision = deciding.decide(connection, self._company_code, voucher)
            live = documents.live_documents_of(connection, self._company_code, voucher.z_keys)
        if isinstance(decision, Outcome):
            return _with_recovery(decision, [recovery.found[each.id] for each in live if each.id in recovery.found])
        if isinstance(decision, InProgress):
            return _unsent(voucher, Hold.NOT_SENT, "another worker is sending it at this moment; run again")
        just_sent = recovery.found.get(decision.existing.id) if decision.existing is not None else None
        if just_sent is not None and just_sent.resent:
            # Refused, or not sent: once in a run is enough.
            outcome = deciding.outcome_of(just_sent.document, just_sent.message)
            return replace(outcome, state=just_sent.hold or outcome.state)
        asked_before = self._lookups.calls
        outcome = Attempt(desk, voucher, profile, decision).run()
        return with_calls(outcome, self._lookups.calls - asked_before)


def _to_be_looked_for(outcome: Outcome) -> bool:
    """Whether looking into the ledger may change what the log says."""
    return outcome.mode is Mode.POSTED and outcome.state in (State.UNKNOWN, State.DISPUTED)


def _with_recovery(outcome: Outcome, recovered: Sequence[Recovered]) -> Outcome:
    """The outcome of a voucher whose document was just looked for: what that brought, in its words."""
    if len(recovered) != 1 or outcome.state is Hold.CHANGED:
        return outcome
    found = recovered[0]
    return replace(
        outcome,
        state=found.hold or outcome.state,
        already=outcome.already and not found.resent,
        message=f"{outcome.reference}: {found.message}",
    )


def _unsent(voucher: Voucher, hold: Hold, message: str) -> Outcome:
    return deciding.held(voucher.document_key, reference(voucher.document_key, 1), 1, voucher, hold, message)
