"""The `frontline` command.

Belongs here: commands, options and exit codes; bodies live in command/ and are imported when called, so that --help is quick.
Does not: anything else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from frontline_pipeline.command.context import Context

app = typer.Typer(
    name="frontline",
    help="From a Frontline shop's Z-reports to journals in 24SevenOffice: proven, posted once, read back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Store = Annotated[str, typer.Option("--store", help="Store code, as in the settings.")]
Day = Annotated[str, typer.Option("--day", help="Business day, YYYY-MM-DD.")]
From = Annotated[str, typer.Option("--from", help="First business day, YYYY-MM-DD.")]
To = Annotated[str, typer.Option("--to", help="Last business day, YYYY-MM-DD.")]
Key = Annotated[str, typer.Argument(help="Reference or document key, as `status`, `preview` and the UI show it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the posting log's history for ever.")]
Why = Annotated[str | None, typer.Option("--reason", help="Why; wanted unless --dry-run.")]
Who = Annotated[str | None, typer.Option("--who", help="Who decides; default: the account that runs the command.")]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; writes and sends nothing.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Config = Annotated[Path | None, typer.Option("--config", help="Folder of settings; default config/.")]
State = Annotated[Path | None, typer.Option("--state", help="State directory; default: state_dir of the settings.")]


@app.callback()
def _start(context: typer.Context, config: Config = None, state: State = None) -> None:
    context.obj = (config, state)


def _context(context: typer.Context) -> Context:
    # Not in the callback, which runs for the --help of a command too.
    from frontline_pipeline.command.context import Context

    return Context(*context.obj)


def _end(code: int) -> None:
    raise typer.Exit(int(code))


@app.command()
def demo(context: typer.Context) -> None:
    """The main job end to end against the sandbox: three stores, one week, one day held. Empties its own state first."""
    from frontline_pipeline.command.demo import demo as body

    _end(body(_context(context)))


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

    _end(body(_context(context), fresh, adopted))


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

    _end(import_with_progress(_context(context), paths, xsd))


@app.command()
def check(context: typer.Context) -> None:
    """Accounts, tax codes, voucher type, years and dimensions of the settings against 24SevenOffice. Reads only."""
    from frontline_pipeline.command.checking import run_checks

    _end(run_checks(_context(context)))


@app.command()
def preview(context: typer.Context, store: Store, day: Day, as_json: Json = False) -> None:
    """The vouchers that would be posted, or why the day is held. Sends nothing."""
    from frontline_pipeline.command.preview import preview as body

    _end(body(_context(context), store, day, as_json))


@app.command()
def run(context: typer.Context, store: Store, day: Day, as_json: Json = False) -> None:
    """Materialise one store-day: extract, proof, voucher, posting."""
    from frontline_pipeline.command.run import run as body

    _end(body(_context(context), store, day, as_json))


@app.command()
def readback(
    context: typer.Context, month: Annotated[str, typer.Option("--month", help="YYYY-MM.")], as_json: Json = False
) -> None:
    """Compare a month of every company's ledger with the posting log; one call per company."""
    from frontline_pipeline.command.reading import readback as body

    _end(body(_context(context), month, as_json))


@app.command()
def missing(
    context: typer.Context,
    first: From,
    last: To,
    only: Annotated[Literal["undelivered", "unposted"] | None, typer.Option("--only", help="One kind only.")] = None,
) -> None:
    """Store-days expected and not there, as partition keys to paste."""
    from frontline_pipeline.command.status import missing as body

    _end(body(_context(context), first, last, only))


@app.command()
def status(context: typer.Context, first: From, last: To, as_json: Json = False) -> None:
    """A grid of store-days: posted, draft, ready, held, missing, closed, unknown."""
    from frontline_pipeline.command.status import status as body

    _end(body(_context(context), first, last, as_json))


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

    _end(body(_context(context), store or [], first, last, as_json))


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

    _end(body(_context(context), extracts, company, online=online, html=html, as_json=as_json))


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

    _end(body(_context(context), months, company, as_json))


@app.command()
def resolve(
    context: typer.Context,
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help="Where you looked and what you saw.")],
    found: Annotated[bool, typer.Option("--found/--absent", help="It is, or is not, in 24SevenOffice.")],
    who: Who = None,
    as_json: Json = False,
) -> None:
    """Say what you found out in 24SevenOffice about a document that is unknown or disputed, or about a deleted draft."""
    _say(context, key, "found" if found else "absent", reason, who, as_json)


@app.command()
def retry(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Let a refused, exhausted or vanished document be sent again by its next run."""
    _say(context, key, "retry", reason, who, as_json)


@app.command()
def skip(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Decide that the pipeline does not post a document; `resume` takes it back."""
    _say(context, key, "skip", reason, who, as_json)


@app.command()
def resume(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Take a skip back: the next run posts the document."""
    _say(context, key, "resume", reason, who, as_json)


@app.command()
def reverse(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Say that you have reversed or deleted a voucher in 24SevenOffice by hand; its Z-reports may be posted anew."""
    _say(context, key, "reverse", reason, who, as_json)


def _say(
    context: typer.Context,
    key: str,
    word: Literal["found", "absent", "retry", "skip", "resume", "reverse"],
    reason: str,
    who: str | None,
    as_json: bool,
) -> None:
    from frontline_pipeline.command.words import say

    _end(say(_context(context), key, word, reason, who, as_json))


@app.command()
def correct(
    context: typer.Context,
    store: Store,
    day: Day,
    reason: Why = None,
    who: Who = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Reverse what is posted of a store-day and post what its extract says now, linked both ways in the texts."""
    from frontline_pipeline.command.mend import correct as body

    _end(body(_context(context), store, day, reason, who, dry_run, as_json))


@app.command()
def rollback(
    context: typer.Context,
    store: Store,
    first: From,
    last: To,
    reason: Why = None,
    who: Who = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Reverse everything posted of a store's days, and keep them off automatic posting until `release`."""
    from frontline_pipeline.command.mend import rollback as body

    _end(body(_context(context), store, first, last, reason, who, dry_run, as_json))


@app.command()
def release(
    context: typer.Context, store: Store, first: From, last: To, reason: Reason, who: Who = None, as_json: Json = False
) -> None:
    """Let rolled-back store-days be posted again by their next run."""
    from frontline_pipeline.command.mend import let_go

    _end(let_go(_context(context), store, first, last, reason, who, as_json))


@app.command()
def adopt(
    context: typer.Context,
    first: From,
    last: To,
    company: Annotated[str | None, typer.Option("--company", help="One company only.")] = None,
    store: Annotated[str | None, typer.Option("--store", help="One store only.")] = None,
    no_drafts: Annotated[
        bool, typer.Option("--no-drafts", help="No draft was ever sent: hold no day for a draft that may be out.")
    ] = False,
    who: Who = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Take over vouchers that carry our keys from a ledger with history; rebuilds a lost posting log. Sends nothing."""
    from frontline_pipeline.command.adopt import adopt as body

    drafts = not no_drafts
    _end(body(_context(context), first, last, company, store, who=who, drafts=drafts, dry_run=dry_run, as_json=as_json))


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

    _end(body(_context(context), port, control))


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
) -> None:
    """Make realistic extracts for the stores of the settings; the same seed gives the same bytes."""
    from frontline_pipeline.command.sandbox import generate as body

    _end(body(_context(context), out, first, days, kind, seed, receipts, fault or []))


@app.command()
def dev(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", help="Port of the Dagster UI.")] = 3000,
    with_sandbox: Annotated[bool, typer.Option("--sandbox/--no-sandbox")] = True,
) -> None:
    """Dagster's UI and daemon, with the sandbox beside them, on loopback only."""
    from frontline_pipeline.command.dev import dev as body

    _end(body(_context(context), port, with_sandbox))


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

    _end(body(_context(context), folder, company))


def main(arguments: list[str] | None = None) -> Any:
    """Entry point: errors that a person can act on become one line and an exit code, never a traceback."""
    from frontline_pipeline.command.failing import explained

    with explained():
        return app(arguments if arguments is not None else sys.argv[1:], prog_name="frontline")


if __name__ == "__main__":
    main()
