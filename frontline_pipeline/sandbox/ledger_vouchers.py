"""Vouchers of the stand-in: saving, next numbers, searching posted lines, listing for people.

Belongs here: the SQL over vouchers and entries, in øre.
Does not: deciding whether a voucher may be saved (voucher_rules.py), SOAP (services_*.py), pages (pages.py).
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

from frontline_pipeline.sandbox.ledger_store import LedgerStore

NO_GUID = str(UUID(int=0))


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """One line of a voucher as a client sent it; `amount` in kroner, debit positive."""

    sequence: Decimal
    account: int
    day: dt.date
    amount: Decimal
    vat_amount: Decimal = Decimal(0)
    tax_reference: str = ""
    customer: int = 0
    department: int = 0
    project: int = 0
    dimensions: tuple[tuple[int, str], ...] = ()
    invoice_no: str = ""
    ocr: str = ""
    comment: str = ""
    currency: str = ""
    currency_rate: Decimal = Decimal(0)
    currency_unit: int = 1
    due_day: dt.date | None = None
    period_day: dt.date | None = None
    stamp_no: int = 0
    link: str = NO_GUID

    @property
    def sequence_no(self) -> int | None:
        """The line's own number where it is one that GetTransactions can return (xsd:short), else None."""
        whole = self.sequence == self.sequence.to_integral_value() and 0 < self.sequence <= 32767
        return int(self.sequence) if whole else None

    @property
    def amount_ore(self) -> int:
        """The amount in øre; exact for at most two decimals, which voucher_rules checks first."""
        return int(self.amount.scaleb(2))


@dataclass(frozen=True, slots=True)
class VoucherRequest:
    """A voucher as a client sent it, with the settings of its bundle."""

    year: int
    bundle_type: int
    type_number: int
    transaction_no: int
    bundle_name: str
    direct_accounting: bool
    entries: tuple[EntryRequest, ...]


@dataclass(frozen=True, slots=True)
class PlacedVoucher:
    """A voucher that passed the rules, with what the ledger adds: series, VAT code numbers, computed VAT in øre."""

    request: VoucherRequest
    state: str
    series_id: int
    type_id: int
    system_vat: bool
    tax_numbers: tuple[str, ...]
    vat_ore: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A stored line; amounts in øre, debit positive. `vat_ore` is VAT that the system computed inside a gross draft."""

    guid: str
    link_id: int
    sequence_no: int
    account: int
    day: dt.date
    due_day: dt.date | None
    amount_ore: int
    vat_ore: int
    tax_number: str
    customer: int
    department: int
    project: int
    dimensions: tuple[tuple[int, str], ...]
    invoice_no: str
    ocr: str
    comment: str
    currency: str
    currency_rate: Decimal
    currency_unit: int
    period_day: dt.date
    stamp_no: int
    transaction_no: int
    type_id: int
    saved_at: dt.datetime
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Voucher:
    """A stored voucher with its lines. `saved_at` is UTC."""

    id: int
    client: str
    state: str
    year: int
    series_id: int
    type_number: int
    transaction_no: int
    bundle_name: str
    system_vat: bool
    saved_at: dt.datetime
    lines: tuple[Line, ...]


@dataclass(slots=True)
class LineSearch:
    """What GetTransactions searches by; None means not asked. `before` is exclusive, `saved_*` and `changed_*` are UTC."""

    client: str
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    saved_from: dt.datetime | None = None
    saved_until: dt.datetime | None = None
    changed_from: dt.datetime | None = None
    changed_before: dt.datetime | None = None
    equal: dict[str, int | str] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    has_invoice: bool | None = None
    open_only: bool = False


_COLUMNS = {
    "account": "e.account",
    "customer": "e.customer",
    "department": "e.department",
    "invoice_no": "e.invoice_no",
    "link_id": "e.link_id",
    "project": "e.project",
    "tax_number": "e.tax_number",
    "transaction_no": "v.transaction_no",
    "type_id": "v.type_id",
}
_LINE = (
    "e.guid, e.link_id, e.sequence_no, e.account, e.day, e.due_day, e.amount_ore, e.vat_ore, e.tax_number, e.customer,"
    " e.department, e.project, e.dimensions, e.invoice_no, e.ocr, e.comment, e.currency, e.currency_rate,"
    " e.currency_unit, e.period_day, e.stamp_no, v.transaction_no, v.type_id, v.saved_at,"
    " coalesce(v.changed_at, v.saved_at) as changed_at"
)


class VoucherBook:
    """The vouchers in a store."""

    def __init__(self, store: LedgerStore) -> None:
        self.store = store

    def next_number(self, client: str, year: int, series_id: int) -> int:
        """The number after the highest used one of a series and year, drafts included; asking reserves nothing."""
        with self.store.reading() as db:
            row = db.execute(
                "select coalesce(max(transaction_no), 0) + 1 from vouchers"
                " where client = ? and year = ? and series_id = ?",
                (client, year, series_id),
            ).fetchone()
        return int(row[0])

    def number_is_used(self, client: str, year: int, series_id: int, number: int) -> bool:
        """Whether a posted voucher or a draft has this number in this series and year."""
        with self.store.reading() as db:
            found = db.execute(
                "select 1 from vouchers where client = ? and year = ? and series_id = ? and transaction_no = ?",
                (client, year, series_id, number),
            ).fetchone()
        return found is not None

    def invoice_is_used(self, client: str, invoice_no: str) -> bool:
        """Whether a line with a customer already carries this invoice reference."""
        with self.store.reading() as db:
            found = db.execute(
                "select 1 from entries e join vouchers v on v.id = e.voucher"
                " where e.invoice_no = ? and e.invoice_no <> '' and e.customer <> 0 and v.client = ?",
                (invoice_no, client),
            ).fetchone()
        return found is not None

    def save(self, client: str, vouchers: Iterable[PlacedVoucher]) -> None:
        """Store vouchers; call it inside `store.writing()` together with the rules, so that both see one state."""
        saved_at = dt.datetime.fromtimestamp(self.store.clock(), dt.UTC).replace(tzinfo=None)
        with self.store.reading() as db:
            for voucher in vouchers:
                _insert(db, client, voucher, saved_at)

    def lines(self, search: LineSearch) -> list[Line]:
        """Posted lines that fit, by date, number and line. Drafts are never found (API.md, 3.5)."""
        where = ["v.state = 'posted'", "v.client = ?"]
        values: list[str | int] = [search.client]

        def add(condition: str, value: str | int) -> None:
            where.append(condition)
            values.append(value)

        if search.first_day is not None:
            add("e.day >= ?", search.first_day.isoformat())
        if search.last_day is not None:
            add("e.day <= ?", search.last_day.isoformat())
        if search.saved_from is not None:
            add("v.saved_at >= ?", search.saved_from.isoformat(timespec="microseconds"))
        if search.saved_until is not None:
            add("v.saved_at <= ?", search.saved_until.isoformat(timespec="microseconds"))
        if search.changed_from is not None:
            add("coalesce(v.changed_at, v.saved_at) >= ?", search.changed_from.isoformat(timespec="microseconds"))
        if search.changed_before is not None:
            add("coalesce(v.changed_at, v.saved_at) < ?", search.changed_before.isoformat(timespec="microseconds"))
        for sign, wanted in (("=", search.equal), (">=", search.least), ("<=", search.most)):
            for name, value in wanted.items():
                add(f"{_COLUMNS[name]} {sign} ?", value)
        if search.has_invoice is not None:
            where.append("e.invoice_no <> ''" if search.has_invoice else "e.invoice_no = ''")
        if search.open_only:
            where.append("e.customer <> 0 and a.kind <> 'ledger'")
        statement = (
            f"select {_LINE} from entries e join vouchers v on v.id = e.voucher"  # noqa: S608 - fixed column names
            " left join accounts a on a.client = v.client and a.number = e.account"
            f" where {' and '.join(where)} order by e.day, v.series_id, v.transaction_no, e.id"
        )
        with self.store.reading() as db:
            return [_line(row) for row in db.execute(statement, values)]

    def vouchers(self, client: str, state: str | None = None, limit: int | None = None) -> list[Voucher]:
        """Vouchers and drafts of a client, the latest saved first."""
        with self.store.reading() as db:
            heads = db.execute(
                "select id, client, state, year, series_id, type_number, transaction_no, bundle_name, system_vat,"
                " saved_at from vouchers where client = ? and (? is null or state = ?) order by id desc limit ?",
                (client, state, state, -1 if limit is None else limit),
            ).fetchall()
            return [
                Voucher(
                    id=head["id"],
                    client=head["client"],
                    state=head["state"],
                    year=head["year"],
                    series_id=head["series_id"],
                    type_number=head["type_number"],
                    transaction_no=head["transaction_no"],
                    bundle_name=head["bundle_name"],
                    system_vat=bool(head["system_vat"]),
                    saved_at=dt.datetime.fromisoformat(head["saved_at"]),
                    lines=self._lines_of(db, head["id"]),
                )
                for head in heads
            ]

    def count(self, client: str) -> tuple[int, int]:
        """How many posted vouchers and how many drafts a client has."""
        with self.store.reading() as db:
            rows = dict(
                tuple(row)
                for row in db.execute("select state, count(*) from vouchers where client = ? group by 1", (client,))
            )
        return rows.get("posted", 0), rows.get("draft", 0)

    @staticmethod
    def _lines_of(db: sqlite3.Connection, voucher: int) -> tuple[Line, ...]:
        rows = db.execute(
            f"select {_LINE} from entries e join vouchers v on v.id = e.voucher where v.id = ? order by e.id",  # noqa: S608
            (voucher,),
        )
        return tuple(_line(row) for row in rows)


def _insert(db: sqlite3.Connection, client: str, placed: PlacedVoucher, saved_at: dt.datetime) -> None:
    request = placed.request
    head = db.execute(
        "insert into vouchers (client, state, year, series_id, type_number, type_id, transaction_no, bundle_name,"
        " system_vat, saved_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            client,
            placed.state,
            request.year,
            placed.series_id,
            request.type_number,
            placed.type_id,
            request.transaction_no,
            request.bundle_name,
            placed.system_vat,
            saved_at.isoformat(timespec="microseconds"),
        ),
    ).lastrowid
    next_link = int(db.execute("select coalesce(max(id), 0) + 1 from entries").fetchone()[0])
    links: dict[str, int] = {}
    rows = []
    for position, entry in enumerate(request.entries):
        # Lines that share a client-made guid are matched with each other; every other line stands alone.
        key = f"line {position}" if entry.link == NO_GUID else entry.link
        period = entry.period_day or entry.day
        rows.append(
            (
                head,
                str(uuid4()),
                links.setdefault(key, next_link + len(links)),
                entry.sequence_no or position + 1,
                entry.account,
                entry.day.isoformat(),
                None if entry.due_day is None else entry.due_day.isoformat(),
                entry.amount_ore,
                placed.vat_ore[position],
                placed.tax_numbers[position],
                entry.customer,
                entry.department,
                entry.project,
                json.dumps(entry.dimensions),
                entry.invoice_no,
                entry.ocr,
                entry.comment,
                entry.currency,
                str(entry.currency_rate),
                entry.currency_unit,
                period.replace(day=1).isoformat(),
                entry.stamp_no,
            )
        )
    db.executemany(f"insert into entries values (null, {', '.join('?' * 22)})", rows)  # noqa: S608


def _line(row: sqlite3.Row) -> Line:
    return Line(
        guid=row["guid"],
        link_id=row["link_id"],
        sequence_no=row["sequence_no"],
        account=row["account"],
        day=dt.date.fromisoformat(row["day"]),
        due_day=None if row["due_day"] is None else dt.date.fromisoformat(row["due_day"]),
        amount_ore=row["amount_ore"],
        vat_ore=row["vat_ore"],
        tax_number=row["tax_number"],
        customer=row["customer"],
        department=row["department"],
        project=row["project"],
        dimensions=tuple((type_id, value) for type_id, value in json.loads(row["dimensions"])),
        invoice_no=row["invoice_no"],
        ocr=row["ocr"],
        comment=row["comment"],
        currency=row["currency"],
        currency_rate=Decimal(row["currency_rate"]),
        currency_unit=row["currency_unit"],
        period_day=dt.date.fromisoformat(row["period_day"]),
        stamp_no=row["stamp_no"],
        transaction_no=row["transaction_no"],
        type_id=row["type_id"],
        saved_at=dt.datetime.fromisoformat(row["saved_at"]),
        changed_at=dt.datetime.fromisoformat(row["changed_at"]),
    )
