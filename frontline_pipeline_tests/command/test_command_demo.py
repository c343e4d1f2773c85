"""`frontline demo` and `frontline dev`, as a newcomer meets them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from frontline_pipeline.command import dev as dev_module
from frontline_pipeline.command.context import Context
from frontline_pipeline.command.demo_rules import DAYS, HELD, MARKER, MISSED, fresh_state, problems
from frontline_pipeline.command.home import require_free_port
from frontline_pipeline.command.status import grid
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline_tests.command.command_kit import Answer, alive, call, free_port, running, spawn, wait_for
from frontline_pipeline_tests.support import REPO


@dataclass
class Clone:
    """The example settings in a folder of their own, their stand-in on a free port."""

    root: Path
    port: int

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def at(self) -> tuple[str, ...]:
        return ("--config", str(self.root / "config"), "--state", str(self.state))

    @property
    def context(self) -> Context:
        return Context(self.root / "config", self.state, {})

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.root / "config" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def clone(root: Path) -> Clone:
    shutil.copytree(REPO / "config", root / "config")
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copyfile(REPO / name, root / name)
    made = Clone(root, free_port())
    made.replace("companies.yaml", ":8724", f":{made.port}")
    made.replace("sandbox.yaml", "port: 8724", f"port: {made.port}")
    return made


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clone, Answer]:
    """A demo that was run once, by the real command."""
    here = clone(tmp_path_factory.mktemp("demo"))
    return here, spawn("--state", "state", "demo", cwd=here.root, timeout=600)


@pytest.mark.slow
def test_the_demo_tells_its_story_and_comes_out_as_it_should(ran: tuple[Clone, Answer]) -> None:
    here, answer = ran
    assert (answer.code, answer.err) == (0, ""), answer
    out = answer.out
    assert "\x1b" not in out
    # What continuous integration looks for.
    for pattern in (
        r"store-days posted or drafted: 16\b",
        r"held: 1\b",
        r"vouchers in the ledger: 15 posted, 6 drafts",
        r"^DEMO OK in \d+ s$",
    ):
        assert re.search(pattern, out, re.MULTILINE), pattern
    # A line of the grid per day, in columns.
    week = [line for line in out.splitlines() if re.match(r"   2026-11-\d\d \w{3} ", line)]
    assert [line.split()[0] for line in week] == [str(day) for day in DAYS]
    assert len({line.index(line.split()[2]) for line in week}) == 1
    assert week[3].split()[2:] == ["posted", "draft", "held"]
    assert week[5].split()[2:] == ["not", "run", "draft", "posted"]
    # The held day says why and what to do, a voucher is shown, the way on is named.
    assert re.search(r"z_balances: Z 4 on register TROMSO-1 does not balance: .* difference -500\.00\.", out)
    assert "what to do: Nothing was posted. Compare with the printed Z-report" in out
    assert "account\ttax code\tdebit\tcredit\ttext" in out
    assert f"frontline --state {here.state} dev" in out
    assert f"business_day {MISSED.business_day}, store {MISSED.store}" in out.split("Next: ")[1]
    assert out.count(f"http://127.0.0.1:{here.port}") == 1, "the page is there only while the demo runs"


@pytest.mark.slow
def test_after_the_demo_its_port_is_free_and_its_state_says_the_same(ran: tuple[Clone, Answer]) -> None:
    here, _ = ran
    require_free_port(here.port, "nobody", "")
    assert not alive(str(here.root))
    status = call(*here.at, "status", "--from", str(DAYS[0]), "--to", str(DAYS[-1]), "--json")
    assert status.code == 1
    assert Counter(cell["state"] for cell in status.json) == {
        "posted": 10,
        "draft": 6,
        "held": 1,
        "ready": 1,
        "closed": 3,
    }
    missing = call(*here.at, "missing", "--from", str(DAYS[0]), "--to", str(DAYS[-1]))
    assert missing.out.split() == [str(HELD), str(MISSED)]
    looked = call(*here.at, "preview", "--store", MISSED.store, "--day", str(MISSED.business_day), "--json")
    assert json.loads(looked.out)["state"] == "ok"


@pytest.mark.slow
def test_a_demo_that_comes_out_otherwise_says_so(ran: tuple[Clone, Answer]) -> None:
    context = ran[0].context
    cells = grid(context, DAYS)
    assert problems(context, cells, 21) == []
    assert problems(context, cells, 20) == ["the ledger has 20 vouchers, the posting log 21"]
    swapped = [c for c in cells if c.key != str(HELD)]
    assert problems(context, swapped, 21) == [
        "0 store-days are held, expected 1",
        "16 store-days are posted or drafted, expected 15",
    ]


@pytest.mark.slow
def test_dev_brings_up_ui_and_ledger_and_ctrl_c_leaves_nothing(ran: tuple[Clone, Answer]) -> None:
    here, port = ran[0], free_port()
    with running("--state", "state", "dev", "--port", str(port), cwd=here.root) as process:
        assert b"Sandbox ledger" in wait_for(f"http://127.0.0.1:{here.port}/", process, 30)
        wait_for(f"http://127.0.0.1:{port}/server_info", process, 90)
        assert len(alive(str(here.root))) >= 3
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=40)
        took = time.monotonic() - started
    assert process.returncode == 0, err
    assert took < 25
    assert not alive(str(here.root))
    assert f"http://127.0.0.1:{port}" in out
    assert "frontline init" not in out, "this state can post already"
    assert "Traceback" not in err


def test_dev_on_a_new_state_says_what_to_do_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = clone(tmp_path)
    monkeypatch.setattr(dev_module, "_dagster", lambda *_: Exit.OK)
    answer = call(*here.at, "dev", "--port", str(free_port()))
    assert answer.code == 0
    assert "run `make demo` for a week of examples, or `frontline init --fresh`" in answer.out
    assert f"http://127.0.0.1:{here.port}" in answer.out
    assert call(*here.at, "init", "--fresh").code == 0
    assert "make demo" not in call(*here.at, "dev", "--port", str(free_port())).out
    # With a real 24SevenOffice behind one company there is no stand-in, and no example.
    here.replace("companies.yaml", f"api_url: http://127.0.0.1:{here.port}", "api_url: https://api.24sevenoffice.com")
    real = call("--config", here.at[1], "--state", str(tmp_path / "other"), "dev", "--port", str(free_port()))
    assert "Stand-in" not in real.out
    assert "run `frontline init`, which says what to think of first" in real.out


def test_dev_says_when_a_port_is_taken(tmp_path: Path) -> None:
    here = clone(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = call(*here.at, "dev", "--port", str(taken.getsockname()[1]))
    assert (answer.code, answer.out) == (2, "")
    assert "The Dagster UI cannot listen" in answer.err


def test_the_demo_empties_its_own_state_only(tmp_path: Path) -> None:
    here = clone(tmp_path)
    fresh_state(here.context)
    (here.state / "posting.sqlite").write_text("of an earlier demo")
    fresh_state(here.context)
    assert [f.name for f in here.state.iterdir()] == [MARKER]

    (here.state / MARKER).unlink()
    (here.state / "posting.sqlite").write_text("of an installation")
    answer = call(*here.at, "demo")
    assert (answer.code, answer.out) == (2, "")
    assert f"{here.state} holds another installation's state" in answer.err
    assert "frontline --state DIR demo" in answer.err
    assert (here.state / "posting.sqlite").read_text() == "of an installation"


def test_the_demo_leaves_a_state_alone_that_a_running_stand_in_uses(tmp_path: Path) -> None:
    here = clone(tmp_path)
    fresh_state(here.context)
    (here.state / "posting.sqlite").write_text("of a demo that `frontline dev` shows")
    with socket.create_server(("127.0.0.1", here.port)):
        answer = call(*here.at, "demo")
    assert (answer.code, answer.out) == (2, "")
    assert f"cannot listen on 127.0.0.1:{here.port}" in answer.err
    assert "make dev" in answer.err
    assert (here.state / "posting.sqlite").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "companies.yaml",
            "webservices_url: http://127.0.0.1:",
            "webservices_url: http://localhost:1",
            "lead elsewhere",
        ),
        (
            "companies.yaml",
            "api_url: http://127.0.0.1:{port}",
            "api_url: https://api.24sevenoffice.com",
            "lead elsewhere",
        ),
        ("pipeline.yaml", "# url_env: FRONTLINE_POSTING_URL", "url_env: FRONTLINE_POSTING_URL", "posting.url_env"),
        ("pipeline.yaml", "# storage: s3://nordlys-frontline/storage", "storage: /elsewhere", "storage"),
        (
            "pipeline.yaml",
            "start: 2026-11-01",
            "start: 2026-11-18",
            "the store-days of these settings go from 2026-11-18",
        ),
        ("stores.yaml", "\n  tromso:", "\n  hammerfest:", "have no tromso"),
    ],
    ids=["other port", "real", "posting log elsewhere", "storage elsewhere", "start", "other stores"],
)
def test_the_demo_touches_nothing_but_its_own(tmp_path: Path, file: str, old: str, new: str, words: str) -> None:
    here = clone(tmp_path)
    here.replace(file, old.format(port=here.port), new)
    answer = call(*here.at, "demo")
    assert (answer.code, answer.out) == (2, "")
    assert words in answer.err
    assert not here.state.exists()
