"""`frontline import`: SAF-T files into the landing area, with a progress bar and a report per file.

Belongs here: progress and printing.
Does not: the import itself (frontline/landing.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.terminal import Exit, Terminal, counted
from frontline_pipeline.frontline.landing import FileReport, ImportReport, import_files


def import_with_progress(context: Context, paths: Iterable[Path], xsd: Path | None = None) -> Exit:
    """Imports files and folders; exit code 1 when one was refused or conflicts, the others are in all the same."""
    if xsd is not None and not xsd.is_file():
        raise UsageError(f"{xsd}: no such file; --xsd is the schema to validate against.")
    report = read_files(context, paths, xsd)
    for file in report.files:
        show_file(context.terminal, file)
    if len(report.files) > 1:
        refused = sum(not file.ok for file in report.files)
        context.terminal.say(f"{counted(len(report.files), 'file')}, {refused or 'none'} refused")
    return Exit.OK if report.ok else Exit.HELD


def read_files(context: Context, paths: Iterable[Path], xsd: Path | None = None) -> ImportReport:
    """The import with its progress bar on standard error. Raises UsageError when the settings read SQL."""
    landing = context.paths.landing
    if landing is None:
        raise UsageError("The source of these settings is SQL; `frontline import` needs source.kind: files.")
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=context.terminal.err,
        transient=True,
    )
    # Piped output stays plain: no bar where nobody watches.
    with bar if context.terminal.err.is_terminal else nullcontext():
        task = bar.add_task("reading", total=None)

        def progress(done: int, total: int, file: str) -> None:
            bar.update(task, completed=done, total=total, description=file)

        return import_files(paths, context.settings, landing, progress=progress, xsd=xsd)


def show_file(terminal: Terminal, report: FileReport, indent: str = "") -> None:
    """What became of one file: parts by store-day, what was left out, warnings, or why it was refused."""
    name = Path(report.file).name
    if report.error is not None:
        terminal.say(f"{indent}{name}: refused, nothing of it was imported", style="red")
        terminal.say(f"{indent}  {report.error}")
        return
    if report.conflicts:
        terminal.say(
            f"{indent}{name}: conflicts with what is already imported, nothing of it was imported", style="red"
        )
        for conflict in report.conflicts:
            terminal.say(f"{indent}  {conflict}")
        return
    days = {(part.store, part.business_day) for part in report.landed}
    stores = ", ".join(sorted({store for store, _ in days}))
    told = [f"{counted(len(report.landed), 'Z-report')} imported"] if report.landed or not report.unchanged else []
    if days:
        told[0] += f" on {counted(len(days), 'store-day')} ({stores})"
    if report.unchanged:
        told.append(f"{len(report.unchanged)} already there, unchanged")
    terminal.say(f"{indent}{name}: {', '.join(told)}", style="green")
    counts = report.counts
    if counts is not None:
        left_out = {
            "void": counts.voided,
            "training": counts.training,
            "without a Z-report yet": counts.open_receipts,
            "not tied to a Z-report": counts.untied,
        }
        out = ", ".join(f"{n} {what}" for what, n in left_out.items() if n)
        terminal.say(f"{indent}  {counted(counts.receipts, 'receipt')}" + (f"; left out: {out}" if out else ""))
    for warning in report.warnings:
        terminal.say(f"{indent}  warning: {warning}", style="yellow")
