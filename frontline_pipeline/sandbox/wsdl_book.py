"""What the WSDL files say: services, their paths, operations, message types and schemas.

Belongs here: reading a folder of WSDL files into a `WsdlBook`, and checking one element against a service's XSD.
Does not: envelopes and values (wire.py), HTTP (server.py), what an operation does (services_*.py).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP_BINDING = "http://schemas.xmlsoap.org/wsdl/soap/"
XSD = "http://www.w3.org/2001/XMLSchema"

#: The WSDL files that this project ships; the stand-in is driven by these same files.
SHIPPED_WSDLS = Path(__file__).resolve().parent.parent / "office" / "wsdl"


class WsdlError(ValueError):
    """A WSDL file that the stand-in cannot be driven by."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """One element of a sequence: its name, its type and what may be left out."""

    name: str
    type_name: str
    complex: bool
    required: bool
    nillable: bool
    many: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class ComplexType:
    """The elements of a complex type, in schema order."""

    name: str
    fields: tuple[FieldType, ...]

    def field(self, name: str) -> FieldType | None:
        """The element of this name, or None where the schema knows none."""
        return next((each for each in self.fields if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a service: its SOAPAction and the types of question and answer."""

    name: str
    action: str
    request: ComplexType
    response: ComplexType


@dataclass(slots=True)
class Service:
    """One service: where it is served, what it offers, and its schema."""

    name: str
    path: str
    namespace: str
    operations: Mapping[str, Operation]
    types: Mapping[str, ComplexType]
    source: Path
    _schema: etree.XMLSchema
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def label(self) -> str:
        """The short name used in statistics, e.g. `Account` for AccountService."""
        return self.name.removesuffix("Service")

    def schema_error(self, element: etree._Element) -> str | None:
        """The first XSD error of an element of this service, or None when it is valid."""
        # One XMLSchema object keeps one error log: two threads at once would read each other's errors.
        with self._lock:
            try:
                self._schema.assertValid(element)
            except etree.DocumentInvalid as error:
                return str(error)
            return None

    def description(self, address: str) -> bytes:
        """The WSDL file with every port's address replaced by `address`."""
        root = etree.parse(str(self.source), _parser()).getroot()
        for node in root.iter("{*}address"):
            if node.get("location"):
                node.set("location", address)
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")


class WsdlBook:
    """All services of a folder of WSDL files, found by path."""

    def __init__(self, folder: Path = SHIPPED_WSDLS) -> None:
        """Read every `*.wsdl` of `folder`. Raises WsdlError naming the file when one cannot be used."""
        files = sorted(folder.glob("*.wsdl"))
        if not files:
            raise WsdlError(f"{folder}: no *.wsdl file found; expected the WSDLs that the stand-in is driven by")
        self._services = {service.path.lower(): service for service in map(_read_service, files)}

    def __iter__(self) -> Iterator[Service]:
        """The services, by path."""
        return iter(self._services.values())

    def at(self, path: str) -> Service | None:
        """The service at a URL path; the case of the path does not matter, as on the real (IIS) host."""
        return self._services.get(path.lower())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _read_service(file: Path) -> Service:
    try:
        root = etree.parse(str(file), _parser()).getroot()
    except etree.XMLSyntaxError as error:
        raise WsdlError(f"{file}: not well-formed XML: {error}") from error
    address = root.find(f"{{{WSDL}}}service/{{{WSDL}}}port/{{{SOAP_BINDING}}}address")
    service = root.find(f"{{{WSDL}}}service")
    if service is None or address is None:
        raise WsdlError(f"{file}: no SOAP 1.1 port with a soap:address; expected a WSDL of one service")
    namespace = root.get("targetNamespace", "")
    reader = _SchemaReader(root, file)
    types = reader.complex_types()
    roots = reader.root_elements(types)
    operations: dict[str, Operation] = {}
    for binding in root.findall(f"{{{WSDL}}}binding"):
        for node in binding.findall(f"{{{WSDL}}}operation"):
            soap = node.find(f"{{{SOAP_BINDING}}}operation")
            name = node.get("name", "")
            if soap is None:
                continue
            if name not in roots or f"{name}Response" not in roots:
                raise WsdlError(f"{file}: operation {name} has no element {name} and {name}Response in its schema")
            operations[name] = Operation(name, soap.get("soapAction", ""), roots[name], roots[f"{name}Response"])
    path = urlsplit(address.get("location", "")).path
    return Service(service.get("name", ""), path, namespace, operations, types, file, reader.compile())


class _SchemaReader:
    """Reads the inline schemas of one WSDL."""

    def __init__(self, root: etree._Element, file: Path) -> None:
        self.file = file
        self.schemas = root.findall(f"{{{WSDL}}}types/{{{XSD}}}schema")
        if not self.schemas:
            raise WsdlError(f"{file}: no schema under wsdl:types")

    def complex_types(self) -> dict[str, ComplexType]:
        nodes = {
            node.get("name", ""): node for schema in self.schemas for node in schema.findall(f"{{{XSD}}}complexType")
        }
        return {name: self._complex(name, node, nodes) for name, node in nodes.items()}

    def root_elements(self, types: Mapping[str, ComplexType]) -> dict[str, ComplexType]:
        found: dict[str, ComplexType] = {}
        for schema in self.schemas:
            for node in schema.findall(f"{{{XSD}}}element"):
                name = node.get("name", "")
                inline = node.find(f"{{{XSD}}}complexType")
                if inline is not None:
                    found[name] = self._complex(name, inline, {})
                elif (named := types.get(_local(node.get("type", "")))) is not None:
                    found[name] = named
        return found

    def _complex(self, name: str, node: etree._Element, nodes: Mapping[str, etree._Element]) -> ComplexType:
        fields: list[FieldType] = []
        extension = node.find(f"{{{XSD}}}complexContent/{{{XSD}}}extension")
        if extension is not None:
            base = _local(extension.get("base", ""))
            if base not in nodes:
                raise WsdlError(f"{self.file}: type {name} extends {base}, which the schema does not define")
            fields += self._complex(base, nodes[base], nodes).fields
        content = node if extension is None else extension
        fields += [self._field(each) for each in content.findall(f"{{{XSD}}}sequence/{{{XSD}}}element")]
        return ComplexType(name, tuple(fields))

    def _field(self, node: etree._Element) -> FieldType:
        type_name = node.get("type", "")
        prefix, _, local = type_name.rpartition(":")
        is_xsd = node.nsmap.get(prefix or None) == XSD
        complex_type = not is_xsd and any(
            schema.find(f"{{{XSD}}}complexType[@name='{local}']") is not None for schema in self.schemas
        )
        return FieldType(
            name=node.get("name", ""),
            # Enumerations and guids travel as text.
            type_name=local if is_xsd or complex_type else "string",
            complex=complex_type,
            required=node.get("minOccurs", "1") != "0",
            nillable=node.get("nillable") == "true",
            many=node.get("maxOccurs", "1") == "unbounded",
            default=node.get("default"),
        )

    def compile(self) -> etree.XMLSchema:
        """One XMLSchema over all inline schemas; their imports carry no location, so one is given here."""
        texts: dict[str, bytes] = {}
        for schema in self.schemas:
            copy = etree.fromstring(etree.tostring(schema), _parser())
            for node in copy.findall(f"{{{XSD}}}import"):
                node.set("schemaLocation", f"inline:{node.get('namespace', '')}")
            texts[f"inline:{schema.get('targetNamespace', '')}"] = etree.tostring(copy)
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        parser.resolvers.add(_InlineSchemas(texts))
        imports = "".join(
            f'<import namespace="{url.removeprefix("inline:")}" schemaLocation="{url}"/>' for url in texts
        )
        whole = etree.fromstring(f'<schema xmlns="{XSD}">{imports}</schema>'.encode(), parser)
        try:
            return etree.XMLSchema(whole)
        except etree.XMLSchemaParseError as error:
            raise WsdlError(f"{self.file}: its schema does not compile: {error}") from error


class _InlineSchemas(etree.Resolver):
    """Answers libxml2's question for an imported schema from memory, never from disk or network."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        super().__init__()
        self._texts = texts

    # The stubs know neither `context` nor the optional `base_url` of lxml's own methods.
    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # type: ignore[override]
        if system_url not in self._texts:
            return None
        return self.resolve_string(self._texts[system_url], context, base_url=system_url)


def _local(qualified: str) -> str:
    return qualified.rpartition(":")[2]
