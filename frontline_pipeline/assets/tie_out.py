"""The four-way tie-out of a store-day: one table, one sentence, one check.

Belongs here: wiring. Does not: finding the sides (tying.py), comparing them (accounting/tie_out.py).

It stands outside the job `store_day`: it looks at what became of a day, and a day that is held must show as well, which a step behind
blocking checks never does. So it reads what is stored, whatever its state, and costs the store-day nothing. Its own job and schedule
(closing.py) run it after the nightly read-back, when it asks the ledger nothing.
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

from collections.abc import Iterator
from functools import partial

import dagster as dg
import pandas as pd

from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.plain import rows
from frontline_pipeline.accounting.tie_out import NAMES, TieOut, label
from frontline_pipeline.assets.describe import OWNER_BOOKS, calls_metadata, table
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.tied import SIDES, TIE_OUT
from frontline_pipeline.partitions import StoreDay, StorePartitions
from frontline_pipeline.resources import PostingResource, SettingsResource
from frontline_pipeline.storage import BundleMissing, BundleStore
from frontline_pipeline.tying import tie_out_store_day

CHECK = "four_sides_agree"
BY_ORDER = "by order"
"""Column of what goes to 24SevenOffice as orders: with it, voucher and ledger are the Z-report."""


def build(partitions: StorePartitions) -> list[dg.AssetsDefinition]:
    """tie_out."""

    @dg.asset(
        partitions_def=partitions.store_days,
        # By name, not as arguments: a held day lacks some of them and is shown all the same.
        deps=["raw_receipts", "z_reports", "journal_vouchers", "posted_journals"],
        group_name="ledger",
        kinds={"pandas", "sqlalchemy"},
        owners=[OWNER_BOOKS],
        check_specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset="tie_out",
                description="Receipts, Z-report, voucher and 24SevenOffice say the same, figure by figure, as far as they exist.",
                partitions_def=partitions.store_days,
            )
        ],
    )
    def tie_out(
        context: dg.AssetExecutionContext, settings: SettingsResource, posting: PostingResource
    ) -> Iterator[dg.Output[Bundle] | dg.AssetCheckResult]:
        """Four-way tie-out of a store-day: receipts -> Z-report -> voucher -> what 24SevenOffice holds, per register, VAT rate and
        tender, to the øre, with the receipts that make a difference."""
        store_day = StoreDay.from_context(context)
        profile = settings.profile(store_day.store)
        meter = posting.meter(profile.company_code)
        read = partial(stored, BundleStore(settings.loaded.paths.storage), store_day)
        tied = tie_out_store_day(read, profile, posting.log(), partial(posting.ledger, profile.company_code))
        bundle = Bundle(
            store_day.store, store_day.business_day, Status.OK, {TIE_OUT.name: tied.frame}, note=tied.verdict
        )
        yield dg.Output(bundle, metadata={**tie_out_metadata(tied), **calls_metadata(meter.calls)})
        yield dg.AssetCheckResult(check_name=CHECK, passed=tied.agrees, description=tied.verdict)

    return [tie_out]


def stored(store: BundleStore, store_day: StoreDay, asset: str) -> Bundle | None:
    """The bundle that an asset left of a store-day, whatever its state; None when there is none to read."""
    try:
        return store.read(asset, store_day)
    except BundleMissing:
        return None


def tie_out_metadata(tied: TieOut) -> dict[str, dg.MetadataValue]:
    """The verdict, and the figures as a table: those that differ first, so that a long table shows them."""
    columns = ("register", "z_number", "figure", *NAMES.values(), BY_ORDER, "agrees", "because_of")
    return {
        "verdict": dg.MetadataValue.text(tied.verdict),
        "figures": dg.MetadataValue.int(len(tied.frame)),
        "differences": dg.MetadataValue.int(tied.differences),
        "tie_out": table(list(_rows(tied.frame)), columns),
    }


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, str | int]]:
    for row in sorted(rows(frame), key=lambda each: bool(each["agrees"])):
        yield {
            "register": row["register"],
            "z_number": row["z_number"],
            "figure": label(row["measure"], row["subject"]),
            **{NAMES[side]: "" if row[side] is None else display(row[side]) for side in SIDES},
            BY_ORDER: "" if row["orders"] is None else display(row["orders"]),
            "agrees": "yes" if row["agrees"] else "NO",
            "because_of": row["because_of"] or "",
        }
