"""A09: the difference account is not mapped; nothing can be sent."""

from __future__ import annotations

import pytest

from frontline_pipeline.accounting.voucher import Unmapped, build_vouchers
from frontline_pipeline_tests.scenario_kit import held, proof_of
from frontline_pipeline_tests.strategies import Till, ledger, profile


def test_A09_refused_with_the_missing_setting_named() -> None:
    mine = profile(ledger(accounts={"rounding": 7740}))
    proof = proof_of(Till("K1", "1").ring(12_500, pay="CASH").count("CASH", 12_400, 12_500), mine=mine)
    assert held(proof) == {"everything_mapped"}
    (finding,) = proof.of("everything_mapped")
    assert finding.subject == "companies.nordlys.ledger.accounts.cash_difference"
    assert finding.message.startswith("UNMAPPED: Z 1 on register K1: CASH was counted -1.00 off")
    with pytest.raises(Unmapped, match=r"ledger\.accounts\.cash_difference") as refused:
        build_vouchers(proof.z_reports, mine)
    assert refused.value.findings == (finding,)
