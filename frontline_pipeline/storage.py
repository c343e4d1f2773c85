"""Storage between assets: a folder per asset and store-day, one Parquet per frame, the manifest last.

Belongs here: writing and reading bundles on any fsspec path, and the Dagster IO manager over it.
Does not: what the frames mean (frames/), extracts (frontline/).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from contextlib import suppress
from typing import Any

import dagster as dg
import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from frontline_pipeline.frames.bundle import SCHEMA_VERSION, Bundle, Status
from frontline_pipeline.partitions import StoreDay

MANIFEST = "manifest.json"


class BundleMissing(Exception):
    """An upstream bundle was never written, or its writing was interrupted before the manifest."""


class BundleStore:
    """Bundles under one fsspec path: `<root>/<asset>/<store>/<day>/manifest.json` names the folder of frames in force.

    A rewrite goes to a new folder and then moves the manifest, so a reader sees the old bundle or the new one, whole; also while two
    runs work on one store-day.
    """

    def __init__(self, root: str) -> None:
        self._fs, self._root = fsspec.core.url_to_fs(root)

    def _folder(self, asset: str, store_day: StoreDay) -> str:
        return f"{self._root}/{asset}/{store_day.store}/{store_day.business_day.isoformat()}"

    def write(self, asset: str, bundle: Bundle) -> str:
        """Stores `bundle` and returns the path of its folder."""
        folder = self._folder(asset, StoreDay(bundle.business_day, bundle.store))
        version = uuid.uuid4().hex[:12]
        self._fs.makedirs(f"{folder}/{version}", exist_ok=True)
        for name, frame in bundle.frames.items():
            self._fs.pipe_file(f"{folder}/{version}/{name}.parquet", _parquet(frame))
        manifest = {
            "asset": asset,
            "store": bundle.store,
            "business_day": bundle.business_day.isoformat(),
            "status": bundle.status.value,
            "note": bundle.note,
            "schema_version": bundle.schema_version,
            "sources": [list(s) for s in bundle.sources],
            "held_by": list(bundle.held_by),
            "frames": {name: len(frame) for name, frame in bundle.frames.items()},
            "version": version,
        }
        with self._fs.open(f"{folder}/{version}/{MANIFEST}", "w") as file:
            json.dump(manifest, file, indent=1)
        old = self._read_manifest(folder)
        self._fs.mv(f"{folder}/{version}/{MANIFEST}", f"{folder}/{MANIFEST}")
        if old is not None:
            # Another run of the store-day may have removed it first.
            with suppress(FileNotFoundError):
                self._fs.rm(f"{folder}/{old['version']}", recursive=True)
        return folder

    def read(self, asset: str, store_day: StoreDay) -> Bundle:
        """The bundle in force. Raises BundleMissing when there is none, or one of another schema version."""
        folder = self._folder(asset, store_day)
        manifest = self._read_manifest(folder)
        if manifest is None:
            raise BundleMissing(f"{asset} of {store_day} has not been materialised; materialise it first.")
        if manifest["schema_version"] != SCHEMA_VERSION:
            raise BundleMissing(
                f"{asset} of {store_day} was written with schema version {manifest['schema_version']}, "
                f"this code reads {SCHEMA_VERSION}; materialise it again."
            )
        try:
            frames = self._frames(folder, manifest)
        except FileNotFoundError:
            now = self._read_manifest(folder)
            if now is not None and now["version"] != manifest["version"]:
                # Another run of the store-day has replaced it between the two reads.
                return self.read(asset, store_day)
            raise BundleMissing(
                f"{asset} of {store_day} has lost files that its manifest names; materialise it again."
            ) from None
        return Bundle(
            store=manifest["store"],
            business_day=dt.date.fromisoformat(manifest["business_day"]),
            status=Status(manifest["status"]),
            frames=frames,
            note=manifest["note"],
            sources=tuple((name, sha) for name, sha in manifest["sources"]),
            schema_version=manifest["schema_version"],
            held_by=tuple(manifest.get("held_by", ())),
        )

    def _frames(self, folder: str, manifest: dict[str, Any]) -> dict[str, pd.DataFrame]:
        frames: dict[str, pd.DataFrame] = {}
        for name in manifest["frames"]:
            data = self._fs.cat_file(f"{folder}/{manifest['version']}/{name}.parquet")
            # Not read_table: its data set machinery and threads cost more than a store-day's small frames.
            table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
            frames[name] = table.to_pandas(use_threads=False)
        return frames

    def exists(self, asset: str, store_day: StoreDay) -> bool:
        return self._read_manifest(self._folder(asset, store_day)) is not None

    def _read_manifest(self, folder: str) -> dict[str, Any] | None:
        try:
            with self._fs.open(f"{folder}/{MANIFEST}", "r") as file:
                manifest: dict[str, Any] = json.load(file)
                return manifest
        except FileNotFoundError:
            return None


def _parquet(frame: pd.DataFrame) -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False, nthreads=1), out, compression="zstd")
    return bytes(out.getvalue())


class BundleIOManager(dg.ConfigurableIOManager):
    """Hands bundles from asset to asset through a BundleStore."""

    root: str

    def _store(self) -> BundleStore:
        return BundleStore(self.root)

    def handle_output(self, context: dg.OutputContext, obj: Bundle) -> None:
        folder = self._store().write(context.asset_key.path[-1], obj)
        context.add_output_metadata({"stored_in": dg.MetadataValue.path(folder)})

    def load_input(self, context: dg.InputContext) -> Bundle:
        try:
            return self._store().read(context.asset_key.path[-1], StoreDay.from_context(context))
        except BundleMissing as missing:
            # A Failure, since the UI shows its words; any other exception is shown as "error while loading input".
            raise dg.Failure(
                description=str(missing), metadata={"kind": "not_materialised"}, allow_retries=False
            ) from missing
