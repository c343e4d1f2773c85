"""Roll posted store-days back, and release them again (scenario X15).

Belongs here: the reversal of a range of business days, which stay off automatic posting, and their release.
Does not: reverse one voucher (reversing.py), correct one (correcting.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.posting import documents, lease, recovery
from frontline_pipeline.posting.correcting import want_reason
from frontline_pipeline.posting.errors import NotResolvable, Refused
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.records import JOURNAL, ROLLBACK, Actor, Document
from frontline_pipeline.posting.reversing import reverse
from frontline_pipeline.posting.sending import Desk
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, Event, State
from frontline_pipeline.settings import StoreProfile


class RolledBack(StrEnum):
    """What came of one document."""

    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"
    """Nothing was written; a person does what the message says."""
    HELD = "held"
    """Not finished; run the rollback again, after what the message says."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """What came of one document of the range."""

    reference: str
    business_day: dt.date
    result: RolledBack
    message: str
    reversal: Outcome | None = None

    @property
    def done(self) -> bool:
        """Whether it is reversed and off automatic posting."""
        return self.result is RolledBack.ROLLED_BACK


def roll_back(
    poster: Poster, profile: StoreProfile, first: dt.date, last: dt.date, *, reason: str, who: str
) -> list[Rollback]:
    """Reverse everything posted of a store's business days `first` to `last`, both included; one result per document.

    What is rolled back already is told as done; what was never posted is left to its run. A refused document does not stop
    the others, and running it again goes on where it stopped. Raises Refused without a reason, NotInitialised, LeaseBusy
    and FencedOut (NotSent), ValueError for a store of another company.
    """
    want_reason("rollback", reason)
    poster.check_store((), profile)
    with poster.desk(who, reason) as desk:
        recovery.mark_crashed(desk)
        recovery.recover(desk, poster.company)
        wanted = IN_LEDGER | UNDECIDED | {State.ROLLED_BACK, State.DISPUTED}
        out = poster.log.documents(
            company=poster.company_code, store=profile.code, day_from=first, day_to=last, states=wanted
        )
        journals = sorted((each for each in out if each.kind == JOURNAL), key=lambda each: (each.business_day, each.id))
        return [_one(desk, profile, each) for each in journals]


def _one(desk: Desk, profile: StoreProfile, journal: Document) -> Rollback:
    def told(result: RolledBack, message: str, reversal: Outcome | None = None) -> Rollback:
        return Rollback(journal.reference, journal.business_day, result, message, reversal)

    if journal.state is State.ROLLED_BACK:
        return told(RolledBack.ROLLED_BACK, f"{journal.reference}: rolled back already; nothing was written")
    if journal.state not in IN_LEDGER:
        why = journal.problem or "no answer was recorded"
        return told(RolledBack.HELD, f"{journal.reference}: it is {journal.state} ({why}); resolve that first")
    lease.renew(desk.database, desk.held)
    try:
        reversal = reverse(desk, profile, journal, ROLLBACK)
    except (Refused, OfficeError) as refusal:
        return told(RolledBack.REFUSED, f"{journal.reference}: {refusal}")
    if not reversal.done:
        return told(RolledBack.HELD, reversal.message, reversal)
    words = (
        f"{journal.reference}: reversed by number {reversal.transaction_no}, off automatic posting until it is released"
    )
    return told(RolledBack.ROLLED_BACK, words, reversal)


def release(
    log: PostingLog, company: str, store: str, first: dt.date, last: dt.date, *, reason: str, who: str
) -> list[Document]:
    """Let rolled-back store-days be posted again by their next run, as a new revision; returns the released documents.

    Raises Refused without a reason, NotResolvable when none of the range is rolled back.
    """
    want_reason("release", reason)
    held = log.documents(company=company, store=store, day_from=first, day_to=last, states=[State.ROLLED_BACK])
    if not held:
        raise NotResolvable(
            f"no store-day of {store} from {first} to {last} is rolled back",
            kind="decided",
            next_step=f"`frontline status --from {first} --to {last}` shows where they stand",
        )
    with log.database.writing() as connection:
        actor = Actor(who, log.database.now(connection))
        why = f"released: {reason}"
        return [documents.transition(connection, each, Event.RELEASE, actor, why) for each in held]
