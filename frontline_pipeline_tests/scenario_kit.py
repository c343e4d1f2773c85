"""Shared steps of the pure scenarios: from tills to vouchers, and what is held.

Belongs here: the shortest way from a till to its proof and its vouchers.
Does not: assertions; scenarios that need Dagster, the posting log or the sandbox have their own steps.
"""

from __future__ import annotations

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.proof import Proof, prove_z_reports
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.settings import StoreProfile
from frontline_pipeline_tests.strategies import Till, profile, receipts_bundle, z_bundle


def proof_of(*tills: Till, mine: StoreProfile | None = None, receipts: Bundle | None = None) -> Proof:
    """The proof of a store-day with its receipts."""
    return prove_z_reports(z_bundle(*tills), receipts or receipts_bundle(*tills), mine or profile())


def vouchers_of(*tills: Till, mine: StoreProfile | None = None) -> tuple[Voucher, ...]:
    """The vouchers of a store-day whose proof must hold."""
    proof = proof_of(*tills, mine=mine)
    assert [f.message for f in proof.findings if f.holds] == []
    return build_vouchers(proof.z_reports, mine or profile()).vouchers


def booked(voucher: Voucher) -> dict[tuple[int, str], int]:
    """(account, VAT key) -> signed øre, debit positive; every line apart must have its own key."""
    out: dict[tuple[int, str], int] = {}
    for line in voucher.lines:
        key = (line.account, line.vat_key)
        assert key not in out, f"two lines on {key}"
        out[key] = line.amount
    assert sum(out.values()) == 0
    return out


def held(proof: Proof) -> set[str]:
    """Names of the rules that hold the store-day."""
    return {f.rule for f in proof.findings if f.holds}
