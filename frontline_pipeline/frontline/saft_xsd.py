"""Validation of a SAF-T file against the XSD that the user gives, as a pass of its own.

Belongs here: the streaming pass and its errors with line numbers.
Does not: the reader's own checks (saft.py), which hold without an XSD. Valid says nothing about arithmetic, and the XSD's keys
select nothing (their paths have no prefix), so an unknown article or a Z number that comes twice is valid too.

libxml2 validates a stream without line numbers and stops at the first error. So batches of events and transactions are validated
as small documents: the file's own header, company, location and register around them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.saft_codes import qualified
from frontline_pipeline.frontline.saft_values import BadFieldError
from frontline_pipeline.frontline.saft_xml import BLOCK, check_root, empty, message, pull_parser

MAX_ERRORS = 20
_BATCH = 500
_MARK = "validated"
_REGISTER, _LOCATION = qualified("cashregister"), qualified("location")
_CHILDREN = frozenset(map(qualified, ("event", "cashtransaction")))
_OPTIONAL = frozenset(
    map(
        qualified,
        ("customersSuppliers", "generalLedger", "vatCodeDetails", "periods", "employees", "articles", "basics"),
    )
)


@dataclass(frozen=True, slots=True)
class XsdError:
    """One place where a file is not as the XSD says."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def validate_xsd(path: Path, xsd: Path) -> tuple[XsdError, ...]:
    """The first MAX_ERRORS places where `path` is not as `xsd` says; none for a valid file.

    Raises ExtractError when the XSD is no schema or the file is no SAF-T Cash Register file; OSError when one cannot be opened.
    """
    check = _Validation(_schema(xsd))
    with path.open("rb") as source:
        try:
            check_root(source)
            check.run(source)
        except BadFieldError as bad:
            raise ExtractError(
                file=path.name,
                place=bad.field,
                expected=bad.expected,
                got=bad.got,
                next_step="import a SAF-T Cash Register export",
            ) from None
        except etree.XMLSyntaxError as error:
            check.add(error.lineno or 0, message(error))
    return check.errors()


def _schema(xsd: Path) -> etree.XMLSchema:
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.XMLSchema(etree.parse(str(xsd), parser))
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise ExtractError(
            file=xsd.name,
            expected="the XSD of SAF-T Cash Register",
            got=str(error)[:120],
            next_step="download the schema from Skatteetaten again",
        ) from None


class _Validation:
    def __init__(self, schema: etree.XMLSchema) -> None:
        self._schema = schema
        self._errors: dict[XsdError, None] = {}
        self._done = 0

    def errors(self) -> tuple[XsdError, ...]:
        return tuple(self._errors)[:MAX_ERRORS]

    def add(self, line: int, text: str) -> None:
        self._errors.setdefault(XsdError(line, text.replace("{urn:StandardAuditFile-Taxation-CashRegister:NO}", "")))

    def run(self, source: BinaryIO) -> None:
        parser = pull_parser("end", (*_CHILDREN, _REGISTER, _LOCATION))
        waiting = 0
        while (block := source.read(BLOCK)) and len(self._errors) < MAX_ERRORS:
            parser.feed(block)
            for _, element in parser.read_events():
                if not isinstance(element, etree._Element):
                    continue
                waiting += 1
                if element.tag in _CHILDREN and waiting < _BATCH:
                    continue
                # What a location or a register ends with has been validated with its last batch or is validated now.
                self._validate(element)
                waiting = 0
        if not block:
            root = parser.close()
            if not self._done and isinstance(root, etree._Element):
                self._report(root, root)

    def _validate(self, last: etree._Element) -> None:
        """The document up to `last`, without what was validated before."""
        path = [last, *last.iterancestors()]
        root = copy.deepcopy(path[-1])
        here = root
        for original in reversed(path[:-1]):
            parent = original.getparent()
            at = 0 if parent is None else parent.index(original)
            del here[at + 1 :]
            here = here[at]
        _drop_validated(root)
        self._report(root, path[-1])
        self._done += 1
        # The last one stays, emptied and marked: the parser may be writing behind it.
        empty(last)
        last.set(_MARK, "true")
        for original in path[:-1]:
            for before in list(original.itersiblings(preceding=True)):
                if before.tag in _OPTIONAL or before.get(_MARK) or (original is last and before.tag == last.tag):
                    _remove(before)

    def _report(self, checked: etree._Element, original: etree._Element) -> None:
        if self._schema.validate(checked):
            return
        for entry in self._schema.error_log:  # type: ignore[attr-defined]  # lxml-stubs lack the iterator
            self.add(entry.line or _line(checked, original, entry.path), entry.message)


def _drop_validated(root: etree._Element) -> None:
    for element in list(root.iter(*_CHILDREN, _REGISTER, _LOCATION)):
        if element.get(_MARK):
            _remove(element)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _line(checked: etree._Element, original: etree._Element, path: str) -> int:
    """Line of an element of the document that was checked: a copy knows no lines above 65535, the original does."""
    found = checked.xpath(path)
    if not isinstance(found, list) or not found or not isinstance(found[0], etree._Element):
        return 0
    here = original
    for element in reversed([found[0], *found[0].iterancestors()][:-1]):
        at = element.getparent()
        if at is not None:
            here = [child for child in here if not child.get(_MARK)][at.index(element)]
    return int(str(here.sourceline or 0))
