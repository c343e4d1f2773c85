"""From proven Z-reports to balanced vouchers.

Belongs here: which ledger lines a Z-report becomes, their order, and the proof of a voucher that is repeated right before sending.
Does not: rules of the Z-report (z_report.py), which settings are missing (mapping.py), frames (voucher_frames.py), sending.

Lines. Sales per SAF-T code and rate (and article group), output VAT per code and rate, one line per tender code - merged over the
registers of a voucher per store, because the ledger's tender accounts are cleared per store, while the posting log keeps which Z-reports
stand behind it - then rounding, movements, and count differences per register. Credit sales that a Z states apart, where the settings
book them, are lines of their own: sales and VAT as for cash sales, one receivable per customer (credit_sales.py). Sales and returns of a rate are netted, as the Z
has them. A negative amount flips its side. A line of zero is dropped; sums of the same key are added before that, so roundings of both
signs cancel. Nothing is plugged: a voucher that is not zero is refused.

Order. Debits first, then account, tax code, customer, text, role, VAT key and amount: the same content in any order gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from frontline_pipeline.accounting.credit_sales import receivables, rule_credit_sales_proven
from frontline_pipeline.accounting.currency import converted, exchange_residual
from frontline_pipeline.accounting.from_frames import into_till, z_order
from frontline_pipeline.accounting.mapping import (
    count_rule,
    counter_tender,
    customer_number,
    difference_account,
    is_included,
    is_write_off,
    movement_rule,
    unmapped,
    vat_rule,
)
from frontline_pipeline.accounting.model import (
    Count,
    Finding,
    Mode,
    Movement,
    TenderLine,
    VatControl,
    VatLine,
    Voucher,
    VoucherLine,
    ZKey,
    ZReport,
)
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.outside_sales import OutsideSale, outside_sales
from frontline_pipeline.accounting.voucher_text import Texts
from frontline_pipeline.accounting.z_report import rule_rounding_known, rule_z_unique
from frontline_pipeline.accounting.z_vat import is_zero
from frontline_pipeline.settings import CreditSales, StoreProfile, TenderRule, VatCode


class VoucherRefused(Exception):
    """No voucher can be made, or a voucher must not be sent; `findings` say why when the Z-reports are to blame."""

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class Unmapped(VoucherRefused):
    """A setting is missing; the findings name it."""


class Unbalanced(VoucherRefused):
    """Debit and credit differ, or a line or a VAT total is not what it must be."""


@dataclass(frozen=True, slots=True)
class VoucherSet:
    """The vouchers of a store-day, and the Z-reports that had nothing to book."""

    vouchers: tuple[Voucher, ...]
    skipped: tuple[ZKey, ...] = ()


class _Key(NamedTuple):
    """What makes two amounts the same ledger line."""

    role: str
    account: int
    text: str
    subject: str = ""
    tax_code: str | None = None
    customer_id: int | None = None
    vat_key: str = ""
    department_id: int | None = None


_Add = Callable[[_Key, Ore], None]
"""Adds signed øre (debit positive) to the line of a key."""


def build_vouchers(zs: Sequence[ZReport], profile: StoreProfile) -> VoucherSet:
    """Balanced vouchers of a store-day: one per Z-report, or one for the store, as `journal_per` says.

    A Z-report without any amount is skipped (per register) or named in the store's voucher. Raises Unmapped with the findings
    when a setting is missing, VoucherRefused when a Z stands twice or its rounding is unknown, Unbalanced when debit and
    credit differ.
    """
    ordered = tuple(sorted(zs, key=lambda z: z_order(z.key)))
    if missing := unmapped(ordered, profile):
        raise Unmapped(" ".join(finding.message for finding in missing), missing)
    bad = [f for f in rule_z_unique(ordered) if f.holds]
    bad += [f for z in ordered for f in rule_rounding_known(z, profile) if f.holds]
    bad += [f for z in ordered for f in rule_credit_sales_proven(z, profile) if f.holds]
    if bad:
        raise VoucherRefused(" ".join(finding.message for finding in bad), bad)
    per_store = profile.store.journal_per == "store"
    groups = [ordered] if per_store and ordered else [(z,) for z in ordered]
    vouchers: list[Voucher] = []
    skipped: list[ZKey] = []
    for group in groups:
        voucher = _build(group, profile, per_store)
        if voucher.lines:
            prove_voucher(voucher)
            vouchers.append(voucher)
        else:
            skipped += [z.key for z in group]
    return VoucherSet(tuple(vouchers), tuple(skipped))


def _build(zs: tuple[ZReport, ...], profile: StoreProfile, per_store: bool) -> Voucher:
    texts = Texts.of(zs, per_store, profile.rules.voucher_language)
    amounts: dict[_Key, Ore] = {}
    controls: dict[tuple[str, int], tuple[Ore, Ore]] = {}

    for z in zs:
        department = profile.store.register_departments.get(z.register, profile.store.department_id)

        def add(key: _Key, amount: Ore, department: int | None = department) -> None:
            mine = key._replace(department_id=department)
            amounts[mine] = amounts.get(mine, 0) + amount

        def add_credit(key: _Key, amount: Ore, add: _Add = add) -> None:
            add(key._replace(role=f"credit_{key.role}"), amount)

        _sales(add, z, profile, texts, controls)
        if z.credit is not None and profile.rules.credit_sales is not None:
            _sales(add_credit, z.credit, profile, texts.of_credit(), controls)
            _receivables(add, z.credit, profile.rules.credit_sales, texts.of_credit())
        for tender in z.tenders:
            if tender.amount:
                _tender(add, z, tender, profile, texts)
        for movement in z.movements:
            if movement.amount:
                _movement(add, movement, profile, texts)
        if z.rounding and profile.rules.accounts.rounding is not None:
            add(_Key("rounding", profile.rules.accounts.rounding, texts.rounding()), -z.rounding)
        _differences(add, z, profile, texts)
    first = zs[0]
    day = first.business_day
    return Voucher(
        store=first.store,
        business_day=day,
        document_key=f"{first.store}/{day}" if per_store else f"{first.store}/{first.register}/Z{first.z_number}",
        z_keys=tuple(z.key for z in zs),
        mode=Mode(profile.mode),
        text=texts.voucher(zs, per_store),
        lines=_lines(amounts, profile),
        vat_posting=profile.rules.vat_posting,
        vat_control=tuple(VatControl(code, rate, base, vat) for (code, rate), (base, vat) in sorted(controls.items())),
    )


def _sales(
    add: _Add, z: ZReport, profile: StoreProfile, texts: Texts, controls: dict[tuple[str, int], tuple[Ore, Ore]]
) -> None:
    outside = outside_sales(z, profile)
    for line in z.vat:
        if not is_zero(line):
            _vat(add, z, line, outside.of(line), profile, texts)
            base, vat = controls.get((line.standard_code or "", line.rate), (0, 0))
            controls[line.standard_code or "", line.rate] = (base + line.base, vat + line.vat)


def _receivables(add: _Add, credit: ZReport, rule: CreditSales, texts: Texts) -> None:
    for customer, amount in receivables(credit).items():
        number = rule.customer if isinstance(rule.customer, int) else customer_number(customer)
        if rule.account is not None:
            add(_Key("credit", rule.account, texts.receivable(), "", rule.tax_code, number), amount)


def _vat(
    add: _Add, z: ZReport, line: VatLine, outside: Sequence[OutsideSale], profile: StoreProfile, texts: Texts
) -> None:
    vat_key = f"{line.standard_code}@{line.rate}"
    for part in outside:
        # Among the Z's sales, so proven with them; on the account of what it is.
        other = profile.rules.movements[part.kind]
        number = other.customer if isinstance(other.customer, int) else None
        add(
            _Key("sales", other.account, texts.movement(part.kind), part.kind, other.tax_code, number, vat_key),
            -part.amount,
        )
    rule = vat_rule(line, profile)
    if rule is None or line.standard_code is None:
        return
    shares = _shares(z, line, rule, outside, profile)
    # 24SevenOffice splits gross amounts by itself: each share then carries its part of the VAT, and there is no VAT line.
    system = profile.rules.vat_posting == "system"
    parts = allot(line.vat, [base for _, _, base in shares]) if system else [0] * len(shares)
    for (account, group, base), vat in zip(shares, parts, strict=True):
        key = _Key("sales", account, texts.sales(line.rate, group), group or "", rule.tax_code, None, vat_key)
        add(key, -(base + vat))
    if not system and rule.vat_account is not None:
        code = rule.tax_code if profile.rules.vat_line_code == "same" else None
        add(_Key("vat", rule.vat_account, texts.vat(line.rate), "", code, None, vat_key), -line.vat)


def _shares(
    z: ZReport, line: VatLine, rule: VatCode, outside: Sequence[OutsideSale], profile: StoreProfile
) -> list[tuple[int, str | None, Ore]]:
    """(sales account, article group, base) of what is turnover: one share, or one per article group where the setting says so."""
    if not profile.rules.sales_per_article_group or z.receipts is None:
        return [(rule.sales_account, None, line.base - sum(part.amount for part in outside))]
    no_turnover = {part.article_group for part in outside}
    if None in no_turnover:
        return []
    return [
        (rule.article_groups[share.article_group], share.article_group, share.base)
        for share in z.receipts.group_sales
        if (share.vat_code, share.rate) == (line.vat_code, line.rate)
        and share.base
        and share.article_group not in no_turnover
    ]


def allot(total: Ore, weights: Sequence[Ore]) -> list[Ore]:
    """`total` in whole øre by weights, exact: the largest remainders get the øre that rounding leaves (scenario A19).

    Weights that sum to zero give all to the first.
    """
    whole = sum(weights)
    if not whole:
        return [total if i == 0 else 0 for i in range(len(weights))]
    parts = [divmod(total * weight, whole) for weight in weights]
    out = [part for part, _ in parts]
    # divmod's remainder has the sign of `whole`; its size is the share that was cut off.
    order = sorted(range(len(parts)), key=lambda i: (-abs(parts[i][1]), i))
    for i in order[: total - sum(out)]:
        out[i] += 1
    return out


def _tender(add: _Add, z: ZReport, tender: TenderLine, profile: StoreProfile, texts: Texts) -> None:
    rule = profile.tender_rule(tender.tender, tender.tender_type)
    if rule is None:
        return
    apart = tender.currency in rule.currency_accounts
    text = texts.tender(tender.tender, tender.tender_type, tender.currency if apart else "NOK")
    if rule.customer != "from_receipt":
        account = rule.account_in(tender.currency)
        add(_Key("tender", account, text, tender.tender, rule.tax_code, rule.customer), converted(tender))
        residual, difference = exchange_residual(tender), profile.rules.accounts.exchange_difference
        if residual and difference is not None:
            add(_Key("exchange", difference, texts.exchange(tender.currency), tender.tender), residual)
        return
    if any(t.tender == tender.tender and t.amount and t.currency < tender.currency for t in z.tenders):
        # Receipts name customers per tender, not per currency: the first currency's row booked them all.
        return
    for code, customer, amount in z.receipts.paid_by_customer if z.receipts else ():
        if code == tender.tender:
            number = customer_number(customer)
            add(_Key("tender", rule.account, text, tender.tender, rule.tax_code, number), amount)


def _movement(add: _Add, movement: Movement, profile: StoreProfile, texts: Texts) -> None:
    rule = movement_rule(movement, profile)
    if rule is None:
        return
    customer = customer_number(movement.party) if rule.customer == "from_party" else rule.customer
    text = texts.movement(movement.kind)
    if is_write_off(movement):
        if rule.counter_account is not None:
            add(_Key("movement", rule.account, text, movement.kind, rule.tax_code, customer), movement.amount)
            other_side = _Key("movement", rule.counter_account, text, f"{movement.kind} counter", rule.counter_tax_code)
            add(other_side, -movement.amount)
        return
    add(_Key("movement", rule.account, text, movement.kind, rule.tax_code, customer), -into_till(movement))
    counter = counter_tender(movement, profile)
    if not is_included(movement, profile) and counter is not None:
        key = _Key(
            "movement", counter.account, text, f"{movement.kind} counter", counter.tax_code, _collective(counter)
        )
        add(key, into_till(movement))


def _differences(add: _Add, z: ZReport, profile: StoreProfile, texts: Texts) -> None:
    """Counted against expected: a shortage is debit on the difference account and credit on the tender's (DOMAIN C.5)."""
    for count in z.counts:
        rule = count_rule(count, z, profile)
        account = difference_account(rule, profile)
        if count.difference == 0 or account is None or rule is None:
            continue
        text = texts.difference(z, count.tender, count.counted_by, count.drawer)
        subject = count_subject(z, count)
        add(_Key("difference", account, text, f"{subject} difference"), -count.difference)
        key = _Key("difference", rule.account, text, f"{subject} tender", rule.tax_code, _collective(rule))
        add(key, count.difference)


def count_subject(z: ZReport, count: Count) -> str:
    """What a count is of: register, Z number, tender, and the drawer where there are several."""
    return " ".join((z.register, z.z_number, count.tender, *([count.drawer] if count.drawer else ())))


def _collective(rule: TenderRule) -> int | None:
    return rule.customer if isinstance(rule.customer, int) else None


def _lines(amounts: dict[_Key, Ore], profile: StoreProfile) -> tuple[VoucherLine, ...]:
    store = profile.store
    dimensions = tuple(sorted(store.dimensions.items()))
    lines = [
        VoucherLine(
            account=key.account,
            debit=max(amount, 0),
            credit=max(-amount, 0),
            text=key.text,
            tax_code=key.tax_code,
            customer_id=key.customer_id,
            department_id=key.department_id,
            project_id=store.project_id,
            dimensions=dimensions,
            role=key.role,
            vat_key=key.vat_key,
            subject=key.subject,
        )
        for key, amount in amounts.items()
        if amount
    ]
    return tuple(sorted(lines, key=_line_order))


def _line_order(line: VoucherLine) -> tuple[bool, int, str, int, str, str, str, Ore]:
    return (
        line.debit == 0,
        line.account,
        line.tax_code or "",
        line.customer_id or 0,
        line.text,
        line.role,
        line.vat_key,
        line.amount,
    )


def prove_voucher(voucher: Voucher) -> None:
    """Proves a voucher: debit = credit, each line on exactly one side, and per VAT code and rate what the Z-reports say.

    Run when it is built and again right before it is sent, because a blocking check stops only its own run.
    Raises Unbalanced naming the document, what was expected and what came.
    """
    name = voucher.document_key
    for number, line in enumerate(voucher.lines, 1):
        if min(line.debit, line.credit) != 0 or max(line.debit, line.credit) <= 0:
            raise Unbalanced(
                f"{name}: line {number} on account {line.account} has debit {display(line.debit)} and credit "
                f"{display(line.credit)}; exactly one must be above zero. Nothing was sent."
            )
    debit, credit = sum(line.debit for line in voucher.lines), sum(line.credit for line in voucher.lines)
    if debit != credit:
        raise Unbalanced(
            f"{name}: debit {display(debit)} and credit {display(credit)} differ by {display(debit - credit)}. "
            "Nothing was sent and nothing is plugged; the Z-report or its count is not in balance."
        )
    found: dict[tuple[str, str], Ore] = {}
    for line in voucher.lines:
        role = line.role.removeprefix("credit_")
        if role in ("sales", "vat"):
            found[role, line.vat_key] = found.get((role, line.vat_key), 0) - line.amount
    wanted: dict[tuple[str, str], Ore] = {}
    for control in voucher.vat_control:
        system = voucher.vat_posting == "system"
        wanted["sales", control.vat_key] = control.base + (control.vat if system else 0)
        wanted["vat", control.vat_key] = 0 if system else control.vat
    for role, vat_key in sorted({*found, *wanted}):
        have, want = found.get((role, vat_key), 0), wanted.get((role, vat_key), 0)
        if have != want:
            what = "VAT" if role == "vat" else "sales"
            raise Unbalanced(
                f"{name}: {what} in code and rate {vat_key} is {display(have)} on the lines, {display(want)} in the Z-reports. "
                "Nothing was sent."
            )


def canonical_bytes(voucher: Voucher) -> bytes:
    """The voucher as JSON with sorted keys: equal content gives equal bytes, for hashing and comparing (amounts in øre)."""
    content = asdict(voucher)
    content["business_day"] = voucher.business_day.isoformat()
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
