"""Proven Z-reports and receipts of a store-day.

Belongs here: wiring. Does not: arithmetic (accounting/z_report.py, accounting/receipts.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.proof import prove_z_reports, usable_receipts
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.assets.describe import OWNER_BOOKS, OWNER_DATA, bundle_metadata, verdict, z_metadata
from frontline_pipeline.checks.findings import rule_results, rule_specs
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.resources import SettingsResource

AssetEvents = Iterator[dg.Output[Bundle] | dg.AssetCheckResult]


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """z_reports and receipts, with their blocking checks."""

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name="proof",
        kinds={"pandas", "pandera"},
        owners=[OWNER_DATA, OWNER_BOOKS],
        check_specs=rule_specs("z_reports", partitions),
    )
    def z_reports(
        context: dg.AssetExecutionContext, raw_z_reports: Bundle, raw_receipts: Bundle, settings: SettingsResource
    ) -> AssetEvents:
        """Z-reports of one store-day that add up: tenders, rounding, VAT per rate, mappings; one row per register and Z
        number, amounts in øre."""
        store_day = StoreDay.from_context(context)
        proof = prove_z_reports(raw_z_reports, raw_receipts, settings.profile(store_day.store))
        bundle = with_verdict(proof.bundle, proof.findings)
        yield dg.Output(
            bundle, metadata={**verdict(proof.findings), **bundle_metadata(bundle), **z_metadata(proof.z_reports)}
        )
        yield from rule_results("z_reports", proof.findings)

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name="proof",
        kinds={"pandas", "pandera"},
        owners=[OWNER_DATA, OWNER_BOOKS],
        check_specs=rule_specs("receipts", partitions),
    )
    def receipts(
        context: dg.AssetExecutionContext, raw_receipts: Bundle, z_reports: Bundle, settings: SettingsResource
    ) -> AssetEvents:
        """Receipts that tie out to their Z-report, per tender and VAT rate."""
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        reports = z_reports_from(store_day.store, z_reports, usable_receipts(raw_receipts), profile)
        proof = prove_receipts(raw_receipts, reports, profile)
        bundle = with_verdict(proof.bundle, proof.findings)
        yield dg.Output(bundle, metadata={**verdict(proof.findings), **bundle_metadata(bundle)})
        yield from rule_results("receipts", proof.findings)

    return [z_reports, receipts]


def with_verdict(bundle: Bundle, findings: Sequence[Finding]) -> Bundle:
    """The bundle with the rules that hold it. A blocking check blocks inside its own run only; the verdict goes with the
    frames, so that `journal_vouchers` launched alone later is stopped as well."""
    return replace(bundle, held_by=tuple(dict.fromkeys(f.rule for f in findings if f.holds)))
