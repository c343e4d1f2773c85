"""What a seed does: the ledger's traits, the settings, the steps of the story, and which faults wait at which kill-points.

Belongs here: everything that is drawn before the story begins, so that a seed is its plan; the recipes that lead to rare points.
Does not: run anything (simulation.py).

Seed N has its target, pair N of all pairs in a fixed order, and two more at random. So any thousand seeds in a row aim at every
pair more than once, whatever the number they begin with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline_tests.simulator import points
from frontline_pipeline_tests.simulator.books import Traits

SETTLE = 60
TTL = 240
STRIDE = 389
"""Neighbouring seeds aim at points far apart."""

NEVER = (-1.0,)
LANDINGS = (5.0, 45.0, 90.0, 200.0, 2000.0, -1.0)

Pair = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """One thing that is done. `faults` strike in this step, each where it is passed first; `z` = which Z-reports, by what it does."""

    what: str
    z: tuple[int, ...] = ()
    number: float = 0.0
    faults: tuple[Pair, ...] = ()

    def __str__(self) -> str:
        words = [self.what, *map(str, self.z)]
        if self.number:
            words.append(f"{self.number:g}")
        return " ".join(words) + "".join(f" [{point} ~ {fault}]" for point, fault in self.faults)


@dataclass
class Arm:
    """A fault that waits at a kill-point for the `skip`-th passing."""

    point: str
    fault: str
    skip: int = 0


@dataclass(frozen=True)
class Plan:
    """A seed, drawn. `landing`: seconds after which a request under way may arrive, negative = never."""

    seed: int
    profile: str
    traits: Traits
    mode: Mode
    attempts: int
    resend: str
    lease_wait: int
    number_source: str
    steps: tuple[Step, ...]
    aimed: int
    """How many steps, from the first, are there to reach the target; until it is met nothing else is at work."""
    target: Pair
    armed: tuple[Arm, ...]
    landing: tuple[float, ...]


BOTH = (102, 103)
_LOST = (("save: attempt", "time-out before"),)
_LATE = (("save: attempt", "time-out, arrives late"),)
_HIDDEN = (("save: attempt", "reset after"),)


def run(*z: int, faults: tuple[Pair, ...] = ()) -> Step:
    return Step("run", z or BOTH, faults=faults)


def _recipes() -> dict[str, tuple[Step, ...]]:
    """Steps that lead to a point which an ordinary run does not pass; by the point's name without its kind."""
    lost_then_run = (run(102, faults=_LOST), run(102, 103))
    there_then_run = (run(102, faults=_HIDDEN), run(102, 103))
    seen = Step("wait", number=250.0)
    corrected = (run(102), Step("change", (102,)), seen, Step("correct", (102,)))
    adopted = (run(), Step("lose log"), Step("adopt"))
    rolled_back = (run(102), seen, Step("roll back"), Step("release"), run(102))
    refused = (run(102, faults=(("save: attempt", "not saved"),)), run())
    used = (Step("slow search", number=200.0), run(102, faults=_HIDDEN), run(102), run(102))
    return {
        "attempt.exhaust": (run(102, faults=_LOST), run(102)),
        "recovery.mark_crashed": (
            run(102, faults=(("save: attempt", "dies after"),)),
            Step("wait", number=300.0),
            run(),
        ),
        "recovery.recover": lost_then_run,
        "recovery._send_again": lost_then_run,
        "recovery._seconds_to_settle": lost_then_run,
        "probing.record": there_then_run,
        "readback._late": (
            Step("run", (102,), faults=_LATE),
            Step("say skip", (102,)),
            Step("land", (102,)),
            seen,
            Step("sweep"),
        ),
        "readback._after_all": (
            run(102, faults=_LATE),
            run(102),
            Step("change", (102,)),
            seen,
            Step("correct", (102,)),
            Step("land", (102,)),
            seen,
            Step("sweep"),
            Step("sweep"),
        ),
        "readback._reversal_stands": (*corrected, Step("remove", (102,)), seen, Step("sweep")),
        "readback._record": (run(), Step("sweep")),
        "person.resolve": (run(102, faults=_LOST), Step("say resolve", (102,))),
        "person._last_sent": (run(102, faults=_LOST), Step("say resolve", (102,))),
        "person._said": (run(102, faults=_LOST), Step("say skip", (102,)), Step("say resume", (102,))),
        "rollback.release": rolled_back,
        "log.initialise": adopted,
        "log.by_reference": adopted,
        "log.references": (run(), Step("sweep")),
        "log.documents": (run(), Step("sweep")),
        "log.history": (run(), Step("preview", BOTH)),
        "log.split_new": (run(), Step("preview", BOTH)),
        "comparison.compare": (run(102), Step("preview", BOTH)),
        "sending._miscounted": (run(102), Step("enter"), run(103)),
        "adopting._write": adopted,
        "adopting._hold": (Step("enter day", (102,)), Step("lose log"), Step("adopt"), run()),
        "adopting._hold_the_rest": adopted,
        "correcting._correct": corrected,
        "correcting._emptied": corrected,
        "reversing.reversal_of": corrected,
        "lookups.reread": refused,
        "search: refused": used,
        "search: recovery": lost_then_run,
        "search: reversing": corrected,
        "search: readback": (run(), Step("sweep")),
        "search: adopting": adopted,
        "save: recovery": lost_then_run,
        "save: reversing": corrected,
        "number: reversing": corrected,
        "lookup: departments": (run(104),),
        "lookup: projects": (run(104),),
        "lookup: dimensions": (run(104),),
        "lookup: dimension_values": (run(104),),
    }


_TRAITED = {
    "attempt.exhaust": {"attempts": 1},
    "readback._after_all": {"profile": "hole"},
    "search: refused": {"profile": "strict", "lag": 200.0},
    "sending._count_on": {"number_source": "local"},
    "sending._miscounted": {"number_source": "local", "profile": "strict"},
}

_RANDOM = (
    ("run", 10),
    ("race", 4),
    ("correct", 4),
    ("change", 3),
    ("roll back", 1.5),
    ("release", 1),
    ("sweep", 3),
    ("word", 3),
    ("hand", 3),
    ("wait", 3),
    ("run day", 1),
    ("switch mode", 0.5),
    ("altered", 0.7),
    ("lose log", 0.4),
    ("adopt", 0.4),
    ("preview", 0.4),
    ("land", 1),
    ("slow search", 0.6),
)


@cache
def recipes() -> dict[str, tuple[Step, ...]]:
    return _recipes()


@cache
def ordered_pairs() -> tuple[Pair, ...]:
    """All pairs, so that neighbours are far apart."""
    found = points.pairs()
    stride = STRIDE
    while len(found) % stride == 0:
        stride += 2
    return tuple(found[index * stride % len(found)] for index in range(len(found)))


def draw(seed: int) -> Plan:
    """The plan of a seed: the same for the same seed, whatever ran before."""
    rng = Random(seed)
    aims = ordered_pairs()
    target = aims[seed % len(aims)]
    name = target[0].removeprefix("write: ").removeprefix("read: ")
    wanted = dict(_TRAITED.get(name, {}))
    profile = str(wanted.get("profile", rng.choices(("strict", "hole"), (85, 15))[0]))
    recipe = recipes().get(name)
    aimed = (*_before(name, target), *(recipe or (run(),)))
    # Whatever could lead away from the target comes after it.
    plain = recipe is None and target[1] != "late arrival"
    lag = float(wanted.get("lag", rng.choice((0.0, 0.0, 0.0, 20.0, 45.0, 200.0)) if plain else 0.0))
    drafts = plain and rng.random() < 0.25
    steps = (*aimed, *_some(rng, rng.choice((0, 1, 1, 2, 3))))
    armed = tuple(Arm(*rng.choice(aims), skip=rng.choice((0, 0, 1, 3))) for _ in range(rng.choice((0, 1, 2, 3))))
    return Plan(
        seed=seed,
        profile=profile,
        traits=Traits(profile == "strict", rng.random() < 0.5, lag),
        mode=Mode.DRAFT if drafts else Mode.POSTED,
        attempts=int(wanted.get("attempts", rng.choice((2, 5, 5, 5)))),
        resend="hold" if plain and rng.random() < 0.1 else "same_number",
        lease_wait=rng.choice((0, 0, 2, 10)),
        number_source=str(wanted.get("number_source", "local" if rng.random() < 0.1 else "ledger")),
        steps=steps,
        aimed=len(aimed),
        target=target,
        armed=armed,
        landing=NEVER if target[1] == "late arrival" or name.startswith("readback.") else LANDINGS,
    )


def _before(name: str, target: Pair) -> Sequence[Step]:
    """A late arrival needs a request under way: another day's, which was lost and went out again meanwhile."""
    if target[1] != "late arrival":
        return ()
    z = 102 if recipes().get(name) == (run(104),) else 104
    under_way = (run(z, faults=_LATE), run(z))
    # What is kept of the registers is out of date after half a day, and asked for again.
    return (*under_way, Step("wait", number=50_000.0)) if name.startswith("look") else under_way


def _some(rng: Random, count: int) -> list[Step]:
    names, weights = zip(*_RANDOM, strict=True)
    return [step for name in rng.choices(names, weights, k=count) for step in _steps(rng, name)]


def _steps(rng: Random, name: str) -> tuple[Step, ...]:
    if name == "altered":
        # The answer is lost, and a person edits the voucher before anyone looks for it.
        z = rng.choice((102, 103))
        return (run(z, faults=_HIDDEN), Step("edit"), run(z))
    return (_step(rng, name),)


def _step(rng: Random, name: str) -> Step:
    z = rng.choice(((102,), (103,), BOTH, BOTH, (102, 103, 104), (104,)))
    if name == "change":
        return Step(name, (rng.choice((102, 103, 104)),))
    if name == "wait":
        return Step(name, number=rng.choice((15.0, 70.0, 250.0, 1000.0, 50_000.0)))
    if name == "slow search":
        return Step(name, number=rng.choice((30.0, 100.0)))
    if name in ("run", "race", "correct", "preview"):
        return Step(name, z)
    return Step(name)
