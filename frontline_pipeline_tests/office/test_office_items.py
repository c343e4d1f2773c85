"""Saving in batches: whose answer is whose, what is refused before sending, and that every item gets exactly one outcome."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontline_pipeline.office.companies import SAVING
from frontline_pipeline.office.errors import NotSent, OfficeError, Rejected, Unknown, foreign_text
from frontline_pipeline.office.items import BATCH, ItemOutcome, _unsendable, read_batches, save_all
from frontline_pipeline.office.models_companies import Company
from frontline_pipeline.office.products import SAVING as SAVING_PRODUCTS
from frontline_pipeline.office.wire import Reply

FIELDS = [
    "Id",
    "ExternalId",
    "OrganizationNumber",
    "Name",
    "FirstName",
    "NickName",
    "Type",
    "Addresses",
    "PhoneNumbers",
    "EmailAddresses",
    "Url",
    "Country",
    "Note",
    "InvoiceLanguage",
    "Status",
    "PriceList",
    "Discount",
    "TypeGroup",
    "DistributionMethod",
    "CurrencyId",
    "PaymentTime",
    "GlnNumber",
    "VatNumber",
    "BlockInvoice",
    "LedgerCustomerAccount",
    "DateChanged",
    "APIException",
]


def row(**fields: Any) -> SimpleNamespace:
    """A company as zeep gives it."""
    return SimpleNamespace(**{name: fields.get(name) for name in FIELDS})


def refusal(words: str) -> SimpleNamespace:
    return SimpleNamespace(Type="Error", Message=words)


class Session:
    """Answers each call in turn, with rows or a failure."""

    def __init__(self, *answers: list[Any] | OfficeError) -> None:
        self.answers = list(answers)
        self.sent: list[list[dict[str, Any]]] = []

    def call(self, service: Any, operation: str, arguments: dict[str, Any]) -> Reply:
        self.sent.append(arguments["companies"]["Company"])
        answer = self.answers.pop(0)
        if isinstance(answer, OfficeError):
            raise answer
        return Reply(answer, present=True)

    def clean(self, words: str, also: Any = ()) -> str:
        return foreign_text(words, also)


def save(session: Session, *keys: str, batch: int = BATCH) -> list[ItemOutcome[Company]]:
    items = [Company(external_id=key, name="n", country="NO") for key in keys]
    return save_all(session, SAVING, items, batch)  # type: ignore[arg-type]


def states(outcomes: list[ItemOutcome[Company]]) -> list[tuple[str, int | None]]:
    return [(each.state, each.answer.company_id if each.answer else None) for each in outcomes]


def test_answers_in_another_order_are_paired_by_their_keys() -> None:
    answer = [row(Id=2, ExternalId="b"), row(Id=1, ExternalId="a")]
    assert states(save(Session(answer), "a", "b")) == [("saved", 1), ("saved", 2)]


def test_answers_without_keys_are_paired_by_place() -> None:
    assert states(save(Session([row(Id=1), row(Id=2)]), "a", "b")) == [("saved", 1), ("saved", 2)]


def test_what_the_answer_leaves_out_is_unknown() -> None:
    outcomes = save(Session([row(Id=2, ExternalId="b")]), "a", "b", "c")
    assert states(outcomes) == [("unknown", None), ("saved", 2), ("unknown", None)]
    assert "the answer holds nothing about it" in str(outcomes[0].error)


def test_a_nil_item_and_one_without_id_are_unknown() -> None:
    assert states(save(Session([None, row(ExternalId="b")]), "a", "b")) == [("unknown", None)] * 2


def test_a_refusal_that_brings_an_id_is_unknown() -> None:
    (outcome,) = save(Session([row(Id=7, APIException=refusal("no"))]), "a")
    assert (outcome.state, type(outcome.error)) == ("unknown", Unknown)
    assert "got an id as well" in str(outcome.error)


def test_a_key_that_stands_twice_in_an_answer_is_nobody_s() -> None:
    answer = [row(Id=1, ExternalId="a"), row(Id=2, ExternalId="a"), row(Id=3, ExternalId="b")]
    assert states(save(Session(answer), "a", "b")) == [("unknown", None), ("saved", 3)]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Unknown("lost", kind="timeout"), ["unknown", "not_sent"]),
        (NotSent("limit", kind="limit"), ["not_sent", "not_sent"]),
        (Rejected("login", kind="login"), ["refused", "not_sent"]),
        (Rejected("no XML", kind="fault"), ["refused", "saved"]),
    ],
)
def test_what_a_failed_call_means_for_the_next_batch(failure: OfficeError, expected: list[str]) -> None:
    outcomes = save(Session(failure, [row(Id=2)]), "a", "b", batch=1)
    assert [each.state for each in outcomes] == expected
    assert outcomes[0].error is not None
    assert outcomes[0].error.kind == failure.kind


def test_a_control_character_holds_its_item_alone() -> None:
    session = Session([row(Id=1), row(Id=3)])
    items = [
        Company(external_id=key, name=name, country="NO") for key, name in (("a", "n"), ("b", "x\x00y"), ("c", "n"))
    ]
    outcomes = save_all(session, SAVING, items)  # type: ignore[arg-type]
    assert [each.state for each in outcomes] == ["saved", "refused", "saved"]
    assert "its Name holds a control character" in str(outcomes[1].error)
    assert "x\x00y" not in str(outcomes[1].error)


@pytest.mark.parametrize("text", ["\x00", "a\x1f", "\ud800", "\uffff"])
def test_what_xml_cannot_carry(text: str) -> None:
    assert _unsendable({"A": [{"B": text}]}) == "its B holds a control character"
    assert _unsendable({"A": ["æ\n\t<&>"], "B": 1, "C": None}) is None


@settings(max_examples=80, deadline=None)
@given(
    size=st.integers(1, 4),
    kinds=st.lists(st.sampled_from(["good", "refused", "bad", "nil"]), max_size=9),
    lost=st.sets(st.integers(0, 8)),
)
def test_every_item_has_one_outcome_in_its_place(size: int, kinds: list[str], lost: set[int]) -> None:
    """Whatever is answered: as many outcomes as items, nothing that was not sent is called saved, nothing after a loss is sent."""
    items = [
        Company(external_id=f"k{n}", name="" if kind == "bad" else "n", country="NO") for n, kind in enumerate(kinds)
    ]
    good = [n for n, kind in enumerate(kinds) if kind != "bad"]
    answers: list[list[Any] | OfficeError] = []
    for number, batch in enumerate(good[start : start + size] for start in range(0, len(good), size)):
        rows = {
            "good": lambda n: row(Id=n + 1, ExternalId=f"k{n}"),
            "refused": lambda n: row(ExternalId=f"k{n}", APIException=refusal("no")),
            "nil": lambda n: None,
        }
        answers.append(Unknown("lost", kind="timeout") if number in lost else [rows[kinds[n]](n) for n in batch])
    session = Session(*answers)
    outcomes = save_all(session, SAVING, items, size)  # type: ignore[arg-type]
    assert [each.key for each in outcomes] == [f"k{n}" for n in range(len(kinds))]
    sent = [company["ExternalId"] for call in session.sent for company in call]
    assert len(sent) == len(set(sent))
    for n, outcome in enumerate(outcomes):
        assert (outcome.error is None) is (outcome.state == "saved")
        assert (f"k{n}" in sent) is (outcome.state not in ("not_sent",) and kinds[n] != "bad")
        if outcome.state == "saved":
            assert outcome.answer is not None
            assert (kinds[n], outcome.answer.company_id) == ("good", n + 1)
    first_unknown = next((n for n, each in enumerate(outcomes) if each.state == "unknown"), None)
    if first_unknown is not None:
        later = [each.state for n, each in enumerate(outcomes) if n >= first_unknown + size and kinds[n] != "bad"]
        assert set(later) <= {"not_sent"}


def test_reading_in_batches_asks_for_each_once() -> None:
    assert [list(batch) for batch in read_batches([3, 1, 3, 2], 2)] == [[3, 1], [2]]
    assert list(read_batches([], 2)) == []


def test_a_batch_of_nothing_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="a batch of 0"):
        save_all(Session(), SAVING_PRODUCTS, [], 0)  # type: ignore[arg-type]
