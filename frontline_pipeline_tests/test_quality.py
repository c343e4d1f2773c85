"""The quality check's parts: order, missing Z numbers, causes, customers and products; no personal value in any item."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.causes import Cause, CauseKind
from frontline_pipeline.accounting.chain_model import ZHead
from frontline_pipeline.accounting.model import Finding, Severity
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw_master import PRODUCTS
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.quality import cause_of, check_days
from frontline_pipeline.quality_chain import check_chains
from frontline_pipeline.quality_masters import Masters, check_masters
from frontline_pipeline.quality_report import Item, Part, Report, in_order
from frontline_pipeline.settings import Settings, StoreProfile
from frontline_pipeline.store_day import Verdict
from frontline_pipeline_tests.posting.fake_register import raw
from frontline_pipeline_tests.support import example_settings, overlaid

DAY = dt.date(2025, 11, 18)
ORG = "999000118"
SET_UP = {"companies": {"nordlys": {"masterdata": {"products": {"default_category": 1}}}}}


def profiles(changes: dict[str, Any] | None = None) -> list[StoreProfile]:
    """The stores of the first company."""
    tree = Settings.model_validate(overlaid(example_settings(), changes or {}))
    return [each for each in tree.profiles() if each.company_code == "nordlys"]


def products(*rows: dict[str, Any]) -> pd.DataFrame:
    filled = [{"name": "Mug", "rate": 25_000, "active": True, **row} for row in rows]
    columns = {name: pd.Series([row.get(name) for row in filled], dtype="object") for name in PRODUCTS.column_names}
    return PRODUCTS.conform(pd.DataFrame(columns))


class Frames:
    """Extracts in memory: frames of customers and products by store and day, no Z-report at all."""

    def __init__(self, frames: dict[tuple[str, dt.date, str], pd.DataFrame | ExtractError]) -> None:
        self._frames = frames

    def z_reports(self, store: str, day: dt.date) -> Bundle | None:
        return None

    def receipts(self, store: str, day: dt.date) -> Bundle:
        raise NotImplementedError

    def delivered_days(self, store: str, first: dt.date, last: dt.date) -> set[dt.date]:
        return set()

    def covered_note(self, store: str, day: dt.date) -> str | None:
        return None

    def master(self, store: str, day: dt.date, frame_name: str) -> pd.DataFrame | None:
        found = self._frames.get((store, day, frame_name))
        if isinstance(found, ExtractError):
            raise found
        return found


def masters(
    frames: dict[tuple[str, int, str], pd.DataFrame | ExtractError], changes: dict[str, Any] | None = None
) -> Masters:
    mine = profiles(SET_UP if changes is None else changes)
    placed = {(store, DAY + dt.timedelta(days=n), name): frame for (store, n, name), frame in frames.items()}
    days = {each.code: [DAY, DAY + dt.timedelta(days=1)] for each in mine}
    return check_masters(Frames(placed), mine, days)["nordlys"]


def told(found: Masters) -> dict[str, tuple[bool, int, tuple[str, ...]]]:
    return {item.what: (item.blocks, item.count, item.examples) for item in found.items}


items = st.lists(
    st.builds(
        Item,
        part=st.sampled_from(Part),
        what=st.text("abc", max_size=3),
        blocks=st.booleans(),
        message=st.just(""),
        next_step=st.just(""),
        days=st.integers(0, 9),
        count=st.integers(0, 9),
    )
)


@settings(max_examples=50, deadline=None)
@given(items)
def test_what_blocks_most_days_stands_first(found: list[Item]) -> None:
    ordered = in_order(found)
    assert sorted(map(repr, ordered)) == sorted(map(repr, found))
    keys = [(item.blocks, item.days, item.count) for item in ordered]
    assert keys == sorted(keys, reverse=True)
    report = Report(("oslo",), DAY, DAY, {Verdict.OK: 1}, ordered)
    assert report.ready is not any(item.blocks for item in found)
    assert report.verdict.startswith("Yes" if report.ready else "No")
    assert [*report.blocking, *report.others] == list(ordered)


def test_without_a_day_that_would_be_posted_it_is_not_ready() -> None:
    report = Report(("oslo",), None, None, {Verdict.CLOSED: 3}, ())
    assert (report.ready, report.verdict) == (False, "No: there is no store-day that would be posted.")


@cache
def oslo(*, hold: bool = False) -> StoreProfile:
    return profiles({"stores": {"oslo": {"hold_on_gap": hold}}})[0]


def gaps(deliveries: list[tuple[int, list[str]]], *, hold: bool = False) -> list[Item]:
    heads = [
        ZHead("oslo", DAY + dt.timedelta(days=offset), "K1", number, sales_total=100)
        for offset, numbers in deliveries
        for number in numbers
    ]
    return check_chains(heads, oslo(hold=hold))


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(1, 60), min_size=1))
def test_missing_numbers_are_those_between_the_first_and_the_last(numbers: set[int]) -> None:
    found = gaps([(number, [str(number)]) for number in numbers])
    missing = set(range(min(numbers), max(numbers))) - numbers
    assert sum(item.count for item in found) == len(missing)
    assert not any(item.blocks for item in found)


def test_missing_numbers_are_named_with_their_neighbours() -> None:
    strange, item = gaps([(0, ["0101"]), (1, ["Z105", "106"]), (2, ["2025-108", "slutt"])])
    assert item.what == "oslo, register K1: 4 missing"
    assert item.examples == ("102-104", "107")
    assert (
        "Z 102-104 (3 numbers) are missing, and belong between Z 0101 (2025-11-18) and Z Z105 (2025-11-19)"
        in item.message
    )
    assert (strange.what, strange.examples) == ("oslo, register K1: numbers without digits", ("slutt",))


def test_a_gap_blocks_only_where_the_store_wants_its_days_held() -> None:
    days = [(0, ["1"]), (1, ["3"]), (2, ["4"]), (3, ["8"])]
    assert [(item.blocks, item.days, item.count) for item in gaps(days)] == [(False, 0, 4)]
    assert [(item.blocks, item.days, item.count) for item in gaps(days, hold=True)] == [(True, 2, 4)]


def test_numbers_that_start_again_are_told() -> None:
    (item,) = gaps([(0, ["2"]), (1, ["1"])])
    assert "do not follow the days" in item.what
    (item,) = gaps([(0, ["7"]), (1, ["7"])])
    assert "used more than once" in item.what


@pytest.mark.parametrize(
    ("step", "cause"),
    [
        (
            "Fix. About the difference: it is the VAT of the day, 1 234.50: left out; or it is odd.",
            "it is the VAT of the day, …: left out",
        ),
        (
            "Fix. About the difference: it is the VAT of the day, 99.00: left out.",
            "it is the VAT of the day, …: left out",
        ),
        ("Fix. Nothing is plugged.", "no cause found"),
    ],
)
def test_equal_causes_have_equal_words(step: str, cause: str) -> None:
    finding = Finding("z_balances", Severity.ERROR, True, "oslo", DAY, "message", step)
    assert cause_of(finding) == cause


def test_named_causes_are_counted_by_their_name() -> None:
    causes = (
        Cause(2, CauseKind.TENDER_MISSING, "KORT", "evidence", "advice"),
        Cause(1, CauseKind.SIGN_FLIPPED, "", "evidence", "advice"),
        Cause(1, CauseKind.DIGITS_SWAPPED, "", "evidence", "advice"),
    )
    finding = Finding("z_balances", Severity.ERROR, True, "oslo", DAY, "message", "whatever", causes=causes)
    assert cause_of(finding) == "sign flipped or digits swapped"


def test_customers_without_a_usable_key_twins_and_invalid_numbers() -> None:
    found = masters(
        {
            ("oslo", 0, "customers"): raw(
                {"customer": "K1", "organisation_number": ORG, "kind": "business"},
                {"customer": "K2", "organisation_number": f"NO {ORG} MVA", "kind": "business"},
                {"customer": "K3", "organisation_number": "999000119", "kind": "business"},
                {"customer": " K4", "kind": "private"},
                {"customer": "K5", "kind": "business"},
                {"customer": "k05", "kind": "private", "email": "kari nordmann"},
            )
        }
    )
    assert told(found) == {
        "keys with blanks around them (customer)": (True, 1, (" K4",)),
        "invalid organisation number (organisation_number)": (True, 1, ("K3",)),
        "no e-mail address in the field (email)": (False, 1, ("k05",)),
        "twins: the same organisation_number at several keys": (True, 2, ("K1", "K2")),
        "business customers without organisation number or customer number": (False, 2, ("K3", "K5")),
    }
    assert "nordmann" not in repr(found.items)


def test_keys_that_differ_in_zeros_or_case_alone_are_told() -> None:
    found = masters(
        {
            ("oslo", 0, "products"): products(
                {"article": "0042"}, {"article": "42"}, {"article": "A1"}, {"article": "a1"}
            )
        }
    )
    assert told(found)["keys that differ in leading zeros, case or blanks alone"] == (
        False,
        4,
        ("0042", "42", "A1", "a1"),
    )


def test_products_with_twins_and_invalid_ean() -> None:
    good = "7038010000010"
    from stdnum import ean

    good = good[:-1] + ean.calc_check_digit(good[:-1])
    found = masters(
        {
            ("oslo", 0, "products"): products(
                {"article": "1", "ean": good},
                {"article": "2", "ean": good},
                {"article": "3", "ean": "123"},
                {"article": "4", "rate": None},
            )
        }
    )
    assert told(found) == {
        "invalid EAN (ean)": (False, 1, ("3",)),
        "without a VAT rate (rate)": (True, 1, ("4",)),
        "twins: the same ean at several keys": (True, 2, ("1", "2")),
    }


def test_the_last_delivery_of_a_key_counts() -> None:
    found = masters(
        {
            ("oslo", 0, "customers"): raw({"customer": "K1", "organisation_number": "1", "kind": "business"}),
            ("oslo", 1, "customers"): raw({"customer": "K1", "organisation_number": ORG, "kind": "business"}),
        }
    )
    assert found.items == []
    assert found.customers is not None
    assert found.customers["organisation_number"].tolist() == [ORG]


def test_one_key_with_two_meanings_in_two_stores() -> None:
    frames: dict[tuple[str, int, str], pd.DataFrame | ExtractError] = {
        ("oslo", 0, "customers"): raw({"customer": "K1", "organisation_number": ORG, "kind": "business"}),
        ("bergen", 0, "customers"): raw({"customer": "K1", "organisation_number": "974760673", "kind": "business"}),
    }
    assert told(masters(frames)) == {"one key, two organisation numbers": (True, 1, ("K1",))}
    apart = {"companies": {"nordlys": {"masterdata": {"customers": {"keys": "store"}}}}}
    assert told(masters(frames, apart)) == {}


def test_without_masterdata_in_the_settings_nothing_of_it_blocks() -> None:
    frames: dict[tuple[str, int, str], pd.DataFrame | ExtractError] = {
        ("oslo", 0, "products"): products({"article": "1", "ean": "123"}, {"article": "2", "rate": None}),
    }
    without = {"companies": {"nordlys": {"masterdata": None}}}
    assert told(masters(frames, without)) == {"invalid EAN (ean)": (False, 1, ("1",))}


def test_a_frame_that_cannot_be_read_is_told_and_the_rest_goes_on() -> None:
    error = ExtractError(file="customers.csv", expected="a column", got="none", next_step="deliver it")
    found = masters(
        {("oslo", 0, "customers"): error, ("oslo", 1, "customers"): raw({"customer": "K1", "kind": "private"})}
    )
    assert told(found) == {"customers of oslo cannot be read": (True, 1, ("2025-11-18|oslo",))}
    assert found.customers is not None


def test_nothing_delivered_at_all_blocks() -> None:
    gathered = check_days(Frames({}), profiles(), DAY, DAY)
    assert {(item.part, item.blocks) for item in gathered.items} == {(Part.EXTRACTS, True)}
    assert not gathered.verdicts
