"""One product per item number: whatever is delivered, repeated or lost."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.masterdata.products import clean_products
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.twins import Twins
from frontline_pipeline.posting.twins_products import ProductsOfClient
from frontline_pipeline.posting.twins_register import Result
from frontline_pipeline.settings import PostingSettings
from frontline_pipeline.settings_masterdata import MasterDataRules, ProductRules
from frontline_pipeline_tests.masterdata_kit import Kind, raw
from frontline_pipeline_tests.posting.fake_client import FakeProducts
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, NoWaiting, VirtualTime
from frontline_pipeline_tests.posting.fake_ledger import settings as company_settings

NUMBERS = ("1", "01", "001", "2")
RUN = st.tuples(
    st.sets(st.sampled_from(NUMBERS), min_size=1),
    st.lists(st.sampled_from(["", "lost_before", "lost_after"]), max_size=2),
    st.integers(0, 90),
    st.sampled_from([100, 250]),
)


def run(log: PostingLog, goods: FakeProducts, numbers: list[str], price: int, single: int) -> Result:
    rules = ProductRules.model_validate({"default_category": 1, "update": {"price": "frontline"}})
    rows = clean_products(
        raw(Kind.PRODUCTS, *({"article": n, "price_excl_vat": price} for n in numbers)), rules, "s"
    ).rows
    twins = Twins(
        log,
        "fjord",
        company_settings().companies["fjord"],
        FakeLedger,  # type: ignore[arg-type]
        posting=PostingSettings(lease_wait_seconds=0),
        waiting=NoWaiting(),
    )
    common = MasterDataRules(single_lookups=single, write_batch=2)
    return twins.find(rows, ProductsOfClient(goods, rules, common), "oslo")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(RUN, min_size=1, max_size=4), single=st.sampled_from([0, 5]))
def test_any_history_leaves_one_product_per_number(
    sqlite_template: Path, tmp_path: Path, history: list[tuple[set[str], list[str], int, int]], single: int
) -> None:
    for rest in tmp_path.glob("history.sqlite*"):
        rest.unlink()
    shutil.copy(sqlite_template, tmp_path / "history.sqlite")
    time, goods = VirtualTime(), FakeProducts()
    log = open_log(f"sqlite:///{tmp_path / 'history.sqlite'}", time.of_database)
    log.initialise("test")
    for numbers, faults, seconds, price in history:
        goods.faults = list(faults)
        run(log, goods, sorted(numbers), price, single)
        time.now += seconds
    goods.faults = []
    time.now += 61
    final = run(log, goods, list(NUMBERS), 100, single)
    log.close()
    assert final.rows["reason"].isna().all(), final.rows["words"].dropna().tolist()
    assert Counter(each.no for each in goods.there.values()) == dict.fromkeys(NUMBERS, 1)
    assert {str(each.price) for each in goods.there.values()} == {"1.00"}
    assert final.rows["number"].to_dict() == {n: n for n in NUMBERS}


@pytest.mark.parametrize("fault", ["lost_before", "lost_after"])
def test_a_change_whose_answer_was_lost_and_that_was_taken_back_is_made_again(sqlite_url: str, fault: str) -> None:
    """Frontline goes back to what was there before the change: whether the change arrived is not known, so it is looked at."""
    log, goods = open_log(sqlite_url), FakeProducts()
    log.initialise("test")
    run(log, goods, ["1"], 100, 0)
    goods.faults = [fault]
    run(log, goods, ["1"], 250, 0)
    goods.faults = []
    run(log, goods, ["1"], 100, 0)
    log.close()
    assert [str(each.price) for each in goods.there.values()] == ["1.00"]


def test_one_refused_product_holds_itself_alone(sqlite_url: str) -> None:
    log, goods = open_log(sqlite_url), FakeProducts()
    log.initialise("test")
    goods.refuse = {"01"}
    found = run(log, goods, list(NUMBERS), 100, 0)
    log.close()
    assert found.rows["reason"].dropna().to_dict() == {"01": "refused"}
    assert sorted(each.no or "" for each in goods.there.values()) == ["001", "1", "2"]
