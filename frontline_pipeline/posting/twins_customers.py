"""The customers of a client, as the walk of twins_walk.py needs them.

Belongs here: which calls look customers up, and how a row of the frame becomes a Company and back (API.md section 4).
Does not: the walk (twins_walk.py), the calls themselves (office/companies.py).

Whether a customer is archived is told by the sync list alone, so every lookup reads it: a call per thousand customers. Organisation
numbers are read beside it and compared by their digits, since how the service's own search compares them is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from frontline_pipeline.frames.masters import CLEAN_CUSTOMERS
from frontline_pipeline.frames.raw_master import CUSTOMERS
from frontline_pipeline.masterdata import changes, cleaning
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.office.companies import CompanyPort
from frontline_pipeline.office.errors import ReadFailed
from frontline_pipeline.office.models_companies import Address, Addresses, Company, Emails, Phones
from frontline_pipeline.posting import links
from frontline_pipeline.posting.twins_register import BeforeCall, Item, Made, made_of
from frontline_pipeline.settings_masterdata import CustomerRules, MasterDataRules

EXTERNAL_ID = Step("external_id", "external_id", "external_id", "our key in ExternalId")
NUMBER = Step(
    "customer_number",
    "customer_number",
    "customer_number",
    "the customer number",
    unless="organisation_number",
    unless_words="organisation number",
)
ORGANISATION = Step("organisation_number", "organisation_number", "organisation_number", "the organisation number")
FIELDS = tuple(c.name for c in CUSTOMERS.columns if c.name not in ("customer", "kind", "changed_at", "customer_number"))
"""Columns that a Company holds."""
_POST, _INVOICE, _DELIVERY = "", "invoice_", "delivery_"


class Customers:
    """See `posting.twins.Register`."""

    kind, one = links.CUSTOMER, "customer"
    or_share = ", or let them share it (masterdata.customers.shared_organisation_number)"
    key_step = EXTERNAL_ID
    personal = tuple(c.name for c in CUSTOMERS.columns if c.personal)

    def __init__(self, port: CompanyPort, rules: CustomerRules, common: MasterDataRules) -> None:
        self._port = port
        self._read_batch = common.read_batch
        self.write_batch = common.write_batch
        self.create = rules.create
        self.share = rules.shared_organisation_number == "share"
        self.groups = changes.customer_groups(rules.update)
        on = {
            EXTERNAL_ID: rules.match.external_id,
            NUMBER: rules.match.customer_number,
            ORGANISATION: rules.match.organisation_number,
        }
        self.steps = tuple(step for step, wanted in on.items() if wanted)
        self._companies: dict[int, Company] = {}

    def look_up(
        self, wanted: pd.DataFrame, steps: Sequence[Step], known: Sequence[int], before_call: BeforeCall
    ) -> pd.DataFrame:
        """All customers there; their organisation numbers only when some of `wanted` has one to be found by."""
        before_call()
        listed = self._port.sync_list()
        frame = pd.DataFrame(
            {
                "office_id": pd.array([each.company_id for each in listed], dtype="int64"),
                "external_id": pd.array([each.external_id for each in listed], dtype="str"),
                "active": pd.array([each.active for each in listed], dtype="bool"),
            }
        )
        frame["number"] = frame["office_id"].astype("str")
        frame["customer_number"] = frame["office_id"].astype("Int64")
        numbers: dict[int, str | None] = {}
        if self._wants_organisations(wanted, steps):
            numbers = self._organisation_numbers([int(each) for each in frame["office_id"]], before_call)
        frame["organisation_number"] = cleaning.compact_number(
            pd.Series([numbers.get(each.company_id) for each in listed], dtype="str")
        )
        return frame

    def _wants_organisations(self, wanted: pd.DataFrame, steps: Sequence[Step]) -> bool:
        """To be found by, or to speak against a customer number."""
        there = wanted["organisation_number"].notna()
        numbered = NUMBER in steps and (there & wanted["customer_number"].notna()).any()
        return bool(numbered or (ORGANISATION in steps and there.any()))

    def _organisation_numbers(self, ids: Sequence[int], before_call: BeforeCall) -> dict[int, str | None]:
        found = {each.company_id: each.organisation_number for each in self._by_ids(ids, before_call)}
        missing = [each for each in ids if each not in found]
        if missing:
            # A customer that is not read could be the twin that is looked for.
            raise ReadFailed(
                f"{len(missing)} of {len(ids)} customers of the sync list were not given (first: {missing[0]}); lower "
                "masterdata.read_batch if that many ids are too many for one call",
                kind="incomplete",
                operation="company.GetCompanies",
            )
        return {key: number for key, number in found.items() if key is not None}

    def _by_ids(self, ids: Sequence[int], before_call: BeforeCall) -> list[Company]:
        found: list[Company] = []
        for start in range(0, len(ids), self._read_batch):
            before_call()
            found += self._port.by_ids(ids[start : start + self._read_batch])
        return found

    def make(self, items: Sequence[Item]) -> list[Made]:
        """One SaveCompanies."""
        outcomes = self._port.save([_company(row) for row in items])
        return [made_of(each, lambda c: c.company_id, lambda c: str(c.company_id)) for each in outcomes]

    def twins(self, ids: Sequence[int], before_call: BeforeCall) -> pd.DataFrame:
        """The fields of these customers."""
        found = {each.company_id: each for each in self._by_ids(ids, before_call) if each.company_id is not None}
        self._companies |= found
        frame = pd.DataFrame([_fields(each) for each in found.values()], index=list(found), columns=list(FIELDS))
        return frame.astype({name: CLEAN_CUSTOMERS.by_name[name].dtype for name in FIELDS})

    def change(self, items: Sequence[Item]) -> list[Made]:
        """One SaveCompanies with the groups that differ, each whole, with what it holds besides."""
        changed = [self._changed(row) for row in items]
        return [made_of(each, lambda c: c.company_id, lambda c: str(c.company_id)) for each in self._port.save(changed)]

    def _changed(self, row: Item) -> Company:
        old = self._companies[int(row["office_id"])]
        new = _company(row, old)
        # What is None is not sent, so that what is the same stays as it is.
        same = {
            name: None
            for name in (
                "organisation_number",
                "name",
                "first_name",
                "addresses",
                "phones",
                "emails",
                "country",
                "payment_days",
            )
            if getattr(new, name) == getattr(old, name)
        }
        return replace(new, company_id=old.company_id, external_id=None, kind=None, **same)  # type: ignore[arg-type]


def _company(row: Item, old: Company | None = None) -> Company:
    """A row as a Company; fields of a group that Frontline does not have are those of `old`."""
    private = row["kind"] == "private"
    addresses = (old and old.addresses) or Addresses()
    phones = (old and old.phones) or Phones()
    emails = (old and old.emails) or Emails()
    new_addresses = replace(
        addresses,
        post=_address(row, _POST, addresses.post),
        invoice=_address(row, _INVOICE, addresses.invoice),
        delivery=_address(row, _DELIVERY, addresses.delivery),
    )
    days = row["payment_days"]
    return Company(
        external_id=row.get("external_id"),
        organisation_number=row["organisation_number"],
        name=row["name"],
        first_name=row["first_name"] if private else None,
        kind="Consumer" if private else "Business",
        addresses=None if new_addresses == Addresses() else new_addresses,
        phones=_or_none(replace(phones, primary=row["phone"], mobile=row["mobile"]), Phones()),
        emails=_or_none(replace(emails, primary=row["email"], invoice=row["invoice_email"]), Emails()),
        country=row["country"],
        payment_days=int(days) if days is not None else None,
    )


def _or_none(group: Any, empty: Any) -> Any:
    return None if group == empty else group


def _address(row: Item, prefix: str, old: Address | None) -> Address | None:
    street, code, city = (row[f"{prefix}{part}"] for part in ("street", "postal_code", "city"))
    name = row[f"{prefix}name"] if prefix else None
    if not any((street, code, city, name)):
        return old
    base = old or Address()
    return replace(
        base,
        street=street,
        postal_code=code,
        postal_area=city,
        name=name if prefix else base.name,
        country=row[f"{prefix}country"] or row["country"],
    )


def _fields(company: Company) -> dict[str, object]:
    addresses = company.addresses or Addresses()
    phones, emails = company.phones or Phones(), company.emails or Emails()
    out: dict[str, object] = {
        "name": company.name,
        "first_name": company.first_name,
        "organisation_number": cleaning.compact_one(company.organisation_number),
        "email": emails.primary,
        "invoice_email": emails.invoice,
        "phone": phones.primary,
        "mobile": phones.mobile,
        "payment_days": company.payment_days,
    }
    for prefix, address in ((_POST, addresses.post), (_INVOICE, addresses.invoice), (_DELIVERY, addresses.delivery)):
        there = address or Address()
        if prefix:
            out[f"{prefix}name"] = there.name
        out[f"{prefix}street"], out[f"{prefix}postal_code"] = there.street, there.postal_code
        out[f"{prefix}city"], out[f"{prefix}country"] = there.postal_area or there.city, there.country
    out["country"] = company.country or out["country"]
    return out
