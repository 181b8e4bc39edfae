"""What a projection is: its tables, a handler for each event it follows; and how handlers write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    update,
)

from ledger.events import Entry, Event
from projections.bulk import insert_all

E = TypeVar("E", bound=Event)


class Rows:
    """The writes of one batch, inside the engine's transaction.

    Inserts are gathered and sent many at a time; they are sent before anything is changed or read,
    so a handler sees all that came before it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._blank: dict[Table, dict[str, None]] = {}
        self._touched: defaultdict[tuple[Table, str], dict[Any, dict[str, Any]]] = defaultdict(dict)

    def insert(self, table: Table, **values: Any) -> None:
        blank = self._blank.get(table)
        if blank is None:
            blank = self._blank[table] = dict.fromkeys(table.c.keys())
        self._waiting[table].append(blank | values)

    def update(self, table: Table, *where: ColumnElement[bool], **values: Any) -> None:
        self.flush()
        self._connection.execute(update(table).where(*where).values(**values))

    def touch(self, table: Table, key: str, value: Any, **values: Any) -> None:
        """Change the row with this key later, in one go with others: the last word wins.

        Always the same columns for a table, and never one that a handler reads back.
        """
        self._touched[table, key][value] = values

    def annul(self, table: Table, entry: Entry, *where: ColumnElement[bool]) -> None:
        """Mark rows as counting no more from this entry (an `EntryAnnulled`) on."""
        self.update(table, *where, annulled_position=entry.position)

    def first(self, query: Select[Any]) -> Row[Any] | None:
        self.flush()
        return self._connection.execute(query).first()

    def all(self, query: Select[Any]) -> list[Row[Any]]:
        self.flush()
        return list(self._connection.execute(query))

    def flush(self) -> None:
        for table, rows in self._waiting.items():
            insert_all(self._connection, table, rows)
        self._waiting.clear()

    def finish(self) -> None:
        """Send what waits: the end of the batch."""
        self.flush()
        for (table, key), changes in self._touched.items():
            changed = update(table).where(table.c[key] == bindparam("_key"))
            rows = [{"_key": value} | values for value, values in changes.items()]
            self._connection.execute(changed, rows)
        self._touched.clear()


class Projection:
    """A noun of the read side: the tables it owns alone, and what each event does to them."""

    def __init__(self, *tables: Table) -> None:
        self.tables = tables
        self._of_kind: defaultdict[type[Event], list[Callable[[Rows, Entry, Any], None]]]
        self._of_kind = defaultdict(list)
        self._of_all: list[Callable[[Rows, Entry], None]] = []

    def on(self, kind: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register a handler of one event type; in the order in which they stand in the file."""

        def register(handler: Handler[E]) -> Handler[E]:
            self._of_kind[kind].append(handler)
            return handler

        return register

    def each(self, handler: Callable[[Rows, Entry], None]) -> Callable[[Rows, Entry], None]:
        """Register a handler of every event, called after the others."""
        self._of_all.append(handler)
        return handler

    def apply(self, rows: Rows, entry: Entry) -> None:
        for handler in self._of_kind.get(type(entry.body), ()):
            handler(rows, entry, entry.body)
        for handle in self._of_all:
            handle(rows, entry)


Handler = Callable[[Rows, Entry, E], None]
