"""Delivered orders: proof, documents, rows; by example."""

from __future__ import annotations

import pytest

from frontline_pipeline.orders.arithmetic import one_piece
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline_tests.orders.order_kit import KEYS, Row, built, documents, order, order_profile, raw_bundle


def test_an_order_becomes_a_document_with_its_rows() -> None:
    (found,) = documents(
        order("O1", Row("A1", 10_000, 2000, 10_000), "Gift wrapped", Row("A2", 4_000, rate=15_000), reference="PO 7")
    )
    assert (found.form, found.status, found.customer_id, found.credit) == ("draft", "Draft", 10001, False)
    assert (found.total, found.total_excl_vat) == (27_100, 22_000)
    assert [(r.product_id, r.quantity, r.price, r.discount, r.tax_code) for r in found.rows] == [
        (501, 2000, 10_000, 10_000, None),
        (None, 0, 0, 0, None),
        (502, 1000, 4_000, 0, None),
    ]
    assert found.document_key == "oslo/order/O1"
    assert "PO 7" not in repr(found)


def test_a_row_states_its_vat_where_the_product_differs_or_is_not_known() -> None:
    (found,) = documents(order("O1", Row("A1", rate=15_000), Row("A3"), Row("A1")))
    assert [r.tax_code for r in found.rows] == ["31", "3", None]


def test_a_former_rate_is_not_called_a_missing_setting() -> None:
    """The regular food rate was 13 % in 2006."""
    proof = prove_orders(
        raw_bundle(order("former", Row(rate=13_000)), order("never", Row(rate=24_500))), order_profile()
    )
    assert "enter it there by hand" in proof.held["former"].next_step
    assert "ledger.pos_vat_codes" in proof.held["never"].next_step


def test_each_fault_holds_its_own_order_and_names_the_rule() -> None:
    mine = order_profile()
    wrong = [
        {**order("total"), "total": 12_501},
        {**order("net"), "total_excl_vat": 9_999},
        order("kind", kind="?"),
        order("currency", currency="EUR"),
        order("rate", Row(rate=24_000)),
        {**order("empty"), "_lines": []},
        order("discount", Row(discount=100_001)),
    ]
    vat = order("vat")
    vat["_lines"][0]["amount"] += 3
    vat["total"] += 3
    row = order("row")
    row["_lines"][0]["price"] += 2
    proof = prove_orders(raw_bundle(order("good"), *wrong, vat, row), mine)
    assert {key: finding.rule for key, finding in proof.held.items()} == {
        "total": "order_totals",
        "net": "order_totals",
        "kind": "order_known",
        "currency": "order_known",
        "rate": "order_vat",
        "empty": "order_complete",
        "discount": "order_discount",
        "vat": "order_vat",
        "row": "order_row_amounts",
    }
    done = built(order("good"), *wrong, vat, row)
    assert list(done.documents["order_id"]) == ["good"]
    assert {hold.order_id for hold in done.holds} == set(proof.held)


def test_an_unknown_customer_or_article_holds_its_order() -> None:
    done = built(order("O1", customer="C9"), order("O2", Row("A9")), order("O3"), keys=KEYS)
    assert {h.order_id: h.rule for h in done.holds} == {"O1": "order_customer", "O2": "order_product"}
    assert list(done.documents["order_id"]) == ["O3"]


@pytest.mark.parametrize(
    ("quantity", "told"),
    [(1000, "1"), (2500, "2.5"), (-250, "-0.25"), (1_234_567, "1234.567"), (12_345_678_000, "12345678"), (1, "0.001")],
)
def test_a_row_in_one_piece_says_its_quantity_exactly(quantity: int, told: str) -> None:
    """A float's six digits made 1234.57 of 1234.567, and 1.23457e+07 of twelve million."""
    assert one_piece(quantity, "Kabel") == f"{told} x Kabel"
