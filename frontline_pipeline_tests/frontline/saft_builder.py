"""A small SAF-T Cash Register file written by hand: journals of sales and Z-reports, every text of it open to a test.

Belongs here: the builder, settings that fit it, and a reading of the landing folder as the pipeline reads it.
Does not: realistic volumes (sandbox/generate.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from frontline_pipeline.frames.raw import ALL_FRAMES
from frontline_pipeline.frontline.framefiles import read_frame
from frontline_pipeline.frontline.landing import FileReport, ImportReport, import_files
from frontline_pipeline.settings import Settings

ORG = "999000118"
NAMESPACE = "urn:StandardAuditFile-Taxation-CashRegister:NO"
TODAY = dt.date(2026, 11, 20)
BASICS = """<basic><basicType>04</basicType><basicID>G1</basicID><predefinedBasicID>04003</predefinedBasicID><basicDesc>Goods</basicDesc></basic>
<basic><basicType>11</basicType><basicID>SALE</basicID><predefinedBasicID>11001</predefinedBasicID><basicDesc>Sale</basicDesc></basic>
<basic><basicType>11</basicType><basicID>CREDIT</basicID><predefinedBasicID>11002</predefinedBasicID><basicDesc>Credit</basicDesc></basic>
<basic><basicType>11</basicType><basicID>BACK</basicID><predefinedBasicID>11006</predefinedBasicID><basicDesc>Return</basicDesc></basic>
<basic><basicType>11</basicType><basicID>ONACC</basicID><predefinedBasicID>11005</predefinedBasicID><basicDesc>Paid in</basicDesc></basic>
<basic><basicType>11</basicType><basicID>FLOAT</basicID><predefinedBasicID>11007</predefinedBasicID><basicDesc>Float</basicDesc></basic>
<basic><basicType>12</basicType><basicID>CASH</basicID><predefinedBasicID>12001</predefinedBasicID><basicDesc>Cash</basicDesc></basic>
<basic><basicType>12</basicType><basicID>CARD</basicID><predefinedBasicID>12002</predefinedBasicID><basicDesc>Card</basicDesc></basic>
<basic><basicType>13</basicType><basicID>Z</basicID><predefinedBasicID>13009</predefinedBasicID><basicDesc>Z</basicDesc></basic>
<basic><basicType>13</basicType><basicID>X</basicID><predefinedBasicID>13008</predefinedBasicID><basicDesc>X</basicDesc></basic>
<basic><basicType>13</basicType><basicID>REC</basicID><predefinedBasicID>13012</predefinedBasicID><basicDesc>Receipt</basicDesc></basic>
<basic><basicType>13</basicType><basicID>COPY</basicID><predefinedBasicID>13014</predefinedBasicID><basicDesc>Copy</basicDesc></basic>
<basic><basicType>13</basicType><basicID>DRAWER</basicID><predefinedBasicID>13005</predefinedBasicID><basicDesc>Drawer</basicDesc></basic>"""


def kr(ore: int) -> str:
    return f"{'-' if ore < 0 else ''}{abs(ore) // 100}.{abs(ore) % 100:02d}"


@dataclass
class Sale:
    """A receipt with one line: 25 % VAT code 3 unless said otherwise; amounts in øre, negative for a return."""

    trans_id: str
    at: dt.datetime
    amount: int
    tender: str = "CARD"
    rounding: int = 0
    vat_code: str = "3"
    rate: str = "25.00"
    trans_type: str | None = "SALE"
    void: str = "false"
    training: str = "false"
    event: str | None = "REC"
    """Type of the event that carries its id; None: no event."""
    positive: bool = False
    """Write a return as D with positive amounts."""
    time: str | None = None
    """Text instead of the time of `at`."""
    texts: dict[str, str] = field(default_factory=dict)
    """Text by element, instead of the one computed."""
    nr: str | None = None
    customer: str = ""
    article: str = "007"

    @property
    def base(self) -> int:
        return round(Decimal(self.amount) * 100 / (100 + Decimal(self.rate)))

    @property
    def vat(self) -> int:
        return self.amount - self.base

    def xml(self) -> str:
        def amount(name: str, ore: int) -> str:
            written = -ore if self.positive and self.amount < 0 else ore
            return f"<{name}>{self.texts.get(name, kr(written))}</{name}>"

        side = "D" if self.amount < 0 else "C"
        nr = self.nr or self.trans_id
        clock = self.time or f"{self.at:%H:%M:%S}"
        kind = f"<transType>{self.trans_type}</transType>" if self.trans_type else ""
        vat = (
            f"<vat><vatCode>{self.vat_code}</vatCode><vatPerc>{self.texts.get('vatPerc', self.rate)}</vatPerc>"
            f"{amount('vatAmnt', self.vat)}<vatAmntTp>{side}</vatAmntTp>{amount('vatBasAmnt', self.base)}</vat>"
        )
        return (
            f"<cashtransaction><nr>{nr}</nr><transID>{escape(self.trans_id)}</transID>{kind}{amount('transAmntIn', self.amount)}"
            f"{amount('transAmntEx', self.base)}<amntTp>{side}</amntTp><empID>7</empID>"
            f"{f'<custSupID>{self.customer}</custSupID>' if self.customer else ''}"
            f"<transDate>{self.texts.get('transDate', self.at.date().isoformat())}</transDate><transTime>{clock}</transTime>"
            f"<ctLine><nr>{nr}</nr><lineID>1</lineID><lineType>SAL</lineType><artGroupID>G1</artGroupID><artID>{self.article}</artID>"
            f"<qnt>{self.texts.get('qnt', '1' if self.amount >= 0 or self.positive else '-1')}</qnt>"
            f"{amount('lineAmntIn', self.amount)}{amount('lineAmntEx', self.base)}"
            f"<amntTp>{side}</amntTp>{vat}</ctLine>{vat}"
            f"<rounding>{amount('roundingAmnt', self.rounding)}</rounding>"
            f"<payment><paymentType>{self.tender}</paymentType>{amount('paidAmnt', self.amount + self.rounding)}"
            f"<curCode>NOK</curCode><exchRt>1.000000</exchRt><paymentRefID>BAX {nr}</paymentRefID></payment>"
            f"<signature>x</signature><keyVersion>1</keyVersion>"
            f"<voidTransaction>{self.void}</voidTransaction><trainingID>{self.training}</trainingID></cashtransaction>"
        )


@dataclass
class Z:
    """A Z-report over the sales since the one before it; `texts` replaces single elements, `movements` is raw XML."""

    number: str
    at: dt.datetime
    texts: dict[str, str] = field(default_factory=dict)
    movements: str = ""
    vat_rows: str | None = None
    kind: str = "Z"

    def xml(self, register: str, sales: Sequence[Sale], org: str) -> str:
        def element(name: str, value: object) -> str:
            return f"<{name}>{self.texts.get(name, str(value))}</{name}>"

        def total(rows: Sequence[Sale]) -> str:
            return kr(sum(s.amount for s in rows))

        def sums(key: str) -> dict[str, list[Sale]]:
            out: dict[str, list[Sale]] = {}
            for sale in sales:
                out.setdefault(getattr(sale, key), []).append(sale)
            return out

        tenders = "".join(
            f"<reportPayment><paymentType>{t}</paymentType><paymentNum>{len(rows)}</paymentNum>"
            f"<paymentAmnt>{kr(sum(s.amount + s.rounding for s in rows))}</paymentAmnt></reportPayment>"
            for t, rows in sums("tender").items()
        )
        vat = self.vat_rows or "".join(
            f"<reportCashSaleVat><vatCode>{c}</vatCode><vatPerc>{rows[0].rate}</vatPerc><cashSaleAmnt>"
            f"{kr(sum(s.base for s in rows))}</cashSaleAmnt><vatAmnt>{kr(sum(s.vat for s in rows))}</vatAmnt></reportCashSaleVat>"
            for c, rows in sums("vat_code").items()
        )
        zero = "<paymentType>CASH</paymentType><paymentNum>0</paymentNum><paymentAmnt>0.00</paymentAmnt>"
        back = [s for s in sales if s.amount < 0]
        return (
            f"<event><eventID>{self.number}</eventID><eventType>{self.kind}</eventType><eventDate>{self.at.date()}</eventDate>"
            f"<eventTime>{self.at:%H:%M:%S}</eventTime><eventReport>{element('reportID', escape(self.number))}"
            f"{element('reportType', f'{self.kind} report')}{element('companyIdent', org)}<companyName>N</companyName>"
            f"{element('reportDate', self.at.date())}{element('reportTime', f'{self.at:%H:%M:%S}')}"
            f"{element('registerID', escape(register))}<reportTotalCashSales>{element('totalCashSaleAmnt', total(sales))}"
            f"</reportTotalCashSales><reportArtGroups><reportArtGroup><artGroupID>G1</artGroupID>"
            f"<artGroupNum>{len(sales)}</artGroupNum>{element('artGroupAmnt', total(sales))}</reportArtGroup></reportArtGroups>"
            f"<reportPayments>{tenders or f'<reportPayment>{zero}</reportPayment>'}</reportPayments>"
            f"<reportCashSalesVat>{vat}</reportCashSalesVat>{element('reportOpeningChangeFloat', '1000.00')}"
            f"{element('reportReceiptNum', len(sales) - len(back))}{element('reportOpenCashBoxNum', 0)}"
            f"{element('reportReturnNum', len(back))}{element('reportReturnAmnt', kr(-sum(s.amount for s in back)))}"
            f"<reportCorrLines><reportCorrLine><corrLineType>None</corrLineType><corrLineNum>0</corrLineNum>"
            f"<corrLineAmnt>0.00</corrLineAmnt></reportCorrLine></reportCorrLines>{self.movements}"
            f"{element('reportGrandTotalSales', '100.00')}{element('reportGrandTotalReturn', '0.00')}"
            f"{element('reportGrandTotalSalesNet', '100.00')}</eventReport></event>"
        )


@dataclass
class Event:
    """A bare event, e.g. a copy printed later."""

    kind: str
    trans_id: str

    def xml(self) -> str:
        return (
            f"<event><eventID>1</eventID><eventType>{self.kind}</eventType><transID>{self.trans_id}</transID>"
            "<eventDate>2026-11-02</eventDate><eventTime>10:00:00</eventTime></event>"
        )


Journal = Sequence[Sale | Z | Event]


def saft(
    registers: dict[str, Journal],
    *,
    org: str = ORG,
    header: dict[str, str] | None = None,
    namespace: str = NAMESPACE,
    prolog: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
    location: str = "Shop",
    customers: str = "",
    articles: str = "",
) -> str:
    """A file with one location per register: events in the order of the journal, then the transactions. `customers` and `articles`:
    their elements, ready."""
    head = {"startDate": "2026-11-01", "endDate": "2026-11-30", "curCode": "NOK", "dateCreated": "2026-11-15"} | (
        header or {}
    )
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in head.items())
    vat = "".join(
        f"<vatCodeDetail><vatCode>{c}</vatCode><dateOfEntry>2020-01-01</dateOfEntry><standardVatCode>{s}</standardVatCode></vatCodeDetail>"
        for c, s in (("3", "3"), ("2", "31"), ("0", "5"))
    )
    return (
        f'{prolog}<auditfile xmlns="{namespace}"><header>{fields}</header><company><companyIdent>{org}</companyIdent>'
        f"<companyName>N</companyName><customersSuppliers>{customers}</customersSuppliers>"
        f"<vatCodeDetails>{vat}</vatCodeDetails><articles>{articles}</articles><basics>{BASICS}</basics>"
        + "".join(
            f"<location><name>{location}</name><cashregister>{_register(name, journal, org)}</cashregister></location>\n"
            for name, journal in registers.items()
        )
        + "</company></auditfile>\n"
    )


def _register(register: str, journal: Journal, org: str) -> str:
    events: list[str] = []
    since: list[Sale] = []
    for item in journal:
        if isinstance(item, Sale):
            if item.event:
                events.append(Event(item.event, escape(item.trans_id)).xml())
            if item.void == item.training == "false":
                since.append(item)
        elif isinstance(item, Z):
            events.append(item.xml(register, since, org))
            since = since if item.kind == "X" else []
        else:
            events.append(item.xml())
    sales = "".join(item.xml() for item in journal if isinstance(item, Sale))
    return f"<registerID>{escape(register)}</registerID><regDesc>R</regDesc>{''.join(events)}\n{sales}"


def at(day: int, clock: str, month: int = 11, year: int = 2026) -> dt.datetime:
    return dt.datetime.combine(dt.date(year, month, day), dt.time.fromisoformat(clock))


def settings(stores: dict[str, dict[str, Any]] | None = None, org: str = ORG) -> Settings:
    """One company; by default store oslo with register R1."""
    office = {"application_id_env": "APP", "username_env": "USER_NAME", "password_env": "PASSWORD"}
    given = stores or {"oslo": {"registers": ["R1"]}}
    return Settings.model_validate(
        {
            "companies": {"nord": {"name": "Nord AS", "organisation_number": org, "office": office}},
            "stores": {code: {"name": code.title(), "company": "nord", **store} for code, store in given.items()},
            "partitions": {"start": "2026-01-01"},
        }
    )


class Landing:
    """A landing folder and what is put into it."""

    def __init__(self, folder: Path, tree: Settings | None = None, today: dt.date = TODAY) -> None:
        self.root = folder / "landing"
        self.files = folder / "files"
        self.files.mkdir(exist_ok=True, parents=True)
        self.settings = tree or settings()
        self.today = today

    def write(self, content: str | bytes, name: str = "a.xml") -> Path:
        path = self.files / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, *paths: Path, **options: Any) -> ImportReport:
        return import_files(paths, self.settings, self.root, today=self.today, **options)

    def take(self, content: str | bytes, name: str = "a.xml") -> FileReport:
        """Imports one file."""
        return self.run(self.write(content, name)).files[0]

    def parts(self) -> list[str]:
        """Landed parts as store/day/part."""
        found = (p.parent.relative_to(self.root).as_posix() for p in self.root.glob("*/*/*/manifest.json"))
        return sorted(part for part in found if not part.startswith("."))

    def frame(self, name: str) -> pd.DataFrame:
        """A frame over all parts, each read and validated as the pipeline does."""
        spec = next(spec for spec in ALL_FRAMES if spec.name == name)
        found = [read_frame(path, spec) for path in sorted(self.root.glob(f"*/*/*/{name}.parquet"))]
        if not found:
            return spec.empty()
        return spec.schema.validate(pd.concat(found, ignore_index=True), lazy=True)

    def nothing_landed(self) -> bool:
        """Whether no file but the lock is there."""
        return [p for p in self.root.rglob("*") if p.is_file() and p.name != ".lock"] == []
