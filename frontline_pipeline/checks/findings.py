"""The one place that touches Dagster's partitioned inline checks (an API in preview).

Belongs here: check specs of the proof rules, and check results made from findings, with the table a person reads.
Does not: the rules (accounting/proof.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from frontline_pipeline.accounting.model import Finding, Severity
from frontline_pipeline.accounting.rules import RULES
from frontline_pipeline.partitions import StorePartitions

TABLE_ROWS = 20
"""Findings shown per check; the count of all is shown beside it."""

warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)

_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn(name, description=description)
        for name, description in (
            ("store", ""),
            ("business_day", ""),
            ("register", ""),
            ("z_number", ""),
            ("rule", ""),
            ("subject", "what it concerns: a rate, a tender, a receipt"),
            ("expected", ""),
            ("actual", ""),
            ("difference", ""),
            ("likeliest_cause", "where figures do not add up; `what_to_do` has the others"),
            ("what_to_do", ""),
        )
    ]
)


def rule_specs(asset: str, partitions: StorePartitions) -> list[dg.AssetCheckSpec]:
    """One partitioned check per rule of `asset`; without the partition Tuesday's green would hide Monday's red."""
    return [
        dg.AssetCheckSpec(
            name,
            asset=asset,
            blocking=rule.blocking,
            description=rule.description,
            partitions_def=partitions.store_days,
        )
        for name, rule in RULES.items()
        if rule.asset == asset
    ]


def rule_results(asset: str, findings: Iterable[Finding]) -> Iterator[dg.AssetCheckResult]:
    """A result for every rule of `asset`: a declared check that is not yielded would fail the step."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for name, rule in RULES.items():
        if rule.asset == asset:
            yield check_result(name, by_rule.pop(name, []))
    if by_rule:
        raise ValueError(f"findings of rules that {asset} does not declare: {', '.join(sorted(by_rule))}")


def check_result(name: str, findings: Sequence[Finding]) -> dg.AssetCheckResult:
    """Passed without findings; otherwise failed with the first reason in words and all of them as a table."""
    if not findings:
        return dg.AssetCheckResult(check_name=name, passed=True)
    error = any(f.severity is Severity.ERROR for f in findings)
    return dg.AssetCheckResult(
        check_name=name,
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        description=findings[0].message,
        metadata={
            "what_to_do": dg.MetadataValue.text(findings[0].next_step),
            "findings": findings_table(findings),
            "count": len(findings),
        },
    )


def findings_table(findings: Sequence[Finding]) -> dg.TableMetadataValue:
    """Store, business day, register, Z number, rule, expected, actual, difference, likeliest cause, what to do."""
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {
                    "store": f.store,
                    "business_day": f.business_day.isoformat(),
                    "register": f.register or "",
                    "z_number": f.z_number or "",
                    "rule": f.rule,
                    "subject": f.subject or "",
                    "expected": f.expected or "",
                    "actual": f.actual or "",
                    "difference": f.difference or "",
                    "likeliest_cause": f.cause,
                    "what_to_do": f.next_step,
                }
            )
            for f in findings[:TABLE_ROWS]
        ],
        schema=_COLUMNS,
    )
