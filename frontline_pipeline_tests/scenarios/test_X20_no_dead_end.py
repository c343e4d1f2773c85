"""X20: whatever failed, a person can retry it, skip it with a reason, or reverse it; every state is walked in a real log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.errors import NotResolvable
from frontline_pipeline.posting.states import TRANSITIONS, Event, State
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, expire_leases, voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

KEY = "oslo/K1/Z102/r1"


def planned(world: World) -> None:
    world.ledger.faults = ["not_sent"]
    world.run(voucher())


def sending(world: World) -> None:
    world.crash(voucher(), fault="crash_after")
    expire_leases(world.log)


def posted(world: World) -> None:
    world.run(voucher())


def drafted(world: World) -> None:
    world.run(voucher(mode=Mode.DRAFT))


def rejected(world: World) -> None:
    world.ledger.faults = ["rejected"]
    world.run(voucher())


def unknown(world: World) -> None:
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())


def disputed(world: World) -> None:
    world.ledger.faults = ["unknown_after"]
    world.run(voucher())
    lines = world.ledger.vouchers[0].lines
    world.ledger.change(0, lines=(replace(lines[0], account=1900), *lines[1:]))
    world.run(voucher())


def verified(world: World) -> None:
    world.run(voucher())
    world.read_back()


def drifted(world: World) -> None:
    world.run(voucher())
    lines = world.ledger.vouchers[0].lines
    world.ledger.change(0, lines=(replace(lines[0], account=1900), *lines[1:]))
    world.read_back()


def missing(world: World) -> None:
    world.run(voucher())
    world.ledger.delete(0)
    world.read_back()


def duplicated(world: World) -> None:
    world.run(voucher())
    world.ledger.add(replace(world.ledger.vouchers[0], transaction_no=9))
    world.read_back()


def rolled_back(world: World) -> None:
    world.run(voucher())
    world.roll_back()


def skipped(world: World) -> None:
    rejected(world)
    world.log.skip(KEY, reason="booked by hand", who="anna")


def reversed_(world: World) -> None:
    rolled_back(world)
    world.release()


INTO = {
    State.PLANNED: planned,
    State.SENDING: sending,
    State.POSTED: posted,
    State.DRAFTED: drafted,
    State.REJECTED: rejected,
    State.UNKNOWN: unknown,
    State.DISPUTED: disputed,
    State.VERIFIED: verified,
    State.DRIFTED: drifted,
    State.MISSING: missing,
    State.DUPLICATED: duplicated,
    State.ROLLED_BACK: rolled_back,
    State.SKIPPED: skipped,
    State.REVERSED: reversed_,
}


def skip(world: World) -> None:
    world.log.skip(KEY, reason="booked by hand", who="anna")


def found(world: World) -> None:
    world.log.resolve(KEY, found=True, reason="seen there", who="anna")


def absent(world: World) -> None:
    world.log.resolve(KEY, found=False, reason="looked, not there", who="anna")


def retry(world: World) -> None:
    world.log.retry(KEY, reason="mended", who="anna")


def by_hand(world: World) -> None:
    world.log.reverse(KEY, reason="reversed there", who="anna")


def fixed(world: World) -> None:
    assert world.correct(voucher(net=20_000))[0].done


Say = Callable[[World], object]
WAYS: dict[State, dict[str, Say]] = {
    State.PLANNED: {"retry": retry, "skip": skip},
    State.SENDING: {
        "found": found,
        "absent": absent,
        "skip": skip,
    },
    State.POSTED: {
        "correct": fixed,
        "roll back": lambda w: w.roll_back(),
        "by hand": by_hand,
    },
    State.DRAFTED: {"by hand": by_hand, "absent": absent, "skip": skip},
    State.REJECTED: {"retry": retry, "skip": skip},
    State.UNKNOWN: {
        "retry": retry,
        "found": found,
        "absent": absent,
        "skip": skip,
    },
    State.DISPUTED: {
        "retry": retry,
        "found": found,
        "absent": absent,
        "skip": skip,
    },
    State.VERIFIED: {
        "correct": fixed,
        "roll back": lambda w: w.roll_back(),
        "by hand": by_hand,
    },
    State.DRIFTED: {"by hand": by_hand},
    State.MISSING: {
        "retry": retry,
        "skip": skip,
        "by hand": by_hand,
    },
    State.DUPLICATED: {"by hand": by_hand},
    State.ROLLED_BACK: {"release": lambda w: w.release()},
    State.SKIPPED: {"resume": lambda w: w.log.resume(KEY, reason="not booked after all", who="anna")},
    State.REVERSED: {"next revision": lambda w: w.run(voucher())},
}


def test_X20_every_state_is_reached_and_has_a_way_on():
    assert set(INTO) == set(WAYS) == set(State)


@pytest.mark.parametrize(("state", "way"), [(state, way) for state in State for way in WAYS[state]], ids=str)
def test_X20_the_way_leads_on_and_the_history_says_who_and_why(tmp_path: Path, state: State, way: str):
    world = World(sqlite_url(tmp_path), FakeLedger())
    INTO[state](world)
    assert world.state(KEY) is state
    before = world.history(KEY)
    WAYS[state][way](world)
    after = world.history(KEY)
    if way == "next revision":
        assert world.state("oslo/K1/Z102/r2") is State.POSTED
        return
    assert len(after) > len(before)
    assert after[-1].endswith("(anna)")
    # Whatever was said, an ordinary run says something sensible afterwards, and nothing is doubled by it.
    (outcome,) = world.run(voucher(net=20_000) if way == "correct" else voucher())
    assert outcome.message
    assert world.in_ledger().count(KEY) <= (2 if state is State.DUPLICATED else 1)


WORDS = {"retry": Event.RETRY, "skip": Event.SKIP, "resume": Event.RESUME, "reverse": Event.REVERSE}


@pytest.mark.parametrize("state", State)
def test_X20_a_word_without_meaning_says_what_to_do_instead(tmp_path: Path, state: State):
    world = World(sqlite_url(tmp_path))
    INTO[state](world)
    for word, event in WORDS.items():
        # What was found sending is unknown first.
        if event in TRANSITIONS[State.UNKNOWN if state is State.SENDING else state]:
            continue
        with pytest.raises(NotResolvable, match=f"is {state}: {word} means nothing there") as refused:
            getattr(world.log, word)(KEY, reason="because", who="anna")
        assert refused.value.next_step
        with pytest.raises(NotResolvable, match="gives a reason"):
            getattr(world.log, word)(KEY, reason=" ", who="anna")
        with pytest.raises(NotResolvable, match="no document"):
            getattr(world.log, word)("oslo/K9/Z1", reason="because", who="anna")
    assert world.state(KEY) is state
