"""Settings from the YAML files of a folder, with errors that name file, line and key.

Belongs here: finding the folder, loading and validating it, the secrets file, the state directory, and the command that writes
schema and reference.
Does not: the settings tree (settings.py), YAML (settings_yaml.py), the words of errors (settings_errors.py), rendering
(settings_reference.py), Dagster.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from frontline_pipeline.settings import Paths, Settings, secret_environment
from frontline_pipeline.settings_errors import problem_lines
from frontline_pipeline.settings_values import ENV_PATTERN, PATTERN_WORDS
from frontline_pipeline.settings_yaml import SettingsError, Tree, read_text, read_tree, shown

__all__ = ["LoadedSettings", "Secrets", "SettingsError", "find_config", "load_settings", "main", "read_secrets"]

CONFIG_VARIABLE = "FRONTLINE_CONFIG"
STATE_VARIABLE = "FRONTLINE_STATE"
_OURS = re.compile(r"^(companies|stores|partitions)\s*:", re.MULTILINE)


class Secrets(Mapping[str, str]):
    """Variables of a secrets file. Shows nothing of itself, and is not pickled."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({len(self)} names)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("secrets are not pickled")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Validated settings and what belongs to the place they were read from."""

    settings: Settings = field(repr=False)
    secrets: Secrets = field(repr=False)
    """Of the secrets file; empty without one. The environment wins over it: use `environment()`."""
    config_dir: Path
    project_dir: Path
    """The folder that holds the settings folder; relative paths in the settings start here."""
    paths: Paths = field(repr=False)

    def environment(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """The process's environment with the secrets file behind it. Holds secrets: pass it on, never print it."""
        return secret_environment(os.environ if environ is None else environ, self.secrets)


def find_config(explicit: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The settings folder: `explicit`, else FRONTLINE_CONFIG, else `config/` under the working directory or one of its
    parents, else the one beside the package (a clone of the repository).

    Raises SettingsError when the folder named does not exist, or none is found.
    """
    named = (environ if environ is not None else os.environ).get(CONFIG_VARIABLE, "").strip()
    if explicit is not None or named:
        folder = explicit if explicit is not None else Path(named)
        if not folder.is_dir():
            origin = "" if explicit is not None else f" (named by {CONFIG_VARIABLE})"
            raise SettingsError(
                [f"{folder}: no such folder{origin}; a folder with *.yaml files of settings is expected"]
            )
        return folder.resolve()
    here = Path.cwd()
    for parent in (here, *here.parents, Path(__file__).resolve().parent.parent):
        if _holds_settings(parent / "config"):
            return parent / "config"
    raise SettingsError(
        [f"no folder config/ with settings in {here} or above; name one by {CONFIG_VARIABLE} or --config"]
    )


def _holds_settings(folder: Path) -> bool:
    # Other projects have a config/ as well; ours shows by its keys.
    return any(_OURS.search(file.read_text("utf-8", errors="replace")) for file in _files(folder, "*.yaml"))


def _files(folder: Path, pattern: str) -> list[Path]:
    # Editors leave hidden lock and backup files.
    return sorted(file for file in folder.glob(pattern) if file.is_file() and not file.name.startswith("."))


def load_settings(
    config_dir: Path, *, state_dir: Path | str | None = None, environ: Mapping[str, str] | None = None
) -> LoadedSettings:
    """Read and validate every *.yaml of a folder as one tree; `companies` and `stores` may be spread over files.

    `state_dir`, else FRONTLINE_STATE, overrides the state directory of the settings; both relative to the working directory.
    Raises SettingsError with one line per problem: file, line, key, what was expected, what came.
    """
    folder = config_dir.resolve()
    tree = read_tree(_settings_files(folder))
    settings = _validated(tree, folder)
    named = (environ if environ is not None else os.environ).get(STATE_VARIABLE, "").strip()
    if override := state_dir or named:
        settings = settings.model_copy(update={"state_dir": str(Path(override).expanduser().resolve())})
    secrets = _secrets(settings, tree, folder)
    return LoadedSettings(settings, secrets, folder, folder.parent, Paths(settings, folder.parent))


def _settings_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SettingsError([f"{shown(folder)}: no such folder; a folder with *.yaml files of settings is expected"])
    if misnamed := _files(folder, "*.yml"):
        raise SettingsError([f"{shown(file)}: would not be read; rename it to {file.stem}.yaml" for file in misnamed])
    files = _files(folder, "*.yaml")
    if not files:
        raise SettingsError([f"{shown(folder)}: no settings; at least one *.yaml file is expected"])
    return files


def _validated(tree: Tree, folder: Path) -> Settings:
    try:
        return Settings.model_validate(tree.data)
    except ValidationError as error:
        lines = problem_lines(error, tree, folder)
    # Outside the handler, so that the traceback does not carry pydantic's error, which holds what came.
    raise SettingsError(lines)


def _secrets(settings: Settings, tree: Tree, folder: Path) -> Secrets:
    if settings.secrets_file is None:
        return Secrets()
    file = folder / settings.secrets_file
    if not file.is_file():
        text = f"a file beside the settings (there is no {shown(file)}); without the key, the environment alone is read"
        raise SettingsError([f"{tree.places[('secrets_file',)]}: secrets_file: {text}"])
    return read_secrets(file)


def read_secrets(file: Path) -> Secrets:
    """Variables from a file of NAME=value lines; blank lines and lines that begin with # are skipped.

    Spaces around name and value, and one pair of quotes around the value, do not count. Raises SettingsError that names
    file and line, and never a value.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for number, raw in enumerate(read_text(file).splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not re.fullmatch(ENV_PATTERN, name):
            problems.append(f"{shown(file)}:{number}: NAME=value, with {PATTERN_WORDS[ENV_PATTERN]} before the =")
        elif name in values:
            problems.append(f"{shown(file)}:{number}: {name} is given twice")
        else:
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            values[name] = value[1:-1] if quoted else value
    if problems:
        raise SettingsError(problems)
    return Secrets(values)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m frontline_pipeline.settings_file`: write, or with --check compare, the JSON Schema and the reference."""
    import argparse

    from frontline_pipeline.settings_reference import export_schema, render_reference, schema_text

    parser = argparse.ArgumentParser(prog="python -m frontline_pipeline.settings_file", description=main.__doc__)
    parser.add_argument("--schema", type=Path, help="file for the JSON Schema, e.g. config/settings.schema.json")
    parser.add_argument("--docs", type=Path, help="file for the reference, e.g. docs/settings.md")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is not up to date")
    options = parser.parse_args(arguments)
    wanted: list[tuple[Path, str]] = []
    if options.schema is not None:
        wanted.append((options.schema, schema_text(export_schema())))
    if options.docs is not None:
        wanted.append((options.docs, render_reference()))
    if not wanted:
        parser.error("--schema FILE or --docs FILE is needed")
    stale = False
    for file, text in wanted:
        if not options.check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            stale = True
            sys.stderr.write(f"{file} is not up to date; run the same command without --check\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
