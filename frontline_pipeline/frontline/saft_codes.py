"""Code tables of a SAF-T file: what the register's own codes mean in the official lists.

Belongs here: `basics` (predefinedBasicID) and `vatCodeDetails` (standardVatCode) of one file, the official codes this pipeline
acts on, and the namespace of the format.
Does not: reading elements (saft.py), settings that correct a wrong mapping (LedgerRules.pos_vat_codes).

Source: SAF-T Cash Register v1.00 (kassasystemforskrifta s. 2-7) and its code lists v1.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NAMESPACE = "urn:StandardAuditFile-Taxation-CashRegister:NO"

TRANSACTION, PAYMENT, EVENT, ARTICLE_GROUP = "11", "12", "13", "04"
"""basicType of the lists that are resolved."""

X_REPORT, Z_REPORT = "13008", "13009"
CLOSING_EVENTS = frozenset({"13012", "13013", "13016", "13017", "13029", "13030"})
"""Events by which a transaction is concluded: sales, return, delivery, training and STEB receipt, sale without print.
Others (drawer, copy, deleted line, parked) carry a transID too, but a copy may be printed days later."""

SALES = frozenset({"11001", "11016"})
CREDIT_SALES = frozenset({"11002", "11017"})
RETURNS = frozenset({"11006", "11013"})

PAY_IN_KIND = {"11005": "payment_on_account", "11007": "float_in"}
"""Movement kinds that are clear from the official code; the rest is for `movement_types` in the settings."""


def qualified(name: str) -> str:
    """The element name in Clark notation, as lxml has it."""
    return f"{{{NAMESPACE}}}{name}"


@dataclass
class CodeTables:
    """The code tables of one file, filled while its master data are read."""

    basics: dict[tuple[str, str], str] = field(default_factory=dict)
    standard_vat: dict[str, str] = field(default_factory=dict)

    def add_basic(self, basic_type: str, code: str, predefined: str) -> None:
        if code and predefined:
            self.basics[(basic_type.zfill(2), code)] = predefined

    def add_vat(self, code: str, standard: str) -> None:
        if code and standard:
            self.standard_vat[code] = standard

    def predefined(self, basic_type: str, code: str | None) -> str | None:
        """The official code behind a register's own code; an official code stands for itself. None when nobody says."""
        if not code:
            return None
        found = self.basics.get((basic_type, code))
        if found is None and len(code) == 5 and code.isdigit() and code.startswith(basic_type):
            return code
        return found
