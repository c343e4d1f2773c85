"""What a person types when a store-day is not as it should be: resolve, correct, rollback, adopt, plan, sweep, on real sockets.

Days are sent without Dagster where only their state counts: a run takes two seconds, and `frontline run` has tests of its own.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline.frontline.source import Extracts, open_source
from frontline_pipeline.mending import proven
from frontline_pipeline.opening import open_poster
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.sandbox.ledger_person import Person
from frontline_pipeline_tests.command.command_kit import Answer, at, call
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import FAULTED, FIRST, SAVE, Project, day, store_day

TROMSO, NEXT = store_day("tromso"), store_day("tromso", 1)
CARDS_ELSEWHERE = {"companies": {"fjord": {"ledger": {"tenders": {"KORT": {"account": 1901}}}}}}
WHY = ("--reason", "told by the accountant")


@pytest.fixture
def mended(make_project: MakeProject) -> Project:
    """A project whose ledger shows at once what it holds: what is not found counts as absent."""
    return make_project({"posting": {"settle_seconds": 0}})


def words(where: StoreDay) -> tuple[str, ...]:
    return ("--store", where.store, "--day", where.business_day.isoformat())


def span(first: StoreDay, last: StoreDay | None = None) -> tuple[str, ...]:
    last = last or first
    return ("--store", first.store, "--from", first.business_day.isoformat(), "--to", last.business_day.isoformat())


def run(project: Project, where: StoreDay) -> dict[str, Any]:
    told: dict[str, Any] = call(*at(project), "run", *words(where), "--json").json
    return told


def send(project: Project, where: StoreDay) -> dict[str, Any]:
    """What a run does with a day that is proven, without Dagster around it, and where the day stands then."""
    profile = project.loaded.settings.store(where.store)
    vouchers = proven(extracts_of(project), project.log, profile, where.business_day).vouchers.vouchers
    open_poster(project.loaded, profile.company_code).post(vouchers, profile)
    return preview(project, where)


def post(project: Project, *days: StoreDay) -> None:
    """Days that only have to be out."""
    for where in days:
        assert send(project, where)["state"] in ("posted", "draft")


def preview(project: Project, where: StoreDay) -> dict[str, Any]:
    told: dict[str, Any] = call(*at(project), "preview", *words(where), "--json").json
    return told


def state_in_grid(project: Project, where: StoreDay) -> dict[str, Any]:
    days = ("--from", where.business_day.isoformat(), "--to", where.business_day.isoformat())
    cells = call(*at(project), "status", *days, "--json").json
    return next(cell for cell in cells if cell["store"] == where.store)


def well(answer: Answer) -> Answer:
    assert (answer.code, answer.err) == (0, ""), answer
    return answer


def extracts_of(project: Project) -> Extracts:
    return open_source(project.loaded.settings.source, project.loaded.paths, project.loaded.environment())


def lose_the_answer(project: Project, when: str) -> None:
    project.server.app.faults.arm({"operation": SAVE, "kind": "reset", "when": when})


# An outcome that is unknown


def test_unknown_and_found_by_a_person(mended: Project) -> None:
    lose_the_answer(mended, "after")
    told = run(mended, TROMSO)
    assert told["state"] == "unknown"
    assert preview(mended, TROMSO) == told
    shown = call(*at(mended), "preview", *words(TROMSO)).out
    assert "it looks for the voucher in 24SevenOffice, and sends it again, under the same number" in shown
    assert "frontline resolve tromso/TROMSO-1/Z1/r1 --found" in shown

    answer = well(call(*at(mended), "resolve", "tromso/TROMSO-1/Z1/r1", "--found", *WHY, "--who", "anna"))
    assert "tromso/TROMSO-1/Z1/r1 is posted now." in answer.out
    assert "What comes next: `frontline readback --month 2025-11`" in answer.out
    assert preview(mended, TROMSO)["state"] == "posted"
    assert send(mended, TROMSO)["state"] == "posted"
    assert mended.references("fjord") == ["tromso/TROMSO-1/Z1/r1"]
    last = mended.log.history(mended.log.documents()[0])[-1]
    assert (last.who, last.why) == ("anna", "found in the ledger: told by the accountant")
    assert mended.calls(SAVE) == 1


def test_unknown_and_absent_is_sent_again_under_its_number(mended: Project) -> None:
    lose_the_answer(mended, "before")
    assert send(mended, TROMSO)["state"] == "unknown"
    number = mended.log.documents()[0].transaction_no
    answer = well(call(*at(mended), "resolve", "tromso/TROMSO-1/Z1", "--absent", *WHY, "--json"))
    assert answer.json == {
        "reference": "tromso/TROMSO-1/Z1/r1",
        "store": "tromso",
        "business_day": "2025-11-18",
        "state": "planned",
        "next": f"`frontline run --store tromso --day 2025-11-18` sends it, under number {number}; the schedule does not come "
        "back to past days.",
    }
    assert state_in_grid(mended, TROMSO)["state"] == "ready"
    assert send(mended, TROMSO)["state"] == "posted"
    assert [v.transaction_no for v in mended.vouchers("fjord")] == [number]


def test_unknown_and_run_again_finds_it_by_itself(mended: Project) -> None:
    lose_the_answer(mended, "after")
    assert send(mended, TROMSO)["state"] == "unknown"
    assert send(mended, TROMSO)["state"] == "posted"
    assert len(mended.vouchers("fjord")) == 1
    assert mended.calls(SAVE) == 1


def test_a_settling_day_says_until_when(make_project: MakeProject) -> None:
    project = make_project({"posting": {"settle_seconds": 3600}})
    lose_the_answer(project, "before")
    assert send(project, TROMSO)["state"] == "unknown"
    assert send(project, TROMSO)["state"] == "unknown"
    assert project.calls(SAVE) == 1, "too early to send it again"
    assert "does not count as absent (settling)" in call(*at(project), "preview", *words(TROMSO)).out


def test_exhausted_until_a_person_lets_it_be_sent_again(make_project: MakeProject) -> None:
    project = make_project({"posting": {"settle_seconds": 0, "attempts": 1}})
    lose_the_answer(project, "before")
    assert send(project, TROMSO)["state"] == "unknown"
    told = send(project, TROMSO)
    assert told["state"] == "unknown"
    assert told["reasons"][0]["rule"] == "posting_exhausted"
    assert "frontline retry tromso/TROMSO-1/Z1/r1" in told["reasons"][0]["message"]
    assert "looks for it in 24SevenOffice first" in well(call(*at(project), "retry", "tromso/TROMSO-1/Z1/r1", *WHY)).out
    assert send(project, TROMSO)["state"] == "posted"
    assert len(project.vouchers("fjord")) == 1


def test_skip_and_resume(mended: Project) -> None:
    mended.server.app.faults.arm({"operation": SAVE, "kind": "not_saved"})
    refused = run(mended, TROMSO)
    assert (refused["state"], refused["reasons"][0]["rule"]) == ("held", "posting_accepted")
    told = preview(mended, TROMSO)
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "posting_accepted")
    answer = well(call(*at(mended), "skip", "tromso/TROMSO-1/Z1/r1", *WHY, "--who", "anna"))
    assert "nothing, until `frontline resume tromso/TROMSO-1/Z1/r1 --reason ...`" in answer.out
    told = preview(mended, TROMSO)
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "posting_skipped")
    assert "anna" in told["reasons"][0]["message"]
    assert "told by the accountant" in told["reasons"][0]["message"]
    assert send(mended, TROMSO)["state"] == "held"
    again = call(*at(mended), "skip", "tromso/TROMSO-1/Z1/r1", *WHY)
    assert (again.code, again.out) == (1, "")
    assert "frontline resume" in again.err
    well(call(*at(mended), "resume", "tromso/TROMSO-1/Z1/r1", *WHY))
    assert send(mended, TROMSO)["state"] == "posted"
    assert len(mended.vouchers("fjord")) == 1


def test_a_voucher_reversed_by_hand_is_posted_anew(mended: Project) -> None:
    post(mended, TROMSO)
    with mended.server.store.writing() as ledger:
        ledger.execute("update entries set account = 1902 where account = 2380")
    assert call(*at(mended), "readback", "--month", "2025-11").code == 1
    refused = call(*at(mended), "correct", *words(TROMSO), *WHY)
    assert refused.code == 0, "nothing differs from the extract, so there is nothing to correct"
    back = call(*at(mended), "rollback", *span(TROMSO), *WHY)
    assert back.code == 1
    assert "frontline reverse tromso/TROMSO-1/Z1/r1" in back.out
    answer = well(call(*at(mended), "reverse", "tromso/TROMSO-1/Z1/r1", *WHY))
    assert "posts a new revision" in answer.out
    assert send(mended, TROMSO)["state"] == "posted"
    assert mended.references("fjord") == ["tromso/TROMSO-1/Z1/r1", "tromso/TROMSO-1/Z1/r2"]


def test_a_deleted_voucher_is_posted_anew_but_not_beside_itself(mended: Project) -> None:
    post(mended, TROMSO)
    well(call(*at(mended), "deleted", "tromso/TROMSO-1/Z1/r1", *WHY))
    # Not deleted yet, or an earlier request brought it back: the sweep sees it, and nothing is posted beside it.
    today = dt.date.today()
    months = str((today.year - 2025) * 12 + today.month - 11 + 1)
    swept = call(*at(mended), "sweep", "--months", months)
    assert swept.code == 1
    assert "deleted by a person, yet in the ledger" in swept.out
    assert send(mended, TROMSO)["state"] == "held"
    Person(mended.server.store).delete({"client": "fjord", "reference": "tromso/TROMSO-1/Z1/r1"})
    well(call(*at(mended), "sweep", "--months", months))
    assert send(mended, TROMSO)["state"] == "posted"
    assert mended.references("fjord") == ["tromso/TROMSO-1/Z1/r2"]


# Corrections


def test_plan_then_correct_after_a_mapping_change(mended: Project) -> None:
    post(mended, TROMSO, NEXT)
    other = mended.changed(CARDS_ELSEWHERE)
    before = mended.calls(), mended.vouchers()

    planned = call(*at(other), "plan", *span(TROMSO, store_day("tromso", 4)), "--json")
    assert (planned.code, planned.err) == (1, "")
    counts = planned.json["counts"]
    assert {kind: number for kind, number in counts.items() if number} == {"updated": 2, "held": 2, "unmapped": 1}
    updated = [line for line in planned.json["lines"] if line["kind"] == "updated"]
    assert [line["reference"] for line in updated] == ["tromso/TROMSO-1/Z1/r1", "tromso/TROMSO-1/Z2/r1"]
    assert {change["subject"] for change in updated[0]["changes"]} == {
        "account 1901 department 30",
        "account 2380 department 30",
    }

    dry = well(call(*at(other), "correct", *words(TROMSO), "--dry-run"))
    assert "updated  tromso/TROMSO-1/Z1/r1: would be reversed, and a new revision posted" in dry.out
    assert "account 1901 department 30\tno line\t" in dry.out
    assert (mended.calls(), mended.vouchers()) == before
    no_reason = call(*at(other), "correct", *words(TROMSO))
    assert (no_reason.code, no_reason.out) == (2, "")
    assert "--reason" in no_reason.err
    held = preview(other, TROMSO)
    assert held["state"] == "held"
    assert "frontline correct" in call(*at(other), "preview", *words(TROMSO)).out

    done = call(*at(other), "correct", *words(TROMSO), *WHY, "--json")
    assert (done.code, done.err) == (0, "")
    (told,) = done.json
    assert told["result"] == "corrected"
    assert [sent["reference"] for sent in told["sent"]] == ["tromso/TROMSO-1/Z1/rev/r1", "tromso/TROMSO-1/Z1/r2"]
    assert told["calls"] > 0
    assert mended.references("fjord") == sorted(
        ["tromso/TROMSO-1/Z1/r1", "tromso/TROMSO-1/Z1/rev/r1", "tromso/TROMSO-1/Z1/r2", "tromso/TROMSO-1/Z2/r1"]
    )
    again = well(call(*at(other), "correct", *words(TROMSO), *WHY))
    assert "unchanged" in again.out
    shown = preview(other, TROMSO)
    assert shown["state"] == "posted"
    assert [v["reference"] for v in shown["vouchers"]] == ["tromso/TROMSO-1/Z1/r2"], "reversals are no journals"
    assert state_in_grid(other, TROMSO)["state"] == "posted"
    assert call(*at(other), "readback", "--month", "2025-11").code == 0
    assert len(mended.vouchers("fjord")) == 4


def test_a_day_that_does_not_prove_right_is_not_corrected(mended: Project) -> None:
    answer = call(*at(mended), "correct", *words(FAULTED["unbalanced"]), *WHY)
    assert (answer.code, answer.out) == (1, "")
    assert "does not balance" in answer.err
    assert mended.calls() == 0


# Rollback


def test_rolled_back_is_not_posted_again_until_released(mended: Project) -> None:
    post(mended, TROMSO, NEXT)
    dry = well(call(*at(mended), "rollback", *span(TROMSO, NEXT), "--dry-run"))
    assert dry.out.count("would be looked at in the ledger, and reversed") == 2
    assert len(mended.vouchers("fjord")) == 2
    done = well(call(*at(mended), "rollback", *span(TROMSO, NEXT), *WHY, "--who", "anna"))
    assert "frontline release --store tromso --from 2025-11-18 --to 2025-11-19" in done.out
    assert len(mended.vouchers("fjord")) == 4
    for where in (TROMSO, NEXT):
        assert send(mended, where)["state"] == "held"
    told = preview(mended, TROMSO)
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "posting_rolled_back")
    assert "anna" in told["reasons"][0]["message"]
    assert "rolled back" in state_in_grid(mended, TROMSO)["why"]
    assert call(*at(mended), "plan", *span(TROMSO, NEXT), "--json").json["counts"]["skipped"] == 2
    assert len(mended.vouchers("fjord")) == 4

    freed = well(call(*at(mended), "release", *span(TROMSO), *WHY))
    assert "may be posted again, as revision 2" in freed.out
    assert "2025-11-18|tromso" in freed.out
    assert send(mended, TROMSO)["state"] == "posted"
    assert send(mended, NEXT)["state"] == "held"
    assert len(mended.vouchers("fjord")) == 5
    assert call(*at(mended), "release", *span(TROMSO), *WHY).code == 1


# A lost log


@pytest.fixture
def lost(mended: Project) -> Project:
    """Two stores' days are out, a draft too, and the posting log is gone."""
    post(mended, TROMSO, NEXT, store_day("oslo"), store_day("bergen"))
    for file in Path(mended.loaded.paths.posting_log).parent.glob(f"{mended.loaded.paths.posting_log.name}*"):
        file.unlink()
    # Under another name of its settings, since this process still has the lost file open.
    return mended.changed({})


def test_adopt_after_the_log_was_lost_doubles_nothing(lost: Project) -> None:
    before = lost.vouchers()
    refused = run(lost, TROMSO)
    assert refused["state"] == "held"
    assert "never initialised" in refused["reasons"][0]["message"]
    grid = ("--from", "2025-11-01", "--to", dt.date.today().isoformat())

    dry = call(*at(lost), "adopt", *grid, "--dry-run", "--json")
    assert dry.code == 1, "a draft may be out, which a person has to look for"
    by_company = {each["company"]: each for each in dry.json["companies"]}
    assert dry.json["dry_run"] is True
    assert [each["reference"] for each in by_company["fjord"]["adopted"]] == [
        "tromso/TROMSO-1/Z1/r1",
        "tromso/TROMSO-1/Z2/r1",
    ]
    assert lost.log.documents() == []
    assert not lost.log.is_initialised()

    part = call(*at(lost), "adopt", *grid, "--company", "fjord")
    assert part.code == 0
    assert "only a part was taken over" in part.err
    assert not lost.log.is_initialised()
    assert run(lost, TROMSO)["state"] == "held"

    done = call(*at(lost), "adopt", *grid, "--who", "anna")
    assert done.code == 1
    assert "fjord: 0 vouchers taken over, 2 known already" in done.out
    assert "nordlys: 2 vouchers taken over" in done.out
    assert "held  bergen/2025-11-18/r1: a draft of" in done.out
    assert lost.log.is_initialised()
    for where in (TROMSO, NEXT, store_day("oslo")):
        assert send(lost, where)["state"] == "posted"
    again = call(*at(lost), "adopt", *grid)
    assert (again.code, "held  bergen/2025-11-18/r1: a draft of" in again.out) == (1, True), "held until a person says"
    told = preview(lost, store_day("bergen"))
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "posting_disputed")
    assert send(lost, store_day("bergen"))["state"] == "held"
    well(call(*at(lost), "resolve", "bergen/2025-11-18/r1", "--found", *WHY))
    assert send(lost, store_day("bergen"))["state"] == "posted"
    assert lost.vouchers() == before


def test_init_adopt_covers_the_whole_grid(lost: Project) -> None:
    before = lost.vouchers()
    assert call(*at(lost), "init", "--fresh", "--adopt").code == 2
    assert call(*at(lost), "init", "--adopt").code == 1
    assert lost.log.is_initialised()
    assert send(lost, TROMSO)["state"] == "posted"
    assert lost.vouchers() == before


def test_adopt_of_a_few_days_says_what_it_leaves_out(lost: Project) -> None:
    """And does not open the log: the days it was not asked about would be posted a second time."""
    answer = call(*at(lost), "adopt", "--from", str(FIRST), "--to", str(day(4)))
    assert not lost.log.is_initialised()
    assert "only a part was taken over" in answer.err
    assert "from 2025-11-01 (partitions.start) to " in answer.err
    assert run(lost, TROMSO)["state"] == "held"


# The sweep


def test_sweep_tells_late_doubled_and_strange_vouchers(mended: Project) -> None:
    today = dt.date.today()
    months = str((today.year - 2025) * 12 + today.month - 11 + 1)
    nothing = well(call(*at(mended), "sweep", "--months", months))
    assert "fjord: 0 vouchers" in nothing.out
    assert mended.calls() == 0
    post(mended, TROMSO, store_day("oslo"))
    before = mended.calls("Transaction.GetTransactions")
    good = well(call(*at(mended), "sweep", "--months", months, "--json"))
    assert {each["company"]: each["calls"] for each in good.json} == {"nordlys": 1, "fjord": 1}
    assert mended.calls("Transaction.GetTransactions") - before == 2

    person = Person(mended.server.store)
    person.copy({"client": "fjord", "reference": "tromso/TROMSO-1/Z1/r1"})
    person.copy({"client": "nordlys", "reference": "oslo/OSLO-1/Z1/r1"}, "oslo/OSLO-1/Z77/r1")
    bad = call(*at(mended), "sweep", "--months", months)
    assert bad.code == 1
    assert "duplicated  2025-11-18|tromso  tromso/TROMSO-1/Z1/r1" in bad.out
    assert "not in the posting log  oslo/OSLO-1/Z77/r1" in bad.out
    told = preview(mended, TROMSO)
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "ledger_agrees")
    assert call(*at(mended), "sweep", "--months", "0").code == 2


# What is known of the ledger


def test_a_day_that_posting_refused_for_its_year_is_not_called_ready(mended: Project) -> None:
    mended.server.store.set_year_locked("fjord", 2025, True)
    assert state_in_grid(mended, TROMSO)["state"] == "ready", "nobody has asked the ledger yet"
    assert run(mended, TROMSO)["state"] == "held"
    told = preview(mended, TROMSO)
    assert (told["state"], told["reasons"][0]["rule"]) == ("held", "posting_possible")
    assert "locked" in state_in_grid(mended, TROMSO)["why"]
    assert call(*at(mended), "plan", *span(TROMSO), "--json").json["counts"]["held"] == 1
    mended.server.store.set_year_locked("fjord", 2025, False)
    assert send(mended, TROMSO)["state"] == "posted"
