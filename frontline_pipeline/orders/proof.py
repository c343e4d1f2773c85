"""Proof of a store-day's orders: do they add up, may they be sent at all?

Belongs here: the rules over delivered order frames, computed by column (a store-day may hold thousands of orders).
Does not: customers and products (build.py), orders made from sales (from_sales.py makes frames that are proven here as well).

A fault holds the order that it names, and the others go on; only frames that cannot be read hold them all.
Sources: API.md section 6 (rows, discount in percent), merverdiavgiftsloven ch. 5 (rates).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.validity import frame_failures, frame_of
from frontline_pipeline.accounting.vat import WHOLE, rate_text, rate_valid, was_rate
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.orders import ORDER_FRAMES
from frontline_pipeline.frames.raw_master import ORDER_LINES, ORDERS
from frontline_pipeline.orders.rules import order_finding
from frontline_pipeline.settings import StoreProfile

THOUSAND = 1000
"""Quantities are thousandths."""
CAP = 200
"""Findings told per rule; of a store-day with more, the rest is held all the same."""


@dataclass(frozen=True)
class OrderProof:
    """The frames as they came, what is wrong with them, and which orders that holds (all, when `broken`)."""

    bundle: Bundle
    findings: tuple[Finding, ...]
    held: dict[str, Finding]
    broken: bool = False


def prove_orders(raw: Bundle, profile: StoreProfile) -> OrderProof:
    """The proof of a store-day's delivered orders (frames ORDERS and ORDER_LINES; one that is absent is empty)."""
    day = raw.business_day
    broken = [failure for spec in ORDER_FRAMES for failure in frame_failures(frame_of(raw, spec), spec)]
    if broken:
        findings = tuple(
            order_finding("orders_valid", raw.store, day, failure.words, subject=failure.frame)
            for failure in broken[:CAP]
        )
        return OrderProof(replace(raw, held_by=("orders_valid",)), findings, {}, broken=True)
    findings, held = prove_frames(frame_of(raw, ORDERS), frame_of(raw, ORDER_LINES), profile, day)
    return OrderProof(raw, findings, held)


def prove_frames(
    orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date
) -> tuple[tuple[Finding, ...], dict[str, Finding]]:
    """Findings over valid frames, and the first of each order that they hold."""
    findings: list[Finding] = []
    held: dict[str, Finding] = {}
    for rule in _RULES:
        for number, finding in enumerate(rule(orders, lines, profile, day)):
            if number < CAP:
                findings.append(finding)
            held.setdefault(finding.subject or "", finding)
    return tuple(findings), held


def _complete(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date) -> Iterator[Finding]:
    bare = orders.loc[~orders["order_id"].isin(lines["order_id"]), "order_id"]
    for order_id in bare:
        yield order_finding(
            "order_complete", profile.code, day, f"Order {order_id} has no rows.", subject=str(order_id)
        )
    strays = lines.loc[~lines["order_id"].isin(orders["order_id"]), "order_id"].drop_duplicates()
    for order_id in strays:
        words = f"Rows of order {order_id} came without the order itself."
        yield order_finding("order_complete", profile.code, day, words, subject=str(order_id))


def _known(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date) -> Iterator[Finding]:
    rules = profile.orders
    for order_id, kind in _pairs(orders[~orders["kind"].isin(list(rules.kinds))], "order_id", "kind"):
        yield order_finding(
            "order_known",
            profile.code,
            day,
            f"UNMAPPED: order {order_id} is of kind {kind}, which the settings do not know.",
            f"Add orders.kinds.{kind} to company {profile.company_code} or store {profile.code}, then run the store-day again.",
            subject=str(order_id),
            expected=", ".join(rules.kinds) or "a kind in orders.kinds",
            actual=str(kind),
        )
    for order_id, currency in _pairs(orders[~orders["currency"].isin(list(rules.currencies))], "order_id", "currency"):
        yield order_finding(
            "order_known",
            profile.code,
            day,
            f"Order {order_id} is in {currency}, and the settings take orders in {', '.join(rules.currencies)}.",
            "Add the currency to orders.currencies, or correct the order in Frontline.",
            subject=str(order_id),
            expected=", ".join(rules.currencies),
            actual=str(currency),
        )


def _totals(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date) -> Iterator[Finding]:
    sums = lines.groupby("order_id", sort=False)[["amount", "amount_excl_vat"]].sum()
    found = orders.set_index("order_id")[["total", "total_excl_vat"]].join(sums, how="inner")
    for total, of_rows, words in (("total", "amount", "incl."), ("total_excl_vat", "amount_excl_vat", "excl.")):
        wrong = found[found[total] != found[of_rows]]
        for order_id, said, summed in zip(wrong.index, wrong[total], wrong[of_rows], strict=True):
            yield order_finding(
                "order_totals",
                profile.code,
                day,
                f"Order {order_id}: total {words} VAT is {display(int(said))}, its rows sum to {display(int(summed))}.",
                subject=str(order_id),
                expected=int(summed),
                actual=int(said),
            )


def _discounts(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date) -> Iterator[Finding]:
    wrong = lines[(lines["discount"].fillna(0) > WHOLE) | (lines["discount"].fillna(0) < 0)]
    for order_id, line_id, discount in _pairs(wrong, "order_id", "line_id", "discount"):
        yield order_finding(
            "order_discount",
            profile.code,
            day,
            f"Order {order_id}, row {line_id}: a discount of {rate_text(int(str(discount)))} is not between 0 and 100 %.",
            subject=str(order_id),
            expected="0-100 %",
            actual=rate_text(int(str(discount))),
        )


def _row_amounts(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date) -> Iterator[Finding]:
    text = lines["kind"] == "text"
    priced = lines[text & ((lines["amount"] != 0) | (lines["amount_excl_vat"] != 0))]
    for order_id, line_id in _pairs(priced, "order_id", "line_id"):
        words = f"Order {order_id}, row {line_id}: a text row carries an amount."
        yield order_finding("order_row_amounts", profile.code, day, words, subject=str(order_id), expected=0)
    items = lines[~text]
    lacking = items[items[["quantity", "price", "rate"]].isna().any(axis=1)]
    for order_id, line_id in _pairs(lacking, "order_id", "line_id"):
        words = f"Order {order_id}, row {line_id}: an item row needs quantity, price and VAT rate."
        yield order_finding("order_row_amounts", profile.code, day, words, subject=str(order_id))
    whole = items.drop(index=lacking.index)
    # As Python's whole numbers: the product of three int64 may pass 64 bits.
    quantity, price = whole["quantity"].astype(object), whole["price"].astype(object)
    left = (WHOLE - whole["discount"].fillna(0)).astype(object)
    scale = THOUSAND * WHOLE
    off = (2 * (quantity * price * left - whole["amount_excl_vat"].astype(object) * scale)).abs()
    wrong = whole[(off > scale).astype(bool)]
    for order_id, line_id, net in _pairs(wrong, "order_id", "line_id", "amount_excl_vat"):
        yield order_finding(
            "order_row_amounts",
            profile.code,
            day,
            f"Order {order_id}, row {line_id}: net {display(int(str(net)))} is not quantity x price less discount.",
            subject=str(order_id),
            actual=int(str(net)),
        )


def _vat(orders: pd.DataFrame, lines: pd.DataFrame, profile: StoreProfile, day: dt.date) -> Iterator[Finding]:
    items = lines[(lines["kind"] == "item") & lines["rate"].notna()]
    rate = items["rate"].astype("int64")
    vat = items["amount"] - items["amount_excl_vat"]
    # At most half an øre of the row off, whether VAT was taken of the net or out of the gross (accounting/vat.py).
    off = 2 * (vat * WHOLE - rate * items["amount_excl_vat"]).abs() > (WHOLE + rate).where(rate != 0, 0)
    for order_id, line_id, of, tax in zip(
        items.loc[off, "order_id"], items.loc[off, "line_id"], rate[off], vat[off], strict=True
    ):
        yield order_finding(
            "order_vat",
            profile.code,
            day,
            f"Order {order_id}, row {line_id}: VAT of {display(int(tax))} is not what {rate_text(int(of))} of its net gives.",
            subject=str(order_id),
            actual=int(tax),
        )
    codes = items["vat_code"]
    pairs = items.assign(rate=rate)[["vat_code", "rate"]].drop_duplicates()
    for told, of in zip(pairs["vat_code"], pairs["rate"], strict=True):
        code = told if isinstance(told, str) else None
        fault = _vat_fault(code, int(of), profile, day)
        if fault is None:
            continue
        same = (rate == of) & (codes.isna() if code is None else codes == code)
        for order_id in items.loc[same, "order_id"].drop_duplicates():
            if was_rate(int(of), day):
                step = (
                    "24SevenOffice computes VAT by the rates that it has now, so what was sold, or is returned, at a former rate can't go "
                    "as an order: enter it there by hand. Or correct the rate in Frontline, if it is wrong."
                )
            else:
                step = (
                    f"Add the code under ledger.pos_vat_codes or ledger.vat_codes of company {profile.company_code}, or correct "
                    "it in Frontline."
                )
            words = f"Order {order_id}: {fault}"
            yield order_finding("order_vat", profile.code, day, words, step, subject=str(order_id))


def _vat_fault(code: str | None, rate: int, profile: StoreProfile, day: dt.date) -> str | None:
    standard = standard_code(code, rate, profile, day)
    if standard is None:
        named = f"VAT code {code or '(none)'} at {rate_text(rate)}"
        return f"{named} has no SAF-T code with accounts in the settings that was in force on {day}."
    if not rate_valid(standard, rate, day):
        return f"VAT code {code or '(none)'} at {rate_text(rate)} was not in force on {day}."
    return None


def standard_code(code: str | None, rate: int, profile: StoreProfile, day: dt.date) -> str | None:
    """The SAF-T code (with accounts in the settings) of a row: the settings' word on the register's code, the code itself when it
    is one of that rate, else the only one of the settings that has this rate; None when nothing or more than one thing fits."""
    known = profile.rules.vat_codes
    mapped = profile.rules.pos_vat_codes.get(code) if code is not None else None
    if mapped is not None:
        return mapped if mapped in known else None
    if code is not None and code in known and rate_valid(code, rate, day):
        return code
    fitting = [each for each in known if rate_valid(each, rate, day)]
    return fitting[0] if len(fitting) == 1 else None


_Rule = Callable[[pd.DataFrame, pd.DataFrame, StoreProfile, dt.date], Iterator[Finding]]
_RULES: tuple[_Rule, ...] = (_complete, _known, _totals, _discounts, _row_amounts, _vat)


def _pairs(frame: pd.DataFrame, *names: str) -> Iterator[tuple[object, ...]]:
    return zip(*(frame[name] for name in names), strict=True)
