"""The periods that orders from sales cover: a day, an ISO week, a calendar month.

Belongs here: first and last day of a period, its key, the day on which its order is made, the id of that order.
Does not: the orders themselves (from_sales.py).
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Literal

Every = Literal["day", "week", "month"]
SALES = "sales/"
"""How order ids of orders from sales begin."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; `key` as `2026-11-23`, `2026-W48` or `2026-11`."""

    first: dt.date
    last: dt.date
    key: str

    def order_of(self, customer: str) -> str:
        """Order id of a customer's sales of it."""
        return f"{SALES}{customer}/{self.key}"

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Its days, in order."""
        return tuple(self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1))


def period_of(day: dt.date, every: Every) -> Period:
    """The period that holds a day. Its order is made on its last day, whether the store is open then or not: every day of the
    calendar is a store-day."""
    if every == "day":
        return Period(day, day, day.isoformat())
    if every == "week":
        year, week, weekday = day.isocalendar()
        monday = day - dt.timedelta(days=weekday - 1)
        return Period(monday, monday + dt.timedelta(days=6), f"{year}-W{week:02d}")
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last), f"{day.year}-{day.month:02d}")
