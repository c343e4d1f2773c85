"""Rules of the asset z_reports, one by one, with the words that a person reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from frontline_pipeline.accounting.from_frames import z_order
from frontline_pipeline.accounting.model import RoundingSource, Severity, ZKey
from frontline_pipeline.accounting.proof import Proof, prove_z_reports
from frontline_pipeline.accounting.rules import RULES
from frontline_pipeline.accounting.voucher import VoucherRefused, build_vouchers
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import Z_FRAMES
from frontline_pipeline_tests.official_examples import example_2016, example_2021, official_profile
from frontline_pipeline_tests.strategies import (
    DAY,
    OSLO,
    Item,
    Till,
    change,
    ledger,
    not_delivered,
    profile,
    receipts_bundle,
    z_bundle,
)


def prove(bundle: Bundle, receipts: Bundle | None = None, **store: Any) -> Proof:
    return prove_z_reports(bundle, receipts, profile(**store))


def holding(proof: Proof) -> set[str]:
    return {f.rule for f in proof.findings if f.holds}


def till() -> Till:
    return Till("K1", "102").ring(12_540, pay="CASH").ring(10_280, Item(4_600, "2"), pay="CARD")


def test_the_2021_example_is_proven_with_its_receipts() -> None:
    proof = prove_z_reports(*example_2021(), official_profile())
    assert proof.findings == ()
    (z,) = proof.z_reports
    assert (z.rounding, z.rounding_source) == (-40, RoundingSource.RECEIPTS)
    assert [(line.rate, line.line_count) for line in z.vat if line.vat] == [(15000, 5), (25000, 3)]


def test_the_2016_example_is_held_and_names_its_faults() -> None:
    proof = prove_z_reports(*example_2016(), official_profile())
    gross = " ".join(f.message for f in proof.of("vat_base_is_net"))
    for figure in ("17.88", "15.55", "102.85", "82.28"):
        assert figure in gross
    rounding = proof.of("rounding_only_with_cash")
    assert ["1234.56" in f.message for f in rounding] == [True, True, True]
    assert {"receipt 1000", "receipt 1001", "receipt 1002"} == {f.subject for f in rounding}
    assert {"vat_base_is_net", "vat_sums_to_sales", "rounding_only_with_cash", "z_balances"} <= holding(proof)
    # Without receipts the VAT is still found.
    alone = prove_z_reports(example_2016()[0], None, official_profile())
    assert [f.expected for f in alone.of("vat_base_is_net")] == ["15.55", "82.28"]


def test_difference_is_said_in_one_sentence_with_a_next_step() -> None:
    bundle = z_bundle(Till("K1", "102").ring(1_234_000))
    (finding,) = prove(change(bundle, "z_tenders", 0, "amount", 1_234_500)).of("z_balances")
    assert finding.message == (
        "Z 102 on register K1 does not balance: tenders say 12 345.00, "
        "sales + rounding + movements say 12 340.00, difference 5.00."
    )
    assert (finding.expected, finding.actual, finding.difference) == ("12340.00", "12345.00", "5.00")
    assert finding.holds
    assert "printed Z-report" in finding.next_step


def test_rounding_unknown_is_held_but_derived_by_setting_only_warns() -> None:
    bundle = z_bundle(till(), with_rounding=False)
    held = prove(bundle, not_delivered())
    assert holding(held) == {"rounding_known"}
    assert "ROUNDING_UNKNOWN" in held.of("rounding_known")[0].message
    assert held.bundle["z_reports"]["rounding_source"].tolist() == ["unknown"]
    derived = prove(bundle, not_delivered(), rounding="derive")
    assert holding(derived) == set()
    assert derived.of("rounding_known")[0].severity is Severity.WARN
    assert derived.z_reports[0].rounding == -40


def test_derived_rounding_is_still_bounded_by_the_receipts() -> None:
    bundle = change(z_bundle(till(), with_rounding=False), "z_tenders", 0, "amount", 5_000)
    assert "rounding_only_with_cash" in holding(prove(bundle, not_delivered(), rounding="derive"))


def test_unknown_rounding_does_not_hide_a_large_difference() -> None:
    bundle = change(z_bundle(till(), with_rounding=False), "z_tenders", 0, "amount", 5_000)
    assert holding(prove(bundle, not_delivered())) == {"rounding_known", "z_balances"}


def test_column_and_receipts_that_disagree_about_rounding_are_held() -> None:
    bundle = change(z_bundle(till()), "z_reports", 0, "rounding", -30)
    assert "rounding_known" in holding(prove(bundle, receipts_bundle(till())))
    assert "rounding_known" not in holding(prove(bundle, not_delivered()))


def test_rounding_without_a_cash_tender_or_beyond_the_receipts() -> None:
    card = z_bundle(Till("K1", "1").ring(1_000).state(rounding=-40))
    (finding,) = prove(change(card, "z_tenders", 0, "amount", 960)).of("rounding_only_with_cash")
    assert "no cash" in finding.message
    cash = z_bundle(Till("K1", "1").ring(1_000, pay="CASH").state(rounding=-51))
    (finding,) = prove(change(cash, "z_tenders", 0, "amount", 949)).of("rounding_only_with_cash")
    assert finding.expected == "at most 0.50"


def test_cash_that_cancels_out_may_still_have_been_rounded() -> None:
    swap = Till("K1", "1").ring(1_540, pay="CASH").ring(-1_500, pay="CASH")
    assert holding(prove(z_bundle(swap), not_delivered())) == set()


def test_a_tender_marked_cash_in_the_settings_may_round() -> None:
    tenders = {"COINS": {"account": 1900, "cash": True}}
    coins = Till("K1", "1").ring(1_000, pay="CASH")
    bundle = z_bundle(coins.state(rounding=-40))
    bundle = change(change(bundle, "z_tenders", 0, "tender", "COINS"), "z_tenders", 0, "tender_type", None)
    bundle = change(bundle, "z_tenders", 0, "amount", 960)
    assert holding(prove_z_reports(bundle, None, profile(ledger(tenders=tenders)))) == set()


def test_vat_sums_and_gross_per_rate() -> None:
    bundle = z_bundle(till())
    assert holding(prove(change(bundle, "z_reports", 0, "sales_total", 27_421), not_delivered())) >= {
        "vat_sums_to_sales"
    }
    wrong_gross = prove(change(bundle, "z_vat", 0, "gross", 1))
    (finding,) = wrong_gross.of("vat_sums_to_sales")
    assert finding.subject == "25 %"


def test_base_taken_gross_with_right_vat() -> None:
    bundle = change(z_bundle(Till("K1", "1").ring(12_500)), "z_vat", 0, "base", 12_500)
    (finding,) = prove(bundle).of("vat_base_is_net")
    assert "the VAT base 125.00 at 25 % is the gross" in finding.message
    assert finding.expected == "100.00"


def test_vat_taken_of_the_gross_though_the_sums_tie() -> None:
    bundle = z_bundle(Till("K1", "1").ring(10_000))
    bundle = change(change(bundle, "z_vat", 0, "base", 7_500), "z_vat", 0, "vat", 2_500)
    proof = prove(bundle)
    assert holding(proof) == {"vat_matches_rate", "vat_base_is_net"}
    assert (
        "VAT 25.00 at 25 % was taken of the gross 100.00; it should be 20.00" in proof.of("vat_base_is_net")[0].message
    )


def test_article_groups_only_warn() -> None:
    proof = prove(change(z_bundle(till()), "z_article_groups", 0, "amount", 1))
    assert holding(proof) == set()
    assert proof.of("article_groups_sum")[0].difference == "-274.19"


def test_zero_rows_of_unused_rates_and_tenders_need_nothing() -> None:
    bundle = z_bundle(till().ring(Item(0, "old", rate=10_000, standard="99"), pay="CHEQUE"))
    assert holding(prove(bundle, receipts_bundle(till()))) == set()


def test_rate_that_is_not_in_force() -> None:
    (finding,) = prove(z_bundle(Till("K1", "1").ring(Item(11_000, "1", rate=10_000)))).of("vat_rate_valid")
    assert "10 %" in finding.message
    assert "in force: 12 %" in finding.message
    assert finding.holds


@pytest.mark.parametrize(
    ("sold", "receipts", "expected"),
    [
        (dt.date(2021, 9, 1), True, []),
        (dt.date(2021, 10, 2), True, [Severity.ERROR]),
        (None, True, [Severity.WARN]),
        (dt.date(2021, 9, 1), False, [Severity.WARN]),
    ],
)
def test_a_return_may_carry_the_rate_of_its_sale(
    sold: dt.date | None, receipts: bool, expected: list[Severity]
) -> None:
    day = dt.date(2021, 10, 5)
    back = Till("K1", "1", day).ring(20_000).ring(Item(-10_600, "1", rate=6_000, sold=sold))
    proof = prove(z_bundle(back), receipts_bundle(back) if receipts else not_delivered(day))
    assert [f.severity for f in proof.of("vat_rate_valid")] == expected


def test_a_rate_of_long_ago_is_held_on_a_return_too() -> None:
    back = Till("K1", "1").ring(20_000).ring(Item(-10_800, "1", rate=8_000))
    assert "vat_rate_valid" in holding(prove(z_bundle(back), not_delivered()))


def test_a_night_across_a_change_of_rate_may_hold_the_new_rate() -> None:
    eve = dt.date(2021, 9, 30)
    night = Till("K1", "1", eve).ring(Item(10_600, "1", rate=6_000)).ring(Item(11_200, "1"))
    night.state(closed_at=pd.Timestamp(dt.datetime(2021, 10, 1, 2, 0, tzinfo=OSLO)))
    assert holding(prove(z_bundle(night))) == set()


def test_credit_sales_warn_and_stay_out_of_the_sums() -> None:
    credit = till().ring(50_000, kind="credit_sale", customer="10001").state(credit_sales=50_000)
    proof = prove(z_bundle(credit), receipts_bundle(credit))
    assert holding(proof) == set()
    assert "500.00" in proof.of("credit_sales_apart")[0].message


def test_lines_are_estimated_without_receipts() -> None:
    proof = prove(z_bundle(till()), not_delivered())
    (finding,) = proof.of("lines_estimated")
    assert "2 receipts x 10 lines" in finding.message
    counted = change(change(z_bundle(till()), "z_vat", 0, "line_count", 2), "z_vat", 1, "line_count", 1)
    assert prove(counted).of("lines_estimated") == ()


def test_vendor_rule_decides_which_movements_the_tenders_contain() -> None:
    apart = till().move("gift_card_sale", 20_000, included=False)
    assert "z_balances" in holding(prove(z_bundle(apart)))
    (finding,) = prove(z_bundle(apart)).of("z_balances")
    assert "does not count pay-ins" in finding.next_step
    told = profile(ledger(tenders_include=["pay_outs", "tips"]))
    assert holding(prove_z_reports(z_bundle(apart), None, told)) == set()


def test_z_twice_in_the_store_day_even_with_leading_zeros() -> None:
    twice = z_bundle(Till("K1", "102").ring(100), Till("K1", "0102").ring(100))
    (finding,) = prove(twice).of("z_unique")
    assert finding.holds
    same = z_bundle(Till("K1", "102").ring(100), Till("K1", "102").ring(200))
    proof = prove(same)
    assert "z_unique" in holding(proof)
    with pytest.raises(VoucherRefused, match="stands 2 times"):
        build_vouchers(proof.z_reports, profile())
    assert holding(prove(z_bundle(Till("K1", "102").ring(100), Till("K2", "102").ring(100)))) == set()


def test_frames_that_break_the_contract_are_named_by_key_and_never_crash() -> None:
    good = z_bundle(till())
    cases: dict[str, Bundle] = {
        "z_vat lacks the column base": replace(
            good, frames={**good.frames, "z_vat": good["z_vat"].drop(columns="base")}
        ),
        "z_vat.base must be of type int64, not float64": replace(
            good, frames={**good.frames, "z_vat": good["z_vat"].assign(base=0.5)}
        ),
        "z_tenders has rows of Z 103 on register K1": change(good, "z_tenders", 0, "z_number", "103"),
        "business day 2026-11-24, but stands in the extract of 2026-11-23": change(
            good, "z_reports", 0, "business_day", pd.Timestamp("2026-11-24")
        ),
        "z_reports.receipt_count must be at least 0; the row register K1, z_number 102 is not": change(
            good, "z_reports", 0, "receipt_count", -1
        ),
        "z_vat holds the row register K1, z_number 102, vat_code 3, rate 25000 more than once": replace(
            good, frames={**good.frames, "z_vat": pd.concat([good["z_vat"]] * 2, ignore_index=True)}
        ),
    }
    for words, bundle in cases.items():
        found = prove(bundle).of("frames_valid")
        assert any(words in f.message for f in found), words
        assert all(f.holds for f in found)
    gone = change(good, "z_vat", 0, "vat_code", None)
    assert prove(gone).z_reports == ()


def test_many_faults_are_capped() -> None:
    good = z_bundle(Till("K1", "1").ring(100))
    row = good["z_tenders"].assign(currency="LONG")
    many = pd.concat([row.assign(tender=f"T{i}") for i in range(30)], ignore_index=True)
    found = prove(replace(good, frames={**good.frames, "z_tenders": many})).of("frames_valid")
    assert len(found) == 21
    assert found[-1].message.startswith("10 more faults")


def test_a_closed_day_is_proven_by_having_nothing() -> None:
    closed = Bundle.empty("oslo", DAY, Status.CLOSED, Z_FRAMES, "closed on sundays")
    proof = prove(closed)
    assert (proof.findings, proof.z_reports, proof.bundle.status, proof.bundle.note) == (
        (),
        (),
        Status.CLOSED,
        "closed on sundays",
    )


def test_takings_on_a_closed_day_warn() -> None:
    proof = prove(z_bundle(till()), calendar={"closed_weekdays": ["monday"]})
    assert holding(proof) == set()
    assert "closed on mondays" in proof.of("open_as_planned")[0].message


def test_z_reports_are_sorted_by_register_and_number() -> None:
    keys = [ZKey("K2", "1"), ZKey("K1", "10"), ZKey("K1", "9"), ZKey("K1", "A10"), ZKey("K1", "A9")]
    assert [(k.register, k.z_number) for k in sorted(keys, key=z_order)] == [
        ("K1", "9"),
        ("K1", "10"),
        ("K1", "A9"),
        ("K1", "A10"),
        ("K2", "1"),
    ]


def test_every_finding_belongs_to_a_rule_of_the_table() -> None:
    assert {rule.asset for rule in RULES.values()} == {"z_reports", "receipts"}
    proof = prove_z_reports(*example_2016(), official_profile())
    assert {f.rule for f in proof.findings} <= set(RULES)
    assert all(f.next_step and f.message.endswith(".") for f in proof.findings)


def test_register_that_the_store_does_not_have() -> None:
    (finding,) = prove(z_bundle(Till("K9", "1").ring(100))).of("everything_mapped")
    assert finding.subject == "stores.oslo.registers"
