"""The ledger read back: one company's month, compared with the posting log.

Belongs here: wiring. Does not: the comparison (posting/readback.py), the check it reports (checks/ledger.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections import Counter
from collections.abc import Sequence

import dagster as dg

from frontline_pipeline.assets.describe import OWNER_BOOKS, calls_metadata, table
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.checks.ledger import report
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.partitions import CompanyMonth, StorePartitions
from frontline_pipeline.posting.readback import Agreement, month_window, read_back
from frontline_pipeline.resources import PostingResource, SettingsResource


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """ledger_readback."""

    @dg.asset(
        partitions_def=partitions.company_months,
        deps=[dg.AssetDep("posted_journals", partition_mapping=partitions.days_to_months)],
        group_name="ledger",
        kinds={"python", "sqlalchemy"},
        owners=[OWNER_BOOKS],
    )
    def ledger_readback(
        context: dg.AssetExecutionContext, settings: SettingsResource, posting: PostingResource
    ) -> dg.MaterializeResult[None]:
        """The company's ledger of a month, read in one call and compared line by line with what was posted; what drifted,
        vanished or doubled turns the check `ledger_agrees` of its store-day red."""
        month = CompanyMonth.from_context(context)
        meter = posting.meter(month.company)
        try:
            found = read_back(
                posting.log(), posting.ledger(month.company), month.company, month.month, run_id=context.run.run_id
            )
        except OfficeError as error:
            raise failure(error.kind, str(error), "Run the read-back again when 24SevenOffice answers.") from error
        stores = [code for code, store in settings.settings.stores.items() if store.company == month.company]
        reported = report(context, posting.log().days(stores, *month_window(month.month)).values())
        told = {**readback_metadata(found), "store_days": dg.MetadataValue.int(reported), **calls_metadata(meter.calls)}
        return dg.MaterializeResult(metadata=told)

    return [ledger_readback]


def readback_metadata(found: Sequence[Agreement]) -> dict[str, dg.MetadataValue]:
    """How many documents agree, and a row for every difference."""
    counts = Counter(a.state.value for a in found)
    columns = ("voucher", "state", "subject", "sent", "ledger")
    return {
        "documents": dg.MetadataValue.int(len(found)),
        "states": dg.MetadataValue.text(", ".join(f"{n} {s}" for s, n in sorted(counts.items())) or "nothing posted"),
        "differences": table(
            [
                {
                    "voucher": a.document.reference,
                    "state": a.state.value,
                    "subject": d.subject,
                    "sent": d.sent,
                    "ledger": d.ledger,
                }
                for a in found
                for d in a.differences
            ],
            columns,
        ),
    }
