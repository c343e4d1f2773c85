"""Receipts of one register: buffered in the order of the file, tied to their Z-reports, handed out in chunks.

Belongs here: which receipts count, which are left out and why, and to which Z each goes.
Does not: what events say about it (saft_ties.py), the columns of the frames (saft_frames.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from frontline_pipeline.frontline import saft_values as sv
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.saft_context import SaftContext
from frontline_pipeline.frontline.saft_fields import LINE, PAYMENT, RECEIPT, VAT, Batch, Columns
from frontline_pipeline.frontline.saft_frames import Selection, frames_of, rows_under
from frontline_pipeline.frontline.saft_model import ZKey
from frontline_pipeline.frontline.saft_ties import OPEN, UNKNOWN, Ties

_PENDING_LIMIT = 5_000
"""Receipts without events that are kept while the next one with an event is awaited."""
_LEFT_OUT = -3

Rows = npt.NDArray[np.int64]


@dataclass
class Span:
    """Number, first and last time of the receipts of one Z-report, in Norwegian wall time."""

    count: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None

    def add(self, walls: sv.Walls) -> None:
        first, last = walls.min().item(), walls.max().item()
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)
        self.count += len(walls)


class RegisterReceipts:
    """The transactions of one register.

    Void and training transactions stand in no sum of a Z-report (kassasystemforskrifta s. 2-8-2 r and w) and are left out.
    A transaction that no event names is of the Z of its neighbours when its running number lies between two of the same Z;
    otherwise it is untied: left out, counted, and the proof against the Z shows what is missing.
    """

    def __init__(self, context: SaftContext, register: str, ties: Ties, keys: tuple[ZKey, ...]) -> None:
        self._context, self._register, self._ties, self._keys = context, register, ties, keys
        self.spans = [Span() for _ in keys]
        self.landed = self.untied = 0
        self._repeated_hour = sv.RepeatedHour()
        self._neighbour: tuple[int, int] | None = None
        self._pending: list[int] = []
        self._clear()

    def _clear(self) -> None:
        self._receipts: Columns = {name: [] for name in RECEIPT}
        self._lines: Columns = {name: [] for name in LINE}
        self._vat: Columns = {name: [] for name in VAT}
        self._payments: Columns = {name: [] for name in PAYMENT}
        self._segments: list[int] = []

    def add(self, batch: Batch) -> None:
        """Transactions of a batch; hands out when a chunk is full. Raises ExtractError."""
        for mine, theirs in (
            (self._receipts, batch.receipts),
            (self._lines, batch.lines),
            (self._vat, batch.vat),
            (self._payments, batch.payments),
        ):
            for name, values in theirs.items():
                mine[name].extend(values)
        self._tie(batch.receipts)
        if len(self._pending) > _PENDING_LIMIT:
            self._pending.clear()
        if len(self._segments) >= self._context.chunk and not self._pending:
            self._flush()

    def finish(self) -> None:
        """The register ends. Raises ExtractError."""
        self._pending.clear()
        if self._segments:
            self._flush()

    def _tie(self, receipts: Columns) -> None:
        segments, find = self._segments, self._ties.find
        waits = bool(self._keys) and self._ties.has_events
        for number, transaction in zip(receipts["nr"], receipts["transID"], strict=True):
            identity = transaction.strip()
            if not identity:
                raise sv.BadFieldError(
                    0, "cashtransaction/transID", "an identification", f"nothing, with nr {number!r}"
                )
            segment = find(identity) if self._keys else OPEN
            if segment != UNKNOWN:
                self._settle(segment, _running(number))
            elif waits:
                self._pending.append(len(segments))
            segments.append(segment)

    def _settle(self, segment: int, number: int | None) -> None:
        """A transaction with a known Z takes along those without events between it and the one before, if that has the same."""
        before = self._neighbour
        for row in self._pending:
            between = _running(self._receipts["nr"][row])
            if before and before[0] == segment and number and between and before[1] < between < number:
                self._segments[row] = segment
        self._pending.clear()
        self._neighbour = (segment, number) if number else None

    def _flush(self) -> None:
        receipts = None
        try:
            segments = self._count_left_out()
            receipts = np.flatnonzero(segments >= 0)
            # Receipts of one Z stand together, in the order of the journal.
            receipts = receipts[np.argsort(segments[receipts], kind="stable")]
            if len(receipts):
                self._hand_out(receipts, segments[receipts])
        except sv.BadFieldError as fault:
            self._refuse(fault, receipts)
        self._clear()

    def _hand_out(self, rows: Rows, segments: Rows) -> None:
        selection = Selection(
            register=self._register,
            z_numbers=np.array([key.z_number for key in self._keys], dtype=object)[segments],
            receipts=_select(self._receipts, rows),
            parents={
                name: rows_under(rows, len(self._segments), self._receipts[f"count(n:{name})"])
                for name in ("ctLine", "vat", "payment")
            },
            groups={"ctLine": self._lines, "vat": self._vat, "payment": self._payments},
            repeated_hour=self._repeated_hour,
        )
        frames = frames_of(selection, self._context)
        edges = [0, *(np.flatnonzero(np.diff(segments)) + 1).tolist(), len(rows)]
        for start, end in pairwise(edges):
            segment = int(segments[start])
            self.spans[segment].add(frames.walls[start:end])
            self._context.counts.receipts += end - start
            self.landed += end - start
            tables = frames.slice(start, end)
            self._context.master.sold(self._keys[segment], tables)
            self._context.receiver.receipts(self._keys[segment], tables)

    def _count_left_out(self) -> Rows:
        segments = np.array(self._segments, dtype=np.int64)
        counts = self._context.counts
        void = sv.flags(sv.texts(self._receipts["voidTransaction"]), "voidTransaction")
        training = sv.flags(sv.texts(self._receipts["trainingID"]), "trainingID")
        segments[void | training] = _LEFT_OUT
        counts.training += int(training.sum())
        counts.voided += int((void & ~training).sum())
        counts.open_receipts += int((segments == OPEN).sum())
        untied = int((segments == UNKNOWN).sum())
        counts.untied += untied
        self.untied += untied
        for row in np.flatnonzero((segments == OPEN) | (segments == UNKNOWN)):
            day = sv.date(self._receipts["transDate"][row].strip(), "transDate", int(row))
            counts.first_without_z = min(counts.first_without_z or day, day)
        return segments

    def _refuse(self, fault: sv.BadFieldError, receipts: Rows | None) -> NoReturn:
        """The error of a fault, with the receipt it stands on: `fault.row` counts within what was selected."""
        group = fault.field.split("/")[0]
        at, detail = fault.row, ""
        if receipts is not None:
            if group in ("ctLine", "vat", "payment"):
                _, parent = rows_under(receipts, len(self._segments), self._receipts[f"count(n:{group})"])
                detail = f", {group} {fault.row - int(np.searchsorted(parent, parent[fault.row])) + 1}"
                at = int(parent[fault.row])
            at = int(receipts[at])
        raise ExtractError(
            file=self._context.file,
            place=f"register {self._register}, transaction {self._receipts['transID'][at].strip() or at}{detail}, {fault.field}",
            expected=fault.expected,
            got=fault.got,
            next_step="have the vendor of the register correct the export, and import it again",
        )


def _select(columns: Columns, rows: Rows) -> Columns:
    if len(rows) == len(next(iter(columns.values()))) and np.array_equal(rows, np.arange(len(rows))):
        return columns
    picked = rows.tolist()
    return {name: [values[row] for row in picked] for name, values in columns.items()}


def _running(text: str) -> int | None:
    """The running number, when `nr` is one."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
