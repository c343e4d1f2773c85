"""The nouns of continuity: the head of a Z-report, a chain of them, a break in it.

Belongs here: frozen dataclasses, what a break means for the store-days that see it, heads from frames.
Does not: judging (chain.py, chain_totals.py), the words of a break (chain_words.py), where heads are kept (posting/chain_book.py).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from frontline_pipeline.accounting.model import Finding, Severity
from frontline_pipeline.accounting.money import LIMIT, Ore
from frontline_pipeline.accounting.plain import rows
from frontline_pipeline.accounting.validity import frame_of, readable
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.proven import PROVEN_Z_REPORTS
from frontline_pipeline.frames.raw import Z_REPORTS
from frontline_pipeline.settings_chain import ChainStart

RULE = "z_chain"
"""Name of the asset check, and of the rule in findings."""
_TRAILING = re.compile(r"[0-9]+$")


@dataclass(frozen=True, slots=True)
class ZHead:
    """What a Z-report says of its place in its register's chain (kassasystemforskrifta s. 2-8-2 e, p, x, y, z); amounts in øre.

    Grand totals may be missing (CSV extracts); `return_amount` is the returns of this Z, positive.
    """

    store: str
    business_day: dt.date
    register: str
    z_number: str
    sales_total: Ore
    return_amount: Ore | None = None
    grand_total_sales: Ore | None = None
    grand_total_return: Ore | None = None
    grand_total_net: Ore | None = None
    source_sha256: str | None = None
    """SHA-256 of the file it was read from, else of all that its store-day was read from."""

    @property
    def where(self) -> tuple[str, dt.date]:
        """Its store-day."""
        return self.store, self.business_day

    @property
    def order(self) -> tuple[dt.date, str, str, str, tuple[Ore, ...], str]:
        """Sort key over the whole content: it does not depend on the order of arrival."""
        amounts = (self.return_amount, self.grand_total_sales, self.grand_total_return, self.grand_total_net)
        # Not stated comes before any amount there is.
        known = (self.sales_total, *(-LIMIT if amount is None else amount for amount in amounts))
        return self.business_day, self.register, self.z_number, self.store, known, self.source_sha256 or ""

    @property
    def net(self) -> Ore | None:
        """Grand total net: as stated, else sales less returns."""
        if self.grand_total_net is not None:
            return self.grand_total_net
        if self.grand_total_sales is None or self.grand_total_return is None:
            return None
        return self.grand_total_sales - self.grand_total_return

    @property
    def returned(self) -> Ore | None:
        """Grand total return: as stated, else sales less net."""
        if self.grand_total_return is not None:
            return self.grand_total_return
        if self.grand_total_sales is None or self.grand_total_net is None:
            return None
        return self.grand_total_sales - self.grand_total_net


def number_of(z_number: str) -> int | None:
    """The running number in a Z number: its last digits (0102, Z102 and 2026-102 are number 102); None without any."""
    if z_number.isascii() and z_number.isdigit():
        return int(z_number)
    found = _TRAILING.search(z_number)
    return int(found.group()) if found else None


class Kind(StrEnum):
    """What is wrong with a chain."""

    MISSING = "missing"
    """Numbers that nobody has seen lie between two Z-reports."""
    REPEATED = "repeated"
    """A number was used more than once."""
    TOTALS = "totals"
    """The grand totals do not run on."""
    RESET = "reset"
    """The numbers go back, and no setting says why."""
    NEW_REGISTER = "new_register"
    """A register begins in a store with history, and no setting says why."""
    BEGINNING = "beginning"
    """The first Z-report known: what came before it is not proven."""
    DAY_ORDER = "day_order"
    """A later number has an earlier business day."""
    NOT_A_NUMBER = "not_a_number"
    """A Z number without digits has no place in a chain."""


WARNS = frozenset({Kind.BEGINNING, Kind.DAY_ORDER, Kind.NOT_A_NUMBER})
"""What a person should see, though nothing is proven wrong."""
_OWN_SIDE_ONLY = frozenset({Kind.TOTALS, Kind.DAY_ORDER})
"""What only the later Z-report shows: the one before it did nothing wrong that is known."""


@dataclass(frozen=True, slots=True)
class Break:
    """One thing wrong in the chain of one register."""

    kind: Kind
    at: ZHead
    """The Z-report that does not follow on what came before it."""
    others: tuple[ZHead, ...]
    """The Z-reports it does not follow on; empty when it is wrong by itself."""
    message: str
    next_step: str
    missing: tuple[int, int] | None = None
    """First and last of the numbers that are missing."""
    expected: str | None = None
    actual: str | None = None
    difference: str | None = None

    @property
    def error(self) -> bool:
        return self.kind not in WARNS

    @property
    def seen_by(self) -> tuple[ZHead, ...]:
        """The Z-reports whose store-days show it."""
        return (self.at,) if self.kind in _OWN_SIDE_ONLY else (self.at, *self.others)

    def finding(self, head: ZHead, *, holds: bool) -> Finding:
        """The break as a finding on one of the Z-reports that see it; `holds`: the store wants its day held for it."""
        return Finding(
            rule=RULE,
            severity=Severity.ERROR if self.error else Severity.WARN,
            blocking=holds and self.error and head == self.at,
            store=head.store,
            business_day=head.business_day,
            message=self.message,
            next_step=self.next_step,
            register=head.register,
            z_number=head.z_number,
            subject=self.kind.value,
            expected=self.expected,
            actual=self.actual,
            difference=self.difference,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Z-reports of a register that should follow on each other, in the order of their numbers, from an accepted start on."""

    start: ChainStart | None
    heads: tuple[ZHead, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """All Z-reports known of one register, and what is wrong with them."""

    register: str
    runs: tuple[Run, ...]
    breaks: tuple[Break, ...]
    unnumbered: tuple[ZHead, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether no error stands in it."""
        return not any(each.error for each in self.breaks)


def heads_from(bundle: Bundle) -> tuple[ZHead, ...]:
    """The heads of a store-day's Z-reports, raw or proven; none when their frame cannot be read (the rule `frames_valid` then says why)."""
    frame = frame_of(bundle, Z_REPORTS)
    spec = PROVEN_Z_REPORTS if "rounding_source" in frame.columns else Z_REPORTS
    if not readable(frame, spec):
        return ()
    return tuple(
        ZHead(
            store=bundle.store,
            business_day=bundle.business_day,
            register=row["register"],
            z_number=row["z_number"],
            sales_total=row["sales_total"],
            return_amount=row["return_amount"],
            grand_total_sales=row["grand_total_sales"],
            grand_total_return=row["grand_total_return"],
            grand_total_net=row["grand_total_net"],
            source_sha256=row["source_sha256"] or _source(bundle),
        )
        for row in rows(frame)
    )


def _source(bundle: Bundle) -> str | None:
    hashes = sorted(sha for _, sha in bundle.sources)
    if len(hashes) < 2:
        return hashes[0] if hashes else None
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def in_order(heads: Iterable[ZHead]) -> list[ZHead]:
    """By business day and content, whatever the order of arrival."""
    return sorted(heads, key=lambda head: head.order)
