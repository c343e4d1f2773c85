"""Options that several commands of `frontline` take, and how a command finds its installation and ends.

Belongs here: option types with their help; the context of a call; its exit code.
Does not: commands (cli.py, cli_words.py). Imports nothing heavy: --help must be quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from frontline_pipeline.command.context import Context

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


def context_of(context: typer.Context) -> Context:
    """The installation that the options of `frontline` lead to."""
    # Not in the callback, which runs for the --help of a command too.
    from frontline_pipeline.command.context import Context

    return Context(*context.obj)


def end(code: int) -> None:
    """End the command with an exit code."""
    raise typer.Exit(int(code))
