"""B01: a register closed after midnight belongs to the evening before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft, settings


def eve(landing: Landing, *journal: Sale | Z) -> list[str]:
    header = {"startDate": "2025-12-01", "endDate": "2026-01-31", "dateCreated": "2026-02-01"}
    report = landing.take(saft({"R1": journal}, header=header))
    assert report.ok, report.error
    assert report.warnings == ()
    return landing.parts()


def test_B01_closed_at_0215_after_new_years_eve_is_31_december(tmp_path: Path) -> None:
    sales = [Sale("1", at(31, "23:59:59", 12, 2025), 100), Sale("2", at(1, "01:50", 1), 200)]
    assert eve(Landing(tmp_path), *sales, Z("365", at(1, "02:15", 1))) == ["oslo/2025-12-31/R1__365"]


def test_B01_without_receipts_the_close_decides(tmp_path: Path) -> None:
    assert eve(Landing(tmp_path), Z("365", at(1, "02:15", 1))) == ["oslo/2025-12-31/R1__365"]


def test_B01_the_cut_off_is_the_stores(tmp_path: Path) -> None:
    tree = settings({"oslo": {"registers": ["R1"], "cut_off": "01:30"}})
    sale = Sale("2", at(1, "01:30", 1), 200)
    assert eve(Landing(tmp_path, tree), sale, Z("365", at(1, "02:15", 1))) == ["oslo/2026-01-01/R1__365"]


def test_B01_a_minute_before_and_after_midnight(tmp_path: Path) -> None:
    tree = settings({"oslo": {"registers": ["R1"], "cut_off": "00:00"}})
    landing = Landing(tmp_path, tree)
    journal = [
        Sale("1", at(31, "23:59", 12, 2025), 1),
        Z("1", at(31, "23:59", 12, 2025)),
        Sale("2", at(1, "00:01", 1), 1),
        Z("2", at(1, "00:01", 1)),
    ]
    assert eve(landing, *journal) == ["oslo/2025-12-31/R1__1", "oslo/2026-01-01/R1__2"]
    assert landing.frame("z_reports")["business_day"].dt.date.tolist() == [dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
