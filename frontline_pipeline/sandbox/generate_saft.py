"""Simulated days as SAF-T Cash Register v1.00: one XML file of a company and period, streamed to disk.

Belongs here: the file, its events and transactions, in the order of the XSD.
Does not: what happened (shop.py), head, master data and reports (generate_saft_parts.py).

Events stand before transactions inside a register, so transactions are spooled to a temporary file beside the target while
events are written; memory holds one register's day. Signatures are dummies: nothing here proves that a file is genuine.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape

from frontline_pipeline.accounting.money import text
from frontline_pipeline.sandbox.generate_saft_parts import (
    DISCOUNT_TYPE,
    RETURN_LINE,
    SALE_LINE,
    TIP_TYPE,
    element,
    event_report,
    group,
    head,
    indented,
    rate_text,
)
from frontline_pipeline.sandbox.shop_clock import Clock
from frontline_pipeline.sandbox.shop_model import Line, LogEvent, Receipt, RegisterDay
from frontline_pipeline.sandbox.shop_spec import ShopSpec

DaysOf = Callable[[ShopSpec, str], Iterable[RegisterDay]]
"""Gives a register's delivered days in order."""

_BLOCK = 256
"""Pieces of XML per write."""
_RECEIPT_EVENTS = {
    "sale": "SALREC",
    "return": "RETREC",
    "credit_sale": "SALREC",
    "credit_return": "RETREC",
    "movement": "MOVREC",
}
_TRANSACTIONS = {"sale": "CASHSAL", "return": "RETURNSAL", "credit_sale": "CREDITSAL", "credit_return": "CREDITSAL"}
"""A return of a credit sale has no type of its own in the official list: its amount is debit."""


def _at(depth: int, template: str) -> str:
    """A template `depth` tabs further in; a line that is nothing but %s takes ready lines."""
    lines = template.splitlines()
    return "".join([line if line == "%s" else f"{indented(line, depth)}\n" for line in lines])


_REGISTER = _at(3, "<cashregister>\n\t<registerID>%s</registerID>\n\t<regDesc>Cash register %s</regDesc>")
_RECEIPT_EVENT = _at(
    4,
    """\
<event>
\t<eventID>%s</eventID>
\t<eventType>%s</eventType>
\t<transID>%s</transID>
\t<empID>%s</empID>
\t<eventDate>%s</eventDate>
\t<eventTime>%s</eventTime>
</event>""",
)
_TRANSACTION = _at(
    4,
    """\
<cashtransaction>
\t<nr>%s</nr>
\t<transID>%s</transID>
\t<transType>%s</transType>
\t<transAmntIn>%s</transAmntIn>
\t<transAmntEx>%s</transAmntEx>
\t<amntTp>%s</amntTp>
\t<empID>%s</empID>
%s
\t<periodNumber>1</periodNumber>
\t<transDate>%s</transDate>
\t<transTime>%s</transTime>
%s
%s
%s
%s
\t<rounding>
\t\t<roundingAmnt>%s</roundingAmnt>
\t</rounding>
%s
\t<signature>%s</signature>
\t<keyVersion>1</keyVersion>
\t<receiptNum>1</receiptNum>
\t<receiptCopyNum>%s</receiptCopyNum>
\t<receiptProformaNum>0</receiptProformaNum>
\t<receiptDeliveryNum>0</receiptDeliveryNum>
\t<voidTransaction>%s</voidTransaction>
\t<trainingID>%s</trainingID>
</cashtransaction>""",
)
_CUSTOMER = _at(5, "<custSupID>%s</custSupID>")
_ORIGIN = _at(5, "<refID>%s</refID>\n<desc>Return of a sale of %s</desc>")
_TIP = _at(5, f"<raise>\n\t<raiseType>{TIP_TYPE}</raiseType>\n\t<raiseAmnt>%s</raiseAmnt>\n</raise>")
_PAYMENT = _at(
    5,
    """\
<payment>
\t<paymentType>%s</paymentType>
\t<paidAmnt>%s</paidAmnt>
\t<empID>%s</empID>
\t<curCode>NOK</curCode>
\t<exchRt>1.000000</exchRt>
\t<paymentRefID>%s</paymentRefID>
</payment>""",
)
_LINE = _at(5, "<ctLine>\n\t<nr>%s</nr>\n\t<lineID>%s</lineID>\n%s\n%s\n%s\n</ctLine>")
_LINE_HEAD = _at(
    6,
    """\
<lineType>%s</lineType>
<artGroupID>%s</artGroupID>
<artID>%s</artID>
<qnt>%s</qnt>
<lineAmntIn>%s</lineAmntIn>
<lineAmntEx>%s</lineAmntEx>
<amntTp>%s</amntTp>""",
)
_WHEN = _at(6, "<empID>%s</empID>\n<lineDate>%s</lineDate>\n<lineTime>%s</lineTime>")
_VAT_ELEMENT = """\
<vat>
\t<vatCode>%s</vatCode>
\t<vatPerc>%s</vatPerc>
\t<vatAmnt>%s</vatAmnt>
\t<vatAmntTp>%s</vatAmntTp>
\t<vatBasAmnt>%s</vatBasAmnt>
</vat>"""
_VAT, _LINE_VAT = _at(5, _VAT_ELEMENT), _at(6, _VAT_ELEMENT)
_DISCOUNT = _at(6, f"<discount>\n\t<dscTp>{DISCOUNT_TYPE}</dscTp>\n\t<dscAmnt>%s</dscAmnt>\n</discount>")


def write_saft(
    path: Path,
    shops: Sequence[ShopSpec],
    first: dt.date,
    last: dt.date,
    created: dt.datetime,
    days: DaysOf,
    written: Callable[[int], None] | None = None,
) -> None:
    """Writes the file of one company: `shops` in order, each with its registers and what `days` gives for them.

    `written` is told the bytes of every day before the next one is asked for. The file gets its name when it is whole.
    Raises ValueError for shops of several companies.
    """
    if len({shop.organisation_number for shop in shops}) != 1:
        raise ValueError("a SAF-T file holds the shops of one company")
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as out:
        out.write(head(shops, first, last, created).encode())
        for shop in shops:
            out.write(f"\t\t<location>\n\t\t\t<name>{escape(shop.name)}</name>\n".encode())
            for register in shop.registers:
                _write_register(out, path.parent, shop, register, days(shop, register), written)
            out.write(b"\t\t</location>\n")
        out.write(b"\t</company>\n</auditfile>\n")
    part.replace(path)


def _write_register(
    out: BinaryIO,
    folder: Path,
    shop: ShopSpec,
    register: str,
    days: Iterable[RegisterDay],
    written: Callable[[int], None] | None,
) -> None:
    out.write((_REGISTER % (escape(register), escape(register))).encode())
    with tempfile.TemporaryFile(dir=folder) as spool:
        for day in days:
            writer = _DayWriter(shop, day)
            size = _write_blocks(out, writer.events()) + _write_blocks(spool, writer.transactions())
            if written is not None:
                written(size)
        spool.seek(0)
        shutil.copyfileobj(spool, out, 1 << 20)
    out.write(b"\t\t\t</cashregister>\n")


def _write_blocks(out: BinaryIO, pieces: Iterator[str]) -> int:
    """Writes the pieces in blocks; the number of bytes."""
    size = 0
    while block := "".join(islice(pieces, _BLOCK)).encode():
        size += out.write(block)
    return size


class _DayWriter:
    """The XML of one register's day. Templates are plain strings: they are the hot path of a big file."""

    def __init__(self, shop: ShopSpec, day: RegisterDay) -> None:
        self.shop, self.day, self.clock = shop, day, Clock(day.day)
        self.event_id = day.first_event
        self.copied = {event.nr for event in day.log if event.code == "COPYREC"}

    def events(self) -> Iterator[str]:
        day, clock = self.day, self.clock
        log = day.log
        position = 0
        for receipt in day.receipts:
            at = receipt.at
            while position < len(log) and log[position].at <= at:
                yield self._log_event(position, log[position])
                position += 1
            code = _RECEIPT_EVENTS[receipt.kind]
            if receipt.void or receipt.training:
                code = "VOIDREC" if receipt.void else "TRAINREC"
            number = self.event_id
            self.event_id += 2
            rest = (receipt.nr, receipt.operator, clock.date(at), clock.time(at))
            yield _RECEIPT_EVENT % (number, code, *rest)
            if receipt.payments and receipt.payments[-1].tender == "KONTANT":
                yield _RECEIPT_EVENT % (number + 1, "DRAWOPEN", *rest)
        for later in range(position, len(log)):
            yield self._log_event(later, log[later])
        report = event_report(self.shop, day, clock, day.closed_at, str(day.z_number), day.report)
        z = self._event("ZREP", day.closed_at, day.closed_by, text_="Z-report", tail=report)
        yield z
        if day.repeated:
            yield z
        yield self._event("EMPOUT", day.closed_at + 20, day.closed_by)
        yield self._event("POSEND", day.closed_at + 40, None)

    def _log_event(self, position: int, event: LogEvent) -> str:
        tail = ""
        if position in self.day.x_reports:
            number, report = self.day.x_reports[position]
            tail = event_report(self.shop, self.day, self.clock, event.at, number, report, is_z=False)
        return self._event(event.code, event.at, event.operator, event.nr, event.text, tail)

    def _event(
        self, code: str, at: int, operator: str | None, nr: int | None = None, text_: str | None = None, tail: str = ""
    ) -> str:
        number = self.event_id
        self.event_id += 1
        event = group(
            "event",
            element("eventID", number),
            element("eventType", code),
            element("transID", nr) if nr is not None else "",
            element("empID", operator) if operator is not None else "",
            element("eventDate", self.clock.date(at)),
            element("eventTime", self.clock.time(at)),
            element("eventText", text_) if text_ is not None else "",
            tail,
        )
        return indented(event, 4)

    def transactions(self) -> Iterator[str]:
        signatures = _signatures()
        clock, copied = self.clock, self.copied
        for receipt in self.day.receipts:
            nr, operator = receipt.nr, receipt.operator
            is_return = receipt.kind in ("return", "credit_return")
            date, time = clock.date(receipt.at), clock.time(receipt.at)
            sign = "D" if receipt.amount < 0 else "C"
            when = _WHEN % (operator, date, time)
            lines: list[str] = []
            vat: dict[tuple[str, int], list[int]] = {}
            for number, line in enumerate(receipt.lines, start=1):
                before, after = _render_line(line, is_return) if is_return or line.discount else _line(line)
                lines.append(_LINE % (nr, number, before, when, after))
                sums = vat.get((line.vat_code, line.rate))
                if sums is None:
                    vat[line.vat_code, line.rate] = [line.vat, line.amount_ex]
                else:
                    sums[0] += line.vat
                    sums[1] += line.amount_ex
            yield _TRANSACTION % (
                nr,
                nr,
                receipt.movement or _TRANSACTIONS[receipt.kind],
                text(receipt.amount),
                text(receipt.amount_ex),
                sign,
                operator,
                _CUSTOMER % receipt.customer if receipt.customer else "",
                date,
                time,
                _ORIGIN % (receipt.original_nr, receipt.original_day) if receipt.original_nr is not None else "",
                "".join(lines),
                "".join([_vat(_VAT, code, rate, sums[0], sums[1], sign) for (code, rate), sums in vat.items()]),
                _TIP % text(receipt.tip) if receipt.tip else "",
                text(receipt.rounding),
                self._payments(receipt),
                signatures[nr % len(signatures)],
                1 if nr in copied else 0,
                "true" if receipt.void else "false",
                "true" if receipt.training else "false",
            )

    def _payments(self, receipt: Receipt) -> str:
        operator = receipt.operator
        return "".join(
            [
                _PAYMENT % (tender, text(amount), operator, self.day.reference(receipt) if tender == "KORT" else "")
                for tender, amount in receipt.payments
            ]
        )


@cache
def _line(line: Line) -> tuple[str, str]:
    """The two halves of a price list's line, around who and when; the price list is small, so the cache is."""
    return _render_line(line, is_return=False)


def _render_line(line: Line, is_return: bool) -> tuple[str, str]:
    sign = "D" if is_return else "C"
    whole, part = divmod(abs(line.quantity), 1000)
    quantity = f"{'-' if line.quantity < 0 else ''}{whole}{f'.{part:03d}' if part else ''}"
    discount = _DISCOUNT % text(line.discount) if line.discount else ""
    return (
        _LINE_HEAD
        % (
            RETURN_LINE if is_return else SALE_LINE,
            line.group,
            line.article,
            quantity,
            text(line.amount),
            text(line.amount_ex),
            sign,
        ),
        _vat(_LINE_VAT, line.vat_code, line.rate, line.vat, line.amount_ex, sign) + discount,
    )


def _vat(template: str, code: str, rate: int, vat: int, base: int, sign: str) -> str:
    return template % (code, rate_text(rate), text(vat), sign, text(base))


@cache
def _signatures() -> tuple[str, ...]:
    """Dummies of the length of an RSA-1024 signature; 997 of them, so that they do not compress to nothing."""

    def dummy(number: int) -> str:
        halves = (hashlib.sha512(f"{number}/{half}".encode()).digest() for half in (1, 2))
        return base64.b64encode(b"".join(halves)).decode()

    return tuple(dummy(number) for number in range(997))
