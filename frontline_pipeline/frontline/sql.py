"""Extracts as SQL views: one view per frame, `<schema>.<prefix><frame>`, with a text column `store`.

Belongs here: reading the views through SQLAlchemy on any dialect, so that no amount ever becomes a float on the way.
Does not: the frames (frames/raw.py), the rules of a store-day (storeday.py), the posting log (posting/).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import exc

from frontline_pipeline.frames.bundle import Bundle
from frontline_pipeline.frames.raw import MASTER_FRAMES, RECEIPT_FRAMES, REQUIRED_FRAMES, Z_FRAMES, Z_REPORTS
from frontline_pipeline.frames.spec import SCALE, Column, FrameSpec, Kind
from frontline_pipeline.frontline import storeday, values
from frontline_pipeline.frontline.errors import ExtractError
from frontline_pipeline.frontline.framefiles import frame_csv
from frontline_pipeline.frontline.storeday import Piece, Pieces, Sources, Today, oslo_today
from frontline_pipeline.settings import STORE_CODE

_MASTER = {spec.name: spec for spec in MASTER_FRAMES}
_PAIRS_AT_ONCE = 200
"""SQLite limits the depth of an expression to 1000."""
_Z = ("register", "z_number")


class SqlExtracts:
    """Extract contract v1 as views; see `frontline_pipeline.frontline.source.Extracts`.

    `source` is a SQLAlchemy URL or an engine. Neither it nor any part of it appears in an error.
    """

    def __init__(
        self, source: str | sa.Engine, schema: str | None = None, prefix: str = "", today: Today = oslo_today
    ) -> None:
        self._engine = _engine(source) if isinstance(source, str) else source
        self._schema = schema
        self._prefix = prefix
        self._today = today
        self._views: dict[str, sa.TableClause] = {}

    def z_reports(self, store: str, day: dt.date) -> Bundle | None:
        """Z-reports of a store-day, None when the view has none for it. Raises ExtractError."""
        with self._connect() as connection:
            piece = self._z_reports(connection, store, day)
            if not len(piece.frame):
                return None
            storeday.check_not_future(piece.origin, day, self._today())
            pieces: Pieces = {Z_REPORTS.name: [piece]} | self._children(connection, store, piece, Z_FRAMES[1:])
        return storeday.z_bundle(store, day, pieces, self._sources(pieces, Z_FRAMES))

    def receipts(self, store: str, day: dt.date) -> Bundle:
        """Receipts of a store-day, `not_delivered` when there is no receipts view or no Z-report that day. Raises ExtractError."""
        with self._connect() as connection:
            piece = self._z_reports(connection, store, day)
            there = [spec for spec in RECEIPT_FRAMES if self._view(connection, spec) is not None]
            if not there or not len(piece.frame):
                return storeday.no_receipts(store, day)
            self._require_view(connection, RECEIPT_FRAMES[0])
            children = self._children(connection, store, piece, there)
        sources = self._sources(children, RECEIPT_FRAMES)
        return storeday.receipts_bundle(store, day, {Z_REPORTS.name: [piece]} | children, sources)

    def delivered_days(self, store: str, first: dt.date, last: dt.date) -> set[dt.date]:
        """Days from `first` to `last` that have a Z-report. Raises ExtractError."""
        column = Z_REPORTS.by_name["business_day"]
        with self._connect() as connection:
            view = self._require_view(connection, Z_REPORTS)
            day = view.c.business_day
            query = (
                sa.select(_raw(day))
                .where(_equals(view.c.store, _store(store)), day >= _day(day, first), day <= _day(day, last))
                .distinct()
            )
            rows = [tuple(row) for row in connection.execute(query)]
            days = self._parse(Z_REPORTS, [column], rows, store)["business_day"]
        return {moment.date() for moment in days}

    def covered_note(self, store: str, day: dt.date) -> str | None:
        """Always None: a view has no note of days without a Z-report; the store's calendar says when it was closed."""
        return None

    def master(self, store: str, day: dt.date, frame_name: str) -> pd.DataFrame | None:
        """One of MASTER_FRAMES, None when its view does not exist: the store's rows of `day` when the view has a `business_day`
        column, else all of the store's rows. Raises ExtractError, KeyError for the name."""
        spec = _MASTER[frame_name]
        with self._connect() as connection:
            view = self._view(connection, spec)
            if view is None:
                return None
            where = [_equals(view.c.store, _store(store))]
            if (of_day := view.c.get("business_day")) is not None:
                where.append(of_day == _day(of_day, day))
            return self._select(connection, spec, view, sa.and_(*where), store)

    def _z_reports(self, connection: sa.Connection, store: str, day: dt.date) -> Piece:
        for spec in Z_FRAMES:
            if spec.name in REQUIRED_FRAMES:
                self._require_view(connection, spec)
        view = self._require_view(connection, Z_REPORTS)
        where = sa.and_(_equals(view.c.store, _store(store)), view.c.business_day == _day(view.c.business_day, day))
        return self._piece(connection, Z_REPORTS, view, [where], store)

    def _children(self, connection: sa.Connection, store: str, z_reports: Piece, specs: Sequence[FrameSpec]) -> Pieces:
        """The rows of the Z-reports' (register, Z number) pairs, for every frame whose view exists."""
        pairs = list(dict.fromkeys(zip(*(z_reports.frame[name] for name in _Z), strict=True)))
        chunks = [pairs[start : start + _PAIRS_AT_ONCE] for start in range(0, len(pairs), _PAIRS_AT_ONCE)]
        pieces: Pieces = {}
        for spec in specs:
            view = self._view(connection, spec)
            if view is None:
                continue
            of_store = _equals(view.c.store, _store(store))
            where = [
                sa.and_(
                    of_store,
                    sa.or_(
                        *(sa.and_(*(_equals(view.c[n], v) for n, v in zip(_Z, pair, strict=True))) for pair in chunk)
                    ),
                )
                for chunk in chunks
            ]
            pieces[spec.name] = [self._piece(connection, spec, view, where, store)]
        return pieces

    def _piece(
        self,
        connection: sa.Connection,
        spec: FrameSpec,
        view: sa.TableClause,
        where: Sequence[sa.ColumnElement[bool]],
        store: str,
    ) -> Piece:
        parts = [self._select(connection, spec, view, condition, store) for condition in where]
        # A database has no order of rows; the bundle has.
        order = list(spec.key or spec.column_names)
        frame = pd.concat(parts, ignore_index=True).sort_values(order, kind="stable", ignore_index=True)
        return Piece(self._name(spec), frame, lambda row: _keys_in_words(spec, frame.iloc[row], store))

    def _select(
        self,
        connection: sa.Connection,
        spec: FrameSpec,
        view: sa.TableClause,
        where: sa.ColumnElement[bool],
        store: str,
    ) -> pd.DataFrame:
        columns = [column for column in spec.columns if column.name in view.c]
        query = sa.select(*(_exact(column, view.c[column.name]) for column in columns)).where(where)
        padded = [isinstance(view.c[column.name].type, sa.CHAR) for column in columns]
        rows = [tuple(row) for row in connection.execute(query)]
        if any(padded):
            rows = [
                tuple(v.rstrip(" ") if p and isinstance(v, str) else v for v, p in zip(row, padded, strict=True))
                for row in rows
            ]
        return spec.conform(self._parse(spec, columns, rows, store))

    def _parse(
        self, spec: FrameSpec, columns: Sequence[Column], rows: Sequence[tuple[object, ...]], store: str
    ) -> pd.DataFrame:
        frame: dict[str, pd.Series] = {}
        for position, column in enumerate(columns):
            try:
                texts = [_text(column, number, row[position]) for number, row in enumerate(rows)]
                frame[column.name] = values.parse_arrow(column, pa.array(texts, pa.string()))
            except values.BadValueError as fault:
                row = dict(zip((c.name for c in columns), rows[fault.row], strict=True))
                raise ExtractError(
                    file=self._name(spec),
                    place=f"{_keys_in_words(spec, row, store)}, column {column.name}",
                    expected=fault.expected,
                    got=fault.got,
                    next_step="correct the row or the view; docs/contract.md says what it holds",
                ) from None
        return pd.DataFrame(frame, index=pd.RangeIndex(len(rows)))

    def _require_view(self, connection: sa.Connection, spec: FrameSpec) -> sa.TableClause:
        view = self._view(connection, spec)
        if view is None:
            raise ExtractError(
                file=self._name(spec),
                expected=f"a view {self._prefix}{spec.name} with the columns of docs/contract.md",
                got="none of that name that this user may see",
                next_step="create it, grant SELECT on it, or correct schema_name and view_prefix in the settings",
            )
        return view

    def _view(self, connection: sa.Connection, spec: FrameSpec) -> sa.TableClause | None:
        """The view of a frame, its columns and their types checked once; None when there is none."""
        if spec.name not in self._views:
            try:
                found = sa.inspect(connection).get_columns(self._prefix + spec.name, schema=self._schema)
            except exc.NoSuchTableError:
                return None
            self._check_columns(spec, {column["name"]: column["type"] for column in found})
            self._views[spec.name] = sa.table(
                self._prefix + spec.name,
                *(sa.column(column["name"], column["type"]) for column in found),
                schema=self._schema,
            )
        return self._views[spec.name]

    def _check_columns(self, spec: FrameSpec, types: dict[str, sa.types.TypeEngine[object]]) -> None:
        allowed = {"store", *spec.column_names, *(["business_day"] if spec.name in _MASTER else [])}
        unknown = sorted(types.keys() - allowed)
        missing = [name for name in ("store", *spec.column_names) if name not in types and _must_be_there(spec, name)]
        if unknown or missing:
            raise ExtractError(
                file=self._name(spec),
                expected=f"the column {', '.join(missing)}" if missing else f"only {', '.join(sorted(allowed))}",
                got="a view without it" if missing else f"unknown {', '.join(unknown[:5])}",
                next_step="correct the view; docs/contract.md lists its columns",
            )
        for column in spec.columns:
            found = types.get(column.name)
            if found is not None and (reason := _inexact(column, found)):
                raise ExtractError(
                    file=self._name(spec),
                    place=f"column {column.name}",
                    expected="NUMERIC or text" if column.kind in SCALE else "INTEGER, NUMERIC or text",
                    got=reason,
                    next_step="have the view give the exact stored value, not a cast of a float",
                )

    def _sources(self, pieces: Pieces, specs: Sequence[FrameSpec]) -> Sources:
        """(view, SHA-256 of its rows as CSV): what the audit trail can hold of a view."""
        return tuple(
            (f"{self._prefix}{spec.name}", hashlib.sha256(frame_csv(piece.frame, spec)).hexdigest())
            for spec in specs
            for piece in pieces.get(spec.name, [])
        )

    def _name(self, spec: FrameSpec) -> str:
        schema = f"{self._schema}." if self._schema else ""
        return f"view {schema}{self._prefix}{spec.name} ({self._engine.dialect.name})"

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        """A connection; whatever the driver says is cut down to what cannot hold a password or a person's data."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except exc.SQLAlchemyError as error:
            raise ExtractError(
                file=f"SQL source ({self._engine.dialect.name})",
                expected="an answer from the database",
                got=_reason(error),
                next_step="check that the database runs, that source.url_env names the right URL, and the rights of its user",
            ) from None


def _engine(url: str) -> sa.Engine:
    try:
        return sa.create_engine(url, pool_pre_ping=True)
    except (exc.ArgumentError, ImportError, ValueError) as error:
        raise ExtractError(
            file="SQL source",
            expected="a SQLAlchemy URL such as postgresql+psycopg://reader@db.example/pos, and its driver installed",
            got=f"one that gives {type(error).__name__} (not shown: it may hold a password)",
            next_step="correct the environment variable that source.url_env names, or install the driver",
        ) from None


def _reason(error: exc.SQLAlchemyError) -> str:
    """Class and SQLSTATE; the text only for a wrong statement, which names columns and no values."""
    original = error.orig if isinstance(error, exc.DBAPIError) else None
    if original is None:
        return type(error).__name__
    state = getattr(original, "sqlstate", None)
    text = f"{type(original).__name__}{f' {state}' if state else ''}"
    if isinstance(error, exc.ProgrammingError) and error.statement:
        text += f" ({str(original).splitlines()[0][:200]})"
    return text


def _store(store: str) -> str:
    if not STORE_CODE.fullmatch(store):
        raise ValueError(f"{store!r} is no store code")
    return store


def _must_be_there(spec: FrameSpec, name: str) -> bool:
    return name == "store" or not spec.by_name[name].nullable


def _inexact(column: Column, found: sa.types.TypeEngine[object]) -> str | None:
    """Why a column's declared type cannot be trusted with its kind."""
    if column.kind not in SCALE and column.kind is not Kind.INT:
        return None
    name = found.__visit_name__.upper()
    if isinstance(found, sa.Float):
        return f"{name}, and a float is never exact"
    if name in ("MONEY", "SMALLMONEY"):
        return f"{name}, whose text form depends on the server"
    if column.kind in SCALE and isinstance(found, sa.Integer):
        return f"{name}, which could be whole kroner or øre, units or thousandths"
    return None


def _raw(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """As the driver gives it: SQLAlchemy's own conversions make floats and dates we have not checked."""
    return sa.type_coerce(column, sa.types.NullType())


def _exact(column: Column, view_column: sa.ColumnElement[object]) -> sa.ColumnElement[str] | sa.ColumnElement[object]:
    """Numbers as text made by the database: SQLite's driver would make a float of a NUMERIC."""
    if column.kind in SCALE or column.kind is Kind.INT:
        return sa.cast(view_column, sa.String(64)).label(column.name)
    return _raw(view_column).label(column.name)


def _equals(column: sa.ColumnElement[object], value: str) -> sa.ColumnElement[bool]:
    """`column = value` in the column's own type, so that an index serves; as text where the type is not known."""
    if isinstance(column.type, sa.Integer | sa.Numeric) and not isinstance(column.type, sa.Float):
        return column == sa.literal(int(value), sa.BigInteger) if value.isascii() and value.isdigit() else sa.false()
    if isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum):
        return column == sa.literal(value, sa.String())
    return sa.cast(column, sa.String(255)) == sa.literal(value, sa.String())


def _day(column: sa.ColumnElement[object], day: dt.date) -> sa.BindParameter[object]:
    """The day in the column's own type: text where dates are text (SQLite), else a date."""
    if isinstance(column.type, sa.String | sa.types.NullType):
        return sa.literal(day.isoformat(), sa.String())
    return sa.literal(day, sa.Date())


def _text(column: Column, row: int, value: object) -> str | None:
    """A driver's value as the text that values.py parses; no float gets through."""
    if value is None or isinstance(value, str):
        return value
    if column.kind is Kind.BOOL and value in (0, 1):
        return "true" if value else "false"
    if column.kind in (Kind.DATE, Kind.TIMESTAMP) and isinstance(value, dt.date):
        midnight = isinstance(value, dt.datetime) and column.kind is Kind.DATE and value.time() == dt.time()
        return value.date().isoformat() if midnight and isinstance(value, dt.datetime) else value.isoformat()
    if column.kind is Kind.TEXT and isinstance(value, int | uuid.UUID) and not isinstance(value, bool):
        return str(value)
    if column.kind is Kind.TEXT and isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    raise values.BadValueError(row, values.EXPECTED[column.kind], f"a {type(value).__name__}")


def _keys_in_words(spec: FrameSpec, row: Mapping[str, object] | pd.Series, store: str) -> str:
    names = [name for name in (*_Z, *spec.key) if name in row]
    return ", ".join([f"store {store}", *(f"{name} {row[name]!r}" for name in dict.fromkeys(names))])
