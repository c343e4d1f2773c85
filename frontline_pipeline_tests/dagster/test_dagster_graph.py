"""The whole graph in one text file, so that a lost asset, check or schedule shows in a diff.

After a wanted change: `python -m frontline_pipeline_tests.dagster.test_dagster_graph` (from the repository) writes graph.txt anew.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from frontline_pipeline.definitions import build_definitions
from frontline_pipeline.settings_file import load_settings
from frontline_pipeline_tests.support import REPO

GOLDEN = Path(__file__).with_name("graph.txt")
WRITE = "python -m frontline_pipeline_tests.dagster.test_dagster_graph"


def example() -> dg.Definitions:
    """The definitions of the example settings in config/."""
    return build_definitions(load_settings(REPO / "config", environ={}))


def drawn(definitions: dg.Definitions) -> str:
    """The graph as text."""
    return "\n".join([*_assets(definitions), *_checks(definitions), *_rest(definitions)]) + "\n"


def _assets(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        yield f"asset {key.to_user_string()}"
        yield f"  group: {node.group_name}   kinds: {', '.join(sorted(node.kinds))}   owners: {', '.join(sorted(node.owners))}"
        yield f"  partitions: {_partitions(node.partitions_def)}"
        yield f"  described: {bool(node.description)}   backfill policy: {node.backfill_policy or 'default'}"
        for parent in sorted(node.parent_keys):
            mapping = node.partition_mappings.get(parent)
            yield f"  from {parent.to_user_string()}" + (f" by {type(mapping).__name__}" if mapping else "")


def _checks(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.resolve_asset_graph()
    for key in sorted(graph.asset_check_keys, key=lambda k: (k.asset_key, k.name)):
        node = graph.get(key)
        blocking = "blocking" if node.blocking else "not blocking"
        yield f"check {key.asset_key.to_user_string()}: {key.name}   {blocking}, {_partitions(node.partitions_def)}"


def _rest(definitions: dg.Definitions) -> Iterator[str]:
    repository = definitions.get_repository_def()
    for job in sorted(repository.get_all_jobs(), key=lambda j: j.name):
        if job.name.startswith("__"):
            continue
        keys = sorted(key.to_user_string() for key in job.asset_layer.selected_asset_keys)
        yield f"job {job.name}   {_partitions(job.partitions_def)}, executor {job.executor_def.name}"
        yield f"  assets: {', '.join(keys)}"
        yield f"  checks: {len(job.asset_layer.asset_graph.asset_check_keys)}"
    for schedule in sorted(repository.schedule_defs, key=lambda s: s.name):
        yield (
            f"schedule {schedule.name}   {schedule.cron_schedule} {schedule.execution_timezone}, job {schedule.job_name}, "
            f"{schedule.default_status.value.lower()} by default"
        )
    for sensor in sorted(repository.sensor_defs, key=lambda s: s.name):
        jobs = ", ".join(sorted(target.job_name for target in sensor.targets))
        yield f"sensor {sensor.name}   jobs {jobs}, {sensor.default_status.value.lower()} by default"
    for name in sorted(repository.get_top_level_resources()):
        yield f"resource {name}"


def _partitions(found: dg.PartitionsDefinition[str] | None) -> str:
    if isinstance(found, dg.MultiPartitionsDefinition):
        return " x ".join(f"{d.name} ({_partitions(d.partitions_def)})" for d in found.partitions_defs)
    if isinstance(found, dg.StaticPartitionsDefinition):
        return ", ".join(found.get_partition_keys())
    if isinstance(found, dg.TimeWindowPartitionsDefinition):
        kind = found.schedule_type.value.lower() if found.schedule_type else found.cron_schedule
        return f"{kind} from {found.start:%Y-%m-%d} {found.timezone}, end offset {found.end_offset}"
    return "none"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_graph_is_the_one_in_the_golden_file() -> None:
    found = drawn(example())
    wanted = GOLDEN.read_text(encoding="utf-8") if GOLDEN.exists() else ""
    changes = "\n".join(difflib.unified_diff(wanted.splitlines(), found.splitlines(), GOLDEN.name, "now", lineterm=""))
    assert not changes, f"the graph changed; if that was wanted: {WRITE}\n{changes}"


def test_every_asset_says_what_it_is_and_who_owns_it() -> None:
    graph = example().resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        assert all(owner.startswith("team:") for owner in node.owners)
        assert node.kinds, key


def test_no_asset_of_the_store_day_runs_a_range_at_once() -> None:
    """The tempting wrong clean-up: `BackfillPolicy.single_run()` makes fewer runs. But in a ranged run a check of one partition
    never resolves, and one bad store-day unmarks all of them."""
    graph = example().resolve_asset_graph()
    assert {graph.get(key).backfill_policy for key in graph.get_all_asset_keys()} == {None}


def test_assets_with_an_effect_declare_no_inline_check() -> None:
    """A declared result that is not yielded fails the step after its effect; ledger_agrees stands alone."""
    for asset in example().assets or []:
        assert isinstance(asset, dg.AssetsDefinition)
        if asset.keys & {dg.AssetKey("posted_journals"), dg.AssetKey("ledger_readback")}:
            assert list(asset.check_specs) == []


def test_definitions_are_fresh_and_resources_can_be_replaced() -> None:
    loaded = load_settings(REPO / "config", environ={})
    other = dg.InMemoryIOManager()
    replaced = build_definitions(loaded, {"io_manager": other})
    assert (replaced.resources or {})["io_manager"] is other
    assert (build_definitions(loaded).resources or {})["io_manager"] is not other
    dg.Definitions.validate_loadable(replaced)


if __name__ == "__main__":
    GOLDEN.write_text(drawn(example()), encoding="utf-8")
    print(f"{GOLDEN} written")
