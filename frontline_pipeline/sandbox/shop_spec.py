"""A shop to simulate: who it is, what it sells and takes, which days it is open.

Belongs here: the specification of one shop and what follows from it.
Does not: run its days (shop.py), the specification of a whole delivery (generate.py).
"""

from __future__ import annotations

from pydantic import Field, field_validator

from frontline_pipeline.sandbox.shop_model import Seconds
from frontline_pipeline.sandbox.shop_profiles import PROFILES, TENDERS
from frontline_pipeline.sandbox.shop_special import SpecialKind
from frontline_pipeline.settings import Calendar, Code, Model


class ShopSpec(Model):
    """A shop to simulate."""

    store: Code
    name: str = Field(max_length=90)
    company_name: str = Field("Eksempel Handel AS", max_length=100)
    organisation_number: str = Field("999999999", pattern=r"^\d{9}$")
    registers: tuple[str, ...] = Field(min_length=1)
    profile: str = "grocery"
    receipts_per_day: int = Field(120, ge=1, le=200_000)
    """Mean per register; weekdays and chance vary it."""
    calendar: Calendar = Calendar()
    closes_by: Seconds = 30 * 3600
    """Latest closing time, in seconds after the business day's midnight; a profile that closes later closes then."""
    tenders: tuple[str, ...] | None = None
    """Tender codes in use; None: all of the profile's."""
    movements: tuple[str, ...] = ("gift_card_sale", "float_in", "bank_deposit", "tip")
    """Kinds of movement that happen here."""
    with_receipts: bool = True
    """Whether contract files carry receipts; SAF-T always does."""
    special: tuple[SpecialKind, ...] = ()
    """Special cases of its days, besides the ordinary trade."""
    order_kinds: tuple[str, ...] = ()
    """Kinds of the orders that contract files carry, one of each a day; SAF-T has no room for orders."""
    with_masters: bool = False
    """Whether contract files carry the shop's customers and products; SAF-T never does."""

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        if value not in PROFILES:
            raise ValueError(f"{value!r} is no profile; known: {', '.join(PROFILES)}")
        return value

    @field_validator("tenders")
    @classmethod
    def _known_tenders(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None:
            unknown = set(value) - set(TENDERS)
            if unknown or not {"KONTANT", "KORT"} & set(value):
                raise ValueError(f"tenders are some of {', '.join(TENDERS)}, with KONTANT or KORT among them")
        return value

    def payers(self) -> tuple[str, ...]:
        """Ways to pay, repeated by weight."""
        allowed = set(self.tenders or TENDERS)
        if {"KONTANT", "KORT"} <= allowed:
            allowed.add("SPLIT")
        usable = [(way, weight) for way, weight in PROFILES[self.profile].payers if way in allowed]
        return tuple(way for way, weight in usable for _ in range(weight))

    def operators(self, register: str) -> tuple[str, str]:
        """Ids of the morning's and the evening's operator of a register."""
        first = 2 * self.registers.index(register) + 1
        return f"{self.store[:30]}-{first}", f"{self.store[:30]}-{first + 1}"
