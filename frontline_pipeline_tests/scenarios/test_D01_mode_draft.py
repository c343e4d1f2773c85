"""D01: in mode draft the voucher is saved unposted, and nothing stands in the ledger's balances."""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.readback import judge, read_back
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, fresh_log, poster, profile, voucher


def test_D01_a_draft_is_saved_unposted_and_stays_visible_as_draft(tmp_path: Path):
    log, ledger = fresh_log(tmp_path), FakeLedger()
    (outcome,) = poster(log, ledger).post([voucher(mode=Mode.DRAFT)], profile(mode="draft"))

    assert (outcome.state, outcome.mode, outcome.done) == (State.DRAFTED, Mode.DRAFT, True)
    assert "a person posts it" in outcome.message
    (saved,) = ledger.vouchers
    assert saved.draft
    # The Z-report's own net and VAT lines, which the ledger must not compute again.
    assert saved.direct_accounting
    # A person finds it in the list of drafts by its reference.
    assert saved.name.startswith("oslo/K1/Z102/r1")
    assert ledger.transactions(DAY, DAY) == []

    (agreement,) = read_back(log, ledger, "fjord", DAY)
    assert agreement.state is State.DRAFTED
    judgement = judge(agreement.state)
    assert (judgement.passed, judgement.severity) == (False, "warn")
