"""Actors on one virtual clock, one at a time, in an order that only the seed decides.

Belongs here: starting actors, letting them wait, what happens at a time of its own (timers), a process that dies.
Does not: know what an actor does. Nothing here sleeps: a clock that all wait on jumps to the next who is due.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from greenlet import getcurrent, greenlet

STAYS = 0.75
"""How likely the one who runs goes on, when others could."""
MOST_TURNS = 20_000
"""Turns of one seed after which it counts as never ending."""


class Crash(BaseException):
    """The process dies here. Not an Exception, so that no code of the pipeline can live on."""


class NeverEnds(AssertionError):
    """The actors go on for ever."""


@dataclass(eq=False)
class Actor:
    """One process (or person). `dead`: it died; whatever of it still unwinds has no effect any more."""

    name: str
    body: Callable[[], None]
    due: float
    dead: bool = False
    last_search: float = -1.0
    _greenlet: greenlet | None = field(default=None, repr=False)


class Scheduler:
    """The clock, in seconds since the seed began, and who is on it. Also the posting code's `Waiting`."""

    def __init__(self, rng: Random) -> None:
        self.now = 0.0
        self._rng = rng
        self._actors: list[Actor] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._hub = getcurrent()
        self._turns = 0
        self._count = 0
        self.current: Actor | None = None

    # Waiting (posting/lease.py)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """The running actor waits; outside of any actor the clock just moves."""
        actor = self.current
        if actor is None:
            self.advance(self.now + seconds)
            return
        actor.due = self.now + seconds
        self._hub.switch()

    def give_way(self, seconds: float) -> None:
        """A moment passes, in which others may act."""
        if self.current is None or len(self._actors) > 1:
            self.sleep(seconds)
        else:
            self.advance(self.now + seconds)

    # Actors and timers

    def start(self, name: str, body: Callable[[], None], delay: float = 0.0) -> Actor:
        """Put an actor on the clock; `run` lets it act."""
        self._count += 1
        actor = Actor(f"{name}-{self._count}", body, self.now + delay)
        self._actors.append(actor)
        return actor

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen at a time, whoever acts then."""
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, what))

    def run(self) -> None:
        """Until every actor has ended. Timers that are not due yet stay."""
        last: Actor | None = None
        while self._actors:
            self._turns += 1
            if self._turns > MOST_TURNS:
                raise NeverEnds(f"{len(self._actors)} actors go on after {MOST_TURNS} turns")
            due = [each for each in self._actors if each.due <= self.now]
            if not due:
                self.advance(min(each.due for each in self._actors))
                continue
            last = last if last in due and self._rng.random() < STAYS else self._rng.choice(due)
            self._resume(last)

    def advance(self, to: float) -> None:
        """Move the clock, and let pass what is due until then."""
        while self._timers and self._timers[0][0] <= to:
            when, _, what = heapq.heappop(self._timers)
            self.now = max(self.now, when)
            what()
        self.now = max(self.now, to)

    def _resume(self, actor: Actor) -> None:
        if actor._greenlet is None:
            actor._greenlet = greenlet(actor.body, self._hub)
        self.current = actor
        try:
            actor._greenlet.switch()
        finally:
            self.current = None
        if actor._greenlet.dead:
            self._actors.remove(actor)
