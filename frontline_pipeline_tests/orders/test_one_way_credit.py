"""Credit sales that a Z states apart go one way too: by order, by journal, or none, which is told."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.booking import book
from frontline_pipeline.one_way import Facts, journal_holds, one_way
from frontline_pipeline.ordering import order_documents_of
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline.posting.lease import held_lease
from frontline_pipeline.posting.link_book import LinkBook, Twin
from frontline_pipeline.posting.links import CUSTOMER
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.settings_masterdata import MasterDataRules
from frontline_pipeline_tests.orders.order_kit import Row, order, order_profile, raw_bundle
from frontline_pipeline_tests.orders.sales_kit import BY_ORDER, SALES, facts, journal, keys, new_world, orders, way
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.strategies import DAY, Till, receipts_bundle, z_bundle

CREDIT = (
    Till("K1", "1")
    .ring(12_500, pay="CARD")
    .ring(25_000, kind="credit_sale", customer="10001")
    .ring(-5_000, kind="credit_return", customer="10001")
    .state(credit_sales=25_000, credit_memos=5_000)
)
BY_JOURNAL = {"credit_sales": {"account": 1500}}


def _credit(mine: StoreProfile, world: OrderWorld) -> tuple[int, int, int, list[str | None]]:
    return way(one_way(facts(mine, till=CREDIT), mine, world.log))


def test_credit_sales_by_journal_wait_for_it_and_are_in_it_alone(tmp_path: Path) -> None:
    mine = order_profile(ledger=BY_JOURNAL, mode="posted")
    world = new_world(tmp_path, mine)
    assert _credit(mine, world) == (0, 0, 2, [])
    journal(world, mine, CREDIT)
    assert _credit(mine, world) == (2, 0, 0, [])
    # Again is nothing new.
    journal(world, mine, CREDIT)
    assert len(world.ledger.vouchers) == 1


def test_credit_sales_by_journal_stay_there_whatever_tender_their_receipts_name(tmp_path: Path) -> None:
    till = Till("K1", "1").ring(25_000, kind="credit_sale", customer="10001").state(credit_sales=25_000)
    till.payments.append(
        {**till.key, "receipt_id": "1-1", "payment_id": 1, "tender": "ACCOUNT", "amount": 25_000, "currency": "NOK"}
    )
    mine = order_profile(None, BY_ORDER, ledger=BY_JOURNAL)
    receipts = receipts_bundle(till)
    till.payments.clear()
    facts = Facts(DAY, prove_z_reports(z_bundle(till), receipts, mine).z_reports, receipts)
    assert [(each.by_order, each.outside) for each in facts.on_account] == [(False, True)]
    (voucher,) = book(facts.z_reports, mine).vouchers
    assert [x.amount for x in voucher.lines if x.role == "credit"] == [25_000]
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-1", customer="10001")
    raw, world = raw_bundle(named), new_world(tmp_path, mine)
    made = order_documents_of(raw, prove_orders(raw, mine), facts, keys, mine, world.log, lambda asset, day: None)
    assert [hold.rule for hold in made.holds] == ["one_way"]


def test_credit_sales_that_an_order_holds_stay_out_of_the_journal(tmp_path: Path) -> None:
    ordered = order_profile(SALES)
    world = new_world(tmp_path, ordered)
    assert orders(world, ordered, till=CREDIT)[0] == [State.VERIFIED]
    assert _credit(ordered, world) == (0, 2, 0, [])
    turned = order_profile(ledger=BY_JOURNAL)
    (voucher,) = book(facts(turned, till=CREDIT).z_reports, turned, world.log).vouchers
    assert [line for line in voucher.lines if line.role.startswith("credit")] == []
    journal(world, turned, CREDIT)
    assert _credit(turned, world) == (0, 2, 0, [])


def test_one_credit_sale_in_an_order_leaves_the_others_to_the_journal(tmp_path: Path) -> None:
    ordered = order_profile(SALES)
    world = new_world(tmp_path, ordered)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2", customer="10001")
    weekly = order_profile({**SALES, "from_sales": {**SALES["from_sales"], "every": "week"}})
    assert orders(world, weekly, named, till=CREDIT) == ([State.VERIFIED], [])
    turned = order_profile(ledger=BY_JOURNAL)
    (voucher,) = book(facts(turned, till=CREDIT).z_reports, turned, world.log).vouchers
    assert [(x.customer_id, x.amount) for x in voucher.lines if x.role == "credit"] == [(10001, -5_000)]
    journal(world, turned, CREDIT)
    assert _credit(turned, world) == (1, 1, 0, [])


def test_a_journal_that_holds_credit_sales_keeps_them_out_of_orders(tmp_path: Path) -> None:
    before, now = order_profile(ledger=BY_JOURNAL), order_profile(SALES)
    world = new_world(tmp_path, before)
    journal(world, before, CREDIT)
    assert "is out with other content" in (journal_holds(facts(now, till=CREDIT), now, world.log) or "")
    assert orders(world, now, till=CREDIT) == ([], ["sales_complete"])
    assert _credit(now, world) == (2, 0, 0, [])


def test_a_journal_that_is_out_without_credit_sales_hinders_no_order_of_them(tmp_path: Path) -> None:
    """Content that changed elsewhere - another account - says nothing of credit sales."""
    before = order_profile(SALES)
    now = order_profile(SALES, {"CARD": {"account": 1900}})
    world = new_world(tmp_path, before)
    journal(world, before, CREDIT)
    assert journal_holds(facts(now, till=CREDIT), now, world.log) is None
    assert orders(world, now, till=CREDIT)[0] == [State.VERIFIED]
    assert _credit(now, world) == (0, 2, 0, [])


def test_credit_sales_that_a_journal_left_out_under_earlier_settings_are_told(tmp_path: Path) -> None:
    before, now = order_profile(), order_profile(ledger=BY_JOURNAL)
    world = new_world(tmp_path, before)
    journal(world, before, CREDIT)
    assert _credit(before, world) == (0, 0, 0, ["none", "none"])
    assert _credit(now, world) == (0, 0, 0, ["none", "none"])
    (found, _) = one_way(facts(now, till=CREDIT), now, world.log).findings
    assert "frontline correct --store oslo --day 2026-11-23" in found.next_step
    assert "the journal oslo/K1/Z1/r1 that is out has other credit sales" in found.message


def test_a_late_z_with_credit_sales_becomes_a_second_voucher_of_the_store(tmp_path: Path) -> None:
    mine = order_profile(ledger=BY_JOURNAL, journal_per="store")
    world = new_world(tmp_path, mine)
    journal(world, mine, CREDIT)
    late = Till("K2", "9").ring(10_000, kind="credit_sale", customer="10001").state(credit_sales=10_000)
    receipts = receipts_bundle(CREDIT, late)
    zs = prove_z_reports(z_bundle(CREDIT, late), receipts, mine).z_reports
    vouchers = book(zs, mine, world.log).vouchers
    assert {v.document_key: sum(x.debit for x in v.lines if x.customer_id == 10001) for v in vouchers} == {
        "oslo/2026-11-23": 20_000,
        "oslo/2026-11-23.2": 10_000,
    }
    assert book(zs, mine, world.log).vouchers == vouchers


@pytest.mark.parametrize("rung", [0, 25_000])
def test_credit_sales_whose_receipts_are_not_all_there_make_no_order_and_are_told(tmp_path: Path, rung: int) -> None:
    """Their revenue would be nowhere, and an order without them would be sent as if it were whole."""
    till = Till("K1", "1").ring(12_500, pay="CARD").state(credit_sales=60_000)
    if rung:
        till.ring(rung, kind="credit_sale", customer="10001")
    mine = order_profile(SALES)
    world = new_world(tmp_path, mine)
    assert orders(world, mine, till=till) == ([], ["sales_complete"]), "an order was made of a part of the credit sales"
    lacking = one_way(facts(mine, till=till), mine, world.log).findings[0]
    assert (lacking.register, lacking.subject, lacking.actual) == ("K1", "Z 1", "none")
    assert f"The Z states credit sales of 600.00, its {int(bool(rung))} receipt" in lacking.message
    (told,) = prove_z_reports(z_bundle(till), receipts_bundle(till), mine).of("credit_sales_apart")
    assert "their receipts are not all there" in told.message

    till.ring(60_000 - rung, kind="credit_sale", customer="10001")
    assert orders(world, mine, till=till) == ([State.VERIFIED], [])
    assert one_way(facts(mine, till=till), mine, world.log).findings == ()
    assert prove_z_reports(z_bundle(till), receipts_bundle(till), mine).of("credit_sales_apart") == ()


def test_a_credit_sale_that_was_brought_back_the_same_day_is_in_the_journal_though_nobody_owes(tmp_path: Path) -> None:
    till = (
        Till("K1", "1")
        .ring(12_500, pay="CARD")
        .ring(25_000, kind="credit_sale", customer="10001")
        .ring(-25_000, kind="credit_return", customer="10001")
        .state(credit_sales=25_000, credit_memos=25_000)
    )
    mine = order_profile(ledger=BY_JOURNAL, mode="posted")
    world = new_world(tmp_path, mine)
    journal(world, mine, till)
    assert way(one_way(facts(mine, till=till), mine, world.log)) == (2, 0, 0, []), "it was told as booked nowhere"


def test_a_sale_on_account_of_the_same_amount_is_not_taken_for_the_credit_sale(tmp_path: Path) -> None:
    """The journal went out before the setting: it has the customer's sale by tender, and not the credit sale of as much."""
    till = (
        Till("K1", "1")
        .ring(25_000, pay="ACCOUNT", customer="10001")
        .ring(25_000, kind="credit_sale", customer="10001")
        .state(credit_sales=25_000)
    )
    tenders = {"ACCOUNT": {"account": 1500, "customer": "from_receipt"}}
    before, now = order_profile(None, tenders), order_profile(None, tenders, ledger=BY_JOURNAL)
    world = new_world(tmp_path, before)
    journal(world, before, till)
    assert way(one_way(facts(now, till=till), now, world.log)) == (1, 0, 0, ["none"])


def test_a_customer_key_that_is_linked_to_another_number_is_not_booked_on_that_number(tmp_path: Path) -> None:
    """Frontline's customer 10001 is 55 in 24SevenOffice, and 10001 there is somebody else."""
    mine = order_profile(None, {"ACCOUNT": {"account": 1500, "customer": "from_receipt"}}, ledger=BY_JOURNAL)
    matched = mine.company.model_copy(update={"masterdata": MasterDataRules.model_validate({"customers": {}})})
    mine = StoreProfile(mine.code, mine.store, mine.company_code, matched)
    world = new_world(tmp_path, mine)
    by_tender = Till("K1", "1").ring(25_000, pay="ACCOUNT", customer="10001")
    for office_id, refused in ((10001, False), (55, True)):
        with held_lease(world.log.database, "nordlys", "test", 600, 0, world.time) as held:
            LinkBook(world.log.database, held, CUSTOMER, "oslo", "").record(
                [Twin("10001", "", office_id, None, "test")]
            )
        for till in (CREDIT, by_tender):
            zs = facts(mine, till=till).z_reports
            with pytest.raises(VoucherRefused, match="10001 is customer 55") if refused else nullcontext():
                assert book(zs, mine, world.log).vouchers
