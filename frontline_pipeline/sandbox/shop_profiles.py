"""What kinds of shop the sandbox knows: what they sell, how people pay, when they are open.

Belongs here: the register's own codes (VAT, tenders, groups, movements, events) with their SAF-T codes,
the profiles, and the rules of price: VAT, rounding, discount.
Does not: chance and time (shop.py), the real chart of accounts (settings).

The codes are an example of a register's own codes; SAF-T maps them through `basics` and `vatCodeDetails`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from frontline_pipeline.accounting.money import Ore
from frontline_pipeline.sandbox.shop_model import Line

STANDARD_VAT_CODES = {"0": "5", "1": "33", "2": "31", "3": "3"}
"""Register's VAT code -> SAF-T standard tax code (sales side)."""
TENDERS = {
    "KONTANT": ("12001", "Cash"),
    "KORT": ("12002", "Debit card"),
    "VIPPS": ("12011", "Vipps"),
    "GAVEKORT": ("12005", "Gift card"),
    "KONTO": ("12006", "Customer account"),
    "MYNTAPP": ("12999", "Other wallet"),
}
"""Tender code -> (SAF-T payment code, description). MYNTAPP is only used by the fault `unknown_tender`."""
MOVEMENT_TYPES = {"GAVEKORTSALG": "gift_card_sale", "VEKSEL": "float_in", "NATTSAFE": "bank_deposit"}
"""Pay-in and pay-out codes -> kind of movement; contract files say the kind themselves."""
SAFT_KINDS = {"GAVEKORTSALG": "other_pay_in", "VEKSEL": "float_in", "NATTSAFE": "other_pay_out"}
"""What SAF-T alone tells of those codes; the settings' `movement_types` say the rest."""
PAY_IN_CODES = ("GAVEKORTSALG", "VEKSEL")
PAY_OUT_CODES = ("NATTSAFE",)
TRANSACTION_TYPES = {
    "CASHSAL": ("11001", "Cash sale"),
    "RETURNSAL": ("11006", "Return"),
    "GAVEKORTSALG": ("11999", "Gift card sold"),
    "VEKSEL": ("11007", "Change float added"),
    "NATTSAFE": ("11010", "Cash to bank"),
}
GROUPS = {
    "100": ("04006", "Food"),
    "110": ("04011", "Soft drinks"),
    "120": ("04007", "Beer"),
    "130": ("04008", "Wine"),
    "200": ("04013", "Tobacco"),
    "300": ("04003", "Clothes & shoes"),
    "310": ("04999", "Accessories"),
    "400": ("04999", "Newspapers & books"),
    "410": ("04999", "Tickets"),
    "500": ("04999", "Household"),
}
"""Article group -> (SAF-T group code, description)."""
EVENTS = {
    "POSSTART": ("13001", "POS application start"),
    "POSEND": ("13002", "POS application shut down"),
    "EMPIN": ("13003", "Employee log in"),
    "EMPOUT": ("13004", "Employee log out"),
    "DRAWOPEN": ("13005", "Open cash drawer"),
    "DRAWOPENMAN": ("13005", "Open cash drawer manually"),
    "XREP": ("13008", "X report"),
    "ZREP": ("13009", "Z report"),
    "SALREC": ("13012", "Sales receipt"),
    "RETREC": ("13013", "Return receipt"),
    "COPYREC": ("13014", "Copy receipt"),
    "PROREC": ("13015", "Provisional receipt"),
    "TRAINREC": ("13017", "Training receipt"),
    "MOVREC": ("13018", "Pay-in or pay-out receipt"),
    "PRICELOOKUP": ("13022", "Price look-up"),
    "VOIDREC": ("13028", "Void receipt"),
    "LINEDELETE": ("13999", "Delete line"),
}
CUSTOMERS = tuple(str(10001 + n) for n in range(12))
"""Keys of the customers that buy on account."""

_LOW_RATES = (
    (dt.date(2021, 10, 1), 12_000),
    (dt.date(2020, 4, 1), 6_000),
    (dt.date(2018, 1, 1), 12_000),
    (dt.date(2016, 1, 1), 10_000),
)


def rate_on(vat_code: str, day: dt.date) -> int:
    """The rate of a register's VAT code on `day` (from 2012 on), in thousandths of a percent."""
    if vat_code == "1":
        return next((rate for first, rate in _LOW_RATES if day >= first), 8_000)
    return {"0": 0, "2": 15_000, "3": 25_000}[vat_code]


def vat_of(gross: Ore, rate: int) -> Ore:
    """VAT contained in `gross`, rounded half up to the øre; a return mirrors its sale."""
    if gross < 0:
        return -vat_of(-gross, rate)
    parts = 100_000 + rate
    return (2 * gross * rate + parts) // (2 * parts)


def whole_kroner(amount: Ore) -> Ore:
    """Rounded to whole kroner as cash is: 1-49 øre down, 50-99 up; a refund mirrors its sale (øreavrunding)."""
    if amount < 0:
        return -whole_kroner(-amount)
    return (amount + 50) // 100 * 100


def discounted(line: Line, percent: int) -> Line:
    """The line with `percent` off, its VAT taken of what is paid."""
    discount = line.amount * percent // 100
    amount = line.amount - discount
    vat = vat_of(amount, line.rate)
    return line._replace(amount=amount, amount_ex=amount - vat, vat=vat, discount=discount)


@dataclass(frozen=True, slots=True)
class Article:
    """What is sold; price in øre incl. VAT, per unit or per kilogram (`weighed`)."""

    number: str
    name: str
    group: str
    price: Ore
    vat_code: str
    popular: int = 1
    weighed: bool = False
    takeaway_code: str | None = None
    """VAT code when it is taken away; None: not sold so."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of shop. Shares are per 10 000 receipts; hours are seconds after midnight."""

    name: str
    articles: tuple[Article, ...]
    opens: int
    closes: int
    """Above 86 400 the shop closes after midnight."""
    basket: tuple[int, ...]
    """Numbers of lines, drawn evenly."""
    payers: tuple[tuple[str, int], ...]
    """(how it is paid, weight): a tender, or SPLIT for card and cash."""
    weekdays: tuple[int, ...]
    """Percent of the mean, Monday first."""
    returns: int
    gift_sales: int
    discounts: int
    takeaway: int = 0
    tips: int = 0
    """Share of card and Vipps receipts with a tip."""
    proformas: int = 0
    voids: int = 60
    trainings: int = 15
    change_float: Ore = 200_000
    closes_late: int | None = None
    """Closing time on Fridays and Saturdays, when it differs."""

    def closing(self, day: dt.date) -> int:
        """Closing time of `day`."""
        return self.closes_late if self.closes_late is not None and day.weekday() in (4, 5) else self.closes

    @property
    def vat_codes(self) -> frozenset[str]:
        codes = {a.vat_code for a in self.articles} | {a.takeaway_code for a in self.articles if self.takeaway}
        return frozenset(code for code in codes if code is not None)


def _hours(hours: int, minutes: int = 0) -> int:
    return hours * 3600 + minutes * 60


_GROCERY = (
    Article("0010001", "Lettmelk 1 l", "100", 2_290, "2", 5),
    Article("0010002", "Grovbrød 750 g", "100", 3_490, "2", 4),
    Article("0010003", "Gulost 500 g", "100", 7_990, "2", 2),
    Article("0010004", "Kjøttdeig 400 g", "100", 5_490, "2", 2),
    Article("0010005", "Epler, løsvekt", "100", 3_290, "2", 3, weighed=True),
    Article("0010006", "Laksefilet, ferskvare", "100", 24_900, "2", 1, weighed=True),
    Article("0010007", "Pasta & saus", "100", 4_790, "2", 2),
    Article("0010008", "Kaffe 250 g", "100", 5_990, "2", 2),
    Article("0011001", "Mineralvann 1,5 l", "110", 2_490, "2", 3),
    Article("0012001", "Pils 0,5 l", "120", 3_390, "3", 3),
    Article("0013001", "Tørkerull 4 pk", "500", 4_490, "3", 2),
    Article("0013002", "Bærepose", "500", 475, "3", 5),
    Article("0014001", "Dagsavis", "400", 4_500, "0", 1),
    Article("0015001", "Røyk 20 pk", "200", 16_990, "3", 1),
)
_RESTAURANT = (
    Article("2001", "Fish & chips", "100", 24_900, "3", 3, takeaway_code="2"),
    Article("2002", "Dagens suppe", "100", 16_900, "3", 3, takeaway_code="2"),
    Article("2003", 'Burger "Huset"', "100", 22_900, "3", 3, takeaway_code="2"),
    Article("2004", "Sjokoladekake", "100", 10_900, "3", 2, takeaway_code="2"),
    Article("2101", "Brus 0,4 l", "110", 5_900, "3", 4, takeaway_code="2"),
    Article("2102", "Kaffe", "110", 4_250, "3", 4, takeaway_code="2"),
    Article("2201", "Øl 0,4 l", "120", 10_900, "3", 4),
    Article("2301", "Husets vin, glass", "130", 13_900, "3", 3),
)
_BAR = (
    Article("2201", "Øl 0,4 l", "120", 11_400, "3", 8),
    Article("2202", "Øl 0,5 l, flaske", "120", 12_400, "3", 3),
    Article("2301", "Husets vin, glass", "130", 14_400, "3", 3),
    Article("2101", "Brus 0,4 l", "110", 6_450, "3", 2, takeaway_code="2"),
    Article("2005", "Toast < liten >", "100", 9_900, "3", 2, takeaway_code="2"),
)
_FASHION = (
    Article("30-0001", "Jakke, dame", "300", 149_900, "3", 1),
    Article("30-0002", "Bukse, herre", "300", 79_900, "3", 2),
    Article("30-0003", "Genser, ull", "300", 99_900, "3", 2),
    Article("30-0004", "T-skjorte", "300", 24_950, "3", 3),
    Article("30-0005", "Sko", "300", 119_900, "3", 1),
    Article("31-0001", "Skjerf & lue", "310", 34_900, "3", 2),
    Article("31-0002", "Belte", "310", 29_950, "3", 1),
)
_KIOSK = (
    Article("4001", "Pølse i brød", "100", 4_900, "2", 4),
    Article("4002", "Bolle", "100", 2_900, "2", 3),
    Article("4003", "Sjokolade", "100", 3_250, "2", 3),
    Article("4101", "Brus 0,5 l", "110", 3_690, "2", 4),
    Article("4201", "Snus", "200", 11_490, "3", 2),
    Article("4301", "Bussbillett, 1 sone", "410", 4_400, "1", 3),
    Article("4302", "Museumsbillett", "410", 15_000, "1", 1),
    Article("4401", "Dagsavis", "400", 4_500, "0", 2),
    Article("4501", "Batterier", "500", 6_990, "3", 1),
)

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "grocery",
            _GROCERY,
            _hours(7),
            _hours(23),
            (1, 1, 2, 2, 3, 3, 4, 5, 7),
            (("KORT", 66), ("KONTANT", 14), ("VIPPS", 14), ("SPLIT", 1), ("GAVEKORT", 2), ("KONTO", 3)),
            (90, 90, 95, 100, 120, 130, 75),
            returns=120,
            gift_sales=30,
            discounts=300,
        ),
        Profile(
            "restaurant",
            _RESTAURANT,
            _hours(11),
            _hours(23, 30),
            (1, 2, 2, 3, 4, 6),
            (("KORT", 74), ("KONTANT", 8), ("VIPPS", 13), ("SPLIT", 2), ("GAVEKORT", 3)),
            (70, 75, 85, 100, 140, 150, 80),
            returns=20,
            gift_sales=60,
            discounts=150,
            takeaway=3_000,
            tips=2_200,
            proformas=1_500,
            change_float=150_000,
            closes_late=_hours(26, 30),
        ),
        Profile(
            "bar",
            _BAR,
            _hours(16),
            _hours(24, 30),
            (1, 1, 2, 2, 3, 5),
            (("KORT", 80), ("KONTANT", 8), ("VIPPS", 12)),
            (50, 55, 75, 100, 180, 190, 50),
            returns=15,
            gift_sales=5,
            discounts=80,
            takeaway=200,
            tips=1_500,
            change_float=150_000,
            closes_late=_hours(27),
        ),
        Profile(
            "fashion",
            _FASHION,
            _hours(10),
            _hours(20),
            (1, 1, 1, 2, 2, 3),
            (("KORT", 70), ("KONTANT", 5), ("VIPPS", 15), ("SPLIT", 1), ("GAVEKORT", 6), ("KONTO", 3)),
            (85, 85, 90, 105, 115, 120, 100),
            returns=600,
            gift_sales=250,
            discounts=900,
        ),
        Profile(
            "kiosk",
            _KIOSK,
            _hours(6),
            _hours(23),
            (1, 1, 1, 2, 2, 3),
            (("KORT", 60), ("KONTANT", 22), ("VIPPS", 17), ("SPLIT", 1)),
            (105, 100, 100, 100, 110, 105, 80),
            returns=40,
            gift_sales=0,
            discounts=50,
            change_float=100_000,
        ),
    )
}


@cache
def price_list(profile: str, low_rate: int, takeaway: bool) -> tuple[Line, ...]:
    """Ready lines of a profile, popular ones repeated, so that an even draw sells them more often."""
    lines: list[Line] = []
    for article in PROFILES[profile].articles:
        code = article.takeaway_code if takeaway else article.vat_code
        if code is None:
            continue
        rate = low_rate if code == "1" else rate_on(code, dt.date.max)
        quantities = (316, 482, 655, 734, 905, 1_210) if article.weighed else (1_000, 1_000, 1_000, 2_000, 1_000, 3_000)
        for quantity in quantities:
            # Half an øre goes up: 0.655 kg at 32.90 is 21.55.
            amount = (2 * article.price * quantity + 1_000) // 2_000
            vat = vat_of(amount, rate)
            line = Line(article.number, article.group, quantity, amount, amount - vat, vat, code, rate)
            lines.extend([line] * article.popular)
    return tuple(lines)
