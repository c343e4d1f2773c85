"""Sequences of days with all special cases: vouchers balance, VAT is kept, and every account moves by exactly what happened."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.from_frames import into_till, movement_group
from frontline_pipeline.accounting.model import Voucher, ZReport
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import Z_FRAMES
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.special_cases.sequences import (
    DEPARTMENTS,
    LIABILITIES,
    SPECIAL,
    STORE_DEPARTMENT,
    Ledger,
    Story,
    sequences,
)
from frontline_pipeline_tests.strategies import frames, profile, receipts_bundle


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(sequences(), st.sampled_from(["register", "store"]))
def test_the_ledger_moves_by_exactly_what_happened(days: list[list[Story]], per: str) -> None:
    mine = profile(SPECIAL, journal_per=per, department_id=STORE_DEPARTMENT, register_departments=DEPARTMENTS)
    moved: Ledger = Counter()
    wanted: Ledger = Counter()
    owed: Counter[int] = Counter()
    for stories in days:
        zs, vouchers = _booked(stories, mine)
        for voucher in vouchers:
            assert sum(line.amount for line in voucher.lines) == 0
            for line in voucher.lines:
                moved[line.account, line.department_id] += line.amount
        for story in stories:
            wanted.update(story.effects)
        _vat_is_kept(zs, vouchers)
        owed.update(_liabilities_of_the_z(zs, mine))
    assert _without_zeros(moved) == _without_zeros(wanted)
    for account in LIABILITIES:
        total = sum(amount for (number, _), amount in moved.items() if number == account)
        assert total == owed[account], account


def _booked(stories: list[Story], mine: StoreProfile) -> tuple[tuple[ZReport, ...], tuple[Voucher, ...]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for story in stories:
        for name, more in story.rows().items():
            rows[name] += more
    tills = [story.till for story in stories]
    z, receipts = Bundle("oslo", tills[0].day, Status.OK, frames(Z_FRAMES, rows)), receipts_bundle(*tills)
    proof = prove_z_reports(z, receipts, mine)
    findings = [*proof.findings, *prove_receipts(receipts, proof.z_reports, mine).findings]
    assert [f.message for f in findings if f.holds] == []
    made = build_vouchers(proof.z_reports, mine)
    assert {key for v in made.vouchers for key in v.z_keys} | set(made.skipped) == {z.key for z in proof.z_reports}
    return proof.z_reports, made.vouchers


def _vat_is_kept(zs: tuple[ZReport, ...], vouchers: tuple[Voucher, ...]) -> None:
    said: Counter[int] = Counter()
    booked: Counter[int] = Counter()
    for z in zs:
        for vat in z.vat:
            said[vat.rate] += vat.vat
    for voucher in vouchers:
        for line in voucher.lines:
            if line.role == "vat":
                booked[int(line.vat_key.split("@")[1])] -= line.amount
    assert {rate: vat for rate, vat in said.items() if vat} == {rate: vat for rate, vat in booked.items() if vat}


def _liabilities_of_the_z(zs: tuple[ZReport, ...], mine: StoreProfile) -> Counter[int]:
    """What the Z-reports say of the debts: their movements, their tenders on debt accounts, and what they sold that is no turnover."""
    owed: Counter[int] = Counter()
    for z in zs:
        for movement in z.movements:
            account = mine.rules.movements[movement.kind].account
            lapsed = movement_group(movement.kind) == "write_offs"
            owed[account] += movement.amount if lapsed else -into_till(movement)
        for tender in z.tenders:
            rule = mine.tender_rule(tender.tender, tender.tender_type)
            assert rule is not None
            owed[rule.account_in(tender.currency)] += tender.amount
        for vat in z.vat:
            if vat.vat_code == "G":
                owed[2901] -= vat.base
        for group in z.article_groups:
            if group.article_group == "610":
                owed[2990] -= group.amount
    return owed


def _without_zeros(ledger: Ledger) -> dict[tuple[int, int | None], int]:
    return {key: amount for key, amount in ledger.items() if amount}
