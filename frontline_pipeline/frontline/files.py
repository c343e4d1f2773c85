"""Extracts in folders: `<root>/<store>/<YYYY-MM-DD>/`, frames directly in it or in sub-folders (parts), CSV or Parquet.

Belongs here: the folder rules of the contract, coverage notes, and the union of the parts of a store-day.
Does not: file formats (framefiles.py), writing the landing folder (landing.py).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import (
    ALL_FRAMES,
    MASTER_FRAMES,
    RECEIPT_FRAMES,
    REQUIRED_FRAMES,
    Z_FRAMES,
    Z_REPORTS,
)
from frontline_pipeline.frames.raw_master import PRODUCTS
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.frontline import storeday
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.exact import read_exact
from frontline_pipeline.frontline.framefiles import SUFFIXES, read_frame, row_place
from frontline_pipeline.frontline.storeday import Piece, Pieces, Sources, Today, oslo_today
from frontline_pipeline.settings import STORE_CODE

COVERAGE = "_coverage"
"""Folder of a store with one JSON file per imported file: {"from": day, "to": day, "file": name}."""
MANIFEST = "manifest.json"
"""Optional in a part: {"source": {"file": name, "sha256": hash}} of what it was made from."""
_SPECS = {spec.name: spec for spec in ALL_FRAMES}
_MASTER = {spec.name: spec for spec in MASTER_FRAMES}
_DAILY = {spec.name for spec in (*Z_FRAMES, *RECEIPT_FRAMES)}
_IGNORED = re.compile(r"readme(\..*)?|manifest\.json|.*\.(txt|md)", re.IGNORECASE)


@dataclass(frozen=True)
class _Part:
    folder: Path
    files: dict[str, Path]
    """Frame name -> file."""

    @property
    def daily(self) -> bool:
        """Whether it carries a store-day's Z-reports or receipts, not only master data."""
        return not _DAILY.isdisjoint(self.files)


_Reader = Callable[[Sequence[_Part], Iterable[FrameSpec]], Pieces]
"""Reads frames of parts."""


class FileExtracts:
    """Extract contract v1 in a folder; see `frontline_pipeline.frontline.source.Extracts`."""

    def __init__(self, root: Path, today: Today = oslo_today) -> None:
        self._root = root
        self._today = today

    def z_reports(self, store: str, day: dt.date) -> Bundle | None:
        """Z-reports of a store-day, None when no part of it was delivered. Raises ExtractError."""
        parts = self._daily_parts(store, day)
        if not parts:
            return None
        sources = self._sources(parts)
        return _quick_or_careful(lambda read: storeday.z_bundle(store, day, read(parts, Z_FRAMES), sources))

    def receipts(self, store: str, day: dt.date) -> Bundle:
        """Receipts of a store-day, `not_delivered` when no part has a receipts frame. Raises ExtractError."""
        parts = self._daily_parts(store, day)
        names = [spec.name for spec in RECEIPT_FRAMES]
        delivered = [part for part in parts if not part.files.keys().isdisjoint(names)]
        if not delivered:
            return storeday.no_receipts(store, day)
        for part in delivered:
            _require(part, ("receipts",), "a part with other receipts frames has it too")
        without = ", ".join(part.folder.name for part in parts if part not in delivered)
        note = f"parts without receipts: {without}" if without else ""
        sources = self._sources(delivered)
        return _quick_or_careful(
            lambda read: storeday.receipts_bundle(
                store, day, read(delivered, RECEIPT_FRAMES) | read(parts, (Z_REPORTS,)), sources, note
            )
        )

    def delivered_days(self, store: str, first: dt.date, last: dt.date) -> set[dt.date]:
        """Days from `first` to `last` with a folder that holds Z-reports. A folder that is not named YYYY-MM-DD is no day."""
        folder = self._store(store)
        if not folder.is_dir():
            return set()
        days = {
            day for entry in folder.iterdir() if entry.is_dir() and (day := _day(entry.name)) and first <= day <= last
        }
        return {day for day in days if self._daily_parts(store, day)}

    def covered_note(self, store: str, day: dt.date) -> str | None:
        """The import that covered the day, in words. Raises ExtractError for a coverage file that cannot be read."""
        for path in sorted(_visible(self._store(store) / COVERAGE)):
            if path.suffix != ".json":
                continue
            note = _json_object(path)
            first, last = (_day(str(note.get(key))) for key in ("from", "to"))
            file = note.get("file")
            if first is None or last is None or not isinstance(file, str):
                raise ExtractError(
                    file=str(path),
                    expected='{"from": "YYYY-MM-DD", "to": "YYYY-MM-DD", "file": "name"}',
                    got="other content",
                    next_step="import the file again, or remove this note",
                )
            if first <= day <= last:
                return f"covered by {file} ({first} to {last}) without a Z-report"
        return None

    def master(self, store: str, day: dt.date, frame_name: str) -> pd.DataFrame | None:
        """One of MASTER_FRAMES as delivered for a store-day, None when it was not. Raises ExtractError, KeyError for the name."""
        spec = _MASTER[frame_name]
        parts = [part for part in self._parts(store, day) if frame_name in part.files]
        if not parts:
            return None
        frame = storeday.unite(spec, _read(parts, (spec,))[frame_name])
        imported = len(parts) > 1 and all((part.folder / MANIFEST).is_file() for part in parts)
        return _one_rate(frame) if imported and spec is PRODUCTS else frame

    def _store(self, store: str) -> Path:
        if not STORE_CODE.fullmatch(store):
            raise ValueError(f"{store!r} is no store code")
        return self._root / store

    def _daily_parts(self, store: str, day: dt.date) -> list[_Part]:
        parts = [part for part in self._parts(store, day) if part.daily]
        for part in parts:
            storeday.check_not_future(str(part.folder), day, self._today())
            _require(part, REQUIRED_FRAMES, "an empty frame has its header only")
        return parts

    def _parts(self, store: str, day: dt.date) -> list[_Part]:
        """The folder itself, then its sub-folders by name; folders without frames are left out."""
        folder = self._store(store) / day.isoformat()
        subfolders = sorted(entry for entry in _visible(folder) if entry.is_dir())
        parts = [_part(folder, subfolders)] + [_part(sub, []) for sub in subfolders]
        return [part for part in parts if part.files]

    def _sources(self, parts: Sequence[_Part]) -> Sources:
        return tuple(dict.fromkeys(source for part in parts for source in self._source(part)))

    def _source(self, part: _Part) -> Sources:
        manifest = part.folder / MANIFEST
        if manifest.is_file():
            source = _json_object(manifest).get("source")
            listed = source if isinstance(source, list) else [source] if source is not None else []
            pairs = [_pair(manifest, entry) for entry in listed]
            if pairs:
                return tuple(pairs)
        path = part.files[Z_REPORTS.name]
        return ((path.relative_to(self._root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()),)


def _one_rate(products: pd.DataFrame) -> pd.DataFrame:
    """Each Z of an import has the rate that its own lines had: of products that differ in that alone, the highest rate."""
    same = [name for name in products.columns if name not in ("vat_code", "rate")]
    highest = products.sort_values("rate", ascending=False, kind="stable").drop_duplicates(same)
    return highest.sort_index().reset_index(drop=True)


def _pair(manifest: Path, entry: object) -> tuple[str, str]:
    if isinstance(entry, dict) and isinstance(entry.get("file"), str) and isinstance(entry.get("sha256"), str):
        return entry["file"], entry["sha256"]
    raise ExtractError(
        file=str(manifest),
        place="source",
        expected='{"file": name, "sha256": hash}',
        got="other content",
        next_step="import the part again, or remove its manifest",
    )


def _quick_or_careful(make: Callable[[_Reader], Bundle]) -> Bundle:
    """A bundle of a frame's files read at once; when something is wrong with it, of files read one by one, which tells in which
    file and row. Raises ExtractError."""
    try:
        return make(_read_together)
    except ExtractError:
        return make(_read)


def _read_together(parts: Sequence[_Part], specs: Iterable[FrameSpec]) -> Pieces:
    pieces: Pieces = {}
    for spec in specs:
        paths = [path for part in parts if (path := part.files.get(spec.name))]
        frame = read_exact(paths, spec)
        if frame is None:
            pieces[spec.name] = [_piece(path, spec) for path in paths]
        else:
            pieces[spec.name] = [Piece(spec.name, frame, lambda row: f"row {row + 1} of all its files")]
    return pieces


def _read(parts: Sequence[_Part], specs: Iterable[FrameSpec]) -> Pieces:
    pieces: Pieces = {spec.name: [] for spec in specs}
    for part in parts:
        for name, into in pieces.items():
            if path := part.files.get(name):
                into.append(_piece(path, _SPECS[name]))
    return pieces


def _piece(path: Path, spec: FrameSpec) -> Piece:
    return Piece(str(path), read_frame(path, spec), lambda row: row_place(path, row))


def _part(folder: Path, subfolders: Sequence[Path]) -> _Part:
    files: dict[str, Path] = {}
    for path in sorted(_visible(folder)):
        if path in subfolders or (path.is_file() and _IGNORED.fullmatch(path.name)):
            continue
        if not path.is_file() or path.stem not in _SPECS or path.suffix not in SUFFIXES:
            raise ExtractError(
                file=str(path),
                expected=f"frames named as .csv or .parquet: {', '.join(_SPECS)}",
                got="a folder inside a part" if path.is_dir() else f"the file {path.name!r}",
                next_step="rename it, move it away, or start its name with '_' to have it ignored",
            )
        if other := files.get(path.stem):
            raise ExtractError(
                file=str(path),
                expected=f"the frame {path.stem} once in the folder",
                got=f"also {other.name}",
                next_step="remove one of the two",
            )
        files[path.stem] = path
    return _Part(folder, files)


def _require(part: _Part, names: Sequence[str], hint: str) -> None:
    missing = [name for name in names if name not in part.files]
    if missing:
        raise ExtractError(
            file=str(part.folder),
            expected=f"the frame {', '.join(missing)} ({hint})",
            got=", ".join(path.name for path in part.files.values()),
            next_step="deliver the part again with it",
        )


def _visible(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if not entry.name.startswith((".", "_"))]


def _day(name: str) -> dt.date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", name):
        return None
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        return None


def _json_object(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        found = type(error).__name__
    if isinstance(found, dict):
        return found
    raise ExtractError(
        file=str(path), expected="a JSON object", got="none", next_step="import the file again, or remove this one"
    )
