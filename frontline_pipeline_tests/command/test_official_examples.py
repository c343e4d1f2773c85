"""Acceptance: the tax authority's two SAF-T examples through the real command, over real SOAP, each in a fresh state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline_tests.command.frontline_command import Answer, process, where
from frontline_pipeline_tests.support import SAVE, SHARED, Project, running_project

EXAMPLES = SHARED / "saft" / "examples"
STORE = ("--store", "frogner", "--day")
RULES = {
    "voucher_type": 2,
    "vat_codes": {
        "3": {"sales_account": 3000, "vat_account": 2700, "tax_code": "3"},
        "31": {"sales_account": 3030, "vat_account": 2701, "tax_code": "31"},
    },
    "tenders": {"CASH": {"account": 1900}, "DEBCARD": {"account": 1920}},
    "accounts": {"rounding": 7740},
}


def example(name: str) -> Path:
    found = sorted(EXAMPLES.glob(f"*_999999999_{name}*.xml")) if EXAMPLES.is_dir() else []
    if not found:
        pytest.skip(f"SKIPPED: the official SAF-T example {name} is not in {EXAMPLES} (a clone has no shared folder)")
    return found[0]


@contextmanager
def selskapet(root: Path, start: str, mode: str = "posted") -> Iterator[Project]:
    """The company of the examples with its one shop and one register."""
    office = {
        "application_id_env": "FRONTLINE_NORDLYS_APPLICATION_ID",
        "username_env": "FRONTLINE_NORDLYS_USERNAME",
        "password_env": "FRONTLINE_NORDLYS_PASSWORD",
    }
    company = {"name": "Selskapet ASA", "organisation_number": "999999999", "office": office, "ledger": RULES}
    shop = {"name": "Shop Frogner", "company": "selskapet", "registers": ["11.222-33.44.567"], "mode": mode}
    changes: dict[str, Any] = {
        "companies": {"nordlys": None, "fjord": None, "selskapet": company},
        "stores": {"oslo": None, "bergen": None, "tromso": None, "frogner": shop},
        "partitions": {"start": start},
        "sandbox": {"fiscal_years": [2016, 2020], "clients": None},
    }
    with running_project(root, changes, initialised=False) as project:
        yield project


def amounts(answer: Answer) -> dict[int, tuple[Decimal, Decimal]]:
    """Account -> debit and credit of the one voucher."""
    (voucher,) = answer.json["vouchers"]
    out: dict[int, tuple[Decimal, Decimal]] = {}
    for line in voucher["lines"]:
        debit, credit = out.get(line["account"], (Decimal(0), Decimal(0)))
        out[line["account"]] = (debit + Decimal(line["debit"]), credit + Decimal(line["credit"]))
    return out


WANTED = {
    1900: (Decimal("295.00"), Decimal(0)),
    1920: (Decimal("218.80"), Decimal(0)),
    7740: (Decimal("0.40"), Decimal(0)),
    3030: (Decimal(0), Decimal("89.38")),
    2701: (Decimal(0), Decimal("13.42")),
    3000: (Decimal(0), Decimal("329.12")),
    2700: (Decimal(0), Decimal("82.28")),
}
"""513.80 in tenders and 0.40 rounding against net sales and VAT of two rates."""


@pytest.mark.parametrize("mode", ["posted", "draft"])
def test_the_2021_example_imports_and_posts_a_balanced_voucher(tmp_path: Path, mode: str) -> None:
    file = example("2021")
    with selskapet(tmp_path, "2020-01-01", mode) as project:
        at = where(project)
        imported = process([*at, "import", str(file)], tmp_path)
        assert imported.code == 0, imported.err + imported.out
        preview = process([*at, "preview", *STORE, "2020-01-01", "--json"], tmp_path)
        assert (preview.code, preview.json["state"]) == (0, "ok"), preview
        assert amounts(preview) == WANTED
        refused = process([*at, "run", *STORE, "2020-01-01", "--json"], tmp_path)
        assert (refused.code, refused.json["state"]) == (1, "held")
        assert "never initialised" in refused.json["reasons"][0]["message"] + refused.err
        assert process([*at, "init", "--fresh"], tmp_path).code == 0
        ran = process([*at, "run", *STORE, "2020-01-01", "--json"], tmp_path)
        assert (ran.code, ran.json["state"]) == (0, "posted"), ran
        assert amounts(ran) == WANTED
        (voucher,) = project.vouchers()
        assert voucher.state == ("posted" if mode == "posted" else "draft")
        again = process([*at, "run", *STORE, "2020-01-01", "--json"], tmp_path)
        assert (again.code, again.json["state"]) == (0, "posted")
        assert project.calls(SAVE) == 1, "the second run wrote nothing"
        assert len(project.vouchers()) == 1


def test_the_2016_example_is_held_for_vat_of_gross_and_impossible_rounding(tmp_path: Path) -> None:
    file = example("2016")
    with selskapet(tmp_path, "2016-01-01") as project:
        project.log.initialise("test")
        at = where(project)
        assert process([*at, "import", str(file)], tmp_path).code == 0, "arithmetic is the proof's business"
        held = process([*at, "preview", *STORE, "2016-01-01", "--json"], tmp_path)
        assert (held.code, held.json["state"], held.json["held"], held.json["vouchers"]) == (1, "held", True, [])
        told = " ".join(reason["message"] for reason in held.json["reasons"])
        for figure in ("17.88", "15.55", "102.85", "82.28", "1 234.56"):
            assert figure in told, f"{figure} is not in: {told}"
        ran = process([*at, "run", *STORE, "2016-01-01", "--json"], tmp_path)
        assert (ran.code, ran.json["state"]) == (1, "held")
        assert project.vouchers() == [], "nothing of it was sent"


def test_both_in_one_state_are_the_same_z_with_other_content(tmp_path: Path) -> None:
    first, second = example("2021"), example("2016")
    with selskapet(tmp_path, "2016-01-01") as project:
        at = where(project)
        assert process([*at, "import", str(first)], tmp_path).code == 0
        before = {p: p.read_bytes() for p in project.landing.rglob("*") if p.is_file()}
        refused = process([*at, "import", str(second)], tmp_path)
        assert refused.code == 1
        for word in ("11.222-33.44.567", "Z 1", "2016-01-01", "2020-01-01"):
            assert word in refused.out + refused.err, f"{word} is not named"
        assert before == {p: p.read_bytes() for p in project.landing.rglob("*") if p.is_file()}
