"""Frame files: one frame of the extract contract as a CSV or a Parquet file, written and read.

Belongs here: the two file formats, and the error that names file, row and column of what cannot be read.
Does not: what a value may look like (values.py, typed.py), folders of frames (files.py).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from frontline_pipeline.frames.spec import Column, FrameSpec, Kind
from frontline_pipeline.frontline import typed, values
from frontline_pipeline.frontline.errors import ExtractError

SUFFIXES = (".csv", ".parquet")
_BOM = b"\xef\xbb\xbf"
_SEE_CONTRACT = "see docs/contract.md, correct the extract and deliver it again"


def write_frame(frame: pd.DataFrame, spec: FrameSpec, path: Path) -> None:
    """Writes `frame` (its columns as in `spec`, money in øre) to `path`, .csv or .parquet; the same frame gives the same bytes.

    Scaled integers become decimals, empty text becomes null. Raises KeyError for a missing column, ValueError for a value that
    could not be read back or another suffix.
    """
    if path.suffix == ".csv":
        path.write_bytes(frame_csv(frame, spec))
    elif path.suffix == ".parquet":
        whole = spec.conform(frame)
        arrays = [_to_arrow(spec, column, whole[column.name]) for column in spec.columns]
        schema = pa.schema([pa.field(c.name, typed.arrow_type(c), c.nullable) for c in spec.columns])
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path, compression="zstd")
    else:
        raise ValueError(f"{path.name}: a frame is written as .csv or .parquet")


def frame_csv(frame: pd.DataFrame, spec: FrameSpec) -> bytes:
    """`frame` as the bytes of a CSV file; the same frame gives the same bytes. Raises as `write_frame`."""
    whole = spec.conform(frame)
    cells = [_cells(c, _to_arrow(spec, c, whole[c.name]), whole[c.name]) for c in spec.columns]
    rows = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
    return ("\n".join([",".join(spec.column_names), *rows.to_pylist()]) + "\n").encode()


def read_frame(path: Path, spec: FrameSpec) -> pd.DataFrame:
    """The frame in a .csv or .parquet file, with exactly the columns and dtypes of `spec`.

    Raises ExtractError naming file, row, column, what was expected and what came.
    """
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path.name}: a frame is read from .csv or .parquet")
    table = _read_csv(path, spec) if path.suffix == ".csv" else _read_parquet(path, spec)
    columns: dict[str, pd.Series] = {}
    for column in spec.columns:
        if column.name not in table.column_names:
            continue
        array = table.column(column.name).combine_chunks()
        try:
            columns[column.name] = typed.from_arrow(column, array)
        except typed.BadTypeError as fault:
            raise ExtractError(
                file=str(path),
                place=f"column {column.name}",
                expected=fault.expected,
                got=fault.got,
                next_step="write the column with that type",
            ) from None
        except values.BadValueError as fault:
            raise ExtractError(
                file=str(path),
                place=f"{row_place(path, fault.row)}, column {column.name}",
                expected=fault.expected,
                got=fault.got,
                next_step=_SEE_CONTRACT,
            ) from None
    return spec.conform(pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows)))


def row_place(path: Path, row: int) -> str:
    """Where row `row` (from 0) of a frame stands in its file: the line as an editor counts in CSV, the row from 1 in Parquet."""
    if path.suffix == ".csv":
        text = path.read_bytes().removeprefix(_BOM).decode("utf-8", errors="replace")
        for number, (line, _) in enumerate(_records(text)):
            if number == row + 1:
                return f"line {line}"
    return f"row {row + 1}"


def _to_arrow(spec: FrameSpec, column: Column, series: pd.Series) -> pa.Array:
    try:
        return typed.to_arrow(column, series)
    except values.BadValueError as fault:
        raise ValueError(f"{spec.name}.{column.name}: {fault}") from None


def _cells(column: Column, array: pa.Array, series: pd.Series) -> pa.Array:
    """A column as CSV text, quoted where it must be."""
    if column.kind is Kind.TEXT:
        quoted = pc.binary_join_element_wise('"', pc.replace_substring(array, '"', '""'), '"', "")
        return pc.if_else(pc.match_substring_regex(array, '[",\r\n]'), quoted, array)
    if column.kind is Kind.TIMESTAMP:
        return _timestamp_cells(series)
    return pc.cast(array, pa.string())


def _timestamp_cells(series: pd.Series) -> pa.Array:
    """ISO 8601 with the offset in force; made without Arrow's own zone database, which a slim machine may lack."""
    local = series.dt.tz_localize(None)
    offset = local - series.dt.tz_convert("UTC").dt.tz_localize(None)
    minutes = offset.dt.total_seconds().div(60)
    suffixes = pa.array(minutes.map(_offset_text, na_action="ignore"), type=pa.string(), from_pandas=True)
    text = pc.cast(pa.array(local, type=pa.timestamp("us"), from_pandas=True), pa.string())
    text = pc.replace_substring_regex(pc.replace_substring(text, " ", "T"), r"\.0+$", "")
    return pc.binary_join_element_wise(text, suffixes, "")


def _offset_text(minutes: float) -> str:
    hours, rest = divmod(abs(round(minutes)), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def _read_csv(path: Path, spec: FrameSpec) -> pa.Table:
    data = _bytes(path).removeprefix(_BOM)
    text = _decoded(path, data)
    header = next((cells for _, cells in _records(text)), None)
    if header is None:
        raise ExtractError(
            file=str(path),
            expected="a header line with column names",
            got="an empty file",
            next_step="deliver a header even when there are no rows",
        )
    if len(header) == 1 and header[0].count(";") > 0:
        raise ExtractError(
            file=str(path), place="line 1", expected="commas between columns", got="semicolons", next_step=_SEE_CONTRACT
        )
    _check_columns(path, spec, header)
    if data.count(b'"') % 2:
        raise ExtractError(
            file=str(path),
            expected="every quotation mark closed",
            got="an odd number of them; the file may be cut off",
            next_step="write the file whole, double quotation marks inside quoted text, and deliver it again",
        )
    ragged: list[pa_csv.InvalidRow] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    if len(data) == len(data.rstrip(b"\r\n")):
        data += b"\n"  # Arrow takes a lone header without a line end for an empty file.
    table = pa_csv.read_csv(
        pa.BufferReader(data),
        read_options=pa_csv.ReadOptions(use_threads=False, block_size=max(len(data), 1 << 20)),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
        convert_options=pa_csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in header},
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    if ragged:
        line, got = next(((line, cells) for line, cells in _records(text) if len(cells) != len(header)), (0, []))
        raise ExtractError(
            file=str(path),
            place=f"line {line}",
            expected=f"{len(header)} values as in the header",
            got=str(len(got)),
            next_step="quote a value that holds a comma or a line end (a decimal comma is not allowed)",
        )
    return table


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of every record of a CSV text, blank lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""))
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    start = 1
    for cells in reader:
        if cells:
            yield start, cells
        start = reader.line_num + 1


def _read_parquet(path: Path, spec: FrameSpec) -> pa.Table:
    data = _bytes(path)
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _check_columns(path, spec, file.schema_arrow.names)
        return file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ExtractError(
            file=str(path),
            expected="a whole Parquet file",
            got=f"one that cannot be read ({type(error).__name__}, {len(data)} bytes)",
            next_step="write it whole under another name, move it in when it is complete, and deliver it again",
        ) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExtractError(
            file=str(path),
            expected="a readable file",
            got=error.strerror or type(error).__name__,
            next_step="check the path and the permissions",
        ) from None


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ExtractError(
            file=str(path),
            place=f"byte {error.start + 1} (line {line})",
            expected="UTF-8",
            got=f"byte 0x{data[error.start]:02x}, which is not UTF-8 there",
            next_step="write the file as UTF-8 (it may be ISO-8859-1, Windows-1252 or UTF-16)",
        ) from None


def _check_columns(path: Path, spec: FrameSpec, names: list[str]) -> None:
    def refuse(expected: str, got: str, next_step: str) -> ExtractError:
        return ExtractError(file=str(path), place="header", expected=expected, got=got, next_step=next_step)

    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise refuse("every column once", f"{', '.join(map(repr, twice))} more than once", "name each column once")
    unknown = [name for name in names if name not in spec.by_name]
    if unknown:
        raise refuse(
            f"columns of {spec.name} ({', '.join(spec.column_names)})",
            f"unknown {', '.join(repr(name[:60]) for name in unknown[:5])}",
            "leave the column out, or rename it as the contract does",
        )
    missing = [c.name for c in spec.columns if not c.nullable and c.name not in names]
    if missing:
        raise refuse(f"the column {', '.join(missing)}", "a file without it", _SEE_CONTRACT)
