"""`frontline sweep`: the last months of every company's ledger and orders read again, one call per company and month, and one per 500
orders.

Belongs here: printing. Does not: the comparison (posting/readback.py, posting/order_readback.py).
"""

from __future__ import annotations

import datetime as dt
import json

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.opening import open_ledger, open_orders, open_posting_log
from frontline_pipeline.posting.judging import judge_orders
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_readback import OrderAgreement, OrderReadBack, read_orders_back
from frontline_pipeline.posting.readback import Sweep, judge, last_months, sweep
from frontline_pipeline.posting.records import AFTER_ALL
from frontline_pipeline.posting.states import State


def sweep_months(context: Context, months: int | None, company: str | None, as_json: bool) -> Exit:
    """Exit code 1 when a ledger disagrees, holds vouchers of ours that the log does not know, or could not be read."""
    wanted = context.settings.schedule.sweep_months if months is None else months
    if wanted < 1:
        raise UsageError("--months begins at 1, the running month.")
    codes = [context.company(company)] if company is not None else list(context.settings.companies)
    log = open_posting_log(context.loaded)
    found: dict[str, Sweep] = {}
    orders: dict[str, OrderReadBack] = {}
    unread: dict[str, str] = {}
    first = last_months(context.today(), wanted)[0]
    for code in codes:
        try:
            ledger = open_ledger(context.loaded, code)
            found[code] = _vouchers(context, log, ledger, code, wanted)
            orders[code] = _orders(context, log, ledger, code, first)
        except OfficeError as error:
            unread[code] = str(error)
    if as_json:
        context.terminal.raw(json.dumps(_json(found, orders, unread), ensure_ascii=False, indent=2))
    else:
        for code, done in found.items():
            _show(context, code, done, f"from {first:%Y-%m}")
            if code in orders:
                _show_orders(context, code, orders[code], f"from {first:%Y-%m}")
    for code, why in unread.items():
        context.terminal.note(
            f"{code}: its ledger or orders could not be read, and were not judged: {why}", style="red"
        )
    bad = bool(unread) or any(done.disagreements or done.strangers for done in found.values())
    bad = bad or any(done.disagreements or done.strangers for done in orders.values())
    return Exit.HELD if bad else Exit.OK


def _vouchers(context: Context, log: PostingLog, ledger: Ledger, company: str, months: int) -> Sweep:
    return sweep(log, ledger, company, months, today=context.today(), stores=_stores(context, company))


def _orders(context: Context, log: PostingLog, ledger: Ledger, company: str, first: dt.date) -> OrderReadBack:
    there = open_orders(context.loaded, company, lambda: ledger)
    return read_orders_back(log, there, company, first, stores=_stores(context, company), who="sweep")


def _stores(context: Context, company: str) -> list[str]:
    return [name for name, store in context.settings.stores.items() if store.company == company]


def _show(context: Context, company: str, done: Sweep, since: str) -> None:
    terminal = context.terminal
    calls = counted(done.calls, "call")
    well = len(done.agreements) - len(done.disagreements)
    terminal.say(f"{company}: {counted(len(done.agreements), 'voucher')} {since}, {well} as they should be ({calls})")
    for each in done.disagreements:
        document = each.document
        told = "; ".join(map(str, each.differences)) or document.problem or judge(each.state).message
        terminal.say(
            f"{each.state.value}  {document.business_day}|{document.store}  {document.reference}: {told}", style="red"
        )
        terminal.say(
            f"  what to do: `frontline preview --store {document.store} --day {document.business_day}` says it."
        )
    for stranger in done.strangers:
        terminal.say(
            f"not in the posting log  {stranger.reference} (number {stranger.transaction_no}, {stranger.date}): a lost log, or a "
            "second pipeline at work",
            style="red",
        )
    if done.strangers:
        day = min(stranger.date for stranger in done.strangers)
        terminal.say(f"  what to do: find out whose they are; `frontline adopt --from {day} --to ...` takes them over.")


def _show_orders(context: Context, company: str, done: OrderReadBack, since: str) -> None:
    if not done.calls:
        return
    terminal = context.terminal
    well = len(done.agreements) - len(done.disagreements)
    calls = counted(done.calls, "call")
    terminal.say(f"{company}: {counted(len(done.agreements), 'order')} {since}, {well} as they should be ({calls})")
    for each in done.disagreements:
        document = each.document
        told = f"{document.state.value}  {document.business_day}|{document.store}  {document.reference}: {document.problem}"
        terminal.say(told, style="red")
        terminal.say(f"  what to do: {judge_orders(_worst(each)).message}.")
    for stranger in done.strangers:
        terminal.say(
            f"not in the posting log  {stranger.reference} (order {stranger.order_id}): a lost log, or a second pipeline at work",
            style="red",
        )


def _worst(found: OrderAgreement) -> State:
    document = found.document
    if document.problem_kind in AFTER_ALL:
        return AFTER_ALL[document.problem_kind]
    return State.MISSING if document.problem_kind == State.MISSING.value else document.state


def _orders_json(done: OrderReadBack) -> dict[str, object]:
    return {
        "read": len(done.agreements),
        "disagreements": [
            {
                "order": each.document.reference,
                "store": each.document.store,
                "business_day": each.document.business_day.isoformat(),
                "state": each.document.state.value,
                "problem": each.document.problem,
            }
            for each in done.disagreements
        ],
        "strangers": [{"reference": each.reference, "number": each.order_id} for each in done.strangers],
        "calls": done.calls,
    }


def _json(found: dict[str, Sweep], orders: dict[str, OrderReadBack], unread: dict[str, str]) -> list[dict[str, object]]:
    read: list[dict[str, object]] = [
        {
            "company": code,
            "vouchers": len(done.agreements),
            "disagreements": [
                {
                    "voucher": each.document.reference,
                    "store": each.document.store,
                    "business_day": each.document.business_day.isoformat(),
                    "state": each.state.value,
                    "differences": [str(difference) for difference in each.differences],
                }
                for each in done.disagreements
            ],
            "strangers": [
                {"reference": s.reference, "number": s.transaction_no, "date": s.date.isoformat()}
                for s in done.strangers
            ],
            "calls": done.calls,
            "orders": _orders_json(orders[code]) if code in orders else None,
            "unread": unread.get(code),
        }
        for code, done in found.items()
    ]
    read += [{"company": code, "unread": why} for code, why in unread.items() if code not in found]
    return read
