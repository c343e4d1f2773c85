"""The official examples of Skatteetaten, read and landed. They live beside the repository and are not part of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.saft_xsd import validate_xsd
from frontline_pipeline_tests.frontline.saft_builder import Landing, settings
from frontline_pipeline_tests.official_examples import example_2016, example_2021

SAFT = Path(__file__).resolve().parents[2].parent / "shared" / "saft"
FILE_2021 = SAFT / "examples" / "ExampleFile SAF-T Cash Register_999999999_20210330104000.xml"
FILE_2016 = SAFT / "examples" / "ExampleFile SAF-T Cash Register_999999999_20161125210734.xml"
XSD = SAFT / "Norwegian_SAF-T_Cash_Register_Schema_v_1.00.xsd"

pytestmark = pytest.mark.skipif(
    not (FILE_2021.is_file() and FILE_2016.is_file() and XSD.is_file()),
    reason=f"the official SAF-T examples are not at {SAFT}",
)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path, settings({"oslo": {"registers": ["11.222-33.44.567"]}}, org="999999999"))


def bundles(landing: Landing, day: dt.date) -> tuple[Bundle, Bundle]:
    source = FileExtracts(landing.root, lambda: landing.today)
    z = source.z_reports("oslo", day)
    assert z is not None
    return z, source.receipts("oslo", day)


def assert_agrees(found: Bundle, expected: Bundle) -> None:
    """Every value that was keyed in from the published file by hand is what was read from it; groups of lines were not."""
    for name, frame in expected.frames.items():
        if not len(frame):
            continue
        assert len(found[name]) == len(frame), name
        for column in frame.columns:
            if frame[column].notna().any() and (name, column) != ("receipt_lines", "article_group"):
                assert found[name][column].tolist() == frame[column].tolist(), f"{name}.{column}"


def test_the_2021_example(landing: Landing) -> None:
    report = landing.run(FILE_2021).files[0]
    assert report.ok
    assert report.warnings == ()
    assert landing.parts() == ["oslo/2020-01-01/11.222-33.44.567__1"]
    assert [(str(c.first), str(c.last)) for c in report.covered] == [("2020-01-01", "2020-01-31")]
    z, receipts = bundles(landing, dt.date(2020, 1, 1))
    assert z["z_tenders"]["amount"].sum() == 51380
    assert receipts["receipts"]["rounding"].sum() == -40
    assert z["z_vat"][["base", "vat"]].values.tolist() == [[0, 0], [0, 0], [8938, 1342], [32912, 8228]]
    assert receipts["receipts"]["amount"].tolist() == [8640, 29540, 14880, -1640]
    assert receipts["receipts"]["kind"].tolist() == ["sale", "sale", "sale", "return"]
    row = z["z_reports"].iloc[0]
    assert (row["correction_count"], row["correction_amount"]) == (1, 1640)
    assert (row["price_inquiry_count"], row["price_inquiry_amount"]) == (1, 2780)
    assert (row["copy_count"], row["copy_amount"], row["drawer_openings"]) == (1, 14880, 1)
    assert (row["grand_total_sales"], row["grand_total_return"], row["grand_total_net"]) == (53060, 1640, 51420)
    assert not len(z["z_movements"])
    expected_z, expected_receipts = example_2021()
    assert_agrees(z, expected_z)
    assert_agrees(receipts, expected_receipts)


def test_the_2016_example_is_read_as_it_is_and_left_to_the_proof(landing: Landing) -> None:
    report = landing.run(FILE_2016).files[0]
    assert report.ok
    z, receipts = bundles(landing, dt.date(2016, 1, 1))
    assert receipts["receipts"]["rounding"].tolist() == [123456] * 3
    assert z["z_vat"]["vat"].tolist() == [0, 0, 1788, 10285]
    expected_z, expected_receipts = example_2016()
    assert_agrees(z, expected_z)
    assert_agrees(receipts, expected_receipts)


@pytest.mark.parametrize(
    ("first", "second"), [(FILE_2021, FILE_2016), (FILE_2016, FILE_2021)], ids=["2021 first", "2016 first"]
)
def test_both_examples_are_the_same_z_with_other_content(landing: Landing, first: Path, second: Path) -> None:
    reports = landing.run(first, second).files
    assert reports[0].ok
    (conflict,) = reports[1].conflicts
    assert (conflict.register, conflict.z_number) == ("11.222-33.44.567", "1")
    assert {conflict.landed_day, conflict.new_day} == {"2020-01-01", "2016-01-01"}
    assert len(landing.parts()) == 1


def test_the_2021_example_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    """Every tenth byte would be three thousand imports; every 10th of a hundredth part, moving through the file, are enough here."""
    landing = Landing(tmp_path, settings({"oslo": {"registers": ["11.222-33.44.567"]}}, org="999999999"))
    content = FILE_2021.read_bytes()
    end = content.rindex(b"</auditfile>") + len(b"</auditfile>")
    for cut in range(7, end, 310):
        report = landing.take(content[:cut], "cut.xml")
        assert report.error is not None, cut
        assert report.error.place.startswith("line "), cut
    assert landing.nothing_landed()


def test_both_examples_are_valid_and_a_broken_one_names_its_line(tmp_path: Path) -> None:
    assert validate_xsd(FILE_2021, XSD) == ()
    assert validate_xsd(FILE_2016, XSD) == ()
    landing = Landing(tmp_path, settings({"oslo": {"registers": ["11.222-33.44.567"]}}, org="999999999"))
    lines = FILE_2021.read_text(encoding="utf-8").split("\n")
    at = next(n for n, line in enumerate(lines) if "<qnt>6</qnt>" in line)
    lines[at] = "<qnt>six</qnt>"
    broken = landing.write("\n".join(lines), "broken.xml")
    report = landing.run(broken, FILE_2021, xsd=XSD)
    assert [r.ok for r in report.files] == [False, True]
    error = report.files[0].error
    assert error is not None
    assert error.place == f"line {at + 1}"
    assert "six" in error.got


def test_xsd_errors_are_capped_and_lines_beyond_65535_are_right(tmp_path: Path) -> None:
    content = FILE_2021.read_text(encoding="utf-8")
    start, end = content.index("<cashtransaction>"), content.index("</cashtransaction>") + len("</cashtransaction>")
    one = content[start:end]
    bad = one.replace("<qnt>2<", "<qnt>two<")
    many = tmp_path / "many.xml"
    many.write_text(content[:start] + "\n" * 70_000 + (one + "\n") * 1200 + bad + content[end:], encoding="utf-8")
    (error,) = validate_xsd(many, XSD)
    assert error.line == many.read_text(encoding="utf-8").split("two")[0].count("\n") + 1
    many.write_text(content[:start] + (bad + "\n") * 700 + content[end:], encoding="utf-8")
    assert len(validate_xsd(many, XSD)) == 20
