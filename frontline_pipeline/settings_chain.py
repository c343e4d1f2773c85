"""Where a register's chain of Z-reports begins anew.

Belongs here: the entry by which a person accepts a new, replaced or reset register.
Does not: judging a chain (accounting/chain.py), the store it stands in (settings.py).
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from frontline_pipeline.settings_values import Day, Model, Name, Register

_NUMBERED = re.compile(r"[0-9]+$")


def _numbered(value: str) -> str:
    if not _NUMBERED.search(value):
        raise ValueError("a Z number such as 1, which ends in digits")
    return value


ZNumber = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_numbered)]


class ChainStart(Model):
    """A person's word that a register's Z-reports begin anew: it is new, was replaced, or was reset. Z numbers and grand totals
    are never reset by law (kassasystemforskrifta s. 2-8-3, 1-2), so nothing of that is accepted without this entry."""

    register_id: Register
    """Register id, as in `registers`."""
    z_number: ZNumber
    """Number of its first Z-report."""
    business_day: Day
    """Business day of that Z-report; what is dated later belongs to the new chain."""
    reason: Name
    """Why, for the auditor: replaced (which register before it), reset (by whom), or the first day of this pipeline."""
