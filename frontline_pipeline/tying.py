"""The four sides of a store-day, gathered: what is stored of it, what the posting log knows, what the ledger must be asked.

Belongs here: finding each side, and why one is not there, in words.
Does not: compare them (accounting/tie_out.py), read the ledger (posting/holdings.py), Dagster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import ZKey, ZReport
from frontline_pipeline.accounting.on_account import NotSeparable
from frontline_pipeline.accounting.proof import usable_receipts
from frontline_pipeline.accounting.tie_cells import Cells, order_cells
from frontline_pipeline.accounting.tie_out import TieOut, tie_out
from frontline_pipeline.accounting.tie_receipts import receipt_columns
from frontline_pipeline.accounting.validity import frame_of, readable
from frontline_pipeline.accounting.voucher_frames import vouchers_from_frames
from frontline_pipeline.booking import as_booked
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import Z_FRAMES, Z_REPORTS
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting.holdings import holdings
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.settings import StoreProfile

Read = Callable[[str], Bundle | None]
"""The stored bundle of an asset of this store-day; None when there is none."""


def tie_out_store_day(
    read: Read, profile: StoreProfile, log: PostingLog, ledger: Callable[[], LedgerPort] | None = None
) -> TieOut:
    """The tie-out of a store-day from what is stored of it.

    A held or unposted day shows the sides that exist. `ledger` is called at most once, and only for what the last read-back does
    not say (posting/holdings.py); None asks nobody. Raises nothing about the data.
    """
    missing: dict[str, str] = {}
    zs = _z_reports(read, profile, missing)
    receipts = _receipts(read, profile, missing)
    stored = read("journal_vouchers")
    vouchers = vouchers_from_frames(stored.frames) if stored is not None else None
    notes: list[str] = []
    if stored is None:
        missing["voucher"] = _why_no_voucher(read)
    elif (proven := read("z_reports")) is not None and proven.sources != stored.sources:
        notes.append("the voucher was made from an extract that has changed since")
    keys: list[ZKey] = [z.key for z in zs]
    if vouchers is not None:
        keys += [key for voucher in vouchers.vouchers for key in voucher.z_keys if key not in keys]
    by_order = _by_order(zs, profile, log, notes)
    held = holdings(log, profile.company_code, keys, ledger)
    if not held:
        missing["ledger"] = "nothing of it was sent"
    return tie_out(zs, receipt_columns(receipts), vouchers, held, profile, missing, notes, by_order)


def _z_reports(read: Read, profile: StoreProfile, missing: dict[str, str]) -> tuple[ZReport, ...]:
    """As proven; as delivered where the proof could not read them whole."""
    for name in ("z_reports", "raw_z_reports"):
        bundle = read(name)
        if bundle is None:
            missing["z_report"] = "none was delivered"
        elif bundle.status is Status.CLOSED:
            missing["z_report"] = bundle.note or "closed"
            return ()
        elif not all(readable(frame_of(bundle, spec), spec) for spec in Z_FRAMES[name == "z_reports" :]):
            missing["z_report"] = "its frames cannot be read; see the check frames_valid"
        elif len(frame_of(bundle, Z_REPORTS)):
            missing.pop("z_report", None)
            # Facts of receipts cost time, and only orders and credit sales need them here.
            wanted = bool(profile.orders.kinds) or profile.rules.credit_sales is not None
            receipts = usable_receipts(read("raw_receipts")) if wanted else None
            return z_reports_from(profile.code, bundle, receipts, profile)
    return ()


def _by_order(zs: Iterable[ZReport], profile: StoreProfile, log: PostingLog, notes: list[str]) -> dict[ZKey, Cells]:
    out: dict[ZKey, Cells] = {}
    for z in zs:
        try:
            booked = as_booked(z, profile, log)
        except NotSeparable as why:
            notes.append(str(why).removesuffix("."))
            continue
        if booked is not z:
            out[z.key] = order_cells(z, booked, profile)
    return out


def _receipts(read: Read, profile: StoreProfile, missing: dict[str, str]) -> Bundle | None:
    raw = read("raw_receipts")
    if profile.store.receipts == "none":
        missing["receipts"] = "they are not read, by the store's setting"
        return None
    if raw is None or raw.status is not Status.OK:
        missing["receipts"] = "none were delivered"
    return raw


def _why_no_voucher(read: Read) -> str:
    held = [rule for name in ("z_reports", "receipts") if (found := read(name)) is not None for rule in found.held_by]
    return f"held by {', '.join(dict.fromkeys(held))}" if held else "none was made"
