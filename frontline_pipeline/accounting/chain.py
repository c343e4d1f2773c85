"""Continuity of Z-reports per register: every number there, each once, grand totals running on.

Belongs here: ordering the Z-reports of a register into chains and judging them, as pure functions of the set of Z-reports known:
the order in which they arrived makes no difference.
Does not: the proof of one Z (z_report.py), the equations of grand totals (chain_totals.py), words (chain_words.py), where Z-reports
are remembered (posting/chain_book.py), what it means for a store-day (continuity.py).

Kassasystemforskrifta s. 2-8-3: Z numbers run without gap and are never used again. A missing *date* is lawful (an unused register
needs no Z); a missing *number* is not. The number alone orders a chain; business days only tell a reset from a gap.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from frontline_pipeline.accounting import chain_words as words
from frontline_pipeline.accounting.chain_model import Break, Chain, Run, ZHead, in_order, number_of
from frontline_pipeline.accounting.chain_totals import fits, own_breaks, step_breaks
from frontline_pipeline.settings_chain import ChainStart

Numbered = tuple[int, ZHead]
StoreDayKey = tuple[str, dt.date]


def chains(heads: Iterable[ZHead], starts: Sequence[ChainStart] = ()) -> tuple[Chain, ...]:
    """The chains of one store's registers, by register. `heads` are all that is known of the store, in any order: a register that
    begins after the store did needs an entry in `starts`, its first days do not."""
    known = list(heads)
    if not known:
        return ()
    began = min(head.business_day for head in known)
    by_register: dict[str, list[ZHead]] = defaultdict(list)
    for head in known:
        by_register[head.register].append(head)
    return tuple(
        _chain(register, by_register[register], [s for s in starts if s.register_id == register], began)
        for register in sorted(by_register)
    )


def neighbours(heads: Iterable[ZHead], wanted: Collection[ZHead]) -> set[StoreDayKey]:
    """The store-days of the Z-reports right before and after those wanted, by number, the same number included."""
    numbers: dict[str, dict[int, set[StoreDayKey]]] = defaultdict(lambda: defaultdict(set))
    for head in heads:
        number = number_of(head.z_number)
        if number is not None:
            numbers[head.register][number].add(head.where)
    found: set[StoreDayKey] = set()
    for head in wanted:
        number = number_of(head.z_number)
        if number is None:
            continue
        mine = numbers[head.register]
        ordered = sorted(mine)
        low, high = bisect_left(ordered, number), bisect_right(ordered, number)
        for each in ordered[max(low - 1, 0) : high + 1]:
            found |= mine[each]
    return found


def _chain(register: str, heads: list[ZHead], starts: Sequence[ChainStart], began: dt.date) -> Chain:
    ordered = in_order(heads)
    numbered: list[Numbered] = []
    strange: list[ZHead] = []
    for head in ordered:
        number = number_of(head.z_number)
        if number is None:
            strange.append(head)
        else:
            numbered.append((number, head))
    runs: list[Run] = []
    breaks: list[Break] = [words.not_a_number(head) for head in strange]
    for start, part in _parts(numbered, starts):
        by_number = _by_number(part)
        breaks += [words.repeated(group) for group in by_number.values() if len(group) > 1]
        line = _line([(number, group[0]) for number, group in by_number.items()])
        breaks += _first(start, line[0], began)
        breaks += _steps(line)
        breaks += [wrong for _, head in line for wrong in own_breaks(head)]
        runs.append(Run(start, tuple(head for number, _ in line for head in by_number[number])))
    return Chain(register, tuple(runs), tuple(breaks), tuple(strange))


def _parts(
    numbered: Sequence[Numbered], starts: Sequence[ChainStart]
) -> Iterator[tuple[ChainStart | None, list[Numbered]]]:
    """The Z-reports from each accepted start to the next, oldest first."""
    ordered = sorted(starts, key=lambda s: (s.business_day, number_of(s.z_number) or 0))
    taken: list[list[Numbered]] = [[] for _ in range(len(ordered) + 1)]
    first = [_first_day(numbered, start) for start in ordered]
    for number, head in numbered:
        place = 0
        for index, start in enumerate(ordered, 1):
            day = head.business_day
            # On the day of the change itself both chains may have a Z-report.
            if day > start.business_day or (day == start.business_day and number in first[index - 1]):
                place = index
        taken[place].append((number, head))
    yield from ((start, part) for start, part in zip((None, *ordered), taken, strict=True) if part)


def _first_day(numbered: Sequence[Numbered], start: ChainStart) -> set[int]:
    """The numbers of a start's own day that belong to the new chain: those that follow on its number."""
    there = {number for number, head in numbered if head.business_day == start.business_day}
    number = number_of(start.z_number) or 0
    found: set[int] = set()
    while number in there:
        found.add(number)
        number += 1
    return found


def _by_number(part: Iterable[Numbered]) -> dict[int, list[ZHead]]:
    found: dict[int, list[ZHead]] = defaultdict(list)
    for number, head in part:
        found[number].append(head)
    return {number: found[number] for number in sorted(found)}


def _line(numbers: Sequence[Numbered]) -> list[Numbered]:
    """By number, but where the days go back between two numbers the part with the later days comes later: a reset that nobody
    declared. Numbers that follow each other, grand totals and all, stay together: there a business day is wrong."""
    pieces: list[list[Numbered]] = [[numbers[0]]]
    for (low, before), (high, head) in pairwise(numbers):
        back = head.business_day < before.business_day
        if back and not (high == low + 1 and fits(before, head)):
            pieces.append([])
        pieces[-1].append((high, head))
    pieces.sort(key=lambda piece: (piece[0][1].business_day, piece[0][0]))
    return [each for piece in pieces for each in piece]


def _first(start: ChainStart | None, first: Numbered, began: dt.date) -> list[Break]:
    number, head = first
    if start is None:
        if head.business_day > began:
            return [words.new_register(head, began)]
        # Number 1 whose grand totals hold nothing but itself: nothing can have come before.
        return [] if number == 1 and head.net in (None, head.sales_total) else [words.beginning(head)]
    wanted = number_of(start.z_number) or 0
    if number > wanted:
        return [words.missing_at_start(start, head, wanted, number - 1)]
    return [words.before_start(start, head)] if number < wanted else []


def _steps(line: Sequence[Numbered]) -> list[Break]:
    out: list[Break] = []
    pairs: list[tuple[ZHead, ZHead] | None] = []
    for (low, before), (high, head) in pairwise(line):
        pairs.append((before, head) if high == low + 1 else None)
        if high < low:
            out.append(words.reset(before, head))
        elif high > low + 1:
            out.append(words.missing(before, head, low + 1, high - 1))
        elif head.business_day < before.business_day:
            out.append(words.day_order(before, head))
    return out + step_breaks(pairs)
