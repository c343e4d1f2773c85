"""Where extracts are read from, which days there are, and how sending and the schedules run.

Belongs here: the models that say how the pipeline runs, whatever the company.
Does not: companies and stores (settings_company.py), where money goes (settings_ledger.py), the whole tree (settings.py).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from frontline_pipeline.settings_values import Day, EnvName, Model, Whole


class FilesSource(Model):
    """Extract contract v1 as a folder per store and business day; also where `frontline import` lands SAF-T."""

    kind: Literal["files"] = "files"
    """A folder of files."""
    path: str = "landing"
    """Folder, relative to the state directory unless absolute."""


class SqlSource(Model):
    """Extract contract v1 as SQL views, one per frame, with a `store` column."""

    kind: Literal["sql"]
    """SQL views."""
    url_env: EnvName
    """Environment variable with the SQLAlchemy URL."""
    schema_name: str | None = None
    """Schema of the views; unset = the connection's own."""
    view_prefix: str = ""
    """The view of a frame is `<schema>.<prefix><frame>`."""


Source = Annotated[FilesSource | SqlSource, Field(discriminator="kind")]


class PartitionSettings(Model):
    """The grid of store-days."""

    start: Day
    """First business day of the store-day grid."""
    end_offset: Literal[0, 1] = 0
    """1 adds the running day."""


class PostingSettings(Model):
    """The posting log and the rules of sending."""

    url_env: EnvName | None = None
    """Environment variable with the SQLAlchemy URL of the posting log; unset = SQLite in the state directory."""
    lease_ttl_seconds: Whole = Field(240, ge=10)
    """More than three times the SOAP time-out: a holder that hangs in a call, logs in anew and calls again still owns the lease."""
    lease_wait_seconds: Whole = Field(300, ge=0)
    """How long a run waits for another writer of the same company before it ends as not sent."""
    lookups_ttl_seconds: Whole = Field(12 * 3600, ge=0)
    """How long accounts, codes, years and the client check are kept before they are read again."""
    resend: Literal["same_number", "hold"] = "same_number"
    """A posted voucher whose outcome is unknown and that the ledger does not show: send it again under its own number, or
    hold it for a person. That a used number is refused is unproven."""
    number_source: Literal["ledger", "local"] = "ledger"
    """Where the next voucher number comes from: asked of the ledger for each voucher, or counted on here from the last one
    known, which saves a call per voucher. That 24SevenOffice accepts numbers counted here is unproven: leave it at ledger
    until a real client is known to."""
    settle_seconds: Whole = Field(60, ge=0, le=3600)
    """How long after the last sending the ledger's search may lag behind; only then does "not found" count."""
    attempts: Whole = Field(5, ge=1, le=100)
    """How often the same content is sent by itself before it stops for a person."""
    calls_per_hour: Whole = Field(6000, ge=1, le=7200)
    """Ceiling of calls to 24SevenOffice in any hour, of all processes that share this state directory; the service takes
    7200 per address, other integrations included."""


class ScheduleSettings(Model):
    """When the store-days of yesterday are run, Norwegian time."""

    hour: Whole = Field(6, ge=0, le=23)
    """Hour of the day."""
    minute: Whole = Field(0, ge=0, le=59)
    """Minute of the hour."""
    sweep_months: Whole = Field(3, ge=1, le=36)
    """How many months the weekly sweep reads again, the running one included; one call per company and month."""
    late_after_hours: Whole = Field(36, ge=1, le=8760)
    """How long after the midnight that ends it an open day without an extract is late; the sensor late_extracts then alerts once."""
    late_days: Whole = Field(31, ge=1, le=3660)
    """How many business days back the sensor late_extracts looks for extracts that came late or not at all."""
