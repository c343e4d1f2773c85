"""How an asset describes itself in the UI: totals, tables, the plot of the day's takings.

Belongs here: typed metadata made from bundles and vouchers.
Does not: the numbers themselves (accounting/).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

import dagster as dg

from frontline_pipeline.accounting.model import Finding, Voucher, ZReport
from frontline_pipeline.accounting.money import display
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.office.metering import Calls

OWNER_DATA = "team:data-engineering"
OWNER_BOOKS = "team:accounting"
TABLE_ROWS = 200


def table(rows: Sequence[Mapping[str, str | int]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """A table of text and whole numbers; amounts are shown as text with two decimals."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord(dict(row)) for row in rows[:TABLE_ROWS]],
        schema=dg.TableSchema(
            columns=[dg.TableColumn(c, type="int" if _is_int(rows, c) else "string") for c in columns]
        ),
    )


def _is_int(rows: Sequence[Mapping[str, str | int]], column: str) -> bool:
    return bool(rows) and all(isinstance(row.get(column), int) for row in rows)


def calls_metadata(calls: Calls) -> dict[str, dg.MetadataValue]:
    """How many calls to 24SevenOffice a run made, and why, by operation."""
    columns = ("why", "operation", "calls")
    rows: list[dict[str, str | int]] = [
        {"why": why, "operation": name, "calls": number} for (why, name), number in sorted(calls.items())
    ]
    return {"calls": dg.MetadataValue.int(sum(calls.values())), "calls_by_operation": table(rows, columns)}


def bundle_metadata(bundle: Bundle) -> dict[str, dg.MetadataValue]:
    """Status, why, sources and row counts: what every store-day asset shows."""
    metadata: dict[str, dg.MetadataValue] = {
        # Stored and green in the UI, but nothing may be made of it: a person should read that here too.
        "status": dg.MetadataValue.text("held" if bundle.held_by else bundle.status.value),
        "dagster/row_count": dg.MetadataValue.int(sum(len(f) for f in bundle.frames.values())),
        "frames": dg.MetadataValue.md("\n".join(f"* {name}: {len(f)} rows" for name, f in bundle.frames.items())),
    }
    if bundle.held_by:
        metadata["held_by"] = dg.MetadataValue.text(", ".join(bundle.held_by))
    if bundle.note:
        metadata["note"] = dg.MetadataValue.text(bundle.note)
    if bundle.sources:
        metadata["sources"] = table([{"file": n, "sha256": s} for n, s in bundle.sources], ("file", "sha256"))
    return metadata


def verdict(findings: Sequence[Finding]) -> dict[str, dg.MetadataValue]:
    """Whether the store-day goes on, and if not, why and what to do: the first lines a person reads at this partition."""
    holding = [f for f in findings if f.holds]
    if not holding:
        warnings = len(findings)
        return {"verdict": dg.MetadataValue.text("proven" + (f", {warnings} warnings" if warnings else ""))}
    more = f" (and {len(holding) - 1} more, see the checks)" if len(holding) > 1 else ""
    return {
        "verdict": dg.MetadataValue.text("HELD: nothing of this store-day is posted"),
        "why": dg.MetadataValue.text(holding[0].message + more),
        "what_to_do": dg.MetadataValue.text(holding[0].next_step),
        **causes_metadata(findings),
    }


def causes_metadata(findings: Sequence[Finding]) -> dict[str, dg.MetadataValue]:
    """What may lie behind figures that do not add up, per Z-report and likeliest first; nothing where all add up."""
    # Every finding of a Z carries the same causes.
    by_z = {(f.register or "", f.z_number or ""): f.causes for f in findings if f.causes}
    columns = ("register", "z_number", "rank", "cause", "of", "evidence", "what_to_do")
    rows: list[dict[str, str | int]] = [
        {
            "register": register,
            "z_number": z_number,
            "rank": cause.rank,
            "cause": cause.kind.value + (", a part of it" if cause.partial else ", together" if cause.together else ""),
            "of": cause.subject,
            "evidence": cause.evidence,
            "what_to_do": cause.what_to_do,
        }
        for (register, z_number), causes in sorted(by_z.items())
        for cause in causes
    ]
    return {"causes": table(rows, columns)} if rows else {}


def z_metadata(reports: Sequence[ZReport]) -> dict[str, dg.MetadataValue]:
    """Totals of a store-day's Z-reports and its takings by tender, as a table and as a picture."""
    takings: dict[str, int] = {}
    for report in reports:
        for tender in report.tenders:
            takings[tender.tender] = takings.get(tender.tender, 0) + tender.amount
    columns = ("register", "z_number", "sales", "rounding", "vat", "tenders")
    return {
        "z_reports": table(
            [
                {
                    "register": r.register,
                    "z_number": r.z_number,
                    "sales": display(r.sales_total),
                    "rounding": display(r.rounding) if r.rounding is not None else "unknown",
                    "vat": display(sum(v.vat for v in r.vat)),
                    "tenders": display(r.tender_total),
                }
                for r in reports
            ],
            columns,
        ),
        "sales_total": dg.MetadataValue.text(f"{display(sum(r.sales_total for r in reports))} kr"),
        "takings_by_tender": dg.MetadataValue.md(bars(takings)),
    }


def bars(amounts: Mapping[str, int]) -> str:
    """A bar chart of øre amounts as an inline SVG image in Markdown; no plotting library, nothing fetched."""
    shown = {name: amount for name, amount in sorted(amounts.items(), key=lambda i: -i[1]) if amount}
    if not shown:
        return "no takings"
    widest = max(abs(a) for a in shown.values())
    rows = []
    for i, (name, amount) in enumerate(shown.items()):
        y, width = 8 + i * 26, max(2, abs(amount) * 300 // widest)
        colour = "#2f6f8f" if amount > 0 else "#b5483a"
        rows.append(
            f'<text x="104" y="{y + 14}" text-anchor="end" font-size="12" fill="#667">{escape(name[:14])}</text>'
            f'<rect x="112" y="{y}" width="{width}" height="18" rx="2" fill="{colour}"/>'
            f'<text x="{118 + width}" y="{y + 14}" font-size="12" fill="#667">{escape(display(amount))}</text>'
        )
    height = 16 + len(shown) * 26
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="520" height="{height}" font-family="sans-serif">'
        f"{''.join(rows)}</svg>"
    )
    return f"![takings by tender](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def voucher_metadata(vouchers: Sequence[Voucher]) -> dict[str, dg.MetadataValue]:
    """The vouchers as one table, a line per ledger line, and their totals."""
    columns = ("voucher", "account", "tax_code", "debit", "credit", "text")
    return {
        "vouchers": dg.MetadataValue.int(len(vouchers)),
        "total_debit": dg.MetadataValue.text(f"{display(sum(line.debit for v in vouchers for line in v.lines))} kr"),
        "lines": table(
            [
                {
                    "voucher": v.document_key,
                    "account": line.account,
                    "tax_code": line.tax_code or "",
                    "debit": display(line.debit) if line.debit else "",
                    "credit": display(line.credit) if line.credit else "",
                    "text": line.text,
                }
                for v in vouchers
                for line in v.lines
            ],
            columns,
        ),
    }
