"""What a chain means for store-days: arrivals in any order, hold_on_gap, declared starts; with the book in a real database."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frontline_pipeline.accounting.chain_model import heads_from
from frontline_pipeline.accounting.model import Severity
from frontline_pipeline.continuity import Arrival, arrived, holding, known_chains
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline_tests.strategies import Till, change, profile, z_bundle

FIRST = dt.date(2025, 11, 18)
DAY = dt.timedelta(days=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[PostingLog]:
    opened = open_log(f"sqlite:///{tmp_path / 'posting.sqlite'}")
    yield opened
    opened.close()


def day(offset: int) -> dt.date:
    return FIRST + offset * DAY


def till(register: str, number: int, offset: int, total: int = 100_00, **columns: Any) -> Till:
    """A Z-report of a register that takes the same each day."""
    totals = {"grand_total_sales": number * total, "grand_total_return": 0, "grand_total_net": number * total}
    return Till(register, str(number), day(offset)).ring(total).state(**{**totals, **columns})


def raw(offset: int, *numbers: tuple[str, int]) -> Bundle:
    """The extract of a day: (register, Z number)."""
    return z_bundle(*(till(register, number, offset) for register, number in numbers))


def told(arrival: Arrival) -> dict[dt.date, list[str]]:
    """What each store-day is told, its own one and those concerned: kinds, by day."""
    return {each.business_day: [str(f.subject) for f in each.findings] for each in (arrival.own, *arrival.concerned)}


def test_an_arrival_tells_its_neighbours_and_a_repeated_one_tells_them_again(log: PostingLog) -> None:
    mine = profile()
    assert told(arrived(log, mine, raw(0, ("K1", 1)))) == {day(0): []}
    assert told(arrived(log, mine, raw(3, ("K1", 4)))) == {day(0): ["missing"], day(3): ["missing"]}
    assert told(arrived(log, mine, raw(1, ("K1", 2)))) == {day(0): [], day(1): ["missing"], day(3): ["missing"]}
    late = raw(2, ("K1", 3))
    assert told(arrived(log, mine, late)) == {day(1): [], day(2): [], day(3): []}
    # The run was killed before it could tell: again, it tells them all.
    assert told(arrived(log, mine, late)) == {day(1): [], day(2): [], day(3): []}
    assert all(chain.whole for chain in known_chains(log, mine))


def test_a_corrected_extract_is_judged_anew_with_its_neighbours(log: PostingLog) -> None:
    mine = profile()
    for offset in range(3):
        arrived(log, mine, raw(offset, ("K1", offset + 1)))
    wrong = change(raw(1, ("K1", 2)), "z_reports", 0, "z_number", "7")
    # 2 is missing before 3, and 4-6 before 7, which is dated between them.
    assert told(arrived(log, mine, wrong)) == {
        day(0): ["missing"],
        day(1): ["missing"],
        day(2): ["missing", "missing"],
    }
    assert not known_chains(log, mine)[0].whole
    assert told(arrived(log, mine, raw(1, ("K1", 2)))) == {day(0): [], day(1): [], day(2): []}


def test_a_store_day_whose_extract_was_taken_back_leaves_its_neighbours_a_gap(log: PostingLog) -> None:
    mine = profile()
    for offset in range(3):
        arrived(log, mine, raw(offset, ("K1", offset + 1)))
    assert told(arrived(log, mine, nothing(1))) == {day(0): ["missing"], day(1): [], day(2): ["missing"]}
    assert told(arrived(log, mine, raw(1, ("K2", 1)))) == {day(1): ["new_register"]}


def test_an_earlier_day_of_the_store_makes_another_register_new(log: PostingLog) -> None:
    """The judgement of K2 depends on when its store began, so the store-day of its first Z is told as well."""
    mine = profile()
    arrived(log, mine, raw(5, ("K1", 6), ("K2", 1)))
    found = told(arrived(log, mine, raw(4, ("K1", 5))))
    assert found == {day(4): ["beginning"], day(5): ["new_register"]}


def test_arrivals_in_any_order_end_in_the_same_judgement(log: PostingLog) -> None:
    """Two registers, faults among them, twelve days in three random orders: what was told last on each day is what the whole
    chain says."""
    mine = profile()
    days = {
        offset: [("K1", offset + 1 + (offset > 5)), *([("K2", offset + 1)] if offset not in (3, 4) else [])]
        for offset in range(12)
    }
    ends: list[dict[dt.date, tuple[str, ...]]] = []
    for order in range(3):
        offsets = list(days)
        random.Random(order).shuffle(offsets)
        shown: dict[dt.date, tuple[str, ...]] = {}
        for offset in offsets:
            found = arrived(log, mine, raw(offset, *days[offset]))
            for each in (found.own, *found.concerned):
                shown[each.business_day] = tuple(f.message for f in each.findings)
        ends.append(shown)
        for offset in offsets:
            arrived(log, mine, nothing(offset))
    assert ends[0] == ends[1] == ends[2]
    assert sum(bool(messages) for messages in ends[0].values()) == 3


def nothing(offset: int) -> Bundle:
    """An extract that covers the day without a Z-report."""
    full = raw(offset, ("K1", 1))
    return Bundle("oslo", day(offset), full.status, {name: frame.iloc[:0] for name, frame in full.frames.items()})


def test_hold_on_gap_holds_only_the_z_that_does_not_follow_and_only_while_it_is_not_out(log: PostingLog) -> None:
    strict = profile(hold_on_gap=True)
    for offset, number in ((0, 1), (2, 3)):
        arrived(log, strict, raw(offset, ("K1", number)))
    assert holding(log, strict, raw(0, ("K1", 1))) == ()
    (found,) = holding(log, strict, raw(2, ("K1", 3)))
    assert found.holds
    assert (found.rule, found.severity, found.z_number, found.subject) == ("z_chain", Severity.ERROR, "3", "missing")
    # Off by default, and judged without the book having the day: an extract is proven before its check has run.
    assert holding(log, profile(), raw(2, ("K1", 3))) == ()
    (found,) = holding(log, strict, raw(5, ("K1", 6)))
    assert "Z 4-5 (2 numbers) are missing" in found.message
    # A warning holds nothing.
    empty = profile(hold_on_gap=True, registers=["K1", "K2"])
    assert holding(log, empty, raw(3, ("K1", 4))) == ()


def test_a_replaced_register_is_held_until_an_entry_accepts_it(log: PostingLog) -> None:
    strict = profile(hold_on_gap=True)
    arrived(log, strict, raw(0, ("K1", 1)))
    (found,) = holding(log, strict, raw(1, ("K2", 1)))
    assert found.subject == "new_register"
    entry = {"register_id": "K2", "z_number": 1, "business_day": day(1), "reason": "K1 was replaced"}
    assert holding(log, profile(hold_on_gap=True, chain_starts=[entry]), raw(1, ("K2", 1))) == ()


def test_the_source_of_a_head_is_its_file_or_all_files_of_its_day() -> None:
    bundle = raw(0, ("K1", 1))
    (bare,) = heads_from(bundle)
    assert bare.source_sha256 is None
    one = Bundle("oslo", day(0), bundle.status, bundle.frames, sources=(("z.csv", "a" * 64),))
    assert heads_from(one)[0].source_sha256 == "a" * 64
    two = Bundle("oslo", day(0), bundle.status, bundle.frames, sources=(("z.csv", "a" * 64), ("v.csv", "b" * 64)))
    assert len(heads_from(two)[0].source_sha256 or "") == 64
    assert heads_from(two)[0].source_sha256 not in ("a" * 64, "b" * 64)
    stated = z_bundle(till("K1", 1, 0, source_sha256="c" * 64))
    assert heads_from(stated)[0].source_sha256 == "c" * 64


def test_frames_that_cannot_be_read_have_no_heads() -> None:
    bundle = raw(0, ("K1", 1))
    broken = Bundle("oslo", day(0), bundle.status, {"z_reports": bundle["z_reports"].drop(columns=["sales_total"])})
    assert heads_from(broken) == ()
