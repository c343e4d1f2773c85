"""XML of a SAF-T file: the parser, its refusals, and the forgetting of what was read.

Belongs here: parser options that are safe for foreign files, the check of root and document type, small element helpers.
Does not: the meaning of any element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Literal

from lxml import etree

from frontline_pipeline.frontline.saft_codes import NAMESPACE, qualified
from frontline_pipeline.frontline.saft_values import BadFieldError, shown

BLOCK = 1 << 16
_PROLOG_BLOCK = 1 << 10
_PROLOG_LIMIT = 1 << 20


def pull_parser(event: Literal["start", "end"], tags: tuple[str, ...] | None = None) -> etree.XMLPullParser:
    """A parser that resolves no entity, loads no DTD, opens no network, and keeps libxml2's limits on size and depth.

    Never with `schema=`: together with entities off it lets a truncated file pass (seen with libxml2 2.14.6).
    """
    return etree.XMLPullParser(
        events=(event,),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def check_root(source: BinaryIO) -> None:
    """Refuses another format before anything of it is kept, and any document type: SAF-T has none, and entities live there.

    Leaves `source` at its beginning. Raises BadFieldError, etree.XMLSyntaxError.
    """
    parser = pull_parser("start")
    read, fault = 0, None
    while block := source.read(_PROLOG_BLOCK):
        try:
            parser.feed(block)
        except etree.XMLSyntaxError as error:
            # What stands before the fault is judged first: a bomb is refused for its document type, not for its size.
            fault = error
        read += len(block)
        for _, root in parser.read_events():
            if isinstance(root, etree._Element):
                _judge_root(root)
                source.seek(0)
                return
        if fault is not None:
            raise fault
        if read > _PROLOG_LIMIT:
            raise BadFieldError(0, "line 1", "a root element in the first megabyte", "none")
    if not read:
        raise BadFieldError(0, "line 1", "a SAF-T Cash Register file", "an empty file")
    parser.close()


def _judge_root(root: etree._Element) -> None:
    place = f"line {root.sourceline}"
    info = root.getroottree().docinfo
    if info.internalDTD is not None:
        raise BadFieldError(0, place, "no DOCTYPE and no entity declarations", "a document type")
    if root.tag != qualified("auditfile"):
        expected = f"a SAF-T Cash Register export: the root element auditfile in namespace {NAMESPACE}"
        raise BadFieldError(0, place, expected, shown(str(root.tag), 120))


def empty(element: etree._Element) -> None:
    """Empties an element and leaves the text behind it alone: the parser may still be writing there."""
    element.clear(keep_tail=True)  # type: ignore[call-arg]  # lxml-stubs lack the argument


def forget(element: etree._Element) -> None:
    """Empties a finished element and removes those before it."""
    empty(element)
    parent = element.getparent()
    if parent is not None:
        del parent[: parent.index(element)]


def child_text(element: etree._Element, path: str) -> str:
    """Trimmed text of a descendant by its path; "" when there is none."""
    found = element.findtext("/".join(map(qualified, path.split("/"))))
    return (found or "").strip()


def parent_tag(element: etree._Element) -> str:
    """Tag of the parent; "" for the root."""
    parent = element.getparent()
    return "" if parent is None else str(parent.tag)


def elements_with(path: str) -> Callable[[etree._Element], list[etree._Element]]:
    """A compiled XPath (prefix n:) that finds elements."""
    compiled = etree.XPath(path, namespaces={"n": NAMESPACE})

    def find(element: etree._Element) -> list[etree._Element]:
        found = compiled(element)
        return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []

    return find


def message(error: etree.XMLSyntaxError) -> str:
    """What libxml2 says, without its line and column."""
    return str(error.msg or error).split(", line ")[0].strip() or "something else"
