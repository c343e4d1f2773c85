"""Rows of the service's answers as our models.

Belongs here: one function per kind of row; `each` makes a whole answer unreadable when one row lacks what it must have.
Does not: call the service (session.py, ledger.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from frontline_pipeline.office.convert import day, guid, instant, items, number, ore, text
from frontline_pipeline.office.errors import ReadFailed
from frontline_pipeline.office.models import (
    Account,
    FiscalYear,
    Identity,
    TaxCode,
    Transaction,
    TransactionDimension,
    VoucherType,
)
from frontline_pipeline.office.services import Service

_Row = TypeVar("_Row")


def each(service: Service, operation: str, found: Any, convert: Callable[[Any], _Row]) -> list[_Row]:
    """Every row converted. Raises ReadFailed when one is nil, lacks what it must have, or holds a wrong value."""
    try:
        return [convert(row) for row in items(found)]
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        problem = type(error).__name__
    raise unreadable(service, operation, f"a row lacks a value or holds a wrong one ({problem})")


def unreadable(service: Service, operation: str, why: str) -> ReadFailed:
    """The failure of a question whose answer came but is of no use."""
    name = f"{service.name}.{operation}"
    return ReadFailed(
        f"{name}: the answer cannot be used: {why}; nothing was changed, run again", kind="unreadable", operation=name
    )


def _required(value: date | None) -> date:
    if value is None:
        raise ValueError("a date is missing")
    return value


def fiscal_year(row: Any) -> FiscalYear:
    """A FiscalYear; its number is the year it starts in."""
    start = _required(day(row.StartingDate))
    return FiscalYear(start.year, start, _required(day(row.EndingDate)), _flag(row.IsLocked))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("a flag is missing")
    return value


def account(row: Any) -> Account:
    """An Account of the chart."""
    return Account(
        number=int(row.AccountNo),
        name=text(row.AccountName),
        account_id=number(row.AccountId) or 0,
        tax_id=number(row.AccountTax) or 0,
        tax_no=number(row.TaxNo) or 0,
    )


def voucher_type(row: Any) -> VoucherType:
    """A VoucherType, system ones included."""
    return VoucherType(int(row.TypeId), text(row.Title), int(row.EntrySeriesId), int(row.TypeNo))


def tax_code(row: Any) -> TaxCode:
    """A TaxCode; the rate in thousandths of a percent, finer ones rounded half-even."""
    rate, _ = ore(Decimal(row.TaxRate) * 10)
    return TaxCode(int(row.TaxId), text(row.TaxNo).strip(), text(row.TaxName), rate, number(row.AccountNo))


def transaction(row: Any) -> Transaction:
    """A posted line."""
    amount, exact = ore(Decimal(row.Amount))
    return Transaction(
        date=_required(day(row.Date)),
        transaction_no=int(row.TransactionNo),
        account=int(row.AccountNo),
        amount=amount,
        amount_is_exact=exact,
        vat_code=number(row.VatCode),
        invoice_no=text(row.InvoiceNo),
        comment=text(row.Comment),
        line_id=guid(row.Id),
        sequence_no=number(row.SequenceNo),
        type_id=number(row.TransactionTypeId),
        system_type=text(row.SystemType),
        currency=text(row.Currency),
        due_date=day(row.DueDate),
        registered_at=instant(row.RegistrationDate),
        changed_at=instant(row.DateChanged),
        period_date=day(row.PeriodDate),
        link_id=number(row.LinkId),
        stamp_no=number(row.StampNo),
        ocr=text(row.OCR),
        hidden=bool(row.Hidden),
        is_open=bool(row.Open),
        dimensions=tuple(
            TransactionDimension(text(dimension.Type), number(dimension.TypeId), text(dimension.Value))
            for dimension in items(row.Dimensions.Dimension if row.Dimensions is not None else None)
        ),
    )


def identity(row: Any) -> Identity:
    """An Identity, without the user's name."""
    client = row.Client
    return Identity(
        identity_id=text(row.Id),
        client_id=None if client is None else number(client.Id),
        client_name="" if client is None else text(client.Name),
        is_current=_flag(row.IsCurrent),
        is_default=_flag(row.IsDefault),
        is_disabled=bool(row.IsDisabled),
    )
