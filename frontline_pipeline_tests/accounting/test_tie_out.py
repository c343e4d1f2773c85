"""The four-way tie-out: examples for every side, and what holds of any valid day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.model import Voucher, ZKey, ZReport
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.tie_cells import Held, HeldLine, order_cells
from frontline_pipeline.accounting.tie_out import TieOut, tie_out
from frontline_pipeline.accounting.tie_receipts import receipt_columns
from frontline_pipeline.accounting.voucher import VoucherSet, build_vouchers
from frontline_pipeline.booking import as_booked, book
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.orders.order_kit import order_profile
from frontline_pipeline_tests.strategies import (
    DAY,
    Item,
    Till,
    change,
    days,
    ledger,
    profile,
    receipts_bundle,
    z_bundle,
)

T = TypeVar("T")
FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@dataclass(frozen=True)
class Sides:
    """A valid store-day with its ledger side, to be altered."""

    zs: tuple[ZReport, ...]
    receipts: Bundle
    vouchers: VoucherSet
    held: tuple[Held, ...]
    mine: StoreProfile

    def tie(self) -> TieOut:
        return tie_out(self.zs, receipt_columns(self.receipts), self.vouchers, self.held, self.mine)


def held_of(voucher: Voucher) -> Held:
    """A ledger that holds what was sent."""
    lines = tuple(HeldLine(line.account, line.tax_code or "", line.amount) for line in voucher.lines)
    return Held(voucher.z_keys, f"{voucher.document_key}/r1", "verified by read-back", lines)


def sides(*tills: Till, mine: StoreProfile | None = None) -> Sides:
    """All four sides of tills that are in order."""
    mine = mine or profile()
    receipts = receipts_bundle(*tills)
    proof = prove_z_reports(z_bundle(*tills), receipts, mine)
    assert [f.message for f in proof.findings if f.holds] == []
    # From the stored frames alone, as the asset has them.
    vouchers = build_vouchers(proof.z_reports, mine)
    return Sides(
        tuple(replace(z, receipts=None) for z in proof.z_reports),
        receipts,
        vouchers,
        tuple(held_of(v) for v in vouchers.vouchers),
        mine,
    )


def wrong(tied: TieOut) -> list[tuple[str, str, str]]:
    """(register, measure, subject) of the figures that differ."""
    rows = tied.frame[~tied.frame["agrees"]]
    return list(zip(rows["register"], rows["measure"], rows["subject"], strict=True))


def busy() -> Till:
    """A till with something of everything."""
    till = Till("K1", "102").ring(1000, Item(2000, "2"), pay="CASH").ring(-500).ring(999, pay="VIPPS", tip=100)
    till.ring(Item(3030, "1"), Item(700, "0"), pay="CARD", split=[("GIFT", 500)])
    return till.move("gift_card_sale", 5000, "CARD").count("CASH", 900, 1000)


def test_all_sides_of_a_day_in_order_are_equal() -> None:
    tied = sides(busy(), Till("K2", "7").ring(1012, pay="CASH")).tie()
    assert tied.agrees
    assert (
        tied.verdict
        == f"All {len(tied.frame)} figures agree to the øre: receipts = Z-report = voucher = 24SevenOffice."
    )
    figures = {
        (r, m, s) for r, m, s in zip(tied.frame["register"], tied.frame["measure"], tied.frame["subject"], strict=True)
    }
    assert {
        ("K1", "total", "-"),
        ("K1", "sales", "33@12000"),
        ("K1", "vat", "3@25000"),
        ("K1", "tender", "GIFT"),
        ("K1", "movement", "tip"),
        ("K1", "difference", "K1 102 CASH difference"),
        ("K2", "rounding", "-"),
    } <= figures
    # Nothing is lost on the way: debit and credit of the voucher and of the ledger are the sum of the figures.
    money = tied.frame[["voucher", "ledger"]].dropna()
    assert (money["voucher"] == money["ledger"]).all()


def test_a_receipt_under_the_wrong_tender_is_named_on_both_tenders() -> None:
    day = sides(Till("K1", "102").ring(1000, pay="CARD").ring(2345, pay="VIPPS").ring(500, pay="CARD"))
    day = replace(day, receipts=change(day.receipts, "receipt_payments", 1, "tender", "CARD"))
    tied = day.tie()
    assert wrong(tied) == [("K1", "tender", "CARD"), ("K1", "tender", "VIPPS")]
    told = tied.frame.set_index("subject")["because_of"]
    assert told["CARD"] == "receipt 102-2 gives just the difference (23.45)"
    assert told["VIPPS"] == "receipt 102-2 is on CARD and may belong here (23.45)"


def test_a_lost_receipt_is_named_by_the_running_number_that_is_missing() -> None:
    till = Till("K1", "102").ring(1000).ring(2000).ring(3000)
    day = sides(till)
    numbered = day.receipts.frames["receipts"].assign(sequence=pd.array([41, 42, 43], dtype="Int64"))
    frames = {**day.receipts.frames, "receipts": numbered}
    lost = {name: frame[frame["receipt_id"] != "102-2"].reset_index(drop=True) for name, frame in frames.items()}
    tied = replace(day, receipts=replace(day.receipts, frames=lost)).tie()
    assert {measure for _, measure, _ in wrong(tied)} == {"total", "sales", "vat", "tender"}
    assert set(tied.frame[~tied.frame["agrees"]]["because_of"]) == {"receipt with running number 42 is missing"}
    assert "receipts 40.00, Z-report 60.00 (receipt with running number 42 is missing)" in tied.verdict


def test_a_receipt_whose_payment_or_line_was_altered_is_named() -> None:
    day = sides(Till("K1", "102").ring(1000, pay="CARD").ring(2345, pay="VIPPS", tip=100))
    paid = replace(day, receipts=change(day.receipts, "receipt_payments", 0, "amount", 1001)).tie()
    assert wrong(paid)[0] == ("K1", "tender", "CARD")
    assert "receipt 102-1: amount and rounding 10.00, payments 10.01" in paid.verdict
    line = replace(day, receipts=change(day.receipts, "receipt_lines", 1, "vat", 470)).tie()
    assert wrong(line) == [("K1", "vat", "3@25000")]
    assert "receipt 102-2: a line of 23.45 has net 18.76 and VAT 4.70" in line.verdict


def test_sides_that_do_not_exist_are_empty_and_told() -> None:
    day = sides(busy())
    tied = tie_out(
        day.zs, None, None, (), day.mine, {"receipts": "none were delivered", "voucher": "held by z_balances"}
    )
    assert tied.agrees
    assert tied.verdict == (
        f"{len(tied.frame)} figures, on the Z-report alone. no receipts side: none were delivered. "
        "no voucher side: held by z_balances."
    )
    assert tied.frame[["receipts", "voucher", "ledger"]].isna().all(axis=None)
    nothing = tie_out((), None, None, (), day.mine, {"z_report": "closed on Sundays"})
    assert nothing.verdict == "Nothing to tie out: closed on Sundays."
    assert len(nothing.frame) == 0


def test_a_document_whose_lines_are_not_known_is_told_and_one_that_is_gone_is_zero() -> None:
    day = sides(busy())
    draft = replace(day.held[0], lines=None, words="a draft")
    tied = replace(day, held=(draft,)).tie()
    assert tied.agrees
    assert tied.verdict.endswith("receipts = Z-report = voucher. oslo/K1/Z102/r1: a draft.")
    gone = replace(day, held=(replace(draft, lines=()),)).tie()
    booked = gone.frame[gone.frame["voucher"].notna()]
    assert (booked["ledger"] == 0).all()
    assert not booked["agrees"].any()


def test_a_line_that_only_the_ledger_has_is_a_figure_of_its_own() -> None:
    day = sides(busy())
    assert day.held[0].lines is not None
    more = (*day.held[0].lines, HeldLine(6999, "", 1))
    tied = replace(day, held=(replace(day.held[0], lines=more),)).tie()
    assert wrong(tied) == [("K1", "other", "account 6999")]
    # Without a voucher nobody knows what the accounts are of: told by account, and no difference.
    alone = tie_out(day.zs, None, None, day.held, day.mine)
    assert alone.agrees
    assert "other" in set(alone.frame["measure"])


def test_a_journal_per_store_is_compared_as_the_sum_of_its_z_reports() -> None:
    day = sides(busy(), Till("K2", "7").ring(1012, pay="CASH"), mine=profile(journal_per="store"))
    tied = day.tie()
    assert tied.agrees
    joined = tied.frame[tied.frame["register"] == "K1 + K2"]
    assert joined["receipts"].isna().all()
    assert joined[["z_report", "voucher", "ledger"]].notna().all(axis=None)
    own = tied.frame[tied.frame["register"] != "K1 + K2"]
    assert own[["voucher", "ledger"]].isna().all(axis=None)
    assert day.held[0].lines is not None
    altered = (day.held[0].lines[0]._replace(amount=day.held[0].lines[0].amount + 1), *day.held[0].lines[1:])
    off = replace(day, held=(replace(day.held[0], lines=altered),)).tie()
    assert [register for register, _, _ in wrong(off)] == ["K1 + K2"]


def test_a_z_without_anything_is_skipped_on_every_side() -> None:
    tied = sides(busy(), Till("K2", "7")).tie()
    assert tied.agrees
    assert set(tied.frame["register"]) == {"K1"}


def test_system_vat_compares_gross_sales() -> None:
    mine = profile(ledger(vat_posting="system"))
    day = sides(busy(), mine=mine)
    tied = replace(day, held=()).tie()
    assert tied.agrees
    row = tied.frame[(tied.frame["measure"] == "sales") & (tied.frame["subject"] == "31@15000")].iloc[0]
    assert (row["receipts"], row["z_report"], row["voucher"]) == (2000, 2000, 2000)


def test_movements_that_the_tenders_leave_out_and_codes_of_the_register() -> None:
    rules = ledger(tenders_include=["pay_outs", "tips"], pos_vat_codes={"9": "33"})
    rules["movements"] = {**rules["movements"], "gift_card_sale": {"account": 2901, "tender": "CARD"}}
    till = (
        Till("K1", "102")
        .ring(Item(1120, "9", rate=12_000, standard="0"))
        .move("gift_card_sale", 900, None, included=False)
    )
    tied = sides(till, mine=profile(rules)).tie()
    assert tied.agrees
    subjects = set(tied.frame["subject"])
    assert {"33@12000", "gift_card_sale", "gift_card_sale counter"} <= subjects


@FEW
@given(day=days(), per_store=st.booleans())
def test_a_valid_day_has_no_difference(day: tuple[Till, ...], per_store: bool) -> None:
    mine = profile(journal_per="store" if per_store else "register")
    assert sides(*day, mine=mine).tie().agrees


@FEW
@given(day=days(), data=st.data(), ore=st.sampled_from([-1, 1]))
def test_an_altered_ore_stands_on_exactly_its_figure(day: tuple[Till, ...], data: st.DataObject, ore: int) -> None:
    mine = sides(*day)
    side = data.draw(st.sampled_from(["vat", "tender", "voucher", "ledger", "receipts"]))
    if side == "vat":
        zs, where = _altered_z_vat(mine.zs, data, ore)
        assert wrong(replace(mine, zs=zs).tie()) == [where]
    elif side == "tender":
        zs, where = _altered_z_tender(mine.zs, data, ore)
        assert wrong(replace(mine, zs=zs).tie()) == [where]
    elif side == "receipts":
        lines = mine.receipts.frames["receipt_lines"]
        of = mine.receipts.frames["receipts"].set_index(["register", "receipt_id"])["kind"]
        sold = [
            i
            for i, key in enumerate(zip(lines["register"], lines["receipt_id"], strict=True))
            if of[key] != "credit_sale"
        ]
        assume(sold)
        row = data.draw(st.sampled_from(sold))
        line = lines.iloc[row]
        altered = change(mine.receipts, "receipt_lines", row, "vat", int(line["vat"]) + ore)
        subject = f"{line['standard_code']}@{line['rate']}"
        assert wrong(replace(mine, receipts=altered).tie()) == [(line["register"], "vat", subject)]
    else:
        assume(mine.vouchers.vouchers)
        index = data.draw(st.integers(0, len(mine.vouchers.vouchers) - 1))
        voucher, held = mine.vouchers.vouchers[index], mine.held[index]
        at = data.draw(st.integers(0, len(voucher.lines) - 1))
        line = voucher.lines[at]
        register, figure = voucher.z_keys[0].register, (line.role, line.vat_key or line.subject or "-")
        if side == "ledger":
            assert held.lines is not None
            changed = replace(held, lines=_with(held.lines, at, held.lines[at]._replace(amount=line.amount + ore)))
            found = replace(mine, held=_with(mine.held, index, changed)).tie()
        else:
            debit, credit = (line.debit + ore, 0) if line.debit else (0, line.credit + ore)
            other = replace(voucher, lines=_with(voucher.lines, at, replace(line, debit=debit, credit=credit)))
            found = replace(
                mine, vouchers=replace(mine.vouchers, vouchers=_with(mine.vouchers.vouchers, index, other))
            ).tie()
        assert wrong(found) == [(register, *figure)]


def _with(items: Sequence[T], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def _altered_z_vat(
    zs: tuple[ZReport, ...], data: st.DataObject, ore: int
) -> tuple[tuple[ZReport, ...], tuple[str, str, str]]:
    places = [(i, j) for i, z in enumerate(zs) for j in range(len(z.vat))]
    assume(places)
    i, j = data.draw(st.sampled_from(places))
    line = zs[i].vat[j]
    column = data.draw(st.sampled_from(["base", "vat"]))
    changed = replace(line, **{column: getattr(line, column) + ore})
    measure = "sales" if column == "base" else "vat"
    where = (zs[i].register, measure, f"{line.standard_code}@{line.rate}")
    return _with(zs, i, replace(zs[i], vat=_with(zs[i].vat, j, changed))), where


def _altered_z_tender(
    zs: tuple[ZReport, ...], data: st.DataObject, ore: int
) -> tuple[tuple[ZReport, ...], tuple[str, str, str]]:
    places = [(i, j) for i, z in enumerate(zs) for j in range(len(z.tenders))]
    assume(places)
    i, j = data.draw(st.sampled_from(places))
    tender = zs[i].tenders[j]
    changed = replace(tender, amount=tender.amount + ore)
    return _with(zs, i, replace(zs[i], tenders=_with(zs[i].tenders, j, changed))), (
        zs[i].register,
        "tender",
        tender.tender,
    )


def test_the_same_rows_in_another_order_give_the_same_table() -> None:
    day = sides(busy(), Till("K2", "7").ring(1012, pay="CASH"))
    turned = replace(day, zs=day.zs[::-1], held=day.held[::-1])
    pd.testing.assert_frame_equal(day.tie().frame, turned.tie().frame)


@pytest.mark.parametrize("keys", [(ZKey("K9", "1"),)])
def test_a_document_of_z_reports_that_are_not_of_this_day_is_shown_alone(keys: tuple[ZKey, ...]) -> None:
    day = sides(busy())
    stray = Held(keys, "oslo/K9/Z1/r1", "verified by read-back", (HeldLine(1900, "", 100),))
    tied = tie_out(day.zs, None, day.vouchers, (*day.held, stray), day.mine)
    assert ("K9", "other", "account 1900") in {
        (r, m, s) for r, m, s in zip(tied.frame["register"], tied.frame["measure"], tied.frame["subject"], strict=True)
    }
    assert dt.date(2026, 11, 23) == DAY


@pytest.mark.parametrize("at_the_till", [0, 5_000])
def test_what_goes_by_order_is_shown_beside_the_sides_and_is_no_difference(at_the_till: int) -> None:
    """Receipts and Z-report hold it, voucher and ledger do not; what was paid of it at the till is in the journal alone."""
    mine = order_profile(
        {"from_sales": {"kind": "customer", "fallback_article": "A1"}},
        {"ACCOUNT": {"account": 1500, "way": "order"}},
    )
    till = Till("K1", "1").ring(12_500, pay="CASH").ring(50_000, pay="CARD")
    till.ring(Item(25_000), pay="ACCOUNT", split=[("CARD", at_the_till)] if at_the_till else (), customer="C1")
    receipts = receipts_bundle(till)
    (z,) = prove_z_reports(z_bundle(till), receipts, mine).z_reports
    booked = as_booked(z, mine, None)
    assert booked is not z
    vouchers = book([z], mine)
    day = Sides((replace(z, receipts=None),), receipts, vouchers, tuple(held_of(v) for v in vouchers.vouchers), mine)
    by_order = {z.key: order_cells(z, booked, mine)}
    tied = tie_out(day.zs, receipt_columns(receipts), vouchers, day.held, mine, by_order=by_order)
    assert wrong(tied) == [], tied.verdict
    shown = tied.frame.set_index(["measure", "subject"])["orders"].dropna().to_dict()
    assert shown["sales", "3@25000"] == 20_000
    assert shown["vat", "3@25000"] == 5_000
    assert shown["tender", "ACCOUNT"] == 25_000 - at_the_till
    assert wrong(day.tie()) != [], "without what the orders hold it would be a difference"
