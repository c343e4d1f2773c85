"""Customers of a 24SevenOffice client in memory, with faults that hide what happened, for tests of twins.py.

Belongs here: the register, its faults, and the short words of stories about it.
Does not: SOAP (the sandbox answers that), assertions.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from frontline_pipeline.frames.raw_master import CUSTOMERS
from frontline_pipeline.masterdata.changes import customer_groups
from frontline_pipeline.masterdata.customers import Cleaned, clean_customers
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.office.errors import NotSent, Rejected, Unknown
from frontline_pipeline.office.items import ItemState
from frontline_pipeline.posting import lease
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.twins import Twins
from frontline_pipeline.posting.twins_register import BeforeCall, Item, Made, Result
from frontline_pipeline.settings import PostingSettings
from frontline_pipeline.settings_masterdata import CustomerRules
from frontline_pipeline_tests.posting.fake_ledger import FakeLedger, NoWaiting, VirtualTime, settings

STEPS = {
    "external_id": Step("external_id", "external_id", "external_id", "our key in ExternalId"),
    "customer_number": Step(
        "customer_number",
        "number_text",
        "number",
        "the customer number",
        unless="organisation_number",
        unless_words="organisation number",
    ),
    "organisation_number": Step(
        "organisation_number", "organisation_number", "organisation_number", "the organisation number"
    ),
}
_FIELDS = tuple(name for group in customer_groups(CustomerRules().update) for name in group.columns)


class Crash(BaseException):
    """The process dies here."""


class FakeRegister:
    """A client's customers. `faults`: one word per coming call of `make`, taken from the front."""

    kind, one = "customer", "customer"
    or_share = ", or let them share it (shared_organisation_number)"
    personal = ("name", "first_name", "email", "phone", "mobile", "street", "city")

    def __init__(self, rules: CustomerRules | None = None, *, write_batch: int = 100) -> None:
        self.rules = rules or CustomerRules()
        self.write_batch = write_batch
        self.there: dict[int, dict[str, Any]] = {}
        self.faults: list[str] = []
        self.refuse: set[str] = set()
        self.late: list[list[dict[str, Any]]] = []
        self.calls: list[str] = []
        self._next = 10_000

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for how, step in STEPS.items() if getattr(self.rules.match, how))

    @property
    def key_step(self) -> Step:
        return STEPS["external_id"]

    @property
    def groups(self) -> tuple[Any, ...]:
        return customer_groups(self.rules.update)

    @property
    def create(self) -> bool:
        return self.rules.create

    @property
    def share(self) -> bool:
        return self.rules.shared_organisation_number == "share"

    def has(self, **fields: Any) -> int:
        """Somebody made a customer by hand; its id."""
        self._next += 1
        self.there[self._next] = {**dict.fromkeys(_FIELDS), "external_id": None, "active": True, **fields}
        return self._next

    def land(self) -> None:
        """Requests that were under way arrive."""
        for rows in self.late:
            self._keep(rows)
        self.late = []

    def look_up(
        self, wanted: pd.DataFrame, steps: Sequence[Step], known: Sequence[int], before_call: BeforeCall
    ) -> pd.DataFrame:
        before_call()
        self.calls.append("look_up")
        rows = [
            (number, str(number), each["active"], each["external_id"], each["organisation_number"])
            for number, each in self.there.items()
        ]
        columns = ["office_id", "number", "active", "external_id", "organisation_number"]
        text = dict.fromkeys(("number", "external_id", "organisation_number"), "str")
        return pd.DataFrame(rows, columns=columns).astype({"office_id": "int64", "active": "bool", **text})

    def make(self, items: Sequence[Item]) -> list[Made]:
        self.calls.append("make")
        states: dict[type, ItemState] = {NotSent: "not_sent", Rejected: "refused", Unknown: "unknown"}
        try:
            return self._make(items)
        except (NotSent, Rejected, Unknown) as error:
            return [Made(states[type(error)], error=error)] * len(items)

    def _make(self, items: Sequence[Item]) -> list[Made]:
        fault = self.faults.pop(0) if self.faults else ""
        sent = [dict(each) for each in items]
        if fault == "not_sent":
            raise NotSent("nothing left", kind="connect")
        if fault == "login":
            raise Rejected("wrong password", kind="login")
        if fault == "lost_before":
            raise Unknown("time-out", kind="timeout")
        if fault == "crash_before":
            raise Crash
        if fault == "late":
            self.late.append(sent)
            raise Unknown("time-out", kind="timeout")
        if any(str(each["link_key"]) == "poison" for each in sent):
            raise Rejected(f"cannot read {sent[-1]['name']}", kind="fault")
        answers = self._keep(sent)
        if fault == "lost_after":
            raise Unknown("time-out", kind="timeout")
        if fault == "crash_after":
            raise Crash
        return answers

    def _keep(self, sent: list[dict[str, Any]]) -> list[Made]:
        answers = []
        for each in sent:
            if each["link_key"] in self.refuse:
                refusal = Rejected(f"{each['name']} has no PaymentTime", kind="exception")
                answers.append(Made("refused", error=refusal))
                continue
            fields = {name: each[name] for name in (*_FIELDS, "external_id")}
            number = self.has(**fields)
            answers.append(Made("saved", number, str(number)))
        return answers

    def twins(self, ids: Sequence[int], before_call: BeforeCall) -> pd.DataFrame:
        before_call()
        self.calls.append("twins")
        found = [number for number in ids if number in self.there]
        frame = pd.DataFrame([self.there[number] for number in found], index=found, columns=[*_FIELDS, "active"])
        return frame.astype({name: CUSTOMERS.by_name[name].dtype for name in _FIELDS})

    def change(self, items: Sequence[Item]) -> list[Made]:
        self.calls.append("change")
        for row in items:
            self.there[row["office_id"]] |= {name: row[name] for name in _FIELDS}
        return [Made("saved", row["office_id"]) for row in items]

    def by_key(self, key: str) -> list[int]:
        """The ids of all customers with this ExternalId."""
        return [number for number, each in self.there.items() if each["external_id"] == key]


def raw(*customers: dict[str, Any]) -> pd.DataFrame:
    """Delivered customers; what is left out has a plain value."""
    rows = [{"kind": "business", "name": f"Firma {each['customer']}", **each} for each in customers]
    columns = {name: [row.get(name) for row in rows] for name in CUSTOMERS.column_names}
    frame = pd.DataFrame({name: pd.Series(values, dtype="object") for name, values in columns.items()})
    return CUSTOMERS.conform(frame)


class Office:
    """A client and our side of it: posting log, virtual time, runs."""

    def __init__(
        self, url_log: PostingLog, time: VirtualTime, rules: CustomerRules | None = None, **posting: object
    ) -> None:
        self.log, self.time = url_log, time
        self.register = FakeRegister(rules)
        self.posting = PostingSettings.model_validate({"lease_wait_seconds": 0, "settle_seconds": 60, **posting})

    def cleaned(self, *customers: dict[str, Any]) -> Cleaned:
        return clean_customers(raw(*customers), "oslo", self.register.rules, "fjord")

    def run(self, *customers: dict[str, Any], holder: str = "worker") -> Result:
        """One materialisation: the customers of a delivery find their twins."""
        rows = self.cleaned(*customers).rows
        rows = rows[rows["held_by"].isna()]
        rows = rows.assign(number_text=rows["customer_number"].astype("str"))
        company = settings().companies["fjord"]
        twins = Twins(
            self.log,
            "fjord",
            company,
            FakeLedger,
            posting=self.posting,
            waiting=NoWaiting(),
            run_id="run",
            holder=holder,
        )
        return twins.find(rows, self.register, "oslo")

    def crash(self, *customers: dict[str, Any]) -> None:
        """A run that may die in its call; its lease runs out."""
        with suppress(Crash):
            self.run(*customers)
        with self.log.database.writing() as connection:
            connection.execute(lease.lease.update().values(expires_at=lease._LONG_AGO))


def told(result: Result, key: str) -> tuple[object, ...]:
    """(how or reason, office id) of a key."""
    row = result.rows.loc[key]
    reason = row["reason"]
    return (
        reason if isinstance(reason, str) else row["how"],
        None if pd.isna(row["office_id"]) else int(row["office_id"]),
    )
