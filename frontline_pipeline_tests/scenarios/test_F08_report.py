"""F08: one page per run says what was created, updated, matched, unmapped, held, failed, unknown, with amounts."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import SAVE, Project, failures, metadata, store_day

OSLO = store_day("oslo")
KINDS = ("created", "updated", "matched", "held", "unmapped", "skipped", "failed", "unknown")


def page(told: dict[str, Any]) -> dict[str, tuple[int, str]]:
    """Number and amount of each kind, as the page of a run shows them."""
    head = str(told["report"]).split("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in head]
    return {kind: (int(number), amount) for kind, number, amount in rows}


def of_kind(told: dict[str, Any]) -> dict[str, tuple[int, str]]:
    """The kinds that there are any of."""
    found = page(told)
    assert tuple(found) == KINDS
    return {kind: value for kind, value in found.items() if value[0]}


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    return make_project({"posting": {"settle_seconds": 0, "resend": "hold"}})


def test_F08_the_page_of_each_run(project: Project, instance: dg.DagsterInstance) -> None:
    faults = project.server.app.faults
    # The first of two vouchers is refused, the second one's answer is lost.
    faults.arm({"operation": SAVE, "kind": "not_saved"})
    faults.arm({"operation": SAVE, "kind": "reset", "when": "before"})
    first = failures(project.run(OSLO, instance))["posted_journals"].metadata
    assert {kind: number for kind, (number, _) in of_kind(first).items()} == {"failed": 1, "unknown": 1}

    project.log.resolve("oslo/OSLO-2/Z1/r1", found=False, reason="not there", who="anna")
    second = metadata(project.run(OSLO, instance), "posted_journals")
    assert {kind: number for kind, (number, _) in of_kind(second).items()} == {"created": 2}
    total = sum(entry.amount_ore for v in project.vouchers("nordlys") for entry in v.lines if entry.amount_ore > 0)
    amount = of_kind(second)["created"][1]
    assert int(amount.replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(".", "").replace(",", "")) == total

    third = metadata(project.run(OSLO, instance), "posted_journals")
    assert of_kind(third) == {"matched": (2, amount)}

    other = project.changed({"companies": {"nordlys": {"ledger": {"tenders": {"KORT": {"account": 1902}}}}}})
    fourth = failures(other.run(OSLO, instance))["posted_journals"].metadata
    assert of_kind(fourth) == {"updated": (2, amount)}
