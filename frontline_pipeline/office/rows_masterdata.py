"""Rows of CompanyService, ProductService and InvoiceService as our models.

Belongs here: one function per kind of row, and the names of fields that message and row share.
Does not: call the service (companies.py, products.py, invoices.py).

Absent, "not set" and empty are None: the service gives its defaults for what it does not know (API.md section 1).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, cast

from frontline_pipeline.office.convert import day, instant, items, number, text
from frontline_pipeline.office.models_companies import (
    Address,
    Addresses,
    Company,
    CompanyDistribution,
    CompanyKind,
    Emails,
    Phones,
    SyncCompany,
)
from frontline_pipeline.office.models_orders import (
    ChangeState,
    Distributor,
    Order,
    OrderDistribution,
    OrderLine,
    OrderStatus,
    RowKind,
    TaxSettings,
)
from frontline_pipeline.office.models_products import Category, Product

ADDRESSES = {"Post": "post", "Delivery": "delivery", "Visit": "visit", "Invoice": "invoice"}
"""The service's names of addresses, and ours."""

ADDRESS = {
    "Street": "street",
    "State": "state",
    "PostalCode": "postal_code",
    "PostalArea": "postal_area",
    "Name": "name",
    "City": "city",
    "Country": "country",
}
PHONES = {"Home": "home", "Fax": "fax", "Mobile": "mobile", "Primary": "primary", "Work": "work"}
EMAILS = {
    "Home": "home",
    "Invoice": "invoice",
    "Primary": "primary",
    "Work": "work",
    "Alternative": "alternative",
}

# A year of four digits that is not the schema's "not set", and that SQL Server can hold.
_EARLIEST = dt.datetime.combine(dt.date(1900, 1, 1), dt.time())
_UNSET_DECIMAL = Decimal("-79228162514264337593543950335")


CLOCK_MARGIN = dt.timedelta(hours=3)
"""How much earlier than wanted a list of changes is asked for. Whether the service's clock is UTC, Oslo or Helsinki time is not
known (API.md section 8); so more comes back than was asked for, and nothing is missed."""


def since(value: dt.datetime) -> dt.datetime:
    """The start of a list of changes as it is sent: naive UTC (a naive value is taken as UTC), whole seconds, `CLOCK_MARGIN` earlier."""
    utc = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo is not None else value
    return max(utc, _EARLIEST + CLOCK_MARGIN).replace(microsecond=0) - CLOCK_MARGIN


def amount(value: object) -> Decimal | None:
    """A returned decimal; None when it is absent or not set."""
    if value is None or isinstance(value, float):
        return None
    found = Decimal(cast(Any, value))
    return None if found == _UNSET_DECIMAL else found


def words(value: object) -> str | None:
    """A returned text; None when it is absent or empty."""
    return text(value) or None


def flag(value: object) -> bool | None:
    """A returned flag; None when it is absent."""
    return value if isinstance(value, bool) else None


def addresses(value: Any) -> Addresses | None:
    """A group of addresses; None when none of them says anything."""
    if value is None:
        return None
    found = {field: _address(getattr(value, name)) for name, field in ADDRESSES.items()}
    return Addresses(**found) if any(address is not None for address in found.values()) else None


def _address(value: Any) -> Address | None:
    if value is None:
        return None
    found = {field: words(getattr(value, name)) for name, field in ADDRESS.items()}
    return Address(**found) if any(part is not None for part in found.values()) else None


def _group(value: Any, names: dict[str, str]) -> dict[str, str | None] | None:
    if value is None:
        return None
    members = {field: getattr(value, name) for name, field in names.items()}
    found = {field: None if member is None else words(member.Value) for field, member in members.items()}
    return found if any(member is not None for member in found.values()) else None


def company(row: Any) -> Company:
    """A company; its number is required only by who needs it, since a refused one has none."""
    phones, emails = _group(row.PhoneNumbers, PHONES), _group(row.EmailAddresses, EMAILS)
    return Company(
        company_id=number(row.Id),
        external_id=words(row.ExternalId),
        organisation_number=words(row.OrganizationNumber),
        name=words(row.Name),
        first_name=words(row.FirstName),
        nick_name=words(row.NickName),
        kind=cast(CompanyKind | None, words(row.Type)),
        addresses=addresses(row.Addresses),
        phones=None if phones is None else Phones(**phones),
        emails=None if emails is None else Emails(**emails),
        url=words(row.Url),
        country=words(row.Country),
        note=words(row.Note),
        invoice_language=words(row.InvoiceLanguage),
        status=number(row.Status),
        price_list=number(row.PriceList),
        discount=amount(row.Discount),
        type_group=number(row.TypeGroup),
        distribution=cast(CompanyDistribution | None, words(row.DistributionMethod)),
        currency=words(row.CurrencyId),
        payment_days=number(row.PaymentTime),
        gln=words(row.GlnNumber),
        vat_number=words(row.VatNumber),
        invoice_blocked=flag(row.BlockInvoice),
        ledger_customer_account=number(row.LedgerCustomerAccount),
        changed_at=instant(row.DateChanged),
    )


def sync_company(row: Any) -> SyncCompany:
    """A row of the sync list. Raises TypeError when its number or its state is missing."""
    company_id = number(row.CompanyId)
    if company_id is None or not isinstance(row.Active, bool):
        raise TypeError("a company without number or state")
    return SyncCompany(
        company_id, words(row.ExternalId), instant(row.DateChanged), instant(row.DateRegistered), row.Active
    )


def product(row: Any) -> Product:
    """A product. Without the price including tax: the service holds it as a binary fraction."""
    return Product(
        product_id=number(row.Id),
        no=words(row.No),
        ean=words(row.EAN1),
        name=words(row.Name),
        category_id=number(row.CategoryId),
        status_id=number(row.StatusId),
        price=amount(row.Price),
        in_price=amount(row.InPrice),
        cost=amount(row.Cost),
        tax_rate=amount(row.TaxRate),
        description=words(row.Description),
        supplier_id=number(row.SupplierId),
        supplier_product_code=words(row.SupplierProductCode),
        stock_controlled=flag(row.StockControlled),
        changed_at=instant(row.DateChanged),
    )


def category(row: Any) -> Category:
    """A product category."""
    return Category(category_id=number(row.Id), name=words(row.Name), no=words(row.No), parent_id=number(row.ParentId))


def dimensions(value: Any) -> tuple[tuple[int, str], ...]:
    """(dimension type id, value) pairs of an order or a row."""
    found = items(value.UserDefinedDimension if value is not None else None)
    return tuple((int(row.TypeId), text(row.Value)) for row in found if row is not None)


def _tax(value: Any) -> TaxSettings | None:
    if value is None:
        return None
    found = TaxSettings(
        tax_code=number(value.TaxCode), tax_account=number(value.TaxAccount), tax_rate=amount(value.TaxRate)
    )
    return None if found == TaxSettings() else found


def order_line(row: Any) -> OrderLine:
    """A row of an order."""
    return OrderLine(
        product_id=number(row.ProductId),
        row_id=number(row.RowId),
        change=cast(ChangeState | None, words(row.ChangeState)),
        kind=cast(RowKind, words(row.Type) or "Normal"),
        name=words(row.Name),
        price=amount(row.Price),
        quantity=amount(row.Quantity),
        discount_rate=amount(row.DiscountRate),
        cost=amount(row.Cost),
        in_price=amount(row.InPrice),
        type_group_id=number(row.TypeGroupId),
        sequence_no=number(row.SequenceNumber),
        project_id=number(row.ProjectId),
        department_id=number(row.DepartmentId),
        tax=_tax(row.TaxSettings),
        dimensions=dimensions(row.UserDefinedDimensions),
        vat_rate=amount(row.VatRate),
        product_no=words(row.ProductNo),
    )


def order(row: Any) -> Order:
    """An order. A refused one may come back without customer: 0 then."""
    currency = row.Currency
    return Order(
        customer_id=number(row.CustomerId) or 0,
        order_id=number(row.OrderId),
        invoice_id=number(row.InvoiceId),
        status=cast(OrderStatus | None, words(row.OrderStatus)),
        reference_number=words(row.ReferenceNumber),
        external_status=number(row.ExternalStatus),
        ordered_on=day(row.DateOrdered),
        invoiced_on=day(row.DateInvoiced),
        delivered_on=day(row.DeliveryDate),
        include_vat=flag(row.IncludeVAT),
        payment_days=number(row.PaymentTime),
        payment_method_id=number(row.PaymentMethodId),
        currency=None if currency is None else words(currency.Symbol),
        currency_rate=None if currency is None else amount(currency.Rate),
        currency_unit=None if currency is None else number(currency.Unit),
        title=words(row.InvoiceTitle),
        text=words(row.InvoiceText),
        ocr=words(row.OCR),
        your_reference=words(row.YourReference),
        our_reference_id=number(row.OurReference),
        customer_name=words(row.CustomerName),
        customer_organisation_number=words(row.CustomerOrgNo),
        delivery_name=words(row.CustomerDeliveryName),
        delivery_phone=words(row.CustomerDeliveryPhone),
        addresses=addresses(row.Addresses),
        invoice_email=words(row.InvoiceEmailAddress),
        gln=words(row.GLNNumber),
        distributor=cast(Distributor | None, words(row.Distributor)),
        distribution=cast(OrderDistribution | None, words(row.DistributionMethod)),
        delivery_method_id=None if row.DeliveryMethod is None else number(row.DeliveryMethod.Id),
        type_of_sale_id=number(row.TypeOfSaleId),
        project_id=number(row.ProjectId),
        department_id=number(row.DepartmentId),
        dimensions=dimensions(row.UserDefinedDimensions),
        credited_invoice_id=number(row.ReferenceInvoiceId),
        credited_order_id=number(row.ReferenceOrderId),
        skip_stock=flag(row.SkipStock),
        round_factor=amount(row.RoundFactor),
        lines=None
        if row.InvoiceRows is None
        else tuple(order_line(line) for line in items(row.InvoiceRows.InvoiceRow)),
        total_incl_vat=amount(row.OrderTotalIncVat),
        total_vat=amount(row.OrderTotalVat),
        changed_at=instant(row.DateChanged),
    )
