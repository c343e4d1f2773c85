"""Bundles between assets: whole or not at all, the same frames back, on any fsspec path."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from frontline_pipeline.frames.bundle import SCHEMA_VERSION, Bundle, Status
from frontline_pipeline.frames.proven import PROVEN_Z_FRAMES, VOUCHER_FRAMES
from frontline_pipeline.frames.raw import ALL_FRAMES, Z_FRAMES
from frontline_pipeline.frames.spec import OSLO, Column, FrameSpec, Kind
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.storage import MANIFEST, BundleIOManager, BundleMissing, BundleStore

WHERE = StoreDay(dt.date(2025, 3, 30), "oslo")
SPECS = {
    f"{kind}-{s.name}": s
    for kind, specs in (("raw", ALL_FRAMES), ("proven", PROVEN_Z_FRAMES), ("voucher", VOUCHER_FRAMES))
    for s in specs
}
"""Every frame there is; the day is one of 23 hours."""


def bundle(*specs: FrameSpec, rows: int = 0, **changes: object) -> Bundle:
    frames = {spec.name: filled(spec, rows) for spec in specs}
    return replace(Bundle(WHERE.store, WHERE.business_day, Status.OK, frames), **changes)  # type: ignore[arg-type]


def filled(spec: FrameSpec, rows: int) -> pd.DataFrame:
    """Rows with every kind of value, and an empty cell wherever one may be."""
    columns = {
        c.name: [None if c.nullable and row == 1 else _value(c, row) for row in range(rows)] for c in spec.columns
    }
    return (
        spec.conform(pd.DataFrame({n: pd.Series(v, dtype="object") for n, v in columns.items()}))
        if rows
        else spec.empty()
    )


def _value(column: Column, row: int) -> object:
    if column.kind is Kind.TEXT:
        return column.choices[row % len(column.choices)] if column.choices else f"Bjørnøya {row} \U0001f9fe"
    if column.kind is Kind.DATE:
        return pd.Timestamp(WHERE.business_day)
    if column.kind is Kind.TIMESTAMP:
        # Either side of the hour that the night to summer time leaves out, and the repeated hour in October.
        return [
            pd.Timestamp("2025-03-30T00:59:59.123456Z"),
            pd.Timestamp("2025-10-26T00:30:00Z"),
            pd.Timestamp("2025-10-26T01:30:00Z"),
        ][row % 3].tz_convert(OSLO)
    if column.kind is Kind.BOOL:
        return row % 2 == 0
    # No double holds this number.
    return 9_007_199_254_740_993 + row


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BundleStore:
    """On a disk, and on another of fsspec's file systems."""
    return BundleStore(
        str(tmp_path / "storage") if request.param == "folder" else f"memory://{uuid.uuid4().hex}/storage"
    )


@pytest.mark.parametrize("rows", [0, 3])
@pytest.mark.parametrize("name", SPECS)
def test_every_frame_comes_back_as_it_went(name: str, rows: int, tmp_path: Path) -> None:
    spec, store = SPECS[name], BundleStore(str(tmp_path))
    written = bundle(spec, rows=rows)
    store.write("asset", written)
    back = store.read("asset", WHERE)[spec.name]
    assert_frame_equal(back, written[spec.name], check_exact=True)
    assert {c: str(t) for c, t in back.dtypes.items()} == {c.name: c.dtype for c in spec.columns}
    assert "float" not in " ".join(map(str, back.dtypes))


def test_what_stands_in_the_manifest_comes_back(store: BundleStore) -> None:
    written = bundle(
        *Z_FRAMES,
        status=Status.CLOSED,
        note="closed on sundays",
        sources=(("a.xml", "ab" * 32), ("b/c.csv", "cd" * 32)),
        held_by=("z_balances", "z_unique"),
    )
    assert not store.exists("z_reports", WHERE)
    store.write("z_reports", written)
    assert store.exists("z_reports", WHERE)
    back = store.read("z_reports", WHERE)
    assert replace(back, frames={}) == replace(written, frames={})
    assert list(back.frames) == list(written.frames)


def test_store_days_and_assets_are_kept_apart(store: BundleStore) -> None:
    others = [StoreDay(WHERE.business_day, "bergen"), StoreDay(dt.date(2025, 3, 31), "oslo")]
    for number, where in enumerate([WHERE, *others]):
        store.write("z_reports", bundle(store=where.store, business_day=where.business_day, note=str(number)))
    store.write("receipts", bundle(note="other asset"))
    assert [store.read("z_reports", where).note for where in [WHERE, *others]] == ["0", "1", "2"]


def test_what_was_never_written_is_named(store: BundleStore) -> None:
    with pytest.raises(
        BundleMissing, match=r"^z_reports of 2025-03-30\|oslo has not been materialised; materialise it first"
    ):
        store.read("z_reports", WHERE)


def test_a_rewrite_replaces_all_of_it(tmp_path: Path) -> None:
    store = BundleStore(str(tmp_path))
    store.write("z_reports", bundle(*Z_FRAMES, rows=3))
    store.write("z_reports", bundle(*Z_FRAMES[:1], rows=1, note="new"))
    back = store.read("z_reports", WHERE)
    assert (back.note, list(back.frames), len(back[Z_FRAMES[0].name])) == ("new", [Z_FRAMES[0].name], 1)
    folder = tmp_path / "z_reports" / "oslo" / "2025-03-30"
    assert len(list(folder.iterdir())) == 2, "the manifest, and the folder it names"


def test_a_reader_overtaken_by_a_rewrite_gets_the_new_bundle(
    store: BundleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest was read, and then another run of the store-day replaced what it names."""
    store.write("z_reports", bundle(*Z_FRAMES, rows=3, note="old"))
    opened, others = store._fs.cat_file, ["newer", "newest"]

    def overtaken(path: str, **options: object) -> bytes:
        if others:
            store.write("z_reports", bundle(*Z_FRAMES[:2], rows=2, note=others.pop(0)))
        return bytes(opened(path, **options))

    monkeypatch.setattr(store._fs, "cat_file", overtaken)
    back = store.read("z_reports", WHERE)
    assert (back.note, list(back.frames)) == ("newest", [spec.name for spec in Z_FRAMES[:2]])


def test_a_writer_whose_predecessor_is_gone_already_goes_on(tmp_path: Path) -> None:
    store = BundleStore(str(tmp_path))
    folder = Path(store.write("z_reports", bundle(*Z_FRAMES, rows=1)))
    shutil.rmtree(next(each for each in folder.iterdir() if each.is_dir()))
    with pytest.raises(BundleMissing, match="has lost files that its manifest names; materialise it again"):
        store.read("z_reports", WHERE)
    store.write("z_reports", bundle(*Z_FRAMES, rows=2))
    assert len(store.read("z_reports", WHERE)[Z_FRAMES[0].name]) == 2


@pytest.mark.parametrize("dies_at", ["first frame", "last frame", "manifest"])
def test_a_crash_before_the_manifest_leaves_the_old_bundle(
    dies_at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BundleStore(str(tmp_path))
    store.write("z_reports", bundle(*Z_FRAMES, rows=2, note="old"))
    old = store.read("z_reports", WHERE)
    files = {
        "first frame": f"{Z_FRAMES[0].name}.parquet",
        "last frame": f"{Z_FRAMES[-1].name}.parquet",
        "manifest": MANIFEST,
    }
    opened = store._fs.open

    def dying(path: str, mode: str = "rb", **options: object) -> object:
        if "w" in mode and path.endswith(files[dies_at]):
            raise OSError("disk full")
        return opened(path, mode, **options)

    monkeypatch.setattr(store._fs, "open", dying)
    with pytest.raises(OSError, match="disk full"):
        store.write("z_reports", bundle(*Z_FRAMES, rows=3, note="new"))
    monkeypatch.undo()
    back = store.read("z_reports", WHERE)
    assert back.note == "old"
    assert_frame_equal(back[Z_FRAMES[0].name], old[Z_FRAMES[0].name])
    store.write("z_reports", bundle(note="newer"))
    assert store.read("z_reports", WHERE).note == "newer"


def test_an_interrupted_first_write_is_no_bundle(tmp_path: Path) -> None:
    store = BundleStore(str(tmp_path))
    folder = Path(store.write("z_reports", bundle(*Z_FRAMES, rows=1)))
    (folder / MANIFEST).unlink()
    with pytest.raises(BundleMissing, match="materialise it first"):
        store.read("z_reports", WHERE)


def test_another_schema_version_asks_for_the_asset_again(tmp_path: Path) -> None:
    store = BundleStore(str(tmp_path))
    folder = Path(store.write("z_reports", bundle(*Z_FRAMES)))
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "schema_version": SCHEMA_VERSION + 1}))
    with pytest.raises(
        BundleMissing,
        match=f"schema version {SCHEMA_VERSION + 1}, this code reads {SCHEMA_VERSION}; materialise it again",
    ):
        store.read("z_reports", WHERE)


def test_the_io_manager_hands_a_bundle_on_and_says_where_it_lies(tmp_path: Path) -> None:
    """Also with the partition key as plain text, as contexts built by hand have it."""
    manager = BundleIOManager(root=str(tmp_path))
    key = dg.AssetKey("z_reports")
    output = dg.build_output_context(asset_key=key, partition_key=str(WHERE))
    manager.handle_output(output, bundle(*Z_FRAMES, rows=2))
    assert output.consume_logged_metadata()["stored_in"].value == str(tmp_path / "z_reports" / "oslo" / "2025-03-30")
    back = manager.load_input(dg.build_input_context(asset_key=key, partition_key=str(WHERE)))
    assert len(back[Z_FRAMES[0].name]) == 2
    other = dg.build_input_context(asset_key=key, partition_key="2025-03-31|oslo")
    with pytest.raises(dg.Failure) as told:
        manager.load_input(other)
    assert "z_reports of 2025-03-31|oslo has not been materialised" in (told.value.description or "")
    assert told.value.allow_retries is False
