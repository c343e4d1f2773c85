"""The book of Z heads: a store-day says what its extract says now, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from frontline_pipeline.posting import schema
from frontline_pipeline.posting.chain_book import ChainBook
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline_tests.chain_kit import START, Register

DAY = dt.timedelta(days=1)


@pytest.fixture
def book(log: PostingLog) -> ChainBook:
    return ChainBook(log.database)


def test_heads_come_back_as_they_were_written(book: ChainBook) -> None:
    first, second = Register(number=41, sales=10**13).closed(2)
    bare = replace(second, grand_total_net=None, grand_total_sales=None, grand_total_return=None, return_amount=None)
    assert book.record("nordlys", "oslo", START, [replace(first, source_sha256="a" * 64)])
    assert book.record("nordlys", "oslo", START + DAY, [bare])
    assert book.heads("nordlys", "oslo") == [replace(first, source_sha256="a" * 64), bare]
    assert book.heads("fjord", "oslo") == []
    assert book.heads("nordlys", "bergen") == []
    # A register that has moved is found where it stood.
    assert len(book.heads("nordlys", "bergen", ["K1"])) == 2


def test_the_same_again_writes_nothing_and_another_extract_replaces(log: PostingLog, book: ChainBook) -> None:
    till = Register()
    first, late = till.close(days=0), till.close()
    assert book.record("nordlys", "oslo", START, [first])
    assert not book.record("nordlys", "oslo", START, [first])
    assert book.record("nordlys", "oslo", START, [late, first])
    assert not book.record("nordlys", "oslo", START, [first, late])
    changed = replace(first, sales_total=1)
    assert book.record("nordlys", "oslo", START, [changed])
    assert book.heads("nordlys", "oslo") == [changed]
    assert book.record("nordlys", "oslo", START, [])
    with log.database.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.z_head)) == 0


def test_a_number_that_stands_twice_on_a_day_is_kept_twice(book: ChainBook) -> None:
    head = Register().close()
    assert book.record("nordlys", "oslo", START, [head, head, replace(head, sales_total=1)])
    assert len(book.heads("nordlys", "oslo")) == 3
    assert not book.record("nordlys", "oslo", START, [replace(head, sales_total=1), head, head])


def test_a_head_of_another_store_day_is_a_fault_of_the_caller(book: ChainBook) -> None:
    with pytest.raises(ValueError, match="another store-day"):
        book.record("nordlys", "oslo", START + DAY, [Register().close()])


def test_two_runs_of_one_store_day_at_once_both_end_well(book: ChainBook) -> None:
    head = Register().close()
    others = [replace(head, sales_total=n) for n in range(8)]
    failed: list[BaseException] = []

    def write(mine: int) -> None:
        try:
            book.record("nordlys", "oslo", START, [others[mine]])
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    (left,) = book.heads("nordlys", "oslo")
    assert left in others
