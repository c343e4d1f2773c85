"""What a person decides, as commands of `frontline`: about one document, a store-day, a range, a lost log.

Belongs here: these commands and their options; bodies live in command/ and are imported when called.
Does not: commands that decide nothing (cli.py).
"""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from frontline_pipeline.cli_options import Day, Dry, From, Json, Key, Reason, Store, To, Who, Why, context_of, end

words = typer.Typer()


@words.command()
def resolve(
    context: typer.Context,
    key: Key,
    reason: Annotated[str, typer.Option("--reason", help="Where you looked and what you saw.")],
    found: Annotated[bool, typer.Option("--found/--absent", help="It is, or is not, in 24SevenOffice.")],
    who: Who = None,
    as_json: Json = False,
) -> None:
    """Say what you found out in 24SevenOffice about a document that is unknown or disputed, or about a deleted draft."""
    _say(context, key, "found" if found else "absent", reason, who, as_json)


@words.command()
def retry(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Let a refused, exhausted or vanished document be sent again by its next run."""
    _say(context, key, "retry", reason, who, as_json)


@words.command()
def skip(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Decide that the pipeline does not post a document; `resume` takes it back."""
    _say(context, key, "skip", reason, who, as_json)


@words.command()
def resume(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Take a skip back: the next run posts the document."""
    _say(context, key, "resume", reason, who, as_json)


@words.command()
def reverse(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Say that you have reversed a voucher in 24SevenOffice with one of your own; its Z-reports may be posted anew."""
    _say(context, key, "reverse", reason, who, as_json)


@words.command()
def deleted(context: typer.Context, key: Key, reason: Reason, who: Who = None, as_json: Json = False) -> None:
    """Say that you have deleted a voucher in 24SevenOffice; its Z-reports may be posted anew, and it is red if it comes back."""
    _say(context, key, "deleted", reason, who, as_json)


def _say(
    context: typer.Context,
    key: str,
    word: Literal["found", "absent", "retry", "skip", "resume", "reverse", "deleted"],
    reason: str,
    who: str | None,
    as_json: bool,
) -> None:
    from frontline_pipeline.command.words import say

    end(say(context_of(context), key, word, reason, who, as_json))


@words.command()
def correct(
    context: typer.Context,
    store: Store,
    day: Day,
    reason: Why = None,
    who: Who = None,
    order: Annotated[
        str | None, typer.Option("--order", help="One order of the day: credit its invoice and send it anew.")
    ] = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Reverse what is posted of a store-day and post what its extract says now, linked both ways in the texts."""
    if order is not None:
        from frontline_pipeline.command.orders import correct as of_order

        end(of_order(context_of(context), store, day, order, reason, who, dry_run, as_json))
    from frontline_pipeline.command.mend import correct as body

    end(body(context_of(context), store, day, reason, who, dry_run, as_json))


@words.command()
def rollback(
    context: typer.Context,
    store: Store,
    first: From,
    last: To,
    reason: Why = None,
    who: Who = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Reverse everything posted of a store's days, and keep them off automatic posting until `release`."""
    from frontline_pipeline.command.mend import rollback as body

    end(body(context_of(context), store, first, last, reason, who, dry_run, as_json))


@words.command()
def release(
    context: typer.Context, store: Store, first: From, last: To, reason: Reason, who: Who = None, as_json: Json = False
) -> None:
    """Let rolled-back store-days be posted again by their next run."""
    from frontline_pipeline.command.mend import let_go

    end(let_go(context_of(context), store, first, last, reason, who, as_json))


@words.command()
def adopt(
    context: typer.Context,
    first: From,
    last: To,
    company: Annotated[str | None, typer.Option("--company", help="One company only.")] = None,
    store: Annotated[str | None, typer.Option("--store", help="One store only.")] = None,
    no_drafts: Annotated[
        bool, typer.Option("--no-drafts", help="No draft was ever sent: hold no day for a draft that may be out.")
    ] = False,
    who: Who = None,
    dry_run: Dry = False,
    as_json: Json = False,
) -> None:
    """Take over vouchers that carry our keys from a ledger with history; rebuilds a lost posting log. Sends nothing."""
    from frontline_pipeline.command.adopt import adopt as body

    drafts = not no_drafts
    end(
        body(context_of(context), first, last, company, store, who=who, drafts=drafts, dry_run=dry_run, as_json=as_json)
    )
