"""The state machine of a document in the posting log.

Belongs here: states, events, the table of what may follow what, as pure data and one function.
Does not: decide which event happened (poster.py, readback.py, log.py) or store anything (documents.py).

The machine stands in TRANSITIONS; its diagram in docs/posting.md is rendered from that table (diagram.py). In words: what is
planned is sent once its intent is durable; what the ledger answered is known, all else is unknown until it was looked for;
what is in the ledger is judged by read-backs; a person can skip what is not (or no longer) there, reverse what is, and take
either back.
"""

from __future__ import annotations

from enum import StrEnum

from frontline_pipeline.posting.errors import IllegalTransition


class State(StrEnum):
    """Where a document stands. The values are stored in the posting log."""

    PLANNED = "planned"
    """Not in the ledger; may be sent. With a number when an intent was taken back."""
    SENDING = "sending"
    """The intent is durable, the answer is not known yet. Found under one's own lease it is the leftover of a crash."""
    POSTED = "posted"
    DRAFTED = "drafted"
    """Saved as draft (kladd). No operation lists drafts, so it cannot be read back until a person posts it."""
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    """May or may not be in the ledger. Looked for before anything else is done (recovery.py); a draft waits for a person."""
    DISPUTED = "disputed"
    """Something else than what was sent stands in the ledger under its reference or number, or looks like it. For a person."""
    VERIFIED = "verified"
    DRIFTED = "drifted"
    MISSING = "missing"
    DUPLICATED = "duplicated"
    REVERSED = "reversed"
    """Taken back in the ledger. The document is history; its Z-reports are free for the next revision."""
    ROLLED_BACK = "rolled_back"
    """Reversed in the ledger, and kept off automatic posting: holds its Z-reports until a person releases it."""
    SKIPPED = "skipped"
    """A person decided that this is not posted by the pipeline. Keeps its Z-reports until the skip is taken back."""


class Event(StrEnum):
    """What happened to a document."""

    INTENT = "intent"
    ACCEPTED_POSTED = "accepted_posted"
    ACCEPTED_DRAFT = "accepted_draft"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    LOST = "lost"
    """Time-out, reset, unreadable answer, or a crash between intent and answer."""
    ADOPTED = "adopted"
    """Found in the ledger, equal line by line: by a probe, a read-back or `frontline adopt`."""
    DIFFERS = "differs"
    """Found in the ledger under its reference or number, but not as it was sent."""
    FOUND_POSTED = "found_posted"
    FOUND_DRAFT = "found_draft"
    ABSENT = "absent"
    RETRY = "retry"
    READ_EQUAL = "read_equal"
    READ_DIFFERENT = "read_different"
    READ_ABSENT = "read_absent"
    READ_TWICE = "read_twice"
    REVERSE = "reverse"
    ROLL_BACK = "roll_back"
    RELEASE = "release"
    SKIP = "skip"
    RESUME = "resume"


PERSON_EVENTS = frozenset(
    {
        Event.FOUND_POSTED,
        Event.FOUND_DRAFT,
        Event.ABSENT,
        Event.RETRY,
        Event.REVERSE,
        Event.ROLL_BACK,
        Event.RELEASE,
        Event.SKIP,
        Event.RESUME,
    }
)
"""Ways on that a person has. Every state has one, but `sending` (a call under way, or a leftover that the next holder of
the lease makes unknown) and `reversed` (whose way on is a new revision)."""

_ANSWERS = {
    Event.ACCEPTED_POSTED: State.POSTED,
    Event.ACCEPTED_DRAFT: State.DRAFTED,
    Event.REJECTED: State.REJECTED,
}
_READINGS = {
    Event.READ_EQUAL: State.VERIFIED,
    Event.READ_DIFFERENT: State.DRIFTED,
    Event.READ_ABSENT: State.MISSING,
    Event.READ_TWICE: State.DUPLICATED,
}
_IN_LEDGER = {**_READINGS, Event.REVERSE: State.REVERSED, Event.ROLL_BACK: State.ROLLED_BACK}
_SURFACED = {
    # A request that was thought lost landed after all.
    Event.ADOPTED: State.POSTED,
    Event.DIFFERS: State.DISPUTED,
    Event.READ_TWICE: State.DUPLICATED,
}
_SEEN = {Event.FOUND_POSTED: State.POSTED, Event.FOUND_DRAFT: State.DRAFTED, Event.ABSENT: State.PLANNED}

TRANSITIONS: dict[State, dict[Event, State]] = {
    State.PLANNED: {
        Event.INTENT: State.SENDING,
        Event.RETRY: State.PLANNED,
        Event.SKIP: State.SKIPPED,
        # A worker whose lease was stolen can still get its answer, after a person has said "absent".
        Event.ACCEPTED_POSTED: State.POSTED,
        Event.ACCEPTED_DRAFT: State.DRAFTED,
        **_SURFACED,
    },
    # No step for a person here: a call is under way, or the next holder of the lease makes it unknown.
    State.SENDING: {**_ANSWERS, Event.NOT_SENT: State.PLANNED, Event.LOST: State.UNKNOWN},
    State.UNKNOWN: {
        # The same late answer, while nobody has resolved the document yet.
        **_ANSWERS,
        Event.NOT_SENT: State.PLANNED,
        **_SURFACED,
        **_SEEN,
        Event.RETRY: State.UNKNOWN,
        Event.SKIP: State.SKIPPED,
    },
    State.DISPUTED: {**_SURFACED, **_SEEN, Event.RETRY: State.DISPUTED, Event.SKIP: State.SKIPPED},
    State.POSTED: _IN_LEDGER,
    State.VERIFIED: _IN_LEDGER,
    State.DRIFTED: _IN_LEDGER,
    State.DUPLICATED: _IN_LEDGER,
    # Deleted in the ledger: never recreated by itself, but a person may want it again, or want it gone.
    State.MISSING: {**_IN_LEDGER, Event.RETRY: State.PLANNED, Event.SKIP: State.SKIPPED},
    State.DRAFTED: {
        Event.READ_EQUAL: State.VERIFIED,
        Event.READ_DIFFERENT: State.DRIFTED,
        Event.READ_TWICE: State.DUPLICATED,
        Event.SKIP: State.SKIPPED,
        # A person has deleted the draft, or posted it and reversed it.
        Event.ABSENT: State.REVERSED,
        Event.REVERSE: State.REVERSED,
    },
    State.REJECTED: {Event.RETRY: State.PLANNED, Event.SKIP: State.SKIPPED, **_SURFACED},
    State.SKIPPED: {Event.RESUME: State.PLANNED, Event.DIFFERS: State.DISPUTED, Event.READ_TWICE: State.DUPLICATED},
    State.ROLLED_BACK: {Event.RELEASE: State.REVERSED},
    State.REVERSED: {},
}
"""The whole machine. What is not here is a fault."""

IN_LEDGER = frozenset({State.POSTED, State.VERIFIED, State.DRIFTED, State.MISSING, State.DUPLICATED, State.DRAFTED})
"""States of a document whose saving the ledger has confirmed."""
READABLE = IN_LEDGER - {State.DRAFTED}
"""States that a read-back of posted lines can judge."""
UNDECIDED = frozenset({State.SENDING, State.UNKNOWN})


def advance(state: State, event: Event) -> State:
    """The state after `event`. Raises IllegalTransition when the table has no such step."""
    after = TRANSITIONS[state].get(event)
    if after is None:
        raise IllegalTransition(
            f"a document that is {state} cannot take the step {event!s}",
            kind="illegal_transition",
            next_step="`frontline preview --store ... --day ...` shows where it stands now",
        )
    return after


def holds_z_reports(state: State, *, reached_ledger: bool) -> bool:
    """Whether a document in `state` keeps its Z-reports from every other document.

    `reached_ledger`: a request of it may have reached the ledger. A planned document that was never sent holds nothing;
    one that a person declared absent does, since the first request may yet land.
    """
    if state is State.PLANNED:
        return reached_ledger
    return state not in (State.REJECTED, State.REVERSED)
