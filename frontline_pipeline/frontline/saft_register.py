"""One register of a SAF-T file while it is read: first its events with their Z-reports, then its transactions.

Belongs here: the order of events and transactions, a Z number that comes twice, the emptying of what was read.
Does not: the rest of the file (saft.py), the rows of a Z (saft_report.py), receipts (saft_receipts.py).
"""

from __future__ import annotations

import datetime as dt

from lxml import etree

from frontline_pipeline.frontline import saft_values as sv
from frontline_pipeline.frontline.errors import ZConflict
from frontline_pipeline.frontline.saft_codes import CLOSING_EVENTS, EVENT, qualified
from frontline_pipeline.frontline.saft_context import SaftContext
from frontline_pipeline.frontline.saft_fields import Batch, Extractor
from frontline_pipeline.frontline.saft_model import ZReport
from frontline_pipeline.frontline.saft_receipts import RegisterReceipts
from frontline_pipeline.frontline.saft_report import ZEvent, read_z, report_kind
from frontline_pipeline.frontline.saft_ties import Ties
from frontline_pipeline.frontline.saft_xml import elements_with, empty

BATCH = 100
"""Events or transactions that are taken at once; more costs memory, fewer costs calls."""

_REGISTER, _TRANSACTION, _REPORT = map(qualified, ("cashregister", "cashtransaction", "eventReport"))
_events_with_report = elements_with("n:event[n:eventReport]")


class Register:
    """Reads the children of a cashregister in batches. Methods raise BadFieldError, ExtractError, ReservedCharacterError."""

    def __init__(self, context: SaftContext, register: str, organisation: str) -> None:
        self._context, self._register, self._organisation = context, register, organisation
        self._ties = Ties()
        self._events: list[ZEvent] = []
        self._by_number: dict[str, ZEvent] = {}
        self._receipts: RegisterReceipts | None = None
        self._transactions = False
        self._kept = 0
        self._waiting = 0
        self.place = f"register {register}"
        """Where the reader is, for an error."""

    def child(self, element: etree._Element, extract: Extractor) -> None:
        """An event or transaction has ended."""
        # The order tells which Z closes what; an event that comes late would be read too late.
        if element.tag == _TRANSACTION:
            self._transactions = True
        elif self._transactions:
            raise sv.BadFieldError(0, "event", "every event of a register before its transactions", "one after them")
        self._waiting += 1
        if self._waiting < BATCH:
            return
        register = element.getparent()
        if register is None or register.tag != _REGISTER:
            raise sv.BadFieldError(0, "event, cashtransaction", "a place directly in a cashregister", "another place")
        upto = register.index(element) + 1
        self._read(extract(register, self._kept, upto), register)
        # The last one stays, emptied: the parser may be writing behind it.
        empty(element)
        del register[: upto - 1]
        self._kept, self._waiting = 1, 0

    def finish(self, register: etree._Element, extract: Extractor) -> None:
        """The register's end tag: the rest of its children, then its Z-reports."""
        if self._waiting:
            self._read(extract(register, self._kept, len(register)), register)
        receipts = self._begin_receipts()
        receipts.finish()
        for event, span in zip(self._events, receipts.spans, strict=True):
            delivered = receipts.landed > 0 or (event.without_receipts and not receipts.untied)
            self._context.receiver.z_report(
                ZReport(
                    key=event.key,
                    row={**event.row, "opened_at": _oslo(span.first)},
                    tables={**event.tables(), **self._context.master.tables(event.key)},
                    closed=event.closed,
                    first_sale=span.first,
                    last_sale=span.last,
                    receipts=span.count if delivered else None,
                )
            )
        self._context.counts.z_reports += len(self._events)

    def _read(self, batch: Batch, register: etree._Element) -> None:
        if batch.events["eventType"]:
            self._read_events(batch, register)
        if batch.receipts["nr"]:
            self._begin_receipts().add(batch)

    def _begin_receipts(self) -> RegisterReceipts:
        if self._receipts is None:
            self._ties.freeze()
            keys = tuple(event.key for event in self._events)
            self._receipts = RegisterReceipts(self._context, self._register, self._ties, keys)
        return self._receipts

    def _read_events(self, batch: Batch, register: etree._Element) -> None:
        # Those of the batch come first; what follows them here may be unfinished and is left for the next batch.
        reports = iter(_events_with_report(register))
        codes, ties = self._context.codes, self._ties
        for event_type, transaction, has_report in zip(
            batch.events["eventType"], batch.events["transID"], batch.events["count(n:eventReport)"], strict=True
        ):
            code = event_type.strip()
            if transaction:
                ties.event(transaction.strip(), codes.predefined(EVENT, code) in CLOSING_EVENTS)
            report = next(reports).find(_REPORT) if has_report != "0" else None
            kind = report_kind(code, report, codes)
            if kind == "Z" and report is not None:
                self._close(report)
            elif kind == "X":
                self._context.counts.x_reports += 1

    def _close(self, report: etree._Element) -> None:
        self.place = f"register {self._register}, Z event {len(self._events) + 1}"
        event = read_z(report, self._register, self._organisation, self._context.codes, self._context.warnings)
        self.place = f"register {self._register}"
        before = self._by_number.get(event.key.z_number)
        if before is None:
            self._events.append(event)
            self._by_number[event.key.z_number] = event
            self._ties.close()
        elif self._ties.since_close or before is not self._events[-1] or not before.same_as(event):
            raise self._conflict(before, event)
        else:
            self._context.warnings.add(
                f"register {self._register}: the event of Z {event.key.z_number} stands twice, alike"
            )

    def _conflict(self, before: ZEvent, event: ZEvent) -> ZConflict:
        name = next((name for name in event.row if event.row[name] != before.row[name]), None)
        what = (
            f"{name} {before.row[name]}, then {event.row[name]}" if name else "the same totals, other rows or receipts"
        )
        return ZConflict(
            file=self._context.file,
            register=self._register,
            z_number=event.key.z_number,
            landed_day=str(before.closed.date()),
            new_day=str(event.closed.date()),
            difference=f"the same Z number twice in the file with other content ({what})",
            expected="each Z number of a register once",
            next_step="ask the vendor of the register which of the two is right; nothing of the file was imported",
        )


def _oslo(local: dt.datetime | None) -> dt.datetime | None:
    return None if local is None else sv.oslo(local)
