"""What every command starts from: the settings, the paths, the source, the days that were asked for.

Belongs here: loading them once, with errors that say what to mend.
Does not: Dagster (imported lazily by the commands that run store-days), the posting log (look.py, opening.py).
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Terminal
from frontline_pipeline.settings import Paths, Settings, StoreProfile, secret_environment
from frontline_pipeline.settings_file import LoadedSettings, find_config, load_settings

if TYPE_CHECKING:
    from frontline_pipeline.frontline.source import Extracts


class Context:
    """Settings and what is made from them, for one invocation of the command."""

    def __init__(self, config: Path | None, state: Path | None, environ: Mapping[str, str] = os.environ) -> None:
        self._config, self._state, self._environ = config, state, environ
        self.terminal = Terminal()

    @cached_property
    def loaded(self) -> LoadedSettings:
        return load_settings(find_config(self._config, self._environ), state_dir=self._state, environ=self._environ)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def paths(self) -> Paths:
        return self.loaded.paths

    @property
    def environ(self) -> dict[str, str]:
        return secret_environment(self._environ, self.loaded.secrets)

    @cached_property
    def extracts(self) -> Extracts:
        from frontline_pipeline.frontline.source import open_source

        return open_source(self.settings.source, self.paths, self.environ)

    def profile(self, store: str) -> StoreProfile:
        """The store's profile. Raises UsageError naming the stores that exist."""
        if store not in self.settings.stores:
            raise UsageError(f"There is no store {store!r}; the settings have {', '.join(self.settings.stores)}.")
        return self.settings.store(store)

    def company(self, code: str | None) -> str:
        """A company's code, the first one's when none is given. Raises UsageError naming those that exist."""
        companies = self.settings.companies
        if code is not None and code not in companies:
            raise UsageError(f"There is no company {code!r}; the settings have {', '.join(companies)}.")
        return code or next(iter(companies))

    def today(self) -> dt.date:
        """The date in Norway."""
        from frontline_pipeline.frontline.storeday import oslo_today

        return oslo_today()

    def day(self, text: str) -> dt.date:
        """A business day as typed. Raises UsageError for anything but YYYY-MM-DD."""
        day = _date(text)
        if day is None:
            raise UsageError(f"{text!r} is not a day such as 2026-11-23.")
        return day

    def month(self, text: str) -> dt.date:
        """The first day of a month as typed. Raises UsageError for anything but YYYY-MM."""
        first = _date(f"{text}-01")
        if first is None:
            raise UsageError(f"{text!r} is not a month such as 2026-11.")
        return first

    def partition(self, text: str) -> dt.date:
        """A business day as typed that has a partition. Raises UsageError for one that has none."""
        day = self.day(text)
        if not self.settings.partitions.start <= day <= self.last_day():
            raise UsageError(f"{day} is no store-day: {self._store_days()}")
        return day

    def days(self, first: str, last: str) -> list[dt.date]:
        """Business days of a range as typed, both ends included, cut to those that have partitions.

        Raises UsageError when the range is turned round or holds no such day.
        """
        begin, end = self.day(first), self.day(last)
        if end < begin:
            raise UsageError(f"--from {begin} lies after --to {end}.")
        cut_begin, cut_end = max(begin, self.settings.partitions.start), min(end, self.last_day())
        if cut_end < cut_begin:
            raise UsageError(f"There is no store-day from {begin} to {end}: {self._store_days()}")
        if (cut_begin, cut_end) != (begin, end):
            self.terminal.note(f"Only {cut_begin} to {cut_end} is shown: {self._store_days()}")
        return [cut_begin + dt.timedelta(days=n) for n in range((cut_end - cut_begin).days + 1)]

    def last_day(self) -> dt.date:
        """The newest store-day: yesterday, or today with `partitions.end_offset: 1`."""
        return self.today() - dt.timedelta(days=1 - self.settings.partitions.end_offset)

    def _store_days(self) -> str:
        newest = "today" if self.settings.partitions.end_offset else "yesterday"
        start = self.settings.partitions.start
        return f"the grid goes from {start} (partitions.start) to {self.last_day()} ({newest})."


def _date(text: str) -> dt.date | None:
    # fromisoformat alone would take 20261123 and 2026-W48-1 too.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
