"""Customers and products of the stand-in, through our own clients on a real socket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from office_kit import Control, ledger_on
from server_kit import company

from frontline_pipeline.office.companies import Companies
from frontline_pipeline.office.errors import NotSent, Rejected, Unknown
from frontline_pipeline.office.models_companies import Address, Addresses, Company, Emails, Phones
from frontline_pipeline.office.models_products import Category, Product
from frontline_pipeline.office.products import Products
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.sandbox.calls import SandboxOptions
from frontline_pipeline.sandbox.server import SandboxServer

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    options = SandboxOptions(sync_page=3, max_items=5)
    with SandboxServer(":memory:", [company(), company("syd")], control=True, options=options) as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    found = Control(server)
    found.clear_faults()
    return found


@pytest.fixture
def session(server: SandboxServer, tmp_path: Path) -> OfficeSession:
    return ledger_on(server, tmp_path).session


@pytest.fixture
def companies(session: OfficeSession) -> Companies:
    return Companies(session)


@pytest.fixture
def products(session: OfficeSession) -> Products:
    return Products(session)


def customer(key: str, **changes: object) -> Company:
    return Company(**{"external_id": key, "name": f"Kunde {key}", "country": "NO", "kind": "Business", **changes})  # type: ignore[arg-type]


def test_a_customer_comes_back_as_it_was_sent(companies: Companies) -> None:
    home = Address(street="Storgata 1", postal_code="0155", postal_area="Oslo", city="Oslo", country="NO")
    sent = customer(
        "whole",
        organisation_number="987654321",
        addresses=Addresses(post=home, delivery=home),
        phones=Phones(mobile="90000000"),
        emails=Emails(invoice="faktura@kunde.example"),
        payment_days=14,
        distribution="EMail",
        invoice_blocked=False,
    )
    (outcome,) = companies.save([sent])
    assert (outcome.key, outcome.state, outcome.error) == ("whole", "saved", None)
    assert outcome.answer is not None
    number = outcome.answer.company_id
    (found,) = companies.by_external_id("whole")
    assert found.changed_at is not None
    for name in ("organisation_number", "addresses", "phones", "emails", "payment_days", "distribution", "name"):
        assert getattr(found, name) == getattr(sent, name), name
    assert companies.by_ids([number or 0, 1]) == [found]
    assert companies.by_organisation_number("987654321") == [found]
    assert "Kunde" not in repr(found)
    assert "faktura" not in repr(found)


def test_what_is_left_out_of_an_update_stays(companies: Companies) -> None:
    (made,) = companies.save([customer("stays", organisation_number="912345678")])
    assert made.answer is not None
    (changed,) = companies.save([Company(company_id=made.answer.company_id, name="Nytt navn")])
    assert changed.state == "saved"
    (found,) = companies.by_external_id("stays")
    assert (found.name, found.organisation_number, found.kind) == ("Nytt navn", "912345678", "Business")


def test_one_refused_item_does_not_stop_the_others(companies: Companies) -> None:
    wanted = [
        customer("good-1"),
        customer("no-country", country=None),
        customer("taken", company_id=500, choose_number=True),
        customer("gone", company_id=77_777),
        customer("good-2"),
    ]
    outcomes = companies.save(wanted)
    assert [outcome.state for outcome in outcomes] == ["saved", "refused", "refused", "refused", "saved"]
    words = [str(outcome.error) for outcome in outcomes if outcome.error is not None]
    for expected, found in zip(
        ("Country is required", "500 is already in use", "77777 does not exist"), words, strict=True
    ):
        assert expected in found
    assert not companies.by_external_id("no-country")


def test_our_own_checks_refuse_before_anything_is_sent(companies: Companies) -> None:
    wanted = [
        customer("x", name=""),
        customer("y", country="no"),
        customer("z", first_name="Kari"),
        customer("å", name="n" * 201),
        customer("ø", choose_number=True),
    ]
    outcomes = companies.save(wanted)
    assert {outcome.state for outcome in outcomes} == {"refused"}
    assert {outcome.error.kind for outcome in outcomes if outcome.error} == {"customer"}
    assert not companies.session.calls


def test_a_chosen_number_is_kept(companies: Companies) -> None:
    (outcome,) = companies.save([customer("chosen", company_id=4711, choose_number=True)])
    assert outcome.answer is not None
    assert outcome.answer.company_id == 4711


def test_the_sync_list_has_all_pages_and_the_archived(
    companies: Companies, control: Control, session: OfficeSession
) -> None:
    made = [outcome.answer for outcome in companies.save([customer(f"sync-{i}") for i in range(4)])]
    ids = [answer.company_id for answer in made if answer is not None]
    control.post("companies/archive", client="nord", id=ids[0])
    before = session.calls["company.GetCompanySyncList"]
    rows = companies.sync_list()
    assert session.calls["company.GetCompanySyncList"] - before == -(-len(rows) // 3)
    assert {row.company_id: row.active for row in rows if row.company_id in ids} == {i: i != ids[0] for i in ids}
    assert {row.external_id for row in rows} >= {"sync-0", "sync-3", None}
    assert ids[0] not in {row.company_id for row in companies.sync_list(active=True)}
    assert {row.company_id for row in companies.sync_list(changed_after=LONG_AGO)} == {row.company_id for row in rows}
    future = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    assert companies.sync_list(changed_after=future) == []
    assert companies.changed_since(future) == []


def test_batches_are_as_large_as_told(session: OfficeSession) -> None:
    companies = Companies(session, batch_size=2)
    outcomes = companies.save([customer(f"batch-{i}") for i in range(5)])
    assert [outcome.state for outcome in outcomes] == ["saved"] * 5
    assert session.calls["company.SaveCompanies"] == 3
    assert session.reasons["save", "company.SaveCompanies"] == 3
    ids = [outcome.answer.company_id or 0 for outcome in outcomes if outcome.answer is not None]
    assert [found.external_id for found in companies.by_ids([*ids, ids[0]])] == [f"batch-{i}" for i in range(5)]
    assert session.calls["company.GetCompanies"] == 3


def test_too_many_at_once_is_told(session: OfficeSession) -> None:
    outcomes = Companies(session, batch_size=9).save([customer(f"many-{i}") for i in range(6)])
    # The service's own word for a whole request is a server fault, which does not say how far it came.
    assert {outcome.state for outcome in outcomes} == {"unknown"}
    assert Companies(session).by_external_id("many-0") == []


@pytest.mark.parametrize(
    ("kind", "when", "states", "made"),
    [
        ("reset", "after", ["unknown", "unknown", "not_sent"], 2),
        ("http_500", "after", ["unknown", "unknown", "not_sent"], 2),
        ("no_result", "before", ["unknown", "unknown", "not_sent"], 0),
        ("quota", "before", ["not_sent", "not_sent", "not_sent"], 0),
        ("http_429", "before", ["not_sent", "not_sent", "not_sent"], 0),
        ("item_refused", "before", ["refused", "saved", "saved"], 2),
        ("not_authenticated", "before", ["saved", "saved", "saved"], 3),
    ],
)
def test_what_a_failure_says_of_each_item(
    session: OfficeSession, control: Control, kind: str, when: str, states: list[str], made: int
) -> None:
    companies = Companies(session, batch_size=2)
    key = f"{kind}-{when}"
    companies.sync_list()
    control.fault("Company.SaveCompanies", kind, when=when)
    outcomes = companies.save([customer(f"{key}-{i}") for i in range(3)])
    assert [outcome.state for outcome in outcomes] == states
    errors = {"unknown": Unknown, "not_sent": NotSent, "refused": Rejected}
    assert all(isinstance(outcome.error, errors[outcome.state]) for outcome in outcomes if outcome.error is not None)
    assert all(f"{key}-{place}" in str(outcome.error) for place, outcome in enumerate(outcomes) if outcome.error)
    assert sum(len(companies.by_external_id(f"{key}-{i}")) for i in range(3)) == made


def test_personal_data_is_masked_in_a_refusal(companies: Companies, server: SandboxServer) -> None:
    """The stand-in quotes nothing, so one is made to: the message of an item names its customer and phone."""
    from frontline_pipeline.office import items
    from frontline_pipeline.office.companies import SAVING

    companies.sync_list()

    class Row:
        APIException = type("E", (), {"Type": "X", "Message": "Kari Nordmann, 90000000, kari@x.no already exists"})()
        Id = None

    sent = customer("masked", name="Kari Nordmann", phones=Phones(mobile="90000000"))
    outcome = items._outcome(companies.session, SAVING, sent, Row())
    assert outcome.state == "refused"
    assert str(outcome.error).endswith("X: ***, ***, *** already exists")


def test_products_and_categories(products: Products, control: Control) -> None:
    (drinks,) = products.save_categories([Category(name="Drinks", no="D")])
    assert drinks.answer is not None
    assert {"Goods", "Food", "Drinks"} <= {category.name for category in products.categories()}
    sent = Product(
        no="0042",
        ean="7038010000010",
        name="Kaffe <mørk>",
        category_id=drinks.answer.category_id,
        price=Decimal("79.20"),
        cost=Decimal("1E+1"),
        tax_rate=Decimal(15),
    )
    twin = Product(no="0042", name="Kaffe, igjen", category_id=1)
    outcomes = products.save([sent, twin, Product(no="42", name="Te", category_id=99), Product(no="1", name="Uten")])
    assert [outcome.state for outcome in outcomes] == ["saved", "saved", "refused", "refused"]
    assert "Category 99 does not exist" in str(outcomes[2].error)
    assert "needs a category" in str(outcomes[3].error)
    first, second = products.by_no("0042")
    assert (first.price, first.cost, first.tax_rate, first.ean) == (Decimal("79.20"), 10, 15, "7038010000010")
    assert not first.expired
    assert products.by_no("42") == []
    assert products.by_ean("7038010000010") == [first]
    assert products.by_ids([second.product_id or 0]) == [second]
    assert {product.product_id for product in products.changed_since(LONG_AGO)} >= {first.product_id, second.product_id}
    control.post("products/edit", client="nord", id=second.product_id, fields={"StatusId": "0"})
    assert [product.expired for product in products.by_no("0042")] == [False, True]


def test_a_second_product_with_a_number_may_be_refused(tmp_path: Path) -> None:
    options = SandboxOptions(unique_product_numbers=True)
    with SandboxServer(":memory:", [company()], options=options) as server:
        products = Products(ledger_on(server, tmp_path).session)
        wanted = [Product(no="7", name="a", category_id=1), Product(no="7", name="b", category_id=1)]
        assert [outcome.state for outcome in products.save(wanted)] == ["saved", "refused"]


def test_an_empty_key_is_never_searched_for(companies: Companies, products: Products) -> None:
    for search in (companies.by_external_id, companies.by_organisation_number, products.by_no, products.by_ean):
        with pytest.raises(ValueError, match="empty key"):
            search(" ")


def test_the_ledger_knows_a_saved_customer_and_the_page_shows_it(
    companies: Companies, server: SandboxServer, products: Products
) -> None:
    (outcome,) = companies.save([customer("ledger")])
    assert outcome.answer is not None
    assert server.store.has_customer("nord", outcome.answer.company_id or 0)
    listed = requests.get(f"{server.url}/_sandbox/companies?client=nord", timeout=20).json()["companies"]
    assert [each["id"] for each in listed if each["fields"].get("ExternalId") == "ledger"] == [
        outcome.answer.company_id
    ]
    page = requests.get(f"{server.url}/?client=nord", timeout=20).text
    assert '/_sandbox/companies?client=nord"' in page
    assert requests.get(f"{server.url}/_sandbox/orders?client=none", timeout=20).status_code == 404


def test_another_client_has_its_own(server: SandboxServer, companies: Companies, tmp_path: Path) -> None:
    companies.save([customer("ours")])
    assert Companies(ledger_on(server, tmp_path, code="syd").session).by_external_id("ours") == []


def test_records_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with SandboxServer(file, [company()]) as server:
        Companies(ledger_on(server, tmp_path).session).save([customer("kept")])
    with SandboxServer(file, [company()]) as server:
        companies = Companies(ledger_on(server, tmp_path).session)
        assert [found.external_id for found in companies.by_external_id("kept")] == ["kept"]
        assert {row.company_id for row in companies.sync_list()} == {500, 600, 10_001}
