"""Texts of vouchers and their lines, in Norwegian or English.

Belongs here: the words that stand in the ledger, at most 75 characters each.
Does not: which lines a voucher has (voucher.py), messages to the people who run the pipeline (English, in the rules).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.vat import rate_text

LONGEST = 75
"""Longest comment of an entry that is known to be kept whole (API.md section 3.3)."""

Language = Literal["nb", "en"]

_TENDERS: dict[Language, dict[str, str]] = {
    "nb": {
        "12001": "kontant",
        "12002": "bankkort",
        "12003": "kredittkort",
        "12004": "bankkonto",
        "12005": "gavekort",
        "12006": "kundekonto",
        "12007": "bonus",
        "12008": "pant",
        "12009": "sjekk",
        "12010": "tilgodelapp",
        "12011": "mobilbetaling",
        "12999": "annet betalingsmiddel",
    },
    "en": {
        "12001": "cash",
        "12002": "debit card",
        "12003": "credit card",
        "12004": "bank account",
        "12005": "gift card",
        "12006": "customer account",
        "12007": "loyalty",
        "12008": "bottle deposit",
        "12009": "cheque",
        "12010": "credit note",
        "12011": "mobile payment",
        "12999": "other tender",
    },
}
_MOVEMENTS: dict[Language, dict[str, str]] = {
    "nb": {
        "gift_card_sale": "gavekort solgt",
        "credit_note_issue": "tilgodelapp utstedt",
        "agency_sale": "solgt for andre",
        "donation": "innsamlet gave",
        "bottle_deposit": "pant",
        "cash_difference": "kassedifferanse",
        "credit_note_payout": "tilgodelapp utbetalt",
        "bottle_deposit_refund": "pant utbetalt",
        "tip_payout": "tips utbetalt",
        "gift_card_expired": "gavekort utløpt",
        "credit_note_expired": "tilgodelapp utløpt",
        "deposit": "depositum",
        "payment_on_account": "innbetaling fra kunde",
        "float_in": "veksel inn",
        "other_pay_in": "annen innbetaling",
        "bank_deposit": "til bank",
        "float_out": "veksel ut",
        "petty_cash": "kontantutlegg",
        "gift_card_payout": "gavekort utbetalt",
        "other_pay_out": "annen utbetaling",
        "tip": "tips",
    },
    "en": {
        "gift_card_sale": "gift card sold",
        "credit_note_issue": "credit note issued",
        "agency_sale": "agency sale",
        "donation": "donation",
        "bottle_deposit": "bottle deposit",
        "cash_difference": "cash difference",
        "credit_note_payout": "credit note paid out",
        "bottle_deposit_refund": "bottle deposit paid out",
        "tip_payout": "tips paid out",
        "gift_card_expired": "gift card expired",
        "credit_note_expired": "credit note expired",
        "deposit": "deposit",
        "payment_on_account": "payment on account",
        "float_in": "float in",
        "other_pay_in": "other pay-in",
        "bank_deposit": "bank deposit",
        "float_out": "float out",
        "petty_cash": "petty cash",
        "gift_card_payout": "gift card paid out",
        "other_pay_out": "other pay-out",
        "tip": "tips",
    },
}
_WORDS: dict[Language, dict[str, str]] = {
    "nb": {
        "register": "kasse",
        "day": "Dagsoppgjør",
        "sales": "salg",
        "vat": "mva",
        "credit": "kreditt",
        "rounding": "øreavrunding",
        "difference": "kassedifferanse",
        "by": "talt av",
        "group": "varegruppe",
        "exchange": "valutadifferanse",
        "drawer": "skuff",
    },
    "en": {
        "register": "register",
        "day": "Daily takings",
        "sales": "sales",
        "vat": "VAT",
        "credit": "credit ",
        "rounding": "cash rounding",
        "difference": "cash difference",
        "by": "counted by",
        "group": "group",
        "exchange": "exchange difference",
        "drawer": "drawer",
    },
}


def fit(prefix: str, subject: str) -> str:
    """`prefix: subject` within 75 characters; the prefix is shortened first, because the subject tells lines apart."""
    subject = subject if len(subject) <= LONGEST else subject[: LONGEST - 1] + "…"
    room = LONGEST - len(subject) - 2
    if len(prefix) > room:
        prefix = prefix[: room - 1] + "…" if room >= 4 else ""
    return f"{prefix}: {subject}" if prefix else subject


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one voucher."""

    language: Language
    prefix: str
    credit: bool = False
    """Of credit sales that the Z states apart."""

    @classmethod
    def of(cls, zs: Sequence[ZReport], per_store: bool, language: Language) -> Texts:
        """Texts of a voucher over one Z-report, or over a store-day."""
        first = zs[0]
        if per_store:
            return cls(language, f"{_WORDS[language]['day']} {first.store} {first.business_day}")
        return cls(language, f"Z {first.z_number} {_WORDS[language]['register']} {first.register}")

    def of_credit(self) -> Texts:
        """The same for its credit sales."""
        return replace(self, credit=True)

    def voucher(self, zs: Sequence[ZReport], per_store: bool) -> str:
        """Text of the whole voucher: names its Z-reports (bokføringsloven s. 6, audit trail)."""
        if not per_store:
            return fit(self.prefix, str(zs[0].business_day))
        return fit(self.prefix, ", ".join(f"{z.register} Z {z.z_number}" for z in zs))

    def sales(self, rate: int, group: str | None) -> str:
        word = _WORDS[self.language]
        end = f", {word['group']} {group}" if group is not None else ""
        return fit(self.prefix, f"{self._sales()} {self._rate(rate)}{end}")

    def vat(self, rate: int) -> str:
        of_credit = f", {self._sales()}" if self.credit else ""
        return fit(self.prefix, f"{_WORDS[self.language]['vat']} {self._rate(rate)}{of_credit}")

    def receivable(self) -> str:
        return fit(self.prefix, self._sales())

    def tender(self, tender: str, tender_type: str | None, currency: str = "NOK") -> str:
        label = _TENDERS[self.language].get(tender_type or "")
        own = f"{label} ({tender})" if label else tender
        return fit(self.prefix, own if currency == "NOK" else f"{own} {currency}")

    def movement(self, kind: str) -> str:
        return fit(self.prefix, _MOVEMENTS[self.language].get(kind, kind))

    def rounding(self) -> str:
        return fit(self.prefix, _WORDS[self.language]["rounding"])

    def exchange(self, currency: str) -> str:
        return fit(self.prefix, f"{_WORDS[self.language]['exchange']} {currency}")

    def difference(self, z: ZReport, tender: str, counted_by: str | None, drawer: str | None = None) -> str:
        """Names register, drawer and the id of the person who counted (bokføringsforskriften s. 5-3-14)."""
        word = _WORDS[self.language]
        end = f", {word['drawer']} {drawer}" if drawer else ""
        end += f", {word['by']} {counted_by}" if counted_by else ""
        own = f"Z {z.z_number} {word['register']} {z.register}"
        return fit(own, f"{word['difference']} {tender}{end}")

    def _sales(self) -> str:
        word = _WORDS[self.language]
        return f"{word['credit']}{word['sales']}" if self.credit else word["sales"]

    def _rate(self, rate: int) -> str:
        return rate_text(rate).replace(".", ",") if self.language == "nb" else rate_text(rate)


def tender_word(tender_type: str | None, language: Language = "nb") -> str:
    """The word for a SAF-T payment code (12001 ...); "" where there is none."""
    return _TENDERS[language].get(tender_type or "", "")


def movement_word(kind: str, language: Language = "nb") -> str:
    """The word for a kind of movement; the kind itself where there is none."""
    return _MOVEMENTS[language].get(kind, kind)
