"""Has someone matched a posted voucher: with a bank statement, a payment, an invoice?

Belongs here: the fingerprint of how a voucher's lines are linked, and what of it says "matched by others".
Does not: read the ledger (readback.py, reversing.py).

What 24SevenOffice shows of a match is hardly documented: LinkId is a system number that changes on every re-matching, Open
is the state of an open item (API.md section 3.5). So three signs count, each alone: a customer line that is closed, a link
that another voucher has too, and links or open items that are no longer as the first read-back found them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from frontline_pipeline.office.models import Transaction


def links_of(lines: Iterable[Transaction]) -> str:
    """The fingerprint, as the log keeps it: per line account, amount, link and whether it is open."""
    return json.dumps(
        sorted([line.account, line.amount, line.link_id or 0, line.is_open] for line in lines), separators=(",", ":")
    )


def matched_by_others(
    lines: Sequence[Transaction], window: Iterable[Sequence[Transaction]], first_seen: str | None
) -> str | None:
    """Which sign says that a voucher is matched, in words; None when none does. `window`: other vouchers around it."""
    for line in lines:
        if not line.is_open and any(
            each.kind == "Customer" and each.value not in ("", "0") for each in line.dimensions
        ):
            return f"the customer line on account {line.account} is closed"
    links = {line.link_id for line in lines if line.link_id}
    for other in window:
        if other is not lines and links & {line.link_id for line in other if line.link_id}:
            return f"a line of it is linked with voucher {other[0].transaction_no} of {other[0].date}"
    if first_seen is not None and links_of(lines) != first_seen:
        return "its links are no longer as the first read-back found them"
    return None
