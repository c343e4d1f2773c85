"""X09 over real processes: one governor for all of a machine, by the settings, against the sandbox over sockets."""

from __future__ import annotations

from collections import Counter

import pytest

from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.opening import open_ledger
from frontline_pipeline_tests import nursery
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.scenarios.callers import ask
from frontline_pipeline_tests.support import Project

PROCESSES = 3
DAY = 86_400
"""Seconds; so that no limit is renewed while a test runs."""


def asked_by_processes(project: Project, times: int) -> Counter[str]:
    """Three processes, on both companies of the address, ask `times` times each at the same moment; what came of it."""
    context = nursery.context()
    gate, results = context.Barrier(PROCESSES), context.Queue()
    where = (str(project.loaded.config_dir), str(project.loaded.paths.state))
    companies = ["nordlys", "fjord", "nordlys"]
    workers = [context.Process(target=ask, args=(*where, company, times, gate, results)) for company in companies]
    for worker in workers:
        worker.start()
    found: Counter[str] = Counter()
    for _ in workers:
        found.update(results.get(timeout=120))
    for worker in workers:
        worker.join(30)
    return found


def refused(project: Project) -> int:
    """Calls that reached the stand-in and were refused."""
    return sum(int(row["verdicts"].get("fault", 0)) for row in project.server.app.statistics.as_dict().values())  # type: ignore[attr-defined]


@pytest.fixture
def logged_in(make_project: MakeProject) -> Project:
    """A project with a session of each company, so that what follows are questions only."""
    project = make_project(delivered=False)
    log_in(project)
    return project


def log_in(project: Project) -> None:
    for company in ("nordlys", "fjord"):
        open_ledger(project.loaded, company).fiscal_years()


def test_X09_processes_together_stay_below_calls_per_hour(make_project: MakeProject) -> None:
    project = make_project({"posting": {"calls_per_hour": 24}}, delivered=False)
    log_in(project)
    before = project.calls()
    found = asked_by_processes(project, 20)
    assert project.calls() == 24, "all of the ceiling, and not one call more"
    assert found == {"answered": 24 - before, "limit": 3 * 20 - (24 - before)}


def test_X09_what_the_service_says_is_left_is_shared_by_processes(logged_in: Project) -> None:
    """APILimitRemaining of one answer holds for all: together they use what is left, and no call is wasted on a refusal."""
    logged_in.server.app.conditions.quota.set(20, DAY)
    log_in(logged_in)
    before = logged_in.calls()
    found = asked_by_processes(logged_in, 15)
    assert logged_in.calls() - before == 18
    assert found == {"answered": 18, "limit": 3 * 15 - 18}
    assert refused(logged_in) == 0


def test_X09_the_quarantine_of_one_process_silences_the_others(logged_in: Project) -> None:
    logged_in.server.app.faults.arm({"operation": "GetFiscalYears", "kind": "quota", "seconds": 3600})
    with pytest.raises(NotSent, match="Quarantine ends at"):
        open_ledger(logged_in.loaded, "nordlys").fiscal_years()
    before = logged_in.calls()
    assert asked_by_processes(logged_in, 3) == {"limit": 9}
    assert logged_in.calls() == before, "nobody called while the quarantine lasted"
