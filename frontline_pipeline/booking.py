"""A store-day's vouchers in the light of what is already out.

Belongs here: grouping Z-reports by the document that holds them, so that a late Z or a changed granularity doubles nothing.
Does not: building a voucher (accounting/voucher.py), the posting log itself (posting/log.py), Dagster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from frontline_pipeline.accounting.credit_sales import credit_without
from frontline_pipeline.accounting.mapping import customer_number, customers_by_number
from frontline_pipeline.accounting.model import Finding, Severity, ZReport
from frontline_pipeline.accounting.on_account import NotSeparable, journal_part
from frontline_pipeline.accounting.rules import CAP
from frontline_pipeline.accounting.voucher import VoucherRefused, VoucherSet, build_vouchers
from frontline_pipeline.accounting.voucher_frames import vouchers_to_frames
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.posting import links
from frontline_pipeline.posting.documents import Document
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.settings import StoreProfile


def book(zs: Sequence[ZReport], profile: StoreProfile, log: PostingLog | None = None) -> VoucherSet:
    """Vouchers of a store-day. Z-reports that a live document holds are built as that document was (same Z-reports, same
    granularity), so that equal content compares equal; the rest become new vouchers by today's settings.

    Receipts that go by order are left out (accounting/on_account.py), and so are those that an order holds already, whatever the
    settings say by now. Raises VoucherRefused (Unmapped when a setting is missing).
    """
    try:
        zs = [as_booked(z, profile, log) for z in zs]
    except NotSeparable as refused:
        raise VoucherRefused(str(refused)) from refused
    if log is None:
        return build_vouchers(zs, profile)
    _require_same_customers(zs, profile, log)
    taken, free_keys = log.split_new(profile.company_code, [z.key for z in zs])
    sets: list[VoucherSet] = []
    for document in sorted(set(taken.values()), key=lambda d: d.id):
        mine = [z for z in zs if (holder := taken.get(z.key)) is not None and holder.id == document.id]
        as_posted = build_vouchers(mine, _as_it_was(profile, document))
        sets.append(
            _keyed(as_posted, dict.fromkeys((v.document_key for v in as_posted.vouchers), document.document_key))
        )
    if free_keys or not taken:
        used = {d.document_key for d in taken.values()}
        fresh = build_vouchers([z for z in zs if z.key not in taken], profile)
        sets.append(_keyed(fresh, {v.document_key: _unused(v.document_key, used) for v in fresh.vouchers}))
    return VoucherSet(
        vouchers=tuple(v for s in sets for v in s.vouchers), skipped=tuple(z for s in sets for z in s.skipped)
    )


def as_booked(z: ZReport, profile: StoreProfile, log: PostingLog | None) -> ZReport:
    """The part of a Z-report that stays in the journal, by settings and log. Raises NotSeparable."""
    ordered = _in_orders(z, profile, log)
    return credit_without(journal_part(z, profile, ordered), ordered, profile)


def _require_same_customers(zs: Sequence[ZReport], profile: StoreProfile, log: PostingLog) -> None:
    """Raises VoucherRefused where a customer key that is booked as a number is linked to another customer of 24SevenOffice."""
    masters = profile.company.masterdata
    keys = {key for z in zs for key in customers_by_number(z, profile)}
    if not keys or masters is None or masters.customers is None:
        return
    linked = links.office_ids(log.database, profile.company_code, links.CUSTOMER, keys, profile.customer_prefix)
    other = sorted((key, number) for key, number in linked.items() if number != customer_number(key))
    if other:
        told = ", ".join(f"{key} is customer {number}" for key, number in other[:CAP])
        more = f" and {len(other) - CAP} more" if len(other) > CAP else ""
        raise VoucherRefused(
            f"Customer keys of Frontline are other customers' numbers in 24SevenOffice: {told}{more}. Nothing was posted: a journal takes "
            "the key for the number. Set customer to a collective customer number for the tender, movement or credit sales in question, "
            "or way: order."
        )


def _in_orders(z: ZReport, profile: StoreProfile, log: PostingLog | None) -> set[tuple[str, str]]:
    known = z.receipts.on_account if z.receipts else ()
    if log is None or not known:
        return set()
    return log.receipts_in_orders(profile.company_code, [(each.register, each.receipt_id) for each in known])


def _keyed(vouchers: VoucherSet, keys: Mapping[str, str]) -> VoucherSet:
    return replace(vouchers, vouchers=tuple(replace(v, document_key=keys[v.document_key]) for v in vouchers.vouchers))


def _unused(key: str, used: Collection[str]) -> str:
    """A late Z of a store-day whose voucher is out starts `store/day.2`."""
    number, candidate = 1, key
    while candidate in used:
        number += 1
        candidate = f"{key}.{number}"
    return candidate


def reasons(store: str, day: dt.date, refused: VoucherRefused) -> tuple[Finding, ...]:
    """Why no voucher could be made, as findings; a refusal without any of its own becomes one."""
    return refused.findings or (
        Finding(
            rule="voucher_balances",
            severity=Severity.ERROR,
            blocking=True,
            store=store,
            business_day=day,
            message=str(refused),
            next_step="Nothing was posted. Compare the Z-report with the settings of its accounts.",
        ),
    )


def _as_it_was(profile: StoreProfile, document: Document) -> StoreProfile:
    if document.granularity == profile.store.journal_per:
        return profile
    store = profile.store.model_copy(update={"journal_per": document.granularity})
    return StoreProfile(profile.code, store, profile.company_code, profile.company)


def voucher_bundle(z_reports: Bundle, vouchers: VoucherSet) -> Bundle:
    """The bundle of journal_vouchers, with status and sources of the Z-reports it was made from."""
    return Bundle(
        store=z_reports.store,
        business_day=z_reports.business_day,
        status=z_reports.status,
        frames=vouchers_to_frames(vouchers),
        note=z_reports.note,
        sources=z_reports.sources,
    )
