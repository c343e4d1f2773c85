"""E13: a sale paid part by card and part on account leaves the account part open, whichever way it goes."""

from __future__ import annotations

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.booking import book
from frontline_pipeline.orders.from_sales import DaySales, orders_from_sales
from frontline_pipeline.orders.period import period_of
from frontline_pipeline_tests.orders.order_kit import order_profile
from frontline_pipeline_tests.scenario_kit import booked
from frontline_pipeline_tests.strategies import DAY, Till, receipts_bundle, z_bundle


def test_E13_of_the_order_only_the_account_part_stays_open() -> None:
    mine = order_profile(
        {"from_sales": {"kind": "customer", "fallback_article": "A1"}}, {"ACCOUNT": {"account": 1500, "way": "order"}}
    )
    till = Till("K1", "1").ring(100_000, pay="ACCOUNT", split=[("CARD", 40_000)], customer="C1")
    receipts = receipts_bundle(till)
    proof = prove_z_reports(z_bundle(till), receipts, mine)
    (voucher,) = book(proof.z_reports, mine).vouchers
    # No revenue in the journal: the card takings are a payment on the customer's account.
    journal = booked(voucher)
    assert journal == {(1920, ""): 40_000, (1500, ""): -40_000}
    (z,) = proof.z_reports
    assert z.receipts is not None
    made = orders_from_sales([DaySales(DAY, receipts, z.receipts.on_account)], period_of(DAY, "day"), mine)
    (total,) = made.orders["total"]
    assert total + journal[1500, ""] == 60_000
    assert list(made.lines["text"].dropna())[-1] == "Betalt i kassen: 400.00"


def test_E13_rounded_cash_beside_the_account_stays_balanced() -> None:
    mine = order_profile(
        {"from_sales": {"kind": "customer", "fallback_article": "A1"}}, {"ACCOUNT": {"account": 1500, "way": "order"}}
    )
    till = Till("K1", "1").ring(100_040, pay="CASH", split=[("ACCOUNT", 60_000)], customer="C1").ring(5_000, pay="CARD")
    proof = prove_z_reports(z_bundle(till), receipts_bundle(till), mine)
    (voucher,) = book(proof.z_reports, mine).vouchers
    journal = booked(voucher)
    assert journal[1900, ""] == 40_000
    assert journal[1500, ""] == -40_040
    assert journal[7740, ""] == 40
