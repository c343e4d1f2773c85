"""`frontline check`: the settings of every company against its 24SevenOffice client. Reads only.

Belongs here: printing. Does not: the checks (posting/company_check.py).
"""

from __future__ import annotations

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.opening import open_ledger
from frontline_pipeline.posting.company_check import check_company


def run_checks(context: Context, quiet: bool = False) -> Exit:
    """Prints what is well and what to mend; `quiet` prints the problems and a count."""
    bad = False
    for company in context.settings.companies:
        results = check_company(context.settings, company, open_ledger(context.loaded, company), context.today())
        problems = [r for r in results if not r.ok]
        bad = bad or bool(problems)
        shown = problems if quiet else results
        if shown:
            context.terminal.table(
                company,
                ("result", "setting", "what", "what to do"),
                [("ok" if r.ok else "mend", r.setting, r.message, r.next_step) for r in shown],
            )
        context.terminal.say(f"   {company}: {len(results) - len(problems)} settings agree, {len(problems)} to mend")
    return Exit.HELD if bad else Exit.OK
