"""`frontline check`: hold a company's settings against its 24SevenOffice client before anything is posted.

Belongs here: every account, VAT code, voucher type, year and dimension in the settings, each with what to mend.
Does not: check one voucher (preflight.py), validate the settings among themselves (settings.py), print (cli.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from frontline_pipeline.accounting.vat import rate_text, valid_rates
from frontline_pipeline.office.errors import NotSent, OfficeError, Rejected
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.models import TaxCode
from frontline_pipeline.posting.preflight import accounts_in_settings
from frontline_pipeline.settings import Settings, StoreProfile


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked. `setting` is the key to mend, `next_step` is empty when all is well."""

    setting: str
    ok: bool
    message: str
    next_step: str = ""


def check_company(settings: Settings, company_code: str, ledger: LedgerPort, today: dt.date) -> list[CheckResult]:
    """Check everything that the settings of a company say about its client, on fresh answers (nothing is cached).

    A question that the ledger refuses or that gets no answer is a problem of its own, and the other checks go on.
    Raises KeyError for an unknown company.
    """
    company = settings.companies[company_code]
    profiles = [profile for profile in settings.profiles() if profile.company_code == company_code]
    checks = _Checks(company_code, ledger)
    results = checks.guard("client", lambda: _client(company_code, company.organisation_number, ledger))
    if any(not result.ok for result in results):
        # Every further answer would be another company's.
        return results
    results += checks.guard("partitions.start", lambda: _years(settings.partitions.start, today, ledger))
    results += checks.guard("voucher_type", lambda: _voucher_types(company_code, profiles, ledger))
    results += checks.guard("accounts", lambda: _accounts(company_code, profiles, ledger))
    results += checks.guard("tax_codes", lambda: _tax_codes(company_code, profiles, ledger, today))
    results += checks.guard("dimensions", lambda: _dimensions(profiles, ledger))
    return results


@dataclass(frozen=True, slots=True)
class _Checks:
    company_code: str
    ledger: LedgerPort

    def guard(self, what: str, check: Callable[[], list[CheckResult]]) -> list[CheckResult]:
        """Run one group of checks; a failed question becomes a result."""
        try:
            return check()
        except (NotSent, Rejected) as failure:
            return [self._failed(what, failure)]

    def _failed(self, what: str, failure: OfficeError) -> CheckResult:
        if isinstance(failure, NotSent):
            next_step = (
                "see that 24SevenOffice answers at the address of these settings, then run `frontline check` again"
            )
        else:
            next_step = (
                "mend what the refusal names: the login, its rights or the identity; then run `frontline check` again"
            )
        return CheckResult(f"companies.{self.company_code}.office", False, f"{what}: {failure}", next_step)


def _client(company_code: str, organisation_number: str, ledger: LedgerPort) -> list[CheckResult]:
    setting = f"companies.{company_code}.organisation_number"
    found = "".join(sign for sign in ledger.client_information().organisation_number if sign.isdigit())
    if found == organisation_number:
        return [CheckResult(setting, True, f"the login leads to the client with organisation number {found}")]
    return [
        CheckResult(
            setting,
            False,
            f"the login leads to the client with organisation number {found or '(none)'}, the settings say "
            f"{organisation_number}",
            f"mend {setting}, or name another identity with companies.{company_code}.office.identity_id_env",
        )
    ]


def _years(start: dt.date, today: dt.date, ledger: LedgerPort) -> list[CheckResult]:
    years = ledger.fiscal_years()
    results = []
    missing: list[int] = []
    for number in range(start.year, max(today.year, start.year) + 1):
        day = max(start, dt.date(number, 1, 1))
        year = next((each for each in years if each.holds(day)), None)
        if year is None:
            missing.append(number)
        elif year.is_locked:
            results.append(
                CheckResult(
                    "partitions.start",
                    False,
                    f"fiscal year {year.year_id} is locked; store-days from {day} on cannot be posted",
                    f"open the year in 24SevenOffice, or move partitions.start to {year.end_exclusive}",
                )
            )
        else:
            results.append(CheckResult("partitions.start", True, f"fiscal year {year.year_id} is set up and open"))
    if missing:
        told = ", ".join(str(number) for number in missing)
        results.append(
            CheckResult(
                "partitions.start",
                False,
                f"the client has no fiscal year for business days of {told}",
                "set up what is missing in 24SevenOffice, or move partitions.start past it",
            )
        )
    return results


def _voucher_types(company_code: str, profiles: Iterable[StoreProfile], ledger: LedgerPort) -> list[CheckResult]:
    types = {each.type_no: each for each in ledger.voucher_types()}
    known = ", ".join(f"{number} ({each.title})" for number, each in sorted(types.items())) or "none"
    results = []
    for profile in profiles:
        wanted = profile.rules.voucher_type
        setting = f"stores.{profile.code}.ledger.voucher_type"
        if wanted is None:
            message = "no voucher type is set"
        elif wanted not in types:
            message = f"voucher type {wanted} is not one of the client's"
        else:
            found = types[wanted]
            results.append(
                CheckResult(
                    setting, True, f"voucher type {wanted} ({found.title}), number series {found.entry_series_id}"
                )
            )
            continue
        mend = f"set {setting} or companies.{company_code}.ledger.voucher_type to one of: {known}"
        results.append(CheckResult(setting, False, message, mend))
    return results


def _accounts(company_code: str, profiles: Iterable[StoreProfile], ledger: LedgerPort) -> list[CheckResult]:
    chart = {account.number for account in ledger.accounts()}
    results: dict[tuple[str, int], CheckResult] = {}
    for profile in profiles:
        for key, number in accounts_in_settings(profile):
            setting = f"companies.{company_code} or stores.{profile.code}: {key}"
            if (key, number) in results:
                continue
            if number in chart:
                results[key, number] = CheckResult(setting, True, f"account {number} exists")
            else:
                results[key, number] = CheckResult(
                    setting,
                    False,
                    f"account {number} is not in the client's chart of accounts",
                    f"create account {number} in 24SevenOffice, or mend {key}",
                )
    return list(results.values())


def _tax_codes(
    company_code: str, profiles: Iterable[StoreProfile], ledger: LedgerPort, today: dt.date
) -> list[CheckResult]:
    codes = {code.number: code for code in ledger.tax_codes()}
    results: dict[tuple[str, str, int | None], CheckResult] = {}
    for profile in profiles:
        where = f"companies.{company_code} or stores.{profile.code}"
        for standard, rule in profile.rules.vat_codes.items():
            if rule.tax_code is not None:
                key = f"ledger.vat_codes.{standard}"
                results.setdefault(
                    (key, rule.tax_code, rule.vat_account),
                    _tax_code(f"{where}: {key}", standard, rule.tax_code, rule.vat_account, codes, today),
                )
        for key, number in _other_tax_codes(profile):
            results.setdefault((key, number, None), _exists(f"{where}: {key}", number, codes))
    return list(results.values())


def _other_tax_codes(profile: StoreProfile) -> Iterator[tuple[str, str]]:
    """(setting, tax code) of lines that are neither sales nor VAT."""
    for tender, rule in profile.rules.tenders.items():
        if rule.tax_code is not None:
            yield f"ledger.tenders.{tender}.tax_code", rule.tax_code
    for kind, movement in profile.rules.movements.items():
        for name in ("tax_code", "counter_tax_code"):
            if (number := getattr(movement, name)) is not None:
                yield f"ledger.movements.{kind}.{name}", number
    if (credit := profile.rules.credit_sales) is not None and credit.tax_code is not None:
        yield "ledger.credit_sales.tax_code", credit.tax_code


def _exists(setting: str, number: str, codes: dict[str, TaxCode]) -> CheckResult:
    if number in codes:
        return CheckResult(setting, True, f"VAT code {number} exists")
    known = ", ".join(f"{code.number} ({rate_text(code.rate_millipercent)})" for code in codes.values()) or "none"
    return CheckResult(
        setting,
        False,
        f"VAT code {number} is not one of the client's",
        f"set it to the visible number of one of: {known}",
    )


def _tax_code(
    setting: str, standard: str, number: str, vat_account: int | None, codes: dict[str, TaxCode], today: dt.date
) -> CheckResult:
    """A sales code: there, of the rate that the SAF-T standard code has today (DOMAIN.md C.1), on the same VAT account."""
    found = _exists(setting, number, codes)
    if not found.ok:
        return found
    code = codes[number]
    rates = valid_rates(today, standard)
    if rates and code.rate_millipercent not in rates:
        wanted = " or ".join(rate_text(rate) for rate in rates)
        return CheckResult(
            setting,
            False,
            f"VAT code {number} has {rate_text(code.rate_millipercent)}, SAF-T code {standard} means {wanted} today",
            "set tax_code to the client's code of that rate",
        )
    if vat_account is not None and code.account_no != vat_account:
        return CheckResult(
            setting,
            False,
            f"VAT code {number} books VAT on account {code.account_no or '(none)'}, the settings say {vat_account}",
            f"set vat_account to {code.account_no}" if code.account_no else "remove vat_account, the code has none",
        )
    if vat_account is None and code.rate_millipercent:
        return CheckResult(
            setting,
            False,
            f"VAT code {number} has {rate_text(code.rate_millipercent)}, but no vat_account is set",
            f"set vat_account to {code.account_no}" if code.account_no else "choose another code",
        )
    return CheckResult(setting, True, f"VAT code {number}, {rate_text(code.rate_millipercent)}")


def _dimensions(profiles: Iterable[StoreProfile], ledger: LedgerPort) -> list[CheckResult]:
    stores = list(profiles)
    results: list[CheckResult] = []

    def add(code: str, key: str, what: str, there: bool) -> None:
        setting = f"stores.{code}.{key}"
        if there:
            results.append(CheckResult(setting, True, f"{what} exists"))
        else:
            mend = f"mend {setting}, or create it in 24SevenOffice"
            results.append(CheckResult(setting, False, f"{what} does not exist in the client", mend))

    wanted = [(profile.code, key, number) for profile in stores for key, number in _departments(profile)]
    if wanted:
        departments = {each.department_id for each in ledger.departments()}
        for code, key, number in wanted:
            add(code, key, f"department {number}", number in departments)
    if any(profile.store.project_id is not None for profile in stores):
        projects = {each.project_id for each in ledger.projects()}
        for profile in stores:
            if (project := profile.store.project_id) is not None:
                add(profile.code, "project_id", f"project {project}", project in projects)
    used = sorted({type_id for profile in stores for type_id in profile.store.dimensions})
    types = {each.type_id for each in ledger.dimensions()} if used else set()
    values = {
        type_id: {each.value for each in ledger.dimension_values(type_id)} for type_id in used if type_id in types
    }
    for profile in stores:
        for type_id, value in sorted(profile.store.dimensions.items()):
            what = f"value {value!r} of dimension {type_id}"
            add(profile.code, f"dimensions.{type_id}", what, value in values.get(type_id, set()))
    return results


def _departments(profile: StoreProfile) -> Iterator[tuple[str, int]]:
    """(setting, department) of a store and of its registers."""
    if profile.store.department_id is not None:
        yield "department_id", profile.store.department_id
    for register, number in profile.store.register_departments.items():
        yield f"register_departments.{register}", number
