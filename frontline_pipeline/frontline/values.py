"""Values: strict text of an extract into typed columns, a column at a time.

Belongs here: for each kind of column, which text is accepted and what it becomes (scaled int64, dates, Oslo timestamps), and the
fault that names the first bad row.
Does not: files (framefiles.py), Parquet types (typed.py), ranges and choices of single columns (the pandera schemas of frames/).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from frontline_pipeline.frames.spec import OSLO, SCALE, Column, Kind

FIRST_DAY, LAST_DAY = "1900-01-01", "2199-12-31"
"""Bounds of dates and times."""
DIGITS = 15
"""Digits of a scaled value: money stays below 10**15 øre, ten trillion kroner (accounting/money.py LIMIT)."""

EXPECTED: dict[Kind, str] = {
    Kind.TEXT: "text without control characters",
    Kind.INT: "a whole number such as 12",
    Kind.MONEY: "kroner with a dot and at most two decimals, below ten trillion, such as 1234.50",
    Kind.RATE: "percent with a dot and at most three decimals, such as 25 or 11.11",
    Kind.QUANTITY: "a number with a dot and at most three decimals, such as 1.5",
    Kind.EXCHANGE: "a rate with a dot and at most six decimals, below a billion, such as 11.7342",
    Kind.DATE: "a date of the years 1900 to 2199 as YYYY-MM-DD",
    Kind.TIMESTAMP: "a time as YYYY-MM-DDTHH:MM:SS with or without an offset such as +01:00",
    Kind.BOOL: "true or false",
}
"""What a value of the kind looks like, in the words of an error."""

# Control characters are not legal in XML 1.0, which carries every text to 24SevenOffice; tab and line ends are.
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
CONTROL_BYTES = rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]"
"""The same over UTF-8."""
_DATE = r"(19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}"
_OFFSET = r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_TIMESTAMP = rf"^{_DATE}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,9}})?)?{_OFFSET}?$"
_SHOWN = 40


class BadValueError(ValueError):
    """The first value of a column that cannot be taken: `row` counts from 0; `expected` and `got` are in words.

    `got` never shows the value of a personal column.
    """

    def __init__(self, row: int, expected: str, got: str) -> None:
        self.row, self.expected, self.got = row, expected, got
        super().__init__(f"row {row}: expected {expected}, got {got}")


def parse(column: Column, values: pd.Series) -> pd.Series:
    """Typed values of a text column, with the dtype of `column`; empty text is null.

    Money, rates, quantities and exchange rates become scaled int64 (see frames/spec.py SCALE); timestamps become Europe/Oslo:
    one without an offset is Norwegian local time, the first of a repeated hour, moved forward out of a skipped one.
    Spaces around a number, a date or a truth value are let through (CHAR columns pad), everything else is exact.
    Raises BadValueError for the first bad row.
    """
    return parse_arrow(column, pa.array(values, type=pa.string(), from_pandas=True))


def parse_arrow(column: Column, text: pa.Array) -> pd.Series:
    """As `parse`, over an Arrow string array."""
    text = pc.if_else(pc.equal(pc.binary_length(text), 0), pa.scalar(None, pa.string()), text)
    if column.kind is not Kind.TEXT:
        text = pc.utf8_trim(text, characters=" ")
    require_values(column, text)
    return _PARSERS[column.kind](column, text)


def require_values(column: Column, array: pa.Array) -> None:
    """Raises BadValueError when a column that must not be empty has a null."""
    if not column.nullable and array.null_count:
        row = int(pc.index(pc.is_null(array), True).as_py())
        raise BadValueError(row, f"{EXPECTED[column.kind]}, never empty", "nothing")


def fault(column: Column, array: pa.Array, row: int) -> BadValueError:
    """The fault of one value, in words."""
    try:
        value = array[row].as_py()
    except (ValueError, OverflowError):
        value = "a value beyond the calendar"
    return BadValueError(row, EXPECTED[column.kind], shown(column, value))


def shown(column: Column, value: object) -> str:
    """A value as an error may show it: shortened, and never that of a personal column."""
    if column.personal:
        return f"a personal value of {len(str(value))} characters (not shown)"
    text = value if isinstance(value, str) else str(value)
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r} ... ({len(text)} characters)"


def cast_or_fault(column: Column, array: pa.Array, convert: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """`convert(array)`, or the BadValueError of the first row that Arrow cannot convert, found by halving."""
    try:
        return convert(array)
    except pa.ArrowInvalid:
        low, high = 0, len(array)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            convert(array.slice(low, middle - low))
            low = middle
        except pa.ArrowInvalid:
            high = middle
    raise fault(column, array, low)


def scaled_from_decimals(column: Column, decimals: pa.Array) -> pd.Series:
    """Scaled integers of exact decimals of any precision; a value that the column's scale cannot hold is a fault."""
    scale = SCALE[column.kind]
    exact = cast_or_fault(column, decimals, lambda part: pc.cast(part, pa.decimal128(DIGITS, scale)))
    whole = pc.multiply(exact, pa.scalar(Decimal(10**scale), pa.decimal128(scale + 1, 0)))
    return integers(column, pc.cast(whole, pa.int64()))


def integers(column: Column, values: pa.Array) -> pd.Series:
    """An int64 Arrow array as the column's int64 or Int64."""
    data = np.array(values.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64)
    if not column.nullable:
        return pd.Series(data)
    return pd.Series(pd.arrays.IntegerArray(data, _nulls(values)))


def booleans(column: Column, values: pa.Array) -> pd.Series:
    """A bool Arrow array as the column's bool or boolean."""
    data = np.array(values.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)
    if not column.nullable:
        return pd.Series(data)
    return pd.Series(pd.arrays.BooleanArray(data, _nulls(values)))


def texts(column: Column, values: pa.Array) -> pd.Series:
    """A string Arrow array as the column's str, nulls as pandas' missing value; control characters are a fault."""
    bad = pc.fill_null(pc.match_substring_regex(values, _CONTROL), False)
    if pc.any(bad).as_py():
        row = int(pc.index(bad, True).as_py())
        raise fault(column, values, row)
    return pd.Series(pd.array(values.to_pandas(), dtype="str"))


def dates(values: pa.Array) -> pd.Series:
    """A date32 or naive timestamp Arrow array as datetime64[us]."""
    return pd.Series(pc.cast(values, pa.timestamp("us")).to_pandas().to_numpy(), dtype="datetime64[us]")


def in_oslo(local: pd.Series) -> pd.Series:
    """Naive local times as Europe/Oslo: the first of a repeated hour (DST), the end of the gap for a skipped one."""
    first = np.ones(len(local), dtype=bool)
    times: pd.Series = local.dt.tz_localize(OSLO, ambiguous=first, nonexistent="shift_forward").dt.as_unit("us")
    return times


def instants_in_oslo(utc: pd.Series) -> pd.Series:
    """Naive UTC times as Europe/Oslo."""
    times: pd.Series = utc.dt.tz_localize("UTC").dt.tz_convert(OSLO)
    return times


def _nulls(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.array(values.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _require_pattern(column: Column, text: pa.Array, pattern: str) -> None:
    good = pc.fill_null(pc.match_substring_regex(text, pattern), True)
    if not pc.all(good).as_py() and len(text):
        raise fault(column, text, int(pc.index(good, False).as_py()))


def _parse_scaled(column: Column, text: pa.Array) -> pd.Series:
    scale = SCALE[column.kind]
    # Zeros after the last allowed decimal change nothing: NUMERIC(18,4) prints 12.5000. [0-9] keeps other scripts' digits out.
    _require_pattern(column, text, rf"^-?[0-9]{{1,{DIGITS - scale}}}(\.[0-9]{{1,{scale}}}0{{0,16}})?$")
    return scaled_from_decimals(column, pc.cast(text, pa.decimal128(38, scale)))


def _parse_integer(column: Column, text: pa.Array) -> pd.Series:
    _require_pattern(column, text, r"^-?[0-9]{1,18}$")
    return integers(column, pc.cast(text, pa.int64()))


def _parse_date(column: Column, text: pa.Array) -> pd.Series:
    _require_pattern(column, text, f"^{_DATE}$")
    return dates(cast_or_fault(column, text, lambda part: pc.cast(part, pa.date32())))


def _parse_timestamp(column: Column, text: pa.Array) -> pd.Series:
    _require_pattern(column, text, _TIMESTAMP)
    # .NET writes seven decimals; a frame keeps microseconds.
    text = pc.replace_substring_regex(text, r"(\.[0-9]{6})[0-9]+", r"\1")
    with_offset = pc.match_substring_regex(text, f":[0-9.]+{_OFFSET}$")
    nothing = pa.scalar(None, pa.string())
    local = pc.if_else(with_offset, nothing, text)
    fixed = pc.if_else(with_offset, text, nothing)
    times = in_oslo(_naive(cast_or_fault(column, local, lambda part: pc.cast(part, pa.timestamp("us")))))
    absolute = cast_or_fault(column, fixed, lambda part: pc.cast(part, pa.timestamp("us", "UTC")))
    instants = instants_in_oslo(_naive(pc.cast(absolute, pa.timestamp("us"))))
    return times.where(times.notna(), instants)


def _naive(values: pa.Array) -> pd.Series:
    return pd.Series(values.to_pandas().to_numpy(), dtype="datetime64[us]")


def _parse_bool(column: Column, text: pa.Array) -> pd.Series:
    lower = pc.utf8_lower(text)
    _require_pattern(column, lower, "^(true|false)$")
    return booleans(column, pc.equal(lower, "true"))


_PARSERS: dict[Kind, Callable[[Column, pa.Array], pd.Series]] = {
    Kind.TEXT: texts,
    Kind.INT: _parse_integer,
    Kind.MONEY: _parse_scaled,
    Kind.RATE: _parse_scaled,
    Kind.QUANTITY: _parse_scaled,
    Kind.EXCHANGE: _parse_scaled,
    Kind.DATE: _parse_date,
    Kind.TIMESTAMP: _parse_timestamp,
    Kind.BOOL: _parse_bool,
}
