"""Accounts rolled forward over a month: opening + added - used = closing, against the ledger's own balance, with aged open items.

Belongs here: the arithmetic over entries of our own documents and of the ledger, per account.
Does not: which accounts are followed (settings_followed.py), reading the posting log and the ledger (posting/entries.py), plots.

Directions. A debt (liability) grows by credit, money on its way (interim) by debit; every amount here is in the account's own direction,
so that a debt and money on its way are positive.

Two books are kept apart: what the pipeline sent, from the posting log, and what the ledger holds. Entries of others (a pay-out of
the card company, wages, an expired gift card) are read from the ledger and are a column of their own. So closing and the ledger's
balance can only differ by our own documents, and the difference is named document by document.

Open items are aged first in, first out: registers name no card and pay-outs no takings, so what is used is taken from the oldest.
Sums are of whole øre in int64, exact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from frontline_pipeline.accounting.money import Ore

AGES: tuple[tuple[str, int], ...] = (("0-7", 7), ("8-30", 30), ("31-90", 90), ("91-365", 365))
"""Age in days, up to and including; older is OLDEST."""
OLDEST = "over 365"


class Entry(NamedTuple):
    """An amount on an account (øre, debit positive). `reference`: the document of ours that it belongs to; empty = of others."""

    day: dt.date
    account: int
    amount: Ore
    reference: str = ""


class Origin(NamedTuple):
    """Where a document of ours comes from."""

    store: str
    business_day: dt.date


@dataclass(frozen=True, slots=True)
class Account:
    """An account to roll forward. `opening`: its balance in its own direction on the morning of `opened_on`."""

    number: int
    kind: Literal["liability", "interim"]
    name: str
    opened_on: dt.date
    opening: Ore

    @property
    def direction(self) -> int:
        """1 where debit adds, -1 where credit adds."""
        return 1 if self.kind == "interim" else -1


@dataclass(frozen=True, slots=True)
class Entries:
    """Both books of some accounts."""

    sent: Sequence[Entry]
    """Lines of our documents that should be in the ledger, dated as there."""
    waiting: Sequence[Entry]
    """Lines of our documents that are not in the ledger: drafts, unknown outcomes."""
    ledger: Sequence[Entry]
    """What the ledger holds."""
    origins: Mapping[str, Origin]
    """By reference."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A document that is not in the ledger as it was sent, on one account; amounts in its direction."""

    reference: str
    origin: Origin | None
    sent: Ore
    ledger: Ore


@dataclass(frozen=True)
class Roll:
    """One account over one month."""

    account: Account
    opening: Ore
    added: Ore
    used: Ore
    others: Ore
    """Net of what others entered in the ledger."""
    ledger_balance: Ore
    waiting: Ore
    """What our documents that are not in the ledger would add, net; not part of the closing."""
    gaps: tuple[Gap, ...]
    ages: Mapping[str, Ore]
    """Open items by age; they sum to the closing."""
    oldest: dt.date | None
    """Day of the oldest open item."""
    daily: pd.Series
    """Balance at the end of each day of the month, by our book."""
    daily_ledger: pd.Series
    """The same by the ledger."""

    @property
    def closing(self) -> Ore:
        """opening + added - used + others."""
        return self.opening + self.added - self.used + self.others

    @property
    def difference(self) -> Ore:
        """The ledger's balance less the closing."""
        return self.ledger_balance - self.closing

    @property
    def agrees(self) -> bool:
        """Whether the ledger's balance is the closing, document by document: two faults that cancel are no agreement."""
        return not self.gaps and self.difference == 0


def roll_forward(accounts: Iterable[Account], entries: Entries, first: dt.date, last: dt.date) -> list[Roll]:
    """Each account over the month `first` to `last`, both included. Entries before `opened_on` are its opening, so left out."""
    sent, waiting, ledger = (_frame(rows) for rows in (entries.sent, entries.waiting, entries.ledger))
    return [
        _roll(
            account,
            _of(sent, account, last),
            _of(waiting, account, last),
            _of(ledger, account, last),
            entries,
            first,
            last,
        )
        for account in accounts
    ]


def _frame(entries: Sequence[Entry]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "day": pd.to_datetime(pd.Series([entry.day for entry in entries], dtype="object")).astype("datetime64[us]"),
            "account": pd.Series([entry.account for entry in entries], dtype="int64"),
            "amount": pd.Series([entry.amount for entry in entries], dtype="int64"),
            "reference": pd.Series([entry.reference for entry in entries], dtype="str"),
        }
    )


def _of(rows: pd.DataFrame, account: Account, last: dt.date) -> pd.DataFrame:
    """The account's rows from its opening to the month's end, in its own direction."""
    days = rows["day"].between(pd.Timestamp(account.opened_on), pd.Timestamp(last))
    mine = rows[(rows["account"] == account.number) & days]
    return mine.assign(amount=mine["amount"] * account.direction)


def _roll(
    account: Account,
    sent: pd.DataFrame,
    waiting: pd.DataFrame,
    ledger: pd.DataFrame,
    entries: Entries,
    first: dt.date,
    last: dt.date,
) -> Roll:
    others = ledger[~ledger["reference"].isin(list(entries.origins))]
    book = pd.concat([sent, others])
    begin = pd.Timestamp(first)
    now, by_others = sent[sent["day"] >= begin]["amount"], others[others["day"] >= begin]["amount"]
    ages, oldest = _aged(account, book, last)
    return Roll(
        account,
        opening=account.opening + int(book[book["day"] < begin]["amount"].sum()),
        added=int(now[now > 0].sum()),
        used=-int(now[now < 0].sum()),
        others=int(by_others.sum()),
        ledger_balance=account.opening + int(ledger["amount"].sum()),
        waiting=int(waiting["amount"].sum()),
        gaps=_gaps(sent, ledger, entries.origins),
        ages=ages,
        oldest=oldest,
        daily=_daily(account, book, first, last),
        daily_ledger=_daily(account, ledger, first, last),
    )


def _gaps(sent: pd.DataFrame, ledger: pd.DataFrame, origins: Mapping[str, Origin]) -> tuple[Gap, ...]:
    """Documents whose sum on the account is not in the ledger, in the order of their days."""
    ours = ledger[ledger["reference"].isin(list(origins))]
    sums = {name: rows.groupby("reference")["amount"].sum() for name, rows in (("sent", sent), ("ledger", ours))}
    named = sums["sent"].index.union(sums["ledger"].index)
    # Filled when it is aligned: a gap to fill afterwards would have made floats of the amounts.
    both = pd.DataFrame({name: amounts.reindex(named, fill_value=0) for name, amounts in sums.items()})
    wrong = both[both["sent"] != both["ledger"]]
    found = [
        Gap(str(reference), origins.get(str(reference)), int(want), int(have))
        for reference, want, have in zip(wrong.index, wrong["sent"], wrong["ledger"], strict=True)
    ]
    return tuple(sorted(found, key=lambda gap: (gap.origin.business_day if gap.origin else dt.date.max, gap.reference)))


def _aged(account: Account, book: pd.DataFrame, last: dt.date) -> tuple[dict[str, Ore], dt.date | None]:
    """Open items by age at the month's end, first in first out; a balance below zero is an open item of the last day of use."""
    by_day = book.sort_values("day", kind="stable")
    days = [pd.Timestamp(account.opened_on), *by_day["day"]]
    amounts = np.array([account.opening, *by_day["amount"]], dtype=np.int64)
    grown = np.where(amounts > 0, amounts, 0)
    used = -int(amounts[amounts < 0].sum())
    left = np.minimum(grown, np.maximum(np.cumsum(grown) - used, 0))
    ages = dict.fromkeys([*(name for name, _ in AGES), OLDEST], 0)
    oldest: dt.date | None = None
    for place in np.flatnonzero(left):
        day = days[place].date()
        oldest = oldest or day
        ages[_age(day, last)] += int(left[place])
    overdrawn = used - int(grown.sum())
    if overdrawn > 0:
        day = days[int(np.flatnonzero(amounts < 0)[-1])].date()
        oldest = day
        ages[_age(day, last)] -= overdrawn
    return ages, oldest


def _age(day: dt.date, last: dt.date) -> str:
    return next((name for name, limit in AGES if (last - day).days <= limit), OLDEST)


def _daily(account: Account, rows: pd.DataFrame, first: dt.date, last: dt.date) -> pd.Series:
    days = pd.date_range(first, last, freq="D", unit="us")
    by_day = rows.groupby("day")["amount"].sum()
    before = int(by_day[by_day.index < days[0]].sum())
    return by_day.reindex(days, fill_value=0).cumsum().astype("int64") + account.opening + before
