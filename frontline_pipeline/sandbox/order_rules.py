"""What the stand-in refuses of an order, and what an order comes to (API.md, section 6).

Belongs here: the rules of one order over the registers, row by row changes, totals.
Does not: SOAP (services_invoice.py), storage (ledger_records.py).

Where API.md leaves the real service open, the rule here is the strict one: a row's price excludes VAT unless IncludeVAT is
true, a row's VAT is TaxSettings', else the product's rate, else 25 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from frontline_pipeline.sandbox.ledger_records import Fields, Record, RecordBook
from frontline_pipeline.sandbox.ledger_store import LedgerStore, TaxCodeRow
from frontline_pipeline.sandbox.masterdata_rules import decimal_of, number_of
from frontline_pipeline.sandbox.services_records import ItemRefused
from frontline_pipeline.sandbox.wire import Given

INVOICED = frozenset({"Invoiced", "InvoicedCashAccount", "InvoicedPack"})
STANDARD_RATE = Decimal(25)
_LENGTHS = {"CustomerName": 100, "YourReference": 50, "InvoiceTitle": 300, "InvoiceText": 750, "OCR": 32}
_LENGTHS |= {"CustomerOrgNo": 20, "InvoiceEmailAddress": 250, "ReferenceNumber": 50, "GLNNumber": 13}
_READ_ONLY = ("OrderTotalIncVat", "OrderTotalVat", "InvoiceId", "DateChanged")
_ORE = Decimal("0.01")
_ROW_NAME = 300


@dataclass(frozen=True, slots=True)
class OrderRegisters:
    """What an order is held against."""

    client: str
    records: RecordBook
    departments: frozenset[int]
    projects: frozenset[int]
    dimensions: frozenset[tuple[int, str]]
    tax_codes: Mapping[str, TaxCodeRow]
    open_years: frozenset[int]

    @classmethod
    def of(cls, store: LedgerStore, records: RecordBook, client: str, tax_reference: str) -> OrderRegisters:
        """The registers of a client as they are now."""
        codes = store.tax_codes(client)
        return cls(
            client=client,
            records=records,
            departments=frozenset(number for number, _ in store.named("departments", client)),
            projects=frozenset(number for number, _ in store.named("projects", client)),
            dimensions=frozenset((type_id, value) for type_id, value, _ in store.dimension_values(client)),
            tax_codes={str(code.tax_id) if tax_reference == "id" else code.number: code for code in codes},
            open_years=frozenset(year.year for year in store.fiscal_years(client) if not year.locked),
        )


def place_order(given: dict[str, Given], registers: OrderRegisters) -> tuple[int | None, Fields]:
    """The number to save an order under (None = the next free one) and its fields, totals included. Raises ItemRefused."""
    head = {name: value for name, value in given.items() if name not in (*_READ_ONLY, "InvoiceRows")}
    number = number_of(head.get("OrderId"))
    known = None if number is None else registers.records.get(registers.client, "order", number)
    if number is not None and known is None:
        raise ItemRefused(f"Order {number} does not exist")
    if known is not None and known.fields.get("OrderStatus") in INVOICED:
        raise ItemRefused(f"Order {number} is invoiced and cannot be changed")
    fields: Fields = {"OrderStatus": "Web", **({} if known is None else known.fields), **head}
    _check_head(fields, registers)
    before = [] if known is None else list(known.fields.get("InvoiceRows", []))
    fields["InvoiceRows"] = _rows(before, given.get("InvoiceRows"), known is not None, registers)
    if not fields["InvoiceRows"]:
        raise ItemRefused("An order needs at least one row")
    if fields["OrderStatus"] in INVOICED:
        _check_invoicing(fields, registers)
    total(fields, registers)
    return number, fields


def _check_head(fields: Fields, registers: OrderRegisters) -> None:
    for name, limit in _LENGTHS.items():
        if len(str(fields.get(name, ""))) > limit:
            raise ItemRefused(f"{name} is longer than {limit} characters")
    customer = number_of(fields.get("CustomerId"))
    if customer is None or registers.records.get(registers.client, "company", customer) is None:
        raise ItemRefused(f"Customer {customer or ''} does not exist".replace("  ", " "))
    for name, kind in (("ReferenceOrderId", "OrderId"), ("ReferenceInvoiceId", "InvoiceId")):
        wanted = number_of(fields.get(name))
        if wanted is not None and not _exists(kind, wanted, registers):
            raise ItemRefused(f"{name}: {wanted} does not exist")
    _check_dimensions(fields, registers)


def _exists(kind: str, number: int, registers: OrderRegisters) -> bool:
    if kind == "OrderId":
        return registers.records.get(registers.client, "order", number) is not None
    return bool(registers.records.find(registers.client, "order", keys={"InvoiceId": [str(number)]}))


def _check_dimensions(fields: Fields, registers: OrderRegisters) -> None:
    department, project = number_of(fields.get("DepartmentId")), number_of(fields.get("ProjectId"))
    if department is not None and department not in registers.departments:
        raise ItemRefused(f"Department {department} does not exist")
    if project is not None and project not in registers.projects:
        raise ItemRefused(f"Project {project} does not exist")
    for each in fields.get("UserDefinedDimensions", []):
        pair = number_of(each.get("TypeId")) or 0, str(each.get("Value", ""))
        if pair not in registers.dimensions:
            raise ItemRefused(f"Dimension {pair[0]} has no value '{pair[1]}'")


def _check_invoicing(fields: Fields, registers: OrderRegisters) -> None:
    day = str(fields.get("DateInvoiced", ""))[:10]
    if not day:
        raise ItemRefused("DateInvoiced is required for an invoice")
    if int(day[:4]) not in registers.open_years:
        raise ItemRefused(f"DateInvoiced {day} is not in an open fiscal year")


def _rows(before: list[Fields], given: Given | None, existing: bool, registers: OrderRegisters) -> list[Fields]:
    """The rows after the changes, one by one (API.md, section 6); numbers of rows are never used twice in an order."""
    rows = {str(row["RowId"]): row for row in before}
    last = max((int(number) for number in rows), default=0)
    for item in given if isinstance(given, list) else []:
        if not isinstance(item, dict):
            continue
        change = str(item.get("ChangeState", "None"))
        row: Fields = {
            name: value for name, value in item.items() if name not in ("ChangeState", "VatRate", "ProductNo")
        }
        number = str(item.get("RowId", "")).strip()
        if change in ("Edit", "Delete"):
            if number not in rows:
                raise ItemRefused(f"Row {number or '(none)'} does not exist")
            if change == "Delete":
                del rows[number]
                continue
            rows[number] = _checked({**rows[number], **row}, registers)
        elif number or (existing and change != "Add"):
            raise ItemRefused("A row of an existing order needs a ChangeState: Add for a new one, else Edit or Delete")
        else:
            last += 1
            rows[str(last)] = _checked({**row, "RowId": str(last)}, registers)
    return list(rows.values())


def _checked(row: Fields, registers: OrderRegisters) -> Fields:
    if len(str(row.get("Name", ""))) > _ROW_NAME:
        raise ItemRefused(f"Name of a row is longer than {_ROW_NAME} characters")
    if row.get("Type", "Normal") != "Normal":
        return row
    product = _product(row, registers)
    if product is None:
        raise ItemRefused("ProductId is required on a row of Type Normal")
    discount = decimal_of(row.get("DiscountRate")) or Decimal(0)
    if not 0 <= discount <= 100:
        raise ItemRefused(f"DiscountRate {discount} is not between 0 and 100")
    _check_dimensions(row, registers)
    rate = _rate(row, product, registers)
    shown = {"Name": product.fields.get("Name", "")} if not row.get("Name") else {}
    return {**row, **shown, "VatRate": str(rate), "ProductNo": str(product.fields.get("No", ""))}


def _product(row: Fields, registers: OrderRegisters) -> Record | None:
    number = number_of(row.get("ProductId"))
    if number is None:
        return None
    found = registers.records.get(registers.client, "product", number)
    if found is None:
        raise ItemRefused(f"Product {number} does not exist")
    return found


def _rate(row: Fields, product: Record, registers: OrderRegisters) -> Decimal:
    tax = row.get("TaxSettings", {})
    code = number_of(tax.get("TaxCode"))
    if code is not None:
        known = registers.tax_codes.get(str(code))
        if known is None:
            raise ItemRefused(f"TaxCode {code} does not exist")
        return known.rate
    own = decimal_of(tax.get("TaxRate"))
    if own is None:
        own = decimal_of(product.fields.get("TaxRate"))
    return STANDARD_RATE if own is None else own


def total(fields: Fields, registers: OrderRegisters) -> None:
    """Set what an order comes to, every row rounded to the øre."""
    including = str(fields.get("IncludeVAT", "false")) in {"true", "1"}
    incl = vat = Decimal(0)
    for row in fields["InvoiceRows"]:
        if row.get("Type", "Normal") != "Normal":
            continue
        price, quantity = decimal_of(row.get("Price")) or Decimal(0), decimal_of(row.get("Quantity")) or Decimal(0)
        discount = decimal_of(row.get("DiscountRate")) or Decimal(0)
        rate = decimal_of(row.get("VatRate")) or Decimal(0)
        amount = _rounded(price * quantity * (100 - discount) / 100)
        own = _rounded(amount * rate / (100 + rate) if including else amount * rate / 100)
        incl += amount if including else amount + own
        vat += own
    fields["OrderTotalIncVat"], fields["OrderTotalVat"] = str(incl), str(vat)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_ORE, rounding=ROUND_HALF_UP)
