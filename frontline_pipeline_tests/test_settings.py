"""The settings tree without files: calendars, merged rules, look-ups, and what the models refuse."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import ValidationError

from frontline_pipeline.frames.raw import MOVEMENT_KINDS
from frontline_pipeline.settings import (
    STORE_CODE,
    Calendar,
    LedgerRules,
    Paths,
    Settings,
    Store,
    is_pay_in,
    resolve_rules,
    secret_environment,
)
from frontline_pipeline.settings_values import WEEKDAYS, looks_like_secret

OFFICE = {"application_id_env": "APP", "username_env": "USER_NAME", "password_env": "PASSWORD"}


def tree(**changes: Any) -> dict[str, Any]:
    """The smallest valid tree: one company with two stores."""
    base: dict[str, Any] = {
        "companies": {"nord": {"name": "Nord AS", "organisation_number": "999000118", "office": dict(OFFICE)}},
        "stores": {
            "a": {"name": "A", "company": "nord", "registers": ["A1", "A2"]},
            "b": {"name": "B", "company": "nord", "registers": ["B1"]},
        },
        "partitions": {"start": "2026-11-01"},
    }
    return {**copy.deepcopy(base), **changes}


def problems(data: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(data)
    return str(caught.value)


# --- calendar -------------------------------------------------------------------------------------------------------


def test_B13_days_before_opening_and_from_closing_are_closed() -> None:
    calendar = Calendar(opened_on=dt.date(2026, 11, 10), closed_on=dt.date(2026, 11, 20))
    state = {day: calendar.closed_because(dt.date(2026, 11, day)) for day in (9, 10, 19, 20, 21)}
    assert state == {
        9: "not opened until 2026-11-10",
        10: None,
        19: None,
        20: "store closed on 2026-11-20",
        21: "store closed on 2026-11-20",
    }


def test_open_dates_do_not_reopen_a_store_that_does_not_exist() -> None:
    calendar = Calendar(
        opened_on=dt.date(2026, 11, 10),
        closed_on=dt.date(2026, 12, 1),
        open_dates=(dt.date(2026, 11, 1), dt.date(2026, 12, 6)),
    )
    assert calendar.closed_because(dt.date(2026, 11, 1)) == "not opened until 2026-11-10"
    assert calendar.closed_because(dt.date(2026, 12, 6)) == "store closed on 2026-12-01"


def test_weekday_date_and_holiday_close_and_an_open_date_wins() -> None:
    calendar = Calendar(
        closed_weekdays=("sunday",),
        closed_dates=(dt.date(2026, 12, 24),),
        closed_on_public_holidays=True,
        open_dates=(dt.date(2026, 12, 20),),
    )
    assert calendar.closed_because(dt.date(2026, 11, 22)) == "closed on sundays"
    assert calendar.closed_because(dt.date(2026, 12, 20)) is None, "a Sunday before Christmas"
    assert calendar.closed_because(dt.date(2026, 12, 24)) == "closed date in the store's calendar"
    assert calendar.closed_because(dt.date(2026, 12, 25)) == "public holiday: Christmas Day"
    assert calendar.closed_because(dt.date(2026, 12, 31)) is None, "31 December is no public holiday"
    assert calendar.closed_because(dt.date(2026, 11, 23)) is None


def test_movable_holidays_are_found_in_any_year_and_only_when_asked_for() -> None:
    easter_mondays = [dt.date(2024, 4, 1), dt.date(2025, 4, 21), dt.date(2026, 4, 6), dt.date(2027, 3, 29)]
    shut = Calendar(closed_on_public_holidays=True)
    assert [shut.closed_because(day) for day in easter_mondays] == ["public holiday: Easter Monday"] * 4
    assert [Calendar().closed_because(day) for day in easter_mondays] == [None] * 4
    # Whit Monday and Constitution Day fall on one day in 2027; it must be closed all the same.
    assert "public holiday" in (shut.closed_because(dt.date(2027, 5, 17)) or "")


@given(day=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), closed=st.sets(st.sampled_from(WEEKDAYS)))
@hypothesis_settings(max_examples=60, deadline=None)
def test_a_weekday_closes_exactly_its_own_days(day: dt.date, closed: set[str]) -> None:
    calendar = Calendar.model_validate({"closed_weekdays": sorted(closed)})
    assert (calendar.closed_because(day) is not None) == (day.strftime("%A").lower() in closed)
    reopened = calendar.model_copy(update={"open_dates": (day,)})
    assert reopened.closed_because(day) is None


def test_a_store_cannot_close_before_it_opens() -> None:
    data = tree()
    data["stores"]["a"]["calendar"] = {"opened_on": "2026-11-10", "closed_on": "2026-11-10"}
    assert "closed_on: a day after opened_on, 2026-11-10" in problems(data)


# --- merged rules ---------------------------------------------------------------------------------------------------


def rules(**values: Any) -> LedgerRules:
    return LedgerRules.model_validate(values)


def test_a_store_key_replaces_the_company_entry_whole_and_others_stay() -> None:
    company = rules(
        tenders={"KORT": {"account": 1901, "tax_code": "0"}, "KONTANT": {"account": 1900}},
        movements={"tip": {"account": 2910}, "deposit": {"account": 2900}},
        vat_codes={"3": {"sales_account": 3000, "vat_account": 2700}},
        pos_vat_codes={"0": "5", "1": "33"},
        movement_types={"X": "tip"},
    )
    store = rules(
        tenders={"KORT": {"account": 1902}},
        movements={"tip": {"account": 2930}},
        vat_codes={"3": {"sales_account": 3010}},
        pos_vat_codes={"0": "6"},
        movement_types={"X": "deposit"},
    )
    merged = resolve_rules(company, store)
    assert (merged.tenders["KORT"].account, merged.tenders["KORT"].tax_code) == (1902, None)
    assert merged.tenders["KONTANT"].account == 1900
    assert {kind: rule.account for kind, rule in merged.movements.items()} == {"tip": 2930, "deposit": 2900}
    assert (merged.vat_codes["3"].sales_account, merged.vat_codes["3"].vat_account) == (3010, None)
    assert merged.pos_vat_codes == {"0": "6", "1": "33"}
    assert merged.movement_types == {"X": "deposit"}


@pytest.mark.parametrize(
    ("key", "company", "store", "default"),
    [
        ("voucher_type", 2, 3, None),
        ("sales_per_article_group", True, False, False),
        ("vat_posting", "system", "explicit", "explicit"),
        ("vat_line_code", "same", "none", "none"),
        ("tax_reference", "id", "number", "number"),
        ("voucher_language", "en", "nb", "nb"),
        ("tenders_include", ("tips",), (), ("pay_ins", "pay_outs", "tips")),
        ("lines_per_receipt", 7, 12, 10),
    ],
)
def test_choices_store_over_company_over_default(key: str, company: Any, store: Any, default: Any) -> None:
    assert getattr(resolve_rules(rules(), rules()), key) == default
    assert getattr(resolve_rules(rules(**{key: company}), rules()), key) == company
    # An explicit `false` or empty list of the store is an answer, not an absence.
    assert getattr(resolve_rules(rules(**{key: company}), rules(**{key: store})), key) == store


def test_single_accounts_are_merged_one_by_one() -> None:
    merged = resolve_rules(
        rules(accounts={"rounding": 7740, "cash_difference": 1909}), rules(accounts={"rounding": 7741})
    )
    assert (merged.accounts.rounding, merged.accounts.cash_difference) == (7741, 1909)


# --- profile and look-ups -------------------------------------------------------------------------------------------


def profile_with(**ledger: Any) -> Any:
    data = tree()
    data["companies"]["nord"]["ledger"] = ledger
    return Settings.model_validate(data).store("a")


def test_a_tender_is_found_by_its_own_code_before_its_type() -> None:
    profile = profile_with(tenders={"KORT": {"account": 1901}, "12002": {"account": 2380}})
    assert profile.tender_rule("KORT", "12002").account == 1901
    assert profile.tender_rule("VISA", "12002").account == 2380
    assert profile.tender_rule("VISA", None) is None
    assert profile.tender_rule("VISA", "12011") is None


def test_cash_is_the_type_12001_unless_the_rule_says_otherwise() -> None:
    profile = profile_with(
        tenders={"SEDLER": {"account": 1900, "cash": True}, "SAFE": {"account": 1900, "cash": False}}
    )
    assert profile.is_cash("SEDLER", None)
    assert not profile.is_cash("SAFE", "12001")
    assert profile.is_cash("UKJENT", "12001")
    assert not profile.is_cash("UKJENT", "12002")
    assert not profile.is_cash("UKJENT", None)


def test_own_vat_map_wins_over_the_extract() -> None:
    profile = profile_with(pos_vat_codes={"0": "5"})
    assert profile.standard_vat_code("0", "0") == "5"
    assert profile.standard_vat_code("3", "3") == "3"
    assert profile.standard_vat_code("9", None) is None


def test_movement_kind_is_refined_by_the_registers_code() -> None:
    profile = profile_with(movement_types={"NATTSAFE": "bank_deposit"})
    assert profile.movement_kind("other_pay_out", "NATTSAFE") == "bank_deposit"
    assert profile.movement_kind("other_pay_out", "X") == "other_pay_out"
    assert profile.movement_kind("other_pay_in", None) == "other_pay_in"


def test_derived_rounding_forces_draft() -> None:
    data = tree()
    data["stores"]["a"] |= {"mode": "posted", "rounding": "derive"}
    data["stores"]["b"] |= {"mode": "posted"}
    settings = Settings.model_validate(data)
    assert [profile.mode for profile in settings.profiles()] == ["draft", "posted"]


def test_a_register_is_found_within_its_company() -> None:
    data = tree()
    data["companies"]["sor"] = {"name": "Sør AS", "organisation_number": "999000207", "office": dict(OFFICE)}
    data["stores"]["c"] = {"name": "C", "company": "sor", "registers": ["B1"]}
    settings = Settings.model_validate(data)
    assert settings.store_of_register("B1", "999000118").code == "b"  # type: ignore[union-attr]
    assert settings.store_of_register("B1", "999000207").code == "c"  # type: ignore[union-attr]
    assert settings.store_of_register("B1", "999000215") is None
    assert settings.store_of_register("Z9") is None
    with pytest.raises(KeyError):
        settings.store("nowhere")


def test_pay_ins_are_the_kinds_that_bring_money() -> None:
    assert [kind for kind in MOVEMENT_KINDS if is_pay_in(kind)] == [
        "gift_card_sale",
        "credit_note_issue",
        "deposit",
        "payment_on_account",
        "agency_sale",
        "donation",
        "bottle_deposit",
        "cash_difference",
        "float_in",
        "other_pay_in",
    ]


# --- what is refused ------------------------------------------------------------------------------------------------


def test_unknown_company_and_a_register_in_two_stores_are_both_named() -> None:
    data = tree()
    data["stores"]["b"]["registers"] = ["A2"]
    data["stores"]["c"] = {"name": "C", "company": "vest", "registers": ["C1"]}
    text = problems(data)
    assert "stores.b.registers.0: register 'A2' stands in store a already" in text
    assert "stores.c.company: a company of the settings: nord (got 'vest')" in text


def test_system_vat_is_for_drafts_and_the_blame_is_where_it_was_set() -> None:
    data = tree()
    data["stores"]["a"] |= {"mode": "posted"}
    data["companies"]["nord"]["ledger"] = {"vat_posting": "system"}
    assert "companies.nord.ledger.vat_posting: store a is posted" in problems(data)
    data["stores"]["a"]["ledger"] = {"vat_posting": "explicit"}
    assert Settings.model_validate(data).store("b").rules.vat_posting == "system"


def test_a_movement_cannot_point_at_a_tender_that_is_not_there() -> None:
    data = tree()
    data["companies"]["nord"]["ledger"] = {"movements": {"tip": {"account": 2910, "tender": "KORT"}}}
    assert "companies.nord.ledger.movements.tip.tender: a key of tenders that store a has" in problems(data)
    data["companies"]["nord"]["ledger"]["tenders"] = {"KORT": {"account": 1901}}
    Settings.model_validate(data)


def test_the_lease_outlives_the_longest_call() -> None:
    data = tree(posting={"lease_ttl_seconds": 180})
    assert "posting.lease_ttl_seconds: more than three times the time-out of company nord, 60 s" in problems(data)
    Settings.model_validate(tree(posting={"lease_ttl_seconds": 181}))


def test_two_companies_cannot_share_an_organisation_number() -> None:
    data = tree()
    data["companies"]["kopi"] = copy.deepcopy(data["companies"]["nord"])
    assert "companies.kopi.organisation_number: the same as that of company nord" in problems(data)


@pytest.mark.parametrize("code", ["0", "1", "11", "81", "25"])
def test_purchase_codes_cannot_carry_sales(code: str) -> None:
    with pytest.raises(ValidationError, match="standard code of sales"):
        rules(vat_codes={code: {"sales_account": 3000}})
    with pytest.raises(ValidationError, match="standard code of sales"):
        rules(pos_vat_codes={"A": code})


@pytest.mark.parametrize("wrong", [5, "5:00", "24:00", "0500", True, None, "05:00+01:00"])
def test_a_cut_off_is_never_taken_for_seconds(wrong: Any) -> None:
    data = tree()
    data["stores"]["a"]["cut_off"] = wrong
    assert "a time of day as 05:00" in problems(data)


@pytest.mark.parametrize(
    "wrong", [20261101, "20261101", "2026-11-1", "2026-11-31", 0, True, "1.11.2026", "2026-11-01T00:00"]
)
def test_a_date_is_never_taken_for_seconds_since_1970(wrong: Any) -> None:
    assert "partitions.start" in problems(tree(partitions={"start": wrong}))


@pytest.mark.parametrize("wrong", [True, 999, 32768, "x", 1900.5, None])
def test_account_numbers_fit_24sevenoffice(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        rules(tenders={"K": {"account": wrong}})


@pytest.mark.parametrize("wrong", ["Oslo", "oslo vest", "oslo|1", "oslo,1", "[oslo]", "", "ålesund", "o" * 41])
def test_store_codes_are_partition_keys(wrong: str) -> None:
    data = tree()
    data["stores"] = {wrong: data["stores"]["a"]}
    problems(data)
    assert not STORE_CODE.fullmatch(wrong) or len(wrong) > 40


@pytest.mark.parametrize(
    "wrong", ["hunter2", "00000000-0000-4000-8000-00000000da7a", "ABCDEF0000004000800000000000DA7A", "pass word", ""]
)
def test_a_secret_in_place_of_a_name_is_refused_and_not_shown(wrong: str) -> None:
    data = tree()
    data["companies"]["nord"]["office"]["password_env"] = wrong
    text = problems(data)
    assert "password_env" in text
    assert not wrong or wrong not in text


def test_logins_in_urls_and_storage_are_refused_and_not_shown() -> None:
    data = tree(storage="s3://key:hemmelig@bucket/x")
    data["companies"]["nord"]["office"]["api_url"] = "https://me:hemmelig@api.24sevenoffice.com"
    text = problems(data)
    assert "without a login" in text
    assert "hemmelig" not in text
    assert looks_like_secret("postgresql://u:p@h/db")
    assert not looks_like_secret("s3://bucket/path")


def test_a_register_twice_in_one_store_and_an_empty_list_are_refused() -> None:
    data = tree()
    data["stores"]["a"]["registers"] = ["A1", "A1"]
    assert "each register only once (got 'A1' again)" in problems(data)
    data["stores"]["a"]["registers"] = []
    problems(data)


def test_settings_cannot_be_changed_in_place() -> None:
    settings = Settings.model_validate(tree())
    with pytest.raises(ValidationError):
        settings.stores["a"].mode = "posted"  # type: ignore[misc]


# --- paths and environment ------------------------------------------------------------------------------------------


def test_paths_hang_below_the_project_unless_absolute(tmp_path: Path) -> None:
    paths = Paths(Settings.model_validate(tree()), tmp_path)
    assert paths.state == tmp_path / "var"
    assert paths.storage == str(tmp_path / "var" / "storage")
    assert paths.landing == tmp_path / "var" / "landing"
    elsewhere = Settings.model_validate(
        tree(state_dir=str(tmp_path / "s"), source={"kind": "files", "path": str(tmp_path / "in")}, storage="s3://b/x")
    )
    paths = Paths(elsewhere, Path("/nowhere"))
    assert (paths.state, paths.landing, paths.storage) == (tmp_path / "s", tmp_path / "in", "s3://b/x")
    sql = Settings.model_validate(tree(source={"kind": "sql", "url_env": "URL"}))
    assert Paths(sql, tmp_path).landing is None


def test_the_environment_wins_over_the_secrets_file() -> None:
    assert secret_environment({"A": "1"}, {"A": "2", "B": "3"}) == {"A": "1", "B": "3"}


def test_every_setting_is_explained() -> None:
    from frontline_pipeline.settings_reference import _reachable

    silent = [f"{m.__name__}.{n}" for m in _reachable() for n, f in m.model_fields.items() if not f.description]
    assert silent == []
    assert Store in _reachable()
