"""Every message that customers, products and orders go by, valid against the shipped WSDLs and - where a copy stands beside the
repository - the real ones: as the pipeline builds them, on their way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import dagster as dg
import pytest
from lxml import etree

from frontline_pipeline.command.demo_orders import KINDS
from frontline_pipeline.office.services import INVOICE, Service
from frontline_pipeline.office.wire import Wire
from frontline_pipeline.sandbox.generate import spec_from_settings
from frontline_pipeline.sandbox.generate_masters import write_masters
from frontline_pipeline.sandbox.generate_orders import write_orders
from frontline_pipeline.sandbox.wsdl_book import SHIPPED_WSDLS, WsdlBook
from frontline_pipeline_tests.command.command_kit import at, call
from frontline_pipeline_tests.conftest import MakeProject
from frontline_pipeline_tests.dagster.test_dagster_orders import ORDERS, OSLO, deliver_orders, trade
from frontline_pipeline_tests.sandbox.server_kit import real_wsdls
from frontline_pipeline_tests.support import Project, failures, overlaid, store_day

SOAP_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
WRITES = {"SaveCompanies", "SaveProducts", "SaveInvoices"}
READS = {"GetInvoices", "GetOrderSyncList"}
Sent = list[tuple[str, str, etree._Element]]
NO_DRIFT = {"posting": {"settle_seconds": 0}}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Path, operation and body of every message that is built, read again from its bytes as the service would."""
    found: Sent = []
    build = Wire.message

    def watched(self: Wire, service: Service, operation: str, arguments: Mapping[str, object]) -> etree._Element:
        message = build(self, service, operation, arguments)
        (body,) = etree.fromstring(etree.tostring(message)).iterfind(SOAP_BODY)
        found.append((service.path, operation, body[0]))
        return message

    monkeypatch.setattr(Wire, "message", watched)
    return found


def made_up_day(project: Project, instance: dg.DagsterInstance) -> None:
    """The generators' customers, products and orders of a store, with addresses, texts, dimensions and all."""
    where = store_day("tromso")
    spec = spec_from_settings(project.loaded.settings, where.business_day, 1, seed=7)
    (shop,) = (each for each in spec.stores if each.store == where.store)
    folder = project.landing / where.store / where.business_day.isoformat()
    write_masters(folder, shop, where.business_day, "csv")
    write_orders(folder, shop, where.business_day, KINDS)
    done = trade(project, where, instance)
    assert done.success, failures(done)


def new_changed_corrected_day(project: Project, instance: dg.DagsterInstance) -> None:
    """An invoice and a draft; the draft changes row by row, the invoice by credit note and new invoice; all read back."""
    deliver_orders(project, OSLO)
    assert trade(project, OSLO, instance).success
    deliver_orders(project, OSLO, quantity=3)
    folder = project.landing / OSLO.store / OSLO.business_day.isoformat()
    for name in ("orders", "order_lines"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text("utf-8").replace("57.50", "69.00").replace("50.00", "60.00"), "utf-8")
    trade(project, OSLO, instance)
    day = str(OSLO.business_day)
    corrected = call(*at(project), "correct", "--store", "oslo", "--day", day, "--order", "W1", "--reason", "three")
    assert corrected.code == 0, corrected.out + corrected.err
    assert call(*at(project), "sweep", "--months", "400").code == 0


def test_every_message_of_customers_products_and_orders_is_valid(
    make_project: MakeProject, instance: dg.DagsterInstance, sent: Sent
) -> None:
    project = make_project(overlaid(ORDERS, NO_DRIFT), delivered=False)
    new_changed_corrected_day(project, instance)
    made_up_day(make_project(delivered=False), instance)

    orders = [each for _, name, body in sent if name == "SaveInvoices" for each in body.iter("{*}InvoiceOrder")]
    texts = [{etree.QName(one).localname: one.text for one in each.iter()} for each in orders]
    assert any(each.get("ReferenceOrderId") for each in texts), "a credit note"
    assert any(each.get("ChangeState") == "Edit" for each in texts), "an update"
    assert {"Draft", "Confirmed", "Invoiced"} <= {each.get("OrderStatus") for each in texts}
    assert {name for _, name, _ in sent} >= WRITES | READS

    assert broken(sent, WsdlBook(SHIPPED_WSDLS)) == []
    assert broken(sent, real_wsdls()) == []


def broken(sent: Sent, book: WsdlBook) -> list[str]:
    """What a schema says against messages."""
    told: list[str] = []
    for path, operation, body in sent:
        service = book.at(path)
        assert service is not None, path
        error = service.schema_error(body)
        if error is not None:
            told.append(f"{operation}: {error}")
    return told


def test_the_check_can_fail() -> None:
    wire = Wire({"api": "http://127.0.0.1:1", "webservices": "http://127.0.0.1:1"}, 1.0)
    message = wire.message(INVOICE, "GetOrderSyncList", {"syncParams": {"RegisteredAfter": dt.datetime(2026, 11, 1)}})
    (body,) = message.iterfind(SOAP_BODY)
    etree.SubElement(body[0], "invented")
    assert broken([(INVOICE.path, "GetOrderSyncList", body[0])], WsdlBook(SHIPPED_WSDLS))
