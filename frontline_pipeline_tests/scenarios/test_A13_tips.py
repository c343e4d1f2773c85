"""A13: tips on card go to what is owed to the staff, are no turnover, and the voucher balances by either vendor rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.case import run

BY_ID = {case.id: case for case in CASES}


@pytest.mark.parametrize("case_id", ["tip-on-card", "tip-outside-the-tender-totals"])
def test_A13_card_debited_with_the_tip_staff_credited_sales_untouched(case_id: str, tmp_path: Path) -> None:
    (walk,) = run(BY_ID[case_id], tmp_path)
    (voucher,) = walk.vouchers.vouchers
    by_account: dict[int, int] = {}
    for line in voucher.lines:
        by_account[line.account] = by_account.get(line.account, 0) + line.amount
    assert by_account == {1901: 55_000, 2700: -10_000, 2910: -5_000, 3000: -40_000}
    assert [(c.base, c.vat) for c in voucher.vat_control] == [(40_000, 10_000)]


def test_A13_the_wrong_vendor_rule_does_not_balance_and_the_setting_is_named(tmp_path: Path) -> None:
    (walk,) = run(replace(BY_ID["tip-outside-the-tender-totals"], settings={}), tmp_path)
    (finding,) = walk.reasons
    assert (finding.rule, finding.difference) == ("z_balances", "-50.00")
    assert "tenders_include" in finding.next_step
