"""When a store is open.

Belongs here: the calendar of a store and Norway's public holidays.
Does not: which store-days exist (partitions.py), whether an extract was delivered (frontline/).
"""

from __future__ import annotations

import datetime as dt
from typing import Self

import holidays
from pydantic import model_validator

from frontline_pipeline.settings_values import WEEKDAYS, Day, Misplaced, Model, Weekday


class Calendar(Model):
    """When a store is open. A day without an extract is missing only if the store was open."""

    opened_on: Day | None = None
    """First business day of the store."""
    closed_on: Day | None = None
    """First day the store no longer exists; keep the store in the settings, removing it orphans its history."""
    closed_weekdays: tuple[Weekday, ...] = ()
    """Weekdays without trade."""
    closed_dates: tuple[Day, ...] = ()
    """Single days without trade."""
    closed_on_public_holidays: bool = False
    """Closed on Norway's public holidays; Sundays, 24 and 31 December are not among them."""
    open_dates: tuple[Day, ...] = ()
    """Exceptions: open in spite of weekday, date or holiday."""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.opened_on and self.closed_on and self.closed_on <= self.opened_on:
            raise Misplaced([(("closed_on",), f"a day after opened_on, {self.opened_on} (got '{self.closed_on}')")])
        return self

    def closed_because(self, day: dt.date) -> str | None:
        """Why the store is closed on `day`, in words; None when it is open."""
        if self.opened_on and day < self.opened_on:
            return f"not opened until {self.opened_on}"
        if self.closed_on and day >= self.closed_on:
            return f"store closed on {self.closed_on}"
        if day in self.open_dates:
            return None
        if day in self.closed_dates:
            return "closed date in the store's calendar"
        weekday = WEEKDAYS[day.weekday()]
        if weekday in self.closed_weekdays:
            return f"closed on {weekday}s"
        if self.closed_on_public_holidays and (name := _public_holidays(day.year).get(day)):
            return f"public holiday: {name}"
        return None


_HOLIDAYS: dict[int, holidays.HolidayBase] = {}


def _public_holidays(year: int) -> holidays.HolidayBase:
    if year not in _HOLIDAYS:
        _HOLIDAYS[year] = holidays.country_holidays("NO", years=year, language="en_US")
    return _HOLIDAYS[year]
