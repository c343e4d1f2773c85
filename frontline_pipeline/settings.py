"""Settings: one validated tree of companies, stores, calendars, accounts, tenders and posting modes.

Belongs here: the whole tree, what its parts must agree on, and the names of settings that the other rooms use.
Does not: companies and stores (settings_company.py), a store merged with its company (settings_profile.py), sources, sending and
schedules (settings_running.py), account maps (settings_ledger.py), calendars (settings_calendar.py), reading YAML files and naming line
numbers (settings_file.py), secrets (only the names of their variables are here), Dagster, I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from frontline_pipeline.settings_calendar import Calendar
from frontline_pipeline.settings_chain import ChainStart
from frontline_pipeline.settings_company import Company, OfficeSettings, Store
from frontline_pipeline.settings_followed import FollowedAccount
from frontline_pipeline.settings_ledger import (
    Accounts,
    CreditSales,
    LedgerRules,
    MovementRule,
    ResolvedRules,
    TenderRule,
    TendersInclude,
    VatCode,
    is_pay_in,
    resolve_rules,
)
from frontline_pipeline.settings_masterdata import KeySettings
from frontline_pipeline.settings_profile import StoreProfile
from frontline_pipeline.settings_running import (
    FilesSource,
    PartitionSettings,
    PostingSettings,
    ScheduleSettings,
    Source,
    SqlSource,
)
from frontline_pipeline.settings_sandbox import SandboxClient, SandboxSettings
from frontline_pipeline.settings_values import (
    STORE_CODE,
    WEEKDAYS,
    AccountNo,
    Code,
    EnvName,
    KeyPath,
    Misplaced,
    Model,
    StoragePath,
    Weekday,
)

__all__ = [
    "STORE_CODE",
    "WEEKDAYS",
    "AccountNo",
    "Accounts",
    "Calendar",
    "ChainStart",
    "Code",
    "Company",
    "CreditSales",
    "EnvName",
    "FilesSource",
    "FollowedAccount",
    "LedgerRules",
    "Misplaced",
    "Model",
    "MovementRule",
    "OfficeSettings",
    "PartitionSettings",
    "Paths",
    "PostingSettings",
    "ResolvedRules",
    "SandboxClient",
    "SandboxSettings",
    "ScheduleSettings",
    "Settings",
    "Source",
    "SqlSource",
    "Store",
    "StoreProfile",
    "TenderRule",
    "TendersInclude",
    "VatCode",
    "Weekday",
    "is_pay_in",
    "resolve_rules",
    "secret_environment",
]


class Settings(Model):
    """The whole tree."""

    companies: dict[Code, Company] = Field(min_length=1)
    """By company code."""
    stores: dict[Code, Store] = Field(min_length=1)
    """By store code, which names the store in partition keys."""
    partitions: PartitionSettings
    """Which days there are."""
    source: Source = FilesSource()
    """Where extracts are read from."""
    state_dir: str = "var"
    """Everything the pipeline writes; relative to the folder that holds config/. FRONTLINE_STATE overrides it."""
    storage: StoragePath | None = None
    """fsspec path between assets; default: `storage` in the state directory."""
    posting: PostingSettings = PostingSettings()
    """Posting log and sending."""
    schedule: ScheduleSettings = ScheduleSettings()
    """The daily schedule."""
    keys: KeySettings = KeySettings()
    """Where keys of customers and products are returned to."""
    sandbox: SandboxSettings = SandboxSettings()
    """The stand-in of 24SevenOffice."""
    secrets_file: str | None = None
    """A NAME=value file beside the settings, read for variables the environment lacks. For the sandbox; in production
    use the environment."""

    @model_validator(mode="after")
    def _references(self) -> Self:
        if problems := (*self._misplaced_stores(), *self._misplaced_rest()):
            raise Misplaced(problems)
        return self

    def _misplaced_stores(self) -> Iterator[tuple[KeyPath, str]]:
        seen: dict[tuple[str, str], str] = {}
        for code, store in self.stores.items():
            at: KeyPath = ("stores", code)
            if store.company not in self.companies:
                yield (
                    (*at, "company"),
                    f"a company of the settings: {', '.join(self.companies)} (got {store.company!r})",
                )
                continue
            for index, register in enumerate(store.registers):
                other = seen.setdefault((store.company, register), code)
                if other != code:
                    yield (*at, "registers", index), f"register {register!r} stands in store {other} already"
            yield from self._misplaced_rules(self.store(code))

    def _misplaced_rules(self, profile: StoreProfile) -> Iterator[tuple[KeyPath, str]]:
        own, company = ("stores", profile.code, "ledger"), ("companies", profile.company_code, "ledger")
        if profile.rules.vat_posting == "system" and profile.mode != "draft":
            at = own if profile.store.ledger.vat_posting else company
            text = f"store {profile.code} is posted, and system is for drafts only (API.md section 3.4)"
            yield (*at, "vat_posting"), text
        for kind, rule in profile.rules.movements.items():
            if rule.tender is not None and rule.tender not in profile.rules.tenders:
                at = own if kind in profile.store.ledger.movements else company
                text = f"a key of tenders that store {profile.code} has (got {rule.tender!r})"
                yield (*at, "movements", kind, "tender"), text
        sales = profile.orders.from_sales
        if sales is not None and profile.rules.credit_sales is not None:
            text = (
                f"one way for the credit sales of store {profile.code}: by orders.from_sales they go as orders already; take that "
                "away, or set way: none here"
            )
            yield (*(own if profile.store.ledger.credit_sales else company), "credit_sales", "way"), text
        if sales is not None and sales.kind not in profile.orders.kinds:
            where = ("stores", profile.code) if profile.store.orders.from_sales else ("companies", profile.company_code)
            yield (*where, "orders", "from_sales", "kind"), f"a key of orders.kinds (got {sales.kind!r})"

    def _misplaced_rest(self) -> Iterator[tuple[KeyPath, str]]:
        numbers: dict[str, str] = {}
        for code, company in self.companies.items():
            other = numbers.setdefault(company.organisation_number, code)
            if other != code:
                yield ("companies", code, "organisation_number"), f"the same as that of company {other}"
            if self.posting.lease_ttl_seconds <= 3 * company.office.timeout_seconds:
                text = f"more than three times the time-out of company {code}, {company.office.timeout_seconds} s"
                yield ("posting", "lease_ttl_seconds"), f"{text} (got {self.posting.lease_ttl_seconds})"
        for code in self.sandbox.clients:
            if code not in self.companies:
                yield ("sandbox", "clients", code), f"a company of the settings: {', '.join(self.companies)}"

    def store(self, code: str) -> StoreProfile:
        """The merged profile of a store. Raises KeyError for an unknown code."""
        store = self.stores[code]
        return StoreProfile(code, store, store.company, self.companies[store.company])

    def profiles(self) -> tuple[StoreProfile, ...]:
        """Every store's merged profile, in the order of the settings."""
        return tuple(self.store(code) for code in self.stores)

    def store_of_register(self, register: str, organisation_number: str | None = None) -> StoreProfile | None:
        """The store that has `register`; with an organisation number, among that company's stores only."""
        for profile in self.profiles():
            if register in profile.store.registers and (
                organisation_number is None or profile.company.organisation_number == organisation_number
            ):
                return profile
        return None


class Paths:
    """Where the pipeline keeps what it writes, derived from settings and the project folder."""

    def __init__(self, settings: Settings, project_dir: Path) -> None:
        self.project = project_dir
        self.state = (project_dir / settings.state_dir).resolve()
        self.storage = settings.storage or str(self.state / "storage")
        self.landing = (
            (self.state / settings.source.path).resolve() if isinstance(settings.source, FilesSource) else None
        )
        self.posting_log = self.state / "posting.sqlite"
        self.outbox = self.state / settings.keys.outbox
        self.sandbox_db = self.state / "sandbox.sqlite"
        self.dagster_home = self.state / "dagster"


def secret_environment(environ: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment with the secrets file behind it; the environment wins."""
    return {**secrets, **environ}
