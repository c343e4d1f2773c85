"""Checks before the first write: right client, open year, known type, accounts, codes and dimensions.

Belongs here: holding one voucher against the company's lookups; the year, series and VAT codes it will be sent with.
Does not: prove the voucher against its Z-reports (accounting/), check whole settings (company_check.py), read the ledger
itself (lookups.py). Whether a customer exists is left to the ledger, which refuses a voucher with an unknown one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.office.models import FiscalYear, TaxCode
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.payload import TaxReference
from frontline_pipeline.settings import Company, StoreProfile


@dataclass(frozen=True, slots=True)
class Destination:
    """Where and how a voucher that passed goes: date, year, type, series, VAT codes by number."""

    date: dt.date
    year_id: int
    type_no: int
    series_id: int
    tax_codes: dict[str, TaxReference]


def check_voucher(voucher: Voucher, profile: StoreProfile, lookups: Lookups) -> Destination:
    """Hold a voucher against the ledger's registers; a refusal that rests on cached facts is checked again on fresh ones.

    Raises Refused that names the setting to mend, and whatever the ledger's reads raise.
    """
    try:
        return _check(voucher, profile, lookups)
    except Refused:
        if not lookups.from_cache:
            # Fresh facts stay remembered, so that a look tells of the refusal too.
            raise
        lookups.reread()
    return _check(voucher, profile, lookups)


def foreseen(voucher: Voucher, profile: StoreProfile, lookups: Lookups) -> Refused | None:
    """The refusal that a voucher would meet by what the log remembers of the ledger; None without one, or when it remembers
    too little. For a look: with `lookups` whose ledger answers nobody (NotSent), nothing is asked and nothing forgotten.
    """
    try:
        _check(voucher, profile, lookups)
    except Refused as refusal:
        return refusal
    except NotSent:
        return None
    return None


def _check(voucher: Voucher, profile: StoreProfile, lookups: Lookups) -> Destination:
    check_client(profile.company_code, profile.company, lookups)
    date, year = open_date(voucher.document_key, voucher.business_day, profile, lookups)
    type_no = profile.rules.voucher_type
    if type_no is None:
        raise Refused(
            f"store {profile.code}: no voucher type is set",
            kind="voucher_type",
            next_step=f"set ledger.voucher_type for store {profile.code} or company {profile.company_code}",
        )
    types = lookups.voucher_types()
    if type_no not in types:
        known = ", ".join(f"{no} ({each.title})" for no, each in sorted(types.items()))
        raise Refused(
            f"store {profile.code}: voucher type {type_no} is not one of the client's: {known or 'it has none'}",
            kind="voucher_type",
            next_step=f"mend ledger.voucher_type of store {profile.code} or company {profile.company_code}",
        )
    _check_accounts(voucher, profile, lookups)
    codes = _tax_references(voucher, profile, lookups)
    _check_dimensions(voucher, profile, lookups)
    return Destination(date, year.year_id, type_no, types[type_no].entry_series_id, codes)


def check_client(company_code: str, company: Company, lookups: Lookups) -> None:
    """Refuse when the session's client is another company than the settings say (API.md section 2)."""
    found = lookups.organisation_number()
    if found != company.organisation_number:
        raise Refused(
            f"company {company_code}: the login leads to the client with organisation number {found or '(none)'}, the "
            f"settings say {company.organisation_number}",
            kind="wrong_client",
            next_step=f"mend companies.{company_code}.organisation_number, or office.identity_id_env (which client the "
            "user's login opens)",
        )


def open_date(what: str, day: dt.date, profile: StoreProfile, lookups: Lookups) -> tuple[dt.date, FiscalYear]:
    """The date under which `day` can be booked, and its fiscal year.

    That is the day itself where its year is open. In a locked year it is refused, or, with `locked_period: next_open_day`,
    the first day after it that an open year holds. GetFiscalYears shows the lock of a year (API.md section 3.5); that of a
    single period or VAT term shows only in the ledger's refusal of a voucher. Raises Refused.
    """
    years = lookups.years()
    year = next((each for each in years if each.holds(day)), None)
    if year is None:
        raise Refused(
            f"{what}: the client has no fiscal year that holds {day}",
            kind="no_year",
            next_step=f"set up fiscal year {day.year} in 24SevenOffice",
        )
    if not year.is_locked:
        return day, year
    later = sorted((each for each in years if each.start > day and not each.is_locked), key=lambda each: each.start)
    if profile.store.locked_period == "next_open_day" and later:
        return later[0].start, later[0]
    last = year.end_exclusive - dt.timedelta(days=1)
    wanted = " and no later year is open" if profile.store.locked_period == "next_open_day" else ""
    raise Refused(
        f"{what}: fiscal year {year.year_id} of the client is locked up to {last}, which holds {day}{wanted}",
        kind="locked_year",
        next_step=f"open year {year.year_id} in 24SevenOffice, book the day there by hand, or let it be dated on the next open "
        f"day (stores.{profile.code}.locked_period: next_open_day)",
    )


def _check_accounts(voucher: Voucher, profile: StoreProfile, lookups: Lookups) -> None:
    missing = sorted({line.account for line in voucher.lines} - lookups.accounts())
    if missing:
        where = "; ".join(f"{account}: {setting_of_account(profile, account)}" for account in missing)
        raise Refused(
            f"{voucher.document_key}: account {', '.join(map(str, missing))} is not in the client's chart of accounts",
            kind="account",
            next_step=f"create it in 24SevenOffice, or mend the setting ({where})",
        )


def setting_of_account(profile: StoreProfile, account: int) -> str:
    """The settings that name an account, for a person to find it."""
    named = [key for key, number in accounts_in_settings(profile) if number == account]
    return ", ".join(named) or "no longer in the settings"


def accounts_in_settings(profile: StoreProfile) -> list[tuple[str, int]]:
    """Every account that a store's merged rules name, with the key that names it."""
    rules = profile.rules
    found: list[tuple[str, int | None]] = []
    for code, rule in rules.vat_codes.items():
        found.append((f"ledger.vat_codes.{code}.sales_account", rule.sales_account))
        found.append((f"ledger.vat_codes.{code}.vat_account", rule.vat_account))
        found += [
            (f"ledger.vat_codes.{code}.article_groups.{group}", number) for group, number in rule.article_groups.items()
        ]
    for code, tender in rules.tenders.items():
        found.append((f"ledger.tenders.{code}.account", tender.account))
        found.append((f"ledger.tenders.{code}.difference_account", tender.difference_account))
        found += [
            (f"ledger.tenders.{code}.currency_accounts.{currency}", number)
            for currency, number in tender.currency_accounts.items()
        ]
    for kind, movement in rules.movements.items():
        found.append((f"ledger.movements.{kind}.account", movement.account))
        found.append((f"ledger.movements.{kind}.counter_account", movement.counter_account))
    if rules.credit_sales is not None:
        found.append(("ledger.credit_sales.account", rules.credit_sales.account))
    found += [(f"ledger.accounts.{name}", number) for name, number in rules.accounts]
    return [(key, number) for key, number in found if number is not None]


def _tax_references(voucher: Voucher, profile: StoreProfile, lookups: Lookups) -> dict[str, TaxReference]:
    wanted = {line.tax_code for line in voucher.lines if line.tax_code is not None}
    known = lookups.tax_codes() if wanted else {}
    missing = sorted(wanted - known.keys())
    if missing:
        raise Refused(
            f"{voucher.document_key}: VAT code {', '.join(missing)} is not one of the client's "
            f"({', '.join(sorted(known)) or 'it has none'})",
            kind="tax_code",
            next_step=f"mend tax_code under ledger.vat_codes or ledger.tenders of store {profile.code} or company "
            f"{profile.company_code}; it is the code's visible number",
        )
    return {number: tax_reference(known[number], profile.rules.tax_reference == "id") for number in wanted}


def tax_reference(code: TaxCode, by_id: bool) -> TaxReference:
    """How a VAT code is sent: its number, or its id with `tax_reference: id` (API.md section 3.4, unproven)."""
    return TaxReference(str(code.tax_id) if by_id else code.number, code.number, code.tax_id)


def _check_dimensions(voucher: Voucher, profile: StoreProfile, lookups: Lookups) -> None:
    def refuse(what: str, setting: str) -> Refused:
        return Refused(
            f"{voucher.document_key}: {what} does not exist in the client",
            kind="dimension",
            next_step=f"mend stores.{profile.code}.{setting}, or create it in 24SevenOffice",
        )

    for department in _absent((line.department_id for line in voucher.lines), lookups.departments):
        raise refuse(f"department {department}", "department_id")
    for project in _absent((line.project_id for line in voucher.lines), lookups.projects):
        raise refuse(f"project {project}", "project_id")
    pairs = sorted({pair for line in voucher.lines for pair in line.dimensions})
    for type_id, value in pairs:
        if type_id not in lookups.dimension_types():
            raise refuse(f"dimension type {type_id}", f"dimensions.{type_id}")
        if value not in lookups.dimension_values(type_id):
            raise refuse(f"value {value!r} of dimension {type_id}", f"dimensions.{type_id}")


def _absent(used: Iterable[int | None], known: Callable[[], set[int]]) -> list[int]:
    """Ids used that are not known; the ledger is asked only when one is used at all."""
    wanted = {each for each in used if each is not None}
    return sorted(wanted - known()) if wanted else []
