"""The small types that settings are made of, each with what it expects in words.

Belongs here: the base model, constrained texts and numbers, the error by which a validator points at another key.
Does not: the settings tree (settings.py), YAML and line numbers (settings_yaml.py, settings_file.py).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

KeyPath = tuple[str | int, ...]

STORE_CODE = re.compile(r"[a-z0-9_-]+")
"""Partition keys may hold no other characters: `|`, `,` and brackets break Dagster's partition syntax (#32183)."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CODE_PATTERN = r"^[a-z0-9_-]+$"
ENV_PATTERN = r"^[A-Z_][A-Z0-9_]*$"
ORGANISATION_PATTERN = r"^[0-9]{9}$"
PATTERN_WORDS = {
    CODE_PATTERN: "a code of small letters, digits, _ and -",
    ENV_PATTERN: "the NAME of an environment variable, in capitals such as NORDLYS_PASSWORD, never the secret itself",
    ORGANISATION_PATTERN: "nine digits",
}
"""What a pattern wants, for error messages."""

LOWEST_ACCOUNT = 1000

_GUID = re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2})?")


class Model(BaseModel):
    """Base of every settings model: unknown keys are errors, objects are frozen, errors do not print what came.

    A number where a text is wanted is taken as written: register ids and tender codes are often digits.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
    )


class Misplaced(ValueError):
    """Problems found by a model's validator that belong to keys below (or beside) it: (key path, what is wrong)."""

    def __init__(self, problems: Iterable[tuple[KeyPath, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{'.'.join(map(str, path))}: {text}" for path, text in self.problems))


def looks_like_secret(text: str) -> bool:
    """Whether a text has the form of an ApplicationId, an identity or a URL with a login in it."""
    return bool(_GUID.search(text)) or bool(re.search(r"//[^/\s]*@", text))


def _env_name(value: str) -> str:
    # A guid without hyphens that begins with a letter would pass for a name.
    if looks_like_secret(value):
        raise ValueError(PATTERN_WORDS[ENV_PATTERN])
    return value


def _no_bool(value: object) -> object:
    # Pydantic would take true for 1, and so an account or a customer.
    if isinstance(value, bool):
        raise ValueError("a whole number")
    return value


def _day(value: object) -> object:
    # Pydantic would take 20261101 for seconds since 1970.
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError("a day of the calendar, as 2026-11-01") from None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError("a date as 2026-11-01")


def _time(value: object) -> object:
    # Pydantic would take 5 for five seconds past midnight.
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return dt.time.fromisoformat(value)
        except ValueError:
            raise ValueError("a time of day as 05:00") from None
    if isinstance(value, dt.time):
        return value
    raise ValueError("a time of day as 05:00")


def _base_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+(/[^\s?#]*)?", value):
        raise ValueError("a base URL such as https://api.24sevenoffice.com")
    if "@" in urlsplit(value).netloc:
        raise ValueError("a base URL without a login in it; logins are named by the *_env keys")
    return value.rstrip("/")


def _no_login(value: str) -> str:
    if looks_like_secret(value):
        raise ValueError("a path or URL without a login in it; leave that to the environment")
    return value


Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN, max_length=40)]
EnvName = Annotated[str, StringConstraints(pattern=ENV_PATTERN), AfterValidator(_env_name)]
OrganisationNumber = Annotated[str, StringConstraints(pattern=ORGANISATION_PATTERN)]
Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Register = Annotated[str, StringConstraints(min_length=1, max_length=100)]
"""A register id is free text of at most 100 characters in SAF-T (DOMAIN F.1)."""
BaseUrl = Annotated[str, AfterValidator(_base_url)]
StoragePath = Annotated[str, StringConstraints(min_length=1), AfterValidator(_no_login)]
Whole = Annotated[int, BeforeValidator(_no_bool)]
Number = Annotated[int, Field(ge=1), BeforeValidator(_no_bool)]
"""A number in a register of 24SevenOffice (customer, department, project)."""
AccountNo = Annotated[int, Field(ge=LOWEST_ACCOUNT, le=32767), BeforeValidator(_no_bool)]
"""24SevenOffice sends account numbers as xs:short (API.md section 3.4)."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 code."""
DimensionType = Annotated[int, Field(ge=101)]
"""User-defined dimension types are numbered from 101 (API.md section 6)."""
Day = Annotated[dt.date, BeforeValidator(_day)]
TimeOfDay = Annotated[dt.time, BeforeValidator(_time)]
