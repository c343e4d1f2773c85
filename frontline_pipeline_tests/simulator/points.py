"""Where a process can die or a call can fail, and what may happen there: the pairs that a campaign must cover.

Belongs here: the names of kill-points, read from the posting code itself (a new transaction is a new kill-point by itself), and of
calls to the ledger; the faults of each; who is asking, by the frames above.
Does not: make a fault happen (memory.py, books.py, simulation.py).
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

import frontline_pipeline.posting as posting

ROOM = Path(posting.__file__).parent

# The world around a process, at any point: before the transaction or the call.
WORLD = ("second worker", "lease expires", "person acts", "late arrival", "search lags")
_DATABASE_WRITE = ("dies before", "dies inside", "dies after", "database fails", "commit answer lost")
_DATABASE_READ = ("dies", "database fails")
LOST = ("reset", "time-out", "500", "garbage", "empty")
"""Ways to lose an answer. Each before the effect (the request never arrives) and after it."""
_CALL = ("dies", "refused connection", "quota", "session lost", "login refused")
_SAVE = (
    "dies before",
    "dies, request under way",
    "dies after",
    "refused connection",
    "quota",
    "session lost",
    "login refused",
    "not saved",
    "time-out, arrives late",
    "slow answer",
    *(f"{how} {when}" for how in LOST for when in ("before", "after")),
)

_NO_KILL_POINTS = {
    "database": "opening and upgrading the log: test_posting_database.py",
    "diagram": "draws the machine",
    "chain_book": "evidence, which no sending depends on: test_chain_book.py",
    "link_book": "customers and products, which the stories have none of: test_twins.py, test_twins_products.py",
    "links": "as link_book",
    "log.orders_holding": "orders, which the stories have none of: test_orders_histories.py",
    "log.sales_orders": "as log.orders_holding",
    **dict.fromkeys(
        (path.stem for path in ROOM.glob("order_*.py")),
        "orders, which the stories have none of: test_orders_histories.py, test_orders_readback.py",
    ),
}
"""Modules, and functions of modules, with what tests them instead."""
_PURPOSES = ("recovery", "reversing", "attempt", "readback", "adopting")
SAVES = ("save: attempt", "save: recovery", "save: reversing")
NUMBERS = ("number: attempt", "number: reversing")
SEARCHES = ("search: recovery", "search: refused", "search: reversing", "search: readback", "search: adopting")
LOOKUPS = (
    "lookup: client_information",
    "lookup: fiscal_years",
    "lookup: voucher_types",
    "lookup: accounts",
    "lookup: tax_codes",
    "lookup: departments",
    "lookup: projects",
    "lookup: dimensions",
    "lookup: dimension_values",
)


@cache
def _doors() -> dict[str, tuple[str, ...]]:
    """Every function of the posting room that opens a transaction, with the faults of that transaction."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(ROOM.glob("*.py")):
        if path.stem in _NO_KILL_POINTS:
            continue
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef) or f"{path.stem}.{function.name}" in _NO_KILL_POINTS:
                continue
            for node in ast.walk(function):
                for item in node.items if isinstance(node, ast.With) else ():
                    call = item.context_expr
                    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                        continue
                    if call.func.attr == "writing":
                        found[f"write: {path.stem}.{function.name}"] = _DATABASE_WRITE
                    elif call.func.attr == "reading":
                        found[f"read: {path.stem}.{function.name}"] = _DATABASE_READ
    return found


@cache
def faults_of() -> dict[str, tuple[str, ...]]:
    """All kill-points, each with all faults that are possible there."""
    found = {name: (*faults, *WORLD) for name, faults in _doors().items()}
    found |= dict.fromkeys(SAVES, (*_SAVE, *WORLD))
    found |= dict.fromkeys((*NUMBERS, *SEARCHES, *LOOKUPS), (*_CALL, *LOST, *WORLD))
    return found


@cache
def pairs() -> tuple[tuple[str, str], ...]:
    """Every kill-point with every fault that is possible there."""
    return tuple((point, fault) for point, faults in faults_of().items() for fault in faults)


# Who asks

_names: dict[CodeType, tuple[str, str] | None] = {}


def _of_room(code: CodeType) -> tuple[str, str] | None:
    """Module and function, for code of the posting room."""
    if code not in _names:
        path = Path(code.co_filename)
        _names[code] = (path.stem, code.co_name) if path.parent == ROOM and path.stem != "database" else None
    return _names[code]


def transaction(kind: str) -> str:
    """The kill-point of the transaction that is being opened: the innermost function of the posting room."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        found = _of_room(frame.f_code)
        if found is not None:
            return f"{kind}: {found[0]}.{found[1]}"
        frame = frame.f_back
    return f"{kind}: outside"


def call(kind: str) -> str:
    """The kill-point of a call to the ledger: what for it is made, by the functions above it."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        found = _of_room(frame.f_code)
        if found is not None:
            if found[1] == "_look":
                return f"{kind}: refused"
            if found[0] in _PURPOSES:
                return f"{kind}: {found[0]}"
        frame = frame.f_back
    return f"{kind}: outside"
