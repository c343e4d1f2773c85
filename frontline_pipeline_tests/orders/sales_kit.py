"""Sales on account for tests: a store whose ACCOUNT sales may go by order, its days, and the walk from receipts to orders sent.

Belongs here: the settings, a day's facts, one run of order_documents and posted_orders without Dagster.
Does not: assertions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from frontline_pipeline.accounting.proof import prove_z_reports
from frontline_pipeline.booking import book
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.one_way import Facts, OneWay, facts_of
from frontline_pipeline.ordering import Ordered, order_documents_of
from frontline_pipeline.orders.from_frames import documents_from
from frontline_pipeline.orders.model import Keys
from frontline_pipeline.orders.proof import prove_orders
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.outcome import Outcome
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.states import State
from frontline_pipeline.settings import PostingSettings, StoreProfile
from frontline_pipeline_tests.orders.order_kit import KEYS, raw_bundle
from frontline_pipeline_tests.posting.fake_orders import OrderWorld
from frontline_pipeline_tests.posting.world import sqlite_url
from frontline_pipeline_tests.strategies import Till, receipts_bundle, z_bundle

SALES = {
    "kinds": {"base": {"form": "draft"}, "sale": {"form": "order", "prices": "incl_vat"}},
    "from_sales": {"kind": "sale", "fallback_article": "A1"},
}
BY_ORDER = {"ACCOUNT": {"account": 1500, "way": "order"}}
TILL = Till("K1", "1").ring(12_500, pay="CARD").ring(25_000, pay="ACCOUNT", customer="C1")


def new_world(tmp_path: Path, mine: StoreProfile) -> OrderWorld:
    """A company whose ledger has the accounts of these settings."""
    world = OrderWorld(sqlite_url(tmp_path), mine)
    world.ledger.account_numbers |= {1500, 2701}
    return world


def journal(world: OrderWorld, mine: StoreProfile, till: Till = TILL) -> None:
    """Posts the journal of a day as the settings and the log make it."""
    posting = PostingSettings(settle_seconds=0)
    poster = Poster(world.log, "nordlys", mine.company, lambda: world.ledger, posting=posting, waiting=world.time)
    done = poster.post(book(facts(mine, till=till).z_reports, mine, world.log).vouchers, mine)
    assert [o.done for o in done] == [True], done


def way(found: OneWay) -> tuple[int, int, int, list[str | None]]:
    """Receipts by journal, by order, waiting; and where the findings say that one went instead."""
    return found.by_journal, found.by_order, found.waiting, [f.actual for f in found.findings]


def bundles(mine: StoreProfile, till: Till) -> dict[str, Bundle]:
    """z_reports and receipts of a proven day."""
    receipts = receipts_bundle(till)
    return {"z_reports": prove_z_reports(z_bundle(till), receipts, mine).bundle, "receipts": receipts}


def facts(mine: StoreProfile, log: PostingLog | None = None, till: Till = TILL) -> Facts:
    """What the Z-report of a day says; with `log` also whether its chain holds it."""
    receipts = receipts_bundle(till)
    proof = prove_z_reports(z_bundle(till), receipts, mine)
    if log is not None:
        return facts_of(mine, till.day, proof.bundle, receipts, log)
    return Facts(till.day, proof.z_reports, receipts)


def keys(_: object) -> Keys:
    """The numbers of customers and products; one customer is known by a number of the ledger, as journals want it."""
    return replace(KEYS, customers={**KEYS.customers, "10001": 10001})


def made(
    world: OrderWorld,
    mine: StoreProfile,
    *delivered: dict[str, object],
    till: Till = TILL,
    others: Mapping[dt.date, Till] | None = None,
) -> Ordered:
    """order_documents of the day of `till`; `others`: the other days that were materialised."""
    raw = raw_bundle(*delivered, day=till.day)

    def read_day(asset: str, day: dt.date) -> Bundle | None:
        other = (others or {}).get(day)
        return bundles(mine, other)[asset] if other is not None else None

    return order_documents_of(
        raw, prove_orders(raw, mine), facts(mine, world.log, till), keys, mine, world.log, read_day
    )


def sent(world: OrderWorld, mine: StoreProfile, found: Ordered) -> list[Outcome]:
    """posted_orders of what was made."""
    return world.poster().post(documents_from(found.bundle), mine)


def orders(
    world: OrderWorld, mine: StoreProfile, *delivered: dict[str, object], till: Till = TILL
) -> tuple[list[State], list[str]]:
    """Made and sent: the states of what is out, the rules of what is held."""
    found = made(world, mine, *delivered, till=till)
    outcomes = sent(world, mine, found)
    return [o.state for o in outcomes if isinstance(o.state, State)], [h.rule for h in found.holds]
