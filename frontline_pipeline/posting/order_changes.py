"""An order that changed after it was sent: what to do with each of its rows.

Belongs here: the update of a draft or sales order, row by row (RowId, ChangeState), as a pure function.
Does not: decide whether it may be updated (order_deciding.py), send it.

Rows are edited one by one, not replaced as a list (API.md section 6): a row that stays is not named at all, one that changed is named
by its RowId with Edit, a new one carries Add, one that is gone Delete.
"""

from __future__ import annotations

from dataclasses import replace

from frontline_pipeline.posting.order_payload import SentOrder
from frontline_pipeline.posting.order_port import OrderFound, OrderToSave, RowToSave


def update_of(new: OrderToSave, sent_new: SentOrder, sent_old: SentOrder, there: OrderFound) -> OrderToSave:
    """`new` as an update of the order that is there, whose rows are those of `sent_old` in the same order.

    Raises ValueError when the order that is there has another number of rows: then it is not what was sent.
    """
    if len(there.rows) != len(sent_old["rows"]):
        raise ValueError("the order has other rows than were sent")
    ids = {row["line"]: found.row_id for row, found in zip(sent_old["rows"], there.rows, strict=True)}
    before = {row["line"]: row for row in sent_old["rows"]}
    place = {row["line"]: position for position, row in enumerate(sent_old["rows"], 1)}
    rows: list[RowToSave] = []
    for row, kept in zip(new.rows, sent_new["rows"], strict=True):
        line = kept["line"]
        if line not in before:
            rows.append(replace(row, change="Add"))
        elif before[line] != kept or place[line] != row.sequence or row.text is not None:
            # The log does not keep texts: a row with one may have changed.
            rows.append(replace(row, row_id=ids[line], change="Edit"))
    gone = before.keys() - {kept["line"] for kept in sent_new["rows"]}
    for line in sorted(gone):
        old = before[line]
        rows.append(
            RowToSave(
                old["kind"],
                old["product"],
                None,
                old["quantity"],
                old["price"],
                old["discount"],
                row_id=ids[line],
                change="Delete",
            )
        )
    return replace(new, order_id=there.order_id, rows=tuple(rows))
