"""`frontline sandbox` and `frontline generate`: the stand-in ledger, and extracts to feed it.

Belongs here: options and words.
Does not: the server and the generator (sandbox/).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.home import interruptible, sandbox_server
from frontline_pipeline.command.terminal import Exit

if TYPE_CHECKING:
    from frontline_pipeline.sandbox.shop_faults import Fault


def sandbox(context: Context, port: int | None, control: bool = False) -> Exit:
    """Serves until interrupted; postings are kept in the state directory. `control` opens its control endpoint."""
    terminal = context.terminal
    with interruptible():
        server = sandbox_server(context, port, control)
        terminal.say(
            f"Stand-in of 24SevenOffice on {server.url} (open it in a browser to see the ledger). Ctrl-C stops it."
        )
        if control:
            terminal.say(
                f"Its control endpoint is open: whoever reaches {server.url}/_sandbox/ changes its ledger and its answers.",
                style="yellow",
            )
        for code, company in context.settings.companies.items():
            office = company.office
            login = f"user from {office.username_env}"
            terminal.say(f"  {code}: organisation number {company.organisation_number}, {login}")
            if office.api_url.rstrip("/") != server.url:
                terminal.note(
                    f"  companies.{code}.office.api_url is {office.api_url}, not this address.", style="yellow"
                )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.stop()
    terminal.note("Stopped.")
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
    special: bool,
    trade: bool,
) -> Exit:
    """Writes extracts for the stores of the settings and prints their paths."""
    from frontline_pipeline.sandbox.generate import generate as write
    from frontline_pipeline.sandbox.generate import spec_from_settings

    try:
        spec = spec_from_settings(
            context.settings,
            context.day(first),
            days,
            seed=seed,
            format=kind,
            receipts_per_day=receipts,
            faults=[_fault(context, text) for text in faults],
            special=special,
            trade=trade,
        )
        paths = write(spec, out)
    except ValueError as error:
        raise UsageError(f"These extracts cannot be made: {_words(error)}") from None
    for path in paths:
        context.terminal.raw(str(path))
    return Exit.OK


def _words(error: ValueError) -> str:
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, e['loc']))} {e['msg'].removeprefix('Value error, ')}".strip() for e in error.errors()
        )
    return str(error)


def _fault(context: Context, text: str) -> Fault:
    from frontline_pipeline.sandbox.shop_faults import FAULTS, Fault

    kind, _, rest = text.partition(":")
    store, _, day = rest.partition(":")
    if kind not in FAULTS:
        raise UsageError(f"{kind!r} is no fault; known: {', '.join(FAULTS)}. Write KIND:STORE:YYYY-MM-DD.")
    context.profile(store)
    return Fault(kind, store, context.day(day))
