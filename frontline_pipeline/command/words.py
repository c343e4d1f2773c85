"""`frontline resolve`, `retry`, `skip`, `resume`, `reverse`, `deleted`: a person's word about one document of the posting log.

Belongs here: who says it, and what comes next, in words and as JSON.
Does not: what each word means in each state (posting/person.py), and what follows (mending.py).
"""

from __future__ import annotations

import getpass
import json
import os

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.mending import Word, said, what_next
from frontline_pipeline.opening import open_posting_log


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


def os_user() -> str:
    """The account that acts, for the posting log's history."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
