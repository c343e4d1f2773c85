"""Customers as they would be sent.

Belongs here: cleaning of the delivered customers, and the notes about them.
Does not: finding their twins (matching.py), calls (posting/).

Lengths are those of 24SevenOffice's fields (API.md section 4).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from frontline_pipeline.frames.masters import CLEAN_CUSTOMERS
from frontline_pipeline.frames.raw_master import CUSTOMERS
from frontline_pipeline.frames.spec import Kind
from frontline_pipeline.masterdata import cleaning
from frontline_pipeline.masterdata.cleaning import Notes
from frontline_pipeline.settings_masterdata import CustomerRules

LENGTHS = (("name", 200), ("first_name", 50), ("organisation_number", 20))
PREFIXES = ("", "invoice_", "delivery_")
"""Of the three addresses; the postal one has none."""
ADDRESS = ("street", "postal_code", "city")
_TEXTS = tuple(c.name for c in CUSTOMERS.columns if c.kind is Kind.TEXT and c.name not in ("customer", "kind"))
_HASHED = tuple(name for name in CUSTOMERS.column_names if name != "changed_at")


@dataclass(frozen=True)
class Cleaned:
    """Rows as they would be sent, and what was found wrong with them."""

    rows: pd.DataFrame = field(repr=False)
    notes: pd.DataFrame = field(repr=False)

    @property
    def held(self) -> int:
        """How many rows are held."""
        return int(self.rows["held_by"].notna().sum())


def clean_customers(raw: pd.DataFrame, store: str, rules: CustomerRules, salt: str) -> Cleaned:
    """CLEAN_CUSTOMERS of the delivered CUSTOMERS; `salt`: see `row_hash`.

    A row that stands twice as it is becomes one. Held: a key that stands twice with different content, an unusable country, a
    wrong Norwegian organisation number (by setting), an empty name.
    """
    frame = raw.drop_duplicates().reset_index(drop=True)
    notes = Notes(frame["customer"])
    for name in _TEXTS:
        frame[name] = cleaning.text(frame[name])
    notes.add(
        frame["customer"].duplicated(keep=False),
        "key_twice",
        "customer",
        "the customer stands twice in the extract with different content; deliver it once",
        holds=True,
    )
    _key_as_written(frame, notes)
    notes.add(frame["name"].isna(), "no_name", "name", "a customer without a name is not looked up or made", holds=True)
    # 24SevenOffice has a first name of private customers only.
    frame["first_name"] = frame["first_name"].where(frame["kind"].eq("private"))
    cleaning.cut(frame, LENGTHS, notes)
    _countries(frame, notes, rules)
    _organisation_numbers(frame, notes, rules)
    for name in ("email", "invoice_email"):
        bad = ~cleaning.of_distinct(frame[name], cleaning.is_e_mail)
        notes.add(bad, "bad_email", name, "no e-mail address; left out")
        frame[name] = frame[name].where(~bad)
    link = frame["customer"] if rules.keys == "company" else store + "/" + frame["customer"]
    frame["link_key"] = link
    frame["external_id"] = rules.external_id_prefix + link
    # The name may not be empty in the frame; a held row carries its key there instead.
    frame["name"] = frame["name"].fillna(frame["customer"])
    frame["content_hash"] = cleaning.row_hash(frame, _HASHED, salt)
    frame["held_by"] = notes.held_by
    return Cleaned(CLEAN_CUSTOMERS.conform(frame[list(CLEAN_CUSTOMERS.column_names)]), notes.frame())


def _key_as_written(frame: pd.DataFrame, notes: Notes) -> None:
    """A key with blanks around it would be another key in ExternalId's search."""
    blank = frame["customer"] != frame["customer"].str.strip()
    notes.add(blank, "key_with_blanks", "customer", "the key has blanks around it; deliver it without", holds=True)


def _countries(frame: pd.DataFrame, notes: Notes, rules: CustomerRules) -> None:
    for prefix in PREFIXES:
        name = f"{prefix}country"
        frame[name] = frame[name].str.upper()
        bad = ~cleaning.of_distinct(frame[name], cleaning.is_country)
        notes.add(bad, "bad_country", name, "no two-letter country code of ISO 3166; correct it", holds=True)
        there = frame[[f"{prefix}{part}" for part in ADDRESS]].notna().any(axis=1)
        # The customer's own country is a field of the customer, not only of its address.
        wanted = there if prefix else pd.Series(True, index=frame.index)
        frame[name] = frame[name].where(frame[name].notna() | ~wanted, rules.default_country)
        frame[name] = frame[name].where(wanted)


def _organisation_numbers(frame: pd.DataFrame, notes: Notes, rules: CustomerRules) -> None:
    name = "organisation_number"
    frame[name] = cleaning.compact_number(frame[name])
    norwegian = frame["country"].eq("NO")
    bad = norwegian & ~cleaning.of_distinct(frame[name].where(norwegian), cleaning.is_norwegian_number)
    if rules.organisation_number == "hold":
        notes.add(
            bad, "bad_organisation_number", name, "not nine digits with the right check digit; correct it", holds=True
        )
    else:
        notes.add(bad, "bad_organisation_number", name, "not nine digits with the right check digit; left out")
    frame[name] = frame[name].where(~bad)
