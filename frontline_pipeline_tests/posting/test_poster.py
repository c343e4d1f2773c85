"""The poster against a recording ledger: once, in order, and with every answer made visible."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from frontline_pipeline.accounting.model import Mode, VoucherLine, ZKey
from frontline_pipeline.office.errors import Rejected
from frontline_pipeline.office.models import LedgerVoucher
from frontline_pipeline.posting import lease
from frontline_pipeline.posting.errors import LogInUse, NotInitialised
from frontline_pipeline.posting.lease import SystemWaiting
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.schema import lease as lease_table
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import (
    DAY,
    Crash,
    FakeLedger,
    day_voucher,
    poster,
    profile,
    voucher,
)


@pytest.fixture
def log_url(sqlite_url: str) -> str:
    """SQLite only; test_crashes.py and test_lease.py post on PostgreSQL too."""
    return sqlite_url


def post(log: PostingLog, ledger: FakeLedger, /, *vouchers, **store):
    return poster(log, ledger).post(vouchers, profile(**store))


def test_a_voucher_is_posted_with_its_reference_and_number(log, ledger):
    (outcome,) = post(log, ledger, voucher())
    assert (outcome.state, outcome.transaction_no, outcome.already, outcome.done) == (State.POSTED, 1, False, True)
    assert outcome.reference == "oslo/K1/Z102/r1"
    (saved,) = ledger.vouchers
    assert (saved.reference, saved.date, saved.year_id, saved.type_no, saved.draft) == (
        "oslo/K1/Z102/r1",
        DAY,
        2026,
        5,
        False,
    )
    assert [(line.account, line.amount, line.tax_code) for line in saved.lines] == [
        (1920, 12_500, None),
        (2700, -2_500, None),
        (3000, -10_000, "3"),
    ]
    assert saved.lines[0].comment.startswith("oslo/K1/Z102/r1 ")
    assert saved.direct_accounting


def test_the_intent_is_durable_before_the_call(log, ledger):
    seen = []

    def look(sent: LedgerVoucher) -> None:
        (found,) = log.documents()
        seen.append((found.state, found.transaction_no, found.z_keys, found.reference == sent.reference))

    ledger.on_save = look
    post(log, ledger, voucher())
    assert seen == [(State.SENDING, 1, (ZKey("K1", "102"),), True)]


def test_the_history_tells_every_step(log, ledger):
    post(log, ledger, voucher())
    (found,) = log.documents()
    steps = [(entry.from_state, entry.to_state) for entry in log.history(found)]
    assert steps == [(None, State.PLANNED), (State.PLANNED, State.SENDING), (State.SENDING, State.POSTED)]
    assert {entry.who for entry in log.history(found)} == {"worker"}


def test_the_same_again_writes_nothing_and_asks_nothing(log, ledger):
    post(log, ledger, voucher())
    ledger.reads.clear()
    (again,) = post(log, ledger, voucher())
    assert (again.state, again.already, again.calls) == (State.POSTED, True, 0)
    assert "already posted as number 1" in again.message
    assert len(ledger.vouchers) == 1
    assert ledger.reads == []


def test_permuted_lines_are_the_same_content(log, ledger):
    post(log, ledger, voucher())
    made = voucher()
    (again,) = post(log, ledger, replace(made, lines=tuple(reversed(made.lines)), text="andre ord"))
    assert again.already
    assert len(ledger.vouchers) == 1


def test_other_content_is_held_and_says_what_differs(log, ledger):
    post(log, ledger, voucher())
    (outcome,) = post(log, ledger, voucher(net=20_000))
    assert outcome.state is Hold.CHANGED
    assert "account 3000 VAT code 3: -100.00 -> -200.00" in outcome.message
    assert len(ledger.vouchers) == 1


def test_a_draft_stays_a_draft_when_the_mode_changes(log, ledger):
    post(log, ledger, voucher(mode=Mode.DRAFT), mode="draft")
    (outcome,) = post(log, ledger, voucher(mode=Mode.POSTED))
    assert (outcome.state, outcome.already, outcome.mode) == (State.DRAFTED, True, Mode.DRAFT)
    assert "stays a draft" in outcome.message
    assert len(ledger.vouchers) == 1


def test_one_bad_voucher_does_not_stop_the_others(log, ledger):
    broken = replace(voucher(103), lines=voucher(103).lines[:2], vat_control=())
    outcomes = post(log, ledger, voucher(102), broken, voucher(104))
    assert [o.state for o in outcomes] == [State.POSTED, Hold.UNPROVEN, State.POSTED]
    assert "differ" in outcomes[1].message
    assert [v.reference for v in ledger.vouchers] == ["oslo/K1/Z102/r1", "oslo/K1/Z104/r1"]


def test_an_empty_log_refuses_until_it_is_initialised(tmp_path: Path, ledger):
    log = open_log(f"sqlite:///{tmp_path / 'posting.sqlite'}")
    with pytest.raises(NotInitialised, match="frontline init"):
        post(log, ledger, voucher())
    assert ledger.saves == 0
    log.initialise("anna")
    log.initialise("anna")
    assert post(log, ledger, voucher())[0].done
    with pytest.raises(LogInUse, match="1 document"):
        log.initialise("anna")


def test_a_voucher_of_another_store_is_a_fault(log, ledger):
    with pytest.raises(ValueError, match="not of store oslo"):
        post(log, ledger, voucher(store="bergen"))


def test_not_sent_keeps_the_number_and_goes_on_next_time(log, ledger):
    ledger.faults = ["not_sent"]
    (outcome,) = post(log, ledger, voucher())
    assert (outcome.state, outcome.transaction_no, outcome.may_repeat) == (Hold.NOT_SENT, 1, True)
    assert log.state_of("oslo", DAY) is State.PLANNED
    # Another voucher in between does not take the number that is owned.
    (other,) = post(log, ledger, voucher(103))
    assert other.transaction_no == 2
    (again,) = post(log, ledger, voucher())
    assert (again.state, again.transaction_no) == (State.POSTED, 1)


def test_a_planned_document_takes_new_content_under_its_number(log, ledger):
    ledger.faults = ["not_sent"]
    post(log, ledger, voucher())
    (outcome,) = post(log, ledger, voucher(net=20_000))
    assert (outcome.state, outcome.transaction_no, outcome.revision) == (State.POSTED, 1, 1)
    assert ledger.vouchers[0].lines[0].amount == 25_000


def test_a_rejected_voucher_frees_its_z_and_is_sent_again_under_its_number(log, ledger):
    ledger.faults = ["rejected"]
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is State.REJECTED
    assert "account is closed" in outcome.message
    already, new = log.split_new("fjord", [ZKey("K1", "102")])
    assert (already, new) == ({}, [ZKey("K1", "102")])
    (again,) = post(log, ledger, voucher(net=30_000))
    assert (again.state, again.transaction_no, again.revision) == (State.POSTED, 1, 1)


def test_a_refused_login_leaves_the_document_planned(log, ledger):
    ledger.faults = ["login"]
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is Hold.REFUSED
    assert log.state_of("oslo", DAY) is State.PLANNED
    assert post(log, ledger, voucher())[0].transaction_no == 1


def test_a_factory_that_cannot_log_in_is_an_outcome(log):
    def refuse():
        raise Rejected("environment variable P is not set", kind="credentials")

    made = poster(log, FakeLedger())
    made._factory = refuse
    (outcome,) = made.post([voucher()], profile())
    assert outcome.state is Hold.REFUSED
    assert log.documents() == []


@pytest.mark.parametrize(("fault", "saved"), [("unknown_before", 0), ("unknown_after", 1)])
def test_an_unknown_draft_is_never_sent_again(log, ledger, fault, saved):
    """No operation lists drafts, so nothing but a person can tell."""
    ledger.faults = [fault]
    (outcome,) = post(log, ledger, voucher(mode=Mode.DRAFT))
    assert outcome.state is State.UNKNOWN
    assert "frontline resolve oslo/K1/Z102/r1" in outcome.message
    (again,) = post(log, ledger, voucher(mode=Mode.DRAFT))
    assert (again.state, again.already) == (State.UNKNOWN, False)
    (changed,) = post(log, ledger, voucher(mode=Mode.DRAFT, net=70_000))
    assert changed.state is State.UNKNOWN
    assert len(ledger.vouchers) == saved
    assert ledger.saves == 1
    assert "transactions" not in ledger.reads


def test_with_resend_hold_an_unknown_outcome_is_looked_for_and_never_sent_again(log, ledger):
    ledger.faults = ["unknown_before"]
    assert post(log, ledger, voucher())[0].state is State.UNKNOWN
    (again,) = poster(log, ledger, resend="hold").post([voucher()], profile())
    assert again.state is State.UNKNOWN
    assert "posting.resend is hold" in again.message
    assert "frontline resolve oslo/K1/Z102/r1" in again.message
    assert (len(ledger.vouchers), ledger.saves) == (0, 1)


def test_no_new_number_while_one_is_unknown(log, ledger):
    ledger.faults = ["unknown_before"]
    outcomes = post(log, ledger, voucher(102), voucher(103))
    assert [o.state for o in outcomes] == [State.UNKNOWN, Hold.WAITING]
    assert "waits for oslo/K1/Z102/r1" in outcomes[1].message
    holding = poster(log, ledger, resend="hold")
    (bergen,) = holding.post([voucher(1, register="B1", store="bergen")], profile("bergen"))
    assert bergen.state is Hold.WAITING
    assert ledger.saves == 1
    # Another series is not concerned.
    (other,) = holding.post([voucher(104)], profile(ledger={"voucher_type": 6}))
    assert other.state is State.POSTED


def test_a_crash_between_intent_and_answer_is_unknown_until_it_is_looked_for(log, ledger):
    ledger.faults = ["crash_after"]
    with pytest.raises(Crash):
        post(log, ledger, voucher(mode=Mode.DRAFT))
    assert log.state_of("oslo", DAY) is State.SENDING
    (outcome,) = post(log, ledger, voucher(mode=Mode.DRAFT))
    assert outcome.state is State.UNKNOWN
    assert "died between intent and answer" in outcome.message
    assert len(ledger.vouchers) == 1


def test_a_number_taken_by_another_hand_is_unknown_and_gets_a_new_one_when_absent(log, ledger):
    def taken_meanwhile(sent: LedgerVoucher) -> None:
        ledger.taken.add((2026, sent.transaction_no))
        ledger.on_save = None

    ledger.on_save = taken_meanwhile
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is State.UNKNOWN
    log.resolve("oslo/K1/Z102/r1", found=False, reason="number 1 is a bank voucher", who="anna")
    (again,) = post(log, ledger, voucher())
    assert (again.state, again.transaction_no) == (State.POSTED, 2)


def test_numbers_that_the_log_owns_are_stepped_over(log, ledger):
    # A ledger whose GetEntryId does not count drafts.
    ledger.next_transaction_no = lambda on, series_id: 1
    outcomes = post(log, ledger, *(voucher(z, mode=Mode.DRAFT) for z in (1, 2, 3)))
    assert [o.transaction_no for o in outcomes] == [1, 2, 3]


# Granularity


def test_a_z_that_is_out_per_register_is_not_posted_per_store(log, ledger):
    post(log, ledger, voucher(102))
    (outcome,) = post(log, ledger, day_voucher(102, 103), journal_per="store")
    assert outcome.state is Hold.CONFLICT
    assert "Z 102 of register K1 is in oslo/K1/Z102/r1" in outcome.message
    assert len(ledger.vouchers) == 1


def test_a_z_that_is_out_per_store_is_not_posted_per_register(log, ledger):
    post(log, ledger, day_voucher(102, 103), journal_per="store")
    outcomes = post(log, ledger, voucher(102), voucher(104))
    assert [o.state for o in outcomes] == [Hold.CONFLICT, State.POSTED]
    assert f"oslo/{DAY}/r1" in outcomes[0].message


def test_a_late_z_starts_a_second_document_of_the_day(log, ledger):
    post(log, ledger, day_voucher(102, 103), journal_per="store")
    keys = [ZKey("K1", str(number)) for number in (102, 103, 104)]
    already, new = log.split_new("fjord", keys)
    assert set(already) == set(keys[:2])
    assert new == keys[2:]
    ledger.faults = ["rejected"]
    (refused,) = post(log, ledger, day_voucher(104), journal_per="store")
    assert (refused.state, refused.reference) == (State.REJECTED, f"oslo/{DAY}.2/r1")
    (late,) = post(log, ledger, day_voucher(104), journal_per="store")
    assert (late.state, late.reference) == (State.POSTED, f"oslo/{DAY}.2/r1")
    (again,) = post(log, ledger, day_voucher(104), journal_per="store")
    assert again.already
    (later,) = post(log, ledger, day_voucher(105), journal_per="store")
    assert later.reference == f"oslo/{DAY}.3/r1"
    # A caller that has counted itself, from fewer documents than the log knows.
    (counted,) = post(log, ledger, replace(day_voucher(106), document_key=f"oslo/{DAY}.2"), journal_per="store")
    assert counted.reference == f"oslo/{DAY}.4/r1"
    assert log.state_of("oslo", DAY) is State.POSTED
    assert len(ledger.vouchers) == 4


def test_the_same_z_number_of_another_register_is_another_z(log, ledger):
    outcomes = post(log, ledger, voucher(102), voucher(102, register="K2"))
    assert [o.done for o in outcomes] == [True, True]


# Resolving


def test_resolve_found(log, ledger):
    ledger.faults = ["unknown_after"]
    post(log, ledger, voucher())
    resolved = log.resolve("oslo/K1/Z102", found=True, reason="seen as 1", who="anna")
    assert resolved.state is State.POSTED
    (outcome,) = post(log, ledger, voucher())
    assert outcome.already
    assert log.history(resolved)[-1].who == "anna"


def test_resolve_found_of_a_draft(log, ledger):
    ledger.faults = ["unknown_after"]
    post(log, ledger, voucher(mode=Mode.DRAFT))
    assert log.resolve("oslo/K1/Z102", found=True, reason="seen", who="anna").state is State.DRAFTED


def test_resolve_absent_sends_again_under_the_same_number(log, ledger):
    ledger.faults = ["unknown_before"]
    post(log, ledger, voucher())
    log.resolve("oslo/K1/Z102/r1", found=False, reason="not among posted vouchers", who="anna")
    assert log.split_new("fjord", [ZKey("K1", "102")])[1] == []
    (outcome,) = post(log, ledger, voucher())
    assert (outcome.state, outcome.transaction_no) == (State.POSTED, 1)


def test_a_document_that_is_sent_again_keeps_its_granularity(log, ledger):
    ledger.faults = ["unknown_before"]
    post(log, ledger, voucher())
    log.resolve("oslo/K1/Z102/r1", found=False, reason="not there", who="anna")
    assert post(log, ledger, voucher(), journal_per="store")[0].done
    assert log.documents()[0].granularity == "register"


def test_a_late_first_request_collides_instead_of_doubling(log, ledger):
    ledger.faults = ["unknown_before"]
    late: list[LedgerVoucher] = []
    ledger.on_save = late.append
    post(log, ledger, voucher())
    log.resolve("oslo/K1/Z102/r1", found=False, reason="looked, not there", who="anna")
    ledger.add(late[0])
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is State.POSTED
    assert "adopted by probe" in outcome.message
    assert len(ledger.vouchers) == 1
    assert post(log, ledger, voucher())[0].already


def test_after_absent_a_changed_series_is_refused(log, ledger):
    ledger.faults = ["unknown_before"]
    post(log, ledger, voucher())
    log.resolve("oslo/K1/Z102/r1", found=False, reason="not there", who="anna")
    (outcome,) = post(log, ledger, voucher(), ledger={"voucher_type": 6})
    assert outcome.state is Hold.REFUSED
    assert "set ledger.voucher_type back to 5" in outcome.message


# Two at once


def test_two_threads_post_one_store_day_once(log, ledger):
    gate = threading.Barrier(2)
    outcomes = []

    def work(name: str) -> None:
        mine = poster(log, ledger, holder=name, lease_wait_seconds=20)
        mine._waiting = SystemWaiting()
        gate.wait()
        outcomes.extend(mine.post([voucher(102), voucher(103)], profile()))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [o.done for o in outcomes] == [True] * 4
    assert sum(o.already for o in outcomes) == 2
    assert len(ledger.vouchers) == 2


def test_a_busy_lease_ends_in_not_sent(log, ledger):
    lease.acquire(log.database, "fjord", "other:1", 60, 0)
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is Hold.NOT_SENT
    assert "other:1" in outcome.message
    assert ledger.reads == []


def test_a_slow_holder_that_lost_its_lease_still_records_its_answer(log, ledger):
    def steal(_sent: LedgerVoucher) -> None:
        ledger.on_save = None
        expire_lease(log)
        (seen,) = poster(log, ledger, holder="second", resend="hold").post([voucher(102)], profile())
        assert seen.state is State.UNKNOWN

    ledger.on_save = steal
    outcomes = post(log, ledger, voucher(102), voucher(103))
    assert outcomes[0].state is State.POSTED
    assert outcomes[1].state is Hold.NOT_SENT
    assert "lost" in outcomes[1].message
    assert len(ledger.vouchers) == 1
    assert lease.acquire(log.database, "fjord", "third", 60, 0).token == 3


def expire_lease(log: PostingLog) -> None:
    with log.database.writing() as connection:
        connection.execute(lease_table.update().values(expires_at=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)))


@pytest.mark.parametrize(
    ("fault_of_resend", "state", "saved"), [("", State.POSTED, 1), ("unknown_before", State.UNKNOWN, 1)]
)
def test_a_late_answer_after_a_resend_is_only_noted(log, ledger, fault_of_resend, state, saved):
    """The wrong clean-up: recording every answer. The row is another attempt's by then, perhaps with other content."""

    def meanwhile(sent: LedgerVoucher) -> None:
        ledger.on_save = None
        expire_lease(log)
        second = poster(log, ledger, holder="second", resend="hold")
        assert second.post([voucher()], profile())[0].state is State.UNKNOWN
        log.resolve(sent.reference, found=False, reason="not there", who="anna")
        ledger.faults = [fault_of_resend]
        second.post([voucher()], profile())

    ledger.on_save = meanwhile
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is state
    assert len(ledger.vouchers) == saved
    (found,) = log.documents()
    assert log.history(found)[-1].event == "late_answer"


def test_a_late_answer_after_a_person_found_it_is_only_noted(log, ledger):
    def meanwhile(sent: LedgerVoucher) -> None:
        expire_lease(log)
        second = poster(log, FakeLedger(), holder="second", resend="hold")
        assert second.post([voucher()], profile())[0].state is State.UNKNOWN
        log.resolve(sent.reference, found=True, reason="seen", who="anna")

    ledger.on_save = meanwhile
    (outcome,) = post(log, ledger, voucher())
    assert outcome.state is State.POSTED
    (found,) = log.documents()
    assert log.history(found)[-1].event == "late_answer"


def test_a_late_answer_after_a_person_said_absent_is_the_truth(log, ledger):
    def meanwhile(sent: LedgerVoucher) -> None:
        expire_lease(log)
        poster(log, FakeLedger(), holder="second", resend="hold").post([voucher()], profile())
        log.resolve(sent.reference, found=False, reason="looked too early", who="anna")

    ledger.on_save = meanwhile
    assert post(log, ledger, voucher())[0].state is State.POSTED
    assert post(log, ledger, voucher())[0].already
    assert len(ledger.vouchers) == 1


def test_lines_never_hold_more_than_the_comment_may(log, ledger):
    long = replace(voucher(), lines=tuple(replace(line, text="x" * 90) for line in voucher().lines))
    post(log, ledger, long)
    assert all(len(line.comment) <= 75 for line in ledger.vouchers[0].lines)


def test_customer_department_project_and_dimensions_are_sent(log, ledger):
    made = voucher()
    first = replace(
        made.lines[0],
        account=1500,
        customer_id=10001,
        department_id=10,
        project_id=20,
        dimensions=((101, "nord"),),
    )
    post(log, ledger, replace(made, lines=(first, *made.lines[1:])))
    sent = ledger.vouchers[0].lines[0]
    assert (sent.customer_id, sent.department_id, sent.project_id, sent.dimensions) == (10001, 10, 20, ((101, "nord"),))


def test_the_tax_reference_can_be_the_id(log, ledger):
    post(log, ledger, voucher(), ledger={"tax_reference": "id"})
    assert ledger.vouchers[0].lines[2].tax_code == "13"


def test_system_vat_goes_without_direct_accounting(log, ledger):
    made = voucher(
        mode=Mode.DRAFT,
        vat_posting="system",
        lines=(
            VoucherLine(1920, 12_500, 0, "Bankkort", role="tender"),
            VoucherLine(3000, 0, 12_500, "Salg", tax_code="3", role="sales", vat_key="3@25000"),
        ),
    )
    post(log, ledger, made, mode="draft", ledger={"vat_posting": "system"})
    assert (ledger.vouchers[0].draft, ledger.vouchers[0].direct_accounting) == (True, False)
