"""F07: 100,000 orders in a day. Work and memory grow with the orders and no faster; the Z's journal costs what it always does.

Counted, not timed: how many functions Python enters (its own and C's), how many rows come out, how much memory is held. The CPU
seconds are in docs/performance.md (`make bench`).
"""

from __future__ import annotations

import gc
import itertools
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest

from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.tie_cells import Held, HeldLine
from frontline_pipeline.accounting.tie_out import TieOut, tie_out
from frontline_pipeline.accounting.tie_receipts import receipt_columns
from frontline_pipeline.accounting.voucher import VoucherSet, build_vouchers
from frontline_pipeline.accounting.voucher_frames import vouchers_to_frames
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline_tests.strategies import Item, Till, profile, receipts_bundle, z_bundle

MINE = profile(receipts="expected")
BLOCK = 200
"""Orders rung up one by one; a bigger day is so many of these blocks."""
MONEY = {
    "z_reports": ("sales_total", "rounding", "receipt_count", "return_count", "return_amount"),
    "z_vat": ("base", "vat"),
    "z_tenders": ("amount",),
    "z_article_groups": ("amount",),
}
"""Columns of the Z that grow with its receipts."""


@dataclass(frozen=True)
class Day:
    """One Z-report and its receipts."""

    z: Bundle
    receipts: Bundle


@dataclass(frozen=True)
class Done:
    """What became of a day."""

    zs: tuple[ZReport, ...]
    holding: list[str]
    vouchers: VoucherSet
    tied: TieOut


def _block() -> Day:
    till = Till("K1", "102")
    for number in range(BLOCK):
        pay = ("CARD", "CASH", "VIPPS")[number % 3]
        sold = [Item(1000 + 37 * number, code) for code in ("3", "2", "1")[: 1 + number % 3]]
        if number % 40 == 7:
            sold = [replace(item, gross=-item.gross) for item in sold]
        till.ring(*sold, pay=pay, split=[("GIFT", 300)] if number % 10 == 3 else [])
    return Day(z_bundle(till), receipts_bundle(till))


@pytest.fixture(scope="module")
def block() -> Day:
    return _block()


def _day(block: Day, orders: int) -> Day:
    """A day of `orders` orders, a multiple of BLOCK."""
    times = orders // BLOCK
    frames: dict[str, pd.DataFrame] = {}
    for name, frame in block.receipts.frames.items():
        numbered = [
            frame.assign(receipt_id=frame["receipt_id"] + f"-{number}") if len(frame) else frame
            for number in range(times)
        ]
        frames[name] = pd.concat(numbered, ignore_index=True)
    z = {
        name: frame.assign(**{column: frame[column] * times for column in MONEY.get(name, ())})
        for name, frame in block.z.frames.items()
    }
    return Day(replace(block.z, frames=z), replace(block.receipts, frames=frames))


def _walk(day: Day) -> Done:
    """Proven, made into a voucher, tied out; on a bundle of its own, whose rows nobody has read before."""
    day = Day(day.z, replace(day.receipts))
    proof = prove_z_reports(day.z, day.receipts, MINE)
    receipts = prove_receipts(day.receipts, proof.z_reports, MINE)
    vouchers = build_vouchers(proof.z_reports, MINE)
    held = [
        Held(v.z_keys, v.document_key, "", tuple(HeldLine(x.account, x.tax_code or "", x.amount) for x in v.lines))
        for v in vouchers.vouchers
    ]
    tied = tie_out(proof.z_reports, receipt_columns(day.receipts), vouchers, held, MINE)
    findings = [f.message for f in (*proof.findings, *receipts.findings) if f.holds]
    return Done(proof.z_reports, findings, vouchers, tied)


def _entered(work: Callable[[], Any]) -> int:
    """How many functions are entered while `work` runs."""
    count = 0

    def counts(frame: object, event: str, argument: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    before = sys.getprofile()
    gc.disable()
    sys.setprofile(counts)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count


def test_F07_a_day_of_100_000_orders_is_proven_tied_out_and_booked_whole(block: Day) -> None:
    day = _day(block, 100_000)
    assert len(day.receipts.frames["receipts"]) == 100_000
    assert day.receipts.frames["receipts"]["receipt_id"].is_unique
    done, small = _walk(day), _walk(block)

    assert done.holding == []
    assert done.tied.agrees
    (z,) = done.zs
    assert z.receipts is not None
    assert z.receipts.count == 100_000
    # Nothing is lost or doubled on the way: every figure is five hundred times that of the block, on every side.
    sides = ["receipts", "z_report", "voucher", "ledger"]
    pd.testing.assert_frame_equal(done.tied.frame[sides], small.tied.frame[sides] * 500)
    # The voucher has a line per rate and tender, whatever the number of orders.
    (big,), (one,) = done.vouchers.vouchers, small.vouchers.vouchers
    assert [(line.account, line.text, line.amount) for line in big.lines] == [
        (line.account, line.text, line.amount * 500) for line in one.lines
    ]
    rows = {name: len(frame) for name, frame in vouchers_to_frames(done.vouchers).items()}
    assert rows == {name: len(frame) for name, frame in vouchers_to_frames(small.vouchers).items()}


def test_F07_the_work_grows_in_step_with_the_orders(block: Day) -> None:
    sizes = (600, 1_200, 2_400, 4_800)
    days = {size: _day(block, size) for size in sizes}
    _walk(days[600])  # caches of pandas and pandera
    work = {size: _entered(lambda size=size: _walk(days[size])) for size in sizes}
    grown = [(work[b] - work[a]) / (b - a) for a, b in itertools.pairwise(sizes)]
    # The same for each further order, wherever the day stands; sorting would add a factor log n, a search in a list n.
    assert max(grown) <= 1.02 * min(grown)

    # The tie-out works on whole columns: not one call more for any number of orders.
    def tied(size: int) -> int:
        zs = _walk(days[size]).zs
        return _entered(lambda: tie_out(zs, receipt_columns(days[size].receipts), None, (), MINE))

    assert tied(4_800) <= 1.02 * tied(600)


def test_F07_the_journal_of_the_z_takes_the_same_work_for_any_number_of_orders(block: Day) -> None:
    zs = {size: _walk(_day(block, size)).zs for size in (200, 1_000, 4_000)}
    work = {size: _entered(lambda size=size: build_vouchers(zs[size], MINE)) for size in zs}
    assert len(set(work.values())) == 1


def test_F07_memory_grows_in_step_with_the_orders(block: Day) -> None:
    def peak(size: int) -> int:
        day = _day(block, size)
        gc.collect()
        tracemalloc.start()
        try:
            _walk(day)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    _walk(block)
    small, big = peak(1_000), peak(4_000)
    assert big <= 4.2 * small
