"""How customers and products of Frontline find their twins in 24SevenOffice: matching, creation, updates, keys returned.

Belongs here: the models under `masterdata` of a company, and `keys` at the top.
Does not: companies (settings.py), the matching itself (masterdata/), sending (posting/).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from frontline_pipeline.settings_values import EnvName, Model, Name, Number, StoragePath, Whole

Policy = Literal["never", "fill", "frontline"]
"""never: 24SevenOffice keeps what it has; fill: only what is empty there; frontline: what Frontline has wins."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _percent(value: object) -> object:
    # A float is never exact; YAML reads 11.11 as one, and its text is what was written.
    return str(value) if isinstance(value, float) else value


Percent = Annotated[Decimal, BeforeValidator(_percent), Field(ge=0, le=100, decimal_places=3)]


class CustomerMatching(Model):
    """By what an unknown customer is looked for, in this order; the first hit wins. A known link always comes first."""

    external_id: bool = True
    """By our key in ExternalId."""
    customer_number: bool = True
    """By the customer number that Frontline has of it; off where Frontline's numbers are not 24SevenOffice's own. A hit whose
    organisation number is another is held."""
    organisation_number: bool = True
    """By organisation number, whatever the names say."""


class CustomerUpdates(Model):
    """What a change in Frontline does to the customer in 24SevenOffice, per group of fields."""

    names: Policy = "fill"
    """Name and first name."""
    organisation_number: Policy = "fill"
    """Organisation number."""
    addresses: Policy = "fill"
    """Postal, invoice and delivery address, each as a whole."""
    phones: Policy = "fill"
    """Phone and mobile."""
    emails: Policy = "fill"
    """E-mail, and the one that invoices go to."""
    terms: Policy = "never"
    """Payment time."""


class CustomerRules(Model):
    """Customers."""

    match: CustomerMatching = CustomerMatching()
    """The steps of matching, each of which can be switched off."""
    create: bool = True
    """Make a customer that is not found; false holds it for a person."""
    keys: Literal["company", "store"] = "company"
    """Whether a customer key means the same customer in all stores of the company, or each store has its own register."""
    external_id_prefix: str = Field("", max_length=20)
    """Stands before our key in ExternalId, when other systems write there too."""
    organisation_number: Literal["hold", "leave_out"] = "hold"
    """A Norwegian number whose check digit is wrong: hold the customer, or go on without the number."""
    shared_organisation_number: Literal["hold", "share"] = "hold"
    """A second customer of Frontline with an organisation number that another one has: hold it, or link both to one."""
    default_country: Country = "NO"
    """Country of an address without one; 24SevenOffice wants it (API.md section 4)."""
    update: CustomerUpdates = CustomerUpdates()
    """What a change in Frontline does."""


class ProductMatching(Model):
    """By what an unknown product is looked for, in this order; the first hit wins. A known link always comes first."""

    number: bool = True
    """By item number (No), leading zeros kept."""
    ean: bool = True
    """By EAN1."""


class ProductUpdates(Model):
    """What a change in Frontline does to the product in 24SevenOffice, per group of fields."""

    name: Policy = "fill"
    """Name and description."""
    price: Policy = "never"
    """Price."""
    cost: Policy = "never"
    """Cost price."""
    ean: Policy = "fill"
    """EAN1."""
    category: Policy = "never"
    """Category, which decides accounts and VAT in 24SevenOffice."""
    status: Policy = "never"
    """frontline: a product that is no longer sold expires in 24SevenOffice."""


class ProductRules(Model):
    """Products. Their keys mean the same in all stores of the company."""

    match: ProductMatching = ProductMatching()
    """The steps of matching, each of which can be switched off."""
    create: bool = True
    """Make a product that is not found; false holds it for a person."""
    categories: dict[str, Number] = Field({})
    """Article group -> category id in 24SevenOffice, which decides the accounts; a product without one is held."""
    default_category: Number | None = None
    """Category of groups that are not in `categories`; unset holds their products."""
    rates: dict[str, Percent] = Field({})
    """Register's own VAT code -> percent, for products that come without a rate."""
    price: Literal["excl_vat", "incl_vat"] = "excl_vat"
    """What Price means in 24SevenOffice; taken to be excl. VAT, unproven with a real client (API.md section 5)."""
    tax_rate: bool = False
    """Send the rate as TaxRate; off, since the category decides VAT and what TaxRate does beside it is unproven."""
    update: ProductUpdates = ProductUpdates()
    """What a change in Frontline does."""


class MasterDataRules(Model):
    """Customers and products of a company; without this key they are neither looked up nor made."""

    customers: CustomerRules | None = CustomerRules()
    """null: customers are left alone."""
    products: ProductRules | None = ProductRules()
    """null: products are left alone."""
    write_batch: Whole = Field(100, ge=1, le=500)
    """How many customers or products are saved in one call."""
    read_batch: Whole = Field(1000, ge=1, le=1000)
    """How many ids are read in one call; that 24SevenOffice takes a thousand is unproven. One that is asked for and does not
    come back stops the run, so a smaller limit there is noticed."""
    single_lookups: Whole = Field(5, ge=0, le=100)
    """Up to so many unknown products are looked up one by one; beyond, the whole register of products is read in one call."""


class KeySettings(Model):
    """Where the keys of customers and products are returned to."""

    outbox: StoragePath = "outbox"
    """Folder, relative to the state directory unless absolute."""
    format: Literal["csv", "parquet"] = "csv"
    """Form of the files."""
    table: bool = True
    """With a SQL source: also into tables there, `<table_prefix>customer_keys` and `<table_prefix>product_keys`."""
    table_prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]*$", max_length=30)] = "frontline_"
    """Name of those tables before `customer_keys`."""
    url_env: EnvName | None = None
    """Environment variable with the SQLAlchemy URL of a user who may write them; unset = that of the source."""
    schema_name: Name | None = None
    """Schema of the tables; unset = the connection's own."""
