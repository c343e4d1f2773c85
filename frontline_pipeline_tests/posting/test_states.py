"""The state machine, walked whole."""

from __future__ import annotations

import pytest

from frontline_pipeline.posting.errors import IllegalTransition
from frontline_pipeline.posting.log import WORST_FIRST
from frontline_pipeline.posting.readback import judge
from frontline_pipeline.posting.states import (
    IN_LEDGER,
    PERSON_EVENTS,
    TRANSITIONS,
    UNDECIDED,
    Event,
    State,
    advance,
    holds_z_reports,
)


def test_every_state_and_event_is_either_in_the_table_or_refused():
    assert set(TRANSITIONS) == set(State)
    for state in State:
        for event in Event:
            if event in TRANSITIONS[state]:
                assert advance(state, event) is TRANSITIONS[state][event]
            else:
                with pytest.raises(IllegalTransition, match=str(state)):
                    advance(state, event)


def test_every_event_is_used():
    assert {event for steps in TRANSITIONS.values() for event in steps} == set(Event)


def test_every_state_is_reached_from_planned():
    assert _reachable(State.PLANNED, set(Event)) == set(State)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.SENDING, State.REVERSED)])
def test_from_every_state_a_person_has_a_way_on(state):
    """Retry, resolve, skip or reverse. `sending` becomes unknown under the next lease; after `reversed` comes a revision."""
    assert set(TRANSITIONS[state]) & PERSON_EVENTS


def test_a_crashed_sending_becomes_unknown_which_a_person_resolves():
    assert TRANSITIONS[State.SENDING][Event.LOST] is State.UNKNOWN
    assert set(TRANSITIONS[State.UNKNOWN]) >= {Event.FOUND_POSTED, Event.FOUND_DRAFT, Event.ABSENT, Event.SKIP}


@pytest.mark.parametrize("state", [s for s in State if s not in (State.REVERSED, State.ROLLED_BACK)])
def test_every_document_can_end_in_the_ledger_or_out_of_it_for_good(state):
    reached = _reachable(state, set(Event))
    assert reached & {State.REVERSED, State.SKIPPED}
    assert reached & IN_LEDGER or state in IN_LEDGER


@pytest.mark.parametrize("state", sorted(IN_LEDGER - {State.MISSING}))
def test_what_is_in_the_ledger_is_never_planned_again(state):
    """The tempting wrong clean-up: a way back from posted to planned is a way to a second voucher."""
    assert State.PLANNED not in TRANSITIONS[state].values()
    assert State.SENDING not in TRANSITIONS[state].values()


def test_only_a_planned_document_is_sent():
    assert [s for s in State if Event.INTENT in TRANSITIONS[s]] == [State.PLANNED]


def test_unknown_and_everything_in_the_ledger_hold_their_z_reports():
    for state in IN_LEDGER | UNDECIDED | {State.SKIPPED}:
        assert holds_z_reports(state, reached_ledger=False)
    assert not holds_z_reports(State.PLANNED, reached_ledger=False)
    assert holds_z_reports(State.PLANNED, reached_ledger=True)
    assert not holds_z_reports(State.REJECTED, reached_ledger=True)
    assert not holds_z_reports(State.REVERSED, reached_ledger=True)


def test_every_state_has_a_rank_and_a_judgement():
    assert sorted(WORST_FIRST) == sorted(State)
    assert [s for s in State if judge(s).passed] == [State.VERIFIED]
    assert {s for s in State if judge(s).severity == "warn"} == {
        State.POSTED,
        State.DRAFTED,
        State.SKIPPED,
        State.ROLLED_BACK,
        State.REVERSED,
    }


def _reachable(start: State, events: set[Event]) -> set[State]:
    seen, todo = {start}, [start]
    while todo:
        for event, after in TRANSITIONS[todo.pop()].items():
            if event in events and after not in seen:
                seen.add(after)
                todo.append(after)
    return seen
