"""`frontline preview`: the vouchers that would be posted, or why the day is held. Sends nothing.

Belongs here: printing a Look for people and for programs.
Does not: the look itself (look.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from rich.text import Text

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.money import display
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.look import Look, Looker, Shown, told
from frontline_pipeline.command.terminal import Exit, Terminal

_SENTENCES = re.compile(r"(?<=[.!?]) +(?=[A-ZÆØÅ`])")


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
    word = "posted as draft" if look.draft else look.state
    terminal.say(Text.assemble(f"{look.store} {look.business_day}: ", terminal.state(look.state, word)))
    if look.note:
        terminal.say(f"  {look.note}")
    show_reasons(terminal, look.reasons)
    for finding in look.warnings:
        terminal.say(f"  warning, {finding.rule}: {finding.message}", style="yellow")
    for shown in look.vouchers:
        show_voucher(terminal, shown)
    for document in look.documents:
        terminal.say(
            f"  in the posting log: {document.reference} {document.state.value}, number {document.transaction_no}"
        )


def show_reasons(terminal: Terminal, reasons: Iterable[Finding], indent: str = "  ") -> None:
    """What is wrong, line by line, and then what to do about it, each advice once."""
    found = tuple(reasons)
    for finding in found:
        terminal.say(f"{indent}{finding.rule}: {told(finding)}", style="red")
    for step in what_to_do(f.next_step for f in found):
        terminal.say(f"{indent}what to do: {step}")


def what_to_do(steps: Iterable[str]) -> list[str]:
    """Each advice without the sentences that one before it has given already."""
    given: set[str] = set()
    told = []
    for step in steps:
        new = [sentence for sentence in _SENTENCES.split(step) if sentence not in given]
        given.update(new)
        told.append(" ".join(new))
    return [step for step in told if step]


def show_voucher(terminal: Terminal, shown: Shown) -> None:
    """One voucher as a table, with its sums."""
    voucher = shown.voucher
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
    debit, credit = sum(line.debit for line in voucher.lines), sum(line.credit for line in voucher.lines)
    terminal.say()
    terminal.table(
        f"{shown.reference}   {voucher.business_day}   {voucher.mode.value}",
        ("account", "tax code", "debit", "credit", "text"),
        [*rows, ("", "", display(debit), display(credit), "total")],
    )
