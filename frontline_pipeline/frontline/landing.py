"""Import: SAF-T files of any period and any number of stores, split into the landing folder.

Belongs here: what one import does, in order - read, decide store and business day, compare with what is landed, move in - and its
report.
Does not: reading SAF-T (saft.py), the files of a part (landing_part.py), names and locks (landing_layout.py).

The unit is (register, Z number). Nothing of a file lands before it was read to its end; what is landed is never overwritten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from frontline_pipeline.frontline.errors import ExtractError, ZConflict
from frontline_pipeline.frontline.landing_layout import Index, locked
from frontline_pipeline.frontline.landing_stage import Covered, LandedZ, Stage, clean_up
from frontline_pipeline.frontline.saft import read_saft
from frontline_pipeline.frontline.saft_model import Counts, SaftSummary
from frontline_pipeline.frontline.saft_xsd import validate_xsd
from frontline_pipeline.frontline.storeday import oslo_today
from frontline_pipeline.settings import Settings

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all and the file being read."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. Either `error` is set, or `conflicts` are, or the file is in the landing folder."""

    file: str
    landed: tuple[LandedZ, ...] = ()
    unchanged: tuple[LandedZ, ...] = ()
    conflicts: tuple[ZConflict, ...] = ()
    error: ExtractError | None = None
    counts: Counts | None = None
    """Receipts, and those left out: open, untied, void, training. None when the file was not read to its end."""
    covered: tuple[Covered, ...] = ()
    """Periods whose days without a Z-report count as closed."""
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.error is None and not self.conflicts


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of an import, file by file in the order they were read."""

    files: tuple[FileReport, ...]

    @property
    def ok(self) -> bool:
        """Whether every file was taken in. No file at all is not ok."""
        return bool(self.files) and all(report.ok for report in self.files)

    @property
    def store_days(self) -> tuple[tuple[str, dt.date], ...]:
        """Store-days that got a part, in order."""
        return tuple(sorted({(part.store, part.business_day) for report in self.files for part in report.landed}))


def import_files(
    paths: Iterable[Path],
    settings: Settings,
    landing_root: Path,
    *,
    progress: Progress | None = None,
    today: dt.date | None = None,
    xsd: Path | None = None,
) -> ImportReport:
    """Imports SAF-T files, and the *.xml in folders, into `landing_root`; a bad file is reported and the others go on.

    `today` (default: the date in Oslo) bounds business days. With `xsd`, a file that is not valid is refused. Waits for another
    import into the same folder. Raises OSError when the landing folder itself cannot be written.
    """
    day = today or oslo_today()
    files, reports = _expand(paths)
    sizes = {path: path.stat().st_size for path in files}
    total, before = sum(sizes.values()), 0
    with locked(landing_root):
        clean_up(landing_root)
        index = Index(landing_root, settings.stores)
        for path in files:
            report = _progress(progress, before, total, path)
            reports.append(_import(path, _Target(settings, landing_root, day, index), report, xsd))
            before += sizes[path]
    return ImportReport(tuple(reports))


def _expand(paths: Iterable[Path]) -> tuple[list[Path], list[FileReport]]:
    """The files to read, each once, and reports on paths that lead to none."""
    files: dict[Path, Path] = {}
    reports: list[FileReport] = []
    for path in paths:
        found = [path] if path.is_file() else _xml_files(path)
        if not found:
            expected = "a SAF-T file, or a folder with *.xml files"
            got = "a folder without any" if path.is_dir() else "no such file"
            error = ExtractError(file=str(path), expected=expected, got=got, next_step="check the path")
            reports.append(FileReport(str(path), error=error))
        for file in found:
            files.setdefault(file.resolve(), file)
    return list(files.values()), reports


def _xml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if entry.is_file() and entry.suffix.lower() == ".xml")


def _progress(progress: Progress | None, before: int, total: int, path: Path) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, _: progress(min(before + done, total), total, path.name)


@dataclass(frozen=True, slots=True)
class _Target:
    settings: Settings
    root: Path
    today: dt.date
    index: Index


def _import(path: Path, target: _Target, progress: Callable[[int, int], None] | None, xsd: Path | None) -> FileReport:
    try:
        if xsd is not None:
            _validate(path, xsd)
        with Stage(path, target.settings, target.root, target.today, target.index) as stage:
            summary = read_saft(path, stage, progress=progress)
            stage.check_unchanged_source()
            conflicts = stage.conflicts()
            if conflicts:
                return FileReport(
                    path.name, conflicts=conflicts, counts=summary.counts, warnings=_warnings(summary, stage)
                )
            covered = stage.commit(summary)
            return FileReport(
                path.name,
                landed=stage.landed,
                unchanged=stage.unchanged,
                counts=summary.counts,
                covered=covered,
                warnings=_warnings(summary, stage),
            )
    except ZConflict as conflict:
        return FileReport(path.name, conflicts=(conflict,))
    except ExtractError as error:
        return FileReport(path.name, error=error)


def _validate(path: Path, xsd: Path) -> None:
    errors = validate_xsd(path, xsd)
    if errors:
        raise ExtractError(
            file=path.name,
            place=f"line {errors[0].line}",
            expected=f"a file that is valid by {xsd.name}",
            got="; ".join(map(str, errors)),
            next_step="have the vendor of the register correct the export, or import without the XSD",
        )


def _warnings(summary: SaftSummary, stage: Stage) -> tuple[str, ...]:
    return (*summary.warnings, *stage.warnings)


__all__ = ["Covered", "FileReport", "ImportReport", "LandedZ", "import_files"]
