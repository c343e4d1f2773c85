"""Credit sales that a Z-report states apart from its sales: as their receipts tell them, and proven against what the Z states.

Belongs here: the credit sales of a Z as a report of its own (`ZReport.credit`), so that the rules and the ledger lines of sales serve
for them too; the rule that they must satisfy before they are booked, and what is told of those that the journal does not book.
Does not: credit sales that the register runs as a tender, or the way of a receipt (on_account.py), the ledger lines (voucher.py),
settings that are missing (mapping.py).

Kassasystemforskrifta s. 2-8-2, second paragraph: credit sales receipted at the till, and their returns, stand in the Z with their
totals alone. Their VAT is on the receipts only, so from the Z alone they cannot be booked (DOMAIN B.1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from frontline_pipeline.accounting.model import Finding, OnAccount, ReceiptFacts, RoundingSource, VatLine, ZKey, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.on_account import without
from frontline_pipeline.accounting.receipt_facts import facts_by_z
from frontline_pipeline.accounting.receipt_rows import CREDIT_KINDS, ReceiptRows, delivered, receipt_rows
from frontline_pipeline.accounting.rules import CAP, name, z_finding
from frontline_pipeline.accounting.z_vat import rule_vat_base_is_net, rule_vat_matches_rate, rule_vat_rate_valid
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.settings import StoreProfile

RULE = "credit_sales_proven"
_AS_CASH = {"credit_sale": "sale", "credit_return": "return"}


def with_credit(zs: list[ZReport], receipts: Bundle | None, profile: StoreProfile) -> list[ZReport]:
    """The Z-reports with their credit sales, where the journal books them; `receipts` as `z_reports_from` takes them."""
    if profile.rules.credit_sales is None:
        return zs
    facts: Mapping[ZKey, ReceiptFacts] = {}
    codes: Mapping[tuple[str, int], str] = {}
    if receipts is not None and delivered(receipts) and profile.store.receipts != "none":
        rows = _credit_rows(receipt_rows(receipts))
        facts, codes = facts_by_z(rows, profile), _standard_codes(rows)
    return [_with(z, facts.get(z.key), codes, profile) for z in zs]


def _credit_rows(rows: ReceiptRows) -> ReceiptRows:
    """The credit receipts alone, as if they were cash sales and returns."""
    return ReceiptRows(
        tuple(head._replace(kind=_AS_CASH[head.kind]) for head in rows.heads if head.kind in CREDIT_KINDS),
        tuple(line._replace(kind=_AS_CASH[line.kind]) for line in rows.lines if line.kind in CREDIT_KINDS),
        tuple(row._replace(kind=_AS_CASH[row.kind]) for row in rows.vat if row.kind in CREDIT_KINDS),
        tuple(paid for paid in rows.payments if paid.kind in CREDIT_KINDS),
    )


def _standard_codes(rows: ReceiptRows) -> dict[tuple[str, int], str]:
    of_lines = ((line.vat_code, line.rate, line.standard_code) for line in rows.lines)
    of_rows = ((row.vat_code, row.rate, row.standard_code) for row in rows.vat)
    said = chain(of_lines, of_rows)
    return {(code, rate): standard for code, rate, standard in said if code and rate is not None and standard}


def _with(
    z: ZReport, facts: ReceiptFacts | None, codes: Mapping[tuple[str, int], str], profile: StoreProfile
) -> ZReport:
    receipts = tuple(each for each in (z.receipts.on_account if z.receipts else ()) if each.outside)
    if not (receipts or z.credit_sales or z.credit_memos):
        return z
    sums: dict[tuple[str, int], tuple[Ore, Ore]] = {}
    for receipt in receipts:
        for code, rate, base, vat in receipt.vat:
            before = sums.get((code, rate), (0, 0))
            sums[code, rate] = (before[0] + base, before[1] + vat)
    of_z = {line.vat_code: line.standard_code for line in z.vat}
    lines = {(code, rate): count for code, rate, count in facts.lines_by_rate} if facts else {}
    credit = replace(
        z,
        sales_total=sum(receipt.amount for receipt in receipts),
        rounding=0,
        rounding_source=RoundingSource.RECEIPTS,
        vat=tuple(
            VatLine(
                code,
                of_z.get(code) or profile.standard_vat_code(code, codes.get((code, rate))),
                rate,
                base,
                vat,
                line_count=lines.get((code, rate)),
            )
            for (code, rate), (base, vat) in sorted(sums.items())
        ),
        tenders=(),
        movements=(),
        counts=(),
        article_groups=(),
        receipt_count=sum(receipt.amount >= 0 for receipt in receipts),
        return_count=sum(receipt.amount < 0 for receipt in receipts),
        return_amount=None,
        receipts=replace(facts, on_account=receipts) if facts else None,
    )
    return replace(z, credit=credit)


def credit_without(z: ZReport, ordered: Collection[tuple[str, str]], profile: StoreProfile) -> ZReport:
    """The Z-report without the credit receipts that an order holds, `ordered` by (register, receipt id); what it states of credit sales
    is less by so much. Raises NotSeparable (on_account.py)."""
    credit = z.credit
    if credit is None or credit.receipts is None:
        return z
    gone = [r for r in credit.receipts.on_account if (r.register, r.receipt_id) in ordered]
    if not gone:
        return z
    left = tuple(receipt for receipt in credit.receipts.on_account if receipt not in gone)
    facts = replace(credit.receipts, on_account=left)
    return replace(
        z,
        credit_sales=z.credit_sales - _sales(gone),
        credit_memos=z.credit_memos - _memos(gone),
        credit=without(credit, facts, gone, profile),
    )


def receivables(credit: ZReport) -> dict[str | None, Ore]:
    """What each customer owes by the credit sales; None: receipts that name nobody."""
    owed: dict[str | None, Ore] = {}
    for receipt in credit.receipts.on_account if credit.receipts else ():
        owed[receipt.customer] = owed.get(receipt.customer, 0) + receipt.amount
    return owed


def receipts_short(z: ZReport) -> str | None:
    """In words, how the credit receipts differ from what the Z states of them; None where they agree, or where the Z states nothing:
    an extract may leave it out."""
    if not (z.credit_sales or z.credit_memos):
        return None
    receipts = tuple(each for each in (z.receipts.on_account if z.receipts else ()) if each.outside)
    return " ".join(_differences(z, receipts)) or None


def rule_credit_sales_apart(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Credit sales receipted at the till have no VAT split in the Z and can't be booked from it (DOMAIN B.1): a warning where the journal
    does not book them from their receipts. Where orders are made of the receipts, only what the receipts lack is one."""
    if z.credit is not None or not (z.credit_sales or z.credit_memos):
        return []
    if profile.orders.from_sales is None:
        message = (
            f"{name(z)} has credit sales {display(z.credit_sales)} and credit memos {display(z.credit_memos)}; "
            "they are not in this voucher, because a Z-report gives no VAT for them."
        )
        step = (
            "Book them from their orders or invoices, once; or from their receipts, by the setting ledger.credit_sales."
        )
    elif (short := receipts_short(z)) is not None:
        message = f"{name(z)}: its credit sales go as orders, and their receipts are not all there. {short}"
        step = "Deliver every credit receipt of this Z; no order of its period is made before."
    else:
        return []
    return [z_finding("credit_sales_apart", z, message, step, expected=0, actual=z.credit_sales - z.credit_memos)]


def rule_credit_sales_proven(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Where the journal books credit sales, their receipts are what the Z states, each with its VAT: one finding with all that is wrong.

    A return at a rate of the last years whose sale nobody names is a WARN, as it is for cash (z_vat.py).
    """
    if z.credit is None:
        return []
    receipts = z.credit.receipts.on_account if z.credit.receipts else ()
    came, back = _sales(receipts), _memos(receipts)
    problems = list(_problems(z, z.credit, receipts, profile))
    if not problems:
        odd = (finding for finding in rule_vat_rate_valid(z.credit) if not finding.holds)
        return [z_finding(RULE, z, f"Credit sales: {f.message}", f.next_step, warn=True) for f in odd]
    step = (
        "Nothing was posted, and nothing is plugged: deliver every credit receipt of this Z with its VAT code, rate and VAT, or mend what "
        f"is named. Or leave credit sales out of the journal of this store: stores.{profile.code}.ledger.credit_sales.way: none."
    )
    stated, found = (
        (z.credit_memos, back) if came == z.credit_sales and back != z.credit_memos else (z.credit_sales, came)
    )
    message = f"{name(z)}: its credit sales cannot be booked from their receipts. {' '.join(problems)}"
    return [z_finding(RULE, z, message, step, subject="credit sales", expected=stated, actual=found)]


def _problems(z: ZReport, credit: ZReport, receipts: Collection[OnAccount], profile: StoreProfile) -> Iterator[str]:
    if profile.store.receipts == "none":
        yield f"Receipts are not read, by stores.{profile.code}.receipts."
    yield from _differences(z, receipts)
    untaxed = [r.receipt_id for r in receipts if sum(base + vat for _, _, base, vat in r.vat) != r.amount]
    if untaxed:
        more = f" and {len(untaxed) - CAP} more" if len(untaxed) > CAP else ""
        yield (
            f"VAT by code and rate is missing, or does not sum to the receipt, on receipt {', '.join(untaxed[:CAP])}{more}."
        )
    at_till = sorted({code for receipt in receipts for code, amount in receipt.at_till if amount})
    if at_till:
        yield f"Something of them was paid at the till, with {', '.join(at_till)}: then they are no credit sales whole."
    for finding in (
        *rule_vat_matches_rate(credit, profile),
        *rule_vat_base_is_net(credit, profile),
        *rule_vat_rate_valid(credit),
    ):
        if finding.holds:
            yield finding.message.replace(name(z), "Credit sales", 1)


def _differences(z: ZReport, receipts: Collection[OnAccount]) -> Iterator[str]:
    for what, stated, found, number in (
        ("credit sales", z.credit_sales, _sales(receipts), sum(receipt.amount >= 0 for receipt in receipts)),
        ("credit memos", z.credit_memos, _memos(receipts), sum(receipt.amount < 0 for receipt in receipts)),
    ):
        if stated != found:
            yield (
                f"The Z states {what} of {display(stated)}, its {number} receipt{'s' * (number != 1)} of them sum to {display(found)}, "
                f"difference {display(found - stated)}."
            )


def _sales(receipts: Collection[OnAccount]) -> Ore:
    return sum(receipt.amount for receipt in receipts if receipt.amount > 0)


def _memos(receipts: Collection[OnAccount]) -> Ore:
    return -sum(receipt.amount for receipt in receipts if receipt.amount < 0)
