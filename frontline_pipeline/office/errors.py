"""How a call to 24SevenOffice can fail, told apart by what may have happened in the ledger.

Belongs here: the taxonomy, and the cleaning of foreign text before it becomes part of a message.
Does not: classify answers (wire.py, ledger.py) or decide what is done about them (posting/).

The question each class answers is "may this be repeated?":

* `NotSent` - the ledger is known to be untouched; repeat freely (`ReadFailed`: it was only a question).
* `Rejected` - the ledger refused; repeating the same thing gives the same answer. The message says what to mend.
* `Unknown` - the effect may or may not be there. Never repeat; find out first, or hold for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_FOREIGN_TEXT = 300
"""Longest piece of the server's own words that a message quotes, in characters."""

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_E_MAIL = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+\.[^\s<>\"'(),;:]+")

# What ASP.NET session ids look like: one that we do not know yet could stand in the fault of a login.
_SESSION_ID = re.compile(r"\b(?=[a-z]*[0-9])[a-z0-9]{24}\b")


class OfficeError(Exception):
    """Base of all failures of a call to 24SevenOffice.

    `kind` is a short machine-readable word, stable enough to store and to branch on. Messages and attributes never hold
    credentials, session ids, cookies or message bodies; no other exception is chained, since those of the HTTP
    library carry the whole request.
    """

    def __init__(self, message: str, *, kind: str, operation: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.operation = operation

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kind={self.kind!r}, operation={self.operation!r}, {str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling of exceptions.
        return (_rebuild, (type(self), str(self), self.kind, self.operation))


def _rebuild(cls: type[OfficeError], message: str, kind: str, operation: str) -> OfficeError:
    return cls(message, kind=kind, operation=operation)


class NotSent(OfficeError):  # the words of the design, as the log and the people use them
    """Known not to have happened: nothing reached the service, or it refused before doing anything. Safe to repeat."""


class ReadFailed(NotSent):
    """A question whose answer was lost or unreadable. Nothing was changed, so it is safe to repeat."""


class Rejected(OfficeError):  # the words of the design, as the log and the people use them
    """A final refusal. The message says what to mend; the same call again gets the same answer.

    Kinds: `duplicate` (DuplicateData, DataAlreadySaved), `not_saved`, `exception`, `fault` (the service could not read
    the message), `http` (4xx), `login` (credentials), `identity` (identity blocked), `not_authenticated` (refused even
    after a new login), `credentials` (not configured), `voucher` and `attachment` (refused by our own checks), `series` (no
    number).
    """


class Unknown(OfficeError):  # the words of the design, as the log and the people use them
    """The effect may have happened: time-out, reset after sending, 5xx, unreadable or empty answer to a write."""


class NotAuthenticated(OfficeError):  # the words of the design, as the log and the people use them
    """The session is not valid. Internal: answered by one new login, after which it becomes `Rejected`."""


def foreign_text(text: str | None, secrets: Iterable[str] = ()) -> str:
    """The server's own words, made fit for a message: secrets and personal addresses masked, one line, bounded length.

    `secrets` are the values that must not appear; longer ones are masked first, so that none survives in part.
    """
    cleaned = text or ""
    for secret in sorted({value for value in secrets if value}, key=len, reverse=True):
        cleaned = re.sub(re.escape(secret), "***", cleaned, flags=re.IGNORECASE)
    cleaned = _E_MAIL.sub("***", _SESSION_ID.sub("***", _BLANK.sub(" ", cleaned))).strip()
    if len(cleaned) > MAX_FOREIGN_TEXT:
        cleaned = cleaned[: MAX_FOREIGN_TEXT - 3].rstrip() + "..."
    return cleaned or "(no text)"
