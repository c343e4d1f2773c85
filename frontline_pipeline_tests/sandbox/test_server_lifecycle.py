"""The stand-in's life: start and stop, what a file keeps, clients apart, the pages, control, interception."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from server_kit import AUTHENTICATE, CLIENT, NS, Stranger, bundle_list, company, envelope, fault_of, line, post, sale

from frontline_pipeline.sandbox.app import session_token
from frontline_pipeline.sandbox.calls import Call, PassThrough, Reply
from frontline_pipeline.sandbox.seed import SandboxAccount, SandboxFiscalYear, SandboxTaxCode, default_years, seed
from frontline_pipeline.sandbox.server import SandboxServer
from frontline_pipeline.sandbox.wsdl_book import WsdlBook, WsdlError


def vouchers(server: SandboxServer, query: str) -> list[dict[str, Any]]:
    response = requests.get(f"{server.url}/_sandbox/vouchers{query}", timeout=20)
    assert response.status_code == 200, response.text
    return list(response.json()["vouchers"])


def test_a_file_keeps_postings_drafts_sessions_and_locks(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with SandboxServer(file, [company()]) as server:
        stranger = Stranger(server.url)
        token = stranger.login(company())
        assert stranger.save(*sale(), number=1).Type == "Ok"
        assert stranger.save(*sale(), number=2, option=1).Type == "Ok"
        server.store.set_year_locked("nord", 2026, True)
        first = vouchers(server, "?client=nord&drafts=1")
    with SandboxServer(file, [company()]) as server:
        assert vouchers(server, "?client=nord&drafts=1") == first
        again = Stranger(server.url)
        again.http.cookies.set("ASP.NET_SessionId", token)
        assert again.service(AUTHENTICATE).HasSession() is True
        assert "fiscal year 2026 is locked" in again.save(*sale(), number=3).Description
        server.store.set_year_locked("nord", 2026, False)
        assert again.save(*sale(), number=1).Type == "DuplicateData"
        assert again.save(*sale(), number=3).Type == "Ok"


def test_seeding_again_adds_and_never_takes_away(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with SandboxServer(file, [company()]) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        assert stranger.save(*sale()).Type == "Ok"
    years = (SandboxFiscalYear(year=2026), SandboxFiscalYear(year=2027))
    changed = company(fiscal_years=years, password="a new one", customers=((700, "New"),), name="Nord Ny AS")
    with SandboxServer(file, [changed, company("syd")]) as server:
        assert [each.code for each in server.store.clients()] == ["nord", "syd"]
        assert [each.year for each in server.store.fiscal_years("nord")] == [2025, 2026, 2027]
        assert [number for number, _ in server.store.named("customers", "nord")] == [500, 600, 700]
        assert server.store.client("nord").name == "Nord Ny AS"
        assert len(vouchers(server, "?client=nord")) == 1
        assert Stranger(server.url).login(company()) == "", "the old password"
        assert Stranger(server.url).login(changed)


def test_one_user_with_two_passwords_is_refused() -> None:
    both = {"username": "both@example"}
    with pytest.raises(ValueError, match="client syd: its user is given another password"):
        SandboxServer(":memory:", [company(**both, password="a"), company("syd", **both, password="b")])


def test_a_client_that_contradicts_itself_is_refused() -> None:
    code = SandboxTaxCode(tax_id=1, number="3", name="x", rate=25, vat_account=2700)
    with pytest.raises(ValueError, match="posts to account 2700, which the chart lacks"):
        company(accounts=(SandboxAccount(number=1900, name="x"),), tax_codes=(code,))
    with pytest.raises(ValueError, match="has a rate and no VAT account"):
        company(tax_codes=(SandboxTaxCode(tax_id=1, number="3", name="x", rate=25),))


def test_years_around_today_are_open_when_none_are_named() -> None:
    years = [each.year for each in default_years() if not each.locked]
    assert len(years) == 3
    assert dt.datetime.now(dt.UTC).year in years


def test_no_secret_stands_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with SandboxServer(file, [company()]) as server:
        token = Stranger(server.url).login(company())
        content = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert len(content) > 10_000
    assert b"secret-nord" not in content
    assert token.encode() not in content


def test_two_clients_do_not_see_each_other() -> None:
    with SandboxServer(":memory:", [company(), company("syd")]) as server:
        nord, syd = Stranger(server.url), Stranger(server.url)
        nord.login(company())
        syd.login(company("syd"))
        assert nord.save(*sale(), number=1, name="of nord").Type == "Ok"
        assert syd.posted() == []
        assert syd.save(*sale(), number=1, name="of syd").Type == "Ok", "numbers are each client's own"
        ids = [{each.Id for each in peer.posted()} for peer in (nord, syd)]
        assert [len(each) for each in ids] == [3, 3]
        assert ids[0].isdisjoint(ids[1])
        assert syd.service(CLIENT).GetClientInformation().OrganizationNumber == "912345678"
        server.store.set_year_locked("syd", 2026, True)
        assert nord.save(*sale(), number=2).Type == "Ok"
        assert [each["name"] for each in vouchers(server, "?client=syd")] == ["of syd"]


def test_an_invoice_reference_of_another_client_is_free() -> None:
    with SandboxServer(":memory:", [company(), company("syd")]) as server:
        for code in ("nord", "syd"):
            peer = Stranger(server.url)
            peer.login(company(code))
            sold = [line(1500, "9.00", CustomerId=500, InvoiceReferenceNo="k"), line(3200, "-9.00")]
            assert peer.save(*sold).Type == "Ok"


def test_two_servers_on_one_file_never_give_a_number_twice(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with SandboxServer(file, [company()]) as first, SandboxServer(file, [company()]) as second:
        peers = [Stranger(server.url) for server in (first, second)]
        for peer in peers:
            peer.login(company())
        assert [peer.save(*sale(), number=1).Type for peer in peers] == ["Ok", "DuplicateData"]


# Control and pages


def test_vouchers_as_json() -> None:
    with SandboxServer(":memory:", [company()]) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        stranger.save(*sale(), number=4)
        stranger.save(*sale(), number=5, option=1, name="Later")
        (posted,) = vouchers(server, "?client=nord")
        assert (posted["state"], posted["number"], posted["series"], posted["type"]) == ("posted", 4, 102, 2)
        assert [(each["account"], each["amount"], each["amount_ore"]) for each in posted["lines"]] == [
            (1900, "125.00", 12500),
            (3000, "-100.00", -10000),
            (2700, "-25.00", -2500),
        ]
        both = vouchers(server, "?client=nord&drafts=1")
        assert [(each["state"], each["name"]) for each in both] == [("posted", "Takings"), ("draft", "Later")]
        assert vouchers(server, "?drafts=1") == both
        missing = requests.get(f"{server.url}/_sandbox/vouchers?client=x", timeout=20)
        assert missing.status_code == 404
        assert missing.json() == {"error": "no client 'x'; known are nord"}


def test_statistics_count_every_call_and_its_end() -> None:
    with SandboxServer(":memory:", [company()]) as server:
        stranger = Stranger(server.url)
        stranger.save(*sale())
        stranger.login(company(), Password="wrong")
        stranger.login(company())
        stranger.save(*sale())
        stranger.save(*sale())
        post(server.url, AUTHENTICATE, b"nonsense")
        stats = requests.get(f"{server.url}/_sandbox/stats", timeout=20).json()
        assert stats == {
            "Account.SaveBundleList": {"calls": 3, "verdicts": {"DuplicateData": 1, "NotAuthenticated": 1, "Ok": 1}},
            "Authenticate.?": {"calls": 1, "verdicts": {"fault": 1}},
            "Authenticate.Login": {"calls": 2, "verdicts": {"answered": 1, "refused": 1}},
        }


def test_the_page_shows_the_ledger_and_escapes_it() -> None:
    evil = company(name="<script>alert(1)</script> AS")
    with SandboxServer(":memory:", [evil, company("syd")]) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        sold = [line(1500, "1234567.00", CustomerId=500, Comment="<b>&", InvoiceReferenceNo='"><i>'), *sale()[1:]]
        assert stranger.save(*sold, option=1, AllowDifference=True, direct=False, name="<u>").Type == "Ok"
        response = requests.get(server.url + "/", timeout=20)
        page = response.text
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        for raw in ("<script", "<b>", "<i>", "<u>"):
            assert raw not in page
        for shown in ("&lt;script&gt;alert(1)", "&lt;b&gt;&amp;", "&quot;&gt;&lt;i&gt;", "&lt;u&gt;", "customer 500"):
            assert shown in page
        assert "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567.00" in page
        assert "0 posted, 1 drafts" in page
        only = requests.get(server.url + "/?client=syd", timeout=20).text
        assert "No voucher yet." in only
        assert "customer 500" not in only


def test_control_is_closed_unless_asked_for() -> None:
    with SandboxServer(":memory:", [company()]) as server:
        response = requests.post(f"{server.url}/_sandbox/sessions/expire", json={}, timeout=20)
        assert response.status_code == 403


def test_control_locks_blocks_and_expires() -> None:
    with SandboxServer(":memory:", [company()], control=True) as server:

        def control(action: str, **content: Any) -> requests.Response:
            return requests.post(f"{server.url}/_sandbox/{action}", json=content, timeout=20)

        stranger = Stranger(server.url)
        stranger.login(company())
        assert control("years", client="nord", year=2026, locked=True).json() == {"done": True}
        assert "is locked" in stranger.save(*sale()).Description
        assert control("years", client="nord", year=1999, locked=True).status_code == 404
        assert control("sessions/expire").json() == {"ended": 1}
        assert stranger.save(*sale()).Type == "NotAuthenticated"
        identity = str(company().all_identities()[0].id)
        assert control("identities", identity=identity, blocked=True).status_code == 200
        assert control("identities", identity="x", blocked=True).status_code == 404
        assert control("years", client="nord").status_code == 404
        assert control("years", client="nord", year="x", locked=True).status_code == 400
        assert control("nothing").status_code == 404
        plain = requests.post(f"{server.url}/_sandbox/sessions/expire", data="{}", timeout=20)
        assert plain.status_code == 415, "a form of another site must not get in"


class Recorder(PassThrough):
    """Notes calls, and changes what it is told to."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.instead: Reply | None = None
        self.afterwards: Reply | None = None

    def before(self, call: Call) -> Reply | None:
        self.seen.append(("before", call.name))
        return self.instead

    def after(self, call: Call, reply: Reply) -> Reply:
        self.seen.append((reply.verdict, call.name))
        return self.afterwards or reply


def test_interception_before_and_after_the_effect() -> None:
    recorder = Recorder()
    with SandboxServer(":memory:", [company()], interceptor=recorder) as server:
        stranger = Stranger(server.url)
        stranger.login(company())
        recorder.seen.clear()
        recorder.instead = Reply(500, b"not now", "injected")
        with pytest.raises(Exception, match="not now"):
            stranger.save(*sale(), number=1)
        assert vouchers(server, "?client=nord") == []
        recorder.instead, recorder.afterwards = None, Reply(200, b"", "dropped", drop=True)
        with pytest.raises(requests.ConnectionError):
            stranger.save(*sale(), number=1)
        assert len(vouchers(server, "?client=nord")) == 1, "the effect happened, only the answer was lost"
        name = "Account.SaveBundleList"
        assert recorder.seen == [("before", name), ("injected", name), ("before", name), ("Ok", name)]


def test_a_bug_inside_is_a_server_fault_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    with SandboxServer(":memory:", [company()]) as server:
        stranger = Stranger(server.url)
        token = stranger.login(company())
        with server.store.writing() as db:
            # A year that is no number: the answer breaks in the middle.
            db.execute("update fiscal_years set year = 'never' where year = 2026")
        body = envelope(
            '<GetFiscalYears xmlns="http://24sevenoffice.com/webservices/economy/accounting/"/>',
        )
        path = "/Economy/Accounting/V001/TransactionService.asmx"
        code, text = fault_of(post(server.url, path, body, Cookie=f"ASP.NET_SessionId={token}"))
        assert (code, text) == ("soap:Server", "The stand-in failed to answer; its log says why")
        assert "Transaction.GetFiscalYears failed" in caplog.text
        assert server.app.statistics.as_dict()["Transaction.GetFiscalYears"]["verdicts"] == {"error": 1}


def test_an_answer_the_schema_refuses_is_a_bug_not_an_answer() -> None:
    with SandboxServer(":memory:", [company()]) as server:
        stranger = Stranger(server.url)
        token = stranger.login(company())
        with server.store.writing() as db:
            db.execute("update accounts set number = 40000 where number = 1900")  # beyond xsd:short
        body = envelope(f'<GetAccountList xmlns="{NS}"/>')
        path = "/Economy/Account/V004/Accountservice.asmx"
        code, text = fault_of(post(server.url, path, body, Cookie=f"ASP.NET_SessionId={token}"))
        assert code == "soap:Server"
        assert "40000" not in text


# Starting and stopping


def test_stop_lets_a_request_under_way_end_and_then_refuses() -> None:
    entered, release = threading.Event(), threading.Event()

    class Slow(PassThrough):
        def before(self, call: Call) -> Reply | None:
            if call.operation == "SaveBundleList":
                entered.set()
                assert release.wait(10)
            return None

    server = SandboxServer(":memory:", [company()], interceptor=Slow()).start()
    stranger = Stranger(server.url)
    stranger.login(company())
    stranger.service("/Economy/Account/V004/Accountservice.asmx")
    answers: list[str] = []
    worker = threading.Thread(target=lambda: answers.append(stranger.save(*sale()).Type))
    worker.start()
    assert entered.wait(10)
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    time.sleep(0.2)
    assert stopper.is_alive(), "stop waits"
    release.set()
    worker.join(10)
    stopper.join(10)
    assert answers == ["Ok"]
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)
    server.stop()


def test_stop_does_not_wait_for_idle_connections() -> None:
    server = SandboxServer(":memory:", [company()]).start()
    with requests.Session() as idle:
        idle.get(server.url, timeout=10)
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 2


def test_stop_without_start_and_a_taken_port() -> None:
    server = SandboxServer(":memory:", [company()])
    with pytest.raises(OSError, match="in use"):
        SandboxServer(":memory:", [company()], port=server.port)
    server.stop()


def test_serve_forever_ends_in_good_order_on_sigterm(tmp_path: Path) -> None:
    script = (
        "from server_kit import company\n"
        "from frontline_pipeline.sandbox.server import SandboxServer\n"
        f"server = SandboxServer({str(tmp_path / 'ledger.db')!r}, [company()])\n"
        "print(server.url, flush=True)\nserver.serve_forever()\nprint('ended', flush=True)\n"
    )
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=here)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        stranger = Stranger(url)
        assert stranger.login(company())
        assert stranger.save(*sale()).Type == "Ok"
        process.terminate()
        rest, _ = process.communicate(timeout=20)
        assert rest.strip() == "ended"
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()
    with sqlite3.connect(tmp_path / "ledger.db") as db:
        assert db.execute("select count(*) from vouchers").fetchone() == (1,)


def test_a_folder_without_usable_wsdls_is_named(tmp_path: Path) -> None:
    with pytest.raises(WsdlError, match=r"no \*\.wsdl file found"):
        WsdlBook(tmp_path)
    (tmp_path / "a.wsdl").write_text("<a>")
    with pytest.raises(WsdlError, match=r"a\.wsdl: not well-formed XML"):
        WsdlBook(tmp_path)
    (tmp_path / "a.wsdl").write_text("<a/>")
    with pytest.raises(WsdlError, match=r"no SOAP 1\.1 port"):
        WsdlBook(tmp_path)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("ASP.NET_SessionId=abc", "abc"),
        ("a=1; ASP.NET_SessionId=abc; b=2", "abc"),
        ('ASP.NET_SessionId="abc"', "abc"),
        ("ASP_NET.SessionId=abc", None),
        ("ASP.NET_SessionId=", None),
        ("", None),
        ("ASP.NET_SessionId", None),
    ],
)
def test_session_cookie_is_read_exactly(header: str, token: str | None) -> None:
    assert session_token(header) == token


def test_json_is_utf8_and_seed_accepts_no_clients() -> None:
    with SandboxServer(":memory:", [company(name="Bær & Båt AS")]) as server:
        seed(server.store, [])
        assert "Bær &amp; Båt AS" in requests.get(server.url, timeout=20).content.decode()
        assert json.loads(requests.get(f"{server.url}/_sandbox/vouchers", timeout=20).content) == {"vouchers": []}
        assert bundle_list(*sale())["SaveOption"] == 0
