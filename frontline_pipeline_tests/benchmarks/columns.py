"""A receiver of the SAF-T reader that keeps every column of every frame in memory.

Belongs here: what "all fields, into columns" means when the reader is measured.
Does not: landing (frontline/landing.py), measuring (saft.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from frontline_pipeline.frames.raw import Z_REPORTS
from frontline_pipeline.frontline.saft_model import SaftHeader, ZKey, ZReport, file_schema, table_of

_Z_SCHEMA = pa.schema([f.with_nullable(True) for f in file_schema(Z_REPORTS)])


class Columns:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.tables: dict[str, list[pa.Table]] = {}

    def register(self, header: SaftHeader, register: str, location: str) -> None:
        """Every register is welcome."""

    def receipts(self, key: ZKey, tables: Mapping[str, pa.Table]) -> None:
        """Receipts with lines, VAT and payments."""
        self._keep(tables)

    def z_report(self, report: ZReport) -> None:
        """A Z-report with its VAT, tenders, groups and movements."""
        self._keep({**report.tables, Z_REPORTS.name: table_of([report.row], _Z_SCHEMA)})

    def _keep(self, tables: Mapping[str, pa.Table]) -> None:
        for name, table in tables.items():
            self.tables.setdefault(name, []).append(table)

    @property
    def rows(self) -> dict[str, int]:
        """Rows per frame."""
        return {name: sum(table.num_rows for table in tables) for name, tables in sorted(self.tables.items())}
