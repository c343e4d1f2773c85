"""What a change in Frontline does to a twin: policy per group of fields, and the change told field by field.

Belongs here: the pure comparison of what is wanted with what 24SevenOffice has.
Does not: read or save twins (posting/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from frontline_pipeline.frames.masters import CHANGES
from frontline_pipeline.masterdata.customers import ADDRESS
from frontline_pipeline.settings_masterdata import CustomerUpdates, Policy, ProductUpdates

PERSONAL, EMPTY = "(personal)", "(empty)"


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that change together, and whose word counts."""

    columns: tuple[str, ...]
    policy: Policy
    whole: bool = False
    """True: the fields are one thing (an address): with `fill` they are only filled when all of them are empty."""
    personal: bool = False
    """True: no value of them is ever told."""


def customer_groups(rules: CustomerUpdates) -> tuple[Group, ...]:
    """The groups of a customer's fields."""
    addresses = tuple(
        Group(tuple(f"{prefix}{part}" for part in (*own, *ADDRESS, "country")), rules.addresses, True, True)
        for prefix, own in (("", ()), ("invoice_", ("name",)), ("delivery_", ("name",)))
    )
    return (
        Group(("name", "first_name"), rules.names, personal=True),
        Group(("organisation_number",), rules.organisation_number),
        *addresses,
        Group(("phone", "mobile"), rules.phones, personal=True),
        Group(("email", "invoice_email"), rules.emails, personal=True),
        Group(("payment_days",), rules.terms),
    )


def product_groups(rules: ProductUpdates) -> tuple[Group, ...]:
    """The groups of a product's fields."""
    return (
        Group(("name", "description"), rules.name),
        Group(("sales_price",), rules.price),
        Group(("cost",), rules.cost),
        Group(("ean",), rules.ean),
        Group(("category_id",), rules.category),
        Group(("active",), rules.status),
    )


def ever(groups: Sequence[Group]) -> bool:
    """Whether any group may change anything."""
    return any(group.policy != "never" for group in groups)


@dataclass(frozen=True)
class Difference:
    """What would be changed."""

    told: pd.DataFrame = field(repr=False)
    """CHANGES."""
    rows: pd.DataFrame = field(repr=False)
    """The wanted rows that have anything to change, as the twin will stand after it: fields of other groups are the twin's own."""


def differences(wanted: pd.DataFrame, office: pd.DataFrame, groups: Sequence[Group]) -> Difference:
    """Compare `wanted` (by `office_id`, `key`) with `office` (indexed by office id, the same columns).

    Nothing that Frontline leaves empty empties anything. A twin that `office` lacks is left alone.
    """
    rows = wanted[wanted["office_id"].isin(office.index)].reset_index(drop=True)
    twins = office.reindex(rows["office_id"].astype("int64")).reset_index(drop=True)
    after = rows.copy()
    told: list[pd.DataFrame] = []
    differs = pd.Series(False, index=rows.index)
    for group in groups:
        free = _writable(group, rows, twins)
        for name in group.columns:
            mine, theirs = rows[name], twins[name].astype(rows[name].dtype)
            same = mine.eq(theirs).astype("boolean").fillna(False).astype("bool")
            changed = free & mine.notna() & ~same
            if group.policy == "fill" and not group.whole:
                changed &= theirs.isna()
            after[name] = mine.where(changed, theirs)
            differs |= changed
            if changed.any():
                told.append(
                    pd.DataFrame(
                        {
                            "key": rows.loc[changed, "link_key"],
                            "office_id": rows.loc[changed, "office_id"].astype("int64"),
                            "field": name,
                            "was": _told(theirs[changed], personal=group.personal),
                            "now": _told(mine[changed], personal=group.personal),
                        }
                    )
                )
    if not told:
        return Difference(CHANGES.empty(), after.iloc[:0])
    return Difference(CHANGES.conform(pd.concat(told, ignore_index=True)), after[differs])


def _writable(group: Group, rows: pd.DataFrame, twins: pd.DataFrame) -> pd.Series:
    if group.policy == "never":
        return pd.Series(False, index=rows.index)
    if group.policy == "fill" and group.whole:
        # A country alone is no address: 24SevenOffice may put its own there.
        parts = [name for name in group.columns if not name.endswith("country")]
        return twins[parts].isna().all(axis=1) & rows[parts].notna().any(axis=1)
    return pd.Series(True, index=rows.index)


def _told(values: pd.Series, *, personal: bool) -> pd.Series:
    """Values as a person may see them; of a personal field only whether there is one."""
    if personal:
        return values.notna().map({True: PERSONAL, False: EMPTY}).astype("str")
    if values.name in ("sales_price", "cost"):
        kroner, ore = values.abs() // 100, values.abs() % 100
        shown = kroner.astype("str") + "." + ore.astype("str").str.zfill(2)
        return shown.where(~values.lt(0).fillna(False), "-" + shown).where(values.notna(), EMPTY).astype("str")
    return values.astype("str").where(values.notna(), EMPTY)
