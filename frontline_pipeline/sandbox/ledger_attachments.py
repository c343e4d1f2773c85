"""Attachments of the stand-in: ghost files that grow by chunks, stamp numbers, saved files.

Belongs here: the SQL over attachments and stamps.
Does not: SOAP (services_attachment.py), deciding whether a voucher may carry a stamp (voucher_rules.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from frontline_pipeline.sandbox.ledger_store import LedgerStore


@dataclass(frozen=True, slots=True)
class Attachment:
    """A saved file; `saved_at` is UTC, `size` in bytes."""

    id: int
    client: str
    type: str
    stamp_no: int
    location: str
    name: str
    size: int
    saved_at: dt.datetime


class AttachmentError(Exception):
    """What was asked cannot be done with this file; the text says why."""


class AttachmentBook:
    """The attachments in a store."""

    def __init__(self, store: LedgerStore) -> None:
        self.store = store

    def next_stamp(self, client: str) -> int:
        """A stamp number that nobody was given before."""
        with self.store.writing() as db:
            row = db.execute(
                "insert into stamps values (?, 1) on conflict (client) do update set last = last + 1 returning last",
                (client,),
            ).fetchone()
        return int(row[0])

    def create(self, client: str, type_: str) -> int:
        """A new ghost file; returns its id."""
        with self.store.writing() as db:
            done = db.execute(
                "insert into attachments (client, type, name, content) values (?, ?, '', x'')", (client, type_)
            )
        return int(done.lastrowid or 0)

    def append(self, client: str, file: int, offset: int, piece: bytes) -> None:
        """Add bytes at the end. Raises AttachmentError for an unknown or saved file, or bytes that leave a hole."""
        with self.store.writing() as db:
            size = self._ghost_size(client, file)
            if offset != size:
                raise AttachmentError(f"offset {offset} does not continue file {file}, which holds {size} bytes")
            # Joined here: SQL's || makes text of two blobs.
            (before,) = db.execute("select content from attachments where id = ?", (file,)).fetchone()
            db.execute("update attachments set content = ? where id = ?", (bytes(before) + piece, file))

    def save(self, client: str, file: int, stamp_no: int, location: str, name: str) -> None:
        """Make a ghost file an attachment. Raises AttachmentError for an unknown, saved or empty file, or a stamp not given out."""
        now = dt.datetime.fromtimestamp(self.store.clock(), dt.UTC).replace(tzinfo=None)
        with self.store.writing() as db:
            if not self._ghost_size(client, file):
                raise AttachmentError(f"file {file} is empty")
            last = db.execute("select last from stamps where client = ?", (client,)).fetchone()
            if not 0 < stamp_no <= (0 if last is None else int(last[0])):
                raise AttachmentError(f"stamp number {stamp_no} was not given out; ask GetStampNo for one")
            db.execute(
                "update attachments set stamp_no = ?, location = ?, name = ?, saved_at = ? where id = ?",
                (stamp_no, location, name, now.isoformat(timespec="microseconds"), file),
            )

    def _ghost_size(self, client: str, file: int) -> int:
        with self.store.reading() as db:
            row = db.execute(
                "select length(content), saved_at from attachments where client = ? and id = ?", (client, file)
            ).fetchone()
        if row is None:
            raise AttachmentError(f"file {file} does not exist")
        if row[1] is not None:
            raise AttachmentError(f"file {file} is saved already")
        return int(row[0])

    def has(self, client: str, stamp_no: int) -> bool:
        """Whether a saved attachment has this stamp number."""
        with self.store.reading() as db:
            found = db.execute(
                "select 1 from attachments where client = ? and stamp_no = ? and saved_at is not null",
                (client, stamp_no),
            ).fetchone()
        return found is not None

    def saved(self, client: str) -> list[Attachment]:
        """The saved attachments of a client, oldest first."""
        with self.store.reading() as db:
            rows = db.execute(
                "select id, client, type, stamp_no, location, name, length(content) as size, saved_at from attachments"
                " where client = ? and saved_at is not null order by id",
                (client,),
            )
            return [Attachment(**{**dict(row), "saved_at": dt.datetime.fromisoformat(row["saved_at"])}) for row in rows]

    def content(self, client: str, stamp_no: int) -> tuple[str, bytes] | None:
        """Type and bytes of the attachment with a stamp number, the latest when there are several; None for none."""
        with self.store.reading() as db:
            row = db.execute(
                "select type, content from attachments where client = ? and stamp_no = ? and saved_at is not null"
                " order by id desc limit 1",
                (client, stamp_no),
            ).fetchone()
        return None if row is None else (str(row[0]), bytes(row[1]))
