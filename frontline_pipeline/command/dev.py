"""`frontline dev`: Dagster's UI, daemon and code server, with the sandbox beside them, on loopback only.

Belongs here: starting them together and stopping them together.
Does not: production (docs/operations.md).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from urllib.parse import urlsplit

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.home import sandbox_server, set_dagster_home
from frontline_pipeline.command.terminal import Exit


def dev(context: Context, port: int, with_sandbox: bool) -> Exit:
    """Runs until interrupted; the sandbox only when a company's URL points at this machine."""
    variables = set_dagster_home(context)
    terminal = context.terminal
    local = any(is_loopback(c.office.api_url) for c in context.settings.companies.values())
    with ExitStack() as stack:
        if with_sandbox and local:
            server = stack.enter_context(sandbox_server(context))
            terminal.say(f"24SevenOffice stand-in   {server.url}")
        terminal.say(f"Dagster UI               http://127.0.0.1:{port}")
        terminal.say(f"state                    {context.paths.state}")
        terminal.say("Ctrl-C stops all of it.")
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
            [sys.executable, "-m", "dagster", "dev", *_workspace(context), "-h", "127.0.0.1", "-p", str(port)],
            env={**os.environ, **variables},
            cwd=context.loaded.project_dir,
        )
        previous = signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        try:
            return Exit.OK if process.wait() in (0, -signal.SIGINT, 130) else Exit.HELD
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
            return Exit.OK
        finally:
            signal.signal(signal.SIGTERM, previous)


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def _workspace(context: Context) -> list[str]:
    file = context.loaded.project_dir / "workspace.yaml"
    return ["-w", str(file)] if file.exists() else ["-m", "frontline_pipeline.definitions"]
