"""Keys returned through Dagster where extracts come from SQL: into the tables there, and a repeated run writes nothing."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from frontline_pipeline.automation import TRADE_JOB
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import QUIET, Project, failures, metadata, store_day

OSLO = store_day("oslo")
SET_UP = {
    "source": {"kind": "sql", "url_env": "POS_URL", "view_prefix": "pos_", "path": None},
    "companies": {"nordlys": {"masterdata": {"products": {"default_category": 1}}}},
}
CUSTOMERS = ("raw_customers", "customers", "matched_customers", "customer_keys")
PRODUCTS = ("raw_products", "products", "matched_products", "product_keys")


def till(path: Path) -> sa.Engine:
    """A till's database with the views of the contract, all rows standing there as the register knows them now."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for statement in (
            "create table pos_customers (store, customer, kind, name, organisation_number, country, email)",
            "create table pos_products (store, article, name, rate, active)",
            "insert into pos_customers values ('oslo', 'K-1', 'business', 'Prikk AS', '923609016', 'NO', 'post@prikk.example')",
            "insert into pos_customers values ('oslo', 'K-2', 'private', 'Nordmann', null, 'NO', null)",
            "insert into pos_customers values ('bergen', 'K-9', 'private', 'Hansen', null, 'NO', null)",
            "insert into pos_products values ('oslo', '0042', 'Krus', '25', 1)",
        ):
            connection.exec_driver_sql(statement)
    return engine


def run(project: Project, instance: dg.DagsterInstance, *assets: str) -> dg.ExecuteInProcessResult:
    """The trade job, these assets of it."""
    return project.definitions.resolve_job_def(TRADE_JOB).execute_in_process(
        partition_key=OSLO.key,
        instance=instance,
        raise_on_error=False,
        run_config=QUIET,
        asset_selection=[dg.AssetKey(name) for name in assets],
    )


def rows(engine: sa.Engine, table: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"select * from {table} order by 1, 2")]


def test_keys_land_in_the_tables_of_the_source_and_a_repeated_run_writes_nothing(
    make_project: MakeProject, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "till.sqlite"
    engine = till(path)
    monkeypatch.setenv("POS_URL", f"sqlite:///{path}")
    project = make_project(SET_UP, delivered=False)

    first = run(project, instance, *CUSTOMERS, *PRODUCTS)
    assert first.success, failures(first)
    written = {kind: metadata(first, f"{kind}_keys") for kind in ("customer", "product")}
    assert {kind: (told["table"], told["table_rows_written"]) for kind, told in written.items()} == {
        "customer": ("frontline_customer_keys", 2),
        "product": ("frontline_product_keys", 1),
    }
    customers, products = rows(engine, "frontline_customer_keys"), rows(engine, "frontline_product_keys")
    known = {
        (record.fields["ExternalId"], record.id)
        for record in project.server.app.records.find("nordlys", "company")
        if record.fields.get("ExternalId")
    }
    assert [row[:2] for row in customers] == [("nordlys", "K-1"), ("nordlys", "K-2")], "another store's customer came"
    assert {(row[1], row[2]) for row in customers} == known, "the table does not name the customers that are there"
    assert [(row[0], row[1], row[4]) for row in products] == [("nordlys", "0042", "created")]
    assert "prikk" not in str(customers).lower(), "more than keys went back"

    calls = project.calls()
    again = run(project, instance, "matched_customers", "customer_keys", "product_keys")
    assert again.success, failures(again)
    assert [metadata(again, f"{kind}_keys")["table_rows_written"] for kind in written] == [0, 0]
    assert (rows(engine, "frontline_customer_keys"), rows(engine, "frontline_product_keys")) == (customers, products)
    assert project.calls() == calls

    with engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into pos_customers values ('oslo', 'K-3', 'private', 'Olsen', null, 'NO', null)"
        )
        connection.exec_driver_sql("update frontline_customer_keys set number = '1' where customer = 'K-2'")
    later = run(project, instance, *CUSTOMERS)
    assert later.success, failures(later)
    assert metadata(later, "customer_keys")["table_rows_written"] == 2, (
        "one is new, and one was changed by somebody else"
    )
    assert rows(engine, "frontline_customer_keys")[:2] == customers
