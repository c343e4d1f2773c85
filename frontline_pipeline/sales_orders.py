"""Orders from sales in the light of the posting log: the sales of a period, what other orders hold of them, what changed afterwards.

Belongs here: reading the days of a period; which receipts are left to other orders; sales orders that are out though their receipts
are no longer so in Frontline.
Does not: make the orders (orders/from_sales.py), the journal beside them (one_way.py), send or correct (posting/), Dagster.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import get_args

from frontline_pipeline.accounting.model import OnAccount
from frontline_pipeline.accounting.money import display
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.one_way import Facts, facts_of, journal_holds
from frontline_pipeline.orders.from_sales import DaySales
from frontline_pipeline.orders.model import OrderHold
from frontline_pipeline.orders.period import SALES, Every, Period, period_of
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_deciding import form_of, left_over, taking_back
from frontline_pipeline.posting.order_payload import SentOrder, read_order
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline.settings import StoreProfile

WITHDRAWN = "sales_withdrawn"
"""Rule of a hold: an order from sales is out, and Frontline has nothing left for it, so nothing takes its place."""
_CHANGED = "sales_changed"
_FEW = 5

ReadDay = Callable[[str, dt.date], Bundle | None]
"""Another day's bundle of this store, by asset (`z_reports`, `receipts`); None when that day was not materialised."""


def since(start: dt.date, code: str, read_day: ReadDay) -> ReadDay:
    """`read_day`, to which days before the first partition had no sales: what was sold then is not the pipeline's, and a period that
    the pipeline began in is made of the rest."""

    def read(asset: str, day: dt.date) -> Bundle | None:
        found = read_day(asset, day)
        return Bundle.empty(code, day, Status.CLOSED, ()) if found is None and day < start else found

    return read


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A receipt on account that an order from sales leaves out, since another order holds it."""

    business_day: dt.date
    register: str
    receipt_id: str
    order: str


def sales_of(
    period: Period, today: Facts | None, profile: StoreProfile, log: PostingLog, read_day: ReadDay
) -> list[DaySales] | OrderHold:
    """The receipts of every day of a period; in words what keeps the period from being ordered: a day that is not proven, whose
    journal holds, or may hold, what would be ordered, or whose credit receipts are not all there."""
    sales: list[DaySales] = []
    for day in period.days:
        facts = _facts_on(day, today, profile, log, read_day)
        if isinstance(facts, str):
            return _unready(profile, period, facts)
        if facts.gap is not None:
            return _unready(profile, period, f"{day} is held, and so is its journal: {facts.gap}")
        if in_journal := journal_holds(facts, profile, log):
            return _unready(profile, period, in_journal)
        if lacking := facts.lacking(profile):
            z, short = lacking[0]
            return _unready(profile, period, f"{day}, Z {z.z_number} on register {z.register}: {short.rstrip('.')}")
        if facts.on_account:
            sales.append(DaySales(day, facts.receipts, facts.on_account))
    return sales


def _facts_on(
    day: dt.date, today: Facts | None, profile: StoreProfile, log: PostingLog, read_day: ReadDay
) -> Facts | str:
    if today is not None and day == today.day:
        return today
    z_reports, receipts = read_day("z_reports", day), read_day("receipts", day)
    if z_reports is None or receipts is None:
        if profile.store.calendar.closed_because(day) is not None:
            return Facts(day, (), Bundle.empty(profile.code, day, Status.CLOSED, ()))
        return f"{day} was not materialised yet"
    if z_reports.held_by or receipts.held_by:
        return f"{day} is held by {', '.join((*z_reports.held_by, *receipts.held_by))}"
    return facts_of(profile, day, z_reports, receipts, log)


def _unready(profile: StoreProfile, period: Period, why: str) -> OrderHold:
    return OrderHold(
        f"sales {period.key}",
        "sales_complete",
        f"Orders from sales of store {profile.code}, {period.first} to {period.last}, are not made: {why}.",
        "Put that day right and materialise it, then materialise the last day of the period again.",
    )


# Held by other orders


def in_other_orders(
    sales: Sequence[DaySales], period: Period, profile: StoreProfile, log: PostingLog
) -> tuple[tuple[LeftOut, ...], dict[tuple[str, str], str]]:
    """Receipts that go by order and that another order than their customer's own of this period holds: those that are left to it, and
    those for which their customer's order must wait, with why (register, receipt id -> words)."""
    sold = [(day.business_day, each) for day in sales for each in day.on_account if each.by_order]
    holders = log.orders_holding(profile.company_code, [(each.register, each.receipt_id) for _, each in sold])
    left_out: list[LeftOut] = []
    waiting: dict[tuple[str, str], str] = {}
    for day, receipt in sold:
        key = (receipt.register, receipt.receipt_id)
        holder = holders.get(key)
        own = None if receipt.customer is None else f"{profile.code}/{period.order_of(receipt.customer)}"
        if holder is None or holder.document_key == own:
            continue
        if holder.state in IN_LEDGER and _is_of(holder, profile, period):
            waiting[key] = (
                f"{holder.reference} of another customer, which is told as changed and has to let go of it first"
            )
        elif holder.state in IN_LEDGER or holder.state is State.SKIPPED:
            left_out.append(LeftOut(day, *key, holder.reference))
        else:
            waiting[key] = (
                f"{holder.reference}, which is {holder.state}: whether it is in 24SevenOffice is not known. Materialise "
                f"posted_orders of {holder.business_day}|{holder.store}, which looks for it, or say what you found with `frontline "
                f"resolve {holder.reference}`"
            )
    return tuple(left_out), waiting


def _is_of(found: Document, profile: StoreProfile, period: Period) -> bool:
    """Whether an order was made from this store's sales of a period."""
    key = found.document_key
    return key.startswith(f"{profile.code}/{SALES}") and key.endswith(f"/{period.key}")


# Changed after they went out


def withdrawn(
    today: Facts, remade: Collection[str], profile: StoreProfile, log: PostingLog, read_day: ReadDay
) -> list[OrderHold]:
    """Orders from sales that are out, of every period that holds this day, whose receipts are gone from Frontline or say something
    else by now. `remade`: order ids that this day makes anew; sending compares those by itself.

    A period of which a day is not proven says nothing: that day is held, and tells it when it is put right.
    """
    periods = [period_of(today.day, every) for every in get_args(Every)]
    out = log.sales_orders(profile.company_code, profile.code, [period.last for period in periods])
    holds: list[OrderHold] = []
    for period in periods:
        told = [(each, read_order(each.payload, each.reference)) for each in out if _is_of(each, profile, period)]
        told = [(each, sent) for each, sent in told if sent["order"] not in remade]
        known = _receipts_of(period, today, profile, log, read_day) if told else None
        for each, sent in told if known is not None else ():
            changed = _changed(each, sent, known or {}, today.day, period)
            holds += [changed] if changed is not None else []
    return holds


def _receipts_of(
    period: Period, today: Facts, profile: StoreProfile, log: PostingLog, read_day: ReadDay
) -> dict[tuple[str, str], OnAccount] | None:
    known: dict[tuple[str, str], OnAccount] = {}
    for day in period.days:
        facts = _facts_on(day, today, profile, log, read_day)
        if isinstance(facts, str):
            return None
        known |= {(each.register, each.receipt_id): each for each in facts.on_account}
    return known


def _changed(
    found: Document, sent: SentOrder, known: dict[tuple[str, str], OnAccount], day: dt.date, period: Period
) -> OrderHold | None:
    """The hold of an order whose receipts are not what they were; None where they are. Whether they go by order by today's settings
    is no matter, since what is out keeps them."""
    customer, order_id = sent["customer_key"], sent["order"]
    mine = {key: each for key in sent["receipts"] if (each := known.get(key)) is not None and each.customer == customer}
    changes = _changes(sent, mine)
    if not changes:
        return None
    form, number = form_of(found), found.transaction_no
    message = f"Order {order_id} is out as {form} {number}, and its receipts changed in Frontline since: {'; '.join(changes)}."
    if day != period.last:
        step = (
            f"Materialise order_documents and posted_orders of {period.last}|{found.store}, the last day of its period: that updates "
            "the order, or says how it is corrected."
        )
        return OrderHold(order_id, _CHANGED, message, step)
    if mine or any(each.by_order and each.customer == customer for each in known.values()):
        step = (
            "Put right what keeps the orders of its period from being made anew (the other holds of this store-day, or "
            f"orders.from_sales of the settings), and materialise it again; or {taking_back(found)}: it is made anew then."
        )
        return OrderHold(order_id, _CHANGED, message, step)
    if form == "invoice":
        step = (
            f"Nothing takes its place, and an invoice is not edited: `frontline correct --store {found.store} --day "
            f"{found.business_day} --order {order_id} --reason ...` makes a credit note."
        )
    else:
        words = left_over(found)
        step = f"{words[0].upper()}{words[1:]}."
    return OrderHold(order_id, WITHDRAWN, message, step)


def _changes(sent: SentOrder, mine: dict[tuple[str, str], OnAccount]) -> list[str]:
    """What an order's receipts say otherwise than they did, in words. `mine`: those that are still its customer's."""
    gone = [f"{register}/{receipt}" for register, receipt in sent["receipts"] if (register, receipt) not in mine]
    told: list[str] = []
    if gone:
        more = f" and {len(gone) - _FEW} more" if len(gone) > _FEW else ""
        told.append(f"receipt {', '.join(gone[:_FEW])}{more} is not on this customer's account any more")
    for what, was, now in (
        ("incl.", sent["total"], sum(each.amount for each in mine.values())),
        ("excl.", sent["total_excl_vat"], sum(base for each in mine.values() for _, _, base, _ in each.vat)),
    ):
        if was != now:
            told.append(f"total {what} VAT: {display(was)} -> {display(now)}")
    return told
