"""Opening what the settings name: the posting log and a company's ledger.

Belongs here: turning settings and environment into connected objects, for the command and the resources alike.
Does not: Dagster (resources.py), extracts (frontline/source.py opens its own).
"""

from __future__ import annotations

from collections.abc import Callable

from frontline_pipeline.office.attachments import Attachments
from frontline_pipeline.office.companies import Companies
from frontline_pipeline.office.credentials import CredentialNames, credentials_from_env
from frontline_pipeline.office.governor import MAX_WAIT_SECONDS, CallGovernor
from frontline_pipeline.office.invoices import Invoices
from frontline_pipeline.office.ledger import Ledger
from frontline_pipeline.office.products import Products
from frontline_pipeline.office.session import OfficeSession
from frontline_pipeline.posting import links
from frontline_pipeline.posting.log import PostingLog, open_log
from frontline_pipeline.posting.order_office import OfficeOrders
from frontline_pipeline.posting.order_poster import OrderPoster
from frontline_pipeline.posting.order_sending import READ_AT_ONCE
from frontline_pipeline.posting.poster import Poster
from frontline_pipeline.posting.twins import Twins
from frontline_pipeline.posting.twins_customers import Customers
from frontline_pipeline.posting.twins_products import ProductsOfClient
from frontline_pipeline.posting.twins_register import Register
from frontline_pipeline.settings_file import LoadedSettings, SettingsError


def open_posting_log(loaded: LoadedSettings) -> PostingLog:
    """The posting log: by `posting.url_env`, else SQLite in the state directory.

    Raises SettingsError when the variable is not set, LogUnusable when the database cannot serve.
    """
    name = loaded.settings.posting.url_env
    if name is None:
        loaded.paths.posting_log.parent.mkdir(parents=True, exist_ok=True)
        return open_log(f"sqlite:///{loaded.paths.posting_log}")
    url = loaded.environment().get(name, "").strip()
    if not url:
        raise SettingsError(
            [f"posting.url_env: environment variable {name} is not set; it holds the posting log's URL"]
        )
    return open_log(url)


def open_ledger(loaded: LoadedSettings, company: str) -> Ledger:
    """The ledger of a company; nothing is sent and no secret is read before the first call."""
    office = loaded.settings.companies[company].office
    names = CredentialNames(
        application_id=office.application_id_env,
        username=office.username_env,
        password=office.password_env,
        identity_id=office.identity_id_env,
    )
    session = OfficeSession(
        company,
        office.api_url,
        office.webservices_url,
        lambda: credentials_from_env(names, loaded.environment()),
        loaded.paths.state,
        float(office.timeout_seconds),
        governor=_governor(loaded, office.api_url, office.timeout_seconds),
    )
    return Ledger(session)


def open_attachments(loaded: LoadedSettings, company: str) -> Attachments:
    """Where files are uploaded for a company; as `open_ledger`, nothing is sent before the first call."""
    return Attachments(open_ledger(loaded, company).session)


def open_orders(loaded: LoadedSettings, company: str, ledger: Callable[[], Ledger] | None = None) -> OfficeOrders:
    """A company's orders there, for reading them back; as `open_ledger`, nothing is asked before the first question."""
    opened = ledger() if ledger is not None else open_ledger(loaded, company)
    # An answer without its list is no empty list: nothing is called missing by it.
    return OfficeOrders(Invoices(opened.session, batch_size=READ_AT_ONCE))


def open_order_poster(
    loaded: LoadedSettings,
    company: str,
    log: PostingLog | None = None,
    ledger: Callable[[], Ledger] | None = None,
    run_id: str = "",
) -> OrderPoster:
    """What sends a company's orders; as `open_poster`, nothing is asked before the first question."""
    opened = ledger or (lambda: open_ledger(loaded, company))
    stores = [profile.code for profile in loaded.settings.profiles() if profile.company_code == company]
    return OrderPoster(
        open_poster(loaded, company, log, opened, run_id), lambda: open_orders(loaded, company, opened), stores
    )


def open_poster(
    loaded: LoadedSettings,
    company: str,
    log: PostingLog | None = None,
    ledger: Callable[[], Ledger] | None = None,
    run_id: str = "",
) -> Poster:
    """A poster for one company; the ledger is opened at the first question to it. `log`, `ledger`: those of a process that keeps
    them open. Raises as `open_posting_log` does."""
    return Poster(
        log or open_posting_log(loaded),
        company,
        loaded.settings.companies[company],
        ledger or (lambda: open_ledger(loaded, company)),
        posting=loaded.settings.posting,
        run_id=run_id,
    )


def open_twins(
    loaded: LoadedSettings,
    company: str,
    log: PostingLog | None = None,
    ledger: Callable[[], Ledger] | None = None,
    run_id: str = "",
) -> Twins:
    """What finds or makes the twins of a company's customers and products; arguments as for `open_poster`."""
    return Twins(
        log or open_posting_log(loaded),
        company,
        loaded.settings.companies[company],
        ledger or (lambda: open_ledger(loaded, company)),
        posting=loaded.settings.posting,
        run_id=run_id,
    )


def open_register(loaded: LoadedSettings, company: str, kind: str, session: OfficeSession) -> Register:
    """The customers or products of a company's client, by the settings; nothing is asked before the first question to them.

    Raises KeyError for a kind that the settings do not set up.
    """
    rules = loaded.settings.companies[company].masterdata
    if rules is not None and rules.customers is not None and kind == links.CUSTOMER:
        size = max(rules.read_batch, rules.write_batch)
        return Customers(Companies(session, batch_size=size), rules.customers, rules)
    if rules is not None and rules.products is not None and kind == links.PRODUCT:
        size = max(rules.read_batch, rules.write_batch)
        return ProductsOfClient(Products(session, batch_size=size), rules.products, rules)
    raise KeyError(f"companies.{company}.masterdata sets up no {kind}")


def _governor(loaded: LoadedSettings, api_url: str, timeout_seconds: int) -> CallGovernor:
    """The quota shared by all processes of this state directory."""
    posting = loaded.settings.posting
    # A call may need three places (itself, a login, itself again), all while its caller holds the lease; what the lease
    # has beyond three time-outs is what may be spent on waiting for them.
    spare = max(0, posting.lease_ttl_seconds - 3 * timeout_seconds) / 3
    return CallGovernor.for_service(
        loaded.paths.state, api_url, posting.calls_per_hour, max_wait_seconds=min(spare, MAX_WAIT_SECONDS)
    )
