"""X01: the same partition run twice is one voucher; the second run says "already posted" and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, fresh_log, poster, profile, voucher


@pytest.mark.parametrize(
    ("mode", "state", "words"),
    [(Mode.POSTED, State.POSTED, "already posted"), (Mode.DRAFT, State.DRAFTED, "already saved as draft")],
)
def test_X01_the_second_run_writes_nothing(tmp_path: Path, mode: Mode, state: State, words: str):
    log, ledger = fresh_log(tmp_path), FakeLedger()
    vouchers = [voucher(102, mode=mode), voucher(103, mode=mode)]
    first = poster(log, ledger).post(vouchers, profile(mode=str(mode)))
    assert [outcome.already for outcome in first] == [False, False]
    before = [(found, log.history(found)) for found in log.documents()]
    ledger.reads.clear()

    second = poster(log, ledger, holder="a later run").post(vouchers, profile(mode=str(mode)))

    assert [(outcome.state, outcome.already, outcome.calls) for outcome in second] == [(state, True, 0)] * 2
    assert all(words in outcome.message for outcome in second)
    assert [each.reference for each in ledger.vouchers] == ["oslo/K1/Z102/r1", "oslo/K1/Z103/r1"]
    assert ledger.saves == 2
    assert ledger.reads == []
    assert [(found, log.history(found)) for found in log.documents()] == before
    assert log.state_of("oslo", DAY) is state
