"""The message of an order, and our own checks before it is sent (API.md section 6).

Belongs here: the InvoiceOrder element with its rows, and why an order cannot be right.
Does not: send it (invoices.py) or decide what belongs on it (the caller).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from frontline_pipeline.office.companies import addresses_message, addresses_texts
from frontline_pipeline.office.convert import midnight, text
from frontline_pipeline.office.models_orders import Order, OrderLine
from frontline_pipeline.office.products import money_problem

_LENGTHS = {
    "customer_name": 100,
    "reference_number": 50,
    "your_reference": 50,
    "title": 300,
    "text": 750,
    "ocr": 32,
    "customer_organisation_number": 20,
    "invoice_email": 250,
    "gln": 13,
}
_LINE_NAME = 300
_ROUNDINGS = frozenset({Decimal("0.1"), Decimal("0.5"), Decimal("1.0")})
_FULL = Decimal(100)


def order_problem(order: Order) -> str | None:
    """Why an order cannot be right, before anything is sent; None when nothing is wrong. Tells no personal data."""
    return _head_problem(order) or _lines_problem(order)


def update_problem(order: Order) -> str | None:
    """Why an invoiced order cannot be given another title or reference number; None when it can."""
    if order.order_id is None:
        return "an invoiced order is named by its order id"
    return _lengths_problem(order)


def _head_problem(order: Order) -> str | None:
    if order.customer_id <= 0:
        return f"its customer number {order.customer_id} is not a positive number"
    if order.is_invoiced and order.invoiced_on is None:
        return "an invoice needs a date"
    if order.order_id is None and order.lines is None:
        return "a new order needs rows"
    if order.round_factor is not None and order.round_factor not in _ROUNDINGS:
        return f"its rounding {order.round_factor} is none of 0.1, 0.5, 1.0"
    return _lengths_problem(order)


def _lengths_problem(order: Order) -> str | None:
    for field, limit in _LENGTHS.items():
        value = getattr(order, field)
        if value is not None and len(value) > limit:
            return f"its {field} has {len(value)} characters, and the field takes {limit}"
    return None


def _lines_problem(order: Order) -> str | None:
    for place, line in enumerate(order.lines or (), start=1):
        problem = _line_problem(line, existing=order.order_id is not None)
        if problem is not None:
            return f"row {place}: {problem}"
    return None


def _line_problem(line: OrderLine, *, existing: bool) -> str | None:
    change = line.change or "None"
    if change in ("Edit", "Delete"):
        if not existing or line.row_id is None:
            return f"{change} needs the id of a row on an order that is there"
    elif line.row_id is not None:
        return "a row with an id is edited or deleted, and its change says neither"
    elif existing and change != "Add":
        return "a new row on an order that is there needs the change Add"
    if line.kind == "Normal" and line.product_id is None and change in ("None", "Add"):
        return "a row that is no text needs a product"
    if line.kind != "Normal" and any((line.price, line.quantity)):
        return "a text row has a price or a quantity"
    if line.name is not None and len(line.name) > _LINE_NAME:
        return f"its text has {len(line.name)} characters, and the field takes {_LINE_NAME}"
    return _amounts_problem(line)


def _amounts_problem(line: OrderLine) -> str | None:
    for field in ("price", "quantity", "discount_rate", "cost", "in_price"):
        problem = money_problem(field, getattr(line, field))
        if problem is not None:
            return problem
    if line.discount_rate is not None and not 0 <= line.discount_rate <= _FULL:
        return f"its discount of {line.discount_rate} % is not between 0 and 100"
    return None


def order_message(order: Order) -> dict[str, object]:
    """The InvoiceOrder element. What is None is left out; the service's own fields (totals, invoice number of a new one) are
    never sent. IncludeVAT is mandatory and goes as nil when it is None."""
    currency = {"Rate": order.currency_rate, "Unit": order.currency_unit, "Symbol": order.currency}
    given: dict[str, object | None] = {
        "OrderId": order.order_id,
        "CustomerId": order.customer_id,
        "CustomerName": order.customer_name,
        "CustomerDeliveryName": order.delivery_name,
        "CustomerDeliveryPhone": order.delivery_phone,
        "Addresses": addresses_message(order.addresses),
        "OrderStatus": order.status,
        "DateOrdered": _date(order.ordered_on),
        "DateInvoiced": _date(order.invoiced_on),
        "PaymentTime": order.payment_days,
        "ProjectId": order.project_id,
        "OurReference": order.our_reference_id,
        "IncludeVAT": order.include_vat,
        "YourReference": order.your_reference,
        "InvoiceTitle": order.title,
        "InvoiceText": order.text,
        "OCR": order.ocr,
        "CustomerOrgNo": order.customer_organisation_number,
        "Currency": _filled(currency) if order.currency is not None else None,
        "PaymentMethodId": order.payment_method_id,
        "TypeOfSaleId": order.type_of_sale_id,
        "Distributor": order.distributor,
        "DistributionMethod": order.distribution,
        "DepartmentId": order.department_id,
        "ExternalStatus": order.external_status,
        "InvoiceEmailAddress": order.invoice_email,
        "InvoiceRows": {"InvoiceRow": [_line(line) for line in order.lines]} if order.lines is not None else None,
        "DeliveryDate": _date(order.delivered_on),
        "ReferenceInvoiceId": order.credited_invoice_id,
        "ReferenceOrderId": order.credited_order_id,
        "ReferenceNumber": order.reference_number,
        "SkipStock": order.skip_stock,
        "RoundFactor": order.round_factor,
        "DeliveryMethod": {"Id": order.delivery_method_id} if order.delivery_method_id is not None else None,
        "UserDefinedDimensions": _dimensions(order.dimensions),
        "GLNNumber": order.gln,
    }
    return _filled(given)


def _line(line: OrderLine) -> dict[str, object]:
    tax = line.tax
    given: dict[str, object | None] = {
        "ProductId": line.product_id,
        "RowId": line.row_id,
        "Price": line.price,
        "Name": line.name,
        "DiscountRate": line.discount_rate,
        "Quantity": line.quantity,
        "Cost": line.cost,
        "ChangeState": line.change,
        "TypeGroupId": line.type_group_id,
        "SequenceNumber": line.sequence_no,
        "Type": line.kind,
        "InPrice": line.in_price,
        "ProjectId": line.project_id,
        "DepartmentId": line.department_id,
        "TaxSettings": None
        if tax is None
        else _filled({"TaxAccount": tax.tax_account, "TaxCode": tax.tax_code, "TaxRate": tax.tax_rate}),
        "UserDefinedDimensions": _dimensions(line.dimensions),
    }
    return _filled(given)


def _dimensions(pairs: tuple[tuple[int, str], ...]) -> dict[str, object] | None:
    if not pairs:
        return None
    return {"UserDefinedDimension": [{"TypeId": type_id, "Value": value} for type_id, value in pairs]}


def _date(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else midnight(day)


def _filled(given: Mapping[str, object | None]) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None}


def personal_texts(order: Order) -> list[str]:
    """What must not appear in an error's text."""
    own = (order.customer_name, order.delivery_name, order.delivery_phone, order.invoice_email, order.your_reference)
    return [*(text(value) for value in own), *addresses_texts(order.addresses), text(order.text)]
