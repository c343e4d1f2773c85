"""What is said about a Z-report that does not add up: the cause by name, its evidence, advice; and that nothing is changed."""

from __future__ import annotations

import pytest

from frontline_pipeline.accounting.causes import Cause, CauseKind
from frontline_pipeline.accounting.diagnosis import MOST, diagnose
from frontline_pipeline.accounting.diagnosis.words import ADVICE
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline_tests.strategies import (
    Item,
    Till,
    change,
    ledger,
    not_delivered,
    profile,
    receipts_bundle,
    z_bundle,
)


def till() -> Till:
    return (
        Till("K1", "1")
        .ring(12_534, pay="CASH")
        .ring(10_280, Item(4_603, "2"), pay="CARD")
        .ring(7_000, pay="VIPPS")
        .move("bank_deposit", 3_333)
        .count("SAFE", 8_888, 8_888)
    )


def first(changed: Bundle) -> Cause:
    """The likeliest cause, from the Z alone."""
    (finding, *_) = prove_z_reports(changed, not_delivered(), profile()).of("z_balances")
    assert 0 < len(finding.causes) <= MOST
    assert finding.causes[0].evidence in finding.next_step
    assert finding.causes[0].what_to_do in finding.next_step
    return finding.causes[0]


def shifted(by: int) -> Bundle:
    bundle = z_bundle(till())
    return change(bundle, "z_tenders", 0, "amount", int(bundle["z_tenders"]["amount"].iloc[0]) + by)


@pytest.mark.parametrize(
    ("by", "kind", "subject", "evidence"),
    [
        (7_000, CauseKind.TENDER_DOUBLED, "VIPPS", "70.00"),
        (-8_888, CauseKind.TENDER_MISSING, "SAFE", "88.88 was expected in SAFE when it was counted"),
        (3_333, CauseKind.MOVEMENT_LEFT_OUT, "bank_deposit", "does not count pay-outs (bank deposit 33.33)"),
        (6_666, CauseKind.SIGN_FLIPPED, "bank deposit", "when it goes the other way"),
        (68, CauseKind.SIGN_FLIPPED, "rounding", "-0.34; the figures agree with 0.34"),
        (34, CauseKind.ROUNDING_NOT_TAKEN, "rounding", "rounding -0.34, and the tenders were not rounded"),
        (450, CauseKind.DIGITS_SWAPPED, "tender CASH", "with two digits swapped"),
        (123_456, CauseKind.MOVEMENT_LEFT_OUT, "pay-in", "a pay-in of that size is not listed"),
    ],
)
def test_the_likeliest_cause(by: int, kind: CauseKind, subject: str, evidence: str) -> None:
    cause = first(shifted(by))
    assert (cause.kind, cause.subject) == (kind, subject)
    assert evidence in cause.evidence


def test_a_balanced_day_has_no_causes() -> None:
    proof = prove_z_reports(z_bundle(till()), receipts_bundle(till()), profile())
    assert diagnose(proof.z_reports, profile(), receipts_bundle(till())) == {}
    assert {f.causes for f in proof.findings} <= {()}


def test_every_cause_has_its_advice() -> None:
    assert set(ADVICE) == set(CauseKind)


def test_rounding_stated_as_zero() -> None:
    cause = first(z_bundle(till().state(rounding=0)))
    assert cause.kind is CauseKind.ROUNDING_LOST
    assert "-0.34 is small enough" in cause.evidence


def test_the_vendor_rule_may_be_read_the_wrong_way() -> None:
    tipped = till().ring(50_000, tip=4_000)
    rule = profile(ledger(tenders_include=["pay_ins", "pay_outs"]))
    (finding,) = prove_z_reports(z_bundle(tipped), receipts_bundle(tipped), rule).of("z_balances")
    cause = finding.causes[0]
    assert (cause.kind, cause.subject) == (CauseKind.TIP_IN_OR_OUT, "tip")
    assert "tenders_include would be [pay_ins, pay_outs, tips]" in cause.evidence


def test_the_receipt_that_the_extract_lacks_is_named_by_the_gap_in_the_numbers() -> None:
    whole = receipts_bundle(till())
    frames = {n: f[f["receipt_id"] != "1-2"] if "receipt_id" in f else f for n, f in whole.frames.items()}
    lost = Bundle(whole.store, whole.business_day, whole.status, frames)
    proof = prove_z_reports(z_bundle(till()), lost, profile())
    (finding,) = prove_receipts(lost, proof.z_reports, profile()).of("receipts_sum_to_sales")
    cause = finding.causes[0]
    assert (cause.kind, cause.subject) == (CauseKind.RECEIPT_MISSING, "receipt 1-2")
    assert "148.83, paid 148.83 with CARD" in cause.evidence


def test_two_faults_at_once_are_named_together() -> None:
    bundle = shifted(7_000)
    bundle = change(bundle, "z_article_groups", 0, "amount", 1)
    proof = prove_z_reports(bundle, receipts_bundle(till()), profile())
    (finding,) = proof.of("z_balances")
    assert [cause.together for cause in finding.causes[:2]] == [True, True]
    assert "together" in finding.next_step


def test_causes_that_the_figures_cannot_tell_apart_have_one_rank() -> None:
    bundle = z_bundle(Till("K1", "1").ring(70_000, pay="CARD").ring(55_500, pay="VIPPS").ring(70_000, pay="GIFT"))
    bundle = change(bundle, "z_tenders", 0, "amount", 0)
    (finding,) = prove_z_reports(bundle, not_delivered(), profile()).of("z_balances")
    top = [cause for cause in finding.causes if cause.rank == 1]
    assert len(top) > 1
    assert "Equally likely causes" in finding.next_step


def test_nothing_is_plugged() -> None:
    (finding,) = prove_z_reports(shifted(7_000), not_delivered(), profile()).of("z_balances")
    assert "VIPPS" in finding.next_step
    assert "Nothing is plugged" in finding.next_step
