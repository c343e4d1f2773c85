"""Circumstances of the whole stand-in that a test may set: a search that lags, a quota per address.

Belongs here: their state, safe for threads.
Does not: faults of single calls (faults.py), the endpoint that sets them (control.py).
"""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections.abc import Callable, Mapping

from frontline_pipeline.sandbox.wire import SoapFault


def quarantine_text(calls: int, ends: dt.datetime) -> str:
    """The words of the real service for too many calls (API.md, section 2); the form of the time is a guess."""
    return f"Limit exceeded by {calls}. Quarantine ends at {ends:%Y-%m-%d %H:%M:%S}"


class AddressQuota:
    """At most `calls` per address and window, as the real service counts them (API.md, section 2). Off at first.

    Windows are aligned to the clock, like its hours. The call over the limit and all that follow until the window ends
    are refused by the quarantine text, before any effect; every answer says what is left and when it is renewed, in UTC.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._window = 3600.0
        self._used: dict[str, tuple[float, int]] = {}

    def set(self, calls: int, window_seconds: float) -> None:
        """Limit every address to `calls` per window from now on; 0 takes the limit away. Raises ValueError."""
        if calls < 0 or not 0 < window_seconds <= 86_400:
            raise ValueError("calls must be 0 or more, window_seconds above 0 and at most 86400")
        with self._lock:
            self._calls, self._window = calls, window_seconds
            self._used.clear()

    def take(self, address: str) -> tuple[SoapFault | None, Mapping[str, str]]:
        """Count one call of an address: the refusal where it is over the limit, and the headers of its answer."""
        with self._lock:
            if not self._calls:
                return None, {}
            now = self._clock()
            start = math.floor(now / self._window) * self._window
            before, used = self._used.get(address, (start, 0))
            used = 1 if before != start else used + 1
            self._used[address] = (start, used)
            # Whole seconds, rounded up: who waits until the time told must not be early.
            ends = dt.datetime.fromtimestamp(math.ceil(start + self._window), dt.UTC)
            left, until = self._calls - used, f"{ends:%Y-%m-%d %H:%M:%S}"
            refusal = None if left >= 0 else SoapFault("Server", quarantine_text(-left, ends))
            return refusal, {"APILimitRemaining": str(max(left, 0)), "APILimitReset": until}

    def as_dict(self) -> dict[str, object]:
        """The limit and what each address has used."""
        with self._lock:
            used = {address: count for address, (_, count) in sorted(self._used.items())}
            return {"calls": self._calls, "window_seconds": self._window, "used": used}


class Conditions:
    """What can be set for all calls; `lag_seconds`: GetTransactions does not see what was saved less long ago."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.quota = AddressQuota(clock)
        self._lag = 0.0

    @property
    def lag_seconds(self) -> float:
        """How far the search lags behind what is saved, in seconds; 0 = not at all."""
        return self._lag

    def set_lag(self, seconds: float) -> None:
        """Let the search lag. Raises ValueError for a negative time or more than a day."""
        if not 0 <= seconds <= 86_400:
            raise ValueError("seconds must be 0 to 86400")
        self._lag = seconds
