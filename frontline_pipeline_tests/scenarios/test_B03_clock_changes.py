"""B03: the days of 23 and 25 hours: no sale lost or doubled, the day keeps its key, order decides what a clock can't."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft, settings

BAR = settings({"oslo": {"registers": ["R1"], "cut_off": "06:00"}})


def test_B03_the_repeated_hour_in_october(tmp_path: Path) -> None:
    """25 October 2026, 03:00 becomes 02:00. The register is closed within the hour that comes twice."""
    landing = Landing(tmp_path, BAR)
    journal = [
        Sale("1", at(25, "01:59", 10), 100),
        Sale("2", at(25, "02:10", 10), 200),
        Sale("3", at(25, "02:50", 10), 300),
        Z("1", at(25, "02:55", 10)),
        Sale("4", at(25, "02:20", 10), 400),
        Sale("5", at(25, "02:52", 10), 500),
        Sale("6", at(25, "03:10", 10), 600),
        Z("2", at(25, "03:30", 10)),
    ]
    report = landing.take(saft({"R1": journal}))
    assert report.ok
    frame = landing.frame("receipts")
    assert dict(zip(frame["receipt_id"], frame["z_number"], strict=True)) == {
        "1": "1",
        "2": "1",
        "3": "1",
        "4": "2",
        "5": "2",
        "6": "2",
    }
    assert frame["amount"].sum() == 2100
    assert landing.parts() == ["oslo/2026-10-24/R1__1", "oslo/2026-10-24/R1__2"]
    # First pass in summer time; when the clock runs back within the hour, the second pass in normal time.
    assert [str(t)[11:] for t in frame["occurred_at"]] == [
        "01:59:00+02:00",
        "02:10:00+02:00",
        "02:50:00+02:00",
        "02:20:00+01:00",
        "02:52:00+01:00",
        "03:10:00+01:00",
    ]
    assert frame["occurred_at"].is_monotonic_increasing


def test_B03_the_skipped_hour_in_march(tmp_path: Path) -> None:
    """29 March 2026, 02:00 becomes 03:00; a register that did not follow writes 02:30."""
    landing = Landing(tmp_path, BAR)
    journal = [
        Sale("1", at(29, "01:59", 3), 100),
        Sale("2", at(29, "02:30", 3), 200),
        Sale("3", at(29, "03:01", 3), 300),
        Z("1", at(29, "04:00", 3)),
    ]
    header = {"startDate": "2026-03-01", "endDate": "2026-03-31", "dateCreated": "2026-04-01"}
    assert landing.take(saft({"R1": journal}, header=header)).ok
    frame = landing.frame("receipts")
    assert frame["amount"].tolist() == [100, 200, 300]
    assert frame["occurred_at"].is_monotonic_increasing
    assert landing.parts() == ["oslo/2026-03-28/R1__1"]


@pytest.mark.parametrize("day", [24, 25, 26])
def test_B03_a_sale_at_noon_is_of_its_own_day(tmp_path: Path, day: int) -> None:
    landing = Landing(tmp_path)
    assert landing.take(saft({"R1": [Sale("1", at(day, "12:00", 10), 100), Z("1", at(day, "23:59:59", 10))]})).ok
    assert landing.parts() == [f"oslo/2026-10-{day}/R1__1"]
