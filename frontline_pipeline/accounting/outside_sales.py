"""Money that a register counts among its sales though it is no turnover: gift cards, agency sales, donations, bottle deposit.

Belongs here: which parts of a Z-report's VAT lines these are, by the settings `movement_vat_codes` and `movement_article_groups`, and
why a part cannot be told.
Does not: pay-ins, which the register itself keeps out of its sales (from_frames.py), the ledger lines (voucher.py).

A gift card is a prepayment and an agency sale is another's turnover: neither is a cash sale (kassasystemforskrifta s. 2-8-2 e,
DOMAIN 0.4), but registers that know only articles ring them up as one. They carry no VAT, or they are not what the settings say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from frontline_pipeline.accounting.model import VatLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.vat import rate_text
from frontline_pipeline.settings import StoreProfile


@dataclass(frozen=True, slots=True)
class OutsideSale:
    """A part of one VAT line that is a movement; amount in øre, a sale positive."""

    vat_code: str
    rate: int
    kind: str
    amount: Ore
    article_group: str | None = None
    """The article group by which it was told; None when its whole VAT code is no turnover."""


@dataclass(frozen=True, slots=True)
class OutsideSales:
    """All of them of one Z-report, and what hinders telling them."""

    parts: tuple[OutsideSale, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    """(path of the setting below `ledger`, what is wrong)."""

    def of(self, line: VatLine) -> tuple[OutsideSale, ...]:
        """The parts of a VAT line."""
        return tuple(part for part in self.parts if (part.vat_code, part.rate) == (line.vat_code, line.rate))


def outside_sales(z: ZReport, profile: StoreProfile) -> OutsideSales:
    """The parts of the Z-report's sales that the settings call movements."""
    rules = profile.rules
    if not rules.movement_vat_codes and not rules.movement_article_groups:
        return OutsideSales()
    parts: list[OutsideSale] = []
    problems: list[tuple[str, str]] = []
    for line in z.vat:
        kind = rules.movement_vat_codes.get(line.vat_code)
        if kind is None or not (line.base or line.vat):
            continue
        if line.rate or line.vat:
            problems.append(_taxed(f"movement_vat_codes.{line.vat_code}", f"VAT code {line.vat_code}", kind, line.rate))
        else:
            parts.append(OutsideSale(line.vat_code, line.rate, kind, line.base))
    if rules.movement_article_groups:
        more, hindered = _by_group(z, profile)
        parts += more
        problems += hindered
    return OutsideSales(tuple(parts), tuple(problems))


def _taxed(path: str, what: str, kind: str, rate: int) -> tuple[str, str]:
    return path, f"{what} is {kind} by the settings, which has no VAT, but the register takes {rate_text(rate)}"


def _by_group(z: ZReport, profile: StoreProfile) -> tuple[list[OutsideSale], list[tuple[str, str]]]:
    kinds, whole_codes = profile.rules.movement_article_groups, profile.rules.movement_vat_codes
    parts: list[OutsideSale] = []
    problems: list[tuple[str, str]] = []
    told: dict[str, Ore] = {}
    for share in z.receipts.group_sales if z.receipts else ():
        kind = kinds.get(share.article_group)
        if kind is None or not share.base or share.vat_code in whole_codes:
            continue
        told[share.article_group] = told.get(share.article_group, 0) + share.base
        path = f"movement_article_groups.{share.article_group}"
        if share.rate:
            problems.append(_taxed(path, f"article group {share.article_group}", kind, share.rate))
        else:
            parts.append(OutsideSale(share.vat_code, share.rate, kind, share.base, share.article_group))
    problems += _groups_of_the_z(z, profile, told, parts)
    return parts, problems


def _groups_of_the_z(
    z: ZReport, profile: StoreProfile, told: dict[str, Ore], parts: list[OutsideSale]
) -> Iterator[tuple[str, str]]:
    """Compares the Z's own groups with what the receipts told; without receipts takes them, as parts of the one VAT code at 0 %."""
    kinds, whole_codes = profile.rules.movement_article_groups, profile.rules.movement_vat_codes
    with_receipts = bool(z.receipts and z.receipts.group_sales)
    free = [line for line in z.vat if not line.rate and line.base and line.vat_code not in whole_codes]
    if free and not with_receipts and not z.article_groups:
        yield (
            "movement_article_groups",
            "no article groups and no receipts came: nobody can tell what of its sales is no turnover",
        )
    taken: Ore = 0
    for group in z.article_groups:
        kind = kinds.get(group.article_group)
        if kind is None or group.amount == told.get(group.article_group, 0):
            continue
        path = f"movement_article_groups.{group.article_group}"
        what = f"article group {group.article_group} ({kind}) is {display(group.amount)} in the Z"
        if with_receipts:
            # Under a VAT code that is a movement as a whole it is booked already.
            if told.get(group.article_group) or not whole_codes:
                yield path, f"{what}, its receipts say {display(told.get(group.article_group, 0))}"
        elif len(free) != 1:
            several = "several VAT codes at 0 %" if free else "no VAT code at 0 %"
            yield path, f"{what}, which has {several}: without receipts nobody can tell which it is of"
        else:
            taken += group.amount
            parts.append(OutsideSale(free[0].vat_code, free[0].rate, kind, group.amount, group.article_group))
            if not min(0, free[0].base) <= taken <= max(0, free[0].base):
                yield (
                    path,
                    f"{what}, more than the {display(free[0].base)} that VAT code {free[0].vat_code} at 0 % holds",
                )
