"""Exact columns: Parquet files that hold every column in the type it is written with, read without a look at single values.

Belongs here: the quick way from such files to a frame, with the same bounds as the careful way, checked a column at a time.
Does not: say what is wrong. Whatever is not plainly good gives None, and the careful way (framefiles.py) reads it and names the fault.

Files of the import and of `write_frame` are such files. A store-day is some twenty small ones, and the careful way costs a
millisecond for each of their columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.extensions import ExtensionArray

from frontline_pipeline.frames.spec import OSLO, SCALE, Column, FrameSpec, Kind
from frontline_pipeline.frontline.typed import arrow_type
from frontline_pipeline.frontline.values import CONTROL_BYTES, DIGITS, FIRST_DAY, LAST_DAY

Values = npt.NDArray[np.generic] | ExtensionArray
_STR = pd.StringDtype(na_value=np.nan)
_BAD_BYTES = re.compile(CONTROL_BYTES)
_NAT = np.iinfo(np.int64).min
_LIMIT = 10**DIGITS
_DAYS = tuple(int(np.datetime64(day, "D").astype(np.int64)) for day in (FIRST_DAY, LAST_DAY))
_MICROSECONDS_A_DAY = 86_400_000_000


def read_exact(paths: Sequence[Path], spec: FrameSpec) -> pd.DataFrame | None:
    """The rows of all files, in order, as one frame of `spec`; None when a file is of another form or holds what may be a fault."""
    if not paths or any(path.suffix != ".parquet" for path in paths):
        return None
    tables: list[pa.Table] = []
    for path in paths:
        try:
            table = pq.ParquetFile(pa.BufferReader(path.read_bytes())).read(use_threads=False)
        except (pa.ArrowException, OSError, ValueError):
            return None
        if table.schema.names != list(spec.column_names) or table.schema.types != _types(spec):
            return None
        tables.append(table)
    whole = tables[0] if len(tables) == 1 else pa.concat_tables([table.cast(tables[0].schema) for table in tables])
    columns: dict[str, Values] = {}
    for column, chunked in zip(spec.columns, whole.columns, strict=True):
        found = _column(column, chunked)
        if found is None:
            return None
        columns[column.name] = found
    return pd.DataFrame(columns, copy=False)


@cache
def _types(spec: FrameSpec) -> list[pa.DataType]:
    return [arrow_type(column) for column in spec.columns]


def _column(column: Column, chunked: pa.ChunkedArray) -> Values | None:
    array = chunked.combine_chunks()
    # Text of more than 2 GB stays in chunks.
    if not isinstance(array, pa.Array) or (array.null_count and not column.nullable):
        return None
    return _CONVERT[column.kind](column, array)


def _scaled(column: Column, array: pa.Array) -> Values | None:
    """Decimals of at most 18 digits lie in the low half of their 128 bits."""
    halves = np.frombuffer(array.buffers()[1] or b"", dtype="<i8")
    halves = halves[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = halves[::2], halves[1::2]
    nulls = _nulls(array)
    if nulls is not None:
        low, high = np.where(nulls, 0, low), np.where(nulls, 0, high)
    if ((low >> 63) != high).any() or (low >= _LIMIT).any() or (low <= -_LIMIT).any():
        return None
    return _integers(column, np.ascontiguousarray(low), nulls)


def _whole(column: Column, array: pa.Array) -> Values | None:
    nulls = _nulls(array)
    numbers = np.frombuffer(array.buffers()[1] or b"", dtype="<i8")[array.offset : array.offset + len(array)]
    return _integers(column, np.array(numbers) if nulls is None else np.where(nulls, 0, numbers), nulls)


def _integers(column: Column, data: npt.NDArray[np.int64], nulls: npt.NDArray[np.bool_] | None) -> Values:
    if not column.nullable:
        return data
    return pd.arrays.IntegerArray(data, np.zeros(len(data), dtype=np.bool_) if nulls is None else nulls)


def _text(column: Column, array: pa.Array) -> Values | None:
    """Empty text would become null and control characters are a fault: both go the careful way."""
    _, starts, data = array.buffers()
    offsets = np.frombuffer(starts or b"", dtype="<i4")[array.offset : array.offset + len(array) + 1]
    if len(array):
        nulls = _nulls(array)
        empty = np.diff(offsets) == 0
        if (empty if nulls is None else empty & ~nulls).any():
            return None
        if data is not None and _BAD_BYTES.search(memoryview(data)[offsets[0] : offsets[-1]]):
            return None
    return pd.arrays.ArrowStringArray(array, dtype=_STR)  # type: ignore[call-arg]  # the stubs lack it


def _date(column: Column, array: pa.Array) -> Values | None:
    days = np.frombuffer(array.buffers()[1] or b"", dtype="<i4")[array.offset : array.offset + len(array)]
    nulls = _nulls(array)
    real = days if nulls is None else days[~nulls]
    if len(real) and not _DAYS[0] <= real.min() <= real.max() <= _DAYS[1]:
        return None
    times = days.astype(np.int64) * _MICROSECONDS_A_DAY
    return pd.array(_with_nat(times, nulls), dtype="datetime64[us]")


def _timestamp(column: Column, array: pa.Array) -> Values | None:
    instants = np.frombuffer(array.buffers()[1] or b"", dtype="<i8")[array.offset : array.offset + len(array)]
    nulls = _nulls(array)
    real = instants if nulls is None else instants[~nulls]
    lowest, beyond = _DAYS[0] * _MICROSECONDS_A_DAY, (_DAYS[1] + 1) * _MICROSECONDS_A_DAY
    if len(real) and not lowest <= real.min() <= real.max() < beyond:
        return None
    utc = pd.DatetimeIndex(_with_nat(instants, nulls)).tz_localize("UTC")
    return utc.tz_convert(OSLO).array


def _bool(column: Column, array: pa.Array) -> Values | None:
    # Only master data have them.
    return None


def _nulls(array: pa.Array) -> npt.NDArray[np.bool_] | None:
    if not array.null_count:
        return None
    return np.array(array.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _with_nat(times: npt.NDArray[np.int64], nulls: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.datetime64]:
    whole = np.array(times) if nulls is None else np.where(nulls, _NAT, times)
    return whole.view("datetime64[us]")


_CONVERT: dict[Kind, Callable[[Column, pa.Array], Values | None]] = {
    Kind.TEXT: _text,
    Kind.INT: _whole,
    **dict.fromkeys(SCALE, _scaled),
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
    Kind.BOOL: _bool,
}
