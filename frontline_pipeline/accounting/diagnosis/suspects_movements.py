"""Suspects among pay-ins, pay-outs and tips.

Belongs here: movements left out of the tenders or of the Z, counted twice, turned round, or counted as turnover.
Does not: receipts of sales (suspects_receipts.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from functools import partial
from itertools import combinations

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import (
    BASE,
    GROUPS,
    PAID,
    SALES_OF_RECEIPTS,
    TENDERS,
    TIPS,
    VAT,
    Loose,
    Sheet,
    Suspect,
    Where,
    row_name,
)
from frontline_pipeline.accounting.diagnosis.suspects_tenders import ANY, FREE, LIKELY, POSSIBLE, SURE
from frontline_pipeline.accounting.from_frames import movement_group
from frontline_pipeline.accounting.mapping import is_included
from frontline_pipeline.accounting.model import ArticleGroup, Movement, VatLine, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.receipt_rows import OTHER
from frontline_pipeline.accounting.vat import contained_vat, rate_text
from frontline_pipeline.frames.raw import PAY_IN_KINDS, TIP_KIND
from frontline_pipeline.settings import StoreProfile


def words_of(kind: str) -> str:
    """A kind of movement in words: gift_card_sale is `gift card sale`."""
    return kind.replace("_", " ")


def movement_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Each movement out of the tenders, doubled, turned; the vendor rule read otherwise; tips and pay-ins that only receipts know."""
    z = sheet.z
    for index, movement in enumerate(z.movements):
        others = (*z.movements[:index], *z.movements[index + 1 :])
        if not movement.amount or not is_included(movement, sheet.profile):
            continue
        told = f"the {words_of(movement.kind)} is {display(movement.amount)}"
        if movement in others:
            words = f"{told} and stands in the Z twice with that amount"
            yield sheet.suspect(CauseKind.MOVEMENT_DOUBLED, movement.kind, replace(z, movements=others), SURE, words)
        elif movement.amount % 2 == 0:
            half = replace(z, movements=(*others, replace(movement, amount=movement.amount // 2)))
            words = f"{told}, twice the {display(movement.amount // 2)} with which the figures agree"
            yield sheet.suspect(CauseKind.MOVEMENT_DOUBLED, movement.kind, half, LIKELY + 1, words)
        turned = replace(z, movements=(*others, replace(movement, amount=-movement.amount)))
        words = f"{told}; the figures agree when it goes the other way"
        yield sheet.suspect(CauseKind.SIGN_FLIPPED, words_of(movement.kind), turned, LIKELY, words)
        if sum(movement_group(m.kind) == movement_group(movement.kind) for m in z.movements) > 1:
            words = f"{told}, and the tenders do not hold it"
            yield sheet.suspect(_kind_out(movement.kind), movement.kind, replace(z, movements=others), LIKELY, words)
        if movement.kind == TIP_KIND and movement.tender and sheet.tips_on_receipts:
            # Its receipts were paid with the tip, so that both sums over the tender lack it.
            effect = {TENDERS: -movement.amount, (PAID, movement.tender): -movement.amount}
            words = f"{told} and was paid with its receipts, and tender {movement.tender} does not hold it"
            yield Suspect(CauseKind.TIP_IN_OR_OUT, TIP_KIND, effect, frozenset(), LIKELY, words)
    yield from _tips_together(sheet)
    yield from _other_rule(sheet)
    yield from _only_on_receipts(sheet)


def _tips_together(sheet: Sheet) -> Iterator[Suspect | None]:
    """All tips at once, where there are several."""
    tips = [m for m in sheet.z.movements if m.kind == TIP_KIND and m.tender and is_included(m, sheet.profile)]
    if len(tips) < 2 or not sheet.tips_on_receipts:
        return
    effect: dict[Where, Ore] = defaultdict(int)
    for tip in tips:
        effect[TENDERS] -= tip.amount
        effect[PAID, tip.tender or ""] -= tip.amount
    words = (
        f"the tips are {display(-effect[TENDERS])} and were paid with their receipts, and the tenders do not hold them"
    )
    yield Suspect(CauseKind.TIP_IN_OR_OUT, TIP_KIND, dict(effect), frozenset(), LIKELY, words)


def _kind_out(kind: str) -> CauseKind:
    return CauseKind.TIP_IN_OR_OUT if kind == TIP_KIND else CauseKind.MOVEMENT_LEFT_OUT


def _other_rule(sheet: Sheet) -> Iterator[Suspect | None]:
    """The vendor rule `tenders_include` with some groups toggled: whole groups stand in the tenders, or do not."""
    groups: dict[str, list[Movement]] = defaultdict(list)
    for movement in sheet.z.movements:
        if movement.amount and (group := movement_group(movement.kind)):
            groups[group].append(movement)
    now = set(sheet.profile.rules.tenders_include)
    for size in range(1, len(groups) + 1):
        for toggled in combinations(sorted(groups), size):
            rule = sorted(now.symmetric_difference(toggled))
            moved = [movement for group in toggled for movement in groups[group]]
            verb = "counts" if set(toggled) - now else "does not count"
            words = (
                f"the figures agree if the register {verb} {' and '.join(toggled).replace('_', '-')} "
                f"({', '.join(f'{words_of(m.kind)} {display(m.amount)}' for m in moved)}) in its tender totals; "
                f"tenders_include would be [{', '.join(rule)}]"
            )
            subject = moved[0].kind if len({m.kind for m in moved}) == 1 else ", ".join(toggled).replace("_", "-")
            kind = CauseKind.TIP_IN_OR_OUT if toggled == ("tips",) else CauseKind.MOVEMENT_LEFT_OUT
            other = including(sheet.profile, tuple(rule))
            yield sheet.suspect(kind, subject, sheet.z, LIKELY + 4 * (size - 1), words, profile=other)


def including(profile: StoreProfile, groups: tuple[str, ...]) -> StoreProfile:
    """The profile with another vendor rule, for a look only."""
    other = copy(profile)
    other.rules = profile.rules.model_copy(update={"tenders_include": groups})
    return other


def _only_on_receipts(sheet: Sheet) -> Iterator[Suspect | None]:
    z = sheet.z
    if short := -sheet.off.get(TIPS, 0):
        listed = sum(m.amount for m in z.movements if m.kind == TIP_KIND)
        found = replace(z, movements=(*z.movements, Movement(TIP_KIND, short)))
        words = (
            f"payments exceed their receipts by {display(listed + short)}, and the Z states tips of {display(listed)}"
        )
        yield sheet.suspect(CauseKind.TIP_IN_OR_OUT, TIP_KIND, found, POSSIBLE if listed else SURE, words)
    for piece in sheet.pieces:
        if piece.head.kind == OTHER and piece.head.amount:
            amount = piece.head.amount
            kind = "other_pay_in" if amount > 0 else "other_pay_out"
            tender = next(iter(piece.paid), None)
            found = replace(z, movements=(*z.movements, Movement(kind, abs(amount), tender=tender)))
            words = f"receipt {piece.head.of[2]} moves {display(amount)} that is no sale, and the Z does not list it"
            yield sheet.suspect(CauseKind.MOVEMENT_LEFT_OUT, f"receipt {piece.head.of[2]}", found, SURE, words)


def turnover_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """A listed pay-in that also stands in total sales, and maybe in the VAT rows and article groups."""
    z = sheet.z
    for movement in z.movements:
        if movement.kind not in PAY_IN_KINDS or movement.amount <= 0:
            continue
        amount = movement.amount
        for vat in (None, *(row for row in z.vat if row.base + row.vat >= amount)):
            for group in (None, *_groups_with(z, amount)):
                repaired = _out_of_turnover(z, amount, vat, group)
                where = "total sales"
                where += f", the VAT at {rate_text(vat.rate)}" if vat else ""
                where += f" and article group {group.article_group}" if group else ""
                words = f"the {words_of(movement.kind)} of {display(amount)} is listed as a pay-in and stands in {where} as well"
                exact = (vat is not None and vat.base == amount) + (group is not None and group.amount == amount)
                bits = LIKELY + (vat is not None and vat.rate != 0) - exact
                yield sheet.suspect(CauseKind.GIFT_CARD_AS_SALE, movement.kind, repaired, bits, words)


def _groups_with(z: ZReport, amount: Ore) -> list[ArticleGroup]:
    """The group that holds an amount: one that equals it, else the largest that could."""
    equal = [group for group in z.article_groups if group.amount == amount]
    return equal[:1] or sorted((g for g in z.article_groups if g.amount > amount), key=lambda g: -g.amount)[:1]


def _out_of_turnover(z: ZReport, amount: Ore, vat: VatLine | None, group: ArticleGroup | None) -> ZReport:
    repaired = replace(z, sales_total=z.sales_total - amount)
    if vat is not None:
        tax = contained_vat(amount, vat.rate)
        less = replace(
            vat,
            base=vat.base - amount + tax,
            vat=vat.vat - tax,
            gross=None if vat.gross is None else vat.gross - amount,
        )
        repaired = replace(repaired, vat=tuple(less if row is vat else row for row in z.vat))
    if group is not None:
        less_group = replace(group, amount=group.amount - amount)
        groups = tuple(less_group if each is group else each for each in z.article_groups)
        repaired = replace(repaired, article_groups=groups)
    return repaired


def loose_movements(sheet: Sheet) -> Iterator[Loose]:
    """Movements of unknown size that the tenders hold and the Z does not list."""
    ins, outs = "pay_ins" in sheet.profile.rules.tenders_include, "pay_outs" in sheet.profile.rules.tenders_include
    directions: list[tuple[dict[Where, int], str]] = [({TENDERS: 1}, "the tenders")] if sheet.paid is None else []
    if sheet.paid is not None and not _moves_known(sheet):
        tenders = sorted({t.tender for t in sheet.z.tenders})
        directions += [({TENDERS: 1, (PAID, tender): 1}, tender) for tender in tenders]
    for direction, where in directions:
        if ins:
            yield Loose(CauseKind.MOVEMENT_LEFT_OUT, direction, 1, ANY, FREE, partial(_left_out, where))
        if outs:
            yield Loose(CauseKind.MOVEMENT_LEFT_OUT, direction, -ANY, -1, FREE, partial(_left_out, where))


def loose_turnover(sheet: Sheet) -> Iterator[Loose]:
    """Prepayments of unknown size inside total sales, not listed as pay-ins."""
    apart: dict[Where, int] = {VAT: -1}
    if sheet.z.article_groups:
        apart[GROUPS] = -1
    if sheet.sums is not None:
        apart[SALES_OF_RECEIPTS] = 1
    paid: list[dict[Where, int]] = [{}]
    if sheet.paid is not None and not _moves_known(sheet):
        paid = [{(PAID, tender): 1} for tender in sorted({t.tender for t in sheet.z.tenders})]
    for into in paid:
        yield Loose(CauseKind.GIFT_CARD_AS_SALE, apart | into, 1, ANY, FREE + 2, _unlisted)
    if sheet.rates_of_receipts is not None:
        for row in sheet.z.vat:
            if row.rate == 0:
                hidden: dict[Where, int] = {SALES_OF_RECEIPTS: 1, (BASE, row_name(row.vat_code, 0)): 1}
                for into in paid:
                    yield Loose(CauseKind.GIFT_CARD_AS_SALE, hidden | into, 1, ANY, FREE + 1, _at_zero)


def _moves_known(sheet: Sheet) -> bool:
    return any(piece.head.kind == OTHER for piece in sheet.pieces)


def _left_out(where: str, amount: Ore) -> tuple[str, str]:
    word = "pay-in" if amount > 0 else "pay-out"
    more = "more" if amount > 0 else "less"
    return (
        word,
        f"sales, VAT and article groups agree, and {where} {'hold' if where == 'the tenders' else 'holds'} {display(abs(amount))} "
        f"{more} than was sold: a {word} of that size is not listed",
    )


def _at_zero(amount: Ore) -> tuple[str, str]:
    return (
        "gift_card_sale",
        f"the Z has {display(amount)} more sales at 0 % than its receipts: a gift card or another prepayment",
    )


def _unlisted(amount: Ore) -> tuple[str, str]:
    return (
        "gift_card_sale",
        f"total sales and tenders hold {display(amount)} that has no VAT and no article group: a gift card or another prepayment",
    )
