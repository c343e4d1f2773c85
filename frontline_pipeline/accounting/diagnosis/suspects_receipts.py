"""Suspects among receipts: returns, sales on account, and single receipts that one side has once too often or not at all.

Belongs here: what a Z states of its returns and credit sales, and each delivered receipt, as a fault of the totals.
Does not: whether a receipt ties by itself (receipts.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import (
    BASE,
    GROUPS,
    PAID,
    ROUNDING_OF_RECEIPTS,
    SALES_OF_RECEIPTS,
    TAX,
    TENDERS,
    VAT,
    Effect,
    Fitting,
    Flags,
    Piece,
    Sheet,
    Suspect,
    sold,
)
from frontline_pipeline.accounting.diagnosis.suspects_tenders import LIKELY, POSSIBLE, SURE
from frontline_pipeline.accounting.model import RoundingSource
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.accounting.receipt_facts import LIMIT_PER_RECEIPT
from frontline_pipeline.accounting.receipt_rows import CREDIT_KINDS
from frontline_pipeline.accounting.vat import rate_text, vat_fits

MANY = 400
"""Receipts up to which every one is tried in every part of the totals; of more, only those whose amount fits."""

FEW = 8
"""Lines that one receipt may have in a rate, as far as its VAT is judged."""
_OF_A_RECEIPT = frozenset({SALES_OF_RECEIPTS[0], ROUNDING_OF_RECEIPTS[0], TENDERS[0], PAID, BASE, TAX})

_PARTS = (
    ("svpr", "all totals"),
    ("svp", "sales, VAT and tenders"),
    ("sv", "sales and VAT"),
    ("s", "total sales"),
    ("v", "VAT and article groups"),
    ("p", "the tenders"),
)


def return_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """All returns together, from what the Z or its receipts say they are; single ones are receipts."""
    z = sheet.z
    returned = {abs(z.return_amount)} if z.return_amount else set()
    if sheet.pieces:
        returned.add(abs(sum(p.head.amount for p in sheet.pieces if p.head.kind == "return")))
    many = f"the {z.return_count} returns" if z.return_count != 1 else "the return"
    for amount in sorted(returned - {0}):
        for sign, verb in ((-1, "twice"), (1, "not at all")):
            for where in ("sales", "sales and groups", "tenders"):
                effect = _moved(sheet, sign * amount, where)
                words = (
                    f"{many} of {display(amount)} {'are' if z.return_count != 1 else 'is'} taken off the {where} {verb}"
                )
                yield Suspect(CauseKind.RETURN_MISCOUNTED, "return", effect, frozenset(), LIKELY - 1, words)


def _moved(sheet: Sheet, amount: Ore, where: str) -> Effect:
    """Where the Z's sales or tenders alone are too high by `amount`; what its receipts say of tenders is left to them."""
    if where == "tenders":
        return {TENDERS: amount}
    effect = {TENDERS: -amount, VAT: -amount}
    if sheet.z.article_groups and where == "sales":
        effect[GROUPS] = -amount
    if sheet.sums is not None:
        effect[SALES_OF_RECEIPTS] = amount
    return effect


def account_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Sales on account inside the totals of cash sales: what the Z states of them, and each such receipt."""
    z = sheet.z
    told: list[tuple[Ore, str]] = []
    if z.credit_sales:
        told.append((z.credit_sales, f"credit sales are {display(z.credit_sales)}"))
    if z.credit_memos:
        told.append(
            (
                z.credit_sales - z.credit_memos,
                f"credit sales less their returns are {display(z.credit_sales - z.credit_memos)}",
            )
        )
    for amount, words in told:
        for where, effect in _totals_with(sheet, amount):
            text = f"{words}, and {where} hold them as well"
            yield Suspect(CauseKind.ON_ACCOUNT_AS_SALE, "credit sales", effect, frozenset(), LIKELY - 1, text)
    credit = [piece for piece in sheet.pieces if piece.head.kind in CREDIT_KINDS]
    for piece in credit:
        whole = replace_head(piece)
        for parts, where in (("sv", "sales, VAT and article groups"), ("s", "total sales"), ("p", "the tenders")):
            effect = sheet.receipt_effect(whole, 1, parts)
            words = f"receipt {piece.head.of[2]} of {display(piece.head.amount)} is a sale on account, and stands in {where}"
            yield Suspect(CauseKind.ON_ACCOUNT_AS_SALE, "credit sales", effect, _rates_of(sheet, piece), SURE, words)


def replace_head(piece: Piece) -> Piece:
    """The receipt without rounding: what is on account is not rounded."""
    return piece._replace(head=piece.head._replace(rounding=0))


def _totals_with(sheet: Sheet, amount: Ore) -> Iterator[tuple[str, Effect]]:
    z = sheet.z
    sales: dict[tuple[str, str], Ore] = {TENDERS: -amount, VAT: -amount}
    if sheet.sums is not None:
        sales[SALES_OF_RECEIPTS] = amount
    if z.article_groups:
        yield "total sales", {**sales, GROUPS: -amount}
    else:
        yield "total sales", sales
    yield "total sales and article groups", sales
    if sheet.rates_of_receipts is None:
        without_vat = {where: each for where, each in sales.items() if where != VAT}
        yield "total sales, VAT and article groups", without_vat
    if sheet.paid is None:
        yield "the tenders", {TENDERS: amount}
    else:
        for tender in sorted({t.tender for t in z.tenders}):
            yield f"the tenders ({tender})", {TENDERS: amount, (PAID, tender): amount}


def _rates_of(sheet: Sheet, piece: Piece) -> Flags:
    """The VAT flags that a receipt too many or too few can raise."""
    rates = {rate for _, rate in piece.vat}
    return frozenset(
        (rule, subject)
        for rule, subject in sheet.flags
        if rule in ("vat_matches_rate", "vat_base_is_net") and any(subject == rate_text(rate) for rate in rates)
    )


def receipt_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Each receipt once more or once less in the Z than among the receipts; a repeated one; one that is a return."""
    pieces = [piece for piece in sheet.pieces if sold(piece) and piece.head.amount]
    sizes = {abs(amount) for amount in sheet.off.values()}
    if len(pieces) > MANY:
        pieces = [piece for piece in pieces if {abs(piece.head.amount), abs(sum(piece.paid.values()))} & sizes]
    alike = Counter(_content(piece) for piece in pieces)
    bits = len(pieces).bit_length()  # which one of them
    for piece in pieces:
        repeated = alike[_content(piece)] > 1
        raises = _rates_of(sheet, piece)
        for parts, where in _PARTS:
            for sign in (1, -1):
                effect = sheet.receipt_effect(piece, sign, parts)
                if effect:
                    in_part = 0 if parts == "svpr" else 4
                    yield _receipt(piece, sign, where, parts, repeated, effect, raises, bits + in_part)


def _content(piece: Piece) -> tuple[object, ...]:
    """What makes two receipts the same: all but their ids."""
    head = piece.head
    return (
        head.kind,
        head.amount,
        head.rounding,
        head.occurred_at,
        tuple(sorted(piece.paid.items())),
        tuple(sorted(piece.vat.items())),
    )


def _receipt(
    piece: Piece,
    sign: int,
    where: str,
    parts: str,
    repeated: bool,
    effect: Effect,
    raises: Flags,
    bits: int,
) -> Suspect:
    name, amount = piece.head.of[2], display(piece.head.amount)
    if piece.head.kind == "return":
        verb = "twice" if sign > 0 else "not at all"
        words = f"return {name} of {amount} is in {where} {verb}"
        return Suspect(CauseKind.RETURN_MISCOUNTED, "return", effect, raises, SURE + bits, words)
    if sign > 0:
        words = f"it is receipt {name} of {amount}: in {where} of the Z twice, or another one like it was not delivered"
        return Suspect(CauseKind.RECEIPT_DOUBLED, f"receipt {name}", effect, raises, SURE + bits, words)
    if repeated and parts == "svpr":
        words = f"receipt {name} of {amount} stands among the receipts more than once, with the same time and content"
        return Suspect(CauseKind.RECEIPT_DOUBLED, f"receipt {name}", effect, raises, SURE, words)
    words = f"it is the amount of receipt {name}, {amount}: not in {where} of the Z"
    return Suspect(CauseKind.RECEIPT_MISSING, f"receipt {name}", effect, raises, SURE + bits, words)


def undelivered(sheet: Sheet) -> Iterator[Fitting]:
    """One receipt that the Z counts and that was not delivered: what is left has one size everywhere."""
    if sheet.sums is not None:
        yield Fitting(partial(_undelivered, sheet))


def _undelivered(sheet: Sheet, left: Effect) -> Suspect | None:
    z = sheet.z
    amount = left.get(SALES_OF_RECEIPTS, 0)
    if amount <= 0 or any(where[0] not in _OF_A_RECEIPT for where in left):
        return None
    paid = {tender: gap for (name, tender), gap in left.items() if name == PAID}
    from_receipts = z.rounding_source is RoundingSource.RECEIPTS
    rounding = left.get(TENDERS if from_receipts else ROUNDING_OF_RECEIPTS, 0)
    if (TENDERS in left and not from_receipts) or abs(rounding) > LIMIT_PER_RECEIPT:
        return None
    if sheet.paid is not None and (sum(paid.values()) != amount + rounding or min(paid.values(), default=0) < 0):
        return None
    if sheet.rates_of_receipts is not None and not _one_receipts_vat(left, amount):
        return None
    counted = z.receipt_count + z.return_count - (z.receipts.count if z.receipts else 0)
    if not 0 <= counted <= 2:
        return None
    gap = _gap(sheet.pieces)
    how = " and ".join(f"{display(part)} with {tender}" for tender, part in sorted(paid.items()))
    words = f"the Z has one receipt more than were delivered: {display(amount)}{', paid ' + how if how else ''}"
    words += f"; by the numbers it is {gap}" if gap else ""
    raises = frozenset(flag for flag in sheet.flags if flag[0] in ("vat_matches_rate", "vat_base_is_net"))
    bits = (SURE if gap else POSSIBLE + 4) + (0 if counted == 1 else 8)
    return Suspect(CauseKind.RECEIPT_MISSING, f"receipt {gap}" if gap else "receipt", left, raises, bits, words)


def _one_receipts_vat(left: Effect, amount: Ore) -> bool:
    """Base and VAT per rate are those of goods for `amount`: each VAT that of its base, to a few øre."""
    rows = {name for where, name in left if where in (BASE, TAX)}
    pairs = {name: (left.get((BASE, name), 0), left.get((TAX, name), 0)) for name in rows}
    if sum(base + tax for base, tax in pairs.values()) != amount:
        return False
    return all(
        base >= 0 <= tax and vat_fits(base, tax, int(name.rpartition("@")[2]), FEW)
        for name, (base, tax) in pairs.items()
    )


def _gap(pieces: list[Piece]) -> str:
    """The one number that is missing among receipt ids of one form, as `102-3` between 102-2 and 102-4; "" otherwise."""
    ids = [piece.head.of[2] for piece in pieces]
    prefix = _prefix(ids)
    tails = [each[len(prefix) :] for each in ids]
    if not ids or not all(tail.isdigit() for tail in tails):
        return ""
    numbers = sorted({int(tail) for tail in tails})
    missing = [n for low, high in pairwise(numbers) for n in range(low + 1, min(high, low + 3))]
    return f"{prefix}{missing[0]}" if len(missing) == 1 else ""


def _prefix(ids: list[str]) -> str:
    """What all ids begin with, digits at its end left to the numbers."""
    first, last = min(ids, default=""), max(ids, default="")
    size = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:size].rstrip("0123456789")
