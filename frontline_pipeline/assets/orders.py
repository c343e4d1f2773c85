"""Orders of a store-day: as delivered, proven, made into documents, sent to 24SevenOffice once.

Belongs here: wiring. Does not: rules and documents (orders/), keys and periods (ordering.py), ways (one_way.py), sending (posting/order_poster.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial

import dagster as dg

from frontline_pipeline.accounting.money import display
from frontline_pipeline.assets.describe import OWNER_BOOKS, OWNER_DATA, bundle_metadata, calls_metadata, table
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.checks.orders import (
    agree_result,
    agree_spec,
    holds_table,
    one_way_result,
    one_way_spec,
    order_results,
    order_specs,
    ready_result,
    ready_spec,
)
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.orders import ORDER_DOCUMENTS
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.one_way import Facts, facts_of, one_way
from frontline_pipeline.ordering import deliver_orders, keys_of, order_documents_of
from frontline_pipeline.orders.from_frames import documents_from, holds_from
from frontline_pipeline.orders.model import OrderDocument, OrderHold, Withdrawn
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.records import ORDER
from frontline_pipeline.posting.states import State
from frontline_pipeline.resources import PostingResource, SettingsResource
from frontline_pipeline.sales_orders import WITHDRAWN, LeftOut, since
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.storage import BundleMissing, BundleStore

AssetEvents = Iterator[dg.Output[Bundle] | dg.AssetCheckResult]
GROUP = "orders"
SALES = (dg.AssetKey("z_reports"), dg.AssetKey("receipts"))
"""Read where they are stored, if they are: delivered orders need neither, and orders from sales say which day they lack."""


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """raw_orders, orders, order_documents and posted_orders."""

    @dg.asset(partitions_def=partitions.store_days, group_name=GROUP, kinds={"pandas", "parquet"}, owners=[OWNER_DATA])
    def raw_orders(context: dg.AssetExecutionContext, settings: SettingsResource) -> dg.Output[Bundle]:
        """Orders and order bases (ordregrunnlag) as delivered with the store-day; status `not_delivered` when none came, which is
        no fault."""
        store_day = StoreDay.from_context(context)
        try:
            bundle = deliver_orders(settings.extracts(), settings.profile(store_day.store), store_day.business_day)
        except ExtractError as error:
            raise failure("unreadable", str(error), error.next_step) from error
        return dg.Output(bundle, metadata=bundle_metadata(bundle))

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"pandas", "pandera"},
        owners=[OWNER_DATA, OWNER_BOOKS],
        check_specs=order_specs(partitions),
    )
    def orders(context: dg.AssetExecutionContext, raw_orders: Bundle, settings: SettingsResource) -> AssetEvents:
        """Orders that add up: totals are their rows to the øre, discounts and VAT per row are right, kind and currency are known. A
        fault holds the order that it names; the others go on."""
        store_day = StoreDay.from_context(context)
        proof = prove_orders(raw_orders, settings.profile(store_day.store))
        yield dg.Output(proof.bundle, metadata={"held": len(proof.held), **bundle_metadata(proof.bundle)})
        yield from order_results(proof.findings)

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"pandas", "python"},
        owners=[OWNER_BOOKS],
        deps=SALES,
        check_specs=[ready_spec(partitions)],
    )
    def order_documents(
        context: dg.AssetExecutionContext,
        orders: Bundle,
        matched_customers: Bundle,
        matched_products: Bundle,
        settings: SettingsResource,
        posting: PostingResource,
    ) -> AssetEvents:
        """Order documents: draft, sales order or invoice by kind; rows with product, quantity, price, discount, VAT and dimensions.
        On the last day of a period also the orders made from sales on customer account, their receipts listed."""
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        store = BundleStore(settings.loaded.paths.storage)
        ordered = order_documents_of(
            orders,
            prove_orders(orders, profile),
            _facts(store, profile, store_day, posting.log()),
            lambda wanted: keys_of(matched_customers, matched_products, wanted, profile, posting.log()),
            profile,
            posting.log(),
            since(settings.settings.partitions.start, store_day.store, partial(_read_day, store, store_day.store)),
        )
        yield dg.Output(ordered.bundle, metadata=documents_metadata(ordered.bundle, ordered.holds, ordered.left_out))
        yield ready_result(ordered.holds)

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name=GROUP,
        kinds={"python", "sqlalchemy"},
        owners=[OWNER_BOOKS, OWNER_DATA],
        deps=SALES,
        output_required=True,
    )
    def posted_orders(
        context: dg.AssetExecutionContext,
        order_documents: Bundle,
        settings: SettingsResource,
        posting: PostingResource,
    ) -> dg.MaterializeResult[None]:
        """Orders in 24SevenOffice, each once: intent in the posting log, one call for several, totals read back and compared. What
        is not known to have arrived is looked for among the customer's orders, never sent again blindly."""
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        documents = documents_from(order_documents)
        meter = posting.meter(profile.company_code)
        try:
            outcomes = posting.order_poster(profile.company_code, context.run.run_id).post(documents, profile)
        except PostingError as error:
            raise failure(error.kind, error.message, error.next_step) from error
        for outcome in outcomes:
            context.log.info(outcome.message)
        holds = holds_from(order_documents)
        told = {**outcomes_metadata(outcomes, documents, holds), **calls_metadata(meter.calls)}
        stop_if_held(outcomes, holds, told)
        return dg.MaterializeResult(metadata=told)

    return [raw_orders, orders, order_documents, posted_orders]


def build_checks(partitions: StorePartitions) -> list[dg.AssetChecksDefinition]:
    """The stand-alone checks; they judge the posting log, so they run after posting whatever came of it."""

    @dg.asset_check(
        name=one_way_spec(partitions).name,
        asset=dg.AssetKey("posted_orders"),
        partitions_def=partitions.store_days,
        description=one_way_spec(partitions).description,
    )
    def on_account_one_way(
        context: dg.AssetCheckExecutionContext, settings: SettingsResource, posting: PostingResource
    ) -> dg.AssetCheckResult:
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        log = posting.log()
        facts = _facts(BundleStore(settings.loaded.paths.storage), profile, store_day, log)
        return one_way_result(one_way(facts, profile, log))

    @dg.asset_check(
        name=agree_spec(partitions).name,
        asset=dg.AssetKey("posted_orders"),
        partitions_def=partitions.store_days,
        description=agree_spec(partitions).description,
    )
    def orders_agree(context: dg.AssetCheckExecutionContext, posting: PostingResource) -> dg.AssetCheckResult:
        store_day = StoreDay.from_context(context)
        day = store_day.business_day
        return agree_result(posting.log().days([store_day.store], day, day, (ORDER,)).get((store_day.store, day)))

    return [on_account_one_way, orders_agree]


def _read_day(store: BundleStore, code: str, asset: str, day: dt.date) -> Bundle | None:
    try:
        return store.read(asset, StoreDay(day, code))
    except BundleMissing:
        return None


def order_of(storage: str, profile: StoreProfile, day: dt.date, order_id: str) -> OrderDocument | Withdrawn | None:
    """An order of a store-day as its documents were made last, by its key; None when they have none."""
    bundle = _read_day(BundleStore(storage), profile.code, "order_documents", day)
    if bundle is None:
        return None
    if any(each.order_id == order_id and each.rule == WITHDRAWN for each in holds_from(bundle)):
        return Withdrawn(f"{profile.code}/{order_id}", order_id)
    return next((each for each in documents_from(bundle) if each.order_id == order_id), None)


def _facts(store: BundleStore, profile: StoreProfile, store_day: StoreDay, log: PostingLog) -> Facts | None:
    z_reports = _read_day(store, store_day.store, "z_reports", store_day.business_day)
    receipts = _read_day(store, store_day.store, "receipts", store_day.business_day)
    if z_reports is None or receipts is None or z_reports.held_by or receipts.held_by:
        return None
    return facts_of(profile, store_day.business_day, z_reports, receipts, log)


def documents_metadata(
    bundle: Bundle, holds: tuple[OrderHold, ...], left_out: tuple[LeftOut, ...]
) -> dict[str, dg.MetadataValue]:
    """The documents as a table, and the receipts that are left to other orders: keys and amounts, nothing personal."""
    frame = bundle[ORDER_DOCUMENTS.name]
    columns = ("document_key", "form", "customer", "total", "total_excl_vat", "credit")
    rows = [
        {
            "document_key": key,
            "form": form,
            "customer": customer,
            "total": display(int(total)),
            "total_excl_vat": display(int(net)),
            "credit": "credit note" if credit else "",
        }
        for key, form, customer, total, net, credit in zip(*(frame[name] for name in columns), strict=True)
    ]
    return {
        "documents": table(rows, columns),
        "total": dg.MetadataValue.text(display(int(frame["total"].sum()))),
        **({"held": holds_table(holds)} if holds else {}),
        **_left_out(left_out),
        **bundle_metadata(bundle),
    }


def _left_out(receipts: tuple[LeftOut, ...]) -> dict[str, dg.MetadataValue]:
    if not receipts:
        return {}
    columns = ("business_day", "register", "receipt", "order")
    rows = [
        {"business_day": str(r.business_day), "register": r.register, "receipt": r.receipt_id, "order": r.order}
        for r in receipts
    ]
    return {"left_out": dg.MetadataValue.int(len(rows)), "left_out_receipts": table(rows, columns)}


def outcomes_metadata(
    outcomes: Sequence[Outcome], documents: Sequence[OrderDocument], holds: tuple[OrderHold, ...]
) -> dict[str, dg.MetadataValue]:
    """What came of each order, by kind and with sums."""
    new = sum(o.done and not o.already for o in outcomes)
    already = sum(o.already for o in outcomes)
    held = [o for o in outcomes if not o.done]
    words = [f"{new} sent" if new else "", f"{already} already sent" if already else ""]
    words.append(f"{len(held) + len(holds)} held" if held or holds else "")
    columns = ("order", "state", "number", "total", "what")
    rows: list[dict[str, str | int]] = [
        {
            "order": o.reference,
            "state": str(o.state),
            "number": "" if o.transaction_no is None else str(o.transaction_no),
            "total": display(d.total),
            "what": o.message,
        }
        for o, d in zip(outcomes, documents, strict=True)
    ]
    return {
        "outcome": dg.MetadataValue.text(", ".join(w for w in words if w) or "no orders"),
        "orders": table(rows, columns),
        **({"held": holds_table(holds)} if holds else {}),
    }


def stop_if_held(outcomes: Sequence[Outcome], holds: tuple[OrderHold, ...], told: dict[str, dg.MetadataValue]) -> None:
    """Raises a permanent Failure with the reasons when any order is not there, or stands there otherwise than it was sent; the
    others stay where they are."""
    bad = [o for o in outcomes if not o.done or o.state in (State.DRIFTED, State.MISSING, State.DUPLICATED)]
    if not bad and not holds:
        return
    unknown = any(o.state in (State.UNKNOWN, State.SENDING, Hold.SETTLING) for o in bad)
    words = [o.message for o in bad[:5]] + [h.message for h in holds[:5]]
    raise dg.Failure(
        description=" ".join(words), metadata={"kind": "unknown" if unknown else "held", **told}, allow_retries=False
    )
