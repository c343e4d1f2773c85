"""`make diagnose`: the mutation suite whole, its table printed and put into docs/diagnosis.md. Exit code 1 when a promise is broken.

Belongs here: the size of the run, its processes, the table.
Does not: days, faults, tallies (days.py, faults.py, suite.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from frontline_pipeline_tests.mutations.faults import FAULTS
from frontline_pipeline_tests.mutations.suite import FIRST, WITHIN, Tally, false_alarms, pairs, singles, struck

BEGIN, END = "<!-- results: written by make diagnose -->", "<!-- end of results -->"
BATCH = 50
HEADS = (
    "fault",
    "days",
    "noticed",
    "first",
    "first alone",
    "among three",
    "both among three",
    "one hides the other",
    "both among three, the others",
)


def measure(number: int, first_seed: int, faults: tuple[str, ...]) -> Tally:
    """The tally of one fault or pair."""
    tally = Tally()
    for one in struck(faults, number, first_seed):
        tally.add(one)
    return tally


def quiet(first: int) -> int:
    """Alarms among a batch of valid days."""
    return len(false_alarms(range(first, first + BATCH)))


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    out = Tally()
    for tally in tallies:
        for name in ("days", "detected", "first", "alone", "near", "within", "hidden", "visible_within"):
            setattr(out, name, getattr(out, name) + getattr(tally, name))
        out.missed += tally.missed
    return out


def percent(part: int, whole: int) -> str:
    """Tenths of a percent, rounded down, so that 100 % is all of them."""
    tenths = 1000 * part // whole if whole else 0
    return f"{tenths // 10}.{tenths % 10} %" if whole else "-"


def row(name: str, tally: Tally, pair: bool) -> tuple[str, ...]:
    """One line of the table."""
    seen = tally.days - tally.hidden
    cells = [
        name,
        str(tally.days),
        percent(tally.detected, tally.days),
        percent(tally.first, tally.days),
        percent(tally.alone, tally.days),
        percent(tally.near, tally.days),
    ]
    both = (percent(tally.within, tally.days), str(tally.hidden), percent(tally.visible_within, seen))
    return (*cells, *both) if pair else tuple(cells)


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, numbers to the right."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'--:|' * (len(heads) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(cells)} |" for cells in rows)])


def report(alone: dict[tuple[str, ...], Tally], two: dict[tuple[str, ...], Tally], valid: int, alarms: int) -> str:
    """The results as Markdown."""
    all_alone, all_two = total(alone.values()), total(two.values())
    rows = [row(faults[0], tally, False) for faults, tally in alone.items()]
    by_fault = {f: total(t for faults, t in two.items() if f in faults) for f in FAULTS}
    return "\n\n".join(
        [
            f"Valid days: **{valid}**, alarms: **{alarms}**.",
            "One fault:",
            markdown(HEADS[:6], [*rows, row("**all**", all_alone, False)]),
            f"Two faults at once ({len(two)} pairs of the faults above; a line counts every pair that has the fault in it):",
            markdown(HEADS, [*(row(f, t, True) for f, t in by_fault.items()), row("**all pairs**", all_two, True)]),
        ]
    )


def broken(alone: Tally, two: Tally, alarms: int) -> list[str]:
    """The promises that the figures do not keep."""
    out = [f"{alarms} alarms on valid days"] if alarms else []
    for name, tally in (("one fault", alone), ("two faults", two)):
        if tally.detected < tally.days:
            out.append(f"{name}: {tally.days - tally.detected} not noticed")
        if tally.first < FIRST * tally.days:
            out.append(f"{name}: right cause first in {percent(tally.first, tally.days)}")
        if tally.near < WITHIN * tally.days:
            out.append(f"{name}: among the first three in {percent(tally.near, tally.days)}")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(prog="make diagnose", description=__doc__)
    parser.add_argument("--each", type=int, default=20, help="days per fault")
    parser.add_argument("--pair", type=int, default=4, help="days per pair of faults")
    parser.add_argument("--valid", type=int, default=10_000, help="valid days")
    parser.add_argument("--seed", type=int, default=1_000_000, help="first seed of the struck days")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--docs", type=Path, help="page whose results are replaced")
    asked = parser.parse_args()
    with ProcessPoolExecutor(asked.processes) as pool:
        ones = dict(zip(singles(), pool.map(partial(measure, asked.each, asked.seed), singles()), strict=True))
        twos = dict(zip(pairs(), pool.map(partial(measure, asked.pair, asked.seed), pairs(), chunksize=4), strict=True))
        alarms = sum(pool.map(quiet, range(0, asked.valid, BATCH)))
    text = report(ones, twos, asked.valid, alarms)
    print(text)
    for one in [*total(ones.values()).missed, *total(twos.values()).missed][:40]:
        said = ", ".join(f"{c.rank} {c.kind.value} ({c.subject})" for c in one.causes)
        print(
            f"missed: seed {one.seed}, {' + '.join(one.faults)}{' (hidden)' if one.hidden else ''}: {said}",
            file=sys.stderr,
        )
    if asked.docs:
        page = asked.docs.read_text(encoding="utf-8")
        head, _, rest = page.partition(BEGIN)
        asked.docs.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    wrong = broken(total(ones.values()), total(twos.values()), alarms)
    print("\n".join(f"NOT KEPT: {each}" for each in wrong) or "All promises kept.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
