"""SAF-T Cash Register v1.00: a streaming reader that hands out Z-reports and their receipts.

Belongs here: the one pass over the file, the order in which things are handed out, and the errors of a file as a whole.
Does not: registers and what stands in them (saft_register.py), the parser (saft_xml.py), where things land (landing.py), whether
they add up (accounting/), the XSD (saft_xsd.py).

Constant memory: events and transactions are thrown away once they are read; of master data only customers and articles are kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from frontline_pipeline.frontline import saft_values as sv
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.saft_codes import qualified
from frontline_pipeline.frontline.saft_context import SaftContext
from frontline_pipeline.frontline.saft_fields import ReservedCharacterError, extractor
from frontline_pipeline.frontline.saft_model import SaftHeader, SaftReceiver, SaftSummary
from frontline_pipeline.frontline.saft_register import Register
from frontline_pipeline.frontline.saft_report import organisation_number
from frontline_pipeline.frontline.saft_xml import (
    BLOCK,
    check_root,
    child_text,
    empty,
    forget,
    message,
    parent_tag,
    pull_parser,
)

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

CHUNK_RECEIPTS = 5_000
"""Receipts that are typed and handed out at once."""

_HEADER, _COMPANY, _LOCATION, _REGISTER = map(qualified, ("header", "company", "location", "cashregister"))
_CHILDREN = frozenset(map(qualified, ("event", "cashtransaction")))
_TAGS = (
    *_CHILDREN,
    *map(qualified, ("header", "companyIdent", "customerSupplier", "ledgerAccount", "vatCodeDetail", "period")),
    *map(qualified, ("employee", "article", "basic", "location", "name", "cashregister", "registerID")),
)


def read_saft(
    path: Path, receiver: SaftReceiver, *, chunk_receipts: int = CHUNK_RECEIPTS, progress: Progress | None = None
) -> SaftSummary:
    """Reads a file to its end tag and hands Z-reports and receipts to `receiver`; nothing counts until this returns.

    Raises ExtractError for a file that is truncated, malformed, of another format, with a document type or entities, or with a
    value that cannot be taken; ZConflict when one Z number of a register comes twice with other content; OSError.
    """
    with path.open("rb") as source:
        return _Pass(SaftContext(path.name, receiver, chunk_receipts)).run(source, path.stat().st_size, progress)


class _Pass:
    """One pass over one file."""

    def __init__(self, context: SaftContext) -> None:
        self._context = context
        self._extract = extractor()
        self._period: tuple[dt.date, dt.date, dt.date, str] | None = None
        self._organisation = self._location = ""
        self._registers: list[str] = []
        self._register: Register | None = None

    def run(self, source: BinaryIO, total: int, progress: Progress | None) -> SaftSummary:
        try:
            check_root(source)
            self._read(source, total, progress)
            return SaftSummary(self._header(), tuple(self._registers), self._context.counts, self._warnings())
        except etree.XMLSyntaxError as error:
            raise self._error(
                "well-formed XML up to the end tag </auditfile>",
                message(error),
                f"line {error.lineno}",
                "export the file again, copy it whole, and import it",
            ) from None
        except sv.BadFieldError as bad:
            place = f"{self._register.place}, {bad.field}" if self._register else bad.field
            raise self._error(bad.expected, bad.got, place) from None
        except ReservedCharacterError:
            place = self._register.place if self._register else ""
            raise self._error(
                "text without the private-use characters U+E0F1 and U+E0F2", "one of them", place
            ) from None

    def _read(self, source: BinaryIO, total: int, progress: Progress | None) -> None:
        parser = pull_parser("end", _TAGS)
        done = 0
        while block := source.read(BLOCK):
            parser.feed(block)
            for _, element in parser.read_events():
                if isinstance(element, etree._Element):
                    self._take(element)
            done += len(block)
            if done > total:
                raise sv.BadFieldError(0, "file", "a file that stays as it is while it is read", "one that grows")
            if progress:
                progress(done, total)
        # Only close() tells a truncated file.
        parser.close()

    def _take(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in _CHILDREN:
            self._open_register().child(element, self._extract)
        elif tag == _REGISTER:
            self._open_register().finish(element, self._extract)
            self._register = None
            empty(element)
        elif tag == _LOCATION:
            self._location = ""
            empty(element)
        else:
            self._master(tag.rpartition("}")[2], element)

    def _master(self, name: str, element: etree._Element) -> None:
        codes = self._context.codes
        if name == "header":
            self._read_header(element)
        elif name == "companyIdent":
            if parent_tag(element) == _COMPANY:
                self._organisation = organisation_number(element.text or "")
        elif name == "name":
            if parent_tag(element) == _LOCATION:
                self._location = (element.text or "").strip()
        elif name == "registerID":
            if parent_tag(element) == _REGISTER:
                self._begin_register((element.text or "").strip())
        elif name == "basic":
            codes.add_basic(*(child_text(element, n) for n in ("basicType", "basicID", "predefinedBasicID")))
            forget(element)
        elif name == "customerSupplier":
            self._context.master.add_customer(element)
            forget(element)
        elif name == "article":
            self._context.master.add_article(element)
            forget(element)
        elif name == "vatCodeDetail":
            codes.add_vat(child_text(element, "vatCode"), child_text(element, "standardVatCode"))
            forget(element)
        else:
            forget(element)

    def _read_header(self, element: etree._Element) -> None:
        currency = child_text(element, "curCode")
        if currency != "NOK":
            raise sv.BadFieldError(0, "header/curCode", "NOK", sv.shown(currency))
        start, end, created = (
            sv.date(child_text(element, name), f"header/{name}") for name in ("startDate", "endDate", "dateCreated")
        )
        software = f"{child_text(element, 'softwareDesc')} {child_text(element, 'softwareVersion')}".strip()
        self._period = (start, end, created, software)
        empty(element)

    def _header(self) -> SaftHeader:
        if self._period is None:
            raise sv.BadFieldError(0, "header", "a header before the registers", "none")
        if len(self._organisation) != 9 or not self._organisation.isdigit():
            expected = "the organisation number of the company, nine digits"
            raise sv.BadFieldError(0, "company/companyIdent", expected, sv.shown(self._organisation))
        start, end, created, software = self._period
        return SaftHeader(self._organisation, start, end, created, software)

    def _begin_register(self, register: str) -> None:
        if not register or len(register) > 100:
            raise sv.BadFieldError(0, "registerID", "a register id of 1 to 100 characters", sv.shown(register))
        header = self._header()
        self._context.receiver.register(header, register, self._location)
        self._registers.append(register)
        self._register = Register(self._context, register, header.organisation_number)

    def _open_register(self) -> Register:
        if self._register is None:
            raise sv.BadFieldError(0, "cashregister", "registerID as its first element", "none")
        return self._register

    def _warnings(self) -> tuple[str, ...]:
        context = self._context
        if context.styles.mixed:
            context.warnings.add(
                "returns (D) are written with positive and with negative amounts: all were taken as negative"
            )
        if context.counts.untied:
            context.warnings.add(
                f"{context.counts.untied} receipts were not landed: no event says which Z-report closes them, "
                "and a clock does not decide it"
            )
        return context.warnings.all()

    def _error(self, expected: str, got: str, place: str, next_step: str = "") -> ExtractError:
        return ExtractError(
            file=self._context.file,
            place=place,
            expected=expected,
            got=got,
            next_step=next_step or "have the vendor of the register correct the export, and import it again",
        )
