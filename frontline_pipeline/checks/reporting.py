"""The result of a stand-alone check, reported for other partitions than that of the run.

Belongs here: the one import from Dagster's inside, and finding what a report must point at.
Does not: what is reported (ledger.py, chain.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Mapping

import dagster as dg

# The one import from Dagster's inside: only an evaluation with its target can be reported for another asset's partition from
# within a run (a runless one fails on the second night). A test runs the read-back twice and asks GraphQL.
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from frontline_pipeline.partitions import StoreDay


def report_check(
    context: dg.AssetExecutionContext | dg.OpExecutionContext,
    asset: dg.AssetKey,
    check: str,
    results: Mapping[StoreDay, dg.AssetCheckResult],
) -> int:
    """Reports a check of `asset` for each store-day that this instance has materialised; returns how many.

    A store-day without a materialisation here (run by another instance) has no row in the UI to show it on.
    """
    by_key = {str(store_day): result for store_day, result in results.items()}
    targets = latest_materialisations(context.instance, asset, set(by_key))
    for key, target in targets.items():
        result = by_key[key]
        # An op's context takes it just as well, though its signature names fewer events.
        context.log_event(
            dg.AssetCheckEvaluation(  # type: ignore[arg-type, unused-ignore]
                asset_key=asset,
                check_name=check,
                passed=result.passed,
                severity=result.severity,
                description=result.description,
                metadata=result.metadata,
                partition=key,
                target_materialization_data=target,
            )
        )
    return len(targets)


def latest_materialisations(
    instance: dg.DagsterInstance, asset: dg.AssetKey, keys: set[str]
) -> dict[str, AssetCheckEvaluationTargetMaterializationData]:
    """The newest materialisation of each of these partitions that has one."""
    found: dict[str, AssetCheckEvaluationTargetMaterializationData] = {}
    cursor: str | None = None
    wanted = sorted(keys)
    while wanted:
        page = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=asset, asset_partitions=wanted), limit=1000, cursor=cursor
        )
        for record in page.records:
            key = record.partition_key
            if key is not None and key not in found:
                found[key] = AssetCheckEvaluationTargetMaterializationData(
                    storage_id=record.storage_id, run_id=record.event_log_entry.run_id, timestamp=record.timestamp
                )
        if not page.has_more or len(found) == len(keys):
            return found
        cursor = page.cursor
    return found
