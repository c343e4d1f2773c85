"""E12: the kind of a document follows its total, whatever the signs of its rows."""

from __future__ import annotations

import pytest

from frontline_pipeline_tests.orders.order_kit import Row, documents, order


@pytest.mark.parametrize(
    ("sold", "returned", "credit"), [(3000, -1000, False), (1000, -3000, True), (1000, -1000, False)]
)
def test_E12_the_total_decides(sold: int, returned: int, credit: bool) -> None:
    (found,) = documents(order("O1", Row(quantity=sold), Row("A2", 10_000, returned, rate=25_000)))
    assert found.credit is credit
    assert [row.quantity for row in found.rows] == [sold, returned]
