"""The verdict on a store-day for the checks `ledger_agrees` and `orders_agree`, by the state of its worst document.

Belongs here: one sentence per state, whether it passes, what to do next.
Does not: find the worst document (log.py), read the ledger (readback.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from frontline_pipeline.posting.states import State


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a store-day for the check: `error` fails, `warn` fails softly."""

    passed: bool
    severity: Literal["error", "warn"]
    message: str


_JUDGEMENTS: dict[State, Judgement] = {
    State.VERIFIED: Judgement(True, "error", "the ledger holds exactly what was sent"),
    State.DRIFTED: Judgement(
        False,
        "error",
        "the voucher was changed in the ledger: compare the table and mend it there, or reverse it there by hand and run "
        "`frontline reverse`",
    ),
    State.MISSING: Judgement(
        False,
        "error",
        "the voucher is not in the ledger any more: find out who deleted it; it is not sent again by itself",
    ),
    State.DUPLICATED: Judgement(
        False,
        "error",
        "the voucher, or what it books, is in the ledger more than once: reverse all but one in 24SevenOffice",
    ),
    State.UNKNOWN: Judgement(
        False,
        "error",
        "whether the ledger has the voucher is unknown: run the store-day again, which looks for it (a draft: look there, then "
        "run `frontline resolve`)",
    ),
    State.DISPUTED: Judgement(
        False,
        "error",
        "the ledger holds something else under its reference or number, or something that looks like it: compare them there, "
        "then run `frontline resolve`",
    ),
    State.SENDING: Judgement(
        False, "error", "a voucher is being sent, or its writer died: run the store-day again when no run is active"
    ),
    State.REJECTED: Judgement(
        False, "error", "the ledger refused the voucher: mend what it names and run the store-day"
    ),
    State.PLANNED: Judgement(False, "error", "the voucher was not sent yet: run the store-day"),
    State.POSTED: Judgement(False, "warn", "posted, not read back yet: run ledger_readback for the month"),
    State.DRAFTED: Judgement(
        False, "warn", "saved as draft, which cannot be read back: a person posts it in 24SevenOffice"
    ),
    State.SKIPPED: Judgement(False, "warn", "a person decided that it is not posted by the pipeline"),
    State.ROLLED_BACK: Judgement(
        False, "warn", "a person rolled it back; it is not posted again until `frontline release`"
    ),
    State.REVERSED: Judgement(False, "warn", "reversed in the ledger; no new revision was posted"),
}


_ORDERS: dict[State, Judgement] = {
    State.VERIFIED: Judgement(True, "error", "24SevenOffice has each order as it was sent, once"),
    State.DRAFTED: Judgement(True, "error", "24SevenOffice has each order as it was sent, once"),
    State.DRIFTED: Judgement(
        False,
        "error",
        "an order was changed in 24SevenOffice, or computed otherwise there: compare, and put one of the two right",
    ),
    State.MISSING: Judgement(
        False,
        "error",
        "an order is not in 24SevenOffice any more: find out who deleted it; it is not sent again by itself",
    ),
    State.DUPLICATED: Judgement(
        False,
        "error",
        "an order, or what it bills, is in 24SevenOffice more than once: delete all but one there, or credit an invoice with a note that "
        "refers to it",
    ),
    State.UNKNOWN: Judgement(
        False, "error", "whether 24SevenOffice has an order is unknown: run `trade` again, which looks for it"
    ),
    State.DISPUTED: Judgement(
        False,
        "error",
        "an order is in 24SevenOffice otherwise than the log has it: compare, then run `frontline resolve`",
    ),
    State.SENDING: Judgement(
        False, "error", "an order is being sent, or its writer died: run `trade` again when no run is active"
    ),
    State.REJECTED: Judgement(False, "error", "24SevenOffice refused an order: mend what it names and run `trade`"),
    State.PLANNED: Judgement(False, "error", "an order was not sent yet: run `trade`"),
    State.POSTED: Judgement(False, "warn", "sent, not read back yet: run `frontline sweep`"),
    State.SKIPPED: Judgement(False, "warn", "a person decided that an order is not sent by the pipeline"),
    State.ROLLED_BACK: Judgement(False, "warn", "a person took an order back"),
    State.REVERSED: Judgement(False, "warn", "an order was taken back in 24SevenOffice, and no new revision was sent"),
}


def judge_orders(state: State) -> Judgement:
    """Whether 24SevenOffice agrees on a store-day's orders, by the state of the worst of them."""
    return _ORDERS[state]


def judge(state: State) -> Judgement:
    """Whether the ledger agrees, by the state of a store-day's worst document."""
    return _JUDGEMENTS[state]
