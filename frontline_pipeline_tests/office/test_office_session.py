"""One login, shared by processes, renewed once; and no secret anywhere."""

from __future__ import annotations

import base64
import json
import logging
import multiprocessing
import os
import pickle
import stat
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_office import (
    APPLICATION_ID,
    CANARIES,
    IDENTITY_ID,
    PASSWORD,
    USERNAME,
    FakeOffice,
    Respond,
    Script,
    envelope,
    fault,
    reply,
    result,
)
from lxml import etree
from test_office_taxonomy import VOUCHER

from frontline_pipeline.office.credentials import CredentialNames, Credentials, SecretText, credentials_from_env
from frontline_pipeline.office.errors import NotAuthenticated, NotSent, OfficeError, ReadFailed, Rejected, Unknown
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.services import ACCOUNT, PROJECT
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.office.session_file import SessionFile, StoredSession
from frontline_pipeline.office.wire import checked_base_url

Make = Callable[..., OfficeSession]
NAMES = CredentialNames("NORD_APP", "NORD_USER", "NORD_PASSWORD", "NORD_IDENTITY")
NOT_AUTHENTICATED = result("<Type>NotAuthenticated</Type>")
OK = result("<Type>Ok</Type>")


def session_file(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "nord.json"


def test_construction_touches_neither_network_nor_credentials_nor_disk(tmp_path: Path) -> None:
    def explode() -> Credentials:
        raise AssertionError("credentials were asked for")

    session = OfficeSession("nord", "http://127.0.0.1:1", "http://127.0.0.1:1", explode, tmp_path)
    assert repr(session) == "OfficeSession('nord')"
    assert list(tmp_path.iterdir()) == []


def test_import_opens_no_socket() -> None:
    code = (
        "import socket\n"
        "def no(*a, **k): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = no; socket.getaddrinfo = no\n"
        "import frontline_pipeline.office.ledger as l, frontline_pipeline.office.wire as w, sys\n"
        "[w.document(n) for n in w.SERVICES]\n"
        "bad = sorted(m for m in sys.modules if m.split('.')[0] in ('dagster', 'pandas', 'pydantic') or "
        "m.startswith('frontline_pipeline.') and not m.startswith('frontline_pipeline.office'))\n"
        "print(bad)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_one_login_serves_every_service_on_both_hosts(office: FakeOffice, ledger: Ledger) -> None:
    office.check_sessions = True
    office.queue("SaveBundleList", OK)
    ledger.accounts()
    ledger.projects()
    ledger.departments()
    ledger.save(VOUCHER)
    assert office.logins == 1
    cookies = {request.operation: request.cookie for request in office.received}
    assert cookies.pop("Login") is None
    assert set(cookies.values()) == {"ASP.NET_SessionId=canarysession00000000001"}
    assert {request.path for request in office.received} >= {ACCOUNT.path, PROJECT.path}


def test_login_sends_what_the_service_wants(office: FakeOffice, session: OfficeSession) -> None:
    session.identities()
    body = etree.fromstring(office.received[0].body)
    space = "{http://24sevenOffice.com/webservices}"
    assert [(node.tag, node.text) for node in body.find(f".//{space}credential")] == [
        (f"{space}ApplicationId", APPLICATION_ID),
        (f"{space}IdentityId", IDENTITY_ID),
        (f"{space}Password", PASSWORD),
        (f"{space}Username", USERNAME),
    ]


def test_a_second_session_reuses_the_login(office: FakeOffice, make_session: Make) -> None:
    office.check_sessions = True
    make_session().identities()
    second = make_session()
    second.identities()
    assert office.count() == {"Login": 1, "GetIdentities": 2}
    assert second.calls == {"authenticate.GetIdentities": 1}


def test_the_session_file_is_private_and_holds_no_credentials(
    office: FakeOffice, session: OfficeSession, tmp_path: Path
) -> None:
    previous = os.umask(0)
    try:
        session.identities()
    finally:
        os.umask(previous)
    path = session_file(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    content = path.read_text()
    assert sorted(json.loads(content)) == ["checked_at", "logged_in_at", "login", "salt", "session_id"]
    for secret in (APPLICATION_ID, IDENTITY_ID, USERNAME, PASSWORD):
        assert secret not in content
        assert base64.b64encode(secret.encode()).decode() not in content
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["nord.json", "nord.lock"]
    elsewhere = [entry for entry in tmp_path.rglob("*") if entry.is_file() and entry != path]
    assert all(b"canarysession" not in entry.read_bytes() for entry in elsewhere)


@pytest.mark.parametrize(
    "login",
    [
        Credentials.of(APPLICATION_ID, USERNAME, "another", IDENTITY_ID),
        Credentials.of(APPLICATION_ID, "another@example.no", PASSWORD, IDENTITY_ID),
        Credentials.of(APPLICATION_ID, USERNAME, PASSWORD, None),
        Credentials.of(IDENTITY_ID, USERNAME, PASSWORD, IDENTITY_ID),
    ],
)
def test_a_session_of_another_login_is_not_reused(office: FakeOffice, make_session: Make, login: Credentials) -> None:
    make_session().identities()
    make_session(login=login).identities()
    assert office.logins == 2


def test_a_session_of_another_url_is_not_reused(office: FakeOffice, make_session: Make) -> None:
    make_session().identities()
    make_session(office.url.replace("127.0.0.1", "localhost")).identities()
    assert office.logins == 2


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"session_id": 5}', "\x00", '{"session_id": "canarysession9"}']
)
def test_a_damaged_session_file_is_replaced(
    office: FakeOffice, make_session: Make, tmp_path: Path, content: str
) -> None:
    make_session().identities()
    session_file(tmp_path).write_text(content)
    make_session().identities()
    assert office.logins == 2
    make_session().identities()
    assert office.logins == 2


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_session_file_that_others_can_read_is_not_trusted(
    office: FakeOffice, make_session: Make, tmp_path: Path, mode: int
) -> None:
    make_session().identities()
    session_file(tmp_path).chmod(mode)
    make_session().identities()
    assert office.logins == 2
    assert stat.S_IMODE(session_file(tmp_path).stat().st_mode) == 0o600


def test_a_linked_session_file_is_not_followed(office: FakeOffice, make_session: Make, tmp_path: Path) -> None:
    make_session().identities()
    path = session_file(tmp_path)
    target = tmp_path / "elsewhere.json"
    path.rename(target)
    path.symlink_to(target)
    before = target.read_text()
    make_session().identities()
    assert office.logins == 2
    assert target.read_text() == before
    assert not path.is_symlink()


@pytest.mark.parametrize("code", ["", "Nord", "../x", "a/b", "a b", "a.b"])
def test_a_company_code_cannot_leave_the_folder(tmp_path: Path, code: str) -> None:
    with pytest.raises(ValueError, match="company code"):
        SessionFile(tmp_path, code)


@pytest.mark.parametrize(
    "sign",
    [
        fault("Server", "Client is not authenticated on this identity"),
        fault("Client", "Not authenticated"),
        NOT_AUTHENTICATED,
    ],
)
def test_not_authenticated_once_leads_to_one_login_and_one_repetition(
    office: FakeOffice, ledger: Ledger, sign: Respond | Script
) -> None:
    ledger.accounts()
    office.queue("SaveBundleList", sign, OK)
    ledger.save(VOUCHER)
    assert office.count() == {"Login": 2, "GetAccountList": 1, "SaveBundleList": 2}
    cookies = [request.cookie for request in office.received if request.operation == "SaveBundleList"]
    assert cookies == ["ASP.NET_SessionId=canarysession00000000001", "ASP.NET_SessionId=canarysession00000000002"]


def test_not_authenticated_right_after_a_login_is_final(office: FakeOffice, ledger: Ledger) -> None:
    office.queue("SaveBundleList", NOT_AUTHENTICATED, OK)
    with pytest.raises(Rejected, match="even after a new login"):
        ledger.save(VOUCHER)
    assert office.count() == {"Login": 1, "SaveBundleList": 1}


def test_always_not_authenticated_ends_after_one_relogin(office: FakeOffice, ledger: Ledger) -> None:
    ledger.accounts()
    office.defaults["SaveBundleList"] = NOT_AUTHENTICATED
    with pytest.raises(Rejected) as caught:
        ledger.save(VOUCHER)
    assert caught.value.kind == "not_authenticated"
    assert not isinstance(caught.value, NotAuthenticated)
    assert office.count() == {"Login": 2, "GetAccountList": 1, "SaveBundleList": 2}


def test_an_expired_session_from_the_file_is_renewed_once(office: FakeOffice, make_session: Make) -> None:
    office.check_sessions = True
    make_session().identities()
    office.valid.clear()
    second = make_session()
    second.identities()
    second.identities()
    assert office.count() == {"Login": 2, "GetIdentities": 4}
    make_session().identities()
    assert office.logins == 2, "the renewed session is stored"


def test_a_session_renewed_by_another_process_is_taken_over(office: FakeOffice, make_session: Make) -> None:
    office.check_sessions = True
    first, second = make_session(), make_session()
    first.identities()
    second.identities()
    office.valid.clear()
    first.identities()
    assert office.logins == 2
    second.identities()
    assert office.logins == 2


def test_a_stale_session_of_another_process_still_ends_in_one_login(office: FakeOffice, make_session: Make) -> None:
    office.check_sessions = True
    first, second = make_session(), make_session()
    first.identities()
    second.identities()
    office.valid.clear()
    first.identities()
    office.valid.clear()
    second.identities()
    assert office.logins == 3


def test_the_cookie_of_an_answer_does_not_displace_the_session(office: FakeOffice, ledger: Ledger) -> None:
    office.defaults["GetAccountList"] = result("", **{"Set-Cookie": "ASP.NET_SessionId=anonymous; path=/"})
    ledger.accounts()
    ledger.accounts()
    assert [request.cookie for request in office.received[1:]] == ["ASP.NET_SessionId=canarysession00000000001"] * 2


def test_an_old_proof_of_life_is_renewed_by_asking(office: FakeOffice, make_session: Make, tmp_path: Path) -> None:
    make_session().identities()
    make_session(check_after=0.0).identities()
    assert office.count() == {"Login": 1, "HasSession": 1, "GetIdentities": 2}
    office.valid.clear()
    make_session(check_after=0.0).identities()
    assert office.count() == {"Login": 2, "HasSession": 2, "GetIdentities": 3}


def test_a_failed_question_about_life_is_not_taken_for_death(office: FakeOffice, make_session: Make) -> None:
    make_session().identities()
    office.queue("HasSession", Respond(accident="reset"))
    with pytest.raises(ReadFailed, match=r"authenticate\.HasSession"):
        make_session(check_after=0.0).identities()
    assert office.logins == 1
    office.queue("HasSession", fault("Server", "Client is not authenticated on this identity"))
    make_session(check_after=0.0).identities()
    assert office.logins == 2


def test_a_login_answered_by_not_authenticated_is_a_refused_login(office: FakeOffice, session: OfficeSession) -> None:
    office.queue("Login", fault("Server", "Client is not authenticated"))
    with pytest.raises(Rejected, match="refused the login"):
        session.identities()
    assert office.count() == {"Login": 1}


def test_a_session_file_that_cannot_be_written_leaves_no_litter(
    office: FakeOffice, session: OfficeSession, tmp_path: Path
) -> None:
    session_file(tmp_path).mkdir(parents=True)
    with pytest.raises(NotSent, match=r"nord\.json cannot be written") as caught:
        session.identities()
    assert caught.value.kind == "session_file"
    assert sorted(entry.name for entry in (tmp_path / "sessions").iterdir()) == ["nord.json", "nord.lock"]


def test_a_state_folder_that_cannot_be_made_is_not_sent(
    office: FakeOffice, session: OfficeSession, tmp_path: Path
) -> None:
    (tmp_path / "sessions").write_text("in the way")
    with pytest.raises(NotSent, match="cannot be written"):
        session.identities()
    assert office.received == [], "no login is made that could not be kept"


def test_a_proof_from_the_future_does_not_count(office: FakeOffice, make_session: Make, tmp_path: Path) -> None:
    session = make_session()
    session.identities()
    later = time.time() + 10**6
    session._file.store(
        StoredSession(SecretText("canarysession00000000001"), later, later), session._login_data(), *session._urls
    )
    make_session().identities()
    assert office.count()["HasSession"] == 1


@pytest.mark.parametrize("answer", ["", "   "])
def test_an_empty_login_result_means_bad_credentials(
    office: FakeOffice, session: OfficeSession, answer: str, tmp_path: Path
) -> None:
    office.login_result = answer
    with pytest.raises(Rejected, match="check ApplicationId, user name and password") as caught:
        session.identities()
    assert caught.value.kind == "login"
    assert office.count() == {"Login": 1}, "a refused login is not repeated"
    assert not session_file(tmp_path).exists()


@pytest.mark.parametrize(
    ("answer", "error", "kind"),
    [
        (fault("Server", "Provided IdentityId is blocked. Call GetIdentitiesWithCredential"), Rejected, "identity"),
        (fault("Server", "Wrong username or password"), Rejected, "login"),
        (fault("Server", "Object reference not set"), ReadFailed, "fault"),
        (fault("Server", "Limit exceeded by 1. Quarantine ends at 13:00"), NotSent, "limit"),
        (lambda request: reply(request, ""), ReadFailed, "unreadable"),
        (Respond(b"", 503), ReadFailed, "http"),
    ],
)
def test_a_failed_login_is_told_apart(
    office: FakeOffice, session: OfficeSession, answer: Respond | Script, error: type[OfficeError], kind: str
) -> None:
    office.queue("Login", answer)
    with pytest.raises(OfficeError) as caught:
        Ledger(session).save(VOUCHER)
    assert (type(caught.value), caught.value.kind) == (error, kind)
    assert office.count() == {"Login": 1}


def test_the_call_limit_is_noted(office: FakeOffice, ledger: Ledger) -> None:
    assert ledger.session.limit.remaining is None
    office.queue(
        "GetAccountList", result("", APILimitRemaining="7199", APILimitReset="2026-11-23T13:00:00Z"), result("")
    )
    ledger.accounts()
    ledger.accounts()
    assert (ledger.session.limit.remaining, ledger.session.limit.resets_at) == (7199, "2026-11-23T13:00:00Z")


def test_a_netrc_and_a_proxy_of_the_machine_are_not_used_for_loopback(
    office: FakeOffice, session: OfficeSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    session.identities()
    assert {request.authorization for request in office.received} == {None}


def _call_in_a_process(url: str, state: Path, start: multiprocessing.synchronize.Event) -> None:
    login = Credentials.of(APPLICATION_ID, USERNAME, PASSWORD, IDENTITY_ID)
    session = OfficeSession("nord", url, url, lambda: login, state, 10.0)
    start.wait(20)
    session.identities()


def test_concurrent_processes_make_one_login(office: FakeOffice, tmp_path: Path) -> None:
    office.check_sessions = True
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    processes = [
        context.Process(target=_call_in_a_process, args=(office.url, tmp_path, start), daemon=True) for _ in range(3)
    ]
    for process in processes:
        process.start()
    time.sleep(0.5)
    start.set()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert office.count() == {"Login": 1, "GetIdentities": 3}


def test_concurrent_threads_renew_once(office: FakeOffice, make_session: Make) -> None:
    office.check_sessions = True
    session = make_session()
    session.identities()
    office.valid.clear()
    threads = [threading.Thread(target=make_session().identities) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert office.logins == 2


def test_a_held_lock_ends_as_not_sent(tmp_path: Path) -> None:
    first, second = SessionFile(tmp_path, "nord"), SessionFile(tmp_path, "nord")
    with first.locked(1.0), pytest.raises(NotSent, match=r"nord\.lock") as caught, second.locked(0.1):
        pass
    assert caught.value.kind == "lock"
    with second.locked(0.1):
        pass


def test_credentials_from_the_environment() -> None:
    environ = {
        "NORD_APP": f" {APPLICATION_ID} ",
        "NORD_USER": USERNAME,
        "NORD_PASSWORD": f" {PASSWORD} ",
        "NORD_IDENTITY": IDENTITY_ID,
    }
    found = credentials_from_env(NAMES, environ)
    assert found == Credentials.of(APPLICATION_ID, USERNAME, f" {PASSWORD} ", IDENTITY_ID), (
        "a password is kept as it is"
    )
    without = credentials_from_env(CredentialNames("NORD_APP", "NORD_USER", "NORD_PASSWORD"), environ)
    assert without.identity_id is None
    for name in environ:
        for value in ({}, {name: ""}, {name: "  "}):
            broken = {**{key: text for key, text in environ.items() if key != name}, **value}
            with pytest.raises(Rejected, match=f"environment variable {name} is not set"):
                credentials_from_env(NAMES, broken)
    for name in ("NORD_APP", "NORD_IDENTITY"):
        with pytest.raises(Rejected, match=f"{name} does not hold a guid") as caught:
            credentials_from_env(NAMES, {**environ, name: "canary-passw0rd"})
        assert "canary" not in str(caught.value)
    with pytest.raises(Rejected, match="NORD_APP, NORD_USER, NORD_PASSWORD, NORD_IDENTITY is not set"):
        credentials_from_env(NAMES, {})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.24sevenoffice.com",
        "ftp://x",
        "http://",
        "https://user:secret@host",
        "http://api.24sevenoffice.com",
        "https://host?x=1",
        "https://host#x",
    ],
)
def test_an_unusable_base_url_is_refused_at_construction(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match=r"base URL|https://") as caught:
        OfficeSession("nord", url, "https://webservices.24sevenoffice.com", Credentials, tmp_path)  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_a_base_url_may_hold_a_path_and_a_slash() -> None:
    assert checked_base_url("http://127.0.0.1:8000/nord/") == "http://127.0.0.1:8000/nord"


ECHO = (
    f"Failure for {USERNAME} ({USERNAME.upper()}) with {PASSWORD}, app {APPLICATION_ID}, identity {IDENTITY_ID}, "
    "session canarysession00000000001"
)
CANARY_CASES: list[tuple[str, str, Respond | Script]] = [
    ("login fault that echoes", "Login", fault("Server", f"bad password: {ECHO}")),
    ("login client fault", "Login", fault("Client", ECHO)),
    ("login unreadable", "Login", Respond(ECHO.encode(), 500)),
    ("login garbage", "Login", Respond(ECHO.encode())),
    ("login reset", "Login", Respond(accident="reset")),
    ("login half", "Login", Respond(envelope(f"canarysession00000000001{'x' * 3000}"), accident="half")),
    ("login empty", "Login", lambda request: reply(request, "<LoginResult/>")),
    ("identity blocked", "Login", fault("Server", f"Provided IdentityId is blocked {ECHO}")),
    ("save fault", "SaveBundleList", fault("Server", ECHO)),
    ("save client fault", "SaveBundleList", fault("Client", ECHO)),
    ("save limit", "SaveBundleList", fault("Server", f"Limit exceeded {ECHO}")),
    ("save not saved", "SaveBundleList", result(f"<Type>NotSaved</Type><Description><![CDATA[{ECHO}]]></Description>")),
    ("save other", "SaveBundleList", result(f"<Type><![CDATA[{ECHO}]]></Type>")),
    ("save reset", "SaveBundleList", Respond(accident="reset")),
    ("save not authenticated", "SaveBundleList", NOT_AUTHENTICATED),
    ("save retry-after", "SaveBundleList", Respond(b"", 429, {"Retry-After": "canarysession00000000001"})),
]


@pytest.mark.parametrize(
    ("operation", "answer"), [case[1:] for case in CANARY_CASES], ids=[case[0] for case in CANARY_CASES]
)
def test_no_secret_in_exceptions_tracebacks_logs_or_output(
    office: FakeOffice,
    ledger: Ledger,
    operation: str,
    answer: Respond | Script,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("zeep", "zeep.transports", "urllib3", "urllib3.connectionpool", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    office.defaults[operation] = answer
    with pytest.raises(OfficeError) as caught:
        ledger.save(VOUCHER)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None, "the HTTP library's exceptions hold the request with its cookie and body"
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # This test's own frame holds the echoing answer; what the package's frames hold is what matters.
    package = shown[shown.rindex("in save") :]
    output = capfd.readouterr()
    everything = {
        "text": str(error),
        "repr": repr(error) + repr(vars(error)) + repr(error.args),
        "locals": package,
        "logs": "\n".join(f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records),
        "output": output.out + output.err,
        "pickle": repr(pickle.loads(pickle.dumps(error))) + repr(pickle.dumps(error)),
        "session": repr(ledger.session) + repr(ledger.session._login_data()) + repr(ledger.session._session_id),
    }
    for place, content in everything.items():
        for canary in CANARIES:
            assert canary.lower() not in content.lower(), f"{canary} in {place}"
    assert caplog.records, "the loggers were on"


def test_secrets_do_not_pickle() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(SecretText(PASSWORD))
    with pytest.raises(TypeError):
        pickle.dumps(Credentials.of(APPLICATION_ID, USERNAME, PASSWORD))


@pytest.mark.parametrize("error", [NotSent, ReadFailed, Rejected, Unknown, NotAuthenticated])
def test_errors_survive_a_process_boundary(error: type[OfficeError]) -> None:
    copy = pickle.loads(pickle.dumps(error("words", kind="k", operation="o")))
    assert (type(copy), str(copy), copy.kind, copy.operation) == (error, "words", "k", "o")
