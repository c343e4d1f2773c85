"""Credit sales that a Z states apart, booked from their receipts: the lines, the proof before them, the tie-out after them."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.proof import Proof, prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.tie_cells import Held, HeldLine
from frontline_pipeline.accounting.tie_out import TieOut, tie_out
from frontline_pipeline.accounting.tie_receipts import receipt_columns
from frontline_pipeline.accounting.voucher import VoucherRefused, build_vouchers, canonical_bytes
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.scenario_kit import held
from frontline_pipeline_tests.strategies import (
    Item,
    Till,
    days,
    items,
    ledger,
    not_delivered,
    profile,
    receipts_bundle,
    shuffled,
    z_bundle,
)

CREDIT = {"account": 1500, "customer": "from_receipt"}
MINE = profile(ledger(credit_sales=CREDIT))
PER_STORE = profile(ledger(credit_sales=CREDIT), journal_per="store")
CUSTOMERS = ("10001", "10002", "10003")


def stated(till: Till) -> Till:
    """The till with its Z stating the credit receipts that were rung up."""
    amounts = [row["amount"] for row in till.receipts if row["kind"].startswith("credit")]
    return till.state(
        credit_sales=sum(each for each in amounts if each > 0), credit_memos=-sum(each for each in amounts if each < 0)
    )


def till() -> Till:
    return stated(
        Till("K1", "102")
        .ring(10_000)
        .ring(Item(25_000), Item(11_500, code="2"), kind="credit_sale", customer="10001")
        .ring(12_500, kind="credit_sale", customer="10002")
        .ring(-6_250, kind="credit_return", customer="10001")
    )


def proven(*tills: Till, mine: StoreProfile = MINE) -> Proof:
    return prove_z_reports(z_bundle(*tills), receipts_bundle(*tills), mine)


def voucher_of(*tills: Till, mine: StoreProfile = MINE) -> Voucher:
    proof = proven(*tills, mine=mine)
    assert [f.message for f in proof.findings if f.holds] == []
    (voucher,) = build_vouchers(proof.z_reports, mine).vouchers
    return voucher


def why(proof: Proof) -> str:
    """The one finding of the rule."""
    (finding,) = proof.of("credit_sales_proven")
    assert finding.holds
    with pytest.raises(VoucherRefused):
        build_vouchers(proof.z_reports, MINE)
    assert (finding.store, finding.register, finding.z_number) == ("oslo", "K1", "102")
    return finding.message


def test_each_customer_owes_what_the_receipts_say_and_sales_and_vat_stand_on_lines_of_their_own() -> None:
    voucher = voucher_of(till())
    told = {(line.role, line.account, line.customer_id): line.amount for line in voucher.lines}
    assert told == {
        ("tender", 1920, None): 10_000,
        ("sales", 3000, None): -8_000,
        ("vat", 2700, None): -2_000,
        ("credit", 1500, 10001): 30_250,
        ("credit", 1500, 10002): 12_500,
        ("credit_sales", 3000, None): -25_000,
        ("credit_vat", 2700, None): -6_250,
        ("credit_sales", 3030, None): -10_000,
        ("credit_vat", 2701, None): -1_500,
    }
    assert {line.text for line in voucher.lines if line.role.startswith("credit")} == {
        "Z 102 kasse K1: kredittsalg",
        "Z 102 kasse K1: kredittsalg 25 %",
        "Z 102 kasse K1: mva 25 %, kredittsalg",
        "Z 102 kasse K1: kredittsalg 15 %",
        "Z 102 kasse K1: mva 15 %, kredittsalg",
    }
    assert {c.vat_key: (c.base, c.vat) for c in voucher.vat_control} == {
        "3@25000": (33_000, 8_250),
        "31@15000": (10_000, 1_500),
    }


def test_without_the_setting_they_warn_and_are_not_booked() -> None:
    for mine in (profile(), profile(ledger(credit_sales={"way": "none"}))):
        proof = proven(till(), mine=mine)
        assert not proof.holds
        assert proof.of("credit_sales_apart")
        assert {line.role for line in build_vouchers(proof.z_reports, mine).vouchers[0].lines} == {
            "tender",
            "sales",
            "vat",
        }


def test_a_collective_customer_and_english_texts() -> None:
    mine = profile(ledger(credit_sales={"account": 1501, "customer": 10009}, voucher_language="en"))
    nameless = stated(Till("K1", "102").ring(25_000, kind="credit_sale"))
    voucher = voucher_of(nameless, mine=mine)
    assert [(line.account, line.customer_id, line.amount) for line in voucher.lines if line.role == "credit"] == [
        (1501, 10009, 25_000)
    ]
    assert {line.text for line in voucher.lines} == {
        "Z 102 register K1: credit sales",
        "Z 102 register K1: credit sales 25 %",
        "Z 102 register K1: VAT 25 %, credit sales",
    }


@pytest.mark.parametrize("customer", [None, "C-17"])
def test_a_receipt_that_names_no_customer_number_holds_the_day(customer: str | None) -> None:
    proof = proven(stated(Till("K1", "102").ring(25_000, kind="credit_sale", customer=customer)))
    assert held(proof) == {"everything_mapped"}
    assert [f.subject for f in proof.of("everything_mapped")] == [
        "companies.nordlys.ledger.credit_sales.customer",
    ]


def test_a_nameless_credit_sale_that_was_brought_back_needs_no_customer() -> None:
    day = stated(Till("K1", "102").ring(10_000).ring(25_000, kind="credit_sale").ring(-25_000, kind="credit_return"))
    assert {line.role for line in voucher_of(day).lines} == {"tender", "sales", "vat"}


def test_a_vat_code_without_accounts_is_named_once() -> None:
    day = stated(Till("K1", "102").ring(Item(1_000, code="0")).ring(Item(2_000, code="0"), kind="credit_sale"))
    day.receipts[1]["customer"] = "10001"
    codes = {key: rule for key, rule in ledger()["vat_codes"].items() if key != "5"}
    proof = proven(day, mine=profile(ledger(credit_sales=CREDIT, vat_codes=codes)))
    assert [f.subject for f in proof.of("everything_mapped")] == ["companies.nordlys.ledger.vat_codes.5"]


def test_a_receipt_that_did_not_come_holds_the_day_with_both_sums() -> None:
    short = till().state(credit_sales=60_000)
    message = why(proven(short))
    assert "states credit sales of 600.00, its 2 receipts of them sum to 490.00, difference -110.00" in message
    (finding,) = proven(short).of("credit_sales_proven")
    assert (finding.expected, finding.actual) == ("600.00", "490.00")


def test_memos_are_proven_apart_from_sales() -> None:
    """A sale too much and a memo too much must not hide each other."""
    message = why(proven(till().state(credit_sales=50_000, credit_memos=7_250)))
    assert "credit sales of 500.00" in message
    assert "credit memos of 72.50, its 1 receipt of them sum to 62.50" in message


def test_credit_receipts_that_the_z_does_not_state_hold_the_day() -> None:
    assert "states credit sales of 0.00" in why(proven(till().state(credit_sales=None)))


def test_no_receipts_at_all_hold_the_day_whatever_the_store_expects_of_others() -> None:
    for mine in (MINE, profile(ledger(credit_sales=CREDIT), receipts="none")):
        proof = prove_z_reports(z_bundle(till()), not_delivered(), mine)
        assert held(proof) == {"credit_sales_proven"}
    assert "Receipts are not read" in proof.of("credit_sales_proven")[0].message


def test_a_receipt_without_its_vat_holds_the_day_and_is_named() -> None:
    day = till()
    for line in day.lines:
        if line["receipt_id"] == "102-3":
            line["vat_code"] = line["rate"] = None
    assert "VAT by code and rate is missing, or does not sum to the receipt, on receipt 102-3." in why(proven(day))


def test_a_rate_that_its_base_does_not_give_holds_the_day() -> None:
    day = till()
    day.lines[1]["amount_excl_vat"] -= 100
    day.lines[1]["vat"] += 100
    assert "Credit sales: VAT at 25 % is 63.50; the rate on base 249.00 gives 62.25" in why(proven(day))


def test_a_credit_memo_at_a_rate_of_the_day_of_its_sale() -> None:
    """6 % was the low rate of 2020 and 2021: right where the receipt names the day of the sale, a warning where it does not."""
    for sold, warned in ((dt.date(2020, 5, 4), 0), (None, 1)):
        back = Item(-10_600, code="1", rate=6_000, sold=sold)
        proof = proven(
            stated(Till("K1", "102", dt.date(2022, 1, 10)).ring(back, kind="credit_return", customer="10001"))
        )
        assert not proof.holds, [f.message for f in proof.findings if f.holds]
        assert len(proof.of("credit_sales_proven")) == warned
        (voucher,) = build_vouchers(proof.z_reports, MINE).vouchers
        assert {x.vat_key for x in voucher.lines if x.vat_key} == {"33@6000"}
    never = stated(Till("K1", "102").ring(Item(10_600, code="1", rate=6_000), kind="credit_sale", customer="10001"))
    assert "a rate that was not in force on 2026-11-23" in why(proven(never))


def test_credit_sales_partly_paid_at_the_till_hold_the_day() -> None:
    day = till()
    day.payments.append(
        {**day.key, "receipt_id": "102-3", "payment_id": 1, "tender": "CARD", "amount": 100, "currency": "NOK"}
    )
    found = prove_z_reports(z_bundle(till()), receipts_bundle(day), MINE)
    assert "Something of them was paid at the till, with CARD" in why(found)


def test_what_a_credit_receipt_says_of_its_tender_does_not_matter() -> None:
    day = till()
    for position, tender in enumerate(("ACCOUNT", "ONTHECUFF"), 1):
        day.payments.append(
            {**day.key, "receipt_id": "102-3", "payment_id": position, "tender": tender, "amount": 1, "currency": "NOK"}
        )
    assert not prove_z_reports(z_bundle(till()), receipts_bundle(day), MINE).holds


def test_sales_per_article_group_and_gross_lines_serve_credit_sales_too() -> None:
    groups = {
        code: {**rule, "article_groups": {"100": rule["sales_account"], "200": 3009}}
        for code, rule in ledger()["vat_codes"].items()
    }
    day = stated(Till("K1", "102").ring(Item(5_000), Item(12_500, group="200"), kind="credit_sale", customer="10001"))
    mine = profile(ledger(credit_sales=CREDIT, vat_codes=groups, sales_per_article_group=True))
    assert {line.account: line.amount for line in voucher_of(day, mine=mine).lines} == {
        1500: 17_500,
        3000: -4_000,
        3009: -10_000,
        2700: -3_500,
    }
    gross = profile(ledger(credit_sales=CREDIT, vat_posting="system"))
    assert {line.account: line.amount for line in voucher_of(day, mine=gross).lines} == {1500: 17_500, 3000: -17_500}


def test_a_gift_card_sold_on_credit_is_a_debt_and_no_turnover() -> None:
    rules = ledger(credit_sales=CREDIT, movement_article_groups={"900": "gift_card_sale"})
    day = stated(Till("K1", "102").ring(Item(50_000, code="0", group="900"), kind="credit_sale", customer="10001"))
    assert {line.account: line.amount for line in voucher_of(day, mine=profile(rules)).lines} == {
        1500: 50_000,
        2901: -50_000,
    }


# Tie-out


def tied(day: Till, mine: StoreProfile = MINE, alter: int = 0) -> TieOut:
    proof = proven(day, mine=mine)
    made = build_vouchers(proof.z_reports, mine)
    (voucher,) = made.vouchers
    lines = [HeldLine(line.account, line.tax_code or "", line.amount) for line in voucher.lines]
    if alter:
        at = next(i for i, line in enumerate(voucher.lines) if line.role == "credit_vat")
        lines[at] = lines[at]._replace(amount=lines[at].amount - alter)
    there = [Held(voucher.z_keys, "oslo/K1/Z102/r1", "", tuple(lines))]
    return tie_out(proof.z_reports, receipt_columns(receipts_bundle(day)), made, there, mine)


def test_credit_sales_are_a_figure_of_their_own_on_all_four_sides() -> None:
    result = tied(till())
    assert result.agrees, result.verdict
    told = {
        (row["measure"], row["subject"]): tuple(row[side] for side in ("receipts", "z_report", "voucher", "ledger"))
        for row in result.frame.astype("object").where(result.frame.notna(), None).to_dict("records")
    }
    assert told["credit", "-"] == (42_750,) * 4
    assert told["credit_sales", "3@25000"] == (25_000, None, 25_000, 25_000)
    assert told["credit_vat", "31@15000"] == (1_500, None, 1_500, 1_500)
    assert told["sales", "3@25000"] == (8_000,) * 4
    gross = tied(till(), profile(ledger(credit_sales=CREDIT, vat_posting="system")))
    assert gross.agrees, gross.verdict


def test_an_ore_that_the_ledger_has_otherwise_stands_on_its_credit_figure() -> None:
    result = tied(till(), alter=1)
    assert result.differences == 1
    assert "VAT of credit sales" in result.verdict


def test_a_credit_receipt_that_is_missing_makes_a_difference_that_is_named() -> None:
    short = till().state(credit_sales=60_000)
    proof = proven(short)
    result = tie_out(proof.z_reports, receipt_columns(receipts_bundle(short)), None, (), MINE)
    assert "credit sales of Z 102 on register K1: receipts 427.50, Z-report 537.50" in result.verdict


# Any day


@st.composite
def credit_days(draw: st.DrawFn) -> tuple[Till, ...]:
    """A valid store-day whose registers sold on credit, and took some of it back."""
    made = draw(days())
    for each in made:
        for _ in range(draw(st.integers(0, 3))):
            sold = draw(st.lists(items, min_size=1, max_size=3))
            back = draw(st.booleans())
            for item in sold if back else ():
                item.gross = -item.gross
            each.ring(*sold, kind="credit_return" if back else "credit_sale", customer=draw(st.sampled_from(CUSTOMERS)))
        stated(each)
    return made


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(credit_days(), st.sampled_from([MINE, PER_STORE]), st.integers(0, 5))
def test_any_day_balances_keeps_its_vat_and_owes_each_customer_exactly(
    tills: tuple[Till, ...], mine: StoreProfile, seed: int
) -> None:
    z, receipts = z_bundle(*tills), receipts_bundle(*tills)
    proof = prove_z_reports(z, receipts, mine)
    findings = (*proof.findings, *prove_receipts(receipts, proof.z_reports, mine).findings)
    assert [f.message for f in findings if f.holds] == []
    vouchers = build_vouchers(proof.z_reports, mine).vouchers
    owed, owed_by_receipts = Counter[int | None](), Counter[int | None]()
    kept, due = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for voucher in vouchers:
        assert sum(line.amount for line in voucher.lines) == 0
        for line in voucher.lines:
            assert len(line.text) <= 75
            if line.role == "credit":
                owed[line.customer_id] += line.amount
            elif line.vat_key:
                measure = line.role.removeprefix("credit_")
                kept[measure, int(line.vat_key.partition("@")[2])] -= line.amount
    for each in tills:
        for row in each.receipts:
            if row["kind"].startswith("credit"):
                owed_by_receipts[int(row["customer"])] += row["amount"]
        for line_ in each.lines:
            due["sales", line_["rate"]] += line_["amount_excl_vat"]
            due["vat", line_["rate"]] += line_["vat"]
    assert owed == owed_by_receipts
    assert kept == due
    again = prove_z_reports(shuffled(z, seed), shuffled(receipts, seed + 1), mine)
    assert [canonical_bytes(v) for v in build_vouchers(again.z_reports, mine).vouchers] == [
        canonical_bytes(v) for v in vouchers
    ]
    there = [
        Held(v.z_keys, v.document_key, "", tuple(HeldLine(x.account, x.tax_code or "", x.amount) for x in v.lines))
        for v in vouchers
    ]
    result = tie_out(proof.z_reports, receipt_columns(receipts), build_vouchers(proof.z_reports, mine), there, mine)
    assert result.agrees, result.verdict


def test_a_store_voucher_owes_each_customer_once_over_its_registers() -> None:
    second = stated(Till("K2", "7").ring(12_500, kind="credit_sale", customer="10001"))
    voucher = voucher_of(till(), second, mine=PER_STORE)
    assert [(x.customer_id, x.amount) for x in voucher.lines if x.role == "credit"] == [
        (10001, 42_750),
        (10002, 12_500),
    ]
