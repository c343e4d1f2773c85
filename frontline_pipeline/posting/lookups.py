"""What the checks need to know of a company's ledger, kept for a while in the posting log.

Belongs here: the cached facts (client, years, voucher types, accounts, VAT codes, dimensions), their age, their re-reading.
Does not: judge them (preflight.py, company_check.py).

Only what is needed is kept: numbers, codes, rates, locks. No names of customers, projects, departments or the client.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Self, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import FiscalYear, TaxCode, VoucherType
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.schema import lookup_cache

Cell: TypeAlias = str | int | bool | None
Table: TypeAlias = list[list[Cell]]
"""A lookup as it is stored: rows of plain values."""


class Lookups:
    """Facts of one company's ledger, from the cache while they are young, else asked for.

    `calls` counts the questions to the ledger. A refusal must not rest on old facts: `reread()` empties the cache and says
    whether anything had come from it. All questions raise what LedgerPort's reads raise (NotSent, ReadFailed, Rejected).
    """

    def __init__(self, database: Database, company: str, ledger: Callable[[], LedgerPort], ttl_seconds: float) -> None:
        self._database = database
        self._company = company
        self._ledger = ledger
        self._ttl = dt.timedelta(seconds=ttl_seconds)
        self._known: dict[tuple[str, str], Table] = {}
        self._from_cache = False
        self.calls = 0

    @classmethod
    def remembered(cls, database: Database, company: str, ttl_seconds: float) -> Self:
        """Only what the log remembers: a question that it cannot answer raises NotSent, and nobody is asked."""
        return cls(database, company, _nobody, ttl_seconds)

    def knows(self, kind: str) -> bool:
        """Whether the log remembers a register, e.g. `accounts`."""
        return (kind, "") in self._known or self._cached(kind, "") is not None

    @property
    def from_cache(self) -> bool:
        """Whether anything that was answered is older than this object."""
        return self._from_cache

    def reread(self) -> bool:
        """Forget everything, here and in the log; True when any of it had come from the cache."""
        was_cached = self._from_cache
        with self._database.writing() as connection:
            connection.execute(lookup_cache.delete().where(lookup_cache.c.company == self._company))
        self._known.clear()
        self._from_cache = False
        return was_cached

    def organisation_number(self) -> str:
        """The digits of the client's organisation number, as GetClientInformation has it (API.md section 2)."""
        rows = self._table("client", "", lambda ledger: [[ledger.client_information().organisation_number]])
        return "".join(sign for sign in str(rows[0][0]) if sign.isdigit())

    def years(self) -> list[FiscalYear]:
        """All fiscal years with their locks (API.md section 3.5)."""
        rows = self._table(
            "years",
            "",
            lambda ledger: [
                [year.year_id, year.start.isoformat(), year.end_exclusive.isoformat(), year.is_locked]
                for year in ledger.fiscal_years()
            ],
        )
        return [
            FiscalYear(
                _int(row[0]), dt.date.fromisoformat(str(row[1])), dt.date.fromisoformat(str(row[2])), bool(row[3])
            )
            for row in rows
        ]

    def voucher_types(self) -> dict[int, VoucherType]:
        """Voucher types by number (API.md section 3.2)."""
        rows = self._table(
            "voucher_types",
            "",
            lambda ledger: [[t.type_no, t.type_id, t.entry_series_id, t.title] for t in ledger.voucher_types()],
        )
        return {_int(row[0]): VoucherType(_int(row[1]), str(row[3]), _int(row[2]), _int(row[0])) for row in rows}

    def accounts(self) -> set[int]:
        """Account numbers of the chart."""
        rows = self._table("accounts", "", lambda ledger: [[account.number] for account in ledger.accounts()])
        return {_int(row[0]) for row in rows}

    def tax_codes(self) -> dict[str, TaxCode]:
        """VAT codes by number (API.md section 3.4)."""
        rows = self._table(
            "tax_codes",
            "",
            lambda ledger: [
                [code.number, code.tax_id, code.rate_millipercent, code.account_no] for code in ledger.tax_codes()
            ],
        )
        return {
            str(row[0]): TaxCode(
                _int(row[1]), str(row[0]), "", _int(row[2]), _int(row[3]) if row[3] is not None else None
            )
            for row in rows
        }

    def departments(self) -> set[int]:
        """Department ids."""
        rows = self._table("departments", "", lambda ledger: [[each.department_id] for each in ledger.departments()])
        return {_int(row[0]) for row in rows}

    def projects(self) -> set[int]:
        """Ids of active projects."""
        rows = self._table("projects", "", lambda ledger: [[each.project_id] for each in ledger.projects()])
        return {_int(row[0]) for row in rows}

    def dimension_types(self) -> set[int]:
        """Ids of the user-defined dimension types."""
        rows = self._table("dimension_types", "", lambda ledger: [[each.type_id] for each in ledger.dimensions()])
        return {_int(row[0]) for row in rows}

    def dimension_values(self, type_id: int) -> set[str]:
        """Values of one user-defined dimension type."""
        rows = self._table(
            "dimension_values", str(type_id), lambda ledger: [[each.value] for each in ledger.dimension_values(type_id)]
        )
        return {str(row[0]) for row in rows}

    def next_number(self, on: dt.date, series_id: int, year_id: int) -> int:
        """The next number of a series as the ledger said it when it was last asked (API.md section 3.2): where numbers are
        counted on from, and no promise that it is still free."""
        rows = self._table(
            "next_number", f"{series_id}/{year_id}", lambda ledger: [[ledger.next_transaction_no(on, series_id)]]
        )
        return _int(rows[0][0])

    def _table(self, kind: str, key: str, ask: Callable[[LedgerPort], Table]) -> Table:
        name = (kind, key)
        if name not in self._known:
            cached = self._cached(kind, key)
            if cached is None:
                self.calls += 1
                cached = ask(self._ledger())
                self._keep(kind, key, cached)
            else:
                self._from_cache = True
            self._known[name] = cached
        return self._known[name]

    def _cached(self, kind: str, key: str) -> Table | None:
        c = lookup_cache.c
        with self._database.reading() as connection:
            row = connection.execute(
                sa.select(c.value, c.fetched_at).where(c.company == self._company, c.kind == kind, c.key == key)
            ).one_or_none()
            if row is None or not dt.timedelta(0) <= self._database.now(connection) - row.fetched_at < self._ttl:
                return None
        table: Table = json.loads(row.value)
        return table

    def _keep(self, kind: str, key: str, table: Table) -> None:
        with self._database.writing() as connection:
            values = {"value": json.dumps(table), "fetched_at": self._database.now(connection)}
            insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert
            connection.execute(
                insert(lookup_cache)
                .values(company=self._company, kind=kind, key=key, **values)
                .on_conflict_do_update(
                    index_elements=[lookup_cache.c.company, lookup_cache.c.kind, lookup_cache.c.key], set_=values
                )
            )


def _nobody() -> LedgerPort:
    raise NotSent("nothing is asked of the ledger for a look", kind="look")


def _int(cell: Cell) -> int:
    if isinstance(cell, str) or cell is None:
        raise ValueError("a stored lookup is not what it was written as")
    return int(cell)
