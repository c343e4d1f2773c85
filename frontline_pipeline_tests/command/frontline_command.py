"""How the tests call the `frontline` command: in this process, or as a process of its own.

Belongs here: the two ways to run it and what it answered.
Does not: assertions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline.cli import main
from frontline_pipeline_tests.support import REPO, Project


@dataclass(frozen=True)
class Answer:
    """Exit code and what was printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def where(project: Project) -> list[str]:
    """The options that point the command at a project."""
    return ["--config", str(project.loaded.config_dir), "--state", str(project.loaded.paths.state)]


class Frontline:
    """Calls the command in this process; `DAGSTER_HOME` and its like are put back afterwards."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        for name in ("DAGSTER_HOME", "FRONTLINE_CONFIG", "FRONTLINE_STATE"):
            monkeypatch.setenv(name, "")

    def __call__(self, project: Project, *arguments: str) -> Answer:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*where(project), *arguments])
        printed = self._capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, printed.out, printed.err)


def process(arguments: Sequence[str], cwd: Path, timeout: float = 120) -> Answer:
    """The command as a process of its own, without a terminal."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FRONTLINE_", "DAGSTER_"))}
    environment["PYTHONPATH"] = str(REPO)
    done = subprocess.run(
        [sys.executable, "-c", "from frontline_pipeline.cli import main; main()", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)
