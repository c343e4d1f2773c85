"""What a person decides about store-days: a word about a document, corrected, adopted, compared on paper.

Belongs here: joining extracts, booking and posting for it, what comes next, for the command and for the launchpad of Dagster alike.
Does not: the steps (posting/), printing (command/), Dagster (launchpad.py), what the pipeline does by itself (assets/).
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from frontline_pipeline.accounting.model import Voucher
from frontline_pipeline.attached import z_documents
from frontline_pipeline.frontline.source import Extracts
from frontline_pipeline.office.attachments import Attachments
from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting.adopting import Adoption, Expected, adopt
from frontline_pipeline.posting.comparison import Compared, Effect, compare
from frontline_pipeline.posting.correcting import Correction, correct
from frontline_pipeline.posting.errors import Refused
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.payload import LineChange
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.records import JOURNAL, ORDER, REVERSAL, ROLLBACK, Document
from frontline_pipeline.posting.schema import metadata
from frontline_pipeline.posting.states import IN_LEDGER, State
from frontline_pipeline.settings import Settings, StoreProfile
from frontline_pipeline.store_day import Verdict, Walk, walk

Word = Literal["found", "absent", "retry", "skip", "resume", "reverse", "deleted"]


def said(log: PostingLog, key: str, word: Word, reason: str, who: str) -> Document:
    """The word, in the log. Raises NotResolvable where it means nothing, with what to do instead."""
    if word in ("found", "absent"):
        return log.resolve(key, found=word == "found", reason=reason, who=who)
    acts = {"retry": log.retry, "skip": log.skip, "resume": log.resume, "reverse": log.reverse, "deleted": log.deleted}
    return acts[word](key, reason=reason, who=who)


def what_next(document: Document) -> str:
    """What happens to a document by itself from here on, and what a person has to type."""
    run = f"`frontline run --store {document.store} --day {document.business_day}`"
    if document.kind == ORDER:
        run = f"the job `trade` on {document.business_day}|{document.store}"
    if document.kind == REVERSAL:
        run = "`frontline rollback`" if document.purpose == ROLLBACK else "`frontline correct`"
        run += f" for {document.store} {document.business_day} once more"
    number = "" if document.transaction_no is None else f", under number {document.transaction_no}"
    words = {
        State.PLANNED: f"{run} sends it{number}; the schedule does not come back to past days.",
        State.UNKNOWN: f"{run} looks for it in 24SevenOffice first, and sends it only when it is not there.",
        State.DISPUTED: f"{run} looks at it in 24SevenOffice once more.",
        State.POSTED: f"{run} reads it back."
        if document.kind == ORDER
        else f"`frontline readback --month {document.ledger_date:%Y-%m}` compares it with the ledger line by line.",
        State.DRAFTED: "a person posts the draft in 24SevenOffice; the read-back sees it from then on.",
        State.SKIPPED: f"nothing, until `frontline resume {document.reference} --reason ...`.",
        State.REVERSED: f"its Z-reports are free; {run} posts a new revision.",
    }
    return words.get(document.state, f"`frontline preview --store {document.store} --day {document.business_day}`.")


def proven(extracts: Extracts, log: PostingLog, profile: StoreProfile, day: dt.date) -> Walk:
    """The store-day as it should be booked now. Raises Refused when its extract is missing, closed or does not prove right."""
    done = walk(extracts, profile, day, log)
    if done.verdict is Verdict.OK:
        return done
    what = "; ".join(f.message for f in done.reasons) or done.note
    raise Refused(
        f"{profile.code} {day} is {done.verdict}: {what}".rstrip("."),
        kind="not_proven",
        next_step="what is out can be corrected only by an extract that proves right; `frontline rollback` takes it back "
        "without anything in its place",
    )


def correct_day(
    extracts: Extracts,
    poster: Poster,
    profile: StoreProfile,
    day: dt.date,
    attachments: Callable[[], Attachments],
    *,
    reason: str,
    who: str,
) -> list[Correction]:
    """Reverse what is out of a store-day and post what its extract and the settings say now. `attachments`: opened where the
    store attaches documents. Raises as `proven` and `correcting.correct` do."""
    done = proven(extracts, poster.log, profile, day)
    poster.attach = z_documents(profile, done.z_reports, done.statistics, attachments)
    return correct(poster, done.vouchers, profile, reason=reason, who=who)


@dataclass(frozen=True)
class OnPaper:
    """What a correction would do with one voucher: its reference, an effect, the difference, words."""

    reference: str
    effect: Effect
    message: str
    changes: tuple[LineChange, ...] = ()


def correct_on_paper(extracts: Extracts, log: PostingLog, profile: StoreProfile, day: dt.date) -> list[OnPaper]:
    """What `correct_day` would do, from extract and log alone; sends nothing, asks nothing, writes nothing."""
    done = proven(extracts, log, profile, day)
    told = [_on_paper(compare(log, profile.company_code, voucher)) for voucher in done.vouchers.vouchers]
    emptied = set(done.vouchers.skipped)
    for each in log.documents(company=profile.company_code, store=profile.code, day_from=day, day_to=day):
        if each.kind == JOURNAL and each.state in IN_LEDGER and each.z_keys and set(each.z_keys) <= emptied:
            words = f"{each.reference}: would be reversed; its Z-reports have no takings any more"
            told.append(OnPaper(each.reference, Effect.UPDATED, words))
    return told


def _on_paper(found: Compared) -> OnPaper:
    words = {
        Effect.UPDATED: f"{found.reference}: would be reversed, and a new revision posted",
        Effect.MATCHED: f"{found.reference}: says the same already; nothing would be written",
        Effect.CREATED: f"{found.reference}: is not out; run the store-day instead",
    }
    return OnPaper(found.reference, found.effect, words.get(found.effect, found.message), found.changes)


@dataclass(frozen=True)
class RollbackOnPaper:
    """What a rollback would do with one voucher, in a word and in words. `well`: False where a person has to act first."""

    reference: str
    result: str
    message: str
    well: bool


def roll_back_on_paper(log: PostingLog, profile: StoreProfile, first: dt.date, last: dt.date) -> list[RollbackOnPaper]:
    """What `rollback.roll_back` would do, from the log alone (a rollback looks at each voucher in the ledger right before); sends
    nothing, asks nothing, writes nothing."""
    out = log.documents(company=profile.company_code, store=profile.code, day_from=first, day_to=last)
    return [_rolled_back(each) for each in out if each.kind == JOURNAL and each.state is not State.REVERSED]


def _rolled_back(found: Document) -> RollbackOnPaper:
    name, number = found.reference, found.transaction_no
    if found.state is State.ROLLED_BACK:
        words = f"{name}: rolled back already; nothing would be written"
        return RollbackOnPaper(name, "rolled_back", words, True)
    if found.state is State.DRAFTED:
        words = f"{name}: is a draft; delete it in 24SevenOffice instead"
        return RollbackOnPaper(name, "refused", words, False)
    if found.state in (State.POSTED, State.VERIFIED):
        words = f"{name}: number {number} would be looked at in the ledger, and reversed"
        return RollbackOnPaper(name, "roll_back", words, True)
    if found.state in IN_LEDGER:
        words = f"{name}: the last read-back found it {found.state} ({found.problem or 'no more is known'})"
        return RollbackOnPaper(name, "refused", words, False)
    words = f"{name}: is {found.state}, not in the ledger; it is left as it is"
    return RollbackOnPaper(name, "left", words, True)


def expected_by(extracts: Extracts, log: PostingLog) -> Expected:
    """What each store-day's extract says should be posted: nothing for a day that is closed, missing or held."""

    def expected(profile: StoreProfile, day: dt.date) -> Sequence[Voucher]:
        return walk(extracts, profile, day, log).vouchers.vouchers

    return expected


def adopt_company(
    settings: Settings,
    extracts: Extracts,
    log: PostingLog,
    ledger: LedgerPort,
    company: str,
    first: dt.date,
    last: dt.date,
    *,
    who: str,
    store: str | None = None,
    declare: bool = True,
    drafts: bool = True,
) -> Adoption:
    """Take over a company's vouchers (or those of one store). `declare`: the log may send afterwards. `drafts`: drafts may be
    out that the log has lost. Raises what the ledger's reads raise; then nothing is written."""
    profiles = [each for each in settings.profiles() if each.company_code == company and store in (None, each.code)]
    return adopt(
        log,
        ledger,
        company,
        profiles,
        first,
        last,
        who=who,
        expected=expected_by(extracts, log),
        hold_possible_drafts=drafts,
        declare=declare,
    )


def covers_the_grid(settings: Settings, first: dt.date, last: dt.date, today: dt.date) -> bool:
    """Whether a range holds every store-day there is. A rebuilt log may send only then: days that it was not asked about would be
    posted a second time."""
    newest = today - dt.timedelta(days=1 - settings.partitions.end_offset)
    return first <= settings.partitions.start and last >= newest


@contextmanager
def scratch_copy(log: PostingLog) -> Iterator[PostingLog]:
    """A copy of the log in a temporary SQLite file, to try on it what would be written; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="frontline-dry-") as folder:
        copy = open_log(f"sqlite:///{Path(folder) / 'posting.sqlite'}")
        try:
            with log.database.reading() as read, copy.database.writing() as write:
                for table in metadata.sorted_tables:
                    rows: list[Mapping[str, object]] = [dict(row._mapping) for row in read.execute(table.select())]
                    if rows:
                        write.execute(table.insert(), rows)
            yield copy
        finally:
            copy.close()
