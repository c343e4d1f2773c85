"""The ledger read back: every way in which it can stop saying what was sent."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import replace

import pytest

from frontline_pipeline.accounting.model import Mode
from frontline_pipeline.office.errors import ReadFailed
from frontline_pipeline.posting.errors import NotResolvable
from frontline_pipeline.posting.outcome import Hold
from frontline_pipeline.posting.readback import judge, month_window, read_back
from frontline_pipeline.posting.states import State
from frontline_pipeline_tests.posting.fake_ledger import (
    DAY,
    Crash,
    FakeLedger,
    day_voucher,
    expire_leases,
    poster,
    profile,
    voucher,
)
from frontline_pipeline_tests.posting.world import World


@pytest.fixture
def log_url(sqlite_url):
    return sqlite_url


def post(log, ledger, /, *vouchers, **store):
    outcomes = poster(log, ledger).post(vouchers, profile(**store))
    assert all(outcome.done for outcome in outcomes)
    ledger.reads.clear()


def back(log, ledger):
    return read_back(log, ledger, "fjord", DAY)


def test_what_was_sent_is_verified_with_one_call(log, ledger):
    post(log, ledger, voucher(102), voucher(103))
    assert [a.state for a in back(log, ledger)] == [State.VERIFIED] * 2
    assert ledger.reads == ["transactions"]
    assert judge(log.state_of("oslo", DAY)).passed


def test_a_month_without_documents_asks_nothing(log, ledger):
    post(log, ledger, voucher())
    assert read_back(log, ledger, "fjord", dt.date(2026, 10, 5)) == []
    assert read_back(log, ledger, "vidde", DAY) == []
    assert ledger.reads == []


def test_a_second_read_back_does_not_fill_the_history(log, ledger):
    post(log, ledger, voucher())
    (first,) = back(log, ledger)
    steps = len(log.history(first.document))
    (second,) = back(log, ledger)
    assert second.before is second.state is State.VERIFIED
    assert len(log.history(first.document)) == steps


def test_an_edited_amount_drifts_with_a_table_and_heals(log, ledger):
    post(log, ledger, voucher())
    sent = ledger.vouchers[0]
    lines = (replace(sent.lines[0], amount=12_400), *sent.lines[1:])
    ledger.change(0, lines=lines)
    (agreement,) = back(log, ledger)
    assert agreement.state is State.DRIFTED
    assert [(d.subject, d.sent, d.ledger) for d in agreement.differences] == [
        ("account 1920 on 2026-11-23", "125.00", "124.00")
    ]
    assert "sent 125.00, ledger has 124.00" in log.documents()[0].problem
    assert not judge(agreement.state).passed
    ledger.change(0, lines=sent.lines)
    assert back(log, ledger)[0].state is State.VERIFIED
    assert log.documents()[0].problem is None


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"account": 1900}, "account 1900 on 2026-11-23"),
        ({"tax_code": "3"}, "account 1920 on 2026-11-23 VAT code 3"),
        ({"department_id": 10}, "account 1920 on 2026-11-23 department 10"),
        ({"project_id": 20}, "account 1920 on 2026-11-23 project 20"),
        ({"dimensions": ((101, "nord"),)}, "account 1920 on 2026-11-23 dimension 101=nord"),
        ({"customer_id": 5}, "account 1920 on 2026-11-23 customer 5"),
    ],
)
def test_every_field_of_a_line_is_compared(log, ledger, change, subject):
    post(log, ledger, voucher())
    sent = ledger.vouchers[0]
    ledger.change(0, lines=(replace(sent.lines[0], **change), *sent.lines[1:]))
    (agreement,) = back(log, ledger)
    assert agreement.state is State.DRIFTED
    assert subject in {each.subject for each in agreement.differences}


def test_a_moved_date_and_an_added_line_drift(log, ledger):
    post(log, ledger, voucher(102), voucher(103))
    ledger.change(0, date=DAY - dt.timedelta(days=2))
    ledger.change(1, lines=(*ledger.vouchers[1].lines, replace(ledger.vouchers[1].lines[0], account=1900)))
    first, second = back(log, ledger)
    assert first.state is second.state is State.DRIFTED
    assert "account 1920 on 2026-11-21" in {each.subject for each in first.differences}
    assert [(d.sent, d.ledger) for d in second.differences] == [("no line", "125.00")]


def test_dimensions_and_customers_that_were_sent_are_verified(log, ledger):
    made = voucher()
    first = replace(made.lines[0], customer_id=7, department_id=10, project_id=20, dimensions=((101, "nord"),))
    post(log, ledger, replace(made, lines=(first, *made.lines[1:])))
    assert back(log, ledger)[0].state is State.VERIFIED


def test_a_deleted_voucher_is_missing_and_not_sent_again(log, ledger):
    post(log, ledger, voucher())
    ledger.delete(0)
    (agreement,) = back(log, ledger)
    assert agreement.state is State.MISSING
    (outcome,) = poster(log, ledger).post([voucher()], profile())
    assert (outcome.state, outcome.already) == (State.MISSING, True)
    assert "missing" in outcome.message
    assert ledger.vouchers == []


def test_twice_under_two_numbers_is_duplicated(log, ledger):
    post(log, ledger, voucher())
    ledger.add(replace(ledger.vouchers[0], transaction_no=9))
    (agreement,) = back(log, ledger)
    assert agreement.state is State.DUPLICATED
    assert "1, 9" in agreement.differences[0].ledger


def test_twice_under_one_number_is_duplicated(log, ledger):
    post(log, ledger, voucher())
    ledger.add(ledger.vouchers[0])
    assert back(log, ledger)[0].state is State.DUPLICATED


def test_a_reversal_that_copies_the_reference_is_no_duplicate(log, ledger):
    post(log, ledger, voucher())
    sent = ledger.vouchers[0]
    ledger.add(replace(sent, transaction_no=9, lines=tuple(replace(line, amount=-line.amount) for line in sent.lines)))
    (agreement,) = back(log, ledger)
    assert agreement.state is State.DRIFTED
    assert "also on number 9" in agreement.differences[0].ledger


def test_another_number_drifts(log, ledger):
    post(log, ledger, voucher())
    ledger.change(0, transaction_no=9)
    (agreement,) = back(log, ledger)
    assert [(d.subject, d.sent, d.ledger) for d in agreement.differences] == [("number", "1", "9")]


def test_a_dropped_reference_is_found_by_the_comment(log, ledger):
    post(log, ledger, voucher())
    ledger.change(0, reference="")
    assert back(log, ledger)[0].state is State.VERIFIED


def test_without_reference_and_comment_it_is_found_by_its_number(log, ledger):
    post(log, ledger, voucher())
    lines = tuple(replace(line, comment="") for line in ledger.vouchers[0].lines)
    ledger.change(0, reference="", lines=lines)
    (agreement,) = back(log, ledger)
    assert agreement.state is State.DRIFTED
    assert agreement.differences[0].subject == "reference"


def test_a_draft_stays_a_draft_until_a_person_posts_it(log, ledger):
    post(log, ledger, voucher(mode=Mode.DRAFT), mode="draft")
    (agreement,) = back(log, ledger)
    assert agreement.state is State.DRAFTED
    judgement = judge(agreement.state)
    assert (judgement.passed, judgement.severity) == (False, "warn")
    # Whether a draft keeps its number when it is posted is open (API.md section 3.2).
    ledger.change(0, draft=False, transaction_no=77)
    assert back(log, ledger)[0].state is State.VERIFIED


def test_a_vat_code_sent_by_id_is_recognised_by_id_and_by_number(log, ledger):
    post(log, ledger, voucher(), ledger={"tax_reference": "id"})
    assert ledger.vouchers[0].lines[2].tax_code == "13"
    assert back(log, ledger)[0].state is State.VERIFIED
    sent = ledger.vouchers[0]
    ledger.change(0, lines=(*sent.lines[:2], replace(sent.lines[2], tax_code="3")))
    assert back(log, ledger)[0].state is State.VERIFIED
    ledger.change(0, lines=(*sent.lines[:2], replace(sent.lines[2], tax_code="8")))
    assert back(log, ledger)[0].state is State.DRIFTED


def test_a_lost_answer_is_no_missing_voucher(log, ledger):
    post(log, ledger, voucher())

    def fail(*_args):
        raise ReadFailed("time-out", kind="timeout")

    ledger.transactions = fail
    with pytest.raises(ReadFailed):
        back(log, ledger)
    assert log.state_of("oslo", DAY) is State.POSTED


def test_unknown_documents_are_left_to_a_person(log):
    ledger = FakeLedger(faults=["unknown_after"])
    poster(log, ledger).post([voucher()], profile())
    assert back(log, ledger) == []
    assert log.state_of("oslo", DAY) is State.UNKNOWN


def test_the_window_of_a_month():
    assert month_window(dt.date(2028, 2, 9)) == (dt.date(2028, 2, 1), dt.date(2028, 2, 29))


def test_the_worst_document_speaks_for_the_day(log, ledger):
    post(log, ledger, voucher(102), voucher(103))
    back(log, ledger)
    ledger.delete(1)
    back(log, ledger)
    assert log.state_of("oslo", DAY) is State.MISSING
    grid = log.days(["oslo", "bergen"], DAY, DAY)
    assert list(grid) == [("oslo", DAY)]
    assert [d.state for d in grid["oslo", DAY].documents] == [State.VERIFIED, State.MISSING]
    assert log.state_of("bergen", DAY) is None


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_late_request_whose_z_is_in_another_document_is_a_double(request, sqlite_url, database):
    """Refused, posted under the other granularity, and then the first request lands: the same sales twice."""
    world = World(sqlite_url if database == "sqlite" else request.getfixturevalue("postgres_schema"))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.ledger.faults = ["rejected"]
    assert world.run(voucher())[0].state is State.REJECTED
    world.store = {"journal_per": "store"}
    per_store = replace(day_voucher(102), document_key=f"oslo/{DAY}")
    assert world.run(per_store)[0].transaction_no == 2
    assert world.ledger.land()
    found = {each.document.reference: each for each in world.read_back()}
    assert found["oslo/K1/Z102/r1"].state is State.DUPLICATED
    assert "the same sales twice" in found["oslo/K1/Z102/r1"].document.problem
    assert world.state(f"oslo/{DAY}/r1") is State.VERIFIED
    # However often it is read, and however equal each of the two is.
    world.read_back()
    assert world.state("oslo/K1/Z102/r1") is State.DUPLICATED
    assert not judge(world.log.state_of("oslo", DAY)).passed
    # A person takes the late one back; the store-day is right again.
    world.ledger.delete(1)
    world.log.reverse("oslo/K1/Z102/r1", reason="landed late", who="anna")
    assert world.run(per_store)[0].already
    world.log.close()


def test_what_was_one_too_many_counts_when_the_other_is_taken_back(sqlite_url):
    """Its Z-reports are free then, and it must not be posted a third time."""
    world = World(sqlite_url)
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.ledger.faults = ["rejected"]
    world.run(voucher())
    per_store = replace(day_voucher(102), document_key=f"oslo/{DAY}")
    world.run(per_store)
    world.ledger.land()
    world.read_back()
    world.ledger.delete(0)
    world.log.reverse(f"oslo/{DAY}/r1", reason="the other one stays", who="anna")
    (held,) = world.run(voucher())
    assert held.state is Hold.CONFLICT
    assert "oslo/K1/Z102/r1" in held.message
    world.read_back()
    assert world.state("oslo/K1/Z102/r1") is State.VERIFIED
    assert world.run(voucher())[0].already
    assert world.run(per_store)[0].already
    assert world.in_ledger() == ["oslo/K1/Z102/r1"]


def test_a_reversal_that_vanished_is_red_and_heals_in_the_ledger(sqlite_url):
    world = World(sqlite_url)
    world.run(voucher())
    world.correct(voucher(net=20_000))
    gone = world.ledger.vouchers[1]
    world.ledger.delete(1)
    world.read_back()
    assert world.log.state_of("oslo", DAY) is State.MISSING
    for word in ("retry", "reverse"):
        with pytest.raises(NotResolvable, match="is a reversal"):
            getattr(world.log, word)("oslo/K1/Z102/rev/r1", reason="because", who="anna")
    world.ledger.add(gone)
    world.read_back()
    assert world.log.state_of("oslo", DAY) is State.VERIFIED


def corrected_world(log_url) -> World:
    world = World(log_url)
    world.run(voucher())
    world.correct(voucher(net=20_000))
    assert [each.state for each in world.read_back()] == [State.VERIFIED] * 2
    return world


@pytest.mark.parametrize(("hand", "shown"), [("deletes", State.MISSING), ("edits", State.DRIFTED)])
def test_a_corrected_voucher_that_a_person_removes_leaves_its_reversal_alone_and_red(log_url, hand, shown):
    """Found by the simulator: the reversal then takes back what is not there, and the books are short of a day."""
    world = corrected_world(log_url)
    was = world.ledger.vouchers[0]
    if hand == "deletes":
        world.ledger.delete(0)
    else:
        world.ledger.change(0, lines=tuple(replace(line, amount=line.amount * 2) for line in was.lines))
    assert [each.document.reference for each in world.sweep().disagreements] == ["oslo/K1/Z102/r1"]
    assert world.log.state_of("oslo", DAY) is shown
    assert not judge(world.log.state_of("oslo", DAY)).passed
    before = world.history("oslo/K1/Z102/r1")
    world.read_back()
    assert world.history("oslo/K1/Z102/r1") == before, "a second read-back says nothing new"
    if hand == "deletes":
        world.ledger.add(was)
    else:
        world.ledger.change(0, lines=was.lines)
    assert world.sweep().disagreements == ()
    assert world.log.state_of("oslo", DAY) is State.VERIFIED


def test_a_voucher_reversed_by_hand_may_be_gone(log_url):
    world = World(log_url)
    world.run(voucher())
    world.ledger.delete(0)
    world.read_back()
    world.log.deleted("oslo/K1/Z102/r1", reason="deleted it", who="anna")
    assert world.run(voucher())[0].state is State.POSTED
    assert world.sweep().disagreements == ()


@pytest.mark.parametrize("fault", ["", "unknown_after", "crash_after"])
def test_a_journal_tells_why_it_was_reversed_whoever_finds_its_reversal(log_url, fault):
    """Also where the answer was lost, and a run, which knows no reason, adopts the reversal."""
    world = World(log_url)
    world.run(voucher())
    world.ledger.faults = [fault]
    with suppress(Crash):
        world.correct(voucher(net=20_000))
    expire_leases(world.log)
    world.run(voucher(103))
    told = [each for each in world.history("oslo/K1/Z102/r1") if each.startswith("reverse ")]
    assert [each.split(" (")[0] for each in told] == ["reverse reversed by oslo/K1/Z102/rev/r1, number 2: late void"]
    assert any("intent to reverse: late void" in each for each in world.history("oslo/K1/Z102/rev/r1"))


def deleted_and_back(log_url) -> World:
    """Found by the simulator (seed 5704): a lost request is repeated, its voucher deleted by a person, and then the first one lands
    in a ledger that takes a used number."""
    world = World(log_url, FakeLedger(refuse_used_numbers=False))
    world.ledger.faults = ["unknown_before"]
    world.run(voucher())
    world.later(100)
    assert world.run(voucher())[0].state is State.POSTED
    world.ledger.delete(0)
    world.log.deleted("oslo/K1/Z102/r1", reason="wrong shop", who="anna")
    assert world.ledger.land()
    return world


def test_a_deleted_voucher_that_comes_back_is_red_and_nothing_is_posted_beside_it(log_url):
    world = deleted_and_back(log_url)
    (back,) = world.sweep().disagreements
    assert "deleted by a person, yet in the ledger" in back.document.problem
    assert world.log.state_of("oslo", DAY) is State.DUPLICATED
    (held,) = world.run(voucher(net=20_000))
    assert held.state is Hold.CONFLICT
    assert "oslo/K1/Z102/r1 (deleted by hand, and there again" in held.message
    # The person deletes it once more: the next read-back is content, and the next revision is posted.
    world.ledger.delete(0)
    assert world.sweep().disagreements == ()
    assert world.run(voucher(net=20_000))[0].reference == "oslo/K1/Z102/r2"
    world.read_back()
    assert world.in_ledger() == ["oslo/K1/Z102/r2"]
    assert world.log.state_of("oslo", DAY) is State.VERIFIED


def test_a_deleted_voucher_that_comes_back_beside_the_next_revision_is_red(log_url):
    world = deleted_and_back(log_url)
    assert world.run(voucher(net=20_000))[0].reference == "oslo/K1/Z102/r2"
    assert [each.document.reference for each in world.sweep().disagreements] == ["oslo/K1/Z102/r1"]
    assert world.log.state_of("oslo", DAY) is State.DUPLICATED


def test_a_voucher_said_to_be_deleted_may_have_been_reversed_instead(log_url):
    """The wrong word is no dead end."""
    world = World(log_url)
    world.run(voucher())
    world.log.deleted("oslo/K1/Z102/r1", reason="taken back", who="anna")
    assert len(world.sweep().disagreements) == 1
    world.log.reverse("oslo/K1/Z102/r1", reason="no, reversed by number 7", who="anna")
    assert world.sweep().disagreements == ()
    assert world.run(voucher(net=20_000))[0].reference == "oslo/K1/Z102/r2"


def test_a_deleted_draft_that_is_posted_after_all_is_red(log_url):
    world = World(log_url)
    world.run(voucher(mode=Mode.DRAFT))
    world.log.resolve("oslo/K1/Z102/r1", found=False, reason="deleted the draft", who="anna")
    world.ledger.change(0, draft=False)
    world.sweep()
    assert world.log.state_of("oslo", DAY) is State.DUPLICATED


@pytest.mark.parametrize(
    ("word", "fault", "said"),
    [
        ("retry", "unknown_after", "unknown"),
        ("reverse", "unknown_after", "unknown"),
        ("reverse", "unknown_before", "planned"),
    ],
)
def test_no_word_about_a_journal_whose_reversal_may_be_there(log_url, word, fault, said):
    """Found by the simulator: sent again, the two would cancel out; reversed by hand, it would be taken back twice. Both verified."""
    world = World(log_url)
    world.run(voucher())
    world.ledger.faults = [fault]
    world.correct(voucher(net=20_000))
    if said == "planned":
        world.log.resolve("oslo/K1/Z102/rev/r1", found=False, reason="looked", who="anna")
    world.ledger.delete(0)
    world.read_back()
    assert world.state("oslo/K1/Z102/r1") is State.MISSING
    with pytest.raises(NotResolvable, match=f"has a reversal, oslo/K1/Z102/rev/r1, that is {said}"):
        getattr(world.log, word)("oslo/K1/Z102/r1", reason="deleted by mistake", who="anna")


def test_a_skipped_reversal_leaves_the_journal_to_a_person(log_url):
    world = World(log_url)
    world.run(voucher())
    world.ledger.faults = ["unknown_before"]
    world.correct(voucher(net=20_000))
    world.log.skip("oslo/K1/Z102/rev/r1", reason="I reverse it by hand", who="anna")
    world.log.reverse("oslo/K1/Z102/r1", reason="reversed by hand", who="anna")
    assert world.run(voucher(net=20_000))[0].reference == "oslo/K1/Z102/r2"
    world.ledger.land()
    assert [each.document.reference for each in world.sweep().agreements if each.state is State.DISPUTED] == [
        "oslo/K1/Z102/rev/r1"
    ], "a reversal that lands after all is seen"


def test_a_search_that_showed_nothing_does_not_hide_a_vanished_journal_afterwards(log_url):
    """Found by the simulator: judged before its reversal was seen again, the journal counted as taken back by hand."""
    world = corrected_world(log_url)
    world.ledger.delete(0)
    rest = world.ledger.vouchers
    while world.ledger.vouchers:
        world.ledger.delete(0)
    world.read_back()
    for each in rest:
        world.ledger.add(each)
    world.read_back()
    assert world.log.state_of("oslo", DAY) is State.MISSING
