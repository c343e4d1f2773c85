"""X17: an answer that says nothing - no type, an empty list - is unknown, not success; an unreadable search is not "absent"."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from frontline_pipeline.office.errors import ReadFailed, Unknown
from frontline_pipeline.office.saving import save_failure
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url


class Silent(FakeLedger):
    """Saves, and answers what `answer` says, as the office room reads it."""

    answer: object = None

    def save(self, sent) -> None:
        super().save(sent)
        failure = save_failure(sent, self.answer)
        if failure is not None:
            raise failure


@pytest.mark.parametrize("answer", [None, [], SimpleNamespace(Type=None), SimpleNamespace(Type="", Description="")])
def test_X17_it_is_unknown_until_it_is_found(tmp_path: Path, answer):
    ledger = Silent()
    ledger.answer = answer
    world = World(sqlite_url(tmp_path), ledger)
    (outcome,) = world.run(voucher())
    assert (outcome.state, outcome.done) == (State.UNKNOWN, False)
    assert world.run(voucher())[0].state is State.POSTED
    assert ledger.saves == 1


def test_X17_a_search_without_an_answer_lets_nothing_be_sent(tmp_path: Path):
    ledger = FakeLedger(faults=["unknown_before"])
    world = World(sqlite_url(tmp_path), ledger)
    world.run(voucher())
    reads = ledger.transactions

    def unreadable(*_args, **_named):
        raise ReadFailed("GetTransactions: it holds no list, not even an empty one", kind="unreadable")

    ledger.transactions = unreadable
    world.later(1000)
    (held,) = world.run(voucher())
    assert (held.state, held.may_repeat) == (Hold.NOT_SENT, True)
    assert world.state("oslo/K1/Z102/r1") is State.UNKNOWN
    assert ledger.saves == 1
    ledger.transactions = reads
    assert world.run(voucher())[0].state is State.POSTED
    assert ledger.saves == 2


def test_X17_the_class_of_such_an_answer_is_unknown():
    assert isinstance(save_failure(SimpleNamespace(reference="r", transaction_no=1), None), Unknown)
