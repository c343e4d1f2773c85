"""The database under the posting log: migrations, guards, durability, refusals."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError, IntegrityError

from frontline_pipeline.posting import database, schema
from frontline_pipeline.posting.database import open_database
from frontline_pipeline.posting.errors import LogUnusable
from frontline_pipeline.posting.log import open_log
from frontline_pipeline_tests.posting import workers
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, day_voucher, poster, profile, voucher

MIGRATIONS = Path(database.__file__).parent / "migrations"


def test_the_newest_migration_is_the_head_of_the_schema():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_the_migrations_make_exactly_the_schema(log):
    with log.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "posting_log_version"})
        assert compare_metadata(context, schema.metadata) == []


def test_opening_again_keeps_what_is_there(log_url):
    first = open_log(log_url)
    first.initialise("anna")
    poster(first, FakeLedger()).post([voucher()], profile())
    first.close()
    again = open_log(log_url)
    assert again.is_initialised()
    assert len(again.documents()) == 1
    again.close()


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004"])
def test_a_log_of_an_earlier_version_keeps_what_it_holds(revision, tmp_path, postgres_or_file):
    """A posted journal as that version had it: upgraded when the log is opened, and still not posted twice."""
    now = open_log(f"sqlite:///{tmp_path / 'now.sqlite'}")
    now.initialise("anna")
    poster(now, ledger := FakeLedger()).post([voucher()], profile())
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    then = sa.create_engine(postgres_or_file)
    with then.begin() as old, now.database.reading() as new:
        config.attributes["connection"] = old
        command.upgrade(config, revision)
        tables = sa.MetaData()
        tables.reflect(old)
        for table in (schema.document, schema.document_history, schema.z_in_document, schema.meta):
            earlier = {column.name: table.c[column.name].type for column in tables.tables[table.name].columns}
            as_it_was = sa.table(table.name, *(sa.column(name, kind) for name, kind in earlier.items()))
            for row in new.execute(sa.select(table)).mappings():
                old.execute(as_it_was.insert().values({name: row[name] for name in earlier}))
    then.dispose()

    upgraded = open_log(postgres_or_file)
    assert upgraded.is_initialised()
    (kept,), (was,) = upgraded.documents(), now.documents()
    assert (kept.reference, kept.state, kept.transaction_no, kept.payload, kept.z_keys) == (
        was.reference,
        was.state,
        was.transaction_no,
        was.payload,
        was.z_keys,
    )
    (outcome,) = poster(upgraded, ledger).post([voucher()], profile())
    assert "already posted" in outcome.message
    assert len(ledger.vouchers) == 1
    upgraded.close()
    now.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def postgres_or_file(request, tmp_path):
    """URL of a database without a log."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'then.sqlite'}"
    return request.getfixturevalue("postgres_schema")


def test_a_newer_schema_is_refused(log_url):
    opened = open_database(log_url)
    with opened.writing() as connection:
        connection.execute(sa.text("update posting_log_version set version_num = '9999'"))
    opened.dispose()
    with pytest.raises(LogUnusable, match=r"schema '9999'.*newer"):
        open_database(log_url)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://u:secret@h/d",
        "not a url secret",
        "sqlite:////proc/nowhere/secret.db",
    ],
)
def test_urls_that_cannot_serve_are_refused_without_showing_them(url):
    with pytest.raises(LogUnusable) as raised:
        open_database(url)
    assert "secret" not in str(raised.value)


def test_an_unreachable_server_is_refused_without_its_password():
    with pytest.raises(LogUnusable) as raised:
        open_database("postgresql://user:secret@127.0.0.1:1/nowhere")
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_sqlite_settings_make_intents_durable(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'a folder' / 'posting.sqlite'}")
    with opened.reading() as connection:
        values = [
            connection.exec_driver_sql(f"pragma {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 2, 1, 30_000]


def test_the_database_clock_is_utc_now(log):
    with log.database.reading() as connection:
        now = log.database.now(connection)
    assert abs((now - dt.datetime.now(dt.UTC)).total_seconds()) < 5


def test_the_guard_against_doubling_stands_in_the_database(log):
    """Whatever the code does, a second live document of a Z cannot be written."""
    poster(log, FakeLedger()).post([voucher(102), voucher(103)], profile())
    z = schema.z_in_document
    with pytest.raises(IntegrityError), log.database.writing() as connection:
        connection.execute(z.update().where(z.c.z_number == "103").values(z_number="102"))
    with log.database.writing() as connection:
        connection.execute(z.update().where(z.c.z_number == "103").values(z_number="102", live=False))


def test_a_number_is_owned_by_one_document(log):
    poster(log, FakeLedger()).post([voucher(102), voucher(103)], profile())
    d = schema.document
    with pytest.raises(IntegrityError), log.database.writing() as connection:
        connection.execute(d.update().values(transaction_no=1))


@pytest.mark.parametrize("verb", ["update document_history set why = ''", "delete from document_history"])
def test_the_history_is_append_only(log, verb):
    poster(log, FakeLedger()).post([voucher()], profile())
    with pytest.raises(DBAPIError, match="append-only"), log.database.writing() as connection:
        connection.execute(sa.text(verb))


def test_a_failed_write_leaves_nothing(log):
    def write_and_fail() -> None:
        with log.database.writing() as connection:
            connection.execute(schema.meta.update().values(initialised_by="x"))
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    with log.database.reading() as connection:
        assert connection.execute(sa.select(schema.meta.c.initialised_by)).scalar() == "test"


def test_a_naive_time_is_refused(log):
    with pytest.raises(sa.exc.StatementError, match="needs a zone"), log.database.writing() as connection:
        connection.execute(schema.meta.update().values(initialised_at=dt.datetime(2026, 1, 1)))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_url(request, tmp_path):
    """URL of a database without anything in it."""
    return (
        f"sqlite:///{tmp_path}/new.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_schema")
    )


def test_processes_that_open_a_new_log_at_once_make_it_once(new_url):
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(3), context.Queue()
    processes = [context.Process(target=workers.open_it, args=(new_url, gate, results)) for _ in range(3)]
    for worker in processes:
        worker.start()
    assert [results.get(timeout=30) for _ in processes] == ["ok"] * 3
    for worker in processes:
        worker.join()


def test_the_log_opens_from_an_installed_package(tmp_path):
    """Migrations are found beside the code, not in the working folder: here from a copy in another place."""
    package = tmp_path / "site" / "frontline_pipeline"
    shutil.copytree(
        MIGRATIONS.parent.parent, package, ignore=shutil.ignore_patterns("__pycache__", "sandbox", "assets", "checks")
    )
    code = (
        "import sys; sys.path.insert(0, 'site')\n"
        "import frontline_pipeline.posting.log as l\n"
        "assert 'site' in l.__file__, l.__file__\n"
        "log = l.open_log('sqlite:///x/posting.sqlite'); log.initialise('t'); print(log.is_initialised())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_migration_files_are_package_data():
    pyproject = (MIGRATIONS.parent.parent.parent / "pyproject.toml").read_text()
    for pattern in ("posting/migrations/*.py", "posting/migrations/*.mako", "posting/migrations/versions/*.py"):
        assert pattern in pyproject
        assert list((MIGRATIONS.parent.parent).glob(pattern))


def test_nothing_of_the_credentials_reaches_the_log(tmp_path):
    log = open_log(f"sqlite:///{tmp_path / 'posting.sqlite'}")
    log.initialise("test")
    ledger = FakeLedger(faults=["unknown_before"])
    poster(log, ledger).post([voucher(102), day_voucher(103)], profile())
    log.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (b"ASP.NET_SessionId", b"Fjord Handel"):
        assert secret not in raw


def test_a_log_of_the_first_schema_is_brought_up_to_date_with_its_content(new_url):
    from alembic import command

    engine = database._engine(new_url)
    opened = database.Database(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with opened.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        values = {
            "company": "fjord",
            "store": "oslo",
            "business_day": "2026-11-23",
            "kind": "journal",
            "document_key": "oslo/K1/Z102",
            "revision": 1,
            "reference": "oslo/K1/Z102/r1",
            "granularity": "register",
            "content_hash": "0",
            "payload": "{}",
            "mode": "posted",
            "transaction_no": 1,
            "owns_number": True,
            "state": "unknown",
            "reached_ledger": True,
            "fencing_token": 1,
            "run_id": "",
            "created_at": "2026-11-24 06:00:00",
            "updated_at": "2026-11-24 06:00:01",
        }
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(sa.text(f"insert into document ({names}) values ({marks})"), values)
        for event, before, after in (("intent", "planned", "sending"), ("lost", "sending", "unknown")):
            connection.execute(
                sa.text(
                    "insert into document_history (document_id, at, from_state, to_state, event, who, why, content_hash) "
                    f"select id, updated_at, '{before}', '{after}', '{event}', 'anna', '', '0' from document"
                )
            )
    engine.dispose()

    log = open_log(new_url)
    (found,) = log.documents()
    assert (found.ledger_date, found.attempts, found.purpose, found.links) == (dt.date(2026, 11, 23), 0, None, None)
    assert found.sent_at == found.updated_at
    assert (found.event, found.reason) == ("lost", None)
    log.close()
