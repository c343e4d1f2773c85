"""The receipts of a store-day as rows: each line, VAT row and payment with what its receipt says.

Belongs here: receipts frames -> rows of plain values, and sums of them per Z-report.
Does not: what the sums are compared with (receipt_facts.py, receipts.py).
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.plain import column, tuples
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_LINES, RECEIPT_PAYMENTS, RECEIPT_VAT, RECEIPTS
from frontline_pipeline.frames.spec import FrameSpec

SALES_KINDS = ("sale", "return")
CREDIT_KINDS = ("credit_sale", "credit_return")
OTHER = "other"

Z = tuple[str, str]
"""(register, Z number)."""
Of = tuple[str, str, str]
"""(register, Z number, receipt id)."""
T = TypeVar("T")


class Head(NamedTuple):
    """A receipt."""

    of: Of
    kind: str
    amount: Ore
    rounding: Ore
    customer: str | None
    occurred_at: dt.datetime | None

    @property
    def z(self) -> Z:
        return self.of[:2]


class Line(NamedTuple):
    """A line; `kind` is its receipt's, None when receipts lack that."""

    of: Of
    kind: str | None
    vat_code: str | None
    rate: int | None
    amount: Ore
    amount_excl_vat: Ore
    vat: Ore | None
    article_group: str | None
    original_sale_date: dt.datetime | None
    standard_code: str | None

    @property
    def z(self) -> Z:
        return self.of[:2]

    @property
    def stated(self) -> bool:
        """Whether it names its VAT code and rate."""
        return self.vat_code is not None and self.rate is not None


class VatRow(NamedTuple):
    """VAT of one rate, as a receipt states it apart from its lines."""

    of: Of
    kind: str | None
    vat_code: str
    rate: int
    base: Ore
    vat: Ore
    standard_code: str | None

    @property
    def z(self) -> Z:
        return self.of[:2]


class Payment(NamedTuple):
    """A payment; `customer` is its receipt's."""

    of: Of
    kind: str | None
    customer: str | None
    tender: str
    tender_type: str | None
    amount: Ore

    @property
    def z(self) -> Z:
        return self.of[:2]


@dataclass(frozen=True)
class ReceiptRows:
    """Everything that the rules ask of the receipts of one store-day, read once."""

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    vat: tuple[VatRow, ...]
    payments: tuple[Payment, ...]

    @property
    def zs(self) -> list[Z]:
        """The Z-reports that have receipts, in their order."""
        return list(dict.fromkeys(head.z for head in self.heads))

    @property
    def sold_lines(self) -> list[Line]:
        """Lines of cash sales and returns."""
        return [line for line in self.lines if line.kind in SALES_KINDS]

    def whole_lines(self) -> set[Z]:
        """Z-reports whose lines of sales and returns all name VAT code and rate, amounts of zero excepted."""
        sold = self.sold_lines
        return {line.z for line in sold} - {line.z for line in sold if not line.stated and line.amount}


def delivered(receipts: Bundle | None) -> bool:
    """Whether receipts came with this store-day."""
    return receipts is not None and receipts.status is Status.OK and len(frame_of(receipts, RECEIPTS)) > 0


def receipt_rows(receipts: Bundle) -> ReceiptRows:
    """The rows of receipts frames that are structurally valid (validity.py).

    A bundle is read once: the proof of the Z-reports and that of the receipts ask for the same rows, and a day of 100,000 receipts
    takes a second and a half. They are kept as long as the bundle lives, and only those of the last one asked for.
    """
    if _kept and _kept[0][0]() is receipts:
        return _kept[0][1]
    rows = _receipt_rows(receipts)
    _kept[:] = [(weakref.ref(receipts, lambda _: _kept.clear()), rows)]
    return rows


_kept: list[tuple[weakref.ref[Bundle], ReceiptRows]] = []


def _receipt_rows(receipts: Bundle) -> ReceiptRows:
    heads = tuple(map(Head, *_columns(receipts, RECEIPTS, ("kind", "amount", "rounding", "customer", "occurred_at"))))
    # Of a receipt that stands twice the first one's word counts.
    kind = {head.of: head.kind for head in reversed(heads)}
    customer = {head.of: head.customer for head in reversed(heads)}
    of, *lines = _columns(
        receipts,
        RECEIPT_LINES,
        (
            "vat_code",
            "rate",
            "amount",
            "amount_excl_vat",
            "vat",
            "article_group",
            "original_sale_date",
            "standard_code",
        ),
    )
    of_vat, *vat = _columns(receipts, RECEIPT_VAT, ("vat_code", "rate", "base", "vat", "standard_code"))
    of_payment, *payments = _columns(receipts, RECEIPT_PAYMENTS, ("tender", "tender_type", "amount"))
    return ReceiptRows(
        heads,
        tuple(map(Line, of, map(kind.get, of), *lines)),
        tuple(map(VatRow, of_vat, map(kind.get, of_vat), *vat)),
        tuple(map(Payment, of_payment, map(kind.get, of_payment), map(customer.get, of_payment), *payments)),
    )


def _columns(receipts: Bundle, spec: FrameSpec, names: tuple[str, ...]) -> list[list[Any]]:
    """The receipt of each row, and the columns: lists of equal length."""
    frame = frame_of(receipts, spec)
    return [tuples(frame, ("register", "z_number", "receipt_id")), *(column(frame, name) for name in names)]


def summed(
    rows: Iterable[T], z: Callable[[T], Z], group: Callable[[T], tuple[Any, ...]], amount: Callable[[T], Ore]
) -> dict[ZKey, list[tuple[Any, ...]]]:
    """Per Z: (group values..., sum), sorted by the group values, empty ones last; a group whose sum is zero is kept."""
    found: dict[Z, dict[tuple[Any, ...], Ore]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        found[z(row)][group(row)] += amount(row)
    return {
        ZKey(*key): [(*values, total) for values, total in sorted(groups.items(), key=lambda item: _order(item[0]))]
        for key, groups in found.items()
    }


def _order(values: tuple[Any, ...]) -> tuple[tuple[bool, Any], ...]:
    return tuple((value is None, 0 if value is None else value) for value in values)
