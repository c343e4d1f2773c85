"""What a Z-report counts besides money that is booked: opening float, drawer openings, copies, voids (letters k, m to w).

Belongs here: these figures as one frozen object per Z, and reading them from frames.
Does not: what is proven or booked (model.py, from_frames.py), the document that shows them (z_document.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.plain import Row, rows
from frontline_pipeline.accounting.validity import frame_of
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import Z_ARTICLE_GROUPS, Z_REPORTS

COUNTED: Mapping[str, tuple[str, str | None]] = {
    "m": ("drawer_openings", None),
    "n": ("copy_count", "copy_amount"),
    "o": ("proforma_count", "proforma_amount"),
    "p": ("return_count", "return_amount"),
    "q": ("discount_count", "discount_amount"),
    "r": ("void_count", "void_amount"),
    "s": ("correction_count", "correction_amount"),
    "t": ("price_inquiry_count", "price_inquiry_amount"),
    "u": ("other_correction_count", "other_correction_amount"),
    "v": ("delivery_count", "delivery_amount"),
    "w": ("training_count", "training_amount"),
}
"""Letter of kassasystemforskrifta s. 2-8-2 -> columns of number and amount in the frame z_reports."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One letter's number and amount (øre); None where the extract does not say."""

    letter: str
    count: int | None
    amount: Ore | None


@dataclass(frozen=True, slots=True)
class ZStatistics:
    """The figures of one Z. `counted` is in the order of the letters; `group_counts` is (article group, number as text)."""

    opening_float: Ore | None = None
    counted: tuple[Counted, ...] = ()
    group_counts: tuple[tuple[str, str], ...] = ()


def z_statistics_from(z_bundle: Bundle) -> dict[ZKey, ZStatistics]:
    """The figures of every Z of a store-day's Z frames, raw or proven; a column that is not there is not said."""
    groups: dict[ZKey, list[tuple[str, str]]] = {}
    for row in rows(frame_of(z_bundle, Z_ARTICLE_GROUPS)):
        count = row.get("count")
        if count is not None:
            groups.setdefault(_key(row), []).append((row["article_group"], _units(count)))
    return {
        _key(row): ZStatistics(
            row.get("opening_float"),
            tuple(
                Counted(letter, row.get(count), None if amount is None else row.get(amount))
                for letter, (count, amount) in COUNTED.items()
            ),
            tuple(sorted(groups.get(_key(row), ()))),
        )
        for row in rows(frame_of(z_bundle, Z_REPORTS))
    }


def _key(row: Row) -> ZKey:
    return ZKey(row["register"], row["z_number"])


def _units(thousandths: int) -> str:
    """A quantity, which frames hold in thousandths, as text: 2000 is `2`, 1500 is `1,5`."""
    sign, (whole, part) = "-" if thousandths < 0 else "", divmod(abs(thousandths), 1000)
    return sign + (f"{whole},{part:03d}".rstrip("0") if part else str(whole))
