"""Customers of one company's 24SevenOffice: find, list, save (API.md section 4).

Belongs here: the typed calls of CompanyService and the message of a company.
Does not: match, decide what is created or changed, or keep links (the caller); keep a session (session.py).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, Protocol

from frontline_pipeline.office import rows_masterdata as rows
from frontline_pipeline.office.convert import number, text
from frontline_pipeline.office.items import BATCH, ItemOutcome, Saving, found_rows, read_batches, save_all, searchable
from frontline_pipeline.office.models_companies import Address, Addresses, Company, SyncCompany
from frontline_pipeline.office.rows import each, unreadable
from frontline_pipeline.office.services import COMPANY
from frontline_pipeline.office.session import OfficeSession

RETURNED = (
    "Id",
    "ExternalId",
    "OrganizationNumber",
    "Name",
    "FirstName",
    "NickName",
    "Type",
    "Addresses",
    "PhoneNumbers",
    "EmailAddresses",
    "Url",
    "Country",
    "InvoiceLanguage",
    "Status",
    "PriceList",
    "Discount",
    "TypeGroup",
    "DistributionMethod",
    "CurrencyId",
    "PaymentTime",
    "GlnNumber",
    "VatNumber",
    "BlockInvoice",
    "LedgerCustomerAccount",
    "DateChanged",
)
"""Fields asked for: what a comparison needs. Note, user name and password are never asked for."""

_LENGTHS = {
    "organisation_number": 20,
    "name": 200,
    "first_name": 50,
    "nick_name": 200,
    "url": 255,
}
_COUNTRY = re.compile(r"[A-Z]{2}")
_SHORT = 2**15 - 1


class CompanyPort(Protocol):
    """What a caller needs of the customers there. All reads raise NotSent, ReadFailed or Rejected; `save` raises none of them."""

    def by_ids(self, company_ids: Sequence[int]) -> list[Company]:
        """Companies by customer number; those not found are missing in the answer."""

    def by_external_id(self, external_id: str) -> list[Company]:
        """Companies with this external id."""

    def by_organisation_number(self, organisation_number: str) -> list[Company]:
        """Companies with this organisation number, digits only."""

    def sync_list(
        self,
        changed_after: dt.datetime | None = None,
        registered_after: dt.datetime | None = None,
        active: bool | None = None,
    ) -> list[SyncCompany]:
        """Ids of companies changed or registered after a time; without times, of all."""

    def changed_since(self, changed_after: dt.datetime) -> list[Company]:
        """Companies changed after a time, in one call."""

    def save(self, companies: Sequence[Company]) -> list[ItemOutcome[Company]]:
        """Create or update; every item says for itself what became of it."""


class Companies:
    """CompanyService of the company that `session` belongs to.

    `batch_size`: items of one save and ids of one search. `absent_is_empty`: whether an answer without any result element
    means "none found"; unproven, so it is taken as unreadable by default, because "not found" is what allows a twin.
    """

    def __init__(self, session: OfficeSession, *, batch_size: int = BATCH, absent_is_empty: bool = False) -> None:
        self.session = session
        self._batch_size = batch_size
        self._absent_is_empty = absent_is_empty

    def by_ids(self, company_ids: Sequence[int]) -> list[Company]:
        """Companies by customer number, one call per batch; those not found are missing in the answer."""
        found: list[Company] = []
        for batch in read_batches(company_ids, self._batch_size):
            found += self._search({"CompanyIds": {"int": list(batch)}})
        return found

    def by_external_id(self, external_id: str) -> list[Company]:
        """Companies whose external id is exactly this one; filtered here too, should the service match loosely."""
        found = self._search({"ExternalId": searchable(external_id)})
        return [company for company in found if company.external_id == external_id]

    def by_organisation_number(self, organisation_number: str) -> list[Company]:
        """Companies with this organisation number. The service is asked for it as given; compare what comes back, since how
        it compares (`987654321`, `NO 987 654 321 MVA`) is not documented."""
        return self._search({"OrganizationNumber": searchable(organisation_number)})

    def sync_list(
        self,
        changed_after: dt.datetime | None = None,
        registered_after: dt.datetime | None = None,
        active: bool | None = None,
    ) -> list[SyncCompany]:
        """All pages of the sync list; rows changed up to three hours earlier come back too. `active` None = archived ones too. Times in UTC (naive ones are taken as UTC).

        Raises ReadFailed (kind `unreadable`) when the pages do not hang together, so that no company is taken as missing.
        """
        found: list[SyncCompany] = []
        page, pages = 1, 1
        while page <= pages:
            answer = self._page(page, changed_after, registered_after, active)
            pages = int(answer.TotalPages)
            listed = answer.Items.SyncCompany if answer.Items is not None else None
            found += each(COMPANY, "GetCompanySyncList", listed, rows.sync_company)
            page += 1
        if len({row.company_id for row in found}) != int(answer.TotalItems):
            raise unreadable(
                COMPANY,
                "GetCompanySyncList",
                f"its {pages} pages hold {len(found)} companies, and it says {answer.TotalItems}",
            )
        return found

    def changed_since(self, changed_after: dt.datetime) -> list[Company]:
        """Companies changed after a time (UTC), in one call; archived ones are told by the sync list only."""
        return self._search({"ChangedAfter": rows.since(changed_after)})

    def save(self, companies: Sequence[Company]) -> list[ItemOutcome[Company]]:
        """Create (no `company_id`, or `choose_number`) or update, in batches; see items.py for what an outcome means."""
        return save_all(self.session, SAVING, companies, self._batch_size)

    def _search(self, search: dict[str, object]) -> list[Company]:
        arguments = {"searchParams": search, "returnProperties": {"string": list(RETURNED)}}
        return found_rows(
            self.session, COMPANY, "GetCompanies", arguments, rows.company, absent_is_empty=self._absent_is_empty
        )

    def _page(
        self, page: int, changed_after: dt.datetime | None, registered_after: dt.datetime | None, active: bool | None
    ) -> Any:
        search: dict[str, object] = {"Page": page}
        if active is not None:
            search["Active"] = active
        if changed_after is not None:
            search["ChangedAfter"] = rows.since(changed_after)
        if registered_after is not None:
            search["RegisteredAfter"] = rows.since(registered_after)
        reply = self.session.call(COMPANY, "GetCompanySyncList", {"syncSearchParameters": search})
        if reply.value is None or number(reply.value.TotalPages) is None or number(reply.value.TotalItems) is None:
            raise unreadable(COMPANY, "GetCompanySyncList", "it holds no page")
        return reply.value


def company_problem(company: Company) -> str | None:
    """Why a company cannot be right, before anything is sent; None when nothing is wrong. Tells no personal data."""
    if company.company_id is None and not (company.name or "").strip():
        return "a new customer needs a name"
    for field, limit in _LENGTHS.items():
        value = getattr(company, field)
        if value is not None and len(value) > limit:
            return f"its {field} has {len(value)} characters, and the field takes {limit}"
    countries = [company.country, *(address.country for address in _addresses(company.addresses))]
    if any(country is not None and not _COUNTRY.fullmatch(country) for country in countries):
        return "a country is not an ISO code of two capital letters"
    if company.choose_number and company.company_id is None:
        return "its number is to be chosen, and there is none"
    if company.company_id is not None and not 0 < company.company_id < 2**31:
        return f"its customer number {company.company_id} is not a positive number"
    if company.first_name and company.kind not in (None, "Consumer"):
        return "a first name is for a Consumer only"
    if company.payment_days is not None and not -_SHORT < company.payment_days <= _SHORT:
        return f"its payment time {company.payment_days} is out of range"
    return None


def company_message(company: Company) -> dict[str, object]:
    """The Company element. What is None is left out, so that what stands there stays (inferred, API.md section 4)."""
    given: dict[str, object | None] = {
        "Id": company.company_id,
        "ExternalId": company.external_id,
        "OrganizationNumber": company.organisation_number,
        "Name": company.name,
        "FirstName": company.first_name,
        "NickName": company.nick_name,
        "Addresses": addresses_message(company.addresses),
        "PhoneNumbers": _group(company.phones, rows.PHONES),
        "EmailAddresses": _group(company.emails, rows.EMAILS),
        "Url": company.url,
        "Country": company.country,
        "Note": company.note,
        "InvoiceLanguage": company.invoice_language,
        "Type": company.kind,
        "Status": company.status,
        "PriceList": company.price_list,
        "Discount": company.discount,
        "TypeGroup": company.type_group,
        "BlockInvoice": company.invoice_blocked,
        "DistributionMethod": company.distribution,
        "CurrencyId": company.currency,
        "PaymentTime": company.payment_days,
        "GlnNumber": company.gln,
        "LedgerCustomerAccount": company.ledger_customer_account,
        "VatNumber": company.vat_number,
        "ExplicitlySpecifyNewCompanyId": True if company.choose_number else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def addresses_message(addresses: Addresses | None) -> dict[str, object] | None:
    """The Addresses group, shared with orders; None when there is none."""
    if addresses is None:
        return None
    found: dict[str, object] = {}
    for name, field in rows.ADDRESSES.items():
        address = getattr(addresses, field)
        if address is not None:
            parts = {part: getattr(address, attribute) for part, attribute in rows.ADDRESS.items()}
            found[name] = {part: value for part, value in parts.items() if value is not None}
    return found or None


def addresses_texts(addresses: Addresses | None) -> list[str]:
    """The personal texts of addresses, for masking."""
    return [
        value
        for address in _addresses(addresses)
        for attribute in rows.ADDRESS.values()
        if attribute != "country"
        for value in (text(getattr(address, attribute)),)
    ]


def _addresses(addresses: Addresses | None) -> list[Address]:
    if addresses is None:
        return []
    found = (addresses.post, addresses.delivery, addresses.visit, addresses.invoice)
    return [address for address in found if address is not None]


def _group(group: object | None, names: dict[str, str]) -> dict[str, object] | None:
    if group is None:
        return None
    values = {name: getattr(group, field) for name, field in names.items()}
    return {name: {"Value": value} for name, value in values.items() if value is not None} or None


def _personal(company: Company) -> list[str]:
    groups = (company.phones, rows.PHONES), (company.emails, rows.EMAILS)
    grouped = [text(getattr(group, field)) for group, names in groups if group is not None for field in names.values()]
    own = [text(value) for value in (company.name, company.first_name, company.nick_name, company.url, company.note)]
    return [*own, *grouped, *addresses_texts(company.addresses)]


SAVING: Saving[Company] = Saving(
    service=COMPANY,
    operation="SaveCompanies",
    argument="companies",
    element="Company",
    noun="customer",
    keys=lambda company: (
        company.external_id or "",
        f"no. {company.company_id}" if company.company_id is not None else "",
    ),
    office_id=lambda company: company.company_id,
    problem=company_problem,
    message=company_message,
    read=rows.company,
    personal=_personal,
)
"""How companies are saved."""
