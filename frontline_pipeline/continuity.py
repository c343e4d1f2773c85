"""What the chain of Z-reports means for a store-day: what it shows, whom its arrival concerns, whether it is held.

Belongs here: joining the book of Z heads with the judgement, for the asset check, the command and the hold alike.
Does not: judging (accounting/chain.py), the book itself (posting/chain_book.py), Dagster (checks/chain.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from frontline_pipeline.accounting.chain import StoreDayKey, chains, neighbours
from frontline_pipeline.accounting.chain_model import Chain, ZHead, heads_from
from frontline_pipeline.accounting.model import Finding, ZKey
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.posting.chain_book import ChainBook
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True)
class DayContinuity:
    """What the chains of its registers say of one store-day."""

    store: str
    business_day: dt.date
    heads: tuple[ZHead, ...]
    findings: tuple[Finding, ...]
    chains: tuple[Chain, ...]
    """Of the registers that have a Z-report on the day."""


@dataclass(frozen=True)
class Arrival:
    """A store-day that arrived, and the other store-days whose judgement it may have changed."""

    own: DayContinuity
    concerned: tuple[DayContinuity, ...]

    @property
    def days(self) -> tuple[DayContinuity, ...]:
        """Its own and those concerned."""
        return self.own, *self.concerned

    def with_days(self, changed: Iterable[DayContinuity]) -> Arrival:
        """The same with newer verdicts."""
        newer = {(day.store, day.business_day): day for day in changed}
        own, *concerned = (newer.get((day.store, day.business_day), day) for day in self.days)
        return Arrival(own, tuple(concerned))


def arrived(log: PostingLog, profile: StoreProfile, raw: Bundle) -> Arrival:
    """Records the Z heads of a store-day's raw extract in the book and judges them anew, with all they concern: the store-days of
    the numbers before and after, always, so that an arrival whose report was lost is mended by running it again; and every
    other one on which something is said now that was not said before, or the other way about."""
    book, where = ChainBook(log.database), (raw.store, raw.business_day)
    mine = heads_from(raw)
    before = after = _known(book, profile, mine)
    old = new = judged(before, profile)
    if book.record(profile.company_code, raw.store, raw.business_day, mine):
        # Read again: other store-days may have been recorded meanwhile, and the last to judge must have seen them all.
        after = _known(book, profile, mine)
        new = judged(after, profile)
    gone = [head for head in before if head.where == where]
    days = neighbours(after, mine) | neighbours(before, gone) | _changed(old, new, after)
    days.discard(where)
    return Arrival(_day(where, after, new, profile), tuple(_day(each, after, new, profile) for each in sorted(days)))


def reconsidered(log: PostingLog, profile: StoreProfile, told: Arrival) -> tuple[DayContinuity, ...]:
    """The days of an arrival of which the book says something else by now than was told; none when all of it still stands."""
    known = _known(ChainBook(log.database), profile, told.own.heads)
    now = judged(known, profile)
    fresh = (_day((day.store, day.business_day), known, now, profile) for day in told.days)
    return tuple(new for new, day in zip(fresh, told.days, strict=True) if new.findings != day.findings)


def judged(heads: Iterable[ZHead], profile: StoreProfile) -> tuple[Chain, ...]:
    """The chains of a store's registers, by its settings."""
    return chains(heads, profile.store.chain_starts)


def known_chains(log: PostingLog, profile: StoreProfile) -> tuple[Chain, ...]:
    """The chains of a store as the book has them."""
    return judged(_known(ChainBook(log.database), profile, ()), profile)


def holding(log: PostingLog, profile: StoreProfile, z_reports: Bundle) -> tuple[Finding, ...]:
    """Why a store-day's Z-reports may not be posted, where the store wants days held that do not continue their chain; none
    otherwise. What is in a document already is not held: it is out. Writes nothing."""
    if not profile.store.hold_on_gap:
        return ()
    where, mine = (z_reports.store, z_reports.business_day), heads_from(z_reports)
    _, free = log.split_new(profile.company_code, [ZKey(head.register, head.z_number) for head in mine])
    known = _with(_known(ChainBook(log.database), profile, mine), where, mine)
    found = _findings(where, judged(known, profile), holds=True)
    return tuple(f for f in found if f.holds and ZKey(f.register or "", f.z_number or "") in free)


def _known(book: ChainBook, profile: StoreProfile, mine: Sequence[ZHead]) -> list[ZHead]:
    registers = {*profile.store.registers, *(head.register for head in mine)}
    return book.heads(profile.company_code, profile.code, registers)


def _with(known: Iterable[ZHead], where: StoreDayKey, mine: Sequence[ZHead]) -> list[ZHead]:
    return [*(head for head in known if head.where != where), *mine]


def _changed(old: Iterable[Chain], new: Iterable[Chain], heads: Iterable[ZHead]) -> set[StoreDayKey]:
    there = {head.where for head in heads}
    before, after = _said(old), _said(new)
    return {where for where in there if before.get(where, set()) != after.get(where, set())}


def _said(found: Iterable[Chain]) -> dict[StoreDayKey, set[str]]:
    out: dict[StoreDayKey, set[str]] = {}
    for chain in found:
        for each in chain.breaks:
            for head in each.seen_by:
                out.setdefault(head.where, set()).add(each.message)
    return out


def _day(
    where: StoreDayKey, heads: Iterable[ZHead], judgement: Iterable[Chain], profile: StoreProfile
) -> DayContinuity:
    mine = tuple(head for head in heads if head.where == where)
    registers = {head.register for head in mine}
    of_day = tuple(chain for chain in judgement if chain.register in registers)
    return DayContinuity(*where, mine, _findings(where, of_day, holds=profile.store.hold_on_gap), of_day)


def _findings(where: StoreDayKey, found: Iterable[Chain], *, holds: bool) -> tuple[Finding, ...]:
    out = [
        each.finding(head, holds=holds)
        for chain in found
        for each in chain.breaks
        for head in each.seen_by
        if head.where == where
    ]
    # Errors first: the first one is what the check says in words.
    return tuple(sorted(out, key=lambda f: (f.severity.value, f.register or "", f.z_number or "")))
