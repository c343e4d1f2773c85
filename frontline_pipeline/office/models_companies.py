"""Customers as CompanyService takes and gives them, as frozen dataclasses.

Belongs here: companies, their addresses, and the rows of the sync list; None = not set, not asked for, or not to be sent.
Does not: talk to the service (companies.py), match or decide what is written (the caller).

Names, addresses, phones and e-mails are personal data: they are left out of every `repr`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

CompanyKind = Literal["None", "Lead", "Consumer", "Business", "Supplier"]
"""CompanyType of the service; Lead is deprecated there (API.md section 4)."""

CompanyDistribution = Literal["Unchanged", "Print", "EMail", "ElectronicInvoice", "Default"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address. `country` is the ISO code of two letters; the service wants it with every address (API.md section 4)."""

    street: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    postal_area: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    state: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The addresses of a company or an order. Whether the service replaces the whole group or only what is given is
    not documented, so a group is sent whole (API.md section 4)."""

    post: Address | None = None
    delivery: Address | None = None
    visit: Address | None = None
    invoice: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phones:
    """Phone numbers by use."""

    home: str | None = field(default=None, repr=False)
    fax: str | None = field(default=None, repr=False)
    mobile: str | None = field(default=None, repr=False)
    primary: str | None = field(default=None, repr=False)
    work: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emails:
    """E-mail addresses by use."""

    home: str | None = field(default=None, repr=False)
    invoice: str | None = field(default=None, repr=False)
    primary: str | None = field(default=None, repr=False)
    work: str | None = field(default=None, repr=False)
    alternative: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer (or supplier) of the client company.

    `company_id` is the customer number; None = new, the service chooses one. With `choose_number` a new one gets the
    number in `company_id` (ExplicitlySpecifyNewCompanyId; the number must be free). `external_id` holds our key.
    `payment_days`: days, 0 none, negative = the service's codes for month end (API.md section 4). `changed_at` is in UTC, read only.
    """

    company_id: int | None = None
    external_id: str | None = None
    organisation_number: str | None = None
    name: str | None = field(default=None, repr=False)
    first_name: str | None = field(default=None, repr=False)
    nick_name: str | None = field(default=None, repr=False)
    kind: CompanyKind | None = None
    addresses: Addresses | None = field(default=None, repr=False)
    phones: Phones | None = field(default=None, repr=False)
    emails: Emails | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)
    country: str | None = None
    note: str | None = field(default=None, repr=False)
    invoice_language: str | None = None
    status: int | None = None
    price_list: int | None = None
    discount: Decimal | None = None
    type_group: int | None = None
    distribution: CompanyDistribution | None = None
    currency: str | None = None
    payment_days: int | None = None
    gln: str | None = None
    vat_number: str | None = None
    invoice_blocked: bool | None = None
    ledger_customer_account: int | None = None
    choose_number: bool = False
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class SyncCompany:
    """A row of the sync list: ids only. `active` False = archived there. Times in UTC."""

    company_id: int
    external_id: str | None
    changed_at: dt.datetime | None
    registered_at: dt.datetime | None
    active: bool
