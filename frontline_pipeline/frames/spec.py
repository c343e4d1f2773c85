"""How a frame is described once, and everything that follows from the description.

Belongs here: column kinds with their pandas types, FrameSpec, the pandera schemas and the empty frame made from it.
Does not: the frames themselves (raw.py, proven.py), parsing of text (frontline/values.py), the checks of the gate (gate.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandas.api.extensions import ExtensionArray, ExtensionDtype

OSLO = "Europe/Oslo"


class Kind(StrEnum):
    """What a column holds; the value is the word used in the contract's documentation."""

    TEXT = "text"
    INT = "integer"
    MONEY = "money"
    RATE = "rate"
    QUANTITY = "quantity"
    EXCHANGE = "exchange rate"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOL = "boolean"


SCALE = {Kind.MONEY: 2, Kind.RATE: 3, Kind.QUANTITY: 3, Kind.EXCHANGE: 6}
"""Decimal places of the kinds that are decimals in an extract and scaled int64 in a frame (MONEY: øre)."""

UNIT = {
    Kind.TEXT: "UTF-8 text",
    Kind.INT: "whole number",
    Kind.MONEY: "kroner with at most two decimals and a dot, e.g. 1234.50 (int64 øre in frames)",
    Kind.RATE: "percent with at most three decimals, e.g. 25 or 11.11 (int64 thousandths of a percent in frames)",
    Kind.QUANTITY: "units with at most three decimals (int64 thousandths in frames)",
    Kind.EXCHANGE: "NOK per unit of currency, at most six decimals (int64 millionths in frames)",
    Kind.DATE: "YYYY-MM-DD",
    Kind.TIMESTAMP: "ISO 8601; without an offset it is Norwegian local time (Europe/Oslo)",
    Kind.BOOL: "true or false",
}

_DTYPE = {
    Kind.TEXT: "str",
    Kind.INT: "int64",
    Kind.MONEY: "int64",
    Kind.RATE: "int64",
    Kind.QUANTITY: "int64",
    Kind.EXCHANGE: "int64",
    Kind.DATE: "datetime64[us]",
    Kind.TIMESTAMP: f"datetime64[us, {OSLO}]",
    Kind.BOOL: "bool",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, kind, whether it may be empty, and what it means to the trade."""

    name: str
    kind: Kind
    doc: str
    nullable: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    max_length: int | None = None
    personal: bool = False
    """True for names, phones, e-mails and addresses: never shown in logs, metadata or failing-row tables."""

    @property
    def dtype(self) -> str:
        """The pandas dtype; nullable integers and booleans use pandas' masked types."""
        base = _DTYPE[self.kind]
        if self.nullable and base == "int64":
            return "Int64"
        if self.nullable and base == "bool":
            return "boolean"
        return base

    def pandera_column(self) -> pa.Column:
        checks: list[pa.Check] = []
        if self.choices:
            checks.append(pa.Check.isin(list(self.choices), error=f"one of {', '.join(self.choices)}"))
        if self.minimum is not None:
            checks.append(pa.Check.ge(self.minimum, error=f"at least {self.minimum}"))
        if self.kind is Kind.TEXT and not self.nullable:
            checks.append(pa.Check.str_length(min_value=1, error="not empty"))
        if self.max_length is not None:
            checks.append(pa.Check.str_length(max_value=self.max_length, error=f"at most {self.max_length} characters"))
        return pa.Column(self.dtype, checks=checks, nullable=self.nullable)


@dataclass(frozen=True)
class FrameSpec:
    """One frame: its columns in order and the columns that identify a row."""

    name: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...] = field(repr=False)

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The pandera schema: strict about columns and dtypes; uniqueness of the key is a check of the proof, which can name
        the register and Z number, so it is not repeated here (see `keyed_schema`)."""
        return pa.DataFrameSchema(
            {column.name: column.pandera_column() for column in self.columns}, strict=True, ordered=True, name=self.name
        )

    @cached_property
    def keyed_schema(self) -> pa.DataFrameSchema:
        """The schema with a unique key: what a proven frame must satisfy."""
        return pa.DataFrameSchema(
            self.schema.columns, strict=True, ordered=True, name=self.name, unique=list(self.key) or None
        )

    @cached_property
    def dtypes(self) -> list[np.dtype | ExtensionDtype]:
        """The pandas dtypes of the columns, in order."""
        return [pd.api.types.pandas_dtype(column.dtype) for column in self.columns]

    @cached_property
    def _no_rows(self) -> pd.DataFrame:
        return pd.DataFrame({c.name: pd.Series([], dtype=c.dtype) for c in self.columns})

    def empty(self) -> pd.DataFrame:
        """A typed frame without rows, as a closed day has it."""
        return self._no_rows.copy()

    def fits(self, frame: pd.DataFrame) -> bool:
        """Whether a frame has exactly these columns, in this order, with these dtypes."""
        return list(frame.columns) == list(self.column_names) and list(frame.dtypes) == self.dtypes

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame` with exactly this spec's columns, order and dtypes; a column the frame lacks must be nullable.

        Raises KeyError naming the first missing column that may not be empty.
        """
        if self.fits(frame):
            return frame.reset_index(drop=True)
        out: dict[str, ExtensionArray] = {}
        for column, dtype in zip(self.columns, self.dtypes, strict=True):
            if column.name in frame.columns:
                values = frame[column.name]
                out[column.name] = values.array if values.dtype == dtype else _as_dtype(values, column.dtype).array
            elif column.nullable:
                out[column.name] = _as_dtype(pd.Series([None] * len(frame)), column.dtype).array
            else:
                raise KeyError(f"{self.name}.{column.name}")
        # Arrays, not series: pandas would align each of them with the index.
        return pd.DataFrame(out, index=pd.RangeIndex(len(frame)), columns=list(self.column_names))


def _as_dtype(series: pd.Series, dtype: str) -> pd.Series:
    # The stubs list every dtype literal and refuse a computed one.
    return series.astype(dtype)  # type: ignore[call-overload, no-any-return]
