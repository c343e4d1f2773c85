"""Customers and articles of a SAF-T file: who and what a Z-report's receipts name, and nobody else; the Z stays the same without them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft, settings

DAY = dt.date(2026, 11, 2)
WARES = (("007", "Krus"), ("8", "Mat"), ("11", "Suppe"), ("10", "Unsold"))
FIRM = (
    "<customerSupplier><custSupID>K1</custSupID><custSupName>Prikk AS</custSupName><custSupType>Customer</custSupType>"
    "<telephone>22003344</telephone><eMail>post@prikk.example</eMail><taxRegistrationCountry>NO</taxRegistrationCountry>"
    "<taxRegIdent>923609016MVA</taxRegIdent><streetAddress><streetname>Kaia</streetname></streetAddress>"
    "<postalAddress><streetname>Gata</streetname><number>4 B</number><additionalAddressDetails>Bakgården</additionalAddressDetails>"
    "<city>Oslo</city><postalCode>0150</postalCode><country>NO</country></postalAddress></customerSupplier>"
)


def customer(key: str, name: str, kind: str = "Customer", more: str = "") -> str:
    return (
        f"<customerSupplier><custSupID>{key}</custSupID><custSupName>{name}</custSupName><custSupType>{kind}</custSupType>{more}"
        "</customerSupplier>"
    )


def article(key: str, name: str, group: str = "G1") -> str:
    return (
        f"<article><artID>{key}</artID><dateOfEntry>2020-01-01</dateOfEntry><artGroupID>{group}</artGroupID>"
        f"<artDesc>{name}</artDesc></article>"
    )


def sale(number: str, customer_key: str = "", article_key: str = "007", rate: str = "25.00", code: str = "3") -> Sale:
    when = at(2, "10:00")
    return Sale(number, when, 1000, customer=customer_key, article=article_key, rate=rate, vat_code=code)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def master(landing: Landing, name: str) -> pd.DataFrame | None:
    return FileExtracts(landing.root, lambda: landing.today).master("oslo", DAY, name)


def taken(landing: Landing, *sales: Sale, customers: str = "", articles: str = "", name: str = "a.xml") -> None:
    journal = [*sales, Z("1", at(2, "21:00"))]
    report = landing.take(saft({"R1": journal}, customers=customers, articles=articles), name)
    assert report.ok, report


def test_a_customer_comes_with_all_that_the_format_has_of_it(landing: Landing) -> None:
    taken(landing, sale("1", "K1"), customers=FIRM)
    rows = master(landing, "customers")
    assert rows is not None, "no customers landed"
    (found,) = rows.to_dict("records")
    told = {name: value for name, value in found.items() if not pd.isna(value)}
    assert told == {
        "customer": "K1",
        "kind": "business",
        "name": "Prikk AS",
        "organisation_number": "923609016MVA",
        "email": "post@prikk.example",
        "phone": "22003344",
        "street": "Gata 4 B, Bakgården",
        "postal_code": "0150",
        "city": "Oslo",
        "country": "NO",
    }


def test_only_who_bought_comes_and_a_supplier_never(landing: Landing) -> None:
    there = customer("K2", "Kari Nordmann") + customer("K3", "Grossist", "Supplier") + customer("K2", "Another") + FIRM
    taken(landing, sale("1", "K2"), sale("2", "K3"), sale("3", "K9"), sale("4"), customers=there)
    rows = master(landing, "customers")
    assert rows is not None
    assert rows[["customer", "kind", "name"]].values.tolist() == [["K2", "private", "Kari Nordmann"]]


def test_an_address_without_a_postal_one_is_the_street_address(landing: Landing) -> None:
    address = "<streetAddress><streetname>Kaia</streetname><city>Bergen</city><country>Norge</country></streetAddress>"
    taken(landing, sale("1", "K2"), customers=customer("K2", "Kari", more=address))
    rows = master(landing, "customers")
    assert rows is not None
    assert rows[["street", "city"]].values.tolist() == [["Kaia", "Bergen"]]
    assert rows["country"].isna().all(), "what is no code of two letters is none"


def test_an_article_has_the_highest_rate_of_its_lines(landing: Landing) -> None:
    sales = (
        sale("1", article_key="007"),
        sale("2", article_key="007"),
        sale("3", article_key="8"),
        sale("4", article_key="8", rate="15.00", code="2"),
        sale("5", article_key="9"),
        sale("6", article_key="11", rate="15.00", code="2"),
        sale("7", article_key="11", rate="15.00", code="2"),
        sale("8", article_key="11"),
    )
    taken(landing, *sales, articles="".join(article(*each) for each in WARES))
    rows = master(landing, "products")
    assert rows is not None, "no products landed"
    assert rows[["article", "name", "article_group"]].values.tolist() == [
        ["007", "Krus", "G1"],
        ["11", "Suppe", "G1"],
        ["8", "Mat", "G1"],
    ]
    told = rows.set_index("article")[["vat_code", "rate"]]
    assert told.loc["007"].tolist() == ["3", 25_000]
    assert told.loc["11"].tolist() == ["3", 25_000]
    assert told.loc["8"].tolist() == ["3", 25_000]
    assert rows["active"].all()


def test_an_article_that_two_registers_sold_at_two_rates_is_one_product(tmp_path: Path) -> None:
    landing = Landing(tmp_path, settings({"oslo": {"registers": ["R1", "R2"]}}))
    wares = article("8", "Mat")
    there = {
        "R1": [sale("1", "K2", article_key="8", rate="15.00", code="2"), Z("1", at(2, "21:00"))],
        "R2": [sale("1", "K2", article_key="8"), Z("1", at(2, "21:00"))],
    }
    assert landing.take(saft(there, customers=customer("K2", "Kari"), articles=wares)).ok
    rows = master(landing, "products")
    assert rows is not None
    assert rows[["article", "vat_code", "rate"]].values.tolist() == [["8", "3", 25_000]]
    customers = master(landing, "customers")
    assert customers is not None
    assert len(customers.drop_duplicates()) == 1, "the customer of both is not the same row twice"


def test_a_z_is_the_same_whatever_became_of_its_customers(landing: Landing) -> None:
    taken(landing, sale("1", "K2"), customers=customer("K2", "Kari"))
    again = landing.take(
        saft({"R1": [sale("1", "K2"), Z("1", at(2, "21:00"))]}, customers=customer("K2", "Kari Gift")), "b.xml"
    )
    assert again.ok, "a customer that changed her name made a conflict of a Z-report"
    assert [z.z_number for z in again.unchanged] == ["1"]
    rows = master(landing, "customers")
    assert rows is not None
    assert rows["name"].tolist() == ["Kari"]


def test_without_master_data_nothing_comes(landing: Landing) -> None:
    taken(landing, sale("1", "K1"))
    assert master(landing, "customers") is None
    assert master(landing, "products") is None
