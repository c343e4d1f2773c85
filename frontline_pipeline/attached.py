"""The Z-report's document on its voucher, where the store's setting asks for it (scenario D08).

Belongs here: joining the proven Z, its PDF and the upload.
Does not: what the document shows (accounting/z_document.py), the upload (office/attachments.py), when it happens
(posting/attaching.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from frontline_pipeline.accounting.model import Voucher, ZKey, ZReport
from frontline_pipeline.accounting.z_pdf import z_pdf
from frontline_pipeline.accounting.z_statistics import ZStatistics
from frontline_pipeline.office.attachments import Attachments
from frontline_pipeline.posting.attaching import Attach, Stamps
from frontline_pipeline.settings import StoreProfile


def z_documents(
    profile: StoreProfile,
    reports: Sequence[ZReport],
    statistics: Mapping[ZKey, ZStatistics],
    attachments: Callable[[], Attachments],
) -> Attach | None:
    """What uploads the documents of a store-day's vouchers; None where the setting is off. `attachments` is opened only when
    something is to be uploaded."""
    if not profile.store.attach_z_report:
        return None
    by_key = {report.key: report for report in reports}

    def attach(voucher: Voucher) -> Stamps:
        service = attachments()
        numbers, warnings = [], []
        for key in sorted(voucher.z_keys)[: len(voucher.lines)]:
            name = f"Z-{key.register}-{key.z_number}-{voucher.business_day}.pdf"
            pdf, warning = _made(by_key.get(key), profile, statistics.get(key), name)
            if pdf is not None:
                done = service.attach_or_warn(pdf, name)
                warning = done.warning
                numbers += [done.stamp_no] if done.stamp_no else []
            warnings += [warning] if warning else []
        if len(voucher.z_keys) > len(voucher.lines):
            warnings.append(f"more Z-reports than lines: {len(voucher.z_keys) - len(voucher.lines)} documents left out")
        return Stamps(tuple(numbers), tuple(warnings))

    return attach


def _made(
    report: ZReport | None, profile: StoreProfile, statistics: ZStatistics | None, name: str
) -> tuple[bytes | None, str | None]:
    """The PDF, or why there is none: a document that cannot be drawn must not hold a voucher that is right."""
    if report is None:
        return (
            None,
            f"the document {name} could not be made: its Z-report is not at hand; the voucher is sent without it",
        )
    try:
        return z_pdf(report, profile.company.name, profile.company.organisation_number, statistics), None
    except (ArithmeticError, LookupError, TypeError, ValueError, OSError) as error:
        what = f"the document {name} could not be made ({type(error).__name__})"
        return None, f"{what}; the voucher is sent without it"
