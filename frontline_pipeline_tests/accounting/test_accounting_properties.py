"""Properties of the proof and the voucher over random valid store-days; row order is in the scenario A27."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.proof import Proof, prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.voucher import (
    Unbalanced,
    VoucherRefused,
    allot,
    build_vouchers,
    prove_voucher,
)
from frontline_pipeline.accounting.voucher_frames import vouchers_from_frames, vouchers_to_frames
from frontline_pipeline.frames.proven import PROVEN_Z_FRAMES, VOUCHER_FRAMES
from frontline_pipeline_tests.strategies import (
    Till,
    change,
    days,
    not_delivered,
    profile,
    receipts_bundle,
    z_bundle,
)

quick = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
PROFILES = {
    "register": profile(),
    "store": profile(journal_per="store", department_id=7, dimensions={101: "B"}),
}


def proven(tills: tuple[Till, ...], with_rounding: bool = True) -> Proof:
    return prove_z_reports(z_bundle(*tills, with_rounding=with_rounding), receipts_bundle(*tills), PROFILES["register"])


@quick
@given(days(), st.booleans())
def test_a_day_built_from_receipts_passes_every_proof(tills: tuple[Till, ...], with_rounding: bool) -> None:
    z = proven(tills, with_rounding)
    receipts = prove_receipts(receipts_bundle(*tills), z.z_reports, PROFILES["register"])
    assert [f.message for f in z.findings if f.holds] == []
    assert [f.message for f in receipts.findings if f.holds] == []
    for spec in PROVEN_Z_FRAMES:
        spec.keyed_schema.validate(z.bundle[spec.name], lazy=True)


@quick
@given(days(), st.sampled_from(["register", "store"]))
def test_debit_is_credit_and_vat_is_kept_per_rate(tills: tuple[Till, ...], per: str) -> None:
    zs = proven(tills).z_reports
    made = build_vouchers(zs, PROFILES[per])
    kept: dict[tuple[str, str], int] = defaultdict(int)
    for voucher in made.vouchers:
        assert sum(line.debit for line in voucher.lines) == sum(line.credit for line in voucher.lines)
        for line in voucher.lines:
            assert min(line.debit, line.credit) == 0 < max(line.debit, line.credit)
            assert len(line.text) <= 75
            kept[line.role, line.vat_key] -= line.amount
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for z in zs:
        for vat in z.vat:
            wanted["sales", f"{vat.standard_code}@{vat.rate}"] += vat.base
            wanted["vat", f"{vat.standard_code}@{vat.rate}"] += vat.vat
    assert {k: v for k, v in kept.items() if k[1] and v} == {k: v for k, v in wanted.items() if v}
    booked = {key for voucher in made.vouchers for key in voucher.z_keys} | set(made.skipped)
    assert booked == {z.key for z in zs}


@quick
@given(days(), st.data(), st.integers(1, 10_000), st.booleans())
def test_one_wrong_tender_amount_always_holds_the_day(
    tills: tuple[Till, ...], data: st.DataObject, size: int, up: bool
) -> None:
    z = z_bundle(*tills)
    assume(len(z["z_tenders"]))
    row = data.draw(st.integers(0, len(z["z_tenders"]) - 1))
    amount = int(z["z_tenders"]["amount"].iloc[row]) + (size if up else -size)
    wrong = change(z, "z_tenders", row, "amount", amount)
    for receipts in (receipts_bundle(*tills), not_delivered()):
        proof = prove_z_reports(wrong, receipts, PROFILES["register"])
        assert [f for f in proof.of("z_balances") if f.holds]
        with pytest.raises(Unbalanced):
            build_vouchers(proof.z_reports, PROFILES["register"])


@quick
@given(days(), st.data(), st.integers(1, 10_000))
def test_one_wrong_receipt_amount_holds_the_receipts(tills: tuple[Till, ...], data: st.DataObject, size: int) -> None:
    receipts = receipts_bundle(*tills)
    frame = data.draw(st.sampled_from(["receipt_lines", "receipt_payments"]))
    assume(len(receipts[frame]))
    row = data.draw(st.integers(0, len(receipts[frame]) - 1))
    credit = set(receipts["receipts"].query("kind == 'credit_sale'")["receipt_id"])
    assume(receipts[frame]["receipt_id"].iloc[row] not in credit)
    wrong = change(receipts, frame, row, "amount", int(receipts[frame]["amount"].iloc[row]) + size)
    assert prove_receipts(wrong, proven(tills).z_reports, PROFILES["register"]).holds


@quick
@given(days(), st.data(), st.integers(-500, 500))
def test_one_wrong_vat_amount_holds_the_day(tills: tuple[Till, ...], data: st.DataObject, size: int) -> None:
    z = z_bundle(*tills)
    assume(size and len(z["z_vat"]))
    row = data.draw(st.integers(0, len(z["z_vat"]) - 1))
    column = data.draw(st.sampled_from(["base", "vat"]))
    wrong = change(z, "z_vat", row, column, int(z["z_vat"][column].iloc[row]) + size)
    proof = prove_z_reports(wrong, not_delivered(), PROFILES["register"])
    assert proof.holds
    with pytest.raises(VoucherRefused):
        build_vouchers(proof.z_reports, PROFILES["register"])


@quick
@given(days(), st.sampled_from(["register", "store"]))
def test_vouchers_survive_frames_and_back(tills: tuple[Till, ...], per: str) -> None:
    made = build_vouchers(proven(tills).z_reports, PROFILES[per])
    frames = vouchers_to_frames(made)
    for spec in VOUCHER_FRAMES:
        spec.keyed_schema.validate(frames[spec.name], lazy=True)
    assert vouchers_from_frames(frames) == made


@quick
@given(days(), st.data())
def test_a_changed_line_is_noticed_before_sending(tills: tuple[Till, ...], data: st.DataObject) -> None:
    from dataclasses import replace

    vouchers = build_vouchers(proven(tills).z_reports, PROFILES["register"]).vouchers
    assume(vouchers)
    voucher: Voucher = data.draw(st.sampled_from(vouchers))
    at = data.draw(st.integers(0, len(voucher.lines) - 1))
    line = voucher.lines[at]
    changed = replace(line, debit=line.debit + 1) if line.debit else replace(line, credit=line.credit + 1)
    with pytest.raises(Unbalanced):
        prove_voucher(replace(voucher, lines=(*voucher.lines[:at], changed, *voucher.lines[at + 1 :])))


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=8))
def test_allotting_is_exact_and_within_an_ore(total: int, weights: list[int]) -> None:
    parts = allot(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(abs(part * whole - total * weight) < abs(whole) for part, weight in zip(parts, weights, strict=True))


def test_a_proven_bundle_read_again_gives_the_same_z_reports() -> None:
    from frontline_pipeline.accounting.from_frames import z_reports_from

    till = Till("K1", "1").ring(1572, pay="CASH").ring(20000)
    for with_rounding, receipts in ((True, True), (False, True), (False, False)):
        raw = receipts_bundle(till) if receipts else None
        proof = prove_z_reports(z_bundle(till, with_rounding=with_rounding), raw, PROFILES["register"])
        assert z_reports_from("oslo", proof.bundle, raw, PROFILES["register"]) == proof.z_reports
        assert isinstance(proof.bundle["z_reports"]["rounding"].dtype, type(pd.Series([1]).dtype))
