"""CompanyService: customers (API.md, section 4).

Belongs here: turning messages into searches and records and back.
Does not: the rules (masterdata_rules.py), storage (ledger_records.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.ledger_records import Record
from frontline_pipeline.sandbox.masterdata_rules import place_company
from frontline_pipeline.sandbox.services_records import integers, oslo, projected, save_each, wanted_fields
from frontline_pipeline.sandbox.wire import Given, Payload, SoapFault, utc_moment

PATH = "/CRM/Company/V001/CompanyService.asmx"


def save_companies(call: Call, around: Surroundings) -> Answer:
    """Create or update; every item answers for itself."""
    client = call.client()

    def save_one(given: dict[str, Given]) -> Mapping[str, Payload]:
        number, fields = place_company(given, around.records, client)
        saved = around.records.put(client, "company", number, fields)
        return {**given, "Id": str(saved)}

    return save_each(call, around, "companies", save_one)


def get_companies(call: Call, around: Surroundings) -> Answer:
    """Companies that fit everything given, archived ones included; only the fields asked for."""
    client = call.client()
    search = call.body.child("searchParams")
    if search is None:
        raise SoapFault("Server", "searchParams is missing")
    names = wanted_fields(call.body, "returnProperties", call.body.fields_of("Company"))
    ids = integers(search, "CompanyIds", around.options.max_items)
    one = search.given_integer("CompanyId")
    if one is not None:
        ids = [one] if ids is None or one in ids else []
    keys = {name: [search.text(name)] for name in ("ExternalId", "OrganizationNumber") if search.text(name)}
    found = around.records.find(client, "company", ids=ids, keys=keys, changed_after=utc_moment(search, "ChangedAfter"))
    kept = [record for record in found if _fits(record, search.text("CompanyName"), "Name")]
    kept = [record for record in kept if _fits_group(record, search.text("CompanyEmail"), "EmailAddresses")]
    kept = [record for record in kept if _fits_group(record, search.text("CompanyPhone"), "PhoneNumbers")]
    return Answer([projected(record, names, around.options.date_style) for record in kept])


def _fits(record: Record, wanted: str, name: str) -> bool:
    return not wanted or wanted.casefold() in str(record.fields.get(name, "")).casefold()


def _fits_group(record: Record, wanted: str, group: str) -> bool:
    members = record.fields.get(group, {}).values()
    return not wanted or wanted in {member.get("Value") for member in members}


def get_company_sync_list(call: Call, around: Surroundings) -> Answer:
    """A page of the companies' ids, by number."""
    client = call.client()
    search = call.body.child("syncSearchParameters")
    if search is None:
        raise SoapFault("Server", "syncSearchParameters is missing")
    found = around.records.find(
        client,
        "company",
        changed_after=utc_moment(search, "ChangedAfter"),
        registered_after=utc_moment(search, "RegisteredAfter"),
    )
    active = search.given_flag("Active")
    kept = [record for record in found if active is None or record.active == active]
    size = around.options.sync_page
    page = max(search.given_integer("Page") or 1, 1)
    dates = around.options.date_style
    return Answer(
        {
            "CurrentPage": page,
            "TotalPages": -(-len(kept) // size),
            "TotalItems": len(kept),
            "ItemsPerPage": size,
            "Items": [
                {
                    "CompanyId": record.id,
                    "ExternalId": record.fields.get("ExternalId", ""),
                    "DateChanged": dates.local(oslo(record.changed_at)),
                    "DateRegistered": dates.local(oslo(record.registered_at)),
                    "Active": record.active,
                }
                for record in kept[(page - 1) * size : page * size]
            ],
        }
    )


HANDLERS: Handlers = {
    "GetCompanies": get_companies,
    "GetCompanySyncList": get_company_sync_list,
    "SaveCompanies": save_companies,
}
