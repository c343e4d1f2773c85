"""The governor that a company's ledger is opened with: shared by service, by the settings' ceiling, within the lease."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.office.governor import MAX_WAIT_SECONDS, CallGovernor
from frontline_pipeline.opening import open_ledger
from frontline_pipeline.settings_file import LoadedSettings, load_settings
from frontline_pipeline_tests.support import example_settings, overlaid


def loaded(root: Path, posting: dict[str, Any], url: str = "http://127.0.0.1:9") -> LoadedSettings:
    tree = example_settings()
    office = {"api_url": url, "webservices_url": url, "timeout_seconds": 60}
    tree = overlaid(tree, {"posting": posting, "companies": {code: {"office": office} for code in tree["companies"]}})
    tree.pop("secrets_file", None)
    (root / "config").mkdir(parents=True)
    (root / "config" / "settings.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    return load_settings(root / "config", state_dir=root / "state", environ={})


def governor(settings: LoadedSettings) -> CallGovernor:
    company = next(iter(settings.settings.companies))
    found = open_ledger(settings, company).session._governor
    assert isinstance(found, CallGovernor)
    return found


def test_the_ceiling_is_that_of_the_settings_and_one_for_all_that_open_the_ledger(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {"calls_per_hour": 2})
    first, second = governor(settings), governor(settings)
    assert first.path == second.path == tmp_path / "state" / "quota" / "127.0.0.1_9.calls"
    first.reserve("x")
    second.reserve("x")
    with pytest.raises(NotSent, match=r"posting\.calls_per_hour: 2"):
        first.reserve("x")


@pytest.mark.parametrize(
    ("ttl", "wait"), [(240, 20.0), (181, 1 / 3), (3000, MAX_WAIT_SECONDS)], ids=["default", "tight", "long"]
)
def test_waiting_for_room_never_outlasts_the_lease(tmp_path: Path, ttl: int, wait: float) -> None:
    """Three waits and three time-outs of 60 s (the call, a login, the call again) fit into the lease."""
    found = governor(loaded(tmp_path, {"lease_ttl_seconds": ttl}))
    assert found._max_wait == pytest.approx(wait)
    assert 3 * (found._max_wait + 60) <= ttl
