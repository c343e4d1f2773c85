"""`frontline correct`, `rollback`, `release`: a person takes posted store-days back, or lets them go again.

Belongs here: options, dry runs, what is printed of each document.
Does not: the reversals (posting/correcting.py, posting/rollback.py), joining them with extracts (mending.py).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.command.words import os_user
from frontline_pipeline.mending import correct_day, correct_on_paper, roll_back_on_paper
from frontline_pipeline.opening import open_attachments, open_poster, open_posting_log
from frontline_pipeline.posting.comparison import Effect
from frontline_pipeline.posting.correcting import Correction
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.payload import LineChange
from frontline_pipeline.posting.rollback import Rollback, release, roll_back


@dataclass(frozen=True)
class Told:
    """What came, or would come, of one document."""

    reference: str
    result: str
    message: str
    well: bool
    changes: tuple[LineChange, ...] = ()
    sent: tuple[Outcome, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "reference": self.reference,
            "result": self.result,
            "message": self.message,
            "changes": [{"subject": c.subject, "posted": c.posted, "new": c.new} for c in self.changes],
            "sent": [
                {"reference": o.reference, "state": str(o.state), "number": o.transaction_no}
                for o in self.sent
                if o.done
            ],
            "calls": sum(o.calls for o in self.sent),
        }


def correct(
    context: Context, store: str, day: str, reason: str | None, who: str | None, dry_run: bool, as_json: bool
) -> Exit:
    """Corrects one store-day; with dry_run only says what would be done. Exit code 1 when anything is refused or unfinished."""
    profile, business_day = context.profile(store), context.day(day)
    if dry_run:
        found = correct_on_paper(context.extracts, open_posting_log(context.loaded), profile, business_day)
        # What only a run can post, and what is held for another reason, is not corrected.
        well = {Effect.UPDATED, Effect.MATCHED}
        told = [Told(o.reference, o.effect.value, o.message, o.effect in well, o.changes) for o in found]
        return _show(context, told, as_json, "Nothing was written or sent.")
    reason = _wanted(reason)
    poster = open_poster(context.loaded, profile.company_code)
    files = partial(open_attachments, context.loaded, profile.company_code)
    done = correct_day(context.extracts, poster, profile, business_day, files, reason=reason, who=who or os_user())
    return _show(context, [_of_correction(c) for c in done], as_json, _next_of_correction(done, store, business_day))


def _of_correction(done: Correction) -> Told:
    sent = tuple(o for o in (done.reversal, done.revision) if o is not None)
    return Told(done.reference, done.result.value, done.message, done.done, done.changes, sent)


def _next_of_correction(done: Sequence[Correction], store: str, day: dt.date) -> str:
    if not done:
        return "There was nothing to correct."
    if all(c.done for c in done):
        return f"What comes next: `frontline readback --month {day:%Y-%m}` compares them with the ledger."
    return f"What comes next: do what stands above, then `frontline correct --store {store} --day {day}` again; it goes on."


def rollback(
    context: Context,
    store: str,
    first: str,
    last: str,
    reason: str | None,
    who: str | None,
    dry_run: bool,
    as_json: bool,
) -> Exit:
    """Reverses a range of store-days and keeps them off automatic posting. Exit code 1 when anything is refused or unfinished."""
    profile = context.profile(store)
    begin, end = _range(context, first, last)
    if dry_run:
        found = roll_back_on_paper(open_posting_log(context.loaded), profile, begin, end)
        told = [Told(each.reference, each.result, each.message, each.well) for each in found]
        return _show(context, told, as_json, "Nothing was written or sent.")
    poster = open_poster(context.loaded, profile.company_code)
    done = roll_back(poster, profile, begin, end, reason=_wanted(reason), who=who or os_user())
    if not done:
        following = "There was nothing to roll back: no voucher of these days is out."
    elif all(each.done for each in done):
        span = f"--store {store} --from {begin} --to {end}"
        following = f"What comes next: nothing of these days is posted until `frontline release {span} --reason ...`."
    else:
        following = "What comes next: do what stands above, then run the rollback again; it goes on where it stopped."
    return _show(context, [_of_rollback(each) for each in done], as_json, following)


def _of_rollback(done: Rollback) -> Told:
    sent = () if done.reversal is None else (done.reversal,)
    return Told(done.reference, done.result.value, done.message, done.done, (), sent)


def let_go(context: Context, store: str, first: str, last: str, reason: str, who: str | None, as_json: bool) -> Exit:
    """Releases rolled-back store-days: their next run posts them as a new revision."""
    profile = context.profile(store)
    begin, end = _range(context, first, last)
    log = open_posting_log(context.loaded)
    freed = release(log, profile.company_code, store, begin, end, reason=reason, who=who or os_user())
    told = [
        Told(d.reference, "released", f"{d.reference}: may be posted again, as revision {d.revision + 1}", True)
        for d in freed
    ]
    days = sorted({d.business_day for d in freed})
    runs = ", ".join(f"{day}|{store}" for day in days[:10]) + (" ..." if len(days) > 10 else "")
    return _show(context, told, as_json, f"What comes next: run {counted(len(days), 'store-day')} to post them: {runs}")


def _range(context: Context, first: str, last: str) -> tuple[dt.date, dt.date]:
    begin, end = context.day(first), context.day(last)
    if end < begin:
        raise UsageError(f"--from {begin} lies after --to {end}.")
    return begin, end


def _wanted(reason: str | None) -> str:
    if reason is None or not reason.strip():
        raise UsageError(
            "It is a person's decision and stands in the history: say why with --reason, or try --dry-run."
        )
    return reason


def _show(context: Context, told: Iterable[Told], as_json: bool, following: str) -> Exit:
    told = list(told)
    terminal = context.terminal
    if as_json:
        terminal.raw(json.dumps([each.as_json() for each in told], ensure_ascii=False, indent=2))
    else:
        for each in told:
            terminal.say(f"{each.result}  {each.message}", style="green" if each.well else "bold red")
            if each.changes:
                terminal.table("", ("what", "posted", "new"), [(c.subject, c.posted, c.new) for c in each.changes])
        terminal.say(following)
    return Exit.OK if all(each.well for each in told) else Exit.HELD
