"""A06: part card, part cash; only the cash part is rounded."""

from __future__ import annotations

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline_tests.scenario_kit import booked, held, proof_of, vouchers_of
from frontline_pipeline_tests.strategies import Till, change, profile, receipts_bundle, z_bundle


def test_A06_only_the_cash_part_is_rounded() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(10_033, pay="CASH", split=[("CARD", 5_017)]))
    lines = booked(voucher)
    assert (lines[1920, ""], lines[1900, ""], lines[7740, ""]) == (5_017, 5_000, 16)


def test_A06_rounding_on_a_card_receipt_is_held() -> None:
    till = Till("K1", "1").ring(10_000).ring(10_033, pay="CASH")
    assert held(proof_of(till)) == set()
    receipts = change(receipts_bundle(till), "receipt_payments", 1, "tender", "CARD")
    receipts = change(receipts, "receipt_payments", 1, "tender_type", "12002")
    proof = prove_z_reports(z_bundle(till), receipts, profile())
    (finding,) = proof.of("rounding_only_with_cash")
    assert "receipt 1-2 has rounding -0.33 though no cash was paid" in finding.message
