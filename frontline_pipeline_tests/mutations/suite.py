"""Strikes valid days with faults and measures what the proof and the diagnosis say.

Belongs here: one measured case, tallies, the promises and the table of results.
Does not: printing and the docs page (__main__.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from random import Random

from frontline_pipeline.accounting.causes import Cause, CauseKind
from frontline_pipeline.accounting.diagnosis import EXPLAINED, with_causes
from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.proof import prove, prove_z_reports
from frontline_pipeline.accounting.receipt_rows import delivered
from frontline_pipeline.accounting.receipts import prove_receipts, tie_out
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline_tests.mutations.days import KEY, Case, bundles, valid_day
from frontline_pipeline_tests.mutations.faults import FAULTS, HAPPENS, Right

FIRST, TOP = 0.90, 3
WITHIN = 0.99
TURNED_TO_SALE = {CauseKind.GIFT_CARD_AS_SALE, CauseKind.MOVEMENT_LEFT_OUT}


@dataclass(frozen=True)
class Struck:
    """A day after its faults, what would be right to say, and what was said."""

    seed: int
    faults: tuple[str, ...]
    with_receipts: bool
    rights: tuple[Right, ...]
    detected: bool
    causes: tuple[Cause, ...]

    def place(self, right: Right) -> int:
        """Where the list names the right cause, 1 the top; 0 = nowhere."""
        return next((n for n, cause in enumerate(self.causes, 1) if names(cause, right)), 0)

    @property
    def places(self) -> list[int]:
        return [self.place(right) for right in self.rights]

    @property
    def first(self) -> bool:
        """Whether a right cause is at the top, or declared equal to what is."""
        return any(cause.rank == 1 and names(cause, right) for right in self.rights for cause in self.causes[:TOP])

    @property
    def within(self) -> bool:
        """Whether every right cause is among the first three lines."""
        return all(0 < place <= TOP for place in self.places)

    @property
    def near(self) -> bool:
        """Whether a right cause is among the first three lines."""
        return any(0 < place <= TOP for place in self.places)

    @property
    def hidden(self) -> bool:
        """Whether one fault alone would give the very same figures: of the other there is no trace to find."""
        top = [cause for cause in self.causes if cause.rank == 1]
        return len(self.faults) > 1 and any(
            not cause.together and not cause.partial and cause.kind is not CauseKind.AMOUNT_WRONG for cause in top
        )

    @property
    def alone(self) -> bool:
        """Whether the top rank names right causes only."""
        top = [cause for cause in self.causes if cause.rank == 1]
        return bool(top) and all(any(names(cause, right) for right in self.rights) for cause in top)


def names(cause: Cause, right: Right) -> bool:
    """Whether a cause is the right one: its kind, and its subject where the data can tell it."""
    return cause.kind in right.kinds and (
        not right.subjects or any(cause.subject == s or cause.subject.startswith(f"{s}, ") for s in right.subjects)
    )


def findings_of(case: Case) -> tuple[Finding, ...]:
    """What the whole proof says of a day, as the assets run it."""
    proof = prove_z_reports(case.z_bundle(), case.receipts_bundle(), case.profile)
    ties = prove_receipts(case.receipts_bundle(), proof.z_reports, case.profile)
    return (*proof.findings, *ties.findings)


def rules_of(case: Case, pair: tuple[Bundle, Bundle]) -> tuple[Finding, ...]:
    """What the rules and the diagnosis say of a day, without the schema checks of its frames, which take most of the time."""
    raw_z, raw_receipts = pair
    receipts = raw_receipts if delivered(raw_receipts) else None
    zs = z_reports_from("oslo", raw_z, receipts, case.profile)
    found = prove(zs, case.profile)
    if receipts is not None:
        found += tie_out(receipts, zs, case.profile)
    return tuple(with_causes(found, zs, case.profile, receipts))


def alarms(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that hold a day, or that would be given causes."""
    return [f for f in findings if f.holds or f.causes or f.rule == "article_groups_sum"]


def strike(seed: int, faults: tuple[str, ...]) -> tuple[Case, tuple[Right, ...]] | None:
    """A valid day struck by the faults in turn; None where the day has nothing for one of them, or it changes nothing."""
    chance = Random(f"{seed} {faults}")
    case = valid_day(seed)
    rights: list[Right] = []
    for fault in sorted(faults, key=HAPPENS.index):
        before = case.copy()
        right = FAULTS[fault](case, chance)
        if right is None or (case.z, case.receipts) == (before.z, before.receipts):
            return None
        rights.append(right)
    if len(rights) == 2 and _rows(case) == _rows(valid_day(seed)):
        # One receipt doubled and taken away, say: the day is as it was.
        return None
    if {right.kinds[0] for right in rights} == TURNED_TO_SALE and _gift_cards(case) < _gift_cards(valid_day(seed)):
        # The very gift card that was put among the sales is left out of the pay-ins: a day that adds up, of a VAT-free sale.
        return None
    return case, tuple(rights)


def _rows(case: Case) -> dict[str, list[str]]:
    """What a day says, in any order of its rows."""
    return {name: sorted(map(str, rows)) for name, rows in (*case.z.items(), *case.receipts.items())}


def _gift_cards(case: Case) -> int:
    """Gift-card sales among the pay-ins of the register that is struck."""
    return sum(
        (row["register"], row["z_number"], row["kind"]) == (*KEY, "gift_card_sale") for row in case.z["z_movements"]
    )


def judged(case: Case, faults: tuple[str, ...], rights: tuple[Right, ...], found: Iterable[Finding]) -> Struck:
    """What was said of a struck day against what would be right."""
    told = next((f.causes for f in found if f.causes and (f.register, f.z_number) == KEY), ())
    detected = any(f.rule in EXPLAINED and (f.holds or f.rule == "article_groups_sum") for f in found)
    return Struck(case.seed, faults, case.with_receipts, rights, detected, told)


def struck(faults: tuple[str, ...], number: int, first_seed: int) -> Iterator[Struck]:
    """That many struck days, from seed to seed; gives up where hardly any day can be struck so."""
    made: list[tuple[Case, tuple[Right, ...]]] = []
    for seed in range(first_seed, first_seed + 40 * number + 400):
        done = strike(seed, faults)
        if done is not None:
            made.append(done)
        if len(made) == number:
            break
    for (case, rights), frames in zip(made, bundles([case for case, _ in made]), strict=True):
        yield judged(case, faults, rights, rules_of(case, frames))


def singles() -> list[tuple[str, ...]]:
    """Each fault alone."""
    return [(fault,) for fault in FAULTS]


def pairs() -> list[tuple[str, ...]]:
    """Every two faults."""
    return list(combinations(FAULTS, 2))


@dataclass
class Tally:
    """Counts over struck days."""

    days: int = 0
    detected: int = 0
    first: int = 0
    alone: int = 0
    near: int = 0
    within: int = 0
    hidden: int = 0
    visible_within: int = 0
    missed: list[Struck] = field(default_factory=list)

    def add(self, one: Struck) -> None:
        self.days += 1
        self.detected += one.detected
        self.first += one.first
        self.alone += one.alone
        self.near += one.near
        self.within += one.within
        self.hidden += one.hidden
        self.visible_within += one.within and not one.hidden
        if not (one.detected and one.first and one.within):
            self.missed.append(one)


def false_alarms(seeds: Iterable[int]) -> list[tuple[int, Finding]]:
    """The alarms of valid days: none."""
    cases = [valid_day(seed) for seed in seeds]
    found = zip(cases, bundles(cases), strict=True)
    return [(case.seed, alarm) for case, frames in found for alarm in alarms(rules_of(case, frames))]
