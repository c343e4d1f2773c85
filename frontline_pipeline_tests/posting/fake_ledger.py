"""A ledger that records what it was sent, and fails where it is told to.

Belongs here: LedgerPort in memory or in one SQLite file (for tests with several processes), and settings, vouchers and
profiles for the posting tests.
Does not: rules of the real service beyond "a used number is refused" (the sandbox has those).
"""

from __future__ import annotations

import datetime as dt
import pickle
import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from frontline_pipeline.accounting.model import Mode, VatControl, Voucher, VoucherLine, ZKey
from frontline_pipeline.office.errors import NotSent, Rejected, Unknown
from frontline_pipeline.office.models import (
    Account,
    ClientInformation,
    Department,
    DimensionType,
    DimensionValue,
    FiscalYear,
    LedgerVoucher,
    Project,
    TaxCode,
    Transaction,
    TransactionDimension,
    VoucherType,
)
from frontline_pipeline.posting.lease import Waiting
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.schema import lease
from frontline_pipeline.settings import PostingSettings, Settings, StoreProfile

DAY = dt.date(2026, 11, 23)
SERIES = 7


class Crash(BaseException):
    """The process dies here."""


@dataclass
class FakeLedger:
    """Answers LedgerPort. `faults` are taken one per save: "before"/"after" + an error, or a crash."""

    organisation_number: str = "123456785"
    faults: list[str] = field(default_factory=list)
    refuse_used_numbers: bool = True
    locked: set[int] = field(default_factory=set)
    years: list[int] = field(default_factory=lambda: [2026])
    account_numbers: set[int] = field(default_factory=lambda: {1900, 1920, 1500, 2700, 2703, 3000, 3030, 7740, 1909})
    reads: list[str] = field(default_factory=list)
    saves: int = 0
    first_number: int = 1
    on_save: Callable[[LedgerVoucher], None] | None = None
    taken: set[tuple[int, int]] = field(default_factory=set)
    clock: Callable[[], float] = lambda: 0.0
    lag: float = 0.0
    """Seconds by which the search lags behind what was saved, on `clock`."""
    links: dict[tuple[int, int], int] = field(default_factory=dict)
    """Links that a person made: (transaction number, line from 1) -> link id."""
    closed: set[tuple[int, int]] = field(default_factory=set)
    """Customer lines that a payment closed."""
    distort: Callable[[LedgerVoucher], LedgerVoucher] | None = None
    """What the ledger stores instead of what it was sent."""
    in_flight: list[LedgerVoucher] = field(default_factory=list)
    """Requests that were lost on the way, and may yet land."""
    _saved_at: list[float] = field(default_factory=list)
    _store: list[LedgerVoucher] = field(default_factory=list)

    # LedgerPort

    def client_information(self) -> ClientInformation:
        self.reads.append("client_information")
        return ClientInformation(
            "Fjord Handel AS", f"NO {self.organisation_number[:3]} {self.organisation_number[3:]} MVA"
        )

    def fiscal_years(self) -> list[FiscalYear]:
        self.reads.append("fiscal_years")
        return [
            FiscalYear(year, dt.date(year, 1, 1), dt.date(year + 1, 1, 1), year in self.locked) for year in self.years
        ]

    def accounts(self) -> list[Account]:
        self.reads.append("accounts")
        return [Account(number, f"Account {number}", number, 0, 0) for number in sorted(self.account_numbers)]

    def voucher_types(self) -> list[VoucherType]:
        self.reads.append("voucher_types")
        return [VoucherType(51, "Kassaoppgjør", SERIES, 5), VoucherType(61, "Annet", 8, 6)]

    def tax_codes(self) -> list[TaxCode]:
        self.reads.append("tax_codes")
        return [
            TaxCode(13, "3", "Utgående 25", 25_000, 2700),
            TaxCode(8, "31", "Utgående 15", 15_000, 2703),
            TaxCode(9, "5", "Fritatt", 0, None),
        ]

    def departments(self) -> list[Department]:
        self.reads.append("departments")
        return [Department(10, "Oslo")]

    def projects(self) -> list[Project]:
        self.reads.append("projects")
        return [Project(20, "Vår")]

    def dimensions(self) -> list[DimensionType]:
        self.reads.append("dimensions")
        return [DimensionType(101, "Kjede")]

    def dimension_values(self, type_id: int) -> list[DimensionValue]:
        self.reads.append(f"dimension_values {type_id}")
        return [DimensionValue(type_id, "nord")] if type_id == 101 else []

    def next_transaction_no(self, on: dt.date, series_id: int) -> int:
        self.reads.append("next_transaction_no")
        numbers = [v.transaction_no for v in self.vouchers if v.year_id == on.year]
        numbers += [number for year, number in self.taken if year == on.year]
        return max(numbers, default=self.first_number - 1) + 1

    def save(self, voucher: LedgerVoucher) -> None:
        self.saves += 1
        if self.on_save is not None:
            self.on_save(voucher)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "not_sent":
            raise NotSent("connection refused", kind="connect", operation="save")
        if fault == "rejected":
            raise Rejected("the ledger did not save it: account is closed", kind="not_saved", operation="save")
        if fault == "login":
            raise Rejected("the login was refused", kind="login", operation="login")
        if fault == "unauthorised":
            raise Rejected("refused even after a new login", kind="not_authenticated", operation="save")
        if fault in ("unknown_before", "crash_before"):
            self.in_flight.append(voucher)
        if fault == "unknown_before":
            raise Unknown("time-out", kind="timeout", operation="save")
        if fault == "crash_before":
            raise Crash
        used = {(each.year_id, each.transaction_no) for each in self.vouchers} | self.taken
        if self.refuse_used_numbers and (voucher.year_id, voucher.transaction_no) in used:
            raise Rejected("DuplicateData: number is used", kind="duplicate", operation="save")
        self._keep(self.distort(voucher) if self.distort is not None else voucher)
        self._saved_at.append(self.clock())
        if fault == "unknown_after":
            raise Unknown("reset", kind="reset", operation="save")
        if fault == "crash_after":
            raise Crash

    def transactions(
        self,
        date_from: dt.date,
        date_to: dt.date,
        number_from: int | None = None,
        number_to: int | None = None,
        reference: str | None = None,
    ) -> list[Transaction]:
        self.reads.append("transactions")
        return [
            row
            for position, voucher in enumerate(self.vouchers)
            if self._is_found(position)
            if not voucher.draft and date_from <= voucher.date <= date_to
            if number_from is None or voucher.transaction_no >= number_from
            if number_to is None or voucher.transaction_no <= number_to
            if reference is None or voucher.reference == reference
            for row in rows_of(voucher, self.links, self.closed)
        ]

    def _is_found(self, position: int) -> bool:
        saved = self._saved_at[position] if position < len(self._saved_at) else -self.lag
        return saved + self.lag <= self.clock()

    # What tests look at and change

    @property
    def vouchers(self) -> list[LedgerVoucher]:
        """Everything saved, in order."""
        return list(self._store)

    def _keep(self, voucher: LedgerVoucher) -> None:
        self._store.append(voucher)

    def change(self, position: int, **values: object) -> None:
        """A person edits a saved voucher."""
        self._store[position] = replace(self._store[position], **values)

    def delete(self, position: int) -> None:
        """A person deletes a saved voucher."""
        del self._store[position]
        if position < len(self._saved_at):
            del self._saved_at[position]

    def add(self, voucher: LedgerVoucher) -> None:
        """A person, or a late request, puts one in."""
        self._store.append(voucher)

    def land(self, position: int = 0) -> bool:
        """A request that was lost on the way arrives now; False when the ledger refuses its used number."""
        voucher = self.in_flight.pop(position)
        used = {(each.year_id, each.transaction_no) for each in self.vouchers} | self.taken
        if self.refuse_used_numbers and (voucher.year_id, voucher.transaction_no) in used:
            return False
        self.add(voucher)
        return True


class FileLedger(FakeLedger):
    """The same on one SQLite file, for several processes."""

    def __init__(self, path: Path, **values: object) -> None:
        super().__init__(**values)  # type: ignore[arg-type]
        self._path = path
        with self._open() as db:
            db.execute("create table if not exists voucher (id integer primary key, body blob)")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=20)

    @property
    def vouchers(self) -> list[LedgerVoucher]:
        with self._open() as db:
            return [pickle.loads(row[0]) for row in db.execute("select body from voucher order by id")]

    def _keep(self, voucher: LedgerVoucher) -> None:
        with self._open() as db:
            db.execute("insert into voucher (body) values (?)", (pickle.dumps(voucher),))


def _own_link(voucher: LedgerVoucher, position: int) -> int:
    return (voucher.year_id * 10_000 + voucher.transaction_no) * 100 + position


def rows_of(
    voucher: LedgerVoucher,
    links: Mapping[tuple[int, int], int] | None = None,
    closed: Collection[tuple[int, int]] = (),
) -> list[Transaction]:
    """A posted voucher as GetTransactions gives it: every line has a link of its own, customer lines are open items."""
    rows = []
    links = links or {}
    for position, line in enumerate(voucher.lines, 1):
        dimensions = [TransactionDimension("UserDefined", type_id, value) for type_id, value in line.dimensions]
        if line.department_id is not None:
            dimensions.append(TransactionDimension("Department", None, str(line.department_id)))
        if line.project_id is not None:
            dimensions.append(TransactionDimension("Project", None, str(line.project_id)))
        if line.customer_id is not None:
            dimensions.append(TransactionDimension("Customer", None, str(line.customer_id)))
        rows.append(
            Transaction(
                date=voucher.date,
                transaction_no=voucher.transaction_no,
                account=line.account,
                amount=line.amount,
                amount_is_exact=True,
                vat_code=int(line.tax_code) if line.tax_code else 0,
                invoice_no=voucher.reference,
                comment=line.comment,
                line_id=f"{voucher.reference}-{voucher.transaction_no}-{position}",
                sequence_no=position,
                type_id=51,
                system_type="Miscellaneous",
                currency="NOK",
                due_date=None,
                registered_at=None,
                changed_at=None,
                period_date=None,
                link_id=links.get((voucher.transaction_no, position), _own_link(voucher, position)),
                stamp_no=None,
                ocr="",
                hidden=False,
                is_open=line.customer_id is not None and (voucher.transaction_no, position) not in closed,
                dimensions=tuple(dimensions),
            )
        )
    return rows


def settings(**store: object) -> Settings:
    """Two stores of one company; `store` changes the settings of oslo."""
    oslo = {"name": "Oslo", "company": "fjord", "registers": ["K1", "K2"], "mode": "posted", **store}
    return Settings.model_validate(
        {
            "companies": {
                "fjord": {
                    "name": "Fjord Handel AS",
                    "organisation_number": "123456785",
                    "office": {"application_id_env": "A", "username_env": "U", "password_env": "P"},
                    "ledger": {
                        "voucher_type": 5,
                        "vat_codes": {
                            "3": {"sales_account": 3000, "vat_account": 2700, "tax_code": "3"},
                            "31": {"sales_account": 3030, "vat_account": 2703, "tax_code": "31"},
                        },
                        "tenders": {"12001": {"account": 1900}, "12002": {"account": 1920}},
                        "accounts": {"rounding": 7740, "cash_difference": 1909},
                    },
                }
            },
            "stores": {
                "oslo": oslo,
                "bergen": {"name": "Bergen", "company": "fjord", "registers": ["B1"], "mode": "posted"},
            },
            "partitions": {"start": "2026-11-01"},
        }
    )


def profile(code: str = "oslo", **store: object) -> StoreProfile:
    """The profile of a store of `settings`."""
    return settings(**store).store(code)


def voucher(
    z: int = 102,
    *,
    register: str = "K1",
    store: str = "oslo",
    day: dt.date = DAY,
    net: int = 10_000,
    mode: Mode = Mode.POSTED,
    **changes: object,
) -> Voucher:
    """A voucher of one Z: net sales at 25 %, VAT, paid by card; `net` in øre."""
    vat = net // 4
    made = Voucher(
        store=store,
        business_day=day,
        document_key=f"{store}/{register}/Z{z}",
        z_keys=(ZKey(register, str(z)),),
        mode=mode,
        text=f"Z {z} {register}",
        lines=(
            VoucherLine(1920, net + vat, 0, f"Bankkort Z {z}", role="tender"),
            VoucherLine(2700, 0, vat, "Utgående mva 25 %", role="vat", vat_key="3@25000"),
            VoucherLine(3000, 0, net, "Salg 25 %", tax_code="3", role="sales", vat_key="3@25000"),
        ),
        vat_control=(VatControl("3", 25_000, net, vat),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def day_voucher(*numbers: int, register: str = "K1", net: int = 10_000) -> Voucher:
    """A voucher per store of several Z-reports."""
    keys = tuple(ZKey(register, str(number)) for number in numbers)
    return voucher(numbers[0], net=net * len(numbers), document_key=f"oslo/{DAY}", z_keys=keys, text="Dagsoppgjør")


class NoWaiting:
    """Waiting that costs no time: each sleep moves its own clock."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class VirtualTime(NoWaiting):
    """One clock for waiting, the ledger's lag and the log's database."""

    def of_database(self, _connection: object) -> dt.datetime:
        """The log's clock."""
        return dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC) + dt.timedelta(seconds=self.now)


def fresh_log(path: Path, time: VirtualTime | None = None) -> PostingLog:
    """An initialised posting log on SQLite."""
    log = open_log(f"sqlite:///{path / 'posting.sqlite'}", time.of_database if time else None)
    log.initialise("test")
    return log


def expire_leases(log: PostingLog) -> None:
    """The holders of all leases are gone."""
    with log.database.writing() as connection:
        connection.execute(lease.update().values(expires_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)))


def poster(
    log: PostingLog, ledger: FakeLedger, *, holder: str = "worker", waiting: Waiting | None = None, **posting: object
) -> Poster:
    """A poster for the company of `settings`, as a new process would make it."""
    return Poster(
        log,
        "fjord",
        settings().companies["fjord"],
        lambda: ledger,
        posting=PostingSettings.model_validate({"lease_wait_seconds": 0, **posting}),
        waiting=waiting or NoWaiting(),
        run_id="run-1",
        holder=holder,
    )
