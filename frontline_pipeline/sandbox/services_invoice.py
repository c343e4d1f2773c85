"""InvoiceService: orders, drafts and invoices (API.md, section 6).

Belongs here: turning messages into searches and records and back.
Does not: the rules and totals (order_rules.py), storage (ledger_records.py). An invoice is not booked in the stand-in's ledger.
"""

from __future__ import annotations

from collections.abc import Mapping

from frontline_pipeline.sandbox.calls import Answer, Call, Handlers, Surroundings
from frontline_pipeline.sandbox.ledger_records import Fields
from frontline_pipeline.sandbox.masterdata_rules import decimal_of, number_of
from frontline_pipeline.sandbox.order_rules import INVOICED, OrderRegisters, place_order, total
from frontline_pipeline.sandbox.services_records import (
    ItemRefused,
    integers,
    projected,
    save_each,
    shown,
    wanted_fields,
)
from frontline_pipeline.sandbox.wire import Given, Payload, SoapFault, utc_moment

PATH = "/Economy/InvoiceOrder/V001/InvoiceService.asmx"

#: Order ids of one search at most (API.md, section 6).
MOST_ORDER_IDS = 1000
_UPDATABLE = ("InvoiceTitle", "ReferenceNumber")


def save_invoices(call: Call, around: Surroundings) -> Answer:
    """Create or update orders; every item answers for itself. An order that becomes Invoiced gets the next invoice number."""
    client = call.client()
    registers = OrderRegisters.of(around.store, around.records, client, around.options.rules.tax_reference)

    def save_one(given: dict[str, Given]) -> Mapping[str, Payload]:
        number, fields = place_order(given, registers)
        if call.alter_rows:
            _other_prices(fields, registers)
        if fields["OrderStatus"] in INVOICED:
            fields["InvoiceId"] = str(around.records.next_invoice(client))
        saved = around.records.put(client, "order", number, fields)
        answered: dict[str, Payload] = {"OrderId": str(saved), "CustomerId": fields["CustomerId"]}
        answered |= {name: fields[name] for name in ("InvoiceId", "OrderStatus", "ReferenceNumber") if name in fields}
        return answered

    return save_each(call, around, "invoices", save_one)


def _other_prices(fields: Fields, registers: OrderRegisters) -> None:
    """A ledger that stores something else than it was sent: every price a krone higher."""
    for row in fields["InvoiceRows"]:
        price = decimal_of(row.get("Price"))
        if price is not None:
            row["Price"] = str(price + 1)
    total(fields, registers)


def update_invoices(call: Call, around: Surroundings) -> Answer:
    """Title and reference number of what is invoiced; all else is refused."""
    client = call.client()

    def save_one(given: dict[str, Given]) -> Mapping[str, Payload]:
        number = number_of(given.get("OrderId"))
        known = None if number is None else around.records.get(client, "order", number)
        if number is None or known is None or known.fields.get("OrderStatus") not in INVOICED:
            raise ItemRefused(f"Order {number or ''} is not an invoice")
        changed: Fields = {name: given[name] for name in _UPDATABLE if name in given}
        around.records.put(client, "order", number, changed)
        return {"OrderId": str(number), **changed}

    return save_each(call, around, "invoices", save_one)


def get_invoices(call: Call, around: Surroundings) -> Answer:
    """Orders that fit everything given; only the fields asked for, rows only where InvoiceRows and row fields are named."""
    client = call.client()
    search = call.body.child("searchParams")
    if search is None:
        raise SoapFault("Server", "searchParams is missing")
    names = wanted_fields(call.body, "invoiceReturnProperties", call.body.fields_of("InvoiceOrder"))
    row_names = wanted_fields(call.body, "rowReturnProperties", call.body.fields_of("InvoiceRow"))
    keys = {}
    for element, key in (
        ("CustomerIds", "CustomerId"),
        ("ExternalStatus", "ExternalStatus"),
        ("InvoiceIds", "InvoiceId"),
    ):
        numbers = integers(search, element, around.options.max_items)
        if numbers is not None:
            keys[key] = [str(number) for number in numbers]
    ids = integers(search, "OrderIds", MOST_ORDER_IDS)
    found = around.records.find(client, "order", ids=ids, keys=keys, changed_after=utc_moment(search, "ChangedAfter"))
    states = search.texts("OrderStates")
    dates = around.options.date_style
    answered: list[Payload] = []
    for record in found:
        if states and record.fields.get("OrderStatus") not in states:
            continue
        order = projected(record, names, dates)
        if "InvoiceRows" in names:
            order["InvoiceRows"] = [
                {name: shown(row[name], dates) for name in row_names if name in row}
                for row in record.fields.get("InvoiceRows", [])
            ]
        answered.append(order)
    return Answer(answered)


def get_order_sync_list(call: Call, around: Surroundings) -> Answer:
    """Ids of orders registered, and where given changed, after a time."""
    client = call.client()
    search = call.body.child("syncParams")
    if search is None:
        raise SoapFault("Server", "syncParams is missing")
    found = around.records.find(
        client,
        "order",
        changed_after=utc_moment(search, "ChangedAfter"),
        registered_after=utc_moment(search, "RegisteredAfter"),
    )
    return Answer([record.id for record in found])


def get_payment_methods(call: Call, around: Surroundings) -> Answer:
    """Ways of payment."""
    call.client()
    return Answer([{"Id": 1, "Name": "Invoice"}, {"Id": 2, "Name": "Card"}])


def get_delivery_methods(call: Call, around: Surroundings) -> Answer:
    """Ways of delivery."""
    call.client()
    return Answer([{"Id": 1, "Description": "Collected in the shop"}, {"Id": 2, "Description": "Post"}])


HANDLERS: Handlers = {
    "GetDeliveryMethods": get_delivery_methods,
    "GetInvoices": get_invoices,
    "GetOrderSyncList": get_order_sync_list,
    "GetPaymentMethods": get_payment_methods,
    "SaveInvoices": save_invoices,
    "UpdateInvoices": update_invoices,
}
