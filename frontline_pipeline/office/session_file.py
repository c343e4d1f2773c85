"""The session of one company between processes: a 0600 file and a lock beside it.

Belongs here: storing and finding a session id, atomically and unreadable to others; one renewer at a time.
Does not: log in or judge whether a session is still valid (session.py).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from frontline_pipeline.office.credentials import Credentials, SecretText
from frontline_pipeline.office.errors import NotSent

_COMPANY = re.compile(r"[a-z0-9_-]+")
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session id with the times (Unix seconds) of its login and of the last proof that it was alive."""

    session_id: SecretText
    logged_in_at: float
    checked_at: float


class SessionFile:
    """`<state_dir>/sessions/<company>.json`: session id, times, and a salted hash of the login it belongs to."""

    def __init__(self, state_dir: Path, company_code: str) -> None:
        if not _COMPANY.fullmatch(company_code):
            raise ValueError(f"company code {company_code!r} must consist of a-z, 0-9, _ and -")
        self.path = state_dir / "sessions" / f"{company_code}.json"
        self._lock_path = self.path.with_suffix(".lock")

    def load(self, credentials: Credentials, *urls: str) -> StoredSession | None:
        """The stored session of exactly this login at these URLs; None when there is none, or none to be trusted.

        A file that others can read or write is not trusted: its id may be known, or not be ours.
        """
        try:
            with open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), encoding="utf-8") as file:
                status = os.fstat(file.fileno())
                if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.getuid():
                    return None
                content = json.load(file)
        except (OSError, ValueError):
            return None
        if not isinstance(content, dict):
            return None
        session_id, salt, login = (content.get(key) for key in ("session_id", "salt", "login"))
        logged_in_at, checked_at = content.get("logged_in_at"), content.get("checked_at")
        if not (isinstance(session_id, str) and session_id and isinstance(salt, str) and isinstance(login, str)):
            return None
        if not (isinstance(logged_in_at, int | float) and isinstance(checked_at, int | float)):
            return None
        try:
            fingerprint = credentials.fingerprint(bytes.fromhex(salt), *urls)
        except ValueError:
            return None
        if not secrets.compare_digest(fingerprint, login):
            return None
        return StoredSession(SecretText(session_id), float(logged_in_at), float(checked_at))

    def store(self, session: StoredSession, credentials: Credentials, *urls: str) -> None:
        """Write the session so that a reader sees the old file or the new one, and nobody else sees either.

        Raises NotSent when the file cannot be written: the call that needed the session has not been made.
        """
        with _as_not_sent(self.path):
            self._write(session, credentials, urls)

    def _write(self, session: StoredSession, credentials: Credentials, urls: tuple[str, ...]) -> None:
        self._make_folder()
        salt = os.urandom(16)
        content = json.dumps(
            {
                "session_id": session.session_id.reveal(),
                "logged_in_at": session.logged_in_at,
                "checked_at": session.checked_at,
                "salt": salt.hex(),
                "login": credentials.fingerprint(salt, *urls),
            }
        )
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def locked(self, wait_seconds: float) -> Iterator[None]:
        """Hold the company's login lock, which the system frees when its holder dies.

        Raises NotSent when another process held it for `wait_seconds`, or the lock file cannot be made.
        """
        with _as_not_sent(self._lock_path):
            self._make_folder()
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + wait_seconds
            while not _try_lock(descriptor):
                if time.monotonic() > deadline:
                    raise NotSent(
                        f"another process held the login lock {self._lock_path.name} for {wait_seconds:g} s; "
                        "nothing was sent, run again",
                        kind="lock",
                    )
                time.sleep(_POLL_SECONDS)
            yield
        finally:
            os.close(descriptor)

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextlib.contextmanager
def _as_not_sent(path: Path) -> Iterator[None]:
    """Turn a failure of the file system into NotSent with the path and the system's reason."""
    try:
        yield
        return
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise NotSent(
        f"{path} cannot be written ({reason}); nothing was sent, make its folder writable for this user and run again",
        kind="session_file",
    )


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
