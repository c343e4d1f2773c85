"""A store-day's orders, step by step: delivered, made from sales, documents, their way beside the journal.

Belongs here: what the assets and the command do with the rooms below: keys of customers and products, the period of orders from
sales, which receipts may go by order.
Does not: the steps themselves (orders/, posting/order_poster.py), whether each receipt went exactly one way (one_way.py), Dagster (assets/).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from frontline_pipeline.accounting.mapping import customer_number
from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.orders import ORDER_FRAMES
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.one_way import Facts, facts_of, journal_holds
from frontline_pipeline.orders.build import Built, Source, build_documents, delivered, united
from frontline_pipeline.orders.from_sales import DaySales, orders_from_sales
from frontline_pipeline.orders.model import Keys, OrderDocument, OrderHold, ProductKey
from frontline_pipeline.orders.period import Period, period_of
from frontline_pipeline.orders.proof import OrderProof, prove_frames
from frontline_pipeline.posting import links
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_deciding import SendOrder, decide_order
from frontline_pipeline.posting.outcome import Outcome
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
