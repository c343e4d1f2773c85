"""What 24SevenOffice says of settings, customers and products before go-live. Reads only.

Belongs here: settings against the client, and what would be matched, created or ambiguous.
Does not: link, make or change anything (posting/twins.py does, when the shop is live).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pandas as pd

from frontline_pipeline.masterdata import matching
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.office.products import ProductPort
from frontline_pipeline.posting.company_check import check_company
from frontline_pipeline.posting.twins_register import Register
from frontline_pipeline.quality_report import EXAMPLES, Item, Part
from frontline_pipeline.settings import Settings

MATCHED, CREATED, NOT_FOUND = "matched", "created", "not found"


def check_client_of(
    settings: Settings, company: str, ledger: LedgerPort, days: Iterable[dt.date], today: dt.date
) -> list[Item]:
    """Accounts, VAT codes, voucher type, years and dimensions that the settings name and the client lacks, and the years of `days`."""
    items = [
        Item(Part.LEDGER, result.setting, True, result.message, result.next_step, count=1)
        for result in check_company(settings, company, ledger, today)
        if not result.ok
    ]
    wanted = sorted({day.year for day in days})
    if wanted and not items:
        try:
            years = ledger.fiscal_years()
        except OfficeError as error:
            return [*items, failed(company, "fiscal years", error)]
        for year in wanted:
            mine = [each for each in years if each.start.year == year]
            if not mine or mine[0].is_locked:
                items.append(
                    Item(
                        Part.LEDGER,
                        f"{company}: fiscal year {year}",
                        True,
                        f"the extracts have days of {year}, and the year is {'locked' if mine else 'not set up'} there",
                        "set it up or unlock it in 24SevenOffice, or start later (partitions.start)",
                        count=1,
                    )
                )
    return items


def check_register(
    company: str, part: Part, rows: pd.DataFrame, register: Register
) -> tuple[dict[str, int], list[Item]]:
    """How many of `rows` (cleaned) would be matched, created or held, and items about those that are held."""
    open_ = rows[rows["held_by"].isna()].reset_index(drop=True)
    if "active" in open_.columns:
        open_ = open_[open_["active"]].reset_index(drop=True)
    counts = {"held by their own data": int(rows["held_by"].notna().sum())}
    if open_.empty:
        return counts, []
    try:
        office = register.look_up(open_, register.steps, (), lambda: None)
    except OfficeError as error:
        return counts, [failed(company, str(part), error)]
    found = matching.find(open_, office, register.steps)
    owned = matching.taken(found, open_, pd.Series([], dtype="str"), share=register.share)
    hit = found.verdict.eq("hit") & ~owned
    new = found.verdict.eq("none")
    counts[MATCHED] = int(hit.sum())
    counts |= {f"{MATCHED} by {how}": int(n) for how, n in found.how[hit].value_counts().items()}
    counts[CREATED if register.create else NOT_FOUND] = int(new.sum())
    items: list[Item] = []
    told = [
        ("ambiguous", found.verdict.eq("ambiguous"), "several there fit", "make all but one inactive in 24SevenOffice"),
        (
            "archived",
            found.verdict.eq("archived"),
            "the one there is archived or expired",
            "activate it in 24SevenOffice",
        ),
        ("taken", owned, "several keys of Frontline fit one there", f"mend one of them{register.or_share}"),
    ]
    if any(step.unless for step in register.steps):
        told.append(
            (
                "doubtful",
                found.verdict.eq("doubtful"),
                "the one with that number there has another organisation number",
                "mend the customer number or the organisation number",
            )
        )
    if not register.create:
        told.append(
            (NOT_FOUND, new, "there is none, and the settings make none", "make them there, or set create: true")
        )
    for reason, which, message, step in told:
        counts.setdefault(reason, int(which.sum()))
        items += _held(company, part, reason, open_.loc[which, "link_key"], found.candidates[which], message, step)
    return counts, items


def check_categories(company: str, rows: pd.DataFrame, port: ProductPort) -> list[Item]:
    """Product categories that the settings name and the client lacks."""
    wanted = sorted({int(each) for each in rows["category_id"].dropna()})
    if not wanted:
        return []
    try:
        known = {each.category_id for each in port.categories()}
    except OfficeError as error:
        return [failed(company, "categories", error)]
    missing = [each for each in wanted if each not in known]
    products = int(rows["category_id"].isin(missing).sum())
    if not missing:
        return []
    named = ", ".join(str(each) for each in missing)
    return [
        Item(
            Part.LEDGER,
            f"companies.{company}.masterdata.products.categories",
            True,
            f"category {named} does not exist in the client; {products} products are mapped to it",
            "mend the map, or create the category in 24SevenOffice",
            count=products,
            examples=tuple(str(each) for each in missing[:EXAMPLES]),
        )
    ]


def failed(company: str, what: str, error: OfficeError) -> Item:
    """A question that got no answer: what it was about is not known, so it is not ready."""
    return Item(
        Part.LEDGER,
        f"{company}: {what} could not be read",
        True,
        str(error),
        "see that 24SevenOffice answers and that the user may read this, then run the check again",
        count=1,
    )


def _held(
    company: str, part: Part, reason: str, keys: pd.Series, candidates: pd.Series, message: str, step: str
) -> list[Item]:
    if keys.empty:
        return []
    examples: Sequence[str] = [
        f"{key} ({told})" if isinstance(told, str) else str(key)
        for key, told in zip(keys[:EXAMPLES], candidates[:EXAMPLES], strict=True)
    ]
    return [Item(part, f"{company}: {reason}", True, message, step, count=len(keys), examples=tuple(examples))]
