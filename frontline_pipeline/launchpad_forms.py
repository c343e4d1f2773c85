"""The forms in Dagster's launchpad: what a person fills in who decides about store-days that are out.

Belongs here: fields, their defaults and the words beside them.
Does not: what a run of a form does and tells (launchpad.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its forms as objects.

from enum import Enum

import dagster as dg
from pydantic import Field

_REASON = Field("", description="Why. It stands in the posting log's history for ever.")
_WHO = Field("", description="Your name: the webserver has no login of its own.")
_STORE = Field("", description="Store code, as in the settings.")
_FIRST = Field("", description="First business day, YYYY-MM-DD.")
_LAST = Field("", description="Last business day, YYYY-MM-DD.")
_DRY = Field(True, description="true: only say what would be done; nothing is sent or written.")


class Word(Enum):
    """What a person can say about one document."""

    FOUND = "found"
    ABSENT = "absent"
    RETRY = "retry"
    SKIP = "skip"
    RESUME = "resume"
    REVERSE = "reverse"
    DELETED = "deleted"


class ResolveForm(dg.Config):
    """A person's word about one document."""

    key: str = Field("", description="Reference, as the run and ledger_agrees show it, e.g. oslo/OSLO-1/Z7/r1.")
    word: Word = Field(
        Word.FOUND,
        description="FOUND or ABSENT: whether it is in 24SevenOffice. RETRY: the next run may send it. SKIP: it is not posted. "
        "RESUME: takes a skip back. REVERSE: you have reversed it there with a voucher of your own. DELETED: you have deleted it there.",
    )
    reason: str = _REASON
    who: str = _WHO


class CorrectForm(dg.Config):
    """Reverse what is out of a store-day, and post what its extract and the settings say now."""

    store: str = _STORE
    business_day: str = Field("", description="Business day, YYYY-MM-DD.")
    reason: str = _REASON
    who: str = _WHO
    dry_run: bool = _DRY


class RangeForm(dg.Config):
    """A range of a store's days."""

    store: str = _STORE
    first_day: str = _FIRST
    last_day: str = _LAST
    reason: str = _REASON
    who: str = _WHO


class RollbackForm(RangeForm):
    """Reverse what is posted of a range of a store's days."""

    dry_run: bool = _DRY


class AdoptForm(dg.Config):
    """Take over vouchers that carry our keys; rebuilds a lost posting log. Every company, since a log that was rebuilt in
    part would post the rest a second time."""

    first_day: str = _FIRST
    last_day: str = Field(
        "", description="Last business day; let it be today, reversals may be dated later than their day."
    )
    no_drafts: bool = Field(False, description="true: no draft was ever sent, so that no day is held for one.")
    who: str = _WHO
    dry_run: bool = _DRY


class SweepForm(dg.Config):
    """Read the last months again: late, doubled, changed and strange vouchers."""

    company: str = Field("", description="Company code; empty: every company.")
    months: int = Field(0, description="How many months, the running one included; 0: schedule.sweep_months.")
