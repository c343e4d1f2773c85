"""Random sequences of store-days made of special cases, each event with what it must do to the ledger.

Belongs here: the events, their ledger effects written down apart from the code under test, and the Hypothesis strategy.
Does not: assertions (test_special_sequences.py).

Effects are signed øre per (account, department): debit positive, credit negative.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from frontline_pipeline_tests.strategies import LEDGER, RATES, Item, Till

Draw = Callable[[st.SearchStrategy[Any]], Any]
Ledger = Counter[tuple[int, int | None]]
DEPARTMENTS = {"K1": 11, "K2": 12}
"""K3 has none of its own: the store's."""
STORE_DEPARTMENT = 10
EURO = 11_735_000
FIRST = dt.date(2026, 11, 2)

SPECIAL: dict[str, Any] = {
    **LEDGER,
    "tenders": {
        **LEDGER["tenders"],
        "CASH": {"account": 1900, "currency_accounts": {"EUR": 1908}},
        "CARD": {"account": 1920, "difference_account": 1911},
        "MALL": {"account": 1579},
        "NOTE": {"account": 2902},
        "ORDER": {"account": 2900},
        "BOTTLE": {"account": 3900, "tax_code": "7"},
    },
    "movements": {
        **LEDGER["movements"],
        "credit_note_issue": {"account": 2902},
        "credit_note_payout": {"account": 2902},
        "agency_sale": {"account": 2990},
        "donation": {"account": 2991},
        "bottle_deposit": {"account": 3900, "tax_code": "7"},
        "bottle_deposit_refund": {"account": 3900, "tax_code": "7"},
        "tip_payout": {"account": 2930},
        "gift_card_expired": {"account": 2901, "counter_account": 3900, "counter_tax_code": "7"},
        "credit_note_expired": {"account": 2902, "counter_account": 3900, "counter_tax_code": "7"},
    },
    "movement_types": {"GC": "gift_card_sale", "FL": "float_in"},
    "movement_vat_codes": {"G": "gift_card_sale"},
    "movement_article_groups": {"610": "agency_sale"},
    "accounts": {"rounding": 7740, "cash_difference": 1909, "exchange_difference": 8160},
}
SALES = {"3": (3000, 2700, 25), "2": (3030, 2701, 15), "1": (3050, 2703, 12), "0": (3100, 0, 0)}
MOVES = {
    "gift_card_sale": (2901, 1),
    "credit_note_issue": (2902, 1),
    "deposit": (2900, 1),
    "payment_on_account": (1500, 1),
    "agency_sale": (2990, 1),
    "donation": (2991, 1),
    "bottle_deposit": (3900, 1),
    "float_in": (1910, 1),
    "bank_deposit": (1911, -1),
    "petty_cash": (7798, -1),
    "gift_card_payout": (2901, -1),
    "credit_note_payout": (2902, -1),
    "bottle_deposit_refund": (3900, -1),
    "tip_payout": (2930, -1),
}
LIABILITIES = {2900, 2901, 2902, 2930, 2990, 2991}


@dataclass
class Story:
    """One Z-report under construction, and what the ledger must hold of it."""

    till: Till
    effects: Ledger = field(default_factory=Counter)
    euros: int = 0
    euro_kroner: int = 0
    euro_count: int = 0
    drawers: int = 0

    @property
    def department(self) -> int | None:
        return DEPARTMENTS.get(self.till.register, STORE_DEPARTMENT)

    def post(self, account: int, amount: int) -> None:
        self.effects[account, self.department] += amount

    def sold(self, gross: int, code: str, sign: int = 1, percent: int | None = None) -> None:
        """Sales and VAT of one line; VAT contained in the gross, half an øre up."""
        sales, vat_account, rate = SALES[code]
        rate = rate if percent is None else percent
        vat = (gross * rate * 2 + 100 + rate) // (2 * (100 + rate))
        self.post(sales, -sign * (gross - vat))
        if vat:
            self.post(vat_account, -sign * vat)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of the Z frames, the euros apart from the kroner."""
        rows = self.till.rows(with_rounding=True)
        if self.euro_count:
            cash = next(row for row in rows["z_tenders"] if row["tender"] == "CASH")
            cash["amount"] -= self.euro_kroner
            rows["z_tenders"].append(
                {
                    **self.till.key,
                    "tender": "CASH",
                    "tender_type": "12001",
                    "count": self.euro_count,
                    "amount": self.euro_kroner,
                    "currency": "EUR",
                    "exchange_rate": EURO,
                    "amount_currency": self.euros,
                }
            )
            # The day's euros are worth what they are worth once; what the payments gave more or less is exchange difference.
            worth = (self.euros * EURO * 2 + 1_000_000) // 2_000_000
            self.post(1908, worth)
            self.post(8160, self.euro_kroner - worth)
        return rows


def _code(draw: Draw) -> str:
    return str(draw(st.sampled_from(sorted(RATES))))


def _gross(draw: Draw) -> int:
    return int(draw(st.integers(100, 200_000)))


def _pay(story: Story, draw: Draw, amount: int) -> str:
    """A tender for the rest of a receipt, with its effect; cash rounds to the whole krone."""
    tender = draw(st.sampled_from(["CARD", "CASH", "VIPPS"]))
    if tender == "CASH":
        size = (abs(amount) + 50) // 100 * 100
        paid = size if amount >= 0 else -size
        story.post(1900, paid)
        story.post(7740, -(paid - amount))
    else:
        story.post({"CARD": 1920, "VIPPS": 1925}[tender], amount)
    return str(tender)


def _sale(story: Story, draw: Draw) -> None:
    code, gross = _code(draw), _gross(draw)
    story.sold(gross, code)
    story.till.ring(Item(gross, code), pay=_pay(story, draw, gross))


def _sale_with_tip(story: Story, draw: Draw) -> None:
    code, gross, tip = _code(draw), _gross(draw), int(draw(st.integers(1, 9_000)))
    story.sold(gross, code)
    story.post(1920, gross + tip)
    story.post(2930, -tip)
    story.till.ring(Item(gross, code), pay="CARD", tip=tip)


def _paid_in_part_with(tender: str, account: int) -> Callable[[Story, Draw], None]:
    def event(story: Story, draw: Draw) -> None:
        code, gross = _code(draw), _gross(draw)
        part = int(draw(st.integers(1, gross)))
        story.sold(gross, code)
        story.post(account, part)
        story.till.ring(Item(gross, code), split=[(tender, part)], pay=_pay(story, draw, gross - part))

    return event


def _return(story: Story, draw: Draw) -> None:
    code, gross = _code(draw), _gross(draw)
    story.sold(gross, code, sign=-1)
    if draw(st.booleans()):
        story.post(2902, -gross)
        story.till.ring(Item(-gross, code), pay="NOTE")
    else:
        story.till.ring(Item(-gross, code), pay=_pay(story, draw, -gross))


def _old_return(story: Story, draw: Draw) -> None:
    """Sold in the months of 2021 when the low rate was 6 %."""
    gross = _gross(draw)
    story.sold(gross, "1", sign=-1, percent=6)
    story.post(1920, -gross)
    story.till.ring(Item(-gross, "1", rate=6_000, sold=dt.date(2021, 9, 20)), pay="CARD")


def _lottery(story: Story, draw: Draw) -> None:
    gross = _gross(draw)
    story.post(2990, -gross)
    story.till.ring(Item(gross, "0", group="610"), pay=_pay(story, draw, gross))


def _gift_card_as_article(story: Story, draw: Draw) -> None:
    gross = _gross(draw)
    story.post(2901, -gross)
    # VAT code G is unknown to the builder's table, and has the purchase code that registers give it.
    story.till.ring(Item(gross, "G", rate=0, standard="0"), pay=_pay(story, draw, gross))


def _move(story: Story, draw: Draw) -> None:
    kind = draw(st.sampled_from(sorted(MOVES)))
    account, direction = MOVES[kind]
    amount = int(draw(st.integers(1, 300_000)))
    tender, till_account = draw(st.sampled_from([("CASH", 1900), ("CARD", 1920)]))
    story.post(account, -direction * amount)
    story.post(till_account, direction * amount)
    story.till.move(kind, amount, tender)


def _taken_back(story: Story, draw: Draw) -> None:
    """The register lists it among pay-outs, under the code of a pay-in."""
    code, account = draw(st.sampled_from([("GC", 2901), ("FL", 1910)]))
    amount = int(draw(st.integers(1, 300_000)))
    story.post(account, amount)
    story.post(1900, -amount)
    story.till.move("other_pay_out", amount, "CASH", source_type=code)


def _expired(story: Story, draw: Draw) -> None:
    kind, account = draw(st.sampled_from([("gift_card_expired", 2901), ("credit_note_expired", 2902)]))
    amount = int(draw(st.integers(1, 300_000)))
    story.post(account, amount)
    story.post(3900, -amount)
    story.till.move(kind, amount, None, included=False)


def _counted(story: Story, draw: Draw) -> None:
    difference = int(draw(st.integers(-50_000, 50_000)))
    tender, account, other = draw(st.sampled_from([("CASH", 1900, 1909), ("CARD", 1920, 1911)]))
    story.drawers += 1
    story.post(account, difference)
    story.post(other, -difference)
    story.till.count(tender, 100_000 + difference, 100_000)
    story.till.counts[-1]["drawer"] = str(story.drawers)


def _euros(story: Story, draw: Draw) -> None:
    """Three sales paid in euros to the cent; the register makes whole øre of each payment."""
    for cents in draw(st.lists(st.integers(100, 20_000), min_size=3, max_size=3)):
        kroner = (cents * EURO * 2 + 1_000_000) // 2_000_000
        story.euros += cents
        story.euro_kroner += kroner
        story.euro_count += 1
        story.sold(kroner, "3")
        story.till.ring(Item(kroner, "3"), split=[("CASH", kroner)], pay="CARD")


EVENTS: tuple[Callable[[Story, Draw], None], ...] = (
    _sale,
    _sale_with_tip,
    _paid_in_part_with("GIFT", 2901),
    _paid_in_part_with("MALL", 1579),
    _paid_in_part_with("NOTE", 2902),
    _paid_in_part_with("ORDER", 2900),
    _paid_in_part_with("BOTTLE", 3900),
    _paid_in_part_with("ACCOUNT", 1500),
    _return,
    _old_return,
    _lottery,
    _gift_card_as_article,
    _move,
    _taken_back,
    _expired,
    _counted,
    _euros,
)


@st.composite
def sequences(draw: st.DrawFn) -> list[list[Story]]:
    """One to four days of a store with up to three registers, each with a Z of up to eight special events; a Z may be empty."""
    days = []
    numbers = dict.fromkeys(("K1", "K2", "K3"), draw(st.integers(1, 9_000)))
    for offset in range(draw(st.integers(1, 4))):
        stories = []
        for register in draw(st.lists(st.sampled_from(sorted(numbers)), min_size=1, max_size=3)):
            numbers[register] += 1
            story = Story(Till(register, str(numbers[register]), FIRST + dt.timedelta(days=offset)))
            for event in draw(st.lists(st.sampled_from(EVENTS), max_size=8)):
                event(story, draw)
            stories.append(story)
        days.append(stories)
    return days
