"""A specification derived from settings: the project's own stores, selling only what their maps can book."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from generated_saft_xml import read

from frontline_pipeline.sandbox.generate import generate, spec_from_settings
from frontline_pipeline.settings import Settings
from frontline_pipeline_tests.command.command_kit import at, call
from frontline_pipeline_tests.conftest import MakeProject

FIRST = dt.date(2026, 11, 16)
ALL_CODES = {code: {"sales_account": 3000 + n} for n, code in enumerate(("3", "31", "33", "5"))}


def settings_of(vat_codes: dict[str, dict[str, int]], movement_types: dict[str, str]) -> Settings:
    office = {"application_id_env": "A", "username_env": "B", "password_env": "C"}
    ledger = {
        "vat_codes": vat_codes,
        "tenders": {"KONTANT": {"account": 1900}, "12002": {"account": 1901}, "VIPPS": {"account": 1904}},
        "movements": {kind: {"account": 2901} for kind in ("gift_card_sale", "bank_deposit", "float_in")},
        "movement_types": movement_types,
    }
    company = {"name": "Nordlys AS", "organisation_number": "999000118", "office": office, "ledger": ledger}
    store = {"company": "nordlys", "calendar": {"closed_weekdays": ["sunday"]}}
    return Settings.model_validate(
        {
            "companies": {"nordlys": company},
            "stores": {
                "oslo": {**store, "name": "Nordlys Oslo", "registers": ["O-1", "O-2"]},
                "bergen": {**store, "name": "Nordlys Bergen", "registers": ["B-1"], "cut_off": "02:00"},
                "moss": {**store, "name": "Nordlys Moss", "registers": ["M-1"], "receipts": "none"},
            },
            "partitions": {"start": "2026-11-01"},
        }
    )


def test_stores_registers_companies_and_calendars_are_the_settings_own(tmp_path: Path) -> None:
    spec = spec_from_settings(settings_of(ALL_CODES, {}), FIRST, 7, receipts_per_day=30)
    assert [(s.store, s.registers, s.profile) for s in spec.stores] == [
        ("oslo", ("O-1", "O-2"), "grocery"),
        ("bergen", ("B-1",), "restaurant"),
        ("moss", ("M-1",), "fashion"),
    ]
    assert {s.organisation_number for s in spec.stores} == {"999000118"}
    assert [s.with_receipts for s in spec.stores] == [True, True, False]
    (path,) = generate(spec, tmp_path)
    assert path.name == "SAF-T Cash Register_999000118_20261123060000.xml"
    registers = read(path)
    assert [(r.store, r.register, len(r.z_reports)) for r in registers] == [
        ("Nordlys Oslo", "O-1", 6),
        ("Nordlys Oslo", "O-2", 6),
        ("Nordlys Bergen", "B-1", 6),
        ("Nordlys Moss", "M-1", 6),
    ]
    # Only tenders that the map names; 12002 serves the card.
    assert {tender for r in registers for t in r.transactions for tender, _ in t.payments} == {
        "KONTANT",
        "KORT",
        "VIPPS",
    }
    # Bergen's cut-off is at two: its Z-report is run well before.
    late = [when[11:] for kind, _, when in registers[2].events if kind == "ZREP" and when[11:] < "12"]
    assert late
    assert max(late) < "02:00"


def test_movements_need_what_the_format_leaves_open() -> None:
    plain = settings_of(ALL_CODES, {})
    mapped = settings_of(ALL_CODES, {"GAVEKORTSALG": "gift_card_sale", "NATTSAFE": "bank_deposit"})
    assert spec_from_settings(plain, FIRST, 1).stores[0].movements == ("float_in",)
    assert spec_from_settings(plain, FIRST, 1, format="csv").stores[0].movements == (
        "gift_card_sale",
        "float_in",
        "bank_deposit",
    )
    assert spec_from_settings(mapped, FIRST, 1).stores[0].movements == ("gift_card_sale", "float_in", "bank_deposit")


def test_a_store_sells_what_its_vat_codes_can_carry() -> None:
    only_25 = settings_of({"3": {"sales_account": 3000}}, {})
    assert {s.profile for s in spec_from_settings(only_25, FIRST, 1).stores} == {"fashion"}


def test_profiles_can_be_chosen() -> None:
    chosen = spec_from_settings(settings_of(ALL_CODES, {}), FIRST, 1, profiles={"oslo": "bar"})
    assert chosen.stores[0].profile == "bar"
    for wrong in ({"narvik": "bar"}, {"oslo": "casino"}):
        with pytest.raises(KeyError, match="no store"):
            spec_from_settings(settings_of(ALL_CODES, {}), FIRST, 1, profiles=wrong)


def test_trade_adds_customers_products_and_orders_that_nothing_holds(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(delivered=False)
    stores = project.loaded.settings.profiles()
    spec = spec_from_settings(project.loaded.settings, FIRST, 2, format="csv", receipts_per_day=3, trade=True)
    files = generate(spec, tmp_path)
    with_orders = {file.parent for file in files if file.name == "orders.csv"}
    assert {folder.parent.name for folder in with_orders} == {s.code for s in stores if s.orders.kinds} != set()
    assert {file.parent for file in files if file.name == "customers.csv"} >= with_orders
    answer = call(*at(project), "quality", "--extracts", str(tmp_path), "--json")
    assert (answer.code, answer.json["ready"], answer.json["items"]) == (0, True, []), answer


def test_saft_has_no_room_for_orders(make_project: MakeProject) -> None:
    tree = make_project(delivered=False).loaded.settings
    with pytest.raises(ValueError, match="SAF-T Cash Register has no orders"):
        spec_from_settings(tree, FIRST, 1, trade=True)
