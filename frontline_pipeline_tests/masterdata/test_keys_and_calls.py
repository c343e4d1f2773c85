"""Keys returned to Frontline, the same however often they are written; and how many calls a store-day makes."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from frontline_pipeline.frames.masters import CUSTOMER_KEYS
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.framefiles import read_frame
from frontline_pipeline.frontline.outbox import write_keys, write_table
from frontline_pipeline.masters import Kind
from frontline_pipeline.settings import SqlSource
from frontline_pipeline.settings_masterdata import KeySettings
from frontline_pipeline_tests.masterdata_kit import COMPANY, trade

SOURCE = SqlSource(kind="sql", url_env="POS_URL")


def test_keys_go_out_per_day_and_as_a_whole_and_again_changes_nothing(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        there = shop.has_customer(OrganizationNumber="999000118")
        first = shop.run(Kind.CUSTOMERS, {"customer": "K-2", "organisation_number": "999000118"}, {"customer": "K-1"})
        written = shop.keys(Kind.CUSTOMERS, first)
        second = shop.run(Kind.CUSTOMERS, {"customer": "K-3"}, {"customer": "K-9", "country": "XX"}, offset=1)
        later = shop.keys(Kind.CUSTOMERS, second)
        assert (written.changed, written.day_keys, written.all_keys) == (True, 2, 2)
        assert (later.day_keys, later.all_keys) == (1, 3)
        whole = read_frame(later.whole, CUSTOMER_KEYS)
        assert whole["customer"].tolist() == ["K-1", "K-2", "K-3"]
        assert whole["how"].tolist() == ["created", "organisation_number", "created"]
        assert whole["office_id"].tolist()[1] == there
        assert whole["number"].tolist() == [str(each) for each in whole["office_id"]]
        assert read_frame(written.of_day, CUSTOMER_KEYS)["customer"].tolist() == ["K-1", "K-2"]
        before = {path: path.stat().st_mtime_ns for path in later.whole.parent.rglob("*.csv")}
        again = shop.run(Kind.CUSTOMERS, {"customer": "K-1"}, {"customer": "K-2", "organisation_number": "999000118"})
        assert not shop.keys(Kind.CUSTOMERS, again).changed
        assert {path: path.stat().st_mtime_ns for path in later.whole.parent.rglob("*.csv")} == before


def test_keys_go_into_a_table_and_only_what_is_new_is_written(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        keys = KeySettings()
        environ = {"POS_URL": f"sqlite:///{tmp_path / 'pos.sqlite'}"}
        for customers, rows in ((["K-1", "K-2"], 2), (["K-1", "K-2"], 0), (["K-1", "K-2", "K-3"], 1)):
            matched = shop.run(Kind.CUSTOMERS, *({"customer": each} for each in customers))
            whole = read_frame(shop.keys(Kind.CUSTOMERS, matched).whole, CUSTOMER_KEYS)
            assert write_table(whole, CUSTOMER_KEYS, COMPANY, SOURCE, keys, environ) == rows
        changed = whole.assign(number=whole["number"].where(whole["customer"].ne("K-2"), "77"))
        assert write_table(changed, CUSTOMER_KEYS, COMPANY, SOURCE, keys, environ) == 1
        assert write_table(changed, CUSTOMER_KEYS, "other", SOURCE, keys, environ) == 3
        with sa.create_engine(environ["POS_URL"]).connect() as connection:
            found = connection.execute(
                sa.text("select customer, number, how from frontline_customer_keys where company = :c order by 1"),
                {"c": COMPANY},
            ).all()
        assert [tuple(row)[:2] for row in found][1] == ("K-2", "77")
        assert len(found) == 3


@pytest.mark.parametrize("url", ["", "sqlite:////no/such/folder/pos.sqlite", "nonsense"])
def test_a_table_that_cannot_be_written_is_one_clear_error_without_the_url(url: str) -> None:
    with pytest.raises(ExtractError) as refused:
        write_table(CUSTOMER_KEYS.empty(), CUSTOMER_KEYS, COMPANY, SOURCE, KeySettings(), {"POS_URL": url})
    assert "POS_URL" in str(refused.value)
    assert "keys.table" in str(refused.value)
    assert not url or url not in str(refused.value)


def test_parquet_keys_are_as_repeatable(tmp_path: Path) -> None:
    frame = CUSTOMER_KEYS.empty()
    path, first = write_keys(frame, CUSTOMER_KEYS, tmp_path, "parquet")
    assert (first, write_keys(frame, CUSTOMER_KEYS, tmp_path, "parquet")[1]) == (True, False)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_calls_of_a_thousand_unknown_and_of_all_known(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        customers = [{"customer": f"K-{n:04d}"} for n in range(1000)]
        products = [{"article": f"{n:04d}"} for n in range(200)]
        customers[0]["organisation_number"] = "999000118"
        shop.has_customer(OrganizationNumber="999000118")
        counted = {}
        for kind, rows in ((Kind.CUSTOMERS, customers), (Kind.PRODUCTS, products)):
            before = shop.calls()
            assert all(number for _, number in shop.told(kind, *rows).values())
            counted[kind] = shop.calls() - before
        saves = {name: shop.project.calls(name) for name in ("Company.SaveCompanies", "Product.SaveProducts")}
        # Ten batches of a hundred to make them, and to look them up: login, client, sync list, ids; for products one list.
        assert saves == {"Company.SaveCompanies": 10, "Product.SaveProducts": 2}
        assert counted[Kind.CUSTOMERS] <= 10 + 6
        assert counted[Kind.PRODUCTS] <= 2 + 2
        before = shop.calls()
        for kind, rows in ((Kind.CUSTOMERS, customers), (Kind.PRODUCTS, products)):
            assert {why for why, _ in shop.told(kind, *rows).values()} <= {"created", "organisation_number"}
        assert shop.calls() == before


def test_a_changed_price_is_shown_from_what_to_what(tmp_path: Path) -> None:
    rules = {"update": {"price": "frontline", "status": "frontline"}}
    with trade(tmp_path, {"companies": {COMPANY: {"masterdata": {"products": rules}}}}) as shop:
        shop.run(Kind.PRODUCTS, {"article": "1", "price_excl_vat": 10_000})
        changes = shop.run(Kind.PRODUCTS, {"article": "1", "price_excl_vat": 12_050, "active": False})["changes"]
        told = {row.field: (row.was, row.now) for row in changes.itertuples()}
        assert told == {"sales_price": ("100.00", "120.50"), "active": ("True", "False")}
        (product,) = shop.found(Kind.PRODUCTS)
        assert (product["Price"], product["StatusId"]) == ("120.50", "0")


def test_what_is_no_longer_sold_and_unknown_costs_no_call(tmp_path: Path) -> None:
    with trade(tmp_path) as shop:
        assert shop.told(Kind.PRODUCTS, {"article": "1", "active": False}) == {"1": ("not_sold", None)}
        assert shop.calls() == 0


def test_an_update_of_one_address_keeps_the_others(tmp_path: Path) -> None:
    rules = {"customers": {"update": {"addresses": "frontline", "phones": "frontline"}}}
    with trade(tmp_path, {"companies": {COMPANY: {"masterdata": rules}}}) as shop:
        address = {"street": "Gata 1", "city": "Oslo", "delivery_street": "Kaia 2", "delivery_city": "Oslo"}
        number = shop.run(Kind.CUSTOMERS, {"customer": "K-1", **address, "phone": "1122"})["customers"][
            "office_id"
        ].iloc[0]
        with shop.project.server.app.store.writing():
            kept = shop.found(Kind.CUSTOMERS)[0]["Addresses"]
            visit = {**kept, "Visit": {"Street": "Besøksveien 3", "Country": "NO"}}
            shop.records.put(COMPANY, "company", int(number), {"Addresses": visit})
        shop.run(Kind.CUSTOMERS, {"customer": "K-1", "street": "Gata 9", "city": "Oslo"})
        (made,) = shop.found(Kind.CUSTOMERS)
        streets = {name: each["Street"] for name, each in made["Addresses"].items()}
        assert streets == {"Post": "Gata 9", "Delivery": "Kaia 2", "Visit": "Besøksveien 3"}
        assert made["PhoneNumbers"]["Primary"]["Value"] == "1122"


def test_a_list_of_products_that_is_not_whole_makes_nothing(tmp_path: Path) -> None:
    from frontline_pipeline.office.errors import ReadFailed
    from frontline_pipeline.posting.twins_products import ProductsOfClient
    from frontline_pipeline.settings_masterdata import MasterDataRules, ProductRules
    from frontline_pipeline_tests.posting.fake_client import FakeProducts

    goods = FakeProducts()
    known = goods.has(no="1")
    gone = 999
    register = ProductsOfClient(goods, ProductRules(default_category=1), MasterDataRules(single_lookups=0))
    with trade(tmp_path) as shop:
        rows = shop.clean(Kind.PRODUCTS, {"article": "2"})["products"]
    assert len(register.look_up(rows, register.steps, [known, gone], lambda: None)) == 1
    goods.hides = {known}
    with pytest.raises(ReadFailed, match="lacks 1 that are there"):
        register.look_up(rows, register.steps, [known, gone], lambda: None)
