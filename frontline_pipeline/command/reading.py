"""`frontline readback`: a month of every company's ledger compared with the posting log.

Belongs here: printing. Does not: the comparison (posting/readback.py).
"""

from __future__ import annotations

import datetime as dt
import json

from frontline_pipeline.command.context import Context, UsageError
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_ledger, open_posting_log
from frontline_pipeline.posting.readback import Agreement, judge, read_back


def readback(context: Context, month: str, as_json: bool) -> Exit:
    """Exit code 1 when a voucher drifted, vanished or doubled."""
    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        raise UsageError(f"{month!r} is not a month such as 2026-11.") from None
    log = open_posting_log(context.loaded)
    found: dict[str, list[Agreement]] = {
        company: read_back(log, open_ledger(context.loaded, company), company, first)
        for company in context.settings.companies
    }
    rows = [
        (company, a.document.reference, a.state.value, judge(a.state).message, "; ".join(str(d) for d in a.differences))
        for company, agreements in found.items()
        for a in agreements
    ]
    columns = ("company", "voucher", "state", "meaning", "differences")
    if as_json:
        context.terminal.raw(
            json.dumps([dict(zip(columns, r, strict=True)) for r in rows], ensure_ascii=False, indent=2)
        )
    else:
        context.terminal.table(f"ledger of {month}", columns, rows)
    bad = any(judge(a.state).severity == "error" and not judge(a.state).passed for g in found.values() for a in g)
    return Exit.HELD if bad else Exit.OK
