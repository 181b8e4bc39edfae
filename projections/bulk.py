"""Many rows into one table with one statement, past SQLAlchemy's own executemany.

That one builds a dictionary of bound parameters for each row, which costs more than the database
itself; here the column types convert straight into the driver's tuples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.types import TypeEngine

_Convert = Callable[[Any], Any]


def insert_all(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """INSERT rows that have every column of the table, in the order given."""
    statement, pick, converted = _plan(table, connection.dialect)
    values = [list(pick(row)) for row in rows]
    for index, convert in converted:
        before = result = None
        for row in values:
            value = row[index]
            if value is not None:
                if value is not before:  # what the rows of one event share is converted once
                    before, result = value, convert(value)
                row[index] = result
    connection.exec_driver_sql(statement, [tuple(row) for row in values])


@cache
def _plan(
    table: Table, dialect: Dialect
) -> tuple[str, Callable[[dict[str, Any]], tuple[Any, ...]], list[tuple[int, _Convert]]]:
    """The statement, how to take a row apart, and which of its values the driver does not know."""
    names = [column.name for column in table.columns]
    quote = dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    marks = ", ".join([mark] * len(names))
    converts = (_convert(column.type, dialect) for column in table.columns)
    return (
        f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})",  # noqa: S608 - our names
        itemgetter(*names),
        [(index, convert) for index, convert in enumerate(converts) if convert is not None],
    )


def _convert(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """What a column's type does to a value on its way in; None where the driver takes it as it is."""
    return kind.dialect_impl(dialect).bind_processor(dialect)
