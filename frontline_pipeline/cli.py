"""The `frontline` command.

Belongs here: commands and their options; bodies live in command/ and are imported when called, so that --help is quick.
Does not: the commands by which a person decides (cli_words.py), options that several take (cli_options.py).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from frontline_pipeline.cli_options import Config, Day, From, Json, State, Store, To, context_of, end
from frontline_pipeline.cli_words import words

app = typer.Typer(
    name="frontline",
    help="From a Frontline shop's Z-reports to journals in 24SevenOffice: proven, posted once, read back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(words)


@app.callback()
def _start(context: typer.Context, config: Config = None, state: State = None) -> None:
    context.obj = (config, state)


@app.command()
def demo(context: typer.Context) -> None:
    """The main job end to end against the sandbox: three stores, one week, one day held. Empties its own state first."""
    from frontline_pipeline.command.demo import demo as body

    end(body(context_of(context)))


@app.command()
def init(
    context: typer.Context,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="This pipeline has posted nothing to these companies before.")
    ] = False,
    adopted: Annotated[
        bool, typer.Option("--adopt", help="It has: take over what the ledgers hold of ours, from partitions.start.")
    ] = False,
) -> None:
    """Declare the posting log new, or rebuilt. An empty log refuses to send until then: a lost log looks the same."""
    from frontline_pipeline.command.init import init as body

    end(body(context_of(context), fresh, adopted))


@app.command("import")
def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="SAF-T Cash Register files, or folders of them.")],
    xsd: Annotated[
        Path | None, typer.Option("--xsd", help="Validate against this schema first (a pass of its own).")
    ] = None,
) -> None:
    """Split SAF-T files of any period and any number of stores into the landing area. Again is safe."""
    from frontline_pipeline.command.importing import import_with_progress

    end(import_with_progress(context_of(context), paths, xsd))


@app.command()
def check(context: typer.Context) -> None:
    """Accounts, tax codes, voucher type, years and dimensions of the settings against 24SevenOffice. Reads only."""
    from frontline_pipeline.command.checking import run_checks

    end(run_checks(context_of(context)))


@app.command()
def preview(context: typer.Context, store: Store, day: Day, as_json: Json = False) -> None:
    """The vouchers that would be posted, or why the day is held. Sends nothing."""
    from frontline_pipeline.command.preview import preview as body

    end(body(context_of(context), store, day, as_json))


@app.command()
def run(context: typer.Context, store: Store, day: Day, as_json: Json = False) -> None:
    """Materialise one store-day: extract, proof, voucher, posting."""
    from frontline_pipeline.command.run import run as body

    end(body(context_of(context), store, day, as_json))


@app.command()
def readback(
    context: typer.Context, month: Annotated[str, typer.Option("--month", help="YYYY-MM.")], as_json: Json = False
) -> None:
    """Compare a month of every company's ledger with the posting log; one call per company."""
    from frontline_pipeline.command.reading import readback as body

    end(body(context_of(context), month, as_json))


@app.command()
def missing(
    context: typer.Context,
    first: From,
    last: To,
    only: Annotated[Literal["undelivered", "unposted"] | None, typer.Option("--only", help="One kind only.")] = None,
) -> None:
    """Store-days expected and not there, as partition keys to paste."""
    from frontline_pipeline.command.status import missing as body

    end(body(context_of(context), first, last, only))


@app.command()
def status(
    context: typer.Context,
    first: From,
    last: To,
    orders: Annotated[bool, typer.Option("--orders", help="The orders of these days instead of the grid.")] = False,
    store: Annotated[str | None, typer.Option("--store", help="With --orders: one store only.")] = None,
    as_json: Json = False,
) -> None:
    """A grid of store-days: posted, draft, ready, held, missing, closed, unknown; or the orders of those days."""
    if orders:
        from frontline_pipeline.command.orders import status as of_orders

        end(of_orders(context_of(context), first, last, store, as_json))
    from frontline_pipeline.command.status import status as body

    end(body(context_of(context), first, last, as_json))


@app.command()
def plan(
    context: typer.Context,
    first: From,
    last: To,
    store: Annotated[
        list[str] | None,
        typer.Option("--store", "--stores", help="Store code; several by commas or by repeating it. Default: all."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What posting a range would do: created, updated (line by line), matched, held, unmapped. Sends and writes nothing."""
    from frontline_pipeline.command.plan import plan as body

    end(body(context_of(context), store or [], first, last, as_json))


@app.command()
def chain(
    context: typer.Context,
    register: Annotated[str | None, typer.Option("--register", help="Register id; default: every one.")] = None,
    store: Annotated[str | None, typer.Option("--store", help="One store only.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First business day shown, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last business day shown, YYYY-MM-DD.")] = None,
    fill: Annotated[
        bool, typer.Option("--fill", help="First enter what was delivered, for days that ran before the book was kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """The Z-reports of a register in order: missing and repeated numbers, grand totals that do not run on. Sends nothing."""
    from frontline_pipeline.command.chain import chain as body

    end(body(context_of(context), register, store, first, last, fill=fill, as_json_text=as_json))


@app.command()
def quality(
    context: typer.Context,
    extracts: Annotated[
        Path | None,
        typer.Option("--extracts", help="Folder of extracts, or SAF-T files; default: the source of the settings."),
    ] = None,
    company: Annotated[str | None, typer.Option("--company", help="One company only.")] = None,
    online: Annotated[bool, typer.Option("--online", help="Ask 24SevenOffice too; reads only.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Before go-live: months of extracts checked without sending anything; ends with yes or what to mend, most blocking first."""
    from frontline_pipeline.command.quality import quality as body

    end(body(context_of(context), extracts, company, online=online, html=html, as_json=as_json))


@app.command()
def sweep(
    context: typer.Context,
    months: Annotated[
        int | None, typer.Option("--months", help="How many, the running one included; default schedule.sweep_months.")
    ] = None,
    company: Annotated[str | None, typer.Option("--company", help="One company only.")] = None,
    as_json: Json = False,
) -> None:
    """Read the last months of every ledger again: late, doubled, changed and strange vouchers. One call per company and month."""
    from frontline_pipeline.command.sweep import sweep_months as body

    end(body(context_of(context), months, company, as_json))


@app.command()
def sandbox(
    context: typer.Context,
    port: Annotated[int | None, typer.Option("--port", help="Default: sandbox.port of the settings.")] = None,
    control: Annotated[
        bool, typer.Option("--control", help="Open /_sandbox/ for faults, lag, quota, edits (docs/sandbox.md).")
    ] = False,
) -> None:
    """Run the stand-in of 24SevenOffice on loopback until interrupted."""
    from frontline_pipeline.command.sandbox import sandbox as body

    end(body(context_of(context), port, control))


@app.command()
def generate(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="Folder to write to.")],
    first: From,
    days: Annotated[int, typer.Option("--days", min=1, max=3660)] = 7,
    kind: Annotated[Literal["saft", "csv", "parquet"], typer.Option("--format")] = "saft",
    seed: Annotated[int, typer.Option("--seed")] = 1,
    receipts: Annotated[int, typer.Option("--receipts", help="Receipts per register and day, on average.")] = 120,
    fault: Annotated[
        list[str] | None, typer.Option("--fault", help="KIND:STORE:YYYY-MM-DD, e.g. unbalanced:oslo:2026-11-19.")
    ] = None,
    special: Annotated[
        bool,
        typer.Option("--special", help="Add every special case that the settings can book (docs/special-cases.md)."),
    ] = False,
    trade: Annotated[
        bool, typer.Option("--trade", help="Add customers, products and an order a day of each kind (csv, parquet).")
    ] = False,
) -> None:
    """Make realistic extracts for the stores of the settings; the same seed gives the same bytes."""
    from frontline_pipeline.command.sandbox import generate as body

    end(body(context_of(context), out, first, days, kind, seed, receipts, fault or [], special, trade))


@app.command()
def dev(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", help="Port of the Dagster UI.")] = 3000,
    with_sandbox: Annotated[bool, typer.Option("--sandbox/--no-sandbox")] = True,
) -> None:
    """Dagster's UI and daemon, with the sandbox beside them, on loopback only."""
    from frontline_pipeline.command.dev import dev as body

    end(body(context_of(context), port, with_sandbox))


@app.command("wsdl-diff")
def wsdl_diff(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of real WSDLs; without it the live ones are fetched.")
    ] = None,
    company: Annotated[str | None, typer.Option("--company", help="Whose hosts to ask; default the first.")] = None,
) -> None:
    """Compare the shipped WSDLs with the real ones."""
    from frontline_pipeline.command.wsdl import wsdl_diff as body

    end(body(context_of(context), folder, company))


def main(arguments: list[str] | None = None) -> Any:
    """Entry point: errors that a person can act on become one line and an exit code, never a traceback."""
    from frontline_pipeline.command.failing import explained

    with explained():
        return app(arguments if arguments is not None else sys.argv[1:], prog_name="frontline")


if __name__ == "__main__":
    main()
