"""A26: a tender in foreign currency is converted once on the day's total; the øre that are left go to the exchange difference, the
voucher balances in kroner, and a difference that rounding cannot explain is held."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.currency import PAR, converted, exchange_residual, most_residual
from frontline_pipeline.accounting.model import TenderLine
from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.case import Case, as_booked, run

BY_ID = {case.id: case for case in CASES}
NOTES = BY_ID["foreign-notes"]
ROW = "OSLO-1,555,KONTANT,12001,3,592.39,EUR,11.735000,50.48"


def reasons(case: Case, root: Path) -> list[tuple[str, str]]:
    (walk,) = run(case, root)
    return [(finding.rule, finding.message) for finding in walk.reasons]


def test_A26_converted_once_and_the_residual_is_on_its_own_account(tmp_path: Path) -> None:
    (walk,) = run(NOTES, tmp_path)
    (voucher,) = walk.vouchers.vouchers
    euros = {
        line.account: (line.amount, line.role, line.text) for line in voucher.lines if line.account in (1908, 8160)
    }
    assert euros == {
        1908: (59_238, "tender", "Z 555 kasse OSLO-1: kontant (KONTANT) EUR"),
        8160: (1, "exchange", "Z 555 kasse OSLO-1: valutadifferanse EUR"),
    }
    assert sum(line.amount for line in voucher.lines) == 0


@pytest.mark.parametrize(("cents", "fits"), [("50.48", True), ("50.49", True), ("50.55", False), ("505.00", False)])
def test_A26_only_the_rounding_of_the_payments_is_a_residual(cents: str, fits: bool, tmp_path: Path) -> None:
    """Three payments explain half an øre and half a cent each: 19 øre at most."""
    found = reasons(replace(NOTES, extract=NOTES.extract.replace("50.48", cents)), tmp_path)
    assert [rule for rule, _ in found] == ([] if fits else ["currency_converted"])


def test_A26_a_total_without_its_rate_is_held(tmp_path: Path) -> None:
    ((rule, message),) = reasons(replace(NOTES, extract=NOTES.extract.replace("11.735000", "")), tmp_path)
    assert rule == "currency_converted"
    assert "50.48 EUR but no exchange rate" in message


def test_A26_foreign_notes_without_an_account_of_their_own_are_held(tmp_path: Path) -> None:
    ((rule, message),) = reasons(replace(NOTES, extract=NOTES.extract.replace("EUR", "USD")), tmp_path)
    assert rule == "everything_mapped"
    assert "tenders.KONTANT.currency_accounts.USD" in message


def test_A26_a_residual_without_an_account_is_held(tmp_path: Path) -> None:
    bare = {"accounts": {"exchange_difference": None}}
    ((rule, message),) = reasons(replace(NOTES, settings=bare), tmp_path)
    assert rule == "everything_mapped"
    assert "accounts.exchange_difference" in message


def test_A26_without_the_amount_in_currency_the_registers_kroner_stand(tmp_path: Path) -> None:
    bare = NOTES.extract.replace(ROW, "OSLO-1,555,KONTANT,12001,3,592.39,EUR,,")
    (walk,) = run(replace(NOTES, extract=bare), tmp_path)
    assert "D 1908 592.39" in as_booked(list(walk.vouchers.vouchers)).splitlines()


@settings(deadline=None)
@given(st.lists(st.integers(-100_000, 100_000), min_size=1, max_size=30), st.integers(1, 40 * PAR))
def test_A26_payments_rounded_one_by_one_are_within_the_bound(cents: list[int], rate: int) -> None:
    def kroner(amount: int) -> int:
        size = (2 * abs(amount) * rate + PAR) // (2 * PAR)
        return size if amount >= 0 else -size

    row = TenderLine("CASH", "12001", sum(map(kroner, cents)), len(cents), "EUR", rate, sum(cents))
    assert converted(row) + exchange_residual(row) == row.amount
    assert abs(exchange_residual(row)) <= most_residual(row, len(cents))
