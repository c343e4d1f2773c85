"""DAGSTER_HOME in the state directory, and the sandbox started for a command.

Belongs here: what must run or exist before Dagster does.
Does not: Dagster itself (run.py, dev.py).
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from frontline_pipeline.command.context import Context, UsageError

if TYPE_CHECKING:
    from frontline_pipeline.sandbox.server import SandboxServer


def set_dagster_home(context: Context) -> dict[str, str]:
    """Makes the instance folder from the project's dagster.yaml and returns the variables Dagster's processes need."""
    home = context.paths.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    instance_file = context.loaded.project_dir / "dagster.yaml"
    if instance_file.exists():
        shutil.copyfile(instance_file, home / "dagster.yaml")
    else:
        (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    variables = {
        "DAGSTER_HOME": str(home),
        "FRONTLINE_CONFIG": str(context.loaded.config_dir),
        "FRONTLINE_STATE": str(context.paths.state),
    }
    os.environ.update(variables)
    return variables


def sandbox_server(context: Context, port: int | None = None) -> SandboxServer:
    """A sandbox with a client per company of the settings, on its configured port; not yet started."""
    from frontline_pipeline.sandbox.server import SandboxServer
    from frontline_pipeline.sandbox.setup import clients_from_settings

    context.paths.state.mkdir(parents=True, exist_ok=True)
    clients = clients_from_settings(context.settings, context.environ, context.today().year)
    wanted = context.settings.sandbox.port if port is None else port
    try:
        return SandboxServer(context.paths.sandbox_db, clients, port=wanted)
    except OSError as error:
        raise UsageError(
            f"The sandbox cannot listen on 127.0.0.1:{wanted} ({error.strerror}); is `make dev` or another sandbox running? "
            "Stop it, or set sandbox.port and the companies' URLs to another port."
        ) from None
