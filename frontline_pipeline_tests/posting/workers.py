"""What other processes do in the posting tests; imports little, so that starting one is quick.

Belongs here: functions that a spawned process runs and that need neither settings nor accounting.
Does not: workers that post (they stand beside their tests).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from frontline_pipeline.posting import lease
from frontline_pipeline.posting.database import open_database
from frontline_pipeline.posting.errors import LogUnusable


def open_it(url: str, gate: Any, results: Any) -> None:
    """Open a log together with others and say how it went."""
    gate.wait()
    try:
        open_database(url).dispose()
        results.put("ok")
    except (SQLAlchemyError, LogUnusable) as error:
        results.put(repr(error))


def hold_for_ever(url: str, ready: Any) -> None:
    """Take the lease for 1.5 s and hang."""
    held = lease.acquire(open_database(url), "fjord", f"dead:{os.getpid()}", 1.5, 0)
    ready.put(held.token)
    time.sleep(600)


def count_up(url: str, path: str, gate: Any) -> None:
    """Ten times: read a number, wait, write it one higher, under the lease."""
    opened = open_database(url)
    gate.wait()
    for _ in range(10):
        with lease.held_lease(opened, "fjord", str(os.getpid()), 30, 60):
            number = int(Path(path).read_text())
            time.sleep(0.002)
            Path(path).write_text(str(number + 1))
