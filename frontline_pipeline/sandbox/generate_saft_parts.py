"""SAF-T Cash Register v1.00 text of everything but transactions: head, master data, X and Z reports.

Belongs here: templates and the order of elements as the XSD wants it; all text escaped.
Does not: receipts and their events, the file (generate_saft.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from frontline_pipeline.accounting.money import Ore, text
from frontline_pipeline.masterdata import cleaning
from frontline_pipeline.sandbox.generate_masters import customers_of
from frontline_pipeline.sandbox.shop_clock import Clock
from frontline_pipeline.sandbox.shop_model import RegisterDay, Report, Tally
from frontline_pipeline.sandbox.shop_profiles import (
    EVENTS,
    GROUPS,
    PAY_IN_CODES,
    PAY_OUT_CODES,
    PROFILES,
    STANDARD_VAT_CODES,
    TENDERS,
    TRANSACTION_TYPES,
    rate_on,
)
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.sandbox.shop_special import (
    SPECIAL_ARTICLES,
    SPECIAL_GROUPS,
    SPECIAL_PAY_INS,
    SPECIAL_PAY_OUTS,
    SPECIAL_TENDERS,
    SPECIAL_TRANSACTIONS,
    WRITE_OFFS,
)

NAMESPACE = "urn:StandardAuditFile-Taxation-CashRegister:NO"
DISCOUNT_TYPE = "RABATT"
TIP_TYPE = "TIPS"
SALE_LINE = "SAL"
RETURN_LINE = "RET"
FIRST_ENTRY = "2019-12-01"
"""Date of entry of all master data."""

_TYPES: tuple[tuple[str, Mapping[str, tuple[str, str]]], ...] = (
    ("04", {**GROUPS, **SPECIAL_GROUPS}),
    ("05", {SALE_LINE: ("", "Sale line"), RETURN_LINE: ("", "Return line")}),
    ("08", {DISCOUNT_TYPE: ("", "Discount at the till")}),
    ("10", {TIP_TYPE: ("10001", "Tip")}),
    ("11", {**TRANSACTION_TYPES, **SPECIAL_TRANSACTIONS}),
    ("12", {**TENDERS, **SPECIAL_TENDERS}),
    ("13", EVENTS),
)


def element(name: str, value: object) -> str:
    """`<name>value</name>`, escaped."""
    return f"<{name}>{escape(str(value))}</{name}>\n"


def group(name: str, *parts: str) -> str:
    """A parent element around ready parts, which stand a tab further in."""
    return f"<{name}>\n{indented(''.join(parts), 1)}</{name}>\n"


def indented(lines: str, depth: int) -> str:
    """Whole lines, each `depth` tabs further in."""
    tabs = "\t" * depth
    return "".join([f"{tabs}{line}" for line in lines.splitlines(keepends=True)])


def rate_text(rate: int) -> str:
    """A rate of thousandths of a percent with two decimals: 25000 -> "25.00"."""
    return text(rate // 10)


def head(shops: Sequence[ShopSpec], first: dt.date, last: dt.date, created: dt.datetime) -> str:
    """From the XML declaration to the last of the master data; the shops are those of one company."""
    company = shops[0]
    header = group(
        "header",
        element("fiscalYear", first.year),
        element("startDate", first),
        element("endDate", last),
        element("curCode", "NOK"),
        element("dateCreated", created.date()),
        element("timeCreated", created.time()),
        element("softwareDesc", "Frontline (simulated)"),
        element("softwareVersion", "1.0"),
        element("softwareCompanyName", "Frontline sandbox"),
        element("auditfileVersion", "1.0"),
        element("headerComment", "Simulated data of a shop that does not exist"),
    )
    address = (element("city", "Oslo"), element("postalCode", "0150"), element("country", "NO"))
    company_data = (
        element("companyIdent", company.organisation_number),
        element("companyName", company.company_name),
        element("taxRegistrationCountry", "NO"),
        element("taxRegIdent", f"{company.organisation_number}MVA"),
        group("streetAddress", *address),
        group("postalAddress", *address),
        _customers(company),
        _vat_codes(first),
        _periods(first, last),
        _employees(shops),
        _articles(shops),
        _basics(),
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<auditfile xmlns="{NAMESPACE}">\n{indented(header, 1)}'
        f"\t<company>\n{indented(''.join(company_data), 2)}"
    )


def _customers(shop: ShopSpec) -> str:
    """The customers of generate_masters.py, as far as the format has room for them."""
    return group("customersSuppliers", *(_customer(row) for row in cleaning.records(customers_of(shop))))


def _customer(row: Mapping[str, Any]) -> str:
    number = row["organisation_number"]
    return group(
        "customerSupplier",
        element("custSupID", row["customer"]),
        element("custSupName", " ".join(filter(None, (row["first_name"], row["name"])))),
        element("custSupType", "Customer"),
        element("telephone", row["phone"]),
        element("eMail", row["email"]),
        element("taxRegistrationCountry", row["country"]) if number else "",
        element("taxRegIdent", number) if number else "",
        group(
            "postalAddress",
            element("streetname", row["street"]),
            element("city", row["city"]),
            element("postalCode", row["postal_code"]),
            element("country", row["country"]),
        ),
    )


def _vat_codes(day: dt.date) -> str:
    return group(
        "vatCodeDetails",
        *(
            group(
                "vatCodeDetail",
                element("vatCode", code),
                element("dateOfEntry", FIRST_ENTRY),
                element("vatDesc", f"VAT {rate_text(rate_on(code, day))} %"),
                element("standardVatCode", standard),
            )
            for code, standard in STANDARD_VAT_CODES.items()
        ),
    )


def _periods(first: dt.date, last: dt.date) -> str:
    return group(
        "periods",
        group(
            "period",
            element("periodNumber", 1),
            element("periodDesc", f"{first} to {last}"),
            element("startDatePeriod", first),
            element("startTimePeriod", "00:00:00"),
            element("endDatePeriod", last),
            element("endTimePeriod", "23:59:59"),
        ),
    )


def _employees(shops: Sequence[ShopSpec]) -> str:
    ids = [operator for shop in shops for register in shop.registers for operator in shop.operators(register)]
    return group(
        "employees",
        *(
            group(
                "employee",
                element("empID", operator),
                element("dateOfEntry", FIRST_ENTRY),
                element("timeOfEntry", "08:00:00"),
                element("surName", f"Operator {number}"),
                group("employeeRole", element("roleType", "Operator")),
            )
            for number, operator in enumerate(ids, start=1)
        ),
    )


def _articles(shops: Sequence[ShopSpec]) -> str:
    articles = {a.number: a for profile in sorted({s.profile for s in shops}) for a in PROFILES[profile].articles}
    if any(shop.special for shop in shops):
        articles |= {a.number: a for a in SPECIAL_ARTICLES}
    return group(
        "articles",
        *(
            group(
                "article",
                element("artID", article.number),
                element("dateOfEntry", FIRST_ENTRY),
                element("artGroupID", article.group),
                element("artDesc", article.name),
            )
            for article in articles.values()
        ),
    )


def _basics() -> str:
    return group(
        "basics",
        *(
            group(
                "basic",
                element("basicType", basic_type),
                element("basicID", code),
                element("predefinedBasicID", predefined) if predefined else "",
                element("basicDesc", description),
            )
            for basic_type, codes in _TYPES
            for code, (predefined, description) in codes.items()
        ),
    )


def event_report(
    shop: ShopSpec, day: RegisterDay, clock: Clock, at: int, number: str, report: Report, *, is_z: bool = True
) -> str:
    """The eventReport of an X or Z event (kassasystemforskrifta s. 2-8-2 letters b to z and 2nd paragraph)."""
    return group(
        "eventReport",
        element("reportID", number),
        element("reportType", "Z report" if is_z else "X report"),
        element("companyIdent", shop.organisation_number),
        element("companyName", shop.company_name),
        element("reportDate", clock.date(at)),
        element("reportTime", clock.time(at)),
        element("registerID", day.register),
        group("reportTotalCashSales", element("totalCashSaleAmnt", text(report.sales_total))),
        *_groups_and_tenders(report),
        *_vat_and_float(report, day),
        *_counts(report),
        *_second_paragraph(report),
        element("reportGrandTotalSales", text(report.grand_total_sales)),
        element("reportGrandTotalReturn", text(report.grand_total_return)),
        element("reportGrandTotalSalesNet", text(report.grand_total_net)),
    )


def _groups_and_tenders(report: Report) -> Iterable[str]:
    groups = report.group_totals() or {"100": Tally()}
    yield group(
        "reportArtGroups",
        *(
            group(
                "reportArtGroup",
                element("artGroupID", key),
                element("artGroupNum", tally.count),
                element("artGroupAmnt", text(tally.amount)),
            )
            for key, tally in sorted(groups.items())
        ),
    )
    if report.groups:
        yield group(
            "reportEmpArtGroups",
            *(
                group(
                    "reportEmpArtGroup",
                    element("empID", operator),
                    element("artGroupID", key),
                    element("artGroupNum", tally.count),
                    element("artGroupAmnt", text(tally.amount)),
                )
                for (operator, key), tally in sorted(report.groups.items())
            ),
        )
    tenders = report.tender_totals() or {"KONTANT": Tally()}
    yield group("reportPayments", *(_payment("reportPayment", "", *item) for item in sorted(tenders.items())))
    if report.tenders:
        yield group(
            "reportEmpPayments",
            *(
                _payment("reportEmpPayment", element("empID", operator), tender, tally)
                for (operator, tender), tally in sorted(report.tenders.items())
            ),
        )
    tips = list(report.tips.values())
    if tips:
        yield group(
            "reportTip",
            element("tipNum", sum(t.count for t in tips)),
            element("tipAmnt", text(sum(t.amount for t in tips))),
        )


def _payment(name: str, first: str, tender: str, tally: Tally) -> str:
    # The schema has no negative counts; a till with more refunds than payments shows none.
    return group(
        name,
        first,
        element("paymentType", tender),
        element("paymentNum", max(0, tally.count)),
        element("paymentAmnt", text(tally.amount)),
    )


def _vat_and_float(report: Report, day: RegisterDay) -> Iterable[str]:
    used = {code for code, _ in report.vat}
    rows: dict[tuple[str, int], tuple[Ore, Ore]] = {
        (code, rate_on(code, day.day)): (0, 0) for code in STANDARD_VAT_CODES if code not in used
    }
    rows.update({key: (total.base, total.vat) for key, total in report.vat.items()})
    yield group(
        "reportCashSalesVat",
        *(
            group(
                "reportCashSaleVat",
                element("vatCode", code),
                element("vatPerc", rate_text(rate)),
                element("cashSaleAmnt", text(base)),
                element("vatAmnt", text(vat)),
                element("vatAmntTp", "D" if vat < 0 else "C"),
            )
            for (code, rate), (base, vat) in sorted(rows.items())
        ),
    )
    yield element("reportOpeningChangeFloat", text(report.opening_float))


def _counts(report: Report) -> Iterable[str]:
    yield element("reportReceiptNum", report.receipt_count)
    yield element("reportOpenCashBoxNum", report.drawer_openings)
    yield _tally("reportReceiptCopy", report.copies)
    yield _tally("reportReceiptProforma", report.proformas)
    yield _tally("reportReturn", report.returns)
    yield _tally("reportDiscount", report.discounts)
    yield _tally("reportVoidTrans", report.voids)
    corrections = {"Delete line": report.corrections} if report.corrections.count else {}
    yield _table("reportCorrLines", "reportCorrLine", "corrLine", "Type", corrections)
    yield _table("reportPriceInquiries", "reportPriceInquiry", "priceInquiry", "Group", report.inquiries)
    yield _table("reportOtherCorrs", "reportOtherCorr", "otherCorr", "Type", {})
    yield _tally("reportReceiptDelivery", Tally())
    yield _tally("reportTraining", report.training)


def _second_paragraph(report: Report) -> Iterable[str]:
    yield group("reportCreditSales", _tally("creditSales", report.credit_sales))
    yield group("reportCreditMemos", _tally("creditMemos", report.credit_memos))
    yield _table(
        "reportPayIns",
        "reportPayIn",
        "payIn",
        "Type",
        _movements(report, (*PAY_IN_CODES, *SPECIAL_PAY_INS, *WRITE_OFFS)),
    )
    yield _table(
        "reportPayOuts", "reportPayOut", "payOut", "Type", _movements(report, (*PAY_OUT_CODES, *SPECIAL_PAY_OUTS))
    )


def _movements(report: Report, codes: tuple[str, ...]) -> dict[str, Tally]:
    totals: dict[str, Tally] = {}
    for (code, _), tally in report.movements.items():
        if code in codes:
            totals.setdefault(code, Tally()).add(tally.amount, tally.count)
    return totals


def _tally(prefix: str, tally: Tally) -> str:
    return element(f"{prefix}Num", tally.count) + element(f"{prefix}Amnt", text(tally.amount))


def _table(name: str, row: str, prefix: str, key: str, rows: Mapping[str, Tally]) -> str:
    """A table that needs at least one row: "None" with zeros when there is nothing to show."""
    return group(
        name,
        *(
            group(row, element(f"{prefix}{key}", code), _tally(prefix, tally))
            for code, tally in sorted(rows.items()) or [("None", Tally())]
        ),
    )
