"""A14: what is sold on account and sent as an order is not revenue in the Z journal too; one way per tender, by the settings."""

from __future__ import annotations

import pytest

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.booking import book
from frontline_pipeline.orders.from_sales import DaySales, orders_from_sales
from frontline_pipeline.orders.period import period_of
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.orders.order_kit import order_profile
from frontline_pipeline_tests.scenario_kit import booked
from frontline_pipeline_tests.strategies import DAY, Item, Till, receipts_bundle, z_bundle

SALES = {"from_sales": {"kind": "customer", "fallback_article": "A1"}}
BY_ORDER = {"ACCOUNT": {"account": 1500, "way": "order"}}


def _till() -> Till:
    return (
        Till("K1", "1")
        .ring(12_500, pay="CASH")
        .ring(Item(25_000), Item(11_500, code="2"), pay="ACCOUNT", customer="C1")
        .ring(50_000, pay="CARD")
    )


def _booked(till: Till, mine: StoreProfile) -> dict[tuple[int, str], int]:
    proof = prove_z_reports(z_bundle(till), receipts_bundle(till), mine)
    assert [f.message for f in proof.findings if f.holds] == []
    (voucher,) = book(proof.z_reports, mine).vouchers
    return booked(voucher)


def _ordered(till: Till, mine: StoreProfile) -> dict[str, int]:
    receipts = receipts_bundle(till)
    (z,) = prove_z_reports(z_bundle(till), receipts, mine).z_reports
    assert z.receipts is not None
    made = orders_from_sales([DaySales(DAY, receipts, z.receipts.on_account)], period_of(DAY, "day"), mine)
    return dict(zip(made.orders["order_id"], made.orders["total"], strict=True))


def test_A14_by_journal_the_receivable_and_its_revenue_are_in_the_journal_alone() -> None:
    mine = order_profile(SALES)
    found = _booked(_till(), mine)
    assert found[1500, ""] == 36_500
    assert found[3030, "31@15000"] == -10_000
    assert _ordered(_till(), mine) == {}


def test_A14_by_order_the_journal_holds_neither_and_the_order_holds_all() -> None:
    mine = order_profile(SALES, BY_ORDER)
    assert _booked(_till(), mine) == {
        (1900, ""): 12_500,
        (1920, ""): 50_000,
        (2700, "3@25000"): -12_500,
        (3000, "3@25000"): -50_000,
    }
    assert _ordered(_till(), mine) == {"sales/C1/2026-11-23": 36_500}


def test_A14_without_its_receipts_a_tender_that_goes_by_order_holds_the_day() -> None:
    mine = order_profile(SALES, BY_ORDER)
    till = _till()
    till.payments = [row for row in till.payments if row["tender"] != "ACCOUNT"]
    (z,) = prove_z_reports(z_bundle(_till()), receipts_bundle(till), mine).z_reports
    with pytest.raises(VoucherRefused, match=r"tender ACCOUNT goes by order, and its receipts say 0\.00 of 365\.00"):
        book([z], mine)


def test_A14_a_credit_sale_that_the_z_states_apart_goes_by_journal_or_by_order() -> None:
    till = Till("K1", "1").ring(12_500).ring(25_000, kind="credit_sale", customer="10001").state(credit_sales=25_000)
    card = {(1920, ""): 12_500, (2700, "3@25000"): -2_500, (3000, "3@25000"): -10_000}
    by_order = order_profile(SALES)
    assert _booked(till, by_order) == card
    assert _ordered(till, by_order) == {"sales/10001/2026-11-23": 25_000}
    by_journal = order_profile(ledger={"credit_sales": {"account": 1500}})
    proof = prove_z_reports(z_bundle(till), receipts_bundle(till), by_journal)
    (voucher,) = book(proof.z_reports, by_journal).vouchers
    assert sorted((line.account, line.role, line.amount) for line in voucher.lines) == [
        (1500, "credit", 25_000),
        (1920, "tender", 12_500),
        (2700, "credit_vat", -5_000),
        (2700, "vat", -2_500),
        (3000, "credit_sales", -20_000),
        (3000, "sales", -10_000),
    ]
    assert _ordered(till, by_journal) == {}
