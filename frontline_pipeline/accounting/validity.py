"""Are the frames of a bundle what the contract says? pandera's verdict in words that name rows by their keys.

Belongs here: running the pandera schemas lazily over a bundle's frames, and turning failure cases into failures and findings.
Does not: arithmetic over a Z-report (z_report.py), reading of files (frontline/).

A failure names frame, column, check and the key of the row, never the value: a value may be personal, or a typing slip of one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
import pandera.errors

from frontline_pipeline.accounting.model import Finding
from frontline_pipeline.accounting.rules import CAP, make_finding
from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.gate import gate
from frontline_pipeline.frames.spec import FrameSpec

_STRUCTURE = ("column_in_dataframe", "column_in_schema", "column_ordered", "not_nullable")
_DUPLICATE = "multiple_fields_uniqueness"


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a frame breaks its schema; `structural` means its rows can't be read safely."""

    frame: str
    words: str
    structural: bool
    duplicate: bool = False
    register: str | None = None
    z_number: str | None = None


def frame_of(bundle: Bundle, spec: FrameSpec) -> pd.DataFrame:
    """The bundle's frame, or an empty one where the extract left the frame out."""
    frame = bundle.frames.get(spec.name)
    return spec.empty() if frame is None else frame


def failures(bundle: Bundle, specs: Iterable[FrameSpec]) -> list[Failure]:
    """What is wrong with the bundle's frames, in the order of the specs; empty when all are valid."""
    found: list[Failure] = []
    for spec in specs:
        found += frame_failures(frame_of(bundle, spec), spec)
    return found


def frame_failures(frame: pd.DataFrame, spec: FrameSpec) -> list[Failure]:
    """What is wrong with one frame: structure first, then rows, then repeated keys."""
    try:
        gate(spec).validate(frame, lazy=True, inplace=True)
    except pandera.errors.SchemaErrors:
        return _named_failures(frame, spec)
    return []


def _named_failures(frame: pd.DataFrame, spec: FrameSpec) -> list[Failure]:
    try:
        spec.keyed_schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return _from_cases(frame, spec, errors.failure_cases)
    return []


def readable(frame: pd.DataFrame, spec: FrameSpec) -> bool:
    """Whether the frame has no structural failure: exact columns and dtypes, no empty cell where none may be."""
    return spec.fits(frame) and not any(frame[column.name].hasnans for column in spec.columns if not column.nullable)


def findings(found: list[Failure], rule: str, bundle: Bundle, next_step: str) -> list[Finding]:
    """Findings of a rule, one per failure, at most CAP and then one that counts the rest."""
    out = [
        make_finding(
            rule,
            bundle.store,
            bundle.business_day,
            failure.words,
            next_step,
            register=failure.register,
            z_number=failure.z_number,
            subject=failure.frame,
        )
        for failure in found[:CAP]
    ]
    if len(found) > CAP:
        more = (
            f"{len(found) - CAP} more faults of the same kind in {bundle.store} {bundle.business_day} are not listed."
        )
        out.append(make_finding(rule, bundle.store, bundle.business_day, more, next_step))
    return out


def _from_cases(frame: pd.DataFrame, spec: FrameSpec, cases: pd.DataFrame) -> list[Failure]:
    structure: list[Failure] = []
    rows: list[Failure] = []
    repeated: dict[tuple[str, ...], Failure] = {}
    for case in cases.to_dict("records"):
        check = str(case["check"])
        if check == _DUPLICATE:
            key = _key(frame, spec, case["index"])
            repeated.setdefault(
                tuple(key.values()),
                Failure(
                    spec.name,
                    f"{spec.name} holds the row {_words(key)} more than once; its key must be unique.",
                    False,
                    True,
                    key.get("register"),
                    key.get("z_number"),
                ),
            )
        elif check == "column_ordered":
            # Follows from a missing or strange column, or from a reader that did not conform the frame.
            structure.append(
                Failure(spec.name, f"{spec.name} has its columns in another order than the contract.", True)
            )
        elif pd.isna(case["index"]):
            structure.append(Failure(spec.name, _structure_words(frame, spec, case, check), True))
        else:
            key = _key(frame, spec, case["index"])
            wanted = "not empty" if check == "not_nullable" else check
            words = f"{spec.name}.{case['column']} must be {wanted}; the row {_words(key)} is not."
            rows.append(Failure(spec.name, words, check in _STRUCTURE, False, key.get("register"), key.get("z_number")))
    return [*dict.fromkeys(structure), *rows, *repeated.values()]


def _structure_words(frame: pd.DataFrame, spec: FrameSpec, case: Mapping[Hashable, object], check: str) -> str:
    if check == "column_in_dataframe":
        return f"{spec.name} lacks the column {case['failure_case']}."
    if check == "column_in_schema":
        return f"{spec.name} has a column that the contract does not know: {str(case['failure_case'])[:40]}."
    column = str(case["column"])
    wanted = spec.by_name[column].dtype if column in spec.by_name else "?"
    return (
        f"{spec.name}.{column} must be of type {wanted}, not {frame[column].dtype if column in frame else 'missing'}."
    )


def _key(frame: pd.DataFrame, spec: FrameSpec, index: object) -> dict[str, str]:
    columns = [c for c in (spec.key or ("register", "z_number")) if c in frame.columns]
    if not isinstance(index, int | float):
        return {}
    row = frame.iloc[int(index)]
    return {c: "(empty)" if pd.isna(row[c]) else str(row[c]) for c in columns}


def _words(key: Mapping[str, str]) -> str:
    return ", ".join(f"{column} {value}" for column, value in key.items()) or "(without a key)"
