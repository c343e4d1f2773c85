"""Customers and products of a store-day, step by step: cleaned, matched or made, their keys returned.

Belongs here: what the assets and the command do with the rooms below, per kind.
Does not: the steps themselves (masterdata/, posting/twins.py, frontline/outbox.py), Dagster (assets/).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pandas as pd

from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.gate import require
from frontline_pipeline.frames.masters import (
    CHANGES,
    CLEAN_CUSTOMERS,
    CLEAN_PRODUCTS,
    CUSTOMER_KEYS,
    MATCHED_CUSTOMERS,
    MATCHED_PRODUCTS,
    NOTES,
    PRODUCT_KEYS,
)
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.frontline import outbox
from frontline_pipeline.masterdata import matched as matching
from frontline_pipeline.masterdata.customers import Cleaned, clean_customers
from frontline_pipeline.masterdata.products import clean_products
from frontline_pipeline.posting import links
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.twins import Twins
from frontline_pipeline.posting.twins_register import Register
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.settings_file import LoadedSettings

NOT_SET_UP = "not set up: companies.{company}.masterdata does not name {kind}"


class Kind(StrEnum):
    """Customers or products; the value is the name of their frame and of their assets."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"

    @property
    def one(self) -> str:
        """The word for one of them, which is also the kind of its links."""
        return {Kind.CUSTOMERS: links.CUSTOMER, Kind.PRODUCTS: links.PRODUCT}[self]

    @property
    def clean(self) -> FrameSpec:
        return {Kind.CUSTOMERS: CLEAN_CUSTOMERS, Kind.PRODUCTS: CLEAN_PRODUCTS}[self]

    @property
    def matched(self) -> FrameSpec:
        return {Kind.CUSTOMERS: MATCHED_CUSTOMERS, Kind.PRODUCTS: MATCHED_PRODUCTS}[self]

    @property
    def keys(self) -> FrameSpec:
        return {Kind.CUSTOMERS: CUSTOMER_KEYS, Kind.PRODUCTS: PRODUCT_KEYS}[self]


class Registers(Protocol):
    """Opens the customers and products of a company's client; nothing is asked before the first question to them."""

    def register(self, company: str, one: str) -> Register:
        """The register of `customer` or `product`."""


def is_set_up(kind: Kind, profile: StoreProfile) -> bool:
    """Whether the company's settings want this kind matched."""
    rules = profile.company.masterdata
    return rules is not None and (rules.customers if kind is Kind.CUSTOMERS else rules.products) is not None


def clean(kind: Kind, delivered: Bundle, profile: StoreProfile) -> Bundle:
    """The cleaned bundle of a delivered one: frames of `kind.clean` and NOTES."""
    if not is_set_up(kind, profile):
        return _empty(kind.clean, delivered, NOT_SET_UP.format(company=profile.company_code, kind=kind))
    cleaned = _cleaned(kind, delivered[kind.value], profile)
    frames = {kind.value: require(cleaned.rows, _unkeyed(kind.clean)), NOTES.name: cleaned.notes}
    return replace(delivered, frames=frames)


def _cleaned(kind: Kind, raw: pd.DataFrame, profile: StoreProfile) -> Cleaned:
    rules = profile.company.masterdata
    if rules is not None and rules.customers is not None and kind is Kind.CUSTOMERS:
        return clean_customers(raw, profile.code, rules.customers, profile.company.organisation_number)
    if rules is not None and rules.products is not None and kind is Kind.PRODUCTS:
        return clean_products(raw, rules.products, profile.company.organisation_number)
    raise ValueError(f"{kind} are not set up for {profile.company_code}")


def _unkeyed(spec: FrameSpec) -> FrameSpec:
    """A key that stands twice is held, not refused: both rows stay in sight."""
    return FrameSpec(spec.name, spec.doc, (), spec.columns)


def find_twins(
    kind: Kind, cleaned: Bundle, profile: StoreProfile, twins: Twins, registers: Registers
) -> tuple[Bundle, list[str]]:
    """The matched bundle (frames of `kind.matched`, CHANGES) and warnings. Rows that cleaning holds are not looked for.

    Raises what `Twins.find` raises.
    """
    rows, notes = cleaned[kind.value], cleaned[NOTES.name]
    if not is_set_up(kind, profile):
        return _empty(kind.matched, cleaned, cleaned.note, CHANGES), []
    open_ = rows[rows["held_by"].isna()]
    result = twins.find(open_, registers.register(profile.company_code, kind.one), profile.code)
    frames = {kind.value: matching.matched(kind.matched, rows, notes, result.rows), CHANGES.name: result.changed}
    return replace(cleaned, frames=frames), result.warnings


@dataclass(frozen=True, slots=True)
class Returned:
    """Where keys were written, how many, and whether anything changed there."""

    of_day: Path
    whole: Path
    day_keys: int
    all_keys: int
    changed: bool
    table: str | None
    table_rows: int
    note: str = ""


def return_keys(
    kind: Kind, matched: Bundle, profile: StoreProfile, loaded: LoadedSettings, log: PostingLog
) -> Returned:
    """The keys of a store-day, and all of its company, into the outbox and, with a SQL source, the table. Raises ExtractError."""
    keys, spec = loaded.settings.keys, kind.keys
    company = loaded.paths.outbox / profile.company_code
    folder = company / matched.store / matched.business_day.isoformat()
    if not is_set_up(kind, profile):
        return Returned(folder, company, 0, 0, False, None, 0, matched.note)
    of_day = matching.keys_of_day(spec, matched[kind.value])
    day_path, changed = outbox.write_keys(of_day, spec, folder, keys.format)
    while True:
        known = links.read(log.database, profile.company_code, kind.one)
        whole = matching.keys_of_links(spec, known)
        path, moved = outbox.write_keys(whole, spec, company, keys.format)
        # Another run may have written an older whole meanwhile, or linked more: whoever comes last makes it right.
        if not moved or links.read(log.database, profile.company_code, kind.one).equals(known):
            break
    table, rows = None, 0
    if outbox.wants_table(loaded.settings.source, keys):
        table = outbox.keys_table(spec, keys).fullname
        rows = outbox.write_table(whole, spec, profile.company_code, loaded.settings.source, keys, loaded.environment())
    return Returned(day_path, path, len(of_day), len(whole), changed or moved, table, rows)


def _empty(spec: FrameSpec, like: Bundle, note: str, other: FrameSpec = NOTES) -> Bundle:
    frames = {spec.name: spec.empty(), other.name: other.empty()}
    return replace(like, frames=frames, note=note)
