"""References read back from the ledger."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.posting.payload import reference
from frontline_pipeline.posting.records import JOURNAL, REVERSAL
from frontline_pipeline.posting.references import parse

STORES = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
REGISTERS = st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True)


@given(STORES, REGISTERS, st.integers(1, 99_999), st.integers(1, 99), st.booleans())
def test_a_journal_per_register_round_trips(store, register, number, revision, reversal):
    found = parse(reference(f"{store}/{register}/Z{number}" + "/rev" * reversal, revision))
    assert found is not None
    assert (found.store, found.z_key, found.day) == (store, ZKey(register, str(number)), None)
    assert (found.kind, found.revision, found.granularity) == (REVERSAL if reversal else JOURNAL, revision, "register")
    assert found.document_key == f"{store}/{register}/Z{number}"


@given(STORES, st.dates(dt.date(2020, 1, 1)), st.integers(1, 9), st.integers(1, 99), st.booleans())
def test_a_journal_per_store_round_trips(store, day, late, revision, reversal):
    key = f"{store}/{day}" + (f".{late}" if late > 1 else "")
    found = parse(reference(key + "/rev" * reversal, revision))
    assert found is not None
    assert (found.store, found.day, found.z_key, found.document_key) == (store, day, None, key)
    assert found.logged_key == key + "/rev" * reversal


def test_a_shortened_reference_says_its_store_only():
    found = parse(reference("oslo/" + "K" * 60 + "/Z102", 1))
    assert found is not None
    assert found.is_shortened
    assert (found.store, found.z_key, found.day, found.kind) == ("oslo", None, None, JOURNAL)


@pytest.mark.parametrize(
    "text",
    ["", "Faktura", "10023", "oslo/r1", "oslo/K1/Z102", "oslo/2026-13-01/r1", "OSLO/K1/Z1/r1", "oslo/K1/Z1/r0", "a b"],
)
def test_what_is_not_ours_is_not_read(text):
    assert parse(text) is None
