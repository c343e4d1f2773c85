"""B06: Z 101 and Z 103: the check fails, names 102 and the days between which it belongs, on both its neighbours; the late 102 turns
them green. A missing date is no fault."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from frontline_pipeline.accounting.model import Severity
from frontline_pipeline.continuity import arrived
from frontline_pipeline.posting.log import open_log
from frontline_pipeline_tests.strategies import Till, profile, z_bundle

DAYS = {101: dt.date(2026, 11, 21), 102: dt.date(2026, 11, 23), 103: dt.date(2026, 11, 24)}
"""The 22nd is a Sunday: no Z, and nothing is missing for it."""


def extract(number: int) -> Till:
    return Till("K1", str(number), DAYS[number]).ring(100_00).state(grand_total_net=number * 100_00)


def test_B06_the_gap_is_named_on_both_sides_and_closed_by_the_late_one(tmp_path: Path) -> None:
    log = open_log(f"sqlite:///{tmp_path / 'posting.sqlite'}")
    entry = {"register_id": "K1", "z_number": 101, "business_day": DAYS[101], "reason": "the pipeline begins here"}
    mine = profile(chain_starts=[entry])
    assert arrived(log, mine, z_bundle(extract(101))).own.findings == ()

    gap = arrived(log, mine, z_bundle(extract(103)))
    assert {day.business_day for day in gap.concerned} == {DAYS[101]}
    for day in (gap.own, *gap.concerned):
        (found,) = day.findings
        assert found.severity is Severity.ERROR
        assert not found.holds
        assert found.message == (
            "Register K1: Z 102 is missing, and belongs between Z 101 (2026-11-21) and Z 103 (2026-11-24). By the grand "
            "totals their sales come to 100.00."
        )

    late = arrived(log, mine, z_bundle(extract(102)))
    assert {day.business_day: day.findings for day in (late.own, *late.concerned)} == dict.fromkeys(DAYS.values(), ())
    log.close()
