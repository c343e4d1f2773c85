"""Extracts as SQL views, on SQLite and on PostgreSQL: the same bundles as the files, and no float, password or guess on the way."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from frontline_pipeline.frames.bundle import Status
from frontline_pipeline.frames.raw import ALL_FRAMES, MASTER_FRAMES, RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.frames.spec import SCALE, Column, FrameSpec, Kind
from frontline_pipeline.frontline.contract_samples import DAY, SAMPLES, STORE
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.source import Extracts, open_source
from frontline_pipeline.frontline.sql import SqlExtracts
from frontline_pipeline.settings import Paths, Settings, SqlSource
from frontline_pipeline_tests.postgres import postgres_schema, postgres_url

__all__ = ["postgres_schema", "postgres_url"]

DAY_ = dt.date.fromisoformat(DAY)
SQLITE_TYPES = dict.fromkeys(Kind, "TEXT") | {Kind.INT: "INTEGER", Kind.BOOL: "INTEGER", Kind.DATE: "DATE"}
POSTGRES_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INT: "INTEGER",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    Kind.BOOL: "BOOLEAN",
} | {kind: f"NUMERIC(18, {scale + 1})" for kind, scale in SCALE.items()}


class Database:
    """Tables as a till's database may have them, with the contract's views `pos_<frame>` over them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        self.types = SQLITE_TYPES if self.engine.dialect.name == "sqlite" else POSTGRES_TYPES

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def create(self, spec: FrameSpec, **types: str) -> None:
        """The table of a frame and its view; `types` override those of single columns."""
        columns = ", ".join(f'"{c.name}" {types.get(c.name, self.types[c.kind])}' for c in spec.columns)
        self.run(
            f"CREATE TABLE t_{spec.name} (shop TEXT, {columns})",
            f"CREATE VIEW pos_{spec.name} AS SELECT shop AS store, {', '.join(f'{q!s}' for q in quoted(spec))} FROM t_{spec.name}",
        )

    def insert(self, spec: FrameSpec, text: str, store: str = STORE) -> None:
        header, *lines = text.splitlines()
        names = header.split(",")
        rows = [[self._value(spec.by_name[n], v) for n, v in zip(names, cells(line), strict=True)] for line in lines]
        table = sa.table(f"t_{spec.name}", sa.column("shop"), *(sa.column(name) for name in names))
        with self.engine.begin() as connection:
            connection.execute(
                sa.insert(table), [dict(zip(("shop", *names), (store, *row), strict=True)) for row in rows]
            )

    def _value(self, column: Column, text: str) -> object:
        if text == "":
            return None
        if column.kind is Kind.INT:
            return int(text)
        if column.kind is Kind.BOOL:
            return text == "true" if self.engine.dialect.name != "sqlite" else int(text == "true")
        if self.engine.dialect.name == "sqlite" or column.kind is Kind.TEXT:
            return text
        if column.kind is Kind.DATE:
            return dt.date.fromisoformat(text)
        if column.kind is Kind.TIMESTAMP:
            return dt.datetime.fromisoformat(text)
        return Decimal(text)

    def extracts(self, today: dt.date = DAY_, schema: str | None = None) -> Extracts:
        return SqlExtracts(self.engine, schema, "pos_", today=lambda: today)

    def refused(self, *, receipts: bool = False) -> ExtractError:
        with pytest.raises(ExtractError) as error:
            self.extracts().receipts(STORE, DAY_) if receipts else self.extracts().z_reports(STORE, DAY_)
        assert error.value.next_step
        return error.value


def quoted(spec: FrameSpec) -> list[str]:
    return [f'"{column.name}"' for column in spec.columns]


def cells(line: str) -> list[str]:
    return next(csv.reader([line]))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'till.sqlite'}")
    else:
        database = Database(request.getfixturevalue("postgres_schema"))
    yield database
    database.engine.dispose()


@pytest.fixture
def till(empty: Database) -> Database:
    """The contract's sample in every view."""
    for spec in ALL_FRAMES:
        empty.create(spec)
        empty.insert(spec, SAMPLES[spec.name])
    return empty


def test_views_give_the_same_frames_as_files(till: Database, tmp_path: Path) -> None:
    folder = tmp_path / "files" / STORE / DAY
    folder.mkdir(parents=True)
    for name, text in SAMPLES.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    files, views = FileExtracts(tmp_path / "files", today=lambda: DAY_), till.extracts()
    z_files, z_views = files.z_reports(STORE, DAY_), views.z_reports(STORE, DAY_)
    assert z_files is not None
    assert z_views is not None
    receipts = files.receipts(STORE, DAY_), views.receipts(STORE, DAY_)
    for a, b, specs in [(z_files, z_views, Z_FRAMES), (*receipts, RECEIPT_FRAMES)]:
        assert a.status is b.status is Status.OK
        for spec in specs:
            order = list(spec.key or spec.column_names)
            pd.testing.assert_frame_equal(b[spec.name], a[spec.name].sort_values(order, ignore_index=True))
    for spec in MASTER_FRAMES:
        in_files, in_views = files.master(STORE, DAY_, spec.name), views.master(STORE, DAY_, spec.name)
        assert in_files is not None
        assert in_views is not None
        pd.testing.assert_frame_equal(in_views, in_files)


def test_sources_are_hashes_of_what_the_views_gave(till: Database) -> None:
    def sources() -> dict[str, str]:
        bundle = till.extracts().z_reports(STORE, DAY_)
        assert bundle is not None
        return dict(bundle.sources)

    before = sources()
    assert set(before) == {f"pos_{spec.name}" for spec in Z_FRAMES}
    assert sources() == before
    till.run("UPDATE t_z_vat SET vat = '15.03' WHERE vat_code = 'H'")
    after = sources()
    assert [name for name in before if before[name] != after[name]] == ["pos_z_vat"]


def test_only_the_store_and_its_z_reports_of_the_day(till: Database) -> None:
    for store, day, z in [("bergen", DAY, "417"), (STORE, "2026-11-24", "418")]:
        for spec in Z_FRAMES:
            till.insert(
                spec, SAMPLES[spec.name].replace("\n1,417,", f"\n1,{z},").replace(f",{DAY},", f",{day},"), store
            )
    views = till.extracts(today=dt.date(2026, 12, 1))
    bundle = views.z_reports(STORE, DAY_)
    assert bundle is not None
    assert bundle["z_reports"]["z_number"].tolist() == ["417"]
    assert len(bundle["z_tenders"]) == 2
    days = views.delivered_days(STORE, dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert days == {DAY_, dt.date(2026, 11, 24)}
    assert views.delivered_days(STORE, dt.date(2026, 11, 24), dt.date(2026, 11, 24)) == {dt.date(2026, 11, 24)}
    assert views.z_reports(STORE, dt.date(2026, 11, 22)) is None
    assert views.receipts(STORE, dt.date(2026, 11, 22)).status is Status.NOT_DELIVERED
    assert views.covered_note(STORE, DAY_) is None


def test_many_z_reports_are_fetched_in_chunks(till: Database) -> None:
    header = "register,z_number,business_day,sales_total,receipt_count\n"
    till.insert(Z_FRAMES[0], header + "".join(f"1,{n},{DAY},0.00,0\n" for n in range(1000, 1450)))
    till.insert(
        Z_FRAMES[2],
        "register,z_number,tender,amount,currency\n" + "".join(f"1,{n},CASH,{n}.50,NOK\n" for n in range(1000, 1450)),
    )
    bundle = till.extracts().z_reports(STORE, DAY_)
    assert bundle is not None
    assert len(bundle["z_reports"]) == 451
    assert bundle["z_tenders"]["amount"].sum() == 33_250 + sum(n * 100 + 50 for n in range(1000, 1450))


def test_a_missing_required_view_is_named(empty: Database) -> None:
    empty.create(Z_FRAMES[0])
    error = empty.refused()
    assert "pos_z_vat" in error.file
    assert "view" in error.expected


def test_missing_optional_views_are_not_delivered(empty: Database) -> None:
    for spec in Z_FRAMES[:3]:
        empty.create(spec)
        empty.insert(spec, SAMPLES[spec.name])
    views = empty.extracts()
    bundle = views.z_reports(STORE, DAY_)
    assert bundle is not None
    assert len(bundle["z_movements"]) == 0
    assert views.receipts(STORE, DAY_).status is Status.NOT_DELIVERED
    assert views.master(STORE, DAY_, "customers") is None
    empty.create(RECEIPT_FRAMES[1])
    assert "pos_receipts" in empty.refused(receipts=True).file
    empty.create(RECEIPT_FRAMES[0])
    assert views.receipts(STORE, DAY_).status is Status.OK


def test_a_day_in_the_future_is_refused(till: Database) -> None:
    with pytest.raises(ExtractError, match="lies in the future"):
        till.extracts(today=DAY_ - dt.timedelta(days=1)).z_reports(STORE, DAY_)


def test_a_receipt_line_without_its_receipt_is_refused(till: Database) -> None:
    till.run("UPDATE t_receipt_lines SET receipt_id = '9999' WHERE receipt_id = '1003'")
    error = till.refused(receipts=True)
    assert error.got == "register '1', receipt_id '9999'"
    assert "receipt_id '9999'" in error.place


@pytest.mark.parametrize("change", ["misspelled", "missing", "no store"])
def test_columns_of_a_view_are_checked(till: Database, change: str) -> None:
    names = {"misspelled": "shop AS store, *", "missing": "shop AS store, register, z_number", "no store": '"register"'}
    till.run("DROP VIEW pos_z_vat", f"CREATE VIEW pos_z_vat AS SELECT {names[change]} FROM t_z_vat")
    error = till.refused()
    assert "pos_z_vat" in error.file
    wanted = {
        "misspelled": ("rate", "unknown shop"),
        "missing": ("base", "without it"),
        "no store": ("store", "without it"),
    }
    assert wanted[change][0] in error.expected
    assert wanted[change][1] in error.got


@pytest.mark.parametrize(
    ("sql_type", "got"), [("REAL", "float"), ("DOUBLE PRECISION", "float"), ("INTEGER", "øre"), ("BIGINT", "øre")]
)
def test_a_money_column_of_an_inexact_type_is_refused(empty: Database, sql_type: str, got: str) -> None:
    for spec in Z_FRAMES[:3]:
        empty.create(spec, amount=sql_type)
    error = empty.refused()
    assert error.place == "column amount"
    assert got in error.got


@pytest.mark.parametrize("value", ["12,50", "NaN", "1e400", "12.345", "1 000.00", ""])
def test_a_hostile_amount_in_a_text_column_is_named_by_its_keys(empty: Database, value: str) -> None:
    for spec in Z_FRAMES[:3]:
        empty.create(spec, amount="TEXT")
        empty.insert(spec, SAMPLES[spec.name].replace("75.00", "0.00")) if spec.name != "z_tenders" else None
    table = sa.table(
        "t_z_tenders", *(sa.column(n) for n in ("shop", "register", "z_number", "tender", "currency", "amount"))
    )
    with empty.engine.begin() as connection:
        connection.execute(
            sa.insert(table),
            {"shop": STORE, "register": "1", "z_number": "417", "tender": "KORT", "currency": "NOK", "amount": value},
        )
    error = empty.refused()
    assert error.place == f"store {STORE}, register '1', z_number '417', tender 'KORT', currency 'NOK', column amount"
    assert repr(value) in error.got or value == ""


def test_a_numeric_with_too_many_decimals_is_refused(till: Database) -> None:
    till.run("UPDATE t_z_tenders SET amount = 75.005 WHERE tender = 'CASH'")
    assert "75.005" in till.refused().got


def test_keys_of_other_types_than_text(empty: Database) -> None:
    """Integer and CHAR keys are common in tills: 417 and '1   ' are Z 417 and register 1."""
    for spec in (*Z_FRAMES, *RECEIPT_FRAMES):
        empty.create(spec, z_number="INTEGER", register="CHAR(4)", receipt_id="BIGINT")
        text = SAMPLES[spec.name].replace("\n1,417,", "\n1   ,417,")
        header, *lines = text.splitlines()
        integer = [header.split(",").index(name) for name in ("z_number", "receipt_id") if name in header.split(",")]
        table = sa.table(f"t_{spec.name}", sa.column("shop"), *(sa.column(n) for n in header.split(",")))
        for line in lines:
            values = [empty._value(spec.by_name[n], v) for n, v in zip(header.split(","), cells(line), strict=True)]
            for position in integer:
                values[position] = int(str(values[position]))
            with empty.engine.begin() as connection:
                connection.execute(
                    sa.insert(table).values(dict(zip(("shop", *header.split(",")), (STORE, *values), strict=True)))
                )
    if empty.engine.dialect.name == "sqlite":  # SQLite does not pad or trim CHAR when it compares
        for spec in (*Z_FRAMES, *RECEIPT_FRAMES):
            empty.run(f"UPDATE t_{spec.name} SET register = '1'")
    bundle, receipts = empty.extracts().z_reports(STORE, DAY_), empty.extracts().receipts(STORE, DAY_)
    assert bundle is not None
    assert bundle["z_vat"][["register", "z_number"]].to_numpy().tolist() == [["1", "417"]] * 2
    assert receipts["receipts"]["receipt_id"].tolist() == ["1001", "1002", "1003", "1004"]
    assert len(receipts["receipt_payments"]) == 4


def test_a_bad_timestamp_is_named(till: Database) -> None:
    if till.engine.dialect.name != "sqlite":
        till.run("UPDATE t_z_reports SET closed_at = '2300-01-01'")
    else:
        till.run("UPDATE t_z_reports SET closed_at = 1763899200")
    error = till.refused()
    assert error.place.endswith("register '1', z_number '417', column closed_at")


def test_a_schema_is_honoured(empty: Database) -> None:
    if empty.engine.dialect.name == "sqlite":
        with pytest.raises(ExtractError, match="SQL source"):
            empty.extracts(schema="no_such_schema").z_reports(STORE, DAY_)
        return
    for spec in Z_FRAMES[:3]:
        empty.create(spec)
        empty.insert(spec, SAMPLES[spec.name])
    own = sa.make_url(empty.url).query["options"].split("=")[1]
    empty.engine.dispose()
    empty.engine = sa.create_engine(sa.make_url(empty.url).difference_update_query(["options"]))
    assert empty.extracts(schema=own).z_reports(STORE, DAY_) is not None
    with pytest.raises(ExtractError, match="view pos_z_reports"):
        empty.extracts().z_reports(STORE, DAY_)


def test_a_master_view_with_business_day_gives_the_day(till: Database) -> None:
    till.run(
        "DROP VIEW pos_orders",
        f"CREATE VIEW pos_orders AS SELECT shop AS store, {', '.join(quoted(MASTER_FRAMES[2]))}, CAST('2026-11-23' AS "
        f"{'TEXT' if till.engine.dialect.name == 'sqlite' else 'DATE'}) AS business_day FROM t_orders",
    )
    views = till.extracts()
    orders, other = views.master(STORE, DAY_, "orders"), views.master(STORE, dt.date(2026, 11, 22), "orders")
    assert orders is not None
    assert other is not None
    assert (len(orders), len(other)) == (1, 0)
    assert orders["total"].tolist() == [25_000]


SECRET = "hemmelig-7Kq"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://pos:{SECRET}@127.0.0.1:1/pos?connect_timeout=2",
        f"no_such_dialect://pos:{SECRET}@127.0.0.1/pos",
        f"postgresql+no_driver://pos:{SECRET}@127.0.0.1/pos",
        f"not a url {SECRET}",
        f"postgresql+psycopg://pos:{SECRET}@127.0.0.1:notaport/pos",
    ],
)
def test_a_password_is_in_no_error(url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ExtractError) as error:
        SqlExtracts(url).z_reports(STORE, DAY_)
    assert SECRET not in str(error.value)
    assert SECRET not in repr(error.value)
    assert error.value.__suppress_context__
    assert error.value.__cause__ is None


def test_a_failing_view_is_an_extract_error_without_rows(till: Database) -> None:
    if till.engine.dialect.name == "sqlite":
        till.run("DROP TABLE t_z_vat")
    else:
        columns = [
            f'"{c.name}"' if c.name != "vat" else "CAST(vat_code AS NUMERIC) AS vat" for c in Z_FRAMES[1].columns
        ]
        till.run(
            "DROP VIEW pos_z_vat", f"CREATE VIEW pos_z_vat AS SELECT shop AS store, {', '.join(columns)} FROM t_z_vat"
        )
    error = till.refused()
    assert error.expected == "an answer from the database"
    assert '"H"' not in str(error)


def test_open_source_takes_the_url_from_the_environment(till: Database, tmp_path: Path) -> None:
    office = {"application_id_env": "A", "username_env": "B", "password_env": "C"}
    settings = Settings.model_validate(
        {
            "companies": {"as": {"name": "Eksempel AS", "organisation_number": "999999999", "office": office}},
            "stores": {"oslo": {"name": "Oslo", "company": "as", "registers": ["1"]}},
            "partitions": {"start": "2025-01-01"},
            "source": {"kind": "sql", "url_env": "POS_URL", "view_prefix": "pos_"},
        }
    )
    assert isinstance(settings.source, SqlSource)
    paths = Paths(settings, tmp_path)
    till.run("UPDATE t_z_reports SET business_day = '2025-01-02'")
    extracts = open_source(settings.source, paths, {"POS_URL": till.url})
    assert extracts.delivered_days(STORE, dt.date(2025, 1, 1), dt.date(2025, 1, 31)) == {dt.date(2025, 1, 2)}
    with pytest.raises(ExtractError, match="POS_URL"):
        open_source(settings.source, paths, {})


def test_sqlite_numeric_columns_come_as_exact_text(tmp_path: Path) -> None:
    """The tempting `NUMERIC` on SQLite stores a float; cast by the database it is still the øre that were written."""
    database = Database(f"sqlite:///{tmp_path / 'till.sqlite'}")
    for spec in Z_FRAMES[:3]:
        database.create(spec, amount="NUMERIC(12, 2)")
        database.insert(spec, SAMPLES[spec.name])
    amounts = [f"{n // 100}.{n % 100:02d}" for n in range(1, 2_000_000, 9973)] + ["9007199254.93"]
    rows = "".join(f"1,417,T{n},{amount},NOK\n" for n, amount in enumerate(amounts))
    database.insert(Z_FRAMES[2], "register,z_number,tender,amount,currency\n" + rows)
    bundle = database.extracts().z_reports(STORE, DAY_)
    assert bundle is not None
    read = bundle["z_tenders"].set_index("tender")["amount"]
    assert [int(read[f"T{n}"]) for n in range(len(amounts))] == [int(a.replace(".", "")) for a in amounts]
    assert math.fsum(read) == read.sum()
