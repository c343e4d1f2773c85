"""An Invoice service in memory, and a world around it: log, ledger, orders, one virtual clock.

Belongs here: OrderPort with the rules that matter (invoices are not edited, rows are edited one by one, totals are computed there),
faults one per save, and the short words of stories about orders.
Does not: SOAP and its refusals (the sandbox has those).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from frontline_pipeline.office.errors import NotSent, ReadFailed, Rejected, Unknown
from frontline_pipeline.orders.arithmetic import row_amounts
from frontline_pipeline.orders.model import OrderDocument
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.order_port import OrderFound, OrderSaved, OrderToSave, RowFound, RowToSave
from frontline_pipeline.posting.order_poster import OrderPoster
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import PostingSettings, StoreProfile
from frontline_pipeline_tests.orders.order_kit import order_profile
from frontline_pipeline_tests.posting.fake_ledger import Crash, FakeLedger, VirtualTime, expire_leases

STORES = ("oslo", "bergen")
RATES = {501: 25_000, 502: 15_000, 503: 0}
"""VAT of the products there; a row without TaxSettings takes its product's."""


@dataclass
class Stored:
    """One order as the service keeps it."""

    order_id: int
    invoice_id: int | None
    head: OrderToSave
    rows: list[tuple[int, RowToSave]]


@dataclass
class FakeOrders:
    """Answers OrderPort. `faults`, one per save: not_sent, rejected, before (lost, not saved), after (lost, saved), crash_before,
    crash_after, no_number; `read_faults`: one per read."""

    faults: list[str] = field(default_factory=list)
    read_faults: list[str] = field(default_factory=list)
    refuse: Callable[[OrderToSave], str | None] = lambda _: None
    spoils: Callable[[OrderToSave], bool] = lambda _: False
    """An order because of which the whole request is refused."""
    saves: int = 0
    reads: int = 0
    store: dict[int, Stored] = field(default_factory=dict)
    _next: int = 1000
    _row: int = 0

    def save_orders(self, orders: Sequence[OrderToSave]) -> list[OrderSaved]:
        self.saves += 1
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "not_sent":
            raise NotSent("connection refused", kind="connect", operation="SaveInvoices")
        if fault == "rejected" or any(self.spoils(each) for each in orders):
            raise Rejected("the request was refused: malformed", kind="fault", operation="SaveInvoices")
        if fault == "crash_before":
            raise Crash
        if fault == "before":
            raise Unknown("no answer came", kind="timeout", operation="SaveInvoices")
        answers = [self._save(each) for each in orders]
        if fault == "after":
            raise Unknown("no answer came", kind="timeout", operation="SaveInvoices")
        if fault == "crash_after":
            raise Crash
        if fault == "no_number":
            return [OrderSaved(None) for _ in answers]
        return answers

    def _save(self, sent: OrderToSave) -> OrderSaved:
        refusal = self.refuse(sent)
        if refusal is not None:
            return OrderSaved(None, refusal=refusal)
        if sent.order_id is None:
            self._next += 1
            rows = [self._new_row(row) for row in sent.rows]
            found = Stored(self._next, None, sent, rows)
            self.store[found.order_id] = found
        else:
            found = self.store[sent.order_id]
            if found.invoice_id is not None:
                return OrderSaved(None, refusal="the order is invoiced and can't be changed")
            rows = list(found.rows)
            for row in sent.rows:
                if row.change == "Add":
                    rows.append(self._new_row(row))
                elif row.change == "Delete":
                    rows = [each for each in rows if each[0] != row.row_id]
                else:
                    assert row.change == "Edit"
                    assert row.row_id in {each[0] for each in rows}
                    rows = [(number, row if number == row.row_id else old) for number, old in rows]
            found.head, found.rows = replace(sent, rows=()), sorted(rows, key=lambda each: each[1].sequence or 0)
        if found.head.status == "Invoiced":
            found.invoice_id = 50_000 + found.order_id
        return OrderSaved(found.order_id, found.invoice_id)

    def _new_row(self, row: RowToSave) -> tuple[int, RowToSave]:
        self._row += 1
        return self._row, row

    def find_orders(
        self,
        *,
        order_ids: Sequence[int] = (),
        customer_ids: Sequence[int] = (),
        changed_after: dt.datetime | None = None,
    ) -> list[OrderFound]:
        self.reads += 1
        if self.read_faults and self.read_faults.pop(0):
            raise ReadFailed("no answer came", kind="timeout", operation="GetInvoices")
        return [
            _found(each)
            for each in self.store.values()
            if each.order_id in order_ids or each.head.customer_id in customer_ids
        ]

    def registered_orders(self, since: dt.datetime) -> list[int]:
        self.reads += 1
        return list(self.store)

    def land(self, sent: OrderToSave) -> int:
        """A request that was on its way all the time arrives; the number that it gets."""
        number = self._save(sent).order_id
        assert number is not None
        return number

    @property
    def references(self) -> list[str]:
        return [each.head.reference for each in self.store.values()]

    def totals(self) -> dict[str, int]:
        """Total incl. VAT by reference; one that stands twice must not."""
        assert len(set(self.references)) == len(self.references), self.references
        return {each.head.reference: _found(each).total for each in self.store.values()}


def _found(each: Stored) -> OrderFound:
    total = vat = 0
    for _, row in each.rows:
        if row.kind == "text":
            continue
        rate = row.tax.rate if row.tax else RATES.get(row.product_id or 0, 0)
        incl, excl = row_amounts(
            row.quantity, row.price, row.discount, rate, "incl_vat" if each.head.prices_incl_vat else "excl_vat"
        )
        total, vat = total + incl, vat + incl - excl
    rows = tuple(
        RowFound(number, row.kind, row.product_id, row.quantity, row.price, row.discount) for number, row in each.rows
    )
    head = each.head
    return OrderFound(
        each.order_id,
        each.invoice_id,
        head.reference,
        head.customer_id,
        head.status,
        total,
        vat,
        rows,
        head.reference_order_id,
        head.reference_invoice_id,
    )


class OrderWorld:
    """One company with its log, ledger and Invoice service; `mine`: the profile of store oslo."""

    def __init__(self, url: str, mine: StoreProfile | None = None, **posting: object):
        self.time = VirtualTime()
        self.mine = mine or order_profile()
        self.ledger = FakeLedger(organisation_number="999999999")
        self.ledger.clock = self.time.monotonic
        self.orders = FakeOrders()
        self.log: PostingLog = open_log(url, self.time.of_database)
        self.log.initialise("test")
        self.posting = {"settle_seconds": 0, **posting}

    def poster(self, holder: str = "worker", waiting: object = None, **posting: object) -> OrderPoster:
        return OrderPoster(self.base(holder, waiting, **posting), lambda: self.orders, STORES)

    def base(self, holder: str = "worker", waiting: object = None, **posting: object) -> Poster:
        """The poster whose log, lease and lookups the orders go by."""
        return Poster(
            self.log,
            "nordlys",
            self.mine.company,
            lambda: self.ledger,
            posting=PostingSettings.model_validate({**self.posting, **posting}),
            waiting=waiting or self.time,  # type: ignore[arg-type]
            holder=holder,
        )

    def run(self, *documents: OrderDocument, **posting: object) -> list[Outcome]:
        return self.poster(**posting).post(documents, self.mine)

    def crash(self, *documents: OrderDocument, fault: str) -> None:
        """A run that dies in its call; its lease runs out."""
        self.orders.faults = [fault]
        try:
            self.run(*documents)
        except Crash:
            expire_leases(self.log)
            return
        raise AssertionError("nothing crashed")

    def state(self, reference: str) -> State:
        found = self.log.by_reference("nordlys", reference)
        assert found is not None, reference
        return found.state
