"""A plain reading of generated SAF-T for the tests: written apart from the pipeline's reader, so that both can't share a mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lxml import etree

NS = {"s": "urn:StandardAuditFile-Taxation-CashRegister:NO"}


def ore(text: str) -> int:
    return int(Decimal(text) * 100)


def texts(node: etree._Element, path: str) -> list[str]:
    return [found.text or "" for found in node.findall("/".join(f"s:{part}" for part in path.split("/")), NS)]


def one(node: etree._Element, path: str, default: str = "") -> str:
    return (texts(node, path) or [default])[0]


@dataclass
class Transaction:
    nr: int
    kind: str
    amount: int
    amount_ex: int
    rounding: int
    tip: int
    payments: list[tuple[str, int]]
    lines: list[dict[str, str | int]]
    vat: dict[tuple[str, str], tuple[int, int]]
    counts: bool
    origin: str
    at: str


@dataclass
class Register:
    store: str
    register: str
    z_reports: list[dict[str, object]] = field(default_factory=list)
    x_reports: list[dict[str, object]] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    events: list[tuple[str, str, str]] = field(default_factory=list)
    """(type, transID, date and time)."""
    z_positions: list[int] = field(default_factory=list)

    def transactions_of(self, z: int) -> list[Transaction]:
        """Transactions that Z number `z` in order (0 for the first) closes, by the order of events."""
        start = self.z_positions[z - 1] if z else 0
        ids = {int(nr) for _, nr, _ in self.events[start : self.z_positions[z]] if nr}
        return [t for t in self.transactions if t.nr in ids and t.counts]


def read(path: Path) -> list[Register]:
    root = etree.parse(path).getroot()
    registers: list[Register] = []
    for location in root.iterfind("s:company/s:location", NS):
        for node in location.iterfind("s:cashregister", NS):
            register = Register(one(location, "name"), one(node, "registerID"))
            registers.append(register)
            for event in node.iterfind("s:event", NS):
                kind = one(event, "eventType")
                when = f"{one(event, 'eventDate')}T{one(event, 'eventTime')}"
                register.events.append((kind, one(event, "transID"), when))
                report = event.find("s:eventReport", NS)
                if report is not None:
                    (register.z_reports if kind == "ZREP" else register.x_reports).append(_report(report))
                if kind == "ZREP":
                    register.z_positions.append(len(register.events))
            register.transactions = [_transaction(t) for t in node.iterfind("s:cashtransaction", NS)]
    return registers


def _rows(report: etree._Element, path: str, key: str, *values: str) -> dict[str, tuple[int, ...]]:
    return {
        one(row, key): tuple(ore(one(row, value)) for value in values)
        for row in report.iterfind("/".join(f"s:{part}" for part in path.split("/")), NS)
        if one(row, key) != "None"
    }


def _report(report: etree._Element) -> dict[str, object]:
    return {
        "z_number": one(report, "reportID"),
        "type": one(report, "reportType"),
        "sales_total": ore(one(report, "reportTotalCashSales/totalCashSaleAmnt")),
        "groups": _rows(report, "reportArtGroups/reportArtGroup", "artGroupID", "artGroupNum", "artGroupAmnt"),
        "tenders": _rows(report, "reportPayments/reportPayment", "paymentType", "paymentAmnt"),
        "vat": {
            (one(row, "vatCode"), one(row, "vatPerc")): (ore(one(row, "cashSaleAmnt")), ore(one(row, "vatAmnt")))
            for row in report.iterfind("s:reportCashSalesVat/s:reportCashSaleVat", NS)
            if ore(one(row, "cashSaleAmnt"))
        },
        "tips": ore(one(report, "reportTip/tipAmnt", "0")),
        "pay_ins": _rows(report, "reportPayIns/reportPayIn", "payInType", "payInAmnt"),
        "pay_outs": _rows(report, "reportPayOuts/reportPayOut", "payOutType", "payOutAmnt"),
        "opening_float": ore(one(report, "reportOpeningChangeFloat")),
        "counts": {
            name: (int(one(report, f"report{name}Num")), ore(one(report, f"report{name}Amnt")))
            for name in ("ReceiptCopy", "ReceiptProforma", "Return", "Discount", "VoidTrans", "Training")
        },
        "receipt_count": int(one(report, "reportReceiptNum")),
        "drawer_openings": int(one(report, "reportOpenCashBoxNum")),
        "grand_total": tuple(ore(one(report, f"reportGrandTotal{name}")) for name in ("Sales", "Return", "SalesNet")),
    }


def _transaction(node: etree._Element) -> Transaction:
    return Transaction(
        nr=int(one(node, "nr")),
        kind=one(node, "transType"),
        amount=ore(one(node, "transAmntIn")),
        amount_ex=ore(one(node, "transAmntEx")),
        rounding=ore(one(node, "rounding/roundingAmnt", "0")),
        tip=ore(one(node, "raise/raiseAmnt", "0")),
        payments=[(one(p, "paymentType"), ore(one(p, "paidAmnt"))) for p in node.iterfind("s:payment", NS)],
        lines=[
            {
                "article": one(line, "artID"),
                "group": one(line, "artGroupID"),
                "quantity": int(Decimal(one(line, "qnt")) * 1000),
                "amount": ore(one(line, "lineAmntIn")),
                "amount_ex": ore(one(line, "lineAmntEx")),
                "vat_code": one(line, "vat/vatCode"),
                "rate": int(Decimal(one(line, "vat/vatPerc")) * 1000),
                "vat": ore(one(line, "vat/vatAmnt")),
            }
            for line in node.iterfind("s:ctLine", NS)
        ],
        vat={
            (one(v, "vatCode"), one(v, "vatPerc")): (ore(one(v, "vatBasAmnt")), ore(one(v, "vatAmnt")))
            for v in node.iterfind("s:vat", NS)
        },
        counts=one(node, "voidTransaction") == "false" and one(node, "trainingID") == "false",
        origin=one(node, "refID"),
        at=f"{one(node, 'transDate')}T{one(node, 'transTime')}",
    )
