"""A store-day's orders, step by step: delivered, made from sales, documents.

Belongs here: what the assets and the command do with the rooms below: keys of customers and products, the documents of a store-day.
Does not: the steps themselves (orders/, posting/order_poster.py), which sales a period has and what the log says of them
(sales_orders.py), the way beside the journal (one_way.py), Dagster (assets/).
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
from frontline_pipeline.one_way import Facts, journal_holds, without_clashes
from frontline_pipeline.orders.build import Source, build_documents, delivered, united
from frontline_pipeline.orders.from_sales import orders_from_sales
from frontline_pipeline.orders.model import Keys, OrderDocument, OrderHold, ProductKey, Withdrawn
from frontline_pipeline.orders.period import Period, period_of
from frontline_pipeline.orders.proof import OrderProof, prove_frames
from frontline_pipeline.posting import documents, links
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_deciding import SendOrder, decide_order, form_of, left_over
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.records import ORDER
from frontline_pipeline.posting.states import IN_LEDGER
from frontline_pipeline.sales_orders import LeftOut, ReadDay, in_other_orders, sales_of, withdrawn
from frontline_pipeline.settings import StoreProfile


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
    linked_customers = links.office_ids(
        log.database, profile.company_code, links.CUSTOMER, customer_keys, profile.customer_prefix
    )
    linked_products = links.office_ids(log.database, profile.company_code, links.PRODUCT, articles, "")
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
    """The bundle of order_documents, the period whose sales it closes (None when it closes none), and receipts that its orders from
    sales leave to other orders."""

    bundle: Bundle
    holds: tuple[OrderHold, ...]
    period: Period | None
    left_out: tuple[LeftOut, ...] = ()


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
    left_out: tuple[LeftOut, ...] = ()
    remade: set[str] = set()
    if period is not None and period.last == day:
        sales = sales_of(period, today, profile, log, read_day)
        if isinstance(sales, OrderHold):
            holds.append(sales)
        else:
            left_out, waiting = in_other_orders(sales, period, profile, log)
            others = named | {(each.register, each.receipt_id) for each in left_out}
            made = orders_from_sales(sales, period, profile, others, waiting)
            holds += made.holds
            remade = set(made.orders["order_id"])
            _, held = prove_frames(made.orders, made.lines, profile, day)
            parts.append((made.orders, made.lines, made.source, held))
    if today is not None:
        holds += withdrawn(today, remade, profile, log, read_day)
    known = keys([frame for part in parts for frame in part[:2]])
    built = [build_documents(*part[:3], profile, known, part[3], day) for part in parts]
    in_journal = journal_holds(today, profile, log) if today is not None and named else None
    built[0], refused = without_clashes(built[0], today, named, in_journal)
    holds += refused
    if holds:
        built[0] = replace(built[0], holds=(*built[0].holds, *holds))
    bundle = replace(orders, status=Status.OK if any(len(one.documents) for one in built) else orders.status)
    bundle = replace(bundle, frames=united(*built))
    return Ordered(bundle, tuple(hold for one in built for hold in one.holds), period, left_out)


def ask_for_correction(log: PostingLog, profile: StoreProfile, found: OrderDocument | Withdrawn) -> str:
    """What `frontline correct --order` would do, from the log alone."""
    with log.database.reading() as connection:
        if isinstance(found, Withdrawn):
            known = documents.revisions(connection, profile.company_code, ORDER, found.document_key)
            last = known[-1] if known else None
            if last is None or last.state not in IN_LEDGER:
                return f"{found.order_id}: nothing of it is out; there is nothing to correct"
            if form_of(last) != "invoice":
                return f"{last.reference}: {left_over(last)}"
            return (
                f"{last.reference}: Frontline has nothing left of it; invoice {last.transaction_no} gets a credit note"
            )
        decision = decide_order(connection, profile.company_code, found)
    if isinstance(decision, Outcome):
        return decision.message
    if isinstance(decision, SendOrder):
        return f"{decision.reference}: the next run sends it by itself; there is nothing to correct"
    return f"{decision.reference}: its outcome is unknown; the next run looks for it first"
