"""AttachmentService of the stand-in with our own client: bytes arrive whole, vouchers carry stamps, the page links them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from office_kit import DAY, Control, ledger_on, voucher
from server_kit import ATTACHMENT, Stranger, company

from frontline_pipeline.office.attachments import LARGEST_CHUNK, Attached, Attachments
from frontline_pipeline.office.errors import NotSent, OfficeError, ReadFailed, Rejected, Unknown
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.sandbox.calls import SandboxOptions
from frontline_pipeline.sandbox.server import SandboxServer

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 3 + b"\n%%EOF\n"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    options = SandboxOptions(max_request_kb=8)
    with SandboxServer(":memory:", [company(), company("syd")], control=True, options=options) as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    found = Control(server)
    found.clear_faults()
    return found


@pytest.fixture
def ledger(server: SandboxServer, tmp_path: Path) -> Ledger:
    return ledger_on(server, tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def content(server: SandboxServer, stamp: int, client: str = "nord") -> requests.Response:
    return requests.get(f"{server.url}/_sandbox/attachments?client={client}&stamp={stamp}", timeout=20)


def test_a_pdf_arrives_as_it_is_and_hangs_on_the_voucher(server: SandboxServer, ledger: Ledger) -> None:
    attachments = Attachments(ledger.session, name_key="Description")
    stamp = attachments.attach(PDF, "Z-rapport <1> Grünerløkka")
    response = content(server, stamp)
    assert (response.content, response.headers["Content-Type"]) == (PDF, "application/pdf")
    listed = requests.get(f"{server.url}/_sandbox/attachments?client=nord", timeout=20).json()["attachments"]
    (shown,) = [each for each in listed if each["stamp_no"] == stamp]
    assert (shown["name"], shown["location"]) == ("Z-rapport <1> Grünerløkka", "Retrieval")
    assert (shown["type"], shown["size"]) == ("Pdf", len(PDF))
    lines = tuple(replace(line, stamp_no=stamp) for line in voucher().lines)
    ledger.save(voucher(lines=lines))
    assert {line.stamp_no for line in ledger.transactions(DAY, DAY) if line.transaction_no == 1} == {stamp}
    page = requests.get(f"{server.url}/?client=nord", timeout=20).text
    assert f'href="/_sandbox/attachments?client=nord&amp;stamp={stamp}"' in page
    assert f"attachment {stamp} (Pdf, {len(PDF)} bytes)" in page


def test_what_it_costs(ledger: Ledger) -> None:
    attachments = Attachments(ledger.session)
    first, second = (attachments.attach(PDF, name) for name in ("one", "two"))
    assert second == first + 1
    calls = {name: count for name, count in ledger.session.calls.items() if name.startswith("attachment.")}
    assert calls == {
        "attachment.GetMaxRequestLength": 1,
        "attachment.GetStampNo": 2,
        "attachment.Create": 2,
        "attachment.AppendChunk": 2,
        "attachment.Save": 2,
    }
    assert {reason for reason, _ in ledger.session.reasons} == {"session", "attachment"}


@settings(max_examples=12, deadline=None)
@given(size=st.integers(0, 40_000))
def test_any_size_arrives_in_chunks_below_the_limit(server: SandboxServer, folder: Path, size: int) -> None:
    """The stand-in refuses a request above 8 kB, so every chunk that arrives was small enough."""
    ledger = ledger_on(server, folder)
    pdf = b"%PDF-" + bytes(index % 251 for index in range(size))
    stamp = Attachments(ledger.session).attach(pdf, "any")
    assert content(server, stamp).content == pdf
    room = (8 - 4) * 1024 // 4 * 3
    assert ledger.session.calls["attachment.AppendChunk"] == -(-len(pdf) // room)


def test_a_large_limit_does_not_make_large_chunks(tmp_path: Path) -> None:
    with SandboxServer(":memory:", [company()], options=SandboxOptions(max_request_kb=100_000)) as server:
        ledger = ledger_on(server, tmp_path)
        pdf = b"%PDF-" + bytes(LARGEST_CHUNK)
        stamp = Attachments(ledger.session).attach(pdf, "large")
        assert ledger.session.calls["attachment.AppendChunk"] == 2
        assert content(server, stamp).content == pdf


def test_no_room_for_a_file_is_told(tmp_path: Path) -> None:
    with SandboxServer(":memory:", [company()], options=SandboxOptions(max_request_kb=4)) as server:
        attachments = Attachments(ledger_on(server, tmp_path).session)
        with pytest.raises(ReadFailed, match="leave no room"):
            attachments.attach(PDF, "any")


@pytest.mark.parametrize("stamp", [999_999, 2**31 - 1])
def test_a_voucher_with_a_stamp_that_nobody_saved_is_refused(ledger: Ledger, stamp: int) -> None:
    lines = tuple(replace(line, stamp_no=stamp) for line in voucher().lines)
    with pytest.raises(Rejected, match=f"StampNo {stamp} is not that of a saved attachment") as caught:
        ledger.save(voucher(50, lines=lines))
    assert caught.value.kind == "not_saved"


def test_a_stamp_of_another_client_is_no_stamp(server: SandboxServer, ledger: Ledger, tmp_path: Path) -> None:
    other = ledger_on(server, tmp_path, code="syd")
    for _ in range(3):
        stamp = Attachments(ledger.session).attach(PDF, "ours")
    lines = tuple(replace(line, stamp_no=stamp) for line in voucher().lines)
    with pytest.raises(Rejected, match="is not that of a saved attachment"):
        other.save(voucher(lines=lines))
    assert content(server, stamp, "syd").status_code == 404


def test_zero_is_no_attachment(ledger: Ledger) -> None:
    lines = tuple(replace(line, stamp_no=0) for line in voucher().lines)
    ledger.save(voucher(60, lines=lines))


def test_what_is_no_pdf_is_not_sent(ledger: Ledger) -> None:
    with pytest.raises(Rejected) as caught:
        Attachments(ledger.session).attach(b"<html>", "page")
    assert caught.value.kind == "attachment"
    assert not ledger.session.calls


@pytest.mark.parametrize(
    ("operation", "kind", "error"),
    [
        ("Create", "http_500", Unknown),
        ("GetStampNo", "http_500", ReadFailed),
        ("AppendChunk", "reset", Unknown),
        ("Save", "fault", Unknown),
        ("Save", "quota", NotSent),
        ("Create", "no_result", ReadFailed),
    ],
)
def test_a_failure_is_a_warning_and_the_voucher_goes_without(
    server: SandboxServer, control: Control, ledger: Ledger, operation: str, kind: str, error: type[OfficeError]
) -> None:
    attachments = Attachments(ledger.session)
    control.fault(f"Attachment.{operation}", kind, times=2)
    with pytest.raises(error):
        attachments.attach(PDF, "Z-rapport 101")
    before = server.app.book.count("nord")
    outcome = attachments.attach_or_warn(PDF, "Z-rapport 101")
    assert outcome.stamp_no == 0
    assert outcome.warning is not None
    assert "Z-rapport 101 could not be attached" in outcome.warning
    assert server.app.book.count("nord") == before
    retried = attachments.attach_or_warn(PDF, "Z-rapport 101")
    assert (retried.stamp_no > 0, retried) == (True, Attached(retried.stamp_no))


def test_the_stand_in_refuses_what_is_no_upload(server: SandboxServer) -> None:
    stranger = Stranger(server.url)
    stranger.login(company())
    service = stranger.service(ATTACHMENT)
    file = service.Create("Pdf")
    framed = {"Id": file.Id, "Type": "Pdf", "StampNo": 0}

    def refused(words: str, *arguments: object, by: str = "Save") -> None:
        with pytest.raises(Exception, match=words):
            getattr(service, by)(*arguments)

    frames = {"FrameInfo": {"ImageFrameInfo": [{"Id": 1, "StampNo": service.GetStampNo(), "Status": 0}]}}
    refused("is empty", {**framed, **frames}, "Journal")
    refused("does not continue", framed, b"%PDF", 5, by="AppendChunk")
    refused("Maximum request length", framed, bytes(8 * 1024), 0, by="AppendChunk")
    service.AppendChunk(framed, b"%PDF", 0)
    refused("not implemented", {**framed, **frames}, "Scanning")
    refused("at least one FrameInfo", framed, "Journal")
    unknown = {"FrameInfo": {"ImageFrameInfo": [{"Id": 1, "StampNo": 123_456, "Status": 0}]}}
    refused("was not given out", {**framed, **unknown}, "Journal")
    refused("does not exist", {**framed, **frames, "Id": 99_999}, "Journal")
    service.Save({**framed, **frames}, "Journal")
    refused("saved already", {**framed, **frames}, "Journal")
    refused("saved already", framed, b"more", 4, by="AppendChunk")
    anonymous = Stranger(server.url)
    with pytest.raises(Exception, match="not authenticated"):
        anonymous.service(ATTACHMENT).GetStampNo()


@pytest.mark.parametrize("stamp", ["x", "-1", "9" * 30, ""])
def test_an_unknown_file_is_not_found(server: SandboxServer, stamp: str) -> None:
    response = requests.get(f"{server.url}/_sandbox/attachments?client=nord&stamp={stamp}", timeout=20)
    assert response.status_code == 404
