"""What CompanyService, ProductService and InvoiceService of the stand-in have in common.

Belongs here: saving a list item by item, each with its own APIException, and giving back only the fields asked for.
Does not: what an item is refused for (masterdata_rules.py, order_rules.py), storage (ledger_records.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from frontline_pipeline.sandbox.calls import Answer, Call, Surroundings
from frontline_pipeline.sandbox.ledger_records import Record
from frontline_pipeline.sandbox.wire import OSLO, DateStyle, Given, Node, Payload, SoapFault


class ItemRefused(Exception):
    """One item of a save is refused; the others go on. `type` and `text` become its APIException."""

    def __init__(self, text: str, type_: str = "ValidationException") -> None:
        super().__init__(text)
        self.type = type_
        self.text = text


SaveOne = Callable[[dict[str, Given]], Mapping[str, Payload]]


def save_each(call: Call, around: Surroundings, argument: str, save_one: SaveOne) -> Answer:
    """Save every item by itself; the answer has one item for each, in order.

    Raises SoapFault for more items than the stand-in takes at once.
    """
    items = call.body.items(argument)
    if len(items) > around.options.max_items:
        raise SoapFault("Server", f"{len(items)} items at once; at most {around.options.max_items} are taken")
    answered: list[Payload] = []
    refused = 0
    for place, item in enumerate(items):
        given = item.given()
        given.pop("APIException", None)
        try:
            if place == 0 and call.refuse_first:
                raise ItemRefused("The item could not be saved", "ApplicationException")
            with around.store.writing():
                answered.append(save_one(given))
        except ItemRefused as refusal:
            refused += 1
            answered.append({**_echo(given), "APIException": {"Type": refusal.type, "Message": refusal.text}})
    verdict = "saved" if not refused else ("refused" if refused == len(items) else "partly refused")
    return Answer(answered, verdict=verdict)


def _echo(given: Mapping[str, Given]) -> dict[str, Payload]:
    """The simple fields of an item as they came."""
    return {name: value for name, value in given.items() if isinstance(value, str)}


def wanted_fields(node: Node, argument: str, known: frozenset[str]) -> Sequence[str]:
    """The fields a search asks for. Raises SoapFault for one that the type does not have, or that cannot be asked for."""
    names = node.texts(argument)
    for name in names:
        if name not in known or name == "APIException":
            raise SoapFault("Server", f"{argument}: '{name}' is not a property that can be returned")
    return names


def projected(
    record: Record, names: Sequence[str], dates: DateStyle, changed: str = "DateChanged"
) -> dict[str, Payload]:
    """The named fields of a record, as far as it has them."""
    fields: dict[str, Payload] = {**record.fields, changed: dates.local(oslo(record.changed_at))}
    return {name: shown(fields[name], dates) for name in names if name in fields}


def shown(value: Payload, dates: DateStyle) -> Payload:
    """A stored value as it is given back; midnights in the stand-in's date style."""
    if isinstance(value, str) and len(value) == len("2026-11-23T00:00:00") and value.endswith("T00:00:00"):
        try:
            return dates.midnight(dt.date.fromisoformat(value[:10]))
        except ValueError:
            return value
    return value


def oslo(utc: dt.datetime) -> dt.datetime:
    """A UTC moment on the wall clock of Oslo, whole seconds."""
    return utc.replace(tzinfo=dt.UTC, microsecond=0).astimezone(OSLO).replace(tzinfo=None)


def integers(node: Node, name: str, limit: int) -> list[int] | None:
    """The numbers of an ArrayOfInt, None where it was not given. Raises SoapFault for more than `limit`."""
    if node.child(name) is None:
        return None
    found = [int(text) for text in node.texts(name)]
    if len(found) > limit:
        raise SoapFault("Server", f"{name}: {len(found)} at once; at most {limit} are taken")
    return found
