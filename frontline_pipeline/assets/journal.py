"""Journal vouchers of a store-day, and their posting.

Belongs here: wiring. Does not: building a voucher (accounting/voucher.py), sending it exactly once (posting/poster.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import dagster as dg

from frontline_pipeline.accounting.chain_model import RULE as CHAIN_RULE
from frontline_pipeline.accounting.from_frames import z_reports_from
from frontline_pipeline.accounting.model import Finding, Voucher
from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.voucher import VoucherRefused
from frontline_pipeline.accounting.voucher_frames import vouchers_from_frames
from frontline_pipeline.accounting.z_statistics import z_statistics_from
from frontline_pipeline.assets.describe import (
    OWNER_BOOKS,
    OWNER_DATA,
    bundle_metadata,
    calls_metadata,
    table,
    voucher_metadata,
)
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.attached import z_documents
from frontline_pipeline.booking import book, reasons, voucher_bundle
from frontline_pipeline.continuity import holding
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.office.metering import Calls
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.planning import Line, Plan, ran
from frontline_pipeline.posting.attaching import Attach
from frontline_pipeline.posting.comparison import difference
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Hold, Outcome
from frontline_pipeline.posting.states import State
from frontline_pipeline.resources import PostingResource, SettingsResource
from frontline_pipeline.settings import StoreProfile


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
        stop_if_broken(store_day, holding(posting.log(), profile, z_reports))
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
        stop_if_broken(store_day, holding(posting.log(), profile, z_reports))
        if journal_vouchers.status is Status.CLOSED:
            return dg.MaterializeResult(metadata={"status": "closed", "note": journal_vouchers.note})
        vouchers = vouchers_from_frames(journal_vouchers.frames).vouchers
        meter = posting.meter(profile.company_code)
        poster = posting.poster(profile.company_code, context.run.run_id)
        poster.attach = documents_of(profile, z_reports, receipts, posting)
        try:
            outcomes = poster.post(vouchers, profile)
        except PostingError as error:
            raise failure(error.kind, error.message, error.next_step) from error
        for outcome in outcomes:
            context.log.info(outcome.message)
            for warning in outcome.warnings:
                context.log.warning(warning)
        told = posting_metadata(outcomes, vouchers, meter.calls)
        stop_if_held(outcomes, {**told, **changes_metadata(posting.log(), profile.company_code, outcomes, vouchers)})
        return dg.MaterializeResult(metadata=told)

    return [journal_vouchers, posted_journals]


def documents_of(profile: StoreProfile, z_reports: Bundle, receipts: Bundle, posting: PostingResource) -> Attach | None:
    """What hangs the documents of these Z-reports on their vouchers; None where the store does not want it."""
    if not profile.store.attach_z_report:
        return None
    reports = z_reports_from(profile.code, z_reports, receipts, profile)
    return z_documents(
        profile, reports, z_statistics_from(z_reports), partial(posting.attachments, profile.company_code)
    )


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


def stop_if_broken(store_day: StoreDay, held: Sequence[Finding]) -> None:
    """Raises a permanent Failure when the store wants days held that do not continue their register's chain."""
    if held:
        raise failure(
            "chain",
            f"Held by {CHAIN_RULE} (stores.{store_day.store}.hold_on_gap); nothing of {store_day} is posted. "
            + " ".join(finding.message for finding in held[:5]),
            f"{held[0].next_step} Then materialise {store_day} again.",
        )


def stop_if_stale(store_day: StoreDay, vouchers: Bundle, z_reports: Bundle) -> None:
    """Raises a permanent Failure when the vouchers were made from another extract than the Z-reports that are proven now."""
    if (vouchers.status, vouchers.sources) != (z_reports.status, z_reports.sources):
        raise failure(
            "stale",
            f"The vouchers of {store_day} were made from an extract that has changed since; nothing is posted.",
            f"Materialise the whole store-day {store_day} again, so that its vouchers are made from what is proven now.",
        )


def stop_if_held(outcomes: Sequence[Outcome], told: Mapping[str, dg.MetadataValue]) -> None:
    """Raises a permanent Failure with the reasons when any voucher is not in the ledger; the others stay where they are."""
    held = [o for o in outcomes if not o.done]
    if not held:
        return
    state = "unknown" if any(o.state in (State.UNKNOWN, State.SENDING, Hold.SETTLING) for o in held) else "held"
    raise dg.Failure(
        description=" ".join(o.message for o in held[:5]),
        metadata={"kind": state, **told},
        # Only what is known not to have happened may be repeated, and then by the next run, not by this step.
        allow_retries=False,
    )


def changes_metadata(
    log: PostingLog, company: str, outcomes: Sequence[Outcome], vouchers: Sequence[Voucher]
) -> dict[str, dg.MetadataValue]:
    """Line by line, what is out and what would be sent now, for vouchers that are held because they changed."""
    rows = [
        {"voucher": outcome.reference, "what": change.subject, "posted": change.posted, "new": change.new}
        for outcome, voucher in zip(outcomes, vouchers, strict=True)
        if outcome.state is Hold.CHANGED
        for change in difference(log, company, voucher)
    ]
    if not rows:
        return {}
    day = f"--store {vouchers[0].store} --day {vouchers[0].business_day}"
    return {
        "difference": table(rows, ("voucher", "what", "posted", "new")),
        "what_to_do": dg.MetadataValue.md(
            f"Mend the extract or the settings, or run `frontline correct {day} --reason ...` (job `correct_store_day_job`)."
        ),
    }


def posting_metadata(
    outcomes: Sequence[Outcome], vouchers: Sequence[Voucher], calls: Calls
) -> dict[str, dg.MetadataValue]:
    """The page of a run: what came of each voucher, by kind and with sums, and the calls it cost, by operation."""
    columns = ("voucher", "state", "number", "mode", "already", "what")
    warnings = "\n".join(f"* {warning}" for o in outcomes for warning in o.warnings)
    return {
        **({"warnings": dg.MetadataValue.md(warnings)} if warnings else {}),
        "outcome": dg.MetadataValue.text(_summary(outcomes)),
        "report": dg.MetadataValue.md(report_page(ran(outcomes, vouchers))),
        "documents": table(list(_rows(outcomes)), columns),
        **calls_metadata(calls),
    }


def report_page(lines: Sequence[Line]) -> str:
    """Counts and sums by kind, then a row per voucher, as Markdown."""
    plan = Plan(tuple(lines))
    head = ["| what | number | amount |", "|---|--:|--:|"]
    head += [f"| {kind} | {number} | {display(plan.sums[kind])} |" for kind, number in plan.counts.items()]
    rows = ["| voucher | what | amount |", "|---|---|--:|"]
    rows += [f"| {line.reference} | {line.kind} | {display(line.amount)} |" for line in lines]
    return "\n".join([*head, "", *rows])


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
