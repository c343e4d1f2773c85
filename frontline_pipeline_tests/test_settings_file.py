"""Settings from YAML files: every wrong one names file, line and key; no secret is ever shown."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from frontline_pipeline.frames.raw import MOVEMENT_KINDS, PAY_IN_KINDS, TIP_KIND
from frontline_pipeline.sandbox.seed import default_chart, default_tax_codes, default_voucher_types
from frontline_pipeline.settings import Settings
from frontline_pipeline.settings_file import (
    LoadedSettings,
    Secrets,
    SettingsError,
    find_config,
    load_settings,
    main,
    read_secrets,
)
from frontline_pipeline.settings_reference import export_schema
from frontline_pipeline.settings_yaml import read_tree

REPO = Path(__file__).resolve().parent.parent
EXAMPLE = REPO / "config"

COMPANY = """\
companies:
  nord:
    name: Nord AS
    organisation_number: "999000118"
    office:
      application_id_env: NORD_APP
      username_env: NORD_USER
      password_env: NORD_PASSWORD
"""
STORE = """\
stores:
  oslo:
    name: Oslo
    company: nord
    registers: [OSLO-1]
"""
START = "partitions:\n  start: 2026-11-01\n"


def folder(tmp_path: Path, **files: str | bytes) -> Path:
    config = tmp_path / "config"
    config.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (config / f"{name}.yaml").write_bytes(data)
    return config


def load(config: Path) -> LoadedSettings:
    return load_settings(config, environ={})


def refused(config: Path) -> list[str]:
    """The problems, each without the folder in front of the file's name."""
    with pytest.raises(SettingsError) as caught:
        load(config)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return [line.replace(f"{config}/", "").replace(str(config), "config/") for line in caught.value.problems]


def one(tmp_path: Path, text: str) -> list[str]:
    return refused(folder(tmp_path, all=text))


# --- good files -----------------------------------------------------------------------------------------------------


def test_companies_and_stores_merge_over_files(tmp_path: Path) -> None:
    second = STORE.replace("oslo", "bergen").replace("OSLO-1", "BERGEN-1")
    config = folder(tmp_path, a=COMPANY + STORE, b=second, c=START + "schedule: {hour: 4}\n", d="# nothing here\n")
    settings = load(config).settings
    assert list(settings.stores) == ["oslo", "bergen"]
    assert settings.schedule.hour == 4
    assert settings.partitions.start == dt.date(2026, 11, 1)


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    text = (COMPANY + STORE + START).replace("\n", "\r\n")
    assert load(folder(tmp_path, a=b"\xef\xbb\xbf" + text.encode())).settings.stores["oslo"].name == "Oslo"


def test_anchors_serve_within_a_file(tmp_path: Path) -> None:
    text = STORE + "    calendar: &shut {closed_weekdays: [sunday]}\n"
    text += "  bergen:\n    name: B\n    company: nord\n    registers: [B]\n    calendar: *shut\n"
    stores = load(folder(tmp_path, a=COMPANY + START, b=text)).settings.stores
    assert stores["oslo"].calendar == stores["bergen"].calendar


def test_paths_secrets_and_overrides(tmp_path: Path) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + START)
    loaded = load(config)
    assert (loaded.config_dir, loaded.project_dir) == (config, tmp_path)
    assert loaded.paths.state == tmp_path / "var"
    assert len(loaded.secrets) == 0
    by_env = load_settings(config, environ={"FRONTLINE_STATE": str(tmp_path / "env")})
    assert by_env.paths.state == tmp_path / "env"
    by_argument = load_settings(config, state_dir=tmp_path / "arg", environ={"FRONTLINE_STATE": str(tmp_path / "env")})
    assert by_argument.paths.state == tmp_path / "arg"
    assert by_argument.paths.landing == tmp_path / "arg" / "landing"
    assert load_settings(config, state_dir=str(tmp_path / "text"), environ={}).paths.state == tmp_path / "text"
    assert load_settings(config, state_dir="", environ={"FRONTLINE_STATE": " "}).paths.state == tmp_path / "var"
    assert by_argument.settings.state_dir == str(tmp_path / "arg"), (
        "a second reader of the settings sees the same place"
    )


def test_a_relative_override_hangs_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + START)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert load_settings(config, environ={"FRONTLINE_STATE": "s"}).paths.state == elsewhere / "s"


# --- YAML traps -----------------------------------------------------------------------------------------------------

TRAPS = ["007", "11.222", "1e3", "0x1F", "1_000", "22:30", "no", "yes", "on", "off", "y", "2026-11-01", "12", "0", "-5"]
TRAPS += ["010", "0o17", "+5", ".5", "5.", ".inf", ".nan", "1:2:3", "9" * 30, "9" * 90]


@pytest.mark.parametrize("register", TRAPS)
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_register_ids_arrive_as_written(tmp_path: Path, register: str, quote: str) -> None:
    text = COMPANY + START + STORE.replace("OSLO-1", f"{quote}{register}{quote}")
    text += f"    ledger:\n      tenders:\n        {quote}{register}{quote}: {{account: 1900}}\n"
    store = load(folder(tmp_path, a=text)).settings.stores["oslo"]
    assert store.registers == (register,)
    assert list(store.ledger.tenders) == [register]


IDS = st.text("0123456789.:-_+eExXoOnNyYsSfFabAB", min_size=1, max_size=12)


@given(registers=st.lists(IDS, min_size=1, max_size=5, unique=True))
@hypothesis_settings(max_examples=80, deadline=None)
def test_any_plain_id_survives_as_text(tmp_path_factory: pytest.TempPathFactory, registers: list[str]) -> None:
    plain = re.compile(r"(?!-)[^:].*(?<!:)|[0-9A-Za-z._+]")
    written = [register if plain.fullmatch(register) else f'"{register}"' for register in registers]
    lines = "".join(f"      - {item}\n" for item in written)
    text = COMPANY + START + STORE.replace(" [OSLO-1]", "\n" + lines.rstrip("\n"))
    config = folder(tmp_path_factory.mktemp("ids"), a=text)
    assert load(config).settings.stores["oslo"].registers == tuple(registers)


def test_numbers_dates_times_and_booleans_reach_their_types(tmp_path: Path) -> None:
    text = COMPANY.replace("    office:", "    ledger: {tenders: {K: {account: 1900, cash: yes}}}\n    office:")
    text += STORE + "    cut_off: 04:30\n    department_id: '10'\n    dimensions: {101: 5}\n"
    text += "    calendar: {closed_on_public_holidays: no, closed_dates: [2026-12-24]}\n" + START
    settings = load(folder(tmp_path, a=text)).settings
    store = settings.stores["oslo"]
    assert settings.companies["nord"].ledger.tenders["K"].cash is True
    assert (store.cut_off, store.department_id, store.dimensions) == (dt.time(4, 30), 10, {101: "5"})
    assert store.calendar.closed_on_public_holidays is False
    assert store.calendar.closed_dates == (dt.date(2026, 12, 24),)


def test_an_organisation_number_without_quotes_is_taken_and_its_zero_kept(tmp_path: Path) -> None:
    text = COMPANY.replace('"999000118"', "099000118") + STORE + START
    assert load(folder(tmp_path, a=text)).settings.companies["nord"].organisation_number == "099000118"


# --- wrong settings: file, line, key, expected, came ----------------------------------------------------------------

WRONG = [
    ("    mode: post\n", "all.yaml:16: stores.oslo.mode: one of draft, posted (got 'post')"),
    ("    receipts: no\n", "all.yaml:16: stores.oslo.receipts: one of expected, optional, none (got 'no')"),
    ("    cut_off: 5\n", "all.yaml:16: stores.oslo.cut_off: a time of day as 05:00 (got 5)"),
    ("    department_id: ten\n", "all.yaml:16: stores.oslo.department_id: a whole number (got 'ten')"),
    ("    department_id: true\n", "all.yaml:16: stores.oslo.department_id: a whole number (got true)"),
    ("    department_id: 0\n", "all.yaml:16: stores.oslo.department_id: at least 1 (got 0)"),
    ("    calender: {}\n", "all.yaml:16: stores.oslo.calender: no such key; did you mean calendar?"),
    ("    calendar: [sunday]\n", "all.yaml:16: stores.oslo.calendar: keys below it (got a list)"),
    (
        "    calendar:\n      closed_dates: [2026-12-24, 2026-13-01]\n",
        "all.yaml:17: stores.oslo.calendar.closed_dates[1]: a day of the calendar, as 2026-11-01 (got '2026-13-01')",
    ),
    (
        "    calendar: {closed_on_public_holidays: maybe}\n",
        "all.yaml:16: stores.oslo.calendar.closed_on_public_holidays: true or false (got 'maybe')",
    ),
    (
        "    calendar: {closed_weekdays: sunday}\n",
        "all.yaml:16: stores.oslo.calendar.closed_weekdays: a list such as [a, b] (got 'sunday')",
    ),
    ("    dimensions: {100: x}\n", "all.yaml:16: stores.oslo.dimensions.100: at least 101 (got '100')"),
    (
        "    ledger: {tenders: {KORT: {account: 190}}}\n",
        "all.yaml:16: stores.oslo.ledger.tenders.KORT.account: at least 1000 (got 190)",
    ),
    (
        "    ledger: {tenders: {KORT: {account: 40000}}}\n",
        "all.yaml:16: stores.oslo.ledger.tenders.KORT.account: at most 32767 (got 40000)",
    ),
    ("    ledger: {tenders: {KORT: 1901}}\n", "all.yaml:16: stores.oslo.ledger.tenders.KORT: keys below it (got 1901)"),
    (
        "    ledger: {tenders: {KORT: {}}}\n",
        "all.yaml:16: stores.oslo.ledger.tenders.KORT.account: required, and missing (Debit: cash 1900, card clearing, Vipps "
        "settlement, gift cards 2901, receivables 1500,)",
    ),
    (
        "    ledger: {tenders: {KONTO: {account: 1500, customer: from_invoice}}}\n",
        "all.yaml:16: stores.oslo.ledger.tenders.KONTO.customer: a whole number or from_receipt (got 'from_invoice')",
    ),
    (
        "    ledger:\n      vat_codes:\n        '0': {sales_account: 3100}\n",
        "all.yaml:18: stores.oslo.ledger.vat_codes.0: a SAF-T standard code of sales, one of 3, 31, 32, 33, 5, 51, 52, 6, 7",
    ),
    (
        "    ledger:\n      movement_types:\n        PANT: pant\n",
        f"all.yaml:18: stores.oslo.ledger.movement_types.PANT: one of {', '.join(MOVEMENT_KINDS)} (got 'pant')",
    ),
    (
        "    ledger:\n      movement_article_groups:\n        '600': petty_cash\n",
        "all.yaml:18: stores.oslo.ledger.movement_article_groups.600: a kind that brings money in, one of "
        f"{', '.join((*PAY_IN_KINDS, TIP_KIND))} (got 'petty_cash')",
    ),
    (
        "    register_departments: {NOWHERE: 3}\n",
        "all.yaml:16: stores.oslo.register_departments.NOWHERE: a register of the store: OSLO-1",
    ),
    (
        "    ledger: {tenders_include: [tips, tips]}\n",
        "all.yaml:16: stores.oslo.ledger.tenders_include: each only once",
    ),
    (
        "posting: {lease_ttl_seconds: 30}\n",
        "all.yaml:16: posting.lease_ttl_seconds: more than three times the time-out of company nord, 60 s (got 30)",
    ),
    ("schedule: {hour: 24}\n", "all.yaml:16: schedule.hour: at most 23 (got 24)"),
    ("source: {path: x}\n", "all.yaml:16: source.kind: required, and missing (one of files, sql)"),
    ("source: {kind: csv}\n", "all.yaml:16: source.kind: one of files, sql (got 'csv')"),
    ("source: {kind: files, view_prefix: x}\n", "all.yaml:16: source.view_prefix: no such key; known are kind, path"),
    (
        "source: {kind: sql, url_env: X, view_prefx: x}\n",
        "all.yaml:16: source.view_prefx: no such key; did you mean view_prefix?",
    ),
    ("sandbox:\n  clients:\n    sor: {}\n", "all.yaml:18: sandbox.clients.sor: a company of the settings: nord"),
    ("store: {}\n", "all.yaml:16: store: no such key; did you mean stores?"),
    (
        "storage: 's3://key:hemmelig@bucket'\n",
        "all.yaml:16: storage: a path or URL without a login in it; leave that to the environment "
        "(what stands there is not shown)",
    ),
]


@pytest.mark.parametrize(("lines", "problem"), WRONG, ids=[problem.split(": ")[1] for _, problem in WRONG])
def test_a_wrong_setting_names_file_line_and_key(tmp_path: Path, lines: str, problem: str) -> None:
    assert one(tmp_path, START + COMPANY + STORE + lines) == [problem]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[OSLO-1]", "[OSLO-1, OSLO-1]", "all.yaml:15: stores.oslo.registers[1]: each register only once (got 'OSLO-1' again)"),
        ("[OSLO-1]", "[OSLO-1, true]", "all.yaml:15: stores.oslo.registers[1]: a text; put it in quotes (got true)"),
        ("[OSLO-1]", "[OSLO-1, ~]", "all.yaml:15: stores.oslo.registers[1]: a text; put it in quotes (got nothing)"),
        ("[OSLO-1]", "[]", "all.yaml:15: stores.oslo.registers: at least 1 (got a list)"),
        ("company: nord", "company: norge", "all.yaml:14: stores.oslo.company: a company of the settings: nord (got 'norge')"),
        ("company: nord\n", "company: no\n", "all.yaml:14: stores.oslo.company: a company of the settings: nord (got 'no')"),
        ("name: Oslo", "name:", "all.yaml:13: stores.oslo.name: a text; put it in quotes (got nothing)"),
        ("  oslo:", "  Oslo Vest:", 'all.yaml:12: stores["Oslo Vest"]: a code of small letters, digits, _ and - (got \'Oslo Vest\')'),
        ('"999000118"', "99900011", "all.yaml:6: companies.nord.organisation_number: nine digits (got 99900011)"),
        ("      username_env: NORD_USER\n", "",
         "all.yaml:7: companies.nord.office.username_env: required, and missing (Environment variable that holds the user name)"),
        ("start: 2026-11-01", "start: 20261101", "all.yaml:2: partitions.start: a date as 2026-11-01 (got 20261101)"),
    ],
)  # fmt: skip
def test_a_spoilt_setting_names_file_line_and_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = START + COMPANY + STORE
    assert old in text
    assert one(tmp_path, text.replace(old, new)) == [problem]


def test_all_problems_come_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + "    mode: x\n    cut_off: 5\n", b=START + "schedule: {hour: x}\n")
    assert [line.split(": ")[0] for line in refused(config)] == ["a.yaml:14", "a.yaml:15", "b.yaml:3"]


def test_a_whole_missing_part_names_the_folder(tmp_path: Path) -> None:
    lines = refused(folder(tmp_path, a=COMPANY + STORE))
    assert lines == ["config/: partitions: required, and missing (Which days there are)"]


def test_paths_are_shown_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = folder(tmp_path, a=COMPANY + START, stores=STORE + "    mode: post\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as caught:
        load(config)
    assert str(caught.value) == "config/stores.yaml:6: stores.oslo.mode: one of draft, posted (got 'post')"


# --- given twice ----------------------------------------------------------------------------------------------------


def test_a_key_twice_in_one_mapping_names_both_places(tmp_path: Path) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + "    mode: draft\n    name: Oslo 2\n" + START)
    assert refused(config) == ["a.yaml:15: stores.oslo.name: given twice, first at a.yaml:11"]


def test_quotes_do_not_make_another_key(tmp_path: Path) -> None:
    text = STORE + "    dimensions:\n      101: a\n      '101': b\n"
    problem = "a.yaml:8: stores.oslo.dimensions.101: given twice, first at a.yaml:7"
    assert refused(folder(tmp_path, a=text)) == [problem]


@pytest.mark.parametrize(
    ("first", "second", "problem"),
    [
        (START, START, "b.yaml:1: partitions: given twice, first at a.yaml:1"),
        (STORE, STORE, "b.yaml:2: stores.oslo: given twice, first at a.yaml:2"),
        (COMPANY, COMPANY, "b.yaml:2: companies.nord: given twice, first at a.yaml:2"),
        ("stores: 3\n", STORE, "b.yaml:1: stores: given twice, first at a.yaml:1"),
    ],
)
def test_a_key_twice_over_files_names_both_places(tmp_path: Path, first: str, second: str, problem: str) -> None:
    assert refused(folder(tmp_path, a=first, b=second)) == [problem]


# --- broken files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "words"),
    [
        ("stores:\n\toslo: 1\n", "a.yaml:2: not valid YAML at column 1", "spaces, not tabs"),
        ("stores:\n  oslo: a: b\n", "a.yaml:2: not valid YAML at column 10", "quotes"),
        ("stores: {oslo: [1, 2\n", "a.yaml:2: not valid YAML", "expected"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2: not valid YAML", "one document per file"),
        ("a: *nowhere\n", "a.yaml:1: not valid YAML", "undefined alias"),
        ("- a\n- b\n", "a.yaml:1: keys such as stores: expected at the top", ""),
        ("just words\n", "a.yaml:1: keys such as stores: expected at the top", ""),
        (b"a: 1\nb: caf\xe9\n", "a.yaml:2: not UTF-8 (byte 0xe9)", "save the file as UTF-8"),
        ("a: 1\nb: x\x07y\n", "a.yaml:2: a control character", ""),
        ("a: &x [*x]\n", "a.yaml:1: a[0]: an anchor must not contain itself", ""),
        ("a: {<<: {b: 1}}\n", "a.yaml:1: a[\"<<\"]: merge keys are not supported", ""),
        ("a: !!python/object/apply:os.system [ls]\n", "a.yaml:1: a: tags such as", ""),
        ("a: !!timestamp 2026-11-01\n", "a.yaml:1: a: tags such as tag:yaml.org,2002:timestamp are not supported", ""),
        ("? [a, b]\n: 1\n", "a.yaml:1: a key must be a plain text", ""),
    ],
)  # fmt: skip
def test_a_broken_file_names_file_and_line(tmp_path: Path, text: str | bytes, start: str, words: str) -> None:
    lines = refused(folder(tmp_path, a=text))
    assert lines[0].startswith(start)
    assert words in lines[0]


def test_every_broken_file_is_reported_not_only_the_first(tmp_path: Path) -> None:
    lines = refused(folder(tmp_path, a="a: [", b=b"\xff", c=START + START))
    assert [line.split(":")[0] for line in lines] == ["a.yaml", "b.yaml", "c.yaml"]


def test_deep_nesting_and_repeated_aliases_end_in_an_error(tmp_path: Path) -> None:
    assert "nested too deeply" in one(tmp_path, "a: " + "[" * 5000 + "]" * 5000)[0]
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert "aliases are repeated too often" in one(tmp_path, bomb)[0]


def test_no_folder_no_files_and_yml_are_told_apart(tmp_path: Path) -> None:
    assert "no such folder" in refused(tmp_path / "nowhere")[0]
    config = folder(tmp_path)
    assert "at least one *.yaml file" in refused(config)[0]
    (config / "stores.yml").write_text(STORE)
    assert refused(config) == ["stores.yml: would not be read; rename it to stores.yaml"]


def test_lock_files_of_editors_are_not_read(tmp_path: Path) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + START)
    (config / ".#stores.yaml").write_text("a: [")
    load(config)


# --- secrets --------------------------------------------------------------------------------------------------------

GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def test_a_secrets_file_is_read_and_never_shown(tmp_path: Path) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + START + "secrets_file: s.env\n")
    (config / "s.env").write_text(
        "# logins\n\nNORD_PASSWORD = hemmelig=1 \nNORD_USER=\"me@x\"\nNORD_APP='a b'\nEMPTY=\n"
    )
    loaded = load(config)
    assert dict(loaded.secrets) == {"NORD_PASSWORD": "hemmelig=1", "NORD_USER": "me@x", "NORD_APP": "a b", "EMPTY": ""}
    assert loaded.environment({"NORD_USER": "other"})["NORD_USER"] == "other"
    assert loaded.environment({})["NORD_PASSWORD"] == "hemmelig=1"
    for shown in (repr(loaded), str(loaded), repr(loaded.secrets), str(loaded.secrets), f"{loaded.settings!r}"):
        assert "hemmelig" not in shown
        assert "me@x" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(loaded.secrets)
    assert repr(Secrets({"A": "b"})) == "Secrets(1 names)"


def test_a_missing_secrets_file_is_an_error_at_its_key(tmp_path: Path) -> None:
    config = folder(tmp_path, a=COMPANY + STORE + START + "secrets_file: s.env\n")
    (line,) = refused(config)
    assert line.startswith("a.yaml:16: secrets_file: a file beside the settings (there is no s.env)")


def test_wrong_lines_of_a_secrets_file_are_named_by_number_only(tmp_path: Path) -> None:
    file = tmp_path / "s.env"
    file.write_text("hemmelig\nexport A=hemmelig\nlower=hemmelig\nB=hemmelig\nB=hemmelig\n=hemmelig\n")
    with pytest.raises(SettingsError) as caught:
        read_secrets(file)
    assert [line.split(":")[-2].split(": ")[0] for line in caught.value.problems] == ["1", "2", "3", "5", "6"]
    assert "hemmelig" not in str(caught.value)
    file.write_bytes(b"A=1\nB=hemmelig\xff\n")
    with pytest.raises(SettingsError, match=r"s\.env:2: not UTF-8") as wrong_bytes:
        read_secrets(file)
    assert "hemmelig" not in str(wrong_bytes.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("NORD_APP", GUID, "the NAME of an environment variable"),
        ("NORD_APP", GUID.replace("-", "").upper().replace("3", "A", 1), "the NAME of an environment variable"),
        ("NORD_PASSWORD", "Hemmelig1!", "the NAME of an environment variable"),
        ("password_env: NORD_PASSWORD", "password: Hemmelig1!", "put the NAME of an environment variable under password_env"),
        ("username_env: NORD_USER", "username: me@Hemmelig1!", "put the NAME of an environment variable under username_env"),
        ("application_id_env: NORD_APP", f"application_id: {GUID}", "environment variable under application_id_env"),
        ("application_id_env: NORD_APP", f"api_url: https://u:{GUID}@x.no\n      application_id_env: NORD_APP", "login"),
    ],
)  # fmt: skip
def test_a_secret_in_the_settings_is_refused_and_not_shown(tmp_path: Path, old: str, new: str, words: str) -> None:
    config = folder(tmp_path, a=COMPANY.replace(old, new) + STORE + START)
    try:
        load(config)
    except SettingsError as error:
        shown = "".join(traceback.format_exception(error)) + repr(error) + str(error)
        chain = (error.__cause__, error.__context__)
    else:
        pytest.fail("accepted")
    assert words in shown
    assert "a.yaml:" in shown
    for secret in (GUID, GUID.replace("-", "").upper().replace("3", "A", 1), "Hemmelig1!"):
        assert secret not in shown
    assert chain == (None, None), "pydantic's error holds what came"


# --- finding the folder ---------------------------------------------------------------------------------------------


def test_explicit_beats_the_variable_beats_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = folder(tmp_path, a=COMPANY)
    (tmp_path / "far").mkdir()
    far = folder(tmp_path / "far", a=COMPANY)
    deep = tmp_path / "x" / "y"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_config(None, {}) == near
    assert find_config(None, {"FRONTLINE_CONFIG": str(far)}) == far
    assert find_config(far, {"FRONTLINE_CONFIG": str(near)}) == far
    (tmp_path / "x" / "config").mkdir()
    (tmp_path / "x" / "config" / "other.yaml").write_text("logging: {}\n")
    assert find_config(None, {}) == near, "another project's config/ is passed by"


def test_a_folder_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such folder"):
        find_config(tmp_path / "nowhere", {})
    with pytest.raises(SettingsError, match="FRONTLINE_CONFIG"):
        find_config(None, {"FRONTLINE_CONFIG": str(tmp_path / "nowhere")})


def test_without_any_other_the_repositorys_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_config(None, {}) == EXAMPLE


# --- the example ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example() -> LoadedSettings:
    return load_settings(EXAMPLE, environ={})


def test_the_example_has_three_stores_of_two_companies(example: LoadedSettings) -> None:
    settings = example.settings
    assert {code: store.company for code, store in settings.stores.items()} == {
        "oslo": "nordlys",
        "bergen": "nordlys",
        "tromso": "fjord",
    }
    from stdnum.no import orgnr

    assert all(orgnr.is_valid(company.organisation_number) for company in settings.companies.values())
    assert {store.mode for store in settings.stores.values()} == {"draft", "posted"}
    assert {store.journal_per for store in settings.stores.values()} == {"register", "store"}


def test_the_example_logs_in_with_what_its_secrets_file_holds(example: LoadedSettings) -> None:
    for company in example.settings.companies.values():
        office = company.office
        for name in (office.application_id_env, office.username_env, office.password_env):
            assert example.secrets[name]
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", example.secrets[office.application_id_env])
        assert office.api_url == f"http://127.0.0.1:{example.settings.sandbox.port}"


def test_the_sandbox_has_all_that_the_example_maps_to(example: LoadedSettings) -> None:
    chart = {account.number: account.kind for account in default_chart()}
    taxes = {code.number: code for code in default_tax_codes()}
    for profile in example.settings.profiles():
        client, rules = example.settings.sandbox.clients[profile.company_code], profile.rules
        used = [(rule.account, rule.customer) for rule in (*rules.tenders.values(), *rules.movements.values())]
        used += [(rules.accounts.rounding, None), (rules.accounts.cash_difference, None)]
        for account, customer in used:
            assert account in chart
            assert (chart[account] == "receivable") == (customer is not None), account
            assert customer is None or customer in client.customers
        for standard, rule in rules.vat_codes.items():
            assert rule.sales_account in chart
            assert rule.tax_code == standard
            assert taxes[standard].vat_account == rule.vat_account
        assert rules.voucher_type in {kind.number for kind in default_voucher_types()}
        assert profile.store.department_id in client.departments
        assert all(value in client.dimensions[kind] for kind, value in profile.store.dimensions.items())


def test_the_commented_way_to_the_real_24sevenoffice_is_valid(tmp_path: Path) -> None:
    lines = (EXAMPLE / "companies.yaml").read_text("utf-8").splitlines()
    text = "\n".join(line[2:] for line in lines if line.startswith("#:"))
    settings = load(folder(tmp_path, real=text, rest=START)).settings
    office = settings.companies["solberg"].office
    assert (office.api_url, office.webservices_url) == (
        "https://api.24sevenoffice.com",
        "https://webservices.24sevenoffice.com",
    )
    assert settings.store("lillehammer").mode == "draft"


def test_every_file_names_the_schema_to_the_editor() -> None:
    files = sorted(EXAMPLE.glob("*.yaml"))
    assert len(files) >= 4
    for file in files:
        assert file.read_text("utf-8").splitlines()[0] == "# yaml-language-server: $schema=settings.schema.json"


# --- JSON Schema and reference --------------------------------------------------------------------------------------


KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
KNOWN = {"$ref", "type", "properties", "required", "additionalProperties", "items", "anyOf", "oneOf", "enum", "const"}
KNOWN |= {"minimum", "maximum", "minItems", "minLength", "maxLength", "minProperties", "pattern", "propertyNames"}
KNOWN |= {"title", "description", "default", "format", "$defs", "$schema", "discriminator", "patternProperties"}


def violations(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """A small JSON Schema validator for the keywords that the exported schema uses; an unknown keyword is an error."""
    schema = {**root["$defs"][schema["$ref"].rsplit("/", 1)[1]], **schema} if "$ref" in schema else schema
    if unknown := set(schema) - KNOWN:
        yield f"{at}: the schema uses {unknown}"
    kind = schema.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{at}: {kind} expected"
        return
    yield from violations_of_choice(schema, value, root, at)
    if isinstance(value, str):
        yield from violations_of_text(schema, value, at)
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: out of bounds"
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{at}: too few"
        for index, item in enumerate(value):
            yield from violations(schema.get("items", {}), item, root, f"{at}[{index}]")
    if isinstance(value, dict):
        yield from violations_of_object(schema, value, root, at)


def violations_of_choice(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any], at: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {schema['const']}"
    branches = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    if branches and all(list(violations(branch, value, root, at)) for branch in branches):
        yield f"{at}: fits no branch"


def violations_of_text(schema: Mapping[str, Any], value: str, at: str) -> Iterator[str]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: pattern"
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{at}: length"
    if schema.get("format") == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        yield f"{at}: date"


def violations_of_object(
    schema: Mapping[str, Any], value: dict[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    yield from (f"{at}.{key}: missing" for key in schema.get("required", []) if key not in value)
    if len(value) < schema.get("minProperties", 0):
        yield f"{at}: too few"
    for key, item in value.items():
        yield from violations(schema.get("propertyNames", {}), key, root, f"{at}.{key}")
        by_pattern = [s for pattern, s in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        extra = schema.get("additionalProperties", {})
        below = schema.get("properties", {}).get(key) or (by_pattern[0] if by_pattern else extra)
        if below is False:
            yield f"{at}.{key}: unknown"
        elif below is not True:
            yield from violations(below, item, root, f"{at}.{key}")


def test_the_example_fits_the_schema_file_by_file() -> None:
    schema = json.loads((EXAMPLE / "settings.schema.json").read_text("utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for file in sorted(EXAMPLE.glob("*.yaml")):
        assert list(violations(schema, read_tree([file]).data, schema)) == [], file.name


@pytest.mark.parametrize(
    "wrong",
    [
        {"shops": {}},
        {"stores": {"oslo": {"name": "Oslo", "company": "nord"}}},
        {"stores": {"oslo": {"name": "Oslo", "company": "nord", "registers": []}}},
        {"stores": {"oslo": {"name": "Oslo", "company": "nord", "registers": ["1"], "mode": "post"}}},
        {"stores": {"oslo": {"name": "O", "company": "n", "registers": ["1"], "department_id": 0}}},
        {"stores": {"oslo": {"name": "O", "company": "n", "registers": ["1"], "ledger": {"movements": {"tipp": {"account": 2910}}}}}},
        {"stores": {"oslo": {"name": "O", "company": "n", "registers": ["1"], "ledger": {"accounts": {"rounding": 77}}}}},
        {"posting": {"lease_ttl_seconds": 9}},
        {"schedule": {"hour": 24}},
        {"source": {"kind": "sql"}},
        {"partitions": {"start": "1.11.2026"}},
    ],
)  # fmt: skip
def test_the_schema_refuses_what_the_models_refuse(wrong: dict[str, Any]) -> None:
    schema = export_schema()
    assert list(violations(schema, wrong, schema)) != []
    with pytest.raises(ValueError):
        Settings.model_validate(wrong)


def test_no_part_is_required_of_a_single_file() -> None:
    schema = export_schema()
    assert "required" not in schema
    assert list(violations(schema, {}, schema)) == []
    assert schema["$defs"]["Store"]["required"] == ["name", "company", "registers"]
    assert schema["properties"]["stores"]["description"]


def test_schema_and_reference_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--schema", str(EXAMPLE / "settings.schema.json"), "--docs", str(REPO / "docs" / "settings.md")]
    status = main([*arguments, "--check"])
    message = capsys.readouterr().err
    assert status == 0, f"{message}run: python -m frontline_pipeline.settings_file {' '.join(arguments)}"


def test_the_command_writes_and_notices_what_is_stale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "docs" / "settings.md"
    assert main(["--docs", str(file), "--check"]) == 1
    assert not file.exists()
    assert main(["--docs", str(file)]) == 0
    assert main(["--docs", str(file), "--check"]) == 0
    file.write_text(file.read_text("utf-8") + "\nby hand\n", "utf-8")
    assert main(["--docs", str(file), "--check"]) == 1
    assert "is not up to date" in capsys.readouterr().err


def test_the_command_runs_as_a_module(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    command = [sys.executable, "-W", "error", "-m", "frontline_pipeline.settings_file", "--schema", str(file)]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(file.read_text("utf-8")) == export_schema()


def test_the_loader_reads_what_other_yaml_tools_write(tmp_path: Path) -> None:
    data = yaml.safe_load(COMPANY + STORE) | {"partitions": {"start": "2026-11-01"}}
    assert load(folder(tmp_path, a=yaml.safe_dump(data))).settings.stores["oslo"].registers == ("OSLO-1",)
