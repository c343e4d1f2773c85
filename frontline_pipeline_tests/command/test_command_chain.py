"""`frontline chain`: the chain of a register as a table and as JSON, filled from what was delivered."""

from __future__ import annotations

from typing import Any

import pytest

from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.posting.chain_book import ChainBook
from frontline_pipeline_tests.command.command_kit import at, call
from frontline_pipeline_tests.support import Project, day


@pytest.fixture(scope="module")
def mine(shared_project: Project) -> tuple[str, ...]:
    """The options of a project none of whose store-days ever ran."""
    return at(shared_project)


def test_an_empty_book_says_how_it_fills(mine: tuple[str, ...]) -> None:
    answer = call(*mine, "chain", "--register", "TROMSO-1")
    assert (answer.code, answer.out.strip()) == (0, "")
    assert "--fill" in answer.err


def test_fill_then_a_whole_chain_and_one_whose_day_is_missing(mine: tuple[str, ...], shared_project: Project) -> None:
    answer = call(*mine, "chain", "--register", "TROMSO-1", "--fill")
    assert answer.code == 0, answer.err
    assert "5 store-days entered" in answer.err
    assert "5 Z-reports, each in its place." in answer.err
    lines = [line.split("\t") for line in answer.out.splitlines()]
    assert lines[0] == ["register", "Z number", "business day", "sales", "returns", "grand total net", "verdict"]
    assert [(line[1], line[2], line[6]) for line in lines[1:]] == [
        (str(n + 1), str(day(n)), "follows" if n else "first") for n in range(5)
    ]
    assert lines[1][3] == lines[1][5], "the first Z of a new register: grand total net is its sales"

    log = open_posting_log(shared_project.loaded)
    ChainBook(log.database).record("fjord", "tromso", day(2), [])
    broken = call(*mine, "chain", "--register", "TROMSO-1")
    assert broken.code == 1
    assert [line.split("\t")[1] for line in broken.out.splitlines()[1:6]] == ["1", "2", "3", "4", "5"]
    assert f"Z 3 is missing, and belongs between Z 2 ({day(1)}) and Z 4 ({day(3)})" in broken.out
    assert "chain_starts" in broken.err
    # Outside the window nothing is wrong.
    assert call(*mine, "chain", "--register", "TROMSO-1", "--to", str(day(1))).code == 1, "it touches the gap"
    assert call(*mine, "chain", "--register", "TROMSO-1", "--to", str(day(0))).code == 0

    told = call(*mine, "chain", "--register", "TROMSO-1", "--from", str(day(2)), "--json").json
    assert [(row["z_number"], row["missing"], row["verdict"]) for row in told] == [
        ("3", True, "missing"),
        ("4", False, "follows"),
        ("5", False, "follows"),
    ]
    assert told[0]["breaks"][0]["missing"] == [3, 3]
    assert told[0]["breaks"][0]["between"] == [str(day(1)), str(day(3))]
    assert isinstance(told[1]["sales_total_ore"], int)
    assert len(told[1]["source_sha256"]) == 64


def test_a_repeated_number_of_a_store(mine: tuple[str, ...]) -> None:
    answer = call(*mine, "chain", "--store", "bergen", "--fill")
    assert answer.code == 1
    assert "BERGEN-1: Z 4" in answer.out
    assert "stands on" in answer.out


def test_unknown_registers_and_stores_are_named(mine: tuple[str, ...]) -> None:
    for arguments, words in (
        (("--register", "NOPE"), "There is no register 'NOPE'; the settings have OSLO-1"),
        (("--store", "bergen", "--register", "OSLO-1"), "Store bergen has no register 'OSLO-1'"),
        (("--store", "nope"), "There is no store 'nope'"),
        (("--register", "OSLO-1", "--from", "yesterday"), "is not a day"),
    ):
        answer = call(*mine, "chain", *arguments)
        assert answer.code == 2
        assert words in answer.err


def test_preview_shows_a_day_that_is_held_for_a_gap(shared_project: Project) -> None:
    """Also on paper, before any run: the extract of the day itself need not be in the book."""
    strict = shared_project.changed({"stores": {"oslo": {"hold_on_gap": True}}})
    assert call(*at(strict), "chain", "--store", "oslo", "--fill", "--to", str(day(0))).code == 0

    def preview(offset: int) -> Any:
        return call(*at(strict), "preview", "--store", "oslo", "--day", str(day(offset)), "--json").json

    held = preview(2)
    assert (held["state"], held["vouchers"]) == ("held", [])
    assert {reason["rule"] for reason in held["reasons"]} == {"z_chain"}
    assert "Z 2 is missing" in held["reasons"][0]["message"]
    assert preview(1)["state"] == "ok", "the day that fills the gap is not held for it"
