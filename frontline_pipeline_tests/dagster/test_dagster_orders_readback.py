"""Orders read back over SOAP: a first request that arrives late makes a second order, and its store-day turns red."""

from __future__ import annotations

import dagster as dg

from frontline_pipeline.partitions import StoreDay
from frontline_pipeline_tests.command.command_kit import at, call
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.dagster.test_dagster_orders import ORDERS, OSLO, deliver_orders, trade
from frontline_pipeline_tests.support import QUIET, Project, check_history, failures, overlaid

MANY = "400"
"""Months back to the store-day, whatever today is."""
CHECK = ("posted_orders", "orders_agree")


def read_back(project: Project, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    job = project.definitions.resolve_job_def("read_orders_back_job")
    form = {"read_orders_back": {"config": {"company": "nordlys", "months": int(MANY)}}}
    return job.execute_in_process(run_config={**QUIET, "ops": form}, instance=instance, raise_on_error=False)


def sent_with_a_late_first_request(project: Project, where: StoreDay, instance: dg.DagsterInstance) -> None:
    """The first request is under way, is looked for, is sent again, and arrives."""
    project.server.app.faults.arm({"operation": "SaveInvoices", "kind": "late_arrival", "seconds": 3600})
    assert not trade(project, where, instance).success
    again = trade(project, where, instance)
    assert again.success, failures(again)


def test_a_second_order_turns_its_store_day_red_until_a_person_mends_it(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project(overlaid(ORDERS, {"posting": {"settle_seconds": 0}}), delivered=False)
    deliver_orders(project, OSLO)
    sent_with_a_late_first_request(project, OSLO, instance)
    calls = project.calls("Invoice.GetInvoices"), project.calls("Invoice.GetOrderSyncList")
    well = read_back(project, instance)
    assert well.success, failures(well)
    assert (project.calls("Invoice.GetInvoices"), project.calls("Invoice.GetOrderSyncList")) == (
        calls[0] + 1,
        calls[1] + 1,
    )
    assert check_history(instance, *CHECK, OSLO)[0] == "SUCCEEDED"

    assert project.server.app.faults.arrive() == 1
    late = read_back(project, instance)
    told = failures(late)["read_orders_back"].description or ""
    assert "2 orders since" in told
    assert "oslo/order/W1/r1: oslo/order/W1/r1: sent one order, ledger has orders" in told
    assert check_history(instance, *CHECK, OSLO)[0] == "FAILED"

    swept = call(*at(project), "sweep", "--months", MANY)
    assert swept.code == 1
    assert f"duplicated  {OSLO.business_day}|oslo  oslo/order/B1/r1" in swept.out
    told = call(*at(project), "sweep", "--months", MANY, "--json").json
    (mine,) = (each for each in told if each["company"] == "nordlys")
    assert {each["state"] for each in mine["orders"]["disagreements"]} == {"duplicated"}
    day = str(OSLO.business_day)
    assert call(*at(project), "status", "--orders", "--from", day, "--to", day).code == 1
