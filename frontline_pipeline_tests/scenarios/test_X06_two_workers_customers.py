"""X06 for customers: two workers on one store-day make each customer once, whoever is stopped half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.masters import Kind
from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.posting import lease
from frontline_pipeline_tests.masterdata_kit import COMPANY, trade


def test_X06_a_second_worker_waits_and_then_sends_nothing(tmp_path: Path) -> None:
    with trade(tmp_path, {"posting": {"lease_wait_seconds": 0}}) as shop:
        row = {"customer": "K-1"}
        with (
            lease.held_lease(shop.project.log.database, COMPANY, "other", 60, 0),
            pytest.raises(NotSent, match="held by other"),
        ):
            shop.told(Kind.CUSTOMERS, row)
        assert shop.calls() == 0
        assert shop.told(Kind.CUSTOMERS, row)["K-1"][0] == "created"
        calls = shop.calls()
        assert shop.told(Kind.CUSTOMERS, row)["K-1"][0] == "created"
        assert shop.calls() == calls
        assert len(shop.found(Kind.CUSTOMERS)) == 1


def test_X06_a_worker_that_lost_the_lease_writes_no_intent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with trade(tmp_path) as shop:
        from frontline_pipeline.posting.twins_customers import Customers

        looked = Customers.look_up

        def slow(self: Customers, *arguments: object) -> object:
            found = looked(self, *arguments)  # type: ignore[arg-type]
            # It slept so long that its lease ran out, and another worker has it now.
            with shop.project.log.database.writing() as connection:
                connection.execute(lease.lease.update().values(expires_at=lease._LONG_AGO))
            lease.acquire(shop.project.log.database, COMPANY, "other", 60, 0)
            return found

        monkeypatch.setattr(Customers, "look_up", slow)
        with pytest.raises(NotSent):
            shop.told(Kind.CUSTOMERS, {"customer": "K-1"})
        assert shop.found(Kind.CUSTOMERS) == []
