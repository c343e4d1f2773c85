"""A11: a gift card sold is a debt, without VAT and no turnover; one that is used is a debit of the same debt."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.case import as_booked, profile_of, run

BY_ID = {case.id: case for case in CASES}


def lines(case_id: str, root: Path) -> list[str]:
    root.mkdir(exist_ok=True)
    (walk,) = run(BY_ID[case_id], root)
    return as_booked(list(walk.vouchers.vouchers)).splitlines()


def test_A11_sold_then_used_is_the_same_debt_and_ends_at_zero(tmp_path: Path) -> None:
    sold, used = lines("gift-card-sold", tmp_path / "a"), lines("gift-card-used", tmp_path / "b")
    assert "C 2901 500.00" in sold
    assert "D 2901 500.00" in used


def test_A11_selling_one_is_no_turnover_and_has_no_vat(tmp_path: Path) -> None:
    (walk,) = run(BY_ID["day-of-only-gift-cards"], tmp_path)
    (voucher,) = walk.vouchers.vouchers
    assert voucher.vat_control == ()
    assert {line.role for line in voucher.lines} == {"tender", "movement"}
    assert {line.tax_code for line in voucher.lines} == {None}


@pytest.mark.parametrize("case_id", ["gift-card-sold-as-agent", "gift-card-of-another-issuer"])
def test_A11_another_issuers_cards_leave_our_debt_alone(case_id: str, tmp_path: Path) -> None:
    own = profile_of(BY_ID[case_id]).rules.movements["gift_card_sale"].account
    assert not [line for line in lines(case_id, tmp_path) if line.split()[1] == str(own)]
