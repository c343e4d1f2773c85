"""`frontline check`: the settings of every company against its 24SevenOffice client. Reads only.

Belongs here: printing. Does not: the checks (posting/company_check.py).
"""

from __future__ import annotations

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.home import answers, is_loopback
from frontline_pipeline.command.terminal import Exit, counted
from frontline_pipeline.opening import open_ledger
from frontline_pipeline.posting.company_check import check_company


def run_checks(context: Context, quiet: bool = False, indent: str = "") -> Exit:
    """Prints what is well and what to mend, company by company; `quiet` prints the problems and a count."""
    terminal = context.terminal
    bad = False
    for company in context.settings.companies:
        results = check_company(context.settings, company, open_ledger(context.loaded, company), context.today())
        problems = [r for r in results if not r.ok]
        bad = bad or bool(problems)
        shown = problems if quiet else results
        if shown:
            terminal.table(
                company,
                ("result", "setting", "what", "what to do"),
                [(terminal.state("ok" if r.ok else "mend"), r.setting, r.message, r.next_step) for r in shown],
            )
        agree = len(results) - len(problems)
        told = f"{counted(agree, 'setting')} agree{'s' if agree == 1 else ''} with 24SevenOffice"
        terminal.say(f"{indent}{company}: {told}" + (f", {len(problems)} to mend" if problems else ""))
        url = context.settings.companies[company].office.api_url
        if is_loopback(url) and not answers(url):
            terminal.note(f"Nothing answers on {url}. If that should be the stand-in: `frontline sandbox` starts it.")
    return Exit.HELD if bad else Exit.OK
