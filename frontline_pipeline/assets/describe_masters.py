"""How the assets of customers and products describe themselves: counts, what is held, what was changed. Keys, never personal values.

Belongs here: typed metadata made from bundles.
Does not: the numbers themselves (masterdata/).
"""

from __future__ import annotations

import dagster as dg
import pandas as pd

from frontline_pipeline.assets.describe import TABLE_ROWS, table
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.masters import CHANGES, NOTES
from frontline_pipeline.masterdata.matched import counts
from frontline_pipeline.masters import Kind, Returned

Metadata = dict[str, dg.MetadataValue]


def notes_metadata(bundle: Bundle) -> Metadata:
    """What was found wrong, as a table of keys, rules and fields."""
    notes = bundle[NOTES.name]
    if notes.empty:
        return {}
    told = notes.head(TABLE_ROWS).assign(holds=notes["holds"].map({True: "held", False: "warning"}))
    return {
        "notes": _table(told, ("key", "rule", "field", "holds", "words")),
        "notes_count": dg.MetadataValue.int(len(notes)),
    }


def matched_metadata(kind: Kind, bundle: Bundle) -> Metadata:
    """Counts by how, the held ones, and what was changed from what to what."""
    rows, changes = bundle[kind.value], bundle[CHANGES.name]
    key = kind.matched.key[0]
    by_how: list[dict[str, str | int]] = [{"how": how, kind.value: n} for how, n in counts(rows).items()]
    told: Metadata = {"by_how": table(by_how, ("how", kind.value))}
    held = rows[rows["state"].eq("held")]
    told["held"] = dg.MetadataValue.int(len(held))
    if len(held):
        told["held_rows"] = _table(held, (key, "reason", "words"))
    if len(changes):
        told["changed"] = _table(changes, ("key", "office_id", "field", "was", "now"))
    return told


def keys_metadata(returned: Returned) -> Metadata:
    """Where the keys are."""
    if returned.note:
        return {"note": dg.MetadataValue.text(returned.note)}
    told: Metadata = {
        "of_this_store_day": dg.MetadataValue.path(str(returned.of_day)),
        "running_whole": dg.MetadataValue.path(str(returned.whole)),
        "dagster/row_count": dg.MetadataValue.int(returned.day_keys),
        "all_keys": dg.MetadataValue.int(returned.all_keys),
        "changed": dg.MetadataValue.bool(returned.changed),
    }
    if returned.table:
        told["table"] = dg.MetadataValue.text(returned.table)
        told["table_rows_written"] = dg.MetadataValue.int(returned.table_rows)
    return told


def _table(frame: pd.DataFrame, columns: tuple[str, ...]) -> dg.TableMetadataValue:
    shown = frame[list(columns)].head(TABLE_ROWS)
    rows: list[dict[str, str | int]] = [
        {name: "" if pd.isna(value) else str(value) for name, value in zip(columns, row, strict=True)}
        for row in shown.itertuples(index=False)
    ]
    return table(rows, columns)
