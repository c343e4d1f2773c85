"""`frontline demo`: the main job end to end, against the sandbox, over real SOAP on a real socket.

Belongs here: the story of one week - extracts, proof, vouchers, posting, read-back - as a newcomer reads it.
Does not: any logic of its own (every step is the one the real pipeline takes), where it may run and what must come out
(demo_rules.py).
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from rich.text import Text

from frontline_pipeline.command.checking import run_checks
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_masters import tell_masters
from frontline_pipeline.command.demo_orders import deliver_orders, tell_orders
from frontline_pipeline.command.demo_rules import (
    CSV_STORE,
    DAYS,
    FIRST,
    HELD,
    MISSED,
    RECEIPTS_PER_DAY,
    fresh_state,
    problems,
    require_example,
    vouchers_in_ledger,
)
from frontline_pipeline.command.home import sandbox_server
from frontline_pipeline.command.importing import read_files, show_file
from frontline_pipeline.command.look import Looker
from frontline_pipeline.command.preview import show_reasons, show_voucher
from frontline_pipeline.command.status import Cell, cell_of, grid
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.partitions import CompanyMonth, StoreDay
from frontline_pipeline.posting.states import State

WIDTH = 10
"""Of a column of the live grid."""


def demo(context: Context) -> Exit:
    """Runs the demo in its own state directory, which it empties first; exit code 1 when the outcome is not the expected one."""
    require_example(context)
    fresh_state(context)
    started = time.perf_counter()
    terminal = context.terminal
    with sandbox_server(context) as server:
        terminal.say("A week of three stores, from the registers' reports to journals in 24SevenOffice.")
        terminal.say(f"A stand-in of 24SevenOffice runs meanwhile; open {server.url} to see its ledger fill up.")
        if not _deliver(context):
            return Exit.HELD
        _title(context, 2, "The settings, held against the stand-in's accounts and tax codes (frontline check)")
        if run_checks(context, quiet=True, indent="   ") is not Exit.OK:
            return Exit.HELD
        open_posting_log(context.loaded).initialise("demo")
        _run_week(context)
        _read_back(context)
        _one_voucher(context)
        _held_day(context)
        matched = tell_masters(context, server, 7)
        orders = tell_orders(context, 8)
        cells = grid(context, DAYS)
        in_ledger = vouchers_in_ledger(context, server.url)
    _counts(context, cells, Counter(in_ledger))
    wrong = problems(context, cells, len(in_ledger)) + matched + orders
    for problem in wrong:
        terminal.say(f"DEMO FAILED: {problem}", style="bold red")
    if wrong:
        return Exit.HELD
    _next(context)
    terminal.say(f"DEMO OK in {time.perf_counter() - started:.0f} s", style="bold green")
    return Exit.OK


def _title(context: Context, number: int, text: str) -> None:
    context.terminal.say()
    context.terminal.say(f"{number}. {text}", style="bold")


def _deliver(context: Context) -> bool:
    """A week of extracts: SAF-T for the stores of one company, contract CSV for the other's."""
    from frontline_pipeline.sandbox.generate import generate, spec_from_settings
    from frontline_pipeline.sandbox.shop_faults import Fault

    terminal = context.terminal
    inbox, landing = context.paths.state / "inbox", context.paths.landing or context.paths.state
    fault = Fault("unbalanced", HELD.store, HELD.business_day)
    whole = spec_from_settings(context.settings, FIRST, len(DAYS), seed=7, receipts_per_day=RECEIPTS_PER_DAY)
    saft = whole.model_copy(update={"stores": tuple(s for s in whole.stores if s.store != CSV_STORE)})
    csv = whole.model_copy(
        update={
            "stores": tuple(s.model_copy(update={"with_masters": True}) for s in whole.stores if s.store == CSV_STORE),
            "format": "csv",
            "faults": (fault,),
        }
    )
    _title(context, 1, f"Extracts of {DAYS[0]:%A %Y-%m-%d} to {DAYS[-1]:%A %Y-%m-%d}")
    files = generate(saft, inbox)
    generate(csv, landing)
    deliver_orders(csv.stores[0], landing)
    others = ", ".join(s.store for s in saft.stores)
    terminal.say(f"   {CSV_STORE} delivers CSV files: {_short(context, landing / CSV_STORE)}")
    for file in files:
        size = file.stat().st_size // 1024
        terminal.say(f"   {others} deliver a SAF-T file ({size} kB): {_short(context, file)}")
    report = read_files(context, files)
    for each in report.files:
        show_file(terminal, each, indent="   ")
    return report.ok


def _run_week(context: Context) -> None:
    """Every store-day but one, day by day; a line of the grid as soon as its day is done."""
    from frontline_pipeline.command.run import Runner

    terminal = context.terminal
    stores = tuple(context.settings.stores)
    _title(context, 3, "Every store-day through Dagster: extract, proof, voucher, posting (frontline run)")
    terminal.say("   " + "".join(f"{text:<{WIDTH}}" for text in ("", "", *stores)).rstrip(), style="bold")
    looker = Looker(context)
    with Runner(context) as runner:
        for day in DAYS:
            line = Text(f"   {day:%Y-%m-%d %a}".ljust(3 + 2 * WIDTH))
            for store in stores:
                store_day = StoreDay(day, store)
                if store_day == MISSED:
                    line.append("not run".ljust(WIDTH), "yellow")
                    continue
                runner.store_day(store_day)
                state = cell_of(looker.glance(store, day, looker.log.day(store, day))).state
                line.append_text(terminal.state(state, state.ljust(WIDTH)))
            line.rstrip()
            terminal.say(line)
    terminal.say("   draft: saved for a person to post in 24SevenOffice, as the settings want it for that store.")
    terminal.say(f"   not run: {MISSED} is left for you to run in the Dagster UI.")


def _read_back(context: Context) -> None:
    from frontline_pipeline.command.run import Runner

    terminal = context.terminal
    _title(context, 4, "The ledger read back and compared line by line (frontline readback)")
    log = open_posting_log(context.loaded)
    with Runner(context) as runner:
        for company in context.settings.companies:
            ran = runner.readback(CompanyMonth.of(company, FIRST))
            states = Counter(d.state for d in log.documents(company=company))
            verified, drafts = states.pop(State.VERIFIED, 0), states.pop(State.DRAFTED, 0)
            told = [f"{counted(verified, 'voucher')} in the ledger as sent"]
            told += [f"{counted(drafts, 'draft')} not readable until a person posts them"] if drafts else []
            told += [f"{number} {state}" for state, number in sorted(states.items())]
            told = told if ran.success else [each.message for each in ran.failures]
            terminal.say(f"   {company}: {', '.join(told)}")


def _one_voucher(context: Context) -> None:
    _title(context, 5, f"One of the vouchers, as it was sent (frontline preview --store {MISSED.store} --day {FIRST})")
    for shown in Looker(context).look(MISSED.store, FIRST).vouchers[:1]:
        show_voucher(context.terminal, shown)


def _held_day(context: Context) -> None:
    store, day = HELD.store, HELD.business_day
    _title(context, 6, f"Why {HELD} is held (frontline preview --store {store} --day {day})")
    show_reasons(context.terminal, Looker(context).look(store, day).reasons, indent="   ")


def _counts(context: Context, cells: list[Cell], in_ledger: Counter[str]) -> None:
    terminal = context.terminal
    counts = Counter(c.state for c in cells)
    terminal.say()
    terminal.say(
        f"store-days posted or drafted: {counts['posted'] + counts['draft']}   held: {counts['held']}   "
        f"not run yet: {counts['ready']}   closed: {counts['closed']}   missing: {counts['missing']}"
    )
    terminal.say(f"vouchers in the ledger: {in_ledger['posted']} posted, {in_ledger['draft']} drafts")


def _next(context: Context) -> None:
    terminal = context.terminal
    example = context.loaded.project_dir / "var" / "demo"
    command = "make dev" if context.paths.state == example else f"frontline --state {context.paths.state} dev"
    terminal.say()
    terminal.say(f"Next: `{command}` shows the same in the Dagster UI. Post the missed day there:")
    day, store = MISSED.business_day, MISSED.store
    terminal.say(f"  Jobs, store_day, Materialize all, business_day {day}, store {store}, Launch 1 run.")
    terminal.say()


def _short(context: Context, path: Path) -> str:
    root = context.loaded.project_dir
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
