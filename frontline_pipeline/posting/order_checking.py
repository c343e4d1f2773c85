"""Holding an order against the client's registers before it is sent.

Belongs here: the fiscal year of an invoice, VAT codes, departments and projects that the client must have.
Does not: what the log decides (order_deciding.py), totals and rows (orders/), what is there already (order_changes.py).
"""

from __future__ import annotations

from frontline_pipeline.office.models import TaxCode
from frontline_pipeline.orders.model import OrderDocument
from frontline_pipeline.posting import preflight
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.order_deciding import SendOrder
from frontline_pipeline.settings import StoreProfile


def check_order(order: OrderDocument, send: SendOrder, profile: StoreProfile, lookups: Lookups) -> dict[str, TaxCode]:
    """Hold an order against the client's registers; its VAT codes as they are sent. A refusal that rests on cached facts is
    checked again on fresh ones. Raises Refused, and what the ledger's reads raise."""
    try:
        return _check(order, send, profile, lookups)
    except Refused:
        if not lookups.from_cache:
            raise
        lookups.reread()
    return _check(order, send, profile, lookups)


def _check(order: OrderDocument, send: SendOrder, profile: StoreProfile, lookups: Lookups) -> dict[str, TaxCode]:
    name = order.document_key
    if send.form == "invoice":
        date, _ = preflight.open_date(name, order.business_day, profile, lookups)
        if date != order.business_day:
            raise Refused(
                f"{name}: the fiscal year of {order.business_day} is locked, and an invoice is not dated otherwise by itself",
                kind="locked_year",
                next_step=f"open the year in 24SevenOffice, or set form: draft for orders.kinds.{order.kind}",
            )
    wanted = {row.tax_code for row in order.rows if row.tax_code is not None}
    known = lookups.tax_codes() if wanted else {}
    if missing := sorted(wanted - known.keys()):
        raise Refused(
            f"{name}: VAT code {', '.join(missing)} is not one of the client's ({', '.join(sorted(known)) or 'it has none'})",
            kind="tax_code",
            next_step=f"mend tax_code under ledger.vat_codes of store {profile.code} or company {profile.company_code}",
        )
    for what, used, register in (
        ("department", {order.department_id, *(row.department_id for row in order.rows)}, lookups.departments),
        ("project", {order.project_id, *(row.project_id for row in order.rows)}, lookups.projects),
    ):
        numbers = sorted(each for each in used if each is not None)
        absent = [each for each in numbers if each not in register()] if numbers else []
        if absent:
            raise Refused(
                f"{name}: {what} {absent[0]} does not exist in the client",
                kind="dimension",
                next_step=f"mend orders.{what}_id or stores.{profile.code}.{what}_id, correct the order, or create it in 24SevenOffice",
            )
    return {number: known[number] for number in wanted}
