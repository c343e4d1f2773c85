"""Questions to the documents of the posting log that decide what may be sent.

Belongs here: numbers that are owned, outcomes that are open, what a Z-report or a store-day was in before. Every function works
inside the caller's transaction.
Does not: change anything (documents.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from frontline_pipeline.accounting.model import ZKey
from frontline_pipeline.posting.documents import find
from frontline_pipeline.posting.records import BACK, JOURNAL, ORDER, VOUCHERS, Document
from frontline_pipeline.posting.schema import document, z_in_document
from frontline_pipeline.posting.states import IN_LEDGER, UNDECIDED, State


def owned_numbers(connection: sa.Connection, company: str, series_id: int, year_id: int, at_least: int) -> set[int]:
    """Numbers from `at_least` on that documents of the log own in a series and year."""
    d = document.c
    return set(
        connection.scalars(
            sa.select(d.transaction_no).where(
                d.company == company,
                d.series_id == series_id,
                d.year_id == year_id,
                d.owns_number.is_(sa.true()),
                d.transaction_no >= at_least,
            )
        )
    )


def highest_owned(connection: sa.Connection, company: str, series_id: int, year_id: int) -> int:
    """The highest number that a document of the log owns in a series and year; 0 when none does."""
    d = document.c
    found = connection.scalar(
        sa.select(sa.func.max(d.transaction_no)).where(
            d.company == company, d.series_id == series_id, d.year_id == year_id, d.owns_number.is_(sa.true())
        )
    )
    return int(found or 0)


def undecided(connection: sa.Connection, company: str, series_id: int | None = None) -> list[Document]:
    """Vouchers whose outcome is not known (`sending`, `unknown`), of a company or of one of its series."""
    where = [
        document.c.company == company,
        document.c.kind.in_(VOUCHERS),
        document.c.state.in_([state.value for state in UNDECIDED]),
    ]
    if series_id is not None:
        where.append(document.c.series_id == series_id)
    return find(connection, *where)


def undecided_orders(connection: sa.Connection, company: str) -> list[Document]:
    """Orders whose outcome is not known (`sending`, `unknown`)."""
    states = [state.value for state in UNDECIDED]
    return find(connection, document.c.company == company, document.c.kind == ORDER, document.c.state.in_(states))


def has_orders(connection: sa.Connection, company: str) -> bool:
    """Whether the log has any order of a company."""
    where = (document.c.company == company, document.c.kind == ORDER)
    return connection.execute(sa.select(document.c.id).where(*where).limit(1)).first() is not None


def keyless(connection: sa.Connection, company: str, store: str, business_day: dt.date) -> list[Document]:
    """Live journals of a store-day that name no Z-report: adopted by their reference alone, without the extract."""
    found = find(
        connection,
        document.c.company == company,
        document.c.store == store,
        document.c.business_day == business_day,
        document.c.kind == JOURNAL,
        ~sa.exists().where(z_in_document.c.document_id == document.c.id),
    )
    return [each for each in found if each.live]


def unclaimed(connection: sa.Connection, company: str, z_keys: Iterable[ZKey]) -> list[Document]:
    """Journals in the ledger that name any of `z_keys` without holding it: it was another document's when they were found, or
    they were deleted and came back."""
    pairs = _any_of(z_keys)
    if not pairs:
        return []
    z = z_in_document.c
    ids = sa.select(z.document_id).where(z.company == company, z.live.is_(sa.false()), sa.or_(*pairs))
    return find(
        connection,
        document.c.id.in_(ids),
        document.c.kind == JOURNAL,
        sa.or_(document.c.state.in_([state.value for state in IN_LEDGER]), document.c.problem_kind == BACK),
    )


def last_reversed_of(connection: sa.Connection, company: str, z_keys: Iterable[ZKey]) -> Document | None:
    """The newest reversed journal that held any of `z_keys`: what a new revision replaces."""
    pairs = _any_of(z_keys)
    if not pairs:
        return None
    ids = sa.select(z_in_document.c.document_id).where(z_in_document.c.company == company, sa.or_(*pairs))
    found = find(
        connection,
        document.c.id.in_(ids),
        document.c.kind == JOURNAL,
        document.c.state == State.REVERSED.value,
        order_by=(document.c.id,),
    )
    return found[-1] if found else None


def _any_of(z_keys: Iterable[ZKey]) -> list[sa.ColumnElement[bool]]:
    z = z_in_document.c
    return [sa.and_(z.register == key.register, z.z_number == key.z_number) for key in z_keys]
