"""The `frontline` command as tests call it: in this process, or as a process of its own.

Belongs here: calling, what came of it, a running `frontline` process with its last words.
Does not: projects (support.py), assertions.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontline_pipeline.cli import main
from frontline_pipeline_tests.support import REPO, Project

COMMAND = (sys.executable, "-m", "frontline_pipeline.cli")


@dataclass(frozen=True)
class Answer:
    """Exit code and output of one call."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def at(project: Project) -> tuple[str, ...]:
    """The options that lead to a project."""
    return ("--config", str(project.loaded.config_dir), "--state", str(project.loaded.paths.state))


def call(*arguments: str) -> Answer:
    """`frontline ARGUMENTS` in this process, piped."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Answer(code, out.getvalue(), err.getvalue())


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without what would lead a process elsewhere."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("FRONTLINE_", "DAGSTER_"))}
    mine.pop("FORCE_COLOR", None)
    return {**mine, "PYTHONPATH": str(REPO), **(more or {})}


def spawn(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 120) -> Answer:
    """`frontline ARGUMENTS` as a process of its own, piped."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=timeout
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@contextmanager
def running(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A `frontline` process that serves; killed at the end if a test has not ended it."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=25)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        else:
            process.communicate()


def wait_for(url: str, process: subprocess.Popen[str], seconds: float) -> bytes:
    """The page at `url` once it answers with 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.status == 200
                return bytes(answer.read())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {seconds} s")


def free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def alive(mark: str) -> list[int]:
    """Processes whose command line or environment names `mark`, but for this one."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            ended = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if mark.encode() in told and not ended:
            found.append(int(folder.name))
    return found
