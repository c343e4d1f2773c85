"""Store-days for tests: a till that is rung up receipt by receipt, and Hypothesis strategies over it.

Belongs here: builders of raw bundles in which every proof holds by construction, and random days made with them.
Does not: assertions, extract files (the sandbox's generator writes those).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import strategies as st

from frontline_pipeline.accounting.vat import contained_vat
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import PAY_OUT_KINDS, RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.settings import Settings, StoreProfile

DAY = dt.date(2026, 11, 23)
OSLO = ZoneInfo("Europe/Oslo")
RATES = {"3": ("3", 25_000), "2": ("31", 15_000), "1": ("33", 12_000), "0": ("5", 0)}
"""The test register's VAT code -> SAF-T code and rate."""
TENDER_TYPES = {"CASH": "12001", "CARD": "12002", "VIPPS": "12011", "GIFT": "12005", "ACCOUNT": "12006"}

LEDGER: dict[str, Any] = {
    "voucher_type": 1,
    "vat_codes": {
        "3": {"sales_account": 3000, "vat_account": 2700, "tax_code": "3"},
        "31": {"sales_account": 3030, "vat_account": 2701, "tax_code": "31"},
        "33": {"sales_account": 3050, "vat_account": 2703, "tax_code": "33"},
        "5": {"sales_account": 3100, "tax_code": "5"},
    },
    "tenders": {
        "CASH": {"account": 1900},
        "CARD": {"account": 1920},
        "VIPPS": {"account": 1925},
        "GIFT": {"account": 2901},
        "ACCOUNT": {"account": 1500, "customer": 10001},
    },
    "movements": {
        "gift_card_sale": {"account": 2901},
        "deposit": {"account": 2900},
        "payment_on_account": {"account": 1500, "customer": 10001},
        "float_in": {"account": 1910},
        "other_pay_in": {"account": 2990},
        "bank_deposit": {"account": 1911},
        "float_out": {"account": 1910},
        "petty_cash": {"account": 7798},
        "gift_card_payout": {"account": 2901},
        "other_pay_out": {"account": 2990},
        "tip": {"account": 2930},
    },
    "accounts": {"rounding": 7740, "cash_difference": 1909},
}


def profile(ledger: dict[str, Any] | None = None, **store: Any) -> StoreProfile:
    """The profile of store oslo of company nordlys, with a full ledger map unless `ledger` replaces it."""
    settings = Settings.model_validate(
        {
            "companies": {
                "nordlys": {
                    "name": "Nordlys AS",
                    "organisation_number": "999999999",
                    "office": {"application_id_env": "A", "username_env": "B", "password_env": "C"},
                    "ledger": LEDGER if ledger is None else ledger,
                }
            },
            "stores": {"oslo": {"name": "Oslo", "company": "nordlys", "registers": ["K1", "K2", "K3"], **store}},
            "partitions": {"start": "2016-01-01"},
        }
    )
    return settings.store("oslo")


def ledger(**changes: Any) -> dict[str, Any]:
    """The full ledger map with some top-level keys replaced."""
    return {**LEDGER, **changes}


@dataclass
class Item:
    """One receipt line; gross in øre, `code` the register's VAT code."""

    gross: int
    code: str = "3"
    group: str = "100"
    sold: dt.date | None = None
    rate: int | None = None
    standard: str | None = None


@dataclass
class Till:
    """One Z-report under construction: everything in it follows from the receipts rung up."""

    register: str
    z_number: str
    day: dt.date = DAY
    receipts: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    movements: list[dict[str, Any]] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    outside: set[int] = field(default_factory=set)
    """Indices of movements that the tender totals do not contain."""
    changes: dict[str, Any] = field(default_factory=dict)
    """Columns of the z_reports row to overwrite."""

    @property
    def key(self) -> dict[str, str]:
        return {"register": self.register, "z_number": self.z_number}

    def ring(
        self,
        *items: Item | int,
        pay: str = "CARD",
        split: Sequence[tuple[str, int]] = (),
        kind: str | None = None,
        customer: str | None = None,
        tip: int = 0,
        hour: int = 12,
    ) -> Till:
        """One receipt: parts of `split` first, the rest on `pay`; cash rounds to the whole krone."""
        sold = [item if isinstance(item, Item) else Item(item) for item in items]
        number = f"{self.z_number}-{len(self.receipts) + 1}"
        amount = sum(item.gross for item in sold)
        excl = 0
        for position, item in enumerate(sold, 1):
            standard, rate = RATES.get(item.code, ("?", 0))
            rate = rate if item.rate is None else item.rate
            vat = contained_vat(item.gross, rate)
            excl += item.gross - vat
            self.lines.append(
                {
                    **self.key,
                    "receipt_id": number,
                    "line_id": str(position),
                    "article_group": item.group,
                    "amount": item.gross,
                    "amount_excl_vat": item.gross - vat,
                    "vat_code": item.code,
                    "standard_code": item.standard or standard,
                    "rate": rate,
                    "vat": vat,
                    "original_sale_date": pd.Timestamp(item.sold) if item.sold else pd.NaT,
                }
            )
        rest = amount - sum(part for _, part in split)
        rounding = 0
        if pay == "CASH":
            size = (abs(rest) + 50) // 100 * 100
            rounding = (size if rest >= 0 else -size) - rest
        credit = (kind or "").startswith("credit")
        parts = [] if credit else [*split, (pay, rest + rounding + tip)]
        for position, (tender, part) in enumerate(parts, 1):
            self.payments.append(
                {
                    **self.key,
                    "receipt_id": number,
                    "payment_id": position,
                    "tender": tender,
                    "tender_type": TENDER_TYPES.get(tender),
                    "amount": part,
                    "currency": "NOK",
                }
            )
        self.receipts.append(
            {
                **self.key,
                "receipt_id": number,
                "kind": kind or ("return" if amount < 0 else "sale"),
                "occurred_at": pd.Timestamp(dt.datetime.combine(self.day, dt.time(hour), OSLO)),
                "amount": amount,
                "amount_excl_vat": excl,
                "rounding": 0 if credit else rounding,
                "customer": customer,
            }
        )
        if tip:
            self.movements.append({**self.key, "kind": "tip", "amount": tip, "tender": pay})
        return self

    def move(self, kind: str, amount: int, tender: str | None = "CASH", included: bool = True, **more: Any) -> Till:
        """A pay-in, pay-out or tip; included = the tender totals contain it."""
        if not included:
            self.outside.add(len(self.movements))
        self.movements.append({**self.key, "kind": kind, "amount": amount, "tender": tender, **more})
        return self

    def count(self, tender: str, counted: int, expected: int, by: str | None = "17") -> Till:
        """A counted tender of the daily settlement."""
        self.counts.append({**self.key, "tender": tender, "counted": counted, "expected": expected, "counted_by": by})
        return self

    def state(self, **columns: Any) -> Till:
        """Overwrites columns of the z_reports row."""
        self.changes.update(columns)
        return self

    def rows(self, with_rounding: bool) -> dict[str, list[dict[str, Any]]]:
        """Rows of the Z frames."""
        cash = {r["receipt_id"] for r in self.receipts if not r["kind"].startswith("credit")}
        sold = [r for r in self.receipts if r["kind"] in ("sale", "return")]
        sums: dict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0, 0])
        groups: dict[str, int] = defaultdict(int)
        for line in self.lines:
            if line["receipt_id"] in cash:
                pair = sums[line["vat_code"], line["standard_code"], line["rate"]]
                pair[0] += line["amount_excl_vat"]
                pair[1] += line["vat"]
                groups[line["article_group"]] += line["amount"]
        tenders: dict[str, int] = defaultdict(int)
        for payment in self.payments:
            tenders[payment["tender"]] += payment["amount"]
        for index, movement in enumerate(self.movements):
            if index not in self.outside and movement["kind"] != "tip":
                sign = -1 if movement["kind"] in PAY_OUT_KINDS else 1
                tenders[movement["tender"]] += sign * movement["amount"]
        head = {
            **self.key,
            "business_day": pd.Timestamp(self.day),
            "closed_at": pd.Timestamp(dt.datetime.combine(self.day, dt.time(22), OSLO)),
            "sales_total": sum(r["amount"] for r in sold),
            "rounding": sum(r["rounding"] for r in self.receipts) if with_rounding else None,
            "receipt_count": sum(r["kind"] == "sale" for r in sold),
            "return_count": sum(r["kind"] == "return" for r in sold),
            "return_amount": -sum(r["amount"] for r in sold if r["kind"] == "return"),
            **self.changes,
        }
        return {
            "z_reports": [head],
            "z_vat": [
                {**self.key, "vat_code": code, "standard_code": standard, "rate": rate, "base": base, "vat": vat}
                for (code, standard, rate), (base, vat) in sums.items()
            ],
            "z_tenders": [
                {
                    **self.key,
                    "tender": tender,
                    "tender_type": TENDER_TYPES.get(tender),
                    "amount": amount,
                    "currency": "NOK",
                }
                for tender, amount in tenders.items()
            ],
            "z_article_groups": [{**self.key, "article_group": g, "amount": a} for g, a in groups.items()],
            "z_movements": self.movements,
            "z_counts": self.counts,
        }


def frames(specs: Sequence[Any], rows: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    """Typed frames of rows that may lack nullable columns."""
    out = {}
    for spec in specs:
        mine = rows.get(spec.name, [])
        columns = {c.name: pd.Series([row.get(c.name) for row in mine], dtype="object") for c in spec.columns if mine}
        out[spec.name] = spec.conform(pd.DataFrame(columns)) if mine else spec.empty()
    return out


def z_bundle(*tills: Till, with_rounding: bool = True) -> Bundle:
    """The raw Z bundle of a store-day."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for till in tills:
        for name, more in till.rows(with_rounding).items():
            rows[name] += more
    return Bundle("oslo", tills[0].day, Status.OK, frames(Z_FRAMES, rows))


def receipts_bundle(*tills: Till) -> Bundle:
    """The raw receipts bundle of a store-day."""
    rows = {
        "receipts": [r for till in tills for r in till.receipts],
        "receipt_lines": [r for till in tills for r in till.lines],
        "receipt_payments": [r for till in tills for r in till.payments],
    }
    return Bundle("oslo", tills[0].day, Status.OK, frames(RECEIPT_FRAMES, rows))


def not_delivered(day: dt.date = DAY) -> Bundle:
    """Receipts that are not part of the extracts."""
    return Bundle.empty("oslo", day, Status.NOT_DELIVERED, RECEIPT_FRAMES)


def change(bundle: Bundle, frame: str, row: int, column: str, value: Any) -> Bundle:
    """The bundle with one cell of one frame replaced."""
    copy = bundle.frames[frame].copy()
    copy.loc[copy.index[row], column] = value
    return Bundle(bundle.store, bundle.business_day, bundle.status, {**bundle.frames, frame: copy})


def shuffled(bundle: Bundle, seed: int) -> Bundle:
    """The bundle with the rows of every frame in another order."""
    mixed = {n: f.sample(frac=1, random_state=seed).reset_index(drop=True) for n, f in bundle.frames.items()}
    return Bundle(bundle.store, bundle.business_day, bundle.status, mixed)


items = st.builds(
    Item,
    gross=st.integers(1, 500_000),
    code=st.sampled_from(sorted(RATES)),
    group=st.sampled_from(["100", "200", "300"]),
)


@st.composite
def tills(draw: st.DrawFn, register: str = "K1", z_number: str = "102", day: dt.date = DAY) -> Till:
    """One valid Z-report: sales, returns, split tenders, cash rounding, movements, tips, counts."""
    till = Till(register, z_number, day)
    for _ in range(draw(st.integers(0, 6))):
        sold = draw(st.lists(items, min_size=1, max_size=4))
        if draw(st.integers(0, 4)) == 0:
            for item in sold:
                item.gross = -item.gross
        pay = draw(st.sampled_from(["CASH", "CARD", "VIPPS"]))
        total = sum(item.gross for item in sold)
        split = [("GIFT", total // 3)] if draw(st.booleans()) and abs(total) > 3 else []
        tip = draw(st.integers(1, 5000)) if pay != "CASH" and total > 0 and draw(st.integers(0, 4)) == 0 else 0
        till.ring(*sold, pay=pay, split=split, tip=tip)
    if draw(st.integers(0, 5)) == 0:
        till.ring(draw(items), kind="credit_sale", customer="10001")
    for kind in draw(
        st.lists(st.sampled_from(["gift_card_sale", "bank_deposit", "petty_cash", "deposit"]), max_size=2, unique=True)
    ):
        till.move(kind, draw(st.integers(1, 300_000)), draw(st.sampled_from(["CASH", "CARD"])))
    if draw(st.booleans()):
        expected = draw(st.integers(0, 1_000_000))
        till.count("CASH", max(expected + draw(st.integers(-500, 500)), 0), expected)
    return till


@st.composite
def days(draw: st.DrawFn, day: dt.date = DAY) -> tuple[Till, ...]:
    """One to three registers of a store, each with one Z-report, in which every proof holds."""
    registers = ["K1", "K2", "K3"][: draw(st.integers(1, 3))]
    return tuple(draw(tills(register, str(draw(st.integers(1, 20_000))), day)) for register in registers)
