"""How the command speaks: tables and colours for people, plain tab-separated lines when piped.

Belongs here: printing and exit codes.
Does not: what is printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import IntEnum

from rich.console import Console
from rich.table import Table
from rich.text import Text

STYLES = {
    "ok": "green",
    "posted": "green",
    "ready": "cyan",
    "draft": "blue",
    "held": "bold red",
    "missing": "yellow",
    "closed": "dim",
    "unknown": "bold magenta",
}


class Exit(IntEnum):
    """Exit codes of the command."""

    OK = 0
    """Done, posted or closed."""
    HELD = 1
    """Held or unknown: a person must act."""
    USAGE = 2
    """Wrong usage or settings."""
    MISSING = 3
    """An expected extract or store-day is missing."""


class Terminal:
    """Output of one command. Standard output carries the result, standard error everything about it."""

    def __init__(self) -> None:
        self.out = Console(soft_wrap=True, highlight=False)
        self.err = Console(stderr=True, soft_wrap=True, highlight=False)

    @property
    def for_people(self) -> bool:
        return self.out.is_terminal

    def say(self, text: str = "", style: str | None = None) -> None:
        """A line of the result."""
        self.out.print(Text(text, style=style or ""))

    def raw(self, text: str) -> None:
        """Text exactly as it is: JSON, partition keys."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str, style: str | None = None) -> None:
        """A line about the result: progress, hints, errors."""
        self.err.print(Text(text, style=style or ""))

    def state(self, state: str) -> Text:
        return Text(state, style=STYLES.get(state, ""))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table for people; header and tab-separated rows when piped."""
        if not self.for_people:
            sys.stdout.write("\t".join(columns) + "\n")
            for row in rows:
                sys.stdout.write("\t".join(str(cell) for cell in row) + "\n")
            sys.stdout.flush()
            return
        table = Table(title=title or None, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in RIGHT else "left", overflow="fold")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
        Console(highlight=False).print(table)


RIGHT = frozenset({"debit", "credit", "amount", "calls", "expected", "actual", "difference"})
