"""A27: random Z-reports balance to the øre, keep VAT per rate, and give the same bytes in any order."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.voucher import build_vouchers, canonical_bytes
from frontline_pipeline_tests.scenario_kit import held
from frontline_pipeline_tests.strategies import Till, days, profile, receipts_bundle, shuffled, z_bundle


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(days(), st.integers(0, 999), st.sampled_from(["register", "store"]))
def test_A27_balanced_vat_kept_same_bytes(tills: tuple[Till, ...], seed: int, per: str) -> None:
    mine = profile(journal_per=per)
    z, receipts = z_bundle(*tills), receipts_bundle(*tills)
    proof = prove_z_reports(z, receipts, mine)
    assert held(proof) == set()
    vouchers = build_vouchers(proof.z_reports, mine).vouchers
    assert sum(line.debit - line.credit for v in vouchers for line in v.lines) == 0
    vat = {c.vat_key: c.vat for v in vouchers if per == "store" for c in v.vat_control}
    for key, amount in vat.items():
        assert -sum(x.amount for v in vouchers for x in v.lines if (x.role, x.vat_key) == ("vat", key)) == amount
    mixed = prove_z_reports(shuffled(z, seed), shuffled(receipts, seed), mine).z_reports
    again = build_vouchers(tuple(reversed(mixed)), mine).vouchers
    assert [canonical_bytes(v) for v in again] == [canonical_bytes(v) for v in vouchers]
