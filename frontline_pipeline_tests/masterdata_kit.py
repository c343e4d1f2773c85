"""Customers and products of a store-day against the stand-in, over real SOAP, without Dagster.

Belongs here: the short words of stories about them: deliver, run, what the stand-in holds.
Does not: assertions; the walk with faults that only a fake can have (posting/fake_register.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.masters import Kind, Returned, clean, find_twins, return_keys
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.opening import open_ledger, open_register, open_twins
from frontline_pipeline.posting.twins_register import Register
from frontline_pipeline_tests.support import FIRST, Project, running_project

COMPANY, STORE = "nordlys", "oslo"
SETTINGS: dict[str, Any] = {
    "companies": {COMPANY: {"masterdata": {"products": {"default_category": 1, "rates": {"3": 25}}}}},
    # The stand-in answers at once: nothing is under way when a call has failed.
    "posting": {"settle_seconds": 0, "lease_wait_seconds": 20},
}


def _over(tree: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """As `overlaid`, but None stays, to remove a key of the example settings."""
    both = {
        k: _over(tree[k], v) for k, v in changes.items() if isinstance(v, Mapping) and isinstance(tree.get(k), Mapping)
    }
    return {**tree, **changes, **both}


_PLAIN: Mapping[Kind, dict[str, Any]] = {
    Kind.CUSTOMERS: {"kind": "business"},
    Kind.PRODUCTS: {"name": "Mug", "rate": 25_000, "active": True},
}


def raw(kind: Kind, *rows: Mapping[str, Any]) -> pd.DataFrame:
    """Delivered rows; what is left out has a plain value."""
    spec = CUSTOMERS if kind is Kind.CUSTOMERS else PRODUCTS
    filled = [{**_PLAIN[kind], **row} for row in rows]
    if kind is Kind.CUSTOMERS:
        filled = [{"name": f"Firma {row['customer']} AS", **row} for row in filled]
    columns = {name: pd.Series([row.get(name) for row in filled], dtype="object") for name in spec.column_names}
    return spec.conform(pd.DataFrame(columns))


class Trade:
    """One company of an installation and its stand-in."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._seeded = {record.id for record in self.records.find(COMPANY, "company")}
        self._session: OfficeSession = open_ledger(project.loaded, COMPANY).session

    @property
    def records(self) -> Any:
        """The stand-in's records."""
        return self.project.server.app.records

    def register(self, company: str, one: str) -> Register:
        """As the resource has it."""
        return open_register(self.project.loaded, company, one, self._session)

    def clean(self, kind: Kind, *rows: Mapping[str, Any], offset: int = 0) -> Bundle:
        """The cleaned bundle of what is delivered."""
        delivered = Bundle(STORE, FIRST + dt.timedelta(days=offset), Status.OK, {kind.value: raw(kind, *rows)})
        return clean(kind, delivered, self.project.loaded.settings.store(STORE))

    def run(self, kind: Kind, *rows: Mapping[str, Any], offset: int = 0) -> Bundle:
        """What the assets do up to matched_*."""
        twins = open_twins(self.project.loaded, COMPANY, self.project.log, run_id="test")
        profile = self.project.loaded.settings.store(STORE)
        self.bundle, self.warnings = find_twins(kind, self.clean(kind, *rows, offset=offset), profile, twins, self)
        return self.bundle

    def keys(self, kind: Kind, matched: Bundle) -> Returned:
        """What the keys asset does."""
        profile = self.project.loaded.settings.store(STORE)
        return return_keys(kind, matched, profile, self.project.loaded, self.project.log)

    def told(self, kind: Kind, *rows: Mapping[str, Any]) -> dict[str, tuple[str, int | None]]:
        """Key -> (how or reason, office id) of a run."""
        frame = self.run(kind, *rows)[kind.value]
        return {
            key: (why if isinstance(why, str) else how, None if pd.isna(number) else int(number))
            for key, why, how, number in zip(
                frame.iloc[:, 0], frame["reason"], frame["how"], frame["office_id"], strict=True
            )
        }

    def words(self, kind: Kind, key: str) -> str:
        """Why a key of the last run is held."""
        frame = self.bundle[kind.value]
        return str(frame.loc[frame.iloc[:, 0].eq(key), "words"].iloc[0])

    def has_customer(self, **fields: str) -> int:
        """Somebody made a customer by hand in 24SevenOffice; its number."""
        with self.project.server.app.store.writing():
            given = {"Name": "By hand", "Country": "NO", "Type": "Business", **fields}
            return int(self.records.put(COMPANY, "company", None, given))

    def has_product(self, **fields: str) -> int:
        """Somebody made a product by hand; its id."""
        with self.project.server.app.store.writing():
            given = {"Name": "By hand", "CategoryId": "1", "StatusId": "1", **fields}
            return int(self.records.put(COMPANY, "product", None, given))

    def archive(self, number: int) -> None:
        """Somebody archived a customer."""
        self.records.set_active(COMPANY, "company", number, False)

    def found(self, kind: Kind, **fields: str) -> list[dict[str, Any]]:
        """The stand-in's records with these elements; customers that it began with (for sales on account) left out."""
        what, seeded = ("company", self._seeded) if kind is Kind.CUSTOMERS else ("product", set())
        records = [record.fields for record in self.records.find(COMPANY, what) if record.id not in seeded]
        return [each for each in records if all(each.get(name) == value for name, value in fields.items())]

    def calls(self) -> int:
        """SOAP calls so far."""
        return self.project.calls()


@contextmanager
def trade(root: Path, changes: Mapping[str, Any] | None = None) -> Iterator[Trade]:
    """An installation whose company nordlys has customers and products set up."""
    with running_project(root, _over(SETTINGS, changes or {})) as project:
        yield Trade(project)
