"""The jobs with a form for orders: an invoice that changed in Frontline, put right on a person's word; orders read back.

Belongs here: the forms and what a run of them tells. `frontline correct --order` and `frontline sweep` are the same.
Does not: the credit note and the new invoice (posting/order_correcting.py), the comparison (posting/order_readback.py); a person's word about one order is the job
`resolve_document_job` (launchpad.py), for orders as for vouchers.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import datetime as dt

import dagster as dg
from pydantic import Field

from frontline_pipeline.assets.describe import calls_metadata, table
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.assets.orders import order_of
from frontline_pipeline.checks.orders import report_orders
from frontline_pipeline.frontline.storeday import oslo_today
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.ordering import ask_for_correction
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.order_correcting import correct_order as credit_and_send
from frontline_pipeline.posting.order_readback import OrderReadBack, read_orders_back
from frontline_pipeline.posting.readback import last_months
from frontline_pipeline.posting.records import ORDER
from frontline_pipeline.resources import PostingResource, SettingsResource

READ_BACK = "read_orders_back"
"""The op that reads orders back; its job is `read_orders_back_job`."""


class CorrectOrderForm(dg.Config):
    """Credit the invoice that is out, and send the order as Frontline has it now as a new invoice."""

    store: str = Field("", description="Store code, as in the settings.")
    business_day: str = Field("", description="Business day of the order, YYYY-MM-DD.")
    order: str = Field("", description="Order key in Frontline, as posted_orders shows it.")
    reason: str = Field("", description="Why. It stands in the posting log's history for ever.")
    who: str = Field("", description="Your name: the webserver has no login of its own.")
    dry_run: bool = Field(True, description="true: only say what would be done; nothing is sent or written.")


class ReadBackForm(dg.Config):
    """Read a company's orders again: late, doubled, changed and strange ones."""

    company: str = Field("", description="Company code; empty: every company.")
    months: int = Field(0, description="How many months, the running one included; 0: schedule.sweep_months.")


def build() -> dg.Definitions:
    """The jobs `correct_order_job` and `read_orders_back_job`."""
    return dg.Definitions(
        jobs=[
            dg.GraphDefinition(name=f"{op.name}_job", node_defs=[op], description=op.description).to_job(
                executor_def=dg.in_process_executor
            )
            for op in (correct_order, read_back_orders)
        ]
    )


@dg.op(
    description="A credit note for an invoice that changed in Frontline, and a new invoice; on request only.",
    out=dg.Out(dg.Nothing),
)
def correct_order(
    context: dg.OpExecutionContext, config: CorrectOrderForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """Two intents, one after the other; launched again it goes on where it stopped."""
    if config.store not in settings.settings.stores:
        raise failure(
            "store", f"There is no store {config.store!r}.", f"The settings have {', '.join(settings.settings.stores)}."
        )
    profile, day = settings.profile(config.store), _day(config.business_day)
    found = order_of(settings.loaded.paths.storage, profile, day, config.order.strip())
    if found is None:
        raise failure(
            "order",
            f"Order {config.order!r} is not among the order documents of {day}|{config.store}.",
            "Materialise order_documents of that store-day, and give the order's key.",
        )
    if config.dry_run:
        told = ask_for_correction(posting.log(), profile, found)
        context.add_output_metadata({"done": told, "what_comes_next": "Launch it with dry_run: false to do it."})
        return
    if not config.reason.strip() or not config.who.strip():
        raise failure("who", "Nobody said who decides, or why.", "Fill in `who` and `reason`.")
    meter = posting.meter(profile.company_code)
    try:
        done = credit_and_send(
            posting.poster(profile.company_code, context.run_id),
            posting.order_poster(profile.company_code, context.run_id),
            found,
            profile,
            reason=config.reason,
            who=config.who.strip(),
            today=oslo_today(),
        )
    except PostingError as error:
        raise failure(error.kind, error.message, error.next_step) from error
    except OfficeError as error:
        raise failure(error.kind, str(error), "Launch it again: it goes on where it stopped.") from error
    rows = [{"order": o.reference, "state": str(o.state), "what": o.message} for o in done]
    more = {"orders": table(rows, ("order", "state", "what")), **calls_metadata(meter.calls)}
    if not all(o.done for o in done):
        raise dg.Failure(description=" ".join(o.message for o in done), metadata=more, allow_retries=False)
    context.add_output_metadata({"done": "; ".join(o.message for o in done) or "nothing to correct", **more})


@dg.op(
    name=READ_BACK,
    description="Compare 24SevenOffice's orders of the last months with the posting log; fails when any is not as it was sent, once.",
    out=dg.Out(dg.Nothing),
)
def read_back_orders(
    context: dg.OpExecutionContext, config: ReadBackForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """One call per company and one per 500 orders; `orders_agree` is reported for every store-day that was read."""
    known = settings.settings
    if config.company and config.company not in known.companies:
        words = f"The settings have {', '.join(known.companies)}."
        raise failure("company", f"There is no company {config.company!r}.", words)
    companies = [config.company] if config.company else list(known.companies)
    since = last_months(oslo_today(), config.months or known.schedule.sweep_months)[0]
    meter = posting.meter(*companies)
    done: list[OrderReadBack] = []
    unread: list[str] = []
    for company in companies:
        stores = [code for code, store in known.stores.items() if store.company == company]
        try:
            port = posting.orders(company)
            done.append(read_orders_back(posting.log(), port, company, since, stores=stores, run_id=context.run_id))
        except OfficeError as error:
            unread.append(f"{company} could not be read: {error}")
    read = [each.document for found in done for each in found.agreements]
    wrong = [each.document for found in done for each in found.disagreements]
    strange = [each for found in done for each in found.strangers]
    told = f"{len(read)} orders since {since}, {len(wrong)} not as they should be, {len(strange)} not in the log"
    columns = ("order", "store_day", "state", "problem")
    rows = [
        {
            "order": d.reference,
            "store_day": f"{d.business_day}|{d.store}",
            "state": d.state.value,
            "problem": d.problem or "",
        }
        for d in wrong
    ]
    rows += [
        {"order": s.reference, "store_day": "", "state": "strange", "problem": f"order {s.order_id} is not in the log"}
        for s in strange
    ]
    days = (
        posting.log().days({d.store for d in read}, min(d.business_day for d in read), oslo_today(), (ORDER,))
        if read
        else {}
    )
    of_read = {(d.store, d.business_day) for d in read}
    reported = report_orders(context, [day for key, day in days.items() if key in of_read])
    more = {
        "wrong": table(rows, columns),
        "store_days": dg.MetadataValue.int(reported),
        **calls_metadata(meter.calls),
    }
    if rows or unread:
        words = "; ".join([told, *(f"{row['order']}: {row['problem']}" for row in rows[:5]), *unread])
        raise dg.Failure(description=words, metadata={"kind": "orders_differ", **more}, allow_retries=False)
    context.add_output_metadata({"done": told, **more})


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise failure("day", f"{text!r} is not a day.", "Write it as 2026-11-23.") from None
