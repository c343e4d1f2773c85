"""Ties: which Z-report closes which transaction of a register.

Belongs here: the order of events (kassasystemforskrifta s. 2-7 keeps them in one journal), kept as intervals of transaction ids.
Does not: clocks. A clock runs back in October, is set wrongly, and has minutes with both a sale and a close in them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
from itertools import pairwise

OPEN = -1
"""An event concluded the transaction after the last Z-report of the file."""
UNKNOWN = -2
"""No event names the transaction."""


class Ties:
    """The events of one register, in order: transactions between two Z events belong to the second.

    An event that concludes a transaction decides; any other event that carries its id (drawer, copy) decides only when there
    is none, and then the first. Ids that run on are kept as intervals, so a file of a million receipts needs a few of them.
    """

    def __init__(self) -> None:
        self._closing = _Runs()
        self._other = _Runs()
        self._closed = 0
        self._since_close = False

    @property
    def has_events(self) -> bool:
        """Whether any event named a transaction."""
        return bool(self._closing or self._other)

    @property
    def since_close(self) -> bool:
        """Whether an event named a transaction since the last Z event."""
        return self._since_close

    def event(self, transaction: str, concludes: bool) -> None:
        """An event that carries a transaction id."""
        if concludes:
            self._closing.add(transaction, self._closed)
        elif not self._closing.is_latest(transaction):
            self._other.add(transaction, self._closed)
        self._since_close = True

    def close(self) -> None:
        """A Z event."""
        self._closed += 1
        self._since_close = False

    def freeze(self) -> None:
        """All events were seen; from now on `find` may be asked."""
        self._closing.freeze()
        self._other.freeze()

    def find(self, transaction: str) -> int:
        """Index of the Z-report that closes the transaction, in the order of the Z events; OPEN or UNKNOWN."""
        found = self._closing.find(transaction)
        if found == UNKNOWN:
            found = self._other.find(transaction)
        return OPEN if found == self._closed else found


class _Runs:
    """Transaction ids with their segment. The first mention of an id counts."""

    def __init__(self) -> None:
        self._low, self._high, self._segment = array("q"), array("q"), array("q")
        self._texts: dict[str, int] = {}
        self._at = 0

    def __bool__(self) -> bool:
        return bool(self._low or self._texts)

    def add(self, transaction: str, segment: int) -> None:
        number = _number(transaction)
        if number is None:
            self._texts.setdefault(transaction, segment)
            return
        if self._low and self._segment[-1] == segment:
            if number == self._high[-1] + 1:
                self._high[-1] = number
                return
            if self._low[-1] <= number <= self._high[-1]:
                return
        self._low.append(number)
        self._high.append(number)
        self._segment.append(segment)

    def is_latest(self, transaction: str) -> bool:
        """Whether the id lies in the run that is being written; cheap, and true for a drawer that opens after its receipt."""
        number = _number(transaction)
        if number is None:
            return transaction in self._texts
        return bool(self._low) and self._low[-1] <= number <= self._high[-1]

    def freeze(self) -> None:
        runs = sorted(zip(self._low, self._high, self._segment, strict=True))
        if any(after[0] <= before[1] for before, after in pairwise(runs)):
            runs = _first_mention(list(zip(self._low, self._high, self._segment, strict=True)))
        self._low = array("q", (run[0] for run in runs))
        self._high = array("q", (run[1] for run in runs))
        self._segment = array("q", (run[2] for run in runs))

    def find(self, transaction: str) -> int:
        number = _number(transaction)
        if number is None:
            return self._texts.get(transaction, UNKNOWN)
        if not self._low:
            return UNKNOWN
        # Transactions come in the order of their ids, so the run of the one before nearly always fits.
        if not self._low[self._at] <= number <= self._high[self._at]:
            at = bisect_right(self._low, number) - 1
            if at < 0 or number > self._high[at]:
                return UNKNOWN
            self._at = at
        return self._segment[self._at]


def _number(transaction: str) -> int | None:
    """The id as a number when the number writes back to the same text; "007" and "7" are two ids."""
    if transaction.isascii() and transaction.isdigit() and len(transaction) <= 18:
        return int(transaction) if transaction[0] != "0" or transaction == "0" else None
    return None


def _first_mention(runs: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Disjoint runs in order of number, where of two mentions of an id the earlier in the list stands."""
    taken: list[tuple[int, int, int]] = []
    for first, high, segment in runs:
        low = first
        at = max(bisect_right(taken, (low, high, segment)) - 1, 0)
        pieces = []
        while at < len(taken) and taken[at][0] <= high and low <= high:
            start, end, _ = taken[at]
            if end >= low:
                if start > low:
                    pieces.append((low, start - 1, segment))
                low = end + 1
            at += 1
        if low <= high:
            pieces.append((low, high, segment))
        for piece in pieces:
            insort(taken, piece)
    return taken
