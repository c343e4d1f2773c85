"""What a person asks of the log and says to it."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.posting import documents
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.documents import Actor
from frontline_pipeline.posting.errors import IllegalTransition, NotResolvable
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.schema import lease
from frontline_pipeline.posting.states import Event, State
from frontline_pipeline_tests.posting.fake_ledger import DAY, Crash, FakeLedger, poster, profile, voucher
from frontline_pipeline_tests.posting.world import World


@pytest.fixture
def log_url(sqlite_url):
    return sqlite_url


def post(log, ledger, /, *vouchers):
    return poster(log, ledger).post(vouchers, profile())


def person(log, event: Event) -> None:
    """What a later command does: move the only document."""
    with log.database.writing() as connection:
        (found,) = documents.find(connection)
        actor = Actor("anna", log.database.now(connection))
        documents.transition(connection, found, event, actor, "for a reason")


def resolve(log, key="oslo/K1/Z102/r1", **changes):
    return log.resolve(key, **{"found": True, "reason": "seen", "who": "anna", **changes})


def test_only_an_unknown_outcome_is_resolved(log, ledger):
    with pytest.raises(NotResolvable, match="no document 'oslo/K1/Z102/r1'"):
        resolve(log)
    post(log, ledger, voucher())
    with pytest.raises(NotResolvable, match="is posted, its outcome is known"):
        resolve(log)


def test_a_reason_is_wanted(log):
    post(log, FakeLedger(faults=["unknown_after"]), voucher())
    with pytest.raises(NotResolvable, match="gives a reason"):
        resolve(log, reason="  ")


def test_what_is_being_sent_is_not_resolved_but_the_leftover_of_a_crash_is(log, ledger):
    def try_it(_sent) -> None:
        with pytest.raises(NotResolvable, match="is being sent right now"):
            resolve(log)
        raise Crash

    ledger.on_save = try_it
    with pytest.raises(Crash):
        post(log, ledger, voucher())
    assert log.state_of("oslo", DAY) is State.SENDING
    resolved = resolve(log, found=False)
    assert (resolved.state, resolved.reached_ledger) == (State.PLANNED, True)
    steps = [entry.to_state for entry in log.history(resolved)]
    assert steps == [State.PLANNED, State.SENDING, State.UNKNOWN, State.PLANNED]


def test_a_skipped_document_is_not_posted_until_it_is_resumed(log, ledger):
    ledger.faults = ["rejected"]
    post(log, ledger, voucher())
    person(log, Event.SKIP)
    (outcome,) = post(log, ledger, voucher())
    assert (outcome.state, outcome.already) == (State.SKIPPED, False)
    assert log.split_new("fjord", [ZKey("K1", "102")])[1] == []
    person(log, Event.RESUME)
    assert post(log, ledger, voucher())[0].state is State.POSTED


def test_after_a_reversal_the_next_revision_is_posted(log, ledger):
    post(log, ledger, voucher())
    person(log, Event.REVERSE)
    (outcome,) = post(log, ledger, voucher(net=20_000))
    assert (outcome.reference, outcome.revision, outcome.transaction_no) == ("oslo/K1/Z102/r2", 2, 2)
    assert log.state_of("oslo", DAY) is State.POSTED
    assert [d.state for d in log.documents()] == [State.REVERSED, State.POSTED]


def test_a_missing_voucher_is_sent_again_only_on_a_persons_word(log, ledger):
    post(log, ledger, voucher())
    ledger.delete(0)
    person(log, Event.READ_ABSENT)
    assert post(log, ledger, voucher())[0].already
    person(log, Event.RETRY)
    (outcome,) = post(log, ledger, voucher())
    assert (outcome.state, outcome.transaction_no, outcome.revision) == (State.POSTED, 1, 1)


def test_two_who_act_on_one_document_do_not_overwrite_each_other(log):
    post(log, FakeLedger(faults=["unknown_after"]), voucher())
    (seen,) = log.unknowns("fjord")
    resolve(log)
    with pytest.raises(IllegalTransition, match="no longer unknown"), log.database.writing() as connection:
        documents.transition(connection, seen, Event.ABSENT, Actor("bo", log.database.now(connection)), "too late")
    assert log.state_of("oslo", DAY) is State.POSTED
    assert log.unknowns() == []


def test_documents_are_found_by_company_store_day_and_state(log, ledger):
    later = DAY + dt.timedelta(days=1)
    post(log, ledger, voucher(102), voucher(103, day=later))
    assert len(log.documents(company="fjord", store="oslo", day_from=DAY, day_to=later)) == 2
    assert [d.document_key for d in log.documents(day_from=later)] == ["oslo/K1/Z103"]
    assert (
        log.documents(states=[State.UNKNOWN]) == log.documents(store="bergen") == log.documents(company="vidde") == []
    )
    found = log.documents(day_to=DAY)[0]
    assert (found.granularity, found.mode, found.series_id, found.year_id, found.run_id, found.fencing_token) == (
        "register",
        "posted",
        7,
        2026,
        "run-1",
        1,
    )


def test_a_voucher_without_z_report_or_lines_is_not_sent(log, ledger):
    made = voucher()
    outcomes = post(
        log,
        ledger,
        replace(made, z_keys=()),
        replace(made, z_keys=made.z_keys * 2),
        replace(made, lines=(), vat_control=()),
    )
    assert [o.state for o in outcomes] == [Hold.UNPROVEN] * 3


def test_errors_survive_pickling(log):
    with pytest.raises(NotResolvable) as raised:
        resolve(log)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.kind, again.next_step) == (
        str(raised.value),
        "no_document",
        "`frontline preview --store ... --day ...` lists those of a store-day",
    )


def test_the_lease_is_given_back_after_posting(log, ledger):
    post(log, ledger, voucher())
    with log.database.reading() as connection:
        assert connection.execute(lease.select()).one().holder is None


def test_a_z_that_another_document_takes_at_the_last_moment_is_a_conflict(log, ledger):
    """The guard in the database decides, not the reading before it."""
    from frontline_pipeline.posting import lease as lease_module
    from frontline_pipeline.posting.attempt import Attempt, Desk
    from frontline_pipeline.posting.deciding import Send

    held = lease_module.acquire(log.database, "fjord", "worker", 60, 0)
    mine = poster(log, ledger)
    desk = Desk(log.database, "fjord", mine._lookups, lambda: ledger, "worker", "run", held)
    assert Attempt(desk, voucher(102), profile(), Send("oslo/K1/Z102", 1, None)).run().done
    outcome = Attempt(desk, voucher(102), profile(), Send("oslo/other", 1, None)).run()
    assert outcome.state is Hold.CONFLICT
    assert len(ledger.vouchers) == 1
    assert len(log.documents()) == 1


class BetweenWordAndWrite(Database):
    """Something happens after a person's word was spoken, and before it is written."""

    def __init__(self, database: Database, happens: Callable[[], object]) -> None:
        super().__init__(database.engine, database._clock)
        self._happens = happens

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        self._happens()
        with super().writing() as connection:
            yield connection


@pytest.mark.parametrize("word", [partial(PostingLog.resolve, found=False), PostingLog.skip], ids=["absent", "skip"])
def test_a_word_that_was_overtaken_by_a_sending_is_refused(log_url, word):
    """Found by the simulator (seed 1704): the log called a voucher planned that a run had just sent, and died over."""
    world = World(log_url)
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.later(100)
    overtaken = PostingLog(BetweenWordAndWrite(world.log.database, lambda: world.crash(voucher(), fault="crash_after")))
    with pytest.raises(NotResolvable, match="was sent again while this was said, as number 1") as refused:
        word(overtaken, "oslo/K1/Z102/r1", reason="not there", who="anna")
    assert "look in 24SevenOffice once more" in str(refused.value)
    assert world.state("oslo/K1/Z102/r1") is State.SENDING
    # The next run looks, and finds it.
    assert world.run(voucher())[0].state is State.POSTED
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]
