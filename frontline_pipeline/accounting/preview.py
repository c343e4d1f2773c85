"""A voucher as people and programs see it before it is sent.

Belongs here: the JSON of `frontline preview --json`.
Does not: what is sent over SOAP (office/ledger.py), colours and tables (cli.py).
"""

from __future__ import annotations

from typing import TypedDict

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.money import text


class LineJson(TypedDict):
    """One line; amounts in kroner as text with two decimals, the empty side 0.00, no code as null."""

    account: int
    tax_code: str | None
    debit: str
    credit: str
    text: str


class VoucherJson(TypedDict):
    """One voucher; `date` is the business day."""

    reference: str
    date: str
    mode: str
    lines: list[LineJson]


def voucher_json(voucher: Voucher, reference: str) -> VoucherJson:
    """The voucher under the reference that the posting log gives it (the document key with its revision)."""
    return VoucherJson(
        reference=reference,
        date=voucher.business_day.isoformat(),
        mode=voucher.mode.value,
        lines=[
            LineJson(
                account=line.account,
                tax_code=line.tax_code,
                debit=text(line.debit),
                credit=text(line.credit),
                text=line.text,
            )
            for line in voucher.lines
        ],
    )
