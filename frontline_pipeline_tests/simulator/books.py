"""The model of the ledger: what it holds, what is under way to it, and what a person does in it.

Belongs here: which requests are accepted, what a search shows, numbers, drafts, late requests, a person's hand.
Does not: fail (port.py), judge (promises.py).

What nobody knows of the real service is a trait (`Traits`), drawn per seed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from frontline_pipeline.office.models import LedgerLine, LedgerVoucher, Transaction
from frontline_pipeline.posting.payload import Sent, ledger_line
from frontline_pipeline_tests.posting.fake_ledger import rows_of

PIPELINE, PERSON = "pipeline", "person"


@dataclass(frozen=True)
class Traits:
    """What is unproven of the real ledger, and decides what can be promised."""

    refuses_used_numbers: bool = True
    """False: the hole that remains. A used number is taken again, that of a deleted voucher too; drafts hold no number."""
    reserves: bool = False
    """GetEntryId gives each number once, used or not; else it looks at what is there."""
    lag: float = 0.0
    """Seconds by which the search lags behind what was saved."""


@dataclass(eq=False)
class Entry:
    """One voucher in the ledger. `stored_at`: when the search begins to lag behind it. `seen_as`: what it was, and until when."""

    voucher: LedgerVoucher
    by: str
    stored_at: float
    counts_for: str = ""
    """Reference of the voucher that a person took back with this one."""
    seen_as: list[tuple[float, LedgerVoucher]] = field(default_factory=list)


@dataclass(eq=False)
class Request:
    """A voucher on its way, whose sender knows nothing of it any more."""

    voucher: LedgerVoucher


@dataclass
class Books:
    """The ledger of one company."""

    traits: Traits
    entries: list[Entry] = field(default_factory=list)
    deleted: list[tuple[float, Entry]] = field(default_factory=list)
    under_way: list[Request] = field(default_factory=list)
    used: set[tuple[int, int]] = field(default_factory=set)
    lag_until: float = -1.0
    last_given: int = 0
    links: dict[tuple[int, int], int] = field(default_factory=dict)
    by_hand: int = 0

    # The service

    def next_number(self, on: dt.date) -> int:
        taken = [each.voucher.transaction_no for each in self.entries if each.voucher.year_id == on.year]
        if self.traits.refuses_used_numbers:
            taken += [number for year, number in self.used if year == on.year]
        number = max([*taken, self.last_given if self.traits.reserves else 0], default=0) + 1
        self.last_given = max(self.last_given, number)
        return number

    def save(self, voucher: LedgerVoucher, now: float) -> bool:
        """Whether the ledger takes it; False for a used number."""
        number = (voucher.year_id, voucher.transaction_no)
        if self.traits.refuses_used_numbers and number in self.used:
            return False
        self._keep(Entry(voucher, PIPELINE, now))
        return True

    def search(self, first: dt.date, last: dt.date, low: int | None, high: int | None, now: float) -> list[Transaction]:
        """Posted lines of a window, as far as the search has come."""
        lag = self.traits.lag if now >= self.lag_until else max(self.traits.lag, 600.0)
        return [
            row
            for entry in self.entries
            if not (entry.voucher.draft or entry.stored_at + lag > now)
            if first <= entry.voucher.date <= last
            if low is None or entry.voucher.transaction_no >= low
            if high is None or entry.voucher.transaction_no <= high
            for row in rows_of(entry.voucher, self.links)
        ]

    # A person

    def enter(self, voucher: LedgerVoucher, now: float, counts_for: str = "") -> Entry:
        """Enter a voucher by hand, under the next number of the series unless it has one."""
        if not voucher.transaction_no:
            voucher = replace(voucher, transaction_no=self.next_number(voucher.date))
        entry = Entry(voucher, PERSON, now, counts_for)
        self._keep(entry)
        return entry

    def change(self, entry: Entry, voucher: LedgerVoucher, now: float) -> None:
        """Edit a voucher, or post a draft."""
        entry.seen_as.append((now, entry.voucher))
        entry.voucher = voucher

    def delete(self, entry: Entry, now: float) -> None:
        self.entries.remove(entry)
        self.deleted.append((now, entry))

    # Looking on

    def with_reference(self, reference: str) -> list[Entry]:
        """Everything under a reference, drafts too: what a person sees."""
        return [each for each in self.entries if each.voucher.reference == reference]

    def doubled(self) -> list[str]:
        """References that more than one voucher carries."""
        found = Counter(each.voucher.reference for each in self.entries if each.voucher.reference)
        return [name for name, count in found.items() if count > 1]

    def was_there(self, sent: Sent, since: float) -> bool:
        """Whether a posted voucher has been there, equal to what was sent, at some time since."""
        alive = [(entry, None) for entry in self.entries]
        gone = [(entry, until) for until, entry in self.deleted if until >= since]
        for entry, _ in (*alive, *gone):
            versions = [entry.voucher, *(voucher for until, voucher in entry.seen_as if until >= since)]
            if any(not each.draft and says(each, sent) for each in versions):
                return True
        return False

    def _keep(self, entry: Entry) -> None:
        self.entries.append(entry)
        voucher = entry.voucher
        if not voucher.draft or self.traits.refuses_used_numbers:
            self.used.add((voucher.year_id, voucher.transaction_no))


def content(voucher: LedgerVoucher) -> Counter[tuple[object, ...]]:
    """What a voucher of the ledger says in the books."""
    return Counter(
        (voucher.date, each.account, each.amount, each.tax_code, each.department_id, each.project_id, _pairs(each))
        for each in voucher.lines
    )


def content_of(sent: Sent) -> Counter[tuple[object, ...]]:
    """What a payload of the log says in the books; compared without any code of posting/comparing.py."""
    date = dt.date.fromisoformat(sent["date"])
    lines = [ledger_line(each) for each in sent["lines"]]
    return Counter(
        (date, each.account, each.amount, each.tax_code, each.department_id, each.project_id, _pairs(each))
        for each in lines
    )


def _pairs(line: LedgerLine) -> tuple[tuple[int, str], ...]:
    """Dimensions; JSON brings pairs back as lists."""
    return tuple((kind, value) for kind, value in line.dimensions)


def says(voucher: LedgerVoucher, sent: Sent) -> bool:
    """Whether a voucher is, under its reference, exactly what was sent."""
    return voucher.reference == sent["reference"] and content(voucher) == content_of(sent)


def balances(entries: list[Entry]) -> Mapping[int, int]:
    """Øre per account."""
    found: Counter[int] = Counter()
    for entry in entries:
        for line in entry.voucher.lines:
            found[line.account] += line.amount
    return {account: amount for account, amount in found.items() if amount}
