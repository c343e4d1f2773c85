"""Does the ledger agree? The check `ledger_agrees` on posted_journals, judged from the posting log.

Belongs here: the stand-alone check of a run, and the same verdict reported for every store-day by a read-back.
Does not: reading the ledger or judging it (posting/readback.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterable

import dagster as dg

from frontline_pipeline.checks.reporting import report_check
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
    return report_check(context, ASSET, CHECK, {StoreDay(d.business_day, d.store): _result(d) for d in days})
