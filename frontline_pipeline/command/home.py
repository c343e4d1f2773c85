"""DAGSTER_HOME in the state directory, and the sandbox started for a command.

Belongs here: what must run or exist before Dagster does, and whether it may.
Does not: Dagster's own processes and runs (run.py, dev.py).
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError

if TYPE_CHECKING:
    from frontline_pipeline.sandbox.server import SandboxServer

LOOPBACK = "127.0.0.1"


def set_dagster_home(context: Context) -> dict[str, str]:
    """Makes the instance folder from the project's dagster.yaml and returns the variables Dagster's processes need."""
    home = context.paths.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    instance_file = context.loaded.project_dir / "dagster.yaml"
    if instance_file.exists():
        shutil.copyfile(instance_file, home / "dagster.yaml")
    else:
        (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    _make_storage(home)
    return {
        "DAGSTER_HOME": str(home),
        "FRONTLINE_CONFIG": str(context.loaded.config_dir),
        "FRONTLINE_STATE": str(context.paths.state),
    }


def _make_storage(home: Path) -> None:
    """Makes the instance's databases before any two processes can: Dagster makes them on first use without a lock, and two that
    start together leave two rows in `alembic_version`, after which no process opens the instance again."""
    made = home / ".storage-made"
    if made.exists():
        return
    with (home / ".storage-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            import dagster as dg

            dg.DagsterInstance.from_config(str(home)).dispose()
            made.touch()


def sandbox_server(context: Context, port: int | None = None, control: bool = False) -> SandboxServer:
    """A sandbox with a client per company of the settings, on its configured port; not yet started. `control` opens its
    control endpoint (docs/sandbox.md).

    Raises UsageError when the port is taken, SandboxSetupError when the settings lack a login.
    """
    from frontline_pipeline.sandbox.server import SandboxServer
    from frontline_pipeline.sandbox.setup import clients_from_settings

    context.paths.state.mkdir(parents=True, exist_ok=True)
    clients = clients_from_settings(context.settings, context.environ, context.today().year)
    wanted = context.settings.sandbox.port if port is None else port
    require_free_port(wanted, "The sandbox", "set sandbox.port and the companies' URLs to another port")
    return SandboxServer(context.paths.sandbox_db, clients, host=LOOPBACK, port=wanted, control=control)


def require_free_port(port: int, who: str, otherwise: str) -> None:
    """Raises UsageError when something listens on a port of this machine already, or it may not be used."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are just closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise UsageError(
                f"{who} cannot listen on {LOOPBACK}:{port} ({error.strerror}). Is `make dev`, `make demo` or another sandbox "
                f"running? Stop it, or {otherwise}."
            ) from None


def is_local(context: Context) -> bool:
    """Whether the 24SevenOffice of every company is on this machine: a stand-in."""
    offices = [company.office for company in context.settings.companies.values()]
    return all(is_loopback(url) for office in offices for url in (office.api_url, office.webservices_url))


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    return urlsplit(url).hostname in {LOOPBACK, "localhost", "::1"}


def answers(url: str) -> bool:
    """Whether anything listens at a URL's host and port."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or LOOPBACK, parts.port or 443), timeout=2):
            return True
    except OSError:
        return False


@contextmanager
def interruptible() -> Iterator[None]:
    """Makes Ctrl-C, SIGTERM and a closed terminal a KeyboardInterrupt, also for a process started in the background, which
    inherits that Ctrl-C is ignored."""
    before = {s: signal.signal(s, _interrupt) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
