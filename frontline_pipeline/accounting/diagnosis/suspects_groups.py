"""Suspects among article groups.

Belongs here: a group that the Z leaves out, by the receipt lines or of unknown size.
Does not: VAT rows (suspects_vat.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import GROUPS, Loose, Sheet, Suspect
from frontline_pipeline.accounting.diagnosis.suspects_tenders import ANY, FREE, SURE
from frontline_pipeline.accounting.model import ArticleGroup
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.receipt_rows import SALES_KINDS


def group_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """A group that the receipt lines have and the Z does not."""
    z, sums = sheet.z, _groups_of_receipts(sheet)
    if not z.article_groups:
        return
    for group in sorted(set(sums) - {each.article_group for each in z.article_groups if each.amount}):
        found = replace(z, article_groups=(*z.article_groups, ArticleGroup(group, sums[group])))
        words = f"the receipt lines have {display(sums[group])} in article group {group}, and the Z does not list it"
        yield sheet.suspect(CauseKind.GROUP_LEFT_OUT, f"group {group}", found, SURE, words)


def _groups_of_receipts(sheet: Sheet) -> dict[str, Ore]:
    sums: dict[str, Ore] = defaultdict(int)
    if sheet.day_rows is not None and sheet.sums is not None:
        for line in sheet.day_rows.lines:
            if line.z == (sheet.z.register, sheet.z.z_number) and line.kind in SALES_KINDS and line.article_group:
                sums[line.article_group] += line.amount
    return sums


def loose_groups(sheet: Sheet) -> Iterator[Loose]:
    """A group left out whose size nobody names."""
    if sheet.z.article_groups:
        names = sorted(set(_groups_of_receipts(sheet)) - {each.article_group for each in sheet.z.article_groups})
        subject = f"group {names[0]}" if len(names) == 1 else ""
        bits = SURE + 2 if subject else FREE
        yield Loose(CauseKind.GROUP_LEFT_OUT, {GROUPS: -1}, -ANY, ANY, bits, partial(_group_left_out, subject))


def _group_left_out(subject: str, amount: Ore) -> tuple[str, str]:
    return subject, f"{display(amount)} of total sales stands in no article group, while VAT and tenders agree"
