"""What a projection is: its tables, a handler for each event it follows; and how handlers write.

Tables of the read side only grow: a handler says what an event brought and changes nothing that an
earlier one left. What came of it later (annulled, superseded, erased, answered …) is a row of its
own, and a query puts them together when it is asked. So an erasure of 100,000 values writes a few
rows, a batch is a set of inserts, and a rebuild may read the log in any order and in several
processes and still gives the same rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table

from ledger.events import Entry, Event
from projections.bulk import Add, adder, fact_of, write

E = TypeVar("E", bound=Event)
Handler = Callable[["Rows", Entry, E], None]


class Rows(dict[Any, Add]):
    """The rows that a batch of entries brings, gathered until `write`; not safe to share.

    `rows[table](**columns)` adds a row of the entry: the columns of `Fact` are filled in, what is
    not named is empty. `rows[table, type(body)](body, **columns)` does the same and takes the
    columns that the event has a field for, of the same name, from the event.
    """

    def __init__(self, dialect: str) -> None:
        """`dialect`: the name of the database they will be written to."""
        super().__init__()
        self.fact: Any = None
        self._dialect = dialect
        self._fact_of = fact_of(dialect)
        self._waiting: defaultdict[Table, list[Any]] = defaultdict(list)

    def begin(self, entry: Entry) -> None:
        """From here on rows stand for this entry."""
        self.fact = self._fact_of(entry)

    def __missing__(self, wanted: Table | tuple[Table, type[Event]]) -> Add:
        table, kind = wanted if isinstance(wanted, tuple) else (wanted, None)
        bind = adder(table, kind, self._dialect)
        add = self[wanted] = bind(self, self._waiting[table].append)
        return add

    def write(self, connection: Connection, suffix: str = "") -> None:
        """Send what was gathered, table by table; `suffix` names a set of tables beside the live."""
        for table, rows in self._waiting.items():
            if rows:
                write(connection, table, rows, suffix)
                rows.clear()

    def gathered(self) -> Iterator[tuple[Table, list[Any]]]:
        """The rows that wait, by table, as they are sent to the database (`bulk.py`)."""
        return iter(self._waiting.items())


class Projection:
    """A noun of the read side: the tables it owns alone, and what each event brings to them."""

    def __init__(self, *tables: Table) -> None:
        self.tables = tables
        self._of_kind: defaultdict[type[Event], list[Handler[Any]]] = defaultdict(list)
        self._of_all: list[Handler[Any]] = []

    def on(self, kind: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register a handler of one event type; in the order in which they stand in the file."""

        def register(handler: Handler[E]) -> Handler[E]:
            self._of_kind[kind].append(handler)
            return handler

        return register

    def each(self, handler: Handler[Event]) -> Handler[Event]:
        """Register a handler of every event, called after the others."""
        self._of_all.append(handler)
        return handler

    def handlers(self, kind: type[Event]) -> list[Handler[Any]]:
        """What takes an event of this kind, or of one made from it (`log.py`)."""
        named = [handler for base in kind.__mro__ for handler in self._of_kind.get(base, ())]
        return [*named, *self._of_all]


def fold(entries: Sequence[Entry], projections: Sequence[Projection], dialect: str) -> Rows:
    """The rows that these entries bring to the tables of these projections."""
    rows = Rows(dialect)
    chosen = tuple(projections)
    for entry in entries:
        rows.begin(entry)
        body = entry.body
        for handler in _handlers(type(body), chosen):
            handler(rows, entry, body)
    return rows


@lru_cache(maxsize=1024)
def _handlers(kind: type[Event], projections: tuple[Projection, ...]) -> tuple[Handler[Any], ...]:
    return tuple(handler for projection in projections for handler in projection.handlers(kind))
