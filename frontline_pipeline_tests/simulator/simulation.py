"""One seed: its story told with the real posting code, faults on the way, recovery, and the promises judged all along.

Belongs here: a seed from its first step to its result.
Does not: draw (plan.py), say what a step does (steps.py) or how it ends (ending.py), judge (promises.py), run many (campaign.py).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from frontline_pipeline_tests.simulator.ending import Ending
from frontline_pipeline_tests.simulator.memory import Reset
from frontline_pipeline_tests.simulator.plan import TTL, Step, draw
from frontline_pipeline_tests.simulator.scheduler import NeverEnds
from frontline_pipeline_tests.simulator.steps import STEPS


@dataclass(frozen=True)
class Result:
    """What came of a seed. `trace` tells it in order, `covered` counts kill-point and fault, `steps` what was done."""

    seed: int
    profile: str
    violations: tuple[str, ...]
    trace: tuple[str, ...]
    covered: Counter[tuple[str, str]]
    steps: int


class Simulation(Ending):
    """The world of one seed, told from beginning to end. Use once."""

    def run(self) -> Result:
        """Tell the story, let it recover, and judge."""
        self._reset()
        try:
            self._looking.initialise("seed")
            for number, step in enumerate(self.plan.steps):
                if number == self.plan.aimed:
                    self._go_wild()
                self._step(step)
                if self.promises.violations:
                    break
            else:
                self._recover()
        except NeverEnds as endless:
            self.promises.violated("it ends", str(endless))
        return Result(
            self.plan.seed,
            self.plan.profile,
            tuple(self.promises.violations),
            tuple(self.trace),
            self.covered,
            self._steps,
        )

    def _step(self, step: Step) -> None:
        self._scripted = list(step.faults)
        self._disturbed = self._died = False
        self.tell(f"--- {step}")
        done = STEPS[step.what](self, step)
        self.scheduler.run()
        self._steps += 1
        clean = step.what == "sweep" and not self._disturbed and self._all_shows() and bool(done and done())
        self.promises.after_step(self._documents(), clean)
        pause = TTL + 60.0 if self._died and self._rng.random() < 0.8 else self._rng.choice((1.0, 10.0, 90.0))
        self.scheduler.sleep(pause)

    def _all_shows(self) -> bool:
        lag = max(self.plan.traits.lag, 600.0 if self.scheduler.now < self.books.lag_until else 0.0) + 30.0
        return all(each.stored_at + lag <= self.scheduler.now for each in self.books.entries)


def simulate(seed: int, engine: sa.Engine, reset: Reset) -> Result:
    """One seed on an engine whose log `reset` empties."""
    return Simulation(draw(seed), engine, reset).run()
