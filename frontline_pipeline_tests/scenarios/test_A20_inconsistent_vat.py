"""A20: VAT is off by more than the bound; the check names rate, expected and actual."""

from __future__ import annotations

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline_tests.scenario_kit import held
from frontline_pipeline_tests.strategies import Till, change, profile, receipts_bundle, z_bundle


def test_A20_names_rate_expected_and_actual() -> None:
    till = Till("K1", "1").ring(12_500).ring(12_500)
    bundle = change(change(z_bundle(till), "z_vat", 0, "base", 19_000), "z_vat", 0, "vat", 6_000)
    proof = prove_z_reports(bundle, receipts_bundle(till), profile())
    assert "vat_matches_rate" in held(proof)
    (finding,) = proof.of("vat_matches_rate")
    assert (finding.subject, finding.expected, finding.actual, finding.difference) == (
        "25 %",
        "47.50",
        "60.00",
        "12.50",
    )


def test_A20_an_ore_within_the_bound_passes_and_beyond_is_held() -> None:
    till = Till("K1", "1").ring(12_500).ring(12_500)
    z = z_bundle(till)

    def moved(by: int) -> bool:
        bundle = change(change(z, "z_vat", 0, "base", 20_000 - by), "z_vat", 0, "vat", 5_000 + by)
        return "vat_matches_rate" in held(prove_z_reports(bundle, receipts_bundle(till), profile()))

    # Two lines: one øre of VAT more or less is rounding, two are not.
    assert [moved(by) for by in (-2, -1, 0, 1, 2)] == [True, False, False, False, True]
