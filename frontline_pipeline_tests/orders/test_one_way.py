"""Each receipt on account went exactly one way: judged by the posting log, whatever the settings say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.booking import book
from frontline_pipeline.one_way import Facts, OneWay, journal_holds, one_way
from frontline_pipeline.ordering import order_documents_of
from frontline_pipeline.orders.from_frames import documents_from
from frontline_pipeline.orders.model import Keys
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import PostingSettings, StoreProfile
from frontline_pipeline_tests.orders.order_kit import KEYS, Row, order, order_profile, raw_bundle
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import DAY, Till, receipts_bundle, z_bundle

SALES = {
    "kinds": {"base": {"form": "draft"}, "sale": {"form": "order", "prices": "incl_vat"}},
    "from_sales": {"kind": "sale", "fallback_article": "A1"},
}
BY_ORDER = {"ACCOUNT": {"account": 1500, "way": "order"}}
TILL = Till("K1", "1").ring(12_500, pay="CARD").ring(25_000, pay="ACCOUNT", customer="C1")


CREDIT = (
    Till("K1", "1")
    .ring(12_500, pay="CARD")
    .ring(25_000, kind="credit_sale", customer="10001")
    .ring(-5_000, kind="credit_return", customer="10001")
    .state(credit_sales=25_000, credit_memos=5_000)
)
BY_JOURNAL = {"credit_sales": {"account": 1500}}


def _facts(mine: StoreProfile, till: Till = TILL) -> Facts:
    receipts = receipts_bundle(till)
    return Facts(DAY, prove_z_reports(z_bundle(till), receipts, mine).z_reports, receipts)


def _keys(_: object) -> Keys:
    return replace(KEYS, customers={**KEYS.customers, "10001": 10001})


def _journal(world: OrderWorld, mine: StoreProfile, till: Till = TILL) -> None:
    posting = PostingSettings(settle_seconds=0)
    poster = Poster(world.log, "nordlys", mine.company, lambda: world.ledger, posting=posting, waiting=world.time)
    done = poster.post(book(_facts(mine, till).z_reports, mine, world.log).vouchers, mine)
    assert [o.done for o in done] == [True], done


def _orders(
    world: OrderWorld, mine: StoreProfile, *delivered: dict[str, object], till: Till = TILL
) -> tuple[list[State], list[str]]:
    raw = raw_bundle(*delivered)
    made = order_documents_of(
        raw, prove_orders(raw, mine), _facts(mine, till), _keys, mine, world.log, lambda asset, day: None
    )
    outcomes = world.poster().post(documents_from(made.bundle), mine)
    return [o.state for o in outcomes if isinstance(o.state, State)], [h.rule for h in made.holds]


def _world(tmp_path: Path, mine: StoreProfile) -> OrderWorld:
    world = OrderWorld(sqlite_url(tmp_path), mine)
    world.ledger.account_numbers |= {1500, 2701}
    return world


def _way(found: OneWay) -> tuple[int, int, int, list[str | None]]:
    return found.by_journal, found.by_order, found.waiting, [f.actual for f in found.findings]


def test_by_order_it_is_in_the_order_alone(tmp_path: Path) -> None:
    mine = order_profile(SALES, BY_ORDER, mode="posted")
    world = _world(tmp_path, mine)
    assert _way(one_way(_facts(mine), mine, world.log)) == (0, 0, 0, ["none"])
    _orders(world, mine)
    assert _way(one_way(_facts(mine), mine, world.log)) == (0, 1, 0, [])
    # The settings turn round before the journal goes out: it leaves the receipt out all the same.
    turned = order_profile(SALES, mode="posted")
    vouchers = book(_facts(turned).z_reports, turned, world.log).vouchers
    assert sum(line.credit for line in vouchers[0].lines) == 12_500
    assert _way(one_way(_facts(turned), turned, world.log)) == (0, 1, 0, [])


def test_a_journal_that_holds_the_receipt_keeps_it_out_of_orders(tmp_path: Path) -> None:
    before = order_profile(SALES)
    world = _world(tmp_path, before)
    _journal(world, before)
    assert _way(one_way(_facts(before), before, world.log)) == (1, 0, 0, [])
    now = order_profile(SALES, BY_ORDER)
    assert "is out with other content" in (journal_holds(_facts(now), now, world.log) or "")
    assert _orders(world, now) == ([], ["sales_complete"])
    assert world.orders.store == {}


def test_a_delivered_order_that_names_a_receipt_of_the_journal_is_held(tmp_path: Path) -> None:
    mine = order_profile(SALES)
    world = _world(tmp_path, mine)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert _orders(world, mine, named, order("O2")) == ([State.VERIFIED], ["one_way"])


def test_a_delivered_order_is_held_when_the_journal_went_out_under_other_settings(tmp_path: Path) -> None:
    """The settings say by order now; the journal that is out still holds the receipt."""
    before, now = order_profile(SALES), order_profile(SALES, BY_ORDER)
    world = _world(tmp_path, before)
    _journal(world, before)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert _orders(world, now, named, order("O2")) == ([State.VERIFIED], ["sales_complete", "one_way"])
    assert list(world.orders.totals()) == ["oslo/order/O2/r1"]


def test_a_delivered_order_takes_the_place_of_its_receipt(tmp_path: Path) -> None:
    mine = order_profile(SALES, BY_ORDER)
    world = _world(tmp_path, mine)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2")
    assert _orders(world, mine, named) == ([State.VERIFIED], [])
    assert world.orders.totals() == {"oslo/order/O1/r1": 25_000}
    assert _way(one_way(_facts(mine), mine, world.log)) == (0, 1, 0, [])


def test_a_week_that_is_not_over_waits(tmp_path: Path) -> None:
    weekly = {**SALES, "from_sales": {**SALES["from_sales"], "every": "week"}}
    mine = order_profile(weekly, BY_ORDER)
    world = _world(tmp_path, mine)
    assert _orders(world, mine) == ([], [])
    assert _way(one_way(_facts(mine), mine, world.log)) == (0, 0, 1, [])


def _credit(mine: StoreProfile, world: OrderWorld) -> tuple[int, int, int, list[str | None]]:
    return _way(one_way(_facts(mine, CREDIT), mine, world.log))


def test_credit_sales_by_journal_wait_for_it_and_are_in_it_alone(tmp_path: Path) -> None:
    mine = order_profile(ledger=BY_JOURNAL, mode="posted")
    world = _world(tmp_path, mine)
    assert _credit(mine, world) == (0, 0, 2, [])
    _journal(world, mine, CREDIT)
    assert _credit(mine, world) == (2, 0, 0, [])
    # Again is nothing new.
    _journal(world, mine, CREDIT)
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
    raw, world = raw_bundle(named), _world(tmp_path, mine)
    made = order_documents_of(raw, prove_orders(raw, mine), facts, _keys, mine, world.log, lambda asset, day: None)
    assert [hold.rule for hold in made.holds] == ["one_way"]


def test_credit_sales_that_an_order_holds_stay_out_of_the_journal(tmp_path: Path) -> None:
    ordered = order_profile(SALES)
    world = _world(tmp_path, ordered)
    assert _orders(world, ordered, till=CREDIT)[0] == [State.VERIFIED]
    assert _credit(ordered, world) == (0, 2, 0, [])
    turned = order_profile(ledger=BY_JOURNAL)
    (voucher,) = book(_facts(turned, CREDIT).z_reports, turned, world.log).vouchers
    assert [line for line in voucher.lines if line.role.startswith("credit")] == []
    _journal(world, turned, CREDIT)
    assert _credit(turned, world) == (0, 2, 0, [])


def test_one_credit_sale_in_an_order_leaves_the_others_to_the_journal(tmp_path: Path) -> None:
    ordered = order_profile(SALES)
    world = _world(tmp_path, ordered)
    named = order("O1", Row(price=20_000), register="K1", receipt_id="1-2", customer="10001")
    weekly = order_profile({**SALES, "from_sales": {**SALES["from_sales"], "every": "week"}})
    assert _orders(world, weekly, named, till=CREDIT) == ([State.VERIFIED], [])
    turned = order_profile(ledger=BY_JOURNAL)
    (voucher,) = book(_facts(turned, CREDIT).z_reports, turned, world.log).vouchers
    assert [(x.customer_id, x.amount) for x in voucher.lines if x.role == "credit"] == [(10001, -5_000)]
    _journal(world, turned, CREDIT)
    assert _credit(turned, world) == (1, 1, 0, [])


def test_a_journal_that_holds_credit_sales_keeps_them_out_of_orders(tmp_path: Path) -> None:
    before, now = order_profile(ledger=BY_JOURNAL), order_profile(SALES)
    world = _world(tmp_path, before)
    _journal(world, before, CREDIT)
    assert "is out with other content" in (journal_holds(_facts(now, CREDIT), now, world.log) or "")
    assert _orders(world, now, till=CREDIT) == ([], ["sales_complete"])
    assert _credit(now, world) == (2, 0, 0, [])


def test_a_journal_that_is_out_without_credit_sales_hinders_no_order_of_them(tmp_path: Path) -> None:
    """Content that changed elsewhere - another account - says nothing of credit sales."""
    before = order_profile(SALES)
    now = order_profile(SALES, {"CARD": {"account": 1900}})
    world = _world(tmp_path, before)
    _journal(world, before, CREDIT)
    assert journal_holds(_facts(now, CREDIT), now, world.log) is None
    assert _orders(world, now, till=CREDIT)[0] == [State.VERIFIED]
    assert _credit(now, world) == (0, 2, 0, [])


def test_credit_sales_that_a_journal_left_out_under_earlier_settings_are_told(tmp_path: Path) -> None:
    before, now = order_profile(), order_profile(ledger=BY_JOURNAL)
    world = _world(tmp_path, before)
    _journal(world, before, CREDIT)
    assert _credit(before, world) == (0, 0, 0, ["none", "none"])
    assert _credit(now, world) == (0, 0, 0, ["none", "none"])
    (found, _) = one_way(_facts(now, CREDIT), now, world.log).findings
    assert "frontline correct --store oslo --day 2026-11-23" in found.next_step


def test_a_late_z_with_credit_sales_becomes_a_second_voucher_of_the_store(tmp_path: Path) -> None:
    mine = order_profile(ledger=BY_JOURNAL, journal_per="store")
    world = _world(tmp_path, mine)
    _journal(world, mine, CREDIT)
    late = Till("K2", "9").ring(10_000, kind="credit_sale", customer="10001").state(credit_sales=10_000)
    receipts = receipts_bundle(CREDIT, late)
    zs = prove_z_reports(z_bundle(CREDIT, late), receipts, mine).z_reports
    vouchers = book(zs, mine, world.log).vouchers
    assert {v.document_key: sum(x.debit for x in v.lines if x.customer_id == 10001) for v in vouchers} == {
        "oslo/2026-11-23": 20_000,
        "oslo/2026-11-23.2": 10_000,
    }
    assert book(zs, mine, world.log).vouchers == vouchers
