"""`frontline init`: a person says that the posting log is new.

Belongs here: options and words.
Does not: the log (posting/log.py).
"""

from __future__ import annotations

from frontline_pipeline.command.adopt import adopt
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.command.words import os_user
from frontline_pipeline.opening import open_posting_log


def init(context: Context, fresh: bool, adopted: bool) -> Exit:
    """Declares the posting log new, or rebuilds it from the ledger; without either it only says where the log stands."""
    if fresh and adopted:
        raise UsageError("Either nothing was posted before (--fresh), or something was (--adopt).")
    if adopted:
        first, last = context.settings.partitions.start, context.today()
        return adopt(context, f"{first}", f"{last}", None, None)
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
    log.initialise(os_user())
    context.terminal.say("The posting log is initialised: store-days may be posted.", style="green")
    return Exit.OK
