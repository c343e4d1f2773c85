"""Measures one big store-day from raw to voucher in one process, without Dagster.

Belongs here: `python -m ...benchmarks.day FOLDER RECEIPTS RUNS`, figures as JSON.
Does not: targets (__main__.py).
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path

from frontline_pipeline.frontline.landing import import_files
from frontline_pipeline.frontline.source import open_source
from frontline_pipeline.settings_file import load_settings
from frontline_pipeline.store_day import Verdict, walk
from frontline_pipeline_tests.benchmarks.ground import example_project, peak_mb, write_store_days

DAY = dt.date(2025, 11, 18)


def main(folder: str, receipts: str, runs: str) -> None:
    """Imports a store-day of `receipts` receipts on two registers, then walks it: once to warm up, `runs` times measured."""
    root = Path(folder)
    config, _ = example_project(root, {})
    loaded = load_settings(config, state_dir=root / "state", environ={})
    landing = loaded.paths.landing
    if landing is None:
        raise SystemExit("the example settings read files")
    file = write_store_days(root / "saft", loaded.settings, "oslo", DAY, 1, int(receipts) // 2)
    report = import_files([file], loaded.settings, landing)
    if not report.ok:
        raise SystemExit(f"the import was refused: {report.files[0]}")
    profile, extracts = loaded.settings.store("oslo"), open_source(loaded.settings.source, loaded.paths, {})
    cpu: list[float] = []
    for _ in range(int(runs) + 1):
        started = time.process_time()
        walked = walk(extracts, profile, DAY)
        cpu.append(time.process_time() - started)
        if walked.verdict is not Verdict.OK or len(walked.vouchers.vouchers) != 2:
            raise SystemExit(f"the store-day is {walked.verdict}: {[f.message for f in walked.reasons]}")
    raw = extracts.receipts("oslo", DAY)
    rows = {name: len(frame) for name, frame in raw.frames.items()}
    print(json.dumps({"cpu": cpu[1:], "first": cpu[0], "rows": rows, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
