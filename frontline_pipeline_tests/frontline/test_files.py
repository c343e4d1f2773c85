"""Extracts in folders: parts are united, what is not by the contract is named, nothing is guessed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pytest

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.frontline.contract_samples import SAMPLES
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.framefiles import read_frame, write_frame
from frontline_pipeline.frontline.source import Extracts, open_source
from frontline_pipeline.settings import FilesSource, Paths, Settings

DAY = dt.date(2026, 11, 23)
REQUIRED = ("z_reports", "z_vat", "z_tenders")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "landing"


def put(
    root: Path, *frames: str, part: str = "", register: str = "1", day: str = "2026-11-23", store: str = "oslo"
) -> Path:
    """The contract's sample as a part, for another register or day where asked."""
    folder = root / store / day / part
    folder.mkdir(parents=True, exist_ok=True)
    for name in frames or [spec.name for spec in (*Z_FRAMES, *RECEIPT_FRAMES)]:
        text = SAMPLES[name].replace("\n1,417,", f"\n{register},417,").replace(",2026-11-23,", f",{day},")
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def extracts(root: Path, today: dt.date = DAY) -> Extracts:
    return FileExtracts(root, today=lambda: today)


def z_reports(root: Path) -> Bundle:
    bundle = extracts(root).z_reports("oslo", DAY)
    assert bundle is not None
    return bundle


def refused(root: Path, *, receipts: bool = False) -> ExtractError:
    with pytest.raises(ExtractError) as error:
        extracts(root).receipts("oslo", DAY) if receipts else extracts(root).z_reports("oslo", DAY)
    assert str(root) in error.value.file
    assert error.value.next_step
    return error.value


def edit(folder: Path, frame: str, old: str, new: str) -> None:
    path = folder / f"{frame}.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_whole_day(root: Path) -> None:
    folder = put(root)
    bundle = z_reports(root)
    assert bundle.status is Status.OK
    assert bundle["z_tenders"]["amount"].tolist() == [7500, 25750]
    digest = hashlib.sha256((folder / "z_reports.csv").read_bytes()).hexdigest()
    assert bundle.sources == (("oslo/2026-11-23/z_reports.csv", digest),)
    receipts = extracts(root).receipts("oslo", DAY)
    assert receipts.status is Status.OK
    assert len(receipts["receipts"]) == 4
    for spec, frames in [(s, bundle) for s in Z_FRAMES] + [(s, receipts) for s in RECEIPT_FRAMES]:
        spec.schema.validate(frames[spec.name], lazy=True)


def test_nothing_delivered(root: Path) -> None:
    source = extracts(root)
    assert source.z_reports("oslo", DAY) is None
    assert source.receipts("oslo", DAY).status is Status.NOT_DELIVERED
    assert source.delivered_days("oslo", DAY, DAY) == set()
    assert source.covered_note("oslo", DAY) is None
    assert source.master("oslo", DAY, "customers") is None
    (root / "oslo" / "2026-11-23" / "empty part").mkdir(parents=True)
    assert source.z_reports("oslo", DAY) is None


def test_optional_frames_may_be_left_out(root: Path) -> None:
    put(root, *REQUIRED)
    bundle = z_reports(root)
    assert bundle.status is Status.OK
    assert len(bundle["z_movements"]) == 0
    receipts = extracts(root).receipts("oslo", DAY)
    assert receipts.status is Status.NOT_DELIVERED
    assert set(receipts.frames) == {spec.name for spec in RECEIPT_FRAMES}


def test_receipts_without_rows_are_delivered(root: Path) -> None:
    folder = put(root, *REQUIRED)
    (folder / "receipts.csv").write_text(SAMPLES["receipts"].splitlines()[0])
    bundle = extracts(root).receipts("oslo", DAY)
    assert bundle.status is Status.OK
    assert len(bundle["receipts"]) == 0


@pytest.mark.parametrize("frame", REQUIRED)
def test_a_required_frame_that_is_missing_is_named(root: Path, frame: str) -> None:
    folder = put(root)
    (folder / f"{frame}.csv").unlink()
    assert frame in refused(root).expected


def test_receipt_lines_need_receipts(root: Path) -> None:
    put(root, *REQUIRED, "receipt_lines")
    assert "receipts" in refused(root, receipts=True).expected


def test_a_covered_day_without_a_z_report_is_closed(root: Path) -> None:
    folder = put(root, *REQUIRED)
    for name in REQUIRED:
        (folder / f"{name}.csv").write_text(SAMPLES[name].splitlines()[0])
    bundle = z_reports(root)
    assert bundle.status is Status.CLOSED
    assert bundle.note == "oslo/2026-11-23/z_reports.csv covers the day without a Z-report"
    assert len(bundle["z_reports"]) == 0


def test_parts_are_united_in_the_order_of_their_names(root: Path) -> None:
    put(root, part="r2-417", register="2")
    put(root, part="r1-417", register="1")
    put(root, *REQUIRED, register="3")
    bundle = z_reports(root)
    assert bundle["z_reports"]["register"].tolist() == ["3", "1", "2"]
    assert bundle["z_tenders"]["register"].tolist() == ["3", "3", "1", "1", "2", "2"]
    assert [name for name, _ in bundle.sources] == [
        f"oslo/2026-11-23/{part}z_reports.csv" for part in ("", "r1-417/", "r2-417/")
    ]
    receipts = extracts(root).receipts("oslo", DAY)
    assert receipts["receipts"]["register"].unique().tolist() == ["1", "2"]
    assert receipts.note == "parts without receipts: 2026-11-23"


def test_csv_and_parquet_parts_are_the_same_frames(root: Path) -> None:
    folder = put(root)
    csv = z_reports(root), extracts(root).receipts("oslo", DAY)
    for spec in (*Z_FRAMES, *RECEIPT_FRAMES):
        path = folder / f"{spec.name}.csv"
        write_frame(read_frame(path, spec), spec, path.with_suffix(".parquet"))
        path.unlink()
    parquet = z_reports(root), extracts(root).receipts("oslo", DAY)
    for before, after in zip(csv, parquet, strict=True):
        assert all(before[name].equals(after[name]) for name in before.frames)


def test_a_manifest_names_the_source(root: Path) -> None:
    folder = put(root, part="r1")
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"source": {"file": "november.xml", "sha256": "ab" * 32}}))
    assert z_reports(root).sources == (("november.xml", "ab" * 32),)
    other = put(root, part="r2", register="2")
    (other / "manifest.json").write_text(manifest.read_text())
    assert z_reports(root).sources == (("november.xml", "ab" * 32),)
    manifest.write_text("{}")
    assert z_reports(root).sources[0][0].endswith("z_reports.csv")
    for text in ('{"source": "november.xml"}', '{"source": {"file": 1, "sha256": "x"}}', "[]", "{"):
        manifest.write_text(text)
        assert refused(root).file == str(manifest)


@pytest.mark.parametrize(
    "name", [".z_reports.csv.swp", "_staging", "README", "readme.md", "notes.txt", "manifest.json"]
)
def test_names_that_are_ignored(root: Path, name: str) -> None:
    folder = put(root)
    (folder / name).write_text("{}")
    assert z_reports(root).status is Status.OK


def test_a_staged_part_is_ignored(root: Path) -> None:
    put(root)
    staged = put(root, part="_r2", register="2")
    edit(staged, "z_reports", "132.60", "12,50")
    assert len(z_reports(root)["z_reports"]) == 1


@pytest.mark.parametrize("name", ["z_report.csv", "z_vat.CSV", "z_vat.xlsx", "dagsoppgjor.csv", "z_vat"])
def test_an_unknown_file_is_answered_with_the_known_frames(root: Path, name: str) -> None:
    folder = put(root)
    (folder / name).write_text("x")
    error = refused(root)
    assert error.file == str(folder / name)
    assert "z_article_groups" in error.expected


def test_a_folder_in_a_part_is_refused(root: Path) -> None:
    put(root, part="r1")
    (root / "oslo" / "2026-11-23" / "r1" / "deeper").mkdir()
    assert "folder inside a part" in refused(root).got


def test_a_frame_in_both_formats_is_refused(root: Path) -> None:
    folder = put(root)
    (folder / "z_vat.parquet").write_bytes(b"")
    error = refused(root)
    assert "z_vat once" in error.expected
    assert "z_vat.csv" in error.got


def test_another_business_day_than_the_folders_is_refused(root: Path) -> None:
    folder = put(root)
    edit(folder, "z_reports", ",2026-11-23,", ",2026-11-22,")
    error = refused(root)
    assert error.place == "line 2, column business_day"
    assert error.got == "2026-11-22"
    assert refused(root, receipts=True).got == "2026-11-22"


def test_a_day_in_the_future_is_refused(root: Path) -> None:
    put(root)
    eve = extracts(root, today=DAY - dt.timedelta(days=1))
    for read in (eve.z_reports, eve.receipts):
        with pytest.raises(ExtractError, match="lies in the future"):
            read("oslo", DAY)


@pytest.mark.parametrize("frame", ["z_vat", "z_tenders", "z_article_groups", "z_movements", "z_counts"])
def test_a_row_of_an_unknown_z_report_is_refused(root: Path, frame: str) -> None:
    folder = put(root)
    edit(folder, frame, "\n1,417,", "\n1,418,")
    error = refused(root)
    assert error.file == str(folder / f"{frame}.csv")
    assert error.place == "line 2"
    assert error.got == "register '1', z_number '418'"


@pytest.mark.parametrize("frame", ["receipts", "receipt_lines", "receipt_vat", "receipt_payments"])
def test_a_receipt_row_of_an_unknown_z_report_is_refused(root: Path, frame: str) -> None:
    folder = put(root)
    edit(folder, frame, "\n1,417,1003", "\n2,417,1003")
    error = refused(root, receipts=True)
    assert (error.file, error.place) == (str(folder / f"{frame}.csv"), "line 4")


@pytest.mark.parametrize("frame", ["receipt_lines", "receipt_vat", "receipt_payments"])
def test_a_row_of_an_unknown_receipt_is_refused(root: Path, frame: str) -> None:
    folder = put(root)
    edit(folder, frame, "1,417,1003", "1,417,9999")
    error = refused(root, receipts=True)
    assert error.got == "register '1', receipt_id '9999'"


def test_a_part_may_refer_to_a_z_report_of_another_part(root: Path) -> None:
    put(root, part="a")
    other = put(root, *REQUIRED, part="b", register="2")
    edit(other, "z_tenders", "\n2,417,", "\n1,417,")
    assert len(z_reports(root)["z_tenders"]) == 4


def test_duplicate_keys_are_loaded_for_the_proof_to_name(root: Path) -> None:
    put(root, part="a")
    put(root, part="b")
    assert z_reports(root)["z_reports"]["z_number"].tolist() == ["417", "417"]
    assert len(extracts(root).receipts("oslo", DAY)["receipts"]) == 8


def test_one_bad_store_day_leaves_the_others_alone(root: Path) -> None:
    edit(put(root), "z_reports", "132.60", '"132,60"')
    put(root, day="2026-11-22")
    assert "'132,60'" in refused(root).got
    assert extracts(root).z_reports("oslo", dt.date(2026, 11, 22)) is not None


def test_delivered_days(root: Path) -> None:
    for day in ("2026-11-20", "2026-11-21", "2026-11-23"):
        put(root, day=day)
    put(root, "customers", day="2026-11-22")
    put(root, day="2026-11-24", store="bergen")
    for name in ("2026-11-2", "2026-13-01", "notes"):
        (root / "oslo" / name).mkdir()
    (root / "oslo" / "2026-11-19").write_text("a file")
    days = extracts(root).delivered_days("oslo", dt.date(2026, 11, 21), dt.date(2026, 11, 30))
    assert days == {dt.date(2026, 11, 21), dt.date(2026, 11, 23)}


def test_a_coverage_note_says_why_there_is_nothing(root: Path) -> None:
    folder = root / "oslo" / "_coverage"
    folder.mkdir(parents=True)
    note = {"from": "2026-11-22", "to": "2026-11-23", "file": "november.xml"}
    (folder / "b.json").write_text(json.dumps(note))
    (folder / "a.json").write_text(json.dumps(note | {"from": "2026-11-01", "to": "2026-11-02"}))
    (folder / "_half.json").write_text("{")
    source = extracts(root)
    assert source.covered_note("oslo", DAY) == "covered by november.xml (2026-11-22 to 2026-11-23) without a Z-report"
    assert source.covered_note("oslo", dt.date(2026, 11, 24)) is None
    assert source.z_reports("oslo", DAY) is None
    for bad in ("{", "[]", json.dumps(note | {"to": "november"}), json.dumps(note | {"file": None})):
        (folder / "a.json").write_text(bad)
        with pytest.raises(ExtractError) as error:
            source.covered_note("oslo", DAY)
        assert error.value.file == str(folder / "a.json")


def test_master_frames(root: Path) -> None:
    put(root, "customers", "orders", "order_lines", part="master")
    source = extracts(root)
    customers = source.master("oslo", DAY, "customers")
    assert customers is not None
    assert customers["customer"].tolist() == ["K-20017"]
    assert source.master("oslo", DAY, "products") is None
    assert source.z_reports("oslo", DAY) is None
    put(root)
    assert z_reports(root).status is Status.OK
    with pytest.raises(KeyError):
        source.master("oslo", DAY, "z_reports")


def test_a_store_code_cannot_leave_the_root(root: Path) -> None:
    with pytest.raises(ValueError, match="no store code"):
        extracts(root).z_reports("../oslo", DAY)


def test_open_source_reads_the_landing_folder_of_the_settings(tmp_path: Path) -> None:
    office = {"application_id_env": "A", "username_env": "B", "password_env": "C"}
    settings = Settings.model_validate(
        {
            "companies": {"as": {"name": "Eksempel AS", "organisation_number": "999999999", "office": office}},
            "stores": {"oslo": {"name": "Oslo", "company": "as", "registers": ["1"]}},
            "partitions": {"start": "2026-11-01"},
        }
    )
    assert isinstance(settings.source, FilesSource)
    paths = Paths(settings, tmp_path)
    assert paths.landing is not None
    put(paths.landing, day="2025-01-02")
    assert open_source(settings.source, paths, {}).z_reports("oslo", dt.date(2025, 1, 2)) is not None
