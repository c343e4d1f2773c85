"""Fields: what is taken from a SAF-T event or transaction, as a stylesheet that libxslt runs over many of them at once.

Belongs here: the tables of fields, the stylesheet made from them, and its result split into columns of text.
Does not: what the text means (saft_values.py, saft_receipts.py), Z-reports, which are few and read by name (saft_report.py).

A Python loop over every element costs more than the parse itself; the stylesheet walks them in C. It writes each field followed
by a private-use character and each group followed by another; a file that itself holds them is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lxml import etree

from frontline_pipeline.frontline.saft_codes import NAMESPACE

FIELD_END, GROUP_END = "\ue0f1", "\ue0f2"

EVENT = ("eventType", "transID", "count(n:eventReport)")
RECEIPT = (
    "nr",
    "transID",
    "transType",
    "transAmntIn",
    "transAmntEx",
    "amntTp",
    "empID",
    "custSupID",
    "transDate",
    "transTime",
    "refID",
    "rounding/roundingAmnt",
    "voidTransaction",
    "trainingID",
    "count(n:ctLine)",
    "count(n:vat)",
    "count(n:payment)",
)
LINE = (
    "lineID",
    "lineType",
    "artGroupID",
    "artID",
    "qnt",
    "lineAmntIn",
    "lineAmntEx",
    "amntTp",
    "vat/vatCode",
    "vat/vatPerc",
    "vat/vatAmnt",
    "vat/vatAmntTp",
)
VAT = ("vatCode", "vatPerc", "vatAmnt", "vatAmntTp", "vatBasAmnt")
PAYMENT = ("paymentType", "paidAmnt", "curCode", "exchRt", "paymentRefID")

_EVENTS, _TRANSACTIONS = "$done[self::n:event]", "$done[self::n:cashtransaction]"
_GROUPS = (
    (_EVENTS, EVENT),
    (_TRANSACTIONS, RECEIPT),
    (f"{_TRANSACTIONS}/n:ctLine", LINE),
    (f"{_TRANSACTIONS}/n:vat", VAT),
    (f"{_TRANSACTIONS}/n:payment", PAYMENT),
)

Columns = dict[str, list[str]]


class ReservedCharacterError(ValueError):
    """The file holds a character that separates fields here."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Fields of a run of finished children of a cashregister: a list per field, as written in the file, "" where absent."""

    events: Columns
    receipts: Columns
    lines: Columns
    vat: Columns
    payments: Columns


class Extractor:
    """The compiled stylesheet."""

    def __init__(self) -> None:
        self._transform = etree.XSLT(
            etree.fromstring(_stylesheet()),
            access_control=etree.XSLTAccessControl.DENY_ALL,  # type: ignore[attr-defined]  # lxml-stubs lack it
        )

    def __call__(self, register: etree._Element, after: int, upto: int) -> Batch:
        """Fields of the children `after` < position <= `upto` of a cashregister element, which must all be finished.

        Raises ReservedCharacterError.
        """
        result = str(self._transform(register, after=str(after), upto=str(upto)))
        groups = result.split(GROUP_END)
        if len(groups) != len(_GROUPS) + 1:
            raise ReservedCharacterError
        return Batch(*(_split(text, names) for text, (_, names) in zip(groups, _GROUPS, strict=False)))


@cache
def extractor() -> Extractor:
    """The extractor of this process: compiling the stylesheet costs more than a small file."""
    return Extractor()


def _split(text: str, names: tuple[str, ...]) -> Columns:
    values = text.split(FIELD_END)
    width = len(names)
    # The first field of a group is the number of its rows, the last is what follows the last separator: nothing.
    if not values[0].isdigit() or len(values) != int(values[0]) * width + 2:
        raise ReservedCharacterError
    return {name: values[1 + at : -1 : width] for at, name in enumerate(names)}


def _stylesheet() -> bytes:
    end = f"<xsl:text>{FIELD_END}</xsl:text>"

    def value(name: str) -> str:
        path = name if "(" in name else "/".join(f"n:{step}" for step in name.split("/"))
        return f'<xsl:value-of select="{path}"/>{end}'

    groups = "".join(
        f'<xsl:value-of select="count({nodes})"/>{end}'
        f'<xsl:for-each select="{nodes}">{"".join(map(value, names))}</xsl:for-each>'
        f"<xsl:text>{GROUP_END}</xsl:text>"
        for nodes, names in _GROUPS
    )
    return (
        f'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:n="{NAMESPACE}">'
        '<xsl:output method="text" encoding="UTF-8"/><xsl:param name="after"/><xsl:param name="upto"/>'
        '<xsl:template match="/"><xsl:variable name="done" '
        'select="n:cashregister/*[position() &gt; $after and position() &lt;= $upto]"/>'
        f"{groups}</xsl:template></xsl:stylesheet>"
    ).encode()
