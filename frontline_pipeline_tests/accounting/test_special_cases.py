"""Every special case from contract files to its voucher, against vouchers written by hand; and the page that is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.frames.raw import MOVEMENT_KINDS
from frontline_pipeline.store_day import Verdict
from frontline_pipeline_tests.special_cases import CASES
from frontline_pipeline_tests.special_cases.__main__ import main
from frontline_pipeline_tests.special_cases.case import Case, as_booked, profile_of, run, sorted_blocks

REPO = Path(__file__).resolve().parents[2]
SILENT = {"lines_estimated", "receipts_delivered", "open_as_planned"}
"""Warnings of a case without receipts, which are not what it is about."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_from_contract_files_to_the_voucher(case: Case, tmp_path: Path) -> None:
    walks = run(case, tmp_path)
    findings = [finding for walk in walks for finding in walk.findings]
    assert {f.rule for f in findings if f.holds} == case.held_by, [f.message for f in findings]
    assert {f.rule for f in findings if not f.holds} - SILENT == case.warned_by, [f.message for f in findings]
    assert {walk.verdict for walk in walks} == {Verdict.HELD if case.held_by else Verdict.OK}
    vouchers = [voucher for walk in walks for voucher in walk.vouchers.vouchers]
    assert as_booked(vouchers) == sorted_blocks(case.booked)
    for walk in walks:
        assert {voucher.business_day for voucher in walk.vouchers.vouchers} <= {walk.business_day}


def test_ids_are_unique_and_every_case_says_where_how_and_why() -> None:
    assert len({case.id for case in CASES}) == len(CASES)
    for case in CASES:
        assert all((case.title, case.where, case.booking, case.vat, case.source)), case.id


def test_the_example_settings_have_an_account_for_every_kind_that_has_a_meaning() -> None:
    """The kinds left out are "other": a person should say what they were."""
    named = profile_of(CASES[0]).rules.movements
    assert set(MOVEMENT_KINDS) - set(named) == {"other_pay_in", "other_pay_out", "cash_difference"}


def test_the_page_in_docs_is_what_the_code_gives(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", str(REPO / "docs" / "special-cases.md")]) == 0, capsys.readouterr().err


def test_the_command_writes_and_compares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontline_pipeline_tests.special_cases.__main__.rendered", lambda: "page\n")
    page = tmp_path / "page.md"
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
    page.write_text("other\n")
    assert main(["--check", str(page)]) == 1
