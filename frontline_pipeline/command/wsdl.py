"""`frontline wsdl-diff`: the shipped WSDLs against real ones, live or in a folder.

Belongs here: options and printing.
Does not: the comparison (office/wsdl_diff.py).
"""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.command.context import Context, UsageError
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.office.wsdl_diff import WsdlUnreadable, compare_with_folder, compare_with_hosts


def wsdl_diff(context: Context, folder: Path | None, company: str | None) -> Exit:
    """Exit code 1 when a message we send or read would differ; additions of the other side are only listed."""
    terminal = context.terminal
    try:
        if folder is not None:
            found = compare_with_folder(folder)
        else:
            found = compare_with_hosts(*_hosts(context, company))
    except WsdlUnreadable as error:
        terminal.note(str(error), style="red")
        return Exit.HELD
    errors = [d for d in found if d.severity != "info"]
    if found:
        terminal.table(
            "differences",
            ("severity", "service", "place", "shipped", "real"),
            [(d.severity, d.service, d.place, d.shipped, d.real) for d in found],
        )
    if errors:
        terminal.say(f"{len(errors)} differences in what this pipeline sends or reads", style="red")
        return Exit.HELD
    terminal.say("Every operation in use is the same.", style="green")
    return Exit.OK


def _hosts(context: Context, company: str | None) -> tuple[str, str]:
    companies = context.settings.companies
    code = company or next(iter(companies))
    if code not in companies:
        raise UsageError(f"There is no company {code!r}; the settings have {', '.join(companies)}.")
    return companies[code].office.api_url, companies[code].office.webservices_url
