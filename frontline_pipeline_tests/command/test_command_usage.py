"""Wrong usage and settings, help, plain output when piped, tables and colours on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
import yaml
from typer.main import get_group

from frontline_pipeline.cli import app
from frontline_pipeline_tests.command.command_kit import COMMAND, at, call, environment, spawn
from frontline_pipeline_tests.support import FAULTED, FIRST, REPO, Project, store_day

ESCAPE = "\x1b["
COMMANDS = [
    "demo",
    "init",
    "import",
    "check",
    "preview",
    "run",
    "missing",
    "status",
    "sandbox",
    "wsdl-diff",
    "readback",
    "resolve",
    "generate",
    "dev",
    "plan",
    "chain",
    "deleted",
    "quality",
    "sweep",
    "retry",
    "skip",
    "resume",
    "reverse",
    "correct",
    "rollback",
    "release",
    "adopt",
]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["preview", "--store", "nowhere", "--day", "2025-11-18"],
            "no store 'nowhere'; the settings have oslo, bergen, tromso",
        ),
        (["run", "--store", "nowhere", "--day", "2025-11-18"], "no store 'nowhere'"),
        (["preview", "--store", "oslo", "--day", "18.11.2025"], "'18.11.2025' is not a day such as 2026-11-23"),
        (["preview", "--store", "oslo", "--day", "20251118"], "is not a day"),
        (["run", "--store", "oslo", "--day", "2025-02-30"], "is not a day"),
        (["run", "--store", "oslo", "--day", "2025-10-31"], "grid goes from 2025-11-01 (partitions.start)"),
        (["run", "--store", "oslo", "--day", "2999-01-01"], "(yesterday)"),
        (["status", "--from", "2025-11-20", "--to", "2025-11-18"], "--from 2025-11-20 lies after --to 2025-11-18"),
        (
            ["status", "--from", "2024-01-01", "--to", "2024-12-31"],
            "There is no store-day from 2024-01-01 to 2024-12-31",
        ),
        (["missing", "--from", "x", "--to", "2025-11-18"], "'x' is not a day"),
        (["missing", "--from", "2025-11-18", "--to", "2025-11-18", "--only", "some"], "undelivered"),
        (["readback", "--month", "2025-13"], "'2025-13' is not a month such as 2026-11"),
        (["wsdl-diff", "--company", "nobody"], "no company 'nobody'; the settings have nordlys, fjord"),
        (
            ["generate", "out", "--from", "2025-11-18", "--fault", "quake:oslo:2025-11-18"],
            "'quake' is no fault; known: ",
        ),
        (
            ["generate", "out", "--from", "2025-11-18", "--fault", "one_ore:oslo:2025-12-18"],
            "is not between 2025-11-18",
        ),
        (
            ["generate", "out", "--from", "2025-11-16", "--days", "1", "--fault", "one_ore:oslo:2025-11-16"],
            "oslo is closed",
        ),
        (["import", "--xsd", "no.xsd", "x.xml"], "no.xsd: no such file"),
        (["import"], "Missing argument"),
        (["run", "--store", "oslo"], "Missing option"),
        (["skip", "oslo/OSLO-1/Z1/r1"], "Missing option '--reason'"),
        (["correct", "--store", "oslo", "--day", "2025-11-18"], "say why with --reason, or try --dry-run"),
        (
            ["rollback", "--store", "oslo", "--from", "2025-11-18", "--to", "2025-11-17", "--dry-run"],
            "lies after --to",
        ),
        (["plan", "--store", "oslo,nowhere", "--from", "2025-11-18", "--to", "2025-11-18"], "no store 'nowhere'"),
        (["sweep", "--company", "nobody"], "no company 'nobody'"),
        (
            ["adopt", "--from", "2025-11-18", "--to", "2025-11-18", "--store", "oslo", "--company", "fjord"],
            "Store oslo belongs to company nordlys",
        ),
        (["fly"], "No such command"),
    ],
    ids=lambda value: " ".join(value[:4]) if isinstance(value, list) else "",
)
def test_wrong_usage_ends_with_2_and_one_clear_message(
    looking: Project, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(looking.root)
    answer = call(*at(looking), *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert words in " ".join(answer.err.replace("│", " ").split())
    assert "Traceback" not in answer.err


@pytest.fixture(scope="module")
def looking(shared_project: Project) -> Project:
    return shared_project


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("stores", "oslo", "mode", "sometimes"), "stores.oslo.mode: one of draft, posted (got 'sometimes')"),
        (
            ("stores", "oslo", "company", "nobody"),
            "stores.oslo.company: a company of the settings: fjord, nordlys (got 'nobody')",
        ),
        (("partitions", "start", "yesterday"), "partitions.start: "),
        (("colour", "red"), "colour: no such key"),
    ],
)
def test_wrong_settings_end_with_2_and_name_file_line_and_key(
    looking: Project, tmp_path: Path, change: tuple[str, ...], words: str
) -> None:
    tree = yaml.safe_load((looking.loaded.config_dir / "settings.yaml").read_text(encoding="utf-8"))
    *path, key, value = change
    below = tree
    for step in path:
        below = below[step]
    below[key] = value
    file = tmp_path / "settings.yaml"
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    (tmp_path / "sandbox.env").write_bytes((looking.loaded.config_dir / "sandbox.env").read_bytes())
    answer = call("--config", str(tmp_path), "status", "--from", "2025-11-18", "--to", "2025-11-18")
    assert (answer.code, answer.out) == (2, "")
    assert re.search(rf"settings\.yaml:\d+(:\d+)?: {re.escape(words)}", answer.err), answer.err


def test_no_settings_at_all(tmp_path: Path) -> None:
    answer = call("--config", str(tmp_path / "none"), "check")
    assert (answer.code, answer.out) == (2, "")
    assert "no such folder" in answer.err


def test_a_folder_that_cannot_be_written_is_named(looking: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    config = str(looking.loaded.config_dir)
    answer = call("--config", config, "--state", str(tmp_path / "file" / "state"), "init", "--fresh")
    assert (answer.code, answer.out) == (1, "")
    assert str(tmp_path / "file") in answer.err
    assert "Traceback" not in answer.err


def test_every_command_of_the_design_is_there_with_help() -> None:
    assert set(get_group(app).commands) == set(COMMANDS)
    for command in COMMANDS:
        answer = call(command, "--help")
        assert (answer.code, answer.err) == (0, "")
        assert f"Usage: frontline {command} " in answer.out
        assert ESCAPE not in answer.out


def test_every_command_that_the_docs_name_exists() -> None:
    files = [REPO / "README.md", *sorted((REPO / "docs").glob("*.md"))]
    named = {
        (file.name, word)
        for file in files
        for word in re.findall(r"`frontline ([a-z][a-z-]*)", file.read_text("utf-8"))
    }
    assert len(named) > 20
    assert {each for each in named if each[1] not in COMMANDS} == set()


def test_help_is_quick_and_loads_no_room(tmp_path: Path) -> None:
    heavy = ("pandas", "pandera", "dagster", "zeep", "sqlalchemy", "lxml", "pyarrow")
    code = (
        "import sys; from frontline_pipeline.cli import main\n"
        "for arguments in (['--help'], ['run', '--help'], ['dev', '--help']):\n"
        "    try: main(arguments)\n"
        "    except SystemExit: pass\n"
        f"print('loaded:', [n for n in {heavy!r} if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr


def test_json_alone_reaches_standard_output_and_nothing_standard_error(looking: Project, tmp_path: Path) -> None:
    """A process of its own: what Dagster or a library says at import would be seen here."""
    where = FAULTED["unbalanced"]
    day = ("--store", where.store, "--day", str(where.business_day))
    answer = spawn(*at(looking), "run", *day, "--json", cwd=tmp_path)
    assert (answer.code, answer.err) == (1, "")
    assert answer.json["state"] == "held"


def test_a_reader_that_leaves_early_is_no_error(looking: Project, tmp_path: Path) -> None:
    arguments = " ".join(("missing", "--from", str(FIRST), "--to", str(FIRST), "--only", "unposted"))
    line = f"{' '.join((*COMMAND, *at(looking)))} {arguments} | true"
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""


def on_terminal(*arguments: str, columns: int = 100) -> tuple[int, str]:
    """Exit code and output of a `frontline` process that believes it talks to a person."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    env = environment({"TERM": "xterm-256color"})
    env.pop("NO_COLOR", None)
    process = subprocess.Popen([*COMMAND, *arguments], stdin=slave, stdout=slave, stderr=slave, env=env, cwd=REPO)
    os.close(slave)
    out = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            # Linux says so when the last writer has closed a terminal.
            break
        if not part:
            break
        out += part
    os.close(master)
    return process.wait(60), out.decode().replace("\r\n", "\n")


def test_on_a_terminal_there_are_tables_and_colours_within_its_width(looking: Project) -> None:
    day = str(store_day("oslo").business_day)
    code, out = on_terminal(*at(looking), "preview", "--store", "oslo", "--day", day)
    assert code == 0
    assert f"\x1b[32mok{ESCAPE}0m" in out
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out)
    assert "│ 1901    │" in plain
    assert max(map(len, plain.splitlines())) <= 100


def test_piped_there_are_neither_and_a_line_stays_whole(looking: Project) -> None:
    where = FAULTED["unbalanced"]
    for asked in (store_day("oslo"), where):
        answer = call(*at(looking), "preview", "--store", asked.store, "--day", str(asked.business_day))
        assert ESCAPE not in answer.out + answer.err
        assert not set("│┃━") & set(answer.out)
    assert max(map(len, answer.out.splitlines())) > 120
    voucher = call(*at(looking), "preview", "--store", "oslo", "--day", str(FIRST)).out.splitlines()
    assert "account\ttax code\tdebit\tcredit\ttext" in voucher
    assert f"oslo/OSLO-1/Z1/r1   {FIRST}   posted" in voucher
