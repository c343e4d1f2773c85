"""A12: gift-card sales shown negative, or inside the turnover block, are never booked with the wrong sign nor as turnover."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from frontline_pipeline.store_day import Verdict
from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.case import Case, as_booked, run

BY_ID = {case.id: case for case in CASES}
NEGATIVE, ARTICLE = BY_ID["gift-card-negative-among-the-sales"], BY_ID["gift-card-rung-up-as-an-article"]


def test_A12_a_negative_gift_card_sale_is_held_and_its_direction_named(tmp_path: Path) -> None:
    (walk,) = run(NEGATIVE, tmp_path)
    assert walk.verdict is Verdict.HELD
    assert walk.vouchers.vouchers == ()
    (finding,) = walk.reasons
    assert finding.rule == "z_balances"
    assert finding.difference == "1000.00"
    assert "sign flipped (gift card sale)" in finding.next_step


def test_A12_in_the_turnover_block_it_is_a_debt_by_vat_code(tmp_path: Path) -> None:
    (walk,) = run(ARTICLE, tmp_path)
    (voucher,) = walk.vouchers.vouchers
    assert sum(line.credit for line in voucher.lines if 3000 <= line.account < 4000) == 10_000
    assert [line.text for line in voucher.lines if line.account == 2901] == ["Z 509 kasse OSLO-1: gavekort solgt"]


def test_A12_by_article_group_too(tmp_path: Path) -> None:
    """A register with one VAT code for all that has no VAT: the group tells gift cards from newspapers."""
    groups = (
        "\n\nz_article_groups\nregister,z_number,article_group,amount\nOSLO-1,509,010,125.00\nOSLO-1,509,900,500.00\n"
    )
    case = replace(
        ARTICLE,
        extract=ARTICLE.extract.replace("OSLO-1,509,G,0,0,500.00,0.00", "OSLO-1,509,0,5,0,540.00,0.00")
        .replace("2026-11-24,625.00", "2026-11-24,665.00")
        .replace("12002,625.00", "12002,665.00")
        .rstrip("\n")
        + groups.replace("125.00", "165.00"),
        settings={"movement_article_groups": {"900": "gift_card_sale"}},
    )
    (walk,) = run(case, tmp_path)
    (voucher,) = walk.vouchers.vouchers
    assert as_booked([voucher]).splitlines() == [
        "C 2700 25.00",
        "C 2901 500.00",
        "C 3000 100.00 t3",
        "C 3100 40.00 t5",
        "D 1901 665.00",
    ]


def held(case: Case, root: Path) -> str:
    (walk,) = run(case, root)
    assert {finding.rule for finding in walk.reasons} == {"everything_mapped"}
    (finding,) = walk.reasons
    return finding.message


def test_A12_a_gift_card_with_vat_is_held(tmp_path: Path) -> None:
    wrong = ARTICLE.extract.replace("OSLO-1,509,G,0,0,500.00,0.00", "OSLO-1,509,G,3,25,400.00,100.00")
    message = held(replace(ARTICLE, extract=wrong), tmp_path)
    assert "VAT code G is gift_card_sale by the settings, which has no VAT, but the register takes 25 %" in message
    assert message.endswith("the setting companies.nordlys.ledger.movement_vat_codes.G does not fit.")


def test_A12_a_group_under_several_codes_without_receipts_is_held(tmp_path: Path) -> None:
    groups = (
        "\n\nz_article_groups\nregister,z_number,article_group,amount\nOSLO-1,509,010,525.00\nOSLO-1,509,900,100.00\n"
    )
    extract = ARTICLE.extract.replace(
        "OSLO-1,509,G,0,0,500.00,0.00", "OSLO-1,509,0,5,0,250.00,0.00\nOSLO-1,509,E,5,0,250.00,0.00"
    )
    settings = {"movement_article_groups": {"900": "gift_card_sale"}}
    message = held(replace(ARTICLE, extract=extract.rstrip("\n") + groups, settings=settings), tmp_path)
    assert "several VAT codes at 0 %: without receipts nobody can tell which it is of" in message


def test_A12_a_group_that_is_more_than_its_vat_code_holds_is_held(tmp_path: Path) -> None:
    """Otherwise the rest of the VAT code would be booked as negative sales."""
    groups = (
        "\n\nz_article_groups\nregister,z_number,article_group,amount\nOSLO-1,509,010,5.00\nOSLO-1,509,900,620.00\n"
    )
    extract = ARTICLE.extract.replace("OSLO-1,509,G,0,0,500.00,0.00", "OSLO-1,509,0,5,0,500.00,0.00")
    settings = {"movement_article_groups": {"900": "gift_card_sale"}}
    message = held(replace(ARTICLE, extract=extract.rstrip("\n") + groups, settings=settings), tmp_path)
    assert "is 620.00 in the Z, more than the 500.00 that VAT code 0 at 0 % holds" in message


def test_A12_without_groups_and_receipts_nobody_can_tell_and_it_is_held(tmp_path: Path) -> None:
    extract = ARTICLE.extract.replace("OSLO-1,509,G,0,0,500.00,0.00", "OSLO-1,509,0,5,0,500.00,0.00")
    settings = {"movement_article_groups": {"900": "gift_card_sale"}}
    message = held(replace(ARTICLE, extract=extract, settings=settings), tmp_path)
    assert "nobody can tell what of its sales is no turnover" in message
