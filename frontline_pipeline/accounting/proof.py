"""Proof of a store-day's Z-reports: raw frames in, proven frames and findings out.

Belongs here: running all rules over the Z-reports of one bundle, and making the proven frames.
Does not: the rules themselves (z_report.py, z_vat.py, mapping.py), proof of receipts (receipts.py), Dagster's checks (checks/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from frontline_pipeline.accounting.credit_sales import rule_credit_sales_apart, rule_credit_sales_proven
from frontline_pipeline.accounting.currency import rule_currency_converted
from frontline_pipeline.accounting.diagnosis import with_causes
from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.mapping import rule_everything_mapped
from frontline_pipeline.accounting.model import Finding, ZKey, ZReport
from frontline_pipeline.accounting.rules import FIX_AT_SOURCE, make_finding
from frontline_pipeline.accounting.validity import Failure, failures, findings, frame_of, readable
from frontline_pipeline.accounting.z_report import (
    rule_article_groups_sum,
    rule_business_day_agrees,
    rule_rounding_known,
    rule_rounding_only_with_cash,
    rule_z_balances,
    rule_z_unique,
)
from frontline_pipeline.accounting.z_vat import (
    rule_lines_estimated,
    rule_vat_base_is_net,
    rule_vat_matches_rate,
    rule_vat_rate_valid,
    rule_vat_sums_to_sales,
)
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.gate import require
from frontline_pipeline.frames.proven import PROVEN_Z_FRAMES, PROVEN_Z_REPORTS
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES, Z_REPORTS
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True)
class Proof:
    """Proven frames, the Z-reports as objects, and what is wrong or odd."""

    bundle: Bundle
    z_reports: tuple[ZReport, ...]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """True when a finding keeps the store-day from being posted."""
        return any(finding.holds for finding in self.findings)

    def of(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(finding for finding in self.findings if finding.rule == rule)


def prove_z_reports(raw_z: Bundle, raw_receipts: Bundle | None, profile: StoreProfile) -> Proof:
    """All rules of the asset `z_reports` over one store-day; frames that can't be read give `frames_valid` findings and no Z.

    Receipts supply rounding, line counts and gross per rate where they were delivered and are valid; their own proof is
    `prove_receipts`. A closed day is proven by having no Z-report.
    """
    if raw_z.status is not Status.OK:
        empty = {spec.name: spec.empty() for spec in PROVEN_Z_FRAMES}
        return Proof(replace(raw_z, frames=empty), (), ())
    broken = failures(raw_z, Z_FRAMES)
    found = findings(
        # The same Z twice is z_unique's to report.
        [f for f in broken if not (f.frame == Z_REPORTS.name and f.duplicate)],
        "frames_valid",
        raw_z,
        "Nothing was posted. The extract breaks the contract; correct it at its source and import it again.",
    )
    if any(failure.structural for failure in broken):
        empty = {spec.name: spec.empty() for spec in PROVEN_Z_FRAMES}
        return Proof(replace(raw_z, frames=empty), (), tuple(found))
    receipts = usable_receipts(raw_receipts)
    zs = z_reports_from(raw_z.store, raw_z, receipts, profile)
    found += _strangers(raw_z, zs)
    found += prove(zs, profile)
    found = with_causes(found, zs, profile, receipts)
    frames = _proven_frames(raw_z, zs)
    if not any(finding.holds for finding in found):
        # A held day's frames may repeat a key; nothing is made of them.
        for spec in PROVEN_Z_FRAMES:
            require(frames[spec.name], spec)
    return Proof(replace(raw_z, frames=frames), zs, tuple(found))


def prove(zs: tuple[ZReport, ...], profile: StoreProfile) -> list[Finding]:
    """All rules over Z-reports that are already objects, in the order of the Z-reports."""
    found = rule_z_unique(zs)
    for z in zs:
        found += rule_z_balances(z, profile)
        found += rule_rounding_known(z, profile)
        found += rule_rounding_only_with_cash(z, profile)
        found += rule_vat_sums_to_sales(z)
        found += rule_vat_matches_rate(z, profile)
        found += rule_vat_base_is_net(z, profile)
        found += rule_vat_rate_valid(z)
        found += rule_everything_mapped(z, profile)
        found += rule_currency_converted(z)
        found += rule_article_groups_sum(z)
        found += rule_business_day_agrees(z, profile)
        found += rule_credit_sales_apart(z, profile)
        found += rule_credit_sales_proven(z, profile)
        found += rule_lines_estimated(z, profile)
    return found + rule_open_as_planned(zs, profile)


def rule_open_as_planned(zs: Sequence[ZReport], profile: StoreProfile) -> list[Finding]:
    """Takings on a day on which the calendar has the store closed are processed, with a WARN (ARCHITECTURE)."""
    if not zs:
        return []
    day = zs[0].business_day
    reason = profile.store.calendar.closed_because(day)
    if reason is None:
        return []
    return [
        make_finding(
            "open_as_planned",
            profile.code,
            day,
            f"{profile.code} has {len(zs)} Z-report{'s' * (len(zs) > 1)} on {day}, when it should be closed ({reason}).",
            f"Check the business day. If the store was open, add {day} to stores.{profile.code}.calendar.open_dates.",
            expected="closed",
            actual=f"{len(zs)} Z",
        )
    ]


def usable_receipts(receipts: Bundle | None) -> Bundle | None:
    """The receipts when their frames can be read; None otherwise (rule `receipts_valid` then says why)."""
    if receipts is None or receipts.status is not Status.OK:
        return None
    return receipts if all(readable(frame_of(receipts, spec), spec) for spec in RECEIPT_FRAMES) else None


def _strangers(bundle: Bundle, zs: Sequence[ZReport]) -> list[Finding]:
    """Rows of a Z-report that z_reports lacks, and Z-reports of another day than the store-day."""
    known = {z.key for z in zs}
    found: list[Failure] = []
    for spec in Z_FRAMES[1:]:
        frame = frame_of(bundle, spec)
        pairs = frame[["register", "z_number"]].drop_duplicates()
        keys = {ZKey(str(r), str(z)) for r, z in zip(pairs["register"], pairs["z_number"], strict=True)}
        for key in sorted(keys - known):
            words = f"{spec.name} has rows of Z {key.z_number} on register {key.register}, which z_reports lacks."
            found.append(Failure(spec.name, words, False, False, key.register, key.z_number))
    for z in zs:
        if z.business_day != bundle.business_day:
            words = (
                f"Z {z.z_number} on register {z.register} has business day {z.business_day}, "
                f"but stands in the extract of {bundle.business_day}."
            )
            found.append(Failure(Z_REPORTS.name, words, False, False, z.register, z.z_number))
    return findings(found, "frames_valid", bundle, FIX_AT_SOURCE)


def _proven_frames(raw: Bundle, zs: Sequence[ZReport]) -> dict[str, pd.DataFrame]:
    frames = {spec.name: frame_of(raw, spec) for spec in Z_FRAMES}
    heads = frames[Z_REPORTS.name]
    by_key = {z.key: z for z in zs}
    mine = [by_key[ZKey(str(r), str(n))] for r, n in zip(heads["register"], heads["z_number"], strict=True)]
    frames[Z_REPORTS.name] = PROVEN_Z_REPORTS.conform(
        heads.assign(
            rounding=pd.Series([z.rounding or 0 for z in mine], index=heads.index, dtype="int64"),
            rounding_source=pd.Series([z.rounding_source.value for z in mine], index=heads.index, dtype="str"),
        )
    )
    return frames
