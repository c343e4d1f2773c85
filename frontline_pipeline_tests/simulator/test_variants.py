"""Code that is wrong in a known way must not get through the simulator."""

from __future__ import annotations

import pytest

from frontline_pipeline_tests.simulator.campaign import run_here
from frontline_pipeline_tests.simulator.simulation import Result
from frontline_pipeline_tests.simulator.variants import VARIANTS

MOST = 400
"""Seeds after which a variant counts as not noticed."""


def broken(result: Result) -> set[str]:
    return {each.split(":")[0] for each in result.violations}


@pytest.mark.parametrize(
    ("variant", "promise", "first"),
    [
        ("send_before_intent", "intent before effect", 0),
        ("send_before_intent", "one voucher per key", 0),
        ("blind_retry", "looked for before it is sent again", 0),
        ("new_number_on_resend", "own number", 0),
        ("new_number_on_resend", "one voucher per key", 0),
        ("no_lease", "one writer", 0),
        ("no_fencing", "one writer", 0),
        ("adopt_without_comparing", "adopted means equal", 60),
    ],
)
def test_a_known_bad_variant_is_caught(variant: str, promise: str, first: int):
    """`first` is near the seed that notices it, to be quick; any other that follows does as well."""
    with VARIANTS[variant]():
        caught = next((each for each in run_here(range(first, first + MOST)) if promise in broken(each)), None)
    assert caught is not None, f"{MOST} seeds from {first} on let {variant} through"


def test_a_variant_is_gone_when_its_test_is_over():
    for variant in VARIANTS.values():
        with variant():
            pass
    assert not any(each.violations for each in run_here(range(5)))
