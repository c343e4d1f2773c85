"""Sources of extracts: what every kind of source offers, and the one that the settings name.

Belongs here: the protocol `Extracts` and its factory.
Does not: reading itself (files.py, sql.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

import pandas as pd

from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.sql import SqlExtracts
from frontline_pipeline.settings import Paths, Source, SqlSource


class Extracts(Protocol):
    """Extracts of contract v1, by store and business day. Every method raises ExtractError for what cannot be read."""

    def z_reports(self, store: str, day: dt.date) -> Bundle | None:
        """Z_FRAMES of a store-day: `ok`, or `closed` when the extract covers it without a Z-report; None = nothing delivered."""
        ...

    def receipts(self, store: str, day: dt.date) -> Bundle:
        """RECEIPT_FRAMES of a store-day: `ok` (also without rows), or `not_delivered` when no receipts frame came."""
        ...

    def delivered_days(self, store: str, first: dt.date, last: dt.date) -> set[dt.date]:
        """The days from `first` to `last`, both included, for which `z_reports` is not None."""
        ...

    def covered_note(self, store: str, day: dt.date) -> str | None:
        """Which import covered the day without a Z-report, in words; None when none did."""
        ...

    def master(self, store: str, day: dt.date, frame_name: str) -> pd.DataFrame | None:
        """One of MASTER_FRAMES as delivered for a store-day; None when it was not delivered."""
        ...


def open_source(source: Source, paths: Paths, environ: Mapping[str, str]) -> Extracts:
    """The extracts that the settings name.

    Raises ExtractError when the environment variable with the SQL URL is not set, or is no usable URL.
    """
    if isinstance(source, SqlSource):
        url = environ.get(source.url_env)
        if not url:
            raise ExtractError(
                file="settings, source.url_env",
                expected=f"the environment variable {source.url_env} with a SQLAlchemy URL",
                got="nothing",
                next_step=f"set {source.url_env}, e.g. postgresql+psycopg://reader@db.example/pos",
            )
        return SqlExtracts(url, source.schema_name, source.view_prefix)
    return FileExtracts(paths.landing or paths.state / source.path)
