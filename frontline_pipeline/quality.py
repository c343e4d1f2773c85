"""The quality check before go-live: months of extracts walked on paper, and what would hold them, most blocking first.

Belongs here: the report, the walk over store-days, missing Z numbers, causes of days that do not balance.
Does not: customers and products (quality_masters.py), what 24SevenOffice has (quality_online.py), printing (command/), Dagster.

Sends nothing and writes nothing. A report holds keys, settings and amounts, no name, phone or e-mail.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import Z_REPORTS
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.store_day import Verdict, walk

EXAMPLES = 5
"""Store-days or keys named per item; the rest is counted."""
EARLIEST = dt.date(2000, 1, 1)
_ABOUT = "About the difference: "
_DIGITS = re.compile(r"[−-]?\d[\d\s.,]*")
_NUMBER = re.compile(r"[0-9]+$")


class Part(StrEnum):
    """What an item is about, in the order of a report."""

    EXTRACTS = "extracts"
    """Cannot be read, or not delivered."""
    MAPPING = "settings missing"
    """Tenders, VAT codes, article groups, accounts, movements, registers without a mapping."""
    BALANCE = "days that do not balance"
    PROOF = "other rules of the proof"
    Z_NUMBERS = "Z numbers"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    LEDGER = "24SevenOffice"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to mend or to know. `days`: store-days it holds; `count`: how many things it concerns; `examples`: their keys.

    `blocks`: posting, matching or making is held until it is mended; else it is worth a look.
    """

    part: Part
    what: str
    blocks: bool
    message: str
    next_step: str
    days: int = 0
    count: int = 0
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What the check says of a range of extracts. `numbers`: what would become of customers and products, by kind and company."""

    stores: tuple[str, ...]
    first: dt.date | None
    last: dt.date | None
    verdicts: dict[Verdict, int]
    items: tuple[Item, ...]
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    online: bool = False

    @property
    def ready(self) -> bool:
        """Whether nothing blocks and at least one store-day would be posted."""
        return not self.blocking and self.verdicts.get(Verdict.OK, 0) > 0

    @property
    def blocking(self) -> tuple[Item, ...]:
        """What must be mended, most blocking first."""
        return tuple(item for item in self.items if item.blocks)

    @property
    def others(self) -> tuple[Item, ...]:
        """What is worth a look."""
        return tuple(item for item in self.items if not item.blocks)

    @property
    def verdict(self) -> str:
        """The last line: yes, or how much is to be mended."""
        if self.ready:
            asked = "" if self.online else " 24SevenOffice was not asked: run with --online before the first posting."
            return f"Yes: nothing holds these extracts.{asked}"
        if not self.blocking:
            return "No: there is no store-day that would be posted."
        things = "1 thing" if len(self.blocking) == 1 else f"{len(self.blocking)} things"
        return f"No: {things} to mend first. Nothing was sent."


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Most blocking first: what holds most days, then what concerns most things."""
    parts = list(Part)
    return tuple(sorted(items, key=lambda i: (not i.blocks, -i.days, -i.count, parts.index(i.part), i.what)))


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
        numbers = _Numbers(profile)
        for day in days:
            progress(profile.code, day)
            recording = _Recording(extracts)
            found = walk(recording, profile, day)
            gathered.verdicts[found.verdict] += 1
            numbers.add(day, recording.z)
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
        gathered.items += numbers.items()
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


class _Numbers:
    """The Z numbers of a store's registers: what is missing between the first and the last."""

    def __init__(self, profile: StoreProfile) -> None:
        self._store = profile.code
        self._seen: dict[str, dict[int, dt.date]] = defaultdict(dict)

    def add(self, day: dt.date, bundle: Bundle | None) -> None:
        frame = None if bundle is None else bundle.frames.get(Z_REPORTS.name)
        if frame is None or not {"register", "z_number"} <= set(frame.columns):
            return
        for register, number in zip(frame["register"], frame["z_number"], strict=True):
            # 0102, Z102 and 2026-102 are number 102.
            digits = _NUMBER.search(number) if isinstance(number, str) else None
            if digits is not None:
                self._seen[str(register)].setdefault(int(digits.group()), day)

    def items(self) -> list[Item]:
        return [item for register in sorted(self._seen) for item in self._of(register)]

    def _of(self, register: str) -> list[Item]:
        seen = self._seen[register]
        numbers = sorted(seen)
        gaps = [(low, high) for low, high in itertools.pairwise(numbers) if high - low > 1]
        items: list[Item] = []
        if gaps:
            missing = sum(high - low - 1 for low, high in gaps)
            low, high = gaps[0]
            items.append(
                Item(
                    Part.Z_NUMBERS,
                    f"{self._store}, register {register}: {missing} missing",
                    False,
                    f"between Z {low} ({seen[low]}) and Z {high} ({seen[high]}) {high - low - 1} numbers are missing",
                    "find the Z-reports at the register or at Frontline, and deliver them; a number is never reused",
                    count=missing,
                    examples=tuple(_span(low + 1, high - 1) for low, high in gaps[:EXAMPLES]),
                )
            )
        back = [n for n, m in itertools.pairwise(numbers) if seen[m] < seen[n]]
        if back:
            items.append(
                Item(
                    Part.Z_NUMBERS,
                    f"{self._store}, register {register}: numbers do not follow the days",
                    False,
                    f"Z {back[0]} is of {seen[back[0]]}, and a later number is of an earlier day",
                    "see whether the register was replaced or reset, or a day was delivered under another date",
                    count=len(back),
                    examples=tuple(str(n) for n in back[:EXAMPLES]),
                )
            )
        return items


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


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
