"""What vouchers say of each other in their texts, in Norwegian or English.

Belongs here: the words that link a reversal, its journal and the next revision, and that name a day booked on another date.
Does not: other texts of a voucher (accounting/voucher_text.py), cut them to length (payload.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from frontline_pipeline.posting.records import Document

Language = Literal["nb", "en"]

_WORDS: dict[Language, dict[str, str]] = {
    "nb": {
        "reverses": "reverserer bilag {number} {reference}",
        "replaced": "erstattes av {tail}",
        "replaces": "erstatter bilag {number} {tail}",
        "reversed": "reversert i {number}",
        "day": "gjelder {day}",
    },
    "en": {
        "reverses": "reverses voucher {number} {reference}",
        "replaced": "replaced by {tail}",
        "replaces": "replaces voucher {number} {tail}",
        "reversed": "reversed by {number}",
        "day": "for {day}",
    },
}


def of_reversal(language: Language, original: Document, *, replaced: bool) -> str:
    """What a reversal says: which voucher it reverses, and which revision comes instead."""
    words = _WORDS[language]
    told = words["reverses"].format(number=original.transaction_no, reference=original.reference)
    return f"{told}, {words['replaced'].format(tail=f'r{original.revision + 1}')}" if replaced else told


def of_revision(language: Language, original: Document, reversal: Document | None) -> str:
    """What a new revision says: which voucher it replaces, and where that was reversed."""
    words = _WORDS[language]
    # The reference of the new revision stands beside it and differs in the revision only.
    told = words["replaces"].format(number=original.transaction_no, tail=f"r{original.revision}")
    if reversal is None or reversal.transaction_no is None:
        return told
    return f"{told}, {words['reversed'].format(number=reversal.transaction_no)}"


def of_day(language: Language, day: dt.date, ledger_date: dt.date) -> str:
    """The business day, where the voucher is dated otherwise; empty where it is not."""
    return "" if day == ledger_date else _WORDS[language]["day"].format(day=day)


def joined(*notes: str) -> str:
    """Several notes as one."""
    return ", ".join(note for note in notes if note)
