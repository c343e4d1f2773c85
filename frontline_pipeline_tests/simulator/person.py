"""A person: what they do in the ledger by themselves, and what they honestly answer when the log asks them to look.

Belongs here: hand-made changes in the books; the word for each state of a document, after a look into the books.
Does not: lie. They see drafts and vouchers as they are now, but no request that is still under way.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.posting.errors import NotResolvable
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import read_payload, sent_again
from frontline_pipeline.posting.person import HAND_ENTERED
from frontline_pipeline.posting.records import AFTER_ALL, BACK, REVERSAL, Document
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline_tests.posting.fake_ledger import DAY
from frontline_pipeline_tests.simulator.books import PERSON, PIPELINE, Books, Entry, content, content_of, says
from frontline_pipeline_tests.simulator.scheduler import Scheduler

ANNA = "anna"
_SUSPENSE = 1500


class Person:
    """Somebody who keeps these books."""

    def __init__(self, books: Books, clock: Scheduler, rng: Random, *, spares_reversals: bool = False) -> None:
        self._books = books
        self._clock = clock
        self._rng = rng
        self._spares_reversals = spares_reversals

    # In the ledger, by themselves

    def acts(self) -> str:
        """Something that a person does in the ledger, said in words."""
        ours = [
            each for each in self._books.entries if each.by == PIPELINE and not self._by_hand(each.voucher.reference)
        ]
        deeds: list[Callable[[Entry], str]] = [self._edit, self._delete, self._match]
        entry = self._rng.choice(ours) if ours else None
        if entry is None or self._rng.random() < 0.35:
            return self.enters(None)
        if entry.voucher.draft:
            deeds = [self._post_draft, self._delete, self._post_draft]
        return self._rng.choice(deeds)(entry)

    def enters(self, like: LedgerVoucher | None) -> str:
        """Enter a voucher without a key of ours, perhaps one that looks like a store-day."""
        lines = (
            like.lines if like else (LedgerLine(1900, 50_000, None, "Uttak"), LedgerLine(1920, -50_000, None, "Uttak"))
        )
        made = LedgerVoucher("", like.date if like else DAY, 2026, 5, 0, False, "", lines)
        entry = self._books.enter(made, self._clock.now)
        return f"enters number {entry.voucher.transaction_no} by hand"

    def edits_the_last(self) -> str:
        """Edit the voucher of ours that came last."""
        ours = [
            each
            for each in self._books.entries
            if each.by == PIPELINE and not each.voucher.draft and not self._by_hand(each.voucher.reference)
        ]
        return self._edit(ours[-1]) if ours else "finds nothing to edit"

    def _edit(self, entry: Entry) -> str:
        """One amount is changed, and another account takes the difference."""
        if self._spares_reversals and "/rev/" in entry.voucher.reference:
            return f"looks at {entry.voucher.reference}"
        first, *rest = entry.voucher.lines
        lines = (replace(first, amount=first.amount + 100), *rest, LedgerLine(_SUSPENSE, -100, None, "rettet"))
        self._books.change(entry, replace(entry.voucher, lines=lines), self._clock.now)
        return f"edits {entry.voucher.reference}"

    def _delete(self, entry: Entry) -> str:
        self._books.delete(entry, self._clock.now)
        return f"deletes {entry.voucher.reference} (number {entry.voucher.transaction_no})"

    def _match(self, entry: Entry) -> str:
        self._books.links[entry.voucher.transaction_no, 1] = 900_000 + len(self._books.links)
        return f"matches {entry.voucher.reference}"

    def _post_draft(self, entry: Entry) -> str:
        self._books.change(entry, replace(entry.voucher, draft=False), self._clock.now)
        entry.stored_at = self._clock.now
        return f"posts the draft {entry.voucher.reference}"

    # What they answer

    def answers(self, log: PostingLog, found: Document) -> str:
        """Put one document right, as far as its state asks for a person; what was done in words, "" for nothing."""
        there = self._books.with_reference(found.reference)
        try:
            return self._answer(log, found, there)
        except NotResolvable as no:
            return f"is told: {no}"

    def _answer(self, log: PostingLog, found: Document, there: list[Entry]) -> str:
        state, name = found.state, found.reference
        if self._by_hand(name) and state in IN_LEDGER and found.kind != REVERSAL:
            log.reverse(name, reason="reversed by hand", who=ANNA)
            return f"says reverse {name}"
        if state in (State.UNKNOWN, State.SENDING):
            return self._resolve(log, found, bool(there))
        if state is State.DISPUTED:
            return self._disputed(log, found, there)
        shown = AFTER_ALL.get(found.problem_kind or "", state)
        if shown is State.DUPLICATED:
            return self._too_many(log, found, there)
        if shown is State.DRIFTED:
            return self._mend(found, there)
        if shown is State.MISSING and found.problem_kind in AFTER_ALL:
            # The log says so until the next read-back; who has entered it again sees it there.
            return "" if there else self._enters_again(found)
        if state is State.MISSING and not there:
            return self._missing(log, found)
        if state is State.DRAFTED and len(there) > 1:
            return self._drafts_too_many(there)
        if state is State.DRAFTED and not there:
            return self._resolve(log, found, False)
        if state in (State.PLANNED, State.REJECTED) and found.attempts:
            log.retry(name, reason="go on", who=ANNA)
            return f"says retry {name}"
        if state is State.SKIPPED and not there and found.kind != REVERSAL:
            log.resume(name, reason="after all", who=ANNA)
            return f"says resume {name}"
        return ""

    def _resolve(self, log: PostingLog, found: Document, there: bool) -> str:
        log.resolve(found.reference, found=there, reason="looked in the ledger", who=ANNA)
        return f"says {'found' if there else 'absent'} {found.reference}"

    def _disputed(self, log: PostingLog, found: Document, there: list[Entry]) -> str:
        if found.problem_kind == HAND_ENTERED:
            for entry in [each for each in self._books.entries if each.by == PERSON and not each.counts_for]:
                self._books.delete(entry, self._clock.now)
            # A draft of it may be out too, which a lost log forgot.
            for entry in there:
                self._books.delete(entry, self._clock.now)
            return self._resolve(log, found, False) + ", deletes what was entered by hand"
        if found.transaction_no is None:
            # A draft that a lost log forgot: the same one, or one with content of before.
            expected = content_of(read_payload(found.payload, found.reference))
            same = [each for each in there if content(each.voucher) == expected]
            for entry in there:
                if entry not in same[:1]:
                    self._books.delete(entry, self._clock.now)
            return self._resolve(log, found, bool(same))
        good = self._keep_one(found, there)
        return self._resolve(log, found, good)

    def _too_many(self, log: PostingLog, found: Document, there: list[Entry]) -> str:
        """Leave one; of what was taken back already, or is in another document, none that counts."""
        if found.problem_kind == "late":
            for entry in there:
                self._books.delete(entry, self._clock.now)
            log.deleted(found.reference, reason="deleted the one too many", who=ANNA)
            return f"deletes {found.reference}, says deleted"
        if found.problem_kind == BACK:
            for entry in there:
                self._books.delete(entry, self._clock.now)
            return f"deletes {found.reference} once more"
        self._keep_one(found, there)
        return f"leaves one of {found.reference}"

    def _drafts_too_many(self, there: list[Entry]) -> str:
        """A person sees two drafts side by side in the list."""
        for entry in there[1:]:
            self._books.delete(entry, self._clock.now)
        return f"leaves one draft of {there[0].voucher.reference}"

    def _keep_one(self, found: Document, there: list[Entry]) -> bool:
        """Delete all but one that is as sent; whether there is one."""
        sent = read_payload(found.payload, found.reference)
        good = [each for each in there if says(each.voucher, sent)]
        good.sort(key=lambda each: (each.voucher.draft, each.voucher.transaction_no != found.transaction_no))
        for entry in there:
            if entry not in good[:1]:
                self._books.delete(entry, self._clock.now)
        return bool(good)

    def _mend(self, found: Document, there: list[Entry]) -> str:
        """Make a voucher again what it was."""
        # What they posted from a draft does not become one again.
        kept = replace(sent_again(read_payload(found.payload, found.reference)), draft=False)
        for entry in list(self._books.entries):
            same_number = entry.voucher.transaction_no == kept.transaction_no and not entry.voucher.reference
            if entry in there[1:] or (same_number and entry.by == PERSON):
                # Another's voucher under the same number gets one of its own.
                self._books.delete(entry, self._clock.now)
                if same_number:
                    self._books.enter(replace(entry.voucher, transaction_no=0), self._clock.now, entry.counts_for)
        if there:
            self._books.change(there[0], kept, self._clock.now)
        return f"mends {found.reference}"

    def _missing(self, log: PostingLog, found: Document) -> str:
        if found.kind == REVERSAL:
            return self._enters_again(found)
        try:
            log.retry(found.reference, reason="it was deleted by mistake", who=ANNA)
        except NotResolvable:
            # Its Z-reports are another document's by now.
            log.deleted(found.reference, reason="it is gone, and should be", who=ANNA)
            return f"says deleted {found.reference}"
        return f"says retry {found.reference}"

    def _enters_again(self, found: Document) -> str:
        self._books.enter(sent_again(read_payload(found.payload, found.reference)), self._clock.now)
        return f"enters {found.reference} again"

    def takes_back(self, log: PostingLog, found: Document) -> str:
        """Reverse a posted journal by hand, or delete it, and say so."""
        there = [each for each in self._books.with_reference(found.reference) if each.by == PIPELINE]
        if not there or self._by_hand(found.reference):
            return ""
        entry = there[0]
        for another in there[1:]:
            # Whoever takes a voucher back sees that it is there twice.
            self._books.delete(another, self._clock.now)
        if self._rng.random() < 0.5 or entry.voucher.draft:
            words, say = self._delete(entry), log.deleted
        else:
            lines = tuple(replace(line, amount=-line.amount) for line in entry.voucher.lines)
            made = replace(entry.voucher, reference="", transaction_no=0, lines=lines)
            self._books.enter(made, self._clock.now, counts_for=found.reference)
            words, say = f"reverses {found.reference} by hand", log.reverse
        try:
            say(found.reference, reason="by hand", who=ANNA)
        except NotResolvable as no:
            self._undo(entry, found.reference)
            self._skips_reversal(log, found)
            return f"{words}, is told: {no}; undoes it"
        return f"{words}, says so"

    def _skips_reversal(self, log: PostingLog, found: Document) -> None:
        """What the log advises who wants to reverse by hand, where the pipeline's own reversal is not there."""
        reversal = found.reference.replace("/r", "/rev/r") if "/rev/" not in found.reference else ""
        if reversal and not self._books.with_reference(reversal):
            with suppress(NotResolvable):
                log.skip(reversal, reason="reversed by hand", who=ANNA)

    def _undo(self, entry: Entry, reference: str) -> None:
        """Who is told that it means nothing there puts the ledger back as it was."""
        for each in [each for each in self._books.entries if each.counts_for == reference]:
            self._books.delete(each, self._clock.now)
        if entry not in self._books.entries:
            self._books.deleted = [(when, each) for when, each in self._books.deleted if each is not entry]
            self._books.entries.append(entry)

    def _by_hand(self, reference: str) -> bool:
        return any(each.counts_for == reference for each in self._books.entries)

    def unmatches(self) -> None:
        self._books.links.clear()


def asks(found: Document) -> bool:
    """Whether a document of this state waits for a person, and not for the next run."""
    if found.state is State.UNKNOWN:
        return found.mode is Mode.DRAFT or found.problem_kind in ("duplicate", "exhausted")
    return found.state in (State.DISPUTED, State.DUPLICATED, State.DRIFTED, State.MISSING, State.SKIPPED) or (
        found.problem_kind in (*AFTER_ALL, "exhausted")
    )
