"""What pydantic says about wrong settings, as lines a person can act on: file, line, key, what was expected, what came.

Belongs here: words for each kind of error, the nearest known key, hiding values that may be secrets.
Does not: reading YAML (settings_yaml.py), the rules themselves (settings.py).
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from frontline_pipeline.settings import Settings
from frontline_pipeline.settings_values import PATTERN_WORDS, KeyPath, Misplaced, looks_like_secret
from frontline_pipeline.settings_yaml import Place, Tree, dotted, shown

_SECRET_KEY = re.compile(r"_env$|password|passwd|secret|token|api_?key|username|identity|storage", re.IGNORECASE)

_WORDS = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "a text",
    "string_too_short": "not empty",
    "string_too_long": "at most {max_length} characters",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least {min_length}",
    "tuple_type": "a list such as [a, b]",
    "dict_type": "keys below it",
    "model_type": "keys below it",
    "union_tag_invalid": "one of {expected_tags}",
}


def problem_lines(error: ValidationError, tree: Tree, folder: Path) -> list[str]:
    """One line per wrong key, in the order of files and lines; a key that fails every branch of a union is one line."""
    wanted: dict[tuple[KeyPath, str], list[str]] = {}
    for detail in error.errors(include_url=False):
        for loc, text, came in _problems(detail):
            path = _path(loc, tree.data)
            texts = wanted.setdefault((path, _came(path, came, text)), [])
            if text not in texts:
                texts.append(text)
    lines = []
    for (path, came), texts in wanted.items():
        place = _where(path, tree)
        where = str(place) if place else shown(folder)
        order = (place.file, place.line, place.column) if place else (folder, 0, 0)
        lines.append((order, f"{where}: {dotted(path)}: {' or '.join(texts)}{came}"))
    return [line for _, line in sorted(lines, key=lambda item: item[0])]


def _where(path: KeyPath, tree: Tree) -> Place | None:
    """The place of the key, or of the nearest key above it that is there."""
    above = (path[:length] for length in range(len(path), 0, -1))
    return next((tree.places[part] for part in above if part in tree.places), None)


_NOTHING = object()


def _problems(detail: ErrorDetails) -> Iterator[tuple[KeyPath, str, object]]:
    """(location, what was expected, what came) of one pydantic error."""
    loc, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    cause = context.get("error")
    if kind == "value_error" and isinstance(cause, Misplaced):
        for path, text in cause.problems:
            yield (*loc, *path), text, _NOTHING
    elif kind == "value_error":
        yield loc, str(cause), detail["input"]
    elif kind == "missing":
        yield loc, f"required, and missing{_meaning(loc)}", _NOTHING
    elif kind == "extra_forbidden":
        yield loc, _unknown(loc), _NOTHING
    elif kind == "union_tag_not_found":
        tags = ", ".join(filter(None, map(_tag, _models(loc))))
        yield (*loc, str(context["discriminator"]).strip("'")), f"required, and missing (one of {tags})", _NOTHING
    elif kind == "union_tag_invalid":
        tag = str(context["discriminator"]).strip("'")
        expected = str(context["expected_tags"]).replace("'", "")
        yield (*loc, tag), f"one of {expected}", context["tag"]
    elif kind == "literal_error":
        choices = re.findall(r"'([^']*)'|(-?\d+)", str(context["expected"]))
        words = [text or number for text, number in choices]
        yield loc, f"one of {', '.join(words)}" if len(words) > 1 else words[0], detail["input"]
    elif kind == "string_pattern_mismatch":
        yield loc, PATTERN_WORDS.get(str(context["pattern"]), detail["msg"]), detail["input"]
    elif kind in _WORDS:
        text = _WORDS[kind].format_map(context)
        if kind == "string_type" and not isinstance(detail["input"], (dict, list)):
            text += "; put it in quotes"
        yield loc, text, detail["input"]
    else:
        yield loc, detail["msg"], detail["input"]


def _path(loc: KeyPath, data: object) -> KeyPath:
    """The location without pydantic's own steps (names of union branches, `[key]`), as steps of the data.

    A last step that the data lacks is the missing key, and stays.
    """
    path: list[str | int] = []
    for index, step in enumerate(loc):
        if isinstance(data, dict) and str(step) in data:
            path.append(str(step))
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            path.append(step)
            data = data[step]
        elif isinstance(data, dict) and index == len(loc) - 1 and step != "[key]":
            path.append(step)
    return tuple(path)


def _came(path: KeyPath, came: object, text: str) -> str:
    if came is _NOTHING:
        return ""
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    if isinstance(came, str) and (_SECRET_KEY.search(key) or looks_like_secret(came)):
        return " (what stands there is not shown)"
    return f" (got {_words(came)})"


def _words(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "keys below it"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}...'"


def _meaning(loc: KeyPath) -> str:
    for model in _models(loc[:-1]):
        found = model.model_fields.get(str(loc[-1]))
        if found and found.description:
            first = re.split(r"[.;\n]", found.description)[0].strip()
            return f" ({first})" if first else ""
    return ""


def _unknown(loc: KeyPath) -> str:
    key = str(loc[-1])
    known = [name for model in _models(loc[:-1]) for name in model.model_fields]
    if f"{key}_env" in known:
        return f"no such key: put the NAME of an environment variable under {key}_env, never the secret itself"
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    return f"no such key; did you mean {near[0]}?" if near else f"no such key; known are {', '.join(known)}"


def _models(loc: KeyPath) -> list[type[BaseModel]]:
    """The settings models that a location can hold."""
    current: list[Any] = [Settings]
    for step in loc:
        below = [annotation for item in current for annotation in _below(item, step)]
        tagged = [item for item in current if _tag(item) == step]
        current = tagged or below or current
    return [item for item in current if isinstance(item, type) and issubclass(item, BaseModel)]


def _tag(item: object) -> str | None:
    if isinstance(item, type) and issubclass(item, BaseModel) and "kind" in item.model_fields:
        values = get_args(item.model_fields["kind"].annotation)
        return str(values[0]) if values else None
    return None


def _below(item: Any, step: str | int) -> list[Any]:
    if isinstance(item, type) and issubclass(item, BaseModel):
        found = item.model_fields.get(str(step))
        return _branches(found.annotation) if found else []
    if get_origin(item) is dict:
        return _branches(get_args(item)[1])
    return _branches(get_args(item)[0]) if get_origin(item) is tuple else []


def _branches(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _branches(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [branch for part in get_args(annotation) for branch in _branches(part)]
    return [] if origin is Literal else [annotation]
