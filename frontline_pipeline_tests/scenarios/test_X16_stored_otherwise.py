"""X16: a ledger that answers Ok and stores other amounts or VAT codes fails the read-back; the store-day is not done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


@pytest.mark.parametrize(
    ("line", "change", "told"),
    [
        (0, {"amount": 12_501}, "sent 125.00, ledger has 125.01"),
        (2, {"tax_code": "31"}, "VAT code 3: sent -100.00, ledger has no line"),
        (2, {"account": 3030}, "account 3030 on 2026-11-23 VAT code 3: sent no line, ledger has -100.00"),
    ],
)
@pytest.mark.parametrize("answer", ["", "unknown_after"])
def test_X16_the_difference_is_found_and_named(tmp_path: Path, line: int, change, told: str, answer: str):
    world = World(sqlite_url(tmp_path))

    def distort(sent):
        lines = list(sent.lines)
        lines[line] = replace(lines[line], **change)
        return replace(sent, lines=tuple(lines))

    world.ledger.distort, world.ledger.faults = distort, [answer]
    world.run(voucher())
    world.run(voucher())
    world.read_back()
    (found,) = world.log.documents()
    # With the answer it drifted; without it, it is not what was sent that is there.
    assert found.state is (State.DISPUTED if answer else State.DRIFTED)
    assert told in (found.problem or "")
    judgement = judge(world.log.state_of("oslo", DAY))
    assert (judgement.passed, judgement.severity) == (False, "error")
    assert world.ledger.saves == 1
