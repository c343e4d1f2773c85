"""Some hundred seeds, and that the simulator is what it claims to be: deterministic, complete, able to fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline_tests.postgres import postgres_schema, postgres_url
from frontline_pipeline_tests.simulator import points
from frontline_pipeline_tests.simulator.__main__ import main
from frontline_pipeline_tests.simulator.campaign import COVERS_ALL, Campaign, failure, report, run_here
from frontline_pipeline_tests.simulator.memory import MortalDatabase, in_memory
from frontline_pipeline_tests.simulator.plan import draw, ordered_pairs, recipes
from frontline_pipeline_tests.simulator.scheduler import NeverEnds, Scheduler
from frontline_pipeline_tests.simulator.simulation import Result, simulate

__all__ = ["postgres_schema", "postgres_url"]

PART = 60
PARTS = 3


@pytest.mark.parametrize("first", range(0, PART * PARTS, PART))
def test_no_seed_breaks_a_promise(first: int):
    for result in run_here(range(first, first + PART)):
        assert not result.violations, "\n".join(failure(result))


@pytest.mark.postgres
def test_the_same_story_on_postgresql(postgres_schema: str):
    """A seed is the same history on both databases."""
    here = list(run_here(range(8)))
    there = list(run_here(range(8), postgres_schema))
    for one, other in zip(here, there, strict=True):
        assert other.trace == one.trace
        assert not other.violations


def test_a_seed_is_always_the_same_story():
    seeds = [3, 4, 5]
    first = {result.seed: result for result in run_here(seeds)}
    for result in run_here(reversed(seeds)):
        assert result == first[result.seed], "what ran before a seed must not change it"
    assert len({each.trace for each in first.values()}) == 3


def test_every_transaction_of_the_posting_room_is_a_kill_point():
    """New ones are found by themselves; these stand here so that the finding cannot quietly stop."""
    known = points.faults_of()
    for name in (
        "lease._try",
        "sending.intend",
        "sending._record",
        "recovery._send_again",
        "probing.record",
        "person.resolve",
    ):
        assert f"write: {name}" in known
    assert sum(name.startswith("write: ") for name in known) >= 20
    assert {"save: attempt", "save: recovery", "save: reversing"} <= set(known)
    reachable = {name.partition(": ")[2] for name in known} | set(known)
    assert set(recipes()) <= reachable, "a recipe leads to a point that does not exist"


def test_a_thousand_seeds_in_a_row_aim_at_every_pair():
    aims = Counter(draw(seed).target for seed in range(5_000, 5_000 + COVERS_ALL))
    assert set(aims) == set(points.pairs()) == set(ordered_pairs())


class _Silent:
    def strikes(self, point: str) -> str:
        raise AssertionError(point)

    def written(self, connection: object, actor: object) -> None:
        return None


def test_a_fresh_log_is_fresh_and_the_real_one():
    engine, reset = in_memory()
    reset()
    log = PostingLog(MortalDatabase(engine, lambda _connection: __import__("datetime").datetime.now(), _Silent()))
    assert not log.is_initialised()
    assert log.documents() == []
    with engine.connect() as connection:
        triggers = connection.exec_driver_sql("select count(*) from sqlite_master where type = 'trigger'").scalar_one()
    assert triggers >= 2, "the history of a simulated log must be append-only too"


def test_actors_that_wait_for_ever_are_a_violation():
    from random import Random

    clock = Scheduler(Random(0))

    def polls() -> None:
        while True:
            clock.sleep(1)

    clock.start("poller", polls)
    with pytest.raises(NeverEnds):
        clock.run()


def _campaign(*results: Result) -> Campaign:
    found = Campaign()
    for each in results:
        found.add(each)
    return found


def _result(seed: int, violations: tuple[str, ...] = (), covered: Iterator[tuple[str, str]] | None = None) -> Result:
    return Result(seed, "strict", violations, ("what happened",), Counter(covered or ()), 3)


def test_a_broken_promise_fails_the_campaign_and_says_how_to_see_it_again():
    found = _campaign(_result(1), _result(7, ("one voucher per key: oslo/K1/Z102/r1",)))
    assert found.failing
    told = report(found)
    assert "seed 7 (strict) broke:" in told
    assert "what happened" in told
    assert "python -m frontline_pipeline_tests.simulator --seed 7" in told


def test_a_pair_never_covered_fails_from_a_thousand_seeds_on():
    some, rest = points.pairs()[0], points.pairs()[1:]
    assert not _campaign(_result(1, covered=iter(rest))).failing
    found = _campaign(*(_result(seed, covered=iter(rest)) for seed in range(COVERS_ALL)))
    assert found.uncovered == [some]
    assert found.failing
    assert f"  {some[0]} ~ {some[1]}" in report(found)
    found.add(_result(COVERS_ALL, covered=iter([some])))
    assert not found.failing


def test_one_command_replays_one_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("sys.argv", ["simulator", "--seed", "3"])
    assert main() == 0
    told = capsys.readouterr().out
    engine, reset = in_memory()
    assert all(line in told for line in simulate(3, engine, reset).trace)
    assert "no promise broken" in told
