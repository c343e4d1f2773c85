"""Special cases of a till that a simulated shop can have on top of its ordinary trade, on request.

Belongs here: what each special is, the register's codes for it, what the store's settings must have for it, and its receipts.
Does not: ordinary trade (shop.py), sums (shop_report.py), faults (shop_faults.py).

Chance comes from the day's own stream and is drawn only for shops that have specials, so that all other days stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.sandbox.shop_model import Line, Payment, ReceiptKind
from frontline_pipeline.sandbox.shop_profiles import CUSTOMERS, Article, whole_kroner
from frontline_pipeline.settings import StoreProfile

SpecialKind = Literal[
    "gift_card_topped_up",
    "gift_card_of_another_issuer",
    "credit_note",
    "deposit",
    "payment_on_account",
    "agency_sale",
    "donation",
    "bottle_deposit",
    "tip_payout",
    "petty_cash",
    "write_off",
    "foreign_notes",
    "two_drawers",
    "odd_days",
    "credit_sale",
]

EURO_CODE = "EURO"
EURO_RATE = 11_735_000
"""NOK per euro, in millionths."""

SPECIAL_TENDERS = {
    "TILGODE": ("12010", "Credit note"),
    "SENTERKORT": ("12005", "Mall gift card"),
    "FORSKUDD": ("12999", "Deposit settled"),
    "PANT": ("12008", "Bottle deposit"),
    EURO_CODE: ("12001", "Euro notes"),
}
"""Tender code -> (SAF-T payment code, description)."""
SPECIAL_MOVEMENTS = {
    "PAAFYLL": "gift_card_sale",
    "DEPOSITUM": "deposit",
    "INNBETALING": "payment_on_account",
    "SENTERKORTSALG": "agency_sale",
    "INNSAMLING": "donation",
    "PANTUT": "bottle_deposit_refund",
    "TIPSUT": "tip_payout",
    "UTLEGG": "petty_cash",
    "GAVEKORTUTLOPT": "gift_card_expired",
}
"""Pay-in, pay-out and write-off codes -> kind of movement."""
SPECIAL_PAY_INS = ("PAAFYLL", "DEPOSITUM", "INNBETALING", "SENTERKORTSALG", "INNSAMLING")
SPECIAL_PAY_OUTS = ("PANTUT", "TIPSUT", "UTLEGG")
WRITE_OFFS = ("GAVEKORTUTLOPT",)
"""No money moves; SAF-T has no place for them but among the pay-ins."""
SPECIAL_TRANSACTIONS = {
    **{code: ("11011", f"Pay-in {code.lower()}") for code in (*SPECIAL_PAY_INS, *WRITE_OFFS)},
    **{code: ("11010", f"Pay-out {code.lower()}") for code in SPECIAL_PAY_OUTS},
    "INNBETALING": ("11005", "Payment on account"),
    "CREDITSAL": ("11002", "Credit sale"),
}
SPECIAL_GROUPS = {"600": ("04999", "Bottle deposit"), "610": ("04999", "Lottery")}
SPECIAL_ARTICLES = (
    Article("0096001", "Pant", "600", 300, "0"),
    Article("0096101", "Lodd", "610", 10_000, "0"),
)


class _Needs(NamedTuple):
    tenders: tuple[str, ...] = ()
    movements: tuple[str, ...] = ()
    """Codes."""
    groups: tuple[tuple[str, str], ...] = ()
    """(article group, the kind that the settings must make of it)."""
    credit_sales: bool = False
    """Whether the journal must book credit sales that the Z states apart."""


NEEDS: dict[SpecialKind, _Needs] = {
    "gift_card_topped_up": _Needs(movements=("PAAFYLL",)),
    "gift_card_of_another_issuer": _Needs(("SENTERKORT",), ("SENTERKORTSALG",)),
    "credit_note": _Needs(("TILGODE",)),
    "deposit": _Needs(("FORSKUDD",), ("DEPOSITUM",)),
    "payment_on_account": _Needs(movements=("INNBETALING",)),
    "agency_sale": _Needs(groups=(("610", "agency_sale"),)),
    "donation": _Needs(movements=("INNSAMLING",)),
    "bottle_deposit": _Needs(("PANT",), ("PANTUT",), (("600", "bottle_deposit"),)),
    "tip_payout": _Needs(movements=("TIPSUT",)),
    "petty_cash": _Needs(movements=("UTLEGG",)),
    "write_off": _Needs(movements=("GAVEKORTUTLOPT",)),
    "foreign_notes": _Needs((EURO_CODE,)),
    "two_drawers": _Needs(),
    "odd_days": _Needs(),
    "credit_sale": _Needs(credit_sales=True),
}
if set(NEEDS) != set(get_args(SpecialKind)):
    raise RuntimeError("NEEDS and SpecialKind name different specials")


def told_in_saft(code: str) -> str:
    """The kind of movement that SAF-T alone tells of a code; the settings' `movement_types` say the rest."""
    if code == "INNBETALING":
        return "payment_on_account"
    return "other_pay_out" if code in SPECIAL_PAY_OUTS else "other_pay_in"


def specials_of(store: StoreProfile, saft: bool) -> tuple[SpecialKind, ...]:
    """The specials whose tenders, movements and article groups the store's settings can book."""

    def bookable(code: str) -> bool:
        kind = SPECIAL_MOVEMENTS[code]
        meant = store.movement_kind(told_in_saft(code) if saft else kind, code)
        return meant == kind and kind in store.rules.movements

    def taken(code: str) -> bool:
        rule = store.rules.tenders.get(code)
        return rule is not None and (code != EURO_CODE or saft or "EUR" in rule.currency_accounts)

    groups = store.rules.movement_article_groups
    return tuple(
        special
        for special, needs in NEEDS.items()
        if all(taken(code) for code in needs.tenders)
        and all(bookable(code) for code in needs.movements)
        and (not needs.credit_sales or store.rules.credit_sales is not None)
        and all(groups.get(group) == kind and kind in store.rules.movements for group, kind in needs.groups)
    )


def euro_cents(kroner: Ore) -> int:
    """The euro cents that a register made `kroner` of; exact, because a cent is worth more than an øre."""
    size = (2 * abs(kroner) * 1_000_000 + EURO_RATE) // (2 * EURO_RATE)
    return size if kroner >= 0 else -size


def euro_kroner(cents: int) -> Ore:
    """What a register makes of euro cents, half an øre up."""
    return (2 * cents * EURO_RATE + 1_000_000) // 2_000_000


@dataclass(frozen=True)
class Draft:
    """A receipt to be rung up; `movement` names a code when it is no sale. Its amount is that of its lines, else `moved`."""

    payments: tuple[Payment, ...]
    lines: tuple[Line, ...] = ()
    kind: ReceiptKind = "sale"
    movement: str | None = None
    moved: Ore = 0
    customer: str | None = None

    @property
    def amount(self) -> Ore:
        return sum(line.amount for line in self.lines) if self.lines else self.moved

    @property
    def amount_ex(self) -> Ore:
        return sum(line.amount_ex for line in self.lines) if self.lines else self.moved

    @property
    def rounding(self) -> Ore:
        return sum(p.amount for p in self.payments) - self.amount if self.payments and self.lines else 0


class Trade(NamedTuple):
    """What the drafts need of the shop: a basket of goods, the day's chance, the tender that takes the rest."""

    basket: Callable[[], list[Line]]
    chance: Callable[[], float]
    rest: str


def odd_day(chance: Callable[[], float]) -> Literal["", "zero", "gift_cards", "negative"]:
    """What kind of day it is: an ordinary one five times of six."""
    u = chance() * 36
    return "zero" if u < 2 else "gift_cards" if u < 4 else "negative" if u < 6 else ""


def special_receipts(kinds: tuple[SpecialKind, ...], odd: str, trade: Trade) -> Iterator[Draft]:
    """The day's special receipts. On a day of only gift cards nothing but gift cards, on a negative day one great return more, on a
    day without sales none."""
    if odd == "zero":
        return
    if odd == "gift_cards":
        yield from _topped_up(trade)
        return
    for kind in kinds:
        make = _MAKE.get(kind)
        if make is not None and (odd != "negative" or kind in ("credit_note", "petty_cash")):
            yield from make(trade)
    if odd == "negative":
        back = tuple(_back(line) for line in trade.basket())
        yield _paid(trade, back, kind="return")


def _round_hundreds(trade: Trade, most: int) -> Ore:
    return 10_000 * (1 + int(trade.chance() * most))


def _back(line: Line) -> Line:
    return line._replace(
        quantity=-line.quantity, amount=-line.amount, amount_ex=-line.amount_ex, vat=-line.vat, discount=0
    )


def _paid(trade: Trade, lines: tuple[Line, ...], *first: Payment, kind: ReceiptKind = "sale") -> Draft:
    """A receipt whose rest goes on the shop's tender for it; cash is rounded to whole kroner."""
    rest = sum(line.amount for line in lines) - sum(p.amount for p in first)
    paid = whole_kroner(rest) if trade.rest == "KONTANT" else rest
    return Draft((*first, *((Payment(trade.rest, paid),) if paid else ())), lines, kind)


def _part(trade: Trade, lines: tuple[Line, ...]) -> Ore:
    """A whole part of what the lines cost, in kroner; at least the last øre stays for the rest."""
    total = sum(line.amount for line in lines)
    return max(min(total, 100), total // 300 * 100 * (1 + int(trade.chance() * 2)))


def _in(trade: Trade, code: str, amount: Ore, customer: str | None = None) -> Draft:
    return Draft((Payment(trade.rest, amount),), kind="movement", movement=code, moved=amount, customer=customer)


def _out(code: str, amount: Ore) -> Draft:
    return Draft((Payment("KONTANT", -amount),), kind="movement", movement=code, moved=-amount)


def _part_paid_with(tender: str) -> Callable[[Trade], Iterator[Draft]]:
    def drafts(trade: Trade) -> Iterator[Draft]:
        lines = tuple(trade.basket())
        yield _paid(trade, lines, Payment(tender, _part(trade, lines)))

    return drafts


def _topped_up(trade: Trade) -> Iterator[Draft]:
    yield _in(trade, "PAAFYLL", _round_hundreds(trade, 5))


def _other_issuer(trade: Trade) -> Iterator[Draft]:
    yield _in(trade, "SENTERKORTSALG", _round_hundreds(trade, 10))
    yield from _part_paid_with("SENTERKORT")(trade)


def _credit_note(trade: Trade) -> Iterator[Draft]:
    back = tuple(_back(line) for line in trade.basket()[:1])
    yield Draft((Payment("TILGODE", sum(line.amount for line in back)),), back, "return")
    yield from _part_paid_with("TILGODE")(trade)


def _deposit(trade: Trade) -> Iterator[Draft]:
    yield _in(trade, "DEPOSITUM", _round_hundreds(trade, 20))
    yield from _part_paid_with("FORSKUDD")(trade)


def _on_account(trade: Trade) -> Iterator[Draft]:
    yield _in(trade, "INNBETALING", _round_hundreds(trade, 30), CUSTOMERS[int(trade.chance() * len(CUSTOMERS))])


def _free_of_vat(article: Article, quantity: int) -> Line:
    amount = article.price * quantity
    return Line(article.number, article.group, 1000 * quantity, amount, amount, 0, article.vat_code, 0)


def _agency(trade: Trade) -> Iterator[Draft]:
    yield _paid(trade, (*trade.basket(), _free_of_vat(SPECIAL_ARTICLES[1], 1 + int(trade.chance() * 3))))


def _donation(trade: Trade) -> Iterator[Draft]:
    yield _in(trade, "INNSAMLING", 500 * (1 + int(trade.chance() * 20)))


def _bottles(trade: Trade) -> Iterator[Draft]:
    lines = (*trade.basket(), _free_of_vat(SPECIAL_ARTICLES[0], 1 + int(trade.chance() * 6)))
    yield _paid(trade, lines, Payment("PANT", min(_part(trade, lines), 100 * (1 + int(trade.chance() * 60)))))
    yield _out("PANTUT", 100 * (1 + int(trade.chance() * 90)))


def _tips_out(trade: Trade) -> Iterator[Draft]:
    yield _out("TIPSUT", 1_000 * (1 + int(trade.chance() * 30)))


def _petty_cash(trade: Trade) -> Iterator[Draft]:
    yield _out("UTLEGG", 50 + 100 * int(trade.chance() * 300))


def _expired(trade: Trade) -> Iterator[Draft]:
    yield Draft((), kind="movement", movement="GAVEKORTUTLOPT", moved=_round_hundreds(trade, 5))


def _euros(trade: Trade) -> Iterator[Draft]:
    """Notes of five euros, change in kroner."""
    lines = tuple(trade.basket())
    amount = sum(line.amount for line in lines)
    notes = -(-euro_cents(amount) // 500) * 500 or 500
    kroner = euro_kroner(notes)
    change = whole_kroner(amount - kroner)
    yield Draft((Payment(EURO_CODE, kroner), Payment("KONTANT", change)), lines)


def _credit(trade: Trade) -> Iterator[Draft]:
    """Sold on credit, to one or two customers; some of it comes back, to a customer who may have bought on another day."""

    def customer() -> str:
        return CUSTOMERS[int(trade.chance() * len(CUSTOMERS))]

    for _ in range(1 + int(trade.chance() * 2)):
        yield Draft((), tuple(trade.basket()), "credit_sale", customer=customer())
    if trade.chance() < 0.4:
        yield Draft((), tuple(_back(line) for line in trade.basket()[:1]), "credit_return", customer=customer())


_MAKE: dict[SpecialKind, Callable[[Trade], Iterator[Draft]]] = {
    "gift_card_topped_up": _topped_up,
    "gift_card_of_another_issuer": _other_issuer,
    "credit_note": _credit_note,
    "deposit": _deposit,
    "payment_on_account": _on_account,
    "agency_sale": _agency,
    "donation": _donation,
    "bottle_deposit": _bottles,
    "tip_payout": _tips_out,
    "petty_cash": _petty_cash,
    "write_off": _expired,
    "foreign_notes": _euros,
    "credit_sale": _credit,
}
