"""Money as whole øre.

Belongs here: the type, its way in from exact text and Decimal, its way out as text.
Does not: rates and VAT (vat.py), parsing of extract files (frontline/values.py, which adds file and line to the error).
"""

from __future__ import annotations

import re
from decimal import Decimal

Ore = int
"""Whole øre. A plain int, named so that a signature says its unit; never a float."""

LIMIT = 10**15
"""Ten trillion kroner: above it an amount is a fault of the extract, and int64 sums stay far from overflow."""

_CENT = Decimal("0.01")
_PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


def ore(value: str | int | Decimal) -> Ore:
    """Exact øre of an amount in kroner: ore("12.5") == 1250; an int is whole kroner.

    Raises ValueError for anything that is not a plain decimal number with at most two decimals below ten trillion kroner
    ("12,50", "1e3", "1_000", "NaN", True, a float).
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"an amount is text, a whole number or a Decimal, not {type(value).__name__}")
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        raise ValueError(f"{value[:40]!r} is not an amount such as 1234.50")
    amount = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)
    if not amount.is_finite() or abs(amount) >= LIMIT // 100:
        raise ValueError(f"{str(value)[:40]!r} is not an amount below ten trillion kroner")
    scaled = amount * 100
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value!r} has more than two decimals")
    return int(scaled)


def kroner(amount: Ore) -> Decimal:
    """Kroner with two decimals of whole øre."""
    return (Decimal(amount) / 100).quantize(_CENT)


def text(amount: Ore) -> str:
    """Plain text with two decimals, as JSON, CSV and SOAP want it: text(-50) == "-0.50"."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def display(amount: Ore) -> str:
    """Text for people: a thin grouping of thousands, e.g. "12 345.50"."""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}.{abs(amount) % 100:02d}".replace(",", " ")
