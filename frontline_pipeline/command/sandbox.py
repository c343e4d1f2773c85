"""`frontline sandbox` and `frontline generate`: the stand-in ledger, and extracts to feed it.

Belongs here: options and words.
Does not: the server and the generator (sandbox/).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from frontline_pipeline.command.context import Context, UsageError
from frontline_pipeline.command.home import sandbox_server
from frontline_pipeline.command.terminal import Exit

if TYPE_CHECKING:
    from frontline_pipeline.sandbox.shop_faults import Fault


def sandbox(context: Context, port: int | None) -> Exit:
    """Serves until interrupted; postings are kept in the state directory."""
    server = sandbox_server(context, port)
    terminal = context.terminal
    terminal.say(f"24SevenOffice stand-in on {server.url} (open it in a browser to see the ledger). Ctrl-C stops it.")
    for code, company in context.settings.companies.items():
        terminal.say(
            f"  {code}: organisation number {company.organisation_number}, user from {company.office.username_env}"
        )
    server.serve_forever()
    return Exit.OK


def generate(
    context: Context,
    out: Path,
    first: str,
    days: int,
    kind: Literal["saft", "csv", "parquet"],
    seed: int,
    receipts: int,
    faults: list[str],
) -> Exit:
    """Writes extracts for the stores of the settings and prints their paths."""
    from frontline_pipeline.sandbox.generate import generate as write
    from frontline_pipeline.sandbox.generate import spec_from_settings

    spec = spec_from_settings(
        context.settings,
        context.day(first),
        days,
        seed=seed,
        format=kind,
        receipts_per_day=receipts,
        faults=[_fault(context, text) for text in faults],
    )
    for path in write(spec, out):
        context.terminal.raw(str(path))
    return Exit.OK


def _fault(context: Context, text: str) -> Fault:
    from frontline_pipeline.sandbox.shop_faults import FAULTS, Fault

    kind, _, rest = text.partition(":")
    store, _, day = rest.partition(":")
    if kind not in FAULTS:
        raise UsageError(f"{kind!r} is no fault; known: {', '.join(FAULTS)}.")
    context.profile(store)
    return Fault(kind, store, context.day(day))
