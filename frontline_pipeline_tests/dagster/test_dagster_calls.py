"""What a store-day costs as Dagster runs it: the calls of each run, and one read-back for all of a month.

Belongs here: a backfill's sequence of runs, each as a process of its own would open its log, session and ledger.
Does not: a hundred store-days (posting/test_call_budget.py has them, without Dagster), the ceiling (office/governor.py).
"""

from __future__ import annotations

import dagster as dg
import pytest

from frontline_pipeline import resources
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import FIRST, Project, failures, metadata, store_day

DAYS = [store_day("oslo", n) for n in range(3)]
VOUCHERS_A_DAY = 2
"""Oslo has two registers and a journal for each."""


def as_a_new_process(project: Project) -> None:
    """Forget what a process keeps: sessions, ledgers, the log's connections."""
    for cached in (resources._load, resources._extracts, resources._log, resources._ledger):
        cached.cache_clear()


@pytest.mark.parametrize(("source", "per_voucher"), [("ledger", 2), ("local", 1)])
def test_each_run_of_a_backfill_costs_its_vouchers_and_the_month_one_question(
    make_project: MakeProject, instance: dg.DagsterInstance, source: str, per_voucher: int
) -> None:
    project = make_project({"posting": {"number_source": source}})
    costs = []
    for where in DAYS:
        before = project.calls()
        as_a_new_process(project)
        result = project.run(where, instance)
        assert result.success, failures(result)
        costs.append(project.calls() - before)
        told = metadata(result, "posted_journals")
        assert told["outcome"] == f"{VOUCHERS_A_DAY} new"
        if where is not DAYS[0]:
            assert told["calls"] == costs[-1], "the run says what it asked"
    assert costs[1:] == [VOUCHERS_A_DAY * per_voucher] * 2, (
        "login, client check and registers are those of the first run"
    )
    assert costs[0] - costs[1] <= 10, "one login, one look at each register"

    before = project.calls()
    as_a_new_process(project)
    assert project.read_back("nordlys", FIRST, instance).success
    assert project.calls() - before == 1, "one question for all days of the month"
    assert {each.state for each in project.log.documents()} == {State.VERIFIED}
