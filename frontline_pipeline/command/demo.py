"""`frontline demo`: the main job end to end, against the sandbox, over real SOAP on a real socket.

Belongs here: the story of one week - extracts, proof, vouchers, posting, read-back - and the proof that it came out as it should.
Does not: any logic of its own; every step is the one the real pipeline takes.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
import urllib.request
from collections import Counter
from pathlib import Path

from frontline_pipeline.command.checking import run_checks
from frontline_pipeline.command.context import Context, UsageError
from frontline_pipeline.command.home import sandbox_server
from frontline_pipeline.command.importing import import_with_progress
from frontline_pipeline.command.look import Looker
from frontline_pipeline.command.preview import show
from frontline_pipeline.command.status import Cell, grid, print_grid
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.partitions import CompanyMonth, StoreDay

FIRST = dt.date(2026, 11, 16)
DAYS = 7
HELD = StoreDay(dt.date(2026, 11, 19), "tromso")
"""The day whose Z-report does not balance."""
SHOWN = StoreDay(dt.date(2026, 11, 18), "tromso")
"""The posted day whose voucher is printed."""
MISSED = StoreDay(dt.date(2026, 11, 21), "oslo")
"""The day nobody has run: the one to backfill in the UI."""
CSV_STORE = HELD.store
"""Delivers contract files; the others deliver SAF-T."""
RECEIPTS_PER_DAY = 60
MARKER = ".demo-state"


def demo(context: Context) -> Exit:
    """Runs the demo in its own state directory, which it empties first; exit code 1 when the outcome is not the expected one."""
    _fresh_state(context)
    started = time.perf_counter()
    terminal = context.terminal
    with sandbox_server(context) as server:
        terminal.say(f"1. A stand-in of 24SevenOffice answers on {server.url} (SOAP, strict).")
        _deliver(context)
        terminal.say()
        terminal.say("3. The settings against the ledger (frontline check):")
        if run_checks(context, quiet=True) is not Exit.OK:
            return Exit.HELD
        open_posting_log(context.loaded).initialise("demo")
        cells = _run_week(context)
        _read_back(context)
        counts = Counter(c.state for c in cells)
        in_ledger = {company: _vouchers(server.url, company) for company in context.settings.companies}
        _report(context, cells, counts, in_ledger)
    problems = _problems(context, cells, counts, in_ledger)
    for problem in problems:
        terminal.say(f"DEMO FAILED: {problem}", style="bold red")
    if problems:
        return Exit.HELD
    terminal.say(f"DEMO OK in {time.perf_counter() - started:.0f} s", style="bold green")
    return Exit.OK


def _fresh_state(context: Context) -> None:
    state = context.paths.state
    if state.exists() and any(state.iterdir()) and not (state / MARKER).exists():
        raise UsageError(
            f"{state} holds another installation's state; the demo empties its own only. Give it --state DIR."
        )
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    (state / MARKER).write_text("Emptied by every `frontline demo`.\n", encoding="utf-8")


def _deliver(context: Context) -> None:
    """A week of extracts: SAF-T for the stores of one company, contract CSV for the other's."""
    from frontline_pipeline.sandbox.generate import generate, spec_from_settings
    from frontline_pipeline.sandbox.shop_faults import Fault

    terminal = context.terminal
    inbox, landing = context.paths.state / "inbox", context.paths.landing
    if landing is None:
        raise UsageError("The demo needs source.kind: files.")
    fault = Fault("unbalanced", HELD.store, HELD.business_day)
    whole = spec_from_settings(context.settings, FIRST, DAYS, seed=7, receipts_per_day=RECEIPTS_PER_DAY)
    saft = whole.model_copy(update={"stores": tuple(s for s in whole.stores if s.store != CSV_STORE)})
    csv = whole.model_copy(
        update={
            "stores": tuple(s for s in whole.stores if s.store == CSV_STORE),
            "format": "csv",
            "faults": (fault,),
        }
    )
    files = generate(saft, inbox)
    generate(csv, landing)
    terminal.say()
    terminal.say(f"2. Extracts of {FIRST} to {FIRST + dt.timedelta(days=DAYS - 1)}:")
    terminal.say(f"   {CSV_STORE}: contract files (CSV) in {_short(context, landing)}/{CSV_STORE}")
    for file in files:
        terminal.say(f"   SAF-T: {_short(context, file)} ({file.stat().st_size // 1024} kB)")
    import_with_progress(context, files)


def _run_week(context: Context) -> list[Cell]:
    from frontline_pipeline.command.run import Runner

    context.terminal.say()
    context.terminal.say("4. Every store-day through Dagster: extract, proof, voucher, posting.")
    days = [FIRST + dt.timedelta(days=n) for n in range(DAYS)]
    with Runner(context) as runner:
        for day in days:
            line = [f"   {day:%a %Y-%m-%d}"]
            for store in context.settings.stores:
                store_day = StoreDay(day, store)
                if store_day == MISSED:
                    line.append(f"{store} not run")
                    continue
                ran = runner.store_day(store_day)
                line.append(f"{store} {'ok' if ran.success else 'stopped'}")
            context.terminal.say("  ".join(line))
    return grid(context, days)


def _read_back(context: Context) -> None:
    from frontline_pipeline.command.run import Runner

    context.terminal.say()
    context.terminal.say("5. The ledger read back and compared line by line, one call per company and month:")
    with Runner(context) as runner:
        for company in context.settings.companies:
            ran = runner.readback(CompanyMonth.of(company, FIRST))
            states = Counter(d.state.value for d in open_posting_log(context.loaded).documents(company=company))
            told = ", ".join(f"{n} {state}" for state, n in sorted(states.items()))
            context.terminal.say(
                f"   {company} {FIRST:%Y-%m}: {told if ran.success else '; '.join(f.message for f in ran.failures)}"
            )


def _report(
    context: Context, cells: list[Cell], counts: Counter[str], in_ledger: dict[str, list[dict[str, object]]]
) -> None:
    terminal = context.terminal
    terminal.say()
    terminal.say("6. Where the store-days stand (frontline status):")
    print_grid(context, cells)
    terminal.say()
    terminal.say("7. One that was posted (frontline preview):")
    show(terminal, Looker(context).look(SHOWN.store, SHOWN.business_day), as_json=False)
    terminal.say()
    terminal.say("8. The held day (frontline preview):")
    show(terminal, Looker(context).look(HELD.store, HELD.business_day), as_json=False)
    terminal.say()
    terminal.say(
        f"store-days posted or drafted: {counts['posted'] + counts['draft']}   held: {counts['held']}   "
        f"not run yet: {counts['ready']}   closed: {counts['closed']}   missing: {counts['missing']}"
    )
    posted = sum(v["state"] == "posted" for vouchers in in_ledger.values() for v in vouchers)
    drafts = sum(v["state"] == "draft" for vouchers in in_ledger.values() for v in vouchers)
    terminal.say(f"vouchers in the ledger: {posted} posted, {drafts} drafts")
    terminal.say()
    terminal.say("Next: `make dev` opens the same in the Dagster UI. Backfill the missed day there:")
    terminal.say(
        f"  Jobs, store_day, Materialize all, business_day {MISSED.business_day}, store {MISSED.store}, Launch 1 run."
    )


def _problems(
    context: Context, cells: list[Cell], counts: Counter[str], in_ledger: dict[str, list[dict[str, object]]]
) -> list[str]:
    """What is not as it should be; the numbers follow from the calendars and the one fault."""
    stores = [context.profile(code) for code in context.settings.stores]
    closed = sum(
        p.store.calendar.closed_because(FIRST + dt.timedelta(days=n)) is not None for p in stores for n in range(DAYS)
    )
    wanted = {"closed": closed, "held": 1, "ready": 1, "missing": 0, "unknown": 0}
    problems = [f"{counts[s]} store-days are {s}, expected {n}" for s, n in wanted.items() if counts[s] != n]
    done = len(cells) - closed - 2
    if counts["posted"] + counts["draft"] != done:
        problems.append(f"{counts['posted'] + counts['draft']} store-days are posted or drafted, expected {done}")
    held = [c for c in cells if c.state == "held"]
    if held and held[0].key != str(HELD):
        problems.append(f"{held[0].key} is held, expected {HELD}")
    documents = len(open_posting_log(context.loaded).documents())
    vouchers = sum(len(v) for v in in_ledger.values())
    if documents != vouchers:
        problems.append(f"the ledger has {vouchers} vouchers, the posting log {documents}")
    return problems


def _vouchers(url: str, company: str) -> list[dict[str, object]]:
    """What the stand-in's ledger holds, drafts too; its control page, not part of the real service."""
    with urllib.request.urlopen(f"{url}/_sandbox/vouchers?client={company}&drafts=1", timeout=30) as answer:  # noqa: S310
        found = json.load(answer)
    vouchers: list[dict[str, object]] = found["vouchers"] if isinstance(found, dict) else found
    return vouchers


def _short(context: Context, path: Path) -> str:
    root = context.loaded.project_dir
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
