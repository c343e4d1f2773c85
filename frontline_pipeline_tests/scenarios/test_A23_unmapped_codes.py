"""A23: an unknown tender or VAT code is held and named; after mapping, only that day needs to run again."""

from __future__ import annotations

import pytest

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import Unmapped, build_vouchers
from frontline_pipeline_tests.scenario_kit import held, proof_of, vouchers_of
from frontline_pipeline_tests.strategies import LEDGER, Item, Till, change, ledger, profile, receipts_bundle, z_bundle


def test_A23_unknown_tender_is_named_and_mapping_it_is_enough() -> None:
    till = Till("K1", "1").ring(12_500, pay="KLARNA")
    proof = proof_of(till)
    assert held(proof) == {"everything_mapped"}
    (finding,) = proof.of("everything_mapped")
    assert finding.subject == "companies.nordlys.ledger.tenders.KLARNA"
    assert "stores.oslo.ledger.tenders.KLARNA" in finding.next_step
    with pytest.raises(Unmapped, match=r"ledger\.tenders\.KLARNA"):
        build_vouchers(proof.z_reports, profile())
    (voucher,) = vouchers_of(till, mine=profile(ledger(tenders={**LEDGER["tenders"], "KLARNA": {"account": 1926}})))
    assert voucher.lines[0].account == 1926


def test_A23_a_tender_of_an_old_day_that_was_deleted_since_is_held() -> None:
    tenders = {k: v for k, v in LEDGER["tenders"].items() if k != "VIPPS"}
    assert held(proof_of(Till("K1", "1").ring(12_500, pay="VIPPS"), mine=profile(ledger(tenders=tenders)))) == {
        "everything_mapped"
    }


def test_A23_a_whole_saft_type_may_be_mapped_at_once() -> None:
    (voucher,) = vouchers_of(Till("K1", "1").ring(12_500), mine=profile(ledger(tenders={"12002": {"account": 1921}})))
    assert voucher.lines[0].account == 1921


@pytest.mark.parametrize(
    ("standard", "setting"),
    [
        ("4", "companies.nordlys.ledger.vat_codes.4"),
        ("0", "companies.nordlys.ledger.pos_vat_codes.9"),
        (None, "companies.nordlys.ledger.pos_vat_codes.9"),
    ],
)
def test_A23_unknown_vat_code(standard: str | None, setting: str) -> None:
    till = Till("K1", "1").ring(Item(10_000, "9", rate=0, standard="5"))
    bundle = change(z_bundle(till), "z_vat", 0, "standard_code", standard)
    proof = prove_z_reports(bundle, receipts_bundle(till), profile())
    assert "everything_mapped" in held(proof)
    assert proof.of("everything_mapped")[0].subject == setting
    told = profile(ledger(pos_vat_codes={"9": "5"}))
    assert held(prove_z_reports(bundle, receipts_bundle(till), told)) == set()


def test_A23_a_row_of_zero_needs_no_mapping() -> None:
    till = Till("K1", "1").ring(12_500).ring(Item(0, "9"), pay="KLARNA").move("other_pay_in", 0)
    assert held(proof_of(till)) == set()
