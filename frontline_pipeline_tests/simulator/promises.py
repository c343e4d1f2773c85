"""What must hold, checked at every commit, every request, every effect and after every step.

Belongs here: the promises, and what the model remembers to judge them: intents, requests whose outcome is open, searches.
Does not: use the code that it judges: payloads are compared with the books by books.py, states are read from the log's rows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting.payload import Sent
from frontline_pipeline.posting.records import AFTER_ALL, REVERSAL_SUFFIX, Document
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline_tests.simulator.books import Books, Entry, content, content_of
from frontline_pipeline_tests.simulator.scheduler import Actor, Scheduler

VISIBLE = IN_LEDGER | UNDECIDED | {State.DISPUTED, State.REVERSED, State.ROLLED_BACK}
"""States of a document in which the log does not deny that the ledger has its voucher."""
RED = UNDECIDED | {State.DISPUTED, State.DUPLICATED, State.DRIFTED}
"""States in which a store-day is red, and a person looks."""
_DECIDED = frozenset(
    {"accepted_posted", "accepted_draft", "rejected", "not_sent", "adopted", "read_equal", "read_twice"}
)
_NEW_ROWS = """
select h.id, h.event, h.from_state, h.to_state, h.who, h.payload, d.reference, d.id, d.series_id, d.year_id, d.fencing_token,
       d.owns_number, d.payload, d.company
from document_history h join document d on d.id = h.document_id where h.id > {last} order by h.id
"""


@dataclass
class Open:
    """A request of a reference that left, and whose outcome the log does not know."""

    since: float
    searched_by: dict[int, float] = field(default_factory=dict)
    """When each actor last saw a search answered that would have shown it."""
    date: dt.date = dt.date.min


class Promises:
    """The judge of one seed. `violations` in words, in order."""

    def __init__(self, books: Books, scheduler: Scheduler, settle_seconds: float, person: str) -> None:
        self.violations: list[str] = []
        self._books = books
        self._clock = scheduler
        self._settle = settle_seconds
        self._person = person
        self.intents: dict[str, list[Sent]] = {}
        self._number_of: dict[str, int] = {}
        self._open: dict[str, Open] = {}
        self._last = 0
        self._late: set[int] = set()

    def violated(self, promise: str, words: str) -> None:
        self.violations.append(f"{promise}: {words}")

    def log_lost(self) -> None:
        """The log is gone, and with it what it promised about numbers and open outcomes."""
        self._last = 0
        self._number_of.clear()
        self._open.clear()

    # At each commit of the log

    def written(self, connection: sa.Connection, actor: Actor | None) -> None:
        """Inside a write transaction, before its commit: what it wrote."""
        rows = connection.exec_driver_sql(_NEW_ROWS.format(last=self._last)).all()
        for row in rows:
            self._last = row[0]
            event, who, reference = row[1], row[4], row[6]
            if event == "intent":
                self._intent(connection, row)
            elif who == self._person and event in ("absent", "found_posted", "found_draft", "skip", "reverse"):
                self._open.pop(reference, None)
                if not row[11]:
                    self._number_of.pop(reference, None)
            elif event in _DECIDED:
                self._open.pop(reference, None)
                if event == "not_sent" and not row[11]:
                    # Counted on here, and seen on another's voucher: the ledger never took it (test_number_source.py).
                    self._number_of.pop(reference, None)
                if event in ("adopted", "read_equal") and actor is not None:
                    self._equal(json.loads(row[12]), actor, event)

    def _intent(self, connection: sa.Connection, row: Any) -> None:
        reference, document_id, series_id, year_id, token, company = row[6], row[7], row[8], row[9], row[10], row[13]
        sent: Sent = json.loads(row[5])
        self.intents.setdefault(reference, []).append(sent)
        owned = self._number_of.setdefault(reference, sent["number"])
        if owned != sent["number"]:
            self.violated("own number", f"{reference} owned number {owned}, and is to be sent as {sent['number']}")
        holder = connection.exec_driver_sql(
            f"select fencing_token, holder from lease where company = '{company}'"
        ).one_or_none()
        if holder is None or holder[0] != token or holder[1] is None:
            self.violated(
                "one writer", f"the intent of {reference} was written under token {token}, the lease is {holder}"
            )
        others = connection.exec_driver_sql(
            "select reference, state from document where state in ('sending', 'unknown') "
            f"and company = '{company}' and series_id = {series_id} and year_id = {year_id} and id <> {document_id}"
        ).all()
        if others and len(self.intents[reference]) == 1:
            self.violated(
                "no number while one is open", f"{reference} took {sent['number']} while {list(others)} is open"
            )

    def _equal(self, sent: Sent, actor: Actor, event: str) -> None:
        same_number = [each for each in self._books.entries if each.voucher.transaction_no == sent["number"]]
        if len(same_number) > 1 and not self._books.traits.refuses_used_numbers:
            # The search shows vouchers of one number as one.
            return
        if not self._books.was_there(sent, actor.last_search):
            self.violated(
                "adopted means equal", f"{sent['reference']} was {event}, and the ledger never showed it as sent"
            )

    # At each call

    def leaves(self, voucher: LedgerVoucher, actor: Actor) -> None:
        """A request leaves: nothing of the same voucher may be open, unless it was looked for after it had settled."""
        reference = voucher.reference
        found = self._open.get(reference)
        if found is not None:
            looked = found.searched_by.get(id(actor), -1.0)
            if looked < found.since + self._settle:
                self.violated(
                    "looked for before it is sent again",
                    f"{reference} left at {found.since:.1f}, and again at {self._clock.now:.1f}, last looked for at {looked:.1f}",
                )
        self._open[reference] = Open(self._clock.now, date=voucher.date)

    def searched(self, actor: Actor, first: dt.date, last: dt.date) -> None:
        actor.last_search = self._clock.now
        for each in self._open.values():
            if first <= each.date <= last:
                each.searched_by[id(actor)] = self._clock.now

    def effect(self, voucher: LedgerVoucher, late: bool = False) -> None:
        """The ledger took a voucher of the pipeline."""
        reference = voucher.reference
        if sum(line.amount for line in voucher.lines):
            self.violated("debit = credit", f"{reference} does not balance")
        known = self.intents.get(reference, [])
        said = content(voucher)
        if not any(each["number"] == voucher.transaction_no and content_of(each) == said for each in known):
            self.violated(
                "intent before effect", f"{reference} reached the ledger without a durable intent that says the same"
            )
        if late:
            self._late.add(id(self._books.entries[-1]))
        self.books_hold()

    def books_hold(self) -> None:
        """What the books must never show, where the ledger refuses a used number."""
        if not self._books.traits.refuses_used_numbers:
            return
        for reference in self._books.doubled():
            self.violated("one voucher per key", f"{reference} is in the ledger more than once")
        for z, count in self.standing(with_deleted_reversals=True).items():
            if count > 1:
                self.violated("one voucher per Z-report", f"the sales of Z {z} are in the ledger {count} times")

    def standing(self, *, with_deleted_reversals: bool = False) -> Counter[str]:
        """How often the sales of each Z-report stand in the ledger, drafts too, what was taken back counted off.

        `with_deleted_reversals`: a reversal counts though a person deleted it, since what that leaves is theirs.
        """
        found: Counter[str] = Counter()
        there: set[str] = set()
        for entry in self._books.entries:
            there.add(entry.voucher.reference)
            self._count(found, entry)
        for _, entry in self._books.deleted if with_deleted_reversals else ():
            reference = entry.voucher.reference
            if (entry.counts_for or "/rev/" in reference) and reference not in there:
                there.add(reference)
                self._count(found, entry)
        return found

    def _count(self, found: Counter[str], entry: Entry) -> None:
        reference = entry.voucher.reference or entry.counts_for
        sent = self.intents.get(reference)
        if sent:
            takes_back = bool(entry.counts_for) or "/rev/" in reference
            for _, z in sent[-1]["z"]:
                found[z] += -1 if takes_back else 1

    # After each step, when nobody acts

    def after_step(self, documents: list[Document], clean_sweep: bool) -> None:
        """`clean_sweep`: the step was a sweep that nothing disturbed, so that whatever is there must be in sight."""
        self.books_hold()
        by_reference = {each.reference: each for each in documents}
        for entry in self._books.entries:
            reference = entry.voucher.reference
            if reference not in self.intents:
                continue
            found = by_reference.get(reference)
            exempt = not clean_sweep and id(entry) in self._late
            if found is not None and found.state not in VISIBLE and not exempt and not entry.voucher.draft:
                self.violated("none unseen", f"{reference} is in the ledger, and the log calls it {found.state}")
        if clean_sweep and not self._books.traits.refuses_used_numbers:
            self._doubles_are_seen(documents)

    def _doubles_are_seen(self, documents: list[Document]) -> None:
        """The hole: a ledger that takes a used number may hold a voucher twice, but never unseen."""
        by_reference = {each.reference: each for each in documents}
        posted = Counter(each.voucher.reference for each in self._books.entries if not each.voucher.draft)
        for reference, count in posted.items():
            found = by_reference.get(reference)
            if reference in self.intents and count > 1 and found is not None and not is_red(found):
                self.violated(
                    "a double is seen", f"{reference} is there {count} times, and the log calls it {found.state}"
                )
        for z, count in self.standing(with_deleted_reversals=True).items():
            of_z = [each for each in documents if z in {key.z_number for key in each.z_keys}]
            # Drafts cannot be read; who said "absent" of one knows of it.
            if count > 1 and not any(is_red(each) or each.mode is Mode.DRAFT for each in of_z):
                self.violated(
                    "a double is seen", f"the sales of Z {z} stand {count} times, and no document of it is red"
                )

    # At the end

    def at_end(self, documents: list[Document], wanted: set[int], balances: dict[int, int]) -> None:
        """After recovery, when a person has said all that they were asked: nothing open, nothing lost, log and ledger agree."""
        for z, count in sorted((int(z), count) for z, count in self.standing().items()):
            if count not in (0, 1) or (count == 0 and z in wanted):
                self.violated("none lost, none twice", f"the sales of Z {z} stand {count} times at the end")
        standing = self.standing()
        for z in wanted:
            if standing.get(str(z), 0) != 1:
                self.violated("none lost", f"Z {z} is not in the ledger at the end")
        for account, amount in {**dict.fromkeys(balances, 0), **self._ours()}.items():
            if balances.get(account, 0) != amount:
                self.violated(
                    "the books are right", f"account {account} has {amount} øre, should have {balances.get(account, 0)}"
                )
        self._agree(documents)

    def _ours(self) -> dict[int, int]:
        found: Counter[int] = Counter()
        for entry in self._books.entries:
            if entry.voucher.reference in self.intents or entry.counts_for:
                for line in entry.voucher.lines:
                    found[line.account] += line.amount
        return {account: amount for account, amount in found.items() if amount}

    def _agree(self, documents: list[Document]) -> None:
        reversed_here = {
            (each.document_key.removesuffix(REVERSAL_SUFFIX), each.revision)
            for each in documents
            if each.document_key.endswith(REVERSAL_SUFFIX) and each.state is State.VERIFIED
        }
        for each in documents:
            entries = self._books.with_reference(each.reference)
            if each.state in RED:
                self.violated(
                    "log and ledger agree", f"{each.reference} is still {each.state} at the end ({each.problem})"
                )
                continue
            taken_back = (each.document_key, each.revision) in reversed_here
            if each.state in (State.VERIFIED, State.POSTED) or taken_back:
                agrees = _one_equal(entries, json.loads(each.payload))
            elif each.state is State.DRAFTED:
                agrees = len(entries) == 1
            else:
                agrees = not entries or each.state in (State.REVERSED, State.ROLLED_BACK)
            if not agrees:
                words = f"{each.reference} is {each.state}, the ledger has {len(entries)} of it"
                self.violated("log and ledger agree", words)
        known = {each.reference for each in documents}
        for entry in self._books.entries:
            if entry.voucher.reference in self.intents and entry.voucher.reference not in known:
                self.violated("log and ledger agree", f"the log knows nothing of {entry.voucher.reference}")


def is_red(found: Document) -> bool:
    """Whether a person is shown that something is wrong with a document."""
    return found.state in RED or found.problem_kind in AFTER_ALL


def _one_equal(entries: list[Entry], sent: Sent) -> bool:
    return len(entries) == 1 and not entries[0].voucher.draft and content(entries[0].voucher) == content_of(sent)
