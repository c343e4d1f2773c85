"""Chains of Z heads for tests: a register that is closed day by day, and what happens to its extracts.

Belongs here: building heads that continue each other by construction, and the faults a chain can have.
Does not: assertions; whole store-days with receipts (strategies.py).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from frontline_pipeline.accounting.chain_model import Break, Chain, ZHead

START = dt.date(2025, 11, 18)


@dataclass
class Register:
    """A register that is closed again and again: `close` gives the head of each Z."""

    register: str = "K1"
    store: str = "oslo"
    number: int = 0
    sales: int = 0
    returned: int = 0
    day: dt.date = START
    heads: list[ZHead] = field(default_factory=list)

    def close(self, total: int = 100_00, returns: int = 0, reductions: int | None = None, *, days: int = 1) -> ZHead:
        """The next Z-report, `days` days after the last; `reductions`: what grand total return grows by (default: the returns)."""
        taken = returns if reductions is None else reductions
        self.number += 1
        self.sales += total + taken
        self.returned += taken
        head = ZHead(
            store=self.store,
            business_day=self.day,
            register=self.register,
            z_number=str(self.number),
            sales_total=total,
            return_amount=returns,
            grand_total_sales=self.sales,
            grand_total_return=self.returned,
            grand_total_net=self.sales - self.returned,
        )
        self.heads.append(head)
        self.day += dt.timedelta(days=days)
        return head

    def closed(self, times: int) -> list[ZHead]:
        """So many Z-reports more, one a day."""
        return [self.close(total=100_00 + n) for n in range(times)]


def lived(seed: int, days: int, register: str = "K1", store: str = "oslo") -> list[ZHead]:
    """A register's life: days off, two Z on one day, several days in one Z, returns and other reductions, negative days."""
    rng = random.Random(seed)
    till = Register(register, store, number=0, day=START)
    first = True
    while (till.day - START).days < days:
        # On the first day of all registers nothing is skipped: a register that comes later needs an entry.
        if not first and rng.random() < 0.15:
            till.day += dt.timedelta(days=rng.randint(1, 4))
            continue
        first = False
        returns = rng.choice((0, 0, 0, rng.randint(1, 90_000)))
        other = rng.choice((0, 0, rng.randint(1, 20_000)))
        total = rng.randint(-40_000, 900_000)
        till.close(total, returns, returns + other, days=0 if rng.random() < 0.05 else 1)
    return till.heads


def breaks(found: Iterable[Chain]) -> list[Break]:
    """All breaks of all chains."""
    return [each for chain in found for each in chain.breaks]


def errors(found: Iterable[Chain]) -> list[Break]:
    """All breaks that are errors."""
    return [each for each in breaks(found) if each.error]


def raised(head: ZHead, amount: int) -> ZHead:
    """The head with grand totals that are wrong but fit each other."""
    assert head.grand_total_sales is not None
    assert head.grand_total_net is not None
    return replace(
        head, grand_total_sales=head.grand_total_sales + amount, grand_total_net=head.grand_total_net + amount
    )
