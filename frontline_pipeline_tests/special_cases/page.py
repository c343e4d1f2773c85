"""docs/special-cases.md: every special case with its extract and the voucher that the code makes of it.

Belongs here: the page, from the cases and what running them gives.
Does not: the cases themselves; whether a voucher is right (test_special_cases.py compares it with the hand-written one).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from frontline_pipeline.accounting.model import Finding, Voucher
from frontline_pipeline.accounting.money import display
from frontline_pipeline.store_day import Verdict, Walk
from frontline_pipeline_tests.special_cases import CASES, GROUPS
from frontline_pipeline_tests.special_cases.case import Case, as_booked, run, sorted_blocks

COMMAND = "python -m frontline_pipeline_tests.special_cases docs/special-cases.md"

_INTRO = f"""\
<!-- Made by `{COMMAND}` from the code. Do not edit. -->
# Special cases of a Norwegian till

Gift cards, tips, deposits, foreign notes, a Z run the next morning: each case below is a small extract in the form of
[the contract](contract.md), and what the pipeline makes of it. The files went through the real reader, the proof and the voucher when
this page was made, and each voucher was compared with one written by hand. The accounts are those of the example settings
([companies.yaml](../config/companies.yaml)), yours are your own; where a case needs a setting that the example does not have, it
stands with the case. Whatever has no account holds the store-day and names the missing setting: nothing is guessed, nothing plugged.

Debit and credit are in kroner. Every voucher also carries store, department and dimensions, left out here.
"""


def rendered() -> str:
    """The whole page."""
    parts = [_INTRO, "| Case | In the Z-report | Booking | VAT | Source |\n|---|---|---|---|---|"]
    parts[-1] += "".join(
        f"\n| [{_cell(c.title)}](#{c.id}) | {_cell(c.where)} | {_cell(c.booking)} | {_cell(c.vat)} | {_cell(c.source)} |"
        for c in CASES
    )
    for title, cases in GROUPS:
        parts.append(f"## {title}")
        for case in cases:
            with tempfile.TemporaryDirectory() as folder:
                walks = run(case, Path(folder))
            came = as_booked([voucher for walk in walks for voucher in walk.vouchers.vouchers])
            if came != sorted_blocks(case.booked):
                raise ValueError(f"{case.id}: the voucher is not the one written by hand:\n{came}")
            parts += _case(case, walks)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _case(case: Case, walks: list[Walk]) -> Iterator[str]:
    yield f'<a id="{case.id}"></a>\n### {case.title}'
    yield f"In the Z-report: {case.where}. Booking: {case.booking}. VAT: {case.vat}."
    if case.note:
        yield case.note
    changes = {**({"ledger": dict(case.settings)} if case.settings else {}), **dict(case.store)}
    if changes:
        yield "Settings, laid over the example's:"
        yield "```yaml\n" + yaml.safe_dump(changes, sort_keys=False, allow_unicode=True).strip() + "\n```"
    for block in case.extract.strip().split("\n\n"):
        frame, *lines = block.strip().splitlines()
        yield f"`{frame}.csv`\n\n```csv\n" + "\n".join(lines) + "\n```"
    for walk in walks:
        yield from _outcome(walk)


def _outcome(walk: Walk) -> Iterator[str]:
    if walk.verdict is not Verdict.OK:
        yield f"**{walk.business_day}: {walk.verdict.value}.**"
        yield from _said(walk.reasons)
        return
    for voucher in walk.vouchers.vouchers:
        yield _voucher(voucher)
    for key in walk.vouchers.skipped:
        yield f"**{walk.business_day}: no voucher.** Z {key.z_number} of register {key.register} has nothing to book; the day is complete."
    yield from _said(f for f in walk.findings if f.rule not in ("lines_estimated", "receipts_delivered"))


def _voucher(voucher: Voucher) -> str:
    # The store's own department is that of every line; told where registers have their own.
    several = len({line.department_id for line in voucher.lines}) > 1
    rows = [
        f"| {line.account} | {_cell(line.text)}{f' (department {line.department_id})' if several else ''} | {line.tax_code or ''} | {line.customer_id or ''} | "
        f"{display(line.debit) if line.debit else ''} | {display(line.credit) if line.credit else ''} |"
        for line in voucher.lines
    ]
    head = f"Voucher `{voucher.document_key}`, dated {voucher.business_day}: {voucher.text}"
    table = "| Account | Text | VAT code | Customer | Debit | Credit |\n|---:|---|---|---|---:|---:|"
    return f"{head}\n\n{table}\n" + "\n".join(rows)


def _said(findings: Iterable[Finding]) -> Iterator[str]:
    told = [f"> **{finding.rule}**: {finding.message} {finding.next_step}" for finding in findings]
    if told:
        yield "\n>\n".join(told)
