"""Continuity over generated chains of 400 days: nothing is found where nothing is wrong, what is wrong is found and named, and the
order of arrival makes no difference."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.chain import chains, neighbours
from frontline_pipeline.accounting.chain_model import Kind, ZHead
from frontline_pipeline_tests.chain_kit import breaks, errors, lived

DAYS = 400
seeds = st.integers(0, 2**32)
ALTERABLE = ("sales_total", "grand_total_sales", "grand_total_return", "grand_total_net")


@given(seeds)
@settings(max_examples=25, deadline=None)
def test_a_whole_chain_of_400_days_has_no_break_in_any_order(seed: int) -> None:
    heads = [*lived(seed, DAYS), *lived(seed + 1, DAYS, "K2")]
    found = chains(heads)
    assert breaks(found) == []
    assert [sum(len(run.heads) for run in chain.runs) for chain in found] == [
        sum(h.register == name for h in heads) for name in ("K1", "K2")
    ]
    random.Random(seed).shuffle(heads)
    assert chains(heads) == found


@given(seeds, st.floats(0, 1), st.integers(1, 5))
@settings(max_examples=50, deadline=None)
def test_dropped_z_are_named_with_the_days_between_which_they_belong(seed: int, where: float, many: int) -> None:
    heads = lived(seed, DAYS)
    # The first and the last of a chain cannot be missed: nothing says that they were there.
    first = 1 + int(where * (len(heads) - 3))
    gone = heads[first : min(first + many, len(heads) - 1)]
    kept = [head for head in heads if head not in gone]
    (found,) = breaks(chains(kept))
    assert (found.kind, found.missing) == (Kind.MISSING, (int(gone[0].z_number), int(gone[-1].z_number)))
    before, after = heads[first - 1], heads[first + len(gone)]
    assert (found.others, found.at) == ((before,), after)
    assert str(before.business_day) in found.message
    assert str(after.business_day) in found.message
    assert {head.where for head in found.seen_by} == {before.where, after.where}


@given(seeds, st.floats(0, 1), st.integers(-60, 60).filter(bool))
@settings(max_examples=50, deadline=None)
def test_a_repeated_z_is_named_with_both_days(seed: int, where: float, days: int) -> None:
    heads = lived(seed, DAYS)
    twice = heads[int(where * (len(heads) - 1))]
    copy = replace(twice, business_day=twice.business_day + dt.timedelta(days=days))
    found = [each for each in errors(chains([*heads, copy])) if each.kind is Kind.REPEATED]
    assert len(found) == 1
    assert {found[0].at, *found[0].others} == {twice, copy}
    assert all(str(head.business_day) in found[0].message for head in (twice, copy))


@given(seeds, st.floats(0, 1), st.sampled_from(ALTERABLE), st.integers(-(10**7), 10**7).filter(bool))
@settings(max_examples=100, deadline=None)
def test_an_altered_z_is_named(seed: int, where: float, column: str, amount: int) -> None:
    heads = lived(seed, DAYS)
    # What precedes the first Z is not known; its own grand totals still have to agree.
    place = int(where * (len(heads) - 1)) if column != "sales_total" else 1 + int(where * (len(heads) - 2))
    altered = replace(heads[place], **{column: getattr(heads[place], column) + amount})
    found = errors(chains([*heads[:place], altered, *heads[place + 1 :]]))
    assert found
    assert {each.kind for each in found} == {Kind.TOTALS}
    assert all(altered in (each.at, *each.others) for each in found)
    assert all(f"Z {altered.z_number}" in each.message for each in found)


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_reports_of_arrivals_in_any_order_end_in_the_judgement_of_the_whole(seed: int) -> None:
    """What `z_chain` does: each store-day that arrives is judged, and those it concerns are reported anew. What stands on each
    store-day in the end is what the whole chain says, whatever the order, and with faults in it."""
    rng = random.Random(seed)
    heads = [*lived(seed, 120), *lived(seed + 1, 120, "K2")]
    gone = rng.sample(heads[1:], 3)
    heads = [head for head in heads if head not in gone]
    odd = rng.randrange(len(heads))
    heads[odd] = replace(heads[odd], sales_total=heads[odd].sales_total + 100)
    days = sorted({head.where for head in heads})
    rng.shuffle(days)

    known: list[ZHead] = []
    shown: dict[tuple[str, dt.date], set[str]] = {}
    before: dict[tuple[str, dt.date], set[str]] = {}
    for where in days:
        mine = [head for head in heads if head.where == where]
        known += mine
        after = said(known)
        changed = {day for day in {h.where for h in known} if before.get(day, set()) != after.get(day, set())}
        for day in {where} | neighbours(known, mine) | changed:
            shown[day] = after.get(day, set())
        before = after

    final = said(heads)
    assert shown == {day: final.get(day, set()) for day in days}


def said(heads: list[ZHead]) -> dict[tuple[str, dt.date], set[str]]:
    """What each store-day shows."""
    out: dict[tuple[str, dt.date], set[str]] = {}
    for each in breaks(chains(heads)):
        for head in each.seen_by:
            out.setdefault(head.where, set()).add(each.message)
    return out
