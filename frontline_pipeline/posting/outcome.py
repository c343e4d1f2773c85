"""What came of a voucher, in a word, a sentence and a number.

Belongs here: Outcome and the words for being held before anything is sent.
Does not: states of documents (states.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.posting.states import IN_LEDGER, State


class Hold(StrEnum):
    """Why a voucher was not sent, when it is not the document's own state that says so."""

    CHANGED = "changed"
    """The Z-report is posted with other content. Nothing posted is edited; a correction is a person's decision."""
    CONFLICT = "conflict"
    """A Z-report of it is in another document, e.g. of the other granularity. Documents out keep theirs."""
    WAITING = "waiting"
    """Another document of the number series has an unknown outcome; no new number is taken until it is resolved."""
    NOT_SENT = "not_sent"
    """Known not to have happened; run again."""
    REFUSED = "refused"
    """A check before sending failed, or the login; settings or ledger must be mended."""
    SETTLING = "settling"
    """Looked for and not found, too soon after its sending for that to count; run again."""
    EXHAUSTED = "exhausted"
    """Sent as often as `posting.attempts` allows; a person mends what stops it, then `frontline retry`."""
    UNPROVEN = "unproven"
    """The voucher does not stand the proof that is repeated right before sending."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one voucher.

    `state` is the document's state, or a Hold. `already`: it was in the ledger before and nothing was written. `calls`:
    calls to the ledger made for it (a login not counted). `warnings`: what went wrong beside it, e.g. a document that could
    not be attached.
    """

    document_key: str
    reference: str
    revision: int
    state: State | Hold
    transaction_no: int | None
    mode: Mode
    already: bool
    message: str
    calls: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether the ledger has it (posted or drafted, now or before)."""
        return self.state in IN_LEDGER

    @property
    def may_repeat(self) -> bool:
        """Whether running again may help without anyone mending anything."""
        return self.state in (Hold.NOT_SENT, Hold.SETTLING)
