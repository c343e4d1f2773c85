"""The login of one company, and how it stays out of sight.

Belongs here: reading credentials from environment variables, texts that never show themselves, the fingerprint of a login.
Does not: log in (session.py) or know the settings; it takes the variables' names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from frontline_pipeline.office.errors import Rejected

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Enough that a stolen session file does not make guessing a weak password cheap; about 30 ms once per process.
_FINGERPRINT_ROUNDS = 100_000


class SecretText:
    """A text that does not show itself when printed, logged, pickled or found among the variables of a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; never put it into a message."""
        return self._value

    def __repr__(self) -> str:
        return "SecretText(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class CredentialNames:
    """Names of the environment variables that hold a login. `identity_id` is None where the default identity serves."""

    application_id: str
    username: str
    password: str
    identity_id: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What Login wants (API.md section 2). Shows nothing of itself."""

    application_id: SecretText
    username: SecretText
    password: SecretText
    identity_id: SecretText | None = None

    def __repr__(self) -> str:
        return "Credentials(...)"

    @classmethod
    def of(cls, application_id: str, username: str, password: str, identity_id: str | None = None) -> Credentials:
        """Credentials from plain texts."""
        identity = SecretText(identity_id) if identity_id else None
        return cls(SecretText(application_id), SecretText(username), SecretText(password), identity)

    def as_argument(self) -> dict[str, str]:
        """The Credential element of Login."""
        argument = {
            "ApplicationId": self.application_id.reveal(),
            "Password": self.password.reveal(),
            "Username": self.username.reveal(),
        }
        if self.identity_id is not None:
            argument["IdentityId"] = self.identity_id.reveal()
        return argument

    def values(self) -> tuple[str, ...]:
        """All secret values, for masking foreign text."""
        parts = (self.application_id, self.username, self.password, self.identity_id)
        return tuple(part.reveal() for part in parts if part is not None)

    def fingerprint(self, salt: bytes, *urls: str) -> str:
        """A salted hash that changes with any part of the login and with the URLs; tells none of them."""
        identity = self.identity_id.reveal() if self.identity_id else ""
        parts = (*urls, self.application_id.reveal(), self.username.reveal(), self.password.reveal(), identity)
        # The length before each part keeps "ab","c" and "a","bc" apart.
        joined = "".join(f"{len(part)}:{part}" for part in parts).encode()
        return hashlib.pbkdf2_hmac("sha256", joined, salt, _FINGERPRINT_ROUNDS).hex()


def credentials_from_env(names: CredentialNames, environ: Mapping[str, str]) -> Credentials:
    """Credentials from the environment variables named.

    Raises Rejected (kind `credentials`) that names every variable that is missing or empty, or whose value is not
    the guid it must be; never a value.
    """
    wanted = [names.application_id, names.username, names.password]
    if names.identity_id is not None:
        wanted.append(names.identity_id)
    missing = [name for name in wanted if not environ.get(name, "").strip()]
    if missing:
        raise Rejected(
            f"environment variable {', '.join(missing)} is not set; the login to 24SevenOffice needs it",
            kind="credentials",
        )
    guids = [names.application_id] + ([names.identity_id] if names.identity_id is not None else [])
    malformed = [name for name in guids if not _GUID.fullmatch(environ[name].strip())]
    if malformed:
        raise Rejected(
            f"environment variable {', '.join(malformed)} does not hold a guid "
            "(xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx), which ApplicationId and IdentityId must be",
            kind="credentials",
        )
    return Credentials.of(
        environ[names.application_id].strip(),
        environ[names.username].strip(),
        environ[names.password],
        environ[names.identity_id].strip() if names.identity_id is not None else None,
    )
