"""B05, import: two Z-reports of one register on one day are both kept, in one file or in two."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft

LUNCH = [Sale("1", at(2, "10:00"), 100), Z("7", at(2, "14:00"))]
EVENING = [Sale("2", at(2, "18:00"), 250), Z("8", at(2, "22:00"))]


def test_B05_two_z_reports_of_a_register_on_one_day_are_both_kept(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    assert landing.take(saft({"R1": [*LUNCH, *EVENING]})).ok
    assert landing.parts() == ["oslo/2026-11-02/R1__7", "oslo/2026-11-02/R1__8"]
    bundle = FileExtracts(landing.root, lambda: landing.today).z_reports("oslo", dt.date(2026, 11, 2))
    assert bundle is not None
    assert bundle["z_reports"][["z_number", "sales_total"]].values.tolist() == [["7", 100], ["8", 250]]


def test_B05_a_later_export_with_the_second_z_adds_it_and_overwrites_nothing(tmp_path: Path) -> None:
    """The first export was made at three: the receipts after the Z were open then."""
    landing = Landing(tmp_path)
    first = landing.take(saft({"R1": [*LUNCH, EVENING[0]]}), "noon.xml")
    assert first.counts is not None
    assert first.counts.open_receipts == 1
    second = landing.take(saft({"R1": [*LUNCH, *EVENING]}), "night.xml")
    assert second.ok
    assert [z.z_number for z in second.unchanged] == ["7"]
    assert [z.z_number for z in second.landed] == ["8"]
    assert landing.frame("receipts")["amount"].tolist() == [100, 250]
