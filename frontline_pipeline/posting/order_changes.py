"""An order that changed after it was sent: whether what is there may be updated, and what to do with each of its rows.

Belongs here: why an order that is there is not overwritten; the update of a draft or sales order, row by row (RowId, ChangeState), as
pure functions.
Does not: what the log decides before (order_deciding.py), read it or send it.

Rows are edited one by one, not replaced as a list (API.md section 6): a row that stays is not named at all, one that changed is named
by its RowId with Edit, a new one carries Add, one that is gone Delete.
"""

from __future__ import annotations

from dataclasses import replace

from frontline_pipeline.posting.order_comparing import differences_of
from frontline_pipeline.posting.order_deciding import form_of, taking_back
from frontline_pipeline.posting.order_payload import SentOrder, read_order
from frontline_pipeline.posting.order_port import OrderFound, OrderToSave, RowToSave
from frontline_pipeline.posting.records import Document


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


def not_updatable(base: Document, found: OrderFound | None) -> str | None:
    """Why an order that is out cannot be updated, in words; None when it can."""
    number = f"{form_of(base)} {base.transaction_no}"
    if found is None:
        return (
            f"it changed in Frontline, and {number} is not in 24SevenOffice any more. `frontline deleted {base.reference} --reason ...` "
            "says that it was deleted, and the next run sends it anew"
        )
    if found.is_invoiced:
        return (
            f"it changed in Frontline, and {number} was invoiced in 24SevenOffice meanwhile: an invoice is not edited, and this one is not "
            f"the pipeline's. Make a credit note of it there, then say so with `frontline reverse {base.reference} --reason ...`, and the next "
            "run sends the order anew"
        )
    told = differences_of(read_order(base.payload, base.reference), found)
    if told:
        shown = "; ".join(map(str, told[:6]))
        return (
            f"it changed in Frontline, and {number} was edited in 24SevenOffice meanwhile ({shown}): it is not overwritten. Put one of "
            f"the two right, or {taking_back(base)}"
        )
    return None
