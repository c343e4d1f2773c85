"""The gate: a frame's rules as a few pandera checks over the whole frame, for the day on which nothing is wrong.

Belongs here: the pandera schema that passes the frames of exactly the contract's types that `FrameSpec.keyed_schema` passes, and
`require` for frames that the pipeline makes.
Does not: name the row and column of a fault. A frame that the gate refuses is judged by `keyed_schema`.

pandera takes about a millisecond for each column of a schema, whatever the number of rows. A store-day has ten frames with 110
columns; most days have no fault in any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pandas as pd
import pandera.errors
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc

from frontline_pipeline.frames.spec import Column, FrameSpec, Kind

_Test = Callable[[pd.DataFrame], bool]


@cache
def gate(spec: FrameSpec) -> pa.DataFrameSchema:
    """The schema, made once per spec. Validate with `lazy=True`; a frame that it refuses goes to `spec.keyed_schema`."""
    checks: dict[str, _Test] = {
        "columns, order and types": spec.fits,
        "nothing empty, choices, least values and lengths": _values(spec),
    }
    if spec.key:
        checks["unique key"] = lambda frame: not frame.duplicated(list(spec.key)).any()
    return pa.DataFrameSchema(checks=[pa.Check(test, error=name) for name, test in checks.items()], name=spec.name)


class BrokenFrame(Exception):
    """A frame that the pipeline itself made is not what its spec says: a fault of the pipeline, never of the extract."""


def require(frame: pd.DataFrame, spec: FrameSpec) -> pd.DataFrame:
    """`frame`, when pandera passes it; for proven frames and vouchers, before anybody stores them.

    Raises BrokenFrame that names columns and rules, and no value: a value may be personal.
    """
    try:
        return gate(spec).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors:
        pass
    try:
        return spec.keyed_schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as refused:
        cases = refused.failure_cases[["column", "check"]].astype(str).drop_duplicates()
        told = ", ".join(f"{column}: {check}" for column, check in cases.itertuples(index=False))
    raise BrokenFrame(f"{spec.name}: {told[:500]}")


def _values(spec: FrameSpec) -> _Test:
    tests = [(column.name, test) for column in spec.columns if (test := _test(column))]
    # Values of another type than the contract's are the first check's to refuse.
    return lambda frame: not spec.fits(frame) or all(test(frame[name]) for name, test in tests)


def _test(column: Column) -> Callable[[pd.Series], bool] | None:
    """What one column's values must satisfy; None when its type says all."""
    if column.kind is Kind.TEXT:
        return None if column.nullable and not column.choices and column.max_length is None else partial(_text, column)
    if column.minimum is not None:
        return partial(_at_least, column.minimum)
    if column.kind in (Kind.DATE, Kind.TIMESTAMP) and not column.nullable:
        return _no_null
    return None


def _text(column: Column, values: pd.Series) -> bool:
    text = arrow.array(values, type=arrow.large_string())
    if text.null_count and not column.nullable:
        return False
    if column.choices and not {*pc.unique(text).to_pylist()} <= {*column.choices, None}:
        return False
    lengths = pc.min_max(pc.utf8_length(text)).as_py()
    shortest, longest = lengths["min"], lengths["max"]
    return longest is None or (
        (column.nullable or shortest >= 1) and (column.max_length is None or longest <= column.max_length)
    )


def _at_least(minimum: int, values: pd.Series) -> bool:
    return bool((values >= minimum).all())


def _no_null(values: pd.Series) -> bool:
    return not values.hasnans
