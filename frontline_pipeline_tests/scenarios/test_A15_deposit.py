"""A15: a deposit today and the rest another day: each day's own amounts balance, and the revenue is there once, in the order."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.booking import book
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.orders.order_kit import Row, documents, order, order_profile
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import DAY, LEDGER, Till, receipts_bundle, z_bundle

PAID_ON_THE_CUSTOMER = {**LEDGER["movements"], "deposit": {"account": 1500, "customer": 10001}}


def test_A15_a_deposit_and_the_rest_of_an_order(tmp_path: Path) -> None:
    mine = order_profile(movements=PAID_ON_THE_CUSTOMER)
    days = [
        Till("K1", "1", DAY).ring(12_500, pay="CARD").move("deposit", 30_000, "CASH"),
        Till("K1", "2", DAY + dt.timedelta(days=2)).move("payment_on_account", 70_000, "CARD"),
    ]
    accounts: Counter[int] = Counter()
    for till in days:
        proof = prove_z_reports(z_bundle(till), receipts_bundle(till), mine)
        assert [f.message for f in proof.findings if f.holds] == []
        (voucher,) = book(proof.z_reports, mine).vouchers
        assert sum(line.amount for line in voucher.lines) == 0
        for line in voucher.lines:
            accounts[line.account] += line.amount
    # Of the order neither day holds revenue: only what was paid on it, on the customer.
    assert accounts[3000] == -10_000
    assert accounts[1500] == -100_000

    world = OrderWorld(sqlite_url(tmp_path), mine)
    (sent,) = world.run(*documents(order("O1", Row(price=80_000), kind="web"), mine=mine))
    assert sent.state is State.VERIFIED
    assert world.orders.totals() == {"oslo/order/O1/r1": 100_000}
    assert accounts[1500] + sum(world.orders.totals().values()) == 0
