"""Measures, each in a process of its own: a bare expat pass, the SAF-T reader, an import.

Belongs here: `python -m ...benchmarks.saft (generate|expat|read|import) FILE ...`, figures as JSON.
Does not: ratios and targets (__main__.py).
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path

from frontline_pipeline_tests.benchmarks.ground import Figures, benchmark_shops, peak_mb

TODAY = dt.date(2026, 12, 1)
"""After the days of benchmark_file, whatever the machine's clock says."""
BLOCK = 1 << 20


def generate(path: Path, megabytes: int) -> Figures:
    """One file of at least so many MB (10^6 bytes)."""
    from frontline_pipeline.sandbox.generate import benchmark_file

    receipts = benchmark_file(path, megabytes * 1_000_000)
    return {"receipts": receipts, "bytes": path.stat().st_size}


def expat(path: Path) -> Figures:
    """Well-formedness alone: no handlers, nothing kept. The floor of whoever looks at every byte as XML."""
    from xml.parsers import expat as bare

    parser = bare.ParserCreate()
    started = time.process_time()
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            parser.Parse(block)
    parser.Parse(b"", True)
    return {"cpu": time.process_time() - started, "peak_mb": peak_mb()}


def read(path: Path) -> Figures:
    """The whole reader: every field of Z-reports, receipts, lines, VAT and payments as typed Arrow columns."""
    from frontline_pipeline.frontline.saft import read_saft
    from frontline_pipeline_tests.benchmarks.columns import Columns

    columns = Columns()
    started = time.process_time()
    summary = read_saft(path, columns)
    cpu = time.process_time() - started
    return {"cpu": cpu, "peak_mb": peak_mb(), "rows": columns.rows, "receipts": summary.counts.receipts}


def import_(path: Path, state: Path) -> Figures:
    """`frontline import` without its progress bar: split, staged, moved in."""
    from frontline_pipeline.frontline.landing import import_files
    from frontline_pipeline.settings_file import load_settings

    loaded = load_settings(benchmark_shops(state), state_dir=state / "state", environ={})
    landing = loaded.paths.landing
    if landing is None:
        raise SystemExit("the example settings read files")
    before = peak_mb()
    started, wall = time.process_time(), time.monotonic()
    report = import_files([path], loaded.settings, landing, today=TODAY)
    cpu, wall = time.process_time() - started, time.monotonic() - wall
    if not report.ok:
        raise SystemExit(f"the import was refused: {report.files[0].error or report.files[0].conflicts}")
    counts = report.files[0].counts
    return {
        "cpu": cpu,
        "wall": wall,
        "peak_mb": peak_mb(),
        "before_mb": before,
        "z_reports": len(report.files[0].landed),
        "receipts": counts.receipts if counts else 0,
    }


def main(what: str, path: str, *rest: str) -> None:
    """One measurement."""
    file = Path(path)
    if what == "generate":
        figures = generate(file, int(rest[0]))
    elif what == "expat":
        figures = expat(file)
    elif what == "read":
        figures = read(file)
    else:
        figures = import_(file, Path(rest[0]))
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
