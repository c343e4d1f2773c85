"""Does the ledger agree? The check `ledger_agrees` on posted_journals, judged from the posting log.

Belongs here: the stand-alone check of a run, and the same verdict reported for every store-day by a read-back.
Does not: reading the ledger or judging it (posting/readback.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterable, Mapping

import dagster as dg

# The one import from Dagster's inside: only an evaluation with its target can be reported for another asset's partition from
# within a run (a runless one fails on the second night). A test runs the read-back twice and asks GraphQL.
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationTargetMaterializationData

from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.posting.log import DayPosting
from frontline_pipeline.posting.readback import Judgement, judge
from frontline_pipeline.resources import PostingResource

CHECK, ASSET = "ledger_agrees", dg.AssetKey("posted_journals")


def build(partitions: StorePartitions) -> list[dg.AssetChecksDefinition]:
    """The check that runs with each store-day; the nightly read-back reports the same check for the whole month."""

    @dg.asset_check(
        name=CHECK,
        asset=ASSET,
        partitions_def=partitions.store_days,
        description="The ledger holds exactly what was posted: verified by read-back; WARN for drafts and until it is read back.",
    )
    def ledger_agrees(context: dg.AssetCheckExecutionContext, posting: PostingResource) -> dg.AssetCheckResult:
        store_day = StoreDay.from_context(context)
        return _result(posting.log().day(store_day.store, store_day.business_day))

    return [ledger_agrees]


def _result(day: DayPosting | None) -> dg.AssetCheckResult:
    if day is None:
        return dg.AssetCheckResult(passed=True, description="nothing was to be posted")
    judgement = judge(day.state)
    return dg.AssetCheckResult(
        passed=judgement.passed,
        severity=_severity(judgement),
        description=judgement.message,
        metadata=_metadata(day),
    )


def _severity(judgement: Judgement) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if judgement.severity == "error" else dg.AssetCheckSeverity.WARN


def _metadata(day: DayPosting) -> dict[str, dg.MetadataValue]:
    return {
        "documents": dg.MetadataValue.table(
            records=[
                dg.TableRecord(
                    {
                        "reference": d.reference,
                        "number": "" if d.transaction_no is None else str(d.transaction_no),
                        "state": d.state.value,
                        "problem": d.problem or "",
                    }
                )
                for d in day.documents
            ],
            schema=dg.TableSchema(columns=[dg.TableColumn(c) for c in ("reference", "number", "state", "problem")]),
        )
    }


def report(context: dg.AssetExecutionContext | dg.OpExecutionContext, days: Iterable[DayPosting]) -> int:
    """Reports `ledger_agrees` for each store-day that this instance has materialised; returns how many.

    A store-day without a materialisation here (posted by another instance) has no row in the UI to show it on.
    """
    by_key = {str(StoreDay(d.business_day, d.store)): d for d in days}
    targets = _latest_materialisations(context.instance, set(by_key))
    for key, target in targets.items():
        day = by_key[key]
        judgement = judge(day.state)
        # An op's context takes it just as well, though its signature names fewer events.
        context.log_event(
            dg.AssetCheckEvaluation(  # type: ignore[arg-type, unused-ignore]
                asset_key=ASSET,
                check_name=CHECK,
                passed=judgement.passed,
                severity=_severity(judgement),
                description=judgement.message,
                metadata=_metadata(day),
                partition=key,
                target_materialization_data=target,
            )
        )
    return len(targets)


def _latest_materialisations(
    instance: dg.DagsterInstance, keys: set[str]
) -> Mapping[str, AssetCheckEvaluationTargetMaterializationData]:
    found: dict[str, AssetCheckEvaluationTargetMaterializationData] = {}
    cursor: str | None = None
    wanted = sorted(keys)
    while wanted:
        page = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=ASSET, asset_partitions=wanted), limit=1000, cursor=cursor
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
