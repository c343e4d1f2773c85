"""Raw extracts of a store-day, as Frontline delivered them.

Belongs here: wiring. Does not: the decision delivered, closed or missing (frontline/delivery.py), reading (frontline/).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import dagster as dg

from frontline_pipeline.assets.describe import OWNER_DATA, bundle_metadata
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frontline.delivery import MissingExtract, deliver_receipts, deliver_z_reports
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.resources import SettingsResource


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """raw_z_reports and raw_receipts."""

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name="extract",
        kinds={"pandas", "parquet"},
        owners=[OWNER_DATA],
    )
    def raw_z_reports(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.Output[Bundle]:
        """Z-reports (dagsoppgjør) of one store-day as delivered: totals, VAT, tenders, movements, counts. Fails when an open
        day has no extract; a closed day is an empty bundle with status `closed`."""
        store_day = StoreDay.from_context(context)
        try:
            bundle = deliver_z_reports(settings.extracts(), settings.profile(store_day.store), store_day.business_day)
        except MissingExtract as missing:
            raise failure("missing", str(missing), missing.next_step) from missing
        except ExtractError as error:
            raise failure("unreadable", str(error), error.next_step) from error
        return dg.Output(bundle, metadata=bundle_metadata(bundle))

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name="extract",
        kinds={"pandas", "parquet"},
        owners=[OWNER_DATA],
    )
    def raw_receipts(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.Output[Bundle]:
        """Receipts of the store-day's Z-reports as delivered, with lines, VAT and payments; status `not_delivered` when the
        extract holds none. Void and training receipts are left out."""
        store_day = StoreDay.from_context(context)
        try:
            bundle = deliver_receipts(settings.extracts(), settings.profile(store_day.store), store_day.business_day)
        except ExtractError as error:
            raise failure("unreadable", str(error), error.next_step) from error
        return dg.Output(bundle, metadata=bundle_metadata(bundle))

    return [raw_z_reports, raw_receipts]


def failure(kind: str, message: str, next_step: str) -> dg.Failure:
    """A permanent failure: repeating it changes nothing until a person acts."""
    return dg.Failure(
        description=message,
        metadata={"kind": kind, "what_to_do": dg.MetadataValue.md(next_step)},
        allow_retries=False,
    )
