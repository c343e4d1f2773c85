"""The job with a form for orders: an invoice that changed in Frontline, put right on a person's word.

Belongs here: the form and what a run of it tells. `frontline correct --order` is the same.
Does not: the credit note and the new invoice (posting/order_correcting.py); a person's word about one order is the job
`resolve_document_job` (launchpad.py), for orders as for vouchers.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import datetime as dt

import dagster as dg
from pydantic import Field

from frontline_pipeline.assets.describe import calls_metadata, table
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.assets.orders import order_of
from frontline_pipeline.frontline.storeday import oslo_today
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.ordering import ask_for_correction
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.order_correcting import correct_order as credit_and_send
from frontline_pipeline.resources import PostingResource, SettingsResource


class CorrectOrderForm(dg.Config):
    """Credit the invoice that is out, and send the order as Frontline has it now as a new invoice."""

    store: str = Field("", description="Store code, as in the settings.")
    business_day: str = Field("", description="Business day of the order, YYYY-MM-DD.")
    order: str = Field("", description="Order key in Frontline, as posted_orders shows it.")
    reason: str = Field("", description="Why. It stands in the posting log's history for ever.")
    who: str = Field("", description="Your name: the webserver has no login of its own.")
    dry_run: bool = Field(True, description="true: only say what would be done; nothing is sent or written.")


def build() -> dg.Definitions:
    """The job `correct_order_job`."""
    graph = dg.GraphDefinition(
        name="correct_order_job", node_defs=[correct_order], description=correct_order.description
    )
    return dg.Definitions(jobs=[graph.to_job(executor_def=dg.in_process_executor)])


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


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise failure("day", f"{text!r} is not a day.", "Write it as 2026-11-23.") from None
