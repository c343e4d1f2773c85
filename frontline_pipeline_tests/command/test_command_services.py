"""check, import, sandbox, generate, wsdl-diff: what each says when all is well, and when something is not."""

from __future__ import annotations

import re
import shutil
import signal
import urllib.request
from pathlib import Path

import pytest
import requests

from frontline_pipeline_tests.command.command_kit import alive, at, call, free_port, running, wait_for
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import REPO, SHARED, Project, need


@pytest.fixture(scope="module")
def served(shared_project: Project) -> Project:
    return shared_project


# check


def test_check_agrees_with_the_example_and_sends_nothing(served: Project) -> None:
    answer = call(*at(served), "check")
    assert (answer.code, answer.err) == (0, ""), answer
    assert re.search(r"^nordlys: \d+ settings agree with 24SevenOffice$", answer.out, re.MULTILINE)
    rows = [row.split("\t") for row in answer.out.splitlines() if "\t" in row]
    assert {row[0] for row in rows} == {"result", "ok"}
    assert served.calls("Account.SaveBundleList") == served.calls("Account.GetEntryId") == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"ledger": {"accounts": {"rounding": 7741}}},
            ["ledger.accounts.rounding", "account 7741 is not in the client's"],
        ),
        ({"ledger": {"vat_codes": {"31": {"tax_code": "3"}}}}, ["ledger.vat_codes.31", "25 %", "means 15 % today"]),
        ({"ledger": {"voucher_type": 99}}, ["voucher_type", "voucher type 99 is not one of the client's"]),
        ({"organisation_number": "999000223"}, ["organisation_number", "999000207", "999000223"]),
    ],
    ids=["account", "rate", "voucher type", "organisation number"],
)
def test_check_names_the_setting_to_mend(served: Project, change: dict[str, object], words: list[str]) -> None:
    answer = call(*at(served.changed({"companies": {"fjord": change}})), "check")
    assert answer.code == 1
    bad = "\n".join(row for row in answer.out.splitlines() if row.startswith("mend\t"))
    for word in words:
        assert word in bad
    assert re.search(r"^nordlys: \d+ settings agree with 24SevenOffice$", answer.out, re.MULTILINE)
    assert re.search(r"fjord: \d+ settings? agrees? with 24SevenOffice, 1 to mend", answer.out)


def test_check_without_a_login_names_the_variable_and_no_secret(served: Project) -> None:
    other = served.changed({"companies": {"fjord": {"office": {"password_env": "NO_SUCH_VARIABLE"}}}})
    answer = call(*at(other), "check")
    assert answer.code == 1
    assert "environment variable NO_SUCH_VARIABLE is not set" in answer.out
    for secret in served.loaded.secrets.values():
        assert secret not in answer.out + answer.err


def test_check_when_nothing_answers(served: Project) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    office = {"office": {"api_url": url, "webservices_url": url}}
    answer = call(*at(served.changed({"companies": {"nordlys": office, "fjord": office}})), "check")
    assert answer.code == 1
    assert "connection failure" in answer.out
    assert f"Nothing answers on {url}" in answer.err
    assert "frontline sandbox" in answer.err


# import


def test_import_takes_the_good_files_and_tells_of_the_bad_ones(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project(delivered=False)
    inbox = tmp_path / "inbox"
    made = call(*at(project), "generate", str(inbox), "--from", "2025-11-18", "--days", "2", "--receipts", "5")
    assert (made.code, made.err) == (0, "")
    nordlys, fjord = sorted(Path(line) for line in made.out.splitlines())
    fjord.write_bytes(fjord.read_bytes()[:-500])
    (inbox / "note.xml").write_text("<note/>")

    answer = call(*at(project), "import", str(inbox), str(tmp_path / "nowhere"))
    assert (answer.code, answer.err) == (1, "")
    assert "\x1b" not in answer.out
    assert f"{nordlys.name}: 6 Z-reports imported on 4 store-days (bergen, oslo)" in answer.out
    assert f"{fjord.name}: refused, nothing of it was imported" in answer.out
    assert "note.xml: refused" in answer.out
    assert "nowhere: expected a SAF-T file, or a folder with *.xml files, got no such file" in answer.out
    assert "4 files, 3 refused" in answer.out
    assert not list(project.landing.glob("tromso/2025*"))

    again = call(*at(project), "import", str(nordlys))
    assert again.code == 0
    assert f"{nordlys.name}: 6 already there, unchanged" in again.out


def test_import_of_a_folder_without_any_file(served: Project, tmp_path: Path) -> None:
    answer = call(*at(served), "import", str(tmp_path))
    assert answer.code == 1
    assert "got a folder without any" in answer.out


def test_import_into_a_database_is_refused(served: Project, tmp_path: Path) -> None:
    other = served.changed({"source": {"kind": "sql", "url_env": "SOMEWHERE", "path": None}})
    answer = call(*at(other), "import", str(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert "source.kind: files" in answer.err


# generate


def test_generate_gives_the_same_bytes_for_the_same_seed(served: Project, tmp_path: Path) -> None:
    arguments = ("--from", "2025-11-18", "--days", "1", "--receipts", "5", "--format", "csv")
    one = call(*at(served), "generate", str(tmp_path / "a"), *arguments, "--seed", "4")
    two = call(*at(served), "generate", str(tmp_path / "b"), *arguments, "--seed", "4")
    assert one.code == two.code == 0
    files = [Path(line) for line in one.out.splitlines()]
    assert {f.parents[1].name for f in files} == {"oslo", "bergen", "tromso"}
    for file, twin in zip(files, two.out.splitlines(), strict=True):
        assert file.read_bytes() == Path(twin).read_bytes()


# sandbox


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_the_sandbox_serves_until_it_is_told_to_stop(tmp_path: Path, ending: signal.Signals) -> None:
    port, state = free_port(), tmp_path / "state"
    config = str(REPO / "config")
    with running("--config", config, "--state", str(state), "sandbox", "--port", str(port), cwd=tmp_path) as process:
        page = wait_for(f"http://127.0.0.1:{port}/", process, 60)
        assert b"Sandbox ledger" in page
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/Economy/Account/V004/Accountservice.asmx?wsdl", timeout=10
        ) as answer:
            assert b"SaveBundleList" in answer.read()
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert f"Stand-in of 24SevenOffice on http://127.0.0.1:{port}" in out
    assert "api_url is http://127.0.0.1:8724, not this address" in err
    assert "Traceback" not in err
    assert (state / "sandbox.sqlite").is_file()
    assert not alive(str(state))


@pytest.mark.parametrize(("more", "status"), [((), 403), (("--control",), 200)], ids=["off", "on"])
def test_the_sandboxs_control_is_off_unless_asked_for(tmp_path: Path, more: tuple[str, ...], status: int) -> None:
    port, state, config = free_port(), tmp_path / "state", str(REPO / "config")
    line = ("--config", config, "--state", str(state), "sandbox", "--port", str(port), *more)
    with running(*line, cwd=tmp_path) as process:
        wait_for(f"http://127.0.0.1:{port}/", process, 30)
        answer = requests.post(f"http://127.0.0.1:{port}/_sandbox/lag", json={"seconds": 3}, timeout=10)
        assert answer.status_code == status
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert ("Its control endpoint is open" in out) is bool(more)


def test_the_sandbox_says_when_its_port_is_taken(served: Project) -> None:
    answer = call(*at(served), "sandbox")
    assert (answer.code, answer.out) == (2, "")
    assert f"127.0.0.1:{served.server.port} (Address already in use)" in answer.err
    assert "sandbox.port" in answer.err


def test_the_sandbox_needs_the_logins_it_shall_accept(served: Project) -> None:
    other = served.changed({"companies": {"fjord": {"office": {"username_env": "NO_SUCH_VARIABLE"}}}})
    answer = call(*at(other), "sandbox", "--port", "0")
    assert (answer.code, answer.out) == (2, "")
    assert "NO_SUCH_VARIABLE" in answer.err


# wsdl-diff


def test_wsdl_diff_finds_every_operation_in_use_in_the_real_wsdls(tmp_path: Path) -> None:
    folder = SHARED / "24sevenoffice" / "wsdl"
    if not folder.is_dir():
        need("wsdl", f"the real WSDLs are not in {folder}")
    answer = call("wsdl-diff", str(folder))
    assert (answer.code, answer.err) == (0, "")
    assert "Every operation in use is the same." in answer.out

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    account = next(f for f in broken.iterdir() if f.name.lower().startswith("account"))
    account.write_text(
        account.read_text(encoding="utf-8").replace("SaveBundleList", "StoreBundleList"), encoding="utf-8"
    )
    differs = call("wsdl-diff", str(broken))
    assert differs.code == 1
    assert "error\taccount\tSaveBundleList" in differs.out
    account.write_text("<definitions", encoding="utf-8")
    unreadable = call("wsdl-diff", str(broken))
    assert (unreadable.code, unreadable.out) == (1, "")
    assert account.name in unreadable.err


def test_wsdl_diff_of_the_stand_in_and_of_nothing(served: Project, tmp_path: Path) -> None:
    live = call(*at(served), "wsdl-diff")
    assert live.code == 0, live
    empty = call("wsdl-diff", str(tmp_path))
    assert (empty.code, empty.out) == (1, "")
    assert "no *.wsdl file" in empty.err
