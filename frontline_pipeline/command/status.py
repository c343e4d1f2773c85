"""`frontline status` and `frontline missing`: a grid of store-days, and what is expected and not there.

Belongs here: the states of a range and how they print.
Does not: the state of one store-day (look.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.look import Look, Looker, problem_of
from frontline_pipeline.command.terminal import STYLES, Exit
from frontline_pipeline.posting.documents import Document
from frontline_pipeline.posting.states import State

NOT_ACCEPTED = frozenset({State.REJECTED, State.DRIFTED, State.MISSING, State.DUPLICATED})


@dataclass(frozen=True)
class Cell:
    """One store-day of the grid: posted, draft, ready, held, missing, closed or unknown, and why."""

    store: str
    business_day: dt.date
    state: str
    why: str = ""

    @property
    def key(self) -> str:
        return f"{self.business_day}|{self.store}"


def grid(context: Context, first: dt.date, last: dt.date, stores: Sequence[str] | None = None) -> list[Cell]:
    """The cells of a range, by day and then by store as the settings order them."""
    looker = Looker(context)
    return [cell_of(looker.look(s, d)) for d in context.days(first, last) for s in (stores or context.settings.stores)]


def cell_of(look: Look) -> Cell:
    """The word a grid shows. `ready` is a day that is proven and waits to be posted."""
    broken = [d for d in look.documents if d.state in NOT_ACCEPTED]
    if look.state in ("ok", "posted") and broken:
        return _cell(look, "held", _why_broken(broken))
    if look.state == "ok":
        return _cell(
            look,
            "ready" if look.walk.vouchers.vouchers else "closed",
            "" if look.walk.vouchers.vouchers else "no takings",
        )
    if look.state == "posted" and look.draft:
        return _cell(look, "draft")
    why = look.reasons[0].message if look.reasons else look.walk.note if look.state in ("closed", "missing") else ""
    return _cell(look, look.state, why)


def _why_broken(documents: Sequence[Document]) -> str:
    d = documents[0]
    return problem_of(d).message if d.state is State.REJECTED else f"{d.reference} is {d.state.value} in the ledger"


def _cell(look: Look, state: str, why: str = "") -> Cell:
    return Cell(look.store, look.business_day, state, why)


def status(context: Context, first: str, last: str, as_json: bool) -> Exit:
    """Prints the grid; exit code 1 when anything is held or unknown, 3 when only something is missing."""
    cells = grid(context, context.day(first), context.day(last))
    terminal = context.terminal
    if as_json:
        terminal.raw(
            json.dumps(
                [
                    {
                        "store": c.store,
                        "business_day": c.business_day.isoformat(),
                        "state": c.state,
                        "why": c.why or None,
                    }
                    for c in cells
                ],
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        print_grid(context, cells)
    states = {c.state for c in cells}
    if states & {"held", "unknown"}:
        return Exit.HELD
    return Exit.MISSING if "missing" in states else Exit.OK


def print_grid(context: Context, cells: Sequence[Cell]) -> None:
    """Days down, stores across; then the reasons of what a person must look at."""
    from rich.text import Text

    stores = list(dict.fromkeys(c.store for c in cells))
    by_day: dict[dt.date, dict[str, Cell]] = {}
    for cell in cells:
        by_day.setdefault(cell.business_day, {})[cell.store] = cell
    rows = [
        [f"{day:%Y-%m-%d %a}", *(Text(row[s].state, style=STYLES.get(row[s].state, "")) for s in stores)]
        for day, row in by_day.items()
    ]
    context.terminal.table("store-days", ("business day", *stores), rows)
    for cell in cells:
        if cell.state in ("held", "unknown", "missing"):
            context.terminal.say(f"{cell.key}  {cell.state}: {cell.why}", style=STYLES.get(cell.state))


def missing(context: Context, first: str, last: str, only: str | None) -> Exit:
    """Partition keys of open store-days that were not delivered, or delivered and not posted; one a line, ready to paste."""
    found = list(_absent(grid(context, context.day(first), context.day(last)), only))
    for cell, what in found:
        if context.terminal.for_people:
            context.terminal.say(f"{cell.key}   {what}")
        else:
            context.terminal.raw(cell.key)
    if not found:
        context.terminal.note("Nothing is missing.", style="green")
    return Exit.MISSING if found else Exit.OK


def _absent(cells: Sequence[Cell], only: str | None) -> Iterator[tuple[Cell, str]]:
    for cell in cells:
        if cell.state == "missing" and only != "unposted":
            yield cell, "not delivered"
        if cell.state in ("ready", "held", "unknown") and only != "undelivered":
            yield cell, f"delivered, not posted: {cell.state}"
