"""Frame files: what is written is read back exactly, and what is wrong is named by file, row and column."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.frames.raw import ALL_FRAMES, CUSTOMERS, PRODUCTS, RECEIPT_LINES, Z_REPORTS, Z_TENDERS
from frontline_pipeline.frames.spec import OSLO, Column, FrameSpec, Kind
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.framefiles import read_frame, write_frame

LIMIT = 10**15 - 1
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters='",\n\r\t;æøå'),
    min_size=1,
    max_size=12,
).filter(lambda s: not {"\ufffe", "\uffff"} & set(s))
INSTANTS = st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2150, 1, 1), timezones=st.just(dt.UTC))
VALUES: dict[Kind, st.SearchStrategy[object]] = {
    Kind.TEXT: TEXT,
    Kind.INT: st.integers(-(10**17), 10**17),
    Kind.MONEY: st.integers(-LIMIT, LIMIT),
    Kind.RATE: st.integers(-LIMIT, LIMIT),
    Kind.QUANTITY: st.integers(-LIMIT, LIMIT),
    Kind.EXCHANGE: st.integers(-LIMIT, LIMIT),
    Kind.DATE: st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)).map(lambda d: dt.datetime(d.year, d.month, d.day)),
    Kind.TIMESTAMP: INSTANTS.map(lambda t: t.astimezone(ZoneInfo(OSLO))),
    Kind.BOOL: st.booleans(),
}


def column_values(column: Column, rows: int) -> st.SearchStrategy[list[object]]:
    one = VALUES[column.kind]
    return st.lists(st.none() | one if column.nullable else one, min_size=rows, max_size=rows)


@st.composite
def frames(draw: st.DrawFn, spec: FrameSpec) -> pd.DataFrame:
    rows = draw(st.integers(0, 4))
    data = {}
    for column in spec.columns:
        values = draw(column_values(column, rows))
        if column.kind is Kind.TIMESTAMP:
            utc = pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True))
            data[column.name] = utc.dt.as_unit("us").dt.tz_convert(OSLO)
        else:
            data[column.name] = pd.Series(values, dtype=column.dtype)
    return spec.conform(pd.DataFrame(data, index=pd.RangeIndex(rows)))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("spec", ALL_FRAMES, ids=lambda spec: spec.name)
def test_round_trip_is_exact(spec: FrameSpec, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("round")

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(frames(spec))
    def check(frame: pd.DataFrame) -> None:
        path, again = folder / f"{spec.name}{suffix}", folder / f"again{suffix}"
        write_frame(frame, spec, path)
        back = read_frame(path, spec)
        pd.testing.assert_frame_equal(back, frame)
        assert [str(t) for t in back.dtypes] == [c.dtype for c in spec.columns]
        write_frame(back, spec, again)
        assert again.read_bytes() == path.read_bytes()

    check()


TENDERS = "register,z_number,tender,amount,currency\n"


def csv(tmp_path: Path, text: str | bytes, name: str = "z_tenders.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path, spec: FrameSpec = Z_TENDERS) -> ExtractError:
    with pytest.raises(ExtractError) as error:
        read_frame(path, spec)
    assert str(path) in str(error.value)
    return error.value


def test_a_written_csv_is_what_the_contract_says(tmp_path: Path) -> None:
    frame = Z_TENDERS.conform(
        pd.DataFrame(
            {
                "register": ["1", 'k,"2"'],
                "z_number": ["007", "8"],
                "tender": ["KORT", "æ"],
                "amount": [-5, 123450],
                "currency": ["NOK", "EUR"],
                "exchange_rate": pd.array([None, 11_734_200], dtype="Int64"),
            }
        )
    )
    write_frame(frame, Z_TENDERS, path := tmp_path / "z_tenders.csv")
    assert path.read_text("utf-8") == (
        "register,z_number,tender,tender_type,count,amount,currency,exchange_rate,amount_currency\n"
        "1,007,KORT,,,-0.05,NOK,,\n"
        '"k,""2""",8,æ,,,1234.50,EUR,11.734200,\n'
    )


def test_a_written_parquet_has_decimals_dates_and_oslo_times(tmp_path: Path) -> None:
    frame = Z_REPORTS.empty()
    write_frame(frame, Z_REPORTS, path := tmp_path / "z.parquet")
    schema = pq.read_schema(path)
    assert schema.field("sales_total").type == pa.decimal128(18, 2)
    assert schema.field("business_day").type == pa.date32()
    assert schema.field("closed_at").type == pa.timestamp("us", OSLO)
    assert schema.field("receipt_count").type == pa.int64()
    assert not schema.field("register").nullable


def test_timestamps_in_csv_carry_the_offset_in_force(tmp_path: Path) -> None:
    times = (
        pd.Series(pd.to_datetime(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00.25Z"], format="ISO8601", utc=True))
        .dt.as_unit("us")
        .dt.tz_convert(OSLO)
    )
    frame = CUSTOMERS.conform(
        pd.DataFrame({"customer": ["1", "2"], "kind": ["private"] * 2, "name": ["A", "B"], "changed_at": times})
    )
    write_frame(frame, CUSTOMERS, path := tmp_path / "customers.csv")
    lines = path.read_text().splitlines()
    assert ",2026-10-25T02:30:00+02:00," in lines[1]
    assert ",2026-10-25T02:30:00.250000+01:00," in lines[2]
    assert list(read_frame(path, CUSTOMERS)["changed_at"]) == list(times)


def test_bom_crlf_and_blank_lines_are_let_through(tmp_path: Path) -> None:
    text = "\ufeff" + TENDERS.replace("\n", "\r\n") + "1,7,KORT,12.5,NOK\r\n\r\n\r\n"
    frame = read_frame(csv(tmp_path, text), Z_TENDERS)
    assert frame["amount"].tolist() == [1250]
    assert frame["register"].tolist() == ["1"]


@pytest.mark.parametrize("text", [TENDERS, TENDERS.strip()])
def test_a_header_alone_is_an_empty_frame(tmp_path: Path, text: str) -> None:
    pd.testing.assert_frame_equal(read_frame(csv(tmp_path, text), Z_TENDERS), Z_TENDERS.empty())


def test_text_that_looks_like_nothing_stays_text(tmp_path: Path) -> None:
    frame = read_frame(csv(tmp_path, TENDERS + "NA,007,null,1,NOK\nnan,1e3,None,1,NOK\n"), Z_TENDERS)
    assert frame["register"].tolist() == ["NA", "nan"]
    assert frame["z_number"].tolist() == ["007", "1e3"]
    assert frame["tender"].tolist() == ["null", "None"]


@pytest.mark.parametrize(
    ("text", "place", "got"),
    [
        (b"", "", "an empty file"),
        (TENDERS.replace(",amount", "").encode(), "header", "without it"),
        (TENDERS.replace("amount", "Amount").encode(), "header", "unknown 'Amount'"),
        (TENDERS.replace("tender", "register").encode(), "header", "'register' more than once"),
        (TENDERS.replace(",", ";").encode(), "line 1", "semicolons"),
        (TENDERS.encode() + b"1,7,KORT,1,NOK\n1,7,KORT,12,50,NOK\n", "line 3", "6"),
        (TENDERS.encode() + b'1,7,"A\nB",1,NOK\n\n1,7\n', "line 5", "2"),
        (TENDERS.encode() + b'1,7,KORT,1,NOK\n1,8,"KO', "", "odd number"),
        (TENDERS.encode() + "1,7,KORT,1,NOK\n1,7,Kjøp,1,NOK\n".encode("latin-1"), "byte 63 (line 3)", "0xf8"),
        (TENDERS.encode() + b"1,7,KORT,1,NOK\n1,7,,1,NOK\n", "line 3, column tender", "nothing"),
        (TENDERS.encode() + b'1,7,"A\nB",1,NOK\n1,7,KORT,"12,50",NOK\n', "line 4, column amount", "'12,50'"),
        (TENDERS.encode() + b"1,7,KO\x00RT,1,NOK\n", "line 2, column tender", "'KO\\x00RT'"),
        (TENDERS.encode("utf-16"), "byte 1 (line 1)", "0xff"),
    ],
)
def test_a_bad_csv_is_named_by_place(tmp_path: Path, text: bytes, place: str, got: str) -> None:
    error = refused(csv(tmp_path, text))
    assert error.place == place
    assert got in error.got
    assert error.expected
    assert error.next_step


def test_an_unknown_column_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    error = refused(csv(tmp_path, TENDERS.replace("amount", "belop")))
    assert "exchange_rate" in error.expected


def test_the_bad_row_is_found_precisely_in_many(tmp_path: Path) -> None:
    rows = [f"1,7,T{n},1.00,NOK\n" for n in range(20_000)]
    rows[17_123] = "1,7,T,1.001,NOK\n"
    assert refused(csv(tmp_path, TENDERS + "".join(rows))).place == "line 17125, column amount"


def test_personal_values_are_never_shown(tmp_path: Path) -> None:
    path = csv(tmp_path, "customer,kind,name\n1,private,Kari\x01Nordmann\n", "customers.csv")
    error = refused(path, CUSTOMERS)
    assert "column name" in error.place
    assert "Kari" not in str(error)
    ragged = refused(csv(tmp_path, "customer,kind,name\n1,private,Nordmann,Kari\n", "customers.csv"), CUSTOMERS)
    assert "Kari" not in str(ragged)


def test_a_missing_file_is_an_extract_error(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "z_tenders.csv").got


def parquet(tmp_path: Path, **columns: pa.Array) -> Path:
    base = {
        "register": pa.array(["1", "2"]),
        "z_number": pa.array(["7", "8"]),
        "tender": pa.array(["KORT", "VIPPS"]),
        "amount": pa.array([Decimal("1.50"), Decimal("-2.00")]),
        "currency": pa.array(["NOK", "NOK"]),
    }
    pq.write_table(pa.table({**base, **columns}), path := tmp_path / "z_tenders.parquet")
    return path


@pytest.mark.parametrize(
    "amount",
    [
        pa.array(["1.50", "-2"]),
        pa.array(["1.50", "-2"]).dictionary_encode(),
        pa.array(["1.50", "-2"], pa.large_string()),
        pa.array([Decimal("1.5"), Decimal("-2")], pa.decimal128(5, 1)),
        pa.array([Decimal("1.5"), Decimal("-2")], pa.decimal256(40, 20)),
    ],
    ids=lambda a: str(a.type),
)
def test_parquet_money_as_decimal_or_text(tmp_path: Path, amount: pa.Array) -> None:
    assert read_frame(parquet(tmp_path, amount=amount), Z_TENDERS)["amount"].tolist() == [150, -200]


@pytest.mark.parametrize(
    ("amount", "place", "got"),
    [
        (pa.array([0.1 + 0.2, 1.0]), "column amount", "a float is never exact"),
        (pa.array([1.0, 2.0], pa.float32()), "column amount", "a float is never exact"),
        (pa.array([1, 2]), "column amount", "whole kroner or øre"),
        (pa.array([True, False]), "column amount", "bool"),
        (pa.array([Decimal("1.00"), Decimal("1.001")]), "row 2, column amount", "'1.001'"),
        (pa.array([Decimal("1.00"), Decimal("1E13")]), "row 2, column amount", "'10000000000000.00'"),
        (pa.array([Decimal("1.00"), None]), "row 2, column amount", "nothing"),
        (pa.array([None, None]), "row 1, column amount", "nothing"),
        (pa.array(["1", "12,50"]), "row 2, column amount", "'12,50'"),
    ],
)
def test_parquet_money_that_is_not_exact_is_refused(tmp_path: Path, amount: pa.Array, place: str, got: str) -> None:
    error = refused(parquet(tmp_path, amount=amount))
    assert error.place == place
    assert got in error.got


def test_parquet_keys_may_be_whole_numbers(tmp_path: Path) -> None:
    frame = read_frame(parquet(tmp_path, register=pa.array([1, 2]), z_number=pa.array([10**12, 8])), Z_TENDERS)
    assert frame["register"].tolist() == ["1", "2"]
    assert frame["z_number"].tolist() == ["1000000000000", "8"]


@pytest.mark.parametrize("count", [pa.array([1.0, None]), pa.array([Decimal("1"), None]), pa.array([b"1", None])])
def test_parquet_counts_are_integers(tmp_path: Path, count: pa.Array) -> None:
    assert refused(parquet(tmp_path, count=count)).place == "column count"


def lines(tmp_path: Path, days: pa.Array) -> pd.Series:
    table = {
        "register": pa.array(["1"] * len(days)),
        "z_number": pa.array(["7"] * len(days)),
        "receipt_id": pa.array(["1"] * len(days)),
        "line_id": pa.array(["1"] * len(days)),
        "amount": pa.array(["1"] * len(days)),
        "amount_excl_vat": pa.array(["1"] * len(days)),
        "original_sale_date": days,
    }
    pq.write_table(pa.table(table), path := tmp_path / "receipt_lines.parquet")
    return read_frame(path, RECEIPT_LINES)["original_sale_date"]


@pytest.mark.parametrize(
    "days",
    [
        pa.array([dt.date(2026, 11, 23), None]),
        pa.array([dt.date(2026, 11, 23), None], pa.date64()),
        pa.array([dt.datetime(2026, 11, 23), None], pa.timestamp("s")),
        pa.array([dt.datetime(2026, 11, 22, 23), None], pa.timestamp("ns", "UTC")),
        pa.array(["2026-11-23", ""]),
    ],
    ids=lambda a: str(a.type),
)
def test_parquet_dates(tmp_path: Path, days: pa.Array) -> None:
    read = lines(tmp_path, days)
    assert read.iloc[0] == pd.Timestamp(2026, 11, 23)
    assert pd.isna(read.iloc[1])


@pytest.mark.parametrize(
    "days",
    [
        pa.array([None, dt.datetime(2026, 11, 23, 12)], pa.timestamp("us")),
        pa.array([None, dt.datetime(2026, 11, 23)], pa.timestamp("us", "UTC")),
        pa.array([None, 10**8], pa.int32()).cast(pa.date32()),
        pa.array([None, 10**18], pa.int64()).cast(pa.timestamp("us")),
        pa.array([None, "2026-02-30"]),
    ],
    ids=["noon", "utc midnight", "far date", "far timestamp", "no such day"],
)
def test_parquet_dates_that_are_none(tmp_path: Path, days: pa.Array) -> None:
    with pytest.raises(ExtractError) as error:
        lines(tmp_path, days)
    assert error.value.place == "row 2, column original_sale_date"


def test_parquet_times_of_any_zone_become_oslo_and_naive_ones_are_oslo(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    moment = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    for times, wanted in [
        (pa.array([moment], pa.timestamp("ms", "America/New_York")), "2026-07-01T14:00:00+02:00"),
        (pa.array([moment.replace(tzinfo=None)], pa.timestamp("ns")), "2026-07-01T12:00:00+02:00"),
        (pa.array(["2026-07-01T12:00:00Z"]), "2026-07-01T14:00:00+02:00"),
    ]:
        row = {"customer": pa.array(["1"]), "kind": pa.array(["private"]), "name": pa.array(["A"]), "changed_at": times}
        pq.write_table(pa.table(row), path)
        assert read_frame(path, CUSTOMERS)["changed_at"].iloc[0].isoformat() == wanted


@pytest.mark.parametrize("active", [pa.array([True, False]), pa.array(["true", "FALSE"])])
def test_parquet_truth(tmp_path: Path, active: pa.Array) -> None:
    table = pa.table({"article": pa.array(["1", "2"]), "name": pa.array(["A", "B"]), "active": active})
    pq.write_table(table, path := tmp_path / "products.parquet")
    assert read_frame(path, PRODUCTS)["active"].tolist() == [True, False]


@pytest.mark.parametrize("cut", [0, 3, 40, -9])
def test_a_corrupt_parquet_is_an_extract_error(tmp_path: Path, cut: int) -> None:
    path = parquet(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    assert refused(path).expected == "a whole Parquet file"


def test_a_damaged_parquet_page_is_an_extract_error(tmp_path: Path) -> None:
    path = parquet(tmp_path)
    data = bytearray(path.read_bytes())
    data[4:200] = b"\xff" * 196
    path.write_bytes(data)
    assert refused(path).expected == "a whole Parquet file"


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    good = read_frame(csv(tmp_path, TENDERS + "1,7,KORT,1,NOK\n"), Z_TENDERS)
    target = tmp_path / "out.csv"
    for name, value in [("amount", 10**15), ("tender", ""), ("tender", None), ("tender", "a\x0bb")]:
        bad = good.copy()
        bad[name] = [value]
        with pytest.raises(ValueError, match=f"z_tenders.{name}"):
            write_frame(bad, Z_TENDERS, target)
    with pytest.raises(KeyError, match=r"z_tenders\.amount"):
        write_frame(good.drop(columns="amount"), Z_TENDERS, target)
    with pytest.raises(ValueError, match=r"csv or \.parquet"):
        write_frame(good, Z_TENDERS, tmp_path / "z_tenders.txt")
    assert not target.exists()


def test_a_frame_of_many_rows_is_read_by_columns_not_by_rows(tmp_path: Path) -> None:
    """Not a timed test: 50 000 lines in both formats are the same frame."""
    rows = 50_000
    frame = RECEIPT_LINES.conform(
        pd.DataFrame(
            {
                "register": ["1"] * rows,
                "z_number": ["7"] * rows,
                "receipt_id": np.arange(rows).astype(str),
                "line_id": ["1"] * rows,
                "amount": np.arange(rows),
                "amount_excl_vat": -np.arange(rows),
            }
        )
    )
    for suffix in (".csv", ".parquet"):
        write_frame(frame, RECEIPT_LINES, path := tmp_path / f"receipt_lines{suffix}")
        pd.testing.assert_frame_equal(read_frame(path, RECEIPT_LINES), frame)
