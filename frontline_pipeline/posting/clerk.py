"""Who writes to one company's ledger in one run: its log, its lease, its lookups, its ledger opened at the first question.

Belongs here: what every writer needs - of vouchers (poster.py) and of customers and products (twins.py) - and how it is opened.
Does not: what is written, and in which order.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager

from frontline_pipeline.office.ledger import LedgerPort
from frontline_pipeline.posting import lease
from frontline_pipeline.posting.database import Database
from frontline_pipeline.posting.lease import Lease, SystemWaiting, Waiting
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.lookups import Lookups
from frontline_pipeline.settings import Company, PostingSettings


class Clerk:
    """One company, one run."""

    def __init__(
        self,
        log: PostingLog,
        company_code: str,
        company: Company,
        ledger_factory: Callable[[], LedgerPort],
        *,
        posting: PostingSettings | None = None,
        waiting: Waiting | None = None,
        run_id: str = "",
        holder: str | None = None,
    ) -> None:
        """`ledger_factory` is called at the first question to the ledger, so that what is already known needs no login."""
        self._log = log
        self._database = log.database
        self._company_code = company_code
        self._company = company
        self._factory = ledger_factory
        self._posting = posting or PostingSettings()
        self._waiting = waiting or SystemWaiting()
        self._run_id = run_id
        # Machine and process: enough to find a holder that hangs.
        self._holder = holder or f"{socket.gethostname()}:{os.getpid()}"
        self._port: LedgerPort | None = None
        self._lookups = Lookups(self._database, company_code, self._ledger, self._posting.lookups_ttl_seconds)

    @property
    def log(self) -> PostingLog:
        """The posting log."""
        return self._log

    @property
    def company_code(self) -> str:
        """The company it writes for."""
        return self._company_code

    @property
    def company(self) -> Company:
        """The company's settings."""
        return self._company

    def _ledger(self) -> LedgerPort:
        if self._port is None:
            self._port = self._factory()
        return self._port

    def _acquired(self) -> Lease:
        """The company's lease, to be released. Raises LeaseBusy (a NotSent) when it is held longer than the settings wait."""
        return lease.acquire(*self._terms())

    def _held_lease(self) -> AbstractContextManager[Lease]:
        """The company's lease around a block. Raises as `_acquired`."""
        return lease.held_lease(*self._terms())

    def _terms(self) -> tuple[Database, str, str, float, float, Waiting]:
        rules = self._posting
        patience = (rules.lease_ttl_seconds, rules.lease_wait_seconds)
        return (self._database, self._company_code, self._holder, *patience, self._waiting)
