"""A22, extract side: amounts that a float or a lenient parser would bend are exact to the øre or refused by file, row and column."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from frontline_pipeline.frontline.contract_samples import DAY, SAMPLES, STORE
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.files import FileExtracts

DAY_ = dt.date.fromisoformat(DAY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / STORE / DAY
    folder.mkdir(parents=True)
    for name in ("z_reports", "z_vat"):
        (folder / f"{name}.csv").write_text(SAMPLES[name], "utf-8")
    return folder


def tenders_csv(folder: Path, amount: str) -> None:
    quoted = '"' + amount.replace('"', '""') + '"'
    text = f"register,z_number,tender,amount,currency\n1,417,CASH,75.00,NOK\n1,417,CARD,{quoted},NOK\n"
    (folder / "z_tenders.csv").write_text(text, "utf-8")


def tenders_parquet(folder: Path, amount: pa.Array) -> None:
    rows = len(amount)
    table = {
        name: pa.array([value] * rows)
        for name, value in {"register": "1", "z_number": "417", "currency": "NOK"}.items()
    }
    pq.write_table(
        pa.table({**table, "tender": pa.array([f"T{n}" for n in range(rows)]), "amount": amount}),
        folder / "z_tenders.parquet",
    )


def amounts(folder: Path) -> list[int]:
    bundle = FileExtracts(folder.parent.parent, today=lambda: DAY_).z_reports(STORE, DAY_)
    assert bundle is not None
    assert str(bundle["z_tenders"]["amount"].dtype) == "int64"
    return bundle["z_tenders"]["amount"].tolist()


def refused(folder: Path) -> ExtractError:
    """The error of the read; the extract itself stays as it was."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ExtractError) as error:
        amounts(folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert error.value.expected
    return error.value


@pytest.mark.parametrize(
    "amount",
    [
        "12,50", "NaN", "nan", "1e400", "1e9", "inf", "-inf", "Infinity", "True", "true", "1.234", "0.30000000000000004",
        "1 234.50", "1,234.50", "1.234.50", "1'234.50", "1\u00a0234.50", "１２.５０", "١٢", "   ", "12 50", "+12.50", "1_000",
        "0x10", "kr 12.50", "12.50-", "(12.50)", "−12.50", "9" * 400, "10000000000000.00", "None", "null", "\u200b12.50", "12.50\n",
    ],
)  # fmt: skip
def test_A22_hostile_text_is_refused_and_named(folder: Path, amount: str) -> None:
    tenders_csv(folder, amount)
    error = refused(folder)
    assert error.file == str(folder / "z_tenders.csv")
    assert error.place == "line 3, column amount"
    assert "such as 1234.50" in error.expected
    assert repr(amount)[:20] in error.got or amount == "   "


def test_A22_an_empty_amount_is_not_zero(folder: Path) -> None:
    tenders_csv(folder, "")
    assert refused(folder).got == "nothing"


@pytest.mark.parametrize(
    ("amount", "ore"),
    [
        ("0.1", 10),
        ("0.30", 30),
        ("0.3000000000", 30),
        ("1000000000", 100_000_000_000),
        ("1000000000.01", 100_000_000_001),
        ("9007199254740.93", 900_719_925_474_093),
        ("-0.01", -1),
        (" 12.50 ", 1250),
    ],
)
def test_A22_exact_text_is_exact_ore(folder: Path, amount: str, ore: int) -> None:
    tenders_csv(folder, amount)
    assert amounts(folder) == [7500, ore]


@pytest.mark.parametrize(
    "amount",
    [
        pa.array([0.1 + 0.2]),
        pa.array([1e9]),
        pa.array([12.5], pa.float32()),
        pa.array([float("nan")]),
        pa.array([float("inf")]),
        pa.array([75]),
        pa.array([True]),
        pa.array([dt.date(2026, 11, 23)]),
        pa.array([b"12.50"]),
    ],
    ids=lambda array: f"{array.type} {array[0]}",
)
def test_A22_a_parquet_type_that_is_not_exact_is_refused(folder: Path, amount: pa.Array) -> None:
    tenders_parquet(folder, amount)
    error = refused(folder)
    assert error.place == "column amount"
    assert "decimal(18, 2), or text" in error.expected
    assert str(amount.type) in error.got


@pytest.mark.parametrize(
    "amount",
    [
        pa.array([Decimal("1.00"), Decimal("12.345")]),
        pa.array([Decimal("1"), Decimal("1e13")], pa.decimal128(38, 0)),
        pa.array([Decimal("1"), Decimal("1e60")], pa.decimal256(70, 0)),
        pa.array(["1.00", "12,50"]),
        pa.array(["1.00", "1e400"]),
        pa.array(["1.00", "NaN"]),
        pa.array([Decimal("1.00"), None]),
    ],
    ids=lambda array: f"{array.type} {array[1]}",
)
def test_A22_a_parquet_value_that_is_not_ore_is_refused(folder: Path, amount: pa.Array) -> None:
    tenders_parquet(folder, amount)
    assert refused(folder).place == "row 2, column amount"


def test_A22_parquet_decimals_are_exact(folder: Path) -> None:
    tenders_parquet(
        folder, pa.array([Decimal("0.1"), Decimal("0.2"), Decimal("9007199254740.93")], pa.decimal128(38, 10))
    )
    assert amounts(folder) == [10, 20, 900_719_925_474_093]
