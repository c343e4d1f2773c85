"""E01: the same organisation number under another name is a match; no new customer is made."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import trade


def test_E01_another_name_is_the_same_customer(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        there = shop.has_customer(Name="Eksempel Holding", OrganizationNumber="999000118")
        told = shop.told(Kind.CUSTOMERS, {"customer": "K-1", "name": "Eksempel AS", "organisation_number": "999000118"})
        assert told == {"K-1": ("organisation_number", there)}
        assert [each["Name"] for each in shop.found(Kind.CUSTOMERS)] == ["Eksempel Holding"]
