"""A ledger that is open: positions 1 to 3 are written and epoch 1 takes keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ledger.config import Settings
from ledger.store.recorder import LedgerRecorder
from tests.ledger.store.submissions import genesis, genesis_submission

Execute = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def opened(recorder: LedgerRecorder) -> LedgerRecorder:
    """A recorder on a ledger with its genesis and nothing else."""
    made = genesis()
    assert recorder.open_ledger(made, genesis_submission(made))
    return recorder


@pytest.fixture
def execute(store_settings: Settings) -> Execute:
    """Runs SQL on the same place as whoever can do most there: the owner, or the file's holder."""

    def as_owner(statement: str, *params: Any) -> list[tuple[Any, ...]]:
        if store_settings.database_url is None:
            connection = sqlite3.connect(store_settings.database_path, isolation_level=None)
            try:
                bound = [value.bytes if isinstance(value, UUID) else value for value in params]
                return connection.execute(statement, bound).fetchall()
            finally:
                connection.close()
        assert store_settings.owner_url is not None
        return _postgres(
            store_settings.owner_url.get_secret_value(), store_settings, statement, params
        )

    return as_owner


@pytest.fixture
def execute_as_runtime(store_settings: Settings, execute: Execute) -> Execute:
    """Runs SQL with the rights of the running ledger."""
    if store_settings.database_url is None:
        return execute
    url = store_settings.database_url.get_secret_value()
    return lambda statement, *params: _postgres(url, store_settings, statement, params)


def _postgres(
    url: str, settings: Settings, statement: str, params: tuple[Any, ...]
) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'SET search_path TO "{settings.schema_name}"')
        cursor = connection.execute(statement.replace("?", "%s"), params)
        return cursor.fetchall() if cursor.description else []
