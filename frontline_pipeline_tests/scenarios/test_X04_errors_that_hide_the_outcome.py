"""X04: a 500 after the commit, 502/503/504, a reset in the body, an unreadable answer: all as X02, found by looking."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.office.errors import Unknown
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


class Hiding(FakeLedger):
    """Fails the first save with a given kind, before or after the effect."""

    def save(self, sent) -> None:
        if self.saves:
            super().save(sent)
            return
        if self.committed:
            super().save(sent)
        self.saves = 1
        raise Unknown(f"no usable answer ({self.kind})", kind=self.kind, operation="save")


@pytest.mark.parametrize(
    "kind", ["http_500", "http_502", "http_503", "http_504", "reset", "unreadable", "system_error"]
)
@pytest.mark.parametrize("committed", [True, False])
def test_X04_one_voucher_whatever_hid_the_outcome(tmp_path: Path, kind: str, committed: bool):
    ledger = Hiding()
    ledger.kind, ledger.committed = kind, committed
    world = World(sqlite_url(tmp_path), ledger)
    assert world.run(voucher())[0].state is State.UNKNOWN
    (outcome,) = world.run(voucher())
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 1)
    assert ("adopted" in outcome.message) is committed
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
    assert [each.state for each in world.read_back()] == [State.VERIFIED]
