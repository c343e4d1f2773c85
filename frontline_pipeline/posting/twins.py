"""Customers and products find their twins in 24SevenOffice, or are made there, each once.

Belongs here: the walk over one store-day's rows - links, lookup, intent, creation, change - under the company's lease.
Does not: decide by columns (masterdata/), speak of customers or products (twins_customers.py, twins_products.py), the table
(links.py).

The rules that keep it to one twin per key: a key has one row in the link table; the intent is on disk before the call; a key whose
answer was lost is looked for by our own key before anything else, and "not found" counts only when `posting.settle_seconds` have
passed since the call; one lease per company keeps other runs out meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import pandas as pd

from frontline_pipeline.frames.masters import CHANGES
from frontline_pipeline.masterdata import changes, cleaning, matching
from frontline_pipeline.masterdata.matching import Step
from frontline_pipeline.office.items import ItemState
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting import lease, links
from frontline_pipeline.posting.lease import Lease, SystemWaiting, Waiting
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.posting.poster import default_holder
from frontline_pipeline.posting.preflight import check_client
from frontline_pipeline.posting.twins_register import Made, Register, Result
from frontline_pipeline.settings import Company, PostingSettings

_WHOLE_CALL = "fault"
"""The refusal of a whole call that one item of it may have caused."""
_CALLER = frozenset({"login", "identity", "not_authenticated", "credentials", "http"})
"""Refusals that have nothing to do with the items."""


class Twins:
    """The walk for one company and one run."""

    def __init__(
        self,
        log: PostingLog,
        company_code: str,
        company: Company,
        ledger: Callable[[], LedgerPort],
        *,
        posting: PostingSettings | None = None,
        waiting: Waiting | None = None,
        run_id: str = "",
        holder: str | None = None,
    ) -> None:
        self._log = log
        self._database = log.database
        self._company_code = company_code
        self._company = company
        self._posting = posting or PostingSettings()
        self._waiting = waiting or SystemWaiting()
        self._run_id = run_id
        self._holder = holder or default_holder()
        self._lookups = Lookups(self._database, company_code, ledger, self._posting.lookups_ttl_seconds)

    def find(self, wanted: pd.DataFrame, register: Register, store: str) -> Result:
        """Twins of `wanted` (unique `link_key`, `content_hash`, the columns of the steps and groups).

        What is linked and unchanged needs neither lease nor call. Raises NotInitialised, Refused (wrong client), NotSent (the lease
        is busy, the service is not reached: nothing was made for what is not linked), Rejected (nobody may log in).
        """
        self._log.require_initialised()
        known = links.read(self._database, self._company_code, register.kind, wanted["link_key"])
        result = _from_links(wanted, known)
        open_ = self._open(wanted, known)
        if not open_.any():
            return _not_sold(result, wanted)
        settings = self._posting
        with lease.held_lease(
            self._database,
            self._company_code,
            self._holder,
            settings.lease_ttl_seconds,
            settings.lease_wait_seconds,
            self._waiting,
        ) as held:
            # Another run may have made them while this one waited.
            known = links.read(self._database, self._company_code, register.kind, wanted["link_key"])
            result = _from_links(wanted, known)
            rows = wanted[self._open(wanted, known)]
            if len(rows):
                _Walk(self, held, register, store, result, known).run(rows)
        return _not_sold(result, wanted)

    def _open(self, wanted: pd.DataFrame, known: pd.DataFrame) -> pd.Series:
        """Rows that are not both linked and unchanged; what is no longer sold and not linked needs no twin."""
        linked = known[known["state"].eq(links.LINKED)]
        unneeded = ~_sold(wanted) & ~wanted["link_key"].isin(known.index)
        return ~unneeded & ~_of(wanted, linked["content_hash"]).eq(wanted["content_hash"]).fillna(False).astype("bool")


def _sold(wanted: pd.DataFrame) -> pd.Series:
    return wanted["active"] if "active" in wanted.columns else pd.Series(True, index=wanted.index)


def _not_sold(result: Result, wanted: pd.DataFrame) -> Result:
    """Says of what is no longer sold and has no twin that it gets none."""
    keys = wanted.loc[~_sold(wanted), "link_key"]
    keys = keys[result.rows.loc[keys, ["office_id", "reason"]].isna().all(axis=1).to_numpy()]
    if len(keys):
        result.rows.loc[keys, "reason"] = "not_sold"
        result.rows.loc[keys, "words"] = "is no longer sold and was never linked; it is neither looked for nor made"
    return result


def _from_links(wanted: pd.DataFrame, known: pd.DataFrame) -> Result:
    linked = known[known["state"].eq(links.LINKED)]
    rows = linked.reindex(wanted["link_key"])[["office_id", "number", "how", "matched_at"]]
    rows["fresh"] = False
    rows["reason"] = pd.Series(None, index=rows.index, dtype="object")
    rows["words"] = pd.Series(None, index=rows.index, dtype="object")
    return Result(rows, CHANGES.empty())


def _kind_of(made: Made) -> str:
    return made.error.kind if made.error is not None and made.state == "refused" else ""


def _of(rows: pd.DataFrame, values: pd.Series) -> pd.Series:
    """`values`, by link key, for each of `rows`. Not `map`, which forgets the type when nothing is known."""
    return values.reindex(rows["link_key"]).set_axis(rows.index)


class _Walk:
    """What is done under the lease."""

    def __init__(
        self, owner: Twins, held: Lease, register: Register, store: str, result: Result, known: pd.DataFrame
    ) -> None:
        self._owner, self._lease, self._register, self._store = owner, held, register, store
        self._result, self._known = result, known
        self._stopped = ""
        self._recorded: list[pd.DataFrame] = []

    def run(self, rows: pd.DataFrame) -> None:
        state = _of(rows, self._known["state"])
        linked = state.eq(links.LINKED)
        self._changed(rows[linked])
        unknown = rows[~linked]
        unknown = unknown[~self._settling(unknown)]
        if len(unknown):
            check_client(self._owner._company_code, self._owner._company, self._owner._lookups)
            self._unknown(unknown)
        self._tell_recorded()

    def _renew(self) -> None:
        lease.renew(self._owner._database, self._lease)

    # What is not linked

    def _settling(self, rows: pd.DataFrame) -> pd.Series:
        """Rows whose last call is so young that 24SevenOffice may still be working on it: nobody looks, nobody sends."""
        with self._owner._database.reading() as connection:
            now = self._owner._database.now(connection)
        youngest = now - dt.timedelta(seconds=self._owner._posting.settle_seconds)
        intended = self._known[self._known["state"].eq(links.INTENDED)]
        young = _of(rows, intended["sent_at"]).gt(pd.Timestamp(youngest)).fillna(False).astype("bool")
        self._hold(
            rows.loc[young, "link_key"],
            "settling",
            f"was sent less than {self._owner._posting.settle_seconds} s ago and the answer was lost; run again later, it is "
            "looked for by its key then",
        )
        return young

    def _unknown(self, rows: pd.DataFrame) -> None:
        register = self._register
        steps = list(register.steps)
        if register.key_step not in steps and self._known["state"].eq(links.INTENDED).any():
            # What may have been made is found by our key, whatever steps are switched on.
            steps.insert(0, register.key_step)
        linked = links.read(self._owner._database, self._lease.company, register.kind)
        ids = [int(each) for each in linked.loc[linked["state"].eq(links.LINKED), "office_id"]]
        office = register.look_up(rows, steps, ids, self._renew)
        while len(rows):
            rows, made = self._round(rows, office, steps)
            office = pd.concat([office, made], ignore_index=True) if len(made) else office
            if self._stopped or not len(made):
                break
        if self._stopped:
            self._hold(rows["link_key"], "not_sent", self._not_sent())

    def _round(
        self, rows: pd.DataFrame, office: pd.DataFrame, steps: Sequence[Step]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Match, link, make. Returns the rows that wait for a twin made in this round, and what was made as `office` has it."""
        register = self._register
        found = matching.find(rows, office, steps)
        owned = matching.taken(found, rows, self._owners(found), share=register.share)
        for verdict in ("ambiguous", "archived"):
            self._hold_found(rows, found, found.verdict.eq(verdict), verdict, steps)
        self._hold_found(rows, found, owned, "taken", steps)
        hits = found.verdict.eq("hit") & ~owned
        self._link(rows[hits], found, hits, office)
        new = rows[found.verdict.eq("none")]
        if not register.create:
            self._hold(
                new["link_key"],
                "not_found",
                f"24SevenOffice has no such {register.one}, and the settings make none (create: false); make it there",
            )
            return rows.iloc[:0], office.iloc[:0]
        first, later = self._twins_of_frontline(new)
        made = self._make(first)
        if not len(made):
            self._hold(later["link_key"], "shared", "waits for another of the same organisation number; run again")
            later = later.iloc[:0]
        return later, made

    def _twins_of_frontline(self, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """New rows that would be made, and those that share a value of a step with one of them: held, or left for the next round."""
        waiting = pd.Series(False, index=new.index)
        for step in self._register.steps:
            # Our own key is unique; a number that Frontline has of both and 24SevenOffice does not have binds nothing.
            if step == self._register.key_step or step.how == "customer_number":
                continue
            shared = matching.shared_values(new, step.wanted)
            if self._register.share:
                waiting |= shared & new[step.wanted].duplicated(keep="first")
                continue
            self._hold(
                new.loc[shared & ~waiting, "link_key"],
                "shared",
                f"another {self._register.one} of Frontline has {step.words} too; only one can be made of it: mend one of them",
            )
            new, waiting = new[~shared], waiting[~shared]
        return new[~waiting], new[waiting]

    def _owners(self, found: matching.Found) -> pd.Series:
        """Office id -> the key that has it."""
        if not found.verdict.eq("hit").any():
            return pd.Series([], dtype="str")
        linked = links.read(self._owner._database, self._lease.company, self._register.kind)
        linked = linked[linked["state"].eq(links.LINKED)]
        return pd.Series(linked.index, index=linked["office_id"], dtype="str").groupby(level=0).first()

    def _link(self, rows: pd.DataFrame, found: matching.Found, hits: pd.Series, office: pd.DataFrame) -> None:
        if rows.empty:
            return
        ids = found.office_id[hits].astype("int64")
        numbers = office.drop_duplicates("office_id").set_index("office_id")["number"]
        intended = _of(rows, self._known["state"]).eq(links.INTENDED)
        # Found again by our key after its answer was lost: it was made, and looks as it was sent then.
        ours = intended & found.how[hits].eq(self._register.key_step.how)
        how = found.how[hits].where(~ours, "created")
        # Another twin does not look like what Frontline has: until the policies were applied, its hash is none.
        seen = _of(rows, self._known["content_hash"]).where(ours, "")
        self._record(rows[["link_key"]].assign(content_hash=seen, office_id=ids, number=ids.map(numbers)), how)
        as_sent = ours & seen.eq(rows["content_hash"])
        self._changed(rows[~as_sent].assign(office_id=ids[~as_sent]), fresh=True)

    def _record(self, twins: pd.DataFrame, how: pd.Series) -> None:
        owner = self._owner
        numbers = twins["number"].astype("object").where(twins["number"].notna(), None)
        at = links.record(
            owner._database,
            self._lease,
            self._register.kind,
            twins.assign(number=numbers),
            list(how),
            self._store,
            owner._run_id,
        )
        self._recorded.append(twins.assign(how=how, matched_at=pd.Timestamp(at)))

    def _tell_recorded(self) -> None:
        """Puts what was recorded into the result, all at once."""
        if not self._recorded:
            return
        told = pd.concat(self._recorded).set_index("link_key")
        rows = self._result.rows
        rows.loc[told.index, "office_id"] = told["office_id"].astype("Int64").array
        for name in ("number", "how"):
            rows.loc[told.index, name] = told[name].astype("str").array
        rows.loc[told.index, "matched_at"] = told["matched_at"].array
        rows.loc[told.index, "fresh"] = True

    # Making

    def _make(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Makes `rows`, batch by batch; what was made, as `look_up` has it."""
        made: list[pd.DataFrame] = []
        batch = self._register.write_batch
        for start in range(0, len(rows), batch):
            part = rows.iloc[start : start + batch]
            if self._stopped:
                self._hold(part["link_key"], "not_sent", self._not_sent())
                continue
            made.extend(self._make_batch(part))
        return pd.concat(made, ignore_index=True) if made else rows.iloc[:0]

    def _make_batch(self, part: pd.DataFrame) -> list[pd.DataFrame]:
        owner, kind = self._owner, self._register.kind
        links.intend(owner._database, self._lease, kind, part, self._store, owner._run_id)
        answers = self._register.make(part)
        self._stop_for_the_caller(part, answers)
        if len(part) > 1 and all(_kind_of(each) == _WHOLE_CALL for each in answers):
            # One item may have spoiled the call for all: halves, until it stands alone.
            self._settle(self._words(part, answers, "refused"), links.NOT_SENT)
            half = len(part) // 2
            return [*self._make_batch(part.iloc[:half]), *self._make_rest(part.iloc[half:])]
        return self._answered(part, answers)

    def _make_rest(self, part: pd.DataFrame) -> list[pd.DataFrame]:
        if self._stopped:
            self._hold(part["link_key"], "not_sent", self._not_sent())
            return []
        return self._make_batch(part)

    def _stop_for_the_caller(self, part: pd.DataFrame, answers: Sequence[Made]) -> None:
        """Raises the failure that none of the items has caused: nobody is logged in, nothing left the house."""
        failed = [each for each in answers if each.state == "not_sent" or _kind_of(each) in _CALLER]
        if len(failed) == len(answers) and failed[0].error is not None:
            self._settle(dict.fromkeys(part["link_key"], failed[0].error.kind), links.NOT_SENT)
            raise failed[0].error

    def _answered(self, part: pd.DataFrame, answers: Sequence[Made]) -> list[pd.DataFrame]:
        refused = self._words(part, answers, "refused")
        self._settle(refused, links.REFUSED)
        for key, why in refused.items():
            self._hold([key], "refused", f"{why}; mend it in Frontline or there, and run again")
        not_sent = self._words(part, answers, "not_sent")
        self._settle(not_sent, links.NOT_SENT)
        for key, why in not_sent.items():
            self._hold([key], "not_sent", why)
        for key, why in self._words(part, answers, "unknown").items():
            self._stopped = "the answer to an earlier call of this run was lost"
            self._hold([key], "unknown", f"{why}; it is looked for by its key when this is run again, never made twice")
        good = [answer for answer in answers if answer.state == "saved"]
        if not good:
            return []
        made = part[[answer.state == "saved" for answer in answers]].assign(
            office_id=pd.array([answer.office_id for answer in good], dtype="Int64"),
            number=pd.array([answer.number for answer in good], dtype="str"),
        )
        self._record(made[["link_key", "content_hash", "office_id", "number"]], pd.Series("created", index=made.index))
        columns = {step.office: made[step.wanted] for step in self._register.steps}
        return [pd.DataFrame({**columns, "office_id": made["office_id"], "number": made["number"], "active": True})]

    def _words(self, part: pd.DataFrame, answers: Sequence[Made], state: ItemState) -> dict[str, str]:
        """Why, by key, of the items that stand in `state`."""
        pairs = zip(part["link_key"].tolist(), answers, strict=True)
        return {key: self._clean(answer.words, part) for key, answer in pairs if answer.state == state}

    def _settle(self, problems: dict[str, str], state: str) -> None:
        links.settle(self._owner._database, self._lease, self._register.kind, problems, state)

    # What changed

    def _changed(self, rows: pd.DataFrame, *, fresh: bool = False) -> None:
        """Linked rows whose content is new: the policies decide what 24SevenOffice gets of it."""
        owner, register = self._owner, self._register
        if not len(rows):
            return
        if not fresh:
            rows = rows.assign(office_id=_of(rows, self._known["office_id"]).astype("int64"))
        done = [rows]
        if changes.ever(register.groups):
            if not fresh:
                check_client(owner._company_code, owner._company, owner._lookups)
            twins = register.twins([int(each) for each in rows["office_id"].unique()], self._renew)
            gone = ~rows["office_id"].isin(twins.index)
            for key, office_id in zip(rows.loc[gone, "link_key"], rows.loc[gone, "office_id"], strict=True):
                self._result.warnings.append(
                    f"{register.one} {key}: its twin {office_id} is no longer in 24SevenOffice"
                )
            different = changes.differences(rows[~gone], twins, register.groups)
            refused = self._save(different.rows)
            done = [rows[~rows["link_key"].isin(refused)]]
            told = different.told[~different.told["key"].isin(refused)]
            self._result.changed = CHANGES.conform(pd.concat([self._result.changed, told], ignore_index=True))
        for part in done:
            links.seen(owner._database, self._lease, register.kind, part)

    def _save(self, rows: pd.DataFrame) -> set[str]:
        """Saves changed twins; the keys of those that were refused. An update whose answer was lost is made again: the same twice is
        the same."""
        refused: set[str] = set()
        batch = self._register.write_batch
        for start in range(0, len(rows), batch):
            part = rows.iloc[start : start + batch]
            # What the twin looks like is not known from here until the answer: were it lost, and Frontline went back to what it had
            # before, the old content would pass for what stands there.
            links.seen(self._owner._database, self._lease, self._register.kind, part.assign(content_hash=""))
            answers = self._register.change(part)
            for key, answer in zip(part["link_key"].tolist(), answers, strict=True):
                if answer.state != "saved":
                    refused.add(key)
                    told = self._clean(answer.words, part)
                    self._result.warnings.append(f"{self._register.one} {key} was not changed in 24SevenOffice: {told}")
        return refused

    # Words

    def _not_sent(self) -> str:
        return f"nothing was sent for it: {self._stopped}; run again"

    def _clean(self, words: object, part: pd.DataFrame) -> str:
        """24SevenOffice's words may quote what was sent: without the values of personal fields."""
        return cleaning.without_values(str(words), part, self._register.personal)

    def _hold(self, keys: Sequence[str] | pd.Series, reason: str, words: str) -> None:
        if len(keys):
            self._result.rows.loc[list(keys), "reason"] = reason
            self._result.rows.loc[list(keys), "words"] = words

    def _hold_found(
        self, rows: pd.DataFrame, found: matching.Found, which: pd.Series, reason: str, steps: Sequence[Step]
    ) -> None:
        words = {step.how: step.words for step in steps}
        one = self._register.one
        for index in rows.index[which]:
            by = words.get(str(found.how[index]), "it")
            if reason == "ambiguous":
                told = f"{by} stands at several {one}s in 24SevenOffice: {found.candidates[index]}; make all but one inactive there"
            elif reason == "archived":
                told = f"the {one} with {by} in 24SevenOffice, {found.candidates[index]}, is not active; make it active there, or mend {by}"
            else:
                told = (
                    f"{one} {found.office_id[index]} in 24SevenOffice has {by}, and another key of Frontline has or wants it too; "
                    f"mend one of them{self._register.or_share}"
                )
            self._hold([str(rows.at[index, "link_key"])], reason, told)
