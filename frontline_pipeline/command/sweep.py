"""`frontline sweep`: the last months of every company's ledger read again, one call per company and month.

Belongs here: printing. Does not: the comparison (posting/readback.py).
"""

from __future__ import annotations

import json

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.opening import open_ledger, open_posting_log
from frontline_pipeline.posting.readback import Sweep, judge, last_months, sweep


def sweep_months(context: Context, months: int | None, company: str | None, as_json: bool) -> Exit:
    """Exit code 1 when a ledger disagrees, holds vouchers of ours that the log does not know, or could not be read."""
    wanted = context.settings.schedule.sweep_months if months is None else months
    if wanted < 1:
        raise UsageError("--months begins at 1, the running month.")
    codes = [context.company(company)] if company is not None else list(context.settings.companies)
    log = open_posting_log(context.loaded)
    found: dict[str, Sweep] = {}
    unread: dict[str, str] = {}
    for code in codes:
        stores = [name for name, store in context.settings.stores.items() if store.company == code]
        try:
            ledger = open_ledger(context.loaded, code)
            found[code] = sweep(log, ledger, code, wanted, today=context.today(), stores=stores)
        except OfficeError as error:
            unread[code] = str(error)
    if as_json:
        context.terminal.raw(json.dumps(_json(found, unread), ensure_ascii=False, indent=2))
    else:
        first = last_months(context.today(), wanted)[0]
        for code, done in found.items():
            _show(context, code, done, f"from {first:%Y-%m}")
    for code, why in unread.items():
        context.terminal.note(f"{code}: its ledger could not be read, nothing was judged: {why}", style="red")
    bad = bool(unread) or any(done.disagreements or done.strangers for done in found.values())
    return Exit.HELD if bad else Exit.OK


def _show(context: Context, company: str, done: Sweep, since: str) -> None:
    terminal = context.terminal
    calls = counted(done.calls, "call")
    well = len(done.agreements) - len(done.disagreements)
    terminal.say(f"{company}: {counted(len(done.agreements), 'voucher')} {since}, {well} as they should be ({calls})")
    for each in done.disagreements:
        document = each.document
        told = "; ".join(map(str, each.differences)) or document.problem or judge(each.state).message
        terminal.say(
            f"{each.state.value}  {document.business_day}|{document.store}  {document.reference}: {told}", style="red"
        )
        terminal.say(
            f"  what to do: `frontline preview --store {document.store} --day {document.business_day}` says it."
        )
    for stranger in done.strangers:
        terminal.say(
            f"not in the posting log  {stranger.reference} (number {stranger.transaction_no}, {stranger.date}): a lost log, or a "
            "second pipeline at work",
            style="red",
        )
    if done.strangers:
        day = min(stranger.date for stranger in done.strangers)
        terminal.say(f"  what to do: find out whose they are; `frontline adopt --from {day} --to ...` takes them over.")


def _json(found: dict[str, Sweep], unread: dict[str, str]) -> list[dict[str, object]]:
    read: list[dict[str, object]] = [
        {
            "company": code,
            "vouchers": len(done.agreements),
            "disagreements": [
                {
                    "voucher": each.document.reference,
                    "store": each.document.store,
                    "business_day": each.document.business_day.isoformat(),
                    "state": each.state.value,
                    "differences": [str(difference) for difference in each.differences],
                }
                for each in done.disagreements
            ],
            "strangers": [
                {"reference": s.reference, "number": s.transaction_no, "date": s.date.isoformat()}
                for s in done.strangers
            ],
            "calls": done.calls,
            "unread": None,
        }
        for code, done in found.items()
    ]
    read += [{"company": code, "unread": why} for code, why in unread.items()]
    return read
