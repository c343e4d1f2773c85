"""B09: a Z number that was reset, a till that was replaced: the new chain is accepted only by an entry that says so."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from frontline_pipeline.accounting.chain import chains
from frontline_pipeline.accounting.chain_model import Kind
from frontline_pipeline.accounting.chain_rows import rows_of
from frontline_pipeline_tests.chain_kit import Register, errors
from frontline_pipeline_tests.strategies import profile

CHANGE = dt.date(2025, 11, 21)


def accepted(register: str, day: dt.date = CHANGE) -> tuple[Any, ...]:
    entry = {"register_id": register, "z_number": 1, "business_day": day, "reason": "serviced 21 November"}
    return profile(chain_starts=[entry]).store.chain_starts


def test_B09_a_reset_register_is_an_error_until_the_settings_say_so() -> None:
    till = Register()
    old = till.closed(3)
    till.number = till.sales = till.returned = 0
    new = till.closed(2)
    assert new[0].business_day == CHANGE

    found = errors(chains([*old, *new]))
    assert found
    assert {each.kind for each in found} <= {Kind.REPEATED, Kind.RESET, Kind.TOTALS}
    assert all("chain_starts" in each.next_step for each in found if each.kind is not Kind.TOTALS)

    (chain,) = chains([*old, *new], accepted("K1"))
    assert chain.breaks == ()
    assert [row.verdict for row in rows_of(chain)] == [
        "first",
        "follows",
        "follows",
        "starts: serviced 21 November",
        "follows",
    ]


def test_B09_a_replaced_register_is_an_error_until_the_settings_say_so() -> None:
    old = Register("K1").closed(3)
    new = Register("K2", day=CHANGE).closed(2)
    (found,) = errors(chains([*old, *new]))
    assert (found.kind, found.at) == (Kind.NEW_REGISTER, new[0])
    assert 'chain_starts: {register_id: "K2", z_number: "1", business_day: 2025-11-21' in found.next_step
    assert errors(chains([*old, *new], accepted("K2"))) == []


def test_B09_the_entry_accepts_the_change_and_nothing_else() -> None:
    """A number that is missing in the new chain is missing, entry or not."""
    old = Register("K1").closed(3)
    new = Register("K2", day=CHANGE).closed(4)
    (gap,) = errors(chains([*old, *new[:1], *new[2:]], accepted("K2")))
    assert (gap.kind, gap.missing) == (Kind.MISSING, (2, 2))
    (start,) = errors(chains([*old, *new[1:]], accepted("K2")))
    assert (start.kind, start.missing) == (Kind.MISSING, (1, 1))


@pytest.mark.parametrize("change", [{"register_id": "K9"}, {"z_number": "one"}, {"reason": ""}, {"business_day": None}])
def test_B09_an_entry_that_says_too_little_is_refused(change: dict[str, Any]) -> None:
    entry = {"register_id": "K1", "z_number": 1, "business_day": CHANGE, "reason": "reset", **change}
    with pytest.raises((ValidationError, ValueError)):
        profile(chain_starts=[entry])
