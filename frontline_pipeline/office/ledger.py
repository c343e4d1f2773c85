"""The ledger of one company: save a voucher, read what is posted, look up what the settings name.

Belongs here: the typed calls on Account V004, Transaction, Client and Project, and what their answers mean.
Does not: keep a session (session.py), decide whether a voucher may be sent or sent again (posting/).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol, TypeVar

from frontline_pipeline.office import rows
from frontline_pipeline.office.convert import last_second, midnight, number, text
from frontline_pipeline.office.errors import Rejected
from frontline_pipeline.office.models import (
    Account,
    ClientInformation,
    Department,
    DimensionType,
    DimensionValue,
    FiscalYear,
    LedgerVoucher,
    Project,
    TaxCode,
    Transaction,
    VoucherType,
)
from frontline_pipeline.office.saving import bundle_list, check_voucher, save_failure
from frontline_pipeline.office.services import ACCOUNT, CLIENT, PROJECT, TRANSACTION, Service
from frontline_pipeline.office.session import OfficeSession

_Row = TypeVar("_Row")


class LedgerPort(Protocol):
    """What posting/ needs of a ledger. All reads raise NotSent, ReadFailed or Rejected; only `save` may raise Unknown."""

    def client_information(self) -> ClientInformation:
        """The client company behind the session."""

    def fiscal_years(self) -> list[FiscalYear]:
        """All fiscal years, oldest first."""

    def accounts(self) -> list[Account]:
        """The chart of accounts."""

    def voucher_types(self) -> list[VoucherType]:
        """Voucher types that may be used."""

    def tax_codes(self) -> list[TaxCode]:
        """VAT codes."""

    def departments(self) -> list[Department]:
        """Departments."""

    def projects(self) -> list[Project]:
        """Active projects."""

    def dimensions(self) -> list[DimensionType]:
        """User-defined dimension types."""

    def dimension_values(self, type_id: int) -> list[DimensionValue]:
        """Values of one user-defined dimension type."""

    def next_transaction_no(self, on: date, series_id: int) -> int:
        """The next number of a series in the fiscal year that holds `on`."""

    def save(self, voucher: LedgerVoucher) -> None:
        """Save one voucher as draft or posted."""

    def transactions(
        self,
        date_from: date,
        date_to: date,
        number_from: int | None = None,
        number_to: int | None = None,
        reference: str | None = None,
    ) -> list[Transaction]:
        """Posted lines of a window, both dates included."""


class AccountReader(Protocol):
    """What the roll-forward of accounts needs of a ledger. Raises as the reads of LedgerPort do."""

    def account_lines(self, date_from: date, date_to: date, account_from: int, account_to: int) -> list[Transaction]:
        """Posted lines on a range of accounts, both ends of both ranges included."""


class Ledger:
    """The ledger of the company that `session` belongs to.

    `absent_is_empty`: whether an answer of GetTransactions without any result element means "no lines". Unproven, and
    taken as unreadable by default, because "not found" is what allows a voucher to be sent again.
    """

    def __init__(self, session: OfficeSession, *, absent_is_empty: bool = False) -> None:
        self.session = session
        self._absent_is_empty = absent_is_empty

    def client_information(self) -> ClientInformation:
        """Name and organisation number (as written there) of the client company; compare it before the first write."""
        reply = self.session.call(CLIENT, "GetClientInformation")
        if reply.value is None:
            raise rows.unreadable(CLIENT, "GetClientInformation", "it holds no client")
        return ClientInformation(
            text(reply.value.Name), text(reply.value.OrganizationNumber), text(reply.value.DefaultCurrency)
        )

    def fiscal_years(self) -> list[FiscalYear]:
        """All fiscal years, oldest first."""
        return sorted(self._rows(TRANSACTION, "GetFiscalYears", rows.fiscal_year), key=lambda year: year.start)

    def accounts(self) -> list[Account]:
        """The chart of accounts, as the service orders it."""
        return self._rows(ACCOUNT, "GetAccountList", rows.account)

    def voucher_types(self) -> list[VoucherType]:
        """Voucher types with a number above zero; the others are the system's own (API.md section 3.2)."""
        return [found for found in self._rows(ACCOUNT, "GetTypeList", rows.voucher_type) if found.type_no > 0]

    def tax_codes(self) -> list[TaxCode]:
        """VAT codes (API.md section 3.4)."""
        return self._rows(ACCOUNT, "GetTaxCodeList", rows.tax_code)

    def departments(self) -> list[Department]:
        """Departments."""
        return self._rows(CLIENT, "GetDepartmentList", lambda row: Department(int(row.Id), text(row.Name)))

    def projects(self) -> list[Project]:
        """Active projects."""
        return self._rows(PROJECT, "GetProjectNameList", lambda row: Project(int(row.Id), text(row.Name)))

    def dimensions(self) -> list[DimensionType]:
        """User-defined dimension types."""
        return self._rows(
            TRANSACTION, "GetUserDefinedDimensions", lambda row: DimensionType(int(row.TypeId), text(row.Name))
        )

    def dimension_values(self, type_id: int) -> list[DimensionValue]:
        """Values of the user-defined dimension type `type_id`."""
        return self._rows(
            TRANSACTION,
            "GetUserDefinedDimensionValues",
            lambda row: DimensionValue(number(row.TypeId), text(row.Value), text(row.Name)),
            DimensionType=type_id,
        )

    def next_transaction_no(self, on: date, series_id: int) -> int:
        """The next number of series `series_id` (EntrySeriesId, not the type number) in the fiscal year of `on`.

        Whether the service reserves it is not documented; taken as a look, so one writer at a time (API.md section 3.2).
        Raises Rejected (kind `series`) when the service has none.
        """
        arguments = {"argEntryId": {"Date": midnight(on), "SortNo": series_id, "EntryNo": 0}}
        reply = self.session.call(ACCOUNT, "GetEntryId", arguments)
        if reply.value is None or reply.value.EntryNo is None:
            raise rows.unreadable(ACCOUNT, "GetEntryId", "it holds no number")
        found = int(reply.value.EntryNo)
        if found <= 0:
            raise Rejected(
                f"the ledger gives no number for series {series_id} on {on} (it answered {found}); check that the "
                "fiscal year is set up and that the voucher type in the settings has this series",
                kind="series",
                operation="account.GetEntryId",
            )
        return found

    def save(self, voucher: LedgerVoucher) -> None:
        """Save one voucher: one request, one bundle, one voucher (API.md section 3.1).

        Returns only when the service answered `Ok`. Raises NotSent (nothing left), Rejected (kind `voucher` by our own
        checks before sending, `duplicate`, `not_saved`, `exception`, ...) or Unknown (the voucher may be there).
        """
        check_voucher(voucher)
        reply = self.session.call(
            ACCOUNT,
            "SaveBundleList",
            {"BundleList": bundle_list(voucher)},
            not_authenticated=lambda value: value is not None and text(value.Type) == "NotAuthenticated",
        )
        failure = save_failure(voucher, reply.value, self.session.clean)
        if failure is not None:
            raise failure

    def transactions(
        self,
        date_from: date,
        date_to: date,
        number_from: int | None = None,
        number_to: int | None = None,
        reference: str | None = None,
    ) -> list[Transaction]:
        """Posted lines dated `date_from` to `date_to`, both included; drafts do not show (API.md section 3.5).

        `reference` is compared by the service with InvoiceNo. There is no paging: keep the window short. The window
        is not applied again here, since the service's clock may move a date by a day (API.md section 8).
        """
        search: dict[str, object] = {
            "DateSearchParameters": "EntryDate",
            "DateStart": midnight(date_from),
            "DateEnd": last_second(date_to),
        }
        if number_from is not None:
            search["TransactionNoStart"] = number_from
        if number_to is not None:
            search["TransactionNoEnd"] = number_to
        if reference is not None:
            search["InvoiceNo"] = reference
        return self._transactions(search)

    def account_lines(self, date_from: date, date_to: date, account_from: int, account_to: int) -> list[Transaction]:
        """Posted lines on the accounts `account_from` to `account_to`, dated as in `transactions` (API.md section 3.5)."""
        return self._transactions(
            {
                "DateSearchParameters": "EntryDate",
                "DateStart": midnight(date_from),
                "DateEnd": last_second(date_to),
                "AccountNoStart": account_from,
                "AccountNoEnd": account_to,
            }
        )

    def _transactions(self, search: dict[str, object]) -> list[Transaction]:
        reply = self.session.call(TRANSACTION, "GetTransactions", {"searchParams": search})
        if not reply.present and not self._absent_is_empty:
            raise rows.unreadable(TRANSACTION, "GetTransactions", "it holds no list, not even an empty one")
        return rows.each(TRANSACTION, "GetTransactions", reply.value, rows.transaction)

    def _rows(
        self, service: Service, operation: str, convert: Callable[[Any], _Row], **arguments: object
    ) -> list[_Row]:
        return rows.each(service, operation, self.session.call(service, operation, arguments).value, convert)
