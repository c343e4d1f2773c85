"""Journal vouchers of a store-day, and their posting.

Belongs here: wiring. Does not: building a voucher (accounting/voucher.py), sending it exactly once (posting/poster.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterator, Sequence

import dagster as dg

from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.accounting.voucher_frames import vouchers_from_frames
from frontline_pipeline.assets.describe import OWNER_BOOKS, OWNER_DATA, bundle_metadata, table, voucher_metadata
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.booking import book, reasons, voucher_bundle
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.states import State
from frontline_pipeline.resources import PostingResource, SettingsResource


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """journal_vouchers and posted_journals."""

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name="journal",
        kinds={"pandas", "python"},
        owners=[OWNER_BOOKS],
    )
    def journal_vouchers(
        context: dg.AssetExecutionContext,
        z_reports: Bundle,
        receipts: Bundle,
        settings: SettingsResource,
        posting: PostingResource,
    ) -> dg.Output[Bundle]:
        """Balanced journals (bilag) of a store-day: credit sales and output VAT per rate, debit tenders; one per register or
        per store. Z-reports that are already in a document keep its form."""
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        stop_if_not_proven(store_day, z_reports=z_reports, receipts=receipts)
        try:
            vouchers = book(z_reports_from(store_day.store, z_reports, receipts, profile), profile, posting.log())
        except VoucherRefused as refused:
            why = reasons(store_day.store, store_day.business_day, refused)[0]
            raise failure("voucher_refused", str(refused), why.next_step) from refused
        bundle = voucher_bundle(z_reports, vouchers)
        return dg.Output(bundle, metadata={**bundle_metadata(bundle), **voucher_metadata(vouchers.vouchers)})

    @dg.asset(
        partitions_def=partitions.store_days,
        group_name="ledger",
        kinds={"python", "sqlalchemy"},
        owners=[OWNER_BOOKS, OWNER_DATA],
        output_required=True,
    )
    def posted_journals(
        context: dg.AssetExecutionContext,
        journal_vouchers: Bundle,
        z_reports: Bundle,
        receipts: Bundle,
        settings: SettingsResource,
        posting: PostingResource,
    ) -> dg.MaterializeResult[None]:
        """Vouchers in 24SevenOffice, each Z-report once: intent in the posting log, proof, send, record. What is already
        posted is left alone; what is not known to have arrived is never sent again by itself."""
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        # Launched alone, this step sends a voucher made earlier: it must still be that of the proven extract.
        stop_if_not_proven(store_day, z_reports=z_reports, receipts=receipts)
        stop_if_stale(store_day, journal_vouchers, z_reports)
        if journal_vouchers.status is Status.CLOSED:
            return dg.MaterializeResult(metadata={"status": "closed", "note": journal_vouchers.note})
        vouchers = vouchers_from_frames(journal_vouchers.frames)
        try:
            outcomes = posting.poster(profile.company_code, context.run.run_id).post(vouchers.vouchers, profile)
        except PostingError as error:
            raise failure(error.kind, error.message, error.next_step) from error
        for outcome in outcomes:
            context.log.info(outcome.message)
        stop_if_held(outcomes)
        return dg.MaterializeResult(metadata=posting_metadata(outcomes))

    return [journal_vouchers, posted_journals]


def stop_if_not_proven(store_day: StoreDay, **bundles: Bundle) -> None:
    """Raises a permanent Failure when a check holds what the vouchers would be made from."""
    for name, bundle in bundles.items():
        if bundle.held_by:
            rules = ", ".join(bundle.held_by)
            raise failure(
                "held",
                f"{name} of {store_day} is held by {rules}; no voucher is made and nothing is posted.",
                f"Read the check{'s' * (len(bundle.held_by) > 1)} {rules} of {name}, mend what they name, and materialise the "
                f"whole store-day {store_day} again.",
            )


def stop_if_stale(store_day: StoreDay, vouchers: Bundle, z_reports: Bundle) -> None:
    """Raises a permanent Failure when the vouchers were made from another extract than the Z-reports that are proven now."""
    if (vouchers.status, vouchers.sources) != (z_reports.status, z_reports.sources):
        raise failure(
            "stale",
            f"The vouchers of {store_day} were made from an extract that has changed since; nothing is posted.",
            f"Materialise the whole store-day {store_day} again, so that its vouchers are made from what is proven now.",
        )


def stop_if_held(outcomes: Sequence[Outcome]) -> None:
    """Raises a permanent Failure with the reasons when any voucher is not in the ledger; the others stay where they are."""
    held = [o for o in outcomes if not o.done]
    if not held:
        return
    state = "unknown" if any(o.state in (State.UNKNOWN, State.SENDING) for o in held) else "held"
    raise dg.Failure(
        description=" ".join(o.message for o in held[:5]),
        metadata={"kind": state, **posting_metadata(outcomes)},
        # Only what is known not to have happened may be repeated, and then by the next run, not by this step.
        allow_retries=False,
    )


def posting_metadata(outcomes: Sequence[Outcome]) -> dict[str, dg.MetadataValue]:
    """What came of each voucher, and the calls it cost."""
    columns = ("voucher", "state", "number", "mode", "already", "what")
    return {
        "outcome": dg.MetadataValue.text(_summary(outcomes)),
        "documents": table(list(_rows(outcomes)), columns),
        "calls": dg.MetadataValue.int(sum(o.calls for o in outcomes)),
    }


def _rows(outcomes: Sequence[Outcome]) -> Iterator[dict[str, str | int]]:
    for o in outcomes:
        yield {
            "voucher": o.reference,
            "state": str(o.state),
            "number": "" if o.transaction_no is None else str(o.transaction_no),
            "mode": o.mode.value,
            "already": "already posted" if o.already else "",
            "what": o.message,
        }


def _summary(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return "nothing to post: no sales"
    new = sum(o.done and not o.already for o in outcomes)
    already = sum(o.already for o in outcomes)
    held = [o for o in outcomes if not o.done]
    words = [f"{new} new" if new else "", f"{already} already posted" if already else ""]
    words.append(f"{len(held)} held" if held else "")
    return ", ".join(w for w in words if w)


__all__ = ["Hold", "build", "posting_metadata", "stop_if_held"]
