"""The settings described for editors (JSON Schema) and for people (a table per model), both from the models themselves.

Belongs here: rendering. Written by `python -m frontline_pipeline.settings_file`, compared by the tests, so it can't drift.
Does not: rules (settings.py), validation of files (settings_file.py).
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import types
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from frontline_pipeline.settings import Settings
from frontline_pipeline.settings_values import ENV_PATTERN, LOWEST_ACCOUNT

_JsonObject = dict[str, Any]


def export_schema() -> _JsonObject:
    """JSON Schema (draft 2020-12) of one settings file.

    Nothing is required at the top, as each file of the folder holds a part; below the top everything is as strict as the
    models, except for what JSON Schema can't say (references between keys).
    """
    schema = Settings.model_json_schema(schema_generator=GenerateJsonSchema)
    schema.pop("required", None)
    _tidy(schema)
    schema["title"] = "Settings of frontline_pipeline"
    schema["description"] = "A part of the settings; all *.yaml files of the folder together are the whole."
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def schema_text(schema: _JsonObject) -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _tidy(node: object) -> None:
    """Drop defaults that are whole models (noise in an editor), unwrap docstrings, and name limits as JSON Schema does."""
    if isinstance(node, dict):
        if isinstance(node.get("default"), dict):
            del node["default"]
        # Pydantic's own words for limits that stand behind a validator.
        for word, keyword in (("ge", "minimum"), ("le", "maximum")):
            if isinstance(node.get(word), int):
                node[keyword] = node.pop(word)
        if isinstance(node.get("description"), str):
            node["description"] = " ".join(node["description"].split())
        for value in node.values():
            _tidy(value)
    elif isinstance(node, list):
        for value in node:
            _tidy(value)


def render_reference() -> str:
    """The reference as Markdown: a table per model, in the order in which the tree reaches them."""
    parts = [
        "# Settings",
        "",
        "<!-- Written by `python -m frontline_pipeline.settings_file --docs docs/settings.md`; do not edit. -->",
        "",
        "All `*.yaml` files of the settings folder together are one tree. `companies` and `stores` may be spread over several",
        "files; a key given twice is an error. The folder is the one named by `FRONTLINE_CONFIG`, else `config/` under the",
        "working directory or above it. `FRONTLINE_STATE` overrides `state_dir`. Unknown keys are errors.",
        "",
        "Values are read as written: `no` is a text, `010` keeps its zero, 22:30 is a time. Dates are written 2026-11-01.",
        "Ids that consist of digits are best put in quotes, which editors ask for.",
        "",
        "Secrets never stand in these files: keys that end in `_env` hold the *name* of an environment variable.",
        "",
    ]
    for model in _reachable():
        parts += _section(model)
    return "\n".join(parts).rstrip() + "\n"


def _reachable() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [Settings]
    while waiting:
        model = waiting.pop(0)
        if model not in found:
            found.append(model)
            below = [part for field in model.model_fields.values() for part in _models_in(field.annotation)]
            waiting = below + waiting
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _section(model: type[BaseModel]) -> list[str]:
    lines = [f"## {model.__name__}", "", _one_line(inspect.getdoc(model)), ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        cells = (f"`{name}`", _type(field), _default(field), _one_line(field.description))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*lines, ""]


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _type(field: FieldInfo) -> str:
    text = _special(field.metadata) or _annotation(field.annotation)
    if text != _NAMES[int]:
        return text
    limits = {name: getattr(item, name) for item in field.metadata for name in ("ge", "le") if hasattr(item, name)}
    if "ge" in limits and "le" in limits:
        return f"{text}, {limits['ge']} to {limits['le']}"
    return f"{text}, at least {limits['ge']}" if "ge" in limits else text


_NAMES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    dt.date: "date",
    dt.time: "time of day",
    Decimal: "number",
}


def _special(metadata: Iterable[Any]) -> str | None:
    """The name of a constrained type that recurs, by its constraints."""
    for item in metadata:
        constraints = (item, *getattr(item, "metadata", ()))
        if any(getattr(part, "pattern", None) == ENV_PATTERN for part in constraints):
            return "name of an environment variable"
        if any(getattr(part, "ge", None) == LOWEST_ACCOUNT for part in constraints):
            return "account number"
    return None


def _annotation(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _special(arguments[1:]) or _annotation(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_annotation(part) for part in arguments if part is not types.NoneType)
    if origin is dict:
        return f"{_annotation(arguments[0])} -> {_annotation(arguments[1])}"
    if origin is tuple:
        return f"list of {_annotation(arguments[0]).replace(' or ', ', ')}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _NAMES[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if value is None or value in ({}, (), ""):
        return "-"
    if isinstance(value, BaseModel):
        return "its defaults"
    if isinstance(value, dt.time):
        return f"`{value:%H:%M}`"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f"`{value}`"
