"""Circumstances of the whole stand-in: a search that lags behind, a quota per address, by a clock of the test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_kit import DAY, Control, ledger_on, voucher
from server_kit import Stranger, company, sale

from frontline_pipeline.office.errors import NotSent
from frontline_pipeline.sandbox.server import SandboxServer

START = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC).timestamp()


@pytest.fixture
def clock() -> list[float]:
    return [START]


@pytest.fixture
def server(clock: list[float]) -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [company()], control=True, clock=lambda: clock[0]) as running:
        yield running


def test_the_search_lags_behind_what_is_saved(server: SandboxServer, clock: list[float], tmp_path: Path) -> None:
    """X08: what is younger than the lag is not found, whatever it is asked by; GetEntryId and the number check see it."""
    control, ledger = Control(server), ledger_on(server, tmp_path)
    assert control.post("lag", seconds=30) == {"seconds": 30.0}
    ledger.save(voucher(1))
    assert ledger.transactions(DAY, DAY) == []
    assert ledger.transactions(DAY, DAY, number_from=1, number_to=1) == []
    assert ledger.transactions(DAY, DAY, reference="oslo/K1/Z1/r1") == []
    assert ledger.next_transaction_no(DAY, 102) == 2
    clock[0] += 29
    ledger.save(voucher(2))
    assert ledger.transactions(DAY, DAY) == []
    clock[0] += 1
    assert {line.transaction_no for line in ledger.transactions(DAY, DAY)} == {1}
    control.post("lag", seconds=0)
    assert {line.transaction_no for line in ledger.transactions(DAY, DAY)} == {1, 2}
    assert control.get("lag") == {"seconds": 0.0}


def test_the_quota_counts_down_refuses_and_is_renewed(
    server: SandboxServer, clock: list[float], tmp_path: Path
) -> None:
    control, ledger = Control(server), ledger_on(server, tmp_path)
    control.post("quota", calls=3, window_seconds=600)
    ledger.fiscal_years()
    assert (ledger.session.limit.remaining, ledger.session.limit.resets_at) == (1, "2026-11-23 12:10:00")
    ledger.save(voucher())
    for over in (1, 2):
        with pytest.raises(
            NotSent, match=f"Limit exceeded by {over}. Quarantine ends at 2026-11-23 12:10:00"
        ) as caught:
            ledger.save(voucher(2))
        assert caught.value.kind == "limit"
    assert (ledger.session.limit.remaining, server.app.book.count("nord")) == (0, (1, 0))
    assert control.get("quota") == {"calls": 3, "window_seconds": 600.0, "used": {"127.0.0.1": 5}}
    clock[0] += 600
    ledger.save(voucher(2))
    assert server.app.book.count("nord") == (2, 0)
    control.post("quota", calls=0)
    for _ in range(5):
        ledger.fiscal_years()


def test_without_a_quota_no_answer_speaks_of_one(server: SandboxServer) -> None:
    stranger = Stranger(server.url)
    stranger.login(company())
    stranger.save(*sale())
    stranger.http.hooks["response"].append(lambda response, **_: headers.append(response.headers))
    headers: list[object] = []
    stranger.save(*sale(), number=2)
    assert [[name for name in each if name.startswith("API")] for each in headers] == [[]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("lag", {"seconds": -1}, "0 to 86400"),
        ("lag", {"seconds": "5"}, "number of seconds"),
        ("quota", {"calls": -1}, "0 or more"),
        ("quota", {"calls": 5, "window_seconds": 0}, "above 0"),
        ("quota", {"calls": 5.5}, "whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(
    server: SandboxServer, path: str, content: dict[str, object], words: str
) -> None:
    status, text = Control(server).refusal(path, **content)
    assert (status, words in text) == (400, True), text
