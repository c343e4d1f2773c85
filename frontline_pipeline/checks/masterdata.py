"""Checks of customers and products: what is held, by key and reason. They do not block: the others go on.

Belongs here: their specs and results.
Does not: decide what is held (masterdata/, posting/twins.py).
"""

from __future__ import annotations

import dagster as dg

from frontline_pipeline.assets.describe_masters import matched_metadata, notes_metadata
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.masters import NOTES
from frontline_pipeline.masters import Kind
from frontline_pipeline.partitions import StorePartitions


def clean_spec(kind: Kind, partitions: StorePartitions) -> dg.AssetCheckSpec:
    """`customers_usable` or `products_usable`."""
    return dg.AssetCheckSpec(
        f"{kind}_usable",
        asset=kind.value,
        description=f"Every one of the {kind} can be sent as it is; the table names keys, rules and fields.",
        partitions_def=partitions.store_days,
    )


def clean_result(kind: Kind, bundle: Bundle) -> dg.AssetCheckResult:
    """Failed with an error when any row is held, with a warning when something was left out or cut."""
    notes = bundle[NOTES.name]
    if notes.empty:
        return dg.AssetCheckResult(check_name=f"{kind}_usable", passed=True)
    held = notes.loc[notes["holds"], "key"].nunique()
    first = notes.sort_values("holds", ascending=False, kind="stable").iloc[0]
    return dg.AssetCheckResult(
        check_name=f"{kind}_usable",
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR if held else dg.AssetCheckSeverity.WARN,
        description=f"{held} held. {kind.one} {first['key']}, {first['field']}: {first['words']}",
        metadata=notes_metadata(bundle),
    )


def matched_spec(kind: Kind, partitions: StorePartitions) -> dg.AssetCheckSpec:
    """`customers_matched` or `products_matched`."""
    return dg.AssetCheckSpec(
        f"{kind}_matched",
        asset=f"matched_{kind}",
        description=f"Every one of the {kind} has its twin in 24SevenOffice; the table names keys and reasons.",
        partitions_def=partitions.store_days,
    )


def matched_result(kind: Kind, bundle: Bundle) -> dg.AssetCheckResult:
    """Failed with an error when any row is held."""
    rows = bundle[kind.value]
    held = rows[rows["state"].eq("held")]
    if held.empty:
        return dg.AssetCheckResult(check_name=f"{kind}_matched", passed=True)
    first = held.iloc[0]
    return dg.AssetCheckResult(
        check_name=f"{kind}_matched",
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(held)} held. {kind.one} {first[kind.matched.key[0]]}: {first['words']}",
        metadata=matched_metadata(kind, bundle),
    )
