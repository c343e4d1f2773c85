"""YAML files as one tree in which every key knows its file, line and column.

Belongs here: reading, merging and the YAML mistakes: syntax, encoding, a key given twice.
Does not: what the keys mean (settings.py), errors of values (settings_errors.py), finding the folder (settings_file.py).

Plain scalars are read as text, but for null, true, false and whole numbers without leading zeros. So the traps of YAML 1.1 do
not bite: `no` is a text, `010` stays 010, 22:30 is no number of base 60, 11.222 and 1e3 and 2026-11-01 arrive as written. The
models convert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from frontline_pipeline.settings_values import KeyPath

Scalar: TypeAlias = str | int | bool | None
Value: TypeAlias = "Scalar | dict[str, Value] | list[Value]"

MERGED = ("companies", "stores")
"""Top-level mappings whose keys may come from several files."""
_MOST_NODES = 100_000

_NULL, _BOOL, _INT, _STR = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "str"))
_TAGS = (_NULL, _BOOL, _INT, _STR, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
# Longer digits are ids, not numbers, and Python refuses to convert very long ones.
_INT_PATTERN = re.compile(r"^(?:0|-?[1-9][0-9]{0,17})$")


class SettingsError(ValueError):
    """Settings that cannot be used; one line per problem. The command line ends with exit code 2."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or a list item stands; line and column count from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}"


@dataclass(slots=True)
class Tree:
    """The merged files: plain data, and the place of every key and list item."""

    data: dict[str, Value] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)


def shown(path: Path) -> str:
    """A path as a person would click it: relative to the working directory where it lies below, else absolute."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def dotted(path: KeyPath) -> str:
    """A key path in words: stores.oslo.registers[1], tenders["11.222"]."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the scalars of this module."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


_Loader.add_implicit_resolver(_NULL, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(_INT, _INT_PATTERN, list("-0123456789"))


def read_tree(files: Sequence[Path]) -> Tree:
    """All files as one tree. Raises SettingsError with every mistake of every file."""
    tree = Tree()
    problems: list[str] = []
    for file in files:
        try:
            node = _compose(file)
        except SettingsError as error:
            problems += error.problems
            continue
        if node is None:
            continue
        if not isinstance(node, yaml.MappingNode):
            problems.append(f"{_place(file, node)}: keys such as stores: expected at the top (got a list or a text)")
            continue
        reader = _Reader(file)
        part = reader.mapping(node, ())
        problems += reader.problems
        problems += _merge(tree, Tree(part, reader.places))
    if problems:
        raise SettingsError(problems)
    return tree


def read_text(file: Path) -> str:
    """A file as UTF-8 text, with or without a byte order mark. Raises SettingsError that names the line of a wrong byte."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError([f"{shown(file)}: cannot be read: {error.strerror}"]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"not UTF-8 (byte 0x{content[error.start]:02x}); save the file as UTF-8"
        raise SettingsError([f"{shown(file)}:{line}: {text}"]) from None


def _compose(file: Path) -> yaml.Node | None:
    text = read_text(file)
    loader = None
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"not valid YAML at column {column}: {error.problem or error.context}{_hint(error)}"
        raise SettingsError([f"{shown(file)}:{line}: {problem}"]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SettingsError([f"{shown(file)}:{line}: a control character, which YAML does not allow"]) from None
    except RecursionError:
        raise SettingsError([f"{shown(file)}: nested too deeply"]) from None
    finally:
        if loader is not None:
            loader.dispose()


def _hint(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "\\t" in problem:
        return "; indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return "; a value with a colon and a space in it needs quotes, and keys of one level the same indentation"
    if "another document" in problem:
        return "; one document per file, without ---"
    return ""


def _place(file: Path, node: yaml.Node) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


class _Reader:
    """Turns the nodes of one file into plain data and remembers places and mistakes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.places: dict[KeyPath, Place] = {}
        self.problems: list[str] = []
        self._open: list[yaml.Node] = []
        self._count = 0

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for key_node, value_node in node.value:
            place = _place(self.file, key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(place, path, "a key must be a plain text")
                continue
            key = str(key_node.value)
            below = (*path, key)
            if key == "<<" and key_node.style is None:
                self._problem(place, below, "merge keys are not supported; a store's ledger is laid over its company's")
            elif key in result:
                self._problem(place, below, f"given twice, first at {self.places[below]}")
            else:
                self.places[below] = place
                result[key] = self._value(value_node, below)
        return result

    def _value(self, node: yaml.Node, path: KeyPath) -> Value:
        place = _place(self.file, node)
        self._count += 1
        if node in self._open:
            self._problem(place, path, "an anchor must not contain itself")
            return None
        if self._count > _MOST_NODES:
            if self._count == _MOST_NODES + 1:
                self._problem(place, path, "too much content; aliases are repeated too often")
            return None
        self._open.append(node)
        try:
            if node.tag not in _TAGS:
                self._problem(place, path, f"tags such as {node.tag} are not supported")
                return None
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node, path)
            return _scalar(node)
        finally:
            self._open.pop()

    def _sequence(self, node: yaml.SequenceNode, path: KeyPath) -> list[Value]:
        result: list[Value] = []
        for index, item in enumerate(node.value):
            below = (*path, index)
            self.places[below] = _place(self.file, item)
            result.append(self._value(item, below))
        return result

    def _problem(self, place: Place, path: KeyPath, text: str) -> None:
        self.problems.append(f"{place}: {dotted(path)}: {text}" if path else f"{place}: {text}")


def _scalar(node: yaml.Node) -> Scalar:
    text = str(node.value)
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if node.tag == _INT and _INT_PATTERN.match(text):
        return int(text)
    # What a tag such as !!int promises and the text does not keep stays text, for the models to judge.
    return text


def _merge(tree: Tree, part: Tree) -> list[str]:
    problems: list[str] = []

    def add(target: dict[str, Value], source: Mapping[str, Value], path: KeyPath) -> None:
        for key, value in source.items():
            below = (*path, key)
            present = target.get(key)
            if key not in target:
                target[key] = value
            elif not path and key in MERGED and isinstance(present, dict) and isinstance(value, dict):
                add(present, value, below)
            else:
                first, second = tree.places[below], part.places[below]
                problems.append(f"{second}: {dotted(below)}: given twice, first at {first}")

    add(tree.data, part.data, ())
    tree.places = {**part.places, **tree.places}
    return problems
