"""The stand-in's clients, made from the project's settings.

Belongs here: turning companies, their named credentials and `sandbox.clients` into what seed.py takes.
Does not: the registers themselves (seed.py) - an account the settings map and the chart lacks is refused, as it would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import SecretStr

from frontline_pipeline.sandbox.seed import (
    SandboxAccount,
    SandboxClient,
    SandboxDimensionType,
    SandboxFiscalYear,
    SandboxIdentity,
    default_chart,
)
from frontline_pipeline.settings import Company, Settings


class SandboxSetupError(Exception):
    """The settings do not say enough to stand in for a company."""


def clients_from_settings(settings: Settings, environ: Mapping[str, str], this_year: int) -> tuple[SandboxClient, ...]:
    """One client per company. Raises SandboxSetupError naming the variable that holds no credential."""
    years = settings.sandbox.fiscal_years or range(settings.partitions.start.year, this_year + 2)
    fiscal_years = tuple(SandboxFiscalYear(year=y, locked=y in settings.sandbox.locked_years) for y in years)
    return tuple(
        _client(settings, code, company, environ, fiscal_years) for code, company in settings.companies.items()
    )


def _client(
    settings: Settings,
    code: str,
    company: Company,
    environ: Mapping[str, str],
    fiscal_years: tuple[SandboxFiscalYear, ...],
) -> SandboxClient:
    def secret(name: str) -> str:
        value = environ.get(name, "").strip()
        if not value:
            raise SandboxSetupError(f"The sandbox stands in for company {code} and needs {name}; it is not set.")
        return value

    office = company.office
    extra = settings.sandbox.clients.get(code)
    chart = {account.number: account for account in default_chart()}
    chart |= {n: SandboxAccount(number=n, name=name) for n, name in (extra.accounts if extra else {}).items()}
    try:
        application_id = UUID(secret(office.application_id_env))
        identities = (
            (SandboxIdentity(id=UUID(secret(office.identity_id_env))),) if office.identity_id_env is not None else ()
        )
    except ValueError:
        raise SandboxSetupError(f"Company {code}: ApplicationId and IdentityId must be guids.") from None
    return SandboxClient(
        code=code,
        name=company.name,
        organisation_number=company.organisation_number,
        application_id=application_id,
        username=secret(office.username_env),
        password=SecretStr(secret(office.password_env)),
        identities=identities,
        accounts=tuple(chart[number] for number in sorted(chart)),
        fiscal_years=fiscal_years,
        departments=tuple(extra.departments.items()) if extra else (),
        projects=tuple(extra.projects.items()) if extra else (),
        dimensions=tuple(
            SandboxDimensionType(type_id=t, name=f"Dimension {t}", values=tuple((v, v) for v in values))
            for t, values in (extra.dimensions.items() if extra else ())
        ),
        customers=tuple(extra.customers.items()) if extra else (),
    )
