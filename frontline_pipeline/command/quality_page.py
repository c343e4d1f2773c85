"""The quality report as one page of HTML, complete in itself: for whoever mends the data, and who has no terminal.

Belongs here: rendering, everything escaped. Does not: the report (quality.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from frontline_pipeline.quality_report import Item, Report

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #6a7385; --line: #e2e6ee; --back: #f5f7fa; --card: #fff;
  --good: #0b7a53; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --soft: #98a2b6; --line: #303848; --back: #12161e;
  --card: #1b212c; --good: #4cc596; --bad: #ff8a80; } }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } .soft { color: var(--soft); }
.verdict { font-size: 1.15rem; font-weight: 600; } .yes { color: var(--good); } .no { color: var(--bad); }
section { overflow-x: auto; } table { border-collapse: collapse; background: var(--card); min-width: 40rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem; border: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 500; color: var(--soft); } .n { text-align: right; font-variant-numeric: tabular-nums; }
"""


def page(report: Report) -> str:
    """The whole page."""
    span = f"{report.first} to {report.last}" if report.first else "no store-day"
    days = [(each.value, number) for each, number in report.verdicts.items() if number]
    numbers = "".join(_counts(name, counts.items()) for name, counts in report.numbers.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Quality before go-live</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>Quality before go-live</h1><p class="soft">{escape(", ".join(report.stores))} · {span} · '
        f"{'24SevenOffice was asked' if report.online else '24SevenOffice was not asked'} · nothing was sent</p>"
        f'<p class="verdict {"yes" if report.ready else "no"}">{escape(report.verdict)}</p>'
        f"{_counts('Store-days', days)}{numbers}"
        f"{_items('To mend, most blocking first', report.blocking)}{_items('Worth a look', report.others)}"
        "</main></body></html>\n"
    )


def _counts(title: str, counts: Iterable[tuple[str, int]]) -> str:
    rows = "".join(f'<tr><td>{escape(what)}</td><td class="n">{number}</td></tr>' for what, number in counts)
    return f"<h2>{escape(title)}</h2><section><table>{rows}</table></section>"


def _items(title: str, items: Sequence[Item]) -> str:
    if not items:
        return ""
    heads = ("About", "What", "Days", "Number", "For example", "Why", "What to do")
    head = "".join(f"<th>{each}</th>" for each in heads)
    rows = "".join(
        f"<tr><td>{escape(i.part.value)}</td><td>{escape(i.what)}</td>"
        f'<td class="n">{i.days or ""}</td><td class="n">{i.count or ""}</td>'
        f"<td>{escape(', '.join(i.examples))}</td><td>{escape(i.message)}</td><td>{escape(i.next_step)}</td></tr>"
        for i in items
    )
    return (
        f"<h2>{escape(title)}</h2><section><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
    )
