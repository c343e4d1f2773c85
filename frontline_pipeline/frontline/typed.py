"""Typed columns: a frame's columns as Arrow and back, exactly.

Belongs here: which Parquet types a column kind may have, their conversion into frames and from frames.
Does not: text (values.py), files and their rows (framefiles.py).
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from frontline_pipeline.frames.spec import OSLO, SCALE, Column, Kind
from frontline_pipeline.frontline import values

PRECISION = 18
"""Precision of written decimals; the values themselves stay below 10**15 units (values.DIGITS)."""

_WANTED = {
    Kind.TEXT: "text (string), or a whole number for a key",
    Kind.INT: "an integer type, or whole numbers as text",
    Kind.DATE: "date32, a timestamp at midnight, or text YYYY-MM-DD",
    Kind.TIMESTAMP: "a timestamp, or ISO 8601 text",
    Kind.BOOL: "boolean, or text true/false",
}


class BadTypeError(ValueError):
    """A column whose type cannot hold its kind exactly."""

    def __init__(self, expected: str, got: str) -> None:
        self.expected, self.got = expected, got
        super().__init__(f"expected {expected}, got {got}")


def arrow_type(column: Column) -> pa.DataType:
    """The Parquet type that a column is written with."""
    if column.kind in SCALE:
        return pa.decimal128(PRECISION, SCALE[column.kind])
    return {
        Kind.TEXT: pa.string(),
        Kind.INT: pa.int64(),
        Kind.DATE: pa.date32(),
        Kind.TIMESTAMP: pa.timestamp("us", OSLO),
        Kind.BOOL: pa.bool_(),
    }[column.kind]


def from_arrow(column: Column, array: pa.Array) -> pd.Series:
    """A column of a Parquet file as the frame's dtype; strings are parsed as in CSV.

    A float is refused in every column, and an integer in a column with decimals: nobody can tell øre from kroner by it.
    Raises BadTypeError for the type, BadValueError for the first bad row.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return values.parse_arrow(column, pc.cast(array, pa.string()))
    if pa.types.is_null(kind):
        return values.parse_arrow(column, pa.nulls(len(array), pa.string()))
    if pa.types.is_floating(kind):
        raise BadTypeError(wanted(column), f"{kind}, and a float is never exact")
    if column.kind in SCALE and pa.types.is_integer(kind):
        raise BadTypeError(wanted(column), f"{kind}, which could be whole kroner or øre, units or thousandths")
    values.require_values(column, array)
    series = _exact(column, array)
    if series is None:
        raise BadTypeError(wanted(column), str(kind))
    return series


def wanted(column: Column) -> str:
    """The types that a column may have, in words."""
    if column.kind in SCALE:
        return f"decimal({PRECISION}, {SCALE[column.kind]}), or text"
    return _WANTED[column.kind]


def to_arrow(column: Column, series: pd.Series) -> pa.Array:
    """A frame's column as Arrow of `arrow_type`; empty text becomes null.

    Raises ValueError for what could not be read back: an empty value in a column that must not be empty, a scaled value of
    10**15 or more, text with control characters.
    """
    target = arrow_type(column)
    if column.kind in SCALE:
        array = _decimals(column, pa.array(series, type=pa.int64(), from_pandas=True))
    elif column.kind is Kind.DATE:
        array = pc.cast(pa.array(series, type=pa.timestamp("us"), from_pandas=True), target)
    else:
        array = pa.array(series, type=target, from_pandas=True)
    if column.kind is Kind.TEXT:
        array = pc.if_else(pc.equal(pc.binary_length(array), 0), pa.scalar(None, pa.string()), array)
        values.texts(column, array)
    values.require_values(column, array)
    return array


def _decimals(column: Column, units: pa.Array) -> pa.Array:
    scale = SCALE[column.kind]
    unit = pa.scalar(Decimal(1).scaleb(-scale), pa.decimal128(scale + 1, scale))
    exact = pc.multiply(pc.cast(units, pa.decimal128(19, 0)), unit)
    bounded = values.cast_or_fault(column, exact, lambda part: pc.cast(part, pa.decimal128(values.DIGITS, scale)))
    return pc.cast(bounded, arrow_type(column))


def _exact(column: Column, array: pa.Array) -> pd.Series | None:
    """The conversion of a non-text, non-float array; None when the type does not fit the kind."""
    kind = array.type
    if column.kind in SCALE:
        return values.scaled_from_decimals(column, array) if pa.types.is_decimal(kind) else None
    if column.kind is Kind.TEXT:
        return values.texts(column, pc.cast(array, pa.string())) if pa.types.is_integer(kind) else None
    if column.kind is Kind.INT:
        if not pa.types.is_integer(kind):
            return None
        return values.integers(column, values.cast_or_fault(column, array, lambda part: pc.cast(part, pa.int64())))
    if column.kind is Kind.BOOL:
        return values.booleans(column, array) if pa.types.is_boolean(kind) else None
    if column.kind is Kind.DATE and pa.types.is_date(kind):
        days = values.cast_or_fault(column, array, lambda part: pc.cast(pc.cast(part, pa.date32()), pa.timestamp("us")))
        return _checked_dates(column, array, values.dates(days))
    if not pa.types.is_timestamp(kind):
        return None
    times = _times(column, array)
    return times if column.kind is Kind.TIMESTAMP else _midnights(column, array, times)


def _times(column: Column, array: pa.Array) -> pd.Series:
    def to_microseconds(part: pa.Array) -> pa.Array:
        zone = part.type.tz
        # Nanoseconds beyond the microsecond are dropped; anything else must be exact.
        return pc.cast(part, pa.timestamp("us", zone), safe=part.type.unit != "ns")

    exact = values.cast_or_fault(column, array, to_microseconds)
    naive = pd.Series(pc.cast(exact, pa.timestamp("us")).to_pandas().to_numpy(), dtype="datetime64[us]")
    _checked_dates(column, array, naive)
    if exact.type.tz is None:
        return values.in_oslo(naive)
    return values.instants_in_oslo(naive)


def _midnights(column: Column, array: pa.Array, times: pd.Series) -> pd.Series:
    local: pd.Series = times.dt.tz_localize(None)
    _fault_where(column, array, local.notna() & (local != local.dt.normalize()))
    return local


def _checked_dates(column: Column, array: pa.Array, naive: pd.Series) -> pd.Series:
    years = naive.dt.year
    _fault_where(column, array, naive.notna() & ~years.between(1900, 2199))
    return naive


def _fault_where(column: Column, array: pa.Array, bad: pd.Series) -> None:
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise values.fault(column, array, row)
