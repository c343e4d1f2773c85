"""A21: an unbalanced Z is held, whatever the amount; nothing is plugged."""

from __future__ import annotations

import pytest

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import Unbalanced, build_vouchers
from frontline_pipeline_tests.scenario_kit import held
from frontline_pipeline_tests.strategies import Till, change, profile, receipts_bundle, z_bundle


@pytest.mark.parametrize("off", [1, -1, 50, 50_000, -50_000])
@pytest.mark.parametrize("rounding", ["required", "derive"])
def test_A21_held_with_difference_and_candidates(off: int, rounding: str) -> None:
    mine = profile(rounding=rounding)
    till = Till("K1", "1").ring(50_000, pay="CASH").ring(62_500)
    bundle = change(z_bundle(till), "z_tenders", 1, "amount", 62_500 + off)
    proof = prove_z_reports(bundle, receipts_bundle(till), mine)
    assert "z_balances" in held(proof)
    (finding,) = proof.of("z_balances")
    assert finding.difference == f"{'-' if off < 0 else ''}{abs(off) // 100}.{abs(off) % 100:02d}"
    assert "Nothing is plugged" in finding.next_step
    with pytest.raises(Unbalanced):
        build_vouchers(proof.z_reports, mine)


def test_A21_the_missing_receipt_is_a_candidate() -> None:
    till = Till("K1", "1").ring(50_000, pay="CASH").ring(62_500)
    bundle = change(z_bundle(till), "z_tenders", 0, "amount", 0)
    (finding,) = prove_z_reports(bundle, receipts_bundle(till), profile()).of("z_balances")
    assert "it is the amount of receipt 1-1" in finding.next_step
