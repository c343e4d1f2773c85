"""E14: names, phones and e-mails stand in no log line, no metadata, no check, no database of ours: keys only."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from frontline_pipeline.automation import TRADE_JOB
from frontline_pipeline.masters import Kind
from frontline_pipeline_tests.masterdata_kit import STORE, Trade, raw, trade
from frontline_pipeline_tests.support import QUIET, checks, metadata, store_day

PERSONAL = (
    "Nordmannsen",
    "Karidatter",
    "kari.nordmannsen@eksempel.example",
    "22334455",
    "Hemmeligveien 7",
    "ugyldig@@post",
)
PEOPLE = (
    {"customer": "K-1", "kind": "private", "name": PERSONAL[0], "first_name": PERSONAL[1], "phone": PERSONAL[3]},
    {"customer": "K-2", "name": PERSONAL[0], "email": PERSONAL[2], "street": PERSONAL[4]},
    {"customer": "K-3", "name": PERSONAL[0], "email": PERSONAL[5], "country": "XX"},
    {"customer": "K-4", "name": PERSONAL[0], "organisation_number": "999000119"},
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trade]:
    with trade(tmp_path_factory.mktemp("e14")) as made:
        yield made


def run(
    shop: Trade, instance: dg.DagsterInstance, offset: int, *people: dict[str, object]
) -> dg.ExecuteInProcessResult:
    from frontline_pipeline.frames.raw_master import CUSTOMERS
    from frontline_pipeline.frontline.framefiles import write_frame

    where = store_day(STORE, offset)
    folder = shop.project.landing / STORE / where.business_day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    write_frame(raw(Kind.CUSTOMERS, *people), CUSTOMERS, folder / "customers.csv")
    job = shop.project.definitions.resolve_job_def(TRADE_JOB)
    return job.execute_in_process(partition_key=where.key, instance=instance, raise_on_error=False, run_config=QUIET)


def everything(result: dg.ExecuteInProcessResult, instance: dg.DagsterInstance) -> str:
    """Every event and log line of a run, as it is stored."""
    return "\n".join(dg.serialize_value(entry) for entry in instance.all_logs(result.run_id))


def test_E14_keys_are_told_and_nothing_personal(shop: Trade, shared_instance: dg.DagsterInstance) -> None:
    # One that is refused by 24SevenOffice with words that quote it, and a change of personal fields.
    shop.project.server.app.faults.arm({"operation": "SaveCompanies", "kind": "item_refused"})
    first = run(shop, shared_instance, 0, *PEOPLE)
    second = run(shop, shared_instance, 1, *({**each, "mobile": PERSONAL[3]} for each in PEOPLE))
    assert first.success
    assert second.success
    told = everything(first, shared_instance) + everything(second, shared_instance)
    assert "K-4" in told
    for value in PERSONAL:
        assert value not in told
    held = {
        row.data["customer"]: row.data["reason"] for row in metadata(first, "matched_customers")["held_rows"].records
    }
    assert held["K-3"] == "bad_country"
    assert held["K-4"] == "bad_organisation_number"
    changed = metadata(second, "matched_customers")["changed"].records
    assert {(row.data["field"], row.data["was"], row.data["now"]) for row in changed} == {
        ("mobile", "(empty)", "(personal)")
    }
    assert not checks(first)["customers_usable"].passed
    assert not checks(first)["customers_matched"].passed
    assert checks(first)["products_matched"].passed
    database = shop.project.loaded.paths.posting_log.read_bytes()
    outbox = b"".join(path.read_bytes() for path in shop.project.loaded.paths.outbox.rglob("*") if path.is_file())
    for value in PERSONAL:
        assert value.encode() not in database
        assert value.encode() not in outbox
    assert b"K-1," in outbox


def test_E14_failing_rows_of_pandera_name_columns_only(shop: Trade) -> None:
    from frontline_pipeline.frames.gate import BrokenFrame, require
    from frontline_pipeline.frames.masters import CLEAN_CUSTOMERS

    frame = shop.clean(Kind.CUSTOMERS, PEOPLE[0])["customers"]
    with pytest.raises(BrokenFrame) as refused:
        require(frame.assign(kind=PERSONAL[0]), CLEAN_CUSTOMERS)
    assert "kind" in str(refused.value)
    assert PERSONAL[0] not in str(refused.value)
