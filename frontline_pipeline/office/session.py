"""One login to 24SevenOffice per company, kept and shared by all processes.

Belongs here: the session id's life - login, reuse, one renewal on a not-authenticated answer - and the count of calls.
Does not: build or read SOAP (wire.py), know vouchers (ledger.py), hold back calls by quota (governor.py, which it asks).
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontline_pipeline.office import rows
from frontline_pipeline.office.credentials import Credentials, SecretText
from frontline_pipeline.office.errors import NotAuthenticated, NotSent, OfficeError, ReadFailed, Rejected, foreign_text
from frontline_pipeline.office.governor import Governor
from frontline_pipeline.office.models import Identity
from frontline_pipeline.office.services import ATTACHMENT, AUTHENTICATE, Service
from frontline_pipeline.office.session_file import SessionFile, StoredSession
from frontline_pipeline.office.wire import Reply, Wire, operation_name

CHECK_AFTER_SECONDS = 900.0
"""A stored session not proven alive for this long is asked about (HasSession) before use; its life is not published."""

_LOCK_MARGIN_SECONDS = 30.0
#: Why an operation is called, unless the caller says otherwise; the rest are lookups.
_REASONS = {
    "GetEntryId": "number",
    "SaveBundleList": "save",
    "GetTransactions": "read",
    "SaveCompanies": "save",
    "SaveProducts": "save",
    "SaveCategories": "save",
    "SaveInvoices": "save",
    "UpdateInvoices": "save",
    "GetInvoices": "read",
}
_ABOUT_THE_LOGIN = re.compile(r"password|credential|user\s?name|application\s?id|identity", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CallLimit:
    """What the last answer said of the call quota (API.md section 2): calls left, and when it is renewed, as sent."""

    remaining: int | None
    resets_at: str | None


class OfficeSession:
    """Authenticated calls to the services of one company.

    `credentials_factory` is called when a login is first needed, so that nothing secret is read at construction. No
    network at construction. Several processes may share `state_dir`; the service serialises calls of one session anyway.
    `governor` is asked for a place before each call, logins included; None = no quota is kept.

    `calls` counts what was sent per operation, `reasons` per reason and operation.
    """

    def __init__(
        self,
        company_code: str,
        api_url: str,
        webservices_url: str,
        credentials_factory: Callable[[], Credentials],
        state_dir: Path,
        timeout_seconds: float = 60.0,
        *,
        check_after_seconds: float = CHECK_AFTER_SECONDS,
        governor: Governor | None = None,
    ) -> None:
        self.company_code = company_code
        self.calls: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.limit = CallLimit(None, None)
        self._wire = Wire({"api": api_url, "webservices": webservices_url}, timeout_seconds)
        self._urls = (self._wire.base_urls["api"], self._wire.base_urls["webservices"])
        self._credentials_factory = credentials_factory
        self._credentials: Credentials | None = None
        self._file = SessionFile(Path(state_dir), company_code)
        self._lock_wait_seconds = timeout_seconds + _LOCK_MARGIN_SECONDS
        self._check_after_seconds = check_after_seconds
        self._session_id: SecretText | None = None
        self._governor = governor
        self._reason: str | None = None

    def __repr__(self) -> str:
        return f"OfficeSession({self.company_code!r})"

    def call(
        self,
        service: Service,
        operation: str,
        arguments: Mapping[str, object] | None = None,
        *,
        not_authenticated: Callable[[Any], bool] = lambda value: False,
    ) -> Reply:
        """Call an operation with a valid session; at most one login, and one repetition after it.

        Repeating is safe even for a write, since "not authenticated" means that nothing was done. `not_authenticated`
        recognises that answer where it comes as a result and not as a fault (SaveBundleList).

        Raises NotSent, ReadFailed, Rejected or Unknown, without cause and with no secret in sight.
        """
        session_id, logged_in = self._current()
        renewals = 0
        while True:
            outcome = self._attempt(service, operation, arguments or {}, session_id)
            if isinstance(outcome, Reply) and not not_authenticated(outcome.value):
                return outcome
            if isinstance(outcome, OfficeError) and not isinstance(outcome, NotAuthenticated):
                raise outcome
            if logged_in:
                raise Rejected(
                    f"{self.company_code}: {operation_name(service, operation)} answers 'not authenticated' even after "
                    "a new login; check that the user may use this service in this client company",
                    kind="not_authenticated",
                    operation=operation_name(service, operation),
                )
            # A session renewed elsewhere may be stale as well, but not for ever: the second time it is our own login.
            session_id, logged_in = self._renew(session_id, may_adopt=renewals == 0)
            renewals += 1

    @contextmanager
    def because(self, reason: str) -> Iterator[None]:
        """Count the calls made inside under this reason instead of the operation's usual one (logins stay `session`)."""
        before, self._reason = self._reason, reason
        try:
            yield
        finally:
            self._reason = before

    def clean(self, words: str | None, also: Iterable[str] = ()) -> str:
        """The service's own words without any secret of this session and without the values in `also`, fit for a message."""
        return foreign_text(words, (*_secrets(self._login_data(), self._session_id), *also))

    def identities(self) -> list[Identity]:
        """The identities (user x client company) this login may take; for a hint when one is blocked or wrong."""
        reply = self.call(AUTHENTICATE, "GetIdentities")
        return rows.each(AUTHENTICATE, "GetIdentities", reply.value, rows.identity)

    def _attempt(
        self, service: Service, operation: str, arguments: Mapping[str, object], session_id: SecretText | None
    ) -> Reply | OfficeError:
        """One call on the wire, counted; its failure is returned, so that it is raised away from the arguments."""
        login = self._login_data()
        name = operation_name(service, operation)
        held_back = self._reserve(name)
        if held_back is not None:
            return held_back
        self.calls[name] += 1
        self.reasons[self._reason_of(service, operation), name] += 1
        outcome, headers = self._wire.call(service, operation, arguments, session_id, _secrets(login, session_id))
        self._note_limit(headers)
        if self._governor is not None and isinstance(outcome, NotSent) and outcome.kind == "limit":
            self._governor.refused(str(outcome), headers.get("Retry-After"))
        return outcome.with_traceback(None) if isinstance(outcome, OfficeError) else outcome

    def _reserve(self, name: str) -> NotSent | None:
        """A place for one call, or the failure that says why there is none."""
        try:
            if self._governor is not None:
                self._governor.reserve(name)
        except NotSent as error:
            return error.with_traceback(None)
        return None

    def _reason_of(self, service: Service, operation: str) -> str:
        if service is AUTHENTICATE:
            return "session"
        return self._reason or _REASONS.get(operation, "attachment" if service is ATTACHMENT else "lookup")

    def _note_limit(self, headers: Mapping[str, str]) -> None:
        remaining, resets_at = headers.get("APILimitRemaining"), headers.get("APILimitReset")
        if remaining is not None or resets_at is not None:
            digits = (remaining or "").strip()
            self.limit = CallLimit(int(digits) if digits.isdecimal() else None, resets_at)
            if self._governor is not None:
                self._governor.note(self.limit.remaining, resets_at)

    def _login_data(self) -> Credentials:
        if self._credentials is None:
            self._credentials = self._credentials_factory()
        return self._credentials

    def _current(self) -> tuple[SecretText, bool]:
        """A session id to try, and whether it comes from a login made just now."""
        if self._session_id is not None:
            return self._session_id, False
        stored = self._file.load(self._login_data(), *self._urls)
        if stored is not None and self._is_alive(stored):
            self._session_id = stored.session_id
            return stored.session_id, False
        return self._renew(stored.session_id if stored is not None else None, may_adopt=True)

    def _is_alive(self, stored: StoredSession) -> bool:
        """Whether a stored session may be used; asks the service when the last proof is old."""
        # A time in the future (a clock set back) counts as old, else the proof would never end.
        if 0 <= time.time() - stored.checked_at < self._check_after_seconds:
            return True
        outcome = self._attempt(AUTHENTICATE, "HasSession", {}, stored.session_id)
        if isinstance(outcome, NotAuthenticated):
            return False
        if isinstance(outcome, OfficeError):
            raise outcome
        if outcome.value is not True:
            return False
        self._store(StoredSession(stored.session_id, stored.logged_in_at, time.time()))
        return True

    def _renew(self, refused: SecretText | None, *, may_adopt: bool) -> tuple[SecretText, bool]:
        """A session id other than `refused`: one that another process got meanwhile, else from a login of our own."""
        with self._file.locked(self._lock_wait_seconds):
            stored = self._file.load(self._login_data(), *self._urls)
            if may_adopt and stored is not None and stored.session_id != refused:
                self._session_id = stored.session_id
                return stored.session_id, False
            session_id = self._login()
            now = time.time()
            self._store(StoredSession(session_id, now, now))
            self._session_id = session_id
            return session_id, True

    def _login(self) -> SecretText:
        outcome = self._attempt(AUTHENTICATE, "Login", _LoginArguments(self._login_data()), None)
        if isinstance(outcome, NotAuthenticated):
            raise self._login_refused()
        if isinstance(outcome, ReadFailed) and outcome.kind == "fault" and _ABOUT_THE_LOGIN.search(str(outcome)):
            # Repeating a wrong password is answered by a throttle, so this fault is final though it is a soap:Server.
            raise Rejected(str(outcome), kind="login", operation=outcome.operation)
        if isinstance(outcome, OfficeError):
            raise outcome
        if not outcome.present:
            raise ReadFailed(
                f"{self.company_code}: the answer to Login holds no result; run again",
                kind="unreadable",
                operation="authenticate.Login",
            )
        if not isinstance(outcome.value, str) or not outcome.value.strip():
            raise self._login_refused()
        return SecretText(outcome.value.strip())

    def _login_refused(self) -> Rejected:
        return Rejected(
            f"{self.company_code}: 24SevenOffice refused the login; check ApplicationId, user name and password in the "
            "environment variables that the settings name",
            kind="login",
            operation="authenticate.Login",
        )

    def _store(self, session: StoredSession) -> None:
        self._file.store(session, self._login_data(), *self._urls)


def _secrets(login: Credentials, session_id: SecretText | None) -> tuple[str, ...]:
    return login.values() if session_id is None else (*login.values(), session_id.reveal())


class _LoginArguments(Mapping[str, object]):
    """The arguments of Login, unfolded only when the message is built and not shown when printed."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __getitem__(self, key: str) -> object:
        if key != "credential":
            raise KeyError(key)
        return self._credentials.as_argument()

    def __iter__(self) -> Any:
        return iter(("credential",))

    def __len__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "LoginArguments(...)"
