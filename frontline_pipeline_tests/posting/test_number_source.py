"""Numbers counted on by the single writer (`posting.number_source: local`): fewer calls, the same promise."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import PostingSettings
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, voucher
from frontline_pipeline_tests.posting.test_histories import copy_of
from frontline_pipeline_tests.posting.world import World, keep_the_promise

KEY, NEXT = "oslo/K1/Z102/r1", "oslo/K1/Z103/r1"
HOURS = 3600


@pytest.fixture
def log_url(sqlite_url: str) -> str:
    """Both databases only where the question is one of SQL."""
    return sqlite_url


@pytest.fixture
def world(sqlite_url: str) -> World:
    return World(sqlite_url, number_source="local")


def asked(world: World) -> int:
    return world.ledger.reads.count("next_transaction_no")


def of_a_person(number: int, **changes: object) -> LedgerVoucher:
    """The rent, entered by hand."""
    lines = (LedgerLine(1920, 500), LedgerLine(3000, -500))
    return replace(LedgerVoucher("", DAY, 2026, 5, number, False, "", lines), **changes)  # type: ignore[arg-type]


def numbers(world: World) -> dict[str, int | None]:
    return {each.reference: each.transaction_no for each in world.log.documents()}


def test_it_is_off_until_somebody_turns_it_on(sqlite_url: str):
    assert PostingSettings().number_source == "ledger"
    world = World(sqlite_url)
    world.run(voucher(102), voucher(103))
    assert asked(world) == 2


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_the_ledger_is_asked_once_for_many_runs(database: str, request: pytest.FixtureRequest):
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_schema")
    world = World(url, FakeLedger(first_number=41), number_source="local")
    for z in range(102, 108):
        assert world.run(voucher(z))[0].state is State.POSTED
    assert [each.transaction_no for each in world.ledger.vouchers] == list(range(41, 47))
    assert asked(world) == 1
    assert [each.state for each in world.read_back()] == [State.VERIFIED] * 6


def test_a_count_that_is_old_is_asked_for_anew(world: World):
    world.run(voucher(102))
    world.ledger.add(of_a_person(2))
    world.later(13 * HOURS)
    (outcome,) = world.run(voucher(103))
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 3)
    assert asked(world) == 2
    assert world.ledger.saves == 2, "no number was tried that the ledger knew to be used"


def test_a_number_that_a_person_has_taken_is_looked_at_and_then_the_ledger_counts(world: World):
    world.run(voucher(102))
    world.ledger.add(of_a_person(2))
    (outcome,) = world.run(voucher(103))
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 3)
    assert sorted(each.reference for each in world.ledger.vouchers) == ["", KEY, NEXT]
    told = "\n".join(world.history(NEXT))
    assert "number 2 was counted on here and is another voucher's" in told
    looked = [each for each in world.ledger.reads if each in ("transactions", "next_transaction_no")]
    assert looked == ["next_transaction_no", "transactions", "transactions", "next_transaction_no"], "look, then count"
    # From here it counts on again, past the other's.
    assert world.run(voucher(104))[0].transaction_no == 4
    assert asked(world) == 2


def test_a_taken_number_that_nobody_can_see_is_held_as_always(world: World):
    """Another's draft, or a search that lags: what the ledger does not show, does not free a number."""
    world.run(voucher(102))
    world.ledger.taken.add((2026, 2))
    (outcome,) = world.run(voucher(103))
    assert outcome.state is State.UNKNOWN
    assert numbers(world)[NEXT] == 2
    assert world.run(voucher(104))[0].state is Hold.WAITING
    assert world.ledger.saves == 2
    world.log.resolve(NEXT, found=False, reason="2 is a draft of the rent", who="anna")
    assert [each.transaction_no for each in world.run(voucher(103), voucher(104))] == [3, 4]
    keep_the_promise(world.log, world.ledger)


def test_ours_under_the_refused_number_is_adopted_and_never_sent_under_another(world: World):
    """A request that went out twice on its way: the first one saved it, the answer of the second says "used"."""
    world.run(voucher(102))
    world.ledger.on_save = lambda sent: world.ledger.add(sent) if sent.reference == NEXT else None
    (outcome,) = world.run(voucher(103))
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 2)
    assert "adopted" in outcome.message
    assert world.in_ledger() == [KEY, NEXT]


def test_a_draft_takes_a_new_number_only_when_the_old_one_is_seen_to_be_anothers(world: World):
    world.store = {"mode": "draft"}
    assert world.run(voucher(102, mode=Mode.DRAFT))[0].state is State.DRAFTED
    world.ledger.add(of_a_person(2))
    (outcome,) = world.run(voucher(103, mode=Mode.DRAFT))
    assert (outcome.state, outcome.transaction_no) == (State.DRAFTED, 3)
    world.ledger.taken.add((2026, 4))
    (unseen,) = world.run(voucher(104, mode=Mode.DRAFT))
    assert unseen.state is State.UNKNOWN, "a draft cannot be seen, so a person looks"
    assert world.ledger.saves == 4


@pytest.mark.parametrize("fault", ["unknown_before", "crash_before"])
def test_an_intent_keeps_its_number_and_holds_up_the_series(world: World, fault: str):
    world.run(voucher(102))
    if fault.startswith("crash"):
        world.crash(voucher(103), fault=fault)
    else:
        world.ledger.faults = [fault]
        world.run(voucher(103))
    assert numbers(world)[NEXT] == 2
    sent = world.run(voucher(104), voucher(103))
    assert {each.reference: each.transaction_no for each in sent} == {"oslo/K1/Z104/r1": 3, NEXT: 2}
    assert all(each.state is State.POSTED for each in sent)
    assert not world.ledger.land(), "the lost request collides with its own number"
    keep_the_promise(world.log, world.ledger)


def test_a_number_of_an_earlier_sending_is_never_given_up_for_a_collision(world: World):
    """Only a number that was counted on for this very sending is: an earlier request under it might still arrive."""
    world.run(voucher(102))
    world.ledger.faults = ["not_sent"]
    assert world.run(voucher(103))[0].state is Hold.NOT_SENT
    world.ledger.add(of_a_person(2))
    (outcome,) = world.run(voucher(103))
    assert outcome.state is State.DISPUTED
    assert numbers(world)[NEXT] == 2


def test_a_ledger_that_counts_wrong_is_asked_once_more_and_not_for_ever(world: World):
    world.run(voucher(102))
    world.ledger.add(of_a_person(2))
    world.ledger.next_transaction_no = lambda on, series_id: 2  # type: ignore[method-assign]
    (outcome,) = world.run(voucher(103))
    assert outcome.state is Hold.NOT_SENT
    assert outcome.may_repeat
    assert world.ledger.saves == 3
    assert world.in_ledger() == [KEY, ""]


def test_a_reversal_meets_a_taken_number(world: World):
    world.run(voucher(102))
    world.ledger.add(of_a_person(2))
    (first,) = world.correct(voucher(102, net=20_000))
    assert not first.done
    assert "counted on here" in first.message
    (again,) = world.correct(voucher(102, net=20_000))
    assert again.done, again.message
    assert world.balances()[2700] == -5_000
    assert sorted(each.transaction_no for each in world.ledger.vouchers) == [1, 2, 3, 4]


STEP = st.tuples(st.sampled_from([102, 103, 104]), st.sampled_from(["", "unknown_before", "unknown_after", "rejected"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(STEP, st.sampled_from(["", "person", "late", "later"])), min_size=1, max_size=10),
    seen=st.booleans(),
)
def test_people_beside_it_faults_and_late_requests_make_no_second_voucher(
    sqlite_template, tmp_path, steps: list[tuple[tuple[int, str], str]], seen: bool
):
    world = World(copy_of(sqlite_template, tmp_path), number_source="local", attempts=100)
    for (z, fault), then in steps:
        world.ledger.faults = [fault]
        world.run(voucher(z))
        if then == "person":
            number = world.ledger.next_transaction_no(DAY, 7)
            if seen:
                world.ledger.add(of_a_person(number))
            else:
                world.ledger.taken.add((2026, number))
        elif then == "late" and world.ledger.in_flight:
            world.ledger.land()
        elif then == "later":
            world.later(8 * HOURS)
        ours = [name for name in world.in_ledger() if name]
        assert len(ours) == len(set(ours)), ours
        used = [each.transaction_no for each in world.ledger.vouchers]
        assert len(used) == len(set(used)), used
        known = numbers(world)
        for each in world.ledger.vouchers:
            assert not each.reference or known[each.reference] == each.transaction_no
    world.log.close()
