"""Customers and products of a store-day: as delivered, cleaned, matched with 24SevenOffice, their keys returned.

Belongs here: wiring. Does not: cleaning and matching (masterdata/), one twin per key (posting/twins_walk.py), files of keys (frontline/).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterator

import dagster as dg

from frontline_pipeline.assets.describe import OWNER_BOOKS, OWNER_DATA, bundle_metadata, calls_metadata
from frontline_pipeline.assets.describe_masters import keys_metadata, matched_metadata, notes_metadata
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.checks.masterdata import clean_result, clean_spec, matched_result, matched_spec
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frontline.delivery_master import deliver_master
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.masters import Kind, clean, find_twins, return_keys
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.resources import PostingResource, SettingsResource

AssetEvents = Iterator[dg.Output[Bundle] | dg.AssetCheckResult]
GROUP = "masterdata"


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """raw_, the cleaned, matched_ and keys assets of customers and of products."""
    return [asset for kind in (Kind.CUSTOMERS, Kind.PRODUCTS) for asset in _chain(partitions, kind)]


def _chain(partitions: StorePartitions, kind: Kind) -> list[dg.AssetsDefinition]:
    one = kind.one

    @dg.asset(
        name=f"raw_{kind}",
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"pandas", "parquet"},
        owners=[OWNER_DATA],
        description=f"{kind.title()} as delivered with the store-day; status `not_delivered` when none came, which is no fault.",
    )
    def raw(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.Output[Bundle]:
        store_day = StoreDay.from_context(context)
        try:
            bundle = deliver_master(settings.extracts(), store_day.store, store_day.business_day, kind.value)
        except ExtractError as error:
            raise failure("unreadable", str(error), error.next_step) from error
        return dg.Output(bundle, metadata=bundle_metadata(bundle))

    @dg.asset(
        name=kind.value,
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"pandas", "pandera"},
        owners=[OWNER_DATA],
        ins={"delivered": dg.AssetIn(f"raw_{kind}")},
        check_specs=[clean_spec(kind, partitions)],
        description=f"{kind.title()} as they would be sent: numbers normalised, texts cut to 24SevenOffice's lengths, unusable ones held.",
    )
    def cleaned(context: dg.AssetExecutionContext, delivered: Bundle, settings: SettingsResource) -> AssetEvents:
        store_day = StoreDay.from_context(context)
        bundle = clean(kind, delivered, settings.profile(store_day.store))
        yield dg.Output(bundle, metadata={**notes_metadata(bundle), **bundle_metadata(bundle)})
        yield clean_result(kind, bundle)

    @dg.asset(
        name=f"matched_{kind}",
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"python", "sqlalchemy"},
        owners=[OWNER_DATA, OWNER_BOOKS],
        ins={"rows": dg.AssetIn(kind.value)},
        check_specs=[matched_spec(kind, partitions)],
        description=f"{kind.title()} with their twins in 24SevenOffice: found by link, key or number, or made there, each {one} once. "
        "What is ambiguous or inactive there is held and named; the others go on.",
    )
    def matched(
        context: dg.AssetExecutionContext, rows: Bundle, settings: SettingsResource, posting: PostingResource
    ) -> AssetEvents:
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        meter = posting.meter(profile.company_code)
        try:
            bundle, warnings = find_twins(
                kind, rows, profile, posting.twins(profile.company_code, context.run.run_id), posting
            )
        except PostingError as error:
            raise failure(error.kind, error.message, error.next_step) from error
        except OfficeError as error:
            raise failure(
                error.kind,
                str(error),
                f"run {store_day} again; what may have been made is found by its key, never made twice",
            ) from error
        for warning in warnings:
            context.log.warning(warning)
        yield dg.Output(
            bundle,
            metadata={**matched_metadata(kind, bundle), **bundle_metadata(bundle), **calls_metadata(meter.calls)},
        )
        yield matched_result(kind, bundle)

    @dg.asset(
        name=f"{one}_keys",
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"python", "csv"},
        owners=[OWNER_DATA],
        ins={"rows": dg.AssetIn(f"matched_{kind}")},
        output_required=True,
        description=f"Keys returned to Frontline: {one}, id and number in 24SevenOffice, how and when; per store-day and as a running whole.",
    )
    def keys(
        context: dg.AssetExecutionContext, rows: Bundle, settings: SettingsResource, posting: PostingResource
    ) -> dg.MaterializeResult[None]:
        store_day = StoreDay.from_context(context)
        try:
            returned = return_keys(kind, rows, settings.profile(store_day.store), settings.loaded, posting.log())
        except ExtractError as error:
            raise failure("keys_not_written", str(error), error.next_step) from error
        return dg.MaterializeResult(metadata=keys_metadata(returned))

    return [raw, cleaned, matched, keys]
