"""Sales on customer account, one way each: what may go by order, and whether each receipt went by journal or by order.

Belongs here: what the posting log's journals and orders say of a store-day's receipts on account; the check that each went exactly
one way.
Does not: make orders (ordering.py, orders/), the settings' way of a receipt (accounting/on_account.py), Dagster (checks/orders.py).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from frontline_pipeline.accounting.credit_sales import receipts_short
from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import Finding, OnAccount, Severity, Voucher, VoucherLine, ZKey, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.booking import book
from frontline_pipeline.continuity import holding
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.orders.build import Built
from frontline_pipeline.orders.model import OrderHold
from frontline_pipeline.orders.period import Period, period_of
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.payload import content_hash, read_payload
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True)
class Facts:
    """What was made of a store-day's Z-reports and receipts, for orders from sales."""

    day: dt.date
    z_reports: tuple[ZReport, ...]
    receipts: Bundle = field(repr=False)
    gap: str | None = None
    """Why the store-day is held though it is proven: its Z-reports do not continue their chain (`hold_on_gap`)."""

    @property
    def on_account(self) -> tuple[OnAccount, ...]:
        """Its receipts on customer account."""
        return tuple(each for z in self.z_reports if z.receipts for each in z.receipts.on_account)

    def lacking(self, profile: StoreProfile) -> list[tuple[ZReport, str]]:
        """Z-reports whose credit sales become orders and whose credit receipts are not what they state, with why."""
        if profile.orders.from_sales is None:
            return []
        return [(z, short) for z in self.z_reports if (short := receipts_short(z)) is not None]


def facts_of(profile: StoreProfile, day: dt.date, z_reports: Bundle, receipts: Bundle, log: PostingLog) -> Facts:
    """Z-reports and receipts of a proven store-day."""
    if z_reports.status is not Status.OK:
        return Facts(day, (), receipts)
    broken = holding(log, profile, z_reports)
    gap = broken[0].message if broken else None
    return Facts(day, z_reports_from(profile.code, z_reports, receipts, profile), receipts, gap)


def journal_holds(facts: Facts, profile: StoreProfile, log: PostingLog) -> str | None:
    """Why receipts which the settings send as orders now may be in a journal: one that is out, or may be, with other content than
    receipts and settings give; in words. None when they are in none."""
    out = [each for each in facts.on_account if each.by_order]
    if not out:
        return None
    inside = any(not each.outside for each in out)
    journals, refused = _journals(facts, profile, log)
    if inside and refused:
        return refused
    for _, journal in sorted(journals.items()):
        # Credit sales are in no journal but one that was made by ledger.credit_sales.
        if journal.doubtful if inside else journal.credit:
            where, step = _standing(journal.document, facts.day)
            return (
                f"the journal {journal.document.reference} of {facts.day} {where} with other content than the settings say now, so its "
                f"sales on account may be in it; {step}"
            )
    return None


def _standing(journal: Document, day: dt.date) -> tuple[str, str]:
    """Where a journal with other content stands, and what makes it let go of its receipts."""
    if journal.state in IN_LEDGER:
        return "is out", "run `frontline correct` for that day first"
    if journal.state in UNDECIDED:
        return (
            f"may be out (it is {journal.state}: what became of it is not known)",
            f"materialise posted_journals of {day}|{journal.store} first, which looks for it",
        )
    if journal.state is State.PLANNED:
        words = (
            f"materialise posted_journals of {day}|{journal.store} first, which looks for it and sends it as it is now"
        )
        return "was sent before, and may yet arrive,", words
    if journal.state is State.SKIPPED:
        words = (
            f"`frontline resume {journal.reference} --reason ...` takes that back, so that it is made anew without them"
        )
        return "was skipped by a person", words
    if journal.state is State.ROLLED_BACK:
        return "was rolled back", "`frontline release` lets it be made anew without them"
    return (
        f"is {journal.state}",
        f"look at it in 24SevenOffice, then run `frontline resolve {journal.reference}` with what you found",
    )


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
    journals, _ = _journals(facts, profile, log)
    settings = profile.orders.from_sales
    period = period_of(facts.day, settings.every) if settings is not None else None
    findings = [_lacking(facts.day, profile, z, short) for z, short in facts.lacking(profile)]
    journal = order = waiting = 0
    for z in facts.z_reports:
        holder = journals.get(z.key)
        for receipt in z.receipts.on_account if z.receipts else ():
            in_order = (receipt.register, receipt.receipt_id) in ordered
            left_out = receipt.by_order or in_order
            held_by = holder if holder is not None and holder.may_hold(receipt, left_out) else None
            in_journal = held_by is not None and held_by.document.state in IN_LEDGER
            may_be = held_by is not None and held_by.document.state in _MAY_BE
            journal += in_journal
            order += in_order
            if held_by is not None and in_order and (in_journal or may_be):
                findings.append(_both(facts.day, profile, receipt, held_by.document))
            elif not in_journal and not in_order:
                if may_be or facts.gap is not None or _to_come(receipt, z, holder, period, facts.day):
                    waiting += 1
                else:
                    findings.append(_neither(facts.day, profile, receipt, period, holder))
    return OneWay(len(receipts), journal, order, waiting, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Journal:
    """The journal that holds a Z-report. `doubtful`: with other content than receipts and settings give, so which receipts it
    holds can't be told. `credit`: it holds, or may hold, the Z-report's credit sales."""

    document: Document
    doubtful: bool
    credit: bool

    def may_hold(self, receipt: OnAccount, left_out: bool) -> bool:
        """`left_out`: the receipt stays out of a journal that is made now."""
        return (self.credit or not receipt.outside) and (self.doubtful or not left_out)


def _to_come(receipt: OnAccount, z: ZReport, holder: _Journal | None, period: Period | None, day: dt.date) -> bool:
    """Whether a receipt waits: for the end of its order's period, or for a journal that is not out yet."""
    if receipt.by_order:
        return period is not None and period.last != day
    out = holder is not None and holder.document.state in IN_LEDGER
    return not receipt.outside or (z.credit is not None and not out)


_MAY_BE = UNDECIDED | {State.DISPUTED, State.PLANNED}
"""States of a journal that holds its Z-reports, of which it is not known whether it is in the ledger."""


def _journals(facts: Facts, profile: StoreProfile, log: PostingLog) -> tuple[dict[ZKey, _Journal], str]:
    """The journal of each Z-report that is out, or may be; and why none can be made by the settings of now."""
    taken, _ = log.split_new(profile.company_code, [z.key for z in facts.z_reports])
    refused, wanted = "", dict[str, Voucher]()
    try:
        wanted = {voucher.document_key: voucher for voucher in book(facts.z_reports, profile, log).vouchers}
    except VoucherRefused as why:
        refused = str(why)
    found: dict[ZKey, _Journal] = {}
    for key, document in taken.items():
        voucher = wanted.get(document.document_key)
        doubtful = voucher is None or content_hash(voucher) != document.content_hash
        found[key] = _Journal(document, doubtful, _holds_credit(document, voucher, doubtful, profile))
    return found, refused


def _holds_credit(document: Document, voucher: Voucher | None, doubtful: bool, profile: StoreProfile) -> bool:
    """Whether a journal holds credit sales: as the settings of now make it (`voucher`), else by what customers owe in it."""
    by_journal = profile.rules.credit_sales is not None
    if by_journal and not doubtful:
        # Those of a customer who brought all of it back leave no line.
        return True
    lines = voucher.lines if voucher is not None else ()
    stored = Counter(
        (line["account"], line["customer"], line["amount"])
        for line in read_payload(document.payload, document.reference)["lines"]
        if line["customer"] is not None
    )
    # What is owed beyond the sales on account of now may be of credit sales that went by journal then.
    beyond = stored - _owed(line for line in lines if line.role != "credit")
    due = _owed(line for line in lines if line.role == "credit")
    return bool(due) and due <= beyond if by_journal else bool(beyond)


def _owed(lines: Iterable[VoucherLine]) -> Counter[tuple[int, int, Ore]]:
    return Counter((line.account, line.customer_id, line.amount) for line in lines if line.customer_id is not None)


def _both(day: dt.date, profile: StoreProfile, receipt: OnAccount, journal: Document) -> Finding:
    told = (
        f"Receipt {receipt.receipt_id} on register {receipt.register} ({display(receipt.amount)} on account) is in an order that was "
        "sent, and may be in the journal"
    )
    if journal.state in IN_LEDGER:
        told += " that is out too: its revenue is there twice."
        step = f"Run `frontline correct --store {profile.code} --day {day} --reason ...`: the new journal leaves the receipt out."
    else:
        told += f" {journal.reference} too, which is {journal.state}: its revenue may be there twice."
        step = _standing(journal, day)[1]
        step = f"{step[0].upper()}{step[1:]}."
    return _finding(day, profile, (receipt.register, receipt.receipt_id), told, step, "one way", "order and journal")


def _neither(
    day: dt.date, profile: StoreProfile, receipt: OnAccount, period: Period | None, holder: _Journal | None
) -> Finding:
    told = "is in no journal and in no order that was sent: its revenue is nowhere."
    if receipt.outside and profile.rules.credit_sales is not None and holder is not None:
        told = (
            f"is in no order that was sent, and the journal {holder.document.reference} that is out has other credit sales than receipts "
            "and settings give now: its revenue may be nowhere."
        )
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
        (receipt.register, receipt.receipt_id),
        f"Receipt {receipt.receipt_id} on register {receipt.register} ({display(receipt.amount)} on account) {told}",
        step,
        "one way",
        "none",
    )


def _lacking(day: dt.date, profile: StoreProfile, z: ZReport, short: str) -> Finding:
    return _finding(
        day,
        profile,
        (z.register, f"Z {z.z_number}"),
        f"Z {z.z_number} on register {z.register} has credit sales that are in no receipt, and so in no order and no journal: their "
        f"revenue is nowhere. {short}",
        "Deliver every credit receipt of this Z, then run the store-day again; no order of its period is made before.",
        "one way",
        "none",
    )


def _finding(
    day: dt.date, profile: StoreProfile, of: tuple[str, str], message: str, step: str, expected: str, actual: str
) -> Finding:
    """`of`: register, and receipt or Z-report on it."""
    return Finding(
        rule="on_account_one_way",
        severity=Severity.ERROR,
        blocking=False,
        store=profile.code,
        business_day=day,
        message=message,
        next_step=step,
        register=of[0],
        subject=of[1],
        expected=expected,
        actual=actual,
    )
