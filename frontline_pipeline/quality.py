"""The quality check before go-live: months of extracts walked on paper, and what would hold them, most blocking first.

Belongs here: the walk over store-days, causes of days that do not balance.
Does not: the report (quality_report.py), the chain of Z-reports (quality_chain.py), customers and products (quality_masters.py), what 24SevenOffice has (quality_online.py), printing (command/), Dagster.

Sends nothing and writes nothing. A report holds keys, settings and amounts, no name, phone or e-mail.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from frontline_pipeline.accounting.chain_model import ZHead, heads_from
from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.quality_chain import check_chains
from frontline_pipeline.quality_report import EXAMPLES, Item, Part
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.store_day import Verdict, walk

EARLIEST = dt.date(2000, 1, 1)
_ABOUT = "About the difference: "
_DIGITS = re.compile(r"[−-]?\d[\d\s.,]*")


@dataclass
class Gathered:
    """What a walk found, before it is put in order."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    items: list[Item] = field(default_factory=list)
    days: dict[str, list[dt.date]] = field(default_factory=dict)
    """The days of each store, from its first delivered one to the last of any store."""


def check_days(
    extracts: Extracts,
    profiles: Sequence[StoreProfile],
    first: dt.date,
    last: dt.date,
    progress: Callable[[str, dt.date], None] = lambda store, day: None,
) -> Gathered:
    """Walk every store-day from a store's first delivered one to the last of any store, within `first` and `last`."""
    gathered = Gathered()
    groups: dict[tuple[Part, str], _Group] = {}
    absent: list[StoreProfile] = []
    delivered = {profile.code: extracts.delivered_days(profile.code, first, last) for profile in profiles}
    end = max((day for days in delivered.values() for day in days), default=last)
    for profile in profiles:
        days = _range(delivered[profile.code], end)
        gathered.days[profile.code] = days
        if not days:
            absent.append(profile)
        heads: list[ZHead] = []
        for day in days:
            progress(profile.code, day)
            recording = _Recording(extracts)
            found = walk(recording, profile, day)
            gathered.verdicts[found.verdict] += 1
            if recording.z is not None:
                heads += heads_from(recording.z)
            where = f"{day}|{profile.code}"
            if found.verdict is Verdict.MISSING:
                _Group.of(groups, (Part.EXTRACTS, f"no extract of {profile.code}"), True).add(
                    where,
                    "the store was open and nothing was delivered",
                    "deliver the day, or add it to the store's calendar",
                )
            for finding in found.findings:
                part, what = _sorted(finding)
                # Each cause once per store-day, however many findings it has.
                _Group.of(groups, (part, what), finding.holds).add(where, finding.message, finding.next_step)
        gathered.items += check_chains(heads, profile)
    # Whoever checks one shop of several need not have the others' extracts.
    gathered.items += [_nothing(each, first, last, blocks=len(absent) == len(profiles)) for each in absent]
    gathered.items += [group.item(*key) for key, group in groups.items()]
    return gathered


def _range(delivered: set[dt.date], end: dt.date) -> list[dt.date]:
    if not delivered:
        return []
    first = min(delivered)
    return [first + dt.timedelta(days=n) for n in range((end - first).days + 1)]


def _nothing(profile: StoreProfile, first: dt.date, last: dt.date, *, blocks: bool) -> Item:
    return Item(
        Part.EXTRACTS,
        f"no extract of {profile.code}",
        blocks,
        f"not one store-day of {profile.code} from {first} to {last}",
        "check the path, and that folders or files carry this store's code",
        count=1,
    )


def _sorted(finding: Finding) -> tuple[Part, str]:
    """What a finding is about, and under which word it is counted."""
    if finding.rule == "everything_mapped":
        return Part.MAPPING, finding.subject or finding.rule
    if finding.rule == "z_balances":
        return Part.BALANCE, cause_of(finding)
    if finding.rule == "extract_readable":
        return Part.EXTRACTS, "cannot be read"
    return Part.PROOF, finding.rule


def cause_of(finding: Finding) -> str:
    """The likeliest cause of a day that does not balance, without its amounts, so that equal causes are counted together.

    Named causes (`Finding.causes`, best rank first) when the diagnosis gives them, else its words about the difference.
    """
    if finding.causes:
        best = min(cause.rank for cause in finding.causes)
        return " or ".join(dict.fromkeys(cause.kind.value for cause in finding.causes if cause.rank == best))
    _, _, words = finding.next_step.partition(_ABOUT)
    first = _DIGITS.sub("… ", words.split("; or ")[0]).strip(" .").replace("… :", "…:")
    return first or "no cause found"


@dataclass
class _Group:
    """Findings of one kind over many store-days."""

    blocks: bool
    days: dict[str, None] = field(default_factory=dict)
    message: str = ""
    next_step: str = ""
    found: int = 0

    @classmethod
    def of(cls, groups: dict[tuple[Part, str], _Group], key: tuple[Part, str], blocks: bool) -> _Group:
        group = groups.setdefault(key, cls(blocks))
        group.blocks = group.blocks or blocks
        return group

    def add(self, where: str, message: str, next_step: str) -> None:
        self.days[where] = None
        self.found += 1
        self.message = self.message or message
        # Written for a run; a check posts nothing anyway.
        self.next_step = self.next_step or next_step.removeprefix("Nothing was posted. ")

    def item(self, part: Part, what: str) -> Item:
        held = len(self.days) if self.blocks else 0
        examples = tuple(self.days)[:EXAMPLES]
        return Item(part, what, self.blocks, self.message, self.next_step, held, self.found, examples)


class _Recording:
    """The extracts, remembering the last Z-reports read, so that a held day's Z numbers are seen without a second reading."""

    def __init__(self, extracts: Extracts) -> None:
        self._extracts = extracts
        self.z: Bundle | None = None

    def z_reports(self, store: str, day: dt.date) -> Bundle | None:
        self.z = self._extracts.z_reports(store, day)
        return self.z

    def receipts(self, store: str, day: dt.date) -> Bundle:
        return self._extracts.receipts(store, day)

    def delivered_days(self, store: str, first: dt.date, last: dt.date) -> set[dt.date]:
        return self._extracts.delivered_days(store, first, last)

    def covered_note(self, store: str, day: dt.date) -> str | None:
        return self._extracts.covered_note(store, day)

    def master(self, store: str, day: dt.date, frame_name: str) -> pd.DataFrame | None:
        return self._extracts.master(store, day, frame_name)


def unreadable_master(store: str, day: dt.date, error: ExtractError, part: Part) -> Item:
    """A frame of customers or products that cannot be read."""
    return Item(
        part,
        f"{part} of {store} cannot be read",
        True,
        str(error),
        error.next_step or "deliver the extract again",
        count=1,
        examples=(f"{day}|{store}",),
    )
