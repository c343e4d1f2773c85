"""Four hundred days of a shop with every special case, from the till to the roll-forward: nothing breaks, nothing is lost.

One chain takes half a minute, so the suite runs one; `make chains CHAINS=20` runs twenty others.
"""

from __future__ import annotations

import calendar
import datetime as dt
import os
from collections import Counter
from collections.abc import Iterable

import pandas as pd
import pytest

from frontline_pipeline.accounting.chain import chains
from frontline_pipeline.accounting.chain_model import ZHead, heads_from
from frontline_pipeline.accounting.from_frames import into_till, movement_group
from frontline_pipeline.accounting.model import Voucher, ZReport
from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.accounting.receipts import prove_receipts
from frontline_pipeline.accounting.roll_forward import Account, Entries, Entry, Origin, roll_forward
from frontline_pipeline.accounting.voucher import build_vouchers
from frontline_pipeline.frames.bundle import Bundle, Status
from frontline_pipeline.frames.raw import RECEIPT_FRAMES, Z_FRAMES
from frontline_pipeline.frames.spec import FrameSpec
from frontline_pipeline.sandbox.generate import Simulation, spec_from_settings
from frontline_pipeline.sandbox.generate_contract import store_day_frames
from frontline_pipeline.settings import Settings, StoreProfile
from frontline_pipeline.settings_followed import LIABILITIES, followed_accounts
from frontline_pipeline_tests.support import example_settings, overlaid

FIRST, DAYS = dt.date(2025, 1, 2), 400
SEEDS = range(7, 7 + int(os.environ.get("FRONTLINE_CHAINS", "1")))
ALONE = {
    "stores": {"bergen": None, "tromso": None},
    "companies": {"fjord": None, "nordlys": {"ledger": {"credit_sales": {"account": 1500}}}},
    "sandbox": {"clients": {"fjord": None}},
    "partitions": {"start": FIRST},
}


@pytest.mark.parametrize("seed", SEEDS)
def test_400_days_balance_keep_their_vat_follow_on_and_roll(seed: int) -> None:
    tree = Settings.model_validate(overlaid(example_settings(), ALONE))
    store = tree.store("oslo")
    spec = spec_from_settings(tree, FIRST, DAYS, seed=seed, format="csv", receipts_per_day=2, special=True)
    simulation, (shop,) = Simulation(spec), spec.stores
    heads: list[ZHead] = []
    vouchers: list[Voucher] = []
    owed: Counter[int] = Counter()
    credit: Counter[int | None] = Counter()
    for number in range(DAYS):
        day = FIRST + dt.timedelta(days=number)
        ran = [result for register in shop.registers if (result := simulation.run(shop, register, day)) is not None]
        made = store_day_frames(ran, with_receipts=True)
        if not made:
            continue
        raw, receipts = _bundle(day, made, Z_FRAMES), _bundle(day, made, RECEIPT_FRAMES)
        proof = prove_z_reports(raw, receipts, store)
        findings = [*proof.findings, *prove_receipts(receipts, proof.z_reports, store).findings]
        assert [f.message for f in findings if f.holds] == [], day
        booked = build_vouchers(proof.z_reports, store).vouchers
        heads += heads_from(raw)
        vouchers += booked
        _vat_is_kept(proof.z_reports, booked)
        for z in proof.z_reports:
            owed.update(_debts(z, store))
        sold = receipts["receipts"].query("kind.str.startswith('credit')")
        credit.update(sold.groupby(sold["customer"].astype("int64"))["amount"].sum().to_dict())

    assert len(vouchers) > 600
    assert all(sum(line.amount for line in voucher.lines) == 0 for voucher in vouchers)
    assert [each.message for chain in chains(heads) for each in chain.breaks] == []
    _rolls(vouchers, store, owed)
    lent = Counter({line.customer_id: 0 for voucher in vouchers for line in voucher.lines if line.role == "credit"})
    for voucher in vouchers:
        lent.update({line.customer_id: line.amount for line in voucher.lines if line.role == "credit"})
    assert lent == credit
    assert any(credit.values())


def _bundle(day: dt.date, made: dict[str, pd.DataFrame], specs: Iterable[FrameSpec]) -> Bundle:
    return Bundle("oslo", day, Status.OK, {spec.name: made.get(spec.name, spec.empty()) for spec in specs})


def _rolls(vouchers: list[Voucher], store: StoreProfile, owed: Counter[int]) -> None:
    """Month by month each liability opens as it closed, and in the end it is what the Z-reports say is owed."""
    followed = [each for each in followed_accounts([store.rules], {}) if each.kind == "liability"]
    accounts = [Account(each.account, "liability", each.name, FIRST, 0) for each in followed]
    entries = [Entry(v.business_day, line.account, line.amount, v.document_key) for v in vouchers for line in v.lines]
    books = Entries(entries, (), entries, {v.document_key: Origin("oslo", v.business_day) for v in vouchers})
    closing = dict.fromkeys((each.account for each in followed), 0)
    month = FIRST.replace(day=1)
    while month <= FIRST + dt.timedelta(days=DAYS):
        last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        for roll in roll_forward(accounts, books, month, last):
            assert roll.opening == closing[roll.account.number], (month, roll.account.number)
            assert roll.agrees
            assert sum(roll.ages.values()) == roll.closing
            closing[roll.account.number] = roll.closing
        month = last + dt.timedelta(days=1)
    assert {account: amount for account, amount in closing.items() if amount} == {
        account: amount for account, amount in owed.items() if amount
    }
    assert len([amount for amount in closing.values() if amount]) >= 4


def _vat_is_kept(zs: tuple[ZReport, ...], vouchers: tuple[Voucher, ...]) -> None:
    said: Counter[int] = Counter()
    for z in zs:
        for vat in (*z.vat, *(z.credit.vat if z.credit else ())):
            said[vat.rate] += vat.vat
    booked: Counter[int] = Counter()
    for voucher in vouchers:
        for line in voucher.lines:
            if line.role in ("vat", "credit_vat"):
                booked[int(line.vat_key.split("@")[1])] -= line.amount
    assert {rate: vat for rate, vat in said.items() if vat} == {rate: vat for rate, vat in booked.items() if vat}


def _debts(z: ZReport, store: StoreProfile) -> Counter[int]:
    """What a Z-report adds to what is owed, by account (29xx)."""
    owed: Counter[int] = Counter()
    for movement in z.movements:
        account = store.rules.movements[movement.kind].account
        owed[account] += -movement.amount if movement_group(movement.kind) == "write_offs" else into_till(movement)
    for tender in z.tenders:
        rule = store.tender_rule(tender.tender, tender.tender_type)
        assert rule is not None
        owed[rule.account_in(tender.currency)] -= tender.amount
    # Gift cards and another's wares that the register rings up among its sales.
    for vat in z.vat:
        if (kind := store.rules.movement_vat_codes.get(vat.vat_code)) is not None:
            owed[store.rules.movements[kind].account] += vat.base
    for group in z.article_groups:
        if (kind := store.rules.movement_article_groups.get(group.article_group)) is not None:
            owed[store.rules.movements[kind].account] += group.amount
    return Counter({account: amount for account, amount in owed.items() if account in LIABILITIES})
