"""The four-way tie-out of a store-day: receipts, Z-report, voucher, and what 24SevenOffice holds, figure by figure, to the øre.

Belongs here: putting the sides beside each other, what differs, the receipts that make it, the verdict in a sentence.
Does not: each side's figures (tie_cells.py, tie_receipts.py), reading bundles or the posting log (assets/tie_out.py), holding a day:
the proof does that (z_report.py, receipts.py, voucher.py).

A side that does not exist yet is empty, not zero: a held day has no voucher, a draft is not in the ledger. What exists is compared.
Where a voucher holds several Z-reports (one journal per store), each Z-report is compared with its receipts, and their sum with the
voucher.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from frontline_pipeline.accounting.from_frames import z_order
from frontline_pipeline.accounting.model import Voucher, ZKey, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.tie_cells import (
    ALL,
    CREDIT,
    Cells,
    Figure,
    Held,
    held_cells,
    receipt_cells,
    system_vat,
    voucher_cells,
    z_cells,
)
from frontline_pipeline.accounting.tie_receipts import ReceiptColumns
from frontline_pipeline.accounting.tie_suspects import Suspects
from frontline_pipeline.accounting.vat import rate_text
from frontline_pipeline.accounting.voucher import VoucherSet
from frontline_pipeline.frames.gate import require
from frontline_pipeline.frames.tied import MEASURES, SIDES, TIE_OUT
from frontline_pipeline.settings import StoreProfile

NAMES = {"receipts": "receipts", "z_report": "Z-report", "voucher": "voucher", "ledger": "24SevenOffice"}
"""The sides in words."""
_BOOKED = frozenset(MEASURES) - {"total", "other"}
_CREDIT = frozenset({CREDIT, "credit_sales", "credit_vat"})
_WITHOUT_ORDERS = ("voucher", "ledger")
_RATED = {"sales": "sales", "vat": "VAT", "credit_sales": "credit sales", "credit_vat": "VAT of credit sales"}
TOLD = 3
"""Differences told in the verdict; the table has all."""


@dataclass(frozen=True)
class TieOut:
    """A store-day on its four sides."""

    frame: pd.DataFrame
    """`frames.tied.TIE_OUT`."""
    verdict: str
    """One sentence: what agrees, what differs, which side is missing and why."""
    differences: int
    """Figures whose sides are not equal."""

    @property
    def agrees(self) -> bool:
        """Whether every figure is the same on all sides that exist."""
        return self.differences == 0


@dataclass
class _Row:
    """A figure of some Z-reports: what each side says, by name of the side."""

    keys: tuple[ZKey, ...]
    figure: Figure
    sides: dict[str, Ore] = field(default_factory=dict)
    because_of: str = ""
    orders: Ore = 0
    """What of it goes by order, and so is in neither voucher nor ledger."""

    @property
    def agrees(self) -> bool:
        whole = {n: amount + self.orders if n in _WITHOUT_ORDERS else amount for n, amount in self.sides.items()}
        return len(set(whole.values())) <= 1

    @property
    def register(self) -> str:
        return " + ".join(key.register for key in self.keys)

    @property
    def z_number(self) -> str:
        return " + ".join(key.z_number for key in self.keys)


@dataclass(frozen=True)
class _Side:
    """What one side says of some Z-reports, and of which measures it says anything at all."""

    cells: Cells
    measures: frozenset[str]


def tie_out(
    zs: Sequence[ZReport],
    receipts: ReceiptColumns | None,
    vouchers: VoucherSet | None,
    held: Sequence[Held],
    profile: StoreProfile,
    missing: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    by_order: Mapping[ZKey, Cells] | None = None,
) -> TieOut:
    """The tie-out of a store-day.

    `by_order`: what of each Z-report goes by order (`tie_cells.order_cells`): voucher and ledger lack it, and it is shown beside them.

    `vouchers` None: none were made. `held`: what 24SevenOffice holds of the Z-reports that are in a document. `missing`: why a
    side does not exist, by its name, and `notes` what else a person should know: for the verdict.
    """
    reports = {z.key: z for z in sorted(zs, key=lambda z: z_order(z.key))}
    by_keys = {tuple(sorted(v.z_keys, key=z_order)): v for v in (vouchers.vouchers if vouchers else ())}
    out = {tuple(sorted(h.z_keys, key=z_order)): h for h in held}
    rows: list[_Row] = []
    for keys in dict.fromkeys([*((key,) for key in reports), *by_keys, *out]):
        voucher, found = by_keys.get(keys), out.get(keys)
        skipped = vouchers is not None and keys[0] in vouchers.skipped and len(keys) == 1
        system = voucher is not None and voucher.vat_posting == "system"
        sides = {
            # Receipts are compared with their own Z-report, never with a sum of several.
            "receipts": _joined([_receipts(reports.get(key), receipts, profile) for key in keys], system)
            if len(keys) == 1
            else None,
            "z_report": _joined([_z_report(reports.get(key), profile) for key in keys], system),
            "voucher": _voucher(voucher, skipped),
            "ledger": _ledger(found, voucher),
        }
        orders = _summed((by_order or {}).get(key, {}) for key in keys)
        rows += _rows(keys, sides, system_vat(orders) if system else orders)
        for key in keys if len(keys) == 1 else ():
            _name_receipts(reports.get(key), rows, receipts, profile)
    rows.sort(key=_order)
    return TieOut(_frame(rows), _verdict(rows, held, missing or {}, notes), sum(not row.agrees for row in rows))


def _receipts(z: ZReport | None, columns: ReceiptColumns | None, profile: StoreProfile) -> _Side | None:
    cells = receipt_cells(z, columns, profile) if z is not None and columns is not None else None
    if cells is None or columns is None or z is None:
        return None
    measures = {"total", "rounding"}
    if z.key in columns.with_payments:
        measures.add("tender")
    if z.key in columns.rates_from_lines or z.key in columns.rates_apart:
        measures |= {"sales", "vat"}
    if z.credit is not None:
        measures |= _CREDIT
    return _Side(cells, frozenset(measures))


def _z_report(z: ZReport | None, profile: StoreProfile) -> _Side | None:
    if z is None:
        return None
    unknown = {"other", "credit_sales", "credit_vat"} | (set() if z.rounding is not None else {"rounding"})
    return _Side(z_cells(z, profile), frozenset(MEASURES) - unknown)


def _voucher(voucher: Voucher | None, skipped: bool) -> _Side | None:
    if voucher is not None:
        return _Side(voucher_cells(voucher), _BOOKED | {"other"})
    return _Side({}, _BOOKED) if skipped else None


def _ledger(held: Held | None, voucher: Voucher | None) -> _Side | None:
    if held is None or held.lines is None:
        return None
    cells = held_cells(held.lines, voucher)
    # Without a voucher nobody knows what its accounts are of.
    return _Side(cells, _BOOKED | {"other"} if voucher is not None else frozenset({"other"}))


def _joined(sides: Iterable[_Side | None], system: bool) -> _Side | None:
    """The sum of several Z-reports' sides; measures that one of them says nothing of are left out."""
    measures = frozenset(MEASURES)
    there: list[_Side] = []
    for side in sides:
        if side is None:
            return None
        there.append(side)
        measures &= side.measures
    cells = _summed(side.cells for side in there)
    return _Side(system_vat(cells) if system else cells, measures)


def _summed(parts: Iterable[Cells]) -> Cells:
    out: Cells = {}
    for cells in parts:
        for figure, amount in cells.items():
            out[figure] = out.get(figure, 0) + amount
    return out


def _rows(keys: tuple[ZKey, ...], sides: Mapping[str, _Side | None], orders: Cells) -> list[_Row]:
    there = {name: side for name, side in sides.items() if side is not None}
    rows: list[_Row] = []
    for figure in dict.fromkeys(figure for side in there.values() for figure in side.cells):
        row = _Row(keys, figure, orders=orders.get(figure, 0))
        for name, side in there.items():
            if figure.measure in side.measures:
                row.sides[name] = side.cells.get(figure, 0)
        if any(row.sides.values()) and (len(keys) == 1 or len(row.sides) > 1):
            rows.append(row)
    return rows


def _name_receipts(
    z: ZReport | None, rows: Sequence[_Row], columns: ReceiptColumns | None, profile: StoreProfile
) -> None:
    """Names, on each row of one Z-report whose receipts differ from it, the receipts that make the difference."""
    if z is None or columns is None or z.key not in columns.totals:
        return
    mine = {r.figure: r for r in rows if r.keys == (z.key,) and {"receipts", "z_report"} <= r.sides.keys()}
    gaps = {f: r.sides["receipts"] - r.sides["z_report"] for f, r in mine.items()}
    gaps = {figure: gap for figure, gap in gaps.items() if gap}
    if gaps:
        told = Suspects(z, columns, profile)
        for figure in gaps:
            mine[figure].because_of = told.of(figure, gaps)


def _order(row: _Row) -> tuple[object, ...]:
    # The sum of several Z-reports stands below them.
    return len(row.keys), [z_order(key) for key in row.keys], MEASURES.index(row.figure.measure), row.figure.subject


def _frame(rows: Sequence[_Row]) -> pd.DataFrame:
    if not rows:
        return TIE_OUT.empty()
    columns: dict[str, pd.Series] = {
        "register": pd.Series([row.register for row in rows], dtype="str"),
        "z_number": pd.Series([row.z_number for row in rows], dtype="str"),
        "measure": pd.Series([row.figure.measure for row in rows], dtype="str"),
        "subject": pd.Series([row.figure.subject for row in rows], dtype="str"),
        **{name: pd.Series([row.sides.get(name) for row in rows], dtype="Int64") for name in SIDES},
        "orders": pd.Series([row.orders or None for row in rows], dtype="Int64"),
        "agrees": pd.Series([row.agrees for row in rows], dtype="bool"),
        "because_of": pd.Series([row.because_of or None for row in rows], dtype="str"),
    }
    return require(TIE_OUT.conform(pd.DataFrame(columns)), TIE_OUT)


def label(measure: str, subject: str) -> str:
    """A figure in words: `VAT 25 %`, `tender KORT`, `total sales`."""
    if measure == CREDIT:
        return "credit sales"
    if measure in _RATED:
        code, _, rate = subject.partition("@")
        return f"{_RATED[measure]} {rate_text(int(rate))} (code {code})"
    if measure == "other":
        return f"only in 24SevenOffice: {subject}"
    return measure + ("" if subject == ALL else f" {subject}")


def _verdict(rows: Sequence[_Row], held: Sequence[Held], missing: Mapping[str, str], notes: Sequence[str]) -> str:
    if not rows:
        return f"Nothing to tie out{_because(missing)}."
    there = [NAMES[name] for name in SIDES if any(name in row.sides for row in rows)]
    different = [row for row in rows if not row.agrees]
    if different:
        told = "; ".join(_told(row) for row in different[:TOLD])
        more = f"; and {len(different) - TOLD} more" if len(different) > TOLD else ""
        begin = f"{len(different)} of {len(rows)} figures differ: {told}{more}"
    elif len(there) == 1:
        begin = f"{len(rows)} figures, on the {there[0]} alone"
    else:
        begin = f"All {len(rows)} figures agree to the øre: {' = '.join(there)}"
    words = [f"no {NAMES[name]} side: {why}" for name, why in missing.items() if NAMES[name] not in there]
    words += [f"{h.reference}: {h.words}" for h in held if h.lines is None]
    return ". ".join([begin, *words, *notes]) + "."


def _because(missing: Mapping[str, str]) -> str:
    words = list(dict.fromkeys(missing.values()))
    return f": {'; '.join(words)}" if words else ""


def _told(row: _Row) -> str:
    amounts = ", ".join(f"{NAMES[name]} {display(row.sides[name])}" for name in SIDES if name in row.sides)
    if row.orders:
        amounts += f", by order {display(row.orders)}"
    where = f"Z {row.z_number} on register {row.register}"
    because = f" ({row.because_of})" if row.because_of else ""
    return f"{label(*row.figure)} of {where}: {amounts}{because}"
