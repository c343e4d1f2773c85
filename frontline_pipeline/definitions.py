"""The front door: every asset, check, job, schedule and resource, built from the settings.

Belongs here: `build_definitions`, which returns a fresh object so that tests, demo and command swap resources without patching,
and `defs`, the only reader of config at import.
Does not: anything else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import dagster as dg

from frontline_pipeline import automation, closing, launchpad, launchpad_orders
from frontline_pipeline.assets import extract, journal, ledger, masterdata, orders, proof, roll_forward, tie_out
from frontline_pipeline.checks import chain as chain_checks
from frontline_pipeline.checks import ledger as ledger_checks
from frontline_pipeline.partitions import StorePartitions
from frontline_pipeline.resources import PostingResource, SettingsResource
from frontline_pipeline.settings_file import LoadedSettings, find_config, load_settings
from frontline_pipeline.storage import BundleIOManager


def build_definitions(loaded: LoadedSettings, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """Definitions for these settings; `resources` replaces any of `io_manager`, `settings`, `posting`."""
    partitions = StorePartitions(loaded.settings)
    settings = SettingsResource(config_dir=str(loaded.config_dir), state_dir=str(loaded.paths.state))
    own: dict[str, object] = {
        "io_manager": BundleIOManager(root=loaded.paths.storage),
        "settings": settings,
        "posting": PostingResource(settings=settings),
    }
    return dg.Definitions.merge(
        dg.Definitions(
            assets=[
                *extract.build(partitions),
                *proof.build(partitions),
                *journal.build(partitions),
                *ledger.build(partitions),
                *tie_out.build(partitions),
                *roll_forward.build(partitions),
                *masterdata.build(partitions),
                *orders.build(partitions),
            ],
            asset_checks=[
                *chain_checks.build(partitions),
                *ledger_checks.build(partitions),
                *orders.build_checks(partitions),
            ],
            resources={**own, **(resources or {})},
            # One run is one store-day: a step per process would cost seconds for milliseconds of work.
            executor=dg.in_process_executor,
        ),
        automation.build(partitions),
        closing.build(partitions),
        launchpad.build(),
        launchpad_orders.build(),
    )


def _load() -> dg.Definitions:
    state = os.environ.get("FRONTLINE_STATE")
    return build_definitions(load_settings(find_config(None, os.environ), state_dir=state, environ=os.environ))


defs = _load()
