"""Import into the landing folder: stores, business days, conflicts, what happens twice, what happens when it stops half-way."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import threading
import time
from pathlib import Path

import pytest

from frontline_pipeline.frames.bundle import Status
from frontline_pipeline.frontline import landing_stage
from frontline_pipeline.frontline.errors import ExtractError, ZConflict
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.landing_layout import part_name
from frontline_pipeline.frontline.saft_model import ZKey
from frontline_pipeline_tests.frontline.saft_builder import Landing, Sale, Z, at, saft, settings

TWO = {"oslo": {"registers": ["R1", "R2"]}, "bergen": {"registers": ["B1"], "cut_off": "03:00"}}


def day(number: int, register_sales: int = 100, *, z: str | None = None, receipt: str | None = None) -> list[Sale | Z]:
    return [
        Sale(receipt or str(number * 10), at(number, "10:00"), register_sales),
        Z(z or str(number), at(number, "21:00")),
    ]


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, settings(TWO))


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in root.rglob("*") if p.is_file()}


def test_a_file_of_two_stores_and_two_days_is_split(landing: Landing) -> None:
    report = landing.take(saft({"R1": [*day(2), *day(3)], "B1": day(2)}))
    assert report.ok
    assert landing.parts() == ["bergen/2026-11-02/B1__2", "oslo/2026-11-02/R1__2", "oslo/2026-11-03/R1__3"]
    assert [(z.store, str(z.business_day), z.register, z.z_number, z.receipts) for z in report.landed] == [
        ("oslo", "2026-11-02", "R1", "2", 1),
        ("oslo", "2026-11-03", "R1", "3", 1),
        ("bergen", "2026-11-02", "B1", "2", 1),
    ]


def test_the_landing_folder_is_read_as_an_extract(landing: Landing) -> None:
    text = saft({"R1": day(2), "R2": [Sale("7", at(2, "11:00"), 700), Z("40", at(2, "22:00"))]})
    path = landing.write(text)
    assert landing.run(path).ok
    source = FileExtracts(landing.root, lambda: landing.today)
    bundle = source.z_reports("oslo", dt.date(2026, 11, 2))
    assert bundle is not None
    assert bundle.status is Status.OK
    assert bundle["z_reports"][["register", "z_number", "sales_total"]].values.tolist() == [
        ["R1", "2", 100],
        ["R2", "40", 700],
    ]
    assert {file for file, _ in bundle.sources} == {"a.xml"}
    receipts = source.receipts("oslo", dt.date(2026, 11, 2))
    assert receipts["receipts"]["amount"].tolist() == [100, 700]
    assert source.covered_note("oslo", dt.date(2026, 11, 3)) is not None
    assert source.covered_note("oslo", dt.date(2026, 11, 15)) is None


def test_importing_twice_changes_nothing(landing: Landing) -> None:
    path = landing.write(saft({"R1": [*day(2), *day(3)], "R2": day(2)}))
    first = landing.run(path).files[0]
    before = snapshot(landing.root)
    second = landing.run(path).files[0]
    assert second.ok
    assert (second.landed, second.unchanged) == ((), first.landed)
    assert snapshot(landing.root) == before


def test_the_same_content_from_another_file_changes_nothing_but_its_coverage(landing: Landing) -> None:
    landing.take(saft({"R1": day(2)}), "a.xml")
    before = {k: v for k, v in snapshot(landing.root).items() if "_coverage" not in k}
    # Amounts written with another zero, another file, one day more.
    text = saft({"R1": [*day(2), *day(3)]}).replace("<totalCashSaleAmnt>1.00<", "<totalCashSaleAmnt>1.000<")
    report = landing.take(text, "b.xml")
    assert report.ok
    assert [z.z_number for z in report.unchanged] == ["2"]
    assert [z.z_number for z in report.landed] == ["3"]
    after = snapshot(landing.root)
    assert {k: after[k] for k in before} == before


def test_another_registers_z_adds_to_the_store_day(landing: Landing) -> None:
    landing.take(saft({"R1": day(2)}), "a.xml")
    before = snapshot(landing.root)
    assert landing.take(saft({"R2": day(2)}), "b.xml").ok
    assert landing.parts() == ["oslo/2026-11-02/R1__2", "oslo/2026-11-02/R2__2"]
    after = snapshot(landing.root)
    assert {k: after[k] for k in before} == before


def test_the_same_z_with_other_content_is_a_conflict_and_nothing_of_that_file_lands(landing: Landing) -> None:
    landing.take(saft({"R1": day(2)}), "a.xml")
    before = snapshot(landing.root)
    report = landing.take(saft({"R1": [*day(2, 150), *day(3)]}), "b.xml")
    assert not report.ok
    assert report.error is None
    (conflict,) = report.conflicts
    assert isinstance(conflict, ZConflict)
    assert (conflict.register, conflict.z_number) == ("R1", "2")
    assert (conflict.landed_day, conflict.new_day) == ("2026-11-02", "2026-11-02")
    assert "z_reports.sales_total 1.50, landed 1.00" in str(conflict)
    assert str(conflict).startswith("b.xml, register R1, Z 2, business day 2026-11-02")
    assert snapshot(landing.root) == before


def test_a_conflict_is_found_on_another_day_and_in_another_store_of_the_company(landing: Landing) -> None:
    landing.take(saft({"R1": day(2, z="9")}), "a.xml")
    report = landing.take(saft({"R1": day(5, z="9")}), "b.xml")
    assert report.conflicts[0].landed_day == "2026-11-02"
    assert report.conflicts[0].new_day == "2026-11-05"
    moved = Landing(landing.root.parent, settings({"oslo": {"registers": ["R2"]}, "bergen": {"registers": ["R1"]}}))
    assert moved.take(saft({"R1": day(5, z="9")}), "c.xml").conflicts[0].landed_day == "2026-11-02"
    assert landing.parts() == ["oslo/2026-11-02/R1__9"]


def test_a_conflict_in_receipts_alone_names_them(landing: Landing) -> None:
    landing.take(saft({"R1": day(2)}), "a.xml")
    text = saft({"R1": day(2)}).replace("<empID>7<", "<empID>8<")
    assert "receipts.operator 8 in row 1, landed 7" in str(landing.take(text, "b.xml").conflicts[0])


def test_the_same_z_twice_in_one_file(landing: Landing) -> None:
    again = saft({"R1": [*day(2, z="5"), *day(3, z="5")]})
    report = landing.take(again)
    assert report.conflicts[0].z_number == "5"
    assert "twice in the file" in str(report.conflicts[0])
    assert landing.nothing_landed()
    # The event alone a second time, alike, is a fault of the export that changes nothing.
    z = Z("5", at(2, "21:00"))
    text = saft({"R1": [Sale("1", at(2, "10:00"), 100), z]})
    start, end = text.index("<event><eventID>5<"), text.index("</eventReport></event>") + len("</eventReport></event>")
    report = landing.take(text[:end] + text[start:end] + text[end:])
    assert report.ok
    assert any("stands twice, alike" in warning for warning in report.warnings)


def test_one_register_in_two_locations_of_a_file(landing: Landing) -> None:
    part, other = saft({"R1": day(2)}), saft({"R1": day(3)})
    for text, ok in ((other, True), (saft({"R1": day(2)}), True), (saft({"R1": day(2, 300)}), False)):
        extra = text[text.index("<location>") : text.index("</location>") + len("</location>")]
        report = Landing(landing.root.parent / str(len(list(landing.root.parent.iterdir()))), settings(TWO)).take(
            part.replace("</location>", "</location>" + extra)
        )
        assert report.ok is ok
        assert bool(report.conflicts) is not ok


def test_an_unknown_register_refuses_the_whole_file_and_says_what_to_add(landing: Landing) -> None:
    report = landing.take(saft({"R1": day(2), "R9": day(2)}, location="Shop Frogner"))
    text = str(report.error)
    assert "'R9'" in text
    assert "Shop Frogner" in text
    assert "stores.<store>.registers" in text
    assert landing.nothing_landed()


def test_an_unknown_company_refuses_the_file(landing: Landing) -> None:
    report = landing.take(saft({"R1": day(2)}, org="999000126"))
    assert "999000126" in str(report.error)
    assert "organisation_number" in str(report.error)


@pytest.mark.parametrize("written", ["999000118MVA", "NO 999 000 118 MVA", "999 000 118"])
def test_organisation_numbers_as_they_are_written(landing: Landing, written: str) -> None:
    assert landing.take(saft({"R1": day(2)}, org=written)).ok


def test_a_date_in_the_future_is_an_error(landing: Landing) -> None:
    landing.today = dt.date(2026, 11, 15)
    assert landing.take(saft({"R1": day(15)})).ok
    report = landing.take(saft({"R1": day(16)}))
    assert "not after today, 2026-11-15" in str(report.error)
    assert "register R1, Z 16" in str(report.error)
    late = [Sale("1", at(15, "23:00"), 100), Z("1", at(16, "01:00"))]
    assert "reportDate" in str(landing.take(saft({"R1": late})).error)
    header = {"dateCreated": "2026-11-16"}
    assert "dateCreated" in str(landing.take(saft({"R1": day(2)}, header=header)).error)


def test_other_files_go_on_and_paths_may_be_folders(landing: Landing) -> None:
    landing.write(saft({"R1": day(2)}), "1.xml")
    landing.write("<broken", "2.xml")
    landing.write(saft({"R9": day(2)}), "3.XML")
    landing.write(saft({"R1": day(3)}), "4.xml")
    landing.write("not read", "notes.txt")
    report = landing.run(landing.files, landing.files / "4.xml", landing.root / "nowhere")
    assert [r.file for r in report.files] == [str(landing.root / "nowhere"), "1.xml", "2.xml", "3.XML", "4.xml"]
    assert [r.ok for r in report.files] == [False, True, False, False, True]
    assert not report.ok
    assert report.store_days == (("oslo", dt.date(2026, 11, 2)), ("oslo", dt.date(2026, 11, 3)))


def test_progress_ends_at_the_sum_of_the_files(landing: Landing) -> None:
    paths = [landing.write(saft({"R1": day(n)}), f"{n}.xml") for n in (2, 3)]
    seen: list[tuple[int, int, str]] = []
    landing.run(*paths, progress=lambda done, total, file: seen.append((done, total, file)))
    total = sum(path.stat().st_size for path in paths)
    assert seen[-1] == (total, total, "3.xml")
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_coverage_ends_before_the_export_and_before_receipts_that_no_z_has_closed(tmp_path: Path) -> None:
    landing = Landing(tmp_path)
    closed = landing.take(saft({"R1": [*day(2), *day(3)]}))
    assert [(c.store, str(c.first), str(c.last)) for c in closed.covered] == [("oslo", "2026-11-01", "2026-11-14")]
    (note,) = (landing.root / "oslo/_coverage").iterdir()
    assert json.loads(note.read_text()) == {"from": "2026-11-01", "to": "2026-11-14", "file": "a.xml"}
    still_open = landing.take(saft({"R1": [*day(2), *day(3), Sale("99", at(10, "10:00"), 500)]}))
    assert [str(c.last) for c in still_open.covered] == ["2026-11-08"]
    same_day = landing.take(saft({"R1": day(2)}, header={"dateCreated": "2026-11-01"}))
    assert same_day.covered == ()


def test_a_file_without_one_of_the_stores_registers_covers_nothing(landing: Landing) -> None:
    report = landing.take(saft({"R1": day(2)}))
    assert report.covered == ()
    assert any("no register R2" in text for text in report.warnings)
    both = landing.take(saft({"R1": day(2), "R2": day(2)}), "b.xml")
    assert [c.store for c in both.covered] == ["oslo"]


def test_register_ids_and_z_numbers_that_are_no_file_names(tmp_path: Path) -> None:
    registers = ["../../up", "Kassé 1/Å", "a__b", "a", "CON", "x" * 100]
    landing = Landing(tmp_path, settings({"oslo": {"registers": registers}}))
    journals = {
        name: [Sale(f"{n}", at(2, "10:00"), 100), Z("b__1" if name == "a" else "1", at(2, "21:00"))]
        for n, name in enumerate(registers)
    }
    assert landing.take(saft(journals)).ok
    assert len(landing.parts()) == len(registers)
    assert landing.run(landing.files / "a.xml").files[0].landed == ()
    assert sorted(set(landing.frame("z_reports")["register"])) == sorted(registers)
    assert not list(tmp_path.parent.glob("up*"))


def test_part_names_differ_when_keys_do() -> None:
    keys = [ZKey(r, z) for r in ("a", "a_", "a__b", "A", "å", "ø", "_", ".") for z in ("1", "b__1", "_1", "1.", "å")]
    assert len({part_name(key) for key in keys}) == len(keys)
    assert part_name(ZKey("11.222-33.44.567", "1")) == "11.222-33.44.567__1"


def test_a_crash_while_moving_in_is_finished_by_the_next_import(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, moved = os.rename, []

    def failing(source: Path, target: Path) -> None:
        if len(moved) == 1:
            raise KeyboardInterrupt
        moved.append(target)
        rename(source, target)

    monkeypatch.setattr(landing_stage.os, "rename", failing)
    path = landing.write(saft({"R1": [*day(2), *day(3)], "R2": day(2)}))
    with pytest.raises(KeyboardInterrupt):
        landing.run(path)
    monkeypatch.undo()
    assert len(landing.parts()) == 1
    other = landing.write(saft({"B1": day(2)}), "b.xml")
    assert landing.run(other).ok
    assert landing.parts() == [
        "bergen/2026-11-02/B1__2",
        "oslo/2026-11-02/R1__2",
        "oslo/2026-11-02/R2__2",
        "oslo/2026-11-03/R1__3",
    ]
    assert (landing.root / "oslo/_coverage").is_dir()
    assert list((landing.root / ".staging").iterdir()) == []
    assert len(landing.run(path).files[0].unchanged) == 3


def test_a_crash_while_reading_leaves_nothing_behind(landing: Landing) -> None:
    left = landing.root / ".staging/dead/000001"
    left.mkdir(parents=True)
    (left / "z_reports.parquet").write_bytes(b"half")
    assert landing.take(saft({"R1": day(2)})).ok
    assert list((landing.root / ".staging").iterdir()) == []
    assert landing.parts() == ["oslo/2026-11-02/R1__2"]


def test_a_second_import_waits_for_the_first(landing: Landing) -> None:
    landing.root.mkdir(parents=True)
    path = landing.write(saft({"R1": day(2)}))
    with (landing.root / ".lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        worker = threading.Thread(target=landing.run, args=(path,))
        worker.start()
        time.sleep(0.3)
        assert landing.parts() == []
    worker.join(20)
    assert landing.parts() == ["oslo/2026-11-02/R1__2"]


def test_a_file_that_changes_while_it_is_read_is_refused(landing: Landing) -> None:
    path = landing.write(saft({"R1": day(2)}))

    def grow(*_: object) -> None:
        with path.open("ab") as handle:
            handle.write(b" ")

    report = landing.run(path, progress=grow).files[0]
    assert isinstance(report.error, ExtractError)
    assert "stays as it is" in str(report.error)
    assert landing.nothing_landed()


def test_many_chunks_of_one_z_become_one_file(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts of two Z-reports that alternate in the file: parts are paused, resumed and joined."""
    from frontline_pipeline.frontline import landing as module

    read = module.read_saft
    monkeypatch.setattr(module, "read_saft", lambda path, stage, **kw: read(path, stage, chunk_receipts=2))
    monkeypatch.setattr("frontline_pipeline.frontline.saft_register.BATCH", 2)
    first = [Sale(str(n), at(2, "10:00"), 100 + n) for n in range(10, 16)]
    second = [Sale(str(n), at(3, "10:00"), 100 + n) for n in range(20, 26)]
    text = saft({"R1": [*first, Z("1", at(2, "21:00")), *second, Z("2", at(3, "21:00"))]})
    start = text.index("<cashtransaction>")
    end = text.index("</cashregister>")
    sales = [s + "</cashtransaction>" for s in text[start:end].split("</cashtransaction>") if s]
    mixed = [sale for pair in zip(sales[:6], sales[6:], strict=True) for sale in pair]
    assert landing.take(text[:start] + "".join(mixed) + text[end:]).ok
    folder = landing.root / "oslo/2026-11-02/R1__1"
    assert sorted(p.name for p in folder.glob("receipt*")) == [
        "receipt_lines.parquet",
        "receipt_payments.parquet",
        "receipt_vat.parquet",
        "receipts.parquet",
    ]
    frame = landing.frame("receipts")
    assert frame[frame["z_number"] == "1"]["receipt_id"].tolist() == [str(n) for n in range(10, 16)]


def test_a_file_that_is_gone_when_its_turn_comes_is_one_error(landing: Landing) -> None:
    first, second, third = (landing.write(saft({"R1": day(n)}), f"{n}.xml") for n in (2, 3, 4))
    report = landing.run(first, second, third, progress=lambda *_: second.unlink(missing_ok=True))
    assert [r.ok for r in report.files] == [True, False, True]
    assert "a file that can be read" in str(report.files[1].error)
