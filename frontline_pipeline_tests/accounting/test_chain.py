"""Continuity per register: every number once, grand totals running on, and what a person is told when not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from frontline_pipeline.accounting.chain import chains, neighbours
from frontline_pipeline.accounting.chain_model import Kind, number_of
from frontline_pipeline.accounting.chain_rows import around, between, rows_of
from frontline_pipeline.settings import ChainStart
from frontline_pipeline_tests.chain_kit import START, Register, breaks, errors, raised

DAY = dt.timedelta(days=1)


def start(register: str, number: str, day: dt.date, reason: str = "replaced") -> ChainStart:
    return ChainStart(register_id=register, z_number=number, business_day=day, reason=reason)


def test_a_chain_without_fault_is_whole_whatever_the_dates() -> None:
    """Days off, a Z over several days, two on one day, a close on New Year's morning for the 31st: only numbers count."""
    till = Register(day=dt.date(2025, 12, 29))
    till.close(days=0)
    till.close(days=2)
    till.close(total=-5_00, returns=25_00, days=4)
    till.close(total=0, reductions=3_00)
    assert [head.business_day.isoformat() for head in till.heads] == [
        "2025-12-29",
        "2025-12-29",
        "2025-12-31",
        "2026-01-04",
    ]
    (chain,) = chains(till.heads)
    assert chain.breaks == ()
    assert chain.whole
    assert [row.verdict for row in rows_of(chain)] == ["first", "follows", "follows", "follows"]


def test_a_missing_number_is_named_with_the_days_between_which_it_belongs_and_what_it_took() -> None:
    till = Register()
    first, gone, last = till.close(), till.close(total=123_45, days=3), till.close()
    (found,) = breaks(chains([first, last]))
    assert (found.kind, found.missing, found.at, found.others) == (Kind.MISSING, (2, 2), last, (first,))
    assert found.message == (
        "Register K1: Z 2 is missing, and belongs between Z 1 (2025-11-18) and Z 3 (2025-11-22). By the grand totals their "
        "sales come to 123.45."
    )
    assert gone.business_day.isoformat() == "2025-11-19"
    assert "between 2025-11-18 and 2025-11-22" in found.next_step
    assert 'stores.oslo.chain_starts: {register_id: "K1", z_number: "3", business_day: 2025-11-22' in found.next_step
    assert {head.z_number for head in found.seen_by} == {"1", "3"}


def test_many_missing_numbers_are_a_range() -> None:
    heads = Register().closed(9)
    (found,) = breaks(chains([*heads[:2], *heads[6:]]))
    assert found.missing == (3, 6)
    assert "Z 3-6 (4 numbers) are missing, and belong between Z 2" in found.message
    rows = rows_of(chains([*heads[:2], *heads[6:]])[0])
    assert [row.z_number for row in rows] == ["1", "2", "3-6", "7", "8", "9"]
    assert rows[2].head is None
    assert rows[2].error


def test_a_number_on_two_days_is_named_with_both() -> None:
    heads = Register().closed(4)
    copy = replace(heads[1], business_day=heads[3].business_day)
    (found,) = breaks(chains([*heads, copy]))
    assert (found.kind, found.at, found.others) == (Kind.REPEATED, copy, (heads[1],))
    assert "Z 2 (2025-11-21) stands on 2025-11-19 already, with the same totals" in found.message
    other = replace(copy, sales_total=1)
    assert "with other totals" in breaks(chains([*heads, other]))[0].message


def test_a_number_twice_on_one_day_is_one_fault() -> None:
    heads = Register().closed(2)
    (found,) = breaks(chains([*heads, heads[1]]))
    assert (found.kind, found.actual) == (Kind.REPEATED, "2")


@pytest.mark.parametrize("number", ["0102", "Z102", "2026-102"])
def test_a_number_is_its_last_digits(number: str) -> None:
    assert number_of(number) == 102


def test_a_z_without_a_number_has_no_place_and_breaks_nothing() -> None:
    heads = Register().closed(3)
    odd = replace(heads[1], z_number="extra")
    (found,) = breaks(chains([*heads, odd]))
    assert (found.kind, found.error, found.at) == (Kind.NOT_A_NUMBER, False, odd)
    assert [row.verdict for row in rows_of(chains([*heads, odd])[0])] == ["first", "follows", "follows", "not_a_number"]
    assert neighbours([*heads, odd], [odd]) == set()


def test_reductions_may_exceed_the_returns_but_not_fall_short_of_them() -> None:
    till = Register()
    till.close(returns=10_00, reductions=25_00)
    good = till.close(returns=0, reductions=5_00)
    assert breaks(chains(till.heads)) == []
    bad = replace(good, return_amount=7_00)
    (found,) = breaks(chains([till.heads[0], bad]))
    assert (found.kind, found.at, found.expected, found.actual) == (Kind.TOTALS, bad, "at least 7.00", "5.00")
    # Some vendors give returns as a negative amount.
    assert breaks(chains([till.heads[0], replace(good, return_amount=-5_00)])) == []


def test_grand_totals_of_one_z_must_agree_with_each_other() -> None:
    heads = Register().closed(3)
    assert heads[2].grand_total_net is not None
    bad = replace(heads[2], grand_total_sales=1)
    (found,) = errors(chains([*heads[:2], bad]))
    assert (found.kind, found.at, found.others) == (Kind.TOTALS, bad, ())
    assert "less returns" in found.message


def test_grand_totals_that_do_not_run_on_name_both_z_and_the_difference() -> None:
    heads = Register().closed(3)
    bad = raised(heads[2], 1_000_00)
    (found,) = breaks(chains([*heads[:2], bad]))
    assert (found.kind, found.at, found.others, found.difference) == (Kind.TOTALS, bad, (heads[1],), "1000.00")
    assert found.seen_by == (bad,)
    assert "does not run on from Z 2 (2025-11-19) to Z 3 (2025-11-20)" in found.message
    assert "difference 1 000.00" in found.message


def test_a_z_whose_neighbours_fit_each_other_over_it_is_the_wrong_one_alone() -> None:
    heads = Register().closed(5)
    bad = raised(heads[2], -40_00)
    (found,) = breaks(chains([*heads[:2], bad, *heads[3:]]))
    assert (found.at, found.others, found.difference) == (bad, (), "-40.00")
    assert "Z 2 and Z 4 (2025-11-21) fit each other over it" in found.message


def test_changed_sales_are_found_though_the_grand_totals_run_on() -> None:
    heads = Register().closed(4)
    bad = replace(heads[1], sales_total=heads[1].sales_total + 5)
    (found,) = breaks(chains([heads[0], bad, *heads[2:]]))
    assert (found.at, found.difference) == (bad, "-0.05")


def test_where_no_grand_totals_are_delivered_the_numbers_alone_are_judged() -> None:
    bare = [
        replace(head, grand_total_sales=None, grand_total_return=None, grand_total_net=None, return_amount=None)
        for head in Register().closed(4)
    ]
    assert breaks(chains(bare)) == []
    (found,) = breaks(chains([bare[0], *bare[2:]]))
    assert "By the grand totals" not in found.message


def test_with_grand_total_sales_alone_it_grows_by_at_least_sales_and_returns() -> None:
    heads = [replace(h, grand_total_return=None, grand_total_net=None) for h in Register().closed(3)]
    assert breaks(chains(heads)) == []
    assert heads[2].grand_total_sales is not None
    bad = replace(heads[2], grand_total_sales=heads[2].grand_total_sales - 1)
    (found,) = breaks(chains([*heads[:2], bad]))
    assert (found.kind, found.at, found.difference) == (Kind.TOTALS, bad, "-0.01")


@pytest.mark.parametrize("left_out", ["grand_total_sales", "grand_total_return", "grand_total_net"])
def test_two_grand_totals_of_three_say_as_much_as_all(left_out: str) -> None:
    till = Register()
    for total in (100_00, 250_00, -30_00, 80_00):
        till.close(total, returns=30_00)
    heads = [replace(head, **{left_out: None}) for head in till.heads]
    assert breaks(chains(heads)) == []
    bad = replace(heads[1], sales_total=heads[1].sales_total + 7)
    (found,) = breaks(chains([heads[0], bad, *heads[2:]]))
    assert (found.kind, found.at, found.difference) == (Kind.TOTALS, bad, "-0.07")
    less = replace(heads[2], return_amount=30_01)
    (found,) = breaks(chains([*heads[:2], less, heads[3]]))
    assert (found.at, found.expected, found.actual) == (less, "at least 30.01", "30.00")


def test_the_first_z_known_of_a_register_in_use_is_a_warning_until_it_is_declared() -> None:
    heads = Register(number=149, sales=5_000_00, returned=40_00).closed(3)
    (found,) = breaks(chains(heads))
    assert (found.kind, found.error, found.at) == (Kind.BEGINNING, False, heads[0])
    declared = start("K1", "150", START, "first day of the pipeline")
    (chain,) = chains(heads, [declared])
    assert chain.breaks == ()
    assert rows_of(chain)[0].verdict == "starts: first day of the pipeline"


def test_numbers_missing_after_a_declared_start_are_named() -> None:
    heads = Register().closed(5)
    (found,) = breaks(chains(heads[2:], [start("K1", "1", START)]))
    assert (found.kind, found.missing) == (Kind.MISSING, (1, 2))
    assert "by chain_starts the chain begins with Z 1 (2025-11-18)" in found.message
    (below,) = breaks(chains(heads, [start("K1", "3", START)]))
    assert (below.kind, below.at) == (Kind.RESET, heads[1])


def test_a_register_that_begins_after_its_store_needs_an_entry() -> None:
    old = Register("K1").closed(3)
    new = Register("K2", day=START + 2 * DAY).closed(2)
    (found,) = breaks(chains([*old, *new]))
    assert (found.kind, found.error, found.at) == (Kind.NEW_REGISTER, True, new[0])
    assert "the store is known since 2025-11-18" in found.message
    assert breaks(chains([*old, *new], [start("K2", "1", START + 2 * DAY, "K1 broke")])) == []
    # The first days of a store need none: all its registers begin there.
    assert breaks(chains([*old, *Register("K2").closed(2)])) == []


def test_a_reset_is_no_gap_and_is_accepted_only_by_an_entry() -> None:
    till = Register(number=497, sales=9_000_00)
    old = till.closed(3)
    till.number, till.sales, till.returned = 0, 0, 0
    new = till.closed(3)
    first_known = start("K1", "498", START, "first day of the pipeline")
    (found,) = breaks(chains([*old, *new], [first_known]))
    assert (found.kind, found.error, found.at, found.others) == (Kind.RESET, True, new[0], (old[2],))
    assert "Z 500 (2025-11-20) is followed by Z 1 (2025-11-21): the numbers go back" in found.message
    day = new[0].business_day
    assert breaks(chains([*old, *new], [first_known, start("K1", "1", day)])) == []
    # An entry for another register or another day accepts nothing.
    for wrong in (start("K2", "1", day), start("K1", "1", day + 2 * DAY)):
        assert errors(chains([*old, *new], [first_known, wrong]))


def test_a_reset_onto_numbers_that_were_used_and_on_the_same_day() -> None:
    till = Register()
    old = till.closed(4)
    till.day, till.number, till.sales, till.returned = till.day - DAY, 0, 0, 0
    new = till.closed(6)
    assert old[3].business_day == new[0].business_day
    assert {each.kind for each in errors(chains([*old, *new]))} >= {Kind.REPEATED}
    (chain,) = chains([*old, *new], [start("K1", "1", new[0].business_day)])
    assert chain.breaks == ()
    assert [len(run.heads) for run in chain.runs] == [4, 6]


def test_a_reset_of_the_grand_totals_alone_needs_an_entry_too() -> None:
    till = Register()
    old = till.closed(3)
    till.sales = till.returned = 0
    new = till.closed(3)
    (found,) = breaks(chains([*old, *new]))
    assert (found.kind, found.at) == (Kind.TOTALS, new[0])
    assert breaks(chains([*old, *new], [start("K1", "4", new[0].business_day)])) == []


def test_a_wrong_business_day_is_a_warning_when_the_grand_totals_prove_the_order() -> None:
    heads = Register().closed(5)
    odd = replace(heads[2], business_day=heads[4].business_day)
    (found,) = breaks(chains([*heads[:2], odd, *heads[3:]]))
    assert (found.kind, found.error, found.at, found.others) == (Kind.DAY_ORDER, False, heads[3], (odd,))


def test_neighbours_are_the_days_of_the_numbers_before_and_after() -> None:
    heads = Register().closed(6)
    other = Register("K2").closed(6)
    days = neighbours([*heads, *other], [heads[2]])
    assert days == {("oslo", START + n * DAY) for n in (1, 2, 3)}
    # Also of one that is gone, and over a gap.
    assert neighbours([heads[0], heads[5]], [heads[2]]) == {("oslo", START), ("oslo", START + 5 * DAY)}
    assert neighbours([], [heads[2]]) == set()


def test_rows_around_some_days_and_between_two() -> None:
    heads = Register().closed(30)
    (chain,) = chains([*heads[:10], *heads[12:]])
    rows = rows_of(chain)
    assert [row.z_number for row in around(rows, {heads[12].business_day}, 2)] == ["10", "11-12", "13", "14", "15"]
    assert [row.z_number for row in around(rows, {heads[0].business_day}, 2)] == ["1", "2", "3"]
    cut = between(rows, heads[12].business_day, heads[13].business_day)
    assert [row.z_number for row in cut] == ["11-12", "13", "14"]
    assert len(between(rows, None, None)) == 29
    assert chains([]) == ()
