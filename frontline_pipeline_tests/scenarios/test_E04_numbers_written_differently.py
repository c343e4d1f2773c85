"""E04: `NO 987 654 321 MVA` and `987654321` are one organisation number; leading zeros of an item number count."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.masterdata.cleaning import compact_one
from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import trade


def test_E04_the_two_forms_are_one() -> None:
    assert compact_one("NO 987 654 321 MVA") == compact_one("987654321") == "987654321"


def test_E04_a_customer_is_found_whoever_wrote_it_how(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        with_words = shop.has_customer(OrganizationNumber="NO 999 000 118 MVA")
        bare = shop.has_customer(OrganizationNumber="999000207")
        told = shop.told(
            Kind.CUSTOMERS,
            {"customer": "K-1", "organisation_number": "999000118"},
            {"customer": "K-2", "organisation_number": "NO 999 000 207 MVA"},
        )
        assert told == {"K-1": ("organisation_number", with_words), "K-2": ("organisation_number", bare)}


def test_E04_an_item_number_with_zeros_is_another_one(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        with_zeros, without = shop.has_product(No="004711"), shop.has_product(No="4711")
        told = shop.told(Kind.PRODUCTS, {"article": "4711"}, {"article": "004711"}, {"article": "04711"})
        assert told["4711"] == ("number", without)
        assert told["004711"] == ("number", with_zeros)
        assert told["04711"][0] == "created"
        assert [each["No"] for each in shop.found(Kind.PRODUCTS)] == ["004711", "4711", "04711"]
