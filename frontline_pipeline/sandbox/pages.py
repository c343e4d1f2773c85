"""What a person or a test may look at: the ledger as a page and as JSON.

Belongs here: rendering vouchers and statistics, everything escaped.
Does not: routing (app.py), anything that changes the ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape

from frontline_pipeline.sandbox.ledger_attachments import Attachment, AttachmentBook
from frontline_pipeline.sandbox.ledger_records import KINDS_BY_PAGE, Record, RecordBook
from frontline_pipeline.sandbox.ledger_store import ClientRow, LedgerStore
from frontline_pipeline.sandbox.ledger_vouchers import Line, Voucher, VoucherBook
from frontline_pipeline.sandbox.wire import OSLO

#: A page of more vouchers than this is slow to read and to draw; JSON has them all.
PAGE_LIMIT = 200

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #6a7385; --line: #e2e6ee; --card: #fff; --back: #f5f7fa;
  --posted: #0b7a53; --draft: #9a6200; --accent: #2456c9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --soft: #98a2b6; --line: #303848; --card: #1b212c;
  --back: #12161e; --posted: #4cc596; --draft: #e0ac52; --accent: #8fb0ff; } }
* { box-sizing: border-box; } body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); } a { color: var(--accent); }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
nav a { padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 99px; background: var(--card);
  text-decoration: none; } nav a[aria-current] { border-color: var(--accent); font-weight: 600; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; margin: .9rem 0;
  overflow-x: auto; }
header.v { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; padding: .7rem 1rem; }
header.v strong { font-size: 1.02rem; } .badge { font-size: .78rem; font-weight: 600; padding: 0 .55rem;
  border: 1px solid currentColor; border-radius: 99px; } .posted { color: var(--posted); } .draft { color: var(--draft); }
table { border-collapse: collapse; width: 100%; min-width: 50rem; table-layout: fixed;
  font-variant-numeric: tabular-nums; }
th:nth-child(1) { width: 26%; } th:nth-child(3) { width: 8%; } th:nth-child(4) { width: 16%; }
th:nth-child(n+5) { width: 12%; }
th, td { text-align: left; padding: .3rem 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere;
  vertical-align: baseline; }
th { font-weight: 500; color: var(--soft); font-size: .82rem; } .n { text-align: right; white-space: nowrap; } tfoot td { font-weight: 600; }
"""


def kroner(ore: int) -> str:
    """Øre as kroner with two decimals and a dot: `-1234.50`."""
    return f"{Decimal(ore).scaleb(-2):.2f}"


def _pretty(ore: int) -> str:
    return f"{Decimal(ore).scaleb(-2):,.2f}".replace(",", "\N{NO-BREAK SPACE}") if ore else ""


def vouchers_json(vouchers: Iterable[Voucher]) -> list[dict[str, object]]:
    """Vouchers as plain data; amounts as text in kroner and as whole øre, debit positive."""
    return [
        {
            "client": voucher.client,
            "state": voucher.state,
            "year": voucher.year,
            "series": voucher.series_id,
            "type": voucher.type_number,
            "number": voucher.transaction_no,
            "name": voucher.bundle_name,
            "system_vat": voucher.system_vat,
            "saved_at": voucher.saved_at.isoformat() + "Z",
            "lines": [_line_json(line) for line in voucher.lines],
        }
        for voucher in vouchers
    ]


def _line_json(line: Line) -> dict[str, object]:
    return {
        "account": line.account,
        "date": line.day.isoformat(),
        "amount": kroner(line.amount_ore),
        "amount_ore": line.amount_ore,
        "system_vat_ore": line.vat_ore,
        "tax_number": line.tax_number,
        "customer": line.customer,
        "department": line.department,
        "project": line.project,
        "dimensions": [list(each) for each in line.dimensions],
        "invoice_no": line.invoice_no,
        "ocr": line.ocr,
        "comment": line.comment,
        "currency": line.currency,
        "stamp_no": line.stamp_no,
    }


def attachments_json(attachments: Iterable[Attachment]) -> list[dict[str, object]]:
    """Saved attachments as plain data, without their bytes."""
    return [
        {
            "type": each.type,
            "stamp_no": each.stamp_no,
            "location": each.location,
            "name": each.name,
            "size": each.size,
            "saved_at": each.saved_at.isoformat() + "Z",
        }
        for each in attachments
    ]


def records_json(records: Iterable[Record]) -> list[dict[str, object]]:
    """Companies, products, categories or orders as plain data: their elements as they are stored."""
    return [
        {
            "id": each.id,
            "active": each.active,
            "registered_at": each.registered_at.isoformat() + "Z",
            "changed_at": each.changed_at.isoformat() + "Z",
            "fields": each.fields,
        }
        for each in records
    ]


def media_type(type_: str) -> str:
    """The content type of an ImageType; what a browser could run is never served as such."""
    known = {
        "Pdf": "application/pdf",
        "Png": "image/png",
        "Jpeg": "image/jpeg",
        "Gif": "image/gif",
        "Tiff": "image/tiff",
    }
    return known.get(type_, "application/octet-stream")


def ledger_page(
    store: LedgerStore, book: VoucherBook, attachments: AttachmentBook, records: RecordBook, wanted: str | None
) -> str:
    """The page at `/`: all clients, or the one whose code is `wanted`, with their vouchers and drafts."""
    clients = store.clients()
    shown = [client for client in clients if wanted is None or client.code == wanted]
    links = [_link("/", "All clients", wanted is None)]
    links += [_link(f"/?client={each.code}", each.name, each.code == wanted) for each in clients]
    body = "".join(_client_section(store, book, attachments, records, client) for client in shown)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Sandbox ledger</title><style>{_STYLE}</style></head><body><main>"
        '<h1>Sandbox ledger</h1><p class="soft">A stand-in of 24SevenOffice. Nothing here is real bookkeeping.</p>'
        f"<nav>{''.join(links)}</nav>{body}</main></body></html>"
    )


def _link(target: str, text: str, current: bool) -> str:
    mark = ' aria-current="page"' if current else ""
    return f'<a href="{escape(target)}"{mark}>{escape(text)}</a>'


def _client_section(
    store: LedgerStore, book: VoucherBook, attachments: AttachmentBook, records: RecordBook, client: ClientRow
) -> str:
    names = {account.number: account.name for account in store.accounts(client.code)}
    types = {each.number: each.title for each in store.voucher_types(client.code)}
    posted, drafts = book.count(client.code)
    vouchers = book.vouchers(client.code, limit=PAGE_LIMIT)
    years = ", ".join(f"{each.year}{' (locked)' if each.locked else ''}" for each in store.fiscal_years(client.code))
    cut = f" · the latest {PAGE_LIMIT} are shown" if posted + drafts > PAGE_LIMIT else ""
    files = {each.stamp_no: each for each in attachments.saved(client.code)}
    registers = " · ".join(
        f'<a href="{page}?client={client.code}">{records.count(client.code, kind)} {page.rpartition("/")[2]}</a>'
        for page, kind in KINDS_BY_PAGE.items()
    )
    cards = "".join(_card(voucher, names, types, files) for voucher in vouchers)
    return (
        f'<section><h2>{escape(client.name)}</h2><p class="soft">{escape(client.organisation_number)} · fiscal years'
        f" {years or 'none'} · {posted} posted, {drafts} drafts{cut}</p>"
        f'<p class="soft">{registers}</p>'
        f"{cards or '<p>No voucher yet.</p>'}</section>"
    )


def _card(voucher: Voucher, names: Mapping[int, str], types: Mapping[int, str], files: Mapping[int, Attachment]) -> str:
    saved = voucher.saved_at.replace(tzinfo=dt.UTC).astimezone(OSLO)
    days = sorted({line.day for line in voucher.lines})
    span = f"{days[0]}" if len(days) == 1 else f"{days[0]} - {days[-1]}"
    debit = sum(line.amount_ore for line in voucher.lines if line.amount_ore > 0)
    credit = sum(line.amount_ore for line in voucher.lines if line.amount_ore < 0)
    name = f"<span>{escape(voucher.bundle_name)}</span>" if voucher.bundle_name else ""
    note = '<span class="soft">VAT computed by the system</span>' if voucher.system_vat else ""
    stamps = sorted({line.stamp_no for line in voucher.lines if line.stamp_no})
    links = "".join(_file_link(voucher.client, stamp, files.get(stamp)) for stamp in stamps)
    rows = "".join(_row(line, names) for line in voucher.lines)
    return (
        f'<article><header class="v"><strong>{voucher.transaction_no}/{voucher.year}</strong>'
        f'<span class="badge {voucher.state}">{voucher.state}</span><span>{span}</span>'
        f"<span>{escape(types.get(voucher.type_number, str(voucher.type_number)))}</span>{name}{note}{links}"
        f'<span class="soft">saved {saved:%Y-%m-%d %H:%M}</span></header>'
        "<table><thead><tr><th>Account</th><th>Text</th><th>Tax code</th><th>Reference</th>"
        '<th class="n">Debit</th><th class="n">Credit</th></tr></thead>'
        f'<tbody>{rows}</tbody><tfoot><tr><td colspan="4">Sum</td><td class="n">{_pretty(debit)}</td>'
        f'<td class="n">{_pretty(-credit)}</td></tr></tfoot></table></article>'
    )


def _file_link(client: str, stamp: int, file: Attachment | None) -> str:
    if file is None:
        return f'<span class="soft">attachment {stamp} is missing</span>'
    target = f"/_sandbox/attachments?client={client}&amp;stamp={stamp}"
    return f'<a href="{target}">attachment {stamp} ({escape(file.type)}, {file.size} bytes)</a>'


def _row(line: Line, names: Mapping[int, str]) -> str:
    extras = [f"customer {line.customer}"] if line.customer else []
    extras += [f"department {line.department}"] if line.department else []
    extras += [f"project {line.project}"] if line.project else []
    extras += [f"{type_id}: {value}" for type_id, value in line.dimensions]
    text = " · ".join([*([line.comment] if line.comment else []), *extras])
    debit, credit = max(line.amount_ore, 0), max(-line.amount_ore, 0)
    return (
        f"<tr><td>{line.account} {escape(names.get(line.account, ''))}</td>"
        f'<td class="text">{escape(text)}</td><td>{escape(line.tax_number if line.tax_number != "0" else "")}</td>'
        f'<td>{escape(line.invoice_no)}</td><td class="n">{_pretty(debit)}</td><td class="n">{_pretty(credit)}</td></tr>'
    )
