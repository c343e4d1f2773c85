"""`frontline resolve`, `retry`, `skip`, `resume`, `reverse`: a person's word about one document of the posting log.

Belongs here: who says it, and what comes next, in words and as JSON.
Does not: what each word means in each state (posting/person.py).
"""

from __future__ import annotations

import getpass
import json
import os
from typing import Literal

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.records import REVERSAL, ROLLBACK, Document
from frontline_pipeline.posting.states import State

Word = Literal["found", "absent", "retry", "skip", "resume", "reverse"]


def say(context: Context, key: str, word: Word, reason: str, who: str | None, as_json: bool) -> Exit:
    """Records a person's word, and prints where the document stands now and what comes next."""
    document = said(open_posting_log(context.loaded), key, word, reason, who or os_user())
    if as_json:
        told = {
            "reference": document.reference,
            "store": document.store,
            "business_day": document.business_day.isoformat(),
            "state": document.state.value,
            "next": what_next(document),
        }
        context.terminal.raw(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        context.terminal.say(f"{document.reference} is {document.state.value} now.", style="green")
        context.terminal.say(f"What comes next: {what_next(document)}")
    return Exit.OK


def said(log: PostingLog, key: str, word: Word, reason: str, who: str) -> Document:
    """The word, in the log. Raises NotResolvable where it means nothing, with what to do instead."""
    if word in ("found", "absent"):
        return log.resolve(key, found=word == "found", reason=reason, who=who)
    acts = {"retry": log.retry, "skip": log.skip, "resume": log.resume, "reverse": log.reverse}
    return acts[word](key, reason=reason, who=who)


def what_next(document: Document) -> str:
    """What happens to a document by itself from here on, and what a person has to type."""
    run = f"`frontline run --store {document.store} --day {document.business_day}`"
    if document.kind == REVERSAL:
        run = "`frontline rollback`" if document.purpose == ROLLBACK else "`frontline correct`"
        run += f" for {document.store} {document.business_day} once more"
    number = "" if document.transaction_no is None else f", under number {document.transaction_no}"
    words = {
        State.PLANNED: f"{run} sends it{number}; the schedule does not come back to past days.",
        State.UNKNOWN: f"{run} looks for it in 24SevenOffice first, and sends it only when it is not there.",
        State.DISPUTED: f"{run} looks at it in 24SevenOffice once more.",
        State.POSTED: f"`frontline readback --month {document.ledger_date:%Y-%m}` compares it with the ledger line by line.",
        State.DRAFTED: "a person posts the draft in 24SevenOffice; the read-back sees it from then on.",
        State.SKIPPED: f"nothing, until `frontline resume {document.reference} --reason ...`.",
        State.REVERSED: f"its Z-reports are free; {run} posts a new revision.",
    }
    return words.get(document.state, f"`frontline preview --store {document.store} --day {document.business_day}`.")


def os_user() -> str:
    """The account that acts, for the posting log's history."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
