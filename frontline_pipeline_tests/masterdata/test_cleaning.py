"""Cleaning of customers and products: what becomes one, what is left out, what is held; and that no value is told."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean as gtin
from stdnum.no import orgnr

from frontline_pipeline.frames.raw_master import PRODUCTS
from frontline_pipeline.masterdata import cleaning
from frontline_pipeline.masterdata.customers import Cleaned, clean_customers
from frontline_pipeline.masterdata.products import clean_products
from frontline_pipeline.settings_masterdata import CustomerRules, ProductRules
from frontline_pipeline_tests.posting.fake_register import raw

ORG = "999000118"


def customers(*rows: dict[str, Any], **rules: object) -> Cleaned:
    return clean_customers(raw(*rows), "oslo", CustomerRules.model_validate(rules), "salt")


def products(*rows: dict[str, Any], **rules: object) -> Cleaned:
    plain = {"name": "Mug", "article_group": "1", "rate": 25_000, "active": True}
    filled = [{**plain, **row} for row in rows]
    columns = {name: pd.Series([row.get(name) for row in filled], dtype="object") for name in PRODUCTS.column_names}
    chosen = ProductRules.model_validate({"default_category": 7, **rules})
    return clean_products(PRODUCTS.conform(pd.DataFrame(columns)), chosen, "salt")


def rules_of(cleaned: Cleaned) -> list[tuple[str, str, bool]]:
    return [(row.key, row.rule, row.holds) for row in cleaned.notes.itertuples()]


@pytest.mark.parametrize(
    "written", [ORG, "NO 999 000 118 MVA", "no999000118mva", "999.000.118", "999\u00a0000\u00a0118", " 999-000-118 "]
)
def test_an_organisation_number_is_one_however_it_is_written(written: str) -> None:
    rows = customers({"customer": "K1", "organisation_number": written}).rows
    assert rows["organisation_number"].tolist() == [ORG]


def test_a_wrong_check_digit_holds_or_is_left_out_by_setting() -> None:
    wrong = {"customer": "K1", "organisation_number": "999000119"}
    assert rules_of(customers(wrong)) == [("K1", "bad_organisation_number", True)]
    left = customers(wrong, organisation_number="leave_out")
    assert rules_of(left) == [("K1", "bad_organisation_number", False)]
    assert left.rows["organisation_number"].isna().all()
    assert left.held == 0


def test_a_foreign_number_is_kept_as_it_is() -> None:
    rows = customers({"customer": "K1", "organisation_number": "SE 556677-8899 01", "country": "se"}).rows
    assert rows["organisation_number"].tolist() == ["SE556677889901"]
    assert rows["country"].tolist() == ["SE"]


def test_country_has_a_default_and_an_unknown_one_is_held() -> None:
    cleaned = customers(
        {"customer": "K1"}, {"customer": "K2", "country": "XX"}, {"customer": "K3", "delivery_city": "Oslo"}
    )
    assert cleaned.rows["country"].tolist()[0] == "NO"
    assert cleaned.rows["delivery_country"].tolist()[2] == "NO"
    assert cleaned.rows["invoice_country"].isna().all()
    assert rules_of(cleaned) == [("K2", "bad_country", True)]


def test_what_is_no_e_mail_is_left_out_and_not_told() -> None:
    cleaned = customers({"customer": "K1", "email": "kari nordmann@x"}, {"customer": "K2", "email": "post@firma.no"})
    assert cleaned.rows["email"].isna().tolist() == [True, False]
    assert rules_of(cleaned) == [("K1", "bad_email", False)]
    assert "nordmann" not in cleaned.notes.to_csv()


def test_long_names_are_cut_with_a_warning() -> None:
    cleaned = customers({"customer": "K1", "kind": "private", "name": "x" * 250, "first_name": "y" * 60})
    assert cleaned.rows["name"].str.len().tolist() == [200]
    assert cleaned.rows["first_name"].str.len().tolist() == [50]
    assert {rule for _, rule, _ in rules_of(cleaned)} == {"too_long"}


def test_a_business_has_no_first_name_that_would_pass_for_a_change() -> None:
    rows = customers({"customer": "K1", "kind": "business", "first_name": "Kari"}).rows
    assert rows["first_name"].isna().all(), (
        "it is never sent for a business, so it would be told as a change again and again"
    )


def test_the_same_row_twice_is_one_and_another_is_held() -> None:
    one = {"customer": "K1"}
    assert len(customers(one, one).rows) == 1
    twice = customers(one, {"customer": "K1", "phone": "22"})
    assert twice.held == 2
    assert {rule for _, rule, _ in rules_of(twice)} == {"key_twice"}


def test_each_store_may_have_its_own_register() -> None:
    rows = customers({"customer": "K1"}, keys="store", external_id_prefix="F:").rows
    assert rows[["customer", "link_key", "external_id"]].iloc[0].tolist() == ["K1", "oslo/K1", "F:oslo/K1"]


def test_the_hash_tells_a_change_and_nothing_else() -> None:
    one = {"customer": "K1", "phone": "22"}
    first = customers(one).rows["content_hash"]
    assert (
        customers({**one, "changed_at": pd.Timestamp("2026-11-23", tz="Europe/Oslo")})
        .rows["content_hash"]
        .equals(first)
    )
    assert not customers({**one, "phone": "23"}).rows["content_hash"].equals(first)
    assert not customers({**one, "phone": None, "mobile": "22"}).rows["content_hash"].equals(first)


def test_leading_zeros_of_item_numbers_stay() -> None:
    rows = products({"article": "004711"}, {"article": "4711"}).rows
    assert rows["article"].tolist() == ["004711", "4711"]
    assert rows["held_by"].isna().all()


def test_an_ean_with_a_wrong_check_digit_is_left_out() -> None:
    cleaned = products({"article": "1", "ean": "7038010000010"}, {"article": "2", "ean": "7038010000011"})
    assert cleaned.rows["ean"].isna().tolist() == [False, True]
    assert rules_of(cleaned) == [("2", "bad_ean", False)]


def test_a_product_without_vat_or_category_is_held() -> None:
    cleaned = products(
        {"article": "1", "rate": None, "vat_code": "X"},
        {"article": "2", "rate": None, "vat_code": "H"},
        {"article": "3", "article_group": "9"},
        default_category=None,
        categories={"1": 70},
        rates={"H": 25},
    )
    assert rules_of(cleaned) == [("1", "no_vat", True), ("3", "no_category", True)]
    assert cleaned.rows["rate"].tolist()[1:] == [25_000, 25_000]
    assert cleaned.rows["category_id"].tolist()[0] == 70


@given(gross=st.integers(-(10**9), 10**9), rate=st.sampled_from([0, 6_000, 11_110, 12_000, 15_000, 25_000]))
def test_the_net_price_is_the_nearest_ore(gross: int, rate: int) -> None:
    (net,) = products({"article": "1", "price": gross, "rate": rate}).rows["sales_price"].tolist()
    assert 2 * abs(net * (100_000 + rate) - gross * 100_000) <= 100_000 + rate


def test_a_price_that_came_is_taken_as_it_is() -> None:
    both = {"article": "1", "price": 12_500, "price_excl_vat": 9_999}
    assert products(both).rows["sales_price"].tolist() == [9_999]
    assert products(both, price="incl_vat").rows["sales_price"].tolist() == [12_500]


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_every_right_ean_is_taken(digits: str) -> None:
    assert cleaning.is_ean(digits + gtin.calc_check_digit(digits))


@given(st.from_regex(r"[0-9]{7,14}", fullmatch=True) | st.text(alphabet="0123456789 -\u0663", max_size=15))
def test_check_digits_are_those_of_python_stdnum(number: str) -> None:
    assert cleaning.is_ean(number) == gtin.is_valid(number)
    assert cleaning.is_norwegian_number(number) == (len(number) == 9 and orgnr.is_valid(number))
    nine = number[:9]
    assert cleaning.is_norwegian_number(nine) == (len(nine) == 9 and orgnr.is_valid(nine))


@given(st.text(max_size=30), st.text(min_size=3, max_size=20))
def test_a_message_never_holds_a_value(words: str, value: str) -> None:
    told = cleaning.without_values(f"{words} {value} {words}", [{"name": value}, {"name": None}], ("name",))
    assert value == "***" or value not in told or value in "***"


def test_frames_without_rows_stay_without() -> None:
    assert len(customers().rows) == 0
    assert len(products().rows) == 0
