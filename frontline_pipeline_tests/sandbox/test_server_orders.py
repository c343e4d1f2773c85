"""Orders of the stand-in, through our own client on a real socket: states, rows, totals, refusals, finding again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_kit import DAY, Control, ledger_on
from server_kit import company

from frontline_pipeline.office.invoices import Invoices
from frontline_pipeline.office.items import ItemOutcome
from frontline_pipeline.office.models_orders import Order, OrderLine, TaxSettings
from frontline_pipeline.office.models_products import Product
from frontline_pipeline.office.products import Products
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.sandbox.calls import SandboxOptions
from frontline_pipeline.sandbox.server import SandboxServer

CUSTOMER = 500


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    options = SandboxOptions(max_items=50)
    with SandboxServer(":memory:", [company()], control=True, options=options) as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    found = Control(server)
    found.clear_faults()
    return found


@pytest.fixture(scope="module")
def session(server: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> OfficeSession:
    return ledger_on(server, tmp_path_factory.mktemp("state")).session


@pytest.fixture(scope="module")
def coffee(session: OfficeSession) -> int:
    wanted = Product(no="K", name="Kaffe", category_id=1, tax_rate=Decimal(15))
    (outcome,) = Products(session).save([wanted])
    assert outcome.answer is not None
    return outcome.answer.product_id or 0


@pytest.fixture(scope="module")
def invoices(session: OfficeSession) -> Invoices:
    return Invoices(session)


def line(product: int, price: str = "100.00", quantity: str = "1", **changes: object) -> OrderLine:
    return OrderLine(product_id=product, price=Decimal(price), quantity=Decimal(quantity), **changes)  # type: ignore[arg-type]


def order(reference: str, *lines: OrderLine, **changes: object) -> Order:
    values = {"customer_id": CUSTOMER, "status": "Draft", "ordered_on": DAY, "reference_number": reference}
    return Order(**{**values, "lines": lines, **changes})  # type: ignore[arg-type]


def number_of(outcome: ItemOutcome[Order]) -> int:
    assert outcome.state == "saved", outcome.error
    assert outcome.answer is not None
    assert outcome.answer.order_id is not None
    return outcome.answer.order_id


def test_an_order_is_found_again_by_every_key(invoices: Invoices, coffee: int) -> None:
    began = dt.datetime.now(dt.UTC)
    sent = order("o/1", line(coffee), OrderLine(kind="Text", name="Takk"), external_status=500_001)
    number = number_of(invoices.save([sent])[0])
    (found,) = invoices.by_reference("o/1", [CUSTOMER])
    assert found.order_id == number
    assert found.ordered_on == DAY
    assert found.status == "Draft"
    assert [row.kind for row in found.lines or ()] == ["Normal", "Text"]
    assert [row.row_id for row in found.lines or ()] == [1, 2]
    assert invoices.by_external_status([500_001]) == [found]
    assert invoices.by_order_ids([number, 9999]) == [found]
    assert number in invoices.changed_order_ids(began)
    assert invoices.changed_order_ids(began + dt.timedelta(days=1)) == []
    assert invoices.by_customers([CUSTOMER], began + dt.timedelta(days=1)) == []
    assert invoices.by_reference("o/1", [600]) == []
    with pytest.raises(ValueError, match="empty key"):
        invoices.by_reference("", [CUSTOMER])


@pytest.mark.parametrize(
    ("including", "incl", "vat"), [(None, "103.50", "13.50"), (False, "103.50", "13.50"), (True, "90.00", "11.74")]
)
def test_totals_are_read_back(invoices: Invoices, coffee: int, including: bool | None, incl: str, vat: str) -> None:
    sent = order(f"o/total/{including}", line(coffee, discount_rate=Decimal(10)), include_vat=including)
    number = number_of(invoices.save([sent])[0])
    (found,) = invoices.by_order_ids([number])
    assert (found.total_incl_vat, found.total_vat) == (Decimal(incl), Decimal(vat))
    assert found.total_excl_vat == Decimal(incl) - Decimal(vat)
    assert [row.vat_rate for row in found.lines or ()] == [15]


def test_a_row_s_own_tax_code_overrides_the_product_s(invoices: Invoices, coffee: int) -> None:
    sent = order("o/tax", line(coffee, tax=TaxSettings(tax_code=3)), line(coffee, tax=TaxSettings(tax_rate=Decimal(0))))
    (found,) = invoices.by_order_ids([number_of(invoices.save([sent])[0])])
    assert [row.vat_rate for row in found.lines or ()] == [25, 0]
    assert found.total_vat == 25
    assert found.lines is not None
    assert found.lines[0].tax == TaxSettings(tax_code=3)


def test_dimensions_come_back(invoices: Invoices, coffee: int) -> None:
    own = line(coffee, department_id=20, project_id=7, dimensions=((101, "oslo"),))
    sent = order("o/dim", own, department_id=10, project_id=7, dimensions=((102, "a"),))
    (found,) = invoices.by_order_ids([number_of(invoices.save([sent])[0])])
    assert (found.department_id, found.project_id, found.dimensions) == (10, 7, ((102, "a"),))
    (row,) = found.lines or ()
    assert (row.department_id, row.project_id, row.dimensions) == (20, 7, ((101, "oslo"),))


def test_rows_are_edited_one_by_one(invoices: Invoices, coffee: int) -> None:
    number = number_of(invoices.save([order("o/rows", line(coffee), line(coffee, "50.00"), line(coffee, "1.00"))])[0])
    changes = (
        OrderLine(row_id=1, change="Delete"),
        OrderLine(row_id=2, change="Edit", quantity=Decimal(3)),
        line(coffee, "2.00", change="Add"),
    )
    change = Order(customer_id=CUSTOMER, order_id=number, lines=changes)
    (outcome,) = invoices.save([change])
    assert outcome.state == "saved"
    (found,) = invoices.by_order_ids([number])
    assert [(row.row_id, row.price, row.quantity) for row in found.lines or ()] == [(2, 50, 3), (3, 1, 1), (4, 2, 1)]
    assert found.reference_number == "o/rows"
    assert found.total_excl_vat == 153


def test_an_invoice_gets_a_number_and_takes_no_change_but_two(invoices: Invoices, coffee: int) -> None:
    number = number_of(invoices.save([order("o/inv", line(coffee))])[0])
    invoiced = Order(customer_id=CUSTOMER, order_id=number, status="Invoiced", invoiced_on=DAY)
    (outcome,) = invoices.save([invoiced])
    assert outcome.answer is not None
    assert outcome.answer.invoice_id
    (found,) = invoices.by_invoice_ids([outcome.answer.invoice_id])
    assert (found.order_id, found.is_invoiced, found.invoiced_on) == (number, True, DAY)
    (again,) = invoices.save([Order(customer_id=CUSTOMER, order_id=number, lines=(line(coffee, change="Add"),))])
    assert again.state == "refused"
    assert "is invoiced and cannot be changed" in str(again.error)
    (titled,) = invoices.update_invoiced(
        [Order(customer_id=CUSTOMER, order_id=number, title="Ny", reference_number="r")]
    )
    assert titled.state == "saved"
    (found,) = invoices.by_order_ids([number])
    assert (found.title, found.reference_number, found.total_excl_vat) == ("Ny", "r", 100)
    credit = order(
        "o/inv/credit",
        line(coffee, quantity="-1"),
        status="Invoiced",
        invoiced_on=DAY,
        credited_order_id=number,
        credited_invoice_id=outcome.answer.invoice_id,
    )
    (note,) = invoices.by_order_ids([number_of(invoices.save([credit])[0])])
    assert (note.credited_order_id, note.credited_invoice_id) == (number, outcome.answer.invoice_id)
    assert note.total_excl_vat == -100


def test_what_is_not_invoiced_cannot_be_retitled(invoices: Invoices, coffee: int) -> None:
    number = number_of(invoices.save([order("o/not-invoiced", line(coffee))])[0])
    (outcome,) = invoices.update_invoiced([Order(customer_id=CUSTOMER, order_id=number, title="x")])
    assert outcome.state == "refused"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_id": 4}, "Customer 4 does not exist"),
        ({"order_id": 9999, "lines": ()}, "Order 9999 does not exist"),
        ({"department_id": 99}, "Department 99 does not exist"),
        ({"project_id": 99}, "Project 99 does not exist"),
        ({"dimensions": ((101, "nowhere"),)}, "Dimension 101 has no value"),
        ({"credited_invoice_id": 777}, "ReferenceInvoiceId: 777 does not exist"),
        ({"credited_order_id": 777}, "ReferenceOrderId: 777 does not exist"),
        ({"status": "Invoiced", "invoiced_on": dt.date(2025, 1, 2)}, "not in an open fiscal year"),
        ({"lines": ()}, "at least one row"),
        ({"lines": (line(9999),)}, "Product 9999 does not exist"),
        ({"lines": (line(1, tax=TaxSettings(tax_code=77)),)}, "TaxCode 77 does not exist"),
    ],
)
def test_the_stand_in_refuses(invoices: Invoices, coffee: int, changes: dict[str, object], words: str) -> None:
    good = order("o/beside", line(coffee))
    lines = changes.get("lines", (line(coffee),))
    bad, beside = invoices.save([order("o/bad", **{**changes, "lines": lines}), good])
    assert (bad.state, beside.state) == ("refused", "saved")
    assert words in str(bad.error)
    assert not invoices.by_reference("o/bad", [CUSTOMER, 4])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer_id": 0}, "customer number 0"),
        ({"status": "Invoiced"}, "needs a date"),
        ({"lines": None}, "needs rows"),
        ({"reference_number": "x" * 51}, "51 characters"),
        ({"round_factor": Decimal("0.2")}, "rounding 0.2"),
        (
            {"lines": (OrderLine(price=Decimal(1), quantity=Decimal(1)),)},
            "row 1: a row that is no text needs a product",
        ),
        ({"lines": (line(1, row_id=1),)}, "row 1: a row with an id"),
        ({"lines": (line(1, change="Edit", row_id=1),)}, "on an order that is there"),
        ({"order_id": 1, "lines": (line(1),)}, "needs the change Add"),
        ({"lines": (line(1, discount_rate=Decimal(101)),)}, "not between 0 and 100"),
        ({"lines": (line(1, discount_rate=Decimal("NaN")),)}, "not a number"),
        ({"lines": (OrderLine(product_id=1, price=1.5, quantity=Decimal(1)),)}, "a float, not a Decimal"),  # type: ignore[arg-type]
        ({"lines": (OrderLine(kind="Text", price=Decimal(1)),)}, "text row has a price"),
    ],
)
def test_our_own_checks_refuse_before_anything_is_sent(
    invoices: Invoices, changes: dict[str, object], words: str
) -> None:
    before = invoices.session.calls.total()
    base = {"customer_id": CUSTOMER, "reference_number": "o/own", "lines": (line(1),)}
    (outcome,) = invoices.save([Order(**{**base, **changes})])  # type: ignore[arg-type]
    assert outcome.state == "refused"
    assert words in str(outcome.error)
    assert invoices.session.calls.total() == before


@pytest.mark.parametrize(
    ("kind", "when", "state", "made"),
    [
        ("reset", "after", "unknown", 1),
        ("late_arrival", "before", "unknown", 0),
        ("garbage", "after", "unknown", 1),
        ("reset", "before", "unknown", 0),
        ("quota", "before", "not_sent", 0),
        ("item_refused", "before", "refused", 0),
    ],
)
def test_a_lost_answer_is_unknown_and_found_by_its_key(
    invoices: Invoices, coffee: int, control: Control, kind: str, when: str, state: str, made: int
) -> None:
    reference = f"o/{kind}/{when}"
    seconds = {"seconds": 60.0} if kind == "late_arrival" else {}
    control.fault("Invoice.SaveInvoices", kind, when=when, **seconds)
    (outcome,) = invoices.save([order(reference, line(coffee))])
    assert outcome.state == state
    assert len(invoices.by_reference(reference, [CUSTOMER])) == made
    if kind == "late_arrival":
        control.post("faults/arrive")
        assert len(invoices.by_reference(reference, [CUSTOMER])) == 1


def test_a_ledger_that_stores_other_prices_shows_in_the_totals(
    invoices: Invoices, coffee: int, control: Control
) -> None:
    control.fault("SaveInvoices", "other_amounts")
    (outcome,) = invoices.save([order("o/other", line(coffee))])
    (found,) = invoices.by_order_ids([number_of(outcome)])
    assert found.total_excl_vat == 101


def test_payment_methods(invoices: Invoices) -> None:
    assert invoices.payment_methods() == {1: "Invoice", 2: "Card"}


amounts = st.decimals(Decimal("-9999.99"), Decimal("9999.99"), places=2)
order_lines = st.lists(
    st.tuples(amounts, st.decimals(Decimal(-99), Decimal(99), places=3), st.decimals(0, 100, places=1)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(rows=order_lines, including=st.booleans())
def test_any_order_comes_back_to_the_øre(
    invoices: Invoices, coffee: int, rows: list[tuple[Decimal, Decimal, Decimal]], including: bool
) -> None:
    sent = tuple(
        OrderLine(product_id=coffee, price=price, quantity=quantity, discount_rate=discount)
        for price, quantity, discount in rows
    )
    (found,) = invoices.by_order_ids([number_of(invoices.save([order("o/any", *sent, include_vat=including)])[0])])
    assert [(row.price, row.quantity, row.discount_rate) for row in found.lines or ()] == rows
    assert found.total_incl_vat is not None
    assert found.total_vat is not None
    exact = sum((p * q * (100 - d) / 100 for p, q, d in rows), Decimal(0))
    shown = found.total_incl_vat if including else found.total_excl_vat
    assert shown is not None
    assert abs(shown - exact) <= Decimal("0.005") * len(rows)
