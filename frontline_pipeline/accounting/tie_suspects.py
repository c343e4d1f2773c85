"""Which receipts make a difference between the receipts and the Z-report.

Belongs here: naming receipts by evidence, for one figure of one Z-report.
Does not: say why (diagnosis.py ranks causes), run on a day without a difference.

Evidence, strongest first: a receipt that does not tie by itself (payments against amount and rounding, lines against amount, net and
VAT of a line); one that gives exactly the difference, to this figure or to another that differs by as much the other way (booked
under the wrong tender or rate); numbers missing in the register's running count of receipts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.receipt_rows import CREDIT_KINDS, SALES_KINDS
from frontline_pipeline.accounting.receipt_sums import tips_inside
from frontline_pipeline.accounting.tie_cells import CREDIT, Figure, standard_key
from frontline_pipeline.accounting.tie_receipts import ReceiptColumns, per_receipt
from frontline_pipeline.accounting.vat import contained_vat
from frontline_pipeline.settings import StoreProfile

NAMED = 5
"""Receipts named per figure; more are counted."""


class Suspects:
    """The receipts of one Z-report, to be asked which of them make a difference."""

    def __init__(self, z: ZReport, columns: ReceiptColumns, profile: StoreProfile) -> None:
        self._columns = columns
        self._at = columns.keys.index(z.key)
        self._lines = self._mine(columns.lines)
        self._apart = self._mine(columns.vat)
        self._payments = self._mine(columns.payments)
        # A tip that was paid with its receipt is no fault of the receipt.
        self._tips = bool(tips_inside(z, columns.payments_of(z.key), profile))
        both = pd.concat([rows[["code", "rate"]].astype({"code": "str"}) for rows in (self._lines, self._apart)])
        pairs = both.drop_duplicates()
        self._pairs = {
            (str(code), int(rate)): standard_key(z, str(code), int(rate), profile)
            for code, rate in zip(pairs["code"], pairs["rate"], strict=True)
        }

    def _mine(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[(rows["z"] == self._at).to_numpy()]

    def of(self, figure: Figure, gaps: Mapping[Figure, Ore]) -> str:
        """The receipts that make the difference of `figure`, in words; empty when none can be named.

        `gaps`: receipts less Z-report, of every figure of this Z that differs.
        """
        found = list(self._not_tying(figure)) or list(self._giving(figure, gaps[figure], "gives just the difference"))
        for other, opposite in gaps.items() if not found else ():
            if other != figure and other.measure == figure.measure and opposite == -gaps[figure]:
                # What this figure has too much is what the other lacks, or the other way round.
                found += self._giving(other, opposite, f"is on {other.subject} and may belong here")
        found = found or [f"receipt with running number {number} is missing" for number in self._missing_numbers()]
        return _told(found)

    def _not_tying(self, figure: Figure) -> Iterator[str]:
        """Receipts of the figure whose own parts do not agree."""
        touching = self._contribution(figure)
        if figure.measure in ("tender", "total", "rounding"):
            for place, receipt, due, paid in self._gaps(self._columns.unpaid):
                if (touching[place] or figure.measure != "tender") and not (self._tips and paid > due):
                    yield f"receipt {receipt}: amount and rounding {display(due)}, payments {display(paid)}"
        if figure.measure in ("total", "sales", "vat"):
            for place, receipt, due, lines in self._gaps(self._columns.unlined):
                if touching[place]:
                    yield f"receipt {receipt}: amount {display(due)}, lines {display(lines)}"
        if figure.measure in ("sales", "vat"):
            yield from self._odd_lines(figure)

    def _gaps(self, frame: pd.DataFrame) -> Iterator[tuple[int, str, Ore, Ore]]:
        mine = self._mine(frame)
        for place, receipt, due, have in zip(mine.index, mine["receipt"], mine["due"], mine["have"], strict=True):
            yield int(place), str(receipt), int(due), int(have)

    def _odd_lines(self, figure: Figure) -> Iterator[str]:
        """Lines whose net and VAT are not their amount, or whose VAT is more than an øre off what the rate gives."""
        lines = self._of_figure(self._lines, figure)
        columns = (lines[name].astype("int64").tolist() for name in ("of", "amount", "base", "vat", "rate"))
        for of, amount, base, vat, rate in zip(*columns, strict=True):
            if base + vat != amount or abs(vat - contained_vat(amount, rate)) > 1:
                words = f"a line of {display(amount)} has net {display(base)} and VAT {display(vat)}"
                yield f"receipt {self._columns.heads['receipt'].iloc[of]}: {words}"

    def _giving(self, figure: Figure, gap: Ore, words: str) -> Iterator[str]:
        for place in np.flatnonzero(self._contribution(figure) == gap):
            yield f"receipt {self._columns.heads['receipt'].iloc[place]} {words} ({display(gap)})"

    def _missing_numbers(self) -> list[int]:
        """Numbers that the register's running count leaps over between the first and last receipt of the Z."""
        numbers = self._mine(self._columns.heads)["sequence"].dropna().astype("int64").sort_values().to_numpy()
        out: list[int] = []
        for leap in np.flatnonzero(np.diff(numbers) > 1)[: NAMED + 1]:
            out += range(int(numbers[leap]) + 1, min(int(numbers[leap + 1]), int(numbers[leap]) + 2 + NAMED))
        return out

    def _contribution(self, figure: Figure) -> npt.NDArray[np.int64]:
        """What each receipt gives to a figure, by its place; 0 for receipts of other Z-reports."""
        heads = self._columns.heads
        mine = (heads["z"] == self._at).to_numpy()
        if figure.measure == CREDIT:
            return np.where(mine & heads["kind"].isin(CREDIT_KINDS).to_numpy(), heads["amount"].to_numpy(), 0)
        if figure.measure == "total":
            mine = mine & heads["kind"].isin(SALES_KINDS).to_numpy()
        if figure.measure in ("total", "rounding"):
            column = "amount" if figure.measure == "total" else "rounding"
            return np.where(mine, heads[column].to_numpy(), 0)
        if figure.measure == "tender":
            rows = self._payments[(self._payments["tender"] == figure.subject).to_numpy()]
            return per_receipt(rows["of"], rows["amount"], len(heads))
        rows = self._of_figure(self._lines, figure)
        if rows.empty:
            rows = self._of_figure(self._apart, figure)
        return per_receipt(rows["of"], rows["base" if figure.measure == "sales" else "vat"], len(heads))

    def _of_figure(self, rows: pd.DataFrame, figure: Figure) -> pd.DataFrame:
        wanted = np.zeros(len(rows), dtype=bool)
        for (code, rate), key in self._pairs.items():
            if key == figure.subject:
                wanted |= ((rows["code"] == code) & (rows["rate"] == rate)).to_numpy()
        return rows[wanted]


def _told(found: Sequence[str]) -> str:
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return "; ".join(found[:NAMED]) + more
