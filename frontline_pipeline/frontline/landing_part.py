"""A part of the landing folder while it is written: the frames of one Z-report, their digest and their manifest.

Belongs here: Parquet files in row groups as they come, the digest of the content, the first difference between two parts.
Does not: where the part belongs (landing.py, landing_layout.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from frontline_pipeline.frames.raw import RECEIPT_FRAMES, REQUIRED_FRAMES, Z_FRAMES
from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frontline.saft_model import file_schema

_SPECS = {spec.name: spec for spec in (*Z_FRAMES, *RECEIPT_FRAMES)}
_BESIDE = (CUSTOMERS, PRODUCTS)
"""Frames that say nothing about the Z itself: a customer may have moved since, the Z stays the same."""
_SCHEMAS = {spec.name: file_schema(spec) for spec in (*_SPECS.values(), *_BESIDE)}
_DERIVED = frozenset({"business_day", "opened_at", "source_file", "source_sha256"})
"""Columns that say nothing about the Z itself: a store's cut-off and the name of a file may change, the Z stays the same."""
_FIELD, _ROW, _NULL = "\x1f", "\x1e", "\x00"
"""Control characters, which XML cannot hold."""


class PartWriter:
    """Writes the frames of one Z-report into a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.rows: dict[str, int] = {}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._chunks: dict[str, list[Path]] = {}
        self._digests: dict[str, hashlib._Hash] = {}

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Appends rows to frames; a frame without rows gets no file."""
        for name, table in tables.items():
            if not table.num_rows:
                continue
            if name not in self._writers:
                chunks = self._chunks.setdefault(name, [])
                chunks.append(self.folder / f"{name}{f'.{len(chunks)}' if chunks else ''}.parquet")
                self._writers[name] = pq.ParquetWriter(chunks[-1], _SCHEMAS[name], compression="zstd")
            self._writers[name].write_table(table)
            self.rows[name] = self.rows.get(name, 0) + table.num_rows
            if name in _SPECS:
                self._digests.setdefault(name, hashlib.sha256()).update(canonical(name, table))

    def pause(self) -> None:
        """Closes the files; more rows go into further ones that `finish` joins."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def finish(self, empty: tuple[str, ...] = ()) -> str:
        """Closes the part, writes the frames that must be there without rows, and returns the digest of the content."""
        self.pause()
        for name in (*REQUIRED_FRAMES, *empty):
            if name not in self._chunks:
                pq.write_table(_SCHEMAS[name].empty_table(), self.folder / f"{name}.parquet", compression="zstd")
                self.rows[name] = 0
        for name, chunks in self._chunks.items():
            if len(chunks) > 1:
                _join(chunks, _SCHEMAS[name])
        whole = hashlib.sha256()
        for name in sorted(self._digests):
            whole.update(f"{name} {self._digests[name].hexdigest()}\n".encode())
        return whole.hexdigest()


def canonical(name: str, table: pa.Table) -> bytes:
    """The content of rows as bytes that depend neither on chunks nor on how amounts were written nor on the order in which a Z
    lists its rates and tenders."""
    columns = [_as_text(table.column(f.name)) for f in table.schema if f.name not in _DERIVED]
    rows = pc.binary_join_element_wise(*columns, pa.scalar(_ROW), _FIELD)
    if not name.startswith("receipt"):
        rows = rows.take(pc.sort_indices(rows))
    return "".join(rows.to_pylist()).encode()


def first_difference(landed: Path, new: Path) -> str:
    """What differs first between two parts, in words: frame, column, both values."""
    for name in _SPECS:
        before, after = (_read(folder, name) for folder in (landed, new))
        if canonical(name, before) == canonical(name, after):
            continue
        if before.num_rows != after.num_rows:
            return f"{name} has {after.num_rows} rows, landed {before.num_rows}"
        for field in _SPECS[name].columns:
            if field.name in _DERIVED:
                continue
            pairs = zip(before.column(field.name).to_pylist(), after.column(field.name).to_pylist(), strict=True)
            for row, (old, other) in enumerate(pairs):
                if old != other:
                    where = "" if name == "z_reports" else f" in row {row + 1}"
                    return f"{name}.{field.name} {other}{where}, landed {old}"
    return "the same frames with another digest: the landed part was written by another version"


def _read(folder: Path, name: str) -> pa.Table:
    path = folder / f"{name}.parquet"
    return (
        pq.read_table(path, partitioning=None).select(_SCHEMAS[name].names)
        if path.is_file()
        else _SCHEMAS[name].empty_table()
    )


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    """A column as text that tells null from empty; decimals as whole units, times as microseconds."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0) if array.num_chunks else pa.array([], type=column.type)
    if pa.types.is_decimal(array.type):
        array = _units(array)
    elif pa.types.is_timestamp(array.type):
        array = pc.cast(array, pa.int64())
    return pc.fill_null(pc.cast(array, pa.string()), _NULL)


def _units(array: pa.Array) -> pa.Array:
    """A decimal128 array as int64 of its smallest units; 18 digits fit. Nulls stay."""
    data = array.buffers()[1]
    if data is None or not len(array):
        return pa.nulls(len(array), pa.int64())
    low = np.frombuffer(data, dtype="<i8")[2 * array.offset : 2 * (array.offset + len(array)) : 2]
    return pa.array(low, mask=np.asarray(array.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_))


def _join(chunks: list[Path], schema: pa.Schema) -> None:
    joined = chunks[0].with_suffix(".joined")
    with pq.ParquetWriter(joined, schema, compression="zstd") as writer:
        for chunk in chunks:
            with pq.ParquetFile(chunk) as source:
                for group in range(source.num_row_groups):
                    writer.write_table(source.read_row_group(group))
    for chunk in chunks:
        chunk.unlink()
    joined.rename(chunks[0])
