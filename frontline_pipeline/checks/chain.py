"""Do the Z-reports of each register follow on each other? The check `z_chain` on raw_z_reports, judged from the book of Z heads.

Belongs here: the stand-alone check of a store-day, the same check reported to the store-days it concerns, its table and plot.
Does not: judging a chain (accounting/chain.py), whom an arrival concerns (continuity.py).

It stands on the raw extract, not on the proven Z-reports: a day that is held for another reason still has its place in the chain.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import base64
from collections.abc import Iterable, Iterator, Sequence
from html import escape

import dagster as dg

from frontline_pipeline.accounting.chain_model import RULE
from frontline_pipeline.accounting.chain_rows import ChainRow, around, rows_of
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.checks.findings import check_result
from frontline_pipeline.checks.reporting import report_check
from frontline_pipeline.continuity import DayContinuity, arrived, reconsidered
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.resources import PostingResource, SettingsResource

CHECK, ASSET = RULE, dg.AssetKey("raw_z_reports")
EACH_SIDE = 7
"""Z-reports shown before and after those of the day."""
_COLUMNS = ("register", "z_number", "business_day", "sales", "returns", "grand_total_net", "verdict")


def build(partitions: StorePartitions) -> list[dg.AssetChecksDefinition]:
    """The check that runs with each store-day; it reports to the store-days before and after as well."""

    spec = dg.AssetCheckSpec(
        CHECK,
        asset=ASSET,
        partitions_def=partitions.store_days,
        description="Per register every Z number is there once, and the grand totals run on. A late day turns its neighbours green.",
    )

    # Not `asset_check`: what is yielded is stored before the function goes on, so that it can look once more afterwards.
    @dg.multi_asset_check(
        name=CHECK, specs=[spec], ins={ASSET.path[-1]: dg.AssetIn(ASSET)}, description=spec.description
    )
    def z_chain(
        context: dg.AssetCheckExecutionContext,
        raw_z_reports: Bundle,
        settings: SettingsResource,
        posting: PostingResource,
    ) -> Iterator[dg.AssetCheckResult]:
        store_day = StoreDay.from_context(context)
        log, profile = posting.log(), settings.profile(store_day.store)
        told = arrived(log, profile, raw_z_reports)
        _report(context, told.concerned)
        yield result_of(told.own)
        # Another run may have written its day while this one was judging, and reported before this one did: what this run said
        # last must not be what it knew first. Whoever writes later than this look reports later, too.
        while changed := reconsidered(log, profile, told):
            told = told.with_days(changed)
            _report(context, changed)

    return [z_chain]


def _report(context: dg.AssetCheckExecutionContext, days: Iterable[DayContinuity]) -> None:
    results = {StoreDay(day.business_day, day.store): result_of(day) for day in days}
    report_check(context.op_execution_context, ASSET, CHECK, results)


def result_of(day: DayContinuity) -> dg.AssetCheckResult:
    """The verdict on a store-day in words, the chain around it as a table, and a plot per register."""
    result = check_result(CHECK, day.findings)
    shown = [around(rows_of(chain), {day.business_day}, EACH_SIDE) for chain in day.chains]
    rows = [row for part in shown for row in part]
    description = result.description or (
        f"{len(day.heads)} Z-report{'s' * (len(day.heads) != 1)}, each in its place" if day.heads else "no Z-report"
    )
    metadata = {
        **result.metadata,
        "chain": dg.MetadataValue.table(
            records=[dg.TableRecord(_record(row)) for row in rows],
            schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in _COLUMNS]),
        ),
        "grand_totals": dg.MetadataValue.md("\n\n".join(plot(part) for part in shown if part) or "nothing to show"),
    }
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=result.passed,
        severity=result.severity,
        description=description,
        metadata=metadata,
    )


def _record(row: ChainRow) -> dict[str, str]:
    head = row.head
    return {
        "register": row.register,
        "z_number": row.z_number,
        "business_day": head.business_day.isoformat() if head else "",
        "sales": display(head.sales_total) if head else "",
        "returns": _amount(head.return_amount if head else None),
        "grand_total_net": _amount(head.net if head else None),
        "verdict": row.verdict,
    }


def _amount(amount: Ore | None) -> str:
    return "" if amount is None else display(amount)


def plot(rows: Sequence[ChainRow]) -> str:
    """Grand total net by Z number as an inline SVG image in Markdown: a line that should climb by each day's sales; what is
    wrong is a red dot, what is missing a red gap. Without grand totals the sales of each Z are drawn."""
    values = [_height(row) for row in rows]
    known = [value for value in values if value is not None]
    if not known:
        return "no Z-report"
    low, high = min(known), max(known)
    step, tall = 34, 110
    parts: list[str] = []
    before: tuple[int, int] | None = None
    for place, (row, value) in enumerate(zip(rows, values, strict=True)):
        x = 40 + place * step
        label = f'<text x="{x}" y="{tall + 34}" text-anchor="middle" font-size="10" fill="#667">{escape(row.z_number[-9:])}</text>'
        if value is None:
            band = f'<rect x="{x - 14}" y="12" width="28" height="{tall}" fill="#b5483a" opacity="0.25"/>'
            parts += [band, label]
            before = None
            continue
        y = 12 + tall - (value - low) * tall // max(high - low, 1)
        colour = "#b5483a" if row.error else "#c9962e" if row.wrong else "#2f6f8f"
        if before is not None:
            parts.append(f'<line x1="{before[0]}" y1="{before[1]}" x2="{x}" y2="{y}" stroke="#2f6f8f"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>', label]
        before = (x, y)
    width = 40 + len(rows) * step
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{tall + 44}" font-family="sans-serif">'
        f"{''.join(parts)}</svg>"
    )
    alt = f"register {rows[0].register}: grand total net by Z number"
    return f"![{escape(alt)}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _height(row: ChainRow) -> Ore | None:
    if row.head is None:
        return None
    return row.head.sales_total if row.head.net is None else row.head.net
