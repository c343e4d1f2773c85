"""Measures store-days through Dagster against an empty graph of the same shape, alternating in one process.

Belongs here: `python -m ...benchmarks.graph FOLDER RUNS`, the empty graph, figures as JSON.
Does not: targets (__main__.py).

Both graphs run as the job `store_day` with `execute_in_process` on an instance kept in SQLite. The stand-in of 24SevenOffice is a
process of its own; what the empty graph lacks is reading, proof, vouchers, SOAP and the posting log.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import datetime as dt
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from frontline_pipeline.automation import STORE_DAY_JOB
from frontline_pipeline.definitions import build_definitions
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frontline.landing import import_files
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.settings_file import LoadedSettings, load_settings
from frontline_pipeline.storage import BundleIOManager
from frontline_pipeline_tests.benchmarks.ground import (
    REPO,
    environment,
    example_project,
    free_port,
    write_store_days,
)
from frontline_pipeline_tests.support import QUIET

FIRST = dt.date(2025, 11, 3)
RECEIPTS = 80
"""Per register; the store has two."""
WARM_UP = 2


def empty_graph(real: dg.Definitions, root: Path) -> dg.Definitions:
    """The graph of the job `store_day` without its work: the same assets, dependencies, checks, partitions, kinds and owners; each
    asset stores a bundle without frames by the same IO manager, each check passes."""
    wanted = set(real.resolve_job_def(STORE_DAY_JOB).asset_layer.executable_asset_keys)
    graph = real.resolve_asset_graph()
    assets = [_empty_asset(real, graph, key) for key in sorted(wanted)]
    inline = {spec.key for asset in assets for spec in asset.check_specs}
    alone = [key for key in graph.asset_check_keys if key.asset_key in wanted and key not in inline]
    return dg.Definitions(
        assets=assets,
        asset_checks=[_empty_check(real, graph, key) for key in alone],
        jobs=[dg.define_asset_job(STORE_DAY_JOB, selection=dg.AssetSelection.all())],
        resources={"io_manager": BundleIOManager(root=str(root / "empty-storage"))},
        executor=dg.in_process_executor,
    )


def _empty_asset(real: dg.Definitions, graph: Any, key: dg.AssetKey) -> dg.AssetsDefinition:
    node = graph.get(key)
    definition = real.resolve_assets_def(key)
    checks = list(definition.check_specs)
    stores = not issubclass(definition.op.output_defs[0].dagster_type.typing_type or object, type(None))

    def body(context: dg.AssetExecutionContext, **_: Bundle) -> Iterator[Any]:
        where = StoreDay.from_context(context)
        if stores:
            yield dg.Output(Bundle(where.store, where.business_day, Status.OK, {}))
        else:
            yield dg.MaterializeResult()
        for check in checks:
            yield dg.AssetCheckResult(check_name=check.name, passed=True)

    # The stubs know no computed arguments.
    asset: Any = dg.asset
    made: dg.AssetsDefinition = asset(
        name=key.path[-1],
        ins={parent.path[-1]: dg.AssetIn(dagster_type=Bundle) for parent in sorted(node.parent_keys)},
        dagster_type=Bundle if stores else dg.Nothing,
        partitions_def=definition.partitions_def,
        check_specs=checks,
        group_name=node.group_name,
        kinds=node.kinds,
        owners=list(node.owners),
    )(body)
    return made


def _empty_check(real: dg.Definitions, graph: Any, key: dg.AssetCheckKey) -> dg.AssetChecksDefinition:
    """A stand-alone check under the real one's step name, which loads its asset where the real one does."""
    (mine,) = [c for c in real.asset_checks or [] if isinstance(c, dg.AssetChecksDefinition) and key in c.check_keys]
    reads = any(not put.dagster_type.is_nothing for put in mine.node_def.input_defs)
    spec = dg.AssetCheckSpec(key.name, asset=key.asset_key, partitions_def=graph.get(key.asset_key).partitions_def)

    def check(context: dg.AssetCheckExecutionContext, **_: Bundle) -> Iterator[dg.AssetCheckResult]:
        yield dg.AssetCheckResult(check_name=key.name, passed=True)

    # The stubs know no computed arguments.
    checking: Any = dg.multi_asset_check
    ins = {key.asset_key.path[-1]: dg.AssetIn(key.asset_key)} if reads else {}
    made: dg.AssetChecksDefinition = checking(name=mine.node_def.name, specs=[spec], ins=ins)(check)
    return made


@contextmanager
def sandbox(url: str, variables: dict[str, str], log: Path) -> Iterator[None]:
    """`frontline sandbox` in a process of its own, until it answers."""
    with log.open("wb") as out:
        command = [sys.executable, "-c", "from frontline_pipeline.cli import main; main()", "sandbox"]
        process = subprocess.Popen(
            command, cwd=REPO, env=environment(variables), stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _await(url, process, log)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None:
                raise SystemExit(f"the sandbox ended: {log.read_text()[-1000:]}") from None
            time.sleep(0.2)
    raise SystemExit("the sandbox does not answer")


def prepare(root: Path, days: int) -> tuple[LoadedSettings, dict[str, str], str]:
    """Settings, landed extracts of oslo and an initialised posting log; the sandbox does not run yet."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    office = {"office": {"api_url": url, "webservices_url": url}}
    config, variables = example_project(
        root, {"companies": {"nordlys": office, "fjord": office}, "sandbox": {"port": port}}
    )
    loaded = load_settings(config, state_dir=root / "state", environ={})
    landing = loaded.paths.landing
    if landing is None:
        raise SystemExit("the example settings read files")
    file = write_store_days(root / "saft", loaded.settings, "oslo", FIRST, days, RECEIPTS)
    report = import_files([file], loaded.settings, landing)
    if not report.ok:
        raise SystemExit(f"the import was refused: {report.files[0]}")
    open_posting_log(loaded).initialise("benchmark")
    return loaded, variables, url


def instance(home: Path) -> dg.DagsterInstance:
    """An instance kept in SQLite with the project's dagster.yaml."""
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_bytes((REPO / "dagster.yaml").read_bytes())
    return dg.DagsterInstance.from_config(str(home))


def runner(definitions: dg.Definitions, home: Path) -> Callable[[StoreDay], tuple[float, float, Any]]:
    """A function that runs a store-day: CPU s of this process, wall s, result."""
    job, kept = definitions.resolve_job_def(STORE_DAY_JOB), instance(home)

    def run(where: StoreDay) -> tuple[float, float, Any]:
        cpu, wall = time.process_time(), time.monotonic()
        result = job.execute_in_process(partition_key=where.key, instance=kept, run_config=QUIET)
        return time.process_time() - cpu, time.monotonic() - wall, result

    return run


def posted(result: dg.ExecuteInProcessResult) -> tuple[int, int]:
    """(journals in the ledger, SOAP calls that posting cost)."""
    (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey("posted_journals")]
    metadata = event.materialization.metadata
    records: Any = metadata["documents"].value
    return len(records.records), int(str(metadata["calls"].value))


def main(folder: str, runs: str) -> None:
    """Runs `runs` store-days (and two to warm up) through both graphs in turn."""
    root, wanted = Path(folder), int(runs) + WARM_UP
    # A month of days: the store is closed on Sundays.
    loaded, variables, url = prepare(root, wanted + wanted // 6 + 1)
    # The settings name the sandbox's logins by variables of sandbox.env.
    os.environ.update(variables)
    days = [FIRST + dt.timedelta(days=n) for n in range(wanted + wanted // 6 + 1)]
    store_days = [StoreDay(day, "oslo") for day in days if day.weekday() != 6][:wanted]
    real = build_definitions(loaded)
    figures: dict[str, list[float]] = {"real": [], "empty": [], "real_wall": [], "empty_wall": []}
    journals = calls = 0
    with sandbox(url, variables, root / "sandbox.log"):
        run_real = runner(real, root / "home-real")
        run_empty = runner(empty_graph(real, root), root / "home-empty")
        for number, where in enumerate(store_days):
            cpu, wall, result = run_real(where)
            empty_cpu, empty_wall, empty_result = run_empty(where)
            if number < WARM_UP:
                _same_shape(where, result, empty_result)
                continue
            for name, value in zip(figures, (cpu, empty_cpu, wall, empty_wall), strict=True):
                figures[name].append(value)
            documents, cost = posted(result)
            journals, calls = journals + documents, calls + cost
    print(json.dumps({**figures, "journals": journals, "calls": calls}))


def _same_shape(where: StoreDay, result: dg.ExecuteInProcessResult, empty: dg.ExecuteInProcessResult) -> None:
    """Raises SystemExit when the two graphs did not do the same steps, outputs and checks."""
    kinds = ("STEP_SUCCESS", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "HANDLED_OUTPUT", "LOADED_INPUT")

    def shape(of: dg.ExecuteInProcessResult) -> list[tuple[str, str | None]]:
        told = [e for e in of.all_events if e.event_type_value in kinds and not _elsewhere(e, where)]
        return sorted((e.event_type_value, e.step_key) for e in told)

    if shape(result) != shape(empty):
        raise SystemExit(f"the graphs differ: {set(shape(result)) ^ set(shape(empty))}")


def _elsewhere(event: dg.DagsterEvent, where: StoreDay) -> bool:
    """A check reported to another store-day (z_chain tells its neighbours): work, not shape."""
    if event.event_type_value != "ASSET_CHECK_EVALUATION":
        return False
    return event.asset_check_evaluation_data.partition not in (None, str(where))


if __name__ == "__main__":
    main(*sys.argv[1:])
