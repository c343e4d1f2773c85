"""One Z-report event of SAF-T into rows of the Z frames.

Belongs here: the fields of eventReport (kassasystemforskrifta s. 2-8-2 letters a-z) and what they are called in the frames.
Does not: whether they add up (accounting/), receipts (saft_receipts.py), the business day (landing.py).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
from lxml import etree

from frontline_pipeline.frames.raw import Z_ARTICLE_GROUPS, Z_MOVEMENTS, Z_TENDERS, Z_VAT
from frontline_pipeline.frames.spec import Kind
from frontline_pipeline.frontline import saft_values as sv
from frontline_pipeline.frontline.saft_codes import (
    ARTICLE_GROUP,
    EVENT,
    PAY_IN_KIND,
    PAYMENT,
    TRANSACTION,
    X_REPORT,
    Z_REPORT,
    CodeTables,
    qualified,
)
from frontline_pipeline.frontline.saft_model import Row, Warnings, ZKey, file_schema, table_of
from frontline_pipeline.frontline.saft_xml import child_text
from frontline_pipeline.frontline.values import EXPECTED

_SPECS = (Z_VAT, Z_TENDERS, Z_ARTICLE_GROUPS, Z_MOVEMENTS)
_SCHEMAS = {spec.name: file_schema(spec) for spec in _SPECS}
_ZERO = Decimal(0)

_COUNTS = {
    "receipt_count": "reportReceiptNum",
    "drawer_openings": "reportOpenCashBoxNum",
    "copy_count": "reportReceiptCopyNum",
    "proforma_count": "reportReceiptProformaNum",
    "return_count": "reportReturnNum",
    "discount_count": "reportDiscountNum",
    "void_count": "reportVoidTransNum",
    "delivery_count": "reportReceiptDeliveryNum",
    "training_count": "reportTrainingNum",
}
_AMOUNTS = {
    "credit_sales": "reportCreditSales/creditSalesAmnt",
    "opening_float": "reportOpeningChangeFloat",
    "copy_amount": "reportReceiptCopyAmnt",
    "proforma_amount": "reportReceiptProformaAmnt",
    "discount_amount": "reportDiscountAmnt",
    "void_amount": "reportVoidTransAmnt",
    "delivery_amount": "reportReceiptDeliveryAmnt",
    "training_amount": "reportTrainingAmnt",
    "grand_total_sales": "reportGrandTotalSales",
    "grand_total_net": "reportGrandTotalSalesNet",
}
_POSITIVE = {
    "credit_memos": "reportCreditMemos/creditMemosAmnt",
    "return_amount": "reportReturnAmnt",
    "grand_total_return": "reportGrandTotalReturn",
}
"""Written positive in the official example and negative in the tax authority's FAQ: the sign says nothing."""
_LISTS = {
    "correction": ("reportCorrLines/reportCorrLine", "corrLineNum", "corrLineAmnt"),
    "price_inquiry": ("reportPriceInquiries/reportPriceInquiry", "priceInquiryNum", "priceInquiryAmnt"),
    "other_correction": ("reportOtherCorrs/reportOtherCorr", "otherCorrNum", "otherCorrAmnt"),
}
"""Listed by type; the frame keeps their sums."""


@dataclass
class ZEvent:
    """A Z-report as its event states it; `rows` are those of the other Z frames."""

    key: ZKey
    row: Row
    closed: dt.datetime
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def same_as(self, other: ZEvent) -> bool:
        return (self.row, self.rows) == (other.row, other.rows)

    @property
    def without_receipts(self) -> bool:
        """Whether the Z says that there were none, so that their absence is complete."""
        return not self.row["receipt_count"] and not self.row["return_count"]

    def tables(self) -> dict[str, pa.Table]:
        """The typed tables of the other Z frames."""
        keys = {"register": self.key.register, "z_number": self.key.z_number}
        return {
            name: table_of(({**keys, **row} for row in self.rows.get(name, [])), schema)
            for name, schema in _SCHEMAS.items()
        }


def report_kind(event_type: str, report: etree._Element | None, codes: CodeTables) -> str | None:
    """ "Z", "X" or None for an event. Raises sv.BadFieldError when the type of the event and of its report contradict each other."""
    code = codes.predefined(EVENT, event_type)
    by_event = {Z_REPORT: "Z", X_REPORT: "X"}.get(code or "")
    if report is None:
        if by_event == "Z":
            raise sv.BadFieldError(0, "eventReport", "the report of a Z event", "an event without one")
        return None
    text = child_text(report, "reportType")
    by_report = {"Z report": "Z", "X report": "X"}.get(text)
    if by_report is None and by_event is None:
        raise sv.BadFieldError(0, "eventReport/reportType", "'Z report' or 'X report'", sv.shown(text))
    if by_report and by_event and by_report != by_event:
        raise sv.BadFieldError(0, "eventReport/reportType", f"a {by_event} report, as eventType says", sv.shown(text))
    return by_report or by_event


def read_z(report: etree._Element, register: str, organisation: str, codes: CodeTables, warnings: Warnings) -> ZEvent:
    """The rows of one Z-report. Raises sv.BadFieldError naming the element."""
    return _Reader(report, codes, warnings).z_event(register, organisation)


def organisation_number(text: str) -> str:
    """Nine digits of "999999999MVA", "NO 999 999 999"; the text itself when it has no nine digits."""
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) == 9 else text.strip()


class _Reader:
    def __init__(self, report: etree._Element, codes: CodeTables, warnings: Warnings) -> None:
        self._report, self._codes, self._warnings = report, codes, warnings

    def z_event(self, register: str, organisation: str) -> ZEvent:
        report = self._report
        number = child_text(report, "reportID")
        if not number or len(number) > 35:
            raise sv.BadFieldError(0, "eventReport/reportID", "a Z number of 1 to 35 characters", sv.shown(number))
        self._same(
            "registerID", child_text(report, "registerID"), register, f"{register!r}, the register it stands under"
        )
        company = organisation_number(child_text(report, "companyIdent"))
        self._same("companyIdent", company, organisation, f"{organisation}, the company of the file")
        closed, second = sv.wall(
            child_text(report, "reportDate"), child_text(report, "reportTime"), "eventReport/reportTime"
        )
        at = sv.oslo(closed, second)
        row: Row = {
            "register": register,
            "z_number": number,
            "closed_at": at,
            "sales_total": self._needed("reportTotalCashSales/totalCashSaleAmnt"),
        }
        for name, path in _COUNTS.items():
            row[name] = self._count(path)
        if row["receipt_count"] is None:
            raise sv.BadFieldError(0, "eventReport/reportReceiptNum", "a whole number, zero or more", "nothing")
        for name, path in _AMOUNTS.items():
            row[name] = self._amount(path)
        for name, path in _POSITIVE.items():
            amount = self._amount(path)
            row[name] = None if amount is None else abs(amount)
        for name, (path, count, amount_name) in _LISTS.items():
            row |= self._sums(name, path, count, amount_name)
        return ZEvent(
            ZKey(register, number),
            row,
            closed,
            {
                "z_vat": self._vat(),
                "z_tenders": self._tenders(),
                "z_article_groups": self._article_groups(),
                "z_movements": self._movements(),
            },
        )

    def _vat(self) -> list[Row]:
        rows: list[Row] = []
        seen: dict[tuple[object, object], tuple[Row, str]] = {}
        for at, element in enumerate(self._all("reportCashSalesVat/reportCashSaleVat")):
            path = f"eventReport/reportCashSaleVat[{at + 1}]"
            code = child_text(element, "vatCode")
            rate = _decimal(element, "vatPerc", Kind.RATE, path)
            if rate < 0:
                raise sv.BadFieldError(0, f"{path}/vatPerc", "a rate of zero or more", sv.shown(str(rate)))
            side = child_text(element, "vatAmntTp") or "C"
            if side not in ("C", "D"):
                raise sv.BadFieldError(0, f"{path}/vatAmntTp", "C or D", sv.shown(side))
            base, vat = (_decimal(element, name, Kind.MONEY, path) for name in ("cashSaleAmnt", "vatAmnt"))
            if side == "D":
                base, vat = -abs(base), -abs(vat)
            row: Row = {
                "vat_code": code or f"{rate.normalize():f}%",
                "standard_code": self._codes.standard_vat.get(code),
                "rate": rate,
                "base": base,
                "vat": vat,
            }
            # Sales as C and returns as D of the same rate are one row; the same side twice is for the proof to refuse.
            before = seen.get((row["vat_code"], rate))
            if before and before[1] != side:
                _add(before[0], "base", base)
                _add(before[0], "vat", vat)
                continue
            seen[(row["vat_code"], rate)] = (row, side)
            rows.append(row)
        return rows

    def _tenders(self) -> list[Row]:
        rows: list[Row] = []
        for at, element in enumerate(self._all("reportPayments/reportPayment")):
            path = f"eventReport/reportPayment[{at + 1}]"
            tender = _code(element, "paymentType", path)
            rows.append(
                {
                    "tender": tender,
                    "tender_type": self._codes.predefined(PAYMENT, tender),
                    "count": _signed_count(element, "paymentNum", path),
                    "amount": _decimal(element, "paymentAmnt", Kind.MONEY, path),
                    "currency": "NOK",
                }
            )
        return rows

    def _article_groups(self) -> list[Row]:
        rows: list[Row] = []
        for at, element in enumerate(self._all("reportArtGroups/reportArtGroup")):
            path = f"eventReport/reportArtGroup[{at + 1}]"
            group = _code(element, "artGroupID", path)
            number = _decimal(element, "artGroupNum", Kind.EXCHANGE, path)
            rows.append(
                {
                    "article_group": group,
                    "group_type": self._codes.predefined(ARTICLE_GROUP, group),
                    "count": number.quantize(Decimal("0.001")),
                    "amount": _decimal(element, "artGroupAmnt", Kind.MONEY, path),
                }
            )
        return rows

    def _movements(self) -> list[Row]:
        rows: list[Row] = []

        def listed(path: str, prefix: str, kind: Callable[[str | None], str]) -> None:
            for at, element in enumerate(self._all(path)):
                place = f"eventReport/{path.split('/')[1]}[{at + 1}]"
                count = _signed_count(element, f"{prefix}Num", place)
                amount = _decimal(element, f"{prefix}Amnt", Kind.MONEY, place)
                if not count and not amount:
                    continue
                code = _code(element, f"{prefix}Type", place)
                if amount < 0:
                    self._warnings.add(f"{prefix}Amnt is negative for {code!r}: taken as a reversal")
                official = self._codes.predefined(TRANSACTION, code)
                rows.append({"kind": kind(official), "source_type": code, "count": count, "amount": amount})

        listed("reportPayIns/reportPayIn", "payIn", lambda code: PAY_IN_KIND.get(code or "", "other_pay_in"))
        listed("reportPayOuts/reportPayOut", "payOut", lambda _: "other_pay_out")
        for element in self._all("reportTip"):
            count = _signed_count(element, "tipNum", "eventReport/reportTip")
            amount = _decimal(element, "tipAmnt", Kind.MONEY, "eventReport/reportTip")
            if count or amount:
                rows.append({"kind": "tip", "source_type": None, "count": count, "amount": amount})
        return rows

    def _sums(self, name: str, path: str, count: str, amount: str) -> Row:
        elements = self._all(path)
        place = f"eventReport/{path.split('/')[1]}"
        if not elements:
            return {f"{name}_count": None, f"{name}_amount": None}
        return {
            f"{name}_count": sum(_counted(element, count, place) for element in elements),
            f"{name}_amount": sum((_decimal(element, amount, Kind.MONEY, place) for element in elements), _ZERO),
        }

    def _all(self, path: str) -> list[etree._Element]:
        return self._report.findall("/".join(qualified(step) for step in path.split("/")))

    def _amount(self, path: str) -> Decimal | None:
        text = child_text(self._report, path)
        return sv.decimal(text, Kind.MONEY, f"eventReport/{path}") if text else None

    def _needed(self, path: str) -> Decimal:
        return sv.decimal(child_text(self._report, path), Kind.MONEY, f"eventReport/{path}")

    def _count(self, path: str) -> int | None:
        text = child_text(self._report, path)
        return sv.count(text, f"eventReport/{path}") if text else None

    def _same(self, name: str, got: str, wanted: str, expected: str) -> None:
        if got != wanted:
            raise sv.BadFieldError(0, f"eventReport/{name}", expected, sv.shown(got))


def _code(element: etree._Element, name: str, path: str) -> str:
    text = child_text(element, name)
    if not text:
        raise sv.BadFieldError(0, f"{path}/{name}", "a code", "nothing")
    return text


def _decimal(element: etree._Element, name: str, kind: Kind, path: str) -> Decimal:
    return sv.decimal(child_text(element, name), kind, f"{path}/{name}")


def _counted(element: etree._Element, name: str, path: str) -> int:
    return sv.count(child_text(element, name), f"{path}/{name}")


def _signed_count(element: etree._Element, name: str, path: str) -> int:
    """Numbers net of refunds: a day of refunds only has fewer than none, whatever the schema's type says."""
    text = child_text(element, name)
    if not re.fullmatch(r"[+-]?[0-9]{1,10}", text):
        raise sv.BadFieldError(0, f"{path}/{name}", EXPECTED[Kind.INT], sv.shown(text))
    return int(text)


def _add(row: Row, name: str, amount: Decimal) -> None:
    held = row[name]
    row[name] = amount + held if isinstance(held, Decimal) else amount
