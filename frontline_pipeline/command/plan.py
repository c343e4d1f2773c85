"""`frontline plan`: what posting a range of store-days would do, and what it would cost. Sends nothing, writes nothing.

Belongs here: printing. Does not: the plan (planning.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from frontline_pipeline.accounting.money import display, text
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.planning import Kind, Line, Plan, Planner

_OPEN = (Kind.UPDATED, Kind.HELD, Kind.UNMAPPED, Kind.UNKNOWN)


def plan(context: Context, stores: Sequence[str], first: str, last: str, as_json: bool) -> Exit:
    """Exit code 1 when a person must act on anything of it, 3 when only extracts are missing."""
    codes = [code for given in stores for code in given.split(",") if code] or list(context.settings.stores)
    profiles = [context.profile(code) for code in codes]
    days = context.days(first, last)
    planner = Planner(context.extracts, open_posting_log(context.loaded), context.settings.posting)
    found = planner.plan(profiles, days)
    if as_json:
        context.terminal.raw(json.dumps(plan_json(found), ensure_ascii=False, indent=2))
    else:
        _show(context, found)
    if any(found.counts[kind] for kind in _OPEN):
        return Exit.HELD
    return Exit.MISSING if found.counts[Kind.FAILED] else Exit.OK


def _show(context: Context, found: Plan) -> None:
    terminal = context.terminal
    counts, sums = found.counts, found.sums
    rows = [(kind.value, counts[kind], display(sums[kind]) if sums[kind] else "") for kind in Kind if counts[kind]]
    terminal.table("", ("what", "number", "amount"), rows)
    for kind in Kind:
        lines = [line for line in found.lines if line.kind is kind]
        # Closed days and the like are many, and say nothing one by one.
        if lines and kind is not Kind.SKIPPED:
            _show_kind(context, kind, lines)
    for line in found.lines:
        if line.changes:
            columns = ("what", "posted", "new")
            terminal.table(line.reference, columns, [(c.subject, c.posted, c.new) for c in line.changes])
    calls = found.calls
    terminal.say(
        f"Calls to 24SevenOffice, at most: {calls['posting']} to post, {calls['registers']} for registers, "
        f"{calls['read_back']} to read back. Nothing was sent or written."
    )


def _show_kind(context: Context, kind: Kind, lines: Sequence[Line]) -> None:
    context.terminal.table(
        kind.value,
        ("store-day", "voucher", "amount", "why"),
        [(_key(line), line.reference, display(line.amount) if line.amount else "", line.message) for line in lines],
    )


def _key(line: Line) -> str:
    return f"{line.business_day}|{line.store}"


def plan_json(found: Plan) -> dict[str, object]:
    """The plan for programs: amounts as text with two decimals."""
    return {
        "counts": {kind.value: number for kind, number in found.counts.items()},
        "sums": {kind.value: text(amount) for kind, amount in found.sums.items()},
        "calls": found.calls,
        "lines": [
            {
                "store": line.store,
                "business_day": line.business_day.isoformat(),
                "kind": line.kind.value,
                "reference": line.reference or None,
                "amount": text(line.amount),
                "why": line.message or None,
                "changes": [{"subject": c.subject, "posted": c.posted, "new": c.new} for c in line.changes],
            }
            for line in found.lines
        ],
    }
