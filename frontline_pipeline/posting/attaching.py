"""Documents that hang on a voucher by stamp number (scenario D08).

Belongs here: what an attempt asks for before its intent, and where the numbers go on the voucher.
Does not: upload (office/attachments.py), make the PDF (accounting/z_pdf.py), join the two (attached.py).

A file is uploaded before the intent, since its number is part of what is sent, and of what is sent again. A file that cannot
be attached is a warning: the voucher goes without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting.payload import read_payload
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.states import State


@dataclass(frozen=True, slots=True)
class Stamps:
    """Numbers of the files that are there, and why others are not."""

    numbers: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


Attach = Callable[[Voucher], Stamps]
"""Uploads the documents of a voucher. Raises nothing that the service may say."""


def stamped(voucher: LedgerVoucher, numbers: tuple[int, ...]) -> LedgerVoucher:
    """The voucher with a file on its lines: the first lines take one each where there are several, the others the first."""
    if not numbers:
        return voucher
    lines = tuple(
        replace(line, stamp_no=numbers[position] if position < len(numbers) else numbers[0])
        for position, line in enumerate(voucher.lines)
    )
    return replace(voucher, lines=lines)


def stamps_of(existing: Document | None) -> tuple[int, ...]:
    """The files of an earlier attempt, so that a voucher that is sent again needs no second upload.

    None of a refused one: the number may be what was refused.
    """
    if existing is None or existing.state is State.REJECTED:
        return ()
    lines = read_payload(existing.payload, existing.reference)["lines"]
    return tuple(dict.fromkeys(line["stamp"] for line in lines if "stamp" in line))
