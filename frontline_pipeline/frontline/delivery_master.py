"""Customers and products as Frontline delivered them with a store-day.

Belongs here: the raw bundle of one master frame.
Does not: reading (files.py, sql.py), cleaning (masterdata/).
"""

from __future__ import annotations

import datetime as dt

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import MASTER_FRAMES
from frontline_pipeline.frontline.source import Extracts

_SPECS = {spec.name: spec for spec in MASTER_FRAMES}


def deliver_master(extracts: Extracts, store: str, day: dt.date, name: str) -> Bundle:
    """One of MASTER_FRAMES of a store-day; `not_delivered` when none came, which is no fault: most days have no new customer.

    Raises ExtractError for what cannot be read, KeyError for the name.
    """
    frame = extracts.master(store, day, name)
    if frame is None:
        return Bundle.empty(
            store, day, Status.NOT_DELIVERED, (_SPECS[name],), f"no frame {name} came with this store-day"
        )
    return Bundle(store, day, Status.OK, {name: frame})
