"""Accounts rolled forward: over generated months closing is the next opening, and every øre that is off is named."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.money import ore
from frontline_pipeline.accounting.roll_forward import OLDEST, Account, Entries, Entry, Origin, Roll, roll_forward
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.settings import Settings
from frontline_pipeline.settings_followed import FollowedAccount, followed_accounts
from frontline_pipeline_tests.strategies import Item, Till, profile, receipts_bundle, z_bundle
from frontline_pipeline_tests.support import example_settings

START = dt.date(2025, 11, 1)
GIFT = Account(2901, "liability", "gift cards", START, 0)
CARD = Account(1901, "interim", "card", START, 0)


def month(number: int) -> tuple[dt.date, dt.date]:
    """First and last day of the month `number` months after START's."""
    year, index = divmod(START.year * 12 + START.month - 1 + number, 12)
    return dt.date(year, index + 1, 1), dt.date(year, index + 1, calendar.monthrange(year, index + 1)[1])


def roll(account: Account, entries: Entries, number: int = 0) -> Roll:
    """One account over one month."""
    (found,) = roll_forward([account], entries, *month(number))
    return found


def books(sent: Sequence[Entry], others: Sequence[Entry] = (), waiting: Sequence[Entry] = ()) -> Entries:
    """Both books, the ledger holding just what was sent and what others entered."""
    origins = {entry.reference: Origin("oslo", entry.day) for entry in sent}
    return Entries(sent, waiting, [*sent, *others], origins)


def on(day: int, account: int, amount: int, reference: str | None = None, month: int = 11) -> Entry:
    when = dt.date(2025, month, day)
    return Entry(when, account, amount, f"oslo/{when}/r1" if reference is None else reference)


def test_a_liability_grows_by_credit_and_an_interim_account_by_debit() -> None:
    sent = [on(3, 2901, -50_000), on(4, 2901, 12_000), on(3, 1901, 80_000), on(4, 1901, -500)]
    paid_out = [on(6, 1901, -79_000, ""), on(30, 2901, 1_000, "")]
    entries = books(sent, paid_out, waiting=[on(20, 1901, 300, "draft")])
    gift, card = roll(GIFT, entries), roll(replace(CARD, opening=100), entries)
    assert (gift.opening, gift.added, gift.used, gift.others, gift.closing) == (0, 50_000, 12_000, -1_000, 37_000)
    assert (card.opening, card.added, card.used, card.others, card.closing) == (100, 80_000, 500, -79_000, 600)
    assert (card.waiting, gift.waiting) == (300, 0)
    assert gift.agrees
    assert card.agrees
    assert gift.daily.iloc[[1, 2, 3, 29]].tolist() == [0, 50_000, 38_000, 37_000]
    december = roll(GIFT, entries, 1)
    assert (december.opening, december.added, december.closing) == (37_000, 0, 37_000)


def test_open_items_are_aged_first_in_first_out() -> None:
    account = replace(GIFT, opened_on=dt.date(2024, 1, 1), opening=1_000)
    sent = [
        on(1, 2901, -2_000, "a", 2),
        on(2, 2901, 1_500, "b", 10),
        on(3, 2901, -400, "c", 10),
        on(29, 2901, -300, "d"),
    ]
    found = roll(account, books(sent))
    assert dict(found.ages) == {"0-7": 300, "8-30": 0, "31-90": 400, "91-365": 1_500, OLDEST: 0}
    assert found.oldest == dt.date(2025, 2, 1)
    # More used than was ever sold: an open item below zero, of the day of the last use.
    over = roll(GIFT, books([on(3, 2901, -100), on(20, 2901, 150)]))
    assert (over.closing, over.ages["8-30"], over.oldest) == (-50, -50, dt.date(2025, 11, 20))


def test_a_document_that_is_not_in_the_ledger_as_it_was_sent_is_named_with_its_day() -> None:
    sent = [on(3, 2901, -500), on(4, 2901, -700), on(5, 2901, -900)]
    entries = books(sent)
    ledger = [sent[0], sent[1]._replace(amount=-701)]
    found = roll(GIFT, replace(entries, ledger=ledger))
    assert not found.agrees
    assert found.difference == 1 - 900
    assert [(g.origin, g.sent, g.ledger) for g in found.gaps] == [
        (Origin("oslo", dt.date(2025, 11, 4)), 700, 701),
        (Origin("oslo", dt.date(2025, 11, 5)), 900, 0),
    ]
    # It stays named in the months after, until it is put right.
    assert len(roll(GIFT, replace(entries, ledger=ledger), 1).gaps) == 2
    # Two faults that cancel are no agreement.
    crossed = [sent[0], sent[1]._replace(amount=-701), sent[2]._replace(amount=-899)]
    both = roll(GIFT, replace(entries, ledger=crossed))
    assert (both.difference, both.agrees, len(both.gaps)) == (0, False, 2)


def test_without_any_entry_the_opening_is_the_closing() -> None:
    found = roll(replace(GIFT, opening=7), Entries((), (), (), {}))
    assert (found.opening, found.closing, found.ledger_balance, found.agrees) == (7, 7, 7, True)
    assert found.daily.tolist() == [7] * 30


def test_the_maps_imply_what_is_followed_and_the_settings_say_otherwise() -> None:
    tree = Settings.model_validate(example_settings())
    rules = [p.rules for p in tree.profiles() if p.company_code == "nordlys"]
    implied = followed_accounts(rules, {})
    assert {(each.account, each.kind) for each in implied} == {
        (1901, "interim"),
        (1902, "interim"),
        (1904, "interim"),
        (1905, "interim"),
        (2900, "liability"),
        (2901, "liability"),
        (2902, "liability"),
        (2910, "liability"),
        (2990, "liability"),
    }
    assert (
        next(each.name for each in implied if each.account == 2901)
        == "GAVEKORT, gift_card_sale, gift_card_payout, gift_card_expired"
    )
    fjord = followed_accounts([p.rules for p in tree.profiles() if p.company_code == "fjord"], {})
    assert 2380 in {each.account for each in fjord if each.kind == "interim"}
    said = {
        1905: FollowedAccount(kind="not"),
        1579: FollowedAccount(kind="interim", name="petty cash", opened_on=dt.date(2026, 1, 1), opening="12.50"),
    }
    mine = {each.account: each for each in followed_accounts(rules, said)}
    assert 1905 not in mine
    assert (mine[1579].kind, mine[1579].name, ore(mine[1579].opening)) == ("interim", "petty cash", 1250)


# Generated months

_DAY = st.tuples(
    st.lists(st.integers(100, 100_000), max_size=2), st.integers(0, 50_000), st.integers(1, 80_000), st.booleans()
)
"""Gift cards sold, part of a sale paid with one, the sale, paid by card rather than Vipps."""


def _vouchers(days: Sequence[tuple[list[int], int, int, bool]]) -> list[Entry]:
    """Entries of the vouchers of some days, every ninth day from START on: three and more months."""
    mine = profile()
    tills: list[Till] = []
    for number, (sold, used, sale, card) in enumerate(days):
        till = Till("K1", str(number + 1), START + dt.timedelta(days=9 * number))
        till.ring(Item(sale), pay="CARD" if card else "VIPPS", split=[("GIFT", min(used, sale))] if used else [])
        for amount in sold:
            till.move("gift_card_sale", amount, "CARD")
        tills.append(till)
    vouchers = build_vouchers(z_reports_from("oslo", z_bundle(*tills), receipts_bundle(*tills), mine), mine).vouchers
    return [
        Entry(voucher.business_day, line.account, line.amount, f"{voucher.document_key}/r1")
        for voucher in vouchers
        for line in voucher.lines
    ]


MONTHS = st.lists(_DAY, min_size=4, max_size=10)
FEW = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@FEW
@given(days=MONTHS, payouts=st.lists(st.tuples(st.integers(0, 100), st.integers(1, 200_000)), max_size=4))
def test_generated_months_roll(days: list[tuple[list[int], int, int, bool]], payouts: list[tuple[int, int]]) -> None:
    sent = _vouchers(days)
    others = [Entry(START + dt.timedelta(days=day), 1920, -amount) for day, amount in payouts]
    entries = books(sent, others)
    gift, card = GIFT, replace(CARD, number=1920)
    for account in (gift, card):
        rolls = [roll(account, entries, number) for number in range(4)]
        for before, after in pairwise(rolls):
            assert before.closing == after.opening
            assert after.opening + after.added - after.used + after.others == after.closing
        for each in rolls:
            assert each.agrees
            assert each.closing == each.ledger_balance == each.daily.iloc[-1] == sum(each.ages.values())
            assert each.daily.tolist() == each.daily_ledger.tolist()
    # What the tills say, without any voucher in between.
    last = roll(gift, entries, 3)
    assert last.closing == sum(sum(sold) - min(used, sale) for sold, used, sale, _ in days)
    total = [roll(gift, entries, number) for number in range(4)]
    assert sum(each.added for each in total) == sum(sum(sold) for sold, _, _, _ in days)


@FEW
@given(days=MONTHS, data=st.data(), off=st.sampled_from([-1, 1]))
def test_an_altered_ore_in_the_ledger_is_named_on_its_account_and_day(
    days: list[tuple[list[int], int, int, bool]], data: st.DataObject, off: int
) -> None:
    sent = _vouchers(days)
    followed = {2901: GIFT, 1920: replace(CARD, number=1920), 1925: replace(CARD, number=1925)}
    places = [i for i, entry in enumerate(sent) if entry.account in followed]
    assume(places)
    at = data.draw(st.sampled_from(places))
    ledger = [entry._replace(amount=entry.amount + off) if i == at else entry for i, entry in enumerate(sent)]
    entries = replace(books(sent), ledger=ledger)
    for number, account in followed.items():
        found = roll(account, entries, 3)
        assert [gap.origin for gap in found.gaps] == (
            [Origin("oslo", sent[at].day)] if number == sent[at].account else []
        )
        assert found.difference == (off * account.direction if number == sent[at].account else 0)
