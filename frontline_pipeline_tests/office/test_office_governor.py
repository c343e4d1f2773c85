"""The shared quota: never above the ceiling in any window, honest about waiting, deaf to no word of the service."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_office import FakeOffice, Respond, fault, reply, result
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.office import governor as module
from frontline_pipeline.office.credentials import Credentials
from frontline_pipeline.office.errors import NotSent, Unknown
from frontline_pipeline.office.governor import CALLS_PER_HOUR, WINDOW_SECONDS, CallGovernor
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.services import ACCOUNT, AUTHENTICATE
from frontline_pipeline.office.session import OfficeSession

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC).timestamp()


class Clock:
    """Time of the test; sleeping moves it, and is written down."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now
        self.slept: list[float] = []
        self.while_asleep: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_asleep()
        self.now += seconds


def governor(path: Path, clock: Clock, ceiling: int = 3, max_wait: float = 0.0) -> CallGovernor:
    return CallGovernor(path / "quota.calls", ceiling, max_wait_seconds=max_wait, clock=clock, sleep=clock.sleep)


def taken(found: CallGovernor, tries: int = 100) -> int:
    """How many calls there is room for now."""
    for count in range(tries):
        if not has_room(found):
            return count
    return tries


def has_room(found: CallGovernor) -> bool:
    """Take a place for a call; False where there is none within the wait."""
    try:
        found.reserve("account.SaveBundleList")
    except NotSent as error:
        if error.kind != "limit":
            raise
        return False
    return True


@settings(max_examples=80, deadline=None)
@given(
    ceiling=st.integers(1, 6),
    steps=st.lists(
        st.tuples(
            st.integers(0, 1),
            st.sampled_from([0.0, 0.25, 7.0, 400.0, 1800.0, WINDOW_SECONDS - 1, WINDOW_SECONDS, 2 * WINDOW_SECONDS]),
        ),
        max_size=60,
    ),
    max_wait=st.sampled_from([0.0, 30.0, 10_000.0]),
)
def test_no_window_ever_holds_more_than_the_ceiling(
    tmp_path_factory: pytest.TempPathFactory, ceiling: int, steps: list[tuple[int, float]], max_wait: float
) -> None:
    """Two processes (two objects on one file) call as they like; sleeping ones let the other in between."""
    clock, path = Clock(), tmp_path_factory.mktemp("quota")
    both = [governor(path, clock, ceiling, max_wait) for _ in range(2)]
    calls: list[float] = []
    for who, pause in steps:
        clock.now += pause
        before = clock.now
        if has_room(both[who]):
            calls.append(clock.now)
        else:
            # Refused only when there truly was no room within the wait.
            window = [at for at in calls if at > before + max_wait - WINDOW_SECONDS]
            assert len(window) >= ceiling
    for start in calls:
        assert sum(start <= at < start + WINDOW_SECONDS for at in calls) <= ceiling
    assert calls == sorted(calls)


def test_real_processes_share_one_ceiling(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from frontline_pipeline.office.errors import NotSent\n"
        "from frontline_pipeline.office.governor import CallGovernor\n"
        "governor = CallGovernor(Path(sys.argv[1]), 150, max_wait_seconds=0)\n"
        "sys.stdin.readline()\n"
        "count = 0\n"
        "for _ in range(120):\n"
        "    try:\n        governor.reserve('x'); count += 1\n"
        "    except NotSent:\n        pass\n"
        "print(count)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "quota" / "x.calls")]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    counts = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(counts) == 150, counts
    assert all(process.returncode == 0 for process in processes)


def test_the_ceiling_is_counted_over_a_sliding_window(tmp_path: Path) -> None:
    clock = Clock()
    found = governor(tmp_path, clock)
    found.reserve("x")
    clock.now += 100
    assert taken(found) == 2
    clock.now = NOON + WINDOW_SECONDS - 0.5
    assert taken(found) == 0
    clock.now = NOON + WINDOW_SECONDS
    assert taken(found) == 1, "the first call is out of the window, the two later ones are not"
    clock.now = NOON + 100 + WINDOW_SECONDS
    assert taken(found) == 2


def test_a_short_wait_is_slept_and_a_long_one_says_until_when(tmp_path: Path) -> None:
    clock = Clock()
    found = governor(tmp_path, clock, ceiling=1, max_wait=20)
    found.reserve("x")
    clock.now = NOON + WINDOW_SECONDS - 20
    found.reserve("x")
    assert clock.slept == [20]
    assert found.waited_seconds == 20
    with pytest.raises(NotSent) as caught:
        found.reserve("account.SaveBundleList")
    until = dt.datetime.fromtimestamp(NOON + 2 * WINDOW_SECONDS, dt.UTC)
    assert (caught.value.kind, caught.value.operation) == ("limit", "account.SaveBundleList")
    assert f"{until:%Y-%m-%d %H:%M:%S} UTC" in str(caught.value)
    assert "posting.calls_per_hour: 1" in str(caught.value)
    assert clock.slept == [20], "what cannot be had in time is not waited for"


def test_nobody_sleeps_with_the_lock(tmp_path: Path) -> None:
    """While one waits, another may ask and the file is free."""
    clock = Clock()
    found, other = governor(tmp_path, clock, 1, max_wait=WINDOW_SECONDS), governor(tmp_path, clock, 1)
    found.reserve("x")
    asked: list[int] = []

    def meanwhile() -> None:
        asked.append(taken(other))
        with open(found.path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    clock.while_asleep = meanwhile
    found.reserve("x")
    assert asked == [0]


def test_who_waits_may_lose_the_place_and_waits_on_within_its_bound(tmp_path: Path) -> None:
    clock = Clock()
    patient, quick = governor(tmp_path, clock, 1, max_wait=WINDOW_SECONDS), governor(tmp_path, clock, 1)
    patient.reserve("x")
    done: list[float] = []

    def snatch() -> None:
        # Called before the clock moves: the other one comes in the very moment the place is free.
        before, clock.now = clock.now, NOON + WINDOW_SECONDS
        if not done:
            quick.reserve("x")
            done.append(clock.now)
        clock.now = before

    clock.while_asleep = snatch
    with pytest.raises(NotSent) as caught:
        patient.reserve("x")
    assert caught.value.kind == "limit"
    assert len(clock.slept) == 1


@pytest.mark.parametrize(
    ("words", "retry_after", "until"),
    [
        ("Limit exceeded by 12. Quarantine ends at 2026-11-23 12:34:56", None, "12:34:56"),
        ("(Limit exceeded by 12. Quarantine ends at 2026-11-23T12:34:56Z); wait", None, "12:34:56"),
        ("Quarantine ends at 2026-11-23T13:34:56+01:00", None, "12:34:56"),
        ("quarantine ends at: 23.11.2026 12:34:56", None, "12:34:56"),
        ("Quarantine ends at 11/23/2026 12:34:56 PM", None, "12:34:56"),
        ("Quarantine ends at Mon, 23 Nov 2026 12:34:56 GMT", None, "12:34:56"),
        ("Quarantine ends at 2026-11-23 12:34:56 (UTC)", None, "12:34:56"),
        ("Quarantine ends at three o'clock", None, "13:00:00"),
        ("Quarantine ends at 2026-11-23 11:00:00", None, "13:00:00"),
        ("Limit exceeded by 12.", None, "13:00:00"),
        ("too many calls", "90", "12:01:30"),
        ("too many calls", "Mon, 23 Nov 2026 12:10:00 GMT", "12:10:00"),
        ("too many calls", "soon", "13:00:00"),
        ("too many calls", "9" * 30, "13:00:00"),
    ],
)
def test_no_call_before_a_quarantine_ends(tmp_path: Path, words: str, retry_after: str | None, until: str) -> None:
    clock = Clock()
    found = governor(tmp_path, clock, 100)
    found.refused(words, retry_after)
    with pytest.raises(NotSent, match=f"2026-11-23 {until} UTC"):
        governor(tmp_path, clock, 100).reserve("x")
    end = dt.datetime.fromisoformat(f"2026-11-23T{until}+00:00").timestamp()
    clock.now = end - 0.001
    assert taken(found) == 0
    clock.now = end
    assert taken(found, 5) == 5


def test_an_absurd_quarantine_is_not_for_ever(tmp_path: Path) -> None:
    clock = Clock()
    found = governor(tmp_path, clock)
    found.refused("Quarantine ends at 2999-01-01 00:00:00", None)
    clock.now += 24 * 3600
    assert taken(found) == 3


@pytest.mark.parametrize(
    ("resets_at", "end"),
    [("2026-11-23 12:30:00", 1800), ("2026-11-23T12:30:00Z", 1800), (None, 3600), ("unknown", 3600)],
)
def test_none_left_means_no_call_until_the_reset(tmp_path: Path, resets_at: str | None, end: float) -> None:
    clock = Clock()
    found = governor(tmp_path, clock, 100)
    found.note(2, resets_at)
    assert taken(governor(tmp_path, clock, 100)) == 2, "what is left is shared by all"
    assert taken(found) == 0
    clock.now = NOON + end
    assert taken(found, 10) == 10


def test_crossing_answers_do_not_raise_what_is_left_and_a_new_period_does(tmp_path: Path) -> None:
    clock = Clock()
    found = governor(tmp_path, clock, 100)
    found.note(5, "2026-11-23 12:30:00")
    found.note(9, "2026-11-23 12:30:00")
    assert taken(found) == 5
    found.note(7, "2026-11-23 13:30:00")
    assert taken(found) == 7
    found.note(None, "2026-11-23 13:30:00")
    assert taken(found) == 0


def test_a_clock_that_was_set_back_neither_opens_the_window_nor_shuts_it_for_long(tmp_path: Path) -> None:
    clock = Clock(NOON + 7 * 24 * 3600)
    found = governor(tmp_path, clock)
    assert taken(found) == 3
    clock.now = NOON
    assert taken(found) == 0
    clock.now = NOON + WINDOW_SECONDS
    assert taken(found) == 3
    clock.now -= 2
    assert taken(found) == 0, "a wobble is no new clock"
    clock.now += WINDOW_SECONDS + 2
    assert taken(found) == 3


def test_the_file_is_private_small_and_survives(tmp_path: Path) -> None:
    clock = Clock()
    found = CallGovernor.for_service(tmp_path, "https://api.24sevenoffice.com/", 7200)
    assert found.path == tmp_path / "quota" / "api.24sevenoffice.com.calls"
    assert CallGovernor.for_service(tmp_path, "http://127.0.0.1:8724").path.name == "127.0.0.1_8724.calls"
    assert (CALLS_PER_HOUR, governor(tmp_path, clock).calls_per_hour) == (6000, 3)
    full = governor(tmp_path, clock, 7200)
    assert taken(full, 7300) == 7200
    assert full.path.stat().st_size < 64 * 1024
    assert full.path.stat().st_mode & 0o077 == 0
    assert taken(governor(tmp_path, clock, 6000)) == 0, "a lower ceiling of another process counts the same calls"
    clock.now += WINDOW_SECONDS
    assert taken(full, 7300) == 7200, "the ring goes round"


@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(58_000), b"frontln1"])
def test_a_file_that_is_not_ours_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    found = governor(tmp_path, Clock())
    found.path.write_bytes(content)
    assert taken(found) == 3
    assert taken(governor(tmp_path, Clock())) == 0


@pytest.mark.parametrize("ceiling", [0, -1, 7201])
def test_no_ceiling_above_the_service_s_own(tmp_path: Path, ceiling: int) -> None:
    with pytest.raises(ValueError, match="1 to 7200"):
        governor(tmp_path, Clock(), ceiling)


def test_a_file_that_cannot_be_used_sends_nothing(tmp_path: Path) -> None:
    (tmp_path / "quota").write_text("a file where the folder should be")
    found = CallGovernor.for_service(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(NotSent, match="nothing was sent") as caught:
        found.reserve("x")
    assert (caught.value.kind, caught.value.__cause__, caught.value.__context__) == ("quota_file", None, None)
    found.note(0, None)
    found.refused("Quarantine ends at 2026-11-23 13:00:00", None)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "quota.calls").symlink_to(tmp_path / "target")
    with pytest.raises(NotSent):
        governor(tmp_path, Clock()).reserve("x")
    assert (tmp_path / "target").read_bytes() == b"precious"


def test_a_lock_that_is_not_let_go_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOCK_WAIT_SECONDS", 0.05)
    found = governor(tmp_path, Clock())
    found.reserve("x")
    holder = os.open(found.path, os.O_RDWR)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        with pytest.raises(NotSent) as caught:
            found.reserve("x")
        assert caught.value.kind == "lock"
        found.note(1, None)
    finally:
        os.close(holder)
    found.reserve("x")


# In a session


@pytest.fixture
def make(office: FakeOffice, credentials: Credentials, tmp_path: Path) -> Callable[[CallGovernor], Ledger]:
    def ledger(found: CallGovernor) -> Ledger:
        return Ledger(OfficeSession("nord", office.url, office.url, lambda: credentials, tmp_path, 5.0, governor=found))

    return ledger


def test_every_call_takes_a_place_logins_too(
    office: FakeOffice, make: Callable[[CallGovernor], Ledger], tmp_path: Path
) -> None:
    ledger = make(governor(tmp_path, Clock(), 3))
    ledger.accounts()
    ledger.accounts()
    with pytest.raises(NotSent) as caught:
        ledger.accounts()
    assert (caught.value.kind, caught.value.operation) == ("limit", "account.GetAccountList")
    assert office.count() == {"Login": 1, "GetAccountList": 2}
    assert ledger.session.calls == {"authenticate.Login": 1, "account.GetAccountList": 2}, "only what was sent counts"


def test_the_answers_reach_the_governor(
    office: FakeOffice, make: Callable[[CallGovernor], Ledger], tmp_path: Path
) -> None:
    clock = Clock()
    ledger = make(governor(tmp_path, clock, 100))
    limit = {"APILimitRemaining": "1", "APILimitReset": "2026-11-23 12:30:00"}
    office.queue("GetAccountList", lambda request: reply(request, "", **limit))
    ledger.accounts()
    ledger.accounts()
    with pytest.raises(NotSent, match="no call is left"):
        ledger.accounts()
    clock.now = NOON + 1800
    office.queue("GetAccountList", fault("Server", "Limit exceeded by 3. Quarantine ends at 2026-11-23 13:00:00"))
    with pytest.raises(NotSent, match="Limit exceeded by 3"):
        ledger.accounts()
    sent = len(office.received)
    with pytest.raises(NotSent, match=r"2026-11-23 13:00:00 UTC .*quarantine"):
        ledger.accounts()
    assert len(office.received) == sent
    clock.now = NOON + 3600
    office.queue("GetAccountList", Respond(b"", 429, {"Retry-After": "60"}))
    with pytest.raises(NotSent, match="429"):
        ledger.accounts()
    with pytest.raises(NotSent, match="2026-11-23 13:01:00 UTC"):
        ledger.accounts()


def test_a_governor_that_fails_after_a_call_does_not_change_its_outcome(
    office: FakeOffice, make: Callable[[CallGovernor], Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The voucher was saved; "not sent" because a file could not be written would send it twice."""
    monkeypatch.setattr(module, "_LOCK_WAIT_SECONDS", 0.05)
    found = governor(tmp_path, Clock(), 100)
    ledger = make(found)
    ledger.accounts()
    holders: list[int] = []

    def answer(request: object) -> Respond:
        holders.append(os.open(found.path, os.O_RDWR))
        fcntl.flock(holders[0], fcntl.LOCK_EX)
        return reply(request, "", APILimitRemaining="5")  # type: ignore[arg-type]

    office.queue("GetAccountList", answer)
    try:
        assert ledger.accounts() == []
    finally:
        os.close(holders[0])


def test_calls_are_counted_by_reason(office: FakeOffice, session: OfficeSession) -> None:
    office.queue("HasSession", result("true"))
    ledger = Ledger(session)
    ledger.accounts()
    office.queue("SaveBundleList", Respond(b"", 500))
    with session.because("probe"), pytest.raises(Unknown):
        session.call(ACCOUNT, "SaveBundleList", {})
    session.call(AUTHENTICATE, "HasSession")
    assert session.reasons == {
        ("session", "authenticate.Login"): 1,
        ("lookup", "account.GetAccountList"): 1,
        ("probe", "account.SaveBundleList"): 1,
        ("session", "authenticate.HasSession"): 1,
    }
    assert sum(session.reasons.values()) == sum(session.calls.values())
