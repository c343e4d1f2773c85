"""X and Z reports of a simulated register: the sums over its receipts and its log.

Belongs here: the arithmetic of kassasystemforskrifta s. 2-8-2, in one pass.
Does not: chance (shop.py), faults (shop_faults.py), XML (generate_saft.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.sandbox.shop_model import Line, LogEvent, Receipt, Report, Tally, VatTotal


def summarise(
    receipts: Iterable[Receipt], log: Iterable[LogEvent], opening_float: Ore, grand_totals: tuple[Ore, Ore]
) -> Report:
    """The report over `receipts` and `log`; `grand_totals` are sales and returns accumulated before them, in øre.

    Void and training receipts count only under their own letters (r, w). Sales are net of returns and before rounding;
    tenders are what was paid, so: tenders = sales + rounding + pay-ins - pay-outs + tips.
    """
    report = Report(opening_float=opening_float)
    sold: dict[str, dict[Line, int]] = {}
    sales = returned = 0
    for receipt in receipts:
        if not receipt.counts:
            (report.voids if receipt.void else report.training).add(receipt.amount)
            continue
        if receipt.kind == "credit_sale":
            report.credit_sales.add(receipt.amount)
            continue
        if receipt.kind == "credit_return":
            report.credit_memos.add(-receipt.amount)
            continue
        _add_payments(report, receipt)
        if receipt.kind == "movement":
            continue
        report.rounding += receipt.rounding
        lines = sold.setdefault(receipt.operator, {})
        for line in receipt.lines:
            lines[line] = lines.get(line, 0) + 1
        if receipt.kind == "sale":
            sales += receipt.amount
            report.receipt_count += 1
            step = 1
        else:
            returned -= receipt.amount
            report.returns.add(-receipt.amount)
            step = -1
        for group in {line.group for line in receipt.lines}:
            report.groups.setdefault((receipt.operator, group), Tally()).count += step
    for operator, lines in sold.items():
        _add_lines(report, operator, lines)
    report.sales_total = sales - returned
    report.grand_total_sales = grand_totals[0] + sales
    report.grand_total_return = grand_totals[1] + returned
    _add_log(report, log)
    return report


def _add_payments(report: Report, receipt: Receipt) -> None:
    tenders, operator = report.tenders, receipt.operator
    step = 0 if receipt.kind == "movement" else 1 if receipt.kind == "sale" else -1
    for tender, amount in receipt.payments:
        tally = tenders.get((operator, tender))
        if tally is None:
            tally = tenders[operator, tender] = Tally()
        tally.count += step
        tally.amount += amount
    if receipt.tip:
        report.tips.setdefault(receipt.payments[0].tender, Tally()).add(receipt.tip)
    if receipt.movement is not None:
        # What no tender pays is a write-off.
        key = (receipt.movement, receipt.payments[0].tender if receipt.payments else "")
        report.movements.setdefault(key, Tally()).add(abs(receipt.amount))


def _add_lines(report: Report, operator: str, lines: dict[Line, int]) -> None:
    for line, times in lines.items():
        report.groups[operator, line.group].amount += line.amount * times
        total = report.vat.setdefault((line.vat_code, line.rate), VatTotal())
        total.base += line.amount_ex * times
        total.vat += line.vat * times
        total.gross += line.amount * times
        total.lines += times
        if line.discount and line.quantity > 0:
            report.discounts.add(line.discount * times, times)


def _add_log(report: Report, log: Iterable[LogEvent]) -> None:
    for event in log:
        if event.code == "DRAWOPENMAN":
            report.drawer_openings += 1
        elif event.code == "COPYREC":
            report.copies.add(event.amount)
        elif event.code == "PROREC":
            report.proformas.add(event.amount)
        elif event.code == "LINEDELETE":
            report.corrections.add(event.amount)
        elif event.code == "PRICELOOKUP" and event.group is not None:
            report.inquiries.setdefault(event.group, Tally()).add(event.amount)
