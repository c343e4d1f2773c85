"""X11: a lost posting log is rebuilt from the references in the ledger; nothing is posted twice, drafts wait for a person."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.adopting import adopt
from frontline_pipeline.posting.errors import NotInitialised
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, day_voucher, profile, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

DAYS = [DAY + dt.timedelta(days=number) for number in range(4)]


def history(world: World) -> dict[dt.date, list]:
    """A posted day, a corrected one, a rolled-back one, one per store: what the extracts say now."""
    world.run(voucher(102), voucher(103, day=DAYS[1]), voucher(104, day=DAYS[2]))
    assert world.correct(voucher(103, day=DAYS[1], net=20_000))[0].done
    assert all(each.done for each in world.roll_back(DAYS[2], DAYS[2]))
    world.store = {"journal_per": "store"}
    per_store = day_voucher(105, 106)
    per_store = type(per_store)(
        **{
            **{name: getattr(per_store, name) for name in per_store.__slots__},
            "business_day": DAYS[3],
            "document_key": f"oslo/{DAYS[3]}",
        }
    )
    world.run(per_store)
    return {
        DAYS[0]: [voucher(102)],
        DAYS[1]: [voucher(103, day=DAYS[1], net=20_000)],
        DAYS[2]: [voucher(104, day=DAYS[2])],
        DAYS[3]: [per_store],
    }


def lose_the_log(world: World, tmp_path: Path) -> World:
    fresh = World(sqlite_url(tmp_path / "fresh"), world.ledger, initialise=False)
    fresh.store = world.store
    return fresh


@pytest.mark.parametrize("with_extracts", [True, False])
def test_X11_rebuilt_from_the_ledger_nothing_is_posted_twice(tmp_path: Path, with_extracts: bool):
    world = World(sqlite_url(tmp_path))
    extracts = history(world)
    before, balances = world.in_ledger(), world.balances()
    fresh = lose_the_log(world, tmp_path)
    with pytest.raises(NotInitialised, match="frontline adopt"):
        fresh.run(voucher(102))

    done = adopt(
        fresh.log,
        fresh.ledger,
        "fjord",
        [profile(**fresh.store)],
        DAYS[0],
        DAYS[-1],
        who="anna",
        expected=(lambda _profile, day: extracts.get(day, [])) if with_extracts else None,
    )

    assert len(done.adopted) == len(before) == 7
    assert (done.conflicts, done.held, done.not_posted) == ((), (), ())
    outcomes = [outcome for day in DAYS for outcome in fresh.run(*extracts[day])]
    assert fresh.in_ledger() == before
    assert fresh.balances() == balances
    assert [each.state for each in outcomes[:3]] == [
        State.VERIFIED if with_extracts else State.POSTED,
        State.VERIFIED if with_extracts else State.POSTED,
        State.ROLLED_BACK,
    ]
    if with_extracts:
        assert outcomes[3].already
    else:
        # Which Z-reports a voucher per store holds is not in its key: held, never doubled.
        assert not outcomes[3].done
        assert "frontline adopt" in outcomes[3].message
    assert fresh.state("oslo/K1/Z103/r1") is State.REVERSED
    assert fresh.state("oslo/K1/Z103/r2") in (State.VERIFIED, State.POSTED)
    assert {a.state for a in fresh.read_back()} <= {State.VERIFIED}
    # Numbers go on where the ledger is.
    (new,) = fresh.run(voucher(107))
    assert new.transaction_no == 8


def test_X11_adopting_again_with_the_extracts_fills_in_what_was_missing(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    extracts = history(world)
    fresh = lose_the_log(world, tmp_path)

    def again(expected):
        profiles = [profile(**fresh.store)]
        return adopt(fresh.log, fresh.ledger, "fjord", profiles, DAYS[0], DAYS[-1], who="anna", expected=expected)

    again(None)
    done = again(lambda _profile, day: extracts.get(day, []))
    assert done.adopted == ()
    assert len(done.known) == 7
    assert fresh.run(*extracts[DAYS[3]])[0].already
    # The released day is posted once more, and no other.
    fresh.release(DAYS[2], DAYS[2])
    assert [each.reference for day in DAYS for each in fresh.run(*extracts[day]) if not each.already] == [
        "oslo/K1/Z104/r2"
    ]


def test_X11_drafts_cannot_be_read_so_they_wait_for_a_person(tmp_path: Path):
    world = World(sqlite_url(tmp_path))
    world.store = {"mode": "draft"}
    drafts = [voucher(102, mode=Mode.DRAFT), voucher(103, mode=Mode.DRAFT)]
    world.run(drafts[0])
    fresh = lose_the_log(world, tmp_path)
    expected = lambda _profile, day: drafts if day == DAY else []  # noqa: E731
    done = adopt(fresh.log, fresh.ledger, "fjord", [profile(mode="draft")], DAY, DAY, who="anna", expected=expected)
    assert [each.state for each in done.held] == [State.DISPUTED] * 2
    outcomes = fresh.run(*drafts)
    assert [each.state for each in outcomes] == [State.DISPUTED] * 2
    assert "a draft of Z 102 of register K1 may be out" in outcomes[0].message
    fresh.log.resolve("oslo/K1/Z102/r1", found=True, reason="among the drafts", who="anna")
    fresh.log.resolve("oslo/K1/Z103/r1", found=False, reason="not among the drafts", who="anna")
    assert [(each.state, each.already) for each in fresh.run(*drafts)] == [
        (State.DRAFTED, True),
        (State.DRAFTED, False),
    ]
    assert fresh.in_ledger() == ["oslo/K1/Z102/r1", "oslo/K1/Z103/r1"]


def test_X11_the_caller_may_know_that_no_draft_was_ever_sent(tmp_path: Path):
    fresh = World(sqlite_url(tmp_path), initialise=False)
    drafts = [voucher(102, mode=Mode.DRAFT)]
    done = adopt(
        fresh.log,
        fresh.ledger,
        "fjord",
        [profile(mode="draft")],
        DAY,
        DAY,
        who="anna",
        expected=lambda _profile, _day: drafts,
        hold_possible_drafts=False,
    )
    assert (done.held, done.not_posted) == ((), (("oslo", DAY),))
    fresh.store = {"mode": "draft"}
    assert fresh.run(*drafts)[0].state is State.DRAFTED
