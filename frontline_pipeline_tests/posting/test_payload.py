"""References, hashes, payloads, differences."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontline_pipeline.accounting.model import Mode, VoucherLine
from frontline_pipeline.office.convert import comment
from frontline_pipeline.posting.errors import LogUnusable
from frontline_pipeline.posting.payload import (
    MAX_REFERENCE,
    Place,
    TaxReference,
    content_hash,
    differences,
    payload,
    read_payload,
    reference,
    to_ledger_voucher,
)
from frontline_pipeline_tests.posting.fake_ledger import voucher

CODES = {"3": TaxReference("3", "3", 13)}


def stored(made):
    return payload(made, to_ledger_voucher(made, "oslo/K1/Z102/r1", Place(2026, 5, 7), CODES), CODES)


def test_a_reference_is_the_key_and_the_revision():
    assert reference("oslo/K1/Z102", 1) == "oslo/K1/Z102/r1"
    assert reference("bodø/2026-11-23.2", 12) == "bodø/2026-11-23.2/r12"


def test_a_long_register_id_ends_in_a_hash():
    long = reference("oslo/" + "K" * 60 + "/Z102", 1)
    other = reference("oslo/" + "K" * 60 + "/Z103", 1)
    assert len(long) == len(other) == MAX_REFERENCE
    assert long != other
    assert long.endswith("/r1")


@given(st.text(min_size=1, max_size=80), st.integers(1, 99_999))
def test_every_reference_fits_and_survives_the_service(key, revision):
    made = reference(key, revision)
    assert len(made) <= MAX_REFERENCE
    assert comment(made) == made
    assert made.split() == [made]


@given(st.lists(st.text(min_size=1, max_size=70), min_size=2, max_size=20, unique=True))
def test_two_keys_never_share_a_reference(keys):
    assert len({reference(key, 1) for key in keys}) == len(keys)


def test_the_hash_ignores_order_texts_and_mode():
    made = voucher()
    same = replace(
        made,
        lines=tuple(replace(line, text="x") for line in reversed(made.lines)),
        mode=Mode.DRAFT,
        text="y",
    )
    assert content_hash(same) == content_hash(made)


@pytest.mark.parametrize(
    "change",
    [
        {"debit": 12_600},
        {"account": 1900},
        {"tax_code": "31"},
        {"customer_id": 1},
        {"department_id": 1},
        {"project_id": 1},
        {"dimensions": ((101, "nord"),)},
    ],
)
def test_the_hash_and_the_difference_see_every_field_of_a_line(change):
    made = voucher()
    other = replace(made, lines=(replace(made.lines[0], **change), *made.lines[1:]))
    assert content_hash(other) != content_hash(made)
    told = differences(read_payload(stored(made), "r"), other)
    assert any("125.00" in line for line in told)


def test_no_difference_to_itself():
    assert differences(read_payload(stored(voucher()), "r"), voucher()) == []


def test_the_difference_names_day_and_z_reports():
    made = voucher()
    other = voucher(103, day=made.business_day.replace(day=24))
    told = differences(read_payload(stored(made), "r"), other)
    assert told == [
        "date: 2026-11-23 -> 2026-11-24",
        "Z 102 of register K1: in it -> gone",
        "Z 103 of register K1: not in it -> new",
    ]


def test_the_payload_is_canonical_and_whole():
    content = json.loads(stored(voucher()))
    assert content["number"] == 7
    assert content["lines"][2] == {
        "account": 3000,
        "amount": -10_000,
        "tax": "3",
        "tax_id": 13,
        "tax_sent": "3",
        "customer": None,
        "department": None,
        "project": None,
        "dimensions": [],
        "comment": "Salg 25 %",
    }
    assert stored(voucher()) == json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_an_unreadable_payload_is_said():
    with pytest.raises(LogUnusable, match="oslo/K1/Z102/r1"):
        read_payload("{}", "oslo/K1/Z102/r1")


def test_many_equal_lines_are_counted():
    made = voucher()
    twin = VoucherLine(1920, 6_250, 0, "Bankkort")
    split = replace(made, lines=(twin, twin, *made.lines[1:]))
    assert content_hash(split) != content_hash(made)
    assert differences(read_payload(stored(made), "r"), split) == ["account 1920: 125.00 -> 62.50 + 62.50"]
