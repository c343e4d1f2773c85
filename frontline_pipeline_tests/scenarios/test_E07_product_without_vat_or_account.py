"""E07: a product without a VAT rate, or whose group has no category (and so no account), is held and named; the others go on."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import trade


def test_E07_the_product_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    changes = {
        "companies": {"nordlys": {"masterdata": {"products": {"default_category": None, "categories": {"100": 1}}}}}
    }
    with trade(tmp_path, changes) as shop:
        told = shop.told(
            Kind.PRODUCTS,
            {"article": "004711", "article_group": "100"},
            {"article": "004712", "article_group": "100", "rate": None, "vat_code": "9"},
            {"article": "004713", "article_group": "999"},
        )
        assert told["004711"][0] == "created"
        assert told["004712"] == ("no_vat", None)
        assert told["004713"] == ("no_category", None)
        assert "masterdata.products.rates" in shop.words(Kind.PRODUCTS, "004712")
        assert "masterdata.products.categories" in shop.words(Kind.PRODUCTS, "004713")
        assert [each["No"] for each in shop.found(Kind.PRODUCTS)] == ["004711"]
