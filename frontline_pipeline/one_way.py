"""Sales on customer account, one way each: what may go by order, and whether each receipt went by journal or by order.

Belongs here: what the posting log's journals and orders say of a store-day's receipts on account; the check that each went exactly
one way.
Does not: make orders (ordering.py, orders/), the settings' way of a receipt (accounting/on_account.py), Dagster (checks/orders.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import Finding, OnAccount, Severity, ZKey, ZReport
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.booking import book
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.orders.build import Built
from frontline_pipeline.orders.model import OrderHold
from frontline_pipeline.orders.period import Period, period_of
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import content_hash
from frontline_pipeline.posting.states import IN_LEDGER
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True)
class Facts:
    """What was made of a store-day's Z-reports and receipts, for orders from sales."""

    day: dt.date
    z_reports: tuple[ZReport, ...]
    receipts: Bundle = field(repr=False)

    @property
    def on_account(self) -> tuple[OnAccount, ...]:
        """Its receipts on customer account."""
        return tuple(each for z in self.z_reports if z.receipts for each in z.receipts.on_account)


def facts_of(profile: StoreProfile, day: dt.date, z_reports: Bundle, receipts: Bundle) -> Facts:
    """Z-reports and receipts of a proven store-day."""
    if z_reports.status is not Status.OK:
        return Facts(day, (), receipts)
    return Facts(day, z_reports_from(profile.code, z_reports, receipts, profile), receipts)


def journal_holds(facts: Facts, profile: StoreProfile, log: PostingLog) -> str | None:
    """Whether a journal that is out holds receipts which the settings would send as orders now; in words."""
    out = [each for each in facts.on_account if each.by_order and not each.outside]
    if not out:
        return None
    try:
        vouchers = book(facts.z_reports, profile, log).vouchers
    except VoucherRefused as refused:
        return str(refused)
    taken, _ = log.split_new(profile.company_code, [z.key for z in facts.z_reports])
    wanted = {voucher.document_key: content_hash(voucher) for voucher in vouchers}
    for document in {each.id: each for each in taken.values()}.values():
        if document.state in IN_LEDGER and wanted.get(document.document_key) != document.content_hash:
            return (
                f"the journal {document.reference} of {facts.day} is out with other content than the settings say now, so its sales "
                "on account may be in it; run `frontline correct` for that day first"
            )
    return None


def without_clashes(
    built: Built, today: Facts | None, named: set[tuple[str, str]], in_journal: str | None
) -> tuple[Built, list[OrderHold]]:
    """Delivered orders that name a receipt which the journal books, or of which that is not known yet: held, or the revenue could
    be there twice. `in_journal`: why the journal that is out may hold what the settings send as orders by now."""
    by_order = {(each.register, each.receipt_id): each.by_order for each in today.on_account} if today else {}
    if in_journal is not None:
        by_order = {}
    clash = [key for key in sorted(named) if not by_order.get(key, False)]
    if not clash or built.receipts.empty:
        return built, []
    keys = {
        key: (register, receipt)
        for key, register, receipt in zip(
            built.receipts["document_key"], built.receipts["register"], built.receipts["receipt_id"], strict=True
        )
        if (register, receipt) in clash
    }
    holds = [
        OrderHold(
            str(order_id),
            "one_way",
            f"Order {order_id} names receipt {keys[key][1]} on register {keys[key][0]}, which the journal of this store-day books, or which "
            f"is not proven yet: its revenue could be there twice.{f' ({in_journal}.)' if in_journal else ''}",
            "Materialise z_reports and receipts of the store-day, set way: order for the tender that the receipt was paid with, or let Frontline deliver the order without the receipt.",
        )
        for key, order_id in zip(built.documents["document_key"], built.documents["order_id"], strict=True)
        if key in keys
    ]
    left = [~frame["document_key"].isin(list(keys)) for frame in (built.documents, built.rows, built.receipts)]
    return (
        replace(
            built,
            documents=built.documents[left[0]].reset_index(drop=True),
            rows=built.rows[left[1]].reset_index(drop=True),
            receipts=built.receipts[left[2]].reset_index(drop=True),
        ),
        holds,
    )


@dataclass(frozen=True, slots=True)
class OneWay:
    """How the receipts on account of a store-day went: findings where not exactly one way, and what still waits for its period."""

    receipts: int
    by_journal: int
    by_order: int
    waiting: int
    findings: tuple[Finding, ...]


def one_way(facts: Facts | None, profile: StoreProfile, log: PostingLog) -> OneWay:
    """Of each receipt on account of a store-day: is it in the journal that is out, in an order that was sent, or in both or
    neither? Judged by the posting log, not by the settings (scenario A14). A store-day that is not proven says nothing."""
    if facts is None:
        return OneWay(0, 0, 0, 0, ())
    receipts = facts.on_account
    ordered = log.receipts_in_orders(profile.company_code, [(r.register, r.receipt_id) for r in receipts])
    out, changed = _journals(facts, profile, log)
    settings = profile.orders.from_sales
    period = period_of(facts.day, settings.every) if settings is not None else None
    findings: list[Finding] = []
    journal = order = waiting = 0
    for z in facts.z_reports:
        for receipt in z.receipts.on_account if z.receipts else ():
            in_order = (receipt.register, receipt.receipt_id) in ordered
            left_out = receipt.by_order or in_order
            doubtful = z.key in changed
            in_journal = not receipt.outside and z.key in out and (not left_out or doubtful)
            journal += in_journal
            order += in_order
            if in_journal and in_order:
                findings.append(_both(facts.day, profile, receipt))
            elif not in_journal and not in_order:
                open_period = receipt.by_order and period is not None and period.last != facts.day
                if open_period or (not receipt.by_order and not receipt.outside):
                    waiting += 1
                else:
                    findings.append(_neither(facts.day, profile, receipt, period))
    return OneWay(len(receipts), journal, order, waiting, tuple(findings))


def _journals(facts: Facts, profile: StoreProfile, log: PostingLog) -> tuple[set[ZKey], set[ZKey]]:
    """Z-reports whose journal is out; and those of them with other content than receipts and settings give: what such a journal
    holds can't be told."""
    taken, _ = log.split_new(profile.company_code, [z.key for z in facts.z_reports])
    out = {key: document for key, document in taken.items() if document.state in IN_LEDGER}
    try:
        vouchers = book(facts.z_reports, profile, log).vouchers
    except VoucherRefused:
        return set(out), set(out)
    wanted = {voucher.document_key: content_hash(voucher) for voucher in vouchers}
    return set(out), {key for key, doc in out.items() if wanted.get(doc.document_key) != doc.content_hash}


def _both(day: dt.date, profile: StoreProfile, receipt: OnAccount) -> Finding:
    return _finding(
        day,
        profile,
        receipt,
        f"Receipt {receipt.receipt_id} on register {receipt.register} ({display(receipt.amount)} on account) is in an order that was "
        "sent, and may be in the journal that is out too: its revenue is there twice.",
        f"Run `frontline correct --store {profile.code} --day {day} --reason ...`: the new journal leaves the receipt out.",
        "one way",
        "order and journal",
    )


def _neither(day: dt.date, profile: StoreProfile, receipt: OnAccount, period: Period | None) -> Finding:
    last = f" and materialise {period.last}|{profile.code}" if period is not None else ""
    step = (
        f"Mend what holds its order (order_documents, posted_orders){last}."
        if receipt.by_order
        else "Set orders.from_sales, so that credit sales become orders, or book it by hand."
    )
    return _finding(
        day,
        profile,
        receipt,
        f"Receipt {receipt.receipt_id} on register {receipt.register} ({display(receipt.amount)} on account) is in no journal and in no "
        "order that was sent: its revenue is nowhere.",
        step,
        "one way",
        "none",
    )


def _finding(
    day: dt.date, profile: StoreProfile, receipt: OnAccount, message: str, step: str, expected: str, actual: str
) -> Finding:
    return Finding(
        rule="on_account_one_way",
        severity=Severity.ERROR,
        blocking=False,
        store=profile.code,
        business_day=day,
        message=message,
        next_step=step,
        register=receipt.register,
        subject=receipt.receipt_id,
        expected=expected,
        actual=actual,
    )
