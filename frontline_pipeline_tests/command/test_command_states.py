"""Where a store-day stands, in the documented form: the six states, each made for real, and every way posting holds a day."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.sandbox.calls import Call, PassThrough, Reply
from frontline_pipeline_tests.command.command_kit import Answer, at, call
from frontline_pipeline_tests.support import FAULTED, SAVE, Project, running_project, store_day

SUNDAY = StoreDay(dt.date(2025, 11, 16), "oslo")
COVERED = StoreDay(dt.date(2025, 11, 5), "bergen")
UNREADABLE = store_day("tromso", 0)
CODES = {"ok": 0, "posted": 0, "closed": 0, "held": 1, "unknown": 1, "missing": 3}


def words(where: StoreDay) -> tuple[str, ...]:
    return ("--store", where.store, "--day", where.business_day.isoformat())


def preview(project: Project, where: StoreDay) -> dict[str, Any]:
    return documented(call(*at(project), "preview", *words(where), "--json"), where)


def run(project: Project, where: StoreDay) -> dict[str, Any]:
    return documented(call(*at(project), "run", *words(where), "--json"), where)


def documented(answer: Answer, where: StoreDay) -> dict[str, Any]:
    """The JSON of an answer, after it was held against the documented form, key by key, and against the exit code."""
    assert answer.err == ""
    told: dict[str, Any] = json.loads(answer.out, parse_float=_no_float)
    assert list(told) == ["store", "business_day", "state", "held", "reasons", "vouchers"]
    assert (told["store"], told["business_day"]) == (where.store, where.business_day.isoformat())
    assert answer.code == CODES[told["state"]]
    assert told["held"] is (told["state"] == "held")
    assert bool(told["reasons"]) is (told["state"] in ("held", "missing", "unknown"))
    for reason in told["reasons"]:
        assert list(reason) == ["rule", "message", "expected", "actual"]
        assert isinstance(reason["rule"], str)
        assert isinstance(reason["message"], str)
        assert reason["message"]
        assert {type(reason["expected"]), type(reason["actual"])} <= {str, type(None)}
    if told["state"] not in ("ok", "posted"):
        assert told["vouchers"] == []
    for voucher in told["vouchers"]:
        assert list(voucher) == ["reference", "date", "mode", "lines"]
        assert voucher["mode"] in ("draft", "posted")
        assert dt.date.fromisoformat(voucher["date"]) == where.business_day
        _documented_lines(voucher["lines"])
    return told


def _documented_lines(lines: list[dict[str, Any]]) -> None:
    sides = {"debit": 0, "credit": 0}
    for line in lines:
        assert list(line) == ["account", "tax_code", "debit", "credit", "text"]
        assert isinstance(line["account"], int)
        assert line["tax_code"] is None or isinstance(line["tax_code"], str)
        for side in sides:
            kroner, _, ore = line[side].partition(".")
            assert kroner.isdigit()
            assert ore.isdigit()
            assert len(ore) == 2
            sides[side] += int(kroner + ore)
        assert "0.00" in (line["debit"], line["credit"])
    assert sides["debit"] == sides["credit"] > 0


def _no_float(text: str) -> float:
    raise AssertionError(f"a number with decimals in the JSON: {text}")


@pytest.fixture(scope="module")
def looked(shared_project: Project) -> Project:
    """A project for tests that only look, with a day covered by an import and one that cannot be read."""
    coverage = shared_project.landing / COVERED.store / "_coverage"
    coverage.mkdir(parents=True)
    (coverage / "a.json").write_text('{"from": "2025-11-01", "to": "2025-11-10", "file": "november.xml"}')
    broken = shared_project.landing / UNREADABLE.store / UNREADABLE.business_day.isoformat() / "z_vat.csv"
    lines = broken.read_text().splitlines()
    lines[1] = lines[1].replace(".", ",", 1) if "." in lines[1] else lines[1] + ",12,50"
    broken.write_text("\n".join(lines) + "\n")
    return shared_project


def test_ok_shows_the_vouchers_that_would_be_posted_and_sends_nothing(looked: Project) -> None:
    told = preview(looked, store_day("oslo"))
    assert told["state"] == "ok"
    assert [v["reference"] for v in told["vouchers"]] == ["oslo/OSLO-1/Z1/r1", "oslo/OSLO-2/Z1/r1"]
    assert {v["mode"] for v in told["vouchers"]} == {"posted"}
    codes = {line["account"]: line["tax_code"] for line in told["vouchers"][0]["lines"]}
    assert codes[3030] == "31"
    assert codes[1901] is codes[2701] is None
    assert looked.calls() == 0


def test_held_by_proof_gives_rule_expected_and_actual(looked: Project) -> None:
    told = preview(looked, FAULTED["unbalanced"])
    (balance,) = [r for r in told["reasons"] if r["rule"] == "z_balances"]
    assert told["state"] == "held"
    assert float(balance["expected"]) - float(balance["actual"]) == 500


def test_held_by_an_extract_that_cannot_be_read(looked: Project) -> None:
    told = preview(looked, UNREADABLE)
    (reason,) = told["reasons"]
    assert (told["state"], reason["rule"]) == ("held", "extract_readable")
    assert "z_vat.csv" in reason["message"]


def test_held_by_a_tender_without_an_account(looked: Project) -> None:
    told = preview(looked, FAULTED["unknown_tender"])
    assert told["state"] == "held"
    assert "everything_mapped" in {r["rule"] for r in told["reasons"]}


@pytest.mark.parametrize(("where", "why"), [(SUNDAY, "closed on sundays"), (COVERED, "november.xml")], ids=str)
def test_closed_by_the_calendar_and_by_coverage(looked: Project, where: StoreDay, why: str) -> None:
    assert preview(looked, where)["state"] == "closed"
    assert why in call(*at(looked), "preview", *words(where)).out


def test_missing_says_how_to_get_it(looked: Project) -> None:
    where = FAULTED["missing_day"]
    told = preview(looked, where)
    assert told["state"] == "missing"
    assert "frontline import" in told["reasons"][0]["message"]
    assert call(*at(looked), "preview", *words(where)).out.count("frontline import") == 1


def test_status_and_missing_over_some_days(looked: Project) -> None:
    span = ("--from", "2025-11-19", "--to", "2025-11-23")
    answer = call(*at(looked), "status", *span, "--json")
    assert (answer.code, answer.err) == (1, "")
    states = {(c["business_day"], c["store"]): c["state"] for c in answer.json}
    assert len(states) == 15
    assert all(list(c) == ["store", "business_day", "state", "why"] for c in answer.json)
    assert states["2025-11-23", "oslo"] == "closed"
    assert states["2025-11-19", "oslo"] == "ready"
    for kind in ("unbalanced", "one_ore", "unknown_tender"):
        assert states[str(FAULTED[kind].business_day), FAULTED[kind].store] == "held"
    assert states[str(FAULTED["missing_day"].business_day), "oslo"] == "missing"
    assert all((c["why"] is None) is (c["state"] in ("ready", "posted", "draft")) for c in answer.json)

    undelivered = call(*at(looked), "missing", *span, "--only", "undelivered")
    assert undelivered.code == 3
    keys = undelivered.out.split()
    assert keys == [f"{d}|{s}" for (d, s), state in states.items() if state == "missing"]
    both = call(*at(looked), "missing", *span).out.split()
    assert both == [f"{d}|{s}" for (d, s), state in states.items() if state in ("missing", "ready", "held")]
    sunday = ("--from", "2025-11-23", "--to", "2025-11-23")
    nothing = call(*at(looked), "missing", *sunday, "--only", "unposted")
    assert (nothing.code, nothing.out) == (0, "")


def test_the_grid_piped_is_tab_separated_and_names_what_is_open(looked: Project) -> None:
    where = FAULTED["unbalanced"]
    answer = call(*at(looked), "status", "--from", str(where.business_day), "--to", str(where.business_day))
    header, row, *open_days = answer.out.splitlines()
    assert header.split("\t") == ["business day", "oslo", "bergen", "tromso"]
    assert row.split("\t")[0] == f"{where.business_day} Thu"
    assert row.split("\t")[3] == "held"
    assert any(text.startswith(f"{where}  held: Z ") and "does not balance" in text for text in open_days)


# Posting


class Line(PassThrough):
    """A line to the ledger that can break after a voucher has arrived."""

    broken = False

    def after(self, asked: Call, reply: Reply) -> Reply:
        if self.broken and asked.name == SAVE:
            return Reply(0, b"", "dropped", drop=True)
        return reply


@pytest.fixture(scope="module")
def line() -> Line:
    return Line()


@pytest.fixture(scope="module")
def posting(tmp_path_factory: pytest.TempPathFactory, generated: Path, line: Line) -> Iterator[Project]:
    """A project whose posting log nobody has initialised yet."""
    with running_project(tmp_path_factory.mktemp("posting"), initialised=False, interceptor=line) as made:
        shutil.copytree(generated, made.landing)
        yield made


def posted(project: Project, where: StoreDay) -> dict[str, Any]:
    """A store-day that is out, also when this test runs alone."""
    assert call(*at(project), "init", "--fresh").code == 0
    told = preview(project, where)
    return told if told["state"] == "posted" else run(project, where)


def test_a_store_day_from_refused_to_posted_to_changed(posting: Project) -> None:
    """One store-day of tromso: an empty log refuses it, a fresh one posts it once, other settings hold it."""
    where = store_day("tromso")
    told = call(*at(posting), "run", *words(where))
    assert (told.code, told.err) == (1, "")
    assert told.out.startswith(f"tromso {where.business_day}: held\n  posted_journals: this posting log is empty")
    assert "what to do: run `frontline init --fresh`" in told.out
    assert posting.calls(SAVE) == 0
    assert preview(posting, where)["state"] == "ok"

    refused = call(*at(posting), "init")
    assert (refused.code, refused.out) == (2, "")
    assert "frontline init --fresh" in refused.err
    assert call(*at(posting), "init", "--fresh").code == 0

    wanted = preview(posting, where)["vouchers"]
    posted = run(posting, where)
    assert posted["state"] == "posted"
    assert posted["vouchers"] == wanted == preview(posting, where)["vouchers"]
    assert posting.calls(SAVE) == 1
    assert call(*at(posting), "init", "--fresh").code == 0, "again is harmless"

    other = posting.changed({"companies": {"fjord": {"ledger": {"tenders": {"KORT": {"account": 1901}}}}}})
    for changed in (preview(other, where), run(other, where)):
        assert changed["state"] == "held"
        assert "with other content" in changed["reasons"][0]["message"]
        assert "account 1901" in changed["reasons"][0]["message"]
    assert posting.calls(SAVE) == 1
    # The same settings again: nothing has happened to what is out.
    assert preview(posting, where)["state"] == "posted"


def test_a_posted_day_stays_posted_when_its_extract_is_gone(posting: Project) -> None:
    where = store_day("tromso")
    wanted = posted(posting, where)
    folder = posting.landing / where.store / where.business_day.isoformat()
    shutil.move(folder, posting.root / "away")
    try:
        assert preview(posting, where) == wanted
        answer = call(
            *at(posting), "status", "--from", str(where.business_day), "--to", str(where.business_day), "--json"
        )
        assert {c["store"]: c["state"] for c in answer.json}["tromso"] == "posted"
    finally:
        shutil.move(posting.root / "away", folder)


def test_a_locked_year_holds_the_day_until_it_is_open(posting: Project) -> None:
    where, store = store_day("tromso", 1), posting.server.store
    # What the ledger's years were is remembered from this one: the ledger itself has to refuse.
    posted(posting, store_day("tromso"))
    store.set_year_locked("fjord", 2025, True)
    try:
        held = run(posting, where)
        assert held["state"] == "held"
        assert "locked" in held["reasons"][0]["message"]
    finally:
        store.set_year_locked("fjord", 2025, False)
    assert run(posting, where)["state"] == "posted"


def test_an_unknown_outcome_holds_its_series_until_a_person_has_looked(posting: Project, line: Line) -> None:
    draft, waiting = store_day("bergen", 1), store_day("oslo", 1)
    posted(posting, store_day("tromso", 1))
    line.broken = True
    try:
        told = run(posting, draft)
    finally:
        line.broken = False
    assert (told["state"], told["reasons"][0]["rule"]) == ("unknown", "posting_outcome_known")
    assert preview(posting, draft) == told
    reference = told["reasons"][0]["message"].split()[0]

    held = run(posting, waiting)
    assert held["state"] == "held"
    assert f"waits for {reference}" in held["reasons"][0]["message"]

    bad = call(*at(posting), "status", "--from", str(draft.business_day), "--to", str(draft.business_day), "--json")
    assert bad.code == 1
    assert {c["store"]: c["state"] for c in bad.json} == {"oslo": "ready", "bergen": "unknown", "tromso": "posted"}
    unposted = call(*at(posting), "missing", "--from", str(draft.business_day), "--to", str(draft.business_day))
    assert unposted.out.split() == [str(waiting), str(draft)]

    no_reason = call(*at(posting), "resolve", reference, "--found")
    assert no_reason.code == 2
    found = call(*at(posting), "resolve", reference, "--found", "--reason", "seen among the drafts")
    assert (found.code, found.err) == (0, "")
    assert reference in found.out
    again = call(*at(posting), "resolve", reference, "--found", "--reason", "again")
    assert (again.code, again.out) == (1, "")
    assert preview(posting, draft)["state"] == "posted"
    assert "posted as draft" in call(*at(posting), "preview", *words(draft)).out
    assert run(posting, waiting)["state"] == "posted"
    references = posting.references("nordlys")
    assert len(references) == len(set(references)) >= 3


def test_readback_tells_a_changed_ledger_and_every_view_of_the_day_agrees(posting: Project) -> None:
    month, where = ("--month", "2025-11"), store_day("tromso")
    reference = posted(posting, where)["vouchers"][0]["reference"]
    posted(posting, store_day("bergen"))
    well = call(*at(posting), "readback", *month, "--json")
    assert (well.code, well.err) == (0, "")
    assert {row["state"] for row in well.json} == {"verified", "drafted"}
    assert list(well.json[0]) == ["company", "voucher", "state", "meaning", "differences"]

    with posting.server.store.writing() as connection:
        connection.execute("update entries set account = 1902 where invoice_no = ? and account = 2380", (reference,))
    bad = call(*at(posting), "readback", *month)
    assert bad.code == 1
    assert reference in bad.out
    told = preview(posting, where)
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "ledger_agrees")
    span = ("--from", str(where.business_day), "--to", str(where.business_day))
    assert {c["store"]: c["state"] for c in call(*at(posting), "status", *span, "--json").json}["tromso"] == "held"


def test_readback_goes_on_with_the_other_company(posting: Project) -> None:
    posted(posting, store_day("tromso", 1))
    posted(posting, store_day("bergen"))
    other = posting.changed({"companies": {"nordlys": {"office": {"password_env": "NO_SUCH_VARIABLE"}}}})
    answer = call(*at(other), "readback", "--month", "2025-11", "--json")
    assert answer.code == 1
    assert "nordlys" in answer.err
    assert "NO_SUCH_VARIABLE" in answer.err
    assert {row["company"] for row in answer.json} == {"fjord"}


def test_readback_of_a_month_without_postings_asks_nobody(posting: Project) -> None:
    before = posting.calls()
    answer = call(*at(posting), "readback", "--month", "2025-12")
    assert (answer.code, answer.out) == (0, "")
    assert "Nothing was posted for 2025-12" in answer.err
    assert posting.calls() == before
