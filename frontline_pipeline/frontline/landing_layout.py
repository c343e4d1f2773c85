"""Layout of the landing folder: where a Z-report lands, and what is landed already.

Belongs here: folder names, the index of landed parts, coverage notes, the lock of the folder.
Does not: the content of a part (landing_part.py), the import itself (landing.py), reading the folder as an extract (files.py).

    <root>/<store>/<YYYY-MM-DD>/<part>/           one Parquet file per frame, manifest.json
    <root>/<store>/_coverage/<sha>.json           {"from", "to", "file"}: days without a Z in it were closed
    <root>/.staging/<id>/                         an import under way
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from frontline_pipeline.frontline.files import COVERAGE, MANIFEST
from frontline_pipeline.frontline.saft_model import ZKey

STAGING = ".staging"
_LOCK = ".lock"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_SLUG_LENGTH = 60


def part_name(key: ZKey) -> str:
    """Folder name of a Z-report: register and Z number as they are when that is safe and unambiguous, else with a short hash."""
    slugs = [_UNSAFE.sub("_", text).strip("._-")[:_SLUG_LENGTH] or "x" for text in key]
    name = "__".join(slugs)
    if slugs == list(key):
        return name
    return f"{name}~{hashlib.sha256(json.dumps(list(key)).encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Landed:
    """A part that is in the landing folder."""

    store: str
    day: dt.date
    folder: Path

    def manifest(self) -> dict[str, object]:
        """Its manifest; empty when it has none or another program wrote it."""
        try:
            found = json.loads((self.folder / MANIFEST).read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


class Index:
    """Parts by name. A Z-report is sought in every store-day, also of the company's other stores: a register may have moved."""

    def __init__(self, root: Path, stores: Iterable[str]) -> None:
        self._parts: dict[str, list[Landed]] = {}
        for store in stores:
            for day in _folders(root / store):
                if date := _date(day.name):
                    for part in _folders(day):
                        self.add(Landed(store, date, part))

    def add(self, landed: Landed) -> None:
        self._parts.setdefault(landed.folder.name, []).append(landed)

    def find(self, key: ZKey, stores: Container[str]) -> Landed | None:
        """The landed part of a Z-report among `stores`."""
        return next((part for part in self._parts.get(part_name(key), []) if part.store in stores), None)


def coverage_path(root: Path, store: str, source_sha256: str) -> Path:
    """Where the coverage note of a source file stands."""
    return root / store / COVERAGE / f"{source_sha256[:12]}.json"


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds the landing folder against other imports; waits for one that is under way."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def write_json(path: Path, content: object) -> None:
    """Writes a JSON file to the disk, whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump(content, handle, ensure_ascii=False, indent=1, sort_keys=True)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, path)


def sync(path: Path) -> None:
    """Forces a file or a folder's list of names to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _date(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(name) if _DAY.fullmatch(name) else None
    except ValueError:
        return None


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir() and not entry.name.startswith((".", "_")))
