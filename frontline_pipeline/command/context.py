"""What every command starts from: the settings, the paths, the source and the posting log.

Belongs here: loading them once, with errors that say what to mend.
Does not: Dagster (imported lazily by the commands that run store-days).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from frontline_pipeline.command.terminal import Terminal
from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.settings import Paths, Settings, StoreProfile, secret_environment
from frontline_pipeline.settings_file import LoadedSettings, find_config, load_settings

if TYPE_CHECKING:
    from frontline_pipeline.frontline.source import Extracts


class UsageError(Exception):
    """A wrong argument; the command ends with exit code 2."""


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

    def today(self) -> dt.date:
        return dt.datetime.now(ZoneInfo(OSLO)).date()

    def day(self, text: str) -> dt.date:
        """A business day as typed. Raises UsageError for anything but YYYY-MM-DD."""
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise UsageError(f"{text!r} is not a day such as 2026-11-23.") from None

    def days(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """Business days of a range, both ends included, cut to the partitions that exist."""
        if last < first:
            raise UsageError(f"--from {first} lies after --to {last}.")
        begin = max(first, self.settings.partitions.start)
        end = min(last, self.last_day())
        return [begin + dt.timedelta(days=n) for n in range((end - begin).days + 1)]

    def last_day(self) -> dt.date:
        """The newest store-day: yesterday, or today with `partitions.end_offset: 1`."""
        return self.today() - dt.timedelta(days=1 - self.settings.partitions.end_offset)
