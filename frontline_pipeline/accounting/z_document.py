"""The Z-report as a document: what kassasystemforskrifta s. 2-8-2 and 2-8-3 ask it to show, in Norwegian.

Belongs here: which rows the document has and what they say, from the proven Z.
Does not: pages and bytes (z_pdf.py), attaching it (office/attachments.py).

It is a copy made from the extract for the ledger's archive and says so: the register's own Z stays the primary document.
What the extract does not carry is named as missing and never shown as zero. No names of people: operators are not in it,
and who counted is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from frontline_pipeline.accounting.model import RoundingSource, ZReport
from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.accounting.vat import rate_text
from frontline_pipeline.accounting.voucher_text import movement_word, tender_word
from frontline_pipeline.accounting.z_statistics import ZStatistics

OSLO = ZoneInfo("Europe/Oslo")

_ROUNDING = {
    RoundingSource.COLUMN: "oppgitt av kassen",
    RoundingSource.RECEIPTS: "sum av kvitteringene",
    RoundingSource.NO_RECEIPTS: "ingen salg",
    RoundingSource.DERIVED: "beregnet som differanse",
    RoundingSource.UNKNOWN: "ikke kjent",
}
_COUNTED = {
    "m": "Skuffåpninger uten salg",
    "n": "Kvitteringskopier",
    "o": "Foreløpige kvitteringer",
    "p": "Returkvitteringer",
    "q": "Rabatter",
    "r": "Avbrutte salg",
    "s": "Linjekorreksjoner",
    "t": "Prisundersøkelser",
    "u": "Andre korreksjoner",
    "v": "Utleveringskvitteringer",
    "w": "Treningskvitteringer",
}
_NOTE = (
    "Laget fra kassens uttrekk etter kontroll av regnestykkene. Kassens egen Z-rapport er primærdokumentet "
    "(kassasystemforskrifta § 2-8-2 og § 2-8-3)."
)


@dataclass(frozen=True, slots=True)
class Section:
    """A table: its title, its column heads (the first is left-aligned, the others right), its rows of texts."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ZDocument:
    """The whole document; `facts` are pairs of label and text, `notes` stand at the end."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]


def z_document(
    z: ZReport, company_name: str, organisation_number: str, statistics: ZStatistics | None = None
) -> ZDocument:
    """The document of a proven Z of the company; `statistics` adds the letters k and m to w where the extract has them.

    The letters of s. 2-8-2 stand in brackets. Equal arguments give equal documents. Amounts are in kroner.
    """
    figures = statistics or ZStatistics()
    sections = (
        _totals(z, figures),
        _groups(z, figures),
        _tenders(z),
        _vat(z),
        _movements(z),
        _counts(z),
        _counted(z, figures),
        _grand_totals(z),
    )
    notes = [_NOTE]
    if missing := _missing(z, figures):
        notes.append(f"Ikke i uttrekket, se kassens egen rapport: {', '.join(missing)}.")
    if z.source_sha256:
        notes.append(f"Kilde (SHA-256): {z.source_sha256}")
    return ZDocument(
        title=f"Z-rapport nr. {z.z_number}",
        facts=(
            ("Foretak", company_name),
            ("Organisasjonsnummer", organisation_number),
            ("Butikk", z.store),
            ("Kassapunkt", z.register),
            ("Z-nummer", z.z_number),
            ("Salgsdag", f"{z.business_day:%d.%m.%Y}"),
            ("Åpnet", _moment(z.opened_at)),
            ("Tatt ut", _moment(z.closed_at)),
        ),
        sections=tuple(section for section in sections if section.rows),
        notes=tuple(notes),
    )


def kroner_text(amount: Ore | None) -> str:
    """Øre as Norwegian text: `-1 234,50`; "" for None."""
    if amount is None:
        return ""
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100:,}".replace(",", "\N{NO-BREAK SPACE}") + f",{abs(amount) % 100:02d}"


def _moment(value: dt.datetime | None) -> str:
    if value is None:
        return "ikke oppgitt"
    return f"{value.astimezone(OSLO) if value.tzinfo else value:%d.%m.%Y %H:%M:%S}"


def _named(name: str, more: str | None) -> str:
    return f"{name} ({more})" if more else name


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _totals(z: ZReport, figures: ZStatistics) -> Section:
    rows = [
        ("Kontantsalg inkl. mva. (e)", kroner_text(z.sales_total)),
        (f"Øreavrunding ({_ROUNDING[z.rounding_source]})", kroner_text(z.rounding)),
        ("Sum betalingsmidler (g)", kroner_text(z.tender_total)),
    ]
    if figures.opening_float is not None:
        rows.append(("Inngående vekselbeholdning (k)", kroner_text(figures.opening_float)))
    if z.credit_sales or z.credit_memos:
        rows.append(("Kredittsalg med kvittering", kroner_text(z.credit_sales)))
        rows.append(("Retur av kredittsalg", kroner_text(z.credit_memos)))
    return Section("Oppgjør", ("", "Beløp"), tuple(rows))


def _groups(z: ZReport, figures: ZStatistics) -> Section:
    counts = dict(figures.group_counts)
    rows = [
        (_named(each.article_group, each.group_type), counts.get(each.article_group, ""), kroner_text(each.amount))
        for each in z.article_groups
    ]
    return Section("Varegrupper (f)", ("Gruppe", "Antall", "Beløp"), tuple(rows))


def _tenders(z: ZReport) -> Section:
    rows = []
    for each in z.tenders:
        word = tender_word(each.tender_type)
        foreign = f", {each.currency}" if each.currency != "NOK" else ""
        label = f"{each.tender} ({word}{foreign})" if word else f"{each.tender}{foreign}"
        rows.append((label, _number(each.count), kroner_text(each.amount)))
    return Section("Betalingsmidler (g)", ("Betalingsmiddel", "Antall", "Beløp"), tuple(rows))


def _vat(z: ZReport) -> Section:
    rows = [
        (
            f"{rate_text(each.rate).replace('.', ',')} (kode {each.vat_code})",
            kroner_text(each.base),
            kroner_text(each.vat),
            kroner_text(each.base + each.vat),
        )
        for each in z.vat
    ]
    if rows:
        base, vat = sum(each.base for each in z.vat), sum(each.vat for each in z.vat)
        rows.append(("Sum", kroner_text(base), kroner_text(vat), kroner_text(base + vat)))
    return Section("Merverdiavgift (j)", ("Sats", "Grunnlag", "Mva.", "Inkl. mva."), tuple(rows))


def _movements(z: ZReport) -> Section:
    rows = [(_named(movement_word(each.kind), each.tender), kroner_text(each.amount)) for each in z.movements]
    return Section("Inn- og utbetalinger, tips (i, annet ledd)", ("Art", "Beløp"), tuple(rows))


def _counts(z: ZReport) -> Section:
    rows = [
        (
            _named(each.tender, each.drawer and f"skuff {each.drawer}"),
            kroner_text(each.expected),
            kroner_text(each.counted),
            kroner_text(each.difference),
        )
        for each in z.counts
    ]
    return Section("Opptelling", ("Betalingsmiddel", "Forventet", "Talt", "Differanse"), tuple(rows))


def _counted(z: ZReport, figures: ZStatistics) -> Section:
    rows = [("Salgskvitteringer (l)", str(z.receipt_count), "")]
    shown = [each for each in figures.counted if each.count is not None or each.amount is not None]
    if not any(each.letter == "p" for each in shown):
        rows.append((f"{_COUNTED['p']} (p)", str(z.return_count), ""))
    rows += [
        (f"{_COUNTED[each.letter]} ({each.letter})", _number(each.count), kroner_text(each.amount)) for each in shown
    ]
    return Section("Kvitteringer og hendelser", ("", "Antall", "Beløp"), tuple(rows))


def _grand_totals(z: ZReport) -> Section:
    pairs = (
        ("Grand total salg (x)", z.grand_total_sales),
        ("Grand total retur (y)", z.grand_total_return),
        ("Grand total netto (z)", z.grand_total_net),
    )
    rows = tuple((label, kroner_text(amount)) for label, amount in pairs if amount is not None)
    return Section("Akkumulert på kassapunktet", ("", "Beløp"), rows)


def _missing(z: ZReport, figures: ZStatistics) -> tuple[str, ...]:
    """Names of what the law lists and the extract does not carry; groups and operators only where supported."""
    names: list[str] = ["salg per operatør (h)"]
    if z.closed_at is None:
        names.append("klokkeslett (c)")
    if not z.article_groups:
        names.append("varegrupper (f)")
    if figures.opening_float is None:
        names.append("inngående vekselbeholdning (k)")
    said = {each.letter for each in figures.counted if each.count is not None or each.amount is not None}
    names += [
        f"{word[0].lower()}{word[1:]} ({letter})" for letter, word in _COUNTED.items() if letter not in said | {"p"}
    ]
    names += _without(
        ("grand total salg (x)", z.grand_total_sales),
        ("grand total retur (y)", z.grand_total_return),
        ("grand total netto (z)", z.grand_total_net),
    )
    return tuple(names)


def _without(*pairs: tuple[str, Ore | None]) -> Iterable[str]:
    return [name for name, amount in pairs if amount is None]
