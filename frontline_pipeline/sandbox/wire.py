"""SOAP 1.1 messages: from bytes to typed values and back, as a WSDL says.

Belongs here: parsing a request safely, reading values with the schema's defaults, writing answers in schema order, faults.
Does not: finding WSDLs (wsdl_book.py), HTTP (server.py), what an operation does (services_*.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from lxml import etree

from frontline_pipeline.sandbox.wsdl_book import ComplexType, FieldType, Operation, Service

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OSLO = ZoneInfo("Europe/Oslo")

#: What an answer is made of. Mappings become elements in schema order, sequences repeat, None is left out (or nil).
Payload = None | str | bool | int | Decimal | dt.date | Mapping[str, "Payload"] | Sequence["Payload"]

#: What a request gave: text, a structure, or a list of either.
Given = str | dict[str, "Given"] | list["Given"]

#: The schema's ways to say "not set"; equal to leaving the element out.
_NOT_SET = frozenset(
    {
        "-2147483648",
        "-32768",
        "-79228162514264337593543950335",
        "-1.7976931348623157E+308",
        "0001-01-01T00:00:00",
        "00000000-0000-0000-0000-000000000000",
    }
)


class SoapFault(Exception):
    """A refusal in the form of a SOAP fault. `code` is Client, Server, VersionMismatch or MustUnderstand."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class InvalidAnswerError(RuntimeError):
    """The stand-in made an answer that its own schema refuses: a bug of the stand-in."""


@dataclass(frozen=True, slots=True)
class Request:
    """A parsed and schema-valid request."""

    operation: Operation
    body: Node


class Node:
    """One element of a request, read with the types and defaults of the schema.

    An element that is absent, empty or nil reads as the schema's default; without one: "" / 0 / False / None.
    """

    def __init__(self, element: etree._Element, model: ComplexType, types: Mapping[str, ComplexType]) -> None:
        self._element = element
        self._model = model
        self._types = types

    def _find(self, name: str) -> etree._Element | None:
        # A schema-valid element's children all carry its own namespace (elementFormDefault=qualified).
        namespace = etree.QName(self._element).namespace
        found = self._element.find(f"{{{namespace}}}{name}")
        return None if found is None or is_nil(found) else found

    def _raw(self, name: str) -> str | None:
        known = self._model.field(name)
        found = self._find(name)
        if found is not None and found.text:
            return found.text
        return known.default if known is not None else None

    def text(self, name: str) -> str:
        """A string as sent; "" where none was."""
        return self._raw(name) or ""

    def integer(self, name: str) -> int:
        """A whole number; 0 where none was sent and the schema has no default."""
        return int((self._raw(name) or "0").strip())

    def given_integer(self, name: str) -> int | None:
        """A whole number, or None where it is absent or equal to the schema's "not set" default (API.md, section 1)."""
        raw = self._raw(name)
        known = self._model.field(name)
        if raw is None or (known is not None and raw.strip() == known.default):
            return None
        return int(raw.strip())

    def given_decimal(self, name: str) -> Decimal | None:
        """A decimal number, or None where it is absent or equal to the schema's "not set" default."""
        raw = self._raw(name)
        known = self._model.field(name)
        return None if raw is None or (known is not None and raw == known.default) else Decimal(raw.strip())

    def decimal(self, name: str) -> Decimal:
        """A decimal number, exact as written; 0 where none was sent."""
        return Decimal((self._raw(name) or "0").strip())

    def flag(self, name: str) -> bool:
        """A boolean; False where none was sent and the schema has no default."""
        return (self._raw(name) or "false").strip() in {"true", "1"}

    def given_flag(self, name: str) -> bool | None:
        """A nillable boolean; None where it is nil or absent."""
        raw = self._raw(name)
        return None if raw is None else raw.strip() in {"true", "1"}

    def moment(self, name: str, zone: dt.tzinfo = OSLO) -> dt.datetime | None:
        """A date and time without offset, None where it is absent or the "not set" year 1.

        A value with an offset is converted to `zone`. Raises SoapFault for what XSD allows and a calendar does not (24:00, year 10000).
        """
        raw = (self._raw(name) or "").strip()
        if not raw or raw.startswith("0001-01-01"):
            return None
        try:
            value = dt.datetime.fromisoformat(raw)
        except ValueError:
            raise SoapFault("Client", f"{name}: {raw!r} is not a date and time this service can represent") from None
        return value if value.tzinfo is None else value.astimezone(zone).replace(tzinfo=None)

    def child(self, name: str) -> Node | None:
        """A complex child, or None where it is absent."""
        found = self._find(name)
        return None if found is None else self._wrap(found, name)

    def items(self, name: str) -> list[Node]:
        """The items of an ArrayOf... child, nil items left out; [] where the child is absent."""
        array = self.child(name)
        if array is None or not array._model.fields:
            return []
        item = array._model.fields[0].name
        return [array._wrap(each, item) for each in array._element.iterchildren(etree.Element) if not is_nil(each)]

    def texts(self, name: str) -> list[str]:
        """The strings of an ArrayOfString child; [] where the child is absent."""
        array = self.child(name)
        return [] if array is None else [each.text or "" for each in array._element.iterchildren(etree.Element)]

    def fields_of(self, type_name: str) -> frozenset[str]:
        """The names of the elements of a type of this schema."""
        return frozenset(known.name for known in self._types[type_name].fields)

    def given(self) -> dict[str, Given]:
        """What was given, as text under the schema's names; a list where an ArrayOf... type stands.

        Absent, nil and the schema's "not set" are left out (API.md, section 1).
        """
        found: dict[str, Given] = {}
        for known in self._model.fields:
            element = self._find(known.name)
            if element is None:
                continue
            if not known.complex:
                text = element.text or ""
                if text != "" and text.strip() not in _NOT_SET:
                    found[known.name] = text
                continue
            model = self._types[known.type_name]
            if model.fields and model.fields[0].many:
                items = [each for each in element.iterchildren(etree.Element) if not is_nil(each)]
                array = self._wrap(element, known.name)
                simple = not model.fields[0].complex
                found[known.name] = [
                    each.text or "" if simple else array._wrap(each, model.fields[0].name).given() for each in items
                ]
            else:
                found[known.name] = self._wrap(element, known.name).given()
        return found

    def _wrap(self, element: etree._Element, name: str) -> Node:
        known = self._model.field(name)
        if known is None or not known.complex:
            raise SoapFault("Server", f"{self._model.name} has no structure {name} in this WSDL")
        return Node(element, self._types[known.type_name], self._types)


def utc_moment(node: Node, name: str) -> dt.datetime | None:
    """A moment without offset in UTC, as the clock of changed and registered is (API.md, section 8); None where it is absent."""
    return node.moment(name, dt.UTC)


def is_nil(element: etree._Element) -> bool:
    """Whether an element says xsi:nil."""
    return element.get(f"{{{XSI}}}nil", "").strip() in {"true", "1"}


def read_request(service: Service, body: bytes, soap_action: str) -> Request:
    """Parse a request, find its operation and hold it against the schema. Raises SoapFault naming what is wrong."""
    envelope = _parse(body)
    name = etree.QName(envelope)
    if name.localname == "Envelope" and name.namespace != ENVELOPE:
        raise SoapFault(
            "VersionMismatch", "Only SOAP 1.1 is served here: the envelope must be in namespace " + ENVELOPE
        )
    if envelope.tag != f"{{{ENVELOPE}}}Envelope":
        raise SoapFault("Client", f"Expected a SOAP 1.1 Envelope, got {name.localname}")
    for header in envelope.iterfind(f"{{{ENVELOPE}}}Header/*"):
        if header.get(f"{{{ENVELOPE}}}mustUnderstand") in {"1", "true"}:
            raise SoapFault("MustUnderstand", f"Header {etree.QName(header).localname} is not understood")
    content = envelope.find(f"{{{ENVELOPE}}}Body")
    elements = [] if content is None else list(content.iterchildren(etree.Element))
    if len(elements) != 1:
        raise SoapFault("Client", f"Expected one element in the SOAP Body, got {len(elements)}")
    message = elements[0]
    operation = _operation(service, message, soap_action.strip().strip('"'))
    if (error := service.schema_error(message)) is not None:
        raise SoapFault("Client", f"The message is not valid against the schema: {error}")
    return Request(operation, Node(message, operation.request, service.types))


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SoapFault("Client", f"The request is not well-formed XML: {error.msg}") from None
    # SOAP 1.1, section 3: a message must not contain a document type declaration.
    if root.getroottree().docinfo.internalDTD is not None:
        raise SoapFault("Client", "A SOAP message must not contain a document type declaration")
    return root


def _operation(service: Service, message: etree._Element, action: str) -> Operation:
    name = etree.QName(message)
    found = service.operations.get(name.localname) if name.namespace == service.namespace else None
    if found is None:
        raise SoapFault("Client", f"{service.name} has no operation for element {{{name.namespace}}}{name.localname}")
    if action and action != found.action:
        raise SoapFault(
            "Client", f"SOAPAction {action!r} does not belong to {name.localname}, expected {found.action!r}"
        )
    return found


def write_answer(service: Service, operation: Operation, payload: Payload) -> bytes:
    """The envelope of an answer; `payload` is what stands in `<operation>Result`. Raises InvalidAnswerError on our own bug."""
    envelope, body = _envelope()
    root = etree.SubElement(body, f"{{{service.namespace}}}{operation.response.name}", nsmap={"tns": service.namespace})
    if operation.response.fields and payload is not None:
        _write(root, operation.response.fields[0], payload, service)
    if (error := service.schema_error(root)) is not None:
        raise InvalidAnswerError(f"{service.name}.{operation.name}: {error}")
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def _write(parent: etree._Element, known: FieldType, value: Payload, service: Service) -> None:
    namespace = service.namespace
    if value is None:
        if known.required and known.nillable:
            etree.SubElement(parent, f"{{{namespace}}}{known.name}").set(f"{{{XSI}}}nil", "true")
        return
    if known.many:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise InvalidAnswerError(f"{service.name}: {known.name} repeats, a list was expected")
        for each in value:
            _write_one(parent, known, each, service)
    else:
        _write_one(parent, known, value, service)


def _write_one(parent: etree._Element, known: FieldType, value: Payload, service: Service) -> None:
    element = etree.SubElement(parent, f"{{{service.namespace}}}{known.name}")
    if not known.complex:
        element.text = _lexical(value)
        return
    model = service.types[known.type_name]
    if isinstance(value, Mapping):
        if unknown := set(value) - {each.name for each in model.fields}:
            raise InvalidAnswerError(f"{service.name}: {model.name} has no element {', '.join(sorted(unknown))}")
        for each in model.fields:
            if each.name in value or (each.required and each.nillable):
                _write(element, each, value.get(each.name), service)
    elif model.fields and model.fields[0].many:
        # A list where an ArrayOf... type stands is the list of its items.
        _write(element, model.fields[0], value, service)
    else:
        raise InvalidAnswerError(f"{service.name}: {known.name} needs a mapping")


def _lexical(value: Payload) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date):  # also datetime
        return value.isoformat()
    if isinstance(value, str):
        # XML 1.0 cannot carry control characters; a request cannot have brought them, settings could.
        return "".join(each for each in value if each >= " " or each in "\t\n\r")
    if isinstance(value, int):
        return str(value)
    raise InvalidAnswerError(f"a {type(value).__name__} where a simple value was expected")


def write_empty(namespace: str, operation: str) -> bytes:
    """The envelope of an answer whose result is missing, whatever the schema says of it."""
    return write_plain(namespace, operation, None)


def write_plain(namespace: str, operation: str, content: Mapping[str, str] | None) -> bytes:
    """The envelope of an answer with these texts as its result, not held against the schema; None = without a result."""
    envelope, body = _envelope()
    root = etree.SubElement(body, f"{{{namespace}}}{operation}Response", nsmap={"tns": namespace})
    if content is not None:
        result = etree.SubElement(root, f"{{{namespace}}}{operation}Result")
        for name, text in content.items():
            etree.SubElement(result, f"{{{namespace}}}{name}").text = text
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def write_fault(fault: SoapFault) -> bytes:
    """The envelope of a fault; never carries more than code and text."""
    envelope, body = _envelope()
    element = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    etree.SubElement(element, "faultcode").text = f"soap:{fault.code}"
    etree.SubElement(element, "faultstring").text = _lexical(fault.text)
    etree.SubElement(element, "detail")
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def _envelope() -> tuple[etree._Element, etree._Element]:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE, "xsi": XSI})
    return envelope, etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How returned date-times are written; API.md section 8 leaves it open.

    `local`: naive Oslo time (default). `utc`: the same moment in UTC with a Z. `utc_naive`: in UTC without an offset.
    """

    name: str = "local"

    def __post_init__(self) -> None:
        if self.name not in {"local", "utc", "utc_naive"}:
            raise ValueError(f"date style {self.name!r} is unknown; expected local, utc or utc_naive")

    def local(self, moment: dt.datetime) -> dt.datetime | str:
        """A naive Oslo moment as this style writes it."""
        if self.name == "local":
            return moment
        utc = moment.replace(tzinfo=OSLO).astimezone(dt.UTC).replace(tzinfo=None)
        return f"{utc.isoformat()}Z" if self.name == "utc" else utc

    def midnight(self, day: dt.date) -> dt.datetime | str:
        """Midnight of a day in Oslo as this style writes it."""
        return self.local(dt.datetime.combine(day, dt.time()))
