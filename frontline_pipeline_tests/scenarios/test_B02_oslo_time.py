"""B02: the business day is Norwegian, whatever zone the server or the file writes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft, settings

UTC_DAY = settings({"oslo": {"registers": ["R1"], "cut_off": "00:00"}})


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_B02_the_servers_zone_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        landing = Landing(tmp_path, UTC_DAY)
        assert landing.take(saft({"R1": [Sale("1", at(2, "23:30"), 100), Z("1", at(2, "23:45"))]})).ok
        assert landing.parts() == ["oslo/2026-11-02/R1__1"]
        assert str(landing.frame("receipts")["occurred_at"][0]) == "2026-11-02 23:30:00+01:00"
    finally:
        monkeypatch.undo()
        assert os.environ.get("TZ") != zone or zone == "UTC"
        time.tzset()


def test_B02_a_file_that_writes_utc_is_read_in_oslo(tmp_path: Path) -> None:
    """23:30 UTC on the 2nd is half past midnight on the 3rd in Norway."""
    landing = Landing(tmp_path, UTC_DAY)
    z = Z("1", at(2, "23:45"), {"reportTime": "23:45:00Z"})
    assert landing.take(saft({"R1": [Sale("1", at(2, "23:30"), 100, time="23:30:00Z"), z]})).ok
    assert landing.parts() == ["oslo/2026-11-03/R1__1"]
    assert str(landing.frame("receipts")["occurred_at"][0]) == "2026-11-03 00:30:00+01:00"
