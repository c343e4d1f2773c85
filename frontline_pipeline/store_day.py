"""One store-day from raw extract to voucher, in one call.

Belongs here: the way of a store-day as a plain function, for the preview, the quality check and history loads; the assets
walk the same steps one by one.
Does not: the steps themselves (frontline/, accounting/), sending (posting/), Dagster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from frontline_pipeline.accounting.model import Finding, Severity, ZKey, ZReport
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.voucher import VoucherRefused, VoucherSet
from frontline_pipeline.accounting.z_statistics import ZStatistics, z_statistics_from
from frontline_pipeline.booking import book, reasons
from frontline_pipeline.continuity import holding
from frontline_pipeline.frames.bundle import Status
from frontline_pipeline.frontline.delivery import MissingExtract, deliver_receipts, deliver_z_reports
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.settings import StoreProfile


class Verdict(StrEnum):
    OK = "ok"
    HELD = "held"
    CLOSED = "closed"
    MISSING = "missing"


@dataclass(frozen=True)
class Walk:
    """What a store-day would become: its verdict, every finding, and the vouchers (none unless the verdict is ok)."""

    store: str
    business_day: dt.date
    verdict: Verdict
    findings: tuple[Finding, ...]
    vouchers: VoucherSet
    note: str = ""
    z_reports: tuple[ZReport, ...] = ()
    statistics: Mapping[ZKey, ZStatistics] = field(default_factory=dict)
    """What a Z counts besides money; only where the store attaches its document."""

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that hold the store-day."""
        return tuple(f for f in self.findings if f.holds)


NOTHING = VoucherSet(vouchers=(), skipped=())


def walk(extracts: Extracts, profile: StoreProfile, day: dt.date, log: PostingLog | None = None) -> Walk:
    """Reads, proves and books one store-day on paper; sends nothing, writes nothing, raises nothing about the data.

    With `log`, Z-reports that are already in a document are booked in that document's form (booking.py).
    """

    def result(verdict: Verdict, findings: tuple[Finding, ...], vouchers: VoucherSet = NOTHING, note: str = "") -> Walk:
        return Walk(profile.code, day, verdict, findings, vouchers, note)

    try:
        raw_z = deliver_z_reports(extracts, profile, day)
        raw_receipts = deliver_receipts(extracts, profile, day)
    except MissingExtract as missing:
        return result(Verdict.MISSING, (), note=str(missing))
    except ExtractError as error:
        return result(Verdict.HELD, (unreadable(profile.code, day, error),))
    if raw_z.status is Status.CLOSED:
        return result(Verdict.CLOSED, (), note=raw_z.note)

    proof = prove_z_reports(raw_z, raw_receipts, profile)
    tie_out = prove_receipts(raw_receipts, proof.z_reports, profile)
    chain = holding(log, profile, raw_z) if log is not None else ()
    findings = (*proof.findings, *tie_out.findings, *chain)
    if any(f.holds for f in findings):
        return result(Verdict.HELD, findings)
    try:
        vouchers = book(proof.z_reports, profile, log)
    except VoucherRefused as refused:
        return result(Verdict.HELD, (*findings, *reasons(profile.code, day, refused)))
    statistics = z_statistics_from(proof.bundle) if profile.store.attach_z_report else {}
    return replace(result(Verdict.OK, findings, vouchers), z_reports=tuple(proof.z_reports), statistics=statistics)


def unreadable(store: str, day: dt.date, error: ExtractError) -> Finding:
    """An extract that cannot be read, as the finding that holds its store-day."""
    return Finding(
        rule="extract_readable",
        severity=Severity.ERROR,
        blocking=True,
        store=store,
        business_day=day,
        message=str(error),
        next_step=error.next_step or "Deliver the extract again.",
        subject=str(error.file) if error.file else None,
        expected=error.expected,
        actual=error.got,
    )
