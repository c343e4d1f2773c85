"""Frames as plain Python values: a column as a list, a frame as rows, None for what is empty.

Belongs here: the step from a valid frame to ints, strings and dates, which the arithmetic works on.
Does not: what the values mean (from_frames.py, receipt_rows.py), whether a frame is valid (validity.py).

A store-day has many small frames: a pandas operation takes a millisecond for ten rows as for ten thousand, a loop does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

Row = dict[str, Any]


def column(frame: pd.DataFrame, name: str) -> list[Any]:
    """The values of a column: int, str, bool, datetime (aware ones with their fold), None where it is empty."""
    values: list[Any] = pa.array(frame[name], from_pandas=True).to_pylist()
    return values


def tuples(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows of some columns, in order."""
    return list(zip(*(column(frame, name) for name in names), strict=True))


def rows(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame by column name, in order."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, values, strict=True)) for values in tuples(frame, names)]
