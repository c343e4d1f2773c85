"""Acceptance with the official SAF-T Cash Register examples, through the real command: import, preview, run, run again."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from frontline_pipeline_tests.command.command_kit import Answer, call, free_port, running, spawn, wait_for
from frontline_pipeline_tests.official_examples import REGISTER
from frontline_pipeline_tests.support import SHARED, need

CREDENTIALS = "APP=00000000-0000-4000-8000-000000000001\nUSER_NAME=someone@sandbox.invalid\nSECRET=not-a-real-one\n"
STORE = "trondheim"


def example(year: int) -> Path:
    """The example that was published in 2021 or 2016; skips loudly where the examples are not."""
    found = sorted((SHARED / "saft" / "examples").glob(f"*_999999999_{year}*.xml"))
    if not found:
        need("saft-examples", f"the official SAF-T Cash Register examples are not in {SHARED / 'saft' / 'examples'}")
    return found[0]


def smallest_settings(port: int, start: str, mode: str | None = None) -> dict[str, Any]:
    """As few keys as post the examples: every one of them is needed."""
    url = f"http://127.0.0.1:{port}"
    office = {"api_url": url, "webservices_url": url}
    names = {"application_id_env": "APP", "username_env": "USER_NAME", "password_env": "SECRET"}
    return {
        "companies": {
            "selskapet": {
                "name": "Selskapet ASA",
                "organisation_number": "999999999",
                "office": {**office, **names},
                "ledger": {
                    "voucher_type": 2,
                    "vat_codes": {
                        "3": {"sales_account": 3000, "vat_account": 2700, "tax_code": "3"},
                        "31": {"sales_account": 3030, "vat_account": 2701, "tax_code": "31"},
                    },
                    "tenders": {"12001": {"account": 1900}, "12002": {"account": 1901}},
                    "accounts": {"rounding": 7740},
                },
            }
        },
        "stores": {
            STORE: {"name": "Trondheim", "company": "selskapet", "registers": [REGISTER]}
            | ({"mode": mode} if mode else {})
        },
        "partitions": {"start": start},
        "sandbox": {"port": port, "fiscal_years": [2016, 2020]},
        "secrets_file": "sandbox.env",
    }


@dataclass
class Place:
    """A fresh installation: its settings, its state, its stand-in's address."""

    root: Path
    port: int

    def frontline(self, *arguments: str) -> Answer:
        """As a person types it: a process of its own, in the folder that holds config/."""
        return spawn("--state", "state", *arguments, cwd=self.root)

    def quick(self, *arguments: str) -> Answer:
        """The same in this process."""
        return call("--config", str(self.root / "config"), "--state", str(self.root / "state"), *arguments)

    def serve(self) -> AbstractContextManager[subprocess.Popen[str]]:
        return running("--state", "state", "sandbox", cwd=self.root)

    def ask(self, page: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_sandbox/{page}", timeout=10) as answer:
            return json.load(answer)

    def saves(self) -> int:
        return int(self.ask("stats").get("Account.SaveBundleList", {"calls": 0})["calls"])


def place(root: Path, start: str, mode: str | None = None) -> Place:
    port = free_port()
    (root / "config").mkdir(parents=True)
    (root / "config" / "settings.yaml").write_text(yaml.safe_dump(smallest_settings(port, start, mode)))
    (root / "config" / "sandbox.env").write_text(CREDENTIALS)
    return Place(root, port)


def line(account: int, debit: str, credit: str, text: str, code: str | None = None) -> dict[str, Any]:
    text = f"Z 1 kasse {REGISTER}: {text}"
    return {"account": account, "tax_code": code, "debit": debit, "credit": credit, "text": text}


LINES = [
    line(1900, "295.00", "0.00", "kontant (CASH)"),
    line(1901, "218.80", "0.00", "bankkort (DEBCARD)"),
    line(7740, "0.40", "0.00", "øreavrunding"),
    line(2700, "0.00", "82.28", "mva 25 %"),
    line(2701, "0.00", "13.42", "mva 15 %"),
    line(3000, "0.00", "329.12", "salg 25 %", "3"),
    line(3030, "0.00", "89.38", "salg 15 %", "31"),
]


def documented(state: str, mode: str) -> dict[str, Any]:
    voucher = {"reference": f"{STORE}/{REGISTER}/Z1/r1", "date": "2020-01-01", "mode": mode, "lines": LINES}
    return {
        "store": STORE,
        "business_day": "2020-01-01",
        "state": state,
        "held": False,
        "reasons": [],
        "vouchers": [voucher],
    }


@pytest.fixture(scope="module", params=["posted", "draft"])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The 2021 example, step by step, in a fresh state with a stand-in of its own; what each step answered."""
    mode = str(request.param)
    file = example(2021)
    here = place(tmp_path_factory.mktemp(mode), "2020-01-01", None if mode == "draft" else mode)
    day = ("--store", STORE, "--day", "2020-01-01")
    # Once with processes all the way; the other mode differs in what is sent only.
    frontline = here.frontline if mode == "posted" else here.quick
    told: dict[str, Any] = {"mode": mode}
    with here.serve() as process:
        wait_for(f"http://127.0.0.1:{here.port}/", process, 60)
        told["import"] = frontline("import", str(file))
        told["preview"] = frontline("preview", *day, "--json")
        told["init"] = frontline("init", "--fresh")
        told["run"] = frontline("run", *day, "--json")
        told["saves"], told["ledger"] = here.saves(), here.ask("vouchers?drafts=1")["vouchers"]
        told["again"] = frontline("run", *day, "--json")
        told["saves again"] = here.saves()
        told["other year"] = here.quick("import", str(example(2016)))
        told["after the conflict"] = here.quick("preview", *day, "--json")
    return told


def test_the_2021_example_imports_and_previews_as_documented(story: dict[str, Any]) -> None:
    assert story["import"].code == 0, story["import"]
    assert "1 Z-report imported on 1 store-day (trondheim)" in story["import"].out
    assert (story["preview"].code, story["preview"].err) == (0, "")
    assert story["preview"].json == documented("ok", story["mode"])


def test_the_2021_example_posts_a_balanced_voucher(story: dict[str, Any]) -> None:
    assert story["init"].code == 0
    assert (story["run"].code, story["run"].err) == (0, "")
    assert story["run"].json == documented("posted", story["mode"])
    assert story["saves"] == 1
    (voucher,) = story["ledger"]
    assert voucher["state"] == story["mode"]
    amounts = {each["account"]: each["amount"] for each in voucher["lines"]}
    assert amounts == {
        1900: "295.00",
        1901: "218.80",
        7740: "0.40",
        2700: "-82.28",
        2701: "-13.42",
        3000: "-329.12",
        3030: "-89.38",
    }
    assert sum(each["amount_ore"] for each in voucher["lines"]) == 0
    takings = [each["amount_ore"] for each in voucher["lines"] if each["account"] in (1900, 1901)]
    assert sum(takings) == 513_80
    assert {each["date"] for each in voucher["lines"]} == {"2020-01-01"}


def test_X01_the_2021_example_again_is_posted_and_nothing_is_written(story: dict[str, Any]) -> None:
    assert (story["again"].code, story["again"].err) == (0, "")
    assert story["again"].json == documented("posted", story["mode"])
    assert story["saves again"] == 1


def test_the_other_example_in_the_same_state_is_refused_as_the_same_z(story: dict[str, Any]) -> None:
    other = story["other year"]
    assert other.code == 1
    for words in (REGISTER, "Z 1", "2020-01-01", "2016-01-01", "nothing of it was imported"):
        assert words in other.out, words
    assert story["after the conflict"].json == documented("posted", story["mode"])


def test_the_2016_example_is_held_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = example(2016)
    here = place(tmp_path, "2016-01-01", "posted")
    assert here.quick("import", str(file)).code == 0
    assert here.quick("init", "--fresh").code == 0
    day = ("--store", STORE, "--day", "2016-01-01")
    # No stand-in runs: a held day must not even ask.
    ran = here.frontline("run", *day, "--json")
    assert (ran.code, ran.err) == (1, "")
    told = ran.json
    assert (told["state"], told["held"], told["vouchers"]) == ("held", True, [])
    net = {(r["actual"], r["expected"]) for r in told["reasons"] if r["rule"] == "vat_base_is_net"}
    assert net == {("17.88", "15.55"), ("102.85", "82.28")}
    rounding = [r["message"] for r in told["reasons"] if r["rule"] == "rounding_only_with_cash"]
    assert len(rounding) == 3
    assert all("1234.56" in message for message in rounding)
    words = here.quick("preview", *day)
    assert words.code == 1
    assert "what to do: " in words.out
    assert here.quick("preview", *day, "--json").json == told


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("companies.selskapet.ledger.vat_codes.31", ["everything_mapped", "31", "vat_codes"]),
        ("companies.selskapet.ledger.tenders.12001", ["everything_mapped", "CASH", "tenders"]),
        ("companies.selskapet.ledger.accounts.rounding", ["everything_mapped", "accounts.rounding"]),
        ("companies.selskapet.ledger.vat_codes.3.vat_account", ["vat_account"]),
    ],
)
def test_a_forgotten_account_holds_the_day_and_is_named(tmp_path: Path, key: str, words: list[str]) -> None:
    here = place(tmp_path, "2020-01-01", "posted")
    file = here.root / "config" / "settings.yaml"
    tree = yaml.safe_load(file.read_text())
    below, *path = tree, *key.split(".")
    for step in path[:-1]:
        below = below[step]
    del below[path[-1]]
    file.write_text(yaml.safe_dump(tree))
    assert here.quick("import", str(example(2021))).code == 0
    told = here.quick("preview", "--store", STORE, "--day", "2020-01-01")
    assert told.code in (1, 2)
    for word in words:
        assert word in told.out + told.err, (word, told)
