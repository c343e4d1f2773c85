"""A store-day put together: the frames that came in pieces become one bundle, or an error that names the bad row.

Belongs here: union of pieces, the business day, references between frames - the same for files and SQL.
Does not: reading (files.py, sql.py); duplicate keys and arithmetic, which the proof names (accounting/).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES, Z_REPORTS
from frontline_pipeline.frames.spec import OSLO, FrameSpec
from frontline_pipeline.frontline.errors import ExtractError

Today = Callable[[], dt.date]
Z_KEY = ("register", "z_number")
RECEIPT_KEY = ("register", "receipt_id")


def oslo_today() -> dt.date:
    """The date in Norway now."""
    return dt.datetime.now(ZoneInfo(OSLO)).date()


@dataclass(frozen=True)
class Piece:
    """A frame as one file or view delivered it."""

    origin: str
    """The file or view, as an error names it."""
    frame: pd.DataFrame = field(repr=False)
    place: Callable[[int], str] = field(repr=False)
    """Where a row (from 0) stands in its origin, in words."""


Pieces = dict[str, list[Piece]]
"""Pieces by frame name; a name without pieces was not delivered."""
Sources = tuple[tuple[str, str], ...]


def z_bundle(store: str, day: dt.date, pieces: Pieces, sources: Sources) -> Bundle:
    """The Z-reports of a store-day; `closed` when the extract covers the day without one.

    Raises ExtractError for a row of another business day, or one that refers to a Z-report that did not come.
    """
    check_business_day(day, pieces["z_reports"])
    check_z_references(pieces, Z_FRAMES[1:])
    frames = {spec.name: unite(spec, pieces.get(spec.name, [])) for spec in Z_FRAMES}
    if len(frames[Z_REPORTS.name]):
        return Bundle(store, day, Status.OK, frames, sources=sources)
    names = ", ".join(name for name, _ in sources)
    return Bundle(store, day, Status.CLOSED, frames, f"{names} covers the day without a Z-report", sources)


def receipts_bundle(store: str, day: dt.date, pieces: Pieces, sources: Sources, note: str = "") -> Bundle:
    """The receipts of a store-day whose `pieces` hold `z_reports` and at least one receipts frame.

    Raises ExtractError for a row that refers to a Z-report or a receipt that did not come.
    """
    check_business_day(day, pieces["z_reports"])
    check_z_references(pieces, RECEIPT_FRAMES)
    receipts = _keys(pieces["receipts"], RECEIPT_KEY)
    for spec in RECEIPT_FRAMES[1:]:
        for piece in pieces.get(spec.name, []):
            _check_reference(piece, RECEIPT_KEY, receipts, "receipts")
    frames = {spec.name: unite(spec, pieces.get(spec.name, [])) for spec in RECEIPT_FRAMES}
    return Bundle(store, day, Status.OK, frames, note, sources)


def no_receipts(store: str, day: dt.date) -> Bundle:
    """The bundle of a store-day without receipts frames."""
    return Bundle.empty(store, day, Status.NOT_DELIVERED, RECEIPT_FRAMES, "the extract has no receipts frames")


def unite(spec: FrameSpec, pieces: Sequence[Piece]) -> pd.DataFrame:
    """One typed frame of all pieces, in their order."""
    if not pieces:
        return spec.empty()
    frames = [piece.frame for piece in pieces]
    return spec.conform(frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True))


def check_not_future(origin: str, day: dt.date, today: dt.date) -> None:
    """Raises ExtractError for a business day that Norway has not seen."""
    if day > today:
        raise ExtractError(
            file=origin,
            expected=f"a business day up to {today}",
            got=f"{day}, which lies in the future",
            next_step="correct the business day in the extract",
        )


def check_business_day(day: dt.date, z_reports: Sequence[Piece]) -> None:
    """Raises ExtractError when a Z-report states another business day than the one it was delivered for."""
    wanted = pd.Timestamp(day)
    for piece in z_reports:
        bad = piece.frame["business_day"] != wanted
        if bad.any():
            row = int(bad.to_numpy().argmax())
            raise ExtractError(
                file=piece.origin,
                place=f"{piece.place(row)}, column business_day",
                expected=f"{day}, the business day of the folder",
                got=f"{piece.frame['business_day'].iloc[row]:%Y-%m-%d}",
                next_step="deliver the Z-report in the folder of its business day",
            )


def check_z_references(pieces: Pieces, specs: Sequence[FrameSpec]) -> None:
    """Raises ExtractError when a row belongs to a (register, Z number) that `z_reports` lacks."""
    known = _keys(pieces["z_reports"], Z_KEY)
    for spec in specs:
        for piece in pieces.get(spec.name, []):
            _check_reference(piece, Z_KEY, known, "z_reports")


def _keys(pieces: Sequence[Piece], key: tuple[str, str]) -> pa.Array:
    joined = [_joined(piece.frame, key) for piece in pieces]
    chunks = [chunk for each in joined for chunk in (each.chunks if isinstance(each, pa.ChunkedArray) else [each])]
    return pc.unique(pa.chunked_array(chunks, type=pa.large_string()))


def _joined(frame: pd.DataFrame, key: tuple[str, str]) -> pa.Array | pa.ChunkedArray:
    # A control character cannot stand in a value (values.py), so the join is one to one.
    parts = [pa.array(frame[name], type=pa.large_string()) for name in key]
    return pc.binary_join_element_wise(*parts, pa.scalar("\x1f", pa.large_string()))


def _check_reference(piece: Piece, key: tuple[str, str], known: pa.Array, parent: str) -> None:
    found = pc.is_in(_joined(piece.frame, key), value_set=known)
    row = pc.index(found, False).as_py()
    if row < 0:
        return
    values = [str(piece.frame[name].iloc[row]) for name in key]
    raise ExtractError(
        file=piece.origin,
        place=piece.place(row),
        expected=f"a {key[0]} and {key[1]} that {parent} has",
        got=f"{key[0]} {values[0]!r}, {key[1]} {values[1]!r}",
        next_step=f"deliver the row of {parent} with it, or leave this row out",
    )
