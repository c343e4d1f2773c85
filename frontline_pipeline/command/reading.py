"""`frontline readback`: a month of every company's ledger compared with the posting log.

Belongs here: printing. Does not: the comparison (posting/readback.py).
"""

from __future__ import annotations

import json

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.opening import open_ledger, open_posting_log
from frontline_pipeline.posting.readback import Agreement, judge, read_back
from frontline_pipeline.posting.records import AFTER_ALL
from frontline_pipeline.posting.states import State

COLUMNS = ("company", "voucher", "state", "meaning", "differences")


def readback(context: Context, month: str, as_json: bool) -> Exit:
    """Exit code 1 when a voucher drifted, vanished or doubled, or a ledger could not be read; the others are read all the same."""
    first = context.month(month)
    terminal = context.terminal
    log = open_posting_log(context.loaded)
    found: list[tuple[str, Agreement]] = []
    unread = False
    for company in context.settings.companies:
        try:
            found += [(company, a) for a in read_back(log, open_ledger(context.loaded, company), company, first)]
        except OfficeError as error:
            unread = True
            terminal.note(f"{company}: its ledger could not be read, nothing was judged: {error}", style="red")
    rows = [
        (company, a.document.reference, _shown(a).value, judge(_shown(a)).message, _told(a)) for company, a in found
    ]
    if as_json:
        terminal.raw(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], ensure_ascii=False, indent=2))
    elif rows:
        terminal.table("", COLUMNS, rows)
    elif not unread:
        terminal.note(f"Nothing was posted for {month}.")
    verdicts = [judge(_shown(a)) for _, a in found]
    return Exit.HELD if unread or any(v.severity == "error" and not v.passed for v in verdicts) else Exit.OK


def _shown(found: Agreement) -> State:
    """What was taken back, and is not in the ledger as that left it, counts as what is the matter with it."""
    return AFTER_ALL.get(found.document.problem_kind or "", found.state)


def _told(found: Agreement) -> str:
    return "; ".join(map(str, found.differences)) or (
        found.document.problem or "" if _shown(found) != found.state else ""
    )
