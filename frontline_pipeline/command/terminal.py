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
    "mend": "bold red",
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
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)

    @property
    def for_people(self) -> bool:
        return self.out.is_terminal

    def say(self, text: str | Text = "", style: str | None = None) -> None:
        """A line of the result."""
        _line(self.out, text, style)

    def raw(self, text: str) -> None:
        """Text exactly as it is: JSON, partition keys, paths."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def note(self, text: str, style: str | None = None) -> None:
        """A line about the result: progress, hints, errors."""
        _line(self.err, text, style)

    def state(self, state: str, word: str | None = None) -> Text:
        """The word of a state in its colour."""
        return Text(word or state, style=STYLES.get(state, ""))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table for people; title, header and tab-separated rows when piped."""
        if not self.for_people:
            lines = [title] if title else []
            lines += ["\t".join(str(cell) for cell in row) for row in (columns, *rows)]
            self.raw("\n".join(lines))
            return
        table = Table(title=title or None, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column, justify="right" if column in RIGHT else "left", overflow="fold")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
        self.out.print(table)


def _line(console: Console, text: str | Text, style: str | None) -> None:
    # A terminal wraps between words; a file keeps the line whole, or a search would not find what a wrap tore apart.
    console.print(text if isinstance(text, Text) else Text(text, style=style or ""), soft_wrap=not console.is_terminal)


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 Z-report", "2 Z-reports"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


RIGHT = frozenset(
    {"debit", "credit", "amount", "calls", "expected", "actual", "difference", "sales", "returns", "grand total net"}
)
"""Columns of numbers."""
