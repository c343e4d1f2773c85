"""The demo's customers and products, apart from its week: every one linked, keys returned, no call the second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_masters import tell_masters
from frontline_pipeline.command.demo_rules import CSV_STORE, FIRST
from frontline_pipeline.sandbox.generate import spec_from_settings
from frontline_pipeline.sandbox.generate_masters import write_masters
from frontline_pipeline_tests.support import running_project


def test_the_part_of_the_demo_is_as_it_should_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_project(tmp_path) as project:
        context = Context(project.loaded.config_dir, project.loaded.paths.state, {})
        (shop,) = (s for s in spec_from_settings(context.settings, FIRST, 1).stores if s.store == CSV_STORE)
        folder = project.landing / CSV_STORE / FIRST.isoformat()
        paths = write_masters(folder, shop, FIRST, "csv")
        again = [path.read_bytes() for path in write_masters(folder, shop, FIRST, "csv")]
        assert [path.read_bytes() for path in paths] == again
        assert tell_masters(context, project.server, 7) == []
    told = capsys.readouterr().out
    assert "customers: 12 delivered, 1 found by organisation number, 11 made" in told
    assert "1 found by item number, 6 made" in told
    assert "when the same is run again 0" in told
    for word in ("customer_keys.csv", "product_keys.csv"):
        assert word in told
    assert "@eksempel" not in told
