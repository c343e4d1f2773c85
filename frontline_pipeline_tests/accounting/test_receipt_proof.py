"""Rules of the asset receipts: each receipt ties, and all sum to the Z-report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import ReceiptProof, prove_receipts
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, RECEIPT_VAT
from frontline_pipeline_tests.official_examples import example_2016, example_2021, official_profile
from frontline_pipeline_tests.strategies import (
    DAY,
    Item,
    Till,
    change,
    frames,
    not_delivered,
    profile,
    receipts_bundle,
    z_bundle,
)


def prove(z: Bundle, delivered: Bundle, **store: Any) -> ReceiptProof:
    mine = profile(**store)
    return prove_receipts(delivered, prove_z_reports(z, delivered, mine).z_reports, mine)


def holding(proof: ReceiptProof) -> set[str]:
    return {f.rule for f in proof.findings if f.holds}


def till() -> Till:
    return (
        Till("K1", "102")
        .ring(12_540, pay="CASH")
        .ring(10_280, Item(4_600, "2"), pay="VIPPS", split=[("GIFT", 3_000)])
        .ring(Item(-1_000, "2"))
    )


def without(bundle: Bundle, frame: str) -> Bundle:
    return replace(bundle, frames={**bundle.frames, frame: bundle[frame].iloc[:0]})


def test_receipts_that_sum_to_the_z() -> None:
    proof = prove(z_bundle(till()), receipts_bundle(till()))
    assert proof.findings == ()
    assert proof.bundle.status is Status.OK


def test_the_official_examples() -> None:
    z, receipts = example_2021()
    zs = prove_z_reports(z, receipts, official_profile()).z_reports
    assert prove_receipts(receipts, zs, official_profile()).findings == ()
    z, receipts = example_2016()
    zs = prove_z_reports(z, receipts, official_profile()).z_reports
    assert holding(prove_receipts(receipts, zs, official_profile())) == {
        "receipts_tie_internally",
        "receipts_sum_to_vat",
    }


def test_not_delivered_passes_unless_expected() -> None:
    assert prove(z_bundle(till()), not_delivered()).findings == ()
    assert prove(z_bundle(till()), not_delivered()).bundle.status is Status.NOT_DELIVERED
    expected = prove(z_bundle(till()), not_delivered(), receipts="expected")
    assert holding(expected) == {"receipts_delivered"}
    assert "3 receipts by its own count" in expected.findings[0].message


def test_receipts_are_not_read_where_the_setting_is_none() -> None:
    wrong = change(receipts_bundle(till()), "receipts", 0, "amount", 1)
    proof = prove(z_bundle(till()), wrong, receipts="none")
    assert proof.findings == ()
    assert len(proof.bundle["receipts"]) == 0


def test_one_register_without_receipts() -> None:
    other = Till("K2", "5").ring(500)
    optional = prove(z_bundle(till(), other), receipts_bundle(till()))
    assert [f.holds for f in optional.of("receipts_delivered")] == [False]
    assert holding(prove(z_bundle(till(), other), receipts_bundle(till()), receipts="expected")) == {
        "receipts_delivered"
    }
    unused = Till("K2", "5")
    assert prove(z_bundle(till(), unused), receipts_bundle(till()), receipts="expected").findings == ()


def test_a_missing_receipt_is_found_in_every_sum() -> None:
    receipts = receipts_bundle(till())
    less = replace(
        receipts, frames={n: f[f["receipt_id"] != "102-2"].reset_index(drop=True) for n, f in receipts.frames.items()}
    )
    proof = prove(z_bundle(till()), less)
    assert holding(proof) == {"receipts_sum_to_sales", "receipts_sum_to_tenders", "receipts_sum_to_vat"}
    assert {f.subject for f in proof.of("receipts_sum_to_tenders")} == {"GIFT", "VIPPS"}
    assert proof.of("receipts_sum_to_sales")[0].difference == "-148.80"


def test_a_wrong_tender_names_both() -> None:
    moved = change(receipts_bundle(till()), "receipt_payments", 0, "tender", "CARD")
    proof = prove(z_bundle(till()), moved)
    assert holding(proof) == {"receipts_sum_to_tenders"}
    assert [(f.subject, f.difference) for f in proof.findings] == [("CARD", "125.00"), ("CASH", "-125.00")]


def test_each_receipt_ties_and_the_list_is_capped() -> None:
    busy = Till("K1", "9")
    for _ in range(25):
        busy.ring(1_000)
    receipts = receipts_bundle(busy)
    off = receipts["receipt_lines"].assign(amount=receipts["receipt_lines"]["amount"] + 1)
    proof = prove(z_bundle(busy), replace(receipts, frames={**receipts.frames, "receipt_lines": off}))
    found = proof.of("receipts_tie_internally")
    assert len(found) == 21
    assert "lines sum to 10.01, its amount is 10.00, difference 0.01" in found[0].message
    assert "5 more receipts" in found[-1].message


def test_rows_of_unknown_receipts_and_unknown_z() -> None:
    lost = change(receipts_bundle(till()), "receipt_lines", 0, "receipt_id", "999")
    assert any("receipt 999" in f.message for f in prove(z_bundle(till()), lost).of("receipts_tie_internally"))
    stranger = receipts_bundle(till(), Till("K2", "77").ring(100))
    (finding,) = prove(z_bundle(till()), stranger).of("receipts_valid")
    assert "Z 77 on register K2" in finding.message


def test_broken_receipt_frames_hold_without_naming_values() -> None:
    receipts = receipts_bundle(till().ring(100, customer="Kari Nordmann"))
    broken = change(receipts, "receipts", 0, "kind", "Kari Nordmann")
    found = prove(z_bundle(till()), broken).of("receipts_valid")
    assert found[0].holds
    assert "Kari" not in "".join(f.message for f in found)
    torn = replace(receipts, frames={**receipts.frames, "receipts": receipts["receipts"].drop(columns="amount")})
    proof = prove(z_bundle(till()), torn)
    assert holding(proof) == {"receipts_valid"}
    assert len(proof.bundle["receipts"]) == 0


def test_credit_sales_are_kept_and_not_summed() -> None:
    credit = till().ring(50_000, kind="credit_sale", customer="10001")
    proof = prove(z_bundle(credit), receipts_bundle(credit))
    assert proof.findings == ()
    assert "credit_sale" in proof.bundle["receipts"]["kind"].tolist()


def test_vat_stated_on_the_receipt_instead_of_its_lines() -> None:
    receipts = receipts_bundle(till())
    lines = receipts["receipt_lines"]
    by = ["register", "z_number", "receipt_id", "vat_code", "standard_code", "rate"]
    heads = lines.groupby(by, as_index=False)[["amount_excl_vat", "vat"]].sum()
    heads = RECEIPT_VAT.conform(heads.rename(columns={"amount_excl_vat": "base"}))
    silent = lines.assign(
        vat_code=pd.Series([None] * len(lines), dtype="str"), rate=pd.Series([None] * len(lines), dtype="Int64")
    )
    apart = replace(receipts, frames={**receipts.frames, "receipt_lines": silent, "receipt_vat": heads})
    assert prove(z_bundle(till()), apart).findings == ()
    z = prove_z_reports(z_bundle(till()), apart, profile()).z_reports[0]
    # Lines that name no rate bound each rate by all of them.
    assert {line.line_count for line in z.vat} == {4}
    assert holding(prove(change(z_bundle(till()), "z_vat", 0, "vat", 1), apart)) == {"receipts_sum_to_vat"}


def test_receipts_without_payments_or_vat_prove_what_they_can() -> None:
    bare = without(without(receipts_bundle(till()), "receipt_payments"), "receipt_lines")
    optional = prove(z_bundle(till()), bare)
    assert {f.rule for f in optional.findings} == {"receipts_sum_to_tenders", "receipts_sum_to_vat"}
    assert holding(optional) == set()
    assert holding(prove(z_bundle(till()), bare, receipts="expected")) == {
        "receipts_sum_to_tenders",
        "receipts_sum_to_vat",
    }


def test_pay_ins_with_and_without_a_receipt_of_their_own() -> None:
    named = till().move("gift_card_sale", 20_000, "CARD")
    assert prove(z_bundle(named), receipts_bundle(named)).findings == ()
    loose = z_bundle(named)
    loose = change(loose, "z_movements", 0, "tender", None)
    assert prove(loose, receipts_bundle(named)).findings == ()
    head = {"register": "K1", "z_number": "102", "receipt_id": "P1"}
    own = frames(
        RECEIPT_FRAMES,
        {
            "receipts": [*named.receipts, {**head, "kind": "other", "amount": 20_000, "rounding": 0}],
            "receipt_lines": named.lines,
            "receipt_payments": [
                *named.payments,
                {**head, "payment_id": 1, "tender": "CARD", "amount": 20_000, "currency": "NOK"},
            ],
        },
    )
    assert prove(z_bundle(named), Bundle("oslo", DAY, Status.OK, own)).findings == ()
    assert prove(loose, Bundle("oslo", DAY, Status.OK, own)).findings == ()
    missing = change(z_bundle(named), "z_movements", 0, "amount", 19_000)
    assert holding(prove(missing, receipts_bundle(named))) == {"receipts_sum_to_tenders"}


def test_a_tip_paid_with_the_receipt_is_no_fault() -> None:
    tipped = till().ring(10_000, tip=1_000)
    assert prove(z_bundle(tipped), receipts_bundle(tipped)).findings == ()
    unregistered = change(z_bundle(tipped), "z_movements", 0, "amount", 900)
    assert "receipts_tie_internally" in holding(prove(unregistered, receipts_bundle(tipped)))
