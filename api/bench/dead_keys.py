"""Keys that had to die, as somebody has them who copied their rows before: what is one still good for?

A key is usable while a row, a look-up or, on SQLite, any byte of the file holds it: `secure_delete`
overwrites there at once. On PostgreSQL a dead tuple, the WAL and every backup keep the row as it was.
So the copies remembered here stand for all of those, wherever they lie: they are tried again when the
root of their epoch is destroyed, which alone unwraps them (formats.md §3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.bench.places import Place
from ledger.sealing import KeyRow, Slot, unwrap_key
from ledger.store.sqlite import connect
from ledger.vault.database import engine_for
from ledger.vault.epochs import EpochKeys
from ledger.vault.keyring import EpochKeyGone, open_key_service, root_ref

_ROW = "kid, commitment, class, scope, generation, epoch, wrapped"


class DeadKeys:
    """Rows of `data_keys` copied while they lived; none of their keys may be usable later."""

    def __init__(self, place: Place, ledger: UUID) -> None:
        self._place = place
        self._ledger = ledger
        self._copies: dict[bytes, KeyRow] = {}

    def __len__(self) -> int:
        return len(self._copies)

    def copy(self, person: UUID, kept: str) -> None:
        """Copy the rows of a person's living keys but those of the class `kept`, which is retained."""
        statement = f"SELECT {_ROW} FROM data_keys WHERE stream = ? AND class <> ?"  # noqa: S608
        for kid, commitment, class_, scope, generation, epoch, wrapped in self._rows(
            f"{statement} AND wrapped IS NOT NULL", [person, kept]
        ):
            slot = Slot(person, class_, scope, generation)
            self._copies[kid] = KeyRow(kid, commitment, slot, epoch, wrapped, None)

    def left(self) -> int:
        """How many have a row with a key, a look-up, or on SQLite their bytes in the file."""
        usable = set()
        for kid in self._copies:
            rows = self._rows(
                "SELECT 1 FROM data_keys WHERE kid = ? AND (wrapped IS NOT NULL OR dead_at IS NULL)"
                " UNION ALL SELECT 1 FROM lookups WHERE kid = ?",
                [kid, kid],
            )
            if rows:
                usable.add(kid)
        return len(usable | self._in_file())

    def opening(self) -> int:
        """How many of the copies open under what the key service gives out now."""
        engine = engine_for(self._place.settings)
        epochs = EpochKeys(engine, open_key_service(self._place.settings), self._ledger)
        try:
            return sum(self._opens(epochs, row) for row in self._copies.values())
        finally:
            epochs.forget()
            engine.dispose()

    def _opens(self, epochs: EpochKeys, row: KeyRow) -> bool:
        try:
            return unwrap_key(self._ledger, epochs.of(row.epoch).wrapping, row).kid == row.kid
        except EpochKeyGone:
            return False

    def end_epochs(self) -> None:
        """Destroy the roots of the copies' epochs, as at the end of each. The ledger is lost by it:
        no key that lives was wrapped anew under another epoch."""
        for epoch in {row.epoch for row in self._copies.values()}:
            root = f"{root_ref(self._ledger, epoch)}.root"
            (self._place.settings.keyring_path / root).unlink()

    def _in_file(self) -> set[bytes]:
        """Keys whose wrapped bytes stand anywhere in SQLite's file; its WAL is written back first."""
        if self._place.store != "sqlite":
            return set()
        path = self._place.settings.database_path
        connection = connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        found: set[bytes] = set()
        overlap = b""
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                text = overlap + block
                found |= {
                    k for k, row in self._copies.items() if row.wrapped and row.wrapped in text
                }
                overlap = block[-64:]
        return found

    def _rows(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of the vault's tables, as anybody with the database sees them."""
        if self._place.store == "sqlite":
            connection = connect(self._place.settings.database_path)
            bound = [value.bytes if isinstance(value, UUID) else value for value in values]
            try:
                return connection.execute(statement, bound).fetchall()
            finally:
                connection.close()
        with self._place.owner() as owner:
            return owner.execute(statement.replace("?", "%s"), values).fetchall()
