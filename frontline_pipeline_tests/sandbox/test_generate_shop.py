"""The simulated shop keeps the law of the till: whatever is drawn, every Z-report adds up and runs on."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.sandbox.generate import GenerateSpec, Simulation
from frontline_pipeline.sandbox.shop import simulate_day
from frontline_pipeline.sandbox.shop_clock import Clock
from frontline_pipeline.sandbox.shop_model import RegisterDay, RegisterState
from frontline_pipeline.sandbox.shop_profiles import (
    PAY_IN_CODES,
    PAY_OUT_CODES,
    PROFILES,
    discounted,
    price_list,
    rate_on,
    vat_of,
    whole_kroner,
)
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.settings import Calendar

MONDAY = dt.date(2026, 11, 2)


def shop(profile: str = "grocery", **changes: object) -> ShopSpec:
    return ShopSpec.model_validate(
        {
            "store": "oslo",
            "name": "Oslo",
            "registers": ("1", "2"),
            "profile": profile,
            "receipts_per_day": 80,
            **changes,
        }
    )


def run(spec: ShopSpec, days: int, seed: int = 1, receipts: int | None = None) -> list[RegisterDay]:
    simulation = Simulation(GenerateSpec(seed=seed, stores=(spec,), first=MONDAY, days=days))
    results = (
        simulation.run(spec, spec.registers[0], MONDAY + dt.timedelta(days=n), receipts=receipts) for n in range(days)
    )
    return [result for result in results if result is not None]


@settings(max_examples=25, deadline=None)
@given(profile=st.sampled_from(sorted(PROFILES)), seed=st.integers(0, 10**6), receipts=st.integers(0, 150))
def test_every_z_adds_up_and_runs_on(profile: str, seed: int, receipts: int) -> None:
    sales = returns = nr = 0
    drawer = None
    for z, day in enumerate(run(shop(profile), 3, seed, receipts), start=1):
        report = day.report
        counted = [r for r in day.receipts if r.counts]
        goods = [r for r in counted if r.kind != "movement"]
        tenders = {tender: tally.amount for tender, tally in report.tender_totals().items()}
        tips = sum(tally.amount for tally in report.tips.values())
        pay_ins, pay_outs = report.movement_total(PAY_IN_CODES), report.movement_total(PAY_OUT_CODES)
        assert sum(tenders.values()) == report.sales_total + report.rounding + pay_ins - pay_outs + tips
        assert sum(v.base + v.vat for v in report.vat.values()) == report.sales_total
        assert all(v.base + v.vat == v.gross for v in report.vat.values())
        assert sum(t.amount for t in report.group_totals().values()) == report.sales_total

        by_tender: Counter[str] = Counter()
        by_rate: Counter[tuple[str, int]] = Counter()
        vat_by_rate: Counter[tuple[str, int]] = Counter()
        for receipt in counted:
            for payment in receipt.payments:
                by_tender[payment.tender] += payment.amount
            for line in receipt.lines:
                by_rate[line.vat_code, line.rate] += line.amount
                vat_by_rate[line.vat_code, line.rate] += line.vat
        assert dict(by_tender) == tenders
        assert dict(by_rate) == {key: v.gross for key, v in report.vat.items()}
        assert dict(vat_by_rate) == {key: v.vat for key, v in report.vat.items()}
        assert sum(r.rounding for r in goods) == report.rounding
        assert sum(r.amount for r in goods) == report.sales_total

        day_sales = sum(r.amount for r in goods if r.kind == "sale")
        day_returns = -sum(r.amount for r in goods if r.kind == "return")
        sales, returns = sales + day_sales, returns + day_returns
        assert (report.grand_total_sales, report.grand_total_return) == (sales, returns)
        assert report.grand_total_net == sales - returns
        assert report.returns.amount == day_returns
        assert report.receipt_count == sum(r.kind == "sale" for r in goods)
        assert day.z_number == z
        assert [r.nr for r in day.receipts] == list(range(1001 + nr, 1001 + nr + len(day.receipts)))
        nr += len(day.receipts)
        if drawer is not None:
            assert report.opening_float == drawer
        drawer = day.counted_cash
        assert day.expected_cash == report.opening_float + tenders.get("KONTANT", 0)
        assert (day.counted_cash - day.expected_cash) % 100 == 0
        times = [r.at for r in day.receipts]
        assert times == sorted(times)
        assert day.closed_at > max([*times, *(event.at for event in day.log)])


@settings(max_examples=15, deadline=None)
@given(profile=st.sampled_from(sorted(PROFILES)), seed=st.integers(0, 10**6))
def test_every_receipt_keeps_the_rules(profile: str, seed: int) -> None:
    for day in run(shop(profile), 2, seed, 150):
        for receipt in day.receipts:
            paid = sum(p.amount for p in receipt.payments)
            if receipt.void:
                assert not receipt.payments
                continue
            assert paid == receipt.amount + receipt.rounding + receipt.tip
            cash = [p.amount for p in receipt.payments if p.tender == "KONTANT"]
            assert abs(receipt.rounding) <= 50
            assert cash or not receipt.rounding
            assert all(amount % 100 == 0 for amount in cash)
            if receipt.kind == "movement":
                assert not receipt.lines
                continue
            assert sum(line.amount for line in receipt.lines) == receipt.amount
            assert sum(line.amount_ex for line in receipt.lines) == receipt.amount_ex
            for line in receipt.lines:
                assert line.vat == vat_of(line.amount, line.rate)
                assert line.amount_ex == line.amount - line.vat
                assert line.rate == rate_on(line.vat_code, receipt.original_day or day.day)
            assert (receipt.customer is not None) == any(p.tender == "KONTO" for p in receipt.payments)


def test_a_month_shows_everything_a_shop_meets() -> None:
    days = run(shop("grocery", receipts_per_day=250), 28) + run(shop("fashion", receipts_per_day=150), 28)
    receipts = [r for day in days for r in day.receipts]
    returns = [(day.day, r) for day in days for r in day.receipts if r.kind == "return"]
    assert {p.tender for r in receipts for p in r.payments} == {"KONTANT", "KORT", "VIPPS", "GAVEKORT", "KONTO"}
    assert {line.rate for r in receipts for line in r.lines} == {0, 15_000, 25_000}
    assert {r.movement for r in receipts} >= {None, "GAVEKORTSALG", "NATTSAFE"}
    assert any(r.void for r in receipts)
    assert any(r.training for r in receipts)
    assert any(len(r.payments) == 2 for r in receipts)
    assert any(line.discount for r in receipts for line in r.lines)
    assert {r.original_day == day for day, r in returns} == {True, False}
    assert all(r.original_day <= day for day, r in returns)
    assert {r.rounding > 0 for r in receipts if r.rounding} == {True, False}
    assert {(day.counted_cash > day.expected_cash) - (day.counted_cash < day.expected_cash) for day in days} == {
        -1,
        0,
        1,
    }
    assert any(day.x_reports for day in days)
    assert any(day.report.inquiries for day in days)


def test_a_return_takes_back_a_line_that_was_sold_and_only_once() -> None:
    days = run(shop("fashion", receipts_per_day=200), 10)
    sold = {r.nr: (day.day, r) for day in days for r in day.receipts if r.kind == "sale"}
    returns = [r for day in days for r in day.receipts if r.kind == "return"]
    assert len(returns) > 20
    assert len({r.original_nr for r in returns}) == len(returns)
    for back in returns:
        assert back.original_nr is not None
        day, sale = sold[back.original_nr]
        assert day == back.original_day
        assert -back.amount in {line.amount for line in sale.lines}
        assert back.payments[0].tender == sale.payments[0].tender


def test_a_restaurant_has_tips_and_both_rates() -> None:
    days = run(shop("restaurant", receipts_per_day=150), 7)
    assert all(day.report.tips for day in days)
    assert {line.rate for day in days for r in day.receipts for line in r.lines} == {15_000, 25_000}
    # The same dish at 25 % on a plate and 15 % in a box.
    assert {line.rate for day in days for r in day.receipts for line in r.lines if line.article == "2001"} == {
        15_000,
        25_000,
    }
    friday = next(day for day in days if day.day.weekday() == 4)
    assert friday.closed_at > 26 * 3600
    assert Clock(friday.day).date(friday.closed_at) == str(friday.day + dt.timedelta(days=1))


def test_the_low_rate_is_the_one_of_the_day_and_a_return_keeps_the_old_one() -> None:
    kiosk = shop("kiosk", receipts_per_day=1500)
    spec = GenerateSpec(seed=3, stores=(kiosk,), first=dt.date(2020, 3, 29), days=10)
    simulation = Simulation(spec)
    rates: dict[dt.date, set[int]] = {}
    old = set()
    for offset in range(10):
        day = simulation.run(kiosk, "1", spec.first + dt.timedelta(days=offset))
        assert day is not None
        for receipt in day.receipts:
            for line in receipt.lines:
                if line.vat_code == "1" and receipt.kind == "sale":
                    rates.setdefault(day.day, set()).add(line.rate)
                if receipt.kind == "return" and line.rate != rate_on(line.vat_code, day.day):
                    old.add(line.rate)
    assert rates[dt.date(2020, 3, 31)] == {12_000}
    assert rates[dt.date(2020, 4, 1)] == {6_000}
    assert old == {12_000}


def test_closed_days_have_no_z_and_use_no_number() -> None:
    closed = shop(calendar=Calendar(closed_weekdays=("sunday",), closed_dates=(dt.date(2026, 11, 4),)))
    days = run(closed, 14)
    assert dt.date(2026, 11, 4) not in {day.day for day in days}
    assert not any(day.day.weekday() == 6 for day in days)
    assert [day.z_number for day in days] == list(range(1, len(days) + 1))


def test_volume_follows_the_mean_and_the_weekday() -> None:
    days = run(shop("fashion", receipts_per_day=400), 28)
    saturdays = [len(day.receipts) for day in days if day.day.weekday() == 5]
    mondays = [len(day.receipts) for day in days if day.day.weekday() == 0]
    assert 350 < sum(len(day.receipts) for day in days) / 28 < 450
    assert sum(saturdays) > sum(mondays) * 1.1


def test_only_the_tenders_and_movements_asked_for() -> None:
    spec = shop("restaurant", receipts_per_day=200, tenders=("KORT", "VIPPS"), movements=())
    for day in run(spec, 5):
        assert set(day.report.tender_totals()) == {"KORT", "VIPPS"}
        assert day.report.rounding == 0
        assert not day.report.movements
        assert not day.report.tips
        assert (day.expected_cash, day.counted_cash) == (0, 0)


def test_a_late_shop_closes_before_its_cut_off() -> None:
    spec = shop("restaurant", closes_by=86_400)
    assert all(r.at < 86_400 for day in run(spec, 7) for r in day.receipts if r.kind != "movement")


def test_the_same_place_gives_the_same_day_whatever_else_is_simulated() -> None:
    alone = run(shop(), 3)
    both = shop()
    simulation = Simulation(GenerateSpec(stores=(both, shop("fashion", store="bergen")), first=MONDAY, days=3))
    for offset, expected in enumerate(alone):
        day = MONDAY + dt.timedelta(days=offset)
        simulation.run(both, "2", day)
        assert simulation.run(both, "1", day) == expected


def test_an_unknown_register_profile_or_tender_is_refused() -> None:
    with pytest.raises(ValueError, match="register '9' is not among"):
        simulate_day(shop(), MONDAY, RegisterState("9"), random.Random(1))
    with pytest.raises(ValueError, match="no profile"):
        shop("casino")
    with pytest.raises(ValueError, match="tenders are some of"):
        shop(tenders=("SJEKK",))
    with pytest.raises(ValueError, match="KONTANT or KORT"):
        shop(tenders=("VIPPS",))


@pytest.mark.parametrize(
    ("amount", "rounded"), [(0, 0), (49, 0), (50, 100), (1572, 1600), (1549, 1500), (-1572, -1600), (-1549, -1500)]
)
def test_cash_is_rounded_to_whole_kroner(amount: int, rounded: int) -> None:
    assert whole_kroner(amount) == rounded


@pytest.mark.parametrize(
    ("gross", "rate", "vat"),
    [(10_280, 15_000, 1_341), (41_140, 25_000, 8_228), (3_280, 15_000, 428), (-1_640, 15_000, -214), (500, 0, 0)],
)
def test_vat_is_taken_out_of_gross(gross: int, rate: int, vat: int) -> None:
    # 32.80 -> 4.28 and -16.40 -> -2.14 stand in the tax authority's example of 2021.
    assert vat_of(gross, rate) == vat


def test_a_discount_keeps_the_line_exact() -> None:
    line = next(line for line in price_list("grocery", 12_000, takeaway=False) if line.amount % 2)
    less = discounted(line, 15)
    assert less.amount + less.discount == line.amount
    assert less.amount_ex + less.vat == less.amount


def test_clock_on_the_nights_when_clocks_change() -> None:
    autumn = Clock(dt.date(2026, 10, 24))
    hours = [86_400 + h * 3600 for h in range(5)]
    assert [autumn.time(at) for at in hours] == ["00:00:00", "01:00:00", "02:00:00", "02:00:00", "03:00:00"]
    spring = Clock(dt.date(2026, 3, 28))
    assert [spring.time(at) for at in hours] == ["00:00:00", "01:00:00", "03:00:00", "04:00:00", "05:00:00"]
    for clock in (autumn, spring):
        epochs = [clock.epoch(at) for at in (0, 80_000, *hours)]
        assert epochs == sorted(epochs)
        assert clock.epoch(86_400) - clock.epoch(80_000) == 6_400
    sunday = Clock(dt.date(2026, 10, 25))
    ten = dt.datetime.fromtimestamp(sunday.epoch(36_000), dt.UTC)
    assert ten == dt.datetime(2026, 10, 25, 9, tzinfo=dt.UTC)
    assert sunday.time(36_000) == "10:00:00"
