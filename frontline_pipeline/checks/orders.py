"""Checks of orders: what is held, by order and rule, and whether each sale on account went exactly one way.

Belongs here: their specs and results; the stand-alone checks `on_account_one_way` and `orders_agree` on posted_orders.
Does not: decide what is held (orders/), judge the ways (ordering.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterable, Iterator

import dagster as dg

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.assets.describe import table
from frontline_pipeline.checks.findings import check_result, findings_table
from frontline_pipeline.checks.reporting import report_check
from frontline_pipeline.one_way import OneWay
from frontline_pipeline.orders.model import OrderHold
from frontline_pipeline.orders.rules import ORDER_RULES
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.posting.judging import judge_orders
from frontline_pipeline.posting.log import DayPosting
from frontline_pipeline.posting.states import State

AGREE = "orders_agree"
ONE_WAY, ASSET = "on_account_one_way", "posted_orders"
READY = "orders_ready"


def order_specs(partitions: StorePartitions) -> list[dg.AssetCheckSpec]:
    """One partitioned check per rule of delivered orders. Only unreadable frames block; a fault holds the order that it names."""
    return [
        dg.AssetCheckSpec(
            name,
            asset="orders",
            blocking=rule.blocking,
            description=rule.description,
            partitions_def=partitions.store_days,
        )
        for name, rule in ORDER_RULES.items()
    ]


def order_results(findings: Iterable[Finding]) -> Iterator[dg.AssetCheckResult]:
    """A result for every rule."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for name in ORDER_RULES:
        yield check_result(name, by_rule.get(name, []))


def ready_spec(partitions: StorePartitions) -> dg.AssetCheckSpec:
    """`orders_ready` on order_documents."""
    return dg.AssetCheckSpec(
        READY,
        asset="order_documents",
        description="Every order of the store-day has its customer, its products and its totals, and may be sent.",
        partitions_def=partitions.store_days,
    )


def ready_result(holds: tuple[OrderHold, ...]) -> dg.AssetCheckResult:
    """Failed with an error when any order is held; the others go on."""
    if not holds:
        return dg.AssetCheckResult(check_name=READY, passed=True)
    return dg.AssetCheckResult(
        check_name=READY,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(holds)} held. {holds[0].message}",
        metadata={"held": holds_table(holds), "what_to_do": dg.MetadataValue.text(holds[0].next_step)},
    )


def holds_table(holds: tuple[OrderHold, ...]) -> dg.TableMetadataValue:
    """Order, rule, why, what to do: keys only."""
    rows = [{"order": h.order_id, "rule": h.rule, "why": h.message, "what_to_do": h.next_step} for h in holds]
    return table(rows, ("order", "rule", "why", "what_to_do"))


def agree_spec(partitions: StorePartitions) -> dg.AssetCheckSpec:
    """`orders_agree` on posted_orders."""
    return dg.AssetCheckSpec(
        AGREE,
        asset=ASSET,
        description="24SevenOffice has each order of the store-day as it was sent, once: by the last read-back.",
        partitions_def=partitions.store_days,
    )


def agree_result(day: DayPosting | None) -> dg.AssetCheckResult:
    """The verdict on a store-day's orders, by the posting log."""
    if day is None:
        return dg.AssetCheckResult(check_name=AGREE, passed=True, description="no order was to be sent")
    gone = any(each.problem_kind == State.MISSING.value for each in day.documents)
    found = judge_orders(State.MISSING if gone and day.state is State.DRAFTED else day.state)
    columns = ("order", "number", "state", "problem")
    rows: list[dict[str, str | int]] = [
        {
            "order": each.reference,
            "number": "" if each.transaction_no is None else str(each.transaction_no),
            "state": each.state.value,
            "problem": each.problem or "",
        }
        for each in day.documents
    ]
    return dg.AssetCheckResult(
        check_name=AGREE,
        passed=found.passed,
        severity=dg.AssetCheckSeverity.ERROR if found.severity == "error" else dg.AssetCheckSeverity.WARN,
        description=found.message,
        metadata={"orders": table(rows, columns)},
    )


def report_orders(context: dg.OpExecutionContext, days: Iterable[DayPosting]) -> int:
    """Reports `orders_agree` for each store-day that this instance has materialised; returns how many."""
    results = {StoreDay(each.business_day, each.store): agree_result(each) for each in days}
    return report_check(context, dg.AssetKey(ASSET), AGREE, results)


def one_way_spec(partitions: StorePartitions) -> dg.AssetCheckSpec:
    """`on_account_one_way` on posted_orders."""
    return dg.AssetCheckSpec(
        ONE_WAY,
        asset=ASSET,
        description="Each receipt on customer account is in the journal or in an order, never in both, never in neither.",
        partitions_def=partitions.store_days,
    )


def one_way_result(found: OneWay) -> dg.AssetCheckResult:
    """Failed when a receipt is in both or in neither; a receipt whose period has not ended yet waits."""
    told = f"{found.receipts} receipts on account: {found.by_journal} by journal, {found.by_order} by order"
    if found.waiting:
        told += f", {found.waiting} wait for their journal or the end of their period"
    if not found.findings:
        return dg.AssetCheckResult(check_name=ONE_WAY, passed=True, description=told)
    return dg.AssetCheckResult(
        check_name=ONE_WAY,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{found.findings[0].message} ({told})",
        metadata={
            "what_to_do": dg.MetadataValue.text(found.findings[0].next_step),
            "findings": findings_table(found.findings),
            "count": len(found.findings),
        },
    )
