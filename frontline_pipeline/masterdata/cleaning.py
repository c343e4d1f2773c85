"""Cleaning of whole columns: texts, organisation numbers, e-mails, countries, EAN.

Belongs here: what customers and products have in common; the notes about rows, and the hash of a row.
Does not: which columns a customer or a product has (customers.py, products.py).

A check that costs is made once per distinct value, never once per row: 50,000 products are cleaned in tenths of a second.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from operator import mul
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from stdnum import ean as gtin
from stdnum.no import orgnr

from frontline_pipeline.frames.masters import NOTES

# One address, no display name, no spaces, a domain with a dot: what an e-mail field of an invoice needs.
_E_MAIL = re.compile(r"[^\s@<>\"(),;:\\\[\]]+@[^\s@<>\"(),;:\\\[\]]+\.[^\s@<>\"(),;:\\\[\].]{2,}")
_BETWEEN = re.compile(r"[\s.\-]")
_NORWEGIAN = re.compile(r"^(?:NO)?([0-9]{9})(?:MVA)?$")
_ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)
_EAN_LENGTHS = (8, 12, 13, 14)
_SEPARATOR = "\x1f"
"""Cannot stand in a delivered value (frontline/values.py)."""


def text(values: pd.Series) -> pd.Series:
    """Trimmed text; what is blank becomes empty (null)."""
    trimmed = values.str.strip()
    return trimmed.where(trimmed.str.len().fillna(0).astype("int64") > 0)


def compact_number(values: pd.Series) -> pd.Series:
    """An organisation number without what people write around it: `NO 987 654 321 MVA` and `987654321` are one."""
    known = {value: compact_one(value) for value in values.dropna().unique()}
    return pd.Series([known.get(value) for value in values], index=values.index, dtype="str")


def compact_one(number: str | None) -> str | None:
    """`compact_number` of one."""
    bare = _BETWEEN.sub("", number or "").upper()
    return _NORWEGIAN.sub(r"\1", bare) or None


def of_distinct(values: pd.Series, test: Callable[[str], bool]) -> pd.Series:
    """`test` of every value, asked once per distinct one; True for what is empty."""
    known = {value: test(value) for value in values.dropna().unique()}
    # A dictionary lookup leaves NaN for what is empty.
    return values.map(known).astype("boolean").fillna(True).astype("bool")


def is_norwegian_number(number: str) -> bool:
    """Nine digits with the right check digit (mod 11, by python-stdnum)."""
    return len(number) == 9 and bool(_right_number(number) or orgnr.is_valid(number))


def is_ean(number: str) -> bool:
    """An EAN-8, UPC-12, EAN-13 or GTIN-14 with the right check digit, by python-stdnum."""
    return bool(_right_ean(number) or gtin.is_valid(number))


# What is plainly right is not handed to python-stdnum, which takes ten times as long: it looks at every sign for separators first.


def _right_number(number: str) -> bool:
    plain = number.isascii() and number.isdigit()
    return plain and sum(map(mul, _ORGANISATION_WEIGHTS, map(int, number))) % 11 == 0


def _right_ean(number: str) -> bool:
    plain = number.isascii() and number.isdigit() and len(number) in _EAN_LENGTHS
    return plain and (sum(map(int, number[::-2])) + 3 * sum(map(int, number[-2::-2]))) % 10 == 0


def is_e_mail(address: str) -> bool:
    """One address that a message can be sent to, by its form alone."""
    return len(address) <= 254 and bool(_E_MAIL.fullmatch(address))


def is_country(code: str) -> bool:
    """A two-letter code of ISO 3166."""
    return code in _countries()


@cache
def _countries() -> frozenset[str]:
    """The codes of ISO 3166, from the table that tzdata carries."""
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    return frozenset(line.split("\t")[0] for line in table.splitlines() if line and not line.startswith("#"))


def row_hash(frame: pd.DataFrame, columns: Sequence[str], salt: str) -> pd.Series:
    """BLAKE2 (128 bit) of the columns of each row. An empty value is not the same as an empty text, and `salt` keeps hashes of
    different companies apart, so that nobody finds a person by hashing names."""
    if not len(frame):
        return pd.Series([], dtype="str", index=frame.index)
    parts = [
        pc.fill_null(pc.cast(pa.array(frame[name], from_pandas=True), pa.large_string()), "\x00") for name in columns
    ]
    joined = pc.binary_join_element_wise(*parts, pa.scalar(_SEPARATOR, pa.large_string())).to_pylist()
    start = hashlib.blake2b(salt.encode(), digest_size=16)
    hashes = []
    for row in joined:
        digest = start.copy()
        digest.update(row.encode())
        hashes.append(digest.hexdigest())
    return pd.Series(hashes, index=frame.index, dtype="str")


class Notes:
    """Gathers what was found wrong, rule by rule; the first rule that holds a row is the one that is told of it."""

    def __init__(self, keys: pd.Series) -> None:
        self._keys = keys
        self._found: list[pd.DataFrame] = []
        self.held_by = pd.Series([None] * len(keys), index=keys.index, dtype="str")

    def add(self, wrong: pd.Series, rule: str, field: str, words: str, *, holds: bool = False) -> None:
        """A note for each row where `wrong`. `words` never hold a value."""
        if not wrong.any():
            return
        keys = self._keys[wrong]
        self._found.append(pd.DataFrame({"key": keys, "rule": rule, "field": field, "holds": holds, "words": words}))
        if holds:
            self.held_by = self.held_by.where(~wrong | self.held_by.notna(), rule)

    def frame(self) -> pd.DataFrame:
        """NOTES, in the order found."""
        return NOTES.conform(pd.concat(self._found, ignore_index=True)) if self._found else NOTES.empty()


def cut(frame: pd.DataFrame, lengths: Iterable[tuple[str, int]], notes: Notes) -> None:
    """Cuts the texts of `frame`, in place, to 24SevenOffice's field lengths; a warning for each that was too long."""
    for name, most in lengths:
        long = frame[name].str.len().fillna(0).astype("int64") > most
        if long.any():
            notes.add(long, "too_long", name, f"cut to {most} characters, as 24SevenOffice's field has no more")
            frame[name] = frame[name].str.slice(0, most)


def without_values(words: str, rows: Iterable[Mapping[str, object]], columns: Collection[str]) -> str:
    """`words` without any value of `columns` of `rows` (as `records` has them): a foreign message may quote what was sent. Longer values go first, so that
    none survives in part; values of one or two letters are too common to be told from words."""
    values = {str(row[name]) for row in rows for name in columns if row[name] is not None}
    for value in sorted((each for each in values if len(each) > 2), key=len, reverse=True):
        words = re.sub(re.escape(value), "***", words, flags=re.IGNORECASE)
    return words


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries of plain values, None where empty; for what is sent one by one."""
    columns = [
        [None if value is pd.NA or value is pd.NaT or value != value else value for value in rows[name].tolist()]
        for name in rows
    ]
    names = [str(name) for name in rows]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
