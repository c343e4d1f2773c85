"""F05: a dry run writes nothing, and the real run does what the plan said."""

from __future__ import annotations

from typing import Any

import dagster as dg

from frontline_pipeline_tests.command.command_kit import at, call
from frontline_pipeline_tests.support import FAULTED, Project, day, store_day

DAYS = ("--from", str(day(0)), "--to", str(day(3)))
DRAFT, HELD, UNMAPPED = store_day("bergen"), FAULTED["unbalanced"], FAULTED["unknown_tender"]


def planned(project: Project, *more: str) -> dict[str, Any]:
    answer = call(*at(project), "plan", *DAYS, "--store", "tromso,bergen", *more, "--json")
    assert answer.err == ""
    told: dict[str, Any] = answer.json
    return told


def kinds(plan: dict[str, Any]) -> dict[str, list[str]]:
    """Store-days of each kind."""
    out: dict[str, list[str]] = {}
    for line in plan["lines"]:
        out.setdefault(line["kind"], []).append(f"{line['business_day']}|{line['store']}")
    return out


def test_F05_nothing_is_written_and_the_run_does_what_the_plan_said(
    project: Project, instance: dg.DagsterInstance
) -> None:
    plan = planned(project)
    assert project.calls() == 0
    assert project.log.documents() == []
    assert project.vouchers() == []
    by_kind = kinds(plan)
    assert str(HELD) in by_kind["held"]
    assert by_kind["unmapped"] == [str(UNMAPPED)]
    created = [line for line in plan["lines"] if line["kind"] == "created"]
    assert plan["counts"]["created"] == len(created) == 4
    assert plan["calls"]["posting"] == 8
    assert planned(project.changed({"posting": {"number_source": "local"}}))["calls"]["posting"] == 4

    for line in plan["lines"]:
        project.run(store_day(line["store"], (dt_of(line) - day(0)).days), instance)

    out = {document.reference: document for document in project.log.documents()}
    assert sorted(out) == sorted(line["reference"] for line in created)
    in_ledger = {
        voucher.lines[0].invoice_no: sum(max(entry.amount_ore, 0) for entry in voucher.lines)
        for voucher in project.vouchers()
    }
    assert in_ledger == {line["reference"]: ore(line["amount"]) for line in created}
    assert sum(in_ledger.values()) == ore(plan["sums"]["created"])
    posting = project.calls("Account.GetEntryId") + project.calls("Account.SaveBundleList")
    assert posting == plan["calls"]["posting"]
    # What was planned as created is matched now, and nothing else has changed.
    after = planned(project)
    assert kinds(after)["matched"] == by_kind["created"]
    assert {kind: days for kind, days in kinds(after).items() if kind != "matched"} == {
        kind: days for kind, days in by_kind.items() if kind != "created"
    }
    assert after["sums"]["matched"] == plan["sums"]["created"]
    assert after["calls"] == {"posting": 0, "registers": 0, "read_back": 2}


def test_F05_for_people_the_plan_is_lists_with_sums(project: Project) -> None:
    answer = call(*at(project), "plan", *DAYS, "--store", "tromso", "--store", "bergen")
    assert answer.code == 1
    assert "created\t4\t" in answer.out
    assert f"{UNMAPPED}\t" in answer.out
    assert "Nothing was sent or written." in answer.out
    assert call(*at(project), "plan", *DAYS, "--store", "nowhere").code == 2


def dt_of(line: dict[str, Any]) -> Any:
    return type(day(0)).fromisoformat(line["business_day"])


def ore(text: str) -> int:
    return int(text.replace(".", ""))
