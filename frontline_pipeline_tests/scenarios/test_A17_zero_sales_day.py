"""A17: a Z without sales gives no voucher, and stays in the result as skipped."""

from __future__ import annotations

from frontline_pipeline.accounting.model import RoundingSource, ZKey
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline_tests.scenario_kit import held, proof_of
from frontline_pipeline_tests.strategies import Till, not_delivered, profile, z_bundle


def test_A17_no_lines_no_voucher_but_the_z_is_named() -> None:
    proof = proof_of(Till("K1", "102"))
    assert held(proof) == set()
    made = build_vouchers(proof.z_reports, profile())
    assert (made.vouchers, made.skipped) == ((), (ZKey("K1", "102"),))


def test_A17_rounding_of_a_z_without_receipts_is_zero_and_not_unknown() -> None:
    proof = prove_z_reports(z_bundle(Till("K1", "102"), with_rounding=False), not_delivered(), profile())
    assert held(proof) == set()
    assert proof.z_reports[0].rounding_source is RoundingSource.NO_RECEIPTS


def test_A17_the_vouchers_of_a_store_name_its_unused_register_too() -> None:
    mine = profile(journal_per="store")
    made = build_vouchers(proof_of(Till("K1", "102"), Till("K2", "7").ring(100), mine=mine).z_reports, mine)
    assert made.vouchers[0].z_keys == (ZKey("K1", "102"), ZKey("K2", "7"))
    assert made.skipped == ()
