"""The benchmarks: each a ratio or a cost inside one run, with its target. `make bench`; `--quick` leaves out the file of 1 GB.

Belongs here: the order of the measurements, medians, targets, the table, the exit code (1 when a target is missed).
Does not: the measurements (saft.py, day.py, big_day.py, graph.py, masters.py).

CPU is user and system time of the measuring process, of the measured part alone: no imports, no file generation. What is compared
alternates, so that a busy machine slows both sides.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import log
from pathlib import Path
from statistics import correlation, linear_regression, median

from frontline_pipeline_tests.benchmarks.ground import measure

RUNS = 5
BIG_MB, SMALL_MB = 1000, 100
BIG_DAYS, BIG_DAY_RUNS = (1_000, 3_000, 10_000, 30_000, 100_000), 3
FREE_MB = 4 * BIG_MB
"""The big file, what an import stages and lands of it, and room to breathe."""
LIBRARIES = ("dagster", "lxml", "pandas", "pandera", "pyarrow", "sqlalchemy", "zeep")


@dataclass(frozen=True)
class Result:
    """One line of the table; `target` None = told, not judged."""

    name: str
    value: float
    unit: str
    target: float | None
    detail: str

    @property
    def missed(self) -> bool:
        return self.target is not None and self.value > self.target


def reader(work: Path) -> Iterator[Result]:
    """The SAF-T reader against a bare expat pass over the same file."""
    file = work / "small.xml"
    made = measure("saft", "generate", file, SMALL_MB)
    floor, read = [], []
    for _ in range(RUNS):
        floor.append(measure("saft", "expat", file))
        read.append(measure("saft", "read", file))
    bare, cpu = median(f["cpu"] for f in floor), median(r["cpu"] for r in read)
    receipts = made["receipts"]
    detail = f"{cpu:.2f} s against {bare:.2f} s CPU; {made['bytes'] / 1e6:.0f} MB, {receipts} transactions, {receipts / cpu:.0f}/s; n={RUNS}"
    yield Result("SAF-T reader, all fields, / bare expat pass", cpu / bare, "x", 8, detail)


def memory(work: Path) -> Iterator[Result]:
    """Peak memory of an import: a file ten times as big."""
    small, big = work / "small.xml", work / "big.xml"
    if not small.exists():
        measure("saft", "generate", small, SMALL_MB)
    measure("saft", "generate", big, BIG_MB)
    few = [measure("saft", "import", small, work / f"import-{n}") for n in range(3)]
    many = measure("saft", "import", big, work / "import-big")
    peak = median(f["peak_mb"] for f in few)
    detail = (
        f"{many['peak_mb']:.0f} MB (n=1) against {peak:.0f} MB (n=3), {many['before_mb']:.0f} MB before the import; "
        f"{many['receipts']} receipts in {many['cpu']:.0f} s CPU, {many['receipts'] / many['cpu']:.0f}/s"
    )
    yield Result("peak memory, import of 1 GB less that of 100 MB", many["peak_mb"] - peak, "MB", 60, detail)


def store_day(work: Path) -> Iterator[Result]:
    """One big store-day from raw to voucher."""
    # Void and training receipts are among the transactions and stay out of the frames.
    figures = measure("day", work / "day", 10_200, RUNS)
    rows = figures["rows"]
    detail = (
        f"{rows['receipts']} receipts, {rows['receipt_lines']} lines; first call {figures['first']:.2f} s; "
        f"process {figures['peak_mb']:.0f} MB; n={RUNS}"
    )
    yield Result("store-day of 10,000 receipts, raw to voucher", median(figures["cpu"]), "s CPU", 3, detail)


def big_day(work: Path) -> Iterator[Result]:
    """Store-days from 1,000 to 100,000 receipts: proven, tied out, made into vouchers; a straight line through them."""
    figures = measure("big_day", work / "big-day", BIG_DAY_RUNS, *BIG_DAYS)
    days = figures["days"]
    sizes, cpu = [day["receipts"] for day in days], [day["cpu"] for day in days]
    each, fixed = linear_regression(sizes, cpu)
    exponent = linear_regression([log(n) for n in sizes], [log(t) for t in cpu]).slope
    steps = ", ".join(f"{name} {value:.2f}" for name, value in days[-1]["steps"].items())
    detail = f"{sizes[-1]} receipts; {steps}; process {figures['peak_mb']:.0f} MB; n={BIG_DAY_RUNS}"
    yield Result("store-day of 100,000 receipts, proven, tied out, voucher", cpu[-1], "s CPU", 10, detail)
    told = "; ".join(f"{n}: {t:.2f} s ({fixed + each * n:.2f})" for n, t in zip(sizes, cpu, strict=True))
    detail = f"CPU = {fixed:.2f} s + {each * 1e6:.1f} us a receipt, R2 {correlation(sizes, cpu) ** 2:.4f}; measured (fit): {told}"
    yield Result("  growth from 1,000 on, exponent of the receipts", exponent, "", 1.1, detail)
    vouchers = [day["voucher_ms"] for day in days]
    detail = f"{', '.join(f'{n}: {ms:.2f} ms' for n, ms in zip(sizes, vouchers, strict=True))}"
    yield Result("  the vouchers alone, slowest size / fastest size", max(vouchers) / min(vouchers), "x", 1.5, detail)


def graph(work: Path) -> Iterator[Result]:
    """A store-day through Dagster against an empty graph of the same shape."""
    runs = 9
    figures = measure("graph", work / "graph", runs)
    real, empty = median(figures["real"]), median(figures["empty"])
    detail = f"{real:.2f} s against {empty:.2f} s CPU; 2 registers, 2 x 80 receipts; n={runs}"
    yield Result("store-day through Dagster / empty graph", real / empty, "x", 1.5, detail)
    wall, empty_wall = median(figures["real_wall"]), median(figures["empty_wall"])
    yield Result("  wall time of a store-day", wall, "s", None, f"empty graph {empty_wall:.2f} s")
    calls = figures["calls"] / figures["journals"]
    detail = f"{figures['calls']} calls for {figures['journals']} journals, login and lookups reused"
    yield Result("  SOAP calls per posted journal", calls, "", None, detail)


def masters(work: Path) -> Iterator[Result]:
    """Customers, products and orders of one store-day, half of them new to 24SevenOffice; then the same day again."""
    found = []
    for run in range(3):
        folder = work / f"masters-{run}"
        folder.mkdir()
        found.append(measure("masters", folder, 10_000, 50_000))
    first, again = median(f["first"] for f in found), median(f["second"] for f in found)
    whole = median(f["first"] + sum(f["orders"].values()) for f in found)
    steps = ", ".join(f"{name} {median(f['orders'][name] for f in found):.2f}" for name in found[0]["orders"])
    detail = f"{found[0]['calls'][0]} calls, their SOAP not counted; links written; n=3"
    yield Result("10,000 customers, 50,000 products, 5,000 orders of 25,000 lines", whole, "s CPU", 10, detail)
    yield Result("  of it customers and products matched and made", first, "s CPU", None, f"orders: {steps}")
    yield Result("  customers and products again, all known", again, "s CPU", None, f"{found[0]['calls'][1]} calls")
    peak = max(f["peak_mb"] for f in found)
    yield Result("  peak memory", peak, "MB", 500, "of the process, imports included")


BENCHMARKS: dict[str, Callable[[Path], Iterator[Result]]] = {
    "reader": reader,
    "memory": memory,
    "store-day": store_day,
    "big-day": big_day,
    "graph": graph,
    "masters": masters,
}


def machine() -> str:
    """Processor, cores, memory, versions: what the figures hold for."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{cpu}, {os.cpu_count()} cores, {memory_gb:.0f} GB; load {load} at the start\n"
        f"Python {platform.python_version()}, {libraries}"
    )


def table(results: Sequence[Result]) -> str:
    """The results as text: value, target, verdict, detail."""
    wide = max(len(result.name) for result in results)
    lines = []
    for result in results:
        value = (
            f"{result.value:.2f} {result.unit}".strip() if result.value < 100 else f"{result.value:.0f} {result.unit}"
        )
        target = f"<= {result.target:g}" if result.target is not None else ""
        verdict = "" if result.target is None else "MISSED" if result.missed else "ok"
        lines.append(f"{result.name:<{wide}}  {value:>11}  {target:>6}  {verdict:<6}  {result.detail}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Runs the benchmarks and prints the table; 1 when a target is missed, 2 when there is no room for the files."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave out the import of 1 GB (most of the time)")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="run this one; may be given several times")
    options = parser.parse_args(arguments)
    wanted = [name for name in options.only or BENCHMARKS if not (options.quick and name == "memory")]
    print(machine(), flush=True)
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="frontline-bench-") as folder:
        free = shutil.disk_usage(folder).free / 1e6
        if "memory" in wanted and free < FREE_MB:
            print(
                f"{folder} has {free:.0f} MB free, {FREE_MB} are needed; set TMPDIR, or give --quick", file=sys.stderr
            )
            return 2
        for name in wanted:
            print(f"measuring: {name} ...", flush=True)
            results += BENCHMARKS[name](Path(folder))
    print()
    print(table(results))
    return int(any(result.missed for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
