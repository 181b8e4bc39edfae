"""The ceiling: plain tables on the same database, one row a record, usual SQL, a commit an operation.

The same metadata in the same columns for everybody to ask by, and a log: what GDPRbench reads back
(`readLog`) is a log of every request, reads included, so every operation writes its line in its own
transaction. Nothing is sealed, and a deleted row is gone from the table only.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Any, Literal

import psycopg

from api.bench.gdpr.model import EXPIRED, Answer
from api.bench.gdpr.records import DATA, FIELDS, PUR, USR, Record, Shape
from api.bench.gdpr.workloads import Kind, Operation
from api.bench.places import Place

PREFIX = "plain"
"""What the names of all plain tables begin with."""
COLUMNS = [name.lower() for name in FIELDS]
BATCH = 500
"""Rows a transaction while loading."""

ASKED = ("pur", "usr")
"""What the operations ask by, beside the key: the indices that the ledger's tables have, too."""
EVERY = (*COLUMNS[:DATA],)
"""An index on every metadata column: what the authors of GDPRbench call for."""

_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
"""As the ledger has them."""


class Plain:
    """The plain tables of one run. Its own file on SQLite; on PostgreSQL two tables in the schema."""

    def __init__(
        self, place: Place, shape: Shape, indexed: Sequence[str] = ASKED, name: str = PREFIX
    ) -> None:
        """`indexed`: the columns that have an index; `name` (with PREFIX) if there are several."""
        self._shape = shape
        self._place = place
        self._file = place.directory / f"{name}.db"
        self._table, self._log_table = f"{name}_records", f"{name}_log"
        self._mark = "?" if place.store == "sqlite" else "%s"
        self._connection: Any = self._connect()
        self._lines = 0
        self._last: tuple[str, int] = ("", 0)
        self._create(indexed)

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def load(self) -> None:
        """Insert the records, many a transaction."""
        marks = ", ".join([self._mark] * (len(COLUMNS) + 1))
        insert = f"INSERT INTO {self._table} VALUES ({marks})"  # noqa: S608 - our own names
        for start in range(0, self._shape.records, BATCH):
            numbers = range(start, min(start + BATCH, self._shape.records))
            rows = [(k, *self._shape.record(k)) for k in numbers]
            self._connection.cursor().executemany(insert, rows)
            self._connection.commit()
        self._analyse()

    def perform(self, operation: Operation) -> Answer:
        """Carry an operation out with its line in the log, commit, and give its answer."""
        answer = self._perform(operation)
        self._log(operation)
        self._connection.commit()
        return answer

    def settle(self) -> None:
        """Nothing is left to do after an operation."""

    def bytes(self) -> int:
        """What the records take up: tables, indices and log."""
        if self._place.store == "sqlite":
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return self._file.stat().st_size
        sizes = "SELECT sum(pg_total_relation_size(n::regclass)) FROM unnest(%s::text[]) AS n"
        row = self._connection.execute(sizes, [[self._table, self._log_table]]).fetchone()
        self._connection.commit()
        return int(row[0])

    def all(self) -> dict[int, Record]:
        """Every record there is."""
        return self._found("TRUE", [])

    def _perform(self, operation: Operation) -> Answer:
        k, kind = operation.k, operation.kind
        match kind:
            case Kind.INSERT:
                marks = ", ".join([self._mark] * (len(COLUMNS) + 1))
                row = [k, *self._shape.record(k)]
                return self._struck(f"INSERT INTO {self._table} VALUES ({marks})", row)  # noqa: S608
            case Kind.READ:
                return self._found("k = ?", [k]).get(k)
            case Kind.READ_META_PURPOSE | Kind.READ_META_USER:
                return self._found(*self._where(operation), operation.length)
            case Kind.READ_METADATA_USER:
                found = self._found(*self._where(operation))
                return {n: record[:DATA] for n, record in found.items()}
            case Kind.UPDATE | Kind.UPDATE_META_PURPOSE | Kind.UPDATE_META_USER:
                return self._update(operation)
            case Kind.VERIFY_DELETION:
                return not self._found("k = ?", [k])
            case Kind.READ_LOG:
                return self._read_log(operation.length)
            case _:
                where, given = self._where(operation)
                return self._struck(f"DELETE FROM {self._table} WHERE {where}", given)  # noqa: S608

    def _where(self, operation: Operation) -> tuple[str, list[Any]]:
        """The condition of an operation that strikes what it finds."""
        if operation.kind is Kind.VERIFY_TTL:
            return "ttl = ?", [EXPIRED]
        if operation.kind in (Kind.DELETE, Kind.UPDATE):
            return "k = ?", [operation.k]
        field = PUR if operation.kind.endswith("purpose") else USR
        return f"{COLUMNS[field]} = ?", [self._shape.value(operation.k, field)]

    def _update(self, operation: Operation) -> Answer:
        where, given = self._where(operation)
        fields = range(10) if operation.kind is Kind.UPDATE else [operation.field]
        change = ", ".join(f"{COLUMNS[field]} = ?" for field in fields)
        values = [self._shape.value(operation.k, field) for field in fields]
        statement = f"UPDATE {self._table} SET {change} WHERE {where}"  # noqa: S608 - our own names
        struck = self._struck(statement, [*values, *given])
        return None if operation.kind is Kind.UPDATE_META_PURPOSE else struck

    def _found(self, where: str, given: list[Any], most: int = 0) -> dict[int, Record]:
        query = f"SELECT * FROM {self._table} WHERE {where}"  # noqa: S608 - our own names
        if most:
            query += " ORDER BY k DESC LIMIT ?"
            given = [*given, most]
        rows = self._run(query, given).fetchall()
        return {row[0]: Record(*row[1:]) for row in rows}

    def _read_log(self, length: int) -> bool:
        """Whether the newest lines are all there, without a gap, down from what was done last."""
        query = f"SELECT * FROM {self._log_table} ORDER BY line DESC LIMIT ?"  # noqa: S608 - our own names
        rows = self._run(query, [length]).fetchall()
        expected = range(self._lines, max(self._lines - length, 0), -1)
        gapless = [row[0] for row in rows] == list(expected)
        return gapless and (not rows or (rows[0][2], rows[0][3]) == self._last)

    def _log(self, operation: Operation) -> None:
        self._lines += 1
        self._last = (operation.kind.value, operation.k)
        line = [self._lines, time.time(), *self._last, operation.field]
        marks = ", ".join("?" * len(line))
        self._run(f"INSERT INTO {self._log_table} VALUES ({marks})", line)  # noqa: S608 - our own names

    def _struck(self, statement: str, given: list[Any]) -> int:
        return int(self._run(statement, given).rowcount)

    def _run(self, statement: str, given: list[Any]) -> Any:
        return self._connection.execute(statement.replace("?", self._mark), given)

    def _connect(self) -> sqlite3.Connection | psycopg.Connection[Any]:
        if self._place.store == "sqlite":
            connection = sqlite3.connect(self._file)
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            return connection
        owner = self._place.owner()
        owner.autocommit = False
        return owner

    def _create(self, indexed: Sequence[str]) -> None:
        columns = ", ".join(f"{name} text NOT NULL" for name in COLUMNS)
        number: Literal["integer", "bigint"] = "integer"
        if self._place.store == "postgresql":
            number = "bigint"
        self._run(f"CREATE TABLE {self._table} (k {number} PRIMARY KEY, {columns})", [])
        for name in indexed:
            self._run(f"CREATE INDEX {self._table}_{name} ON {self._table} ({name}, k)", [])
        self._run(
            f"CREATE TABLE {self._log_table} (line {number} PRIMARY KEY, at double precision "
            f"NOT NULL, operation text NOT NULL, k {number} NOT NULL, field integer NOT NULL)",
            [],
        )
        self._connection.commit()

    def _analyse(self) -> None:
        """Statistics, as a database that has run for a while has them."""
        self._run(f"ANALYZE {self._table}", [])
        self._connection.commit()
