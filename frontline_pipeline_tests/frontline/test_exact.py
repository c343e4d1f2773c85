"""The quick way of reading: the same frames as the careful way, and nothing that the careful way refuses."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from frontline_pipeline.frames.raw import MASTER_FRAMES, RECEIPT_FRAMES, RECEIPT_LINES, RECEIPTS, Z_FRAMES, Z_REPORTS
from frontline_pipeline.frames.spec import OSLO, FrameSpec
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.exact import read_exact
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.framefiles import read_frame, write_frame
from frontline_pipeline_tests.frontline.test_framefiles import frames

SPECS = (*Z_FRAMES, *RECEIPT_FRAMES)
DAY = dt.date(2025, 11, 18)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), spec=st.sampled_from(SPECS), files=st.integers(1, 3))
def test_the_quick_way_gives_what_the_careful_way_gives(data: st.DataObject, spec: FrameSpec, files: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{n}.parquet" for n in range(files)]
        for path in paths:
            write_frame(data.draw(frames(spec)), spec, path)
        careful = spec.conform(pd.concat([read_frame(path, spec) for path in paths], ignore_index=True))
        quick = read_exact(paths, spec)
    assert quick is not None
    assert_frame_equal(spec.conform(quick), careful)


def lines(**changes: list[object]) -> pd.DataFrame:
    base: dict[str, list[object]] = {
        "register": ["K1", "K1"],
        "z_number": ["7", "7"],
        "receipt_id": ["1", "2"],
        "line_id": ["1", "1"],
        "amount": [1_250, -300],
        "amount_excl_vat": [1_000, -240],
    }
    return RECEIPT_LINES.conform(pd.DataFrame(base | changes))


@pytest.fixture
def table(tmp_path: Path) -> pa.Table:
    write_frame(lines(), RECEIPT_LINES, tmp_path / "t.parquet")
    return pq.read_table(tmp_path / "t.parquet")


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, pa.field(name, values.type), values)


def money(*amounts: str | None) -> pa.Array:
    return pa.array([None if a is None else Decimal(a) for a in amounts], type=pa.decimal128(18, 2))


def unchecked(*numbers: int) -> pa.Array:
    """Whole numbers as they lie in a file of money, whatever its precision says."""
    data = b"".join(number.to_bytes(16, "little", signed=True) for number in numbers)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(numbers), [None, pa.py_buffer(data)])


@pytest.mark.parametrize(
    ("spoil", "refused"),
    [
        (lambda t: with_column(t, "amount", money("12.50", None)), True),
        (lambda t: with_column(t, "amount", money("12.50", "9999999999999999.99")), True),
        (lambda t: with_column(t, "amount", money("12.50", "-10000000000000.00")), True),
        # The one number whose distance from zero is no int64.
        (lambda t: with_column(t, "amount", unchecked(1250, -(2**63))), True),
        (lambda t: with_column(t, "amount", pa.array([12.5, 3.0])), True),
        (lambda t: with_column(t, "receipt_id", pa.array(["1", None])), True),
        (lambda t: with_column(t, "article", pa.array(["a\x01b", "c"])), True),
        (lambda t: with_column(t, "article", pa.array(["a\ufffeb", "c"])), True),
        (lambda t: with_column(t, "original_sale_date", pa.array([dt.date(1850, 1, 1), None])), True),
        (lambda t: with_column(t, "original_sale_date", pa.array([dt.date(2200, 1, 1), None])), True),
        (lambda t: t.drop_columns(["amount"]), True),
        (lambda t: t.append_column("more", pa.array([1, 2])), True),
        # Not written so by us, and good all the same: the careful way takes them.
        (lambda t: with_column(t, "article", pa.array(["", "c"])), False),
        (lambda t: with_column(t, "amount", pa.array(["12.50", "3.00"])), False),
        (lambda t: with_column(t, "quantity", pc.cast(t["quantity"].combine_chunks(), pa.decimal128(12, 3))), False),
        (lambda t: t.select(list(reversed(t.column_names))), False),
        (lambda t: t.drop_columns(["vat"]), False),
    ],
)
def test_what_is_not_plainly_good_goes_the_careful_way(
    spoil: Callable[[pa.Table], pa.Table], refused: bool, table: pa.Table, tmp_path: Path
) -> None:
    path = tmp_path / "receipt_lines.parquet"
    pq.write_table(spoil(table), path)
    assert read_exact([path], RECEIPT_LINES) is None
    if refused:
        with pytest.raises(ExtractError):
            read_frame(path, RECEIPT_LINES)
    else:
        assert len(read_frame(path, RECEIPT_LINES)) == 2


def test_bounds_are_those_of_the_careful_way(table: pa.Table, tmp_path: Path) -> None:
    path = tmp_path / "receipt_lines.parquet"
    good = with_column(table, "amount", money("9999999999999.99", "-9999999999999.99"))
    good = with_column(good, "original_sale_date", pa.array([dt.date(1900, 1, 1), dt.date(2199, 12, 31)]))
    pq.write_table(good, path)
    quick = read_exact([path], RECEIPT_LINES)
    assert quick is not None
    assert_frame_equal(quick, read_frame(path, RECEIPT_LINES))


def test_times_keep_the_repeated_hour(tmp_path: Path) -> None:
    utc = pd.to_datetime(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]).as_unit("us").tz_convert(OSLO)
    base = {"register": "K1", "z_number": "7", "receipt_id": ["1", "2"], "kind": "sale", "amount": 1, "rounding": 0}
    write_frame(pd.DataFrame({**base, "occurred_at": utc}), RECEIPTS, tmp_path / "receipts.parquet")
    quick = read_exact([tmp_path / "receipts.parquet"], RECEIPTS)
    assert quick is not None
    assert [t.isoformat() for t in quick["occurred_at"]] == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


@pytest.mark.parametrize("spec", [*MASTER_FRAMES, Z_REPORTS], ids=lambda spec: spec.name)
def test_no_file_and_no_parquet_are_not_quick(spec: FrameSpec, tmp_path: Path) -> None:
    (tmp_path / "f.parquet").write_bytes(b"PAR1 cut off")
    (tmp_path / "f.csv").write_text("register\n")
    for paths in ([], [tmp_path / "f.csv"], [tmp_path / "f.parquet"], [tmp_path / "none.parquet"]):
        assert read_exact(paths, spec) is None


def test_a_fault_in_one_of_several_parts_is_named_with_its_file_and_row(tmp_path: Path) -> None:
    """All parts are read at once; the error still knows which one."""
    for number, business_day in (("1", DAY), ("2", DAY), ("3", DAY + dt.timedelta(days=1))):
        part = tmp_path / "oslo" / str(DAY) / f"OSLO-1_{number}"
        part.mkdir(parents=True)
        z = pd.DataFrame(
            {
                "register": ["OSLO-1"],
                "z_number": [number],
                "business_day": [pd.Timestamp(business_day)],
                "closed_at": pd.to_datetime(["2025-11-18T20:00:00Z"]).as_unit("us").tz_convert(OSLO),
                "sales_total": [0],
                "receipt_count": [0],
            }
        )
        needed = {
            c.name: z[c.name] if c.name in z else pd.Series([0], dtype=c.dtype)
            for c in Z_REPORTS.columns
            if not c.nullable
        }
        write_frame(pd.DataFrame(needed), Z_REPORTS, part / "z_reports.parquet")
        for spec in Z_FRAMES[1:3]:
            write_frame(spec.empty(), spec, part / f"{spec.name}.parquet")
    with pytest.raises(ExtractError) as told:
        FileExtracts(tmp_path, today=lambda: dt.date(2026, 1, 1)).z_reports("oslo", DAY)
    assert str(told.value.file).endswith("OSLO-1_3/z_reports.parquet")
    assert "row 1" in str(told.value)
