"""A sample of the mutation suite: every fault is noticed, and its cause is named first, or among the first three.

The whole suite is `make diagnose`; docs/diagnosis.md keeps its table.
"""

from __future__ import annotations

import pytest

from frontline_pipeline_tests.mutations.faults import FAULTS
from frontline_pipeline_tests.mutations.suite import (
    FIRST,
    WITHIN,
    Tally,
    alarms,
    false_alarms,
    findings_of,
    judged,
    pairs,
    strike,
    struck,
)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_noticed_and_named(fault: str) -> None:
    for one in struck((fault,), 3, 1):
        assert one.detected, one.seed
        assert one.first, (one.seed, one.rights, one.causes)
        assert one.within, (one.seed, one.rights, one.causes)


def test_pairs_are_noticed_and_named() -> None:
    tally = Tally()
    for number, pair in enumerate(pairs()):
        if number % 6 == 0:
            for one in struck(pair, 1, 1000 + number):
                tally.add(one)
    assert tally.days > 25
    assert tally.detected == tally.days
    assert tally.first >= FIRST * tally.days
    # One of so few may miss and the whole suite still keep its 99 %.
    assert tally.near >= WITHIN * tally.days - 1


def test_a_valid_day_raises_no_alarm() -> None:
    assert false_alarms(range(40)) == []


def test_the_whole_proof_says_the_same_as_the_rules() -> None:
    """The suite leaves out the schema checks of frames; the assets' way gives the same causes."""
    for fault in ("tender missing", "receipt missing", "VAT of gross"):
        seed, done = next((s, d) for s in range(50) if (d := strike(s, (fault,))) is not None)
        case, rights = done
        whole = judged(case, (fault,), rights, findings_of(case))
        (rules,) = struck((fault,), 1, seed)
        assert (whole.causes, whole.detected) == (rules.causes, rules.detected)
        assert alarms(findings_of(case))
