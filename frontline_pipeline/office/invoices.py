"""Orders, drafts and invoices of one company's 24SevenOffice: find, save, read back (API.md section 6).

Belongs here: the typed calls of InvoiceService and what they return.
Does not: build the message of an order (orders_message.py), decide what is ordered, invoiced or credited (the caller).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from frontline_pipeline.office import rows_masterdata as rows
from frontline_pipeline.office.convert import items, number, text
from frontline_pipeline.office.items import BATCH, ItemOutcome, Saving, found_rows, read_batches, save_all, searchable
from frontline_pipeline.office.models_orders import Order
from frontline_pipeline.office.orders_message import order_message, order_problem, personal_texts, update_problem
from frontline_pipeline.office.rows import each, unreadable
from frontline_pipeline.office.services import INVOICE
from frontline_pipeline.office.session import OfficeSession

RETURNED = (
    "OrderId",
    "CustomerId",
    "OrderStatus",
    "InvoiceId",
    "DateOrdered",
    "DateInvoiced",
    "DateChanged",
    "DeliveryDate",
    "PaymentTime",
    "PaymentMethodId",
    "IncludeVAT",
    "OrderTotalIncVat",
    "OrderTotalVat",
    "InvoiceTitle",
    "OCR",
    "Currency",
    "ProjectId",
    "DepartmentId",
    "ExternalStatus",
    "ReferenceInvoiceId",
    "ReferenceOrderId",
    "ReferenceNumber",
    "TypeOfSaleId",
    "Distributor",
    "DistributionMethod",
    "UserDefinedDimensions",
    "InvoiceRows",
)
"""Fields asked for: what comparing and finding again need. No names, addresses or e-mails."""

ROW_RETURNED = (
    "ProductId",
    "ProductNo",
    "RowId",
    "VatRate",
    "Price",
    "Name",
    "DiscountRate",
    "Quantity",
    "SequenceNumber",
    "Type",
    "ProjectId",
    "DepartmentId",
    "TaxSettings",
    "UserDefinedDimensions",
)

MOST_ORDER_IDS = 1000
"""Order ids of one search at most (API.md section 6)."""


class InvoicePort(Protocol):
    """What a caller needs of the orders there. All reads raise NotSent, ReadFailed or Rejected; saves raise none of them."""

    def by_order_ids(self, order_ids: Sequence[int]) -> list[Order]:
        """Orders by id, rows included."""

    def by_invoice_ids(self, invoice_ids: Sequence[int]) -> list[Order]:
        """Invoices by their number, rows included."""

    def by_customers(self, customer_ids: Sequence[int], changed_after: dt.datetime | None = None) -> list[Order]:
        """All orders of customers, rows included."""

    def by_external_status(self, statuses: Sequence[int]) -> list[Order]:
        """Orders with one of these external states, rows included."""

    def by_reference(self, reference_number: str, customer_ids: Sequence[int]) -> list[Order]:
        """Orders of these customers that carry our key."""

    def changed_order_ids(self, registered_after: dt.datetime, changed_after: dt.datetime | None = None) -> list[int]:
        """Ids of orders registered (and changed) after a time."""

    def save(self, orders: Sequence[Order]) -> list[ItemOutcome[Order]]:
        """Create or update; every order says for itself what became of it."""

    def update_invoiced(self, orders: Sequence[Order]) -> list[ItemOutcome[Order]]:
        """Title and reference number of what is already invoiced."""


class Invoices:
    """InvoiceService of the company that `session` belongs to. `batch_size`, `absent_is_empty`: as for `Companies`."""

    def __init__(self, session: OfficeSession, *, batch_size: int = BATCH, absent_is_empty: bool = False) -> None:
        self.session = session
        self._batch_size = batch_size
        self._absent_is_empty = absent_is_empty

    def by_order_ids(self, order_ids: Sequence[int]) -> list[Order]:
        """Orders by id, one call per batch; those not found are missing in the answer."""
        return self._by_ids("OrderIds", order_ids)

    def by_invoice_ids(self, invoice_ids: Sequence[int]) -> list[Order]:
        """Invoices by their number, one call per batch."""
        return self._by_ids("InvoiceIds", invoice_ids)

    def by_customers(self, customer_ids: Sequence[int], changed_after: dt.datetime | None = None) -> list[Order]:
        """All orders of customers, in whatever state, one call per batch; `changed_after` (UTC) narrows them."""
        return self._by_ids("CustomerIds", customer_ids, changed_after)

    def by_external_status(self, statuses: Sequence[int]) -> list[Order]:
        """Orders with one of these external states, the only number of ours that can be searched."""
        return self._by_ids("ExternalStatus", statuses)

    def by_reference(self, reference_number: str, customer_ids: Sequence[int]) -> list[Order]:
        """Orders of these customers whose ReferenceNumber is exactly this one. The service cannot search for it, so the
        customers' orders are read and compared here (API.md section 6)."""
        wanted = searchable(reference_number)
        return [order for order in self.by_customers(customer_ids) if order.reference_number == wanted]

    def changed_order_ids(self, registered_after: dt.datetime, changed_after: dt.datetime | None = None) -> list[int]:
        """Ids of orders registered after a time and, when given, changed after another one (both UTC)."""
        search: dict[str, object] = {"RegisteredAfter": rows.since(registered_after)}
        if changed_after is not None:
            search["ChangedAfter"] = rows.since(changed_after)
        reply = self.session.call(INVOICE, "GetOrderSyncList", {"syncParams": search})
        if not reply.present and not self._absent_is_empty:
            raise unreadable(INVOICE, "GetOrderSyncList", "it holds no list, not even an empty one")
        return each(INVOICE, "GetOrderSyncList", reply.value, int)

    def payment_methods(self) -> dict[int, str]:
        """Ways of payment, name by id."""
        found = items(self.session.call(INVOICE, "GetPaymentMethods").value)
        return {int(row.Id): text(row.Name) for row in found if number(row.Id) is not None}

    def save(self, orders: Sequence[Order]) -> list[ItemOutcome[Order]]:
        """Create (no `order_id`) or update, in batches; see items.py for what an outcome means.

        The answer of a saved order holds its ids; totals and rows are read with `by_order_ids` afterwards.
        """
        return save_all(self.session, SAVING, orders, self._batch_size)

    def update_invoiced(self, orders: Sequence[Order]) -> list[ItemOutcome[Order]]:
        """Title and reference number of invoiced orders; nothing else of them is sent."""
        narrowed = [
            Order(
                customer_id=order.customer_id,
                order_id=order.order_id,
                invoice_id=order.invoice_id,
                title=order.title,
                reference_number=order.reference_number,
            )
            for order in orders
        ]
        return save_all(self.session, UPDATING, narrowed, self._batch_size)

    def _by_ids(self, field: str, values: Sequence[int], changed_after: dt.datetime | None = None) -> list[Order]:
        found: list[Order] = []
        for batch in read_batches(values, min(self._batch_size, MOST_ORDER_IDS)):
            search: dict[str, object] = {field: {"int": list(batch)}}
            if changed_after is not None:
                search["ChangedAfter"] = rows.since(changed_after)
            arguments = {
                "searchParams": search,
                "invoiceReturnProperties": {"string": list(RETURNED)},
                "rowReturnProperties": {"string": list(ROW_RETURNED)},
            }
            found += found_rows(
                self.session, INVOICE, "GetInvoices", arguments, rows.order, absent_is_empty=self._absent_is_empty
            )
        return found


SAVING: Saving[Order] = Saving(
    service=INVOICE,
    operation="SaveInvoices",
    argument="invoices",
    element="InvoiceOrder",
    noun="order",
    keys=lambda order: (
        order.reference_number or "",
        f"no. {order.order_id}" if order.order_id is not None else "",
    ),
    office_id=lambda order: order.order_id,
    problem=order_problem,
    message=order_message,
    read=rows.order,
    personal=personal_texts,
)
"""How orders are saved."""

UPDATING: Saving[Order] = replace(SAVING, operation="UpdateInvoices", problem=update_problem)
"""How invoiced orders are given another title or reference number."""
