"""`frontline status --orders` and `frontline correct --order`: orders of a range, and an invoice put right.

Belongs here: what is printed of each order.
Does not: correct (posting/order_correcting.py), a person's word about one order (words.py: the same as about a voucher).
"""

from __future__ import annotations

import json

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.command.words import os_user
from frontline_pipeline.opening import open_order_poster, open_poster, open_posting_log
from frontline_pipeline.ordering import ask_for_correction
from frontline_pipeline.posting.records import AFTER_ALL
from frontline_pipeline.posting.states import State

_LOOK_AT = frozenset(
    {
        State.UNKNOWN,
        State.SENDING,
        State.DISPUTED,
        State.DUPLICATED,
        State.DRIFTED,
        State.MISSING,
        State.REJECTED,
        State.PLANNED,
    }
)


def status(context: Context, first: str, last: str, store: str | None, as_json: bool) -> Exit:
    """Prints every order of a range that the log knows, the newest revision of each; exit code 1 when a person must look at any."""
    days = context.days(first, last)
    if store is not None:
        context.profile(store)
    found = open_posting_log(context.loaded).orders(store=store, day_from=days[0], day_to=days[-1])
    newest = {(each.company, each.document_key): each for each in sorted(found, key=lambda one: one.revision)}
    # Taken back, and there beside what replaced it: in sight whatever came after it.
    shown = [
        *newest.values(),
        *(each for each in found if each.problem_kind in AFTER_ALL and each not in newest.values()),
    ]
    rows = [
        {
            "order": each.reference,
            "store": each.store,
            "business_day": each.business_day.isoformat(),
            "form": each.granularity,
            "state": each.state.value,
            "number": each.transaction_no,
            "problem": each.problem,
        }
        for each in sorted(shown, key=lambda one: (one.business_day, one.document_key))
    ]
    terminal = context.terminal
    if as_json:
        terminal.raw(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        columns = ("order", "business_day", "form", "state", "number", "problem")
        terminal.table("", columns, [["" if row[c] is None else str(row[c]) for c in columns] for row in rows])
        if not rows:
            terminal.note("No order of these days was sent.")
    look = any(each.state in _LOOK_AT or each.problem_kind in {*AFTER_ALL, State.MISSING.value} for each in shown)
    return Exit.HELD if look else Exit.OK


def correct(
    context: Context,
    store: str,
    day: str,
    order_id: str,
    reason: str | None,
    who: str | None,
    dry_run: bool,
    as_json: bool,
) -> Exit:
    """A credit note for the invoice that is out, and a new invoice of what Frontline says now. Exit code 1 when unfinished."""
    # Dagster takes a second to import; a usage error need not wait for it.
    from frontline_pipeline.assets.orders import order_of

    profile, business_day = context.profile(store), context.day(day)
    found = order_of(context.paths.storage, profile, business_day, order_id)
    if found is None:
        raise UsageError(
            f"Order {order_id} is not among the order documents of {business_day}|{store}; materialise order_documents of that "
            "store-day first."
        )
    log = open_posting_log(context.loaded)
    if dry_run:
        told = ask_for_correction(log, profile, found)
        context.terminal.say(told)
        context.terminal.say("Nothing was written or sent.")
        return Exit.OK
    if reason is None or not reason.strip():
        raise UsageError(
            "It is a person's decision and stands in the history: say why with --reason, or try --dry-run."
        )
    from frontline_pipeline.posting.order_correcting import correct_order

    company = profile.company_code
    done = correct_order(
        open_poster(context.loaded, company, log),
        open_order_poster(context.loaded, company, log),
        found,
        profile,
        reason=reason,
        who=who or os_user(),
        today=context.today(),
    )
    if as_json:
        rows = [
            {"reference": o.reference, "state": str(o.state), "number": o.transaction_no, "message": o.message}
            for o in done
        ]
        context.terminal.raw(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for outcome in done:
            context.terminal.say(f"{outcome.state}  {outcome.message}", style="green" if outcome.done else "bold red")
    return Exit.OK if all(o.done for o in done) else Exit.HELD
