"""Measures store-days of growing size, each from raw Parquet through proof and tie-out to vouchers, without Dagster.

Belongs here: `python -m ...benchmarks.big_day FOLDER RUNS SIZE ...`, figures as JSON, one entry per size.
Does not: the fit and the targets (__main__.py).

The ledger's side of the tie-out is that of a day which was read back: what was sent.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.tie_cells import Held, HeldLine
from frontline_pipeline.accounting.tie_out import tie_out
from frontline_pipeline.accounting.tie_receipts import receipt_columns
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.frontline.delivery import deliver_receipts, deliver_z_reports
from frontline_pipeline.frontline.landing import import_files
from frontline_pipeline.frontline.source import Extracts, open_source
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.settings_file import load_settings
from frontline_pipeline_tests.benchmarks.ground import Figures, example_project, peak_mb, write_store_days

DAY = dt.date(2025, 11, 18)
VOUCHERS = 50
"""A voucher takes less than a millisecond: so many in a row make a measurement."""


def walk(extracts: Extracts, profile: StoreProfile) -> tuple[dict[str, float], tuple[ZReport, ...]]:
    """One walk: CPU seconds by step, and the proven Z-reports. Raises SystemExit when the day is not in order on all sides."""
    marks = [time.process_time()]

    def mark() -> None:
        marks.append(time.process_time())

    raw_z, raw_receipts = deliver_z_reports(extracts, profile, DAY), deliver_receipts(extracts, profile, DAY)
    mark()
    proof = prove_z_reports(raw_z, raw_receipts, profile)
    receipts = prove_receipts(raw_receipts, proof.z_reports, profile)
    mark()
    vouchers = build_vouchers(proof.z_reports, profile)
    mark()
    held = [
        Held(v.z_keys, v.document_key, "", tuple(HeldLine(x.account, x.tax_code or "", x.amount) for x in v.lines))
        for v in vouchers.vouchers
    ]
    tied = tie_out(proof.z_reports, receipt_columns(raw_receipts), vouchers, held, profile)
    mark()
    wrong = [f.message for f in (*proof.findings, *receipts.findings) if f.holds]
    if wrong or not tied.agrees or len(vouchers.vouchers) != 2:
        raise SystemExit(f"the store-day is not in order: {wrong or tied.verdict}")
    steps = dict(zip(("read", "prove", "voucher", "tie"), (b - a for a, b in pairwise(marks)), strict=True))
    return steps, proof.z_reports


def voucher_ms(zs: tuple[ZReport, ...], profile: StoreProfile) -> float:
    """CPU milliseconds of one store-day's vouchers."""
    started = time.process_time()
    for _ in range(VOUCHERS):
        build_vouchers(zs, profile)
    return (time.process_time() - started) * 1000 / VOUCHERS


def main(folder: str, runs: str, *sizes: str) -> None:
    """Imports a store-day per size on two registers, then walks each `runs` times, sizes alternating; once more to warm up."""
    root = Path(folder)
    config, _ = example_project(root, {})
    days = [int(size) for size in sizes]
    found = {size: _imported(root / str(size), config, size) for size in days}
    walk(*found[days[0]])
    measured: dict[int, list[dict[str, float]]] = {size: [] for size in days}
    vouchers: dict[int, list[float]] = {size: [] for size in days}
    for _ in range(int(runs)):
        for size in days:
            steps, zs = walk(*found[size])
            measured[size].append(steps)
            vouchers[size].append(voucher_ms(zs, found[size][1]))
    figures: list[Figures] = []
    for size in days:
        steps = {name: median(each[name] for each in measured[size]) for name in measured[size][0]}
        receipts = len(found[size][0].receipts("oslo", DAY).frames["receipts"])
        cpu = median(sum(each.values()) for each in measured[size])
        figures.append({"receipts": receipts, "cpu": cpu, "steps": steps, "voucher_ms": min(vouchers[size])})
    print(json.dumps({"days": figures, "peak_mb": peak_mb()}))


def _imported(root: Path, config: Path, size: int) -> tuple[Extracts, StoreProfile]:
    """A landing area of its own with one store-day of so many receipts on two registers, and the store's profile."""
    loaded = load_settings(config, state_dir=root / "state", environ={})
    landing = loaded.paths.landing
    if landing is None:
        raise SystemExit("the example settings read files")
    # Void and training receipts are among the transactions and stay out of the frames.
    file = write_store_days(root / "saft", loaded.settings, "oslo", DAY, 1, int(size * 1.02) // 2)
    report = import_files([file], loaded.settings, landing)
    if not report.ok:
        raise SystemExit(f"the import was refused: {report.files[0]}")
    return open_source(loaded.settings.source, loaded.paths, {}), loaded.settings.store("oslo")


if __name__ == "__main__":
    main(*sys.argv[1:])
