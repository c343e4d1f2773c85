"""Many seeds: on all cores, counted, with the table of what was covered.

Belongs here: running a range of seeds, replaying one, the report and its exit code.
Does not: decide anything about a seed (simulation.py).
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from frontline_pipeline_tests.simulator import points
from frontline_pipeline_tests.simulator.memory import in_memory, on_server
from frontline_pipeline_tests.simulator.plan import draw
from frontline_pipeline_tests.simulator.simulation import Result, simulate

COVERS_ALL = 1_000
"""From so many seeds on, a pair that was never covered is a failure."""
_CHUNK = 50
_SHOWN = 5


@dataclass
class Campaign:
    """What came of a range of seeds."""

    seeds: int = 0
    steps: int = 0
    seconds: float = 0.0
    profiles: Counter[str] = field(default_factory=Counter)
    covered: Counter[tuple[str, str]] = field(default_factory=Counter)
    failed: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        self.seeds += 1
        self.steps += result.steps
        self.profiles[result.profile] += 1
        self.covered.update(result.covered)
        if result.violations:
            self.failed.append(result)

    @property
    def uncovered(self) -> list[tuple[str, str]]:
        """Pairs that are possible and were never met."""
        return [pair for pair in points.pairs() if pair not in self.covered]

    @property
    def failing(self) -> bool:
        """Whether the command ends with 1."""
        return bool(self.failed) or (self.seeds >= COVERS_ALL and bool(self.uncovered))


def run_here(seeds: Iterable[int], url: str = "") -> Iterator[Result]:
    """Seeds one after another in this process, on SQLite in memory or at a URL."""
    engine, reset = on_server(url) if url else in_memory()
    try:
        for seed in seeds:
            yield simulate(seed, engine, reset)
    finally:
        engine.dispose()


def _chunk(seeds: Sequence[int]) -> list[Result]:
    return list(run_here(seeds))


def campaign(first: int, count: int, *, url: str = "", processes: int | None = None) -> Campaign:
    """Seeds `first` to `first + count - 1`. Several processes where that is worth their start; one at a URL."""
    begun = time.monotonic()
    found = Campaign()
    seeds = range(first, first + count)
    workers = processes or (os.cpu_count() or 1)
    if url or workers == 1 or count <= 2 * _CHUNK:
        for result in run_here(seeds, url):
            found.add(result)
    else:
        chunks = [seeds[start : start + _CHUNK] for start in range(0, count, _CHUNK)]
        # In the order of the seeds, so that a report is the same for the same seeds.
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            for results in pool.imap(_chunk, chunks):
                for result in results:
                    found.add(result)
    found.seconds = time.monotonic() - begun
    return found


def report(found: Campaign) -> str:
    """The figures, the table, and the first failing seeds with their steps."""
    pairs = len(points.pairs())
    per_second = found.seeds / found.seconds if found.seconds else 0.0
    told = [
        f"seeds {found.seeds} ({', '.join(f'{name} {count}' for name, count in sorted(found.profiles.items()))})",
        f"steps {found.steps}",
        f"violations {len(found.failed)}",
        f"faults injected {found.covered.total()}",
        f"pairs of kill-point and fault covered {pairs - len(found.uncovered)} of {pairs}",
        f"time {found.seconds:.0f} s, {per_second:.1f} seeds/s",
        "",
        table(found.covered),
    ]
    if found.uncovered:
        told += ["", "Never covered:", *(f"  {point} ~ {fault}" for point, fault in found.uncovered)]
    for result in found.failed[:_SHOWN]:
        told += ["", *failure(result)]
    if len(found.failed) > _SHOWN:
        told.append(f"... and seeds {', '.join(str(each.seed) for each in found.failed[_SHOWN:])}")
    return "\n".join(told)


def failure(result: Result) -> list[str]:
    """A failing seed: what was broken, what happened, and how to see it again."""
    return [
        f"seed {result.seed} ({result.profile}) broke:",
        *(f"  {each}" for each in result.violations),
        *result.trace,
        f"replay: python -m frontline_pipeline_tests.simulator --seed {result.seed}",
    ]


def replay(result: Result) -> str:
    """One seed in full."""
    plan = draw(result.seed)
    drawn = (
        f"ledger {plan.profile} ({plan.traits}), mode {plan.mode}, attempts {plan.attempts}, resend {plan.resend}, "
        f"lease wait {plan.lease_wait} s, "
        f"numbers by the {'ledger' if plan.number_source == 'ledger' else 'log'}, aims at {plan.target[0]} ~ {plan.target[1]}"
    )
    if result.violations:
        return "\n".join([drawn, *failure(result)])
    return "\n".join([drawn, *result.trace, f"seed {result.seed}: no promise broken, {result.steps} steps"])


def table(covered: Counter[tuple[str, str]]) -> str:
    """Kill-points by faults, how often each pair was met; `0` = possible and never met, blank = not possible there.

    Three parts, since a transaction, a save and a question fail in different ways; long names of faults are columns by letter.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for point, faults in points.faults_of().items():
        groups.setdefault(faults, []).append(point)
    return "\n\n".join(_part(faults, names, covered) for faults, names in groups.items())


def _part(faults: Sequence[str], names: Sequence[str], covered: Counter[tuple[str, str]]) -> str:
    letters = [chr(ord("a") + index) if index < 26 else chr(ord("A") + index - 26) for index in range(len(faults))]
    legend = "; ".join(f"{letter} {fault}" for letter, fault in zip(letters, faults, strict=True))
    width = max(len(name) for name in names)
    counts = {name: [covered[name, fault] for fault in faults] for name in names}
    cell = max(3, *(len(str(count)) for row in counts.values() for count in row))
    lines = [legend, " " * width + "".join(f" {letter:>{cell}}" for letter in letters)]
    lines += [f"{name:<{width}}" + "".join(f" {count:>{cell}}" for count in row) for name, row in counts.items()]
    return "\n".join(lines)
