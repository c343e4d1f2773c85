"""How many calls something made, and why, by operation: the difference of a session's counts.

Belongs here: counting from one moment on, over several companies.
Does not: count a call (session.py), keep the quota (governor.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from frontline_pipeline.office.session import OfficeSession

Calls = Mapping[tuple[str, str], int]
"""(why, operation) -> number; why is `session`, `lookup`, `number`, `save`, `read` or `attachment`."""


class CallMeter:
    """Counts what these sessions send from now on, logins included. Not for two runs at once in one process."""

    def __init__(self, sessions: Iterable[OfficeSession]) -> None:
        self._before = [(session, Counter(session.reasons)) for session in sessions]

    @property
    def calls(self) -> Calls:
        """Calls so far, by why and operation; what was not called is left out."""
        made: Counter[tuple[str, str]] = Counter()
        for session, before in self._before:
            made += session.reasons - before
        return made
