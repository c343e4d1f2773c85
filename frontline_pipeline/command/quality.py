"""`frontline quality`: months of extracts checked before go-live. Sends nothing, writes nothing but the page that was asked for.

Belongs here: opening what is to be read, printing, JSON. Does not: the checks (quality*.py), the page (quality_page.py).
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.quality_page import page
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.landing import import_files
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.office.products import Products
from frontline_pipeline.opening import open_ledger, open_register
from frontline_pipeline.posting import links
from frontline_pipeline.quality import EARLIEST, check_days
from frontline_pipeline.quality_masters import Masters, check_masters
from frontline_pipeline.quality_online import check_categories, check_client_of, check_register
from frontline_pipeline.quality_report import Item, Part, Report, in_order
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline.store_day import Verdict


def quality(
    context: Context,
    extracts: Path | None,
    company: str | None,
    *,
    online: bool,
    html: Path | None,
    as_json: bool,
) -> Exit:
    """Exit code 1 when anything must be mended. Raises UsageError for a path that holds nothing to read."""
    if company is not None:
        context.company(company)
    profiles = [each for each in context.settings.profiles() if company in (None, each.company_code)]
    with _source(context, extracts) as (source, refused):
        with _progress(context) as progress:
            gathered = check_days(source, profiles, EARLIEST, context.today(), progress)
        masters = check_masters(source, profiles, gathered.days)
    items = [*refused, *gathered.items, *(item for each in masters.values() for item in each.items)]
    numbers: dict[str, dict[str, int]] = {}
    if online:
        items += _online(context, profiles, gathered.days, masters, numbers)
    days = sorted(day for each in gathered.days.values() for day in each)
    report = Report(
        stores=tuple(each.code for each in profiles),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        verdicts={verdict: gathered.verdicts[verdict] for verdict in Verdict},
        items=in_order(items),
        numbers=numbers,
        online=online,
    )
    if html is not None:
        html.write_text(page(report), encoding="utf-8")
    if as_json:
        context.terminal.raw(json.dumps(as_dict(report), ensure_ascii=False, indent=2))
    else:
        _show(context, report)
        if html is not None:
            context.terminal.note(f"The report as a page: {html}")
    return Exit.OK if report.ready else Exit.HELD


@contextmanager
def _progress(context: Context) -> Iterator[Callable[[str, dt.date], None]]:
    """Tells which store-day is walked, where somebody watches."""
    if not context.terminal.err.is_terminal:
        yield lambda store, day: None
        return
    with context.terminal.err.status("reading") as status:
        yield lambda store, day: status.update(f"{store} {day}")


@contextmanager
def _source(context: Context, path: Path | None) -> Iterator[tuple[Extracts, list[Item]]]:
    """What to read: a folder of extracts, SAF-T files (split into a folder that is gone afterwards), or the settings' source."""
    if path is None:
        yield context.extracts, []
        return
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder.")
    saft = path.is_file() or any(entry.suffix.lower() == ".xml" for entry in path.iterdir())
    if not saft:
        yield FileExtracts(path), []
        return
    with tempfile.TemporaryDirectory(prefix="frontline-quality-") as folder:
        landing = Path(folder)
        report = import_files([path], context.settings, landing)
        refused = [
            Item(
                Part.EXTRACTS,
                f"{Path(file.file).name} was refused",
                True,
                str(file.error) if file.error is not None else str(file.conflicts[0]),
                file.error.next_step if file.error is not None else "see which of the two files is right",
                count=1,
            )
            for file in report.files
            if not file.ok
        ]
        yield FileExtracts(landing), refused


def _online(
    context: Context,
    profiles: Sequence[StoreProfile],
    days: dict[str, list[dt.date]],
    masters: dict[str, Masters],
    numbers: dict[str, dict[str, int]],
) -> list[Item]:
    items: list[Item] = []
    for company, found in masters.items():
        mine = [day for each in profiles if each.company_code == company for day in days[each.code]]
        ledger = open_ledger(context.loaded, company)
        client = check_client_of(context.settings, company, ledger, mine, context.today())
        items += client
        if any(
            item.what in (f"companies.{company}.organisation_number", f"companies.{company}.office") for item in client
        ):
            # Nothing of another company's client is of use, and one that does not answer has none.
            continue
        rules = context.settings.companies[company].masterdata
        if rules is None:
            continue
        if rules.customers is not None and found.customers is not None:
            register = open_register(context.loaded, company, links.CUSTOMER, ledger.session)
            told, more = check_register(company, Part.CUSTOMERS, found.customers, register)
            numbers[f"{company}: customers"] = told
            items += more
        if rules.products is not None and found.products is not None:
            register = open_register(context.loaded, company, links.PRODUCT, ledger.session)
            told, more = check_register(company, Part.PRODUCTS, found.products, register)
            numbers[f"{company}: products"] = told
            items += [*more, *check_categories(company, found.products, Products(ledger.session))]
    return items


def _show(context: Context, report: Report) -> None:
    terminal = context.terminal
    span = f"{report.first} to {report.last}" if report.first else "no store-day at all"
    terminal.say(f"{counted(len(report.stores), 'store')} ({', '.join(report.stores)}), {span}")
    terminal.table("", ("store-days", "number"), [(v.value, n) for v, n in report.verdicts.items() if n])
    for name, counts in report.numbers.items():
        terminal.table(name, ("in 24SevenOffice", "number"), [(what, n) for what, n in counts.items() if n])
    for title, items in (("To mend, most blocking first", report.blocking), ("Worth a look", report.others)):
        if items:
            terminal.table(
                title,
                ("about", "what", "days", "number", "for example", "why", "what to do"),
                [
                    (i.part.value, i.what, i.days or "", i.count or "", ", ".join(i.examples), i.message, i.next_step)
                    for i in items
                ],
            )
    terminal.say(report.verdict, "green" if report.ready else "bold red")


def as_dict(report: Report) -> dict[str, object]:
    """The report for programs."""
    return {
        "ready": report.ready,
        "verdict": report.verdict,
        "online": report.online,
        "stores": list(report.stores),
        "first": report.first.isoformat() if report.first else None,
        "last": report.last.isoformat() if report.last else None,
        "store_days": {each.value: number for each, number in report.verdicts.items()},
        "in_24sevenoffice": report.numbers,
        "items": [
            {
                "part": item.part.value,
                "what": item.what,
                "blocks": item.blocks,
                "days": item.days,
                "count": item.count,
                "examples": list(item.examples),
                "message": item.message,
                "next_step": item.next_step,
            }
            for item in report.items
        ],
    }
