"""A chain as rows to read: every Z-report of a register in order, with what is missing between.

Belongs here: the rows that the command prints and the UI shows, the part of a chain around a few days, the plot's picture.
Does not: judging (chain.py), printing (command/chain.py), Dagster's tables (checks/chain.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from frontline_pipeline.accounting.chain_model import Break, Chain, Kind, ZHead, number_of


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One Z-report, or the numbers missing before the next one (`head` is None then); `verdict` is `follows`, `first`, the
    reason of an accepted start, or the kinds of its breaks."""

    register: str
    z_number: str
    head: ZHead | None
    verdict: str
    wrong: tuple[Break, ...] = ()

    @property
    def error(self) -> bool:
        return any(each.error for each in self.wrong)


def rows_of(chain: Chain) -> tuple[ChainRow, ...]:
    """All rows of a chain in its order; Z numbers without digits come last."""
    at: dict[ZHead, list[Break]] = {}
    gaps: dict[ZHead, Break] = {}
    for each in chain.breaks:
        if each.kind is Kind.MISSING:
            gaps[each.at] = each
        else:
            for head in each.seen_by if each.kind is Kind.REPEATED else (each.at,):
                at.setdefault(head, []).append(each)
    out: list[ChainRow] = []
    for run in chain.runs:
        for position, head in enumerate(run.heads):
            if (gap := gaps.get(head)) is not None and gap.missing is not None:
                low, high = gap.missing
                numbers = str(low) if low == high else f"{low}-{high}"
                out.append(ChainRow(chain.register, numbers, None, Kind.MISSING.value, (gap,)))
                # A number that stands twice has its gap once.
                del gaps[head]
            out.append(_row(head, at.get(head, []), _first(run.start is not None and run.start.reason, position)))
    out += [_row(head, at.get(head, []), "") for head in chain.unnumbered]
    return tuple(out)


def _first(reason: str | bool, position: int) -> str:
    if position:
        return "follows"
    return f"starts: {reason}" if reason else "first"


def _row(head: ZHead, wrong: Sequence[Break], otherwise: str) -> ChainRow:
    verdict = ", ".join(dict.fromkeys(each.kind.value for each in wrong)) or otherwise
    return ChainRow(head.register, head.z_number, head, verdict, tuple(wrong))


def around(rows: Sequence[ChainRow], days: Collection[dt.date], each_side: int) -> tuple[ChainRow, ...]:
    """The rows of these days with so many on each side; all of them when none is of these days."""
    places = [place for place, row in enumerate(rows) if row.head is not None and row.head.business_day in days]
    if not places:
        return tuple(rows)
    return tuple(rows[max(places[0] - each_side, 0) : places[-1] + each_side + 1])


def between(rows: Sequence[ChainRow], first: dt.date | None, last: dt.date | None) -> tuple[ChainRow, ...]:
    """The rows from one business day to another, both included, with the gaps that touch them."""

    def inside(day: dt.date) -> bool:
        return (first is None or day >= first) and (last is None or day <= last)

    def touches(row: ChainRow) -> bool:
        heads = [row.head] if row.head is not None else [h for b in row.wrong for h in (b.at, *b.others)]
        return any(inside(head.business_day) for head in heads)

    return tuple(row for row in rows if touches(row))


def as_json(row: ChainRow) -> dict[str, object]:
    """The documented form of `frontline chain --json`: amounts as whole øre, null where the register does not say."""
    head = row.head
    return {
        "register": row.register,
        "z_number": row.z_number,
        "missing": head is None,
        "store": head.store if head else None,
        "business_day": head.business_day.isoformat() if head else None,
        "number": number_of(head.z_number) if head else None,
        "sales_total_ore": head.sales_total if head else None,
        "return_amount_ore": head.return_amount if head else None,
        "grand_total_sales_ore": head.grand_total_sales if head else None,
        "grand_total_return_ore": head.grand_total_return if head else None,
        "grand_total_net_ore": head.net if head else None,
        "source_sha256": head.source_sha256 if head else None,
        "verdict": row.verdict,
        "breaks": [
            {
                "kind": each.kind.value,
                "error": each.error,
                "message": each.message,
                "next_step": each.next_step,
                "missing": list(each.missing) if each.missing else None,
                "between": [h.business_day.isoformat() for h in (*each.others, each.at)],
                "expected": each.expected,
                "actual": each.actual,
                "difference": each.difference,
            }
            for each in row.wrong
        ],
    }
