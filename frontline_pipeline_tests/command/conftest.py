"""Fixtures of the command's tests: the command, ready to call."""

from __future__ import annotations

import pytest

from frontline_pipeline_tests.command.frontline_command import Frontline


@pytest.fixture
def frontline(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Frontline:
    """`frontline(project, "preview", "--store", ...)` -> exit code, stdout, stderr."""
    return Frontline(capsys, monkeypatch)
