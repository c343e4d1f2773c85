"""What the ledger holds of Z-reports and accounts, as the tie-out and the roll-forward ask for it."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import replace

import pytest

from frontline_pipeline.accounting.model import Mode, ZKey
from frontline_pipeline.accounting.roll_forward import Account, roll_forward
from frontline_pipeline.accounting.tie_cells import HeldLine
from frontline_pipeline.office.errors import ReadFailed
from frontline_pipeline.posting.entries import entries_of, ranges
from frontline_pipeline.posting.holdings import holdings
from frontline_pipeline.posting.readback import read_back
from frontline_pipeline.posting.rollback import roll_back
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import DAY, FakeLedger, poster, profile, voucher

KEY = ZKey("K1", "102")
BANK = Account(1920, "interim", "card", dt.date(2026, 1, 1), 0)
FIRST, LAST = DAY.replace(day=1), DAY.replace(day=calendar.monthrange(DAY.year, DAY.month)[1])


@pytest.fixture
def log_url(sqlite_url):
    return sqlite_url


class Accounts:
    """A FakeLedger asked by account."""

    def __init__(self, ledger: FakeLedger) -> None:
        self.ledger = ledger
        self.asked: list[tuple[int, int]] = []

    def account_lines(self, date_from, date_to, account_from, account_to):
        self.asked.append((account_from, account_to))
        return [x for x in self.ledger.transactions(date_from, date_to) if account_from <= x.account <= account_to]


def post(log, ledger, /, *vouchers, **store):
    assert all(outcome.done for outcome in poster(log, ledger).post(vouchers, profile(**store)))
    ledger.reads.clear()


def held(log, ledger):
    (found,) = holdings(log, "fjord", [KEY], lambda: ledger)
    return found


def rolled(log, ledger):
    (found,) = roll_forward([BANK], entries_of(log, Accounts(ledger), "fjord", [BANK], LAST), FIRST, LAST)
    return found


def sent_lines():
    return tuple(HeldLine(line.account, line.tax_code or "", line.amount) for line in voucher().lines)


def test_what_was_read_back_is_known_without_a_question(log, ledger):
    post(log, ledger, voucher())
    asked = held(log, ledger)
    assert (asked.lines, asked.words, ledger.reads) == (sent_lines(), "posted, read now", ["transactions"])
    assert holdings(log, "fjord", [KEY], None)[0].words == "posted, not read back yet"
    read_back(log, ledger, "fjord", DAY)
    ledger.reads.clear()
    known = held(log, ledger)
    assert (known.lines, known.words, ledger.reads) == (sent_lines(), "verified by read-back", [])


def test_what_is_not_as_it_was_sent_is_read_and_what_is_gone_is_nothing(log, ledger):
    post(log, ledger, voucher())
    sent = ledger.vouchers[0]
    # An øre off, and without our reference: found by its number.
    lines = tuple(replace(line, comment="") for line in (replace(sent.lines[0], amount=12_501), *sent.lines[1:]))
    ledger.change(0, lines=lines, reference="")
    read_back(log, ledger, "fjord", DAY)
    assert log.documents()[0].state is not State.VERIFIED
    ledger.change(0, reference=sent.reference)
    read_back(log, ledger, "fjord", DAY)
    ledger.change(0, reference="")
    assert log.documents()[0].state is State.DRIFTED
    ledger.reads.clear()
    found = held(log, ledger)
    assert found.lines == (sent_lines()[0]._replace(amount=12_501), *sent_lines()[1:])
    assert ledger.reads == ["transactions"]
    ledger.delete(0)
    read_back(log, ledger, "fjord", DAY)
    ledger.reads.clear()
    assert (held(log, ledger).lines, ledger.reads) == ((), [])


def test_drafts_silence_and_what_is_not_out(log, ledger):
    post(log, ledger, voucher(mode=Mode.DRAFT))
    assert held(log, ledger).lines is None
    assert "draft" in held(log, ledger).words
    assert holdings(log, "fjord", [ZKey("K9", "1")], lambda: ledger) == []


def test_a_ledger_that_does_not_answer_is_told_and_not_taken_for_empty(log, ledger):
    post(log, ledger, voucher())

    def silent():
        raise ReadFailed("no answer", kind="timeout")

    (found,) = holdings(log, "fjord", [KEY], silent)
    assert (found.lines, found.words) == (None, "posted, 24SevenOffice could not be asked (timeout)")


def test_accounts_that_are_near_are_asked_together():
    assert ranges([2910, 1901, 2900, 1905, 2380]) == [(1901, 1905), (2380, 2380), (2900, 2910)]
    assert ranges([]) == []


def test_both_books_of_an_account_and_what_is_not_in_them(log, ledger):
    post(log, ledger, voucher(102), voucher(103))
    post(log, ledger, voucher(104, mode=Mode.DRAFT), mode="draft")
    one = sum(line.amount for line in voucher().lines if line.account == 1920)
    found = rolled(log, ledger)
    assert (found.added, found.others, found.waiting, found.agrees) == (2 * one, 0, one, True)
    # Others enter a pay-out; one of ours loses its reference and is known by number and date; the other is an øre off.
    sent = ledger.vouchers[0]
    ledger.add(
        replace(sent, reference="bank", transaction_no=900, lines=(replace(sent.lines[0], amount=-one, comment="x"),))
    )
    ledger.change(0, reference="", lines=tuple(replace(line, comment="till") for line in sent.lines))
    other = ledger.vouchers[1]
    ledger.change(1, lines=(replace(other.lines[0], amount=one + 1), *other.lines[1:]))
    found = rolled(log, ledger)
    assert (found.added, found.others, found.difference) == (2 * one, -one, 1)
    assert [(gap.reference, gap.origin.business_day, gap.ledger - gap.sent) for gap in found.gaps] == [
        (other.reference, DAY, 1)
    ]


def test_a_journal_and_its_reversal_cancel(log, ledger):
    post(log, ledger, voucher())
    read_back(log, ledger, "fjord", DAY)
    assert all(each.done for each in roll_back(poster(log, ledger), profile(), DAY, DAY, reason="wrong", who="kari"))
    found = rolled(log, ledger)
    one = sum(line.amount for line in voucher().lines if line.account == 1920)
    assert (found.closing, found.added, found.used, found.others, found.agrees) == (0, one, one, 0, True)
    assert "rolled back" in held(log, ledger).words


def test_a_voucher_that_a_person_reversed_by_hand_is_of_others(log, ledger):
    post(log, ledger, voucher())
    (document,) = log.documents()
    log.reverse(document.reference, reason="by hand", who="kari")
    found = rolled(log, ledger)
    one = sum(line.amount for line in voucher().lines if line.account == 1920)
    # The journal is there, what takes it back is not: that is what the ledger has, and so the closing.
    assert (found.added, found.others, found.closing, found.agrees) == (0, one, one, True)


def test_a_draft_that_a_person_has_posted_since_is_ours(log, ledger):
    post(log, ledger, voucher(mode=Mode.DRAFT), mode="draft")
    assert rolled(log, ledger).waiting > 0
    ledger.change(0, draft=False)
    found = rolled(log, ledger)
    assert (found.waiting, found.others, found.agrees) == (0, 0, True)
    assert found.added > 0


def test_nothing_followed_asks_nothing(log, ledger):
    accounts = Accounts(ledger)
    assert entries_of(log, accounts, "fjord", [], LAST).ledger == ()
    assert accounts.asked == []
