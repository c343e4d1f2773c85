"""One twin per key: whatever is delivered, repeated, lost or late; and no call for what is known."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontline_pipeline.office.errors import NotSent, Rejected
from frontline_pipeline.posting import links
from frontline_pipeline.posting.log import open_log
from frontline_pipeline.settings_masterdata import CustomerRules
from frontline_pipeline_tests.posting.fake_ledger import VirtualTime
from frontline_pipeline_tests.posting.fake_register import Office, told

A, B = "923609016", "999000118"
"""Organisation numbers with the right check digit."""


@pytest.fixture
def office(log_url: str) -> Iterator[Office]:
    time = VirtualTime()
    log = open_log(log_url, time.of_database)
    log.initialise("test")
    yield Office(log, time)
    log.close()


def test_a_customer_is_made_once_and_then_needs_no_call(office: Office) -> None:
    first = office.run({"customer": "K1"}, {"customer": "K2", "organisation_number": A})
    assert [told(first, key)[0] for key in ("K1", "K2")] == ["created", "created"]
    assert office.register.calls == ["look_up", "make"]
    again = office.run({"customer": "K1"}, {"customer": "K2", "organisation_number": A})
    assert office.register.calls == ["look_up", "make"]
    assert again.rows["office_id"].tolist() == first.rows["office_id"].tolist()
    assert again.rows["matched_at"].tolist() == first.rows["matched_at"].tolist()
    assert not again.rows["fresh"].any()


def test_the_steps_come_in_order_and_the_first_hit_wins(office: Office) -> None:
    by_key = office.register.has(name="x", external_id="K1", organisation_number=None)
    by_number = office.register.has(name="y", organisation_number=None)
    by_org = office.register.has(name="z", organisation_number=A)
    found = office.run(
        {"customer": "K1", "customer_number": by_number, "organisation_number": A},
        {"customer": "K2", "customer_number": by_number},
        {"customer": "K3", "organisation_number": A},
    )
    assert told(found, "K1") == ("external_id", by_key)
    assert told(found, "K2") == ("customer_number", by_number)
    assert told(found, "K3") == ("organisation_number", by_org)


def test_a_number_that_the_organisation_number_speaks_against_is_held_with_both_shown(office: Office) -> None:
    other = office.register.has(name="Other", organisation_number=B)
    mine = office.register.has(name="Mine", organisation_number=A)
    bare = office.register.has(name="Bare", organisation_number=None)
    found = office.run(
        {"customer": "K1", "customer_number": other, "organisation_number": A},
        {"customer": "K2", "customer_number": bare, "organisation_number": A},
        {"customer": "K3", "customer_number": mine},
    )
    assert told(found, "K1") == ("doubtful", None)
    words = found.rows.at["K1", "words"]
    assert f"{other}, whose organisation number is {B} and not {A}, which {mine} has" in words, words
    assert told(found, "K2") == ("customer_number", bare), (
        "a customer without an organisation number speaks against nothing"
    )
    assert told(found, "K3") == ("customer_number", mine), "a delivered customer without one is doubted by nothing"
    assert len(office.register.there) == 3, "a doubtful customer was made"


def test_our_own_key_is_doubted_by_nothing(office: Office) -> None:
    mine = office.register.has(name="Mine", external_id="K1", organisation_number=B)
    found = office.run({"customer": "K1", "customer_number": mine, "organisation_number": A})
    assert told(found, "K1") == ("external_id", mine)


def test_a_batch_is_on_disk_before_the_next_is_sent(office: Office) -> None:
    office.register.write_batch = 2
    office.register.faults = ["", "", "crash_after"]
    office.crash(*({"customer": f"K{n}"} for n in range(6)))
    states = links.read(office.log.database, "fjord", links.CUSTOMER)["state"]
    assert states.tolist() == [*[links.LINKED] * 4, *[links.INTENDED] * 2]


def test_a_step_that_is_switched_off_finds_nothing(office: Office) -> None:
    office.register.rules = CustomerRules.model_validate({"match": {"organisation_number": False}, "create": False})
    office.register.has(name="z", organisation_number=A)
    assert told(office.run({"customer": "K3", "organisation_number": A}), "K3") == ("not_found", None)


def test_archived_is_named_and_no_twin_is_made(office: Office) -> None:
    gone = office.register.has(name="z", organisation_number=A, active=False)
    held = office.run({"customer": "K3", "organisation_number": A})
    assert told(held, "K3") == ("archived", None)
    assert str(gone) in held.rows.at["K3", "words"]
    assert len(office.register.there) == 1


def test_one_active_of_two_is_the_one(office: Office) -> None:
    office.register.has(name="z", organisation_number=A, active=False)
    active = office.register.has(name="z", organisation_number=A)
    assert told(office.run({"customer": "K3", "organisation_number": A}), "K3") == ("organisation_number", active)


def test_two_of_frontline_with_one_number_are_held_until_they_may_share(office: Office) -> None:
    both = ({"customer": "K1", "organisation_number": A}, {"customer": "K2", "organisation_number": f"NO {A} MVA"})
    held = office.run(*both)
    assert [told(held, key)[0] for key in ("K1", "K2")] == ["shared", "shared"]
    assert not office.register.there
    office.register.rules = CustomerRules(shared_organisation_number="share")
    shared = office.run(*both)
    assert told(shared, "K1")[0] == "created"
    assert told(shared, "K2") == ("organisation_number", told(shared, "K1")[1])
    assert len(office.register.there) == 1


def test_a_twin_that_another_key_has_is_held(office: Office) -> None:
    office.run({"customer": "K1", "organisation_number": A})
    held = office.run({"customer": "K2", "organisation_number": A})
    assert told(held, "K2")[0] == "taken"
    assert len(office.register.there) == 1


def test_one_refused_item_holds_that_item_alone_and_its_name_is_told_to_nobody(office: Office) -> None:
    office.register.refuse = {"K2"}
    found = office.run({"customer": "K1"}, {"customer": "K2", "name": "Kari Nordmann"}, {"customer": "K3"})
    assert [told(found, key)[0] for key in ("K1", "K2", "K3")] == ["created", "refused", "created"]
    words = found.rows.at["K2", "words"]
    assert "PaymentTime" in words
    assert "Nordmann" not in words
    row = links.read(office.log.database, "fjord", links.CUSTOMER).loc["K2"]
    assert (row["state"], "Nordmann" in row["problem"]) == (links.REFUSED, False)


def test_an_item_that_spoils_the_whole_call_is_found_and_the_others_go_on(office: Office) -> None:
    keys = [f"K{n}" for n in range(9)]
    found = office.run(*({"customer": key} for key in keys), {"customer": "poison", "name": "Ola Nordmann"})
    assert [told(found, key)[0] for key in keys] == ["created"] * 9
    assert told(found, "poison")[0] == "refused"
    assert "Nordmann" not in found.rows.at["poison", "words"]
    assert len(office.register.there) == 9


@pytest.mark.parametrize(("fault", "makes"), [("lost_after", 1), ("crash_after", 1), ("lost_before", 2), ("late", 1)])
def test_a_lost_answer_is_found_again_by_key(office: Office, fault: str, makes: int) -> None:
    office.register.faults = [fault]
    office.crash({"customer": "K1"})
    held = office.run({"customer": "K1"})
    assert told(held, "K1")[0] == "settling"
    office.register.land()
    office.time.now += 61
    found = office.run({"customer": "K1"})
    assert told(found, "K1")[0] == "created"
    assert office.register.calls.count("make") == makes
    assert len(office.register.by_key("K1")) == 1


def test_a_lost_answer_is_found_by_key_even_where_that_step_is_switched_off(office: Office) -> None:
    office.register.rules = CustomerRules.model_validate({"match": {"external_id": False}})
    office.register.faults = ["lost_after"]
    office.run({"customer": "K1"})
    office.time.now += 61
    assert told(office.run({"customer": "K1"}), "K1")[0] == "created"
    assert len(office.register.there) == 1


def test_after_a_lost_answer_no_further_batch_is_sent(office: Office) -> None:
    office.register.write_batch = 2
    office.register.faults = ["", "lost_before"]
    found = office.run(*({"customer": f"K{n}"} for n in range(6)))
    assert [told(found, f"K{n}")[0] for n in range(6)] == [*["created"] * 2, *["unknown"] * 2, *["not_sent"] * 2]


@pytest.mark.parametrize(("fault", "error"), [("not_sent", NotSent), ("login", Rejected)])
def test_what_was_not_sent_is_simply_sent_by_the_next_run(office: Office, fault: str, error: type[Exception]) -> None:
    office.register.faults = [fault]
    with pytest.raises(error):
        office.run({"customer": "K1"})
    assert told(office.run({"customer": "K1"}), "K1")[0] == "created"


def test_a_change_fills_what_is_empty_and_tells_no_personal_value(office: Office) -> None:
    office.run({"customer": "K1", "name": "Firma", "payment_days": 14})
    (number,) = office.register.there
    changed = office.run(
        {"customer": "K1", "name": "Other", "phone": "22334455", "payment_days": 30, "organisation_number": A}
    )
    there = office.register.there[number]
    assert (there["name"], there["phone"], there["payment_days"], there["organisation_number"]) == (
        "Firma",
        "22334455",
        14,
        A,
    )
    fields = changed.changed.set_index("field")
    assert fields.loc["phone", ["was", "now"]].tolist() == ["(empty)", "(personal)"]
    assert fields.loc["organisation_number", ["was", "now"]].tolist() == ["(empty)", A]
    assert office.run(
        {"customer": "K1", "name": "Other", "phone": "22334455", "payment_days": 30, "organisation_number": A}
    ).changed.empty
    assert office.register.calls == ["look_up", "make", "twins", "change"]


def test_frontline_wins_where_the_settings_say_so_and_never_empties(office: Office) -> None:
    office.register.rules = CustomerRules.model_validate(
        {"update": {"names": "frontline", "phones": "never", "terms": "frontline", "addresses": "frontline"}}
    )
    office.run({"customer": "K1", "name": "Firma", "payment_days": 14, "street": "Gata 1", "city": "Oslo"})
    (number,) = office.register.there
    changed = office.run(
        {"customer": "K1", "name": "Firma To", "phone": "22334455", "payment_days": 30, "city": "Bergen"}
    )
    there = office.register.there[number]
    assert (there["name"], there["phone"], there["payment_days"]) == ("Firma To", None, 30)
    assert (there["street"], there["city"]) == ("Gata 1", "Bergen")
    assert changed.changed.set_index("field").loc["payment_days", ["was", "now"]].tolist() == ["14", "30"]


def test_never_means_no_call_either(office: Office) -> None:
    groups = ("names", "organisation_number", "addresses", "phones", "emails", "terms")
    office.register.rules = CustomerRules.model_validate({"update": dict.fromkeys(groups, "never")})
    office.run({"customer": "K1"})
    office.run({"customer": "K1", "name": "Other"})
    assert office.register.calls == ["look_up", "make"]


KEYS = ("K1", "K2", "K3", "K4")
ORG = {"K1": A, "K2": B}
STEP = st.tuples(
    st.sampled_from(["run", "run", "run", "crash", "land", "wait", "by hand"]),
    st.sets(st.sampled_from(KEYS), min_size=1),
    st.integers(0, 2),
    st.lists(
        st.sampled_from(["", "lost_before", "lost_after", "not_sent", "late", "crash_before", "crash_after"]),
        max_size=2,
    ),
)


def one(office: Office, step: tuple[str, set[str], int, list[str]]) -> None:
    what, keys, version, faults = step
    sent = [
        {
            "customer": key,
            "name": f"{key} v{version}",
            "phone": "2233" if version else None,
            "organisation_number": ORG.get(key),
        }
        for key in sorted(keys)
    ]
    office.register.faults = list(faults)
    if what == "by hand" and not any(each["organisation_number"] == B for each in office.register.there.values()):
        office.register.has(name="by hand", organisation_number=B)
    elif what == "land":
        office.register.land()
    elif what == "wait":
        # What is under way arrives before the time to settle has passed.
        office.register.land()
        office.time.now += 61
    elif what == "crash":
        office.crash(*sent)
    else:
        with suppress(NotSent):
            office.crash(*sent)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEP, min_size=1, max_size=6))
def test_any_history_leaves_one_customer_per_key(sqlite_template: Path, tmp_path: Path, history: list) -> None:
    path = tmp_path / "history.sqlite"
    path.unlink(missing_ok=True)
    for rest in tmp_path.glob("history.sqlite-*"):
        rest.unlink()
    shutil.copy(sqlite_template, path)
    time = VirtualTime()
    log = open_log(f"sqlite:///{path}", time.of_database)
    log.initialise("test")
    office = Office(log, time)
    for step in history:
        with suppress(NotSent):
            one(office, step)
    office.register.land()
    office.register.faults = []
    time.now += 61
    final = office.run(*({"customer": key, "organisation_number": ORG.get(key)} for key in KEYS))
    log.close()
    assert final.rows["reason"].isna().all(), final.rows["words"].dropna().tolist()
    assert final.rows["office_id"].nunique() == len(KEYS)
    for key in KEYS:
        assert len(office.register.by_key(key)) <= 1
    by_hand = sum(each["external_id"] is None for each in office.register.there.values())
    assert len(office.register.there) == len(KEYS) + max(
        0, by_hand - (final.rows.at["K2", "how"] == "organisation_number")
    )
