"""The quota of calls, kept by all processes of one machine together (API.md section 2: 7200 an hour per address).

Belongs here: counting calls in a shared file, waiting for room, and what the service says of its limit.
Does not: send anything (session.py calls `reserve` before each call), repeat a call that was refused (posting/).

One file per service and state directory holds the times of the last calls as a ring. A call takes its place under a file
lock before it is sent; who has to wait lets go of the lock first. Another integration behind the same address is not
seen here, but in what the service says: calls left, and the quarantine.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

from frontline_pipeline.office.errors import NotSent

log = logging.getLogger(__name__)

CALLS_PER_HOUR = 6000
MOST_CALLS_PER_HOUR = 7200
"""The service's own limit; nothing above it is accepted as a ceiling."""

WINDOW_SECONDS = 3660.0
"""An hour, and a minute for the way of a call: the service counts it when it arrives, this file when it is about to leave."""

MAX_WAIT_SECONDS = 20.0
"""How long a call waits for room by default. Short, because the writer of a company waits while it holds the lease."""

_LOCK_WAIT_SECONDS = 10.0
_LOCK_POLL_SECONDS = 0.002
# A clock that was set back by more than this is taken as a new clock; less is the wobble of a time service.
_CLOCK_WOBBLE_SECONDS = 5.0
_HOUR = 3600.0
_LONGEST_QUARANTINE = 24 * _HOUR

_MAGIC = b"frontln1"
_HEAD = struct.Struct("<8sQddqd")
_TIME = struct.Struct("<d")
_SIZE = _HEAD.size + MOST_CALLS_PER_HOUR * _TIME.size

_QUARANTINE_END = re.compile(r"quarantine\s+ends\s+(?:at|on|in)?\s*:?\s*(?P<when>[^()<>;]+)", re.IGNORECASE)
_FORMS = ("%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S")


class Governor(Protocol):
    """What a session asks before and tells after each call."""

    def reserve(self, operation: str) -> None:
        """Take a place for one call, or raise NotSent (kind `limit`)."""

    def note(self, remaining: int | None, resets_at: str | None) -> None:
        """What an answer said of the limit. Never raises: the call has been made, and its outcome counts."""

    def refused(self, words: str, retry_after: str | None) -> None:
        """The service refused a call because of its limit. Never raises."""


@dataclass(slots=True)
class _State:
    """The head of the file. Times are Unix seconds; `remaining` is -1 when the service said nothing that still holds."""

    made: int = 0
    last: float = 0.0
    closed_until: float = 0.0
    remaining: int = -1
    resets_at: float = 0.0


class CallGovernor:
    """Keeps all calls from this machine to one service below a ceiling, over a sliding hour.

    `calls_per_hour`: the ceiling of all processes together, 1 to 7200. `max_wait_seconds`: how long `reserve` may wait.
    `clock` gives Unix seconds, which all processes share; a clock set back never opens the window early, one set forward may.
    """

    def __init__(
        self,
        path: Path,
        calls_per_hour: int = CALLS_PER_HOUR,
        *,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not 1 <= calls_per_hour <= MOST_CALLS_PER_HOUR:
            raise ValueError(f"calls_per_hour must be 1 to {MOST_CALLS_PER_HOUR} (got {calls_per_hour})")
        self.path = path
        self.calls_per_hour = calls_per_hour
        self.waited_seconds = 0.0
        self._max_wait = max_wait_seconds
        self._clock = clock
        self._sleep = sleep

    @classmethod
    def for_service(
        cls,
        state_dir: Path,
        api_url: str,
        calls_per_hour: int = CALLS_PER_HOUR,
        *,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
    ) -> Self:
        """The governor of the service at `api_url`: all companies that call it share one file, a sandbox has its own."""
        name = re.sub(r"[^a-z0-9.-]+", "_", urlsplit(api_url).netloc.lower())
        return cls(state_dir / "quota" / f"{name}.calls", calls_per_hour, max_wait_seconds=max_wait_seconds)

    def reserve(self, operation: str) -> None:
        """Take a place for one call that is about to be sent; waits up to `max_wait_seconds` for one.

        Raises NotSent: kind `limit` says until when there is no room, `quota_file` that the file cannot be used.
        """
        begun = self._clock()
        while True:
            now, free_at, why = self._attempt()
            if why is None:
                return
            if free_at > begun + self._max_wait:
                until = datetime.fromtimestamp(free_at, UTC)
                raise NotSent(
                    f"{operation}: not sent, since there is no room before {until:%Y-%m-%d %H:%M:%S} UTC ({why}); "
                    "run again after that",
                    kind="limit",
                    operation=operation,
                )
            pause = max(free_at - now, 0.001)
            self._sleep(pause)
            self.waited_seconds += pause

    def note(self, remaining: int | None, resets_at: str | None) -> None:
        """What an answer said: calls left until a time (UTC). At none left, nobody calls before that time.

        Without a readable time the limit is taken to be renewed with the next full hour, as the FAQ says.
        """
        if remaining is None:
            return
        told, left = _moment(resets_at or ""), min(remaining, MOST_CALLS_PER_HOUR)

        def change(now: float, state: _State) -> None:
            renewed = told if told is not None else _next_hour(now)
            same_period = state.remaining >= 0 and abs(renewed - state.resets_at) < 1 and now < state.resets_at
            # Answers of several processes cross: within one period the lowest is the truth.
            state.remaining = min(left, state.remaining) if same_period else left
            state.resets_at = min(renewed, now + _LONGEST_QUARANTINE)

        self._tell(change)

    def refused(self, words: str, retry_after: str | None) -> None:
        """The service refused a call: nobody calls before its quarantine ends (`words`), or as long as Retry-After says.

        A time without a zone is UTC, as all times of the service are said to be. When neither can be read, or the end
        has passed already, it is the next full hour (FAQ: wait for the next hour).
        """
        found = _QUARANTINE_END.search(words)

        def change(now: float, state: _State) -> None:
            ends = _moment(found["when"]) if found else _retry_after(retry_after, now)
            if ends is None or ends <= now:
                ends = _next_hour(now)
            state.closed_until = max(state.closed_until, min(ends, now + _LONGEST_QUARANTINE))

        self._tell(change)

    def _attempt(self) -> tuple[float, float, str | None]:
        """`_take`, with a file that cannot be used as NotSent: without a count nothing may be sent."""
        try:
            return self._take()
        except OSError as error:
            reason = error.strerror or type(error).__name__
        # Raised here and not where it was caught, so that no other exception hangs on it.
        raise NotSent(
            f"{self.path} cannot be used ({reason}); nothing was sent, make it writable for this user and run again",
            kind="quota_file",
        )

    def _take(self) -> tuple[float, float, str | None]:
        """Take a place when there is one. Now, the time at which there may be one, and why not now (None = taken)."""
        with self._locked() as file:
            now, state = self._read(file)
            free_at, why = self._free_at(file, state, now)
            if free_at > now:
                return now, free_at, why
            slot = _HEAD.size + state.made % MOST_CALLS_PER_HOUR * _TIME.size
            state.last = max(now, state.last)
            # The slot before the head: a process that dies between the two has lost a place and not a call.
            os.pwrite(file, _TIME.pack(state.last), slot)
            state.made += 1
            if state.remaining > 0 and now < state.resets_at:
                state.remaining -= 1
            _write(file, state)
            return now, now, None

    def _free_at(self, file: int, state: _State, now: float) -> tuple[float, str]:
        """The earliest time for the next call, and what stands in its way."""
        reasons = [(state.closed_until, "24SevenOffice has this address in quarantine")]
        if state.remaining == 0:
            reasons.append((state.resets_at, "24SevenOffice said that no call is left"))
        if state.made >= self.calls_per_hour:
            slot = (state.made - self.calls_per_hour) % MOST_CALLS_PER_HOUR
            oldest = _time_at(file, slot)
            reasons.append((oldest + WINDOW_SECONDS, f"posting.calls_per_hour: {self.calls_per_hour}, all are used"))
        return max(reasons)

    def _read(self, file: int) -> tuple[float, _State]:
        """Now and the state, with the times of a clock that ran ahead taken back to now."""
        now = self._clock()
        state = _State(*_HEAD.unpack(os.pread(file, _HEAD.size, 0))[1:])
        if state.last > now + _CLOCK_WOBBLE_SECONDS:
            for slot in range(min(state.made, MOST_CALLS_PER_HOUR)):
                if _time_at(file, slot) > now:
                    os.pwrite(file, _TIME.pack(now), _HEAD.size + slot * _TIME.size)
            state.last = now
        return now, state

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The open file under its lock. Raises OSError when it cannot be used, NotSent when the lock is not to be had."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            self._lock(file)
            if os.fstat(file).st_size != _SIZE or os.pread(file, len(_MAGIC), 0) != _MAGIC:
                # New, or not ours to read: an empty count. The service's own answers still hold us back.
                os.ftruncate(file, 0)
                os.ftruncate(file, _SIZE)
                _write(file, _State())
            yield file
        finally:
            os.close(file)

    def _tell(self, change: Callable[[float, _State], None]) -> None:
        """Change the state by what was told after a call; a failure here must not look like one of the call."""
        try:
            with self._locked() as file:
                now, state = self._read(file)
                change(now, state)
                _write(file, state)
        except (NotSent, OSError) as error:
            log.warning(
                "%s: what the service said of its limit could not be kept (%s)", self.path, type(error).__name__
            )

    def _lock(self, file: int) -> None:
        deadline = time.monotonic() + _LOCK_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    break
                time.sleep(_LOCK_POLL_SECONDS)
            else:
                return
        raise NotSent(
            f"another process held the lock on {self.path} for {_LOCK_WAIT_SECONDS:g} s; nothing was sent, run again",
            kind="lock",
        )


def _write(file: int, state: _State) -> None:
    head = _HEAD.pack(_MAGIC, state.made, state.last, state.closed_until, state.remaining, state.resets_at)
    os.pwrite(file, head, 0)


def _time_at(file: int, slot: int) -> float:
    (found,) = _TIME.unpack(os.pread(file, _TIME.size, _HEAD.size + slot * _TIME.size))
    return float(found)


def _next_hour(now: float) -> float:
    return now - now % _HOUR + _HOUR


def _retry_after(value: str | None, now: float) -> float | None:
    """Retry-After as Unix seconds: a number of seconds, or a date."""
    text = (value or "").strip()
    return now + int(text) if text.isdecimal() and len(text) < 10 else _moment(text)


def _in_form(form: str, text: str) -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _moment(text: str) -> float | None:
    """A time as the service may write it, in Unix seconds; without a zone it is UTC. None when it cannot be read."""
    cleaned = re.sub(r"\s*\(?(UTC|GMT)\)?\s*\.?$", "", text.strip().rstrip("."), flags=re.IGNORECASE).strip()
    readers: list[Callable[[str], datetime]] = [datetime.fromisoformat, parsedate_to_datetime]
    readers += [partial(_in_form, form) for form in _FORMS]
    for read in readers:
        try:
            found = read(cleaned)
            return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
