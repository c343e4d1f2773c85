"""Causes stand where people look: the check's table, the asset's metadata, the preview's reasons with their JSON form unchanged."""

from __future__ import annotations

from typing import Any, get_type_hints

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.assets.describe import causes_metadata, verdict
from frontline_pipeline.checks.findings import check_result
from frontline_pipeline.command.look import Look, ReasonJson
from frontline_pipeline_tests.strategies import DAY, Till, change, not_delivered, profile, z_bundle

CAUSE = "tender counted twice (VIPPS)"


def finding() -> Finding:
    """A Z whose tender VIPPS is doubled."""
    bundle = z_bundle(Till("K1", "1").ring(12_345, pay="VIPPS").ring(50_000))
    (found,) = prove_z_reports(change(bundle, "z_tenders", 0, "amount", 24_690), not_delivered(), profile()).of(
        "z_balances"
    )
    return found


def rows(metadata: Any) -> list[dict[str, Any]]:
    return [dict(record.data) for record in metadata.records]


def test_the_failing_checks_table_has_the_likeliest_cause_and_what_to_do() -> None:
    result = check_result("z_balances", [finding()])
    (row,) = rows(result.metadata["findings"])
    assert row["likeliest_cause"] == CAUSE
    assert CAUSE in row["what_to_do"]
    assert "123.45 with which the figures agree" in str(result.metadata["what_to_do"].value)


def test_the_held_days_metadata_lists_the_causes() -> None:
    listed = rows(verdict([finding()])["causes"])
    assert listed[0]["cause"] == "tender counted twice"
    assert (listed[0]["register"], listed[0]["z_number"], listed[0]["rank"]) == ("K1", "1", 1)
    assert listed[0]["evidence"]
    assert listed[0]["what_to_do"]
    assert causes_metadata([]) == {}


def test_the_preview_names_the_cause_and_keeps_its_json_form() -> None:
    told = Look("oslo", DAY, "held", reasons=(finding(),)).as_json()
    (reason,) = told["reasons"]
    assert list(reason) == list(get_type_hints(ReasonJson)) == ["rule", "message", "expected", "actual"]
    assert f"Likeliest cause: {CAUSE}." in reason["message"]
