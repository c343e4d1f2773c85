"""What a person does in the ledger: edit, delete, copy a voucher, post a draft.

Belongs here: the SQL of these acts, and finding the voucher that is meant.
Does not: the rules for clients of the API (voucher_rules.py): a person may do what they may not.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from uuid import uuid4

from frontline_pipeline.sandbox.ledger_store import LedgerStore
from frontline_pipeline.sandbox.ledger_vouchers import VoucherBook

#: What of a line a person may change, with the type of its value.
EDITABLE: Mapping[str, type] = {
    "account": int,
    "amount_ore": int,
    "tax_number": str,
    "day": str,
    "customer": int,
    "department": int,
    "project": int,
    "invoice_no": str,
    "comment": str,
}
_ENTRY = (
    "link_id, sequence_no, account, day, due_day, amount_ore, vat_ore, tax_number, customer, department, project,"
    " dimensions, invoice_no, ocr, comment, currency, currency_rate, currency_unit, period_day, stamp_no"
)


class PersonError(ValueError):
    """What was asked names no voucher, or more than one, or cannot be done; the text says which."""


class Person:
    """A person at the client's screen. `chosen` says which voucher: `client`, and `number` or `reference`.

    Where these fit several, `year`, `series`, `state` or `id` narrow it down; `id` alone is enough.
    """

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._book = VoucherBook(store)

    def edit(self, chosen: Mapping[str, object], lines: Sequence[Mapping[str, object]]) -> int:
        """Change lines: each names its `line` (1, 2, ...; 0 = all) and new values (EDITABLE). Returns the voucher's id.

        Raises PersonError; nothing holds the result to balance, as a person's ledger would, since tests want to see it caught.
        """
        with self._store.writing() as db:
            voucher = self._find(db, chosen)
            ids = [row[0] for row in db.execute("select id from entries where voucher = ? order by id", (voucher,))]
            for change in lines:
                self._edit_line(db, ids, change)
            self._touch(db, voucher)
        return voucher

    def _edit_line(self, db: sqlite3.Connection, ids: list[int], change: Mapping[str, object]) -> None:
        values = {name: value for name, value in change.items() if name != "line"}
        position = change.get("line", 0)
        if not isinstance(position, int) or not 0 <= position <= len(ids):
            raise PersonError(f"line {position} is not one of the voucher's {len(ids)} lines")
        for name, value in values.items():
            if name not in EDITABLE or not isinstance(value, EDITABLE[name]):
                raise PersonError(f"{name} cannot be changed so; known are {', '.join(EDITABLE)}")
        if "day" in values:
            day = dt.date.fromisoformat(str(values["day"]))
            values |= {"day": day.isoformat(), "period_day": day.replace(day=1).isoformat()}
        if not values:
            raise PersonError("a change names at least one value")
        assignments = ", ".join(f"{name} = ?" for name in values)
        for entry in ids if position == 0 else [ids[position - 1]]:
            db.execute(f"update entries set {assignments} where id = ?", (*values.values(), entry))  # noqa: S608

    def delete(self, chosen: Mapping[str, object]) -> int:
        """Take a voucher or draft out of the ledger; its number becomes free. Raises PersonError."""
        with self._store.writing() as db:
            voucher = self._find(db, chosen)
            db.execute("delete from entries where voucher = ?", (voucher,))
            db.execute("delete from vouchers where id = ?", (voucher,))
        return voucher

    def post_draft(self, chosen: Mapping[str, object], number: int | None = None) -> int:
        """Post a draft, under its own number or another one; VAT that the system computed becomes lines of its own.

        Raises PersonError when it is no draft, or a posted voucher has the number.
        """
        with self._store.writing() as db:
            voucher = self._find(db, {"state": "draft", **chosen})
            head = db.execute("select * from vouchers where id = ?", (voucher,)).fetchone()
            if head["state"] != "draft":
                raise PersonError("the voucher is posted already")
            wanted = head["transaction_no"] if number is None else number
            taken = db.execute(
                "select 1 from vouchers where client = ? and year = ? and series_id = ? and transaction_no = ? and id <> ?",
                (head["client"], head["year"], head["series_id"], wanted, voucher),
            ).fetchone()
            if taken is not None:
                raise PersonError(f"number {wanted} is used already")
            self._split_vat(db, head["client"], voucher)
            db.execute(
                "update vouchers set state = 'posted', transaction_no = ?, system_vat = 0, saved_at = ?, changed_at = null"
                " where id = ?",
                (wanted, self._now(), voucher),
            )
        return voucher

    def _split_vat(self, db: sqlite3.Connection, client: str, voucher: int) -> None:
        accounts = {code.number: code.vat_account for code in self._store.tax_codes(client)}
        gross = db.execute(
            "select * from entries where voucher = ? and vat_ore <> 0 order by id", (voucher,)
        ).fetchall()
        for row in gross:
            db.execute(
                f"insert into entries (voucher, guid, {_ENTRY})"  # noqa: S608 - fixed column names
                f" select voucher, ?, {_ENTRY} from entries where id = ?",
                (str(uuid4()), row["id"]),
            )
            added = db.execute("select max(id) from entries").fetchone()[0]
            db.execute(
                "update entries set account = ?, amount_ore = ?, vat_ore = 0, tax_number = '0', link_id = ? where id = ?",
                (accounts[row["tax_number"]], row["vat_ore"], added, added),
            )
            db.execute("update entries set amount_ore = amount_ore - vat_ore, vat_ore = 0 where id = ?", (row["id"],))

    def copy(self, chosen: Mapping[str, object], reference: str | None = None) -> int:
        """Enter the same voucher once more under the next number, posted. Returns the new voucher's number.

        `reference` replaces the invoice reference of its lines: "" is a person who does not know of our keys.
        """
        with self._store.writing() as db:
            voucher = self._find(db, chosen)
            head = db.execute("select * from vouchers where id = ?", (voucher,)).fetchone()
            number = self._book.next_number(head["client"], head["year"], head["series_id"])
            made = db.execute(
                "insert into vouchers (client, state, year, series_id, type_number, type_id, transaction_no, bundle_name,"
                " system_vat, saved_at) select client, 'posted', year, series_id, type_number, type_id, ?, bundle_name,"
                " system_vat, ? from vouchers where id = ?",
                (number, self._now(), voucher),
            ).lastrowid
            for row in db.execute("select id from entries where voucher = ? order by id", (voucher,)).fetchall():
                done = db.execute(
                    f"insert into entries (voucher, guid, {_ENTRY}) select ?, ?, {_ENTRY} from entries where id = ?",  # noqa: S608
                    (made, str(uuid4()), row[0]),
                )
                db.execute("update entries set link_id = id where id = ?", (done.lastrowid,))
            if reference is not None:
                db.execute("update entries set invoice_no = ? where voucher = ?", (reference, made))
        return number

    def _find(self, db: sqlite3.Connection, chosen: Mapping[str, object]) -> int:
        columns = {"id": "v.id", "client": "v.client", "number": "v.transaction_no", "year": "v.year"}
        columns |= {"series": "v.series_id", "state": "v.state", "reference": "e.invoice_no"}
        if unknown := set(chosen) - set(columns):
            raise PersonError(f"{sorted(unknown)[0]} does not choose a voucher; known are {', '.join(columns)}")
        if "id" not in chosen and not ("client" in chosen and {"number", "reference"} & set(chosen)):
            raise PersonError("say which voucher: its client, and its number or reference")
        for name, value in chosen.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise PersonError(f"{name} is not of its type")
        where = " and ".join(f"{columns[name]} = ?" for name in chosen)
        found = db.execute(
            f"select distinct v.id from vouchers v join entries e on e.voucher = v.id where {where}",  # noqa: S608
            tuple(chosen.values()),
        ).fetchall()
        if len(found) != 1:
            raise PersonError(f"{len(found)} vouchers fit {dict(chosen)}; exactly one must")
        return int(found[0][0])

    def _touch(self, db: sqlite3.Connection, voucher: int) -> None:
        db.execute("update vouchers set changed_at = ? where id = ?", (self._now(), voucher))

    def _now(self) -> str:
        now = dt.datetime.fromtimestamp(self._store.clock(), dt.UTC).replace(tzinfo=None)
        return now.isoformat(timespec="microseconds")
