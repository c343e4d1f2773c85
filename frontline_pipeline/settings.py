"""Settings: one validated tree of companies, stores, calendars, accounts, tenders and posting modes.

Belongs here: the pydantic models and what can be derived from them alone (a store's merged profile, its calendar).
Does not: the small types (settings_values.py), account maps (settings_ledger.py), calendars (settings_calendar.py), reading YAML
files and naming line numbers (settings_file.py), secrets (only the names of their variables are here), Dagster, I/O.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from frontline_pipeline.settings_calendar import Calendar
from frontline_pipeline.settings_chain import ChainStart
from frontline_pipeline.settings_followed import FollowedAccount
from frontline_pipeline.settings_ledger import (
    SALES_CODES,
    Accounts,
    LedgerRules,
    MovementRule,
    ResolvedRules,
    TenderRule,
    TendersInclude,
    VatCode,
    is_pay_in,
    resolve_rules,
)
from frontline_pipeline.settings_masterdata import KeySettings, MasterDataRules
from frontline_pipeline.settings_orders import OrderRules, resolve_orders
from frontline_pipeline.settings_sandbox import SandboxClient, SandboxSettings
from frontline_pipeline.settings_values import (
    STORE_CODE,
    WEEKDAYS,
    AccountNo,
    BaseUrl,
    Code,
    Day,
    DimensionType,
    EnvName,
    KeyPath,
    Misplaced,
    Model,
    Name,
    Number,
    OrganisationNumber,
    Register,
    StoragePath,
    TimeOfDay,
    Weekday,
    Whole,
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


class OfficeSettings(Model):
    """How to reach one company's 24SevenOffice client. Secrets are named here, never written here."""

    api_url: BaseUrl = "https://api.24sevenoffice.com"
    """Base URL of the api. host; a stand-in serves the same paths."""
    webservices_url: BaseUrl = "https://webservices.24sevenoffice.com"
    """Base URL of the webservices. host (Project, Attachment)."""
    application_id_env: EnvName
    """Environment variable that holds the ApplicationId of the integration."""
    username_env: EnvName
    """Environment variable that holds the user name."""
    password_env: EnvName
    """Environment variable that holds the password."""
    identity_id_env: EnvName | None = None
    """Environment variable with the identity (user x client); needed when the user has several clients."""
    timeout_seconds: Whole = Field(60, ge=1, le=600)
    """Longest wait for one answer, in seconds."""


class Company(Model):
    """A legal entity with its own 24SevenOffice client."""

    name: Name
    """For people; messages and reports use it."""
    organisation_number: OrganisationNumber
    """Nine digits; compared with the client's before the first write."""
    office: OfficeSettings
    """How to reach its 24SevenOffice client."""
    ledger: LedgerRules = LedgerRules()
    """Account maps and posting choices of all its stores."""
    followed_accounts: dict[AccountNo, FollowedAccount] = Field({})
    """Accounts that are rolled forward each month, laid over those that the tender and movement maps imply: gift cards and other
    liabilities (29xx), card and Vipps interim accounts."""
    orders: OrderRules = OrderRules()
    """How orders of all its stores go to 24SevenOffice."""
    masterdata: MasterDataRules | None = None
    """Customers and products: matched, made, changed. Unset: none of it."""


class Store(Model):
    """A shop: its registers, calendar, posting choices and dimensions."""

    name: Name
    """For people; messages and reports use it."""
    company: Code
    """Key of its company."""
    registers: tuple[Register, ...] = Field(min_length=1)
    """Register ids as the extract has them; an unknown register is refused, never guessed."""
    calendar: Calendar = Calendar()
    """When it is open."""
    cut_off: TimeOfDay = dt.time(5, 0)
    """A sale before this time belongs to the evening before."""
    receipts: Literal["expected", "optional", "none"] = "optional"
    """expected: a Z without receipts is held; optional: proven against them when delivered; none: not read."""
    mode: Literal["draft", "posted"] = "draft"
    """draft (kladd): a person posts it in 24SevenOffice; posted: straight to the ledger."""
    journal_per: Literal["register", "store"] = "register"
    """A voucher per Z-report, or one per store and business day."""
    locked_period: Literal["hold", "next_open_day"] = "hold"
    """A day in a locked year: hold it, or date it on the next open day with its own date in the text."""
    attach_z_report: bool = False
    """Hang the Z-report's document (PDF, made from the proven Z) on its voucher. Unproven with a real client, so off; five
    calls more per voucher, and a document that cannot be attached is a warning."""
    rounding: Literal["required", "derive"] = "required"
    """derive books the residual as rounding: forces draft and warns; hides up to 50 øre per receipt."""
    hold_on_gap: bool = False
    """Hold a store-day whose Z-reports do not continue their register's chain: a number is missing before them or used twice, or
    the grand totals do not run on. Off: the check z_chain is red, and the day is posted all the same."""
    chain_starts: tuple[ChainStart, ...] = ()
    """Where a register's chain of Z-reports begins anew: a register that is new, was replaced or was reset."""
    department_id: Number | None = None
    """Department in 24SevenOffice, on every line."""
    register_departments: dict[Register, Number] = Field({})
    """Department per register, where Z-reports are per department of the store; the others have `department_id`."""
    project_id: Number | None = None
    """Project in 24SevenOffice, on every line."""
    dimensions: dict[DimensionType, str] = Field({})
    """User-defined dimensions: type id (above 100) -> value."""
    ledger: LedgerRules = LedgerRules()
    """Laid over the company's, key by key: an entry given here replaces the company's entry whole."""
    orders: OrderRules = OrderRules()
    """Laid over the company's, key by key."""

    @model_validator(mode="after")
    def _unique_registers(self) -> Self:
        twice = [index for index, register in enumerate(self.registers) if register in self.registers[:index]]
        problems: list[tuple[KeyPath, str]] = [
            (("registers", index), f"each register only once (got {self.registers[index]!r} again)") for index in twice
        ]
        problems += [
            (("register_departments", register), f"a register of the store: {', '.join(self.registers)}")
            for register in self.register_departments
            if register not in self.registers
        ]
        problems += [
            (("chain_starts", index, "register_id"), f"one of the store's registers: {', '.join(self.registers)}")
            for index, each in enumerate(self.chain_starts)
            if each.register_id not in self.registers
        ]
        if problems:
            raise Misplaced(problems)
        return self


class FilesSource(Model):
    """Extract contract v1 as a folder per store and business day; also where `frontline import` lands SAF-T."""

    kind: Literal["files"] = "files"
    """A folder of files."""
    path: str = "landing"
    """Folder, relative to the state directory unless absolute."""


class SqlSource(Model):
    """Extract contract v1 as SQL views, one per frame, with a `store` column."""

    kind: Literal["sql"]
    """SQL views."""
    url_env: EnvName
    """Environment variable with the SQLAlchemy URL."""
    schema_name: str | None = None
    """Schema of the views; unset = the connection's own."""
    view_prefix: str = ""
    """The view of a frame is `<schema>.<prefix><frame>`."""


Source = Annotated[FilesSource | SqlSource, Field(discriminator="kind")]


class PartitionSettings(Model):
    """The grid of store-days."""

    start: Day
    """First business day of the store-day grid."""
    end_offset: Literal[0, 1] = 0
    """1 adds the running day."""


class PostingSettings(Model):
    """The posting log and the rules of sending."""

    url_env: EnvName | None = None
    """Environment variable with the SQLAlchemy URL of the posting log; unset = SQLite in the state directory."""
    lease_ttl_seconds: Whole = Field(240, ge=10)
    """More than three times the SOAP time-out: a holder that hangs in a call, logs in anew and calls again still owns the lease."""
    lease_wait_seconds: Whole = Field(300, ge=0)
    """How long a run waits for another writer of the same company before it ends as not sent."""
    lookups_ttl_seconds: Whole = Field(12 * 3600, ge=0)
    """How long accounts, codes, years and the client check are kept before they are read again."""
    resend: Literal["same_number", "hold"] = "same_number"
    """A posted voucher whose outcome is unknown and that the ledger does not show: send it again under its own number, or
    hold it for a person. That a used number is refused is unproven."""
    number_source: Literal["ledger", "local"] = "ledger"
    """Where the next voucher number comes from: asked of the ledger for each voucher, or counted on here from the last one
    known, which saves a call per voucher. That 24SevenOffice accepts numbers counted here is unproven: leave it at ledger
    until a real client is known to."""
    settle_seconds: Whole = Field(60, ge=0, le=3600)
    """How long after the last sending the ledger's search may lag behind; only then does "not found" count."""
    attempts: Whole = Field(5, ge=1, le=100)
    """How often the same content is sent by itself before it stops for a person."""
    calls_per_hour: Whole = Field(6000, ge=1, le=7200)
    """Ceiling of calls to 24SevenOffice in any hour, of all processes that share this state directory; the service takes
    7200 per address, other integrations included."""


class ScheduleSettings(Model):
    """When the store-days of yesterday are run, Norwegian time."""

    hour: Whole = Field(6, ge=0, le=23)
    """Hour of the day."""
    minute: Whole = Field(0, ge=0, le=59)
    """Minute of the hour."""
    sweep_months: Whole = Field(3, ge=1, le=36)
    """How many months the weekly sweep reads again, the running one included; one call per company and month."""
    late_after_hours: Whole = Field(36, ge=1, le=8760)
    """How long after the midnight that ends it an open day without an extract is late; the sensor late_extracts then alerts once."""
    late_days: Whole = Field(31, ge=1, le=3660)
    """How many business days back the sensor late_extracts looks for extracts that came late or not at all."""


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


class StoreProfile:
    """A store with its company and merged rules: what the pure core is given."""

    def __init__(self, code: str, store: Store, company_code: str, company: Company) -> None:
        self.code = code
        self.store = store
        self.company_code = company_code
        self.company = company
        self.rules = resolve_rules(company.ledger, store.ledger)
        self.orders = resolve_orders(company.orders, store.orders)

    @property
    def mode(self) -> Literal["draft", "posted"]:
        """The posting mode; `rounding: derive` forces draft (a derived rounding is for a person to judge)."""
        return "draft" if self.store.rounding == "derive" else self.store.mode

    def tender_rule(self, tender: str, tender_type: str | None) -> TenderRule | None:
        """The rule of a tender: its own code first, then its SAF-T payment code."""
        rules = self.rules.tenders
        return rules.get(tender) or (rules.get(tender_type) if tender_type else None)

    def is_cash(self, tender: str, tender_type: str | None) -> bool:
        """Whether a tender is notes and coins: the rule's `cash`, else SAF-T type 12001."""
        rule = self.tender_rule(tender, tender_type)
        if rule is not None and rule.cash is not None:
            return rule.cash
        return tender_type == "12001"

    def standard_vat_code(self, vat_code: str, standard_code: str | None) -> str | None:
        """SAF-T standard code of a register's VAT code; the store's own map wins over the extract's."""
        own = self.rules.pos_vat_codes.get(vat_code, standard_code)
        if vat_code in self.rules.movement_vat_codes and own not in SALES_CODES:
            # What is no turnover needs no sales code; registers give it none, or the purchase code 0.
            return "7"
        return own

    def movement_kind(self, kind: str, source_type: str | None) -> str:
        """The kind of a movement, refined by the register's own code."""
        return self.rules.movement_types.get(source_type or "", kind)

    def __repr__(self) -> str:
        return f"StoreProfile({self.code!r})"


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
