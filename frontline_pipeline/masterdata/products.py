"""Products as they would be sent.

Belongs here: cleaning of the delivered products, price and category as 24SevenOffice wants them, and the notes about them.
Does not: finding their twins (matching.py), calls (posting/).

Lengths are those of 24SevenOffice's fields (API.md section 5).
"""

from __future__ import annotations

import pandas as pd

from frontline_pipeline.frames.masters import CLEAN_PRODUCTS
from frontline_pipeline.masterdata import cleaning
from frontline_pipeline.masterdata.cleaning import Notes
from frontline_pipeline.masterdata.customers import Cleaned
from frontline_pipeline.settings_masterdata import ProductRules

LENGTHS = (("name", 125), ("description", 500))
_HASHED = (
    "article",
    "name",
    "ean",
    "sales_price",
    "cost",
    "rate",
    "active",
    "description",
    "category_id",
)


def clean_products(raw: pd.DataFrame, rules: ProductRules, salt: str) -> Cleaned:
    """CLEAN_PRODUCTS of the delivered PRODUCTS; item numbers stay as delivered, leading zeros and all.

    Held: an item number that stands twice with different content, a product without a VAT rate, one whose group has no category
    (the category decides its accounts in 24SevenOffice). An EAN with a wrong check digit is left out with a warning.
    """
    frame = raw.drop_duplicates().reset_index(drop=True)
    notes = Notes(frame["article"])
    for name in ("name", "ean", "article_group", "vat_code", "description"):
        frame[name] = cleaning.text(frame[name])
    twice = frame["article"].duplicated(keep=False)
    notes.add(
        twice, "key_twice", "article", "stands twice in the extract with different content; deliver it once", holds=True
    )
    blank = frame["article"] != frame["article"].str.strip()
    notes.add(blank, "key_with_blanks", "article", "has blanks around it; deliver it without", holds=True)
    notes.add(frame["name"].isna(), "no_name", "name", "a product needs a name", holds=True)
    cleaning.cut(frame, LENGTHS, notes)
    frame["ean"] = frame["ean"].str.replace(r"[\s\-]", "", regex=True)
    bad = ~cleaning.of_distinct(frame["ean"], cleaning.is_ean)
    notes.add(bad, "bad_ean", "ean", "its check digit or length is wrong; left out")
    frame["ean"] = frame["ean"].where(~bad)
    _rates(frame, notes, rules)
    _categories(frame, notes, rules)
    frame["sales_price"] = _price(frame, rules)
    frame["link_key"] = frame["article"]
    frame["name"] = frame["name"].fillna(frame["article"])
    frame["content_hash"] = cleaning.row_hash(frame, _HASHED, salt)
    frame["held_by"] = notes.held_by
    return Cleaned(CLEAN_PRODUCTS.conform(frame[list(CLEAN_PRODUCTS.column_names)]), notes.frame())


def _rates(frame: pd.DataFrame, notes: Notes, rules: ProductRules) -> None:
    own = {code: int(percent.scaleb(3)) for code, percent in rules.rates.items()}
    frame["rate"] = frame["rate"].fillna(frame["vat_code"].map(own).astype("Int64"))
    notes.add(
        frame["rate"].isna(),
        "no_vat",
        "rate",
        "has no VAT rate, and its VAT code is not in masterdata.products.rates; give it one",
        holds=True,
    )


def _categories(frame: pd.DataFrame, notes: Notes, rules: ProductRules) -> None:
    mapped = frame["article_group"].map(rules.categories).astype("Int64")
    if rules.default_category is not None:
        mapped = mapped.fillna(rules.default_category)
    frame["category_id"] = mapped
    notes.add(
        mapped.isna(),
        "no_category",
        "article_group",
        "its article group is not in masterdata.products.categories and there is no default_category: without a category it has "
        "no account in 24SevenOffice",
        holds=True,
    )


def _price(frame: pd.DataFrame, rules: ProductRules) -> pd.Series:
    """The price as 24SevenOffice has it, in øre; the other one when only that came, by the rate, rounded half up."""
    gross, net = frame["price"], frame["price_excl_vat"]
    parts = 100_000 + frame["rate"]
    if rules.price == "excl_vat":
        return net.fillna((2 * gross * 100_000 + parts) // (2 * parts))
    return gross.fillna((2 * net * parts + 100_000) // 200_000)
