"""Looking for what is unknown: what each sight makes of it, how long is waited, what is sent again and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.models import LedgerLine, LedgerVoucher
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, voucher
from frontline_pipeline_tests.posting.world import World

KEY = "oslo/K1/Z102/r1"


@pytest.fixture
def world(sqlite_url):
    return World(sqlite_url)


def lose(world: World, fault: str = "unknown_after", **changes) -> None:
    world.ledger.faults = [fault]
    assert world.run(voucher(**changes))[0].state is State.UNKNOWN


def another(number: int, **changes) -> LedgerVoucher:
    lines = (LedgerLine(1920, 500), LedgerLine(3000, -500))
    return replace(LedgerVoucher("", DAY, 2026, 5, number, False, "", lines), **changes)


def test_found_with_other_lines_is_disputed_and_heals_when_mended(world):
    lose(world)
    sent = world.ledger.vouchers[0]
    world.ledger.change(0, lines=(replace(sent.lines[0], account=1900), *sent.lines[1:]))
    for _ in range(2):
        (outcome,) = world.run(voucher())
        assert outcome.state is State.DISPUTED
        assert "account 1900 on 2026-11-23: sent no line, ledger has 125.00" in outcome.message
    assert sum("differs " in line for line in world.history(KEY)) == 1
    # Its number is used, to be seen by everyone: the others go on.
    assert world.run(voucher(103))[0].state is State.POSTED
    world.ledger.change(0, lines=sent.lines)
    assert world.run(voucher())[0].state is State.POSTED
    assert world.ledger.saves == 2


def test_its_number_under_another_voucher_is_disputed_and_gets_a_new_one_when_absent(world):
    lose(world, "unknown_before")
    world.ledger.add(another(1))
    (outcome,) = world.run(voucher())
    assert outcome.state is State.DISPUTED
    assert "number 1" in outcome.message
    assert "another voucher" in outcome.message
    assert world.ledger.saves == 1
    world.log.resolve(KEY, found=False, reason="1 is the rent", who="anna")
    (again,) = world.run(voucher())
    assert (again.state, again.transaction_no) == (State.POSTED, 2)


@pytest.mark.parametrize("day", [DAY.replace(month=3), DAY])
def test_a_number_that_is_used_in_the_same_year_is_seen_whatever_its_date(world, day):
    lose(world, "unknown_before")
    world.ledger.add(another(1, date=day))
    assert world.run(voucher())[0].state is State.DISPUTED


def test_the_same_number_of_another_series_is_no_conflict(world, monkeypatch):
    from frontline_pipeline_tests.posting import fake_ledger

    rows_of = fake_ledger.rows_of

    def with_types(made, *rest):
        return [replace(row, type_id={5: 51, 6: 61}[made.type_no]) for row in rows_of(made, *rest)]

    monkeypatch.setattr(fake_ledger, "rows_of", with_types)
    world.ledger.refuse_used_numbers = False
    lose(world, "unknown_before")
    world.ledger.add(another(1, type_no=6))
    assert world.run(voucher())[0].state is State.POSTED


def test_found_twice_is_duplicated(world):
    lose(world)
    world.ledger.add(replace(world.ledger.vouchers[0], transaction_no=9))
    (outcome,) = world.run(voucher())
    assert (outcome.state, world.ledger.saves) == (State.DUPLICATED, 1)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_date_that_the_service_moved_by_a_day_is_found(world, days):
    lose(world)
    world.ledger.change(0, date=DAY.replace(day=DAY.day + days))
    assert world.run(voucher())[0].state is State.DISPUTED
    assert world.ledger.saves == 1


def test_a_reference_that_the_service_dropped_is_found_by_the_comment(world):
    lose(world)
    world.ledger.change(0, reference="")
    assert world.run(voucher())[0].state is State.POSTED
    assert world.ledger.saves == 1


def test_a_refused_resend_is_told_once_and_sent_once(world):
    lose(world, "unknown_before")
    world.ledger.faults = ["rejected"]
    (outcome,) = world.run(voucher())
    assert outcome.state is State.REJECTED
    assert "account is closed" in outcome.message
    assert world.ledger.saves == 2


def test_a_resend_that_is_lost_again_is_unknown_again(world):
    lose(world, "unknown_before")
    world.ledger.faults = ["unknown_after"]
    assert world.run(voucher())[0].state is State.UNKNOWN
    assert world.run(voucher())[0].state is State.POSTED
    assert world.in_ledger() == [KEY]
    assert world.ledger.saves == 2


def test_a_resend_that_did_not_leave_is_repeatable(world):
    lose(world, "unknown_before")
    world.ledger.faults = ["not_sent"]
    (outcome,) = world.run(voucher())
    assert (outcome.state, outcome.may_repeat, outcome.transaction_no) == (Hold.NOT_SENT, True, 1)
    (again,) = world.run(voucher())
    assert (again.state, again.transaction_no) == (State.POSTED, 1)


def test_the_resend_is_the_same_to_the_byte(world):
    sent = []
    world.ledger.on_save = sent.append
    first = replace(voucher().lines[0], account=1500, customer_id=7, department_id=10, project_id=20)
    made = replace(voucher(), lines=(replace(first, dimensions=((101, "nord"),)), *voucher().lines[1:]))
    world.ledger.faults = ["unknown_before"]
    world.run(made)
    world.store = {"ledger": {"voucher_language": "en"}}
    world.run(replace(made, text="other words"))
    assert replace(sent[0], name="") == replace(sent[1], name="")


def test_drafts_wait_for_a_person_and_hold_up_their_series_only(world):
    world.ledger.faults = ["unknown_before"]
    world.run(voucher(102, mode=Mode.DRAFT))
    (waiting,) = world.run(voucher(103))
    assert waiting.state is Hold.WAITING
    assert "drafts (kladd)" in waiting.message
    world.store = {"ledger": {"voucher_type": 6}}
    assert world.run(voucher(104))[0].state is State.POSTED


def test_several_unknown_ones_of_several_series_are_resolved_in_one_run(world):
    lose(world, "unknown_after")
    world.store = {"ledger": {"voucher_type": 6}}
    world.ledger.first_number = 50
    lose(world, "unknown_after", z=103)
    (outcome,) = world.run(voucher(104))
    assert outcome.state is State.POSTED
    assert {each.state for each in world.log.documents()} == {State.POSTED}
    assert outcome.calls >= 3


def test_a_lease_that_is_lost_while_waiting_sends_nothing(world):
    from frontline_pipeline.posting import lease
    from frontline_pipeline_tests.posting.fake_ledger import expire_leases

    lose(world, "unknown_before")
    sleep = world.time.sleep

    def stolen(seconds: float) -> None:
        sleep(seconds)
        expire_leases(world.log)
        lease.acquire(world.log.database, "fjord", "thief", 60, 0)

    world.time.sleep = stolen
    (outcome,) = world.run(voucher())
    assert outcome.state is Hold.NOT_SENT
    assert world.state(KEY) is State.UNKNOWN
    assert world.ledger.saves == 1


def test_a_login_to_another_client_lets_nothing_be_looked_for(world):
    """Not found in another company's ledger means nothing."""
    lose(world)
    world.ledger.organisation_number = "999999999"
    (outcome,) = world.run(voucher(), lookups_ttl_seconds=0)
    assert outcome.state is Hold.NOT_SENT
    assert "organisation number 999999999" in outcome.message
    assert world.ledger.saves == 1


def test_the_clock_of_the_database_may_go_back(world):
    lose(world, "unknown_before")
    world.time.now -= 50
    (outcome,) = world.run(voucher())
    # 110 seconds to wait, within what a run waits.
    assert outcome.state is State.POSTED
    assert world.in_ledger() == [KEY]


def test_without_settle_time_it_is_sent_again_at_once(sqlite_url):
    world = World(sqlite_url, FakeLedger(), settle_seconds=0)
    lose(world, "unknown_before")
    assert world.run(voucher())[0].state is State.POSTED
    assert world.time.now == 0


def test_waiting_ends_on_a_clock_that_swallows_tiny_steps(world):
    """Floats: 59.999999999999 + 1e-15 is no progress, and a loop until "nothing left" would never end."""
    from frontline_pipeline.posting import lease
    from frontline_pipeline.posting.errors import LeaseBusy

    world.time.sleep = lambda seconds: world.later(seconds * (1 - 1e-9) if seconds > 1e-6 else 0)
    lose(world, "unknown_before")
    assert world.run(voucher())[0].state is State.POSTED
    lease.acquire(world.log.database, "fjord", "other", 600, 0)
    with pytest.raises(LeaseBusy):
        lease.acquire(world.log.database, "fjord", "late", 60, 1.1, world.time)
