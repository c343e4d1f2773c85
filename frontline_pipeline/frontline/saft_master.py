"""Customers and articles of a SAF-T file: those that a Z-report's receipts name go with it as the frames customers and products.

Belongs here: what the file's master data mean in the contract's columns, and which of them a Z-report sold to or sold.
Does not: the elements of the rest of the file (saft.py), receipts (saft_receipts.py), cleaning and matching (masterdata/).

A file may hold the whole register of customers; only who bought goes on, so that nobody else is made in 24SevenOffice. The format
has no price, EAN, payment time or mark of a person: those stay empty, and a customer with a tax registration is a business. Rate and
VAT code of an article are the highest of its lines: what is eaten in and taken away has two, and an order's line has its own anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
from lxml import etree

from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frontline.saft_codes import qualified
from frontline_pipeline.frontline.saft_model import Row, ZKey, file_schema, table_of
from frontline_pipeline.frontline.saft_xml import child_text

_SCHEMAS = {spec.name: file_schema(spec) for spec in (CUSTOMERS, PRODUCTS)}
_LONGEST_KEY = 100
_Vat = tuple[str | None, Decimal | None]
"""VAT code and rate of a line."""


@dataclass
class _Sold:
    """What the receipts of one Z-report name."""

    customers: dict[str, None] = field(default_factory=dict)
    articles: dict[str, set[_Vat]] = field(default_factory=dict)


class MasterData:
    """Filled while the file's master data are read, asked for each Z-report's share."""

    def __init__(self) -> None:
        self._customers: dict[str, Row] = {}
        self._articles: dict[str, Row] = {}
        self._sold: dict[ZKey, _Sold] = {}

    def add_customer(self, element: etree._Element) -> None:
        """A customerSupplier; a supplier is none of ours. Of two with one id the first counts."""
        key = child_text(element, "custSupID")
        if child_text(element, "custSupType") != "Customer" or not 0 < len(key) <= _LONGEST_KEY:
            return
        number = child_text(element, "taxRegIdent") or None
        where = "postalAddress" if element.find(qualified("postalAddress")) is not None else "streetAddress"
        street = " ".join(filter(None, (child_text(element, f"{where}/{part}") for part in ("streetname", "number"))))
        extra = child_text(element, f"{where}/additionalAddressDetails")
        self._customers.setdefault(
            key,
            {
                "customer": key,
                "kind": "business" if number else "private",
                "name": child_text(element, "custSupName") or key,
                "organisation_number": number,
                "email": child_text(element, "eMail") or None,
                "phone": child_text(element, "telephone") or None,
                "street": ", ".join(filter(None, (street, extra))) or None,
                "postal_code": child_text(element, f"{where}/postalCode") or None,
                "city": child_text(element, f"{where}/city") or None,
                "country": _country(element, where),
            },
        )

    def add_article(self, element: etree._Element) -> None:
        """An article; of two with one id the first counts."""
        key = child_text(element, "artID")
        if 0 < len(key) <= _LONGEST_KEY:
            self._articles.setdefault(
                key,
                {
                    "article": key,
                    "name": child_text(element, "artDesc") or key,
                    "article_group": child_text(element, "artGroupID") or None,
                    "active": True,
                },
            )

    def sold(self, key: ZKey, tables: Mapping[str, pa.Table]) -> None:
        """Receipts of a Z-report, as they are handed out."""
        if not self._customers and not self._articles:
            return
        mine = self._sold.setdefault(key, _Sold())
        mine.customers |= dict.fromkeys(tables["receipts"]["customer"].unique().drop_null().to_pylist())
        columns = ("article", "vat_code", "rate")
        lines = tables["receipt_lines"].select(columns).group_by(list(columns)).aggregate([])
        for article, code, rate in zip(*(lines[name].to_pylist() for name in columns), strict=True):
            if article is not None:
                mine.articles.setdefault(article, set()).add((code, rate))

    def tables(self, key: ZKey) -> dict[str, pa.Table]:
        """The frames customers and products of a Z-report, each only when it has rows."""
        mine = self._sold.pop(key, _Sold())
        rows = {
            CUSTOMERS.name: [self._customers[each] for each in sorted(mine.customers) if each in self._customers],
            PRODUCTS.name: [
                {**self._articles[each], **_vat(mine.articles[each])}
                for each in sorted(mine.articles)
                if each in self._articles
            ],
        }
        return {name: table_of(each, _SCHEMAS[name]) for name, each in rows.items() if each}


def _vat(seen: set[_Vat]) -> Row:
    """The highest rate of lines, with its VAT code."""
    code, rate = max(seen, key=lambda vat: (-1 if vat[1] is None else vat[1], vat[0] or ""))
    return {"vat_code": code, "rate": rate}


def _country(element: etree._Element, where: str) -> str | None:
    found = child_text(element, f"{where}/country") or child_text(element, "taxRegistrationCountry")
    return found if len(found) == 2 else None
