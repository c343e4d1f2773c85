"""`frontline quality` as a person types it: the faults of the generated extracts, customers and products against a real socket."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_kit import Answer, at, call

from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.office.companies import Companies
from frontline_pipeline.office.models_companies import Company
from frontline_pipeline.office.models_products import Product
from frontline_pipeline.office.products import Products
from frontline_pipeline.opening import open_ledger
from frontline_pipeline_tests.support import FAULTED, SAVE, Project, running_project, store_day

WRITES = (SAVE, "Company.SaveCompanies", "Product.SaveProducts", "Invoice.SaveInvoices")
NORDLYS: dict[str, Any] = {
    "companies": {"nordlys": {"masterdata": {"products": {"categories": {"MUGS": 1, "GHOSTS": 99}}}}},
}


def csv(path: Path, spec: FrameSpec, *rows: dict[str, str]) -> None:
    names = spec.column_names
    lines = [",".join(names), *(",".join(row.get(name, "") for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def by_what(answer: Answer) -> dict[str, dict[str, Any]]:
    return {item["what"]: item for item in answer.json["items"]}


@pytest.fixture(scope="module")
def faulty(shared_project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, str, Project]:
    page = tmp_path_factory.mktemp("page") / "quality.html"
    extracts = str(shared_project.landing)
    answer = call(*at(shared_project), "quality", "--extracts", extracts, "--html", str(page), "--json")
    return answer, page.read_text(encoding="utf-8"), shared_project


def test_every_fault_of_the_extracts_is_in_the_report(faulty: tuple[Answer, str, Project]) -> None:
    answer, _, _ = faulty
    found = answer.json
    assert (answer.code, found["ready"], found["online"]) == (1, False, False)
    assert found["store_days"] == {"ok": 7, "held": 7, "closed": 0, "missing": 1}
    items = by_what(answer)
    unmapped = items["companies.fjord.ledger.tenders.MYNTAPP"]
    assert (unmapped["part"], unmapped["days"], unmapped["blocks"]) == ("settings missing", 1, True)
    assert unmapped["examples"] == [str(FAULTED["unknown_tender"])]
    assert items["no extract of oslo"]["examples"] == [str(FAULTED["missing_day"])]
    unbalanced = {
        day for item in found["items"] if item["part"] == "days that do not balance" for day in item["examples"]
    }
    assert str(FAULTED["unbalanced"]) in unbalanced
    held = {day for item in found["items"] for day in item["examples"] if item["blocks"]}
    assert held == {str(each) for each in FAULTED.values()}
    days = [item["days"] for item in found["items"] if item["blocks"]]
    assert days == sorted(days, reverse=True)
    assert found["verdict"] == f"No: {len(days)} things to mend first. Nothing was sent."


def test_the_page_is_whole_and_escaped(faulty: tuple[Answer, str, Project]) -> None:
    answer, page, _ = faulty
    assert page.startswith("<!doctype html>")
    assert answer.json["verdict"] in page
    assert page.count("<tr>") > len(answer.json["items"])
    assert "http" not in page


def test_nothing_was_asked_or_sent_offline(faulty: tuple[Answer, str, Project]) -> None:
    _, _, project = faulty
    assert project.calls() == 0


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, generated: Path) -> Iterator[Project]:
    """One good day of oslo with customers and products, and a client that has some of them."""
    with running_project(tmp_path_factory.mktemp("live"), NORDLYS) as project:
        day = project.landing / "oslo" / store_day("oslo").business_day.isoformat()
        shutil.copytree(generated / "oslo" / day.name, day)
        kari = {"kind": "private", "name": "Nordmann", "first_name": "Kari", "email": "kari@nordmann.example"}
        firm = {"kind": "business", "name": "Firma"}
        csv(
            day / "customers.csv",
            CUSTOMERS,
            {"customer": "K1", **kari},
            {"customer": "K2", **firm, "organisation_number": "NO 999 000 118 MVA"},
            {"customer": "K3", **firm, "organisation_number": "974760673"},
            {"customer": "K4", **firm, "organisation_number": "123456785"},
        )
        mug = {"name": "Krus", "rate": "25", "active": "true", "article_group": "MUGS"}
        csv(
            day / "products.csv",
            PRODUCTS,
            {"article": "0042", **mug},
            {"article": "43", **mug},
            {"article": "44", **mug, "article_group": "GHOSTS"},
        )
        session = open_ledger(project.loaded, "nordlys").session
        made = Companies(session).save(
            [
                Company(name="Firma", country="NO", organisation_number="999 000 118"),
                Company(name="Tvilling", country="NO", organisation_number="974760673"),
                Company(name="Tvilling", country="NO", organisation_number="974760673"),
            ]
        )
        made_products = Products(session).save([Product(no="0042", name="Krus", category_id=1)])
        assert {each.state for each in (*made, *made_products)} == {"saved"}
        yield project


def test_online_tells_what_would_be_matched_made_and_ambiguous(live: Project) -> None:
    before = [live.calls(name) for name in WRITES]
    arguments = ("quality", "--extracts", str(live.landing), "--company", "nordlys", "--online", "--json")
    answer = call(*at(live), *arguments)
    numbers = answer.json["in_24sevenoffice"]
    customers = numbers["nordlys: customers"]
    assert (customers["matched"], customers["created"], customers["ambiguous"]) == (1, 2, 1)
    assert customers["matched by organisation_number"] == 1
    items = by_what(answer)
    assert items["nordlys: ambiguous"]["examples"][0].startswith("K3 (")
    assert numbers["nordlys: products"] == {
        "held by their own data": 0,
        "matched": 1,
        "matched by number": 1,
        "created": 2,
        "ambiguous": 0,
        "archived": 0,
        "taken": 0,
    }
    missing = items["companies.nordlys.masterdata.products.categories"]
    assert "category 99 does not exist" in missing["message"]
    assert missing["blocks"]
    assert (answer.code, answer.json["ready"]) == (1, False)
    for personal in ("Nordmann", "Kari", "nordmann.example", "Firma"):
        assert personal not in answer.out + answer.err
    assert [live.calls(name) for name in WRITES] == before


def test_accounts_and_years_that_the_client_lacks_are_told(live: Project) -> None:
    mended = live.changed({"companies": {"nordlys": {"ledger": {"tenders": {"KONTANT": {"account": 1999}}}}}})
    live.server.store.set_year_locked("nordlys", 2025, True)
    try:
        answer = call(
            *at(mended), "quality", "--extracts", str(live.landing), "--company", "nordlys", "--online", "--json"
        )
    finally:
        live.server.store.set_year_locked("nordlys", 2025, False)
    told = " ".join(item["message"] for item in answer.json["items"] if item["part"] == "24SevenOffice")
    assert "1999" in told
    assert "2025" in told


def test_another_company_s_client_is_not_compared(live: Project) -> None:
    wrong = live.changed({"companies": {"nordlys": {"organisation_number": "974760673"}}})
    answer = call(*at(wrong), "quality", "--extracts", str(live.landing), "--company", "nordlys", "--online", "--json")
    assert "companies.nordlys.organisation_number" in by_what(answer)
    assert answer.json["in_24sevenoffice"] == {}


def test_a_yes_offline_for_people(live: Project) -> None:
    plain = live.changed({"companies": {"nordlys": {"masterdata": None}}})
    answer = call(*at(plain), "quality", "--extracts", str(live.landing), "--company", "nordlys")
    assert answer.code == 0, answer.out
    assert "Yes: nothing holds these extracts. 24SevenOffice was not asked" in answer.out
    assert "oslo, bergen" in answer.out


def test_saf_t_files_are_read_and_leave_nothing(live: Project, tmp_path: Path) -> None:
    saft = tmp_path / "saft"
    made = call(*at(live), "generate", str(saft), "--from", "2025-11-18", "--days", "1", "--receipts", "3")
    assert made.code == 0, made.err
    (saft / "broken.xml").write_text("<no/>", encoding="utf-8")
    before = sorted(str(path) for path in live.landing.rglob("*"))
    answer = call(*at(live), "quality", "--extracts", str(saft), "--json")
    assert answer.json["store_days"]["ok"] == 3, answer.json["items"]
    assert [item["what"] for item in answer.json["items"] if item["blocks"]] == ["broken.xml was refused"]
    assert sorted(str(path) for path in live.landing.rglob("*")) == before


def test_a_wrong_path_or_company_is_usage(live: Project) -> None:
    assert call(*at(live), "quality", "--extracts", "/nowhere").code == 2
    assert call(*at(live), "quality", "--company", "nobody").code == 2
