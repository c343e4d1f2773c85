"""`frontline adopt`: take over vouchers of ours from a ledger with history, or rebuild a lost posting log.

Belongs here: the range and the companies, the dry run on a copy of the log, what is printed.
Does not: which vouchers are ours, or look like ours (posting/adopting.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.command.words import os_user
from frontline_pipeline.mending import adopt_company, covers_the_grid, scratch_copy
from frontline_pipeline.opening import open_ledger, open_posting_log
from frontline_pipeline.posting.adopting import Adoption
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.records import JOURNAL


def adopt(
    context: Context,
    first: str,
    last: str,
    company: str | None,
    store: str | None,
    *,
    who: str | None = None,
    drafts: bool = True,
    dry_run: bool = False,
    as_json: bool = False,
) -> Exit:
    """Takes over what carries our keys. Exit code 1 when something is held for a person or in conflict.

    A log that nobody has declared may send only when every company and every day of the grid was taken over: else what was left
    out would be posted a second time.
    """
    begin, end = context.day(first), context.day(last)
    if end < begin:
        raise UsageError(f"--from {begin} lies after --to {end}.")
    if store is not None:
        own = context.profile(store).company_code
        if company not in (None, own):
            raise UsageError(f"Store {store} belongs to company {own}, not to {company}.")
        company = own
    codes = [context.company(company)] if company is not None else list(context.settings.companies)
    log = open_posting_log(context.loaded)
    fresh = not log.is_initialised()
    whole = company is None and covers_the_grid(context.settings, begin, end, context.today())
    found: dict[str, Adoption] = {}
    with _log(log, dry_run) as written:
        for code in codes:
            found[code] = adopt_company(
                context.settings,
                context.extracts,
                written,
                open_ledger(context.loaded, code),
                code,
                begin,
                end,
                who=who or os_user(),
                store=store,
                # Last of all: a crash between two companies must not leave a log that may send.
                declare=whole and code == codes[-1],
                drafts=drafts,
            )
    if as_json:
        context.terminal.raw(json.dumps(_json(found, dry_run), ensure_ascii=False, indent=2))
    else:
        for code, done in found.items():
            _show(context, code, done, dry_run)
        _outlook(context, found, dry_run)
    if fresh and not dry_run:
        _warn(context, whole)
    return Exit.HELD if any(done.held or done.conflicts for done in found.values()) else Exit.OK


@contextmanager
def _log(log: PostingLog, dry_run: bool) -> Iterator[PostingLog]:
    if not dry_run:
        yield log
        return
    with scratch_copy(log) as copy:
        yield copy


def _show(context: Context, company: str, done: Adoption, dry_run: bool) -> None:
    terminal = context.terminal
    would = "would be " if dry_run else ""
    calls = counted(done.calls, "call")
    terminal.say(
        f"{company}: {counted(len(done.adopted), 'voucher')} {would}taken over, {len(done.known)} known already, "
        f"{counted(len(done.held), 'document')} {would}held, {counted(len(done.conflicts), 'conflict')}, "
        f"{counted(len(done.not_posted), 'store-day')} not posted ({calls})"
    )
    if done.adopted:
        columns = ("business day", "store", "voucher", "number", "state")
        rows = [(d.business_day, d.store, d.reference, d.transaction_no, d.state.value) for d in done.adopted]
        terminal.table("", columns, rows)
    for document in done.held:
        terminal.say(f"held  {document.reference}: {document.problem}", style="bold red")
    shown = {document.reference for document in done.held}
    for conflict in done.conflicts:
        if conflict.subject not in shown:
            terminal.say(f"conflict  {conflict.store} {conflict.business_day}: {conflict.message}", style="bold red")
    if done.not_posted:
        keys = ", ".join(f"{day}|{store}" for store, day in done.not_posted)
        terminal.say(f"not posted: {keys}")


def _outlook(context: Context, found: dict[str, Adoption], dry_run: bool) -> None:
    terminal = context.terminal
    if dry_run:
        terminal.say("Nothing was written; the same without --dry-run does it.")
        return
    held = [d for done in found.values() for d in done.held]
    if held:
        terminal.say(
            f"What comes next: look at each in 24SevenOffice, then `frontline resolve {held[0].reference} --found` (it is there) "
            "or `--absent` (it is not), with `--reason ...`."
        )
    days = [d.business_day for done in found.values() for d in done.adopted if d.kind == JOURNAL]
    if days:
        terminal.say(f"What comes next: `frontline status --from {min(days)} --to {max(days)}` shows where they stand.")


def _warn(context: Context, whole: bool) -> None:
    if whole:
        return
    context.terminal.note(
        "The posting log was empty and sends nothing yet: only a part was taken over. Run `frontline init --adopt`, or `frontline "
        f"adopt` without --company and --store from {context.settings.partitions.start} (partitions.start) to {context.last_day()} "
        "or later, to declare it rebuilt.",
        style="yellow",
    )


def _json(found: dict[str, Adoption], dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "companies": [
            {
                "company": code,
                "adopted": [
                    {
                        "reference": d.reference,
                        "business_day": d.business_day.isoformat(),
                        "number": d.transaction_no,
                        "state": d.state.value,
                    }
                    for d in done.adopted
                ],
                "known": list(done.known),
                "held": [{"reference": d.reference, "why": d.problem} for d in done.held],
                "conflicts": [
                    {"store": c.store, "business_day": c.business_day.isoformat(), "message": c.message}
                    for c in done.conflicts
                ],
                "not_posted": [f"{day}|{store}" for store, day in done.not_posted],
                "calls": done.calls,
            }
            for code, done in found.items()
        ],
    }
