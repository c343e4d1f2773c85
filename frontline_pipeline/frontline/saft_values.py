"""Values of SAF-T: XSD text into typed columns, a column at a time.

Belongs here: xsd:decimal, dates and times with their oddities (24:00:00, zones, "+5", ".5", "1234.560"), signs by C/D.
Does not: the text of contract files, which is stricter (values.py), and where a value stands in the file: a caller gives a
function that says so for a row.

Whole columns are cast by Arrow; only when a column refuses are its values looked at one by one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from frontline_pipeline.frames.spec import OSLO, SCALE, Kind
from frontline_pipeline.frontline.values import DIGITS, EXPECTED

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"((?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?")
_OSLO = ZoneInfo(OSLO)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - wall time; its zone is Oslo, added in `in_oslo`
_MICROSECOND = dt.timedelta(microseconds=1)
_ZERO = Decimal(0)

Walls = npt.NDArray[np.datetime64]
Flags = npt.NDArray[np.bool_]


class BadFieldError(ValueError):
    """A value that cannot be taken: row of the column (from 0), what was expected, what came."""

    def __init__(self, row: int, field: str, expected: str, got: str) -> None:
        self.row, self.field, self.expected, self.got = row, field, expected, got
        super().__init__(f"{field}: expected {expected}, got {got}")


def shown(text: str | None, limit: int = 40) -> str:
    """A value as an error shows it."""
    if not text:
        return "nothing"
    return repr(text) if len(text) <= limit else f"{text[:limit]!r} ..."


def texts(values: Sequence[str]) -> pa.Array:
    """Text trimmed of XML white space; absent and empty become null."""
    array = pc.utf8_trim(pa.array(values, type=pa.string()), characters=" \t\r\n")
    return pc.if_else(pc.equal(pc.binary_length(array), 0), pa.scalar(None, pa.string()), array)


def required(array: pa.Array, field: str, expected: str) -> pa.Array:
    """The array. Raises BadFieldError at its first null."""
    if array.null_count:
        raise BadFieldError(int(pc.index(pc.is_null(array), True).as_py()), field, expected, "nothing")
    return array


def limited(array: pa.Array, field: str, length: int) -> pa.Array:
    """The array. Raises BadFieldError at its first text longer than `length` characters."""
    long = pc.fill_null(pc.greater(pc.utf8_length(array), length), False)
    if pc.any(long).as_py():
        row = int(pc.index(long, True).as_py())
        raise BadFieldError(row, field, f"at most {length} characters", shown(array[row].as_py()))
    return array


def decimal(text: str, kind: Kind, field: str, row: int = 0) -> Decimal:
    """One xsd:decimal, exactly, in the kind's scale. Raises BadFieldError for "12,50", "NaN", "1e400", a third decimal of money."""
    if _DECIMAL.fullmatch(text) and len(text) <= 60:
        value = Decimal(text)
        scaled = value.scaleb(SCALE[kind])
        if scaled == scaled.to_integral_value() and abs(scaled) < 10**DIGITS:
            return value
    raise BadFieldError(row, field, EXPECTED[kind], shown(text))


def decimals(array: pa.Array, kind: Kind, field: str) -> pa.Array:
    """Decimals of trimmed text in the kind's scale; nulls stay. Raises BadFieldError for the first value that does not fit exactly."""
    scale = SCALE[kind]
    if not _has_exponent(array):
        try:
            return pc.cast(pc.cast(array, pa.decimal128(DIGITS, scale)), pa.decimal128(18, scale))
        except pa.ArrowInvalid:
            pass
    values = [None if text is None else decimal(text, kind, field, row) for row, text in enumerate(array.to_pylist())]
    return pa.array(values, type=pa.decimal128(18, scale))


def quantities(array: pa.Array, field: str) -> tuple[pa.Array, bool]:
    """Quantities in thousandths, and whether any had to be rounded: SAF-T allows six decimals, a frame keeps three."""
    six = decimals(array, Kind.EXCHANGE, field)
    exact = pc.round(six, ndigits=3, round_mode="half_towards_infinity")
    rounded = bool(pc.any(pc.not_equal(exact, six)).as_py())
    return pc.cast(exact, pa.decimal128(18, 3)), rounded


def whole_numbers(array: pa.Array) -> pa.Array:
    """Text as int64 where it is a whole number, else null: SAF-T lets `nr` be any identification."""
    plain = pc.match_substring_regex(array, "^[+-]?[0-9]{1,18}$")
    return pc.cast(pc.if_else(plain, pc.utf8_ltrim(array, characters="+"), pa.scalar(None, pa.string())), pa.int64())


def count(text: str, field: str) -> int:
    """A non-negative whole number. Raises BadFieldError."""
    if re.fullmatch(r"\+?[0-9]{1,10}|-0+", text):
        return abs(int(text))
    raise BadFieldError(0, field, "a whole number, zero or more", shown(text))


def flags(array: pa.Array, field: str) -> Flags:
    """xsd:boolean; absent is false. Raises BadFieldError for anything but true, false, 1, 0."""
    known = pc.fill_null(pc.is_in(array, pa.array(["true", "false", "1", "0"])), False)
    bad = pc.and_(pc.is_valid(array), pc.invert(known))
    if pc.any(bad).as_py():
        row = int(pc.index(bad, True).as_py())
        raise BadFieldError(row, field, "true or false", shown(array[row].as_py()))
    return to_flags(pc.is_in(array, pa.array(["true", "1"])))


def debits(array: pa.Array, field: str) -> pa.Array:
    """Whether C/D says debit; absent stays null. Raises BadFieldError for another letter."""
    bad = pc.fill_null(pc.invert(pc.is_in(array, pa.array(["C", "D"]))), False)
    bad = pc.and_(bad, pc.is_valid(array))
    if pc.any(bad).as_py():
        row = int(pc.index(bad, True).as_py())
        raise BadFieldError(row, field, "C or D", shown(array[row].as_py()))
    return pc.equal(array, "D")


def signed(amounts: pa.Array, debit: pa.Array) -> pa.Array:
    """Amounts with the sign of the trade: -|x| where debit, else as written (a negative C line is a discount)."""
    return pc.if_else(debit, pc.negate(pc.abs(amounts)), amounts)


def flipped(amounts: pa.Array, flip: pa.Array) -> pa.Array:
    """Amounts with their sign turned where `flip`."""
    return pc.if_else(flip, pc.negate(amounts), amounts)


def is_positive(amounts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.greater(amounts, pa.scalar(_ZERO, amounts.type)), False)


def is_negative(amounts: pa.Array) -> pa.Array:
    return pc.fill_null(pc.less(amounts, pa.scalar(_ZERO, amounts.type)), False)


def to_flags(array: pa.Array) -> Flags:
    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def date(text: str, field: str, row: int = 0) -> dt.date:
    """An xsd:date of the years 1900 to 2199; a zone says nothing about a business day and is dropped. Raises BadFieldError."""
    match = _DATE.fullmatch(text)
    if match:
        try:
            return dt.date.fromisoformat(match[1])
        except ValueError:
            pass
    raise BadFieldError(row, field, EXPECTED[Kind.DATE], shown(text))


def wall(date_text: str, time_text: str, field: str, row: int = 0) -> tuple[dt.datetime, bool]:
    """Norwegian wall time of an xsd:date and xsd:time, and whether it is the second of a repeated hour.

    24:00:00 is midnight at the end of the day; a time with a zone is an instant and becomes wall time. Raises BadFieldError.
    """
    day = date(date_text, field.replace("Time", "Date"), row)
    match = _TIME.fullmatch(time_text)
    if not match:
        raise BadFieldError(row, field, "a time such as 09:30:00", shown(time_text))
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    micro = int((match[4] or "")[:6].ljust(6, "0"))
    midnight = hour == 24 and not (minute or second or micro)
    try:
        clock = dt.time(0 if midnight else hour, minute, second, micro)
    except ValueError:
        raise BadFieldError(row, field, "a time such as 09:30:00", shown(time_text)) from None
    local = dt.datetime.combine(day, clock) + dt.timedelta(days=int(midnight))
    if match[5] is None:
        return local, False
    zone = dt.UTC if match[5] == "Z" else dt.datetime.strptime(match[5], "%z").tzinfo
    there = local.replace(tzinfo=zone).astimezone(_OSLO)
    return there.replace(tzinfo=None, fold=0), there.fold == 1


def walls(dates: pa.Array, times: pa.Array, field: str) -> tuple[Walls, Flags]:
    """As `wall`, over columns."""
    try:
        stamps = pc.cast(pc.binary_join_element_wise(dates, times, "T"), pa.timestamp("us"))
        local = stamps.to_numpy(zero_copy_only=False).astype("datetime64[us]")
        years = local.astype("datetime64[Y]").astype(int) + 1970
        # Arrow takes "09:00" and "09"; XSD does not.
        days_written_out = pc.all(pc.equal(pc.binary_length(dates), 10)).as_py()
        seconds_written = pc.all(pc.greater_equal(pc.binary_length(times), 8)).as_py()
        if days_written_out and seconds_written and years.min() >= 1900 and years.max() < 2200:
            return local, np.zeros(len(local), dtype=np.bool_)
    except pa.ArrowInvalid:
        pass
    pairs = [
        wall(day or "", clock or "", field, row)
        for row, (day, clock) in enumerate(zip(dates.to_pylist(), times.to_pylist(), strict=True))
    ]
    micros = np.array([(local - _EPOCH) // _MICROSECOND for local, _ in pairs], dtype="int64")
    return micros.astype("datetime64[us]"), np.array([second for _, second in pairs], dtype=np.bool_)


def in_oslo(local: Walls, second: Flags) -> pa.Array:
    """Wall times as Europe/Oslo instants; `second` picks the later of a repeated hour; out of a skipped hour to its end."""
    stamps = pa.array(local, type=pa.timestamp("us"))
    first = pc.assume_timezone(stamps, OSLO, ambiguous="earliest", nonexistent="latest")
    if not second.any():
        return first
    later = pc.assume_timezone(stamps, OSLO, ambiguous="latest", nonexistent="latest")
    return pc.if_else(pa.array(second), later, first)


def oslo(local: dt.datetime, second: bool = False) -> dt.datetime:
    """One wall time as an aware time; see `in_oslo`."""
    found: dt.datetime = in_oslo(np.array([local], dtype="datetime64[us]"), np.array([second]))[0].as_py()
    return found


class RepeatedHour:
    """Tells the two passes of the hour that October repeats, by order: when the clock runs back within it, it is the second."""

    def __init__(self) -> None:
        self._last: np.datetime64 | None = None
        self._second = False

    def __call__(self, local: Walls, second: Flags) -> Flags:
        """`second` completed for wall times in journal order; state is kept from call to call."""
        days = local.astype("datetime64[D]")
        hours = (local - days).astype("timedelta64[h]").astype(int)
        months = days.astype("datetime64[M]")
        in_month = (days - months.astype("datetime64[D]")).astype(int) + 1
        sunday = (days.astype(int) + 4) % 7 == 0
        candidates = (months.astype(int) % 12 == 9) & (in_month >= 25) & sunday & (hours == 2)
        if not candidates.any():
            return second
        out = second.copy()
        for row in np.flatnonzero(candidates):
            now = local[row]
            if self._last is None or now.astype("datetime64[h]") != self._last.astype("datetime64[h]"):
                self._second = False
            elif now < self._last:
                self._second = True
            self._last = now
            out[row] |= self._second
        return out


def _has_exponent(array: pa.Array) -> bool:
    """Whether any text holds an e: Arrow reads 1e3 as a decimal, XSD does not."""
    data = array.buffers()[2]
    if data is None:
        return False
    held = bytes(data)
    return b"e" in held or b"E" in held
