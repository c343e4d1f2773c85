"""B07: grand total(n) - grand total(n-1) != Z(n): the check fails with the amounts; a till that lies about its grand totals, from the
sandbox's extract to the finding."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from frontline_pipeline.accounting.chain import chains
from frontline_pipeline.accounting.chain_model import Kind, heads_from
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.sandbox.generate import generate, spec_from_settings
from frontline_pipeline.sandbox.shop_faults import Fault
from frontline_pipeline.settings import Settings
from frontline_pipeline_tests.support import FIRST, day, example_settings


def test_B07_a_grand_total_that_does_not_run_on_is_named_with_its_amounts(tmp_path: Path) -> None:
    settings = Settings.model_validate(example_settings())
    fault = Fault("grand_total", "tromso", day(2))
    spec = spec_from_settings(settings, FIRST, 4, seed=3, format="csv", receipts_per_day=5, faults=[fault])
    generate(spec, tmp_path)
    extracts = FileExtracts(tmp_path)
    bundles = [extracts.z_reports("tromso", FIRST + n * dt.timedelta(days=1)) for n in range(4)]
    heads = [head for bundle in bundles if bundle is not None for head in heads_from(bundle)]
    assert len(heads) == 4

    (chain,) = chains(heads)
    (found,) = chain.breaks
    assert (found.kind, found.error, found.at) == (Kind.TOTALS, True, heads[2])
    assert found.difference == "1000.00"
    assert heads[1].net is not None
    should = heads[1].net + heads[2].sales_total
    assert found.expected == f"{should // 100}.{should % 100:02d}"
    assert "fit each other over it" in found.message

    # Before the day after it has come, the amounts of both sides are told.
    (early,) = chains(heads[:3])[0].breaks
    assert f"from Z 2 ({day(1)}) to Z 3 ({day(2)})" in early.message
    assert "difference 1 000.00" in early.message
    assert chains(heads[:2])[0].breaks == ()
