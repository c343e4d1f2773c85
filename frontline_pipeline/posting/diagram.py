"""The state machine as a diagram and a table, rendered from the machine itself into docs/posting.md.

Belongs here: `python -m frontline_pipeline.posting.diagram docs/posting.md` (with `--check`: fail when it is not up to date).
Does not: say anything about the machine that TRANSITIONS does not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from frontline_pipeline.posting.states import PERSON_EVENTS, TRANSITIONS, Event, State

BEGIN = "<!-- state machine: rendered by `python -m frontline_pipeline.posting.diagram`, do not edit -->"
END = "<!-- end of the state machine -->"

_READ_BACK = (Event.READ_EQUAL, Event.READ_DIFFERENT, Event.READ_ABSENT, Event.READ_TWICE)
_READABLE = (State.POSTED, State.VERIFIED, State.DRIFTED, State.MISSING, State.DUPLICATED)


def mermaid() -> str:
    """The diagram; the steps of read-backs among what is posted are one note, or they would hide the rest."""
    lines = ["stateDiagram-v2", "    [*] --> planned"]
    for state, steps in TRANSITIONS.items():
        grouped: dict[State, list[str]] = {}
        for event, after in steps.items():
            if event in _READ_BACK and state in _READABLE:
                continue
            grouped.setdefault(after, []).append(f"{event}*" if event in PERSON_EVENTS else str(event))
        lines += [f"    {state} --> {after}: {', '.join(names)}" for after, names in grouped.items()]
    lines += [
        f"    {State.POSTED} --> {after}: {event}"
        for event, after in TRANSITIONS[State.POSTED].items()
        if event in _READ_BACK
    ]
    return "\n".join(lines)


def table() -> str:
    """Every step: state, event, state after."""
    rows = ["| from | step | to |", "|---|---|---|"]
    for state, steps in TRANSITIONS.items():
        for event, after in steps.items():
            rows.append(f"| {state} | {event}{' (person)' if event in PERSON_EVENTS else ''} | {after} |")
    return "\n".join(rows)


def section() -> str:
    """What stands between the markers."""
    note = (
        "Steps with a star are a person's. Between posted, verified, drifted, missing and duplicated every read-back step is "
        "possible (the table has them all); only those from posted are drawn."
    )
    return f"{BEGIN}\n\n```mermaid\n{mermaid()}\n```\n\n{note}\n\n{table()}\n\n{END}"


def rendered(text: str) -> str:
    """A document with its section brought up to date. Raises ValueError when it has no markers."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the document has no section between {BEGIN!r} and {END!r}")
    return f"{before}{section()}{after}"


def main(arguments: Sequence[str]) -> int:
    """Write the section into the document named, or with `--check` only compare."""
    paths = [Path(each) for each in arguments if each != "--check"]
    stale = [path for path in paths if rendered(path.read_text()) != path.read_text()]
    if "--check" in arguments:
        sys.stderr.writelines(f"{path} is not up to date: run `make docs`\n" for path in stale)
        return 1 if stale else 0
    for path in stale:
        path.write_text(rendered(path.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
