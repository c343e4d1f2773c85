"""The words of a break in a chain: what is wrong between which days, and what to do.

Belongs here: breaks with their messages, the settings entry that a person would add.
Does not: finding them (chain.py), grand totals, whose words are numbers (chain_totals.py).
"""

from __future__ import annotations

import datetime as dt

from frontline_pipeline.accounting.chain_model import Break, Kind, ZHead
from frontline_pipeline.accounting.money import display
from frontline_pipeline.settings_chain import ChainStart

_LAW = "Z numbers run on and are never used again (kassasystemforskrifta s. 2-8-3)"


def entry(z: ZHead) -> str:
    """The settings entry that would accept a chain that begins with `z`."""
    return (
        f'stores.{z.store}.chain_starts: {{register_id: "{z.register}", z_number: "{z.z_number}", '
        f"business_day: {z.business_day}, reason: ...}}"
    )


def _named(z: ZHead) -> str:
    return f"Z {z.z_number} ({z.business_day})"


def _numbers(first: int, last: int) -> str:
    return f"Z {first} is" if first == last else f"Z {first}-{last} ({last - first + 1} numbers) are"


def missing(before: ZHead, after: ZHead, first: int, last: int) -> Break:
    """Numbers that belong between two Z-reports."""
    days = sorted((before.business_day, after.business_day))
    between = f"{days[0]} and {days[1]}" if days[0] != days[1] else f"two Z-reports of {days[0]}"
    message = (
        f"Register {after.register}: {_numbers(first, last)} missing, and belong{'s' * (first == last)} between "
        f"{_named(before)} and {_named(after)}."
    )
    if before.net is not None and after.net is not None:
        message += f" By the grand totals their sales come to {display(after.net - after.sales_total - before.net)}."
    step = (
        f"Find the Z-report{'s' * (first != last)} in the register's journal, between {between}; import the extract and materialise "
        f"its store-day: this turns green by itself then. Was the register reset or replaced? Then say so: {entry(after)}."
    )
    return Break(Kind.MISSING, after, (before,), message, step, (first, last))


def missing_at_start(start: ChainStart, after: ZHead, first: int, last: int) -> Break:
    """Numbers between an accepted start of a chain and the first Z-report known of it."""
    message = (
        f"Register {after.register}: {_numbers(first, last)} missing: by chain_starts the chain begins with Z {start.z_number} "
        f"({start.business_day}), and the first one known is {_named(after)}."
    )
    step = (
        f"Find the Z-report{'s' * (first != last)} between {start.business_day} and {after.business_day}, import the extract and "
        "materialise its store-day; or correct the entry in chain_starts."
    )
    return Break(Kind.MISSING, after, (), message, step, (first, last))


def repeated(heads: list[ZHead]) -> Break:
    """One number on several Z-reports, oldest first."""
    last, others = heads[-1], tuple(heads[:-1])
    days = ", ".join(dict.fromkeys(str(head.business_day) for head in others))
    same = all(_content(head) == _content(last) for head in others)
    message = f"Register {last.register}: {_named(last)} stands on {days} already, with {'the same' if same else 'other'} totals. {_LAW}."
    step = (
        "Find out which extract has the right number and business day; correct the other at its source, import it again and "
        f"materialise its store-day. Was the register reset? Then say so: {entry(last)}."
    )
    return Break(Kind.REPEATED, last, others, message, step, expected="1", actual=str(len(heads)))


def _content(z: ZHead) -> tuple[int | None, ...]:
    return z.sales_total, z.return_amount, z.grand_total_sales, z.grand_total_return, z.grand_total_net


def reset(before: ZHead, z: ZHead) -> Break:
    """Numbers that go back."""
    message = f"Register {z.register}: {_named(before)} is followed by {_named(z)}: the numbers go back. {_LAW}."
    step = (
        f"Was the register reset or replaced? Then say so: {entry(z)}. Otherwise a business day or a number is wrong; correct "
        "it at its source and import it again."
    )
    return Break(Kind.RESET, z, (before,), message, step)


def before_start(start: ChainStart, z: ZHead) -> Break:
    """A Z-report in a new chain with a number below that of its start."""
    message = (
        f"Register {z.register}: {_named(z)} lies in the chain that by chain_starts begins with Z {start.z_number} "
        f"({start.business_day}), below that number."
    )
    step = "Correct the entry in chain_starts, or the business day of the Z-report at its source."
    return Break(Kind.RESET, z, (), message, step, expected=f"at least {start.z_number}", actual=z.z_number)


def new_register(z: ZHead, began: dt.date) -> Break:
    """A register that begins in a store with history."""
    message = (
        f"Register {z.register} is new in store {z.store}: its first Z-report known is {_named(z)}, and the store is known "
        f"since {began}."
    )
    step = (
        f"A register that is new, replaced or was reset is accepted by an entry only: {entry(z)}. If it stood there before, "
        "import its earlier days."
    )
    return Break(Kind.NEW_REGISTER, z, (), message, step)


def beginning(z: ZHead) -> Break:
    """The first Z-report known of a register that was in use before."""
    message = f"Register {z.register}: {_named(z)} is the first Z-report known; what came before it is not proven."
    step = f"If the pipeline begins here, say so: {entry(z)}. Otherwise import the days before."
    return Break(Kind.BEGINNING, z, (), message, step)


def day_order(before: ZHead, z: ZHead) -> Break:
    """A later number on an earlier business day."""
    message = f"Register {z.register}: {_named(z)} follows {_named(before)}, but has an earlier business day."
    step = (
        "Check both business days, above all around the turn of a month or year; correct the wrong one at its source."
    )
    return Break(
        Kind.DAY_ORDER, z, (before,), message, step, expected=f"from {before.business_day}", actual=str(z.business_day)
    )


def not_a_number(z: ZHead) -> Break:
    """A Z number that does not end in digits."""
    message = f"Register {z.register}: Z number {z.z_number!r} ({z.business_day}) does not end in digits; it has no place in a chain."
    step = "Ask for an extract with the running number of the Z-report (kassasystemforskrifta s. 2-8-3)."
    return Break(Kind.NOT_A_NUMBER, z, (), message, step)
