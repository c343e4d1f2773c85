"""Each thing that needs a setting names the missing one by its path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from frontline_pipeline.accounting.mapping import customer_number, rule_everything_mapped, unmapped
from frontline_pipeline.accounting.model import Movement
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import Unmapped, build_vouchers
from frontline_pipeline_tests.strategies import LEDGER, Till, change, ledger, profile, z_bundle


def without(section: str, key: str) -> dict[str, Any]:
    return ledger(**{section: {k: v for k, v in LEDGER[section].items() if k != key}})


def paths(till: Till, ledger_map: dict[str, Any]) -> list[str | None]:
    mine = profile(ledger_map)
    zs = prove_z_reports(z_bundle(till), None, mine).z_reports
    found = unmapped(zs, mine)
    with pytest.raises(Unmapped) as refused:
        build_vouchers(zs, mine)
    assert refused.value.findings == found
    assert all(f.message.startswith("UNMAPPED: Z 1 on register K1: ") and f.holds for f in found)
    return [f.subject for f in found]


@pytest.mark.parametrize(
    ("till", "ledger_map", "path"),
    [
        (Till("K1", "1").ring(1_540, pay="CASH"), ledger(accounts={"cash_difference": 1909}), "accounts.rounding"),
        (
            Till("K1", "1").ring(1_000).count("SAFE", 900, 1_000),
            LEDGER,
            "tenders.SAFE",
        ),
        (Till("K1", "1").move("petty_cash", 500), without("movements", "petty_cash"), "movements.petty_cash"),
        (
            Till("K1", "1").move("payment_on_account", 500),
            ledger(movements={"payment_on_account": {"account": 1500}}),
            "movements.payment_on_account.customer",
        ),
        (Till("K1", "1").ring(1_000), without("vat_codes", "3"), "vat_codes.3"),
        (
            Till("K1", "1").ring(1_000),
            ledger(vat_codes={"3": {"sales_account": 3000, "tax_code": "3"}}),
            "vat_codes.3.vat_account",
        ),
        (
            Till("K1", "1").move("gift_card_sale", 500, "BANK", included=False),
            ledger(tenders_include=["tips"]),
            "tenders.BANK",
        ),
    ],
)
def test_the_missing_setting_is_named(till: Till, ledger_map: dict[str, Any], path: str) -> None:
    assert paths(till, ledger_map) == [f"companies.nordlys.ledger.{path}"]


def test_all_missing_settings_are_named_at_once() -> None:
    till = Till("K1", "1").ring(1_540, pay="CASH").count("CASH", 0, 1_500)
    missing = paths(till, ledger(accounts={}, tenders={"CARD": {"account": 1920}}))
    assert missing == [
        f"companies.nordlys.ledger.{path}"
        for path in ("tenders.CASH", "accounts.rounding", "accounts.cash_difference", "tenders.CASH")
    ]


def test_a_counted_tender_is_found_by_the_type_that_the_z_gives_it() -> None:
    mine = profile(ledger(tenders={"12001": {"account": 1900}}))
    till = Till("K1", "1").ring(12_500, pay="CASH").count("CASH", 12_400, 12_500)
    zs = prove_z_reports(z_bundle(till), None, mine).z_reports
    (voucher,) = build_vouchers(zs, mine).vouchers
    assert [(line.account, line.amount) for line in voucher.lines if line.role == "difference"] == [
        (1909, 100),
        (1900, -100),
    ]


def test_an_unknown_kind_of_movement_is_named_and_moves_nothing() -> None:
    (z,) = prove_z_reports(z_bundle(Till("K1", "1").ring(1_000)), None, profile()).z_reports
    strange = replace(z, movements=(Movement("lottery", 500, source_type="L1"),))
    (finding,) = rule_everything_mapped(strange, profile())
    assert finding.subject == "companies.nordlys.ledger.movement_types.L1"
    # The contract's closed list refuses it first.
    proof = prove_z_reports(
        change(z_bundle(Till("K1", "1").move("tip", 500)), "z_movements", 0, "kind", "lottery"), None, profile()
    )
    assert any("z_movements.kind must be one of" in f.message for f in proof.of("frames_valid"))


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("20001", 20001),
        ("007", 7),
        ("0", None),
        ("-1", None),
        ("C7", None),
        ("", None),
        (None, None),
        ("²", None),
        ("9" * 12, None),
    ],
)
def test_customer_keys_are_whole_positive_numbers(key: str | None, number: int | None) -> None:
    assert customer_number(key) == number
