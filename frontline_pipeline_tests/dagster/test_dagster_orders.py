"""Orders through Dagster and over SOAP: matched customers and products, documents, 24SevenOffice, read back; sales on account."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from frontline_pipeline.automation import TRADE_JOB
from frontline_pipeline.command.demo_orders import KINDS
from frontline_pipeline.opening import open_order_poster
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.posting.states import State
from frontline_pipeline.sandbox.generate import spec_from_settings
from frontline_pipeline.sandbox.generate_masters import write_masters
from frontline_pipeline.sandbox.generate_orders import write_orders
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import QUIET, Project, checks, failures, metadata, store_day

OSLO = store_day("oslo")
ORDERS = {
    "companies": {
        "nordlys": {
            "masterdata": {"products": {"default_category": 1}},
            "orders": {
                "kinds": {
                    "web": {"form": "invoice"},
                    "base": {"form": "draft"},
                    "account": {"form": "order", "prices": "incl_vat"},
                }
            },
        }
    }
}


def deliver(project: Project, where: StoreDay, name: str, rows: list[Mapping[str, Any]]) -> None:
    """One frame of a store-day as a CSV file of the contract."""
    folder = project.landing / where.store / where.business_day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def deliver_orders(project: Project, where: StoreDay, quantity: int = 2) -> None:
    """A customer, two products, an invoice and a draft."""
    deliver(
        project,
        where,
        "customers",
        [
            {
                "customer": "K-1",
                "kind": "business",
                "name": "Prikk AS",
                "country": "NO",
                "organisation_number": "923609016",
            }
        ],
    )
    deliver(
        project,
        where,
        "products",
        [
            {"article": "0042", "name": "Krus", "rate": "25", "active": "true"},
            {"article": "0043", "name": "Brød", "rate": "15", "active": "true"},
        ],
    )
    head = {"customer": "K-1", "ordered_at": f"{where.business_day}T12:00:00", "currency": "NOK"}
    net = 100 * quantity
    gross = f"{net * 1.25:.2f}"
    deliver(
        project,
        where,
        "orders",
        [
            {
                "order_id": "W1",
                "kind": "web",
                "total": gross,
                "total_excl_vat": f"{net}.00",
                "reference": "Kari",
                **head,
            },
            {"order_id": "B1", "kind": "base", "total": "57.50", "total_excl_vat": "50.00", "reference": "", **head},
        ],
    )
    item = {"line_id": "1", "kind": "item"}
    deliver(
        project,
        where,
        "order_lines",
        [
            {
                "order_id": "W1",
                **item,
                "article": "0042",
                "quantity": quantity,
                "price": "100.00",
                "amount": gross,
                "amount_excl_vat": f"{net}.00",
                "rate": "25",
            },
            {
                "order_id": "B1",
                **item,
                "article": "0043",
                "quantity": 1,
                "price": "50.00",
                "amount": "57.50",
                "amount_excl_vat": "50.00",
                "rate": "15",
            },
        ],
    )


def trade(project: Project, where: StoreDay, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Customers, products and orders of a store-day."""
    job = project.definitions.resolve_job_def(TRADE_JOB)
    return job.execute_in_process(partition_key=where.key, instance=instance, raise_on_error=False, run_config=QUIET)


def in_office(project: Project) -> dict[str, tuple[str, int, int | None]]:
    """What the stand-in holds of the first company: (status, total in øre, invoice) by reference, over SOAP."""
    port = open_order_poster(project.loaded, "nordlys", project.log).port()
    numbers = [d.transaction_no for d in project.log.orders() if d.transaction_no is not None]
    return {o.reference: (o.status, o.total, o.invoice_id) for o in port.find_orders(order_ids=numbers)}


def test_orders_are_matched_sent_read_back_and_never_sent_again(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project(ORDERS, delivered=False)
    deliver_orders(project, OSLO)
    first = trade(project, OSLO, instance)
    assert first.success, failures(first)
    assert metadata(first, "posted_orders")["outcome"] == "2 sent"
    there = in_office(project)
    assert {name: found[:2] for name, found in there.items()} == {
        "oslo/order/W1/r1": ("Invoiced", 25_000),
        "oslo/order/B1/r1": ("Draft", 5_750),
    }
    assert there["oslo/order/W1/r1"][2] is not None
    assert {d.state for d in project.log.orders()} == {State.VERIFIED}

    calls = project.calls()
    again = trade(project, OSLO, instance)
    assert metadata(again, "posted_orders")["outcome"] == "2 already sent"
    assert project.calls() == calls
    # Nothing personal in what the UI and the log show.
    shown = str(metadata(first, "posted_orders")) + str(metadata(first, "order_documents"))
    assert "Kari" not in shown + "".join(d.payload for d in project.log.orders())


def test_a_faulty_order_is_held_by_its_check_and_the_others_go(
    make_project: MakeProject, instance: dg.DagsterInstance
) -> None:
    project = make_project(ORDERS, delivered=False)
    deliver_orders(project, OSLO)
    path = project.landing / "oslo" / OSLO.business_day.isoformat() / "orders.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("57.50,50.00", "57.60,50.00"), encoding="utf-8")
    result = trade(project, OSLO, instance)
    assert not checks(result)["order_totals"].passed
    assert not checks(result)["orders_ready"].passed
    told = failures(result)["posted_orders"]
    assert "Order B1: total incl. VAT is 57.60, its rows sum to 57.50" in told.description
    assert in_office(project) == {"oslo/order/W1/r1": ("Invoiced", 25_000, in_office(project)["oslo/order/W1/r1"][2])}


def test_sales_on_account_go_by_order_and_never_twice(make_project: MakeProject, instance: dg.DagsterInstance) -> None:
    by_order = {
        "companies": {
            "nordlys": {
                **ORDERS["companies"]["nordlys"],
                "orders": {
                    **ORDERS["companies"]["nordlys"]["orders"],
                    "from_sales": {"kind": "account", "fallback_article": "0042"},
                },
                "ledger": {"tenders": {"KONTO": {"account": 1500, "way": "order", "customer": None}}},
            }
        }
    }
    project = make_project(by_order)
    folder = project.landing / "oslo" / OSLO.business_day.isoformat()
    sold = _put_on_account(folder)
    deliver(
        project,
        OSLO,
        "customers",
        [{"customer": "K-1", "kind": "business", "name": "Prikk AS", "country": "NO", "organisation_number": ""}],
    )
    rates = {row["article"]: row["rate"] for row in _rows(folder / "receipt_lines.csv") if row["article"]} | {
        "0042": "25"
    }
    deliver(
        project,
        OSLO,
        "products",
        [{"article": each, "name": f"Vare {each}", "rate": rate, "active": "true"} for each, rate in rates.items()],
    )
    journal = project.run(OSLO, instance)
    assert journal.success, failures(journal)
    result = trade(project, OSLO, instance)
    assert result.success, failures(result)
    (found,) = [name for name in in_office(project) if "/sales/" in name]
    assert in_office(project)[found][:2] == ("Confirmed", sold)
    assert checks(result)["on_account_one_way"].passed
    assert "1 by order" in str(checks(result)["on_account_one_way"].description)
    booked = [line for voucher in project.vouchers("nordlys") for line in voucher.lines]
    assert not [line for line in booked if line.account == 1500]

    # The settings change their mind: the journal still leaves the receipt out.
    back = project.changed(
        {"companies": {"nordlys": {"ledger": {"tenders": {"KONTO": {"way": "journal", "customer": 50001}}}}}}
    )
    again = back.run(OSLO, instance)
    assert again.success, failures(again)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def _put_on_account(folder: Path) -> int:
    """Make one card sale of the day a sale on account of K-1; its amount in øre."""
    receipts, payments = _rows(folder / "receipts.csv"), _rows(folder / "receipt_payments.csv")
    single = {
        (p["register"], p["receipt_id"])
        for p in payments
        if p["tender"] == "KORT"
        and sum((q["register"], q["receipt_id"]) == (p["register"], p["receipt_id"]) for q in payments) == 1
    }
    chosen = next(r for r in receipts if (r["register"], r["receipt_id"]) in single and r["kind"] == "sale")
    key = (chosen["register"], chosen["receipt_id"])
    chosen["customer"] = "K-1"
    paid = next(p for p in payments if (p["register"], p["receipt_id"]) == key)
    paid["tender"], paid["tender_type"] = "KONTO", "12006"
    tenders = _rows(folder / "z_tenders.csv")
    amount = round(float(paid["amount"]) * 100)
    row = next(t for t in tenders if t["register"] == key[0] and t["tender"] == "KORT")
    row["amount"] = f"{(round(float(row['amount']) * 100) - amount) / 100:.2f}"
    tenders.append({**row, "tender": "KONTO", "tender_type": "12006", "count": "1", "amount": paid["amount"]})
    counts = folder / "z_counts.csv"
    if counts.exists():
        _write(counts, [c for c in _rows(counts) if c["tender"] != "KORT"])
    _write(folder / "receipts.csv", receipts)
    _write(folder / "receipt_payments.csv", payments)
    _write(folder / "z_tenders.csv", tenders)
    return amount


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    if not rows:
        path.unlink()
        return
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_made_up_orders_go_by_the_example_settings(make_project: MakeProject, instance: dg.DagsterInstance) -> None:
    project = make_project(delivered=False)
    where = store_day("tromso")
    spec = spec_from_settings(project.loaded.settings, where.business_day, 1, seed=7)
    (shop,) = (each for each in spec.stores if each.store == where.store)
    folder = project.landing / where.store / where.business_day.isoformat()
    write_masters(folder, shop, where.business_day, "csv")
    write_orders(folder, shop, where.business_day, KINDS)
    result = trade(project, where, instance)
    assert result.success, failures(result)
    found = project.log.orders()
    assert [(d.granularity, d.state) for d in found] == [
        ("draft", State.VERIFIED),
        ("order", State.VERIFIED),
        ("invoice", State.VERIFIED),
    ]
