"""Jobs with a form in Dagster's launchpad: what a person decides about store-days that are out.

Belongs here: what a run of each form tells. `frontline` has the same words (command/).
Does not: the forms (launchpad_forms.py), what they do (posting/, mending.py), the store-day job and the schedules (automation.py).
"""

# No `from __future__ import annotations`: Dagster reads the annotations of its functions as objects.

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial

import dagster as dg

from frontline_pipeline.assets.describe import calls_metadata, table
from frontline_pipeline.assets.extract import failure
from frontline_pipeline.assets.ledger import readback_metadata
from frontline_pipeline.checks.ledger import report
from frontline_pipeline.frontline.storeday import oslo_today
from frontline_pipeline.launchpad_forms import (
    AdoptForm,
    CorrectForm,
    RangeForm,
    ResolveForm,
    RollbackForm,
    SweepForm,
)
from frontline_pipeline.mending import (
    adopt_company,
    correct_day,
    correct_on_paper,
    covers_the_grid,
    roll_back_on_paper,
    said,
    scratch_copy,
    what_next,
)
from frontline_pipeline.office.errors import OfficeError
from frontline_pipeline.partitions import StoreDay
from frontline_pipeline.posting.adopting import Adoption
from frontline_pipeline.posting.errors import PostingError
from frontline_pipeline.posting.payload import LineChange
from frontline_pipeline.posting.readback import Sweep, sweep
from frontline_pipeline.posting.records import Document
from frontline_pipeline.posting.rollback import release, roll_back
from frontline_pipeline.resources import PostingResource, SettingsResource
from frontline_pipeline.settings import StoreProfile

SWEEP = "sweep_ledgers"
"""The op that reads the last months; its job is `sweep_ledgers_job`."""


def build() -> dg.Definitions:
    """One job per form, with `_job` behind the name of its op."""
    ops = (resolve_document, correct_store_day, roll_back_store_days, release_store_days, adopt_vouchers, sweep_ledgers)
    return dg.Definitions(
        jobs=[
            dg.GraphDefinition(name=f"{op.name}_job", node_defs=[op], description=op.description).to_job(
                executor_def=dg.in_process_executor
            )
            for op in ops
        ]
    )


_NOTHING = dg.Out(dg.Nothing)
"""Nothing is handed on, so that nothing is stored; what was done stands in the output's metadata."""


@dg.op(
    description="A person's word about one document: found, absent, retry, skip, resume, reverse, deleted.",
    out=_NOTHING,
)
def resolve_document(context: dg.OpExecutionContext, config: ResolveForm, posting: PostingResource) -> None:
    """Records the word; sends nothing."""
    with _explained():
        document = said(posting.log(), config.key.strip(), config.word.value, config.reason, _who(config.who))
    _show(context, posting, [document])
    _tell(context, f"{document.reference} is {document.state} now", what_next(document))


@dg.op(description="Reverse what is out of a store-day and post what its extract says now.", out=_NOTHING)
def correct_store_day(
    context: dg.OpExecutionContext, config: CorrectForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """The exact reversal and the new revision, linked both ways in the texts."""
    profile, day = _profile(settings, config.store), _day(config.business_day)
    columns = ("voucher", "what", "posted", "new")
    if config.dry_run:
        with _explained():
            found = correct_on_paper(settings.extracts(), posting.log(), profile, day)
        rows = [_change(o.reference, c) for o in found for c in o.changes]
        told = "; ".join(o.message for o in found) or "nothing of this day is out"
        _tell(context, told, "Launch it with dry_run: false to do it.", {"difference": table(rows, columns)})
        return
    meter = posting.meter(profile.company_code)
    with _explained():
        poster = posting.poster(profile.company_code, context.run_id)
        who = _who(config.who)
        files = partial(posting.attachments, profile.company_code)
        done = correct_day(settings.extracts(), poster, profile, day, files, reason=config.reason, who=who)
    _show(context, posting, posting.log().documents(store=profile.code, day_from=day, day_to=day))
    rows = [_change(c.reference, change) for c in done for change in c.changes]
    _tell(
        context,
        "; ".join(c.message for c in done) or "there was nothing to correct",
        "Read the month back (ledger_readback_job)." if all(c.done for c in done) else _AGAIN,
        {"difference": table(rows, columns), **calls_metadata(meter.calls)},
        well=all(c.done for c in done),
    )


@dg.op(description="Reverse everything posted of a range, and keep it off posting until it is released.", out=_NOTHING)
def roll_back_store_days(
    context: dg.OpExecutionContext, config: RollbackForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """One exact reversal per voucher that is out."""
    profile, first, last = _profile(settings, config.store), _day(config.first_day), _day(config.last_day)
    columns = ("voucher", "result", "what")
    if config.dry_run:
        with _explained():
            found = roll_back_on_paper(posting.log(), profile, first, last)
        would = [{"voucher": each.reference, "result": each.result, "what": each.message} for each in found]
        told = f"{sum(each.result == 'roll_back' for each in found)} of {len(found)} vouchers would be rolled back"
        following = "Launch it with dry_run: false to do it; each voucher is looked at in the ledger right before."
        _tell(context, told, following, {"vouchers": table(would, columns)})
        return
    meter = posting.meter(profile.company_code)
    with _explained():
        poster = posting.poster(profile.company_code, context.run_id)
        done = roll_back(poster, profile, first, last, reason=config.reason, who=_who(config.who))
    _show(context, posting, posting.log().documents(store=profile.code, day_from=first, day_to=last))
    rows = [{"voucher": each.reference, "result": each.result.value, "what": each.message} for each in done]
    _tell(
        context,
        f"{sum(each.done for each in done)} of {len(done)} vouchers rolled back",
        "Nothing of it is posted until release_store_days_job." if all(each.done for each in done) else _AGAIN,
        {"vouchers": table(rows, columns), **calls_metadata(meter.calls)},
        well=all(each.done for each in done),
    )


@dg.op(description="Let rolled-back store-days be posted again by their next run.", out=_NOTHING)
def release_store_days(
    context: dg.OpExecutionContext, config: RangeForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """Sends nothing."""
    profile, first, last = _profile(settings, config.store), _day(config.first_day), _day(config.last_day)
    with _explained():
        freed = release(
            posting.log(), profile.company_code, profile.code, first, last, reason=config.reason, who=_who(config.who)
        )
    _show(context, posting, freed)
    days = sorted({str(StoreDay(d.business_day, d.store)) for d in freed})
    _tell(context, f"{len(freed)} vouchers released", f"Run these store-days to post them: {', '.join(days)}")


@dg.op(
    description="Take over vouchers of ours from the ledgers; rebuilds a lost posting log. Sends nothing.", out=_NOTHING
)
def adopt_vouchers(
    context: dg.OpExecutionContext, config: AdoptForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """Every company, the log declared rebuilt after the last of them."""
    first, last = _day(config.first_day), _day(config.last_day)
    companies = list(settings.settings.companies)
    meter = posting.meter(*companies)
    who = _who(config.who)
    whole = covers_the_grid(settings.settings, first, last, oslo_today())
    with _explained(), scratch_copy(posting.log()) if config.dry_run else nullcontext(posting.log()) as log:
        found = {
            company: adopt_company(
                settings.settings,
                settings.extracts(),
                log,
                posting.ledger(company),
                company,
                first,
                last,
                who=who,
                declare=whole and company == companies[-1],
                drafts=not config.no_drafts,
            )
            for company in companies
        }
    following = "Look at what is held in 24SevenOffice, and say what you saw (resolve_document_job)."
    if not posting.log().is_initialised():
        following += (
            f" The log sends nothing yet: launch it from {settings.settings.partitions.start} (partitions.start) to today, so that no "
            "day is left out."
        )
    if not config.dry_run:
        _show(context, posting, [d for done in found.values() for d in (*done.adopted, *done.held)])
    _tell(
        context,
        "; ".join(_adopted(company, done) for company, done in found.items()),
        "Launch it with dry_run: false to do it." if config.dry_run else following,
        {**_adoption_metadata(found.values()), **calls_metadata(meter.calls)},
    )


@dg.op(description="Read the last months of the ledgers again; what is wrong turns its store-day red.", out=_NOTHING)
def sweep_ledgers(
    context: dg.OpExecutionContext, config: SweepForm, settings: SettingsResource, posting: PostingResource
) -> None:
    """One call per company and month; `ledger_agrees` is reported for every store-day that was read."""
    known = list(settings.settings.companies)
    if config.company and config.company not in known:
        raise failure("company", f"There is no company {config.company!r}.", f"The settings have {', '.join(known)}.")
    companies = [config.company] if config.company else known
    months = config.months or settings.settings.schedule.sweep_months
    meter = posting.meter(*companies)
    found: dict[str, Sweep] = {}
    unread: dict[str, str] = {}
    for company in companies:
        stores = [code for code, store in settings.settings.stores.items() if store.company == company]
        try:
            found[company] = sweep(
                posting.log(),
                posting.ledger(company),
                company,
                months,
                today=oslo_today(),
                stores=stores,
                run_id=context.run_id,
            )
        except OfficeError as error:
            unread[company] = str(error)
    agreements = [each for done in found.values() for each in done.agreements]
    reported = _show(context, posting, [each.document for each in agreements])
    strangers = [each for done in found.values() for each in done.strangers]
    disagreeing = [each for done in found.values() for each in done.disagreements]
    told = f"{len(agreements)} vouchers read, {len(disagreeing)} not as they should be, {len(strangers)} not in the log"
    told += "".join(f"; {company} could not be read: {why}" for company, why in unread.items())
    _tell(
        context,
        told,
        "Look at the red checks ledger_agrees; vouchers that the log does not know mean a lost log or a second pipeline."
        if disagreeing or strangers
        else "Run it again when 24SevenOffice answers."
        if unread
        else "Nothing.",
        {
            **readback_metadata(agreements),
            "store_days": dg.MetadataValue.int(reported),
            "strangers": table(
                [{"voucher": s.reference, "number": s.transaction_no, "date": s.date.isoformat()} for s in strangers],
                ("voucher", "number", "date"),
            ),
            **calls_metadata(meter.calls),
        },
        well=not unread,
    )


_AGAIN = "Do what the messages say, then launch it again: it goes on where it stopped."


def _tell(
    context: dg.OpExecutionContext,
    done: str,
    following: str,
    more: Mapping[str, dg.MetadataValue] | None = None,
    *,
    well: bool = True,
) -> None:
    """What was done and what comes next, as metadata of the run; a run that left something undone fails with the same."""
    context.log.info(done)
    if not well:
        raise dg.Failure(
            description=done,
            metadata={"what_to_do": dg.MetadataValue.md(following), **(more or {})},
            allow_retries=False,
        )
    context.add_output_metadata(
        {"done": dg.MetadataValue.text(done), "what_comes_next": dg.MetadataValue.md(following), **(more or {})}
    )


def _show(context: dg.OpExecutionContext, posting: PostingResource, documents: Iterable[Document]) -> int:
    """Reports `ledger_agrees` for the store-days of these documents; returns how many this instance can show."""
    wanted = {(d.store, d.business_day) for d in documents}
    if not wanted:
        return 0
    stores, days = {store for store, _ in wanted}, [day for _, day in wanted]
    known = posting.log().days(stores, min(days), max(days))
    return report(context, [known[key] for key in sorted(wanted) if key in known])


@contextmanager
def _explained() -> Iterator[None]:
    """What the rooms refuse, as a failure that says what to do."""
    try:
        yield
    except PostingError as error:
        raise failure(error.kind, error.message, error.next_step) from error
    except OfficeError as error:
        raise failure(error.kind, str(error), _AGAIN) from error


def _profile(settings: SettingsResource, store: str) -> StoreProfile:
    stores = settings.settings.stores
    if store not in stores:
        raise failure("store", f"There is no store {store!r}.", f"The settings have {', '.join(stores)}.")
    return settings.profile(store)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise failure("day", f"{text!r} is not a day.", "Write it as 2026-11-23.") from None


def _who(name: str) -> str:
    if not name.strip():
        raise failure("who", "Nobody said who decides.", "Put your name into `who`.")
    return name.strip()


def _change(reference: str, change: LineChange) -> dict[str, str]:
    return {"voucher": reference, "what": change.subject, "posted": change.posted, "new": change.new}


def _adopted(company: str, done: Adoption) -> str:
    return (
        f"{company}: {len(done.adopted)} taken over, {len(done.known)} known already, {len(done.held)} held, "
        f"{len(done.conflicts)} conflicts, {len(done.not_posted)} store-days not posted"
    )


def _adoption_metadata(found: Iterable[Adoption]) -> dict[str, dg.MetadataValue]:
    done = list(found)
    adopted = [
        {"voucher": d.reference, "day": d.business_day.isoformat(), "state": d.state.value}
        for each in done
        for d in each.adopted
    ]
    held = [{"voucher": d.reference, "why": d.problem or ""} for each in done for d in each.held]
    conflicts = [{"voucher": c.subject, "why": c.message} for each in done for c in each.conflicts]
    return {
        "adopted": table(adopted, ("voucher", "day", "state")),
        "held": table(held, ("voucher", "why")),
        "conflicts": table(conflicts, ("voucher", "why")),
    }
