"""A company, its 24SevenOffice client, and a store: the models that people fill in under `companies` and `stores`.

Belongs here: what stands at each key of the two, and what a store's own keys must agree on.
Does not: account maps (settings_ledger.py), orders (settings_orders.py), a store merged with its company (settings_profile.py), the
whole tree (settings.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from frontline_pipeline.settings_calendar import Calendar
from frontline_pipeline.settings_chain import ChainStart
from frontline_pipeline.settings_followed import FollowedAccount
from frontline_pipeline.settings_ledger import LedgerRules
from frontline_pipeline.settings_masterdata import MasterDataRules
from frontline_pipeline.settings_orders import OrderRules
from frontline_pipeline.settings_values import (
    AccountNo,
    BaseUrl,
    Code,
    DimensionType,
    EnvName,
    KeyPath,
    Misplaced,
    Model,
    Name,
    Number,
    OrganisationNumber,
    Register,
    TimeOfDay,
    Whole,
)


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
