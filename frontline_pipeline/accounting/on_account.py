"""Sales on customer account: which receipts they are, and a Z-report without those that go to 24SevenOffice as orders.

Belongs here: the one way of each receipt paid on account (journal or order), and the part of a Z-report that stays in the journal.
Does not: make orders of receipts (orders/from_sales.py), know what was sent (posting/), read frames (receipt_rows.py).

What is sent as an order is revenue there, so it may not be revenue in the Z journal too (scenario A14). A receipt that goes by
order leaves the journal whole: its bases and VAT, and what was paid on account. What else was paid of it at the till is a payment
on account: credited to the receivable, so that of the invoice only the account part stays open (scenario E13). Its cash rounding
stays in the journal, with the cash. Then debit = credit stays true whatever goes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from frontline_pipeline.accounting.model import GroupSales, Movement, OnAccount, ReceiptFacts, TenderLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.receipt_rows import CREDIT_KINDS, Of, Payment, ReceiptRows, Z
from frontline_pipeline.settings import StoreProfile

CUSTOMER_ACCOUNT = "12006"
"""SAF-T payment code of a sale on customer account (DOMAIN A.4)."""


class NotSeparable(Exception):
    """A Z-report's sales on account cannot be told from the rest: no voucher of it can be made."""


def is_on_account(tender: str, tender_type: str | None, profile: StoreProfile) -> bool:
    """Whether a tender is a receivable: its rule goes by order or names a customer, or the register calls it customer account."""
    rule = profile.tender_rule(tender, tender_type)
    if rule is None:
        return tender_type == CUSTOMER_ACCOUNT
    return rule.way == "order" or rule.customer is not None or tender_type == CUSTOMER_ACCOUNT


def goes_by_order(tender: str, tender_type: str | None, profile: StoreProfile) -> bool:
    """Whether the settings send what is paid with a tender as orders."""
    rule = profile.tender_rule(tender, tender_type)
    return rule is not None and rule.way == "order"


def on_account_receipts(rows: ReceiptRows, profile: StoreProfile) -> dict[Z, tuple[OnAccount, ...]]:
    """Per Z, its receipts on account: those with a payment on account, and credit sales (which the Z's sums leave out)."""
    payments: dict[Of, list[Payment]] = defaultdict(list)
    at_till: dict[Of, list[Payment]] = defaultdict(list)
    for payment in rows.payments:
        if is_on_account(payment.tender, payment.tender_type, profile):
            payments[payment.of].append(payment)
        elif payment.kind in CREDIT_KINDS and profile.tender_rule(payment.tender, payment.tender_type) is not None:
            # A tender that the settings do not know may be the register's word for credit.
            at_till[payment.of].append(payment)
    wanted = {head.of for head in rows.heads if head.kind in CREDIT_KINDS} | payments.keys()
    if not wanted:
        return {}
    rates = _rates(rows, wanted)
    groups: dict[Of, Counter[tuple[str, str, int]]] = defaultdict(Counter)
    for line in rows.lines:
        if line.of in wanted and line.vat_code is not None and line.rate is not None:
            groups[line.of][line.article_group or "", line.vat_code, line.rate] += line.amount_excl_vat
    out: dict[Z, list[OnAccount]] = defaultdict(list)
    for head in rows.heads:
        if head.of not in wanted:
            continue
        credit = head.kind in CREDIT_KINDS
        paid = payments[head.of]
        by_order = any(goes_by_order(p.tender, p.tender_type, profile) for p in paid)
        out[head.z].append(
            OnAccount(
                register=head.of[0],
                receipt_id=head.of[2],
                customer=head.customer,
                amount=head.amount,
                paid=tuple(sorted(_sum((p.tender, p.amount) for p in paid).items())),
                vat=tuple((*key, *sums) for key, sums in sorted(rates[head.of].items())),
                groups=tuple((*key, base) for key, base in sorted(groups[head.of].items())),
                by_order=_credit_by_order(by_order, profile) if credit else by_order,
                outside=credit,
                at_till=tuple(sorted(_sum((p.tender, p.amount) for p in at_till[head.of]).items())),
            )
        )
    return {z: tuple(sorted(found, key=lambda each: each.receipt_id)) for z, found in out.items()}


def _credit_by_order(by_tender: bool, profile: StoreProfile) -> bool:
    """A credit sale has no tender in the Z: it is an order where orders are made from sales, and none where the journal books it, whatever
    its receipt says of a tender."""
    return profile.rules.credit_sales is None and (by_tender or profile.orders.from_sales is not None)


def journal_part(z: ZReport, profile: StoreProfile, ordered: Collection[tuple[str, str]] = ()) -> ZReport:
    """The Z-report as the journal books it: without the receipts that go by order.

    `ordered`: (register, receipt id) that are in an order already, and stay out of the journal whatever the settings say now.
    Raises NotSeparable when the receipts do not tell what must be taken out.
    """
    known = z.receipts.on_account if z.receipts else ()
    _require_receipts(z, known, profile)
    out = [r for r in known if not r.outside and (r.by_order or (r.register, r.receipt_id) in ordered)]
    if not out or z.receipts is None:
        return z
    return without(z, z.receipts, out, profile)


def _require_receipts(z: ZReport, known: Iterable[OnAccount], profile: StoreProfile) -> None:
    said: Counter[str] = Counter()
    for receipt in known:
        for code, amount in () if receipt.outside else receipt.paid:
            said[code] += amount
    due: Counter[str] = Counter()
    for line in z.tenders:
        if goes_by_order(line.tender, line.tender_type, profile):
            due[line.tender] += line.amount
    for code, amount in sorted(due.items()):
        if said[code] != amount:
            raise NotSeparable(
                f"Z {z.z_number} on register {z.register}: tender {code} goes by order, and its receipts say "
                f"{display(said[code])} of {display(amount)}. Nothing was posted: deliver the receipts, or set "
                f"way: journal for tender {code}."
            )


def without(z: ZReport, facts: ReceiptFacts, out: list[OnAccount], profile: StoreProfile) -> ZReport:
    """The Z-report, and the facts of its receipts, without what the receipts `out` gave to it. Raises NotSeparable."""
    gone_vat: dict[tuple[str, int], tuple[Ore, Ore]] = defaultdict(lambda: (0, 0))
    gone_tender: Counter[str] = Counter()
    gone_paid: Counter[tuple[str, str]] = Counter()
    gone_groups: Counter[tuple[str, str, int]] = Counter()
    settled: Counter[str | None] = Counter()
    for receipt in out:
        if sum(base + vat for _, _, base, vat in receipt.vat) != receipt.amount:
            raise NotSeparable(
                f"Z {z.z_number} on register {z.register}: receipt {receipt.receipt_id} goes by order, and its VAT rows do not "
                f"sum to {display(receipt.amount)}. Nothing was posted: deliver the receipt's lines with VAT code and rate."
            )
        for code, rate, base, vat in receipt.vat:
            before = gone_vat[code, rate]
            gone_vat[code, rate] = (before[0] + base, before[1] + vat)
        for tender, amount in receipt.paid:
            gone_tender[tender] += amount
            if receipt.customer is not None:
                gone_paid[tender, receipt.customer] += amount
        for group, code, rate, base in receipt.groups:
            gone_groups[group, code, rate] += base
        settled[receipt.customer] += receipt.amount - receipt.on_account
    if any(settled.values()) and "pay_ins" not in profile.rules.tenders_include:
        raise NotSeparable(
            f"Z {z.z_number} on register {z.register}: a receipt that goes by order was partly paid at the till, and by "
            "ledger.tenders_include this vendor's tender totals hold no pay-ins. Nothing was posted: set way: journal for the tender."
        )
    known = {(line.vat_code, line.rate) for line in z.vat}
    if strange := sorted(gone_vat.keys() - known):
        raise NotSeparable(
            f"Z {z.z_number} on register {z.register}: VAT code {strange[0][0]} stands on a receipt and not in the Z. "
            "Nothing was posted; compare the receipts with the printed Z-report."
        )
    moved = tuple(
        Movement("payment_on_account", amount, party=customer)
        for customer, amount in sorted(settled.items(), key=repr)
        if amount
    )
    return replace(
        z,
        sales_total=z.sales_total - sum(receipt.amount for receipt in out),
        vat=tuple(
            replace(
                line,
                base=line.base - gone_vat[line.vat_code, line.rate][0],
                vat=line.vat - gone_vat[line.vat_code, line.rate][1],
                gross=None if line.gross is None else line.gross - sum(gone_vat[line.vat_code, line.rate]),
            )
            if (line.vat_code, line.rate) in gone_vat
            else line
            for line in z.vat
        ),
        tenders=_tenders_without(z.tenders, gone_tender),
        movements=(*z.movements, *moved),
        receipts=replace(
            facts,
            group_sales=tuple(
                GroupSales(g.article_group, g.vat_code, g.rate, base)
                for g in facts.group_sales
                if (base := g.base - gone_groups[g.article_group, g.vat_code, g.rate])
            ),
            paid_by_customer=tuple(
                (tender, customer, left)
                for tender, customer, amount in facts.paid_by_customer
                if (left := amount - gone_paid[tender, customer])
            ),
        ),
    )


def _tenders_without(tenders: tuple[TenderLine, ...], gone: Counter[str]) -> tuple[TenderLine, ...]:
    """The first row of a tender gives; a tender on account is in kroner."""
    left = dict(gone)
    return tuple(replace(line, amount=line.amount - left.pop(line.tender, 0)) for line in tenders)


def _rates(rows: ReceiptRows, wanted: Collection[Of]) -> dict[Of, dict[tuple[str, int], tuple[Ore, Ore]]]:
    """Base and VAT per code and rate: of the lines where all of a receipt state them, else of its VAT rows."""
    out: dict[Of, dict[tuple[str, int], tuple[Ore, Ore]]] = defaultdict(dict)
    unstated = {line.of for line in rows.lines if line.of in wanted and not line.stated and line.amount}
    by_line = {line.of for line in rows.lines if line.of in wanted} - unstated
    for line in rows.lines:
        if line.of in by_line and line.vat_code is not None and line.rate is not None:
            base, vat = out[line.of].get((line.vat_code, line.rate), (0, 0))
            out[line.of][line.vat_code, line.rate] = (
                base + line.amount_excl_vat,
                vat + line.amount - line.amount_excl_vat,
            )
    for row in rows.vat:
        if row.of in wanted and row.of not in by_line:
            base, vat = out[row.of].get((row.vat_code, row.rate), (0, 0))
            out[row.of][row.vat_code, row.rate] = (base + row.base, vat + row.vat)
    return out


def _sum(pairs: Iterable[tuple[str, Ore]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, amount in pairs:
        found[name] += amount
    return found
