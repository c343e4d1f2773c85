"""Is a voucher whose outcome is unknown in the ledger? Asking, and recording what was found.

Belongs here: the questions of a probe, its verdict, the state that a verdict other than "absent" gives a document.
Does not: send again (recovery.py), compare lines (comparing.py), look for drafts: no operation lists them (API.md 3.5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import Transaction
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.comparing import Difference, LedgerLines, judge_document
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.records import Actor, Document
from frontline_pipeline.posting.states import Event

NUMBER_TAKEN = "number_taken"
"""Problem kind of a document whose number another voucher of the series has."""
_DAY = dt.timedelta(days=1)
_FEW = 6
_FOUND = {
    Event.READ_EQUAL: Event.ADOPTED,
    Event.READ_DIFFERENT: Event.DIFFERS,
    Event.READ_TWICE: Event.READ_TWICE,
}


@dataclass(frozen=True, slots=True)
class Probe:
    """What the ledger shows of one document. `event` None: nothing of it. `calls`: questions asked."""

    event: Event | None
    differences: tuple[Difference, ...] = ()
    number_taken: bool = False
    calls: int = 1

    @property
    def words(self) -> str:
        """The differences in words, the first few."""
        more = len(self.differences) - _FEW
        return "; ".join(map(str, self.differences[:_FEW])) + (f"; and {more} more" if more > 0 else "")


def probe(ledger: LedgerPort, found: Document, series_of: Mapping[int, int]) -> Probe:
    """Look for a document by reference and by number, a day to both sides of its date (API.md section 8); what is not there
    is looked for by its number in the whole year. `series_of`: number series by voucher type id.

    Raises what LedgerPort's reads raise; a lost answer is never taken for an absent voucher.
    """
    lines = LedgerLines(ledger.transactions(found.ledger_date - _DAY, found.ledger_date + _DAY))
    verdict = judge_document(found, lines)
    if verdict.event in _FOUND:
        return Probe(_FOUND[verdict.event], verdict.differences)
    number = found.transaction_no
    if number is None:
        return Probe(None)
    year = found.ledger_date.year
    # The fiscal year may begin in another month: a year to both sides of January would be another year's numbers.
    whole = LedgerLines(ledger.transactions(dt.date(year, 1, 1), dt.date(year, 12, 31), number, number))
    verdict = judge_document(found, whole)
    if verdict.event in _FOUND:
        return Probe(_FOUND[verdict.event], verdict.differences, calls=2)
    for other in (*lines.with_number(year, number), *whole.with_number(year, number)):
        if _of_series(other[0], found.series_id, series_of):
            about = f"dated {other[0].date}, under {other[0].invoice_no or 'no reference'}"
            row = Difference(f"number {number}", found.reference, f"another voucher, {about}")
            return Probe(Event.DIFFERS, (row,), number_taken=True, calls=2)
    return Probe(None, calls=2)


def _of_series(line: Transaction, series_id: int | None, series_of: Mapping[int, int]) -> bool:
    """A voucher type that is not among the client's may be of any series."""
    return line.type_id is None or series_of.get(line.type_id, series_id) == series_id


def record(
    database: Database, found: Document, seen: Probe, actor: Callable[[dt.datetime], Actor], by: str = "probe"
) -> Document:
    """Write down what a probe found (its `event` must not be None). Needs no lease: what stands in the ledger is a fact.

    Returns the document as it is afterwards; when another worker or a person moved it meanwhile, as those left it.
    """
    if seen.event is None:
        return found
    with database.writing() as connection:
        now = actor(database.now(connection))
        adopted = seen.event is Event.ADOPTED
        kind = None if adopted else NUMBER_TAKEN if seen.number_taken else str(seen.event)
        told = f"adopted by {by}: the ledger holds exactly what was sent" if adopted else seen.words
        if not adopted and found.problem == told and found.problem_kind == kind:
            return found
        try:
            return documents.transition(
                connection, found, seen.event, now, told, problem_kind=kind, reached_ledger=True
            )
        except IllegalTransition:
            return documents.by_id(connection, found.id)
