"""B04: a sale in the same minute (and second) as the close is in exactly one Z: the order of the journal decides, never the clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft

CLOSE = at(2, "22:00")


@pytest.mark.parametrize("before", range(4))
def test_B04_each_sale_of_the_minute_is_in_the_z_that_closes_it(before: int, tmp_path: Path) -> None:
    """Three sales and two Z-reports, all stamped 22:00:00; the first Z stands after `before` of the sales."""
    sales = [Sale(str(n), CLOSE, 100 * n) for n in range(1, 4)]
    journal = [*sales[:before], Z("1", CLOSE), *sales[before:], Z("2", CLOSE)]
    landing = Landing(tmp_path)
    assert landing.take(saft({"R1": journal})).ok

    receipts = landing.frame("receipts")
    held = {str(r): str(z) for r, z in zip(receipts["receipt_id"], receipts["z_number"], strict=True)}
    assert held == {str(n): "1" if n <= before else "2" for n in range(1, 4)}
    totals = landing.frame("z_reports").set_index("z_number")["sales_total"]
    assert totals.to_dict() == {
        "1": sum(100 * n for n in range(1, before + 1)),
        "2": sum(100 * n for n in range(before + 1, 4)),
    }
    assert totals.sum() == receipts["amount"].sum() == 600


def test_B04_a_sale_after_the_last_z_waits_for_the_next_export_and_lands_once(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    first = [Sale("1", CLOSE, 100), Z("1", CLOSE), Sale("2", CLOSE, 250)]
    report = landing.take(saft({"R1": first}), "night.xml")
    assert report.counts is not None
    assert report.counts.open_receipts == 1
    assert landing.frame("receipts")["amount"].tolist() == [100]

    assert landing.take(saft({"R1": [*first, Z("2", at(3, "08:00"))]}), "morning.xml").ok
    assert sorted(landing.frame("receipts")["amount"].tolist()) == [100, 250]
    assert landing.frame("receipts")["receipt_id"].is_unique
