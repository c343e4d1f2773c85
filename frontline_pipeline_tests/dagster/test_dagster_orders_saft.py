"""Sales on account of a SAF-T file: its customers and articles are matched, and the sales become orders, through Dagster and SOAP."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pandas as pd

from frontline_pipeline.automation import TRADE_JOB
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.landing import import_files
from frontline_pipeline.opening import open_order_poster
from frontline_pipeline.sandbox.generate import generate, spec_from_settings
from frontline_pipeline.sandbox.generate_masters import customers_of
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.support import QUIET, Project, checks, failures, store_day

OSLO = store_day("oslo")
BY_ORDER = {
    "companies": {
        "nordlys": {
            "masterdata": {"products": {"default_category": 1}},
            "orders": {
                "kinds": {"account": {"form": "order", "prices": "incl_vat"}},
                "from_sales": {"kind": "account", "fallback_article": None},
            },
            "ledger": {"tenders": {"KONTO": {"account": 1500, "way": "order", "customer": None}}},
        }
    }
}


def imported(project: Project, folder: Path) -> tuple[FileExtracts, ShopSpec]:
    """A generated SAF-T file of one day, imported, and the shop of it."""
    settings = project.loaded.settings
    spec = spec_from_settings(settings, OSLO.business_day, 1, seed=3, receipts_per_day=40, profiles={"oslo": "grocery"})
    report = import_files(generate(spec, folder), settings, project.landing)
    assert report.ok, report
    return FileExtracts(project.landing), next(shop for shop in spec.stores if shop.store == OSLO.store)


def on_account(extracts: FileExtracts) -> pd.Series:
    """What each customer bought on account that day, in øre."""
    receipts = extracts.receipts(OSLO.store, OSLO.business_day)
    paid = receipts["receipt_payments"]
    mine = paid[paid["tender"].eq("KONTO")].merge(receipts["receipts"], on=["register", "receipt_id"])
    return mine.groupby("customer")["amount_x"].sum()


def test_sales_on_account_of_a_saft_file_become_orders_of_its_customers(
    make_project: MakeProject, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    project = make_project(BY_ORDER, delivered=False)
    extracts, shop = imported(project, tmp_path / "saft")
    sold = on_account(extracts)
    assert len(sold), "the generated day has no sale on account"
    customers = extracts.master(OSLO.store, OSLO.business_day, "customers")
    assert customers is not None, "the file's customers are not in the landing folder"
    assert set(customers["customer"]) == set(sold.index), (
        "customers that bought nothing came, or one that did is missing"
    )

    # What the generator knows of them and the format has room for comes through; a person's first name stands in the name.
    made = customers_of(shop).set_index("customer").loc[customers["customer"]].reset_index()
    kept = ["kind", "organisation_number", "email", "phone", "street", "postal_code", "city", "country"]
    pd.testing.assert_frame_equal(customers[kept], made[kept])

    journal = project.run(OSLO, instance)
    assert journal.success, failures(journal)
    result = project.definitions.resolve_job_def(TRADE_JOB).execute_in_process(
        partition_key=OSLO.key, instance=instance, raise_on_error=False, run_config=QUIET
    )
    assert result.success, failures(result)
    assert checks(result)["on_account_one_way"].passed

    port = open_order_poster(project.loaded, "nordlys", project.log).port()
    orders = port.find_orders(order_ids=[each.transaction_no for each in project.log.orders()])
    assert sorted(order.total for order in orders) == sorted(sold), "an order per customer, of what it bought"
    records = project.server.app.records.find("nordlys", "company")
    names = {each.fields["ExternalId"]: each.fields["Name"] for each in records if each.fields.get("ExternalId")}
    told = dict(zip(customers["customer"], customers["name"], strict=True))
    assert names == told, "the customers were not made with the names of the file"
