"""The special cases of a Norwegian till, each from contract files to its voucher; tests and docs/special-cases.md are made of them."""

from __future__ import annotations

from frontline_pipeline_tests.special_cases import accounts, days, gift_cards, money, tips_and_deposits
from frontline_pipeline_tests.special_cases.case import Case

GROUPS: tuple[tuple[str, tuple[Case, ...]], ...] = (
    ("Gift cards and credit notes", gift_cards.CASES),
    ("Tips, deposits, bottles, agency sales", tips_and_deposits.CASES),
    ("Customers' accounts", accounts.CASES),
    ("Cash, counting and foreign currency", money.CASES),
    ("Returns, days, registers and time", days.CASES),
)
CASES = tuple(case for _, cases in GROUPS for case in cases)
