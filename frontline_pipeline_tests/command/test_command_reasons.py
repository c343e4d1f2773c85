"""What a person reads about each state of a document: a sentence, and a next step in commands that exist."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.main import get_group

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.cli import app
from frontline_pipeline.command.reasons import reason_of
from frontline_pipeline.mending import what_next
from frontline_pipeline.posting.records import AFTER_ALL, CORRECT, EXHAUSTED, REVERSAL, ROLLBACK, Document
from frontline_pipeline.posting.sending import DUPLICATE
from frontline_pipeline.posting.states import TRANSITIONS, State
from frontline_pipeline.settings import PostingSettings
from frontline_pipeline_tests.posting.fake_ledger import voucher
from frontline_pipeline_tests.posting.world import World, sqlite_url

COMMANDS = set(get_group(app).commands)
TOLD = [state for state in State if state not in (State.POSTED, State.VERIFIED, State.DRAFTED, State.REVERSED)]
WORDS = {"resolve", "retry", "skip", "resume", "reverse", "release", "run", "rollback", "correct"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    world = World(sqlite_url(Path(tmp_path_factory.mktemp("reasons"))))
    world.run(voucher())
    return replace(world.log.documents()[0], problem="something happened")


def named(text: str) -> set[str]:
    return set(re.findall(r"`frontline ([a-z-]+)", text))


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("kind", [None, EXHAUSTED, DUPLICATE, *AFTER_ALL])
@pytest.mark.parametrize("state", TOLD)
def test_every_state_says_what_it_is_and_what_to_type(
    document: Document, state: State, kind: str | None, mode: Mode
) -> None:
    found = replace(document, state=state, problem_kind=kind, mode=mode)
    told = reason_of(found, PostingSettings())
    assert told.message.startswith(found.reference)
    assert told.next_step
    commands = named(told.next_step) | named(told.message)
    assert commands <= COMMANDS
    # Mended in 24SevenOffice, and seen by the next read-back; or said in the document's own problem.
    ends_by_itself = kind in (EXHAUSTED, *AFTER_ALL) or state in (State.PLANNED, State.DUPLICATED)
    assert commands & WORDS or ends_by_itself, told
    # A word that is offered for the document's own reference means something in its state.
    offered = {word for word in commands & {"retry", "skip", "resume", "reverse"} if kind not in AFTER_ALL}
    possible = {str(event) for event in TRANSITIONS[state]}
    assert offered <= possible, (state, offered, possible)


@pytest.mark.parametrize("purpose", [CORRECT, ROLLBACK])
@pytest.mark.parametrize("state", [State.UNKNOWN, State.REJECTED, State.SENDING])
def test_a_reversal_is_gone_on_with_by_what_began_it(document: Document, state: State, purpose: str) -> None:
    found = replace(document, state=state, kind=REVERSAL, purpose=purpose)
    wanted = "rollback" if purpose == ROLLBACK else "correct"
    assert wanted in named(reason_of(found, PostingSettings()).next_step)
    assert wanted in named(what_next(replace(found, state=State.PLANNED)))


@pytest.mark.parametrize("resend", ["same_number", "hold"])
def test_an_unknown_document_is_never_said_to_be_sent_again_where_it_is_not(document: Document, resend: str) -> None:
    settings = PostingSettings(resend=resend)
    posted = reason_of(replace(document, state=State.UNKNOWN), settings).next_step
    assert ("sends it again, under the same number" in posted) is (resend == "same_number")
    draft = reason_of(replace(document, state=State.UNKNOWN, mode=Mode.DRAFT), settings).next_step
    assert "Nothing is sent again by itself" in draft


@pytest.mark.parametrize("state", list(State))
def test_what_comes_next_names_commands_that_exist(document: Document, state: State) -> None:
    assert named(what_next(replace(document, state=state))) <= COMMANDS
