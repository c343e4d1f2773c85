"""From suspects to explanations: the shortest account of everything that does not add up.

Belongs here: finding one suspect, or two together, that explain every residual and every flag exactly, and their order.
Does not: the suspects (suspects_*.py), words (words.py).

The order is that of description length: an explanation costs the bits that name its faults. A cause whose amount stands in the data is
cheap; one that could explain any amount is dear, since it would fit by chance; two faults at once cost more than one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import Effect, Fitting, Flags, Loose, Sheet, Suspect, Where, minus
from frontline_pipeline.accounting.money import Ore

TWO_FAULTS = 5
"""Bits for two faults at once instead of one."""
PARTIAL = 60
"""Bits for an explanation that leaves something unexplained, and per residual left."""
MOST_PAIRS = 4000
"""Pairs of exact explanations kept; more would mean that the data say nothing."""

_Key = frozenset[tuple[Where, Ore]]


class Explanation(NamedTuple):
    """Faults that together explain everything (or, when partial, something), and the bits that name them."""

    faults: tuple[Suspect, ...]
    bits: int
    partial: bool = False


def explanations(
    sheet: Sheet, suspects: Iterable[Suspect], loose: Sequence[Loose], fitting: Sequence[Fitting] = ()
) -> list[Explanation]:
    """Cheapest first: single faults and pairs that explain all of it; where there are none, faults that explain a part."""
    known = _cheapest(suspects)
    found = [
        Explanation((s,), s.bits)
        for s in (*known, *_sized(loose, fitting, sheet.off))
        if s.effect == sheet.off and sheet.flags <= s.raises
    ]
    found += _pairs(sheet, known, loose, fitting)
    found += _loose_pairs(sheet, loose, fitting)
    if not found:
        found = _partial(sheet, known, loose)
    return sorted(found, key=lambda e: (e.bits, len(e.faults), [(f.kind.value, f.subject) for f in e.faults]))


def _key(effect: Effect) -> _Key:
    return frozenset(effect.items())


def _cheapest(suspects: Iterable[Suspect]) -> list[Suspect]:
    """Of suspects that say the same of the same thing and move the equations alike, the cheapest."""
    best: dict[tuple[CauseKind, str, _Key, Flags], Suspect] = {}
    for suspect in suspects:
        key = (suspect.kind, suspect.subject, _key(suspect.effect), suspect.raises)
        if key not in best or suspect.bits < best[key].bits:
            best[key] = suspect
    return list(best.values())


def _pairs(
    sheet: Sheet, known: Sequence[Suspect], loose: Sequence[Loose], fitting: Sequence[Fitting]
) -> Iterator[Explanation]:
    """Meets in the middle: what one suspect leaves must be another one's effect, or a loose one of the right size."""
    by_effect: dict[_Key, list[Suspect]] = defaultdict(list)
    order = {id(suspect): number for number, suspect in enumerate(known)}
    for suspect in known:
        by_effect[_key(suspect.effect)].append(suspect)
    made = 0
    for suspect in known:
        left = minus(sheet.off, suspect.effect)
        others = [o for o in by_effect.get(_key(left), ()) if order[id(o)] > order[id(suspect)]]
        for other in (*others, *_sized(loose, fitting, left)):
            if (
                (other.kind, other.subject) != (suspect.kind, suspect.subject)
                and sheet.flags <= suspect.raises | other.raises
                and _both_needed(sheet, suspect, other)
            ):
                yield Explanation(_ordered(suspect, other), suspect.bits + other.bits + TWO_FAULTS)
                made += 1
        if made > MOST_PAIRS:
            return


def _both_needed(sheet: Sheet, one: Suspect, other: Suspect) -> bool:
    """Neither explains everything alone: an effect of nothing must at least raise a flag that the other does not."""
    alone = [
        one.effect == sheet.off and sheet.flags <= one.raises,
        other.effect == sheet.off and sheet.flags <= other.raises,
    ]
    return not any(alone)


def _ordered(one: Suspect, other: Suspect) -> tuple[Suspect, Suspect]:
    return (
        (one, other) if (one.bits, one.kind, one.subject) <= (other.bits, other.kind, other.subject) else (other, one)
    )


def _sized(loose: Iterable[Loose], fitting: Iterable[Fitting], left: Effect) -> list[Suspect]:
    """Suspects of open size that explain exactly what is left."""
    if not left:
        return []
    keys = set(left)
    out = [made for each in fitting if (made := each.fit(left)) is not None]
    for each in loose:
        if keys != set(each.direction):
            continue
        where, sign = next(iter(each.direction.items()))
        amount = left[where] * sign
        if each.least <= amount <= each.most and all(left[w] == s * amount for w, s in each.direction.items()):
            out.append(_made(each, amount))
    return out


def _made(loose: Loose, amount: Ore) -> Suspect:
    subject, evidence = loose.told(amount)
    effect = {where: sign * amount for where, sign in loose.direction.items()}
    return Suspect(loose.kind, subject, effect, loose.raises, loose.bits, evidence)


def _loose_pairs(sheet: Sheet, loose: Sequence[Loose], fitting: Sequence[Fitting]) -> Iterator[Explanation]:
    """Two faults of unknown size: told apart where one moves an equation that the other does not."""
    seen: set[tuple[tuple[str, str], ...]] = set()
    for one in loose:
        for where, sign in one.direction.items():
            amount = sheet.off.get(where, 0) * sign
            if not amount or not one.least <= amount <= one.most:
                continue
            first = _made(one, amount)
            for second in _sized(loose, fitting, minus(sheet.off, first.effect)):
                names = tuple(sorted(((first.kind, first.subject), (second.kind, second.subject))))
                if names[0] != names[1] and names not in seen and sheet.flags <= first.raises | second.raises:
                    seen.add(names)
                    yield Explanation(_ordered(first, second), first.bits + second.bits + TWO_FAULTS)


def _partial(sheet: Sheet, known: Sequence[Suspect], loose: Sequence[Loose]) -> list[Explanation]:
    """Suspects that leave fewer equations open and none worse, for three faults and more."""
    out = []
    sized = [
        _made(each, sheet.off[where] * sign)
        for each in loose
        for where, sign in each.direction.items()
        if where in sheet.off and each.least <= sheet.off[where] * sign <= each.most
    ]
    for suspect in (*known, *sized):
        left = minus(sheet.off, suspect.effect)
        still = len(left) + len(sheet.flags - suspect.raises)
        if still < len(sheet.off) + len(sheet.flags) and set(left) <= set(sheet.off):
            out.append(Explanation((suspect,), suspect.bits + PARTIAL + 5 * still, True))
    return out
