"""`frontline status` and `frontline missing`: a grid of store-days, and what is expected and not there.

Belongs here: the words of a range and how they print.
Does not: the state of one store-day (look.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.look import Look, Looker
from frontline_pipeline.command.terminal import STYLES, Exit

Only = Literal["undelivered", "unposted"]
NOT_DELIVERED = "not delivered"


@dataclass(frozen=True)
class Cell:
    """One store-day of the grid: posted, draft, ready, held, missing, closed or unknown, and why."""

    store: str
    business_day: dt.date
    state: str
    why: str = ""

    @property
    def key(self) -> str:
        """The partition key."""
        return f"{self.business_day}|{self.store}"


def grid(context: Context, days: Sequence[dt.date]) -> list[Cell]:
    """The cells of a range, by day and then by store as the settings order them."""
    stores = tuple(context.settings.stores)
    looker = Looker(context)
    postings = looker.log.days(stores, days[0], days[-1])
    return [cell_of(looker.glance(s, d, postings.get((s, d)))) for d in days for s in stores]


def cell_of(look: Look) -> Cell:
    """The word a grid shows. `ready` is a day that is proven and waits to be posted."""
    state: str = look.state
    if look.state == "ok":
        state = "ready" if look.vouchers else "closed"
    elif look.draft:
        state = "draft"
    why = " ".join(f.message for f in look.reasons[:1]) or (look.note if state == "closed" else "")
    return Cell(look.store, look.business_day, state, why)


def status(context: Context, first: str, last: str, as_json: bool) -> Exit:
    """Prints the grid; exit code 1 when anything is held or unknown, 3 when only something is missing."""
    cells = grid(context, context.days(first, last))
    if as_json:
        rows = [
            {"store": c.store, "business_day": c.business_day.isoformat(), "state": c.state, "why": c.why or None}
            for c in cells
        ]
        context.terminal.raw(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print_grid(context, cells)
    states = {c.state for c in cells}
    if states & {"held", "unknown"}:
        return Exit.HELD
    return Exit.MISSING if "missing" in states else Exit.OK


def print_grid(context: Context, cells: Sequence[Cell]) -> None:
    """Days down, stores across; then the reasons of what a person must look at."""
    terminal = context.terminal
    stores = list(dict.fromkeys(c.store for c in cells))
    by_day: dict[dt.date, dict[str, Cell]] = {}
    for cell in cells:
        by_day.setdefault(cell.business_day, {})[cell.store] = cell
    rows = [[f"{day:%Y-%m-%d %a}", *(terminal.state(row[s].state) for s in stores)] for day, row in by_day.items()]
    terminal.table("", ("business day", *stores), rows)
    open_cells = [c for c in cells if c.state in ("held", "unknown", "missing")]
    for cell in open_cells:
        # What to do about a missing extract is the same every time, and long.
        why = cell.why.partition(". ")[0] if cell.state == "missing" else cell.why
        terminal.say(f"{cell.key}  {cell.state}: {why}", style=STYLES[cell.state])
    if open_cells:
        terminal.note("`frontline preview --store S --day D` says what to do about each.")


def missing(context: Context, first: str, last: str, only: Only | None) -> Exit:
    """Partition keys of open store-days that were not delivered, or delivered and not posted; one a line, ready to paste."""
    days = context.days(first, last)
    found = undelivered(context, days) if only == "undelivered" else list(_absent(grid(context, days), only))
    for cell, what in found:
        if context.terminal.for_people:
            context.terminal.say(f"{cell.key}   {what}")
        else:
            context.terminal.raw(cell.key)
    if not found:
        context.terminal.note("Nothing is missing.", style="green")
    return Exit.MISSING if found else Exit.OK


def _absent(cells: Sequence[Cell], only: Only | None) -> Iterator[tuple[Cell, str]]:
    for cell in cells:
        if cell.state == "missing" and only != "unposted":
            yield cell, NOT_DELIVERED
        if cell.state in ("ready", "held", "unknown"):
            yield cell, f"delivered, not posted: {cell.state}"


def undelivered(context: Context, days: Sequence[dt.date]) -> list[tuple[Cell, str]]:
    """Open store-days without an extract; what was delivered is not proven for that."""
    looker = Looker(context)
    return [
        (Cell(store, day, "missing"), NOT_DELIVERED)
        for day in days
        for store in context.settings.stores
        if looker.undelivered(store, day)
    ]
