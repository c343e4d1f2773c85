"""Generated contract files: as the frames' schemas want them, and the same days as the SAF-T of the same specification."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from generated_saft_xml import read

from frontline_pipeline.frames.raw import ALL_FRAMES
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.frontline.framefiles import read_frame
from frontline_pipeline.sandbox.generate import GenerateSpec, Simulation, generate
from frontline_pipeline.sandbox.generate_contract import RECEIPT_SPECS, Z_SPECS, store_day_frames
from frontline_pipeline.sandbox.shop_profiles import PAY_IN_CODES
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.settings import Calendar

FIRST = dt.date(2026, 10, 22)
STORES = (
    ShopSpec(
        store="oslo",
        name="Oslo",
        registers=("OSLO-1", "OSLO-2"),
        receipts_per_day=60,
        calendar=Calendar(closed_weekdays=("sunday",)),
    ),
    ShopSpec(store="bergen", name="Bergen", registers=("B-1",), profile="restaurant", receipts_per_day=80),
    ShopSpec(store="kiosk", name="Kiosk", registers=("K-1",), profile="kiosk", with_receipts=False),
)
SPEC = GenerateSpec(seed=5, stores=STORES, first=FIRST, days=6, format="parquet")
BY_NAME: dict[str, FrameSpec] = {spec.name: spec for spec in ALL_FRAMES}


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("contract")
    generate(SPEC, root)
    return root


def whole(root: Path, name: str) -> pd.DataFrame:
    """All store-days' rows of one frame."""
    paths = sorted(root.glob(f"*/*/{name}.*"))
    frames = [read_frame(path, BY_NAME[name]).assign(store=path.parts[-3], day=path.parts[-2]) for path in paths]
    return pd.concat(frames, ignore_index=True)


def test_a_folder_per_open_store_day(landing: Path) -> None:
    days = {f"2026-10-{n}" for n in range(22, 28)}
    assert {path.name for path in (landing / "bergen").iterdir()} == days
    assert {path.name for path in (landing / "oslo").iterdir()} == days - {"2026-10-25"}
    names = {path.stem for path in (landing / "oslo" / "2026-10-22").iterdir()}
    assert names == {spec.name for spec in (*Z_SPECS, *RECEIPT_SPECS)}
    assert {path.stem for path in (landing / "kiosk" / "2026-10-22").iterdir()} == {spec.name for spec in Z_SPECS}


@pytest.mark.parametrize("store", range(3))
def test_frames_satisfy_their_schemas_and_keys(store: int) -> None:
    shop = STORES[store]
    simulation = Simulation(SPEC)
    seen = dict.fromkeys((spec.name for spec in (*Z_SPECS, *RECEIPT_SPECS)), 0)
    for offset in range(SPEC.days):
        day = FIRST + dt.timedelta(days=offset)
        ran = [simulation.run(shop, register, day) for register in shop.registers]
        frames = store_day_frames([r for r in ran if r is not None], with_receipts=True)
        for name, frame in frames.items():
            BY_NAME[name].keyed_schema.validate(frame, lazy=True)
            seen[name] += len(frame)
    assert all(seen.values())


def test_csv_and_parquet_say_the_same(landing: Path, tmp_path: Path) -> None:
    paths = generate(SPEC.model_copy(update={"format": "csv", "days": 3, "stores": STORES[1:2]}), tmp_path)
    assert {path.suffix for path in paths} == {".csv"}
    for name in (spec.name for spec in (*Z_SPECS, *RECEIPT_SPECS)):
        csv = whole(tmp_path, name)
        same_days = whole(landing, name).query("store == 'bergen' and day <= '2026-10-24'").reset_index(drop=True)
        pd.testing.assert_frame_equal(csv, same_days)


def test_same_spec_same_bytes(landing: Path, tmp_path: Path) -> None:
    # The beginning of the same days: fewer days and stores change nothing in those that remain.
    fewer = SPEC.model_copy(update={"days": 2, "stores": STORES[1:]})
    again = generate(fewer, tmp_path)
    assert again == sorted(again, key=lambda p: (p.parts[-3] != "bergen", p.parts[-2]))
    for path in again:
        assert path.read_bytes() == (landing / path.relative_to(tmp_path)).read_bytes(), path.name
    csv = fewer.model_copy(update={"format": "csv"})
    first, second = (generate(csv, tmp_path / name) for name in ("one", "two"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_every_z_of_the_files_adds_up(landing: Path) -> None:
    z_reports = whole(landing, "z_reports")
    key = ["register", "z_number"]
    tenders = whole(landing, "z_tenders").groupby(key)["amount"].sum()
    vat = whole(landing, "z_vat").groupby(key)[["base", "vat"]].sum().sum(axis=1)
    groups = whole(landing, "z_article_groups").groupby(key)["amount"].sum()
    movements = whole(landing, "z_movements")
    direction = movements["kind"].map({"gift_card_sale": 1, "float_in": 1, "bank_deposit": -1, "tip": 1})
    moved = (movements["amount"] * direction).groupby([movements[column] for column in key]).sum()
    assert len(z_reports) == 2 * 5 + 6 + 6
    for row in z_reports.itertuples():
        at = (row.register, row.z_number)
        assert tenders[at] == row.sales_total + row.rounding + moved.get(at, 0)
        assert vat[at] == groups[at] == row.sales_total
        assert row.grand_total_net == row.grand_total_sales - row.grand_total_return
    assert z_reports["credit_sales"].eq(0).all()


def test_times_are_instants_also_in_the_repeated_hour(landing: Path) -> None:
    receipts = whole(landing, "receipts")
    bar = receipts[(receipts["store"] == "bergen") & (receipts["day"] == "2026-10-24")]
    assert bar["occurred_at"].is_monotonic_increasing
    assert str(bar["occurred_at"].iloc[-1].date()) == "2026-10-25"
    z = whole(landing, "z_reports").query("store == 'bergen' and day == '2026-10-24'").iloc[0]
    assert z["business_day"] == pd.Timestamp("2026-10-24")
    assert z["opened_at"] <= bar["occurred_at"].iloc[0]
    # Closed at half past two, still in summer time; the Z-report follows within the half hour.
    assert pd.Timestamp("2026-10-25 00:30", tz="UTC") < z["closed_at"] < pd.Timestamp("2026-10-25 01:00", tz="UTC")


def test_returns_tell_the_day_of_their_sale(landing: Path) -> None:
    kinds = whole(landing, "receipts").set_index(["register", "receipt_id"])["kind"]
    lines = whole(landing, "receipt_lines").set_index(["register", "receipt_id"])
    of_return = kinds.reindex(lines.index).eq("return").to_numpy()
    assert of_return.any()
    assert lines["original_sale_date"].notna().to_numpy().tolist() == of_return.tolist()
    assert (lines["quantity"][of_return] < 0).all()


def test_saft_and_contract_tell_the_same(landing: Path, tmp_path: Path) -> None:
    (path,) = generate(SPEC.model_copy(update={"format": "saft"}), tmp_path)
    frames = {spec.name: whole(landing, spec.name) for spec in (*Z_SPECS, *RECEIPT_SPECS)}
    seen = 0
    for register in read(path):
        for number, z in enumerate(register.z_reports):
            seen += 1
            mine = {
                name: frame[(frame["register"] == register.register) & (frame["z_number"] == z["z_number"])]
                for name, frame in frames.items()
            }
            _same_z(z, mine)
            closed = pd.Timestamp([w for kind, _, w in register.events if kind == "ZREP"][number])
            assert mine["z_reports"].iloc[0]["closed_at"].tz_localize(None) == closed
            if register.register != "K-1":
                _same_receipts(register.transactions_of(number), mine)
    assert seen == len(frames["z_reports"])


def _same_z(z: dict[str, object], mine: dict[str, pd.DataFrame]) -> None:
    (row,) = mine["z_reports"].to_dict("records")
    counts = z["counts"]
    assert row["sales_total"] == z["sales_total"]
    assert (row["grand_total_sales"], row["grand_total_return"], row["grand_total_net"]) == z["grand_total"]
    assert (row["receipt_count"], row["drawer_openings"]) == (z["receipt_count"], z["drawer_openings"])
    assert row["opening_float"] == z["opening_float"]
    for name, column in (
        ("ReceiptCopy", "copy"),
        ("ReceiptProforma", "proforma"),
        ("Return", "return"),
        ("Discount", "discount"),
        ("VoidTrans", "void"),
        ("Training", "training"),
    ):
        assert (row[f"{column}_count"], row[f"{column}_amount"]) == counts[name], column
    vat = {(r.vat_code, f"{r.rate / 1000:.2f}"): (r.base, r.vat) for r in mine["z_vat"].itertuples() if r.base}
    assert vat == z["vat"]
    assert {r.tender: (r.amount,) for r in mine["z_tenders"].itertuples()} == z["tenders"]
    # The count is in thousandths here and in hundredths there.
    groups = {r.article_group: (r.count // 10, r.amount) for r in mine["z_article_groups"].itertuples(name="G")}
    assert groups == z["groups"]
    movements = mine["z_movements"]
    by_code = movements.dropna(subset="source_type").groupby("source_type")["amount"].sum().to_dict()
    pay_ins = {code: (amount,) for code, amount in by_code.items() if code in PAY_IN_CODES}
    pay_outs = {code: (amount,) for code, amount in by_code.items() if code not in PAY_IN_CODES}
    assert (pay_ins, pay_outs) == (z["pay_ins"], z["pay_outs"])
    assert movements.loc[movements["kind"] == "tip", "amount"].sum() == z["tips"]


def _same_receipts(transactions: list[object], mine: dict[str, pd.DataFrame]) -> None:
    receipts = mine["receipts"]
    assert [(t.nr, t.amount, t.amount_ex, t.rounding) for t in transactions] == list(
        receipts[["sequence", "amount", "amount_excl_vat", "rounding"]].itertuples(index=False, name=None)
    )
    local = receipts["occurred_at"].dt.tz_localize(None)
    assert [pd.Timestamp(t.at) for t in transactions] == local.tolist()
    payments = mine["receipt_payments"]
    assert [(str(t.nr), *payment) for t in transactions for payment in t.payments] == list(
        payments[["receipt_id", "tender", "amount"]].itertuples(index=False, name=None)
    )
    columns = ["article", "quantity", "amount", "amount_excl_vat", "vat_code", "rate", "vat"]
    assert [
        tuple(line[c if c != "amount_excl_vat" else "amount_ex"] for c in columns)
        for t in transactions
        for line in t.lines
    ] == list(mine["receipt_lines"][columns].itertuples(index=False, name=None))
    assert [t.origin or None for t in transactions] == [
        None if pd.isna(value) else value for value in receipts["original_receipt"]
    ]


def test_no_register_delivered_no_frames() -> None:
    assert store_day_frames([], with_receipts=True) == {}
