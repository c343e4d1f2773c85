"""The matched frame of a store-day, and the keys that are returned of it.

Belongs here: what cleaning held and what the walk found, put together; counts for people.
Does not: the walk (posting/twins.py), files and tables (frontline/outbox.py).
"""

from __future__ import annotations

import pandas as pd

from frontline_pipeline.frames.gate import require
from frontline_pipeline.frames.spec import OSLO, FrameSpec


def matched(spec: FrameSpec, clean: pd.DataFrame, notes: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """MATCHED_CUSTOMERS or MATCHED_PRODUCTS: one row per key of `clean`.

    `found`: indexed by link key, the rows of `posting.twins.Result`, for what cleaning did not hold. A key that stands twice in the
    extract is one row here, held.
    """
    key = spec.key[0]
    clean = clean.drop_duplicates(key)
    rows = found.reindex(clean["link_key"]).reset_index(drop=True)
    held_by = clean["held_by"].reset_index(drop=True)
    words = notes[notes["holds"]].groupby("key", sort=False)["words"].agg("; ".join)
    why = clean[key].reset_index(drop=True).map(words).astype("str")
    reason = rows["reason"].astype("str").where(held_by.isna(), held_by)
    frame = pd.DataFrame(
        {
            key: clean[key].to_numpy(),
            "state": reason.isna().map({True: "linked", False: "held"}).astype("str"),
            "office_id": rows["office_id"].astype("Int64"),
            "number": rows["number"].astype("str"),
            "how": rows["how"].astype("str"),
            "matched_at": rows["matched_at"].dt.tz_convert(OSLO),
            "fresh": rows["fresh"].astype("boolean").fillna(False).astype("bool"),
            "reason": reason,
            "words": rows["words"].astype("str").where(held_by.isna(), why),
        }
    )
    return require(spec.conform(frame), spec)


def keys_of_day(spec: FrameSpec, rows: pd.DataFrame) -> pd.DataFrame:
    """CUSTOMER_KEYS or PRODUCT_KEYS of a matched frame, by key."""
    linked = rows[rows["state"].eq("linked")].sort_values(spec.key[0])
    return require(spec.conform(linked[list(spec.column_names)]), spec)


def keys_of_links(spec: FrameSpec, linked: pd.DataFrame) -> pd.DataFrame:
    """The running whole from the link table (indexed by key, as posting.links reads it), by key."""
    rows = linked[linked["state"].eq("linked")].reset_index(names=spec.key[0])
    rows["matched_at"] = rows["matched_at"].dt.tz_convert(OSLO)
    return require(spec.conform(rows[list(spec.column_names)].sort_values(spec.key[0])), spec)


def counts(rows: pd.DataFrame) -> dict[str, int]:
    """How many rows are linked by what, and held by what: `known` are those an earlier run linked."""
    linked = rows["state"].eq("linked")
    known = int((linked & ~rows["fresh"]).sum())
    out = {"known": known} if known else {}
    out |= {str(how): int(n) for how, n in rows.loc[linked & rows["fresh"], "how"].value_counts().items()}
    out |= {f"held: {why}": int(n) for why, n in rows.loc[~linked, "reason"].value_counts().items()}
    return out
