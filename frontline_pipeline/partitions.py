"""Partitions: business day x store, and month x company.

Belongs here: the partitions definitions made from the settings, the mapping between them, and StoreDay, the one place that
parses a partition key.
Does not: assets (assets/), calendars (settings.py: a closed day is still a partition, with status `closed`).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import dagster as dg

from frontline_pipeline.frames.spec import OSLO
from frontline_pipeline.settings import Settings

DAY, STORE, MONTH, COMPANY = "business_day", "store", "month", "company"


@dataclass(frozen=True, slots=True, order=True)
class StoreDay:
    """One business day of one store; prints as Dagster's partition key, `2026-11-23|oslo`."""

    business_day: dt.date
    store: str

    @property
    def key(self) -> dg.MultiPartitionKey:
        """Dagster sorts dimensions by name, so the day stands first."""
        return dg.MultiPartitionKey({DAY: self.business_day.isoformat(), STORE: self.store})

    @classmethod
    def parse(cls, key: str) -> StoreDay:
        """From `YYYY-MM-DD|store`. Raises ValueError that shows the form wanted."""
        day, bar, store = key.partition("|")
        try:
            if not bar or not store:
                raise ValueError
            return cls(dt.date.fromisoformat(day), store)
        except ValueError:
            raise ValueError(f"{key!r} is not a store-day such as 2026-11-23|oslo") from None

    @classmethod
    def from_context(
        cls, context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext | dg.InputContext | dg.OutputContext
    ) -> StoreDay:
        """The store-day a run works on; also from contexts that carry the key as plain text."""
        return cls.parse(str(context.partition_key))

    def __str__(self) -> str:
        return str(self.key)


@dataclass(frozen=True, slots=True, order=True)
class CompanyMonth:
    """One month of one company's ledger: the partition of the read-back."""

    company: str
    month: dt.date
    """First day of the month."""

    @property
    def key(self) -> dg.MultiPartitionKey:
        return dg.MultiPartitionKey({MONTH: self.month.isoformat(), COMPANY: self.company})

    @classmethod
    def from_context(cls, context: dg.AssetExecutionContext) -> CompanyMonth:
        company, _, month = str(context.partition_key).partition("|")
        return cls(company, dt.date.fromisoformat(month))

    @classmethod
    def of(cls, company: str, day: dt.date) -> CompanyMonth:
        return cls(company, day.replace(day=1))


class StorePartitions:
    """The partitions definitions of one settings tree. Built with it, never at import: stores can't be remapped later."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store_days(self) -> dg.MultiPartitionsDefinition:
        return dg.MultiPartitionsDefinition(
            {
                DAY: dg.DailyPartitionsDefinition(
                    start_date=self.settings.partitions.start.isoformat(),
                    timezone=OSLO,
                    end_offset=self.settings.partitions.end_offset,
                ),
                STORE: dg.StaticPartitionsDefinition(list(self.settings.stores)),
            }
        )

    @cached_property
    def company_months(self) -> dg.MultiPartitionsDefinition:
        return dg.MultiPartitionsDefinition(
            {
                MONTH: dg.MonthlyPartitionsDefinition(
                    start_date=self.settings.partitions.start.replace(day=1).isoformat(), timezone=OSLO, end_offset=1
                ),
                COMPANY: dg.StaticPartitionsDefinition(list(self.settings.companies)),
            }
        )

    @cached_property
    def days_to_months(self) -> dg.MultiPartitionMapping:
        """From a company's month to the store-days it covers; unmapped, Dagster would silently take the identity."""
        return dg.MultiPartitionMapping(
            {
                DAY: dg.DimensionPartitionMapping(MONTH, dg.TimeWindowPartitionMapping()),
                STORE: dg.DimensionPartitionMapping(
                    COMPANY,
                    dg.StaticPartitionMapping({code: store.company for code, store in self.settings.stores.items()}),
                ),
            }
        )
