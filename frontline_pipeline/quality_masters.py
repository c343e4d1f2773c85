"""The quality of customers and products before go-live: usable keys, twins, organisation numbers, EAN.

Belongs here: the last delivered row of each key over a range of days, cleaned as the transfer would, and what is wrong with them.
Does not: the cleaning (masterdata/), what 24SevenOffice has (quality_online.py).

Items name keys, never a value of a personal field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from frontline_pipeline.frames.raw_master import CUSTOMERS, PRODUCTS
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.masterdata import matching
from frontline_pipeline.masterdata.customers import Cleaned, clean_customers
from frontline_pipeline.masterdata.products import clean_products
from frontline_pipeline.quality import unreadable_master
from frontline_pipeline.quality_report import EXAMPLES, Item, Part
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.settings_masterdata import CustomerRules, ProductRules

_BY_SETTING = frozenset({"no_category", "no_vat"})
"""Rules that only a setting answers; without the setting there is nothing to say yet."""
_WHAT = {
    "key_twice": "the same key twice in one extract",
    "key_with_blanks": "keys with blanks around them",
    "no_name": "without a name",
    "too_long": "texts longer than 24SevenOffice's field",
    "bad_country": "no country code",
    "bad_organisation_number": "invalid organisation number",
    "bad_email": "no e-mail address in the field",
    "bad_ean": "invalid EAN",
    "no_vat": "without a VAT rate",
    "no_category": "without a category",
}


@dataclass
class Masters:
    """Customers and products of a company as they would be sent, and the items about them."""

    customers: pd.DataFrame | None = field(default=None, repr=False)
    products: pd.DataFrame | None = field(default=None, repr=False)
    items: list[Item] = field(default_factory=list)


def check_masters(
    extracts: Extracts, profiles: Sequence[StoreProfile], days: Mapping[str, Sequence[dt.date]]
) -> dict[str, Masters]:
    """By company: the last delivered row of each key, cleaned; `days` are those of each store."""
    found: dict[str, Masters] = {}
    for company in dict.fromkeys(profile.company_code for profile in profiles):
        mine = [profile for profile in profiles if profile.company_code == company]
        masters = Masters()
        masters.customers = _customers(extracts, mine, days, masters.items)
        masters.products = _products(extracts, mine, days, masters.items)
        found[company] = masters
    return found


def _customers(
    extracts: Extracts, profiles: Sequence[StoreProfile], days: Mapping[str, Sequence[dt.date]], items: list[Item]
) -> pd.DataFrame | None:
    settings = profiles[0].company.masterdata
    rules = settings.customers if settings is not None and settings.customers is not None else None
    used = rules or CustomerRules()
    cleaned: list[Cleaned] = []
    for profile in profiles:
        raw = _latest(extracts, profile, days, CUSTOMERS, Part.CUSTOMERS, items)
        if raw is not None:
            cleaned.append(clean_customers(raw, profile.code, used, profile.company_code))
    if not cleaned:
        return None
    rows = pd.concat([each.rows for each in cleaned], ignore_index=True)
    items += _noted(Part.CUSTOMERS, [each.notes for each in cleaned], set_up=rules is not None)
    if used.keys == "company":
        items += _two_meanings(rows, blocks=rules is not None)
    rows = rows.drop_duplicates("link_key", keep="last", ignore_index=True)
    share = used.shared_organisation_number == "share" or not used.match.organisation_number
    items += _twins(Part.CUSTOMERS, rows, "organisation_number", blocks=rules is not None and not share)
    items += _alike(Part.CUSTOMERS, rows, "customer")
    bare = rows["organisation_number"].isna() & rows["customer_number"].isna() & rows["kind"].eq("business")
    items += _item(
        Part.CUSTOMERS,
        "business customers without organisation number or customer number",
        rows.loc[bare, "link_key"],
        "nothing but our own key can find their twin, so a customer that stands in 24SevenOffice already would be made again",
        "give them their organisation number, or the customer number of 24SevenOffice",
    )
    return rows


def _products(
    extracts: Extracts, profiles: Sequence[StoreProfile], days: Mapping[str, Sequence[dt.date]], items: list[Item]
) -> pd.DataFrame | None:
    settings = profiles[0].company.masterdata
    rules = settings.products if settings is not None and settings.products is not None else None
    used = rules or ProductRules()
    cleaned: list[Cleaned] = []
    for profile in profiles:
        raw = _latest(extracts, profile, days, PRODUCTS, Part.PRODUCTS, items)
        if raw is not None:
            cleaned.append(clean_products(raw, used, profile.company_code))
    if not cleaned:
        return None
    rows = pd.concat([each.rows for each in cleaned], ignore_index=True)
    rows = rows.drop_duplicates("link_key", keep="last", ignore_index=True)
    items += _noted(Part.PRODUCTS, [each.notes for each in cleaned], set_up=rules is not None)
    items += _twins(Part.PRODUCTS, rows, "ean", blocks=rules is not None and used.match.ean)
    items += _alike(Part.PRODUCTS, rows, "article")
    return rows


def _latest(
    extracts: Extracts,
    profile: StoreProfile,
    days: Mapping[str, Sequence[dt.date]],
    spec: FrameSpec,
    part: Part,
    items: list[Item],
) -> pd.DataFrame | None:
    """The last delivered row of each key; a key that stands twice in its last extract with different content stays twice."""
    (key,) = spec.key
    known: pd.DataFrame | None = None
    for day in days.get(profile.code, ()):
        try:
            frame = extracts.master(profile.code, day, spec.name)
        except ExtractError as error:
            items.append(unreadable_master(profile.code, day, error, part))
            continue
        if frame is None:
            continue
        known = frame if known is None else pd.concat([known[~known[key].isin(frame[key])], frame], ignore_index=True)
    return known


def _noted(part: Part, notes: Sequence[pd.DataFrame], *, set_up: bool) -> list[Item]:
    told = pd.concat(notes, ignore_index=True)
    items: list[Item] = []
    for rule in told["rule"].drop_duplicates():
        if not set_up and rule in _BY_SETTING:
            continue
        rows = told[told["rule"].eq(rule)]
        where = " (" + ", ".join(sorted(set(rows["field"]))) + ")"
        items += _item(
            part,
            _WHAT.get(rule, rule) + where,
            rows["key"],
            str(rows["words"].iloc[0]),
            "mend it at Frontline, or in the settings under masterdata",
            blocks=set_up and bool(rows["holds"].any()),
        )
    return items


def _two_meanings(rows: pd.DataFrame, *, blocks: bool) -> list[Item]:
    """One key with two organisation numbers, in two stores."""
    numbers = rows.dropna(subset=["organisation_number"]).groupby("link_key")["organisation_number"].nunique()
    return _item(
        Part.CUSTOMERS,
        "one key, two organisation numbers",
        pd.Series(numbers.index[numbers.gt(1)]),
        "the key is another customer in another store",
        "set masterdata.customers.keys: store, or make the keys one register",
        blocks=blocks,
    )


def _twins(part: Part, rows: pd.DataFrame, column: str, *, blocks: bool) -> list[Item]:
    shared = matching.shared_values(rows, column)
    return _item(
        part,
        f"twins: the same {column} at several keys",
        rows.loc[shared].sort_values(column)["link_key"],
        f"several keys have one {column}; only one thing in 24SevenOffice can be theirs",
        "merge them at Frontline, or correct the number of one of them",
        blocks=blocks,
    )


def _alike(part: Part, rows: pd.DataFrame, column: str) -> list[Item]:
    """Keys that differ in blanks, case or leading zeros alone: usually one thing, typed twice or cut by a spreadsheet."""
    plain = rows[column].str.strip().str.casefold().str.lstrip("0")
    # Where stores have registers of their own, the store stands before the key of a link.
    stores = [link.removesuffix(key) for link, key in zip(rows["link_key"], rows[column], strict=True)]
    plain = pd.Series(stores, index=rows.index, dtype="str") + plain
    alike = plain.duplicated(keep=False)
    return _item(
        part,
        "keys that differ in leading zeros, case or blanks alone",
        rows.loc[alike].assign(plain=plain[alike]).sort_values("plain")["link_key"],
        "they are kept apart, as they were delivered",
        "see whether they are one; a spreadsheet takes leading zeros away",
    )


def _item(part: Part, what: str, keys: pd.Series, message: str, next_step: str, *, blocks: bool = False) -> list[Item]:
    found = list(dict.fromkeys(str(key) for key in keys))
    if not found:
        return []
    return [Item(part, what, blocks, message, next_step, count=len(found), examples=tuple(found[:EXAMPLES]))]
