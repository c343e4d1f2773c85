"""`frontline init` and `frontline resolve`: what only a person can say to the posting log.

Belongs here: options and words.
Does not: the log (posting/log.py).
"""

from __future__ import annotations

import getpass
import os

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.opening import open_posting_log


def init(context: Context, fresh: bool) -> Exit:
    """Declares the posting log new; without --fresh it only says where the log stands."""
    log = open_posting_log(context.loaded)
    if log.is_initialised():
        held = counted(len(log.documents()), "document")
        context.terminal.say(f"The posting log is initialised and holds {held}; nothing was changed.")
        return Exit.OK
    if not fresh:
        raise UsageError(
            "The posting log is empty. If this pipeline has posted nothing to these companies before, run "
            "`frontline init --fresh`; if it has, restore the log from its backup, or everything would be posted twice."
        )
    log.initialise(who())
    context.terminal.say("The posting log is initialised: store-days may be posted.", style="green")
    return Exit.OK


def resolve(context: Context, key: str, found: bool, reason: str) -> Exit:
    """Records a person's word about an unknown outcome."""
    document = open_posting_log(context.loaded).resolve(key, found=found, reason=reason, who=who())
    store_day = f"{document.business_day}|{document.store}"
    after = "" if found else f"; run {store_day} again to send it"
    context.terminal.say(f"{document.reference} is {document.state.value} now{after}.", style="green")
    return Exit.OK


def who() -> str:
    """The account that acts, for the posting log's history."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
