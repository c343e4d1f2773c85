"""Orders from sales: periods, receipts, returns; and the property that journal and orders together are the Z-report."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.on_account import journal_part
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.booking import book
from frontline_pipeline.orders.from_sales import DaySales, Made, orders_from_sales
from frontline_pipeline.orders.period import Every, period_of
from frontline_pipeline.orders.proof import prove_frames
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.orders.order_kit import order_profile
from frontline_pipeline_tests.strategies import DAY, Item, Till, receipts_bundle, z_bundle

BY_ORDER = {"ACCOUNT": {"account": 1500, "way": "order"}}


def _profile(every: str = "day") -> StoreProfile:
    kinds = {"sale": {"form": "order", "prices": "incl_vat"}}
    sales = {"kind": "sale", "every": every, "fallback_article": "A1"}
    return order_profile({"kinds": kinds, "from_sales": sales}, BY_ORDER)


def _sales(till: Till, mine: StoreProfile) -> DaySales:
    receipts = receipts_bundle(till)
    (z,) = prove_z_reports(z_bundle(till), receipts, mine).z_reports
    return DaySales(till.day, receipts, z.receipts.on_account if z.receipts else ())


@pytest.mark.parametrize(
    ("every", "day", "first", "last", "key"),
    [
        ("day", "2026-11-23", "2026-11-23", "2026-11-23", "2026-11-23"),
        ("week", "2026-11-25", "2026-11-23", "2026-11-29", "2026-W48"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03", "2026-W53"),
        ("month", "2028-02-10", "2028-02-01", "2028-02-29", "2028-02"),
    ],
)
def test_periods(every: Every, day: str, first: str, last: str, key: str) -> None:
    found = period_of(dt.date.fromisoformat(day), every)
    assert (found.first.isoformat(), found.last.isoformat(), found.key) == (first, last, key)


def test_a_week_becomes_one_order_per_customer_with_its_receipts_listed() -> None:
    mine = _profile("week")
    tuesday = DAY + dt.timedelta(days=1)
    days = [
        Till("K1", "1").ring(12_500, pay="ACCOUNT", customer="C1").ring(5_000, pay="ACCOUNT", customer="C2"),
        Till("K1", "2", tuesday).ring(25_000, pay="ACCOUNT", customer="C1").ring(9_900, pay="CARD"),
    ]
    made = orders_from_sales([_sales(till, mine) for till in days], period_of(DAY, "week"), mine)
    assert dict(zip(made.orders["order_id"], made.orders["total"], strict=True)) == {
        "sales/C1/2026-W48": 37_500,
        "sales/C2/2026-W48": 5_000,
    }
    texts = made.lines.loc[made.lines["order_id"] == "sales/C1/2026-W48", "text"].dropna()
    assert list(texts) == ["Bong 1-1, kasse K1, 2026-11-23", "Bong 2-1, kasse K1, 2026-11-24"]
    assert list(made.source.receipts["receipt_id"]) == ["1-1", "1-2", "2-1"] or len(made.source.receipts) == 3
    assert prove_frames(made.orders, made.lines, mine, DAY) == ((), {})


def test_a_receipt_that_a_delivered_order_names_is_left_to_it() -> None:
    mine = _profile()
    till = Till("K1", "1").ring(12_500, pay="ACCOUNT", customer="C1")
    made = orders_from_sales([_sales(till, mine)], period_of(DAY, "day"), mine, {("K1", "1-1")})
    assert made.orders.empty


def test_a_sale_on_account_without_a_customer_is_held_by_itself() -> None:
    mine = _profile()
    till = Till("K1", "1").ring(12_500, pay="ACCOUNT").ring(5_000, pay="ACCOUNT", customer="C2")
    made = orders_from_sales([_sales(till, mine)], period_of(DAY, "day"), mine)
    assert list(made.orders["customer"]) == ["C2"]
    assert [hold.rule for hold in made.holds] == ["order_customer"]


_SALE = st.tuples(
    st.lists(st.tuples(st.integers(1, 99_999), st.sampled_from("321")), min_size=1, max_size=3),
    st.sampled_from(["CASH", "CARD", "ACCOUNT", "ACCOUNT"]),
    st.sampled_from(["C1", "C2"]),
    st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_SALE, min_size=1, max_size=6))
def test_journal_and_orders_together_are_the_z_report(sales) -> None:
    """No øre of revenue or VAT is lost or doubled, whatever was sold on account; the journal balances by itself."""
    mine = _profile()
    till = Till("K1", "1")
    for items, pay, customer, split in sales:
        sold = [Item(gross, code) for gross, code in items]
        parts = [("CARD", 1)] if split and pay == "ACCOUNT" and sum(i.gross for i in sold) > 1 else []
        till.ring(*sold, pay=pay, customer=customer if pay == "ACCOUNT" else None, split=parts)
    receipts = receipts_bundle(till)
    proof = prove_z_reports(z_bundle(till), receipts, mine)
    (z,) = proof.z_reports
    assert z.receipts is not None
    made = orders_from_sales([DaySales(DAY, receipts, z.receipts.on_account)], period_of(DAY, "day"), mine)
    kept = journal_part(z, mine)
    assert kept.sales_total + int(made.orders["total"].sum()) == z.sales_total
    net = int(made.orders["total_excl_vat"].sum())
    assert sum(v.base for v in kept.vat) + net == sum(v.base for v in z.vat)
    assert sum(v.vat for v in kept.vat) + int(made.orders["total"].sum()) - net == sum(v.vat for v in z.vat)
    for voucher in book(proof.z_reports, mine).vouchers:
        assert sum(line.amount for line in voucher.lines) == 0
    assert prove_frames(made.orders, made.lines, mine, DAY)[1] == {}


def test_nothing_is_made_where_the_settings_make_none() -> None:
    made: Made = orders_from_sales([], period_of(DAY, "day"), order_profile())
    assert made.orders.empty
