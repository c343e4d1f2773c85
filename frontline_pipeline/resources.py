"""Resources: settings, source, posting log and ledger, as Dagster hands them to assets.

Belongs here: opening them once per process, from the settings.
Does not: what is done with them (assets/, posting/).
"""

# No `from __future__ import annotations` here: Dagster reads ResourceDependency from the annotation itself.
from functools import lru_cache
from pathlib import Path

import dagster as dg

from frontline_pipeline.frontline.source import Extracts, open_source
from frontline_pipeline.office.attachments import Attachments
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.metering import CallMeter
from frontline_pipeline.opening import (
    open_ledger,
    open_order_poster,
    open_orders,
    open_poster,
    open_posting_log,
    open_register,
    open_twins,
)
from frontline_pipeline.posting.log import PostingLog
from frontline_pipeline.posting.order_office import OfficeOrders
from frontline_pipeline.posting.order_poster import OrderPoster
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.twins import Twins
from frontline_pipeline.posting.twins_register import Register
from frontline_pipeline.settings import Settings, StoreProfile
from frontline_pipeline.settings_file import LoadedSettings, load_settings


@lru_cache(maxsize=8)
def _load(config_dir: str, state_dir: str) -> LoadedSettings:
    return load_settings(Path(config_dir), state_dir=Path(state_dir))


@lru_cache(maxsize=8)
def _extracts(config_dir: str, state_dir: str) -> Extracts:
    loaded = _load(config_dir, state_dir)
    return open_source(loaded.settings.source, loaded.paths, loaded.environment())


@lru_cache(maxsize=8)
def _log(config_dir: str, state_dir: str) -> PostingLog:
    return open_posting_log(_load(config_dir, state_dir))


@lru_cache(maxsize=32)
def _ledger(config_dir: str, state_dir: str, company: str) -> Ledger:
    return open_ledger(_load(config_dir, state_dir), company)


class SettingsResource(dg.ConfigurableResource[None]):
    """The settings tree and the source it names. Holds paths only; secrets are read from the environment when needed."""

    config_dir: str
    state_dir: str

    @property
    def loaded(self) -> LoadedSettings:
        return _load(self.config_dir, self.state_dir)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    def profile(self, store: str) -> StoreProfile:
        return self.settings.store(store)

    def extracts(self) -> Extracts:
        return _extracts(self.config_dir, self.state_dir)


class PostingResource(dg.ConfigurableResource[None]):
    """The posting log, and the ledger of each company."""

    settings: dg.ResourceDependency[SettingsResource]

    def log(self) -> PostingLog:
        return _log(self.settings.config_dir, self.settings.state_dir)

    def ledger(self, company: str) -> Ledger:
        return _ledger(self.settings.config_dir, self.settings.state_dir, company)

    def attachments(self, company: str) -> Attachments:
        """Where files are uploaded for a company."""
        return Attachments(self.ledger(company).session)

    def meter(self, *companies: str) -> CallMeter:
        """Counts the calls to these companies' clients from now on; needs no login."""
        return CallMeter(self.ledger(company).session for company in companies)

    def poster(self, company: str, run_id: str) -> Poster:
        """A poster for one run."""
        return open_poster(self.settings.loaded, company, self.log(), lambda: self.ledger(company), run_id)

    def order_poster(self, company: str, run_id: str) -> OrderPoster:
        """What sends a company's orders, for one run."""
        return open_order_poster(self.settings.loaded, company, self.log(), lambda: self.ledger(company), run_id)

    def orders(self, company: str) -> OfficeOrders:
        """A company's orders in 24SevenOffice, for reading them back."""
        return open_orders(self.settings.loaded, company, lambda: self.ledger(company))

    def twins(self, company: str, run_id: str) -> Twins:
        """What finds or makes the twins of customers and products, for one run."""
        return open_twins(self.settings.loaded, company, self.log(), lambda: self.ledger(company), run_id)

    def register(self, company: str, one: str) -> Register:
        """The customers or products (`one` of them) of a company's client."""
        return open_register(self.settings.loaded, company, one, self.ledger(company).session)
