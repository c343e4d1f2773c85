"""The demo's orders: a few customers, products and orders of one store-day, on their way to 24SevenOffice.

Belongs here: delivering them, running them, telling what came of them.
Does not: the rest of the story (demo.py).
"""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.accounting.money import display
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_rules import CSV_STORE, FIRST
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.posting.order_payload import read_order
from frontline_pipeline.posting.states import State

KINDS = ("order_base", "customer_order", "web")
"""Kinds of orders in the example settings: an invoice draft, a sales order, an invoice."""


def deliver_orders(landing: Path) -> None:
    """Three orders of the first day, with the customers and products that they name."""
    from frontline_pipeline.sandbox.generate_orders import write_orders

    write_orders(landing / CSV_STORE / FIRST.isoformat(), FIRST, KINDS, number=len(KINDS))


def show_orders(context: Context) -> list[str]:
    """Runs them and prints one line each; what is not as it should be, in words."""
    from frontline_pipeline.command.run import Runner

    terminal = context.terminal
    terminal.say()
    words = f"5. The orders of {FIRST}: customers and products matched, then sent by kind (job trade)"
    terminal.say(words, style="bold")
    with Runner(context) as runner:
        ran = runner.trade(StoreDay(FIRST, CSV_STORE))
    found = open_posting_log(context.loaded).orders(store=CSV_STORE)
    for each in found:
        total = display(read_order(each.payload, each.reference)["total"])
        terminal.say(
            f"   {each.reference:<32} {each.granularity:<8} number {each.transaction_no}  {total:>12} kr  {each.state}, totals equal"
            if each.state is State.VERIFIED
            else f"   {each.reference:<32} {each.granularity:<8} {each.state}: {each.problem}"
        )
    verified = sum(each.state is State.VERIFIED for each in found)
    told = [f"{failed.step}: {failed.message}" for failed in ran.failures]
    if verified != len(KINDS):
        told.append(f"{verified} orders are verified, expected {len(KINDS)}")
    return told
