"""Taking over what a ledger holds: what is recorded, what is only reported, what the sweep sees of a lost log."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from frontline_pipeline.accounting.model import Mode, ZKey
from frontline_pipeline.office.errors import ReadFailed
from frontline_pipeline.posting.adopting import adopt
from frontline_pipeline.posting.correcting import Corrected
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.readback import Stranger, judge
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, day_voucher, profile, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

KEY = "oslo/K1/Z102/r1"


@pytest.fixture
def before(tmp_path):
    return World(sqlite_url(tmp_path / "before"))


@pytest.fixture
def world(sqlite_url, before):
    return World(sqlite_url, before.ledger, initialise=False)


def take(world, *vouchers, first=DAY, last=DAY, **store):
    expected = (
        (lambda of, day: [v for v in vouchers if v.business_day == day and v.store == of.code]) if vouchers else None
    )
    return adopt(world.log, world.ledger, "fjord", [profile(**store)], first, last, who="anna", expected=expected)


def test_one_call_per_month_and_three_for_the_registers(before, world):
    before.run(voucher())
    world.ledger.reads.clear()
    done = take(world, first=DAY - dt.timedelta(days=60), last=DAY + dt.timedelta(days=30))
    assert done.calls == len(world.ledger.reads) == 3 + 3
    assert [each.reference for each in done.adopted] == [KEY]


def test_content_that_the_extract_says_otherwise_is_kept_as_the_ledger_has_it(before, world):
    before.run(voucher())
    done = take(world, voucher(net=20_000))
    assert [each.state for each in done.adopted] == [State.POSTED]
    (held,) = world.run(voucher(net=20_000))
    assert held.state is Hold.CHANGED
    assert "account 3000 VAT code 3: -100.00 -> -200.00" in held.message
    assert world.correct(voucher(net=20_000))[0].done
    assert world.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}


@pytest.mark.parametrize("tax_reference", ["number", "id"])
def test_equal_content_is_verified_with_codes_by_number_and_by_id(before, world, tax_reference):
    store = {"ledger": {"tax_reference": tax_reference}}
    before.store = world.store = store
    first = replace(voucher().lines[0], account=1500, customer_id=7, department_id=10, project_id=20)
    made = replace(voucher(), lines=(replace(first, dimensions=((101, "nord"),)), *voucher().lines[1:]))
    before.run(made)
    assert [each.state for each in take(world, made, **store).adopted] == [State.VERIFIED]
    assert world.run(made)[0].already


def test_without_extracts_the_same_content_is_recognised_later(before, world):
    before.run(voucher())
    take(world)
    assert world.run(voucher())[0].already
    assert world.run(voucher(net=20_000))[0].state is Hold.CHANGED


def test_twice_in_the_ledger_is_duplicated(before, world):
    before.run(voucher())
    world.ledger.add(replace(world.ledger.vouchers[0], transaction_no=9))
    assert [each.state for each in take(world, voucher()).adopted] == [State.DUPLICATED]


@pytest.mark.parametrize("net", [10_000, 20_000], ids=["as the extract says", "as another extract said"])
def test_twice_under_one_number_is_duplicated_and_not_one_with_doubled_lines(before, world, net):
    """Found by the simulator: a ledger that takes a used number shows the two as one voucher."""
    before.run(voucher())
    world.ledger.add(world.ledger.vouchers[0])
    assert [each.state for each in take(world, voucher(net=net)).adopted] == [State.DUPLICATED]
    world.sweep()
    assert world.state(KEY) is State.DUPLICATED
    # A person deletes one of the two.
    world.ledger.delete(1)
    world.sweep()
    assert world.state(KEY) is State.VERIFIED
    assert world.run(voucher())[0].already


@pytest.mark.parametrize("which", [0, 1])
def test_twice_under_one_number_is_seen_though_a_person_changed_one_of_the_two(before, world, which):
    before.run(voucher())
    made = world.ledger.vouchers[0]
    first, *rest = made.lines
    changed = (replace(first, amount=first.amount + 100), *rest, replace(rest[0], amount=-100, comment="rettet"))
    two = [made, made]
    two[which] = replace(made, lines=changed)
    world.ledger.delete(0)
    for each in two:
        world.ledger.add(each)
    take(world, voucher())
    world.sweep()
    assert world.state(KEY) is State.DRIFTED
    world.ledger.delete(which)
    world.sweep()
    assert world.state(KEY) is State.VERIFIED


@pytest.mark.parametrize("which", ["journal", "reversal"])
def test_a_corrected_voucher_that_is_there_twice_under_one_number_is_red(before, world, which):
    """No extract tells any more what the old revision said; that its lines are all there twice does."""
    before.run(voucher())
    before.correct(voucher(net=20_000))
    position = 0 if which == "journal" else 1
    world.ledger.add(world.ledger.vouchers[position])
    take(world, voucher(net=20_000))
    swept = world.sweep()
    (red,) = swept.disagreements
    assert red.document.reference == ("oslo/K1/Z102/r1" if which == "journal" else "oslo/K1/Z102/rev/r1")
    assert not judge(world.log.state_of("oslo", DAY)).passed
    world.ledger.delete(3)
    assert world.sweep().disagreements == ()


def test_a_day_whose_lines_are_alike_in_pairs_is_there_once(before, world):
    """Two registers with the same takings: only the first line says the reference."""
    before.store = world.store = {"journal_per": "store"}
    one = day_voucher(102, 103)
    pairs = replace(one, lines=tuple(line for line in voucher().lines for _ in range(2)))
    before.run(pairs)
    (adopted,) = take(world, pairs, journal_per="store").adopted
    assert adopted.state is State.VERIFIED
    world.sweep()
    assert world.state(adopted.reference) is State.VERIFIED


def test_the_same_z_in_two_documents_is_a_conflict_and_not_hidden(before, world):
    before.run(voucher(102))
    per_store = replace(world.ledger.vouchers[0], reference=f"oslo/{DAY}/r1", transaction_no=2)
    lines = (replace(per_store.lines[0], comment=f"oslo/{DAY}/r1"), *per_store.lines[1:])
    world.ledger.add(replace(per_store, lines=lines))
    done = take(world, replace(day_voucher(102), document_key=f"oslo/{DAY}"))
    assert [each.state for each in done.adopted] == [State.VERIFIED, State.DUPLICATED]
    (conflict,) = done.conflicts
    assert "the same sales may be posted twice" in conflict.message


def test_a_day_per_store_under_settings_per_register_takes_its_z_reports(before, world):
    before.store = {"journal_per": "store"}
    before.run(day_voucher(102, 103))
    done = take(world, voucher(102), voucher(103))
    assert [each.z_keys for each in done.adopted] == [(ZKey("K1", "102"), ZKey("K1", "103"))]
    outcomes = world.run(voucher(102), voucher(103))
    assert [each.state for each in outcomes] == [Hold.CONFLICT] * 2
    assert done.adopted[0].granularity == "store"


def test_a_shortened_reference_is_found_by_the_extract(before, world):
    long = "K" * 60
    before.store = world.store = {"registers": [long]}
    before.run(voucher(102, register=long))
    done = take(world, voucher(102, register=long), registers=[long])
    assert [(each.state, each.z_keys) for each in done.adopted] == [(State.VERIFIED, (ZKey(long, "102"),))]
    assert world.run(voucher(102, register=long))[0].already


def test_a_shortened_reference_without_extract_holds_its_store_day(before, world):
    long = "K" * 60
    before.store = world.store = {"registers": [long]}
    before.run(voucher(102, register=long))
    take(world, registers=[long])
    assert world.run(voucher(102, register=long))[0].state is Hold.CONFLICT


def test_other_companies_stores_and_days_are_left_alone(before, world):
    before.run(voucher(102), voucher(103, day=DAY + dt.timedelta(days=1)))
    before.poster().post([voucher(1, register="B1", store="bergen")], profile("bergen"))
    assert [each.reference for each in take(world).adopted] == [KEY]


def test_a_ledger_that_does_not_answer_leaves_the_log_closed(world):
    def fail(*_args):
        raise ReadFailed("time-out", kind="timeout")

    world.ledger.transactions = fail
    with pytest.raises(ReadFailed):
        take(world)
    assert not world.log.is_initialised()
    assert world.log.documents() == []


def test_the_sweep_names_vouchers_of_ours_that_the_log_does_not_know(before, sqlite_url):
    before.run(voucher(102), voucher(103))
    other = World(sqlite_url, before.ledger)
    other.run(voucher(104))
    assert other.sweep().strangers == (Stranger(KEY, 1, DAY), Stranger("oslo/K1/Z103/r1", 2, DAY))
    assert before.sweep().strangers == (Stranger("oslo/K1/Z104/r1", 3, DAY),)
    with pytest.raises(ValueError, match="at least the running month"):
        other.sweep(months=0)


def test_a_sweep_is_one_call_per_month_with_documents(sqlite_url):
    world = World(sqlite_url, FakeLedger())
    world.run(voucher(1, day=dt.date(2026, 8, 3)), voucher(2, day=dt.date(2026, 11, 3)))
    world.ledger.reads.clear()
    swept = world.sweep(months=4)
    assert (swept.calls, world.ledger.reads) == (2, ["transactions"] * 2)
    assert [each.state for each in swept.agreements] == [State.VERIFIED] * 2


@pytest.mark.parametrize("says", ["enters the reversal again", "takes the old one back"])
def test_a_corrected_day_whose_reversal_was_deleted_is_not_posted_once_more(before, world, says):
    """Found by the simulator: the old revision was taken for the one that counts, and the new one posted a second time."""
    before.run(voucher())
    before.correct(voucher(net=20_000))
    reversal = world.ledger.vouchers[1]
    world.ledger.delete(1)
    done = take(world, voucher(net=20_000))
    assert [(each.reference, each.state) for each in done.adopted] == [
        (KEY, State.DUPLICATED),
        ("oslo/K1/Z102/r2", State.VERIFIED),
    ]
    (conflict,) = done.conflicts
    assert conflict.subject == KEY
    assert "oslo/K1/Z102/rev/r1 is not" in conflict.message
    for _ in range(2):
        assert world.run(voucher(net=20_000))[0].already
        assert world.correct(voucher(net=20_000))[0].result is Corrected.UNCHANGED
        assert world.sweep().disagreements, "the old revision is one too many until a person has acted"
    assert world.in_ledger() == [KEY, "oslo/K1/Z102/r2"]
    if says == "enters the reversal again":
        world.ledger.add(reversal)
        take(world, voucher(net=20_000))
    else:
        world.ledger.delete(0)
        world.log.deleted(KEY, reason="deleted the one too many", who="anna")
    swept = world.sweep()
    assert (swept.disagreements, swept.strangers) == ((), ())
    assert world.state(KEY) is State.REVERSED
    assert world.balances() == {1920: 25_000, 2700: -5_000, 3000: -20_000}
    # And the correction after it is the next revision.
    assert world.correct(voucher(net=30_000))[0].revision.reference == "oslo/K1/Z102/r3"


def test_a_replaced_revision_without_its_reversal_can_be_rolled_back(before, world):
    """It is out, whoever holds its Z-reports."""
    before.run(voucher())
    before.correct(voucher(net=20_000))
    world.ledger.delete(1)
    take(world, voucher(net=20_000))
    assert all(each.done for each in world.roll_back())
    assert world.balances() == {}
    world.release()
    assert world.run(voucher(net=20_000))[0].reference == "oslo/K1/Z102/r3"


@pytest.mark.parametrize("purpose", ["correct", "roll back"])
def test_a_reversal_without_its_journal_is_told_and_healed(before, world, purpose):
    """Found by the simulator: the journal was deleted in the ledger, and the log that knew of it is lost."""
    before.run(voucher())
    if purpose == "correct":
        before.correct(voucher(net=20_000))
    else:
        before.roll_back()
    gone = world.ledger.vouchers[0]
    world.ledger.delete(0)
    done = take(world, voucher(net=20_000))
    (conflict,) = done.conflicts
    assert conflict.subject == "oslo/K1/Z102/rev/r1"
    assert "takes back what is not there" in conflict.message
    world.ledger.add(gone)
    healed = take(world, voucher(net=20_000))
    assert healed.conflicts == ()
    assert [each.reference for each in healed.adopted] == [KEY]
    assert world.state(KEY) is (State.REVERSED if purpose == "correct" else State.ROLLED_BACK)
    (outcome,) = world.run(voucher(net=20_000))
    assert outcome.state is (State.VERIFIED if purpose == "correct" else State.ROLLED_BACK)
    assert world.sweep().strangers == ()


def test_a_day_entered_by_hand_of_which_a_draft_may_be_out_tells_both(before, world):
    """Found by the simulator: who looked for the voucher alone, and said "absent", had the draft saved a second time."""
    before.run(voucher(mode=Mode.DRAFT))
    by_hand = replace(before.ledger.vouchers[0], reference="", draft=False, transaction_no=9)
    lines = tuple(replace(line, comment="") for line in by_hand.lines)
    world.ledger.add(replace(by_hand, lines=lines))
    (held,) = take(world, voucher(mode=Mode.DRAFT)).held
    assert "number 9" in held.problem
    assert "a draft of Z 102 of register K1 may be out" in held.problem
