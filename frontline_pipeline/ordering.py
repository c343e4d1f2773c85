"""A store-day's orders, step by step: delivered, made from sales, documents, their way beside the journal.

Belongs here: what the assets and the command do with the rooms below: keys of customers and products, the period of orders from
sales, which receipts may go by order, the check that each went exactly one way.
Does not: the steps themselves (orders/, posting/order_poster.py), Dagster (assets/).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.mapping import customer_number
from frontline_pipeline.accounting.model import Finding, OnAccount, Severity, ZKey, ZReport
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.booking import book
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.orders import ORDER_FRAMES
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.orders.build import Built, Source, build_documents, delivered, united
from frontline_pipeline.orders.from_sales import DaySales, orders_from_sales
from frontline_pipeline.orders.model import Keys, OrderDocument, OrderHold, ProductKey
from frontline_pipeline.orders.period import Period, period_of
from frontline_pipeline.orders.proof import OrderProof, prove_frames
from frontline_pipeline.posting import links
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_deciding import SendOrder, decide_order
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.payload import content_hash
from frontline_pipeline.posting.states import IN_LEDGER
from frontline_pipeline.settings import StoreProfile

ReadDay = Callable[[str, dt.date], Bundle | None]
"""Another day's bundle of this store, by asset (`z_reports`, `receipts`); None when that day was not materialised."""


def deliver_orders(extracts: Extracts, profile: StoreProfile, day: dt.date) -> Bundle:
    """The raw orders of a store-day; `not_delivered` when none came, which is no fault. Raises ExtractError."""
    heads = extracts.master(profile.code, day, ORDERS.name)
    rows = extracts.master(profile.code, day, ORDER_LINES.name)
    if heads is None and rows is None:
        words = "no orders came with this store-day"
        return Bundle.empty(profile.code, day, Status.NOT_DELIVERED, ORDER_FRAMES, words)
    frames = {
        ORDERS.name: ORDERS.empty() if heads is None else heads,
        ORDER_LINES.name: ORDER_LINES.empty() if rows is None else rows,
    }
    return Bundle(profile.code, day, Status.OK, frames)


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


def keys_of(
    customers: Bundle | None,
    products: Bundle | None,
    wanted: Iterable[pd.DataFrame],
    profile: StoreProfile,
    log: PostingLog,
) -> Keys:
    """What customers and articles are called in 24SevenOffice: as matched with this store-day, else by their links, else - where
    nothing is matched - by the settings (`orders.products`) and customer numbers that Frontline keeps itself."""
    frames = list(wanted)
    customer_keys = {str(key) for frame in frames for key in frame.get("customer", pd.Series(dtype="str")).dropna()}
    articles = {str(key) for frame in frames for key in frame.get("article", pd.Series(dtype="str")).dropna()}
    rules = profile.company.masterdata
    per_store = rules is not None and rules.customers is not None and rules.customers.keys == "store"
    linked_customers = _links(log, profile, links.CUSTOMER, customer_keys, f"{profile.code}/" if per_store else "")
    linked_products = _links(log, profile, links.PRODUCT, articles, "")
    matched_customers, held_customers = _matched(customers, "customers", "customer")
    matched_products, held_products = _matched(products, "products", "article")
    own = {key: number for key in customer_keys if (number := customer_number(key)) is not None}
    use_own = own if rules is None or rules.customers is None else {}
    products_by_id = {**profile.orders.products, **linked_products, **matched_products}
    return Keys(
        customers={**use_own, **linked_customers, **matched_customers},
        products={key: ProductKey(number) for key, number in products_by_id.items() if key not in held_products},
        held_customers=held_customers,
        held_products=held_products,
    )


def _links(log: PostingLog, profile: StoreProfile, kind: str, keys: set[str], prefix: str) -> dict[str, int]:
    if not keys:
        return {}
    found = links.read(log.database, profile.company_code, kind, [prefix + key for key in sorted(keys)])
    linked = found[(found["state"] == links.LINKED) & found["office_id"].notna()]
    return {str(key).removeprefix(prefix): int(value) for key, value in linked["office_id"].items()}


def _matched(bundle: Bundle | None, name: str, key: str) -> tuple[dict[str, int], dict[str, str]]:
    frame = bundle.frames.get(name) if bundle is not None else None
    if frame is None or frame.empty or "state" not in frame:
        return {}, {}
    good = frame[(frame["state"] == "linked") & frame["office_id"].notna()]
    bad = frame[frame["state"] != "linked"]
    return (
        {str(k): int(v) for k, v in zip(good[key], good["office_id"], strict=True)},
        {
            str(k): str(w) if isinstance(w, str) else "held by matching"
            for k, w in zip(bad[key], bad["words"], strict=True)
        },
    )


@dataclass(frozen=True)
class Ordered:
    """The bundle of order_documents, and the period whose sales it closes (None when it closes none)."""

    bundle: Bundle
    holds: tuple[OrderHold, ...]
    period: Period | None


def order_documents_of(
    orders: Bundle,
    proof: OrderProof,
    today: Facts | None,
    keys: Callable[[Iterable[pd.DataFrame]], Keys],
    profile: StoreProfile,
    log: PostingLog,
    read_day: ReadDay,
) -> Ordered:
    """The order documents of a store-day: its delivered orders, and on the last day of a period those of its sales on account.

    `today`: what the store-day's Z-reports and receipts say; None while they are not proven.
    """
    day = orders.business_day
    heads, rows = frame_of(orders, ORDERS), frame_of(orders, ORDER_LINES)
    if proof.broken:
        heads, rows = ORDERS.empty(), ORDER_LINES.empty()
    parts: list[tuple[pd.DataFrame, pd.DataFrame, Source, Mapping[str, Finding]]] = [
        (heads, rows, delivered(heads, profile), proof.held)
    ]
    named = {
        (str(register), str(receipt))
        for register, receipt in zip(heads["register"], heads["receipt_id"], strict=True)
        if isinstance(register, str) and isinstance(receipt, str)
    }
    settings = profile.orders.from_sales
    period = period_of(day, settings.every) if settings is not None else None
    holds: list[OrderHold] = []
    if period is not None and period.last == day:
        sales, missing = _sales(period, today, profile, log, read_day)
        if missing is not None:
            holds.append(missing)
        else:
            made = orders_from_sales(sales, period, profile, named)
            holds += made.holds
            _, held = prove_frames(made.orders, made.lines, profile, day)
            parts.append((made.orders, made.lines, made.source, held))
    known = keys([frame for part in parts for frame in part[:2]])
    built = [build_documents(*part[:3], profile, known, part[3], day) for part in parts]
    in_journal = journal_holds(today, profile, log) if today is not None and named else None
    built[0], refused = _one_way(built[0], today, named, in_journal)
    holds += refused
    if holds:
        built[0] = replace(built[0], holds=(*built[0].holds, *holds))
    bundle = replace(orders, status=Status.OK if any(len(one.documents) for one in built) else orders.status)
    bundle = replace(bundle, frames=united(*built))
    return Ordered(bundle, tuple(hold for one in built for hold in one.holds), period)


def _sales(
    period: Period, today: Facts | None, profile: StoreProfile, log: PostingLog, read_day: ReadDay
) -> tuple[list[DaySales], OrderHold | None]:
    """The receipts of every day of a period; in words what keeps the period from being ordered: a day that is not proven, or
    whose journal holds what would be ordered."""
    sales: list[DaySales] = []
    for day in period.days:
        facts = today if today is not None and day == today.day else _read_facts(profile, day, read_day)
        if isinstance(facts, str):
            return [], _unready(profile, period, facts)
        if in_journal := journal_holds(facts, profile, log):
            return [], _unready(profile, period, in_journal)
        if facts.on_account:
            sales.append(DaySales(day, facts.receipts, facts.on_account))
    return sales, None


def _read_facts(profile: StoreProfile, day: dt.date, read_day: ReadDay) -> Facts | str:
    z_reports, receipts = read_day("z_reports", day), read_day("receipts", day)
    calendar = profile.store.calendar
    if z_reports is None or receipts is None:
        if calendar.closed_because(day) is not None:
            return Facts(day, (), Bundle.empty(profile.code, day, Status.CLOSED, ()))
        return f"{day} was not materialised yet"
    if z_reports.held_by or receipts.held_by:
        return f"{day} is held by {', '.join((*z_reports.held_by, *receipts.held_by))}"
    return facts_of(profile, day, z_reports, receipts)


def _unready(profile: StoreProfile, period: Period, why: str) -> OrderHold:
    return OrderHold(
        f"sales {period.key}",
        "sales_complete",
        f"Orders from sales of store {profile.code}, {period.first} to {period.last}, are not made: {why}.",
        "Put that day right and materialise it, then materialise the last day of the period again.",
    )


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


def _one_way(
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


def ask_for_correction(log: PostingLog, profile: StoreProfile, found: OrderDocument) -> str:
    """What `frontline correct --order` would do, from the log alone."""
    with log.database.reading() as connection:
        decision = decide_order(connection, profile.company_code, found)
    if isinstance(decision, Outcome):
        return decision.message
    if isinstance(decision, SendOrder):
        return f"{decision.reference}: the next run sends it by itself; there is nothing to correct"
    return f"{decision.reference}: its outcome is unknown; the next run looks for it first"


# One way


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
