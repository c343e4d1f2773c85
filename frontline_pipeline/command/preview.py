"""`frontline preview`: the vouchers that would be posted, or why the day is held. Sends nothing.

Belongs here: printing a Look for people and for programs.
Does not: the look itself (look.py).
"""

from __future__ import annotations

import json

from frontline_pipeline.accounting.money import display
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.look import Look, Looker
from frontline_pipeline.command.terminal import Exit, Terminal


def preview(context: Context, store: str, day: str, as_json: bool) -> Exit:
    """Prints one store-day and returns the exit code of its state."""
    context.profile(store)
    look = Looker(context).look(store, context.day(day))
    show(context.terminal, look, as_json)
    return look.exit


def show(terminal: Terminal, look: Look, as_json: bool) -> None:
    """One store-day, as JSON or for people."""
    if as_json:
        terminal.raw(json.dumps(look.as_json(), ensure_ascii=False, indent=2))
        return
    headline = terminal.state(look.state)
    terminal.out.print(f"{look.store} {look.business_day}: ", headline, sep="")
    if look.walk.note and look.state in ("closed", "missing"):
        terminal.say(f"  {look.walk.note}")
    for finding in look.reasons if look.state != "missing" else ():
        terminal.say(f"  {finding.rule}: {finding.message}", style="red")
        terminal.say(f"    what to do: {finding.next_step}")
    for finding in look.warnings:
        terminal.say(f"  warning, {finding.rule}: {finding.message}", style="yellow")
    for voucher in look.walk.vouchers.vouchers:
        rows: list[tuple[object, ...]] = [
            (
                line.account,
                line.tax_code or "",
                display(line.debit) if line.debit else "",
                display(line.credit) if line.credit else "",
                line.text,
            )
            for line in voucher.lines
        ]
        total = display(sum(line.debit for line in voucher.lines))
        rows.append(("", "", total, display(sum(line.credit for line in voucher.lines)), "total"))
        terminal.say()
        terminal.table(
            f"{look.reference_of(voucher)}   {voucher.business_day}   {voucher.mode.value}",
            ("account", "tax code", "debit", "credit", "text"),
            rows,
        )
    for key in look.walk.vouchers.skipped:
        terminal.say(f"  Z {key.z_number} on register {key.register} has no takings: nothing to post")
    for document in look.documents:
        terminal.say(
            f"  in the posting log: {document.reference} {document.state.value}, number {document.transaction_no}"
        )
