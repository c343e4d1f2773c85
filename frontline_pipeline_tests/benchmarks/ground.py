"""What the benchmarks stand on: processes of their own, settings, extracts.

Belongs here: running a measurement in a fresh process and getting its figures back, peak memory, generated extracts.
Does not: what is measured (saft.py, day.py, graph.py), targets and the table (__main__.py).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
Figures = dict[str, Any]


def measure(module: str, *arguments: object) -> Figures:
    """Runs a module of this package in a fresh process and returns the JSON object on its last line of output.

    A process of its own: no other measurement has warmed its caches, grown its heap or left threads behind.
    """
    command = [sys.executable, "-m", f"frontline_pipeline_tests.benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE, check=True, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def peak_mb() -> float:
    """The most memory this process ever held, in MB (10^6 bytes).

    Linux counts what the parent held before the exec into `ru_maxrss`; VmHWM is of this program alone.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def example_project(root: Path, changes: dict[str, Any]) -> tuple[Path, dict[str, str]]:
    """The example settings with `changes` laid over them, written under `root`: their folder, and the variables that name it
    and an empty state directory beside it."""
    import yaml

    from frontline_pipeline_tests.support import example_settings, overlaid

    config = root / "config"
    config.mkdir(parents=True)
    tree = overlaid(example_settings(), changes)
    (config / "settings.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    (config / "sandbox.env").write_bytes((REPO / "config" / "sandbox.env").read_bytes())
    return config, {"FRONTLINE_CONFIG": str(config), "FRONTLINE_STATE": str(root / "state")}


def benchmark_shops(root: Path) -> Path:
    """Settings that know the registers of `sandbox.generate.benchmark_file`; their folder."""
    shop = {"company": "nordlys", "mode": "posted", "receipts": "expected", "cut_off": "05:00"}
    config, _ = example_project(
        root,
        {
            "companies": {"nordlys": {"organisation_number": "999999999"}, "fjord": None},
            "sandbox": {"clients": {"fjord": None}},
            "stores": {
                **dict.fromkeys(("oslo", "bergen", "tromso")),
                "bench-a": {**shop, "name": "Benchmark A", "registers": ["A-1", "A-2"]},
                "bench-b": {**shop, "name": "Benchmark B", "registers": ["B-1"]},
            },
        },
    )
    return config


def write_store_days(folder: Path, settings: Any, store: str, first: dt.date, days: int, receipts: int) -> Path:
    """A SAF-T file of one store of the settings with `receipts` transactions per register and day."""
    from frontline_pipeline.sandbox.generate import Simulation, saft_name, spec_from_settings
    from frontline_pipeline.sandbox.generate_saft import write_saft

    whole = spec_from_settings(settings, first, days, seed=7)
    (shop,) = (shop for shop in whole.stores if shop.store == store)
    spec = whole.model_copy(update={"stores": (shop,)})
    simulation = Simulation(spec)
    created = dt.datetime.combine(spec.last + dt.timedelta(days=1), dt.time(6))
    path = folder / saft_name(shop.organisation_number, created)
    folder.mkdir(parents=True, exist_ok=True)

    def days_of(shop: Any, register: str) -> Any:
        for offset in range(days):
            ran = simulation.run(shop, register, first + dt.timedelta(days=offset), receipts=receipts)
            if ran is not None:
                yield ran

    write_saft(path, (shop,), first, spec.last, created, days_of)
    return path


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(variables: dict[str, str]) -> dict[str, str]:
    """This process's variables and these."""
    return {**os.environ, **variables}
