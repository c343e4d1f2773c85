"""Where each receipt on account went: into the journal that is out, into an order that was sent, and exactly one of the two.

Belongs here: what a store-day's Z-reports and receipts say of sales on account, which of them a journal that is out holds, the check
`on_account_one_way`.
Does not: which way the settings send a receipt (accounting/on_account.py), making orders (ordering.py), Dagster (checks/).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import Finding, OnAccount, Severity, Voucher, VoucherLine, ZKey, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.booking import book
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.orders.period import Period, period_of
from frontline_pipeline.posting.documents import Document
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import content_hash, read_payload
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
    out = [each for each in facts.on_account if each.by_order]
    if not out:
        return None
    inside = any(not each.outside for each in out)
    journals = _journals(facts, profile, log)
    if inside and journals.refused:
        return journals.refused
    # Credit sales are in no journal but one that was made by ledger.credit_sales.
    for document in (journals.out[key] for key in sorted(journals.changed if inside else journals.credit)):
        return (
            f"the journal {document.reference} of {facts.day} is out with other content than the settings say now, so its sales "
            "on account may be in it; run `frontline correct` for that day first"
        )
    return None


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
    journals = _journals(facts, profile, log)
    settings = profile.orders.from_sales
    period = period_of(facts.day, settings.every) if settings is not None else None
    findings: list[Finding] = []
    journal = order = waiting = 0
    for z in facts.z_reports:
        for receipt in z.receipts.on_account if z.receipts else ():
            in_order = (receipt.register, receipt.receipt_id) in ordered
            left_out = receipt.by_order or in_order
            holding = journals.credit if receipt.outside else journals.out
            in_journal = z.key in holding and (not left_out or z.key in journals.changed)
            journal += in_journal
            order += in_order
            if in_journal and in_order:
                findings.append(_both(facts.day, profile, receipt))
            elif not in_journal and not in_order:
                if _waits(receipt, z, journals, period, facts.day):
                    waiting += 1
                else:
                    findings.append(_neither(facts.day, profile, receipt, period))
    return OneWay(len(receipts), journal, order, waiting, tuple(findings))


def _waits(receipt: OnAccount, z: ZReport, journals: _Journals, period: Period | None, day: dt.date) -> bool:
    """Whether its order waits for the end of the period, or it for a journal that is to come."""
    if receipt.by_order:
        return period is not None and period.last != day
    return not receipt.outside or (z.credit is not None and z.key not in journals.out)


@dataclass(frozen=True, slots=True)
class _Journals:
    """The journals of a store-day that are out, by Z-report."""

    out: Mapping[ZKey, Document]
    changed: frozenset[ZKey]
    """With other content than receipts and settings give: what such a journal holds can't be told."""
    credit: frozenset[ZKey]
    """That hold, or may hold, the Z-report's credit sales."""
    refused: str
    """Why no journal can be made by the settings of now."""


def _journals(facts: Facts, profile: StoreProfile, log: PostingLog) -> _Journals:
    taken, _ = log.split_new(profile.company_code, [z.key for z in facts.z_reports])
    out = {key: document for key, document in taken.items() if document.state in IN_LEDGER}
    refused, wanted = "", dict[str, Voucher]()
    try:
        wanted = {voucher.document_key: voucher for voucher in book(facts.z_reports, profile, log).vouchers}
    except VoucherRefused as why:
        refused = str(why)
    changed, credit = set[ZKey](), set[ZKey]()
    for key, document in out.items():
        voucher = wanted.get(document.document_key)
        if voucher is None or content_hash(voucher) != document.content_hash:
            changed.add(key)
        if _holds_credit(document, voucher, profile):
            credit.add(key)
    return _Journals(out, frozenset(changed), frozenset(credit), refused)


def _holds_credit(document: Document, voucher: Voucher | None, profile: StoreProfile) -> bool:
    """Whether a journal that is out holds credit sales, by what customers owe in it; `voucher`: as the settings of now make it."""
    lines = voucher.lines if voucher is not None else ()
    stored = Counter(
        (line["account"], line["customer"], line["amount"])
        for line in read_payload(document.payload, document.reference)["lines"]
        if line["customer"] is not None
    )
    if profile.rules.credit_sales is not None:
        due = _owed(line for line in lines if line.role == "credit")
        return bool(due) and due <= stored
    # Not by journal now: what is owed there beyond this may be of credit sales that went by journal then.
    return bool(stored - _owed(lines))


def _owed(lines: Iterable[VoucherLine]) -> Counter[tuple[int, int, Ore]]:
    return Counter((line.account, line.customer_id, line.amount) for line in lines if line.customer_id is not None)


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
    if receipt.by_order:
        step = f"Mend what holds its order (order_documents, posted_orders){last}."
    elif profile.rules.credit_sales is not None:
        step = f"Run `frontline correct --store {profile.code} --day {day} --reason ...`: the new journal books it."
    else:
        step = "Set orders.from_sales, so that credit sales become orders, or ledger.credit_sales, so that the journal books them; or book it by hand."
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
