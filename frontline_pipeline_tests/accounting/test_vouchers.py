"""From proven Z-reports to vouchers: accounts, sides, order, texts, refusals."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from frontline_pipeline.accounting.model import Mode, Voucher, VoucherLine, ZReport
from frontline_pipeline.accounting.preview import voucher_json
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import Unbalanced, Unmapped, build_vouchers, canonical_bytes, prove_voucher
from frontline_pipeline.accounting.voucher_text import fit
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.official_examples import example_2021, official_profile
from frontline_pipeline_tests.strategies import LEDGER, Item, Till, change, ledger, profile, receipts_bundle, z_bundle


def zs_of(mine: StoreProfile, *tills: Till, receipts: bool = True) -> tuple[ZReport, ...]:
    return prove_z_reports(z_bundle(*tills), receipts_bundle(*tills) if receipts else None, mine).z_reports


def booked(voucher: Voucher) -> list[tuple[int, int]]:
    return [(line.account, line.amount) for line in voucher.lines]


def test_the_2021_example_becomes_the_voucher_of_the_issue() -> None:
    mine = official_profile()
    (voucher,) = build_vouchers(prove_z_reports(*example_2021(), mine).z_reports, mine).vouchers
    assert booked(voucher) == [
        (1900, 29500),
        (1920, 21880),
        (7740, 40),
        (2700, -8228),
        (2701, -1342),
        (3000, -32912),
        (3030, -8938),
    ]
    assert voucher.document_key == "oslo/11.222-33.44.567/Z1"
    shown = voucher_json(voucher, "oslo/11.222-33.44.567/Z1/r1")
    assert shown["date"] == "2020-01-01"
    assert shown["mode"] == "draft"
    assert shown["lines"][2] == {
        "account": 7740,
        "tax_code": None,
        "debit": "0.40",
        "credit": "0.00",
        "text": "Z 1 kasse 11.222-33.44.567: øreavrunding",
    }
    assert json.loads(json.dumps(shown)) == shown


def test_lines_carry_tax_code_department_project_and_dimensions() -> None:
    mine = profile(department_id=7, project_id=70, dimensions={102: "B", 101: "A"}, mode="posted")
    (voucher,) = build_vouchers(zs_of(mine, Till("K1", "1").ring(12_500)), mine).vouchers
    assert voucher.mode is Mode.POSTED
    assert {(line.department_id, line.project_id, line.dimensions) for line in voucher.lines} == {
        (7, 70, ((101, "A"), (102, "B")))
    }
    assert {line.role: line.tax_code for line in voucher.lines} == {"tender": None, "vat": None, "sales": "3"}


def test_vat_lines_may_carry_the_code_and_system_posts_gross_without_them() -> None:
    same = profile(ledger(vat_line_code="same"))
    (voucher,) = build_vouchers(zs_of(same, Till("K1", "1").ring(12_500)), same).vouchers
    assert {line.role: line.tax_code for line in voucher.lines}["vat"] == "3"
    system = profile(ledger(vat_posting="system"))
    (voucher,) = build_vouchers(zs_of(system, Till("K1", "1").ring(12_500, Item(1_000, "0"))), system).vouchers
    assert booked(voucher) == [(1920, 13_500), (3000, -12_500), (3100, -1_000)]
    assert voucher.vat_posting == "system"


def test_system_posting_needs_a_tax_code() -> None:
    codes = {**LEDGER["vat_codes"], "3": {"sales_account": 3000}}
    mine = profile(ledger(vat_posting="system", vat_codes=codes))
    with pytest.raises(Unmapped, match=r"vat_codes\.3\.tax_code"):
        build_vouchers(zs_of(mine, Till("K1", "1").ring(12_500)), mine)


def groups_ledger(**groups: int) -> dict[str, Any]:
    three = {**LEDGER["vat_codes"]["3"], "article_groups": groups}
    return ledger(sales_per_article_group=True, vat_codes={**LEDGER["vat_codes"], "3": three})


def test_sales_per_article_group() -> None:
    till = Till("K1", "1").ring(Item(12_500, group="100"), Item(2_500, group="200"))
    mine = profile(groups_ledger(**{"100": 3001, "200": 3002}))
    (voucher,) = build_vouchers(zs_of(mine, till), mine).vouchers
    assert booked(voucher) == [(1920, 15_000), (2700, -3_000), (3001, -10_000), (3002, -2_000)]
    assert voucher.lines[-1].text == "Z 1 kasse K1: salg 25 %, varegruppe 200"
    system = {**groups_ledger(**{"100": 3001, "200": 3002}), "vat_posting": "system"}
    (voucher,) = build_vouchers(zs_of(profile(system), till), profile(system)).vouchers
    assert booked(voucher) == [(1920, 15_000), (3001, -12_500), (3002, -2_500)]


def test_article_groups_that_cannot_be_split_are_refused() -> None:
    till = Till("K1", "1").ring(Item(12_500, group="100"))
    unknown = profile(groups_ledger(**{"200": 3002}))
    with pytest.raises(Unmapped, match=r"vat_codes\.3\.article_groups\.100"):
        build_vouchers(zs_of(unknown, till), unknown)
    mine = profile(groups_ledger(**{"100": 3001}))
    with pytest.raises(Unmapped, match=r"sum to 0\.00 on the receipts"):
        build_vouchers(zs_of(mine, till, receipts=False), mine)


def test_receivables_need_a_customer() -> None:
    till = Till("K1", "1").ring(10_000, pay="ACCOUNT", customer="20001").ring(5_000, pay="ACCOUNT", customer="20002")
    tenders = {**LEDGER["tenders"], "ACCOUNT": {"account": 1500}}
    with pytest.raises(Unmapped, match=r"ledger\.tenders\.ACCOUNT\.customer"):
        build_vouchers(zs_of(profile(ledger(tenders=tenders)), till), profile(ledger(tenders=tenders)))
    tenders["ACCOUNT"] = {"account": 1500, "customer": "from_receipt"}
    mine = profile(ledger(tenders=tenders))
    (voucher,) = build_vouchers(zs_of(mine, till), mine).vouchers
    debits = [(line.account, line.customer_id, line.debit) for line in voucher.lines if line.debit]
    assert debits == [(1500, 20001, 10_000), (1500, 20002, 5_000)]
    anonymous = Till("K1", "1").ring(10_000, pay="ACCOUNT")
    with pytest.raises(Unmapped, match=r"receipts name customers for 0.00 of 100.00"):
        build_vouchers(zs_of(mine, anonymous), mine)
    lettered = Till("K1", "1").ring(10_000, pay="ACCOUNT", customer="C-7")
    with pytest.raises(Unmapped, match="customer key C-7 is not a customer number"):
        build_vouchers(zs_of(mine, lettered), mine)


def test_movements_inside_and_outside_the_tender_totals() -> None:
    till = Till("K1", "1").move("gift_card_sale", 50_000, "CARD").move("bank_deposit", 20_000, "CASH")
    (voucher,) = build_vouchers(zs_of(profile(), till), profile()).vouchers
    inside = booked(voucher)
    assert inside == [(1911, 20_000), (1920, 50_000), (1900, -20_000), (2901, -50_000)]
    apart = Till("K1", "1").move("gift_card_sale", 50_000, "CARD", False).move("bank_deposit", 20_000, "CASH", False)
    mine = profile(ledger(tenders_include=["tips"]))
    (voucher,) = build_vouchers(zs_of(mine, apart), mine).vouchers
    assert booked(voucher) == inside


def test_a_movement_outside_the_tenders_needs_a_tender() -> None:
    till = Till("K1", "1").move("gift_card_sale", 50_000, None, False)
    mine = profile(ledger(tenders_include=["tips"]))
    with pytest.raises(Unmapped, match=r"movements\.gift_card_sale\.tender"):
        build_vouchers(zs_of(mine, till), mine)
    movements = {**LEDGER["movements"], "gift_card_sale": {"account": 2901, "tender": "CARD"}}
    mine = profile(ledger(tenders_include=["tips"], movements=movements))
    (voucher,) = build_vouchers(zs_of(mine, till), mine).vouchers
    assert booked(voucher) == [(1920, 50_000), (2901, -50_000)]


def test_movement_kind_is_refined_by_the_registers_own_code() -> None:
    till = Till("K1", "1").move("other_pay_in", 50_000, "CARD", source_type="GC")
    mine = profile(ledger(movement_types={"GC": "gift_card_sale"}))
    (voucher,) = build_vouchers(zs_of(mine, till), mine).vouchers
    assert booked(voucher) == [(1920, 50_000), (2901, -50_000)]


def test_the_registers_direction_stands_whatever_the_kind_of_its_code() -> None:
    till = Till("K1", "1").move("other_pay_out", 50_000, "CARD", source_type="GC")
    mine = profile(ledger(movement_types={"GC": "gift_card_sale"}))
    (z,) = zs_of(mine, till)
    assert [(m.kind, m.amount) for m in z.movements] == [("gift_card_sale", -50_000)]
    (voucher,) = build_vouchers((z,), mine).vouchers
    assert booked(voucher) == [(2901, 50_000), (1920, -50_000)]


def test_a_return_at_the_rate_of_another_day_is_not_left_to_24sevenoffice_to_split() -> None:
    mine = profile(ledger(vat_posting="system"))
    back = Item(-10_600, "1", rate=6_000, sold=dt.date(2021, 9, 20))
    with pytest.raises(Unmapped, match=r"at 6 % .*is a rate of another day.*ledger.vat_posting does not fit"):
        build_vouchers(zs_of(mine, Till("K1", "1").ring(back)), mine)


def test_payment_on_account_goes_to_the_party() -> None:
    movements = {**LEDGER["movements"], "payment_on_account": {"account": 1500, "customer": "from_party"}}
    mine = profile(ledger(movements=movements))
    till = Till("K1", "1").move("payment_on_account", 50_000, "CARD", party="20001")
    (voucher,) = build_vouchers(zs_of(mine, till), mine).vouchers
    assert voucher.lines[-1].customer_id == 20001
    with pytest.raises(Unmapped, match="names no customer number"):
        build_vouchers(zs_of(mine, Till("K1", "1").move("payment_on_account", 50_000, "CARD")), mine)


def test_an_unbalanced_z_is_refused_even_when_asked_directly() -> None:
    (z,) = zs_of(profile(), Till("K1", "1").ring(10_000))
    with pytest.raises(Unbalanced, match=r"differ by 0.01. Nothing was sent and nothing is plugged"):
        build_vouchers([replace(z, tenders=(replace(z.tenders[0], amount=10_001),))], profile())


def test_prove_voucher_refuses_what_must_not_be_sent() -> None:
    (voucher,) = build_vouchers(zs_of(profile(), Till("K1", "1").ring(12_500)), profile()).vouchers
    prove_voucher(voucher)
    both = VoucherLine(1900, 100, 100, "x")
    with pytest.raises(Unbalanced, match="exactly one must be above zero"):
        prove_voucher(replace(voucher, lines=(*voucher.lines, both)))
    negative = VoucherLine(1900, -100, 0, "x")
    with pytest.raises(Unbalanced, match="exactly one must be above zero"):
        prove_voucher(replace(voucher, lines=(*voucher.lines, negative)))
    # Balanced, but VAT was moved to sales.
    moved = tuple(
        replace(line, credit=line.credit + (100 if line.role == "sales" else -100)) if line.credit else line
        for line in voucher.lines
    )
    with pytest.raises(Unbalanced, match="in code and rate 3@25000"):
        prove_voucher(replace(voucher, lines=moved))


def test_texts_fit_the_ledger_in_both_languages() -> None:
    english = profile(ledger(voucher_language="en"))
    (voucher,) = build_vouchers(zs_of(english, Till("K1", "102").ring(Item(1_111, "1"), pay="CASH")), english).vouchers
    assert [line.text for line in voucher.lines] == [
        "Z 102 register K1: cash (CASH)",
        "Z 102 register K1: cash rounding",
        "Z 102 register K1: VAT 12 %",
        "Z 102 register K1: sales 12 %",
    ]
    assert fit("p" * 100, "salg 25 %") == "p" * 63 + "…: salg 25 %"
    assert len(fit("p" * 100, "salg 25 %")) == 75
    assert len(fit("prefix", "s" * 100)) == 75


def test_canonical_bytes_tell_vouchers_apart() -> None:
    one, other = (
        build_vouchers(zs_of(profile(), Till("K1", "1").ring(gross)), profile()).vouchers[0] for gross in (100, 101)
    )
    assert canonical_bytes(one) != canonical_bytes(other)
    assert json.loads(canonical_bytes(one))["document_key"] == "oslo/K1/Z1"


def test_unknown_rounding_is_refused() -> None:
    from frontline_pipeline.accounting.voucher import VoucherRefused

    bundle = z_bundle(Till("K1", "1").ring(1_540, pay="CASH"), with_rounding=False)
    zs = prove_z_reports(bundle, None, profile()).z_reports
    with pytest.raises(VoucherRefused, match="ROUNDING_UNKNOWN"):
        build_vouchers(zs, profile())
    derived = profile(rounding="derive", mode="posted")
    (voucher,) = build_vouchers(prove_z_reports(bundle, None, derived).z_reports, derived).vouchers
    assert voucher.mode is Mode.DRAFT


def test_two_codes_of_one_rate_stay_one_line_and_two_rates_of_one_account_stay_two() -> None:
    codes = {**LEDGER["vat_codes"], "31": {"sales_account": 3000, "vat_account": 2700}}
    mine = profile(ledger(vat_codes=codes))
    till = Till("K1", "1").ring(12_500, Item(12_500, "3b", rate=25_000, standard="3"), Item(11_500, "2"))
    (voucher,) = build_vouchers(zs_of(mine, till), mine).vouchers
    assert [(line.vat_key, line.credit) for line in voucher.lines if line.role == "sales"] == [
        ("31@15000", 10_000),
        ("3@25000", 20_000),
    ]


def test_from_receipt_with_a_changed_amount_is_unmapped() -> None:
    tenders = {**LEDGER["tenders"], "ACCOUNT": {"account": 1500, "customer": "from_receipt"}}
    mine = profile(ledger(tenders=tenders))
    till = Till("K1", "1").ring(10_000, pay="ACCOUNT", customer="20001")
    bundle = change(z_bundle(till), "z_tenders", 0, "amount", 9_000)
    zs = prove_z_reports(bundle, receipts_bundle(till), mine).z_reports
    with pytest.raises(Unmapped, match=r"100.00 of 90.00"):
        build_vouchers(zs, mine)
