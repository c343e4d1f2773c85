"""Armed faults on real sockets: which failure of our own client each gives, and what the ledger holds afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from office_kit import DAY, NAME_OF_SAVE, Control, ledger_on, voucher
from server_kit import company

from frontline_pipeline.office.errors import NotSent, OfficeError, ReadFailed, Rejected, Unknown
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.sandbox.faults import KINDS
from frontline_pipeline.sandbox.server import SandboxServer


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxServer]:
    with SandboxServer(":memory:", [company(), company("syd")], control=True) as running:
        yield running


@pytest.fixture
def server(shared: SandboxServer) -> SandboxServer:
    Control(shared).clear_faults()
    shared.app.faults.arrive()
    with shared.store.writing() as db:
        db.execute("delete from entries")
        db.execute("delete from vouchers")
    return shared


@pytest.fixture
def control(server: SandboxServer) -> Control:
    return Control(server)


@pytest.fixture
def ledger(server: SandboxServer, tmp_path: Path) -> Ledger:
    """Logged in already, so that a fault on every operation does not hit the login."""
    found = ledger_on(server, tmp_path)
    found.fiscal_years()
    found.session.calls.clear()
    return found


def saved(server: SandboxServer) -> int:
    return server.app.book.count("nord")[0]


#: Fault, when, what our client raises for a write, its kind, and how many vouchers the ledger has afterwards.
WRITES: list[tuple[str, str, type[OfficeError] | None, str, int]] = [
    ("reset", "before", Unknown, "no_answer", 0),
    ("reset", "after", Unknown, "no_answer", 1),
    ("half", "before", Unknown, "no_answer", 0),
    ("half", "after", Unknown, "no_answer", 1),
    ("http_500", "before", Unknown, "http", 0),
    ("http_500", "after", Unknown, "http", 1),
    ("http_502", "after", Unknown, "http", 1),
    ("http_503", "before", Unknown, "http", 0),
    ("http_504", "after", Unknown, "http", 1),
    ("http_429", "before", NotSent, "limit", 0),
    ("fault", "before", Unknown, "fault", 0),
    ("fault", "after", Unknown, "fault", 1),
    ("garbage", "before", Unknown, "unreadable", 0),
    ("garbage", "after", Unknown, "unreadable", 1),
    ("empty", "before", Unknown, "unreadable", 0),
    ("empty", "after", Unknown, "unreadable", 1),
    ("no_result", "before", Unknown, "unreadable", 0),
    ("no_result", "after", Unknown, "unreadable", 1),
    ("quota", "before", NotSent, "limit", 0),
    ("not_saved", "before", Rejected, "not_saved", 0),
    ("late_arrival", "before", Unknown, "no_answer", 0),
    ("other_amounts", "before", None, "", 1),
    ("delay", "before", None, "", 1),
    ("delay", "after", None, "", 1),
    ("not_authenticated", "before", None, "", 1),
]


@pytest.mark.parametrize(("kind", "when", "error", "word", "vouchers"), WRITES)
def test_what_a_fault_of_a_write_is_to_our_client(
    server: SandboxServer,
    control: Control,
    ledger: Ledger,
    kind: str,
    when: str,
    error: type[OfficeError] | None,
    word: str,
    vouchers: int,
) -> None:
    control.fault("SaveBundleList", kind, when=when, seconds=60 if kind == "late_arrival" else 0.01)
    if error is None:
        ledger.save(voucher())
    else:
        with pytest.raises(error) as caught:
            ledger.save(voucher())
        assert (type(caught.value), caught.value.kind) == (error, word)
    assert saved(server) == vouchers
    again = 2 if kind == "not_authenticated" else 1
    assert ledger.session.calls["account.SaveBundleList"] == again, "only a refused session is answered by another try"
    ledger.save(voucher(2))
    assert saved(server) == vouchers + 1, "a fault that was spent lets the next call through"


READS: list[tuple[str, type[OfficeError] | None, str]] = [
    ("reset", ReadFailed, "no_answer"),
    ("half", ReadFailed, "no_answer"),
    ("http_500", ReadFailed, "http"),
    ("http_502", ReadFailed, "http"),
    ("http_503", ReadFailed, "http"),
    ("http_504", ReadFailed, "http"),
    ("http_429", NotSent, "limit"),
    ("fault", ReadFailed, "fault"),
    ("garbage", ReadFailed, "unreadable"),
    ("empty", ReadFailed, "unreadable"),
    ("no_result", ReadFailed, "unreadable"),
    ("quota", NotSent, "limit"),
    ("late_arrival", ReadFailed, "no_answer"),
    ("delay", None, ""),
    ("not_authenticated", None, ""),
]


@pytest.mark.parametrize(("kind", "error", "word"), READS)
def test_what_a_fault_of_a_question_is_to_our_client(
    control: Control, ledger: Ledger, kind: str, error: type[OfficeError] | None, word: str
) -> None:
    control.fault("Transaction.GetTransactions", kind, seconds=0.01)
    if error is None:
        assert ledger.transactions(DAY, DAY) == []
    else:
        with pytest.raises(error) as caught:
            ledger.transactions(DAY, DAY)
        assert (type(caught.value), caught.value.kind) == (error, word)
    assert ledger.transactions(DAY, DAY) == []


def test_every_kind_of_fault_is_tried_here() -> None:
    """`item_refused` concerns saves of many: test_server_masterdata.py and test_server_orders.py try it."""
    assert {row[0] for row in WRITES} | {"timeout", "item_refused"} == set(KINDS)


@pytest.mark.parametrize(("when", "vouchers"), [("before", 0), ("after", 1)])
def test_a_time_out_is_unknown_and_a_question_unanswered(
    server: SandboxServer, control: Control, tmp_path: Path, when: str, vouchers: int
) -> None:
    hasty = ledger_on(server, tmp_path, timeout=0.3)
    hasty.fiscal_years()
    control.fault("SaveBundleList", "timeout", when=when)
    with pytest.raises(Unknown, match="time-out"):
        hasty.save(voucher())
    assert saved(server) == vouchers
    control.fault("GetTransactions", "timeout", when=when)
    with pytest.raises(ReadFailed, match="time-out"):
        hasty.transactions(DAY, DAY)
    assert len(hasty.transactions(DAY, DAY)) == 3 * vouchers


def test_clearing_lets_go_of_what_a_fault_holds(server: SandboxServer, control: Control, ledger: Ledger) -> None:
    control.fault("SaveBundleList", "delay", seconds=3600)
    slow = threading.Thread(target=ledger.save, args=[voucher()])
    slow.start()
    for _ in range(200):
        if control.get("faults")["faults"][0]["hits"]:
            break
        time.sleep(0.01)
    assert saved(server) == 0
    control.clear_faults()
    slow.join(5)
    assert not slow.is_alive()
    assert saved(server) == 1


def test_a_stop_lets_go_as_well(tmp_path: Path) -> None:
    server = SandboxServer(":memory:", [company()], control=True).start()
    ledger = ledger_on(server, tmp_path, timeout=30)
    ledger.fiscal_years()
    Control(server).fault("SaveBundleList", "timeout")
    Control(server).fault("GetTransactions", "late_arrival", seconds=3600)
    with pytest.raises(ReadFailed):
        ledger.transactions(DAY, DAY)
    outcome: list[OfficeError] = []

    def save() -> None:
        try:
            ledger.save(voucher())
        except OfficeError as error:
            outcome.append(error)

    waiting = threading.Thread(target=save)
    waiting.start()
    while not server.app.faults.as_dict()["faults"][0]["hits"]:  # type: ignore[index]
        time.sleep(0.01)
    begin = time.monotonic()
    server.stop()
    waiting.join(5)
    assert time.monotonic() - begin < 4
    assert [type(error) for error in outcome] == [Unknown]


def test_a_late_request_takes_effect_when_it_arrives(server: SandboxServer, control: Control, ledger: Ledger) -> None:
    """X07: the answer was a reset, a probe finds nothing, and then the first request lands after all."""
    control.fault("SaveBundleList", "late_arrival", seconds=3600)
    with pytest.raises(Unknown):
        ledger.save(voucher())
    assert ledger.transactions(DAY, DAY) == []
    assert control.get("faults")["still_to_arrive"] == 1
    assert control.post("faults/arrive") == {"arrived": 1}
    assert len(ledger.transactions(DAY, DAY)) == 3
    with pytest.raises(Rejected) as caught:
        ledger.save(voucher())
    assert caught.value.kind == "duplicate", "a number that a late request took is refused"
    assert control.post("faults/arrive") == {"arrived": 0}


def test_a_late_request_comes_by_itself_and_may_be_refused(
    server: SandboxServer, control: Control, ledger: Ledger
) -> None:
    control.fault("SaveBundleList", "late_arrival", seconds=0.15)
    with pytest.raises(Unknown):
        ledger.save(voucher())
    ledger.save(voucher())
    for _ in range(300):
        if not control.get("faults")["still_to_arrive"]:
            break
        time.sleep(0.01)
    assert control.get("faults")["still_to_arrive"] == 0
    assert saved(server) == 1, "the second one had the number already"


def test_a_ledger_that_stores_other_amounts(server: SandboxServer, control: Control, ledger: Ledger) -> None:
    """X16: the answer is Ok, the lines still balance, and they are not those that were sent."""
    control.fault("SaveBundleList", "other_amounts")
    ledger.save(voucher())
    found = [(line.account, line.amount, line.vat_code) for line in ledger.transactions(DAY, DAY)]
    assert found == [(1900, 12_600, 0), (3000, -10_000, 0), (2700, -2_600, 0)]
    assert control.verdicts(NAME_OF_SAVE)["Ok, other amounts"] >= 1


def test_twice_not_authenticated_is_final(control: Control, ledger: Ledger) -> None:
    control.fault("SaveBundleList", "not_authenticated", times=2)
    with pytest.raises(Rejected) as caught:
        ledger.save(voucher())
    assert caught.value.kind == "not_authenticated"


def test_it_counts_what_passes_and_what_is_hit(server: SandboxServer, control: Control, ledger: Ledger) -> None:
    control.fault("SaveBundleList", "not_saved", after=2, times=2)
    outcomes = []
    for number in range(1, 7):
        try:
            ledger.save(voucher(number))
            outcomes.append("ok")
        except Rejected:
            outcomes.append("no")
    assert outcomes == ["ok", "ok", "no", "no", "ok", "ok"]
    (fault,) = control.get("faults")["faults"]
    assert (fault["seen"], fault["hits"], fault["after"], fault["times"]) == (6, 2, 2, 2)
    assert control.clear_faults() == 1
    assert control.get("faults") == {"faults": [], "still_to_arrive": 0}


def test_zero_times_is_until_it_is_cleared(control: Control, ledger: Ledger) -> None:
    control.fault("*", "http_503", times=0)
    for _ in range(3):
        with pytest.raises(ReadFailed):
            ledger.fiscal_years()
    control.clear_faults()
    assert ledger.fiscal_years()


def test_faults_stand_in_line(control: Control, ledger: Ledger) -> None:
    control.fault("SaveBundleList", "not_saved")
    control.fault("SaveBundleList", "empty")
    with pytest.raises(Rejected):
        ledger.save(voucher())
    with pytest.raises(Unknown):
        ledger.save(voucher())
    ledger.save(voucher())


def test_only_the_client_that_was_named(
    server: SandboxServer, control: Control, ledger: Ledger, tmp_path: Path
) -> None:
    control.fault("SaveBundleList", "not_saved", client="syd", times=0)
    ledger.save(voucher())
    with pytest.raises(Rejected):
        ledger_on(server, tmp_path, code="syd").save(voucher())


def test_chance_is_drawn_from_its_seed(control: Control, ledger: Ledger) -> None:
    def run(seed: int) -> list[bool]:
        control.clear_faults()
        control.fault("GetFiscalYears", "empty", times=0, chance=0.5, seed=seed)
        outcomes = []
        for _ in range(12):
            try:
                ledger.fiscal_years()
                outcomes.append(True)
            except ReadFailed:
                outcomes.append(False)
        return outcomes

    first = run(1)
    assert first == run(1)
    assert set(first) == {True, False}
    assert first != run(2)


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        ({"kind": "reset"}, 404, "operation"),
        ({"operation": "SaveBundleList"}, 404, "kind"),
        ({"operation": "SaveBundle", "kind": "reset"}, 404, "operation SaveBundle"),
        ({"operation": "SaveBundleList", "kind": "explode"}, 400, "known are reset"),
        ({"operation": "SaveBundleList", "kind": "reset", "when": "during"}, 400, "before or after"),
        ({"operation": "SaveBundleList", "kind": "quota", "when": "after"}, 400, "before the effect only"),
        ({"operation": "GetTransactions", "kind": "not_saved"}, 400, "for operation SaveBundleList only"),
        ({"operation": "*", "kind": "other_amounts"}, 400, "for operation SaveBundleList, SaveInvoices only"),
        ({"operation": "SaveBundleList", "kind": "item_refused"}, 400, "for operation SaveCompanies, SaveProducts"),
        ({"operation": "*", "kind": "reset", "times": -1}, 400, "0 or more"),
        ({"operation": "*", "kind": "reset", "times": True}, 400, "times"),
        ({"operation": "*", "kind": "reset", "after": "2"}, 400, "after_calls"),
        ({"operation": "*", "kind": "delay", "seconds": 9999}, 400, "seconds 0 to 3600"),
        ({"operation": "*", "kind": "reset", "client": "vest"}, 404, "client vest"),
        ({"operation": "*", "kind": "reset", "hits": 3}, 400, "hits is not a property"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    control: Control, content: dict[str, object], status: int, words: str
) -> None:
    code, text = control.refusal("faults", **content)
    assert (code, words in text) == (status, True), text
    assert control.get("faults")["faults"] == []


def test_nothing_of_it_is_open_without_control() -> None:
    with SandboxServer(":memory:", [company()]) as server:
        for path in ("faults", "faults/arrive", "lag", "quota", "vouchers/edit", "vouchers/delete", "vouchers/copy"):
            assert requests.post(f"{server.url}/_sandbox/{path}", json={}, timeout=20).status_code == 403
        assert requests.get(f"{server.url}/_sandbox/faults", timeout=20).status_code == 403
        assert requests.delete(f"{server.url}/_sandbox/faults", timeout=20).status_code == 403
        assert requests.get(f"{server.url}/_sandbox/nothing", timeout=20).status_code == 404


def test_many_threads_share_the_count(server: SandboxServer, control: Control, tmp_path: Path) -> None:
    """Twenty calls at once, five of them hit: neither more nor fewer."""
    control.fault("GetFiscalYears", "http_500", times=5)
    failures: list[str] = []
    ledgers = [ledger_on(server, tmp_path / str(index)) for index in range(4)]

    def ask(ledger: Ledger) -> None:
        for _ in range(5):
            try:
                ledger.fiscal_years()
            except ReadFailed as error:
                failures.append(error.kind)

    threads = [threading.Thread(target=ask, args=[each]) for each in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == ["http"] * 5
