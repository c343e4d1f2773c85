"""The state machine in the docs is the one in the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from frontline_pipeline.posting import diagram
from frontline_pipeline.posting.states import TRANSITIONS, State

DOCS = Path(diagram.__file__).parents[2] / "docs" / "posting.md"


def test_the_docs_are_up_to_date():
    assert diagram.main(["--check", str(DOCS)]) == 0


def test_every_state_and_step_is_in_the_docs():
    text = DOCS.read_text()
    for state, steps in TRANSITIONS.items():
        for event, after in steps.items():
            assert any(
                row in text for row in (f"| {state} | {event} | {after} |", f"| {state} | {event} (person) | {after} |")
            )
    for state in State:
        assert f"--> {state}" in text


def test_a_stale_document_is_told_and_mended(tmp_path, capsys):
    path = tmp_path / "posting.md"
    path.write_text(f"before\n{diagram.BEGIN}\nold\n{diagram.END}\nafter\n")
    assert diagram.main(["--check", str(path)]) == 1
    assert "make docs" in capsys.readouterr().err
    assert diagram.main([str(path)]) == 0
    assert path.read_text().startswith("before\n")
    assert path.read_text().endswith("after\n")
    assert diagram.main(["--check", str(path)]) == 0
    with pytest.raises(ValueError, match="no section"):
        diagram.rendered("nothing here")
