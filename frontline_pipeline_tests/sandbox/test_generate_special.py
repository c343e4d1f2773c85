"""Simulated days with every special case that the example settings can book: proven, booked, the same every time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontline_pipeline.frontline.files import FileExtracts
from frontline_pipeline.frontline.landing import import_files
from frontline_pipeline.sandbox.generate import generate, spec_from_settings
from frontline_pipeline.sandbox.shop_special import NEEDS, WRITE_OFFS, euro_cents, euro_kroner, specials_of
from frontline_pipeline.settings import Settings
from frontline_pipeline.store_day import Verdict, Walk, walk
from frontline_pipeline_tests.support import example_settings, overlaid

FIRST, DAYS = dt.date(2025, 11, 3), 5
TODAY = dt.date(2026, 1, 15)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings.model_validate(
        overlaid(example_settings(), {"stores": {"bergen": None, "tromso": None},
                                      "companies": {"fjord": None, "nordlys": {"ledger": {"credit_sales": {"account": 1500}}}},
                                      "sandbox": {"clients": {"fjord": None}}})
    )  # fmt: skip


def walks(settings: Settings, root: Path, days: int) -> Iterator[Walk]:
    extracts, store = FileExtracts(root, today=lambda: TODAY), settings.store("oslo")
    for offset in range(days):
        found = walk(extracts, store, FIRST + dt.timedelta(days=offset))
        assert found.verdict in (Verdict.OK, Verdict.CLOSED), [f.message for f in found.reasons] or found.note
        if found.verdict is Verdict.OK:
            yield found


def test_the_example_settings_can_book_every_special_when_they_book_credit_sales(settings: Settings) -> None:
    for saft in (False, True):
        assert set(specials_of(settings.store("oslo"), saft)) == set(NEEDS)


def test_a_store_without_the_accounts_has_only_what_needs_none(settings: Settings) -> None:
    bare = overlaid(example_settings(), {"companies": {"nordlys": {"ledger": {"movements": None, "tenders": None}}}})
    bare["stores"]["bergen"].pop("ledger")
    store = Settings.model_validate(bare).store("oslo")
    assert set(specials_of(store, saft=False)) == {"two_drawers", "odd_days"}


def test_contract_files_of_special_days_are_proven_and_booked(settings: Settings, tmp_path: Path) -> None:
    spec = spec_from_settings(settings, FIRST, DAYS, seed=3, format="csv", receipts_per_day=4, special=True)
    generate(spec, tmp_path / "a")
    kinds: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    accounts: set[int] = set()
    for found in walks(settings, tmp_path / "a", DAYS):
        for z in found.z_reports:
            kinds.update(m.kind for m in z.movements)
        for voucher in found.vouchers.vouchers:
            assert sum(line.amount for line in voucher.lines) == 0
            accounts |= {line.account for line in voucher.lines}
            sold = [line for line in voucher.lines if line.role == "sales"]
            odd["without sales"] += not sold
            odd["credit sales"] += any(line.role == "credit" and line.debit for line in voucher.lines)
            odd["credit memos"] += any(line.role == "credit_vat" and line.debit for line in voucher.lines)
            odd["negative"] += bool(sold) and sum(line.amount for line in sold) > 0
    assert {"gift_card_expired", "tip_payout", "petty_cash", "donation", "bottle_deposit_refund"} <= set(kinds)
    # Gift cards, credit notes, deposits, another's money, staff, foreign notes, bottles, receivables, transit.
    assert accounts >= {2901, 2902, 2900, 2990, 2910, 1908, 3900, 1500, 1905, 1579, 7740}
    assert odd["without sales"]
    assert odd["negative"]
    assert odd["credit sales"]
    counts = (tmp_path / "a").glob("oslo/*/z_counts.csv")
    assert {row.rsplit(",", 1)[1] for path in counts for row in path.read_text().splitlines()[1:]} >= {"1", "2"}
    generate(spec, tmp_path / "b")
    for path in sorted((tmp_path / "a").rglob("*.csv")):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_saft_of_special_days_is_read_proven_and_booked(settings: Settings, tmp_path: Path) -> None:
    spec = spec_from_settings(settings, FIRST, 4, seed=2, receipts_per_day=4, special=True)
    report = import_files(generate(spec, tmp_path / "saft"), settings, tmp_path / "landing", today=TODAY)
    assert report.ok, [file.error for file in report.files]
    booked = [voucher for found in walks(settings, tmp_path / "landing", 4) for voucher in found.vouchers.vouchers]
    accounts = {line.account for voucher in booked for line in voucher.lines}
    assert accounts >= {2901, 2902, 2900, 2990, 2910, 3900}
    assert {"credit", "credit_sales", "credit_vat"} <= {line.role for voucher in booked for line in voucher.lines}


def test_days_without_specials_stay_as_they_were(settings: Settings, tmp_path: Path) -> None:
    plain = spec_from_settings(settings, FIRST, 2, seed=4, format="csv", receipts_per_day=4)
    assert {shop.special for shop in plain.stores} == {()}
    generate(plain, tmp_path)
    written = "".join(path.read_text() for path in tmp_path.rglob("*.csv"))
    assert not [code for code in (*WRITE_OFFS, "TILGODE", "EURO") if code in written]


def test_euro_cents_are_found_again_from_their_kroner() -> None:
    assert [cents for cents in range(-5_000, 20_000) if cents >= 0 and euro_cents(euro_kroner(cents)) != cents] == []
