"""Which accounts are followed from month to month, and what follows from the account maps when nobody says so.

Belongs here: the model under `companies.<code>.followed_accounts`, the accounts that the tender and movement maps imply.
Does not: roll them forward (accounting/roll_forward.py).

By default an account of a tender or movement is followed when the maps alone show what it is: 29xx is a debt to customers or staff
(gift cards, credit notes, deposits, tips); any other tender account that is neither cash in hand, a bank account, nor receivables
is an interim account (oppgjørskonto) which the card company, Vipps or the bank clears, and so is where cash on its way to the bank
stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from frontline_pipeline.settings_ledger import ResolvedRules, TenderRule
from frontline_pipeline.settings_values import Day, Model, Name

LIABILITIES = range(2900, 3000)
"""Other short-term liabilities (annen kortsiktig gjeld) of NS 4102: prepayments 2900, gift cards 2901, credit notes 2902, tips 2910."""
BALANCE_SHEET = range(1000, 3000)
"""Assets, equity and liabilities of NS 4102: a bottle deposit that is given back as income (39xx) leaves nothing open."""
CASH_IN_HAND = frozenset({1900})
BANKS = range(1920, 1960)
RECEIVABLES = range(1500, 1580)
CASH_TYPE = "12001"
"""SAF-T payment code of notes and coins."""
ON_ITS_WAY = ("bank_deposit", "float_in", "float_out")
"""Movements whose account is cleared by the bank."""


def _exact(value: object) -> object:
    if isinstance(value, float) and not isinstance(value, bool):
        raise ValueError('an amount in quotes, as "1234.50"')
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _amount(value: str) -> str:
    try:
        amount = Decimal(value)
    except ArithmeticError:
        raise ValueError('an amount as "1234.50"') from None
    if not amount.is_finite() or amount != round(amount, 2) or abs(amount) >= 10**13:
        raise ValueError('an amount with at most two decimals, as "1234.50"')
    return value


Amount = Annotated[str, BeforeValidator(_exact), AfterValidator(_amount)]
"""Kroner with at most two decimals, as text: a float never holds money."""


class FollowedAccount(Model):
    """An account that is rolled forward each month, or one that is not although the account maps imply it."""

    kind: Literal["liability", "interim", "not"]
    """liability: credit adds, debit uses (gift cards, credit notes, deposits, tips). interim: debit adds, credit uses (card,
    Vipps, cash on its way). not: leave it out."""
    name: Name | None = None
    """For people; else it is named after the tenders and movements that use it."""
    opened_on: Day | None = None
    """The day from whose morning on it is followed; unset = the first day of the grid (partitions.start). Move it on each new
    year: the ledger is read from here to the month's end."""
    opening: Amount = Field("0")
    """Its balance on that morning, in the account's own direction: a debt, or money on its way, is positive."""


class Followed(Model):
    """An account with what is known of it."""

    account: int
    kind: Literal["liability", "interim"]
    name: str
    opened_on: Day | None
    opening: Amount


def followed_accounts(rules: Iterable[ResolvedRules], said: dict[int, FollowedAccount]) -> tuple[Followed, ...]:
    """The accounts to follow of a company, by number: what the maps of its stores imply, and what the settings say over it."""
    implied: dict[int, tuple[Literal["liability", "interim"], list[str]]] = {}

    def imply(account: int, kind: Literal["liability", "interim"], user: str) -> None:
        _, users = implied.setdefault(account, (kind, []))
        if user not in users:
            users.append(user)

    for each in rules:
        for code, tender in each.tenders.items():
            if tender.account in LIABILITIES:
                imply(tender.account, "liability", code)
            elif not _elsewhere(code, tender):
                imply(tender.account, "interim", code)
        for kind, movement in each.movements.items():
            if movement.account in LIABILITIES:
                imply(movement.account, "liability", kind)
            elif kind in ON_ITS_WAY and movement.account not in (*BANKS, *CASH_IN_HAND):
                imply(movement.account, "interim", kind)
    out: list[Followed] = []
    for account in sorted({*implied, *said}):
        of = said.get(account)
        kind = of.kind if of is not None else implied[account][0]
        if kind == "not":
            continue
        users = implied[account][1] if account in implied else []
        name = (of.name if of is not None else None) or ", ".join(users) or f"account {account}"
        opening = (of.opened_on, of.opening) if of is not None else (None, "0")
        out.append(Followed(account=account, kind=kind, name=name, opened_on=opening[0], opening=opening[1]))
    return tuple(out)


def _elsewhere(code: str, tender: TenderRule) -> bool:
    """Whether a tender's account is cash in hand (foreign notes too), a bank account, receivables or an income: not cleared by a pay-out."""
    return (
        tender.customer is not None
        or tender.cash is True
        or code == CASH_TYPE
        or tender.account in tender.currency_accounts.values()
        or tender.account not in BALANCE_SHEET
        or tender.account in CASH_IN_HAND
        or tender.account in BANKS
        or tender.account in RECEIVABLES
    )
