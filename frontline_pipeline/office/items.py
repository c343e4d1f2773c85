"""Saving many things in batches: what became of each item.

Belongs here: the outcome of one item (saved, refused, not sent, unknown), the batches, the pairing of answer and question.
Does not: build messages of a service (companies.py, products.py, invoices.py) or decide what is done about an outcome (the caller).

A batch whose call failed says the same of all its items: `NotSent` = not sent, `Rejected` = refused, `Unknown` = the items
may be there. After an unknown or unsent batch the following ones are not sent, so that the trouble stays as small as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from frontline_pipeline.office import rows
from frontline_pipeline.office.convert import items as listed
from frontline_pipeline.office.convert import text
from frontline_pipeline.office.errors import NotSent, OfficeError, ReadFailed, Rejected, Unknown
from frontline_pipeline.office.services import Service
from frontline_pipeline.office.session import OfficeSession

Item = TypeVar("Item")
ItemState = Literal["saved", "refused", "not_sent", "unknown"]

BATCH = 100
"""Items of one call, unless told otherwise; the service documents no limit for saving (API.md sections 4-6)."""

_SHORTEST_MASKED = 3
# What XML 1.0 cannot carry. One such text would keep a whole batch from being built.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# Refusals of the caller, not of the items: the next batch would get the same answer, and a wrong password is throttled.
_STOPPING = frozenset({"login", "identity", "not_authenticated", "credentials", "http"})


@dataclass(frozen=True, slots=True)
class ItemOutcome(Generic[Item]):
    """What became of one item; `outcomes[i]` belongs to `items[i]`.

    `saved`: there, `answer` holds what the service gave back, its id included. `refused`: not there, the same item gets the
    same refusal. `not_sent`: not there, may be sent again. `unknown`: may be there; find out by its key before anything else.
    `error` says why (None when saved), with no personal data and no secret in its text; `key` names the item.
    """

    key: str
    state: ItemState
    answer: Item | None = None
    error: OfficeError | None = None


@dataclass(frozen=True, slots=True)
class Saving(Generic[Item]):
    """How one kind of item is saved: the call, the checks before it, the message of an item and its answer.

    `keys` are the item's own names for itself, strongest first and always as many, by which an answer is recognised. `personal`
    are values that must not appear in an error's text.
    """

    service: Service
    operation: str
    argument: str
    element: str
    noun: str
    keys: Callable[[Item], Sequence[str]]
    office_id: Callable[[Item], int | None]
    problem: Callable[[Item], str | None]
    message: Callable[[Item], dict[str, object]]
    read: Callable[[Any], Item]
    personal: Callable[[Item], Sequence[str]]

    @property
    def name(self) -> str:
        """The call's name in messages."""
        return f"{self.service.name}.{self.operation}"


def save_all(
    session: OfficeSession, saving: Saving[Item], items: Sequence[Item], batch_size: int = BATCH
) -> list[ItemOutcome[Item]]:
    """Save items in batches; never raises an OfficeError, every item says for itself what became of it."""
    if batch_size < 1:
        raise ValueError(f"a batch of {batch_size} items")
    outcomes: dict[int, ItemOutcome[Item]] = {}
    sendable = []
    for index, item in enumerate(items):
        problem = saving.problem(item) or _unsendable(saving.message(item))
        if problem is None:
            sendable.append(index)
        else:
            outcomes[index] = _failed(saving, item, _own_refusal(saving, item, problem))
    stopped: OfficeError | None = None
    for batch in _batches(sendable, batch_size):
        chosen = [items[index] for index in batch]
        if stopped is not None:
            found = [_failed(saving, item, _after(saving, item, stopped)) for item in chosen]
        else:
            found, stopped = _save_batch(session, saving, chosen)
        outcomes.update(zip(batch, found, strict=True))
    return [outcomes[index] for index in range(len(items))]


def read_batches(values: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Distinct values in order, in batches of at most `size`."""
    distinct = list(dict.fromkeys(values))
    return _batches(distinct, size)


def found_rows(
    session: OfficeSession,
    service: Service,
    operation: str,
    arguments: dict[str, object],
    convert: Callable[[Any], Item],
    *,
    absent_is_empty: bool,
) -> list[Item]:
    """The rows of a search. An answer without any result element is unreadable unless `absent_is_empty`, since "not found" is
    what allows a thing to be made."""
    reply = session.call(service, operation, arguments)
    if not reply.present and not absent_is_empty:
        raise rows.unreadable(service, operation, "it holds no list, not even an empty one")
    return rows.each(service, operation, reply.value, convert)


def _unsendable(value: object, name: str = "") -> str | None:
    """Why a message cannot be written, by the name of its element; None when it can."""
    if isinstance(value, str):
        return f"its {name} holds a control character" if _FORBIDDEN.search(value) else None
    if isinstance(value, Mapping):
        return next((found for key, each in value.items() if (found := _unsendable(each, key))), None)
    if isinstance(value, Sequence):
        return next((found for each in value if (found := _unsendable(each, name))), None)
    return None


def _batches(indexes: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(indexes), size):
        yield indexes[start : start + size]


def _save_batch(
    session: OfficeSession, saving: Saving[Item], chosen: list[Item]
) -> tuple[list[ItemOutcome[Item]], OfficeError | None]:
    """The outcomes of one batch, and the failure after which no further batch is sent."""
    arguments = {saving.argument: {saving.element: [saving.message(item) for item in chosen]}}
    try:
        reply = session.call(saving.service, saving.operation, arguments)
    except OfficeError as error:
        failure = error.with_traceback(None)
    else:
        answers = _paired(saving, chosen, listed(reply.value))
        found = [_outcome(session, saving, item, row) for item, row in zip(chosen, answers, strict=True)]
        unknown = next((outcome.error for outcome in found if outcome.state == "unknown"), None)
        return found, unknown
    stops = not isinstance(failure, Rejected) or failure.kind in _STOPPING
    return [_failed(saving, item, _about(saving, item, failure)) for item in chosen], failure if stops else None


def _paired(saving: Saving[Item], chosen: list[Item], answered: list[Any]) -> list[Any | None]:
    """The answer of each item, None where there is none: by place when there are as many and no name contradicts, else by name.

    An answer need not repeat an item's key: a new one's id alone names nothing that was sent.
    """
    names = [_names(saving, row) for row in answered]
    wanted = [tuple(saving.keys(item)) for item in chosen]
    if len(answered) == len(chosen) and not any(
        _contradict(ours, theirs) for ours, theirs in zip(wanted, names, strict=True)
    ):
        return answered
    found: list[Any | None] = []
    for ours in wanted:
        hits = [
            row
            for row, theirs in zip(answered, names, strict=True)
            if _share(ours, theirs) and not _contradict(ours, theirs)
        ]
        found.append(hits[0] if len(hits) == 1 else None)
    return found


def _share(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return any(mine and mine == other for mine, other in zip(ours, theirs, strict=False))


def _contradict(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return any(mine and other and mine != other for mine, other in zip(ours, theirs, strict=False))


def _names(saving: Saving[Item], row: Any) -> tuple[str, ...]:
    try:
        return () if row is None else tuple(saving.keys(saving.read(row)))
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        return ()


def _outcome(session: OfficeSession, saving: Saving[Item], item: Item, row: Any) -> ItemOutcome[Item]:
    """What the answer says of one item.

    A refusal that brings a new id along contradicts itself, and an item without id was not confirmed: both are unknown.
    """
    try:
        answer = None if row is None else saving.read(row)
        office_id = None if answer is None else saving.office_id(answer)
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        answer, office_id = None, None
    refusal = None if row is None else row.APIException
    if refusal is not None:
        words = session.clean(f"{text(refusal.Type)}: {text(refusal.Message)}", _masked(saving, item))
        if office_id is None or office_id == saving.office_id(item):
            return _failed(saving, item, _refused(saving, item, words))
        return _failed(saving, item, _unknown(saving, item, f"it was refused ({words}) and got an id as well"))
    if answer is None:
        return _failed(saving, item, _unknown(saving, item, "the answer holds nothing about it"))
    if office_id is None:
        return _failed(saving, item, _unknown(saving, item, "the answer holds no id for it"))
    return ItemOutcome(_key(saving, item), "saved", answer)


def _masked(saving: Saving[Item], item: Item) -> list[str]:
    return [value for value in saving.personal(item) if len(value) >= _SHORTEST_MASKED]


def _key(saving: Saving[Item], item: Item) -> str:
    return next((key for key in saving.keys(item) if key), "(without key)")


def _named(saving: Saving[Item], item: Item) -> str:
    return f"{saving.noun} {_key(saving, item)!r}"


def _failed(saving: Saving[Item], item: Item, error: OfficeError) -> ItemOutcome[Item]:
    state: ItemState = "not_sent" if isinstance(error, NotSent) else "unknown"
    if isinstance(error, Rejected):
        state = "refused"
    return ItemOutcome(_key(saving, item), state, None, error)


def _own_refusal(saving: Saving[Item], item: Item, problem: str) -> Rejected:
    return Rejected(
        f"{_named(saving, item)} was not sent: {problem}; mend it at its source",
        kind=saving.noun,
        operation=saving.name,
    )


def _refused(saving: Saving[Item], item: Item, words: str) -> Rejected:
    return Rejected(
        f"{_named(saving, item)}: 24SevenOffice refused it: {words}", kind="exception", operation=saving.name
    )


def _unknown(saving: Saving[Item], item: Item, why: str) -> Unknown:
    return Unknown(
        f"{_named(saving, item)}: {why}; it may or may not be saved", kind="unreadable", operation=saving.name
    )


def _about(saving: Saving[Item], item: Item, failure: OfficeError) -> OfficeError:
    """The batch's failure, told of one item; a question's failure cannot come from a write, but stays `not sent`."""
    cls = NotSent if isinstance(failure, ReadFailed) else type(failure)
    return cls(f"{_named(saving, item)}: {failure}", kind=failure.kind, operation=failure.operation)


def _after(saving: Saving[Item], item: Item, stopped: OfficeError) -> NotSent:
    return NotSent(
        f"{_named(saving, item)} was not sent, because a call before it failed ({stopped.kind}); run again when that is mended",
        kind="stopped",
        operation=saving.name,
    )
