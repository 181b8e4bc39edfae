"""The second set of tables that a rebuild fills beside the live ones, and then puts in their place.

It has the live tables' names with `_new` behind them, and no index until it is loaded; after the
switch the replaced tables are `_old` until they are dropped. On PostgreSQL functions of the owner
do it (migration 0004), because the projector's role owns nothing.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy
from sqlalchemy import Connection

from projections.columns import metadata
from projections.database import answering, prepare, writing
from projections.progress import NAME, REBUILD, Progress, progress
from projections.projection import Rows

NEW, OLD = "_new", "_old"
AT_ONCE = 2
"""Tables whose indexes are built at a time on PostgreSQL."""

Turn = Callable[[], AbstractContextManager[object]]
"""Held while rows are written: the writers of SQLite wait for each other there."""

_MEMORY = "SET LOCAL maintenance_work_mem = '128MB'"
_BY_SIZE = "SELECT t FROM unnest(%s::text[]) t ORDER BY pg_relation_size((t || %s)::regclass) DESC"
_INDEX = re.compile(r'CREATE\s+(UNIQUE )?INDEX\s+"?(\w+?)"?\s+ON\s+"?\w+?"?\s*(\(.*)', re.DOTALL)


def names() -> list[str]:
    """The tables of the read side; the positions have one set for ever."""
    return [name for name in metadata.tables if name != progress.name]


class Beside(ABC):
    """The second set, of one rebuild at a time."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine

    @abstractmethod
    def begin(self) -> None:
        """Drop what an earlier rebuild left, and make the tables, empty and without indexes."""

    @abstractmethod
    def filling(self, turn: Turn) -> AbstractContextManager[Callable[[Rows], None]]:
        """A function that adds rows to them, in a transaction of its own."""

    @abstractmethod
    def index(self) -> None:
        """Build the indexes that the live tables have."""

    @abstractmethod
    def switch(self, connection: Connection) -> bool:
        """Put them in the place of the live ones if they are as far, in this transaction."""

    @abstractmethod
    def clear(self) -> None:
        """Drop the tables that were replaced."""


def beside(engine: sqlalchemy.Engine) -> Beside:
    """The second set on this database."""
    return (_Postgres if engine.dialect.name == "postgresql" else _SQLite)(engine)


class _Postgres(Beside):
    def begin(self) -> None:
        with writing(self._engine) as connection:
            connection.exec_driver_sql("SELECT projection_begin()")

    @contextmanager
    def filling(self, turn: Turn) -> Iterator[Callable[[Rows], None]]:
        def fill(rows: Rows) -> None:
            with turn(), writing(self._engine) as connection:
                rows.write(connection, NEW)

        yield fill

    def index(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(self._index, self._by_size()))

    def _by_size(self) -> list[str]:
        """The largest first: whoever is at it last has little left to do."""
        with self._engine.connect() as connection:
            return list(connection.exec_driver_sql(_BY_SIZE, (names(), NEW)).scalars())

    def _index(self, table: str) -> None:
        with writing(self._engine) as connection:
            connection.exec_driver_sql(_MEMORY)
            connection.exec_driver_sql("SELECT projection_index(%s)", (table,))

    def switch(self, connection: Connection) -> bool:
        return bool(connection.exec_driver_sql("SELECT projection_switch()").scalar())

    def clear(self) -> None:
        with writing(self._engine) as connection:
            connection.exec_driver_sql("SELECT projection_clear()")


class _SQLite(Beside):
    """Each step in a transaction a table, so that an append waits for one table at most."""

    def begin(self) -> None:
        self.clear()
        for name in names():
            (made,) = self._made("table", name).values()
            create = re.sub(r'CREATE TABLE "?\w+"?', f'CREATE TABLE "{name}{NEW}"', made, count=1)
            self._execute(create)

    @contextmanager
    def filling(self, turn: Turn) -> Iterator[Callable[[Rows], None]]:
        """Rows go into tables in memory first, which have the same names, and are moved over whole:
        that takes a tenth of the time that their values take, so others write meanwhile."""
        with answering(), self._engine.connect() as connection:
            prepare(connection, "temp_store = MEMORY")
            for name in names():
                (made,) = self._made("table", f"{name}{NEW}").values()
                connection.exec_driver_sql(made.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
            connection.commit()
            try:
                yield lambda rows: self._fill(connection, rows, turn)
            finally:
                connection.invalidate()  # with what lies in memory

    def _fill(self, connection: Connection, rows: Rows, turn: Turn) -> None:
        filled = [f'"{table.name}{NEW}"' for table, some in rows.gathered() if some]
        with connection.begin():
            rows.write(connection, NEW)
        connection.execution_options(sqlite_immediate=True)
        with turn(), connection.begin():
            for name in filled:
                connection.exec_driver_sql(f"INSERT INTO main.{name} SELECT * FROM temp.{name}")  # noqa: S608
        connection.execution_options(sqlite_immediate=False)
        with connection.begin():
            for name in filled:
                connection.exec_driver_sql(f"DELETE FROM temp.{name}")  # noqa: S608

    def index(self) -> None:
        for name in names():
            for index, made in self._made("index", name).items():
                found = _INDEX.fullmatch(made)
                assert found, made
                unique, _, columns = found.groups()
                other = index.removesuffix("_b") if index.endswith("_b") else f"{index}_b"
                self._execute(f'CREATE {unique or ""}INDEX "{other}" ON "{name}{NEW}" {columns}')

    def switch(self, connection: Connection) -> bool:
        position = Progress(self._engine)
        live, mine = position.read(connection), position.read(connection, REBUILD)
        if mine < live:
            return False
        for name in names():
            connection.exec_driver_sql(f'ALTER TABLE "{name}" RENAME TO "{name}{OLD}"')
            connection.exec_driver_sql(f'ALTER TABLE "{name}{NEW}" RENAME TO "{name}"')
        return position.move(connection, live, mine, NAME) and position.move(
            connection, mine, 0, REBUILD
        )

    def clear(self) -> None:
        for name in names():
            self._execute(f'DROP TABLE IF EXISTS "{name}{OLD}"')
            self._execute(f'DROP TABLE IF EXISTS "{name}{NEW}"')
        reset = f"UPDATE projection_progress SET position = 0 WHERE name = '{REBUILD}'"  # noqa: S608
        self._execute(reset)

    def _made(self, kind: str, table: str) -> dict[str, str]:
        """The statements that made a table, or its indexes, by name."""
        with self._engine.connect() as connection:
            rows = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_schema WHERE type = ? AND tbl_name = ?"
                " AND sql IS NOT NULL ORDER BY name",
                (kind, table),
            )
            return {row.name: row.sql for row in rows}

    def _execute(self, statement: str) -> None:
        with writing(self._engine) as connection:
            connection.exec_driver_sql(statement)
