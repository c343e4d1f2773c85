"""Valid store-days for the mutation suite, rung up receipt by receipt, as rows that a fault can change.

Belongs here: chance (a seed gives one day), the rows of a day as Z frames and receipt frames.
Does not: faults (faults.py). The till is that of strategies.py; its shapes follow a shop: round prices that repeat, weighed goods,
few returns, a gift card now and then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.strategies import DAY, RATES, Item, Till, frames, ledger, not_delivered, profile

Row = dict[str, Any]
KEY = ("K1", "1001")
"""The Z-report that is struck; the day's other registers stay as they are."""

ALL_IN = profile()
TIPS_OUT = profile(ledger(tenders_include=["pay_ins", "pay_outs"]))


@dataclass
class Case:
    """A store-day as rows; `with_receipts` = they are delivered, `stated` = the Z states its rounding."""

    seed: int
    profile: StoreProfile
    with_receipts: bool
    stated: bool
    z: dict[str, list[Row]] = field(default_factory=dict)
    receipts: dict[str, list[Row]] = field(default_factory=dict)
    day: dt.date = DAY

    def copy(self) -> Case:
        """A day that can be struck without changing this one."""
        return Case(
            self.seed,
            self.profile,
            self.with_receipts,
            self.stated,
            deepcopy(self.z),
            deepcopy(self.receipts),
            self.day,
        )

    def of(self, frame: str, key: tuple[str, str] = KEY) -> list[Row]:
        """The rows of one Z-report."""
        rows = self.z if frame in self.z else self.receipts
        return [row for row in rows[frame] if (row["register"], row["z_number"]) == key]

    @property
    def head(self) -> Row:
        return self.of("z_reports")[0]

    def z_bundle(self) -> Bundle:
        """The raw Z frames."""
        return Bundle("oslo", self.day, Status.OK, frames(Z_FRAMES, self.z))

    def receipts_bundle(self) -> Bundle:
        """The raw receipt frames, or none where they are not delivered."""
        if not self.with_receipts:
            return not_delivered(self.day)
        return Bundle("oslo", self.day, Status.OK, frames(RECEIPT_FRAMES, self.receipts))


def bundles(cases: Sequence[Case]) -> Iterator[tuple[Bundle, Bundle]]:
    """The bundles of many days. Their rows are made frames together and cut apart: most of a small frame's cost is its making."""
    names = {spec.name for spec in (*Z_FRAMES, *RECEIPT_FRAMES)}
    together: dict[str, list[Row]] = {name: [] for name in names}
    cuts: dict[str, list[int]] = {name: [0] for name in names}
    for case in cases:
        for name in names:
            together[name] += case.z.get(name, []) + case.receipts.get(name, [])
            cuts[name].append(len(together[name]))
    made = {**frames(Z_FRAMES, together), **frames(RECEIPT_FRAMES, together)}
    for number, case in enumerate(cases):
        own = {n: f.iloc[cuts[n][number] : cuts[n][number + 1]].reset_index(drop=True) for n, f in made.items()}
        z = Bundle("oslo", case.day, Status.OK, {spec.name: own[spec.name] for spec in Z_FRAMES})
        receipts = Bundle("oslo", case.day, Status.OK, {spec.name: own[spec.name] for spec in RECEIPT_FRAMES})
        yield z, receipts if case.with_receipts else not_delivered(case.day)


def valid_day(seed: int, *, with_receipts: bool | None = None) -> Case:
    """One valid store-day: one to three registers, each with one Z-report."""
    chance = Random(seed)
    receipts = chance.random() < 0.6 if with_receipts is None else with_receipts
    stated = not receipts or chance.random() < 0.5
    tips_in = chance.random() < 0.7
    case = Case(seed, ALL_IN if tips_in else TIPS_OUT, receipts, stated)
    for number in range(chance.choice((1, 2, 2, 3))):
        till = _till(chance, f"K{number + 1}", str(1001 + 500 * number), tips_in)
        for name, rows in till.rows(stated).items():
            case.z.setdefault(name, []).extend(deepcopy(rows))
        for name, rows in (
            ("receipts", till.receipts),
            ("receipt_lines", till.lines),
            ("receipt_payments", till.payments),
        ):
            case.receipts.setdefault(name, []).extend(deepcopy(rows))
    return case


def _till(chance: Random, register: str, z_number: str, tips_in: bool) -> Till:
    till = Till(register, z_number)
    goods = [item for _ in range(30) for item in _good(chance)]
    for index in range(chance.randint(4, 18)):
        bought = [Item(g.gross, g.code, g.group) for g in (chance.choice(goods) for _ in range(chance.randint(1, 4)))]
        if index and chance.random() < 0.1:
            for item in bought:
                item.gross = -item.gross
        pay = chance.choices(("CASH", "CARD", "VIPPS"), (3, 5, 2))[0]
        total = sum(item.gross for item in bought)
        split = [("GIFT", total // 2)] if total > 10_000 and chance.random() < 0.1 else []
        tip = chance.randrange(500, 9_000) if tips_in and pay == "CARD" and total > 0 and chance.random() < 0.1 else 0
        till.ring(*bought, pay=pay, split=split, tip=tip, hour=chance.randint(9, 20))
    if not tips_in and chance.random() < 0.5:
        till.move("tip", chance.randrange(500, 9_000), "CARD", included=False)
    credit = 0
    if chance.random() < 0.35:
        good = chance.choice(goods)
        till.ring(Item(good.gross * chance.randint(2, 9), good.code, good.group), kind="credit_sale", customer="10001")
        credit = till.receipts[-1]["amount"]
    for kind, tender in _movements(chance):
        amount = chance.randrange(5, 41) * 5_000 if kind == "gift_card_sale" else chance.randrange(2_000, 400_000)
        till.move(kind, amount, tender)
    cash = sum(p["amount"] for p in till.payments if p["tender"] == "CASH")
    if chance.random() < 0.5:
        till.count("CASH", max(cash + 150_000 + chance.randint(-900, 900), 0), cash + 150_000)
    return till.state(credit_sales=credit)


def _good(chance: Random) -> Iterator[Item]:
    """A priced article, or a weighed one of any price."""
    code = chance.choices(sorted(RATES), (1, 2, 4, 6))[0]
    price = chance.choice((1_990, 2_490, 4_900, 7_950, 12_990, 19_900, 34_900, 89_900))
    if chance.random() < 0.5:
        price = chance.randrange(1_000, 60_000)
    yield Item(price, code, chance.choice(("100", "200", "300", "400")))


def _movements(chance: Random) -> list[tuple[str, str]]:
    known = [("gift_card_sale", "CARD"), ("gift_card_sale", "CASH"), ("bank_deposit", "CASH"), ("petty_cash", "CASH")]
    known += [("deposit", "CARD"), ("payment_on_account", "CARD")]
    kinds: dict[str, str] = dict(chance.sample(known, chance.choice((0, 1, 1, 2, 2, 3))))
    return list(kinds.items())
