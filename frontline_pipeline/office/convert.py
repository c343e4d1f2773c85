"""Between the service's values and ours: øre and Decimal, dates and its clocks, "not set" and None.

Belongs here: pure conversions of single values (API.md sections 1 and 8).
Does not: know operations (ledger.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

MAX_COMMENT = 75
"""Longest comment of a line, in characters; the REST side of the same field has this limit (API.md section 3.1)."""

# The schema's way to say "not set" (API.md section 1).
_UNSET_NUMBERS = frozenset({-2147483648, -32768, Decimal("-79228162514264337593543950335")})
_UNSET_YEAR = 1
_UNSET_GUID = "00000000-0000-0000-0000-000000000000"
# Midnight in Oslo is 22:00 or 23:00 UTC; a server in Helsinki makes it 21:00 UTC in summer.
_NEXT_DAY_FROM = time(21, 0)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def kroner(ore: int) -> Decimal:
    """Øre as kroner with exactly two decimals, as the service takes them."""
    return Decimal(ore).scaleb(-2)


def ore(amount: Decimal) -> tuple[int, bool]:
    """Kroner as øre, and whether that was exact; a fraction of an øre is rounded half-even."""
    scaled = amount * 100
    whole = scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return int(whole), scaled == whole


def midnight(day: date) -> datetime:
    """A day as the naive midnight that the service takes for a date (API.md section 8)."""
    return datetime.combine(day, time.min)


def last_second(day: date) -> datetime:
    """The end of a day; without the time, DateEnd leaves the day out (API.md section 3.5)."""
    return datetime.combine(day, time(23, 59, 59))


def day(value: datetime | date | None) -> date | None:
    """The date meant by a returned dateTime, None when it is not set.

    The service stores dates as midnights and may give them back moved to another clock: a time from 21:00 on is
    the midnight of the next day in Oslo. A date of the ledger has no time of day, so nothing else can be meant.
    """
    if value is None or value.year == _UNSET_YEAR:
        return None
    if isinstance(value, datetime):
        return value.date() + timedelta(days=1) if value.time() >= _NEXT_DAY_FROM else value.date()
    return value


def instant(value: datetime | None) -> datetime | None:
    """A returned point in time, in UTC (the FAQ says that returned times are UTC); None when it is not set."""
    if value is None or value.year == _UNSET_YEAR:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def number(value: int | Decimal | None) -> int | None:
    """A returned number, None when it is absent or the schema's "not set"."""
    return None if value is None or value in _UNSET_NUMBERS else int(value)


def text(value: object) -> str:
    """A returned text; absent is empty."""
    return "" if value is None else str(value)


def guid(value: object) -> str:
    """A returned guid in lower case; empty when it is absent or all zeros."""
    found = text(value).strip().lower()
    return "" if found == _UNSET_GUID else found


def items(value: Iterable[Any] | None) -> list[Any]:
    """The rows of a returned list; zeep gives None for an empty one."""
    return [] if value is None else list(value)


def comment(value: str) -> str:
    """A comment as it is sent: on one line, without characters that XML forbids, cut to the limit."""
    return _CONTROL.sub(" ", value).strip()[:MAX_COMMENT].rstrip()
