"""The Z-report's document: every letter the extract has, the same bytes every time, letters that render, no people."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import (
    ArticleGroup,
    Count,
    Movement,
    RoundingSource,
    TenderLine,
    VatLine,
    ZKey,
    ZReport,
)
from frontline_pipeline.accounting.z_document import kroner_text, z_document
from frontline_pipeline.accounting.z_pdf import printable, z_pdf
from frontline_pipeline.accounting.z_statistics import COUNTED, Counted, ZStatistics, z_statistics_from
from frontline_pipeline_tests.official_examples import official_profile
from frontline_pipeline_tests.strategies import Till, z_bundle

DAY = dt.date(2026, 11, 23)
Z = ZReport(
    store="grünerløkka",
    business_day=DAY,
    register="K1-ÆØÅ",
    z_number="101",
    sales_total=1_234_550,
    rounding=-50,
    rounding_source=RoundingSource.RECEIPTS,
    vat=(VatLine("H", "3", 25_000, 800_000, 200_000), VatLine("R", "32", 11_110, 211_114, 23_436)),
    tenders=(TenderLine("KONTANT", "12001", 234_500, 12), TenderLine("KORT", "12002", 1_000_000, 40)),
    movements=(
        Movement("gift_card_sale", 50_000, "11011", "KORT", party="kunde 4711"),
        Movement("tip", 2_500),
        Movement("odd", 1),
    ),
    counts=(Count("KONTANT", 234_400, 234_500, counted_by="Kari Nordmann"),),
    article_groups=(ArticleGroup("100", 1_000_000, "04003"), ArticleGroup("Brød", 234_550)),
    credit_sales=9_900,
    receipt_count=52,
    return_count=2,
    opened_at=dt.datetime(2026, 11, 23, 7, 1, tzinfo=dt.UTC),
    closed_at=dt.datetime(2026, 11, 23, 20, 4, 5, tzinfo=dt.UTC),
    grand_total_sales=99_999_900,
    grand_total_return=12_300,
    grand_total_net=99_987_600,
    source_sha256="ab" * 32,
)
FIGURES = ZStatistics(
    opening_float=200_000,
    counted=tuple(Counted(letter, number, number * 1_001) for number, letter in enumerate(COUNTED, start=1)),
    group_counts=(("100", "31"), ("Brød", "12,5")),
)


def words(pdf: bytes) -> list[str]:
    """The texts that the pages draw, one per drawing, decoded from the PDF's own strings."""
    found = []
    for literal in re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", pdf, re.DOTALL):
        plain = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), literal)
        found.append(re.sub(rb"\\(.)", rb"\1", plain).decode("cp1252"))
    return found


def test_every_letter_of_the_law_is_in_it() -> None:
    text = "\n".join(words(z_pdf(Z, "Blåbær & Ålesund AS", "987654321", FIGURES)))
    for wanted in (
        "Z-rapport nr. 101",
        "Blåbær & Ålesund AS",
        "987654321",
        "grünerløkka",
        "K1-ÆØÅ",
        "23.11.2026 21:04:05",
        "12 345,50",
        "sum av kvitteringene",
        "Brød",
        "12,5",
        "KONTANT (kontant)",
        "25 % (kode H)",
        "11,11 % (kode R)",
        "10 000,00",
        "gavekort solgt (KORT)",
        "tips",
        "Grand total netto (z)",
        "999 876,00",
        "ab" * 32,
    ):
        assert wanted in text, wanted
    for letter in "efgijklmnopqrstuvwxyz":
        assert re.search(rf"\({letter}[,)]", text), letter
    assert "salg per operatør (h)" in text, "what the extract never carries is named"


def test_what_is_not_in_the_extract_is_named_and_not_shown_as_zero() -> None:
    bare = replace(Z, article_groups=(), closed_at=None, grand_total_sales=None, movements=(), counts=())
    text = " ".join(words(z_pdf(bare, "Fjord AS", "987654321")))
    missing = text[text.index("Ikke i uttrekket") :]
    for wanted in ("(c)", "(f)", "(h)", "(k)", "(m)", "(n)", "(o)", "(q)", "(w)", "(x)"):
        assert wanted in missing, wanted
    for shown in ("(l)", "(p)", "(y)", "(z)"):
        assert shown not in missing, shown
    before = text[: text.index("Ikke i uttrekket")]
    assert "Skuffåpninger" not in before
    assert "Grand total salg" not in before
    assert "Varegrupper" not in before


def test_no_person_is_in_it() -> None:
    pdf = z_pdf(Z, "Fjord AS", "987654321", FIGURES)
    assert b"Nordmann" not in pdf
    assert b"4711" not in pdf


def test_the_same_z_gives_the_same_bytes_in_any_process() -> None:
    here = z_pdf(Z, "Blåbær AS", "987654321", FIGURES)
    assert here == z_pdf(Z, "Blåbær AS", "987654321", FIGURES)
    assert here != z_pdf(replace(Z, sales_total=Z.sales_total + 1), "Blåbær AS", "987654321", FIGURES)
    script = (
        "import sys, time; time.sleep(1.1)\n"
        "from frontline_pipeline_tests.accounting.test_z_document import FIGURES, Z\n"
        "from frontline_pipeline.accounting.z_pdf import z_pdf\n"
        "sys.stdout.buffer.write(z_pdf(Z, 'Blåbær AS', '987654321', FIGURES))\n"
    )
    again = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=Path(__file__).parents[2], timeout=60
    )
    assert again.stdout == here
    assert here.startswith(b"%PDF-")
    assert len(here) < 20_000


def test_importing_the_pipeline_does_not_load_the_pdf_library() -> None:
    script = "import sys, frontline_pipeline.accounting.z_pdf; sys.exit('reportlab' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_long_z_turns_pages_and_loses_no_row() -> None:
    many = replace(Z, article_groups=tuple(ArticleGroup(f"G{number:03d}", number) for number in range(150)))
    found = words(z_pdf(many, "Fjord AS", "987654321"))
    assert {f"G{number:03d}" for number in range(150)} <= set(found)
    pages = [int(each.removeprefix("Side ")) for each in found if each.startswith("Side ")]
    assert pages == list(range(1, len(pages) + 1))
    assert len(pages) > 2
    assert found.count("Gruppe") == 4, "a table that goes on has its heads again"


def test_what_is_too_wide_is_cut_with_a_sign() -> None:
    wide = replace(Z, tenders=(TenderLine("KORT" * 60, "12002", 1),))
    assert any(each.startswith("KORTKORT") and each.endswith("…") for each in words(z_pdf(wide, "Fjord AS", "9")))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Blåbærsyltetøy – ÆØÅ", "Blåbærsyltetøy – ÆØÅ"),
        ("Łódź Čačak Niš", "Lódz Cacak Niš"),
        ("a\nb\x00c\ud800", "a b c "),
        ("日本", "??"),
        ("(a) \\ b)", "(a) \\ b)"),
    ],
)
def test_letters_that_the_font_lacks(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert shown in "\n".join(words(z_pdf(Z, text, "9"))) or shown != text


@settings(max_examples=25, deadline=None)
@given(name=st.text(max_size=60), amount=st.integers(-(10**14), 10**14))
def test_any_name_and_amount_make_a_document(name: str, amount: int) -> None:
    found = words(z_pdf(replace(Z, sales_total=amount), name, "987654321"))
    assert printable(kroner_text(amount)) in found


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0,00"), (-5, "-0,05"), (123_456_789, "1 234 567,89"), (-100_000, "-1 000,00"), (None, "")],
)
def test_amounts_are_norwegian(amount: int | None, text: str) -> None:
    assert kroner_text(amount).replace("\N{NO-BREAK SPACE}", " ") == text


def test_from_frames_to_document() -> None:
    """The way the posting takes: frames of a store-day, its Z-reports and their figures."""
    till = (
        Till("K1", "7", DAY)
        .ring(12_500)
        .state(opening_float=200_000, drawer_openings=3, copy_count=1, copy_amount=12_500, training_count=0)
    )
    bundle = z_bundle(till)
    (z,) = z_reports_from("oslo", bundle, None, official_profile())
    figures = z_statistics_from(bundle)[ZKey("K1", "7")]
    assert figures.opening_float == 200_000
    said = {each.letter: (each.count, each.amount) for each in figures.counted}
    assert said["m"] == (3, None)
    assert said["n"] == (1, 12_500)
    assert said["w"] == (0, None)
    assert said["q"] == (None, None)
    document = z_document(z, "Fjord AS", "987654321", figures)
    (events,) = [each for each in document.sections if each.title == "Kvitteringer og hendelser"]
    assert ("Skuffåpninger uten salg (m)", "3", "") in events.rows
    assert ("Treningskvitteringer (w)", "0", "") in events.rows
    assert any("rabatter (q)" in note for note in document.notes)


def test_group_counts_are_units_and_not_thousandths() -> None:
    bundle = z_bundle(Till("K1", "7", DAY).ring(12_500))
    bundle.frames["z_article_groups"]["count"] = 1_500
    figures = z_statistics_from(bundle)[ZKey("K1", "7")]
    assert {count for _, count in figures.group_counts} == {"1,5"}
