"""E05: an archived customer or an expired product is named; no twin is made beside it."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import trade


def test_E05_an_archived_customer_is_named(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        number = shop.has_customer(OrganizationNumber="999000118")
        shop.archive(number)
        row = {"customer": "K-1", "organisation_number": "999000118"}
        assert shop.told(Kind.CUSTOMERS, row) == {"K-1": ("archived", None)}
        assert str(number) in shop.words(Kind.CUSTOMERS, "K-1")
        assert "make it active" in shop.words(Kind.CUSTOMERS, "K-1")
        assert len(shop.found(Kind.CUSTOMERS)) == 1
        shop.records.set_active("nordlys", "company", number, True)
        assert shop.told(Kind.CUSTOMERS, row) == {"K-1": ("organisation_number", number)}


def test_E05_an_expired_product_is_named(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        number = shop.has_product(No="004711", StatusId="0")
        assert shop.told(Kind.PRODUCTS, {"article": "004711"}) == {"004711": ("archived", None)}
        assert str(number) in shop.words(Kind.PRODUCTS, "004711")
        assert len(shop.found(Kind.PRODUCTS)) == 1
