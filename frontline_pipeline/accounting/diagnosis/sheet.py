"""The equations of one Z-report as a sheet of residuals: what does not add up, and by how much.

Belongs here: every comparison of the proof as (where -> øre that are too much), and what a repaired Z-report would leave of it.
Does not: which repairs to try (suspects_*.py), which of them to believe (explain.py).

A fault of a cell moves several residuals at once: total sales too high makes tenders, VAT and article groups fall short alike. That
pattern, not the bare difference, tells causes apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.from_frames import expected_tenders, into_till
from frontline_pipeline.accounting.mapping import is_included
from frontline_pipeline.accounting.model import RoundingSource, ZReport
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.receipt_rows import SALES_KINDS, Head, ReceiptRows
from frontline_pipeline.accounting.receipt_sums import RateSums, ReceiptSums
from frontline_pipeline.accounting.z_report import possible_rounding, rule_rounding_known, rule_rounding_only_with_cash
from frontline_pipeline.accounting.z_vat import rule_vat_base_is_net, rule_vat_matches_rate, rule_vat_rate_valid
from frontline_pipeline.frames.raw import TIP_KIND
from frontline_pipeline.settings import StoreProfile

Where = tuple[str, str]
"""One equation: its name and the tender, rate or receipt it is about."""
Effect = Mapping[Where, Ore]
"""Øre by which a fault moves each equation; zeros left out."""
Flags = frozenset[tuple[str, str | None]]
"""(rule, subject) of rules that are no sums: VAT that does not fit its rate, a rate not in force, rounding without cash."""

TENDERS: Where = ("tenders", "")
VAT: Where = ("vat", "")
GROUPS: Where = ("groups", "")
SALES_OF_RECEIPTS: Where = ("receipts' sales", "")
ROUNDING_OF_RECEIPTS: Where = ("receipts' rounding", "")
TIPS: Where = ("tips", "")
BASE, TAX, GROSS, PAID, PAYMENTS, LINES = "base", "tax", "gross", "paid", "payments", "lines"


class Suspect(NamedTuple):
    """One possible fault: how it moves the equations, which flags it raises, and how many bits it takes to name it.

    The bits rank explanations: an amount that stands in the data is cheap, one that may be any number of øre is dear.
    """

    kind: CauseKind
    subject: str
    effect: Effect
    raises: Flags
    bits: int
    evidence: str


class Loose(NamedTuple):
    """A fault of any size: the equations move by `direction` times an amount from `least` to `most` that only the residuals tell.

    `told` gives subject and evidence for an amount.
    """

    kind: CauseKind
    direction: Mapping[Where, int]
    least: Ore
    most: Ore
    bits: int
    told: Callable[[Ore], tuple[str, str]]
    raises: Flags = frozenset()


class Fitting(NamedTuple):
    """A fault whose whole pattern only the residuals tell: `fit` makes it of what is left, or says that it is not that."""

    fit: Callable[[Effect], Suspect | None]


class Piece(NamedTuple):
    """What one receipt adds to the sums of its Z-report."""

    head: Head
    paid: Mapping[str, Ore]
    vat: Mapping[tuple[str, int], tuple[Ore, Ore]]
    lines: int


def row_name(code: str, rate: int) -> str:
    return f"{code}@{rate}"


def nonzero(values: Mapping[Where, Ore]) -> dict[Where, Ore]:
    """Without the equations that hold."""
    return {where: amount for where, amount in values.items() if amount}


def minus(one: Effect, other: Effect) -> dict[Where, Ore]:
    """What is left of `one` when `other` is explained."""
    left = dict(one)
    for where, amount in other.items():
        rest = left.get(where, 0) - amount
        if rest:
            left[where] = rest
        else:
            left.pop(where, None)
    return left


class Sheet:
    """One Z-report with what its receipts say (None: none delivered) and the other Z-reports of its store-day."""

    def __init__(
        self,
        z: ZReport,
        profile: StoreProfile,
        siblings: Sequence[ZReport] = (),
        rows: ReceiptRows | None = None,
        sums: ReceiptSums | None = None,
    ) -> None:
        self.z, self.profile, self.siblings = z, profile, siblings
        self.day_rows = rows
        usable = sums is not None and z.key in sums.keys and profile.store.receipts != "none"
        self.sums = sums if usable else None
        self._moves_on_receipts = bool(self.sums and self.sums.paid_other.get(z.key))
        self.tips_on_receipts = any(paid > due for _, due, paid in self._unpaid)
        self.off = self.residual(z, profile)
        self.flags = self.flagged(z, profile)

    @property
    def balanced(self) -> bool:
        """Whether every equation and every other rule holds."""
        return not self.off and not self.flags

    @cached_property
    def rates_of_receipts(self) -> RateSums | None:
        """(VAT code, rate) -> base and VAT that the receipts sum to; None when they do not say."""
        if self.sums is None:
            return None
        return self.sums.line_vat.get(self.z.key) or self.sums.apart_vat.get(self.z.key)

    @property
    def paid(self) -> dict[str, Ore] | None:
        """What the receipts were paid with, by tender; None when they do not say."""
        if self.sums is None or self.z.key not in self.sums.with_payments:
            return None
        return self.sums.paid.get(self.z.key, {})

    @property
    def _unpaid(self) -> list[tuple[str, Ore, Ore]]:
        return self.sums.unpaid.get(self.z.key, []) if self.sums else []

    def residual(self, z: ZReport, profile: StoreProfile) -> dict[Where, Ore]:
        """Every equation that does not hold, with what is too much on the side named first (the Z's, against its receipts)."""
        found: dict[Where, Ore] = {TENDERS: z.tender_total - expected_tenders(z, profile)}
        if z.rounding is None and abs(found[TENDERS]) <= possible_rounding(z):
            # The rounding that nobody stated may be just this; that it is not stated is a flag.
            found[TENDERS] = 0
        found[VAT] = sum(line.base + line.vat for line in z.vat) - z.sales_total
        if z.article_groups:
            found[GROUPS] = sum(group.amount for group in z.article_groups) - z.sales_total
        if self.rates_of_receipts is None:
            for line in z.vat:
                if line.gross is not None:
                    found[GROSS, row_name(line.vat_code, line.rate)] = line.base + line.vat - line.gross
        if self.sums is not None:
            self._against_receipts(z, profile, self.sums, found)
        return nonzero(found)

    def _against_receipts(self, z: ZReport, profile: StoreProfile, sums: ReceiptSums, found: dict[Where, Ore]) -> None:
        found[SALES_OF_RECEIPTS] = z.sales_total - sums.sales.get(z.key, 0)
        if z.receipts is not None and z.rounding is not None:
            found[ROUNDING_OF_RECEIPTS] = z.rounding - z.receipts.rounding
        if (rates := self.rates_of_receipts) is not None:
            stated: dict[tuple[str, int], tuple[Ore, Ore]] = {}
            for line in z.vat:
                base, tax = stated.get((line.vat_code, line.rate), (0, 0))
                stated[line.vat_code, line.rate] = (base + line.base, tax + line.vat)
            for key in {*rates, *stated}:
                (base, tax), (own_base, own_tax) = stated.get(key, (0, 0)), rates.get(key, (0, 0))
                found[BASE, row_name(*key)], found[TAX, row_name(*key)] = base - own_base, tax - own_tax
        for receipt, due, lines in sums.unlined.get(z.key, []):
            found[LINES, receipt] = lines - due
        if (paid := self.paid) is None:
            return
        gaps = {tender: -amount for tender, amount in paid.items()}
        for tender in z.tenders:
            gaps[tender.tender] = gaps.get(tender.tender, 0) + tender.amount
        self._without_movements(z, profile, sums, gaps)
        found.update({(PAID, tender): gap for tender, gap in gaps.items()})
        tips = sum(m.amount for m in z.movements if m.kind == TIP_KIND and is_included(m, profile))
        over = sum(paid_ - due for _, due, paid_ in self._unpaid if paid_ > due)
        if self.tips_on_receipts:
            found[TIPS] = tips - over
        for receipt, due, paid_ in self._unpaid:
            if paid_ < due:
                found[PAYMENTS, receipt] = paid_ - due

    def _without_movements(self, z: ZReport, profile: StoreProfile, sums: ReceiptSums, gaps: dict[str, Ore]) -> None:
        """Takes pay-ins, pay-outs and tips out of what the tenders hold beyond the receipts."""
        if self._moves_on_receipts:
            for tender, amount in sums.paid_other[z.key].items():
                gaps[tender] = gaps.get(tender, 0) - amount
            return
        for movement in z.movements:
            if not is_included(movement, profile) or (movement.kind == TIP_KIND and self.tips_on_receipts):
                continue
            amount = into_till(movement)
            tender = movement.tender or next((t for t, gap in sorted(gaps.items()) if gap == amount), self.cash_tender)
            gaps[tender] = gaps.get(tender, 0) - amount

    @cached_property
    def cash_tender(self) -> str:
        """The tender that is cash, for movements that name none; "" when the Z has none."""
        cash = (t.tender for t in self.z.tenders if self.profile.is_cash(t.tender, t.tender_type))
        return next(cash, "")

    def flagged(self, z: ZReport, profile: StoreProfile) -> Flags:
        """The rules that are no sums and do not hold."""
        found = [
            *rule_vat_matches_rate(z, profile),
            *rule_vat_base_is_net(z, profile),
            *(f for f in rule_vat_rate_valid(z) if f.holds),
            *rule_rounding_only_with_cash(z, profile),
        ]
        if z.rounding is None or z.rounding_source is RoundingSource.UNKNOWN:
            found += rule_rounding_known(z, profile)
        return frozenset((f.rule, f.subject) for f in found)

    def suspect(
        self,
        kind: CauseKind,
        subject: str,
        repaired: ZReport,
        bits: int,
        evidence: str,
        profile: StoreProfile | None = None,
    ) -> Suspect | None:
        """The fault that a repair would undo; None when the repair breaks a rule that holds, or changes nothing."""
        rules = profile or self.profile
        flags = self.flagged(repaired, rules)
        effect = minus(self.off, self.residual(repaired, rules))
        raises = self.flags - flags
        # Rounding without cash may be the work of a missing cash tender, the other fault of a pair.
        if any(rule != "rounding_only_with_cash" for rule, _ in flags - self.flags) or not (effect or raises):
            return None
        return Suspect(kind, subject, effect, raises, bits, evidence)

    @cached_property
    def pieces(self) -> list[Piece]:
        """The receipts of this Z, each with what it adds to the sums."""
        return pieces_of(self.day_rows, (self.z.register, self.z.z_number)) if self.sums and self.day_rows else []

    def receipt_effect(self, piece: Piece, sign: int, parts: str = "svpr") -> dict[Where, Ore]:
        """How the equations move when the Z holds a receipt once more (sign 1) or once less (-1) than its receipts.

        `parts`: what of it - s total sales, v VAT, p payments, r rounding, g article groups (whole with s and v unless named apart).
        """
        moved: dict[Where, Ore] = defaultdict(int)
        amount, paid = piece.head.amount, sum(piece.paid.values())
        if "s" in parts:
            moved[TENDERS] -= amount
            moved[VAT] -= amount
            moved[SALES_OF_RECEIPTS] += amount
            if self.z.article_groups:
                moved[GROUPS] -= amount
        if "v" in parts:
            moved[VAT] += amount
            if self.z.article_groups:
                moved[GROUPS] += amount
            for key, (base, tax) in piece.vat.items():
                moved[BASE, row_name(*key)] += base
                moved[TAX, row_name(*key)] += tax
        if "p" in parts:
            moved[TENDERS] += paid
            for tender, part in piece.paid.items():
                moved[PAID, tender] += part
        if "r" in parts and piece.head.rounding and self.z.rounding_source is RoundingSource.COLUMN:
            moved[TENDERS] -= piece.head.rounding
            moved[ROUNDING_OF_RECEIPTS] += piece.head.rounding
        return nonzero({where: sign * each for where, each in moved.items()})


def pieces_of(rows: ReceiptRows, z: tuple[str, str]) -> list[Piece]:
    """The receipts of one Z, in the order of their ids."""
    heads = sorted((head for head in rows.heads if head.z == z), key=lambda head: head.of)
    paid: dict[str, dict[str, Ore]] = defaultdict(lambda: defaultdict(int))
    vat: dict[str, dict[tuple[str, int], tuple[Ore, Ore]]] = defaultdict(dict)
    lines: dict[str, int] = defaultdict(int)
    for payment in rows.payments:
        if payment.z == z:
            paid[payment.of[2]][payment.tender] += payment.amount
    for line in rows.lines:
        if line.z == z:
            lines[line.of[2]] += 1
            if line.stated:
                tax = line.amount - line.amount_excl_vat if line.vat is None else line.vat
                _add(vat[line.of[2]], (line.vat_code or "", line.rate or 0), line.amount_excl_vat, tax)
    if not any(vat.values()):
        for row in rows.vat:
            if row.z == z:
                _add(vat[row.of[2]], (row.vat_code, row.rate), row.base, row.vat)
    return [Piece(head, paid[head.of[2]], vat[head.of[2]], lines[head.of[2]]) for head in heads]


def _add(sums: dict[tuple[str, int], tuple[Ore, Ore]], key: tuple[str, int], base: Ore, tax: Ore) -> None:
    before = sums.get(key, (0, 0))
    sums[key] = (before[0] + base, before[1] + tax)


def sold(piece: Piece) -> bool:
    """Whether the receipt is a cash sale or a return of one."""
    return piece.head.kind in SALES_KINDS
