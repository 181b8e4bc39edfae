"""The ledger under GDPRbench: real commands, real projections, values opened at the edge.

As in any process that serves: a writer's thread, a projector's thread, and a caller that waits for
the durable answer of each command, and for the projections before it reads what depends on it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal
from uuid import UUID

from api.bench.gdpr import policy
from api.bench.gdpr.directory import Directory, scope_of
from api.bench.gdpr.model import Answer
from api.bench.gdpr.openings import Openings
from api.bench.gdpr.plain import PREFIX
from api.bench.gdpr.reading import Reader
from api.bench.gdpr.records import DATA, PUR, TTL_SECONDS, USR, Record, Shape
from api.bench.gdpr.session import Session
from api.bench.gdpr.workloads import Kind, Operation
from api.bench.gdpr.writing import Writer
from api.bench.places import Place
from api.commands.places import ledgers_own_actor
from ledger.application import Ledger
from ledger.commands.registering import RegisterActor
from ledger.vault.database import engine_for
from projections import audit_trail, keys
from projections.engine import Engine

REASONS = {
    "controller": policy.RE_ATTRIBUTION,
    "customer": policy.OWN_VIEW,
    "processor": policy.PROCESSING,
    "regulator": policy.SUPERVISION,
}
"""Role → the reason for which it opens values."""
KINDS: dict[str, Literal["staff", "system", "agent", "authority"]] = {
    "controller": "staff",
    "customer": "system",
    "processor": "agent",
    "regulator": "authority",
}
"""Role → what kind of actor it is; customers act through the system they sign in to."""


@contextmanager
def place_for(place: Place, shape: Shape) -> Iterator[Place]:
    """One more fresh ledger beside this one, under the policy of the bench."""
    with place.another(policy.text(shape.purposes, {}, 1)) as own:
        yield own


class LedgerSide:
    """The ledger of one run, in a place of its own (`place_for`). `role`: as whom it is asked."""

    def __init__(self, place: Place, shape: Shape, role: str) -> None:
        self._place = place
        self._shape = shape
        self._ledger = Ledger.open(place.settings)
        self._tables = engine_for(place.settings)
        self._engine = Engine(self._tables, self._ledger.recorder)
        self._session = Session(self._ledger, self._engine, self._actor(role))
        self._directory = Directory(shape)
        self._openings = Openings(self._session, REASONS[role])
        self._reader = Reader(self._engine, self._openings, self._directory)
        self._writer = Writer(self._session, self._reader, self._directory, shape)

    def close(self) -> None:
        """Stop the projector and let go of the database."""
        self._engine.stop()
        self._tables.dispose()
        self._ledger.close()

    def load(self) -> None:
        """Tell all records, fold them, and start to follow the log."""
        self._writer.load()
        self._engine.catch_up()
        self._engine.start()

    def begin(self) -> None:
        """Begin another session: whoever's values are opened from here on goes on record again."""
        self._openings.forget()

    def settle(self) -> None:
        """Let the projections do what the operations so far have left them to do."""
        self._session.catch_up()

    def perform(self, operation: Operation) -> Answer:
        """Carry an operation out, durably, and answer it."""
        k, write = operation.k, self._writer
        match operation.kind:
            case Kind.INSERT:
                return write.insert(k)
            case Kind.UPDATE:
                return write.update(k)
            case Kind.DELETE:
                return write.delete(k)
            case Kind.UPDATE_META_PURPOSE:
                self._state_for_purpose(operation)
                return None
        self._session.catch_up()  # what follows reads
        return self._after_reading(operation)

    def all(self) -> dict[int, Record]:
        """Every record there is, through the same readers, purpose by purpose."""
        self._session.catch_up()
        found: dict[int, Record] = {}
        for number in range(self._shape.purposes):
            found |= self._reader.of_purpose(f"purpose{number}")
        return found

    def bytes(self) -> int:
        """What the ledger takes up: log, keys, projections and all indices."""
        if self._place.store == "sqlite":
            path = self._place.settings.database_path
            with closing(sqlite3.connect(path)) as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return path.stat().st_size
        sizes = (
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class "
            "WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname NOT LIKE %s"
        )
        given = [self._place.settings.schema_name, PREFIX + "%"]
        with self._place.owner() as connection:
            row = connection.execute(sizes, given).fetchone()
        assert row is not None
        return int(row[0])

    def _after_reading(self, operation: Operation) -> Answer:
        k = operation.k
        purpose, user = self._shape.value(k, PUR), self._shape.value(k, USR)
        match operation.kind:
            case Kind.READ:
                return self._reader.record(self._directory.home(k).subject, k)
            case Kind.READ_META_PURPOSE:
                return self._reader.of_purpose(purpose, operation.length)
            case Kind.READ_META_USER:
                return self._of_person(user)
            case Kind.READ_METADATA_USER:
                return {n: record[:DATA] for n, record in self._of_person(user).items()}
            case Kind.UPDATE_META_USER:
                value = self._shape.value(k, operation.field)
                return self._writer.state_for_person(user, operation.field, value)
            case Kind.DELETE_META_PURPOSE:
                return self._writer.delete_purpose(purpose)
            case Kind.DELETE_META_USER:
                return self._writer.delete_person(user)
            case Kind.VERIFY_TTL:
                return self._writer.erase_expired(TTL_SECONDS[0])
            case Kind.VERIFY_DELETION:
                return self._is_gone(k)
            case _:
                return self._read_log(operation.length)

    def _state_for_purpose(self, operation: Operation) -> None:
        purpose = self._shape.value(operation.k, PUR)
        value = self._shape.value(operation.k, operation.field)
        if operation.field == USR:
            self._session.catch_up()
            self._writer.move_purpose(purpose, value)
        else:
            self._writer.state_for_purpose(purpose, operation.field, value)

    def _of_person(self, user: str) -> dict[int, Record]:
        subject = self._directory.subject(user)
        return {} if subject is None else self._reader.of_person(subject)

    def _is_gone(self, k: int) -> bool:
        """Whether every key that record `k` was ever sealed under is dead, as the log says."""
        subject, scope = self._directory.home(k).subject, scope_of(k)
        with self._engine.reading() as connection:
            of_record = [one for one in keys.of_stream(connection, subject) if one.scope == scope]
        return all(one.dead_event is not None for one in of_record)

    def _read_log(self, length: int) -> bool:
        """Whether the newest acts are all there, without a gap, down from what was done last."""
        with self._engine.reading() as connection:
            page = audit_trail.all_acts(connection, limit=length)
        last = self._session.position
        return [act.position for act in page.rows] == list(range(last, max(last - length, 0), -1))

    def _actor(self, role: str) -> UUID:
        """Register who acts."""
        own = ledgers_own_actor(self._ledger)
        actor = RegisterActor(by=own, key=f"bench-{role}", kind=KINDS[role])
        return self._ledger.submit(actor).result().ids["actor"]
