"""What the queries of all nouns share: rows as frozen dataclasses, pages with a keyset cursor."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Table,
    bindparam,
    select,
)

from projections.annulments import annulled_position

T = TypeVar("T")

BY_THE_WORLD = "by_the_world"
"""Execution option of a connection on tables that were folded in the order of the world."""

Tables = Connection
"""What every query reads from: a connection of `Engine.reading()`."""


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows in order, and the cursor that continues after them (none: these were the last)."""

    rows: list[T]
    cursor: int | None


def at_most(rows: int | str) -> BindParameter[int]:
    """A LIMIT that is part of the statement's text: a number, or the name it is bound by.

    PostgreSQL plans a statement that is prepared without its parameters: a limit it does not see is
    a tenth of the table to it, and it sorts or hashes all of that for a page.
    """
    if isinstance(rows, str):
        return bindparam(rows, type_=Integer, literal_execute=True)
    return bindparam(None, rows, Integer, literal_execute=True)


def rows_as(
    kind: type[T], table: Table, *where: ColumnElement[bool], **derived: ColumnElement[Any]
) -> Select[Any]:
    """SELECT the columns of `table` that are fields of the dataclass `kind`, and `derived` ones.

    A field `annulled_position` says where the row's entry was annulled.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if "annulled_position" in names:
        derived.setdefault("annulled_position", annulled_position(table.c.event))
    columns = [table.c[name] for name in names if name in table.c and name not in derived]
    return select(*columns, *(column.label(name) for name, column in derived.items())).where(*where)


def fetch(connection: Connection, kind: type[T], query: Select[Any]) -> list[T]:
    """The rows of a query as instances of `kind`."""
    found = connection.execute(query)
    names = tuple(found.keys())
    return [kind(**dict(zip(names, row, strict=True))) for row in found.all()]


def fetch_one(connection: Connection, kind: type[T], query: Select[Any]) -> T | None:
    """The first row of a query as an instance of `kind`, or None."""
    row = connection.execute(query).mappings().first()
    return None if row is None else kind(**row)


def in_order(connection: Connection, table: Table) -> tuple[ColumnElement[Any], ...]:
    """Oldest first: by the log; or by the world, where the tables are what was true at a moment."""
    position: ColumnElement[Any] = table.c.position
    if connection.get_execution_options().get(BY_THE_WORLD):
        return (table.c.occurred_at, position)
    return (position,)


def newest_first(
    connection: Connection,
    kind: type[T],
    query: Select[Any],
    position: ColumnElement[int],
    cursor: int | None,
    limit: int,
) -> Page[T]:
    """A page of rows by falling position. `cursor` is the last position of the page before.

    Positions never change and rows only come on top, so a page never repeats or skips a row.
    """
    if cursor is not None:
        query = query.where(position < cursor)
    query = query.order_by(position.desc()).limit(at_most(limit + 1))
    rows = fetch(connection, kind, query)
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, rows[-1].position if more else None)  # type: ignore[attr-defined]
