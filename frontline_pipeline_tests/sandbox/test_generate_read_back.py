"""The pipeline's own SAF-T reader sees in a generated file what the contract files of the same specification say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from frontline_pipeline.frontline.saft import read_saft
from frontline_pipeline.frontline.saft_model import SaftHeader, SaftSummary, ZKey, ZReport
from frontline_pipeline.sandbox.generate import GenerateSpec, Simulation, generate
from frontline_pipeline.sandbox.generate_contract import store_day_frames
from frontline_pipeline.sandbox.shop_profiles import SAFT_KINDS
from frontline_pipeline.sandbox.shop_spec import ShopSpec

SHOPS = (
    ShopSpec(store="oslo", name="Oslo", registers=("O-1", "O-2"), receipts_per_day=70),
    ShopSpec(store="bergen", name="Bergen", registers=("B-1",), profile="restaurant", receipts_per_day=70),
    ShopSpec(store="tromso", name="Tromsø", registers=("T-1",), profile="fashion", receipts_per_day=70),
    ShopSpec(store="moss", name="Moss", registers=("M-1",), profile="kiosk", receipts_per_day=70),
)
SPEC = GenerateSpec(seed=11, stores=SHOPS, first=dt.date(2026, 11, 5), days=4)


class Collector:
    """Keeps what the reader hands out."""

    def __init__(self) -> None:
        self.z: dict[ZKey, ZReport] = {}
        self.tables: dict[ZKey, list[Mapping[str, pa.Table]]] = {}

    def register(self, header: SaftHeader, register: str, location: str) -> None:
        assert header.organisation_number == "999999999"

    def receipts(self, key: ZKey, tables: Mapping[str, pa.Table]) -> None:
        self.tables.setdefault(key, []).append(tables)

    def z_report(self, report: ZReport) -> None:
        self.z[report.key] = report

    def rows(self, key: ZKey, name: str, columns: list[str]) -> list[tuple[object, ...]]:
        tables = [chunk[name] for chunk in self.tables.get(key, [])] if name.startswith("receipt") else []
        tables = tables or [self.z[key].tables[name]]
        return [tuple(scaled(row[c]) for c in columns) for table in tables for row in table.to_pylist()]


def scaled(value: object) -> object:
    """Decimals by their text, so that 12.50 and 12.5 are one; empty is None."""
    return value.normalize() if isinstance(value, Decimal) else value


def expected(frame: pd.DataFrame, key: ZKey, columns: list[str], scales: Mapping[str, int]) -> list[tuple[object, ...]]:
    mine = frame[(frame["register"] == key.register) & (frame["z_number"] == key.z_number)]
    return [
        tuple(None if pd.isna(v) else (Decimal(v) / scales[c]).normalize() if c in scales else v for c, v in row)
        for row in ([(c, record[c]) for c in columns] for record in mine.to_dict("records"))
    ]


@pytest.fixture(scope="module")
def read_back(tmp_path_factory: pytest.TempPathFactory) -> tuple[SaftSummary, Collector]:
    (path,) = generate(SPEC, tmp_path_factory.mktemp("back"))
    collector = Collector()
    return read_saft(Path(path), collector, chunk_receipts=50), collector


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    simulation = Simulation(SPEC)
    days = [
        day
        for shop in SHOPS
        for register in shop.registers
        for day in simulation.delivered(shop, register, SPEC.first, SPEC.last)
    ]
    return store_day_frames(days, with_receipts=True)


def keys(frames: Mapping[str, pd.DataFrame]) -> Iterable[ZKey]:
    return [ZKey(r.register, r.z_number) for r in frames["z_reports"].itertuples()]


def test_nothing_is_untied_open_or_odd(
    read_back: tuple[SaftSummary, Collector], frames: dict[str, pd.DataFrame]
) -> None:
    summary, collector = read_back
    assert summary.warnings == ()
    assert (summary.counts.untied, summary.counts.open_receipts) == (0, 0)
    assert summary.counts.receipts == len(frames["receipts"])
    assert summary.counts.voided
    assert summary.counts.training
    assert set(collector.z) == set(keys(frames))


@pytest.mark.parametrize(
    ("name", "columns", "scales"),
    [
        ("z_tenders", ["tender", "tender_type", "amount", "currency"], {"amount": 100}),
        ("z_article_groups", ["article_group", "group_type", "count", "amount"], {"count": 1000, "amount": 100}),
        (
            "receipts",
            ["receipt_id", "sequence", "kind", "occurred_at", "amount", "rounding", "customer", "operator"],
            {"amount": 100, "rounding": 100},
        ),
        (
            "receipt_lines",
            ["receipt_id", "line_id", "article", "quantity", "amount", "vat_code", "standard_code", "rate", "vat"],
            {"quantity": 1000, "amount": 100, "rate": 1000, "vat": 100},
        ),
        (
            "receipt_payments",
            ["receipt_id", "payment_id", "tender", "tender_type", "amount", "reference"],
            {"amount": 100},
        ),
    ],
)
def test_frames_agree(
    name: str,
    columns: list[str],
    scales: dict[str, int],
    read_back: tuple[SaftSummary, Collector],
    frames: dict[str, pd.DataFrame],
) -> None:
    for key in keys(frames):
        assert read_back[1].rows(key, name, columns) == expected(frames[name], key, columns, scales), key


def test_z_reports_vat_and_movements_agree(
    read_back: tuple[SaftSummary, Collector], frames: dict[str, pd.DataFrame]
) -> None:
    columns = ["vat_code", "standard_code", "rate", "base", "vat"]
    for key in keys(frames):
        z = read_back[1].z[key]
        for column in ("sales_total", "opening_float", "grand_total_sales", "grand_total_return", "grand_total_net"):
            ((amount,),) = expected(frames["z_reports"], key, [column], {column: 100})
            assert scaled(z.row[column]) == amount, column
        vat = [row for row in read_back[1].rows(key, "z_vat", columns) if row[3]]
        assert vat == expected(frames["z_vat"], key, columns, {"rate": 1000, "base": 100, "vat": 100})
        told: dict[object, Decimal] = {}
        for kind, code, amount in read_back[1].rows(key, "z_movements", ["kind", "source_type", "amount"]):
            assert kind == (SAFT_KINDS[str(code)] if code else "tip")
            told[code] = amount
        meant: dict[object, Decimal] = {}
        for code, amount in expected(frames["z_movements"], key, ["source_type", "amount"], {"amount": 100}):
            meant[code] = meant.get(code, Decimal(0)) + amount
        assert told == meant
