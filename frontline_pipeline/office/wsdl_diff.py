"""Do the shipped WSDLs still describe the service? Compares them with real ones, from a folder or from the hosts.

Belongs here: the element trees of the operations that are used, flattened to paths, and their differences.
Does not: print (cli.py) or change anything. Fetches only when asked to.

Two WSDLs may name and order their types differently and still mean the same messages, so not the files are
compared but what an operation may send and receive: names, order, types, occurrence, nillable, defaults and enum values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import requests
from lxml import etree

from frontline_pipeline.office.services import SERVICES, Service
from frontline_pipeline.office.wire import checked_base_url

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"
_XSD_NS = "http://www.w3.org/2001/XMLSchema"
_MAX_BYTES = 16 * 1024 * 1024

Severity = Literal["error", "info"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference at one place. `error`: our messages or our reading may be wrong; `info`: the service offers more."""

    severity: Severity
    service: str
    place: str
    shipped: str
    real: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.service} {self.place}: shipped {self.shipped}, real {self.real}"


class WsdlUnreadable(Exception):  # a state of the other side, not a fault of ours
    """A WSDL could not be fetched or read; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class _Node:
    """One element of a message as it may appear on the wire. `facts` are its type, occurrence, nillable and default."""

    facts: tuple[tuple[str, str], ...]
    enumeration: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wsdl:
    """What is compared of one WSDL: per operation its SOAPAction, and each message as ordered paths."""

    name: str
    namespace: str
    qualified: bool
    addresses: tuple[str, ...]
    operations: Mapping[str, str]
    messages: Mapping[str, Mapping[str, _Node]]


def compare_with_folder(folder: Path) -> list[Difference]:
    """Differences to the `*.wsdl` files of a folder, whatever their names: matched by namespace and operations.

    Files that match none of our services are passed over. Raises WsdlUnreadable for a file that is no WSDL, or
    when the folder holds none.
    """
    paths = sorted(folder.glob("*.wsdl"))
    if not paths:
        raise WsdlUnreadable(f"{folder} holds no *.wsdl file; give the folder that the real WSDLs were saved in")
    reals = [parse(path.read_bytes(), path.name) for path in paths]
    differences: list[Difference] = []
    for service in SERVICES.values():
        shipped = load_shipped(service)
        real = _match(shipped, reals)
        if real is None:
            differences.append(Difference("error", service.name, "(service)", "shipped", "not in the folder"))
        else:
            differences += compare(service.name, shipped, real)
    return differences


def compare_with_hosts(api_url: str, webservices_url: str, timeout_seconds: float = 30.0) -> list[Difference]:
    """Differences to what the hosts serve at `<base><path>?wsdl` now; no login is needed for it.

    Raises WsdlUnreadable when a host does not answer with a WSDL, ValueError for an unusable URL.
    """
    bases = {"api": checked_base_url(api_url), "webservices": checked_base_url(webservices_url)}
    differences: list[Difference] = []
    for service in SERVICES.values():
        url = f"{bases[service.host]}{service.path}?wsdl"
        differences += compare(service.name, load_shipped(service), parse(_fetch(url, timeout_seconds), url))
    return differences


def load_shipped(service: Service) -> Wsdl:
    """The shipped WSDL of a service."""
    return parse(service.wsdl.read_bytes(), service.wsdl.name)


def parse(content: bytes, name: str) -> Wsdl:
    """Read a WSDL; entities, DTDs and the network are off. Raises WsdlUnreadable naming `name`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise WsdlUnreadable(f"{name} is not well-formed XML; a WSDL was expected") from None
    if root.tag != f"{_WSDL}definitions":
        raise WsdlUnreadable(f"{name} starts with <{etree.QName(root).localname}>; a WSDL (<definitions>) was expected")
    namespace = root.get("targetNamespace", "")
    schema = _Schema(root, name)
    operations = _operations(root)
    messages: dict[str, Mapping[str, _Node]] = {}
    for operation in operations:
        for element in (operation, f"{operation}Response"):
            messages[element] = schema.flatten(f"{{{namespace}}}{element}")
    addresses = tuple(found.get("location", "") for found in root.iter(f"{_SOAP}address"))
    return Wsdl(name, namespace, schema.is_qualified(namespace), addresses, operations, messages)


def compare(service: str, shipped: Wsdl, real: Wsdl) -> list[Difference]:
    """Differences of two WSDLs in the operations that the shipped one has."""
    found: list[Difference] = []

    def differ(place: str, ours: str, theirs: str, severity: Severity = "error") -> None:
        if ours != theirs:
            found.append(Difference(severity, service, place, ours, theirs))

    differ("targetNamespace", shipped.namespace, real.namespace)
    differ("elementFormDefault", str(shipped.qualified), str(real.qualified))
    for address in shipped.addresses:
        if _path(address) not in {_path(other) for other in real.addresses}:
            differ("address", _path(address), ", ".join(_path(other) for other in real.addresses) or "none")
    for operation, action in shipped.operations.items():
        if operation not in real.operations:
            differ(operation, "an operation", "absent")
            continue
        differ(f"{operation} soapAction", action, real.operations[operation])
        for element in (operation, f"{operation}Response"):
            found += _compare_message(service, shipped.messages[element], real.messages[element])
    for operation in real.operations:
        if operation not in shipped.operations:
            differ(operation, "not used", "an operation", "info")
    # A type that several operations share shows once per place, which is what a reader can act on.
    return found


def _compare_message(service: str, ours: Mapping[str, _Node], theirs: Mapping[str, _Node]) -> Iterable[Difference]:
    for place, node in ours.items():
        other = theirs.get(place)
        if other is None:
            yield Difference("error", service, place, "present", "absent")
            continue
        for (fact, value), (_, real) in zip(node.facts, other.facts, strict=True):
            if value != real:
                yield Difference("error", service, f"{place} {fact}", value, real)
        lost = [value for value in node.enumeration if value not in other.enumeration]
        new = [value for value in other.enumeration if value not in node.enumeration]
        if lost:
            yield Difference("error", service, f"{place} values", ", ".join(lost), "absent")
        if new:
            yield Difference("info", service, f"{place} values", "absent", ", ".join(new))
    for place in theirs:
        if place not in ours:
            yield Difference("error", service, place, "absent", "present")
    shared_ours = [place for place in ours if place in theirs]
    shared_theirs = [place for place in theirs if place in ours]
    for our_place, their_place in zip(shared_ours, shared_theirs, strict=True):
        if our_place != their_place:
            yield Difference("error", service, "order of elements", our_place, their_place)
            break


def _match(shipped: Wsdl, reals: Iterable[Wsdl]) -> Wsdl | None:
    """The WSDL of the same namespace that has most of our operations; the services' names of operations don't overlap."""
    rated = [
        (len(shipped.operations.keys() & real.operations.keys()), real)
        for real in reals
        if real.namespace.lower() == shipped.namespace.lower()
    ]
    best = max(rated, key=lambda pair: pair[0], default=(0, None))
    return best[1] if best[0] else None


def _path(address: str) -> str:
    """The part of an address after scheme and host, which is the settings' business."""
    _, _, rest = address.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path


def _fetch(url: str, timeout_seconds: float) -> bytes:
    problem: str
    try:
        with requests.get(url, timeout=timeout_seconds, allow_redirects=False, stream=True) as response:
            content: bytes = response.raw.read(_MAX_BYTES + 1, decode_content=True)
            if response.status_code == 200 and len(content) <= _MAX_BYTES:
                return content
            problem = f"HTTP {response.status_code}, {len(content)} bytes"
    except (requests.RequestException, OSError) as error:
        problem = type(error).__name__
    raise WsdlUnreadable(f"{url} gave no WSDL ({problem}); check the base URLs and the network")


def _operations(root: etree._Element) -> dict[str, str]:
    """Operations of the SOAP 1.1 binding with their SOAPAction."""
    found: dict[str, str] = {}
    for binding in root.findall(f"{_WSDL}binding"):
        if binding.find(f"{_SOAP}binding") is None:
            continue
        for operation in binding.findall(f"{_WSDL}operation"):
            soap = operation.find(f"{_SOAP}operation")
            found[operation.get("name", "")] = "" if soap is None else soap.get("soapAction", "")
    return found


class _Schema:
    """The schemas of one WSDL, as a place to look types up in."""

    def __init__(self, root: etree._Element, name: str) -> None:
        self._name = name
        self._elements: dict[str, etree._Element] = {}
        self._types: dict[str, etree._Element] = {}
        self._qualified: dict[str, bool] = {}
        for schema in root.iter(f"{_XSD}schema"):
            namespace = schema.get("targetNamespace", "")
            self._qualified[namespace] = schema.get("elementFormDefault") == "qualified"
            for node in schema:
                key = f"{{{namespace}}}{node.get('name')}"
                if node.tag == f"{_XSD}element":
                    self._elements[key] = node
                elif node.tag in (f"{_XSD}complexType", f"{_XSD}simpleType"):
                    self._types[key] = node

    def is_qualified(self, namespace: str) -> bool:
        """Whether local elements of a namespace are qualified."""
        return self._qualified.get(namespace, False)

    def flatten(self, element: str) -> dict[str, _Node]:
        """Every element below a message's root, as ordered paths; a recursive type is entered once."""
        root = self._elements.get(element)
        if root is None:
            raise WsdlUnreadable(f"{self._name} has no element {element}, which an operation needs")
        found: dict[str, _Node] = {}
        name = etree.QName(element).localname
        inline = root.find(f"{_XSD}complexType")
        if inline is not None:
            self._enter(inline, name, found, ())
        else:
            self._add(root, name, found, ())
        return found

    def _add(self, node: etree._Element, path: str, found: dict[str, _Node], seen: tuple[str, ...]) -> None:
        type_name = self._qname(node, node.get("type", ""))
        definition = self._types.get(type_name)
        simple = definition if definition is not None and definition.tag == f"{_XSD}simpleType" else None
        found[path] = _Node(
            (
                # The name of a complex type does not travel; that of a simple one decides how a value is written.
                ("type", _type_words(type_name, definition, simple, self)),
                ("minOccurs", node.get("minOccurs", "1")),
                ("maxOccurs", node.get("maxOccurs", "1")),
                ("nillable", node.get("nillable", "false")),
                ("default", node.get("default", "none")),
            ),
            () if simple is None else tuple(value.get("value", "") for value in simple.iter(f"{_XSD}enumeration")),
        )
        if definition is not None and simple is None and type_name not in seen:
            self._enter(definition, path, found, (*seen, type_name))

    def _enter(self, definition: etree._Element, path: str, found: dict[str, _Node], seen: tuple[str, ...]) -> None:
        extension = definition.find(f"{_XSD}complexContent/{_XSD}extension")
        if extension is not None:
            base = self._types.get(self._qname(extension, extension.get("base", "")))
            if base is not None:
                self._enter(base, path, found, seen)
            definition = extension
        for attribute in definition.findall(f"{_XSD}attribute"):
            facts = (("type", attribute.get("type", "")), ("use", attribute.get("use", "optional")))
            found[f"{path}/@{attribute.get('name')}"] = _Node(facts, ())
        sequence = definition.find(f"{_XSD}sequence")
        for child in () if sequence is None else sequence:
            if child.tag == f"{_XSD}element":
                self._add(child, f"{path}/{child.get('name')}", found, seen)
            else:
                found[f"{path}/({etree.QName(child).localname})"] = _Node((), ())

    @staticmethod
    def _qname(node: etree._Element, value: str) -> str:
        if not value:
            # An element without a type may hold anything, whatever the file's default namespace is.
            return f"{{{_XSD_NS}}}anyType"
        prefix, colon, local = value.rpartition(":")
        namespace = node.nsmap.get(prefix if colon else None, "")
        return f"{{{namespace}}}{local}"


def _type_words(name: str, definition: etree._Element | None, simple: etree._Element | None, schema: _Schema) -> str:
    if definition is None:
        return name.replace(f"{{{_XSD_NS}}}", "xsd:")
    if simple is None:
        return "complex"
    restriction = simple.find(f"{_XSD}restriction")
    if restriction is None:
        return "simple"
    base = schema._qname(restriction, restriction.get("base", "")).replace(f"{{{_XSD_NS}}}", "xsd:")
    facets = [
        f"{etree.QName(facet).localname}={facet.get('value')}"
        for facet in restriction
        if facet.tag != f"{_XSD}enumeration"
    ]
    return " ".join([base, *facets])
