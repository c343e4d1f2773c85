"""E06: made, but the answer was lost: found again by its key, never made twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import trade


@pytest.mark.parametrize("when", ["after", "before"])
def test_E06_a_customer_is_found_by_its_key(tmp_path: Path, when: str) -> None:
    with trade(tmp_path) as shop:
        shop.project.server.app.faults.arm({"operation": "SaveCompanies", "kind": "reset", "when": when})
        rows = [{"customer": f"K-{n}"} for n in range(3)]
        lost = shop.told(Kind.CUSTOMERS, *rows)
        assert {why for why, _ in lost.values()} == {"unknown"}
        found = shop.told(Kind.CUSTOMERS, *rows)
        assert {how for how, _ in found.values()} == {"created"}
        assert len(shop.found(Kind.CUSTOMERS)) == 3


def test_E06_a_product_is_found_by_its_number(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        shop.project.server.app.faults.arm({"operation": "SaveProducts", "kind": "http_502", "when": "after"})
        assert shop.told(Kind.PRODUCTS, {"article": "004711"})["004711"][0] == "unknown"
        assert shop.told(Kind.PRODUCTS, {"article": "004711"})["004711"][0] == "created"
        assert len(shop.found(Kind.PRODUCTS)) == 1
