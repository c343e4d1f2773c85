"""A person in the ledger: what our client reads after a voucher was edited, deleted, copied, or a draft posted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_kit import DAY, Control, ledger_on, voucher
from server_kit import Stranger, company, line

from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.models import Transaction
from frontline_pipeline.sandbox.server import SandboxServer

START = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> list[float]:
    return [START.timestamp()]


@pytest.fixture
def server(clock: list[float]) -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [company()], control=True, clock=lambda: clock[0]) as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    return Control(server)


@pytest.fixture
def ledger(server: SandboxServer, tmp_path: Path) -> Ledger:
    return ledger_on(server, tmp_path)


def year(ledger: Ledger) -> list[Transaction]:
    return ledger.transactions(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def test_an_edited_voucher_reads_back_as_edited(control: Control, ledger: Ledger, clock: list[float]) -> None:
    ledger.save(voucher())
    ledger.save(voucher(2))
    clock[0] += 3600
    control.post(
        "vouchers/edit",
        client="nord",
        number=1,
        lines=[
            {"line": 1, "amount_ore": 12_000, "account": 1909},
            {"line": 2, "tax_number": "31", "comment": "rettet"},
            {"line": 0, "day": "2026-10-02"},
        ],
    )
    first, second, third, *others = year(ledger)
    assert (first.account, first.amount, first.date) == (1909, 12_000, dt.date(2026, 10, 2))
    assert (second.vat_code, second.comment, second.amount) == (31, "rettet", -10_000)
    assert third.period_date == dt.date(2026, 10, 1)
    assert first.registered_at is not None
    assert first.changed_at is not None
    assert first.changed_at - first.registered_at == dt.timedelta(hours=1)
    assert {(line.transaction_no, line.date, line.changed_at == line.registered_at) for line in others} == {
        (2, DAY, True)
    }


def test_a_deleted_voucher_is_gone_and_its_number_free(control: Control, ledger: Ledger) -> None:
    ledger.save(voucher())
    control.post("vouchers/delete", client="nord", reference="oslo/K1/Z1/r1")
    assert year(ledger) == []
    assert ledger.next_transaction_no(DAY, 102) == 1
    ledger.save(voucher())


def test_a_copied_voucher_is_there_twice(control: Control, ledger: Ledger) -> None:
    ledger.save(voucher())
    assert control.post("vouchers/copy", client="nord", number=1) == {"number": 2}
    assert control.post("vouchers/copy", client="nord", number=1, new_reference="") == {"number": 3}
    found = {(line.transaction_no, line.invoice_no) for line in year(ledger)}
    assert found == {(1, "oslo/K1/Z1/r1"), (2, "oslo/K1/Z1/r1"), (3, "")}
    assert len({line.line_id for line in year(ledger)}) == 9
    assert len({line.link_id for line in year(ledger)}) == 9


def test_a_posted_draft_appears_under_its_number(control: Control, ledger: Ledger, server: SandboxServer) -> None:
    ledger.save(voucher(draft=True))
    assert year(ledger) == []
    control.post("vouchers/post_draft", client="nord", number=1)
    assert [(line.transaction_no, line.amount) for line in year(ledger)] == [(1, 12_500), (1, -10_000), (1, -2_500)]
    assert server.app.book.count("nord") == (1, 0)


def test_a_posted_draft_may_get_another_number(control: Control, ledger: Ledger) -> None:
    ledger.save(voucher(draft=True))
    ledger.save(voucher(2))
    status, text = control.refusal("vouchers/post_draft", client="nord", number=1, new_number=2)
    assert (status, "used already" in text) == (400, True)
    control.post("vouchers/post_draft", client="nord", number=1, new_number=7)
    assert {line.transaction_no for line in year(ledger)} == {2, 7}
    status, text = control.refusal("vouchers/post_draft", client="nord", number=7)
    assert (status, "0 vouchers fit" in text) == (400, True)


def test_the_system_books_its_vat_when_a_gross_draft_is_posted(
    control: Control, ledger: Ledger, server: SandboxServer
) -> None:
    stranger = Stranger(server.url)
    stranger.login(company())
    assert stranger.save(line(1900, "125.00"), line(3000, "-125.00", TaxNo="3"), option=1, direct=False).Type == "Ok"
    control.post("vouchers/post_draft", client="nord", number=1)
    lines = [(each.account, each.amount, each.vat_code) for each in year(ledger)]
    assert lines == [(1900, 12_500, 0), (3000, -10_000, 3), (2700, -2_500, 0)]


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("vouchers/delete", {"client": "nord"}, "say which voucher"),
        ("vouchers/delete", {"number": 1}, "say which voucher"),
        ("vouchers/delete", {"client": "nord", "number": 99}, "0 vouchers fit"),
        ("vouchers/delete", {"client": "nord", "reference": "double"}, "2 vouchers fit"),
        ("vouchers/delete", {"client": "nord", "colour": "red"}, "colour does not choose"),
        ("vouchers/delete", {"client": "nord", "number": [1]}, "number is not of its type"),
        ("vouchers/edit", {"client": "nord", "number": 1, "lines": []}, "list of changes"),
        ("vouchers/edit", {"client": "nord", "number": 1, "lines": [{"line": 9, "account": 1}]}, "3 lines"),
        ("vouchers/edit", {"client": "nord", "number": 1, "lines": [{"line": 1, "guid": "x"}]}, "cannot be changed"),
        ("vouchers/edit", {"client": "nord", "number": 1, "lines": [{"line": 1, "amount_ore": "1"}]}, "cannot be"),
        ("vouchers/edit", {"client": "nord", "number": 1, "lines": [{"line": 1, "day": "23.11"}]}, "isoformat"),
        ("vouchers/edit", {"client": "nord", "number": 1, "lines": [{"line": 1}]}, "at least one value"),
        ("vouchers/copy", {"client": "nord", "number": 1, "new_reference": 5}, "text"),
    ],
)
def test_what_names_no_voucher_changes_nothing(
    control: Control, ledger: Ledger, path: str, content: dict[str, object], words: str
) -> None:
    for number in (1, 2, 3):
        ledger.save(voucher(number, reference="double" if number > 1 else "single"))
    before = year(ledger)
    status, text = control.refusal(path, **content)
    assert (status, words in text) == (400, True), text
    assert year(ledger) == before


def test_an_edit_is_all_or_nothing(control: Control, ledger: Ledger) -> None:
    ledger.save(voucher())
    before = year(ledger)
    changes = [{"line": 1, "amount_ore": 1}, {"line": 9, "amount_ore": 1}]
    assert control.refusal("vouchers/edit", client="nord", number=1, lines=changes)[0] == 400
    assert year(ledger) == before
