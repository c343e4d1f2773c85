"""B10: the receipts sum to something else than the Z: held, with the receipts that do not tie; the journal follows the Z only where
the settings say that receipts are not read."""

from __future__ import annotations

from frontline_pipeline.accounting.receipts import ReceiptProof, prove_receipts
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.scenario_kit import booked, proof_of, vouchers_of
from frontline_pipeline_tests.strategies import Till, change, profile, receipts_bundle, z_bundle


def till() -> Till:
    return Till("K1", "7").ring(125_00).ring(250_00).ring(50_00)


def judged(receipts: Bundle, mine: StoreProfile) -> ReceiptProof:
    proof = proof_of(till(), mine=mine, receipts=receipts)
    return prove_receipts(receipts, proof.z_reports, mine)


def test_B10_the_difference_holds_the_day_and_the_receipt_is_listed() -> None:
    wrong = change(receipts_bundle(till()), "receipts", 1, "amount", 260_00)
    proof = judged(wrong, profile())
    held = {f.rule: f for f in proof.findings if f.holds}
    assert held.keys() == {"receipts_sum_to_sales", "receipts_tie_internally"}
    total = held["receipts_sum_to_sales"]
    assert (total.expected, total.actual, total.difference) == ("425.00", "435.00", "10.00")
    listed = [f.subject for f in proof.of("receipts_tie_internally")]
    assert set(listed) == {"receipt 7-2"}


def test_B10_the_journal_follows_the_z_only_by_setting() -> None:
    wrong = change(receipts_bundle(till()), "receipts", 1, "amount", 260_00)
    override = profile(receipts="none")
    assert not judged(wrong, override).holds
    assert not judged(wrong, override).findings
    (voucher,) = vouchers_of(till(), mine=override)
    assert booked(voucher)[1920, ""] == 425_00
    assert z_bundle(till())["z_reports"]["sales_total"].tolist() == [425_00]
