"""A store merged with its company: what the pure core is given.

Belongs here: what follows from a store's settings and its company's together.
Does not: the models of the two (settings_company.py), the whole tree (settings.py).
"""

from __future__ import annotations

from typing import Literal

from frontline_pipeline.settings_company import Company, Store
from frontline_pipeline.settings_ledger import SALES_CODES, TenderRule, resolve_rules
from frontline_pipeline.settings_orders import resolve_orders


class StoreProfile:
    """A store with its company and merged rules: what the pure core is given."""

    def __init__(self, code: str, store: Store, company_code: str, company: Company) -> None:
        self.code = code
        self.store = store
        self.company_code = company_code
        self.company = company
        self.rules = resolve_rules(company.ledger, store.ledger)
        self.orders = resolve_orders(company.orders, store.orders)

    @property
    def mode(self) -> Literal["draft", "posted"]:
        """The posting mode; `rounding: derive` forces draft (a derived rounding is for a person to judge)."""
        return "draft" if self.store.rounding == "derive" else self.store.mode

    @property
    def customer_prefix(self) -> str:
        """What stands before a customer's key in the link table: the store, where keys are each store's own."""
        masters = self.company.masterdata
        per_store = masters is not None and masters.customers is not None and masters.customers.keys == "store"
        return f"{self.code}/" if per_store else ""

    def tender_rule(self, tender: str, tender_type: str | None) -> TenderRule | None:
        """The rule of a tender: its own code first, then its SAF-T payment code."""
        rules = self.rules.tenders
        return rules.get(tender) or (rules.get(tender_type) if tender_type else None)

    def is_cash(self, tender: str, tender_type: str | None) -> bool:
        """Whether a tender is notes and coins: the rule's `cash`, else SAF-T type 12001."""
        rule = self.tender_rule(tender, tender_type)
        if rule is not None and rule.cash is not None:
            return rule.cash
        return tender_type == "12001"

    def standard_vat_code(self, vat_code: str, standard_code: str | None) -> str | None:
        """SAF-T standard code of a register's VAT code; the store's own map wins over the extract's."""
        own = self.rules.pos_vat_codes.get(vat_code, standard_code)
        if vat_code in self.rules.movement_vat_codes and own not in SALES_CODES:
            # What is no turnover needs no sales code; registers give it none, or the purchase code 0.
            return "7"
        return own

    def movement_kind(self, kind: str, source_type: str | None) -> str:
        """The kind of a movement, refined by the register's own code."""
        return self.rules.movement_types.get(source_type or "", kind)

    def __repr__(self) -> str:
        return f"StoreProfile({self.code!r})"
