"""The stand-in's control endpoint, `/_sandbox/...`: what tests and curious people may set and do.

Belongs here: one function per action, from JSON to JSON; docs/sandbox.md describes each.
Does not: HTTP (app.py), the acts themselves (faults.py, conditions.py, ledger_person.py, ledger_store.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from frontline_pipeline.sandbox.conditions import Conditions
from frontline_pipeline.sandbox.faults import FaultBox
from frontline_pipeline.sandbox.ledger_person import Person
from frontline_pipeline.sandbox.ledger_records import RecordBook, RecordKind
from frontline_pipeline.sandbox.ledger_store import LedgerStore

Json = dict[str, object]
Wanted = Mapping[str, object]


class Control:
    """The actions by path. All raise KeyError for what is missing or unknown, ValueError or TypeError for what is wrong."""

    def __init__(
        self,
        store: LedgerStore,
        faults: FaultBox,
        conditions: Conditions,
        records: RecordBook,
        operations: frozenset[str],
    ) -> None:
        self._store = store
        self._faults = faults
        self._conditions = conditions
        self._person = Person(store)
        self._records = records
        self._operations = operations | {name.partition(".")[2] for name in operations} | {"*"}
        self._actions: Mapping[tuple[str, str], Callable[[Wanted], Json]] = {
            ("POST", "/_sandbox/years"): self._years,
            ("POST", "/_sandbox/identities"): self._identities,
            ("POST", "/_sandbox/sessions/expire"): lambda wanted: {"ended": store.expire_sessions()},
            ("POST", "/_sandbox/faults"): self._arm,
            ("GET", "/_sandbox/faults"): lambda wanted: faults.as_dict(),
            ("DELETE", "/_sandbox/faults"): lambda wanted: {"cleared": faults.clear()},
            ("POST", "/_sandbox/faults/arrive"): lambda wanted: {"arrived": faults.arrive()},
            ("POST", "/_sandbox/lag"): self._lag,
            ("GET", "/_sandbox/lag"): lambda wanted: {"seconds": conditions.lag_seconds},
            ("POST", "/_sandbox/quota"): self._quota,
            ("GET", "/_sandbox/quota"): lambda wanted: conditions.quota.as_dict(),
            ("POST", "/_sandbox/vouchers/edit"): self._edit,
            ("POST", "/_sandbox/vouchers/delete"): lambda wanted: {"id": self._person.delete(wanted)},
            ("POST", "/_sandbox/vouchers/post_draft"): self._post_draft,
            ("POST", "/_sandbox/vouchers/copy"): self._copy,
            ("POST", "/_sandbox/companies/archive"): self._archive,
            ("POST", "/_sandbox/companies/edit"): lambda wanted: self._change("company", wanted),
            ("POST", "/_sandbox/products/edit"): lambda wanted: self._change("product", wanted),
            ("POST", "/_sandbox/orders/edit"): lambda wanted: self._change("order", wanted),
        }

    def action(self, method: str, path: str) -> Callable[[Wanted], Json] | None:
        """The action at a path, or None."""
        return self._actions.get((method, path))

    def _years(self, wanted: Wanted) -> Json:
        self._store.set_year_locked(str(wanted["client"]), _whole(wanted, "year"), bool(wanted["locked"]))
        return {"done": True}

    def _identities(self, wanted: Wanted) -> Json:
        self._store.set_identity_blocked(str(wanted["identity"]), bool(wanted["blocked"]))
        return {"done": True}

    def _arm(self, wanted: Wanted) -> Json:
        operation = wanted["operation"]
        if operation not in self._operations:
            raise KeyError(f"operation {operation}")
        client = wanted.get("client")
        if client is not None and client not in {each.code for each in self._store.clients()}:
            raise KeyError(f"client {client}")
        return self._faults.arm(wanted).as_dict()

    def _lag(self, wanted: Wanted) -> Json:
        self._conditions.set_lag(_seconds(wanted, "seconds"))
        return {"seconds": self._conditions.lag_seconds}

    def _quota(self, wanted: Wanted) -> Json:
        window = _seconds(wanted, "window_seconds") if "window_seconds" in wanted else 3600.0
        self._conditions.quota.set(_whole(wanted, "calls"), window)
        return self._conditions.quota.as_dict()

    def _edit(self, wanted: Wanted) -> Json:
        lines = wanted["lines"]
        if not isinstance(lines, list) or not lines or not all(isinstance(each, dict) for each in lines):
            raise TypeError("lines is a list of changes")
        return {"id": self._person.edit(_without(wanted, "lines"), lines)}

    def _post_draft(self, wanted: Wanted) -> Json:
        number = _whole(wanted, "new_number") if "new_number" in wanted else None
        return {"id": self._person.post_draft(_without(wanted, "new_number"), number)}

    def _copy(self, wanted: Wanted) -> Json:
        new = wanted.get("new_reference")
        if new is not None and not isinstance(new, str):
            raise TypeError("new_reference is a text")
        return {"number": self._person.copy(_without(wanted, "new_reference"), new)}

    def _archive(self, wanted: Wanted) -> Json:
        archived = wanted.get("archived", True)
        if not isinstance(archived, bool):
            raise TypeError("archived is true or false")
        self._records.set_active(str(wanted["client"]), "company", _whole(wanted, "id"), not archived)
        return {"done": True}

    def _change(self, kind: RecordKind, wanted: Wanted) -> Json:
        """A person's change of a record's simple elements, rules apart."""
        client, number, fields = str(wanted["client"]), _whole(wanted, "id"), wanted["fields"]
        if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
            raise TypeError("fields is an object of texts")
        if self._records.get(client, kind, number) is None:
            raise KeyError(f"{kind} {number}")
        with self._store.writing():
            return {"id": self._records.put(client, kind, number, fields)}


def _without(wanted: Wanted, name: str) -> Wanted:
    return {key: value for key, value in wanted.items() if key != name}


def _whole(wanted: Wanted, name: str) -> int:
    value = wanted[name]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is a whole number")
    return value


def _seconds(wanted: Wanted, name: str) -> float:
    value = wanted[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a number of seconds")
    return float(value)
