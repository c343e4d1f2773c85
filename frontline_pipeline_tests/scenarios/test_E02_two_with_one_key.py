"""E02: two customers or products of the ledger with the same key are ambiguous: held with both shown, never guessed between."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import trade


def test_E02_both_candidates_are_shown_and_nothing_is_made(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        first = shop.has_customer(OrganizationNumber="999000118")
        second = shop.has_customer(OrganizationNumber="NO 999 000 118 MVA")
        told = shop.told(Kind.CUSTOMERS, {"customer": "K-1", "organisation_number": "999000118"}, {"customer": "K-2"})
        assert told["K-1"] == ("ambiguous", None)
        # The others go on.
        assert told["K-2"][0] == "created"
        words = shop.words(Kind.CUSTOMERS, "K-1")
        assert str(first) in words
        assert str(second) in words
        assert len(shop.found(Kind.CUSTOMERS)) == 3
        # Archiving one of the two settles it.
        shop.archive(second)
        assert shop.told(Kind.CUSTOMERS, {"customer": "K-1", "organisation_number": "999000118"})["K-1"][1] == first


def test_E02_two_products_with_one_number(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        ids = [shop.has_product(No="004711"), shop.has_product(No="004711")]
        assert shop.told(Kind.PRODUCTS, {"article": "004711"}) == {"004711": ("ambiguous", None)}
        assert all(str(each) in shop.words(Kind.PRODUCTS, "004711") for each in ids)
        assert len(shop.found(Kind.PRODUCTS)) == 2


def test_a_customer_number_of_a_firm_with_another_organisation_number_is_held_with_both_shown(tmp_path: Path) -> None:
    match = {"companies": {"nordlys": {"masterdata": {"customers": {"match": {"organisation_number": False}}}}}}
    with trade(tmp_path, match) as shop:
        other = shop.has_customer(OrganizationNumber="974760673")
        mine = shop.has_customer(OrganizationNumber="999 000 118")
        wanted = {"customer": "K-1", "customer_number": other, "organisation_number": "999000118"}
        assert shop.told(Kind.CUSTOMERS, wanted) == {"K-1": ("doubtful", None)}
        words = shop.words(Kind.CUSTOMERS, "K-1")
        assert f"{other}, whose organisation number is 974760673 and not 999000118, which {mine} has" in words
        assert len(shop.found(Kind.CUSTOMERS)) == 2, "a third customer was made"
