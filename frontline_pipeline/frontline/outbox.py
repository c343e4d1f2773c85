"""Keys returned to Frontline: files in an outbox folder, and a table where extracts come from SQL.

Belongs here: writing a keys frame so that writing it again changes nothing.
Does not: make the frame (masterdata/matched.py), know links (posting/).

A file is replaced whole and only when its content changes; a table gets what is new or different, in one transaction.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import exc

from frontline_pipeline.frames.spec import FrameSpec, Kind
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.framefiles import write_frame
from frontline_pipeline.settings import Source, SqlSource
from frontline_pipeline.settings_masterdata import KeySettings

_AT_ONCE = 500


def write_keys(frame: pd.DataFrame, spec: FrameSpec, folder: Path, suffix: str) -> tuple[Path, bool]:
    """`frame` as `<folder>/<spec>.<suffix>`; the path, and whether anything changed there."""
    path = folder / f"{spec.name}.{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    # A dot before it: a reader of the outbox never takes half a file for a whole one.
    draft = folder / f".{spec.name}-{uuid.uuid4().hex[:8]}.{suffix}"
    try:
        write_frame(frame, spec, draft)
        if path.is_file() and path.read_bytes() == draft.read_bytes():
            return path, False
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path, True


def keys_table(spec: FrameSpec, keys: KeySettings) -> sa.Table:
    """The table of a keys frame: a column `company` before those of the frame; the key is unique in its company."""
    kinds: dict[Kind, sa.String | sa.BigInteger] = {
        Kind.TEXT: sa.String(150),
        Kind.INT: sa.BigInteger(),
        Kind.TIMESTAMP: sa.String(40),
    }
    return sa.Table(
        f"{keys.table_prefix}{spec.name}",
        sa.MetaData(schema=keys.schema_name),
        sa.Column("company", sa.String(40), primary_key=True),
        *(
            sa.Column(column.name, kinds[column.kind], primary_key=column.name in spec.key, nullable=column.nullable)
            for column in spec.columns
        ),
    )


def wants_table(source: Source, keys: KeySettings) -> bool:
    """Whether keys go into a table as well."""
    return keys.table and isinstance(source, SqlSource)


def write_table(
    frame: pd.DataFrame, spec: FrameSpec, company: str, source: Source, keys: KeySettings, environ: Mapping[str, str]
) -> int:
    """`frame` into its table (made when it is not there): rows that are new or different; how many.

    Times stand as ISO 8601 with their offset. Raises ExtractError, which shows no URL.
    """
    if not isinstance(source, SqlSource):
        raise ValueError("keys go into a table only where extracts come from SQL")
    name = keys.url_env or source.url_env
    url = environ.get(name, "")
    table = keys_table(spec, keys)
    try:
        engine = sa.create_engine(url, hide_parameters=True)
        try:
            with engine.begin() as connection:
                table.create(connection, checkfirst=True)
                return _upsert(connection, table, spec, _rows(frame, spec), company)
        finally:
            engine.dispose()
    except (exc.SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
        why = type(getattr(error, "orig", None) or error).__name__
    raise ExtractError(
        file=f"table {table.fullname}",
        expected=f"a database that the user of {name} may write keys into",
        got=why,
        next_step="give that user the right to make and write the table, name another in keys.url_env, or set keys.table: false",
    )


def _rows(frame: pd.DataFrame, spec: FrameSpec) -> dict[tuple[object, ...], dict[str, object]]:
    plain = frame.astype("object").where(frame.notna(), None).to_dict("records")
    rows = [{name: _cell(value) for name, value in row.items()} for row in plain]
    return {tuple(row[name] for name in spec.key): {str(k): v for k, v in row.items()} for row in rows}


def _cell(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _upsert(
    connection: sa.Connection,
    table: sa.Table,
    spec: FrameSpec,
    rows: dict[tuple[object, ...], dict[str, object]],
    company: str,
) -> int:
    columns = [table.c[name] for name in spec.column_names]
    there = {
        tuple(row[spec.column_names.index(name)] for name in spec.key): dict(zip(spec.column_names, row, strict=True))
        for row in connection.execute(sa.select(*columns).where(table.c.company == company))
    }
    changed = [key for key, row in rows.items() if there.get(key) != row]
    old = [key for key in changed if key in there]
    own = table.c[spec.key[0]]
    for start in range(0, len(old), _AT_ONCE):
        part = [key[0] for key in old[start : start + _AT_ONCE]]
        connection.execute(table.delete().where(table.c.company == company, own.in_(part)))
    if changed:
        connection.execute(table.insert(), [{"company": company, **rows[key]} for key in changed])
    return len(changed)
