"""The message of SaveBundleList and what its answer means.

Belongs here: our own checks before sending, the BundleList of one voucher, the typed failure of each answer.
Does not: send it (ledger.py) or prove the voucher against its Z-report (accounting/, posting/).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frontline_pipeline.office.convert import comment, kroner, midnight, text
from frontline_pipeline.office.errors import OfficeError, Rejected, Unknown, foreign_text
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher

CURRENCY = "NOK"
DRAFT, POSTED = 1, 0
KNOWN_WARNINGS = frozenset(
    {"vatisnotinbalance", "vatismissingfoundation", "invoicealreadyexists", "customermismatchbankaccount"}
)
"""What IgnoreWarnings accepts (API.md section 3.1)."""

_SAVE = "account.SaveBundleList"
_INT_MAX = 2**31 - 1


def check_voucher(voucher: LedgerVoucher) -> None:
    """Refuse, before anything is sent, a voucher that cannot be right; Rejected (kind `voucher`) names the reason."""
    problem = _problem(voucher)
    if problem is not None:
        raise Rejected(
            f"voucher {voucher.reference!r} was not sent: {problem}; this is a fault of the pipeline or its settings",
            kind="voucher",
            operation=_SAVE,
        )


def _problem(voucher: LedgerVoucher) -> str | None:
    difference = sum(line.amount for line in voucher.lines)
    unknown = sorted(set(voucher.ignore_warnings) - KNOWN_WARNINGS)
    if not voucher.reference or voucher.reference != comment(voucher.reference):
        return "its reference is empty, too long or holds control characters"
    if not voucher.lines:
        return "it has no lines"
    if difference:
        return f"its lines sum to {kroner(difference)} kr instead of 0.00"
    if not 0 < voucher.transaction_no <= _INT_MAX:
        return f"its number {voucher.transaction_no} is not a positive number"
    if voucher.type_no <= 0:
        return f"its voucher type {voucher.type_no} is one of the ledger's own"
    if unknown:
        return f"warning {', '.join(unknown)} is not among {', '.join(sorted(KNOWN_WARNINGS))}"
    return None


def bundle_list(voucher: LedgerVoucher) -> dict[str, object]:
    """The BundleList of one voucher. What has nothing to say is left out, so that the service's defaults apply.

    `Sort` is the voucher type's number on both levels; DifferenceOptions are never sent; AllowDifference is
    false, so that the service itself refuses what does not balance (API.md section 3.1).
    """
    bundle: dict[str, object] = {
        "YearId": voucher.year_id,
        "Vouchers": {
            "Voucher": [
                {
                    "TransactionNo": voucher.transaction_no,
                    "Entries": {"Entry": [_entry(voucher, line) for line in voucher.lines]},
                    "Sort": voucher.type_no,
                }
            ]
        },
        "Sort": voucher.type_no,
    }
    if voucher.draft:
        bundle["Name"] = comment(voucher.name)
        bundle["BundleDirectAccounting"] = voucher.direct_accounting
    message: dict[str, object] = {
        "Bundles": {"Bundle": [bundle]},
        "AllowDifference": False,
        "DirectLedger": voucher.direct_ledger,
        "SaveOption": DRAFT if voucher.draft else POSTED,
    }
    if voucher.ignore_warnings:
        message["IgnoreWarnings"] = {"string": list(voucher.ignore_warnings)}
    return message


def _entry(voucher: LedgerVoucher, line: LedgerLine) -> dict[str, object]:
    entry: dict[str, object] = {
        "AccountNo": line.account,
        "Date": midnight(voucher.date),
        "Amount": kroner(line.amount),
        "CurrencyId": CURRENCY,
        "InvoiceReferenceNo": voucher.reference,
        "Comment": comment(line.comment),
    }
    optional: dict[str, object | None] = {
        "CustomerId": line.customer_id,
        "DueDate": midnight(line.due_date) if line.due_date is not None else None,
        "VatAmount": kroner(line.vat_amount) if line.vat_amount is not None else None,
        "DepartmentId": line.department_id,
        "ProjectId": line.project_id,
        "TaxNo": line.tax_code,
        "StampNo": line.stamp_no or None,
    }
    entry.update({name: value for name, value in optional.items() if value is not None})
    if line.dimensions:
        entry["UserDefinedDimensions"] = {
            "UserDefinedDimension": [{"Type": type_id, "Value": value} for type_id, value in line.dimensions]
        }
    return entry


def save_failure(
    voucher: LedgerVoucher, result: Any, clean: Callable[[str | None], str] = foreign_text
) -> OfficeError | None:
    """What an answer to SaveBundleList means; None for `Ok`, the only success (API.md section 3.3).

    SystemError is `Unknown`: it does not say whether the system failed before or after saving. So is an
    answer without a type, or of a type that the schema does not have. `clean` masks secrets in the ledger's own words.
    """
    answered = text(getattr(result, "Type", None))
    if answered == "Ok":
        return None
    words = clean(getattr(result, "Description", None))
    number_text = f"voucher {voucher.reference!r} (number {voucher.transaction_no})"
    if answered in ("DuplicateData", "DataAlreadySaved"):
        return Rejected(
            f"{number_text}: the ledger already has it ({answered}: {words}); look it up before anything else is done",
            kind="duplicate",
            operation=_SAVE,
        )
    if answered == "NotSaved":
        return Rejected(f"{number_text}: the ledger did not save it: {words}", kind="not_saved", operation=_SAVE)
    if answered == "Exception":
        return Rejected(f"{number_text}: the ledger refused it: {words}", kind="exception", operation=_SAVE)
    what = f"{clean(answered)}: {words}" if answered else "no result at all"
    return Unknown(
        f"{number_text}: the ledger answered {what}; it may or may not be saved",
        kind="system_error" if answered == "SystemError" else "unreadable",
        operation=_SAVE,
    )
