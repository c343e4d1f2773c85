"""`frontline import`: SAF-T files into the landing area, with a progress bar and a report per file.

Belongs here: progress and printing.
Does not: the import itself (frontline/landing.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from frontline_pipeline.command.context import Context, UsageError
from frontline_pipeline.command.terminal import Exit, Terminal
from frontline_pipeline.frontline.landing import FileReport, import_files


def import_with_progress(context: Context, paths: Iterable[Path], xsd: Path | None = None) -> Exit:
    """Imports files and folders; exit code 1 when one was refused or conflicts, the others are in all the same."""
    landing = context.paths.landing
    if landing is None:
        raise UsageError("The source of these settings is SQL; `frontline import` needs source.kind: files.")
    terminal = context.terminal
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=terminal.err,
        transient=True,
    )
    # Piped output stays plain: no bar where nobody watches.
    with bar if terminal.err.is_terminal else nullcontext():
        task = bar.add_task("reading", total=None)

        def progress(done: int, total: int, file: str) -> None:
            bar.update(task, completed=done, total=total, description=file)

        report = import_files(paths, context.settings, landing, progress=progress, xsd=xsd)
    for file in report.files:
        show_file(terminal, file)
    return Exit.OK if report.ok else Exit.HELD


def show_file(terminal: Terminal, report: FileReport) -> None:
    """What became of one file: parts by store-day, what was left out, warnings, or why it was refused."""
    name = Path(report.file).name
    if report.error is not None:
        terminal.say(f"{name}: refused, nothing of it was imported", style="red")
        terminal.say(f"  {report.error}")
        return
    if report.conflicts:
        terminal.say(f"{name}: conflicts with what is already imported, nothing of it was imported", style="red")
        for conflict in report.conflicts:
            terminal.say(f"  {conflict}")
        return
    days = sorted({(part.store, part.business_day) for part in report.landed})
    stores = ", ".join(sorted({store for store, _ in days}))
    terminal.say(
        f"{name}: {len(report.landed)} Z-reports imported"
        + (f" on {len(days)} store-days ({stores})" if days else "")
        + (f", {len(report.unchanged)} unchanged" if report.unchanged else ""),
        style="green",
    )
    counts = report.counts
    if counts is not None:
        left_out = {
            "void": counts.voided,
            "training": counts.training,
            "without a Z-report yet": counts.open_receipts,
            "not tied to a Z-report": counts.untied,
        }
        told = ", ".join(f"{n} {what}" for what, n in left_out.items() if n)
        terminal.say(f"  {counts.receipts} receipts" + (f"; left out: {told}" if told else ""))
    for warning in report.warnings:
        terminal.say(f"  warning: {warning}", style="yellow")
