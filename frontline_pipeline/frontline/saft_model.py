"""What the SAF-T reader hands out, and to whom.

Belongs here: the header, the key of a Z-report, a finished Z-report, the counts of a file, and the protocol of a receiver.
Does not: how they are read (saft.py) or where they land (landing.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.frontline.typed import arrow_type

Row = dict[str, str | int | Decimal | dt.date | dt.datetime | None]
"""A row of a frame before it is typed: money in kroner."""


class ZKey(NamedTuple):
    """What identifies a Z-report: the unit of import, idempotency and conflict."""

    register: str
    z_number: str


@dataclass(frozen=True, slots=True)
class SaftHeader:
    """Who exported what: the period by the file's own word."""

    organisation_number: str
    start: dt.date
    end: dt.date
    created: dt.date
    software: str


@dataclass(frozen=True, slots=True)
class ZReport:
    """One Z-report after all its receipts were handed out.

    `row` is the z_reports row without business day and source, which the receiver knows; `tables` are the other Z frames, and
    customers and products when its receipts name any that the file knows.
    Times are Norwegian wall time. `receipts` is None when the file does not tell them: no transactions, or none tied.
    """

    key: ZKey
    row: Row
    tables: Mapping[str, pa.Table]
    closed: dt.datetime
    first_sale: dt.datetime | None
    last_sale: dt.datetime | None
    receipts: int | None


class SaftReceiver(Protocol):
    """Takes what the reader reads, in the order of the file. Nothing of it counts before `read_saft` has returned."""

    def register(self, header: SaftHeader, register: str, location: str) -> None:
        """A register begins; raise ExtractError to refuse the file."""

    def receipts(self, key: ZKey, tables: Mapping[str, pa.Table]) -> None:
        """Some receipts of a Z-report with lines, VAT and payments (keys as the frames are named); called any number of times."""

    def z_report(self, report: ZReport) -> None:
        """A Z-report whose receipts have all been given."""


@dataclass
class Counts:
    """What a file held, and what was left out of the frames and why."""

    z_reports: int = 0
    x_reports: int = 0
    receipts: int = 0
    open_receipts: int = 0
    """Concluded after the last Z-report: they come again with the Z that closes them."""
    untied: int = 0
    """No event says which Z closes them."""
    voided: int = 0
    training: int = 0
    first_without_z: dt.date | None = None
    """First day of an open or untied receipt: from then on the file proves no day closed."""


@dataclass(frozen=True, slots=True)
class SaftSummary:
    """A file that was read to its end tag."""

    header: SaftHeader
    registers: tuple[str, ...]
    counts: Counts
    warnings: tuple[str, ...]


@dataclass
class Warnings:
    """Warnings in the order they first came up; the same one is said once."""

    _texts: dict[str, None] = field(default_factory=dict)

    def add(self, text: str) -> None:
        self._texts.setdefault(text)

    def all(self) -> tuple[str, ...]:
        return tuple(self._texts)


@dataclass
class Styles:
    """How the file writes returns (D): with positive or with negative amounts. A mix is worth a warning."""

    positive: bool = False
    negative: bool = False

    def seen(self, debit: pa.Array, amounts: pa.Array) -> None:
        """Notes the signs of debit amounts as written."""
        if not pc.any(debit).as_py():
            return
        bounds = pc.min_max(amounts.filter(debit))
        self.positive |= bounds["max"].as_py() > 0
        self.negative |= bounds["min"].as_py() < 0

    @property
    def mixed(self) -> bool:
        return self.positive and self.negative


def file_schema(spec: FrameSpec) -> pa.Schema:
    """The Arrow schema of a frame in a file: decimals in kroner, times in Europe/Oslo."""
    return pa.schema([pa.field(c.name, arrow_type(c), c.nullable) for c in spec.columns])


def table_of(rows: Iterable[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table; a column that no row has is null. Times must be aware."""

    def plain(value: object) -> object:
        # Arrow takes the wall time of an aware datetime and forgets its offset, unless that is UTC.
        return value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value

    return pa.Table.from_pylist([{name: plain(value) for name, value in row.items()} for row in rows], schema=schema)
