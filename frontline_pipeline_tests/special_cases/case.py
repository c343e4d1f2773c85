"""A special case: the extract as Frontline delivers it, and what must become of it.

Belongs here: the form of a case, and the one way it is run - contract files on disk, the real reader, proof and voucher.
Does not: the cases (gift_cards.py and the other modules), the page (page.py), assertions (test_special_cases.py).
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.money import text
from frontline_pipeline.frames.raw import REQUIRED_FRAMES
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.settings import Settings, StoreProfile
from frontline_pipeline.store_day import Walk, walk
from frontline_pipeline_tests.support import example_settings, overlaid

STORE = "oslo"
_HEADERS = {
    "z_vat": "register,z_number,vat_code,rate,base,vat",
    "z_tenders": "register,z_number,tender,amount,currency",
}


@dataclass(frozen=True)
class Case:
    """One special case of a Norwegian till."""

    id: str
    title: str
    extract: str
    """Contract files: a frame's name, its header, its rows; blank lines between frames. Several days follow each other."""
    booked: str
    """The vouchers, written by hand: `D <account> <amount>` or `C ...`, then the customer as `k50001`, the tax code as `t3`, the
    department as `a10`; blank lines between vouchers. Empty: nothing is booked."""
    where: str
    """Where it shows in the Z-report."""
    booking: str
    vat: str
    source: str
    """Where the rule comes from."""
    note: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Laid over the example's `ledger` of company nordlys."""
    store: Mapping[str, Any] = field(default_factory=dict)
    """Laid over the example's store."""
    held_by: frozenset[str] = frozenset()
    """Rules that hold the store-day; then nothing is booked."""
    warned_by: frozenset[str] = frozenset()
    """Rules that warn."""


def profile_of(case: Case) -> StoreProfile:
    """Store `oslo` of the example settings (config/), with what the case lays over it."""
    changes = {
        "companies": {"nordlys": {"ledger": dict(case.settings)}},
        "stores": {STORE: {"receipts": "optional", **case.store}},
        "partitions": {"start": dt.date(2016, 1, 1)},
    }
    return Settings.model_validate(overlaid(_example(), changes)).store(STORE)


@cache
def _example() -> dict[str, Any]:
    return example_settings()


def written(case: Case, root: Path) -> list[dt.date]:
    """Writes the contract files of the case below `root`; the business days written, in the order of the case."""
    days: list[dt.date] = []
    folder = root
    for block in case.extract.strip().split("\n\n"):
        frame, *lines = block.strip().splitlines()
        if frame == "z_reports":
            day = next(csv.DictReader(lines))["business_day"]
            days.append(dt.date.fromisoformat(day))
            folder = root / STORE / day
            folder.mkdir(parents=True)
        (folder / f"{frame}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for day in days:
        for name in REQUIRED_FRAMES:
            path = root / STORE / day.isoformat() / f"{name}.csv"
            if not path.exists():
                path.write_text(f"{_HEADERS[name]}\n", encoding="utf-8")
    return days


def run(case: Case, root: Path) -> list[Walk]:
    """Each day of the case from contract files to vouchers; `root` is an empty folder."""
    days = written(case, root)
    extracts = FileExtracts(root, today=lambda: dt.date(2027, 1, 15))
    return [walk(extracts, profile_of(case), day) for day in days]


def as_booked(vouchers: list[Voucher]) -> str:
    """Vouchers in the notation of `Case.booked`, each sorted."""
    return "\n\n".join("\n".join(sorted(_line(voucher))) for voucher in vouchers)


def _line(voucher: Voucher) -> list[str]:
    return [
        " ".join(
            (
                "D" if line.debit else "C",
                str(line.account),
                text(line.debit or line.credit),
                *([f"k{line.customer_id}"] if line.customer_id else []),
                *([f"t{line.tax_code}"] if line.tax_code else []),
                *([f"a{line.department_id}"] if line.department_id != 10 else []),
            )
        )
        for line in voucher.lines
    ]


def sorted_blocks(booked: str) -> str:
    """The hand-written vouchers with sorted lines."""
    return "\n\n".join(
        "\n".join(sorted(line.strip() for line in block.strip().splitlines()))
        for block in booked.strip().split("\n\n")
        if block.strip()
    )
