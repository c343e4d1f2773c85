"""D06: re-posting a range after a mapping change begins with a dry comparison: counts and differences, nothing written."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from frontline_pipeline.posting.comparison import Effect, compare
from frontline_pipeline_tests.posting.fake_ledger import DAY, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


def test_D06_the_dry_run_counts_and_writes_nothing(tmp_path: Path):
    world = World(sqlite_url(tmp_path), resend="hold")
    days = [DAY + dt.timedelta(days=number) for number in range(5)]
    world.run(*(voucher(number, day=day) for number, day in enumerate(days[:3], 1)))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher(4, day=days[3]))
    before = [(found, world.log.history(found)) for found in world.log.documents()]
    world.ledger.reads.clear()
    now = [
        voucher(1, day=days[0]),
        voucher(2, day=days[1], net=20_000),
        voucher(3, day=days[2], net=30_000),
        voucher(4, day=days[3]),
        voucher(5, day=days[4]),
    ]

    compared = [compare(world.log, "fjord", each) for each in now]

    assert Counter(each.effect for each in compared) == {
        Effect.CREATED: 1,
        Effect.UPDATED: 2,
        Effect.MATCHED: 1,
        Effect.HELD: 1,
    }
    assert [str(row) for row in compared[1].changes] == [
        "account 1920: 125.00 -> 250.00",
        "account 2700: -25.00 -> -50.00",
        "account 3000 VAT code 3: -100.00 -> -200.00",
    ]
    assert "unknown" in compared[3].message
    assert world.ledger.reads == []
    assert [(found, world.log.history(found)) for found in world.log.documents()] == before

    # Then, on request, what differs and nothing else.
    world.log.resolve("oslo/K1/Z4/r1", found=False, reason="not there", who="anna")
    done = world.correct(*(each.voucher for each in compared if each.effect is Effect.UPDATED))
    assert [each.done for each in done] == [True, True]
    assert Effect.UPDATED not in {compare(world.log, "fjord", each).effect for each in now}
