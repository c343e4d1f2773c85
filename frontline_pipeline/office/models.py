"""What goes to the ledger and what comes back, as frozen dataclasses.

Belongs here: vouchers to save, rows read; money as int øre (debit positive, credit negative), dates as `date`.
Does not: talk to the service (ledger.py) or know SOAP types (convert.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of a voucher. `amount` and `vat_amount` in øre; `dimensions` are (dimension type id, value) pairs.

    `customer_id` is required by the ledger on receivable accounts. `tax_code` is what goes into TaxNo, as text.
    `stamp_no` is the stamp number of a saved attachment (attachments.py); None or 0 = none.
    """

    account: int
    amount: int
    tax_code: str | None = None
    comment: str = ""
    customer_id: int | None = None
    department_id: int | None = None
    project_id: int | None = None
    dimensions: tuple[tuple[int, str], ...] = ()
    due_date: dt.date | None = None
    vat_amount: int | None = None
    stamp_no: int | None = None


@dataclass(frozen=True, slots=True)
class LedgerVoucher:
    """One voucher to save as draft (kladd) or posted (API.md section 3.1).

    `reference` is our document key and becomes InvoiceReferenceNo of every line, the only field that can be searched
    again. `year_id` is the number of the fiscal year, `type_no` the number (not id) of the voucher type. `name` and
    `direct_accounting` (BundleDirectAccounting: amounts are taken as they are, no VAT is computed) concern drafts only.
    """

    reference: str
    date: dt.date
    year_id: int
    type_no: int
    transaction_no: int
    draft: bool
    name: str
    lines: tuple[LedgerLine, ...]
    direct_accounting: bool = True
    direct_ledger: bool = False
    ignore_warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. `tax_id` is AccountTax, `tax_no` TaxNo; 0 = none (API.md section 3.4)."""

    number: int
    name: str
    account_id: int
    tax_id: int
    tax_no: int


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A VAT code. `tax_id` and `number` differ and are not interchangeable; `rate_millipercent` is 25000 for 25 %."""

    tax_id: int
    number: str
    name: str
    rate_millipercent: int
    account_no: int | None


@dataclass(frozen=True, slots=True)
class VoucherType:
    """A voucher type: postings name `type_no`, the number series is asked with `entry_series_id` (API.md section 3.2)."""

    type_id: int
    title: str
    entry_series_id: int
    type_no: int


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year from `start` up to, not including, `end_exclusive`. `year_id` is what goes into YearId.

    The service names years by guid; YearId takes the year's number. For a year that does not start in January the
    number is assumed to be that of the start (unproven).
    """

    year_id: int
    start: dt.date
    end_exclusive: dt.date
    is_locked: bool

    def holds(self, day: dt.date) -> bool:
        """True when `day` lies in this year."""
        return self.start <= day < self.end_exclusive


@dataclass(frozen=True, slots=True)
class DimensionValue:
    """A value of a dimension. `type_id` is the dimension type's id; user-defined ones start at 101 (API.md section 6)."""

    type_id: int | None
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DimensionType:
    """A dimension type that the client company made itself."""

    type_id: int
    name: str


@dataclass(frozen=True, slots=True)
class TransactionDimension:
    """A dimension on a posted line. Without its name: that of a customer or employee would be personal data."""

    kind: str
    type_id: int | None
    value: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """One posted line, as GetTransactions gives it (API.md section 3.5).

    `amount` in øre; `amount_is_exact` is False when the ledger holds a fraction of an øre, which was rounded half-even.
    `invoice_no` brings back the reference we sent. `line_id` is the line's guid. `type_id` is the voucher type's id,
    not its number. `registered_at` and `changed_at` are in UTC. None = not set in the ledger.
    """

    date: dt.date
    transaction_no: int
    account: int
    amount: int
    amount_is_exact: bool
    vat_code: int | None
    invoice_no: str
    comment: str
    line_id: str
    sequence_no: int | None
    type_id: int | None
    system_type: str
    currency: str
    due_date: dt.date | None
    registered_at: dt.datetime | None
    changed_at: dt.datetime | None
    period_date: dt.date | None
    link_id: int | None
    stamp_no: int | None
    ocr: str
    hidden: bool
    is_open: bool
    dimensions: tuple[TransactionDimension, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientInformation:
    """The client company that the session points at; compared before the first write (API.md section 2)."""

    name: str
    organisation_number: str
    default_currency: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """A department (avdeling), a built-in dimension."""

    department_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """An active project, a built-in dimension."""

    project_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity (user x client company) that a login may take. Without the user's name."""

    identity_id: str
    client_id: int | None
    client_name: str
    is_current: bool
    is_default: bool
    is_disabled: bool
