"""The plot of an account's balance over a month, as an inline SVG image in Markdown.

Belongs here: drawing.
Does not: the numbers (accounting/roll_forward.py).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from frontline_pipeline.accounting.money import display
from frontline_pipeline.accounting.roll_forward import Roll

WIDTH, HEIGHT, LEFT = 460, 70, 150
"""Of one account's strip, in pixels; names stand left of it."""
OURS, LEDGER = "#2f6f8f", "#b5483a"


def balance_plot(rolls: Sequence[Roll]) -> str:
    """A strip per account: balance by day by our book, and the ledger's in red where it differs. Nothing is fetched."""
    if not rolls:
        return "no account is followed"
    strips = [_strip(roll, number * (HEIGHT + 24)) for number, roll in enumerate(rolls)]
    height = len(rolls) * (HEIGHT + 24)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" font-family="sans-serif" '
        f'font-size="12" fill="#667">{"".join(strips)}</svg>'
    )
    return f"![balance by day](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _strip(roll: Roll, top: int) -> str:
    ours, ledger = roll.daily.tolist(), roll.daily_ledger.tolist()
    low, high = min(0, *ours, *ledger), max(0, *ours, *ledger)
    span = max(high - low, 1)

    def line(values: Sequence[int], colour: str, width: int) -> str:
        steps = max(len(values) - 1, 1)
        points = " ".join(
            f"{LEFT + i * WIDTH // steps},{top + 12 + (high - value) * HEIGHT // span}"
            for i, value in enumerate(values)
        )
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'

    zero = top + 12 + high * HEIGHT // span
    drawn = [
        f'<text x="0" y="{top + 30}">{roll.account.number} {escape(roll.account.name[:16])}</text>',
        f'<text x="0" y="{top + 46}">{escape(display(roll.closing))}</text>',
        f'<line x1="{LEFT}" y1="{zero}" x2="{LEFT + WIDTH}" y2="{zero}" stroke="#ccd"/>',
    ]
    if ours != ledger:
        drawn.append(line(ledger, LEDGER, 3))
    return "".join([*drawn, line(ours, OURS, 2)])
