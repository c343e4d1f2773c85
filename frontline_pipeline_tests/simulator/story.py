"""The store-days of a simulation: vouchers by Z-report and version, settings, profiles; built once.

Belongs here: what is to be posted.
Does not: post it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

from frontline_pipeline.accounting.model import Mode, Voucher, VoucherLine, ZKey
from frontline_pipeline.office.models import LedgerLine
from frontline_pipeline.settings import PostingSettings, Settings, StoreProfile
from frontline_pipeline_tests.posting import fake_ledger
from frontline_pipeline_tests.posting.fake_ledger import DAY

COMPANY, STORE = "fjord", "oslo"
CARD = 1920
"""The account that every store-day pays into, in full."""
NETS = {102: (10_000, 20_000), 103: (5_000, 7_000), 104: (8_000, 9_000)}
"""Net sales in øre of each Z-report, before and after a late void."""
DAYS = {102: DAY, 103: DAY, 104: DAY + dt.timedelta(days=1)}
FIRST, LAST = DAY, DAY + dt.timedelta(days=1)


@cache
def settings() -> Settings:
    return fake_ledger.settings()


@cache
def profile() -> StoreProfile:
    return settings().store(STORE)


@cache
def posting(attempts: int, resend: str, settle: int, ttl: int, wait: int, number_source: str) -> PostingSettings:
    return PostingSettings.model_validate(
        {
            "attempts": attempts,
            "resend": resend,
            "settle_seconds": settle,
            "lease_ttl_seconds": ttl,
            "lease_wait_seconds": wait,
            "number_source": number_source,
        }
    )


@cache
def voucher(z: int, version: int, mode: Mode) -> Voucher:
    """The voucher of one Z-report; that of 104 names a department, a project and a dimension."""
    made = fake_ledger.voucher(z, day=DAYS[z], net=NETS[z][version], mode=mode)
    if z != 104:
        return made
    lines = tuple(
        replace(line, department_id=10, project_id=20, dimensions=((101, "nord"),)) if line.role == "sales" else line
        for line in made.lines
    )
    return replace(made, lines=lines)


@cache
def day_voucher(versions: tuple[int, int], mode: Mode) -> Voucher:
    """Z 102 and Z 103 in one voucher: a journal per store."""
    net = NETS[102][versions[0]] + NETS[103][versions[1]]
    keys = (ZKey("K1", "102"), ZKey("K1", "103"))
    return fake_ledger.voucher(102, net=net, mode=mode, document_key=f"{STORE}/{DAY}", z_keys=keys, text="Dagsoppgjør")


def as_entered(line: VoucherLine) -> LedgerLine:
    """A line as a person enters it."""
    return LedgerLine(
        line.account, line.amount, line.tax_code, line.text, None, line.department_id, line.project_id, line.dimensions
    )
