"""What Frontline delivered for one store-day, and what it means when it delivered nothing.

Belongs here: the decision between delivered, closed and missing.
Does not: reading (files.py, sql.py), proof of what was delivered (accounting/).
"""

from __future__ import annotations

import datetime as dt

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.settings import StoreProfile


class MissingExtract(Exception):
    """An open day for which nothing was delivered."""

    def __init__(self, store: str, business_day: dt.date) -> None:
        self.store, self.business_day = store, business_day
        self.next_step = (
            f"Get the Z-report or the SAF-T export of {store} for {business_day} and run `frontline import`, then materialise "
            f"{business_day}|{store}. If the store was closed, add the day to its calendar (stores.{store}.calendar.closed_dates)."
        )
        super().__init__(
            f"No extract of store {store} for {business_day}, and the store was open that day. {self.next_step}"
        )


def deliver_z_reports(extracts: Extracts, profile: StoreProfile, day: dt.date) -> Bundle:
    """The raw Z-reports of a store-day; an empty `closed` bundle when none is to be expected.

    Raises MissingExtract for an open day without an extract, ExtractError for one that cannot be read.
    """
    bundle = extracts.z_reports(profile.code, day)
    if bundle is not None:
        return bundle
    reason = profile.store.calendar.closed_because(day) or extracts.covered_note(profile.code, day)
    if reason is None:
        raise MissingExtract(profile.code, day)
    return Bundle.empty(profile.code, day, Status.CLOSED, Z_FRAMES, reason)


def deliver_receipts(extracts: Extracts, profile: StoreProfile, day: dt.date) -> Bundle:
    """The raw receipts of a store-day; `not_delivered` when this store's extracts carry none, whether the day was open or not."""
    if profile.store.receipts == "none":
        return Bundle.empty(
            profile.code, day, Status.NOT_DELIVERED, RECEIPT_FRAMES, "the store's settings read no receipts"
        )
    return extracts.receipts(profile.code, day)
