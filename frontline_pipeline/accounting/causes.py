"""The causes that an imbalance of a Z-report can have, by name.

Belongs here: the closed list of causes, and one named cause with its evidence and advice, as findings carry it.
Does not: finding causes (diagnosis/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class CauseKind(StrEnum):
    """What went wrong, as a person at the store or at Frontline would say it."""

    TENDER_MISSING = "tender missing"
    TENDER_DOUBLED = "tender counted twice"
    TENDER_SWAPPED = "payment under the wrong tender"
    SIGN_FLIPPED = "sign flipped"
    VAT_OF_GROSS = "VAT taken of the gross"
    VAT_RATE_LEFT_OUT = "VAT rate left out"
    RATE_WRONG = "wrong VAT rate"
    RATE_OF_OTHER_DATE = "VAT rate of another date"
    ROUNDING_LOST = "rounding lost"
    ROUNDING_ON_CARD = "rounding without cash"
    ROUNDING_NOT_TAKEN = "rounding that nobody paid"
    TIP_IN_OR_OUT = "tip in or out of the tenders"
    GIFT_CARD_AS_SALE = "gift card sale counted as turnover"
    MOVEMENT_LEFT_OUT = "pay-in or pay-out left out"
    MOVEMENT_DOUBLED = "pay-in or pay-out counted twice"
    RETURN_MISCOUNTED = "return counted twice or not at all"
    RECEIPT_MISSING = "receipt missing"
    RECEIPT_DOUBLED = "receipt counted twice"
    GROUP_LEFT_OUT = "article group left out"
    DIGITS_SWAPPED = "digits swapped"
    REGISTERS_MERGED = "two registers in one Z-report"
    ORE_PER_LINE = "øre lost by rounding line by line"
    ON_ACCOUNT_AS_SALE = "sale on account in the totals"
    AMOUNT_WRONG = "an amount is wrong"


@dataclass(frozen=True, slots=True)
class Cause:
    """One possible cause of an imbalance; nothing is repaired by it.

    Causes of equal `rank` explain the figures equally well: nothing in the data tells them apart, or, where they are of one
    `explanation`, they are needed together. Names keys only (register, Z number, tender, rate, receipt), never people.
    """

    rank: int
    kind: CauseKind
    subject: str
    """What it concerns: a tender, a rate, a receipt, a register; "" when the data do not name it."""
    evidence: str
    """A sentence with the amounts that speak for it."""
    what_to_do: str
    together: bool = False
    """Whether it explains the imbalance only together with another cause."""
    partial: bool = False
    """Whether it explains only a part of the imbalance."""
    explanation: int = 1
    """Causes of one number explain the figures together."""


def likeliest(causes: Sequence[Cause]) -> list[list[Cause]]:
    """The causes of rank 1 by explanation: within a list they are needed together, the lists are equally likely."""
    found: dict[int, list[Cause]] = {}
    for cause in causes:
        if cause.rank == 1:
            found.setdefault(cause.explanation, []).append(cause)
    return list(found.values())
