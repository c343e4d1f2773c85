"""The last look at a voucher before it is sent.

Belongs here: what sending relies on, and asking the accounting room to prove the voucher again, since a blocking check
blocks only inside its own run.
Does not: arithmetic (accounting/voucher.py).
"""

from __future__ import annotations

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.accounting.voucher import VoucherRefused, prove_voucher


def problem_with(voucher: Voucher) -> str | None:
    """Why a voucher must not be sent, in words; None when it stands."""
    if not voucher.z_keys or len(set(voucher.z_keys)) != len(voucher.z_keys):
        return "the voucher names no Z-report, or one twice; this is a fault of the pipeline"
    if not voucher.lines:
        return "the voucher has no lines; a day without sales is not posted"
    try:
        prove_voucher(voucher)
    except VoucherRefused as refusal:
        return str(refusal)
    return None
