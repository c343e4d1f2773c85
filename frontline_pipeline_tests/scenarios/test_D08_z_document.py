"""D08: the Z-report's document hangs on its voucher where the store asks for it; a missing one is a warning, not a duplicate."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import SAVE, Project, failures, metadata, store_day

TROMSO, BERGEN = store_day("tromso"), store_day("bergen")
ASKED = {"stores": {"tromso": {"attach_z_report": True}}, "posting": {"settle_seconds": 0}}


@pytest.fixture
def asked(make_project: MakeProject) -> Project:
    return make_project(ASKED)


def stamps(project: Project, company: str = "fjord") -> list[set[int]]:
    """The files on each voucher's lines, oldest voucher first; 0 is none."""
    return [{line.stamp_no or 0 for line in voucher.lines} for voucher in project.vouchers(company)]


def files(project: Project, company: str = "fjord") -> list[bytes]:
    book = project.server.app.attachments
    found = [book.content(company, saved.stamp_no) for saved in book.saved(company)]
    return [content for _, content in (each for each in found if each is not None)]


def test_D08_the_document_is_on_the_voucher(asked: Project, instance: dg.DagsterInstance) -> None:
    result = asked.run(TROMSO, instance)
    assert result.success, failures(result)
    (pdf,) = files(asked)
    assert pdf.startswith(b"%PDF-")
    assert b"Z-rapport nr. 1" in pdf
    ((stamp,),) = stamps(asked)
    assert stamp > 0
    told = metadata(result, "posted_journals")
    assert "warnings" not in told
    assert {row.data["why"] for row in told["calls_by_operation"].records} >= {"attachment", "save"}
    # Again: nothing is posted and nothing uploaded.
    assert asked.run(TROMSO, instance).success
    assert (len(files(asked)), len(asked.vouchers("fjord"))) == (1, 1)
    assert asked.read_back("fjord", TROMSO.business_day, instance).success
    assert [d.state for d in asked.log.documents()] == [State.VERIFIED]


def test_D08_off_by_default(project: Project, instance: dg.DagsterInstance) -> None:
    assert project.run(TROMSO, instance).success
    assert (files(project), stamps(project)) == ([], [{0}])
    assert project.calls("Attachment.GetStampNo") == 0


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("GetStampNo", "http_500"),
        ("Create", "reset"),
        ("AppendChunk", "http_500"),
        ("Save", "http_500"),
        ("Save", "reset"),
    ],
)
def test_D08_what_cannot_be_attached_is_a_warning_and_never_a_second_voucher(
    asked: Project, instance: dg.DagsterInstance, operation: str, kind: str
) -> None:
    asked.server.app.faults.arm({"operation": f"Attachment.{operation}", "kind": kind, "times": 0})
    result = asked.run(TROMSO, instance)
    assert result.success, failures(result)
    told: dict[str, Any] = metadata(result, "posted_journals")
    assert "Z-TROMSO-1-1-2025-11-18.pdf could not be attached" in told["warnings"]
    assert "the voucher is sent without it" in told["warnings"]
    assert (stamps(asked), asked.calls(SAVE)) == ([{0}], 1)
    asked.server.app.faults.clear()
    # The voucher is out, without; nothing is posted again for the sake of a file.
    assert asked.run(TROMSO, instance).success
    assert (len(asked.vouchers("fjord")), asked.calls(SAVE)) == (1, 1)


def test_D08_a_voucher_sent_again_takes_its_first_document(asked: Project, instance: dg.DagsterInstance) -> None:
    asked.server.app.faults.arm({"operation": SAVE, "kind": "reset", "when": "before"})
    assert not asked.run(TROMSO, instance).success
    assert asked.run(TROMSO, instance).success
    assert len(files(asked)) == 1
    ((stamp,),) = stamps(asked)
    assert stamp > 0


def test_D08_a_reversal_carries_no_document_and_the_revision_its_own(
    asked: Project, instance: dg.DagsterInstance
) -> None:
    from frontline_pipeline_tests.dagster.test_dagster_launchpad import ANNA, CARDS_ELSEWHERE, launch, told

    assert asked.run(TROMSO, instance).success
    other = asked.changed(CARDS_ELSEWHERE)
    form = {"store": "tromso", "business_day": str(TROMSO.business_day), "dry_run": False, **ANNA}
    told(launch(other, "correct_store_day", instance, **form))
    first, reversal, revision = stamps(asked)
    assert reversal == {0}
    assert 0 not in first | revision
    assert first != revision


def test_D08_a_journal_per_store_hangs_each_document_on_a_line_of_its_own(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project({"stores": {"oslo": {"attach_z_report": True, "journal_per": "store"}}})
    assert project.run(store_day("oslo"), instance).success
    assert len(files(project, "nordlys")) == 2
    (on_lines,) = stamps(project, "nordlys")
    assert len(on_lines - {0}) == 2
