"""What a Z-report needs from the settings: which account, code and customer each of its amounts goes to.

Belongs here: the rule `everything_mapped`, and the look-ups that the voucher shares with it, so that both judge alike.
Does not: guess. A thing without a setting is UNMAPPED, is named with the path of the missing setting, and nothing is sent.

Rows of amount zero need no mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from frontline_pipeline.accounting.credit_sales import receivables
from frontline_pipeline.accounting.currency import exchange_residual, is_foreign
from frontline_pipeline.accounting.from_frames import movement_group
from frontline_pipeline.accounting.model import Count, Finding, Movement, TenderLine, VatLine, ZReport
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.outside_sales import OutsideSales, outside_sales
from frontline_pipeline.accounting.rules import name, z_finding
from frontline_pipeline.accounting.vat import NOT_FOR_SALES, rate_text, rate_valid
from frontline_pipeline.accounting.z_vat import is_zero
from frontline_pipeline.settings import MovementRule, StoreProfile, TenderRule, VatCode

RECEIVABLES = frozenset({1500})
"""Accounts receivable (kundefordringer): 24SevenOffice refuses a line here without a customer, drafts too (ARCHITECTURE)."""
CUSTOMER_ACCOUNT_TENDER = "12006"


def rule_everything_mapped(z: ZReport, profile: StoreProfile) -> list[Finding]:
    """Every register, tender, VAT code, movement, customer and account that a non-zero amount needs has its setting."""
    return [
        *_register(z, profile),
        *_vat(z, profile),
        *_credit_sales(z, profile),
        *_tenders(z, profile),
        *_movements(z, profile),
        *_accounts(z, profile),
    ]


def unmapped(zs: Sequence[ZReport], profile: StoreProfile) -> tuple[Finding, ...]:
    """Findings of `everything_mapped` over several Z-reports; empty when a voucher can be built."""
    return tuple(finding for z in zs for finding in rule_everything_mapped(z, profile))


def vat_rule(line: VatLine, profile: StoreProfile) -> VatCode | None:
    """Accounts and tax code of a VAT line."""
    return None if line.standard_code is None else profile.rules.vat_codes.get(line.standard_code)


def movement_rule(movement: Movement, profile: StoreProfile) -> MovementRule | None:
    return profile.rules.movements.get(movement.kind)


def is_included(movement: Movement, profile: StoreProfile) -> bool:
    """Whether the vendor's tender totals contain the movement; one that moves no money is in none."""
    return movement_group(movement.kind) in profile.rules.tenders_include


def is_write_off(movement: Movement) -> bool:
    """Whether no money moves: a gift card or credit note that lapsed."""
    return movement_group(movement.kind) == "write_offs"


def counter_tender(movement: Movement, profile: StoreProfile) -> TenderRule | None:
    """The tender whose account takes a movement that the tender totals leave out: the register's word, else the rule's."""
    rule = movement_rule(movement, profile)
    tender = movement.tender or (rule.tender if rule else None)
    return profile.tender_rule(tender, None) if tender else None


def count_rule(count: Count, z: ZReport, profile: StoreProfile) -> TenderRule | None:
    """The rule of a counted tender, by its code or by the type that the Z gives it."""
    kind = next((t.tender_type for t in z.tenders if t.tender == count.tender), None)
    return profile.tender_rule(count.tender, kind)


def difference_account(counted: TenderRule | None, profile: StoreProfile) -> int | None:
    """Account of a count difference: the tender's own, else that of all."""
    return (counted and counted.difference_account) or profile.rules.accounts.cash_difference


def customer_number(key: str | None) -> int | None:
    """A customer key as 24SevenOffice's customer number; None when it is no positive whole number.

    Journals take Frontline's customer keys for the numbers of 24SevenOffice; where customers are matched, booking.py holds those that
    are not.
    """
    return int(key) if key is not None and key.isascii() and key.isdigit() and 0 < int(key) < 2**31 else None


def customers_by_number(z: ZReport, profile: StoreProfile) -> set[str]:
    """Keys of the customers that a Z-report is booked on by the number that the key is."""
    keys: set[str | None] = set()
    rule = profile.rules.credit_sales
    if z.credit is not None and rule is not None and rule.customer == "from_receipt":
        keys |= receivables(z.credit).keys()
    for tender in z.tenders:
        tender_rule = profile.tender_rule(tender.tender, tender.tender_type)
        if tender_rule is not None and tender_rule.customer == "from_receipt":
            keys |= {
                key for code, key, _ in (z.receipts.paid_by_customer if z.receipts else ()) if code == tender.tender
            }
    for movement in z.movements:
        of_movement = movement_rule(movement, profile)
        if of_movement is not None and of_movement.customer == "from_party":
            keys.add(movement.party)
    return {key for key in keys if key is not None and customer_number(key) is not None}


def _ledger(profile: StoreProfile, path: str) -> str:
    return f"companies.{profile.company_code}.ledger.{path}"


def _finding(
    z: ZReport, profile: StoreProfile, what: str, path: str, step: str | None = None, *, missing: bool = True
) -> Finding:
    setting = path if path.startswith("stores.") else _ledger(profile, path)
    or_store = "" if path.startswith("stores.") else f" (or stores.{profile.code}.ledger.{path} for this store alone)"
    return z_finding(
        "everything_mapped",
        z,
        f"UNMAPPED: {name(z)}: {what}; the setting {setting} {'is missing' if missing else 'does not fit'}.",
        step or f"Nothing was posted. Add {setting}{or_store}, then run this store-day again.",
        subject=setting,
        expected=setting,
        actual="not set" if missing else "does not fit",
    )


def _register(z: ZReport, profile: StoreProfile) -> Iterator[Finding]:
    if z.register not in profile.store.registers:
        step = (
            f"Nothing was posted. Add {z.register!r} to stores.{profile.code}.registers if it stands in this store; "
            "otherwise the extract belongs to another store."
        )
        yield _finding(
            z,
            profile,
            f"register {z.register} is not a register of the store",
            f"stores.{profile.code}.registers",
            step,
        )


def _vat(z: ZReport, profile: StoreProfile) -> Iterator[Finding]:
    outside = outside_sales(z, profile)
    yield from _outside(z, profile, outside)
    for line in z.vat:
        if is_zero(line) or sum(part.amount for part in outside.of(line)) == line.base + line.vat != 0:
            continue
        what = f"VAT code {line.vat_code} at {rate_text(line.rate)} with base {display(line.base)}"
        rule = vat_rule(line, profile)
        if line.standard_code is None:
            yield _finding(z, profile, f"{what} has no SAF-T standard code", f"pos_vat_codes.{line.vat_code}")
        elif line.standard_code in NOT_FOR_SALES:
            why = f"{what} has SAF-T code {line.standard_code}, which is for purchases (sales use 5, 6, 7, 51 or 52)"
            yield _finding(z, profile, why, f"pos_vat_codes.{line.vat_code}")
        elif rule is None:
            yield _finding(z, profile, f"{what} has no accounts", f"vat_codes.{line.standard_code}")
        else:
            yield from _vat_accounts(z, profile, line, rule, what)
            if profile.rules.sales_per_article_group:
                yield from _groups(z, profile, line, rule, outside)


def _outside(z: ZReport, profile: StoreProfile, outside: OutsideSales) -> Iterator[Finding]:
    for path, why in outside.problems:
        step = f"Nothing was posted. Ask the vendor how the register sells it, then correct {_ledger(profile, path)} or the extract."
        yield _finding(z, profile, why, path, step, missing=False)
    for part in outside.parts:
        rule = profile.rules.movements.get(part.kind)
        what = f"{part.kind} of {display(part.amount)} among the sales"
        if part.amount and rule is None:
            yield _finding(z, profile, f"{what} has no account", f"movements.{part.kind}")
        elif rule is not None and not isinstance(rule.customer, int) and rule.account in RECEIVABLES:
            why = f"{what} goes to receivables ({rule.account}), which need a customer"
            yield _finding(z, profile, why, f"movements.{part.kind}.customer")


def _vat_accounts(z: ZReport, profile: StoreProfile, line: VatLine, rule: VatCode, what: str) -> Iterator[Finding]:
    path = f"vat_codes.{line.standard_code}"
    if profile.rules.vat_posting == "explicit":
        if line.vat and rule.vat_account is None:
            yield _finding(z, profile, f"{what} has VAT but no VAT account", f"{path}.vat_account")
        return
    if line.rate and rule.tax_code is None:
        yield _finding(z, profile, f"{what} is to be split by 24SevenOffice but has no tax code", f"{path}.tax_code")
    if not rate_valid(line.standard_code, line.rate, z.business_day):
        why = f"{what} is a rate of another day (a return), which 24SevenOffice would split at today's rate"
        step = f"Nothing was posted. Book this day with {_ledger(profile, 'vat_posting')}: explicit."
        yield _finding(z, profile, why, "vat_posting", step, missing=False)


def _groups(
    z: ZReport, profile: StoreProfile, line: VatLine, rule: VatCode, outside: OutsideSales
) -> Iterator[Finding]:
    shares = [
        g for g in (z.receipts.group_sales if z.receipts else ()) if (g.vat_code, g.rate) == (line.vat_code, line.rate)
    ]
    no_turnover = {part.article_group for part in outside.of(line)}
    total = sum(share.base for share in shares)
    if total != line.base:
        what = f"sales per article group at {rate_text(line.rate)} sum to {display(total)} on the receipts, the Z says {display(line.base)}"
        step = "Nothing was posted. Deliver the receipt lines, or set sales_per_article_group: false."
        yield _finding(z, profile, what, "sales_per_article_group", step)
        return
    for share in shares:
        if share.base and share.article_group not in rule.article_groups and share.article_group not in no_turnover:
            group = share.article_group or "(none)"
            what = f"article group {group} at {rate_text(line.rate)} with {display(share.base)} has no sales account"
            yield _finding(z, profile, what, f"vat_codes.{line.standard_code}.article_groups.{group}")


def _credit_sales(z: ZReport, profile: StoreProfile) -> Iterator[Finding]:
    if z.credit is None or profile.rules.credit_sales is None:
        return
    named = {finding.subject for finding in _vat(z, profile)}
    # What the cash sales lack already is named once.
    yield from (finding for finding in _vat(z.credit, profile) if finding.subject not in named)
    if profile.rules.credit_sales.customer != "from_receipt":
        return
    for customer, amount in receivables(z.credit).items():
        if amount and customer_number(customer) is None:
            who = (
                "no customer" if customer is None else f"customer key {customer}, no customer number of 24SevenOffice,"
            )
            what = f"credit sales: receipts name {who} for {display(amount)}"
            step = (
                "Nothing was posted. Deliver receipts that name the customer by the number of 24SevenOffice, or set "
                f"{_ledger(profile, 'credit_sales.customer')} to a collective customer."
            )
            yield _finding(z, profile, what, "credit_sales.customer", step, missing=False)


def _tenders(z: ZReport, profile: StoreProfile) -> Iterator[Finding]:
    for tender in z.tenders:
        if tender.amount == 0:
            continue
        rule = profile.tender_rule(tender.tender, tender.tender_type)
        what = f"tender {tender.tender}"
        if rule is None:
            yield _finding(
                z, profile, f"{what} with {display(tender.amount)} has no account", f"tenders.{tender.tender}"
            )
        elif rule.way == "order":
            # Not booked with the Z: its customers are those of the orders (on_account.py).
            continue
        elif rule.customer is None and (rule.account in RECEIVABLES or tender.tender_type == CUSTOMER_ACCOUNT_TENDER):
            why = f"{what} goes to receivables ({rule.account}), which need a customer"
            yield _finding(z, profile, why, f"tenders.{tender.tender}.customer")
        elif rule.customer == "from_receipt":
            yield from _customers(z, profile, tender)
        if rule is not None and is_foreign(tender):
            yield from _currency(z, profile, tender, rule)


def _currency(z: ZReport, profile: StoreProfile, tender: TenderLine, rule: TenderRule) -> Iterator[Finding]:
    what = f"tender {tender.tender} in {tender.currency} with {display(tender.amount)}"
    path = f"tenders.{tender.tender}.currency_accounts.{tender.currency}"
    if profile.is_cash(tender.tender, tender.tender_type) and tender.currency not in rule.currency_accounts:
        yield _finding(z, profile, f"{what} is foreign notes and coins and has no account of its own", path)
    if exchange_residual(tender) and profile.rules.accounts.exchange_difference is None:
        why = f"{what} leaves {display(exchange_residual(tender))} when it is converted once, which has no account"
        yield _finding(z, profile, why, "accounts.exchange_difference")


def _customers(z: ZReport, profile: StoreProfile, tender: TenderLine) -> Iterator[Finding]:
    path = f"tenders.{tender.tender}.customer"
    paid = [p for p in (z.receipts.paid_by_customer if z.receipts else ()) if p[0] == tender.tender]
    for _, customer, amount in paid:
        if amount and customer_number(customer) is None:
            what = f"tender {tender.tender}: customer key {customer} is not a customer number of 24SevenOffice"
            step = f"Nothing was posted. Use the number of 24SevenOffice in Frontline, or set {_ledger(profile, path)} to a collective customer."
            yield _finding(z, profile, what, path, step)
    total, due = sum(amount for _, _, amount in paid), sum(t.amount for t in z.tenders if t.tender == tender.tender)
    if total != due:
        what = f"tender {tender.tender}: receipts name customers for {display(total)} of {display(due)}"
        step = f"Nothing was posted. Deliver receipts that name the customer, or set {_ledger(profile, path)} to a collective customer."
        yield _finding(z, profile, what, path, step)


def _movements(z: ZReport, profile: StoreProfile) -> Iterator[Finding]:
    for movement in z.movements:
        if movement.amount == 0:
            continue
        path = f"movements.{movement.kind}"
        what = f"{movement.kind} of {display(movement.amount)}"
        rule = movement_rule(movement, profile)
        if movement_group(movement.kind) is None:
            yield _finding(z, profile, f"{what} is no known kind of movement", f"movement_types.{movement.source_type}")
            continue
        if rule is None:
            yield _finding(z, profile, f"{what} has no account", path)
            continue
        if rule.customer is None and (rule.account in RECEIVABLES or movement.kind == "payment_on_account"):
            yield _finding(
                z, profile, f"{what} goes to receivables ({rule.account}), which need a customer", f"{path}.customer"
            )
        elif rule.customer == "from_party" and customer_number(movement.party) is None:
            step = f"Nothing was posted. Deliver the party as a customer number of 24SevenOffice, or set {_ledger(profile, path)}.customer."
            yield _finding(z, profile, f"{what} names no customer number", f"{path}.customer", step)
        if is_write_off(movement):
            if rule.counter_account is None:
                yield _finding(z, profile, f"{what} has no account that it goes to", f"{path}.counter_account")
        elif not is_included(movement, profile) and counter_tender(movement, profile) is None:
            tender = movement.tender or rule.tender
            missing = f"tenders.{tender}" if tender else f"{path}.tender"
            yield _finding(z, profile, f"{what} is not part of the tender totals and has no tender account", missing)


def _accounts(z: ZReport, profile: StoreProfile) -> Iterator[Finding]:
    accounts = profile.rules.accounts
    if z.rounding and accounts.rounding is None:
        yield _finding(z, profile, f"rounding {display(z.rounding)} has no account", "accounts.rounding")
    for count in z.counts:
        if count.difference == 0:
            continue
        what = f"{count.tender} was counted {display(count.difference)} off"
        counted = count_rule(count, z, profile)
        if difference_account(counted, profile) is None:
            yield _finding(z, profile, f"{what}, which has no account", "accounts.cash_difference")
        if counted is None:
            yield _finding(z, profile, f"{what}, and the tender has no account", f"tenders.{count.tender}")
