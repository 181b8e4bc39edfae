"""How far the projections have read: one row, moved in the transaction that writes their rows."""

from __future__ import annotations

from eventsourcing.persistence import IntegrityError, Tracking, TrackingRecorder
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Table,
    Text,
    bindparam,
    select,
    update,
)

from projections.columns import metadata

NAME = "projections"
"""The one follower there is: all projections move together."""

REBUILD = "rebuild"
"""The position of the tables that a rebuild fills beside the live ones; 0 when there are none."""

progress = Table(
    "projection_progress",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)


_READ = select(progress.c.position).where(progress.c.name == bindparam("of"))
_MOVE = (
    update(progress)
    .where(progress.c.name == bindparam("of"), progress.c.position == bindparam("old"))
    .values(position=bindparam("new"))
)


class Progress(TrackingRecorder):
    """The position of the projections, also as the library's tracking of this one follower."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, connection: Connection, name: str = NAME) -> int:
        """The last position whose effect is in the tables that `connection` sees."""
        return int(connection.execute(_READ, {"of": name}).scalar_one())

    def move(self, connection: Connection, old: int, new: int, name: str = NAME) -> bool:
        """Claim the entries behind `old` up to `new`: the first statement of the transaction.

        A rival that claimed them first is waited for, and then False says: write nothing. A crash
        after it takes the claim back with the rows.
        """
        return connection.execute(_MOVE, {"of": name, "old": old, "new": new}).rowcount == 1

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move on without rows. Raises IntegrityError if the position is reached already."""
        with self._engine.begin() as connection:
            old = self.read(connection)
            forward = tracking.notification_id > old and tracking.application_name == NAME
            if not (forward and self.move(connection, old, tracking.notification_id)):
                raise IntegrityError(f"{tracking} is not ahead of position {old}")

    def max_tracking_id(self, application_name: str) -> int | None:
        """The position, or None before the first entry (or for a follower that is not this one)."""
        if application_name != NAME:
            return None
        with self._engine.connect() as connection:
            return self.read(connection) or None
