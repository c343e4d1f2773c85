"""The chain of Z-reports in the quality check before go-live: numbers missing, used twice or out of order, grand totals that break off.

Belongs here: the breaks of a store's chains as items of the report.
Does not: finding them (accounting/chain.py), their words (accounting/chain_words.py), the walk over store-days (quality.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from frontline_pipeline.accounting.chain import chains
from frontline_pipeline.accounting.chain_model import Break, Kind, ZHead
from frontline_pipeline.quality_report import EXAMPLES, Item, Part
from frontline_pipeline.settings import StoreProfile

_WHAT = {
    Kind.REPEATED: "numbers used more than once",
    Kind.TOTALS: "grand totals do not run on",
    Kind.RESET: "numbers do not follow the days",
    Kind.DAY_ORDER: "numbers do not follow the days",
    Kind.NEW_REGISTER: "begins later than its store",
    Kind.NOT_A_NUMBER: "numbers without digits",
}
"""Kind.MISSING counts numbers; Kind.BEGINNING says nothing of extracts that begin somewhere."""


def check_chains(heads: Iterable[ZHead], profile: StoreProfile) -> list[Item]:
    """What is wrong with the chains of a store's registers. It holds days only where the store wants them held (`hold_on_gap`)."""
    items: list[Item] = []
    for chain in chains(heads, profile.store.chain_starts):
        groups: dict[str, list[Break]] = {}
        for each in chain.breaks:
            if each.kind is not Kind.BEGINNING:
                groups.setdefault(_WHAT.get(each.kind, ""), []).append(each)
        items += [_item(profile, chain.register, what, found) for what, found in groups.items()]
    return items


def _item(profile: StoreProfile, register: str, what: str, found: Sequence[Break]) -> Item:
    gaps = [each.missing for each in found if each.missing is not None]
    count = sum(high - low + 1 for low, high in gaps) if gaps else len(found)
    held = {each.at.where for each in found if each.error} if profile.store.hold_on_gap else set()
    return Item(
        Part.Z_NUMBERS,
        f"{profile.code}, register {register}: {what or f'{count} missing'}",
        bool(held),
        found[0].message,
        found[0].next_step,
        days=len(held),
        count=count,
        examples=tuple(_span(*gap) for gap in gaps[:EXAMPLES]) or tuple(each.at.z_number for each in found[:EXAMPLES]),
    )


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"
