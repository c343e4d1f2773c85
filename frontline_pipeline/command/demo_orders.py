"""The demo's orders: a few of one store-day, delivered with its customers and products, on their way to 24SevenOffice.

Belongs here: delivering them, telling what came of them.
Does not: run them (demo_masters.py runs the job trade), the rest of the story (demo.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from frontline_pipeline.accounting.money import display
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_rules import CSV_STORE, FIRST
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.order_payload import read_order
from frontline_pipeline.posting.states import State

if TYPE_CHECKING:
    from frontline_pipeline.sandbox.shop_spec import ShopSpec

KINDS = ("order_base", "customer_order", "web")
"""Kinds of orders in the example settings: an invoice draft, a sales order, an invoice."""


def deliver_orders(shop: ShopSpec, landing: Path) -> None:
    """Three orders of the first day, one of each kind."""
    from frontline_pipeline.sandbox.generate_orders import write_orders

    write_orders(landing / CSV_STORE / FIRST.isoformat(), shop, FIRST, KINDS, number=len(KINDS))


def tell_orders(context: Context, number: int) -> list[str]:
    """One line per order; what is not as it should be, in words."""
    terminal = context.terminal
    terminal.say()
    terminal.say(
        f"{number}. Its orders went with them, each in the form that the settings give its kind (orders.kinds)",
        style="bold",
    )
    found = open_posting_log(context.loaded).orders(store=CSV_STORE)
    for each in found:
        total = display(read_order(each.payload, each.reference)["total"])
        what = (
            f"{total:>10} kr, the same when read back"
            if each.state is State.VERIFIED
            else f"{each.state}: {each.problem}"
        )
        terminal.say(f"   {each.reference:<30}{each.granularity:<9}number {each.transaction_no}  {what}")
    verified = sum(each.state is State.VERIFIED for each in found)
    return [] if verified == len(KINDS) else [f"{verified} orders are verified, expected {len(KINDS)}"]
