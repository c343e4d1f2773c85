"""Why the posting room refuses or stops, told apart by what a person must do.

Belongs here: the exceptions of this room; each message says what to do next.
Does not: failures of a call to the ledger (office/errors.py), of which `LeaseBusy` and `FencedOut` are the `NotSent` kind.
"""

from __future__ import annotations

from frontline_pipeline.office.errors import NotSent


class PostingError(Exception):
    """Base of this room's own refusals. `kind` is a short, stable word; `next_step` is what a person does about it."""

    def __init__(self, message: str, *, kind: str, next_step: str) -> None:
        super().__init__(f"{message}; {next_step}")
        self.message = message
        self.kind = kind
        self.next_step = next_step

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling of exceptions.
        return (_rebuild, (type(self), self.message, self.kind, self.next_step))


def _rebuild(cls: type[PostingError], message: str, kind: str, next_step: str) -> PostingError:
    return cls(message, kind=kind, next_step=next_step)


class NotInitialised(PostingError):  # the words of the design
    """The posting log is new. A lost log looks the same, and drafts cannot be read back, so nothing is sent until a person
    says which of the two it is."""


class LogUnusable(PostingError):  # the words of the design
    """The database cannot serve as a posting log: a wrong URL, a newer schema, not reachable."""


class LogInUse(PostingError):  # the words of the design
    """`frontline init --fresh` on a log that already holds documents."""


class Refused(PostingError):  # the words of the design
    """A check before the first write failed: the ledger or the settings must be mended, nothing was sent."""


class NotResolvable(PostingError):  # the words of the design
    """A person's word (resolve, retry, skip, resume, reverse, release) about a document that does not exist, or that stands
    where that word has no meaning."""


class IllegalTransition(PostingError):  # the words of the design
    """The state machine has no such step. A fault of the pipeline, or two persons acting on one document at once."""


class LeaseBusy(NotSent):
    """Another writer held the company's lease for longer than the wait allows. Nothing was sent; run again."""


class FencedOut(NotSent):
    """The lease went to another writer before the intent was written. Nothing was sent for this intent; run again."""
