"""A process that asks a company's ledger as often as it may; for the tests of the call limit over several processes.

Belongs here: the function that such a process runs. Does not: assertions.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from frontline_pipeline.office.errors import NotSent, OfficeError
from frontline_pipeline.opening import open_ledger
from frontline_pipeline.settings_file import load_settings


def ask(config: str, state: str, company: str, times: int, gate: Any, results: Any) -> None:
    """With the ledger as the settings open it: put what came of each question, counted: `answered`, or the kind of failure."""
    ledger = open_ledger(load_settings(Path(config), state_dir=Path(state), environ={}), company)
    found: Counter[str] = Counter()
    gate.wait()
    for _ in range(times):
        try:
            ledger.fiscal_years()
        except NotSent as failure:
            found[failure.kind] += 1
        except OfficeError as failure:
            found[type(failure).__name__] += 1
        else:
            found["answered"] += 1
    results.put(dict(found))
