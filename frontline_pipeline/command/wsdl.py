"""`frontline wsdl-diff`: the shipped WSDLs against real ones, live or in a folder.

Belongs here: options and printing.
Does not: the comparison (office/wsdl_diff.py).
"""

from __future__ import annotations

from pathlib import Path

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.terminal import Exit
from frontline_pipeline.office.wsdl_diff import WsdlUnreadable, compare_with_folder, compare_with_hosts


def wsdl_diff(context: Context, folder: Path | None, company: str | None) -> Exit:
    """Exit code 1 when a message we send or read would differ; additions of the other side are only listed."""
    terminal = context.terminal
    try:
        if folder is not None:
            found = compare_with_folder(folder)
        else:
            office = context.settings.companies[context.company(company)].office
            found = compare_with_hosts(office.api_url, office.webservices_url)
    except WsdlUnreadable as error:
        terminal.note(f"frontline: {error}", style="red")
        return Exit.HELD
    if found:
        terminal.table(
            "",
            ("severity", "service", "place", "shipped", "real"),
            [(d.severity, d.service, d.place, d.shipped, d.real) for d in found],
        )
    errors = [d for d in found if d.severity != "info"]
    if errors:
        differ = "1 difference" if len(errors) == 1 else f"{len(errors)} differences"
        terminal.say(f"{differ} in what this pipeline sends or reads.", style="red")
        return Exit.HELD
    terminal.say("Every operation in use is the same.", style="green")
    return Exit.OK
