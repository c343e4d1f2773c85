"""A bundle: the frames of one asset and one store-day, with its status.

Belongs here: the frozen carrier that assets hand to each other and storage writes.
Does not: how it is stored (storage.py), what its frames must satisfy (spec.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from frontline_pipeline.frames.spec import FrameSpec

SCHEMA_VERSION = 2
"""2: z_tenders.amount_currency, z_counts.drawer."""


class Status(StrEnum):
    """Why a store-day's bundle is as it is."""

    OK = "ok"
    CLOSED = "closed"
    """The calendar says so, or an extract covers the day without a Z-report: nothing expected, nothing sent."""
    NOT_DELIVERED = "not_delivered"
    """Receipts are not part of this store's extracts."""


@dataclass(frozen=True)
class Bundle:
    """Frames of one asset on one store-day; `note` says in words why the status is what it is."""

    store: str
    business_day: dt.date
    status: Status
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    note: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    """(file name, SHA-256) of what it was read from."""
    schema_version: int = SCHEMA_VERSION
    held_by: tuple[str, ...] = ()
    """Rules that hold the store-day: what is stored is what was proven wrong, and nothing may be made of it."""

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.frames[name]

    @classmethod
    def empty(
        cls, store: str, business_day: dt.date, status: Status, specs: Iterable[FrameSpec], note: str = ""
    ) -> Bundle:
        """A typed bundle without rows."""
        return cls(store, business_day, status, {spec.name: spec.empty() for spec in specs}, note)
