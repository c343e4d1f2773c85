"""Checks before the first write, and the cache behind them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest

from frontline_pipeline.office.errors import NotSent, ReadFailed, Rejected
from frontline_pipeline.posting.company_check import check_company
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import Settings
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, poster, profile, settings, voucher


@pytest.fixture
def log_url(sqlite_url):
    return sqlite_url


def with_line(**changes):
    made = voucher()
    return replace(made, lines=(replace(made.lines[0], **changes), *made.lines[1:]))


CASES = [
    ({"organisation_number": "999999999"}, voucher(), {}, "organisation number 999999999.*identity_id_env"),
    ({"years": [2025]}, voucher(), {}, "no fiscal year that holds 2026-11-23.*set up fiscal year 2026"),
    ({"locked": {2026}}, voucher(), {}, "fiscal year 2026 of the client is locked"),
    ({}, voucher(), {"ledger": {"voucher_type": 9}}, r"voucher type 9 .* 5 \(Kassaoppgjør\).*ledger.voucher_type"),
    ({"account_numbers": {1920, 2700}}, voucher(), {}, "account 3000 .*ledger.vat_codes.3.sales_account"),
    ({}, with_line(tax_code="33"), {}, "VAT code 33 is not one of the client's .*tax_code"),
    ({}, with_line(department_id=11), {}, "department 11 does not exist.*stores.oslo.department_id"),
    ({}, with_line(project_id=21), {}, "project 21 does not exist.*stores.oslo.project_id"),
    ({}, with_line(dimensions=((102, "x"),)), {}, "dimension type 102 does not exist.*dimensions.102"),
    ({}, with_line(dimensions=((101, "sør"),)), {}, "value 'sør' of dimension 101"),
]


@pytest.mark.parametrize(("ledger", "made", "store", "message"), CASES)
def test_each_refusal_names_what_to_mend_and_sends_nothing(log, ledger, made, store, message):
    fake = FakeLedger(**ledger)
    (outcome,) = poster(log, fake).post([made], profile(**store))
    assert outcome.state is Hold.REFUSED
    assert re.search(message, outcome.message), outcome.message
    assert fake.saves == 0
    assert log.documents() == []


def test_without_a_voucher_type_the_setting_is_named(log, ledger):
    tree = settings().model_dump()
    tree["companies"]["fjord"]["ledger"]["voucher_type"] = None
    (outcome,) = poster(log, ledger).post([voucher()], Settings.model_validate(tree).store("oslo"))
    assert "set ledger.voucher_type" in outcome.message


def test_lookups_are_read_once_for_many_runs(log, ledger):
    for z in range(3):
        (outcome,) = poster(log, ledger).post([voucher(z)], profile())
    assert ledger.reads.count("accounts") == ledger.reads.count("client_information") == 1
    # The number and the saving: what a store-day costs when the registers are known.
    assert outcome.calls == 2


def test_old_lookups_are_read_again(log, ledger):
    poster(log, ledger).post([voucher(1)], profile())
    poster(log, ledger, lookups_ttl_seconds=0).post([voucher(2)], profile())
    assert ledger.reads.count("accounts") == 2


def test_a_refusal_does_not_rest_on_old_lookups(log, ledger):
    poster(log, ledger).post([voucher(1)], profile())
    ledger.account_numbers.add(1930)
    (outcome,) = poster(log, ledger).post([with_line(account=1930)], profile())
    assert outcome.state is State.POSTED
    ledger.locked.add(2026)
    ledger.faults = ["rejected"]
    assert poster(log, ledger).post([voucher(3)], profile())[0].state is State.REJECTED
    # The ledger's refusal emptied the cache, so the lock is seen now.
    assert "locked" in poster(log, ledger).post([voucher(4)], profile())[0].message


def test_names_of_the_client_are_not_kept(log, ledger, tmp_path):
    made = with_line(department_id=10, project_id=20)
    assert poster(log, ledger).post([made], profile())[0].done
    log.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for name in ("Fjord Handel AS", "Account 1920", "Vår"):
        assert name.encode() not in raw


@pytest.mark.parametrize(
    ("failure", "hold"),
    [
        (ReadFailed("time-out", kind="timeout"), Hold.NOT_SENT),
        (Rejected("no number in series 7", kind="series"), Hold.REFUSED),
    ],
)
def test_a_failed_question_is_not_an_unknown_outcome(log, ledger, failure, hold):
    def fail(on, series_id):
        raise failure

    ledger.next_transaction_no = fail
    (outcome,) = poster(log, ledger).post([voucher()], profile())
    assert outcome.state is hold
    assert log.documents() == []


# frontline check


def problems(ledger=None, /, today=DAY, **store):
    results = check_company(settings(**store), "fjord", ledger or FakeLedger(), today)
    return [result for result in results if not result.ok]


def test_good_settings_have_no_problems():
    results = check_company(settings(), "fjord", FakeLedger(), DAY)
    assert [result for result in results if not result.ok] == []
    assert len(results) >= 12


def test_a_wrong_client_is_the_only_thing_said():
    results = check_company(settings(), "fjord", FakeLedger(organisation_number="999999999"), DAY)
    assert len(results) == 1
    assert "companies.fjord.organisation_number" in results[0].next_step


@pytest.mark.parametrize(
    ("ledger", "store", "message", "next_step"),
    [
        (
            {"account_numbers": {1900, 1920, 2700, 2703, 3000, 3030, 1909}},
            {},
            "account 7740",
            "ledger.accounts.rounding",
        ),
        ({}, {"ledger": {"voucher_type": 9}}, "voucher type 9", "5 (Kassaoppgjør)"),
        ({}, {"department_id": 11}, "department 11", "stores.oslo.department_id"),
        ({}, {"project_id": 21}, "project 21", "stores.oslo.project_id"),
        ({}, {"dimensions": {"102": "x"}}, "value 'x' of dimension 102", "stores.oslo.dimensions.102"),
        (
            {},
            {"ledger": {"vat_codes": {"33": {"sales_account": 3030, "vat_account": 2703, "tax_code": "33"}}}},
            "VAT code 33 is not",
            "3 (25 %)",
        ),
        (
            {},
            {"ledger": {"vat_codes": {"3": {"sales_account": 3000, "vat_account": 2703, "tax_code": "31"}}}},
            "VAT code 31 has 15 %, SAF-T code 3 means 25 % today",
            "of that rate",
        ),
        (
            {},
            {"ledger": {"vat_codes": {"3": {"sales_account": 3000, "vat_account": 2703, "tax_code": "3"}}}},
            "books VAT on account 2700, the settings say 2703",
            "set vat_account to 2700",
        ),
        (
            {},
            {"ledger": {"vat_codes": {"3": {"sales_account": 3000, "tax_code": "3"}}}},
            "no vat_account is set",
            "set vat_account to 2700",
        ),
        ({}, {"ledger": {"tenders": {"9": {"account": 1900, "tax_code": "99"}}}}, "VAT code 99", "31 (15 %)"),
        (
            {},
            {"ledger": {"movements": {"bottle_deposit": {"account": 1900, "tax_code": "98"}}}},
            "VAT code 98",
            "31 (15 %)",
        ),
        (
            {},
            {"ledger": {"movements": {"gift_card_expired": {"account": 1900, "counter_account": 3901}}}},
            "account 3901",
            "ledger.movements.gift_card_expired.counter_account",
        ),
        (
            {},
            {"ledger": {"tenders": {"9": {"account": 1900, "currency_accounts": {"EUR": 1908}}}}},
            "account 1908",
            "ledger.tenders.9.currency_accounts.EUR",
        ),
        (
            {},
            {"ledger": {"tenders": {"9": {"account": 1900, "difference_account": 1912}}}},
            "account 1912",
            "ledger.tenders.9.difference_account",
        ),
        ({}, {"ledger": {"accounts": {"exchange_difference": 8161}}}, "account 8161", "accounts.exchange_difference"),
        ({}, {"ledger": {"credit_sales": {"account": 1599}}}, "account 1599", "ledger.credit_sales.account"),
        ({}, {"ledger": {"credit_sales": {"account": 1900, "tax_code": "97"}}}, "VAT code 97", "31 (15 %)"),
        ({}, {"register_departments": {"K2": 12}}, "department 12", "register_departments.K2"),
    ],
)
def test_each_problem_says_what_to_mend(ledger, store, message, next_step):
    found = problems(FakeLedger(**ledger), **store)
    assert any(message in each.message and next_step in each.next_step for each in found), found


def test_years_from_the_first_partition_to_now_are_wanted():
    found = problems(FakeLedger(years=[2026, 2027, 2028], locked={2027}), today=dt.date(2030, 2, 1))
    assert [each.message for each in found] == [
        "fiscal year 2027 is locked; store-days from 2027-01-01 on cannot be posted",
        "the client has no fiscal year for business days of 2029, 2030",
    ]


def test_a_refused_question_is_a_problem_and_the_rest_goes_on():
    ledger = FakeLedger()

    def refuse():
        raise Rejected("no right to read accounts", kind="fault")

    ledger.accounts = refuse
    found = problems(ledger)
    assert [each.message for each in found] == ["accounts: no right to read accounts"]


@pytest.mark.parametrize(
    ("failure", "step"),
    [(NotSent("connection refused", kind="unreachable"), "answers"), (Rejected("no", kind="fault"), "refusal")],
)
def test_what_to_do_tells_a_refusal_from_a_ledger_that_is_down(failure, step):
    ledger = FakeLedger()

    def fail():
        raise failure

    ledger.client_information = fail
    assert step in problems(ledger)[0].next_step
