"""Store-days that are late: those whose extract came after their run, and those whose extract should long have come.

Belongs here: which store-days that is at a moment.
Does not: what is done about them (late.py), what a missing extract means for its own run (frontline/delivery.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.settings import ScheduleSettings, Settings, StoreProfile

StoreDays = Mapping[str, Collection[dt.date]]


@dataclass(frozen=True)
class Late:
    """(store, business day) that came late, and that are overdue, each by day and then by store."""

    arrived: tuple[tuple[str, dt.date], ...]
    """Delivered, and never run with success: to be run now."""
    overdue: tuple[tuple[str, dt.date], ...]
    """Open, not delivered, and more than `schedule.late_after_hours` past: somebody must look."""


def window(settings: Settings, now: dt.datetime) -> tuple[dt.date, dt.date] | None:
    """First and last business day that is looked at: the last `schedule.late_days` whose own run is due; None for none."""
    last = now.astimezone(ZoneInfo(OSLO)).date()
    while _due(settings.schedule, last) > now:
        last -= dt.timedelta(days=1)
    first = max(settings.partitions.start, last - dt.timedelta(days=settings.schedule.late_days - 1))
    return (first, last) if first <= last else None


def late(
    settings: Settings, extracts: Extracts, materialised: StoreDays, now: dt.datetime, days: tuple[dt.date, dt.date]
) -> Late:
    """What is late among `days` (first and last); `materialised`: days of each store whose extract was read with success.
    Raises ExtractError when the source cannot be asked."""
    arrived: list[tuple[dt.date, str]] = []
    overdue: list[tuple[dt.date, str]] = []
    for profile in settings.profiles():
        there = extracts.delivered_days(profile.code, *days)
        done = set(materialised.get(profile.code, ()))
        arrived += [(day, profile.code) for day in there - done]
        absent = (day for day in _each(*days) if day not in there and day not in done)
        overdue += [(day, profile.code) for day in absent if _overdue(settings, extracts, profile, day, now)]
    return Late(_by_day(arrived), _by_day(overdue))


def _overdue(settings: Settings, extracts: Extracts, profile: StoreProfile, day: dt.date, now: dt.datetime) -> bool:
    if now < _midnight_after(day) + dt.timedelta(hours=settings.schedule.late_after_hours):
        return False
    return not profile.store.calendar.closed_because(day) and extracts.covered_note(profile.code, day) is None


def _due(schedule: ScheduleSettings, day: dt.date) -> dt.datetime:
    """When the schedule runs a business day: the next morning, Norwegian time."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(schedule.hour, schedule.minute), ZoneInfo(OSLO))


def _midnight_after(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(OSLO)).astimezone(dt.UTC)


def _each(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    return (first + dt.timedelta(days=n) for n in range((last - first).days + 1))


def _by_day(found: Iterable[tuple[dt.date, str]]) -> tuple[tuple[str, dt.date], ...]:
    return tuple((store, day) for day, store in sorted(found))
