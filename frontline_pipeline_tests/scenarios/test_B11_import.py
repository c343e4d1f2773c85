"""B11, import: a register closed on the 1st for the 31st is booked on the 31st, with a warning."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft


def test_B11_closed_on_the_first_for_the_thirty_first(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    journal = [Sale("1", at(31, "12:00", 10), 100), Sale("2", at(31, "20:10", 10), 200), Z("31", at(1, "09:05"))]
    report = landing.take(saft({"R1": journal}))
    assert report.ok
    assert landing.parts() == ["oslo/2026-10-31/R1__31"]
    (warning,) = report.warnings
    for part in ("register R1, Z 31", "closed 2026-11-01 09:05", "2026-10-31 20:10", "booked on 2026-10-31"):
        assert part in warning
    assert str(landing.frame("z_reports")["closed_at"][0]) == "2026-11-01 09:05:00+01:00"
