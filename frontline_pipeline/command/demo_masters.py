"""The demo's customers and products: found or made once, their keys returned, and nothing sent the second time.

Belongs here: this part of the story, with what somebody entered in 24SevenOffice before, and what must come out of it.
Does not: the week (demo.py), any logic of its own.
"""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_rules import CSV_STORE, FIRST
from frontline_pipeline.masterdata.cleaning import compact_one
from frontline_pipeline.masterdata.matched import counts
from frontline_pipeline.masters import Kind
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.storage import BundleStore

_WORDS = {
    "organisation_number": "found by organisation number",
    "number": "found by item number",
    "created": "made",
}
"""How a twin came about, as it is told here; what is not in it is told by its own word."""


def enter_by_hand(context: Context, server: SandboxServer) -> None:
    """Somebody has entered a customer and a product in 24SevenOffice already, with little in them."""
    company = context.profile(CSV_STORE).company_code
    customers, products = (context.extracts.master(CSV_STORE, FIRST, kind.value) for kind in Kind)
    if customers is None or products is None:
        return
    number = compact_one(customers["organisation_number"].dropna().iloc[0])
    first = products.iloc[0]
    with server.app.store.writing():
        records = server.app.records
        records.put(
            company,
            "company",
            None,
            {"Name": "Entered by hand", "Country": "NO", "Type": "Business", "OrganizationNumber": number},
        )
        records.put(
            company,
            "product",
            None,
            {"No": first["article"], "Name": first["name"], "CategoryId": "1", "StatusId": "1"},
        )


def tell_masters(context: Context, server: SandboxServer, number: int) -> list[str]:
    """Runs the customers and products of one store-day twice; what is not as it should be."""
    from frontline_pipeline.command.run import Runner

    terminal = context.terminal
    where = StoreDay(FIRST, CSV_STORE)
    terminal.say()
    terminal.say(
        f"{number}. The customers and products of {CSV_STORE} on {FIRST} are found in 24SevenOffice, or made there (job trade)",
        style="bold",
    )
    enter_by_hand(context, server)
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
        found = counts(rows)
        told = ", ".join(f"{n} {_WORDS.get(how, how)}" for how, n in sorted(found.items(), key=_made))
        terminal.say(
            f"   {kind}: {len(rows)} delivered, {told}; their numbers there go back in {_short(context, keys)}"
        )
        by = "organisation_number" if kind is Kind.CUSTOMERS else "number"
        wrong += [] if found.get(by) == 1 else [f"the one of the {kind} that was there already was not found"]
        wrong += [f"{held} {kind} are held"] if held else []
        wrong += [] if keys.is_file() else [f"the keys of {kind} were not returned"]
    terminal.say(
        f"   calls to 24SevenOffice, orders included: {calls[0]}; when the same is run again {calls[1]}, as all is known by then"
    )
    return wrong + ([f"{calls[1]} calls for what is known"] if calls[1] else [])


def _made(found: tuple[str, int]) -> bool:
    """What was found is told before what was made."""
    return found[0] == "created"


def _calls(server: SandboxServer) -> int:
    return sum(int(str(each["calls"])) for each in server.app.statistics.as_dict().values())


def _short(context: Context, path: Path) -> str:
    root = context.loaded.project_dir
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
