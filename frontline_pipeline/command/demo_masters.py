"""The demo's customers and products: found or made once, their keys returned, and nothing sent the second time.

Belongs here: this part of the story, and what must come out of it.
Does not: the week (demo.py), any logic of its own.
"""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_rules import CSV_STORE, FIRST
from frontline_pipeline.masterdata.matched import counts
from frontline_pipeline.masters import Kind
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.storage import BundleStore


def tell_masters(context: Context, server: SandboxServer, number: int) -> list[str]:
    """Runs the customers and products of one store-day twice; what is not as it should be."""
    from frontline_pipeline.command.run import Runner

    terminal = context.terminal
    where = StoreDay(FIRST, CSV_STORE)
    terminal.say()
    terminal.say(
        f"{number}. Customers and products of {where} find their twins in 24SevenOffice, or are made (job trade)",
        style="bold",
    )
    store, calls = BundleStore(context.loaded.paths.storage), []
    with Runner(context) as runner:
        for first in (True, False):
            before = _calls(server)
            ran = runner.trade(where)
            calls.append(_calls(server) - before)
            if ran.failures:
                return [f"{each.step}: {each.message}" for each in ran.failures]
            if first:
                matched = {kind: store.read(f"matched_{kind}", where)[kind.value] for kind in Kind}
    wrong: list[str] = []
    company = context.profile(CSV_STORE).company_code
    for kind in Kind:
        rows = matched[kind]
        held = int(rows["state"].eq("held").sum())
        keys = context.paths.outbox / company / f"{kind.one}_keys.{context.settings.keys.format}"
        told = ", ".join(f"{how} {n}" for how, n in counts(rows).items())
        terminal.say(f"   {kind}: {len(rows)} delivered; {told}; keys returned in {_short(context, keys)}")
        wrong += [f"{held} {kind} are held"] if held else []
        wrong += [] if keys.is_file() else [f"the keys of {kind} were not returned"]
    terminal.say(f"   calls to 24SevenOffice: {calls[0]} the first time, {calls[1]} when it is run again")
    return wrong + ([f"{calls[1]} calls for what is known"] if calls[1] else [])


def _calls(server: SandboxServer) -> int:
    return sum(int(str(each["calls"])) for each in server.app.statistics.as_dict().values())


def _short(context: Context, path: Path) -> str:
    root = context.loaded.project_dir
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
