"""The receipts' side of the tie-out: sums of a store-day's receipts, over whole columns.

Belongs here: receipts frames -> per Z-report the sum of each figure, and what each receipt gives to it.
Does not: which receipts make a difference (tie_suspects.py), comparing sides (tie_out.py), the proof of receipts (receipts.py), which
names each fault and holds the day.

Columns here, not rows: a day of 100,000 receipts is summed in a few hundred milliseconds. All sums are of int64 øre, so exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.receipt_rows import CREDIT_KINDS, OTHER, SALES_KINDS, delivered
from frontline_pipeline.accounting.receipt_sums import Payments
from frontline_pipeline.accounting.validity import frame_of, readable
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, RECEIPT_LINES, RECEIPT_PAYMENTS, RECEIPT_VAT, RECEIPTS

_SEPARATOR = "\x1f"
"""Between the parts of a key: no till writes a unit separator into a receipt number."""

Codes = npt.NDArray[np.intp]
RateCells = dict[tuple[str, int], tuple[Ore, Ore]]
"""(VAT code of the register, rate) -> (base, VAT)."""


@dataclass(frozen=True)
class ReceiptColumns:
    """The receipts of a store-day as columns; `z` is the Z-report's place in `keys`, `of` the receipt's place in `heads` (-1: a row
    of a receipt that is not there)."""

    keys: tuple[ZKey, ...]
    heads: pd.DataFrame
    """z, receipt, kind, amount, rounding, sequence."""
    lines: pd.DataFrame
    """Of sales and returns: z, of, code, rate, stated, amount, base, vat."""
    vat: pd.DataFrame
    """As the receipts of sales and returns state it apart: z, of, code, rate, base, vat."""
    payments: pd.DataFrame
    """Of sales, returns and other receipts: z, of, kind, tender, amount."""

    @cached_property
    def rates_from_lines(self) -> Mapping[ZKey, RateCells]:
        """Per Z whose lines all name code and rate (amounts of zero excepted): base and VAT per VAT code and rate."""
        unstated = self.lines["z"][~self.lines["stated"] & (self.lines["amount"] != 0)].unique()
        whole = self.lines[self.lines["stated"] & ~self.lines["z"].isin(unstated)]
        found = self._rates(whole)
        for z in set(self.lines["z"].unique()) - set(unstated):
            found.setdefault(self.keys[z], {})
        return found

    @cached_property
    def rates_apart(self) -> Mapping[ZKey, RateCells]:
        """Per Z with VAT per receipt: base and VAT per VAT code and rate."""
        return self._rates(self.vat)

    def _rates(self, rows: pd.DataFrame) -> dict[ZKey, RateCells]:
        sums = rows.groupby(["z", "code", "rate"], sort=False)[["base", "vat"]].sum()
        out: dict[ZKey, RateCells] = {}
        for (z, code, rate), base, vat in zip(sums.index, sums["base"], sums["vat"], strict=True):
            out.setdefault(self.keys[z], {})[str(code), int(rate)] = (int(base), int(vat))
        return out

    @cached_property
    def totals(self) -> Mapping[ZKey, tuple[Ore, Ore]]:
        """Per Z with receipts: sales and returns incl. VAT, and cash rounding (of all but credit receipts)."""
        sold = self.heads["amount"].where(self.heads["kind"].isin(SALES_KINDS), 0)
        rounded = self.heads["rounding"].where(~self.heads["kind"].isin(CREDIT_KINDS), 0)
        sums = pd.DataFrame({"z": self.heads["z"], "amount": sold, "rounding": rounded}).groupby("z").sum()
        return {
            self.keys[z]: (int(amount), int(rounding))
            for z, amount, rounding in zip(sums.index, sums["amount"], sums["rounding"], strict=True)
        }

    @cached_property
    def with_payments(self) -> frozenset[ZKey]:
        """Z-reports of which any payment was delivered."""
        return frozenset(self.keys[z] for z in self.payments["z"].unique())

    @cached_property
    def _tenders(self) -> Mapping[ZKey, tuple[dict[str, Ore], dict[str, Ore]]]:
        rows = self.payments.assign(sold=self.payments["kind"].isin(SALES_KINDS))
        sums = rows.groupby(["z", "sold", "tender"], sort=False)["amount"].sum()
        out: dict[ZKey, tuple[dict[str, Ore], dict[str, Ore]]] = {}
        for (z, sold, tender), amount in zip(sums.index, sums, strict=True):
            paid, other = out.setdefault(self.keys[z], ({}, {}))
            (paid if sold else other)[str(tender)] = int(amount)
        return out

    @cached_property
    def unpaid(self) -> pd.DataFrame:
        """Sales and returns whose payments are not amount + rounding: z, receipt, due, have; only of Z-reports with payments."""
        return self._gaps(self.payments, self.heads["amount"] + self.heads["rounding"])

    @cached_property
    def unlined(self) -> pd.DataFrame:
        """Sales and returns whose lines are not their amount: z, receipt, due, have; only of Z-reports with lines."""
        return self._gaps(self.lines, self.heads["amount"])

    def _gaps(self, children: pd.DataFrame, due: pd.Series) -> pd.DataFrame:
        judged = self.heads["z"].isin(children["z"].unique()) & self.heads["kind"].isin(SALES_KINDS)
        have = per_receipt(children["of"], children["amount"], len(self.heads))
        gaps = pd.DataFrame({"z": self.heads["z"], "receipt": self.heads["receipt"], "due": due, "have": have})
        return gaps[judged.to_numpy() & (gaps["due"] != gaps["have"]).to_numpy()]

    def payments_of(self, key: ZKey) -> Payments:
        """What the receipts of one Z say of its tenders, as the proof reads it."""
        paid, other = self._tenders.get(key, ({}, {}))
        if key not in self.keys:
            return Payments(paid, other, ())
        gaps = self.unpaid[self.unpaid["z"] == self.keys.index(key)]
        rows = zip(gaps["receipt"], gaps["due"], gaps["have"], strict=True)
        return Payments(paid, other, [(str(receipt), int(due), int(have)) for receipt, due, have in rows])


def per_receipt(of: pd.Series, amounts: pd.Series, receipts: int) -> npt.NDArray[np.int64]:
    """Exact sums per receipt, by its place."""
    out = np.zeros(receipts, dtype=np.int64)
    mine = of.to_numpy() >= 0
    # Not bincount: its weights are floats.
    np.add.at(out, of.to_numpy()[mine], amounts.to_numpy()[mine])
    return out


def receipt_columns(receipts: Bundle | None) -> ReceiptColumns | None:
    """The receipts of a store-day; None when none were delivered, or frames are not of the contract's types."""
    if receipts is None or not delivered(receipts):
        return None
    frames = {spec.name: frame_of(receipts, spec) for spec in RECEIPT_FRAMES}
    if not all(readable(frames[spec.name], spec) for spec in RECEIPT_FRAMES):
        return None
    heads = frames[RECEIPTS.name]
    z_codes, z_values = pd.factorize(_z(heads))
    index = pd.Index(_receipt(heads))
    # A receipt number that stands twice (receipts_valid holds the day): rows of it go to the first.
    places = pd.Series(np.arange(len(index)), index=index).groupby(level=0, sort=False).first()
    kinds = heads["kind"].astype("category")
    mine = pd.DataFrame(
        {
            "z": z_codes,
            "receipt": heads["receipt_id"],
            "kind": kinds,
            "amount": heads["amount"],
            "rounding": heads["rounding"],
            "sequence": heads["sequence"],
        }
    )
    zs = pd.Index(z_values)
    keys = tuple(ZKey(*str(value).split(_SEPARATOR, 1)) for value in z_values)

    def rows(frame: pd.DataFrame, wanted: tuple[str, ...], columns: dict[str, pd.Series]) -> pd.DataFrame:
        at = places.index.get_indexer(pd.Index(_receipt(frame)))
        of = np.where(at >= 0, places.to_numpy()[at] if len(places) else 0, -1)
        kind = pd.Series(
            pd.Categorical.from_codes(np.where(of >= 0, kinds.cat.codes.to_numpy()[of], -1), kinds.cat.categories)
        )
        table = pd.DataFrame({"z": zs.get_indexer(pd.Index(_z(frame))), "of": of, "kind": kind, **columns})
        return table[(kind.isin(wanted) & (table["z"] >= 0)).to_numpy()].reset_index(drop=True)

    lines, apart, paid = frames[RECEIPT_LINES.name], frames[RECEIPT_VAT.name], frames[RECEIPT_PAYMENTS.name]
    return ReceiptColumns(
        keys,
        mine,
        rows(
            lines,
            SALES_KINDS,
            {
                "code": lines["vat_code"].fillna("").astype("category"),
                "rate": lines["rate"].fillna(0).astype("int64"),
                "stated": lines["vat_code"].notna() & lines["rate"].notna(),
                "amount": lines["amount"],
                "base": lines["amount_excl_vat"],
                "vat": lines["vat"].fillna(lines["amount"] - lines["amount_excl_vat"]).astype("int64"),
            },
        ),
        rows(
            apart,
            SALES_KINDS,
            {
                "code": apart["vat_code"].astype("category"),
                "rate": apart["rate"],
                "base": apart["base"],
                "vat": apart["vat"],
            },
        ),
        rows(paid, (*SALES_KINDS, OTHER), {"tender": paid["tender"].astype("category"), "amount": paid["amount"]}),
    )


def _z(frame: pd.DataFrame) -> pd.Series:
    return frame["register"] + _SEPARATOR + frame["z_number"]


def _receipt(frame: pd.DataFrame) -> pd.Series:
    return _z(frame) + _SEPARATOR + frame["receipt_id"]
