"""Suspects across registers: the figures of another register stand in this Z.

Belongs here: the other Z-reports of the store-day, and receipts of registers that sent no Z, as a part of this Z.
Does not: the same Z twice (z_unique).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from frontline_pipeline.accounting.causes import CauseKind
from frontline_pipeline.accounting.diagnosis.sheet import (
    BASE,
    GROUPS,
    PAID,
    ROUNDING_OF_RECEIPTS,
    SALES_OF_RECEIPTS,
    TAX,
    TENDERS,
    TIPS,
    VAT,
    Effect,
    Flags,
    Sheet,
    Suspect,
    nonzero,
    pieces_of,
    row_name,
    sold,
)
from frontline_pipeline.accounting.diagnosis.suspects_tenders import SURE
from frontline_pipeline.accounting.from_frames import expected_tenders, into_till
from frontline_pipeline.accounting.mapping import is_included
from frontline_pipeline.accounting.model import RoundingSource, ZReport
from frontline_pipeline.accounting.money import Ore, display
from frontline_pipeline.frames.raw import TIP_KIND


@dataclass(frozen=True)
class Other:
    """What another register adds where its figures stand in this Z; amounts in øre."""

    name: str
    sales: Ore
    rounding: Ore
    tenders: Ore
    paid: Mapping[str, Ore] | None
    vat: Mapping[tuple[str, int], tuple[Ore, Ore]] | None
    expected: Ore
    """What its tenders should be: where they are gone from its own Z."""
    moved: Mapping[str, Ore]
    """Pay-ins less pay-outs by tender, that its tenders hold."""
    tips: Mapping[str, Ore]
    groups: bool = True


_SCOPES = (
    ("all its figures", "stvg"),
    ("its tenders, VAT and article groups", "tvg"),
    ("its tenders and VAT", "tv"),
    ("its tenders", "t"),
    ("its VAT and article groups", "vg"),
    ("its VAT", "v"),
    ("its article groups", "g"),
)


def register_suspects(sheet: Sheet) -> Iterator[Suspect | None]:
    """Figures of another register inside this Z; or this Z's own, gone to another."""
    # With another register's sales in them, VAT rows have more lines than their receipts allow for.
    vat_flags: Flags = frozenset(
        flag for flag in sheet.flags if sheet.sums is not None and flag[0] in ("vat_matches_rate", "vat_base_is_net")
    )
    for other in others(sheet):
        for words, scope in _SCOPES:
            if "g" in scope and not (sheet.z.article_groups and other.groups) and scope != "stvg":
                continue
            effect = _added(sheet, other, scope)
            if effect:
                told = f"the Z holds {words} of {other.name} (sales {display(other.sales)}) as well"
                raises = vat_flags if "v" in scope else frozenset()
                yield Suspect(CauseKind.REGISTERS_MERGED, other.name, effect, raises, SURE + 2, told)
    yield from _gone(sheet)


def others(sheet: Sheet) -> Iterator[Other]:
    """Every other Z of the day, and every register whose receipts came without a Z."""
    for z in sheet.siblings:
        yield _of_z(sheet, z)
    if sheet.sums is None or sheet.day_rows is None:
        return
    known = {(z.register, z.z_number) for z in (sheet.z, *sheet.siblings)}
    for key in sorted(set(sheet.day_rows.zs) - known):
        pieces = [piece for piece in pieces_of(sheet.day_rows, key) if sold(piece)]
        paid: dict[str, Ore] = defaultdict(int)
        vat: dict[tuple[str, int], tuple[Ore, Ore]] = {}
        for piece in pieces:
            for tender, amount in piece.paid.items():
                paid[tender] += amount
            for rate, (base, tax) in piece.vat.items():
                before = vat.get(rate, (0, 0))
                vat[rate] = (before[0] + base, before[1] + tax)
        sales, rounding = sum(p.head.amount for p in pieces), sum(p.head.rounding for p in pieces)
        name = f"register {key[0]}, Z {key[1]}"
        tips: dict[str, Ore] = defaultdict(int)
        for piece in pieces:
            over = sum(piece.paid.values()) - piece.head.amount - piece.head.rounding
            if over > 0:
                tips[list(piece.paid)[-1]] += over
        yield Other(name, sales, rounding, sum(paid.values()), paid, vat, sum(paid.values()), {}, tips)


def _of_z(sheet: Sheet, z: ZReport) -> Other:
    paid: dict[str, Ore] = defaultdict(int)
    for tender in z.tenders:
        paid[tender.tender] += tender.amount
    vat = {(row.vat_code, row.rate): (row.base, row.vat) for row in z.vat}
    expected = expected_tenders(z, sheet.profile)
    name = f"register {z.register}, Z {z.z_number}"
    if not z.tenders and sheet.sums is not None:
        # Its tenders are gone: what they were is what its receipts were paid with.
        paid = defaultdict(int, sheet.sums.paid.get(z.key, {}))
        for tips in (False, True):
            for code, amount in _moved(sheet, z, tips).items() if sum(paid.values()) != expected else ():
                paid[code] += amount
    if not z.vat and sheet.sums is not None:
        vat = dict(sheet.sums.line_vat.get(z.key) or sheet.sums.apart_vat.get(z.key) or {})
    known = sheet.paid is None or sum(paid.values()) == expected
    return Other(
        name,
        z.sales_total,
        z.rounding or 0,
        z.tender_total or expected,
        paid if known else None,
        vat or None,
        expected,
        _moved(sheet, z, tips=False),
        _moved(sheet, z, tips=True),
        bool(z.article_groups),
    )


def _moved(sheet: Sheet, z: ZReport, tips: bool) -> dict[str, Ore]:
    """By tender, what movements put into the tenders: the tips, or all but them."""
    out: dict[str, Ore] = defaultdict(int)
    for movement in z.movements:
        if is_included(movement, sheet.profile) and (movement.kind == TIP_KIND) is tips:
            out[movement.tender or sheet.cash_tender] += into_till(movement)
    return out


def _added(sheet: Sheet, other: Other, scope: str) -> Effect:
    z, receipts = sheet.z, sheet.sums is not None
    moved: dict[tuple[str, str], Ore] = defaultdict(int)
    if "s" in scope:
        # Its pay-ins and pay-outs come along; its rounding only where this Z states its own.
        rounding = other.rounding if z.rounding_source is RoundingSource.COLUMN else 0
        moved[TENDERS] -= other.expected - other.rounding + rounding
        moved[VAT] -= other.sales
        moved[GROUPS] -= other.sales
        moved[SALES_OF_RECEIPTS] += other.sales if receipts else 0
        moved[ROUNDING_OF_RECEIPTS] += rounding if receipts else 0
    if "t" in scope:
        moved[TENDERS] += other.tenders
        for tender, amount in ((other.paid or {}) if sheet.paid is not None else {}).items():
            moved[PAID, tender] += amount
        if "s" in scope and sheet.paid is not None:
            # What its movements put there is known to be no sale.
            for tender, amount in (*other.moved.items(), *(() if sheet.tips_on_receipts else other.tips.items())):
                moved[PAID, tender] -= amount
            moved[TIPS] += sum(other.tips.values()) if sheet.tips_on_receipts else 0
    if "v" in scope:
        moved[VAT] += other.sales
        for key, (base, tax) in ((other.vat or {}) if sheet.rates_of_receipts is not None else {}).items():
            moved[BASE, row_name(*key)] += base
            moved[TAX, row_name(*key)] += tax
    if "g" in scope:
        moved[GROUPS] += other.sales
    if not z.article_groups:
        moved.pop(GROUPS, None)
    return nonzero(moved)


def _gone(sheet: Sheet) -> Iterator[Suspect | None]:
    """This Z has no tenders (or no VAT) of its own: they stand in the Z of a sibling, which has them too many."""
    z = sheet.z
    own = expected_tenders(z, sheet.profile)
    for other in sheet.siblings:
        name = f"register {other.register}, Z {other.z_number}"
        surplus = other.tender_total - expected_tenders(other, sheet.profile)
        if not z.tenders and own and surplus == own:
            effect: dict[tuple[str, str], Ore] = {TENDERS: -own}
            effect |= {where: gap for where, gap in sheet.off.items() if where[0] == PAID}
            words = f"this Z has no tenders, and {name} has {display(own)} too much, just what they should be"
            yield Suspect(CauseKind.REGISTERS_MERGED, name, effect, frozenset(), SURE - 1, words)
        over = sum(row.base + row.vat for row in other.vat) - other.sales_total
        if not z.vat and z.sales_total and over == z.sales_total:
            vat: dict[tuple[str, str], Ore] = {VAT: -z.sales_total}
            vat |= {where: gap for where, gap in sheet.off.items() if where[0] in (BASE, TAX)}
            words = (
                f"this Z has no VAT, and {name} has {display(over)} of base and VAT too much, just what it should be"
            )
            yield Suspect(CauseKind.REGISTERS_MERGED, name, vat, frozenset(), SURE - 1, words)
