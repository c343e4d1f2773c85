"""A simulated shop: what a register sells, takes in and reports on a business day, from a seed.

Belongs here: chance - who buys what, how they pay, what goes wrong at the till - and the register's running numbers.
Does not: which shop (shop_spec.py), sums (shop_report.py), what shops sell (shop_profiles.py), faults (shop_faults.py), files (generate*.py).

Rules kept: VAT per line is gross * rate / (100 + rate) rounded half up to the øre; only the cash part of a receipt is rounded
to whole kroner, 1-49 øre down and 50-99 up; gift card sales are pay-ins and no turnover; void and training receipts are
journalled and left out of sums; Z numbers and grand totals run on (kassasystemforskrifta s. 2-8-2 and 2-8-3).
"""

from __future__ import annotations

import datetime as dt
import random
from bisect import bisect_left
from collections.abc import Callable

from frontline_pipeline.accounting.money import Ore, text
from frontline_pipeline.sandbox.shop_model import (
    Line,
    LogEvent,
    Payment,
    Receipt,
    ReceiptKind,
    RegisterDay,
    RegisterState,
    Report,
    Returnable,
    Seconds,
)
from frontline_pipeline.sandbox.shop_profiles import (
    CUSTOMERS,
    PROFILES,
    Profile,
    discounted,
    price_list,
    rate_on,
    whole_kroner,
)
from frontline_pipeline.sandbox.shop_report import summarise
from frontline_pipeline.sandbox.shop_spec import ShopSpec
from frontline_pipeline.sandbox.shop_special import Trade, odd_day, special_receipts

SHARE = 10_000


def simulate_day(
    shop: ShopSpec, day: dt.date, state: RegisterState, rng: random.Random, *, receipts: int | None = None
) -> RegisterDay | None:
    """One register's business day, or None when the shop is closed; `state` moves on.

    `receipts` fixes the number of transactions instead of drawing it. The same shop, day, state and rng state give the same
    day. Days of a register must be simulated in order. Raises ValueError when `state.register` is not one of the shop's.
    """
    if state.register not in shop.registers:
        raise ValueError(f"register {state.register!r} is not among those of {shop.store}: {', '.join(shop.registers)}")
    if shop.calendar.closed_because(day) is not None:
        return None
    return _Till(shop, day, state, rng).run(receipts)


class _Till:
    """A register on one day."""

    def __init__(self, shop: ShopSpec, day: dt.date, state: RegisterState, rng: random.Random) -> None:
        self.shop, self.day, self.state = shop, day, state
        self.profile: Profile = PROFILES[shop.profile]
        self.chance: Callable[[], float] = rng.random
        self.rng = rng
        low = rate_on("1", day)
        self.eat_in = price_list(shop.profile, low, takeaway=False)
        self.takeaway = price_list(shop.profile, low, takeaway=True) if self.profile.takeaway else ()
        self.payers = shop.payers()
        self.tenders = frozenset(way for way in self.payers if way != "SPLIT")
        self.tips = self.profile.tips if "tip" in shop.movements else 0
        self.gift_sales = (
            self.profile.gift_sales if "gift_card_sale" in shop.movements and "GAVEKORT" in self.tenders else 0
        )
        self.receipts: list[Receipt] = []
        self.log: list[LogEvent] = []
        self.opening_float = state.drawer
        self.before = (state.grand_total_sales, state.grand_total_return)
        self.operator = shop.operators(state.register)[0]

    def run(self, wanted: int | None) -> RegisterDay:
        opens = self.profile.opens
        closes = max(opens + 3600, min(self.profile.closing(self.day), self.shop.closes_by))
        special = self.shop.special
        odd = odd_day(self.chance) if "odd_days" in special else ""
        times = self._arrivals(0 if odd else wanted, opens, closes)
        self.log.append(LogEvent(opens - 900, "POSSTART"))
        self.log.append(LogEvent(opens - 600, "EMPIN", self.operator))
        self._float_in(opens - 540)
        self._serve(times, opens + (closes - opens) // 2, max(1, len(times) // 20))
        if special:
            self._special(closes + 60, odd)
        closed_at = closes + 600 + int(self.chance() * 900)
        self._bank_deposit(closes + 300)
        log, x_reports = self._x_report(closes)
        report = summarise(self.receipts, log, self.opening_float, self.before)
        expected = self.opening_float + self._cash_takings()
        counted = max(0, expected + self._cash_difference())
        state = self.state
        state.z_number += 1
        state.grand_total_sales = report.grand_total_sales
        state.grand_total_return = report.grand_total_return
        state.drawer = counted
        first_event = state.next_event
        # Every receipt has at most two events; numbers left over are gaps, which events may have.
        state.next_event += 2 * len(self.receipts) + len(log) + 3
        return RegisterDay(
            store=self.shop.store,
            register=state.register,
            day=self.day,
            z_number=state.z_number,
            opened_at=self.receipts[0].at if self.receipts else opens,
            closed_at=closed_at,
            closed_by=self.operator,
            receipts=self.receipts,
            log=log,
            report=report,
            x_reports=x_reports,
            expected_cash=expected,
            counted_cash=counted,
            grand_total_before=self.before,
            first_event=first_event,
            terminal=568_800 + self.shop.registers.index(state.register),
            drawers=2 if "two_drawers" in special else 1,
        )

    def _special(self, at: Seconds, odd: str) -> None:
        rest = "KORT" if "KORT" in self.tenders else "KONTANT"
        for draft in special_receipts(self.shop.special, odd, Trade(self._basket, self.chance, rest)):
            paid = draft.payments
            receipt = self._append(
                draft.kind, at, draft.lines, draft.amount, draft.amount_ex, draft.rounding, paid, 0, draft.customer
            )
            receipt.movement = draft.movement

    def _cash_takings(self) -> Ore:
        return sum(p.amount for r in self.receipts if r.counts for p in r.payments if p.tender == "KONTANT")

    def _arrivals(self, wanted: int | None, opens: Seconds, closes: Seconds) -> list[Seconds]:
        if wanted is None:
            factor = self.profile.weekdays[self.day.weekday()] * (85 + int(self.chance() * 31))
            wanted = max(1, self.shop.receipts_per_day * factor // SHARE)
        chance, span = self.chance, (closes - opens) / 2
        return sorted(opens + int((chance() + chance()) * span) for _ in range(wanted))

    def _serve(self, times: list[Seconds], shift: Seconds, keep: int) -> None:
        profile, chance = self.profile, self.chance
        returns = profile.returns
        gifts = returns + self.gift_sales
        voids = gifts + profile.voids
        training = voids + profile.trainings
        changed = False
        for index, at in enumerate(times):
            if not changed and at >= shift:
                changed = True
                self._change_shift(shift)
            u = chance() * SHARE
            if u >= training:
                self._sale(at, index % keep == 0)
            elif u < returns:
                if not self._return(at):
                    self._sale(at, True)
            elif u < gifts:
                self._gift_sale(at)
            elif u < voids:
                self._aside(at, void=True)
            else:
                self._aside(at, void=False)
        if not changed:
            self._change_shift(shift)

    def _change_shift(self, at: Seconds) -> None:
        self.log.append(LogEvent(at, "EMPOUT", self.operator))
        self.operator = self.shop.operators(self.state.register)[1]
        self.log.append(LogEvent(at, "EMPIN", self.operator))

    def _append(
        self,
        kind: ReceiptKind,
        at: Seconds,
        lines: tuple[Line, ...],
        amount: Ore,
        amount_ex: Ore,
        rounding: Ore,
        payments: tuple[Payment, ...],
        tip: Ore = 0,
        customer: str | None = None,
    ) -> Receipt:
        state = self.state
        receipt = Receipt(
            state.next_nr, kind, at, self.operator, lines, amount, amount_ex, rounding, payments, tip, customer
        )
        state.next_nr += 1
        self.receipts.append(receipt)
        return receipt

    def _sale(self, at: Seconds, keep: bool) -> None:
        chance, profile = self.chance, self.profile
        lines = self._basket()
        if chance() * SHARE < profile.discounts:
            lines[0] = discounted(lines[0], 5 + int(chance() * 8) * 5)
        amount = amount_ex = 0
        for line in lines:
            amount += line[3]
            amount_ex += line[4]
        way = self.payers[int(chance() * len(self.payers))]
        tip = rounding = 0
        payments: tuple[Payment, ...]
        if way in ("KORT", "VIPPS"):
            if self.tips and chance() * SHARE < self.tips:
                # 5 to 15 %, up to the next five kroner.
                tip = -(-amount * (5 + int(chance() * 11)) // 50_000) * 500
            payments = (Payment(way, amount + tip),)
        else:
            payments, rounding = self._payments(way, amount)
        customer = CUSTOMERS[int(chance() * len(CUSTOMERS))] if way == "KONTO" else None
        receipt = self._append("sale", at, tuple(lines), amount, amount_ex, rounding, payments, tip, customer)
        u = chance()
        if keep and len(payments) == 1 and way != "GAVEKORT" and not lines[0].discount:
            self.state.returnable.append(Returnable(receipt.nr, self.day, lines[0], payments[0].tender, customer))
        if u < 0.03:
            self._odds_and_ends(receipt, u)
        if profile.proformas and chance() * SHARE < profile.proformas:
            self.log.append(LogEvent(at - 240, "PROREC", self.operator, receipt.nr, amount=amount))

    def _basket(self) -> list[Line]:
        chance, profile = self.chance, self.profile
        wares = self.eat_in
        if profile.takeaway and chance() * SHARE < profile.takeaway:
            wares = self.takeaway
        size = len(wares)
        return [wares[int(chance() * size)] for _ in range(profile.basket[int(chance() * len(profile.basket))])]

    def _payments(self, way: str, amount: Ore) -> tuple[tuple[Payment, ...], Ore]:
        """Payments and rounding of a sale that is not simply put on a card."""
        if way == "KONTO":
            return (Payment(way, amount),), 0
        first: tuple[Payment, ...] = ()
        rest = amount
        if way == "GAVEKORT":
            used = min(amount, (10_000, 20_000, 30_000, 50_000)[int(self.chance() * 4)])
            first, rest = (Payment(way, used),), amount - used
            if rest and ("KORT" in self.tenders and (self.chance() < 0.7 or "KONTANT" not in self.tenders)):
                return (*first, Payment("KORT", rest)), 0
        elif way == "SPLIT":
            card = amount // 20_000 * 10_000
            if card:
                first, rest = (Payment("KORT", card),), amount - card
        if not rest:
            return first, 0
        # A rest below half a krone is given away: a cash payment of nothing, which carries the rounding.
        cash = whole_kroner(rest)
        return (*first, Payment("KONTANT", cash)), cash - rest

    def _odds_and_ends(self, receipt: Receipt, u: float) -> None:
        """What happens around one receipt in thirty: a line deleted before it, a copy after it, a look-up, a drawer opened."""
        at, line = receipt.at, receipt.lines[0]
        if u < 0.01:
            what = f"artID {line.article}; qnt 1; lineAmntIn {text(line.amount)}"
            self.log.append(LogEvent(at - 20, "LINEDELETE", self.operator, receipt.nr, what, amount=line.amount))
        elif u < 0.018:
            self.log.append(LogEvent(at + 30, "COPYREC", self.operator, receipt.nr, amount=receipt.amount))
        elif u < 0.025:
            what = f"artID {line.article}; artGroupID {line.group}; lineAmntIn {text(line.amount)}"
            self.log.append(LogEvent(at + 45, "PRICELOOKUP", self.operator, None, what, line.group, line.amount))
        else:
            self.log.append(LogEvent(at + 60, "DRAWOPENMAN", self.operator))

    def _return(self, at: Seconds) -> bool:
        """A customer brings something back; False when nothing has been sold that could come back."""
        kept = self.state.returnable
        if not kept:
            return False
        index = int(self.chance() * len(kept))
        sold = kept[index]
        del kept[index]
        line = sold.line
        back = line._replace(
            quantity=-line.quantity, amount=-line.amount, amount_ex=-line.amount_ex, vat=-line.vat, discount=0
        )
        # Money goes back the way it came.
        refund = whole_kroner(back.amount) if sold.tender == "KONTANT" else back.amount
        receipt = self._append(
            "return",
            at,
            (back,),
            back.amount,
            back.amount_ex,
            refund - back.amount,
            (Payment(sold.tender, refund),),
            customer=sold.customer,
        )
        receipt.original_nr, receipt.original_day = sold.nr, sold.day
        return True

    def _gift_sale(self, at: Seconds) -> None:
        value = (20_000, 30_000, 50_000, 50_000, 100_000)[int(self.chance() * 5)]
        ways = [way for way in ("KORT", "KORT", "VIPPS", "KONTANT") if way in self.tenders]
        self._movement(at, "GAVEKORTSALG", value, ways[int(self.chance() * len(ways))])

    def _movement(self, at: Seconds, code: str, amount: Ore, tender: str) -> None:
        receipt = self._append("movement", at, (), amount, amount, 0, (Payment(tender, amount),))
        receipt.movement = code

    def _aside(self, at: Seconds, *, void: bool) -> None:
        """A receipt that counts for nothing: aborted before it was paid, or rung up for training."""
        lines = tuple(self._basket())
        amount = sum(line.amount for line in lines)
        amount_ex = sum(line.amount_ex for line in lines)
        payments: tuple[Payment, ...] = ()
        rounding = 0
        if not void:
            paid = whole_kroner(amount)
            payments, rounding = (Payment("KONTANT", paid),), paid - amount
        receipt = self._append("sale", at, lines, amount, amount_ex, rounding, payments)
        receipt.void, receipt.training = void, not void

    def _float_in(self, at: Seconds) -> None:
        """Change is fetched when the drawer holds less than half of what it should."""
        wanted = self.profile.change_float
        if "KONTANT" not in self.tenders:
            return
        if self.state.z_number == 0 and self.state.drawer == 0:
            # A new register is handed its float before it is opened: an opening float, no pay-in.
            self.state.drawer = self.opening_float = wanted
        elif self.state.drawer < wanted // 2 and "float_in" in self.shop.movements:
            self._movement(at, "VEKSEL", wanted - self.state.drawer // 100 * 100, "KONTANT")

    def _bank_deposit(self, at: Seconds) -> None:
        """What exceeds the float goes to the night safe, in hundreds, when it is worth the walk."""
        if "KONTANT" not in self.tenders or "bank_deposit" not in self.shop.movements:
            return
        surplus = (self.opening_float + self._cash_takings() - self.profile.change_float) // 10_000 * 10_000
        if surplus >= 50_000:
            self._movement(at, "NATTSAFE", -surplus, "KONTANT")

    def _cash_difference(self) -> Ore:
        """Three days of four the count is right; else some kroner are short or over."""
        if "KONTANT" not in self.tenders or self.chance() < 0.75:
            return 0
        return (-5_000, -2_000, -1_000, -100, -100, 100, 500, 1_000)[int(self.chance() * 8)]

    def _x_report(self, closes: Seconds) -> tuple[list[LogEvent], dict[int, tuple[str, Report]]]:
        """The log in order of time; one day in eight someone runs an X report in it."""
        log = sorted(self.log, key=lambda event: event.at)
        if self.chance() >= 0.125:
            return log, {}
        at = self.profile.opens + (closes - self.profile.opens) * (40 + int(self.chance() * 40)) // 100
        position = bisect_left([event.at for event in log], at)
        so_far = self.receipts[: bisect_left([receipt.at for receipt in self.receipts], at)]
        report = summarise(so_far, log[:position], self.opening_float, self.before)
        operator = so_far[-1].operator if so_far else self.shop.operators(self.state.register)[0]
        log.insert(position, LogEvent(at, "XREP", operator, text="X-report"))
        self.state.x_number += 1
        return log, {position: (f"X{self.state.x_number}", report)}
