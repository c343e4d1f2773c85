"""Frames of receipts: text columns of a chunk of transactions into the columns of the four receipt frames.

Belongs here: signs, kinds, codes and types of receipts, lines, VAT and payments.
Does not: which receipts are meant (saft_receipts.py), the parsing of single kinds of values (saft_values.py).

Signs: a D line or transaction is -|x|, a C one keeps its sign. When a D transaction is written with positive amounts, its
payments and rounding, which have no C/D of their own, are turned with it (DOMAIN: vendors write returns in two ways).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from frontline_pipeline.frames.raw import RECEIPT_LINES, RECEIPT_PAYMENTS, RECEIPT_VAT, RECEIPTS
from frontline_pipeline.frames.spec import FrameSpec, Kind
from frontline_pipeline.frontline import saft_values as sv
from frontline_pipeline.frontline.saft_codes import (
    CREDIT_SALES,
    PAYMENT,
    RETURNS,
    SALES,
    TRANSACTION,
)
from frontline_pipeline.frontline.saft_context import SaftContext
from frontline_pipeline.frontline.saft_fields import Columns
from frontline_pipeline.frontline.saft_model import file_schema
from frontline_pipeline.frontline.values import EXPECTED

Rows = npt.NDArray[np.int64]
_SCHEMAS = {spec.name: file_schema(spec) for spec in (RECEIPTS, RECEIPT_LINES, RECEIPT_VAT, RECEIPT_PAYMENTS)}
_MONEY = EXPECTED[Kind.MONEY]
_ID = "an identification"


@dataclass(frozen=True)
class Selection:
    """The text of the receipts that are handed out: `receipts` one row per receipt, `groups` all rows of their children, of
    which `parents` picks (row, index of its receipt)."""

    register: str
    z_numbers: npt.NDArray[np.object_]
    receipts: Columns
    parents: Mapping[str, tuple[Rows, Rows]]
    groups: Mapping[str, Columns]
    repeated_hour: sv.RepeatedHour


@dataclass(frozen=True)
class ReceiptFrames:
    """The four frames of a chunk; rows of one receipt stand together, receipts in the same order in each."""

    tables: Mapping[str, pa.Table]
    parents: Mapping[str, Rows]
    walls: sv.Walls

    def slice(self, start: int, end: int) -> dict[str, pa.Table]:
        """The frames of the receipts from `start` up to `end`."""
        out = {}
        for name, table in self.tables.items():
            first, last = start, end
            if name in self.parents:
                first, last = (int(at) for at in np.searchsorted(self.parents[name], [start, end]))
            out[name] = table.slice(first, last - first)
        return out


def rows_under(receipts: Rows, total: int, counts: list[str]) -> tuple[Rows, Rows]:
    """Rows of the children of `receipts` (row numbers among `total`, in any order) and, for each, the place of its receipt
    among them. `counts` says how many children each of the `total` receipts has."""
    parent = np.repeat(np.arange(total), np.array(counts, dtype=np.int64))
    place = np.full(total, -1, dtype=np.int64)
    place[receipts] = np.arange(len(receipts))
    of = place[parent]
    rows = np.flatnonzero(of >= 0)
    rows = rows[np.argsort(of[rows], kind="stable")]
    return rows, of[rows]


def frames_of(selection: Selection, context: SaftContext) -> ReceiptFrames:
    """The typed frames. Raises sv.BadFieldError, whose field begins with ctLine/, vat/ or payment/ for a child's."""
    receipts = _Receipts(selection, context)
    vat, vat_parents = _vat(selection, context, receipts)
    return ReceiptFrames(
        tables={
            "receipts": receipts.table(),
            "receipt_lines": _lines(selection, context, receipts),
            "receipt_vat": vat,
            "receipt_payments": _payments(selection, context, receipts),
        },
        parents={
            "receipt_lines": selection.parents["ctLine"][1],
            "receipt_vat": vat_parents,
            "receipt_payments": selection.parents["payment"][1],
        },
        walls=receipts.walls,
    )


class _Receipts:
    """The receipt rows, and what their children need of them."""

    def __init__(self, selection: Selection, context: SaftContext) -> None:
        text = {name: sv.texts(values) for name, values in selection.receipts.items()}
        self._text, self._context = text, context
        rows = len(selection.z_numbers)
        self.keys = {
            "register": pa.repeat(pa.scalar(selection.register), rows),
            "z_number": pa.array(selection.z_numbers, type=pa.string()),
            "receipt_id": sv.limited(sv.required(text["transID"], "transID", _ID), "transID", 100),
        }
        self.debit = sv.debits(sv.required(text["amntTp"], "amntTp", "C or D"), "amntTp")
        written = sv.decimals(sv.required(text["transAmntIn"], "transAmntIn", _MONEY), Kind.MONEY, "transAmntIn")
        self.amount = sv.signed(written, self.debit)
        self.flip = pc.and_(self.debit, sv.is_positive(written))
        context.styles.seen(self.debit, written)
        self.walls, second = sv.walls(
            sv.required(text["transDate"], "transDate", EXPECTED[Kind.DATE]),
            sv.required(text["transTime"], "transTime", "a time such as 09:30:00"),
            "transTime",
        )
        self._second = selection.repeated_hour(self.walls, second)

    def of(self, parents: Rows) -> dict[str, pa.Array]:
        """The key columns for children."""
        at = pa.array(parents)
        return {name: array.take(at) for name, array in self.keys.items()}

    def table(self) -> pa.Table:
        text = self._text
        without_vat = sv.decimals(text["transAmntEx"], Kind.MONEY, "transAmntEx")
        rounding = sv.decimals(text["rounding/roundingAmnt"], Kind.MONEY, "rounding/roundingAmnt")
        kinds = self._kinds()
        return _table(
            RECEIPTS,
            {
                **self.keys,
                "sequence": sv.whole_numbers(text["nr"]),
                "kind": kinds,
                "occurred_at": sv.in_oslo(self.walls, self._second),
                "amount": self.amount,
                "amount_excl_vat": sv.signed(without_vat, self.debit),
                "rounding": sv.flipped(pc.fill_null(rounding, Decimal(0)), self.flip),
                "customer": text["custSupID"],
                "operator": text["empID"],
                "original_receipt": pc.if_else(
                    pc.is_in(kinds, pa.array(["return", "credit_return"])), text["refID"], pa.scalar(None, pa.string())
                ),
            },
        )

    def _kinds(self) -> pa.Array:
        codes = self._text["transType"]
        negative = sv.is_negative(self.amount)
        sale, credit, back = set(), set(), set()
        for code in pc.unique(codes).to_pylist():
            predefined = self._context.codes.predefined(TRANSACTION, code)
            if code is None or predefined in SALES:
                sale.add(code)
            elif predefined in CREDIT_SALES:
                credit.add(code)
            elif predefined in RETURNS:
                back.add(code)
            elif predefined is None:
                self._context.warnings.add(
                    f"transaction type {code!r} has no predefinedBasicID in the file's basics: its receipts are of kind 'other'"
                )

        def among(codes_of_kind: set[str | None]) -> pa.Array:
            return pc.is_in(codes, pa.array(sorted(codes_of_kind, key=str), type=pa.string()))

        return pc.case_when(
            pc.make_struct(
                pc.and_(among(sale), negative),
                among(sale),
                pc.and_(among(credit), negative),
                among(credit),
                among(back),
            ),
            *(pa.scalar(kind) for kind in ("return", "sale", "credit_return", "credit_sale", "return", "other")),
        )


def _lines(selection: Selection, context: SaftContext, receipts: _Receipts) -> pa.Table:
    text, parents = _children(selection, "ctLine")
    debit = sv.debits(sv.required(text["amntTp"], "ctLine/amntTp", "C or D"), "ctLine/amntTp")
    amount = _money(text["lineAmntIn"], "ctLine/lineAmntIn", needed=True)
    without_vat = _money(text["lineAmntEx"], "ctLine/lineAmntEx", needed=True)
    vat_debit = pc.coalesce(sv.debits(text["vat/vatAmntTp"], "ctLine/vat/vatAmntTp"), debit)
    quantity, rounded = sv.quantities(text["qnt"], "ctLine/qnt")
    if rounded:
        context.warnings.add("quantities with more than three decimals were rounded to three")
    context.styles.seen(debit, amount)
    return _table(
        RECEIPT_LINES,
        {
            **receipts.of(parents),
            "line_id": sv.required(text["lineID"], "ctLine/lineID", _ID),
            "line_type": text["lineType"],
            "article_group": text["artGroupID"],
            "article": text["artID"],
            "quantity": sv.signed(quantity, debit),
            "amount": sv.signed(amount, debit),
            "amount_excl_vat": sv.signed(without_vat, debit),
            "vat_code": text["vat/vatCode"],
            "standard_code": _mapped(text["vat/vatCode"], context.codes.standard_vat.get),
            "rate": _rate(text["vat/vatPerc"], "ctLine/vat/vatPerc"),
            "vat": sv.signed(_money(text["vat/vatAmnt"], "ctLine/vat/vatAmnt"), vat_debit),
        },
    )


def _vat(selection: Selection, context: SaftContext, receipts: _Receipts) -> tuple[pa.Table, Rows]:
    text, parents = _children(selection, "vat")
    debit = sv.debits(text["vatAmntTp"], "vat/vatAmntTp")
    if debit.null_count:
        debit = pc.coalesce(debit, receipts.debit.take(pa.array(parents)))
    rate = _rate(text["vatPerc"], "vat/vatPerc")
    base = sv.signed(_money(text["vatBasAmnt"], "vat/vatBasAmnt"), debit)
    vat = sv.signed(_money(text["vatAmnt"], "vat/vatAmnt", needed=True), debit)
    table = _table(
        RECEIPT_VAT,
        {
            **receipts.of(parents),
            "vat_code": code_or_rate(text["vatCode"], rate),
            "standard_code": _mapped(text["vatCode"], context.codes.standard_vat.get),
            "rate": rate,
            "base": base,
            "vat": vat,
        },
        check=False,
    )
    known = pc.and_(pc.is_valid(rate), pc.is_valid(base))
    if not pc.all(known, min_count=0).as_py():
        context.warnings.add(
            "VAT rows of receipts that name no rate or no base were left out (the lines have their own)"
        )
        table, parents = table.filter(known), parents[sv.to_flags(known)]
    return _one_per_rate(table.cast(_SCHEMAS["receipt_vat"]), parents)


def _one_per_rate(table: pa.Table, parents: Rows) -> tuple[pa.Table, Rows]:
    """One row per receipt, code and rate: a receipt with a sale and a return may state VAT as C and as D."""
    keys = table.select(["vat_code", "rate"]).append_column("parent", pa.array(parents))
    numbered = keys.append_column("row", pa.array(np.arange(len(parents))))
    groups = numbered.group_by(["parent", "vat_code", "rate"], use_threads=False).aggregate([("row", "min")])
    if groups.num_rows == table.num_rows:
        return table, parents
    sums = (
        keys.append_column("base", table["base"])
        .append_column("vat", table["vat"])
        .append_column("row", numbered["row"])
        .group_by(["parent", "vat_code", "rate"], use_threads=False)
        .aggregate([("row", "min"), ("base", "sum"), ("vat", "sum")])
        .sort_by("row_min")
    )
    first = table.take(sums["row_min"])
    for name in ("base", "vat"):
        at = first.schema.get_field_index(name)
        first = first.set_column(at, first.schema.field(at), sums[f"{name}_sum"].cast(first.schema.field(at).type))
    return first, np.asarray(sums["parent"].to_numpy(), dtype=np.int64)


def _payments(selection: Selection, context: SaftContext, receipts: _Receipts) -> pa.Table:
    text, parents = _children(selection, "payment")
    tender = sv.required(text["paymentType"], "payment/paymentType", _ID)
    currency = sv.limited(pc.fill_null(text["curCode"], "NOK"), "payment/curCode", 3)
    if not pc.all(pc.equal(currency, "NOK"), min_count=0).as_py():
        context.warnings.add("some payments are in a foreign currency: their paidAmnt was taken as kroner")
    flip = receipts.flip.take(pa.array(parents))
    number = np.arange(len(parents)) - np.searchsorted(parents, parents) + 1
    return _table(
        RECEIPT_PAYMENTS,
        {
            **receipts.of(parents),
            "payment_id": pa.array(number, type=pa.int64()),
            "tender": tender,
            "tender_type": _mapped(tender, lambda code: context.codes.predefined(PAYMENT, code)),
            "amount": sv.flipped(_money(text["paidAmnt"], "payment/paidAmnt", needed=True), flip),
            "currency": currency,
            "exchange_rate": sv.decimals(text["exchRt"], Kind.EXCHANGE, "payment/exchRt"),
            "reference": text["paymentRefID"],
        },
    )


def code_or_rate(codes: pa.Array, rates: pa.Array) -> pa.Array:
    """VAT codes, and "25%" for a row without one: SAF-T lets a VAT row name only its rate."""
    if not codes.null_count:
        return codes
    text = pc.replace_substring_regex(pc.cast(rates, pa.string()), r"\.?0*$", "")
    return pc.coalesce(codes, pc.binary_join_element_wise(text, "%", ""))


def _children(selection: Selection, group: str) -> tuple[dict[str, pa.Array], Rows]:
    rows, parents = selection.parents[group]
    columns = selection.groups[group]
    whole = len(rows) == len(next(iter(columns.values()))) and bool(np.array_equal(rows, np.arange(len(rows))))
    at = pa.array(rows)
    arrays = {name: sv.texts(values) for name, values in columns.items()}
    return arrays if whole else {name: array.take(at) for name, array in arrays.items()}, parents


def _money(array: pa.Array, field: str, *, needed: bool = False) -> pa.Array:
    return sv.decimals(sv.required(array, field, _MONEY) if needed else array, Kind.MONEY, field)


def _rate(array: pa.Array, field: str) -> pa.Array:
    rates = sv.decimals(array, Kind.RATE, field)
    below = sv.is_negative(rates)
    if pc.any(below).as_py():
        row = int(pc.index(below, True).as_py())
        raise sv.BadFieldError(row, field, "a rate of zero or more", sv.shown(array[row].as_py()))
    return rates


def _mapped(codes: pa.Array, meaning: Callable[[str], str | None]) -> pa.Array:
    """What each code means; null where it means nothing."""
    encoded = codes.dictionary_encode()
    meanings = pa.array([meaning(code) for code in encoded.dictionary.to_pylist()], type=pa.string())
    return meanings.take(encoded.indices)


def _table(spec: FrameSpec, columns: Mapping[str, pa.Array], *, check: bool = True) -> pa.Table:
    """A table with the columns of `spec`, absent ones null."""
    schema = _SCHEMAS[spec.name]
    rows = len(columns["register"])
    arrays = [columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    if not check:
        schema = pa.schema([f.with_nullable(True) for f in schema])
    return pa.Table.from_arrays(arrays, schema=schema)
