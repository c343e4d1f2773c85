"""`frontline chain`: the Z-reports of a register in order, what is missing between them, and whether the grand totals run on.

Belongs here: choosing registers, filling the book from extracts that were delivered before it was kept, printing.
Does not: judging (accounting/chain.py), the book (posting/chain_book.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from frontline_pipeline.accounting.chain_model import Chain, heads_from
from frontline_pipeline.accounting.chain_rows import ChainRow, as_json, between, rows_of
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.continuity import known_chains
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.chain_book import ChainBook
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.settings import StoreProfile

COLUMNS = ("register", "Z number", "business day", "sales", "returns", "grand total net", "verdict")


def chain(
    context: Context,
    register: str | None,
    store: str | None,
    first: str | None,
    last: str | None,
    *,
    fill: bool,
    as_json_text: bool,
) -> Exit:
    """Prints the chains; exit code 1 when an error stands in what is shown."""
    profiles = _profiles(context, register, store)
    log = open_posting_log(context.loaded)
    if fill:
        _fill(context, log, profiles, first, last)
    found = [
        each
        for profile in profiles
        for each in known_chains(log, profile)
        if register is None or each.register == register
    ]
    window = (_day(context, first), _day(context, last))
    shown = [(each, between(rows_of(each), *window)) for each in found]
    rows = [row for _, part in shown for row in part]
    if as_json_text:
        context.terminal.raw(json.dumps([as_json(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        _print(context, shown)
    return Exit.HELD if any(row.error for row in rows) else Exit.OK


def _profiles(context: Context, register: str | None, store: str | None) -> list[StoreProfile]:
    """The stores to look at: the one named, else every one that has the register. Raises UsageError where there is none."""
    chosen = [context.profile(store)] if store is not None else list(context.settings.profiles())
    if register is None:
        return chosen
    mine = [profile for profile in chosen if register in profile.store.registers]
    if not mine:
        known = ", ".join(r for profile in chosen for r in profile.store.registers)
        where = f"Store {store} has no register" if store is not None else "There is no register"
        raise UsageError(f"{where} {register!r}; the settings have {known}.")
    return mine


def _day(context: Context, text: str | None) -> dt.date | None:
    return None if text is None else context.day(text)


def _fill(
    context: Context, log: PostingLog, profiles: Sequence[StoreProfile], first: str | None, last: str | None
) -> None:
    """Enters the Z heads of every extract that was delivered; a store-day without one keeps what the book has."""
    days = context.days(first or str(context.settings.partitions.start), last or str(context.last_day()))
    book, entered = ChainBook(log.database), 0
    for profile in profiles:
        for day in sorted(context.extracts.delivered_days(profile.code, days[0], days[-1])):
            try:
                bundle = context.extracts.z_reports(profile.code, day)
            except ExtractError as error:
                context.terminal.note(f"{day}|{profile.code} cannot be read, and is left out: {error}", style="yellow")
                continue
            if bundle is not None:
                entered += book.record(profile.company_code, profile.code, day, heads_from(bundle))
    context.terminal.note(f"{counted(entered, 'store-day')} entered in the book of Z heads.")


def _print(context: Context, shown: Sequence[tuple[Chain, Sequence[ChainRow]]]) -> None:
    terminal = context.terminal
    for _, rows in shown:
        if rows:
            terminal.table("", COLUMNS, [_cells(context, row) for row in rows])
    wrong = list(dict.fromkeys(each for _, rows in shown for row in rows for each in row.wrong))
    for each in wrong:
        terminal.say(each.message, style="bold red" if each.error else "yellow")
        terminal.note(f"  {each.next_step}")
    heads = sum(row.head is not None for _, rows in shown for row in rows)
    if not heads:
        terminal.note(
            "The book has no Z-report of that. It fills as store-days run; `--fill` reads what was delivered before."
        )
    elif not wrong:
        terminal.note(f"{counted(heads, 'Z-report')}, each in its place.", style="green")


def _cells(context: Context, row: ChainRow) -> list[object]:
    head = row.head
    style = "held" if row.error else "missing" if row.wrong else "ok"
    return [
        row.register,
        row.z_number,
        head.business_day if head else "",
        _amount(head.sales_total if head else None),
        _amount(head.return_amount if head else None),
        _amount(head.net if head else None),
        context.terminal.state(style, row.verdict),
    ]


def _amount(amount: Ore | None) -> str:
    return "" if amount is None else display(amount)
