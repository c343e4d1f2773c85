"""Values: strict text in, exact typed columns out, the first bad row named."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting import money
from frontline_pipeline.frames.spec import SCALE, Column, Kind
from frontline_pipeline.frontline.values import EXPECTED, BadValueError, parse


def column(kind: Kind, *, nullable: bool = True, personal: bool = False) -> Column:
    return Column("value", kind, "a value", nullable=nullable, personal=personal)


def one(kind: Kind, text: str) -> object:
    return parse(column(kind), pd.Series([text], dtype="str")).iloc[0]


def bad(kind: Kind, text: str) -> BadValueError:
    with pytest.raises(BadValueError) as fault:
        one(kind, text)
    assert fault.value.expected == EXPECTED[kind]
    return fault.value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.MONEY, "12.5", 1250),
        (Kind.MONEY, "-0.05", -5),
        (Kind.MONEY, "-0", 0),
        (Kind.MONEY, "007", 700),
        (Kind.MONEY, "12.5000", 1250),
        (Kind.MONEY, " 12.50 ", 1250),
        (Kind.MONEY, "9999999999999.99", money.LIMIT - 1),
        (Kind.MONEY, "-9999999999999.99", 1 - money.LIMIT),
        (Kind.RATE, "11.11", 11_110),
        (Kind.RATE, "25", 25_000),
        (Kind.QUANTITY, "-1.125", -1125),
        (Kind.EXCHANGE, "11.7342", 11_734_200),
        (Kind.INT, "-12", -12),
        (Kind.INT, "999999999999999999", 10**18 - 1),
        (Kind.DATE, "2026-11-23", pd.Timestamp(2026, 11, 23)),
        (Kind.DATE, "2028-02-29", pd.Timestamp(2028, 2, 29)),
        (Kind.BOOL, "true", True),
        (Kind.BOOL, "False", False),
        (Kind.TEXT, " 007 ", " 007 "),
        (Kind.TEXT, "NaN", "NaN"),
        (Kind.TEXT, "a\tb\r\nc", "a\tb\r\nc"),
    ],
)
def test_what_is_accepted(kind: Kind, text: str, value: object) -> None:
    assert one(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            (Kind.MONEY, t)
            for t in ("+1", ".5", "5.", "1e3", "0x1F", "1_000", "--1", "1-", "10000000000000", "1" * 400)
        ),
        *((Kind.RATE, t) for t in ("25%", "11.1111", "25,0")),
        *((Kind.EXCHANGE, t) for t in ("1.2345678", "1000000000")),
        *((Kind.INT, t) for t in ("1.0", "1e3", "١٢", "1000000000000000000", "")),
        *(
            (Kind.DATE, t)
            for t in (
                "23.11.2026",
                "2026-11-31",
                "2026-1-1",
                "20261123",
                "1899-12-31",
                "2200-01-01",
                "2026-11-23T00:00",
            )
        ),
        *(
            (Kind.TIMESTAMP, t)
            for t in ("2026-11-23", "2026-11-23T24:00:00", "2026-11-23T12:60", "2026-11-23T12:00:00 CET")
        ),
        *(
            (Kind.TIMESTAMP, t)
            for t in ("2026-02-30T12:00", "2026-11-23T23:59:60Z", "12:00", "1763899200", "2026-11-23T12:00:00+25")
        ),
        *((Kind.BOOL, t) for t in ("1", "yes", "ja", "t")),
        *((Kind.TEXT, t) for t in ("a\x00b", "\x1f", "\uffff")),
    ],
)
def test_what_is_refused(kind: Kind, text: str) -> None:
    if text == "":
        with pytest.raises(BadValueError, match="never empty"):
            parse(column(kind, nullable=False), pd.Series([text], dtype="str"))
        return
    fault = bad(kind, text)
    assert fault.row == 0
    assert fault.got.startswith(repr(text)[:20])
    assert len(fault.got) < 80


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-07-01T12:00:00", "2026-07-01T12:00:00+02:00"),
        ("2026-01-01 12:00", "2026-01-01T12:00:00+01:00"),
        ("2026-07-01T12:00:00Z", "2026-07-01T14:00:00+02:00"),
        ("2026-07-01T12:00:00-0330", "2026-07-01T17:30:00+02:00"),
        ("2026-07-01 12:00:00+00", "2026-07-01T14:00:00+02:00"),
        ("2026-07-01T12:00:00.1234567+02:00", "2026-07-01T12:00:00.123456+02:00"),
        ("2026-07-01T12:00:00.5", "2026-07-01T12:00:00.500000+02:00"),
        # 25 October has 02:30 twice: without an offset it is the first; with one it is what it says.
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        # 29 March has no 02:30: moved to the end of the gap.
        ("2026-03-29T02:30:00", "2026-03-29T03:00:00+02:00"),
    ],
)
def test_times_are_oslo(text: str, iso: str) -> None:
    value = one(Kind.TIMESTAMP, text)
    assert isinstance(value, pd.Timestamp)
    assert value.isoformat() == iso


def test_times_with_and_without_offset_in_one_column() -> None:
    texts = pd.Series(["2026-07-01T12:00:00Z", None, "2026-07-01T12:00:00"], dtype="str")
    times = parse(column(Kind.TIMESTAMP), texts)
    assert str(times.dtype) == "datetime64[us, Europe/Oslo]"
    assert [None if pd.isna(t) else t.hour for t in times] == [14, None, 12]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("nullable", [True, False])
def test_dtypes_also_of_no_rows(kind: Kind, nullable: bool) -> None:
    spec = column(kind, nullable=nullable)
    assert str(parse(spec, pd.Series([], dtype="str")).dtype) == spec.dtype


@pytest.mark.parametrize("kind", list(Kind))
def test_empty_is_null_where_it_may_be_and_a_fault_where_not(kind: Kind) -> None:
    texts = pd.Series(["", None], dtype="str")
    assert parse(column(kind), texts).isna().all()
    with pytest.raises(BadValueError, match="got nothing"):
        parse(column(kind, nullable=False), texts)


def test_a_personal_value_is_not_shown() -> None:
    with pytest.raises(BadValueError) as fault:
        parse(column(Kind.TEXT, personal=True), pd.Series(["Kari\x01Nordmann"], dtype="str"))
    assert "Kari" not in str(fault.value)
    assert "13 characters" in fault.value.got


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1 - money.LIMIT, money.LIMIT - 1), max_size=20))
def test_money_text_comes_back_to_the_ore(amounts: list[int]) -> None:
    texts = pd.Series([money.text(amount) for amount in amounts], dtype="str")
    assert parse(column(Kind.MONEY, nullable=False), texts).tolist() == amounts


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SCALE)), st.from_regex(r"-?[0-9]{1,16}(\.[0-9]{1,8})?", fullmatch=True))
def test_a_plain_number_is_exact_or_refused(kind: Kind, text: str) -> None:
    scaled = Decimal(text) * 10 ** SCALE[kind]
    exact = scaled == scaled.to_integral_value() and abs(scaled) < 10**15
    try:
        value = one(kind, text)
    except BadValueError:
        # Leading zeros beyond the digits of the limit are the one plain spelling that is refused though it is exact.
        assert not exact or len(text.lstrip("-").split(".")[0]) > 15 - SCALE[kind]
    else:
        assert exact
        assert value == int(scaled)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(Kind)), st.text(max_size=12))
def test_any_text_is_parsed_or_a_clear_fault(kind: Kind, text: str) -> None:
    problem = None
    try:
        parse(column(kind), pd.Series([text], dtype="str"))
    except BadValueError as fault:
        problem = fault
    if problem is not None:
        assert problem.row == 0
        assert problem.expected == EXPECTED[kind]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 299), st.integers(1, 300), st.sampled_from([Kind.MONEY, Kind.DATE, Kind.TIMESTAMP]))
def test_the_first_bad_row_is_the_one_named(row: int, more: int, kind: Kind) -> None:
    good = {Kind.MONEY: "1.00", Kind.DATE: "2026-11-23", Kind.TIMESTAMP: "2026-11-23T12:00"}[kind]
    wrong = {Kind.MONEY: "1.001", Kind.DATE: "2026-02-30", Kind.TIMESTAMP: "2026-02-30T12:00"}[kind]
    texts = [good] * (row + more)
    texts[row] = wrong
    texts[-1] = wrong
    with pytest.raises(BadValueError) as fault:
        parse(column(kind), pd.Series(texts, dtype="str"))
    assert fault.value.row == row


def test_dates_have_no_time() -> None:
    value = one(Kind.DATE, "2026-11-23")
    assert isinstance(value, pd.Timestamp)
    assert value.to_pydatetime() == dt.datetime(2026, 11, 23)
