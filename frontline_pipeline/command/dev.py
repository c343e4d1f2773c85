"""`frontline dev`: Dagster's UI, daemon and code server, with the sandbox beside them, on loopback only.

Belongs here: starting them together and stopping them together.
Does not: production (docs/operations.md).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.home import (
    LOOPBACK,
    interruptible,
    is_local,
    require_free_port,
    sandbox_server,
    set_dagster_home,
)
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_posting_log

GRACE_SECONDS = 12.0
"""How long Dagster's processes may take to end by themselves."""
_QUIET = ("-W", "ignore:Function `dev_command` is superseded")
# Lift when Dagster's successor of `dagster dev` comes with the packages that are pinned.


def dev(context: Context, port: int, with_sandbox: bool) -> Exit:
    """Runs until interrupted; the sandbox only when every company's URL points at this machine."""
    require_free_port(port, "The Dagster UI", "give another --port")
    variables = set_dagster_home(context)
    terminal = context.terminal
    with ExitStack() as stack:
        stack.enter_context(interruptible())
        try:
            if with_sandbox and is_local(context):
                server = stack.enter_context(sandbox_server(context))
                terminal.say(f"Stand-in of 24SevenOffice   {server.url}   (its ledger, as a page)")
            terminal.say(f"Dagster UI                  http://{LOOPBACK}:{port}")
            terminal.say(f"State                       {context.paths.state}")
            _hint(context)
            terminal.say("Starting; the UI answers in some seconds. Ctrl-C stops all of it.")
            return _dagster(context, port, variables)
        except KeyboardInterrupt:
            terminal.note("Stopped.")
            return Exit.OK


def _hint(context: Context) -> None:
    """An empty posting log refuses to send: better said before the first backfill than by it."""
    if open_posting_log(context.loaded).is_initialised():
        return
    if is_local(context):
        way = "run `make demo` for a week of examples, or `frontline init --fresh` for your own extracts"
    else:
        way = "run `frontline init`, which says what to think of first"
    context.terminal.say(f"Nothing can be posted yet, the posting log is new: {way}.", style="yellow")


def _dagster(context: Context, port: int, variables: dict[str, str]) -> Exit:
    # A group of its own: Ctrl-C in a terminal would else reach every process at once, and the parent's orderly stop
    # would be cut short by the second signal.
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
        [sys.executable, *_QUIET, "-m", "dagster", "dev", *_workspace(context), "-h", LOOPBACK, "-p", str(port)],
        env={**os.environ, **variables},
        # In the project's folder Dagster would warn that it reads the copy of dagster.yaml and not the original.
        cwd=context.paths.dagster_home,
        start_new_session=True,
    )
    try:
        code = process.wait()
    finally:
        _stop(process)
    if code:
        raise UsageError(f"Dagster ended with code {code}; its lines above say why.")
    return Exit.OK


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends Dagster and everything it started: asked first, then forced."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    for number, grace in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)):
        if not _group_lives(process, number):
            return
        deadline = time.monotonic() + grace
        while _group_lives(process, 0) and time.monotonic() < deadline:
            process.poll()
            time.sleep(0.1)


def _group_lives(process: subprocess.Popen[bytes], number: int) -> bool:
    """Sends a signal (0 = none) to every process that Dagster started; False when there is none left."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    return True


def _workspace(context: Context) -> list[str]:
    file = context.loaded.project_dir / "workspace.yaml"
    return ["-w", str(file)] if file.exists() else ["-m", "frontline_pipeline.definitions"]
