"""The stage of an import: one file's Z-reports as parts beside the landing folder, until all of it may move in.

Belongs here: store, business day and date limits of a Z, the comparison with what is landed, the move and its repair after a
crash.
Does not: reading SAF-T (saft.py), reports to people (landing.py).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from frontline_pipeline.frames.raw import Z_REPORTS
from frontline_pipeline.frontline.errors import ExtractError, ZConflict
from frontline_pipeline.frontline.files import MANIFEST
from frontline_pipeline.frontline.landing_layout import (
    STAGING,
    Index,
    Landed,
    coverage_path,
    part_name,
    sync,
    write_json,
)
from frontline_pipeline.frontline.landing_part import PartWriter, first_difference
from frontline_pipeline.frontline.saft_model import SaftHeader, SaftSummary, ZKey, ZReport, file_schema, table_of
from frontline_pipeline.settings import Settings, StoreProfile

_Z_SCHEMA = file_schema(Z_REPORTS)
_PLAN = "plan.json"
_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LandedZ:
    """A Z-report in the landing folder."""

    store: str
    business_day: dt.date
    register: str
    z_number: str
    receipts: int | None
    """None when the file does not tell the receipts of the register."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A period of a store, both days included, that a file tells everything of."""

    store: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class _Staged:
    z: LandedZ
    folder: Path
    digest: str
    target: Path


def business_day(report: ZReport, cut_off: dt.time) -> tuple[dt.date, str | None]:
    """The day the takings belong to, and a warning when the close says another: the day of the last sale, less the store's
    cut-off; without receipts that of the close. A Z closed next morning belongs to the evening before."""
    earlier = dt.timedelta(hours=cut_off.hour, minutes=cut_off.minute, seconds=cut_off.second)
    by_close = (report.closed - earlier).date()
    if report.last_sale is None:
        return by_close, None
    by_sale = (report.last_sale - earlier).date()
    if by_sale == by_close:
        return by_sale, None
    return by_sale, (
        f"register {report.key.register}, Z {report.key.z_number}: closed {report.closed:%Y-%m-%d %H:%M}, but its last sale was "
        f"{report.last_sale:%Y-%m-%d %H:%M}; it is booked on {by_sale}"
    )


class Stage:
    """Receives one file from the SAF-T reader. Leaving the `with` block removes what is not to move in."""

    def __init__(self, path: Path, settings: Settings, root: Path, today: dt.date, index: Index) -> None:
        self._path, self._settings, self._root, self._today, self._index = path, settings, root, today, index
        self._folder = root / STAGING / uuid.uuid4().hex
        self._stat, self._sha256 = _fingerprint(path)
        self._profile: StoreProfile | None = None
        self._stores: dict[str, set[str]] = {}
        self._company_stores: frozenset[str] = frozenset()
        self._open: dict[ZKey, PartWriter] = {}
        self._current: PartWriter | None = None
        self._staged: dict[ZKey, _Staged] = {}
        self._new: list[_Staged] = []
        self._conflicts: list[ZConflict] = []
        self._parts = 0
        self.landed: tuple[LandedZ, ...] = ()
        self.unchanged: tuple[LandedZ, ...] = ()
        self.warnings: list[str] = []

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._open.values():
            writer.pause()
        # A plan that was not carried out to its end is left for the next import to finish.
        if not (self._folder / _PLAN).is_file():
            shutil.rmtree(self._folder, ignore_errors=True)

    # ---- the reader's side ----

    def register(self, header: SaftHeader, register: str, location: str) -> None:
        """A register begins: whose is it? Unknown ones refuse the file, for a part of it would look whole."""
        self._not_future(header.created, "header/dateCreated")
        number = header.organisation_number
        companies = [c for c, company in self._settings.companies.items() if company.organisation_number == number]
        if not companies:
            known = ", ".join(company.organisation_number for company in self._settings.companies.values())
            raise self._error(
                "company/companyIdent",
                f"the organisation number of a company in the settings ({known})",
                f"{number}, with register {register!r} at location {location!r}",
                f"add a company with organisation_number: '{number}' and its stores to the settings",
            )
        self._profile = self._settings.store_of_register(register, number)
        if self._profile is None:
            raise self._error(
                f"register {register}",
                f"a register of a store of company {companies[0]} in the settings",
                f"register {register!r} at location {location!r}, which no store has",
                f"add {register!r} to stores.<store>.registers",
            )
        self._company_stores = frozenset(p.code for p in self._settings.profiles() if p.company_code in companies)
        self._stores.setdefault(self._profile.code, set()).add(register)

    def receipts(self, key: ZKey, tables: Mapping[str, pa.Table]) -> None:
        """Receipts of a Z-report."""
        self._part(key).add(tables)

    def z_report(self, report: ZReport) -> None:
        """A Z-report is complete."""
        profile = self._store()
        day, warning = business_day(report, profile.store.cut_off)
        place = f"register {report.key.register}, Z {report.key.z_number}"
        self._not_future(day, f"{place}, business day")
        self._not_future(report.closed.date(), f"{place}, reportDate")
        if warning:
            self.warnings.append(warning)
        row = {
            **report.row,
            "business_day": day,
            "source_file": self._path.name,
            "source_sha256": self._sha256,
        }
        part = self._part(report.key)
        part.add({**report.tables, Z_REPORTS.name: table_of([row], _Z_SCHEMA)})
        digest = part.finish(() if report.receipts is None else ("receipts",))
        del self._open[report.key]
        self._current = None
        z = LandedZ(profile.code, day, *report.key, receipts=report.receipts)
        target = self._root / profile.code / day.isoformat() / part_name(report.key)
        self._compare(report.key, _Staged(z, part.folder, digest, target), part.rows)

    # ---- the importer's side ----

    def conflicts(self) -> tuple[ZConflict, ...]:
        """Z-reports that are landed with other content."""
        return tuple(self._conflicts)

    def check_unchanged_source(self) -> None:
        """Raises ExtractError when the file changed while it was read: its digest would be of other bytes."""
        if _fingerprint(self._path) != (self._stat, self._sha256):
            raise self._error(
                "",
                "a file that stays as it is while it is read",
                "one that changed",
                "import it again once it is complete",
            )

    def commit(self, summary: SaftSummary) -> tuple[Covered, ...]:
        """Moves the new parts in. From the moment the plan is on the disk a crash is repaired by the next import."""
        covered = self._covered(summary)
        for staged in self._new:
            for path in (*sorted(staged.folder.iterdir()), staged.folder):
                sync(path)
        plan = {
            "parts": [[staged.folder.name, str(staged.target.relative_to(self._root))] for staged in self._new],
            "coverage": [
                [
                    str(coverage_path(self._root, c.store, self._sha256).relative_to(self._root)),
                    {"from": str(c.first), "to": str(c.last), "file": self._path.name},
                ]
                for c in covered
            ],
        }
        write_json(self._folder / _PLAN, plan)
        _carry_out(self._root, self._folder)
        for staged in self._new:
            self._index.add(Landed(staged.z.store, staged.z.business_day, staged.target))
        self.landed = tuple(staged.z for staged in self._new)
        return covered

    # ---- inside ----

    def _part(self, key: ZKey) -> PartWriter:
        part = self._open.get(key)
        if part is None:
            self._parts += 1
            part = self._open[key] = PartWriter(self._folder / f"{self._parts:06d}")
        if self._current is not part:
            if self._current is not None:
                self._current.pause()
            self._current = part
        return part

    def _store(self) -> StoreProfile:
        if self._profile is None:
            raise LookupError("a Z-report before its register")
        return self._profile

    def _compare(self, key: ZKey, staged: _Staged, rows: Mapping[str, int]) -> None:
        """Sorts a part into new, unchanged or conflict."""
        twin = self._staged.get(key)
        if twin is not None:
            if twin.digest == staged.digest:
                self.warnings.append(f"register {key.register}, Z {key.z_number} stands twice in the file, alike")
            else:
                self._conflict(
                    staged, twin.z.business_day, twin.folder, f"the same Z in {self._path.name} a second time"
                )
            return
        self._staged[key] = staged
        landed = self._index.find(key, self._company_stores)
        if landed is None:
            self._write_manifest(staged, rows)
            self._new.append(staged)
        elif landed.manifest().get("content_sha256") == staged.digest:
            self.unchanged += (LandedZ(landed.store, landed.day, *key, receipts=staged.z.receipts),)
        else:
            self._conflict(staged, landed.day, landed.folder, f"the content that is landed in {landed.store}")

    def _conflict(self, staged: _Staged, landed_day: dt.date, landed: Path, expected: str) -> None:
        self._conflicts.append(
            ZConflict(
                file=self._path.name,
                register=staged.z.register,
                z_number=staged.z.z_number,
                landed_day=str(landed_day),
                new_day=str(staged.z.business_day),
                difference=first_difference(landed, staged.folder),
                expected=f"{expected}, business day {landed_day}",
            )
        )

    def _write_manifest(self, staged: _Staged, rows: Mapping[str, int]) -> None:
        write_json(
            staged.folder / MANIFEST,
            {
                "register": staged.z.register,
                "z_number": staged.z.z_number,
                "business_day": str(staged.z.business_day),
                "content_sha256": staged.digest,
                "source": {"file": self._path.name, "sha256": self._sha256},
                "imported_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "rows": dict(rows),
            },
        )

    def _covered(self, summary: SaftSummary) -> tuple[Covered, ...]:
        """The period the file tells everything of, per store that it names every register of.

        A day counts as closed only when nothing of it can be missing: not the day of the export, and no day from the first
        receipt on that no Z has closed yet.
        """
        header = summary.header
        last = min(header.end, header.created - _ONE_DAY)
        if summary.counts.first_without_z:
            # The receipt may be of the night before.
            last = min(last, summary.counts.first_without_z - 2 * _ONE_DAY)
        covered = []
        for store, registers in self._stores.items():
            missing = sorted(set(self._settings.stores[store].registers) - registers)
            if missing:
                self.warnings.append(
                    f"store {store}: the file has no register {', '.join(missing)}, so days without a Z in it do not count as closed"
                )
            elif header.start <= last:
                covered.append(Covered(store, header.start, last))
        return tuple(covered)

    def _not_future(self, day: dt.date, place: str) -> None:
        if day > self._today:
            raise self._error(
                place,
                f"a date not after today, {self._today}",
                str(day),
                "correct the clock of the register or of this machine",
            )

    def _error(self, place: str, expected: str, got: str, next_step: str) -> ExtractError:
        return ExtractError(file=self._path.name, place=place, expected=expected, got=got, next_step=next_step)


def clean_up(root: Path) -> None:
    """After a crash: finishes an import whose plan was on the disk, throws away one that was still reading. Under the lock."""
    staging = root / STAGING
    if staging.is_dir():
        for folder in sorted(staging.iterdir()):
            if (folder / _PLAN).is_file():
                _carry_out(root, folder)
            shutil.rmtree(folder, ignore_errors=True)


def _carry_out(root: Path, folder: Path) -> None:
    """Moves the parts of a plan; those that were moved before a crash are no longer there to move."""
    plan = json.loads((folder / _PLAN).read_bytes())
    parents: set[Path] = set()
    for name, target in plan["parts"]:
        source, goal = folder / name, root / target
        if source.is_dir():
            goal.parent.mkdir(parents=True, exist_ok=True)
            os.rename(source, goal)
            parents.add(goal.parent)
    for target, note in plan["coverage"]:
        path = root / target
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, note)
            parents.add(path.parent)
    for parent in parents:
        sync(parent)
    (folder / _PLAN).unlink()


def _fingerprint(path: Path) -> tuple[tuple[int, int], str]:
    """Size and time of change, and the SHA-256 of the bytes. Raises ExtractError for a file that cannot be opened."""
    try:
        before = path.stat()
        with path.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise ExtractError(
            file=path.name,
            expected="a file that can be read",
            got=error.strerror or type(error).__name__,
            next_step="check that it is there and may be read",
        ) from None
    return (before.st_size, before.st_mtime_ns), digest
