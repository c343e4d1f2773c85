"""Norwegian wall-clock time of a business day that may run past midnight.

Belongs here: seconds after midnight -> local date, local time, exact instant, right also in the two nights when clocks change.
Does not: opening hours (shop_profiles.py).
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from frontline_pipeline.frames.spec import OSLO

DAY = 86_400
_ZONE = ZoneInfo(OSLO)
_TWO = tuple(f"{n:02d}" for n in range(100))


class Clock:
    """The clock of one business day. Seconds below 86 400 are the wall clock of the day itself; above, the time that has
    passed since the next midnight, which on a night of summer time's end shows the same hour twice."""

    def __init__(self, day: dt.date) -> None:
        next_day = day + dt.timedelta(days=1)
        self._today = day.isoformat()
        self._tomorrow = next_day.isoformat()
        self._midnight = dt.datetime.combine(next_day, dt.time(), _ZONE)
        # Noon is safe: clocks change at two in the night, before any shop opens.
        self._today_epoch = int(dt.datetime.combine(day, dt.time(12), _ZONE).timestamp()) - 12 * 3600
        self._next_epoch = int(self._midnight.timestamp())
        three = dt.datetime.combine(next_day, dt.time(3), _ZONE)
        self._clocks_change = three.utcoffset() != self._midnight.utcoffset()

    def date(self, at: int) -> str:
        """Local date, YYYY-MM-DD."""
        return self._today if at < DAY else self._tomorrow

    def time(self, at: int) -> str:
        """Local time, hh:mm:ss."""
        if at >= DAY:
            at -= DAY
            if self._clocks_change and at >= 2 * 3600:
                at = self._wall_seconds(at)
        minutes, seconds = divmod(at, 60)
        return f"{_TWO[minutes // 60]}:{_TWO[minutes % 60]}:{_TWO[seconds]}"

    def epoch(self, at: int) -> int:
        """Whole seconds since 1970-01-01 UTC."""
        return self._today_epoch + at if at < DAY else self._next_epoch + at - DAY

    def _wall_seconds(self, passed: int) -> int:
        wall = dt.datetime.fromtimestamp(self._next_epoch + passed, _ZONE)
        return wall.hour * 3600 + wall.minute * 60 + wall.second
