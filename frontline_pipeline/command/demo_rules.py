"""What the demo is about, where it may run, and what must come out of it.

Belongs here: its week, its faults, the refusal to touch anything but its own state and its own stand-in, the proof of its end.
Does not: the story (demo.py).
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import urllib.request
from collections import Counter
from collections.abc import Sequence

from frontline_pipeline.command.context import Context
from frontline_pipeline.command.failing import UsageError
from frontline_pipeline.command.home import is_local, require_free_port
from frontline_pipeline.command.status import Cell
from frontline_pipeline.opening import open_posting_log
from frontline_pipeline.partitions import StoreDay

FIRST = dt.date(2026, 11, 16)
DAYS = tuple(FIRST + dt.timedelta(days=n) for n in range(7))
HELD = StoreDay(dt.date(2026, 11, 19), "tromso")
"""The day whose Z-report does not balance."""
MISSED = StoreDay(dt.date(2026, 11, 21), "oslo")
"""The day nobody has run: the one to backfill in the UI."""
CSV_STORE = HELD.store
"""Delivers contract files; the others deliver SAF-T."""
RECEIPTS_PER_DAY = 60
MARKER = ".demo-state"


def require_example(context: Context) -> None:
    """Raises UsageError unless the settings are those of the example, and lead to nothing but this machine."""
    settings, port = context.settings, context.settings.sandbox.port
    absent = sorted({HELD.store, MISSED.store} - settings.stores.keys())
    if absent:
        raise UsageError(
            f"The demo plays in the stores of the example in config/; these settings have no {', '.join(absent)}."
        )
    if not is_local(context) or any(
        not url.rstrip("/").endswith(f":{port}")
        for company in settings.companies.values()
        for url in (company.office.api_url, company.office.webservices_url)
    ):
        raise UsageError(
            f"The demo posts made-up takings, so api_url and webservices_url of every company must lead to its own stand-in, "
            f"http://127.0.0.1:{port} (sandbox.port); these settings lead elsewhere."
        )
    if settings.posting.url_env is not None or settings.storage is not None or context.paths.landing is None:
        raise UsageError(
            "The demo keeps all it writes in its own state directory, but these settings name a place elsewhere "
            "(posting.url_env, storage or source.kind: sql)."
        )
    if settings.partitions.start > FIRST or context.last_day() < DAYS[-1]:
        raise UsageError(
            f"The demo's week is {FIRST} to {DAYS[-1]}; the store-days of these settings go from "
            f"{settings.partitions.start} to {context.last_day()}, by this machine's clock."
        )


def fresh_state(context: Context) -> None:
    """Empties the demo's state directory. Raises UsageError for any other, and while a stand-in uses it."""
    state = context.paths.state
    if state.exists() and any(state.iterdir()) and not (state / MARKER).exists():
        raise UsageError(
            f"{state} holds another installation's state; the demo empties its own only. Give it one: "
            "`frontline --state DIR demo`."
        )
    # `frontline dev` may run on this very state: see before it is gone.
    require_free_port(
        context.settings.sandbox.port,
        "The stand-in of 24SevenOffice",
        "set sandbox.port and the companies' URLs to another",
    )
    if state.exists():
        shutil.rmtree(state)
    state.mkdir(parents=True)
    (state / MARKER).write_text("Emptied by every `frontline demo`.\n", encoding="utf-8")


def vouchers_in_ledger(context: Context, url: str) -> list[str]:
    """The state (posted or draft) of every voucher of the stand-in; its control page, not part of the real service."""
    states: list[str] = []
    for company in context.settings.companies:
        with urllib.request.urlopen(f"{url}/_sandbox/vouchers?client={company}&drafts=1", timeout=30) as answer:  # noqa: S310
            states += [str(voucher["state"]) for voucher in json.load(answer)["vouchers"]]
    return states


def problems(context: Context, cells: Sequence[Cell], in_ledger: int) -> list[str]:
    """What is not as it should be; the numbers follow from the calendars and the one fault."""
    counts = Counter(c.state for c in cells)
    profiles = [context.profile(code) for code in context.settings.stores]
    closed = sum(p.store.calendar.closed_because(day) is not None for p in profiles for day in DAYS)
    wanted = {"closed": closed, "held": 1, "ready": 1, "missing": 0, "unknown": 0}
    told = [f"{counts[s]} store-days are {s}, expected {n}" for s, n in wanted.items() if counts[s] != n]
    done = len(cells) - closed - 2
    if counts["posted"] + counts["draft"] != done:
        told.append(f"{counts['posted'] + counts['draft']} store-days are posted or drafted, expected {done}")
    for state, expected in (("held", HELD), ("ready", MISSED)):
        told += [
            f"{c.key} is {state}, expected {expected}" for c in cells if c.state == state and c.key != str(expected)
        ]
    documents = len(open_posting_log(context.loaded).documents())
    if documents != in_ledger:
        told.append(f"the ledger has {in_ledger} vouchers, the posting log {documents}")
    return told
